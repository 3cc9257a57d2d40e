"""Exact confidence limits of a share."""

import numpy as np
from scipy.stats import beta

from carpk.profiles import Floats, Integers


def exact_interval(met: Integers, total: Integers, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Find the limits of a share from counts, without any approximation.

    Parameters
    ----------
    met, total : (n,) int
        How many of how many.
    confidence : float
        Level of the two-sided interval.

    Returns
    -------
    low, high : (n,) float
        Shares; NaN where `total` is 0.

    References
    ----------
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    tail = (1 - confidence) / 2
    rest = total - met
    low = np.where(met == 0, 0.0, beta.ppf(tail, met, rest + 1))
    high = np.where(rest == 0, 1.0, beta.ppf(1 - tail, met + 1, rest))
    nobody = total == 0
    return np.where(nobody, np.nan, low), np.where(nobody, np.nan, high)
