"""The log-linear decline that ends a profile (section 6 of the rules)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.nca.answers import Reasons, first_reason
from carpk.nca.quantification import Curve
from carpk.nca.rows import at, behind, counts, first_true, highest, last_true, lowest, row_sums, sums_from_end
from carpk.profiles import Booleans, Floats, Integers

_ADJUSTED_R2_TOLERANCE = 1e-4  # fits this close to the best count as equally good (S-4)
_FLAT = 1e-10  # ln levels that differ by less do not differ

CHOSEN, LEFT_OUT = 1, -1
Marks = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class TerminalSlope:
    """Terminal slope of n profiles; every number is NaN where `reason` is not 0.

    Attributes
    ----------
    rate : (n,) float
        Lambda z, positive [1/time].
    intercept : (n,) float
        ln level of the line at time 0.
    points : (n,) float
        Levels in the fit.
    r2, adjusted_r2 : (n,) float
        Coefficients of determination.
    first, last : (n,) float
        Times of the first and last level in the fit.
    manual, thinned : (n,) bool
        Whether the user chose the points, or left points out.
    reason : (n,) int
        Numbers of carpk.reasons.
    """

    rate: Floats
    intercept: Floats
    points: Floats
    r2: Floats
    adjusted_r2: Floats
    first: Floats
    last: Floats
    manual: Booleans
    thinned: Booleans
    reason: Reasons

    def predicted(self, time: Floats) -> Floats:
        """Level of the line at a time of each profile."""
        return np.exp(self.intercept - self.rate * time)


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Points that may make the slope: which, ln level, weight; and whether the user chose or left out some."""

    eligible: Booleans
    log_level: Floats
    weight: Floats
    manual: Booleans
    thinned: Booleans


def terminal_slope(
    curve: Curve,
    *,
    min_points: int = 3,
    selection: str = "best_adjusted_r2",
    weights: str = "uniform",
    include_peak: bool = False,
    earliest: float = 0.0,
    marks: Marks | None = None,
) -> TerminalSlope:
    """Fit the last `min_points` or more quantified levels after the peak of the whole profile.

    Candidates are the last n levels, n = `min_points` and more. With "best_adjusted_r2" all candidates with a falling
    slope and an adjusted R2 within 1e-4 of the best such count as equally good, and the one with most points is taken.
    "pknca" seeks the best among all slopes first and only then asks for a falling one; "most_points" takes the longest
    candidate that falls.

    Parameters
    ----------
    curve : Curve of n profiles
    min_points : int
        At least 3.
    selection : {"best_adjusted_r2", "pknca", "most_points"}
    weights : {"uniform", "1/y", "1/y2"}
        Weights of the points, y the level.
    include_peak : bool
        Whether the peak itself may be a point.
    earliest : float
        Points before this time are not used.
    marks : (n, m) int, optional
        CHOSEN where the user chose a point, LEFT_OUT where the user left it out, 0 elsewhere.

    Returns
    -------
    TerminalSlope
    """
    points = _points(curve, weights, include_peak, earliest, marks)
    start = _choose_start(curve, points, min_points, selection)
    chosen = points.eligible & behind(start - 1, curve.level.shape[1]) & (start >= 0)[:, None]
    reason = first_reason(
        (curve.samples == 0, "NO_SAMPLES"),
        (curve.amount == 0, "NO_QUANTIFIED"),
        (counts(points.eligible) < min_points, "TOO_FEW_POINTS"),
        (start >= 0, ""),
        (_is_flat(points), "FLAT_TAIL"),
        (points.manual, "CHOSEN_SLOPE_RISES"),
        otherwise="RISING_TAIL",
    )
    return _fit(curve.time, points, chosen, reason)


def _points(curve: Curve, weights: str, include_peak: bool, earliest: float, marks: Marks | None) -> _Points:
    top = curve.quantified & (curve.level == highest(curve.level, curve.quantified)[:, None])
    peak = first_true(top)
    eligible = curve.quantified & behind(peak - 1 if include_peak else peak, top.shape[1])
    if earliest > 0:
        eligible &= curve.time >= earliest
    manual = thinned = np.zeros(len(peak), np.bool_)
    if marks is not None:
        by_hand = curve.quantified & (marks == CHOSEN)
        manual = np.any(by_hand, axis=1)
        thinned = ~manual & np.any(eligible & (marks == LEFT_OUT), axis=1)
        eligible = np.where(manual[:, None], by_hand, eligible & (marks != LEFT_OUT))
    weight = eligible.astype(np.float64)
    if weights != "uniform":
        level = np.where(eligible, curve.level, 1.0)
        weight /= level if weights == "1/y" else level * level
    return _Points(eligible, curve.log_level * eligible, weight, manual, thinned)


def _is_flat(points: _Points) -> Booleans:
    log_level, eligible = points.log_level, points.eligible
    flat: Booleans = highest(log_level, eligible) - lowest(log_level, eligible) <= _FLAT
    return flat


def _choose_start(curve: Curve, points: _Points, min_points: int, selection: str) -> Integers:
    """Column at which the chosen candidate starts, -1 where there is none."""
    # Sums over the last levels, for all candidates at once; counted from the last point they keep their digits.
    eligible, weight = points.eligible, points.weight
    x = (curve.time - curve.last_time[:, None]) * eligible
    y = (points.log_level - at(curve.log_level, curve.last)[:, None]) * eligible
    n = sums_from_end(eligible.astype(np.float64))
    total = sums_from_end(weight)
    total = np.where(total > 0, total, 1.0)
    wx, wy = weight * x, weight * y
    sum_x, sum_y = sums_from_end(wx), sums_from_end(wy)
    xx = sums_from_end(wx * x) - sum_x * sum_x / total
    xy = sums_from_end(wx * y) - sum_x * sum_y / total
    yy = sums_from_end(wy * y) - sum_y * sum_y / total
    sloped = eligible & (n >= min_points) & (yy > total * _FLAT**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = xy * xy / (xx * yy)
        adjusted = 1 - (1 - r2) * (n - 1) / (n - 2)
        # A fall no larger than the rounding of the sums is none.
        falling = sloped & (xy < 0) & (r2 > _FLAT**2)
    good = falling
    if selection != "most_points":
        best = highest(adjusted, sloped if selection == "pknca" else falling)
        good = falling & (adjusted >= best[:, None] - _ADJUSTED_R2_TOLERANCE)
    if points.manual.any():
        # What the user chose is one candidate, all of it.
        start = first_true(eligible)
        whole = falling & ~behind(start, good.shape[1])
        good = np.where(points.manual[:, None], whole, good)
    return first_true(good)


def _fit(time: Floats, points: _Points, chosen: Booleans, reason: Reasons) -> TerminalSlope:
    """Regress ln level on time over the chosen points, centered."""
    there = reason == 0
    weight = points.weight * chosen
    count = np.where(there, counts(chosen), np.nan)
    total = np.where(there, row_sums(weight), np.nan)
    mean_x = row_sums(weight * time) / total
    mean_y = row_sums(weight * points.log_level) / total
    x, y = time - mean_x[:, None], points.log_level - mean_y[:, None]
    xx, xy, yy = (row_sums(weight * product) for product in (x * x, x * y, y * y))
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(there, xy / xx, np.nan)
        r2 = np.where(there, xy * xy / (xx * yy), np.nan)
    return TerminalSlope(
        rate=-slope,
        intercept=mean_y - slope * mean_x,
        points=count,
        r2=r2,
        adjusted_r2=1 - (1 - r2) * (count - 1) / (count - 2),
        first=np.where(there, at(time, first_true(chosen)), np.nan),
        last=np.where(there, at(time, last_true(chosen)), np.nan),
        manual=points.manual,
        thinned=points.thinned,
        reason=reason,
    )
