"""Peak, first and last quantified level (section 5 of the rules)."""

from dataclasses import dataclass

import numpy as np

from carpk.nca.quantification import Curve
from carpk.nca.rows import at, counts, first_true, highest
from carpk.profiles import Booleans, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """Peak of n profiles.

    Attributes
    ----------
    level, time : (n,) float
        Cmax and Tmax; NaN where no level within the horizon is quantified.
    found : (n,) bool
        Whether there is one.
    ties, no_decline, late_reexpansion, at_infusion : (n,) bool
        The peak level occurs more than once; it is the last sample; a higher one follows after the horizon; it lies
        within three days of the infusion.
    """

    level: Floats
    time: Floats
    found: Booleans
    ties: Booleans
    no_decline: Booleans
    late_reexpansion: Booleans
    at_infusion: Booleans


def find_peak(curve: Curve, *, horizon: float, infusion_peak: float) -> Peak:
    """Find the largest quantified level after time 0 and up to `horizon`.

    Parameters
    ----------
    curve : Curve of n profiles
    horizon : float
        Last time at which a peak counts [time of the curve].
    infusion_peak : float
        A peak up to this time is flagged [time of the curve].

    Returns
    -------
    Peak
        The first time, where the level occurs more than once.
    """
    inside = curve.quantified & (curve.time > 0) & (curve.time <= horizon)
    level = highest(curve.level, inside)
    found = level > 0
    at_peak = inside & (curve.level == level[:, None])
    time = np.where(found, at(curve.time, first_true(at_peak)), np.nan)
    later = curve.quantified & (curve.time > horizon) & (curve.level > level[:, None])
    return Peak(
        level=np.where(found, level, np.nan),
        time=time,
        found=found,
        ties=found & (counts(at_peak) > 1),
        no_decline=found & (time == curve.end),
        late_reexpansion=found & np.any(later, axis=1),
        at_infusion=found & (time <= infusion_peak),
    )
