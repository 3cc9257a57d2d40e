"""Physician's global assessment, 0 (none) to 3 (severe): how far it rose since baseline."""

import numpy as np

from carpk.endpoints.logic import Range, Truth
from carpk.profiles import Floats

LEAST, MOST = 0.0, 3.0


def pga_range(pga: Floats) -> Range:
    """Take a missing assessment as anything on the scale."""
    return Range.of(pga, LEAST, MOST)


def no_worsening(pga: Floats, baseline: Floats, *, limit: float, inclusive: bool) -> Truth:
    """Say where PGA did not rise by the limit.

    Parameters
    ----------
    pga, baseline : (n,) float
        0 to 3, NaN where missing; a missing one may be anything on the scale.
    limit : float
        Of the rise.
    inclusive : bool
        Whether a rise by exactly the limit is still no worsening.
    """
    rise = pga_range(pga).minus(pga_range(baseline))
    return rise.at_most(limit) if inclusive else rise.below(np.float64(limit))
