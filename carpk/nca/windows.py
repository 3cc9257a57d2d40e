"""Areas over windows of days, with what covers them (section 4 of the rules)."""

from dataclasses import dataclass

import numpy as np

from carpk.nca.answers import Flags, Reasons, first_reason, raised
from carpk.nca.course import Course
from carpk.nca.quantification import Curve
from carpk.nca.rows import at, counts, row_sums
from carpk.nca.segments import area_between, area_of_decay, areas_between
from carpk.profiles import Booleans, Floats

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
    reason: Reasons
    flags: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """One window on n courses: where it starts and ends, and how it meets the end of each curve.

    `truncated`: the course ends first, and the rules cut the window there. `short`: the curve ends first. `open`: it
    does, quantified. `along_slope`: the curve is continued along the slope because later samples are below the limit.
    """

    start: float
    end: float
    allowed: float
    truncated: Booleans
    short: Booleans
    open: Booleans
    along_slope: Booleans


def area_in_window(course: Course, window: tuple[float, float]) -> WindowArea:
    """Integrate each profile over a window of days.

    Parameters
    ----------
    course : Course of n profiles
    window : (start, end)
        Edges [day].

    Returns
    -------
    WindowArea
        Never a truncated area under the window's name, unless the rules ask for it: what is not covered is missing,
        with the observed part beside.
    """
    curve, edges = course.curve, _edges(course, window)
    start, end = edges.start, edges.end
    areas = areas_between(course.segments, start, end)
    observed = np.where(curve.samples > 0, row_sums(areas), np.nan)
    extrapolated, closed = _extrapolation(course, edges)
    beyond = edges.short & ~edges.open & ~edges.along_slope
    carried = np.where(beyond, curve.level[:, -1] * np.maximum(end - np.maximum(curve.end, start), 0.0), 0.0)
    reason = _reason(course, edges, closed)
    area = np.where(reason == 0, observed + extrapolated + carried, np.nan)
    below = _holds_below(course, start, end)
    low, high = _bounds(course, edges, areas, extrapolated, below.any(axis=1) & (reason == 0))
    first, last = _samples_used(curve, start, end)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(area > 0, 100 * extrapolated / area, np.where(reason == 0, 0.0, np.nan))
    covered = np.minimum(end, curve.end) - np.maximum(start, curve.time[:, 0])
    flags = {
        "BLQ_CARRIED": beyond & (curve.amount > 0),
        "DROP_ABOVE_BOUND": area > high * (1 + _ROUNDING),
        "EDGE_EXTRAPOLATED": share > 0,
        "EXTRAPOLATION_HIGH": share > 20,
        "LLOQ_UNKNOWN": np.any(below & np.isnan(curve.lloq), axis=1),
    }
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
        flags=raised(flags | _flags(course, edges), reason == 0),
    )


def _edges(course: Course, window: tuple[float, float]) -> _Edges:
    curve, rules, start, end = course.curve, course.rules, window[0] * course.day, window[1] * course.day
    truncated = (start < course.end) & (course.end < end) & (rules.course_end == "truncate")
    short = (end - curve.end > _SAME_TIME * course.day) & ~truncated
    return _Edges(
        start=start,
        end=end,
        allowed=(rules.visit_windows.get(window[1], 0.0) + _SAME_TIME) * course.day,
        truncated=truncated,
        short=short,
        open=short & curve.ends_quantified,
        along_slope=(curve.amount > 0) & ~curve.ends_quantified & ~truncated & (rules.blq_tail == "lambda_z"),
    )


def _reason(course: Course, edges: _Edges, closed: Booleans) -> Reasons:
    curve = course.curve
    unsampled = (curve.amount == 0) & edges.short & (edges.end - curve.end > edges.allowed)
    cut_to_nothing = edges.truncated & curve.ends_quantified & (curve.end <= edges.start)
    return first_reason(
        (curve.samples == 0, "NO_SAMPLES"),
        ((edges.end > course.end) & ~edges.truncated, "COURSE_CENSORED"),
        (curve.time[:, 0] > edges.start + _SAME_TIME * course.day, "STARTS_LATE"),
        ((edges.open & ~closed) | unsampled | cut_to_nothing, "WINDOW_NOT_COVERED"),
        (edges.along_slope & ~closed & (edges.end > curve.last_time), "NO_TERMINAL_SLOPE"),
        (curve.limit_unknown, "LIMIT_UNKNOWN"),
    )


def _extrapolation(course: Course, edges: _Edges) -> tuple[Floats, Booleans]:
    """Continue the curve from its last quantified level along one fixed line; say where that is allowed."""
    curve, rules = course.curve, course.rules
    closed = edges.open & (rules.tail != "never")
    if rules.tail == "visit_window":
        closed &= edges.end - curve.end <= edges.allowed
    if not (closed | edges.along_slope).any():
        return np.zeros(len(closed)), closed  # no slope is needed
    slope = course.slope
    estimable = slope.reason == 0
    if rules.tail == "always":
        closed &= estimable
    closed |= edges.along_slope & estimable
    level, time = curve.last_level, curve.last_time
    if rules.clast == "predicted":
        level = np.where(estimable, slope.predicted(time), level)
    rate = np.where(estimable, slope.rate, 0.0)
    begin = np.maximum(edges.start - time, 0.0)
    return np.where(closed, area_of_decay(level, rate, begin, np.maximum(edges.end - time, begin)), 0.0), closed


def _bounds(
    course: Course, edges: _Edges, areas: Floats, extrapolated: Floats, told: Booleans
) -> tuple[Floats, Floats]:
    """Least and largest area of the windows that hold a level below the limit (B-5)."""
    if not told.any():
        unbounded = np.full(len(told), np.nan)
        return unbounded, unbounded
    curve, highest, end = course.curve, course.highest, edges.end
    last_time = highest.end[:, -1]
    carried = np.maximum(end - np.maximum(last_time, edges.start), 0.0) * highest.end_level[:, -1]
    high = area_between(highest, edges.start, end)
    high = high + np.where(~curve.ends_quantified & (end > last_time), carried, extrapolated)
    return np.where(told, row_sums(areas * course.pairs), np.nan), np.where(told, high, np.nan)


def _holds_below(course: Course, start: float, end: float) -> Booleans:
    with np.errstate(invalid="ignore"):
        return (course.held >= start) & (course.held <= end)


def _samples_used(curve: Curve, start: float, end: float) -> tuple[Floats, Floats]:
    """First and last sample time that the area rests on: those around the window's edges."""
    # Times never fall along a row, so that counting finds the columns at the edges; column 0 may hold an inserted zero.
    width = curve.time.shape[1]
    at_start = np.maximum(counts(curve.time <= start) - 1, curve.inserted)
    at_end = np.minimum(counts(curve.time < end), width - 1)
    first, last = at(curve.time, at_start), at(curve.time, at_end)
    sampled = curve.samples > 0
    return np.where(sampled, first, np.nan), np.where(sampled, np.maximum(last, first), np.nan)


def _flags(course: Course, edges: _Edges) -> dict[str, Booleans]:
    """Which flags the curve within the window raises."""
    curve, segments = course.curve, course.segments
    overlaps = (segments.end > segments.start) & (segments.start < edges.end) & (segments.end > edges.start)
    # A dropped sample repeats the point before it, so the segment that follows it bridges the gap.
    bridges = curve.bridged[:, :-1] & overlaps
    return {
        "ALL_BLQ": (curve.amount == 0) & (curve.samples > 0),
        "EMBEDDED_BLQ": np.any(bridges, axis=1),
        "T0_INSERTED": curve.inserted & overlaps[:, 0],
        "WINDOW_TRUNCATED": edges.truncated,
    }
