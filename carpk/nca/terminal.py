"""The log-linear decline that ends a profile (section 6 of the rules)."""

from dataclasses import dataclass

import numpy as np

from carpk.nca.quantification import Curve
from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import reason_number

_ADJUSTED_R2_TOLERANCE = 1e-4  # fits this close to the best count as equally good (S-4)
_FLAT = 1e-10  # ln levels that differ by less do not differ


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
    reason: Integers

    def predicted(self, time: Floats) -> Floats:
        """Level of the line at a time of each profile."""
        return np.exp(self.intercept - self.rate * time)


def terminal_slope(curve: Curve, *, min_points: int) -> TerminalSlope:
    """Fit the last `min_points` or more quantified levels after the peak of the whole profile.

    Of the candidates (the last n levels, n = `min_points`, ...) with a falling slope, all within 1e-4 of the best
    adjusted R2 count as equally good, and the one with most points is taken: the selection of PKNCA and WinNonlin.

    Parameters
    ----------
    curve : Curve of n profiles
    min_points : int
        At least 3.

    Returns
    -------
    TerminalSlope
    """
    level = np.where(curve.quantified, curve.level, -np.inf)
    highest = np.argmax(level, axis=1)[:, None]
    eligible = curve.quantified & (np.arange(level.shape[1]) > highest)
    log_level = np.log(np.where(eligible, curve.level, 1.0))
    start = _choose_start(curve.time, log_level, eligible, curve.last, min_points)
    chosen = eligible & (np.arange(level.shape[1]) >= start[:, None]) & (start >= 0)[:, None]
    reason = np.select(
        [
            curve.samples == 0,
            curve.amount == 0,
            eligible.sum(axis=1) < min_points,
            start >= 0,
            _is_flat(log_level, eligible),
        ],
        [
            reason_number("NO_SAMPLES"),
            reason_number("NO_QUANTIFIED"),
            reason_number("TOO_FEW_POINTS"),
            0,
            reason_number("FLAT_TAIL"),
        ],
        reason_number("RISING_TAIL"),
    )
    return _fit(curve.time, log_level, chosen, reason)


def _is_flat(log_level: Floats, eligible: Booleans) -> Booleans:
    highest = np.max(log_level, axis=1, where=eligible, initial=-np.inf)
    lowest = np.min(log_level, axis=1, where=eligible, initial=np.inf)
    flat: Booleans = highest - lowest <= _FLAT
    return flat


def _choose_start(time: Floats, log_level: Floats, eligible: Booleans, last: Integers, min_points: int) -> Integers:
    """Column at which the chosen candidate starts, -1 where there is none."""
    # Sums over the last levels, for all candidates at once; counted from the last point they keep their digits.
    x = np.where(eligible, time - np.take_along_axis(time, last[:, None], axis=1), 0.0)
    y = np.where(eligible, log_level - np.take_along_axis(log_level, last[:, None], axis=1), 0.0)
    n = _sums_from_end(eligible.astype(np.float64))
    count = np.maximum(n, 1.0)
    sum_x, sum_y = _sums_from_end(x), _sums_from_end(y)
    xx = _sums_from_end(x * x) - sum_x * sum_x / count
    xy = _sums_from_end(x * y) - sum_x * sum_y / count
    yy = _sums_from_end(y * y) - sum_y * sum_y / count
    candidate = eligible & (n >= min_points) & (xy < 0) & (yy > count * _FLAT**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        adjusted = np.where(candidate, 1 - (1 - xy * xy / (xx * yy)) * (n - 1) / (n - 2), -np.inf)
    best = adjusted.max(axis=1, initial=-np.inf)
    good = candidate & (adjusted >= best[:, None] - _ADJUSTED_R2_TOLERANCE)
    return np.where(good.any(axis=1), np.argmax(good, axis=1), -1)


def _sums_from_end(values: Floats) -> Floats:
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1]


def _fit(time: Floats, log_level: Floats, chosen: Booleans, reason: Integers) -> TerminalSlope:
    """Regress ln level on time over the chosen points, centered."""
    count = np.where(reason == 0, chosen.sum(axis=1), np.nan)
    mean_x = np.sum(time, axis=1, where=chosen) / count
    mean_y = np.sum(log_level, axis=1, where=chosen) / count
    x = np.where(chosen, time - mean_x[:, None], 0.0)
    y = np.where(chosen, log_level - mean_y[:, None], 0.0)
    xx, xy, yy = (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(reason == 0, xy / xx, np.nan)
        r2 = np.where(reason == 0, xy * xy / (xx * yy), np.nan)
    first = np.argmax(chosen, axis=1)
    last = chosen.shape[1] - 1 - np.argmax(chosen[:, ::-1], axis=1)
    rows = np.arange(len(time))
    return TerminalSlope(
        rate=-slope,
        intercept=mean_y - slope * mean_x,
        points=count,
        r2=r2,
        adjusted_r2=1 - (1 - r2) * (count - 1) / (count - 2),
        first=np.where(reason == 0, time[rows, first], np.nan),
        last=np.where(reason == 0, time[rows, last], np.nan),
        reason=reason,
    )
