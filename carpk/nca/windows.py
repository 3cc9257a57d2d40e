"""Areas over windows of days, with what covers them (section 4 of the rules)."""

from dataclasses import dataclass

import numpy as np

from carpk.nca.quantification import Curve
from carpk.nca.rules import NcaRules
from carpk.nca.segments import Segments, area_between, area_of_decay
from carpk.nca.terminal import TerminalSlope
from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import flag_bit, reason_number

_SAME_TIME = 1e-9  # an edge this close to a sample is on it (W-2) [day]
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class WindowArea:
    """Area over one window of n profiles.

    Attributes
    ----------
    area : (n,) float
        NaN where `reason` is not 0.
    low, high : (n,) float
        Least and largest area that the levels below the limit allow; NaN where the window holds none.
    observed, coverage, extrapolated_percent : (n,) float
        Area over what samples cover, the share of the window they cover, the share of the area that is extrapolated.
    first, last : (n,) float
        First and last sample time used.
    reason, flags : (n,) int
        Numbers and bits of carpk.reasons.
    """

    area: Floats
    low: Floats
    high: Floats
    observed: Floats
    coverage: Floats
    extrapolated_percent: Floats
    first: Floats
    last: Floats
    reason: Integers
    flags: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """All that the areas of a block are computed from.

    Attributes
    ----------
    curve, highest : Curve
        As the rules resolve levels below the limit, and with each at its limit.
    segments, highest_segments : Segments
        Their shapes.
    slope : TerminalSlope
        Estimated once per course.
    end : (n,) float
        When a second infusion, transplant or other CAR-T ended the course; infinite where none did.
    day : float
        One day in the time unit of the curve.
    """

    curve: Curve
    highest: Curve
    segments: Segments
    highest_segments: Segments
    slope: TerminalSlope
    end: Floats
    day: float


def area_in_window(course: Course, window: tuple[float, float], rules: NcaRules) -> WindowArea:
    """Integrate each profile over a window of days.

    Parameters
    ----------
    course : Course of n profiles
    window : (start, end)
        Edges [day].
    rules : NcaRules

    Returns
    -------
    WindowArea
        Never a truncated area under the window's name: what is not covered is missing, with the observed part beside.
    """
    curve = course.curve
    start, end = window[0] * course.day, window[1] * course.day
    observed = np.where(curve.samples > 0, area_between(course.segments, start, end), np.nan)
    gap = end - curve.end
    short = gap > _SAME_TIME * course.day
    falls_short = short & curve.quantified.any(axis=1) & (curve.last == curve.samples)
    extrapolated, closed = _extrapolation(course, start, end, window[1], falls_short, rules)

    allowed = rules.visit_windows.get(window[1], 0.0) * course.day + _SAME_TIME * course.day
    reason = np.select(
        [
            curve.samples == 0,
            end > course.end,
            curve.time[:, 0] > start + _SAME_TIME * course.day,
            falls_short & ~closed,
            (curve.amount == 0) & (gap > allowed),
        ],
        [
            reason_number("NO_SAMPLES"),
            reason_number("COURSE_CENSORED"),
            reason_number("STARTS_LATE"),
            reason_number("WINDOW_NOT_COVERED"),
            reason_number("WINDOW_NOT_COVERED"),
        ],
        0,
    )
    area = np.where(reason == 0, observed + extrapolated, np.nan)
    low, high = _bounds(course, start, end, extrapolated, reason)
    first, last = _samples_used(curve, start, end)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(area > 0, 100 * extrapolated / area, np.where(reason == 0, 0.0, np.nan))
    covered = np.minimum(end, curve.end) - np.maximum(start, curve.time[:, 0])
    return WindowArea(
        area=area,
        low=low,
        high=high,
        observed=observed,
        coverage=np.clip(covered / (end - start), 0.0, 1.0),
        extrapolated_percent=share,
        first=first,
        last=last,
        reason=reason,
        flags=np.where(reason == 0, _flags(course, start, end, area, high, share, short & ~falls_short), 0),
    )


def _extrapolation(
    course: Course, start: float, end: float, end_day: float, falls_short: Booleans, rules: NcaRules
) -> tuple[Floats, Booleans]:
    """Close the gap after the last, quantified sample with one fixed line; say where that is allowed."""
    curve, slope = course.curve, course.slope
    gap = end - curve.end
    estimable = slope.reason == 0
    if rules.tail == "always":
        closed = falls_short & estimable
    elif rules.tail == "visit_window":
        closed = falls_short & (gap <= (rules.visit_windows.get(end_day, 0.0) + _SAME_TIME) * course.day)
    else:
        closed = np.zeros_like(falls_short)
    last_level = curve.at(curve.level, curve.last)
    if rules.clast == "predicted":
        last_level = np.where(estimable, slope.predicted(curve.end), last_level)
    rate = np.where(estimable, slope.rate, 0.0)
    begin = np.maximum(start - curve.end, 0.0)
    return np.where(closed, area_of_decay(last_level, rate, begin, np.maximum(gap, begin)), 0.0), closed


def _bounds(course: Course, start: float, end: float, extrapolated: Floats, reason: Integers) -> tuple[Floats, Floats]:
    """Least and largest area of the windows that hold a level below the limit (B-5)."""
    curve, highest = course.curve, course.highest
    held = curve.below & (highest.time >= start) & (highest.time <= end)
    told = held.any(axis=1) & (reason == 0)
    pairs = curve.quantified[:, :-1] & curve.quantified[:, 1:]
    low = area_between(course.segments, start, end, counted=pairs)
    high = area_between(course.highest_segments, start, end)
    below_at_end = (curve.amount == 0) | (curve.last != curve.samples)
    carried = np.maximum(end - np.maximum(curve.end, start), 0.0) * highest.level[:, -1]
    high = high + np.where(below_at_end & (end > curve.end), carried, extrapolated)
    return np.where(told, low, np.nan), np.where(told, high, np.nan)


def _samples_used(curve: Curve, start: float, end: float) -> tuple[Floats, Floats]:
    """First and last sample time that the area rests on: those around the window's edges."""
    standing = curve.quantified | (curve.below & ~curve.embedded)
    before = np.max(curve.time, axis=1, where=standing & (curve.time <= start), initial=-np.inf)
    inside = np.min(curve.time, axis=1, where=standing & (curve.time > start), initial=np.inf)
    after = np.min(curve.time, axis=1, where=standing & (curve.time >= end), initial=np.inf)
    within = np.max(curve.time, axis=1, where=standing & (curve.time < end), initial=-np.inf)
    first = np.where(np.isfinite(before), before, inside)
    last = np.where(np.isfinite(after), after, within)
    return np.where(np.isfinite(first), first, np.nan), np.where(np.isfinite(last), last, np.nan)


def _flags(
    course: Course, start: float, end: float, area: Floats, high: Floats, share: Floats, carried: Booleans
) -> Integers:
    curve, segments = course.curve, course.segments
    overlaps = (segments.end > segments.start) & (segments.start < end) & (segments.end > start)
    # A dropped sample repeats the point before it, so the segment that follows it bridges the gap.
    bridges = curve.embedded[:, :-1] & overlaps
    unknown = curve.below & np.isnan(curve.lloq) & (course.highest.time >= start) & (course.highest.time <= end)
    raised: dict[str, Booleans] = {
        "ALL_BLQ": (curve.amount == 0) & (curve.samples > 0),
        "BLQ_CARRIED": carried & (curve.amount > 0),
        "DROP_ABOVE_BOUND": area > high * (1 + _ROUNDING),
        "EDGE_EXTRAPOLATED": share > 0,
        "EMBEDDED_BLQ": np.any(bridges, axis=1),
        "EXTRAPOLATION_HIGH": share > 20,
        "LLOQ_UNKNOWN": np.any(unknown, axis=1),
        "T0_INSERTED": curve.inserted & (segments.start[:, 0] < end) & (segments.end[:, 0] > start),
    }
    return sum((np.where(where, flag_bit(flag), 0) for flag, where in raised.items()), np.zeros(len(area), np.int64))
