"""How fast the cells expand and contract around the peak (section 5 of the rules)."""

from dataclasses import dataclass

import numpy as np

from carpk.nca.answers import Reasons, first_reason
from carpk.nca.peak import Peak
from carpk.nca.quantification import Curve
from carpk.nca.rows import at, behind, counts, last_true, lowest, row_sums
from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """Slope of ln level on time of n profiles.

    Attributes
    ----------
    rate : (n,) float
        [1/time]; NaN where `reason` is not 0.
    points : (n,) int
        Levels in the fit.
    reason : (n,) int
        Numbers of carpk.reasons.
    """

    rate: Floats
    points: Integers
    reason: Reasons


def expansion_points(curve: Curve, peak: Peak) -> Booleans:
    """Tell the levels from the end of the wash-out to the peak, (n, m).

    Wash-out is what comes before the lowest quantified level between the infusion and the peak, and before the last
    level below the limit there.
    """
    width = curve.level.shape[1]
    with np.errstate(invalid="ignore"):
        rising = curve.quantified & (curve.time > 0) & (curve.time <= peak.time[:, None])
    gap = last_true(curve.below & ~behind(last_true(rising), width))
    after_gap = rising & behind(gap, width)
    nadir = last_true(after_gap & (curve.level == lowest(curve.level, after_gap)[:, None]))
    return after_gap & behind(nadir - 1, width) & peak.found[:, None]


def contraction_points(curve: Curve, peak: Peak, *, until: float) -> Booleans:
    """Tell the levels after the peak and up to `until`, (n, m)."""
    with np.errstate(invalid="ignore"):
        return curve.quantified & (curve.time > peak.time[:, None]) & (curve.time <= until)


def fit_slope(curve: Curve, chosen: Booleans, *, min_points: int, sign: int) -> Slope:
    """Regress ln level on time over the chosen points.

    Parameters
    ----------
    curve : Curve of n profiles
    chosen : (n, m) bool
    min_points : int
        Fewer give no slope.
    sign : {1, -1}
        1 asks for a rise, -1 for a fall.

    Returns
    -------
    Slope
    """
    points = counts(chosen)
    count = np.maximum(points, 1)
    log_level = curve.log_level * chosen
    x = (curve.time - (row_sums(curve.time * chosen) / count)[:, None]) * chosen
    y = log_level - (row_sums(log_level) / count)[:, None] * chosen
    xx, xy = row_sums(x * x), row_sums(x * y)
    reason = first_reason(
        (curve.samples == 0, "NO_SAMPLES"),
        (curve.amount == 0, "NO_QUANTIFIED"),
        (points < min_points, "TOO_FEW_POINTS"),
        (~(sign * xy > 0), "NO_RISE" if sign > 0 else "RISING_TAIL"),
    )
    rate = np.divide(xy, xx, out=np.full(len(xx), np.nan), where=(reason == 0) & (xx > 0))
    return Slope(rate, points, reason)


def fold_base(curve: Curve, peak: Peak, *, definition: str) -> Floats:
    """Level that Cmax is divided by for a fold expansion; NaN where there is none.

    Parameters
    ----------
    curve : Curve of n profiles
    peak : Peak
    definition : {"first", "nadir"}
        The first quantified level after time 0, or the lowest one from there to the peak.
    """
    if definition == "first":
        first = at(curve.level, np.maximum(curve.first, 0))
        return np.where(peak.found, first, np.nan)
    with np.errstate(invalid="ignore"):
        rising = curve.quantified & (curve.time > 0) & (curve.time <= peak.time[:, None])
    return np.where(peak.found, lowest(curve.level, rising), np.nan)
