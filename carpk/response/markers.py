"""What a marker does after the infusion: baseline, peak, nadir, areas, return (nca.md, section 8; science.md, 3.2)."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import reason_number
from carpk.response.answers import Answer, dated, exact, first_reason, within
from carpk.response.areas import Stretch, stretch
from carpk.response.courses import Bounds, Courses

_SAME_TIME = 1e-9  # [day]
_FAR = 1e9  # stands for the infinite upper bound of a level above the upper limit, as a multiple of the limit


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The level before treatment of n courses.

    Attributes
    ----------
    level : Bounds of n
    time : (n,) float
        NaN where there is none.
    place : (n,) int
        Of its sample, -1 where there is none.
    """

    level: Bounds
    time: Floats
    place: Integers

    @property
    def open_as(self) -> Integers:
        """Why the level has no upper bound, where it has none; (n,)."""
        return _open_as(self.level.low > 0)

    @property
    def reason(self) -> Integers:
        """Why there is no baseline; (n,)."""
        return first_reason(len(self.place), (self.place < 0, "NO_BASELINE"))

    @property
    def ratio_reason(self) -> Integers:
        """Why there is nothing to divide by; (n,)."""
        return first_reason(len(self.place), (self.place < 0, "NO_BASELINE"), (self.level.high == 0, "ZERO_BASELINE"))


def find_baseline(courses: Courses, until: Floats) -> Baseline:
    """Find the last sample of each course at or before a time of its own; (n,) times, NaN for none."""
    with np.errstate(invalid="ignore"):
        place = courses.last(courses.time <= until[courses.course])
    return Baseline(courses.level_at(place), courses.time_at(place), place)


@dataclass(frozen=True, slots=True, eq=False)
class Extreme:
    """The largest or the smallest level of n courses in a window of time.

    Attributes
    ----------
    level : Bounds of n
    time : (n,) float
        Of the first sample that may be it and has the most extreme bound; NaN without a sample.
    span : Bounds of n
        First and last time of the samples that may be it.
    ties : (n,) bool
        More than one sample may be it.
    open_as : (n,) int
        Why the level has no upper bound, where it has none.
    """

    level: Bounds
    time: Floats
    span: Bounds
    ties: Booleans
    open_as: Integers


def find_peak(courses: Courses, inside: Booleans) -> Extreme:
    """Find the largest level of each course among the samples `inside`.

    A level above the upper limit is at least that limit, so that a peak among such levels has no upper end.
    """
    level = Bounds(courses.largest(courses.low, inside), courses.largest(courses.high, inside))
    may_be = inside & (courses.high >= level.low[courses.course])
    most = may_be & (courses.low == level.low[courses.course])
    return _extreme(courses, level, may_be, most, inside)


def find_nadir(courses: Courses, inside: Booleans) -> Extreme:
    """Find the smallest level of each course among the samples `inside`."""
    level = Bounds(courses.smallest(courses.low, inside), courses.smallest(courses.high, inside))
    may_be = inside & (courses.low <= level.high[courses.course])
    least = may_be & (courses.low == level.low[courses.course])
    return _extreme(courses, level, may_be, least, inside)


def _open_as(above: Booleans) -> Integers:
    """Tell why a level has no upper bound: it is above the upper limit, or below a lower one that is not given."""
    return np.where(above, reason_number("ABOVE_ULOQ"), reason_number("LIMIT_UNKNOWN"))


def _extreme(courses: Courses, level: Bounds, may_be: Booleans, told: Booleans, inside: Booleans) -> Extreme:
    first = courses.first(may_be)
    return Extreme(
        level=level,
        time=courses.time_at(courses.first(told)),
        span=Bounds(courses.time_at(first), courses.time_at(courses.last(may_be))),
        ties=courses.count(may_be) > 1,
        open_as=_open_as(courses.first(inside & np.isinf(courses.high) & (courses.low > 0)) >= 0),
    )


def baseline_answers(baseline: Baseline) -> dict[str, Answer]:
    """Report the baseline and its time."""
    return {
        "baseline": within(baseline.level, baseline.reason, open_as=baseline.open_as),
        "baseline_time": exact(baseline.time, baseline.reason),
    }


def peak_answers(courses: Courses, baseline: Baseline, inside: Booleans) -> dict[str, Answer]:
    """Report the peak, its time, and its change and fold over baseline."""
    peak = find_peak(courses, inside)
    reason = first_reason(len(courses), (np.isnan(peak.time), "NO_SAMPLES_IN_WINDOW"))
    against = np.where(reason > 0, reason, baseline.reason)
    ratio = np.where(reason > 0, reason, baseline.ratio_reason)
    nothing = first_reason(len(courses), (reason > 0, "NO_SAMPLES_IN_WINDOW"), (peak.level.low == 0, "BELOW_LIMIT"))
    return {
        "peak": within(peak.level, reason, open_as=peak.open_as),
        "peak_time": _time_of(peak, nothing),
        "peak_change": _change(peak, baseline, against),
        "peak_fold": within(peak.level / baseline.level, ratio, open_as=_open_quotient(peak)),
    }


def nadir_answers(courses: Courses, baseline: Baseline, inside: Booleans) -> dict[str, Answer]:
    """Report the nadir, its time, and its change from baseline, absolute and in percent."""
    nadir = find_nadir(courses, inside)
    reason = first_reason(len(courses), (np.isnan(nadir.time), "NO_SAMPLES_IN_WINDOW"))
    against = np.where(reason > 0, reason, baseline.reason)
    ratio = np.where(reason > 0, reason, baseline.ratio_reason)
    percent = (nadir.level / baseline.level).scaled(100.0, shift=-100.0)
    return {
        "nadir": within(nadir.level, reason, open_as=nadir.open_as),
        "nadir_time": _time_of(nadir, reason),
        "nadir_change": _change(nadir, baseline, against),
        "nadir_percent_change": within(percent, ratio, open_as=_open_quotient(nadir)),
    }


def _change(extreme: Extreme, baseline: Baseline, reason: Integers) -> Answer:
    """Report how far an extreme is from the baseline; either may be known as a bound only."""
    open_as = np.where(np.isinf(extreme.level.high), extreme.open_as, baseline.open_as)
    return within(extreme.level - baseline.level, reason, open_as=open_as)


def _open_quotient(dividend: Extreme) -> Integers:
    """Tell why a multiple of baseline has no upper bound: its dividend has none, or the baseline may be near zero."""
    return np.where(np.isinf(dividend.level.high), dividend.open_as, reason_number("BELOW_LIMIT"))


def _time_of(extreme: Extreme, reason: Integers) -> Answer:
    return within(extreme.span, reason, {"TIES": extreme.ties}, value=extreme.time)


def point_levels(courses: Courses, share_of_limit: float) -> Floats:
    """Levels to draw straight lines through: as measured, or a share of the limit below it; (samples,).

    Above the upper limit the limit stands; areas that rest on it are lower bounds only.
    """
    return np.where(courses.below_limit, share_of_limit * courses.high, courses.low)


@dataclass(frozen=True, slots=True, eq=False)
class MarkerWindow:
    """A window of time after the infusion, cut out of n courses three times: as drawn, at least, and at most.

    Attributes
    ----------
    drawn, least, most : Stretch
        Through the point levels, the lower and the upper bounds; far up where a level is above the upper limit.
    reason : (n,) int
        Why the window gives no number.
    open_ended : (n,) bool
        It holds a level above the upper limit.
    flags : mapping of flag to (n,) bool
    """

    drawn: Stretch
    least: Stretch
    most: Stretch
    reason: Integers
    open_ended: Booleans
    flags: dict[str, Booleans]

    def bounds(self, least: Floats, most: Floats) -> Bounds:
        """Bounds of what grows with the levels."""
        return Bounds(least, np.where(self.open_ended, np.inf, most))


def from_infusion(courses: Courses) -> tuple[Courses, Integers, Booleans]:
    """Cut the courses at the infusion; the last level before it stands at time 0, where no sample does.

    Returns
    -------
    Courses
        From time 0 on.
    (n,) int
        Place of the sample at time 0 among those given, -1 where there is none before either.
    (n,) bool
        Whether a level from before the infusion stands there.
    """
    start = courses.last(courses.time <= 0)
    moved = (start >= 0) & (courses.time_at(start) < 0)
    counted = courses.time >= 0
    counted[start[moved]] = True
    given, _ = courses.kept(counted)
    return Courses(np.maximum(given.time, 0.0), given.low, given.high, given.offsets), start, moved


def cut_window(
    courses: Courses, end: float, *, share_of_limit: float, allowed_gap: float, course_end: Floats
) -> MarkerWindow:
    """Cut the courses from the infusion to `end`.

    Parameters
    ----------
    courses : Courses
        The last level before the infusion stands at time 0, where no sample does.
    end : float
        [time of the courses]
    share_of_limit : float
        What stands for a level below the limit, as a share of the limit.
    allowed_gap : float
        How early the last sample may be taken; its level is held to the end [time of the courses].
    course_end : (n,) float
        When a second infusion or the like ended each course; infinite where none did.
    """
    kept, start, moved = from_infusion(courses)
    last = kept.time_at(kept.last(np.ones(len(kept.time), np.bool_)))
    upper = kept.last(np.isinf(kept.high) & (kept.time <= end))
    unknown = kept.last(np.isinf(kept.high) & kept.below_limit & (kept.time <= end)) >= 0
    levels = point_levels(kept, share_of_limit)
    highest = np.where(np.isinf(kept.high), _FAR * np.maximum(kept.low, 1.0), kept.high)
    with np.errstate(invalid="ignore"):
        reason = first_reason(
            len(courses),
            (np.isnan(last), "NO_SAMPLES"),
            (start < 0, "NO_BASELINE"),
            (end > course_end, "COURSE_CENSORED"),
            (end - last > allowed_gap + _SAME_TIME, "WINDOW_NOT_COVERED"),
            (unknown, "LIMIT_UNKNOWN"),
        )
        flags = {
            "T0_BASELINE": moved,
            "EDGE_EXTRAPOLATED": end - last > _SAME_TIME,
        }
    return MarkerWindow(
        drawn=stretch(kept, np.where(np.isinf(levels), kept.low, levels), 0.0, end),
        least=stretch(kept, kept.low, 0.0, end),
        most=stretch(kept, highest, 0.0, end),
        reason=reason,
        open_ended=(upper >= 0) & ~unknown,
        flags=flags,
    )


def area_answers(window: MarkerWindow, baseline: Baseline, share_of_limit: float, key: str) -> dict[str, Answer]:
    """Report the area of a window, and its parts above and below baseline.

    Parameters
    ----------
    window : MarkerWindow of n courses
    baseline : Baseline
    share_of_limit : float
        What stands for a baseline below the limit, as a share of the limit.
    key : str
        Of the whole area, such as ``auc_0_28d``.
    """
    reason = np.where(window.reason > 0, window.reason, baseline.reason)
    open_ended = np.isinf(baseline.level.high)
    reason = np.where((reason == 0) & open_ended, baseline.open_as, reason)
    low = np.nan_to_num(baseline.level.low)
    high = np.nan_to_num(np.where(open_ended, baseline.level.low, baseline.level.high))
    base = np.where(low == high, low, share_of_limit * high)
    above = window.bounds(window.least.area_above(high), window.most.area_above(low))
    below = Bounds(window.most.area_below(low), window.least.area_below(high))
    rest = key.removeprefix("auc_")
    return {
        key: _drawn(window.bounds(window.least.area(), window.most.area()), window, window.drawn.area()),
        f"auc_above_baseline_{rest}": within(above, reason, window.flags, value=window.drawn.area_above(base)),
        f"auc_below_baseline_{rest}": within(below, reason, window.flags, value=window.drawn.area_below(base)),
    }


def threshold_answers(window: MarkerWindow, limit: float, rest: str) -> dict[str, Answer]:
    """Report the time and area above one limit, and below it, with linear crossings.

    Parameters
    ----------
    window : MarkerWindow of n courses
    limit : float
        [unit of the levels]
    rest : str
        End of the keys: the days of the window, such as ``0_28d``.
    """
    level = np.full(window.drawn.count, limit)
    time_above = Bounds(window.least.time_above(level), window.most.time_above(level))
    time_below = Bounds(window.most.time_below(level), window.least.time_below(level))
    area = window.bounds(window.least.area_above(level), window.most.area_above(level))
    below = Bounds(window.most.area_below(level), window.least.area_below(level))
    return {
        f"time_above_limit_{rest}": _drawn(time_above, window, window.drawn.time_above(level)),
        f"time_below_limit_{rest}": _drawn(time_below, window, window.drawn.time_below(level)),
        f"auc_above_limit_{rest}": _drawn(area, window, window.drawn.area_above(level)),
        f"auc_below_limit_{rest}": _drawn(below, window, window.drawn.area_below(level)),
    }


def range_answers(window: MarkerWindow, lower: float, upper: float, rest: str) -> dict[str, Answer]:
    """Report the time from one level to another, both included, with linear crossings.

    Parameters
    ----------
    window : MarkerWindow of n courses
    lower, upper : float
        [unit of the levels]
    rest : str
        End of the key: the days of the window, such as ``0_28d``.
    """
    low, high = np.full(window.drawn.count, lower), np.full(window.drawn.count, upper)
    # What is surely below or above is not within; what may be below or above may not be within.
    outside_most = window.least.time_below(low) + window.most.time_above(high)
    outside_least = window.most.time_below(low) + window.least.time_above(high)
    total = window.drawn.time()
    bounds = Bounds(np.maximum(total - outside_most, 0.0), total - outside_least)
    return {f"time_in_range_{rest}": _drawn(bounds, window, window.drawn.time_between(low, high))}


def _drawn(bounds: Bounds, window: MarkerWindow, value: Floats) -> Answer:
    return within(bounds, window.reason, window.flags, value=value)


def return_answer(courses: Courses, baseline: Baseline, inside: Booleans, *, fold: float) -> Answer:
    """Report when each marker is back under a multiple of its baseline: the first such sample after its peak.

    A baseline below the limit is taken at the limit, flagged. A marker that was never at or above the multiple has
    nothing to return from.
    """
    peak = find_peak(courses, inside)
    level = fold * baseline.level.high
    course = courses.course
    with np.errstate(invalid="ignore"):
        reached = courses.first(inside & (courses.low >= level[course])) >= 0
        after = courses.time > peak.time[course]
        back = courses.first(after & (courses.high < level[course]))
        above = (courses.low >= level[course]) & (courses.time >= peak.time[course])
        still = courses.last(above & courses.before(back))
    reason = first_reason(
        len(courses),
        (np.isnan(peak.time), "NO_SAMPLES_IN_WINDOW"),
        (baseline.place < 0, "NO_BASELINE"),
        (~np.isfinite(level), "LIMIT_UNKNOWN"),
        (~reached, "NEVER_ABOVE"),
    )
    bounds = Bounds(courses.time_at(still), np.where(back >= 0, courses.time_at(back), np.inf))
    return dated(bounds, reason, {"BASELINE_AT_LIMIT": ~baseline.level.known}, open_as="NOT_RETURNED")
