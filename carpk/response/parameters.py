"""Every parameter of a marker and of B cells, put together from the files of each idea."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import reason_number
from carpk.response.answers import Answer, dated, exact, first_reason, within
from carpk.response.areas import stretch
from carpk.response.bcells import depletion_answers, find_complete_depletion, find_depletion, surely_below
from carpk.response.courses import Bounds, Courses
from carpk.response.markers import (
    area_answers,
    baseline_answers,
    cut_window,
    find_baseline,
    from_infusion,
    nadir_answers,
    peak_answers,
    point_levels,
    range_answers,
    return_answer,
    threshold_answers,
)
from carpk.response.rules import SHARE_OF_LIMIT, ResponseRules
from carpk.terms import window_key


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What the parameters of n courses need to know beside the levels.

    Attributes
    ----------
    lymphodepletion : (n,) float
        When it began; NaN where that is not known.
    course_end : (n,) float
        When a second infusion or the like ended each course; infinite where none did.
    tmax : (n,) float
        Time of the subject's peak of CAR-T cells, NaN without one.
    day : float
        One day in the unit of the times.
    """

    lymphodepletion: Floats
    course_end: Floats
    tmax: Floats
    day: float

    def until(self, baseline: str) -> Floats:
        """Last time of a baseline of the named kind; (n,)."""
        return self.lymphodepletion if baseline == "before_lymphodepletion" else np.zeros(len(self.lymphodepletion))


def marker_parameters(
    courses: Courses,
    setting: Setting,
    rules: ResponseRules,
    *,
    limit: float | None = None,
    within_levels: tuple[float, float] | None = None,
    has_zero: bool = True,
) -> dict[str, Answer]:
    """Compute the parameters of one marker.

    Parameters
    ----------
    courses : Courses of n subjects
    setting : Setting
    rules : ResponseRules
    limit : float, optional
        Level whose time above and below is asked for.
    within_levels : (float, float), optional
        Levels between which the time is asked for.
    has_zero : bool
        Whether the unit has a true zero; without one, as of degrees Celsius, there are no folds and no areas.
    """
    end = rules.marker_days * setting.day
    inside = (courses.time > 0) & (courses.time <= end)
    baseline = find_baseline(courses, setting.until(rules.marker_baseline))
    answers = baseline_answers(baseline) | peak_answers(courses, baseline, inside)
    answers |= nadir_answers(courses, baseline, courses.time > 0)
    answers["peak_lag"] = _lag(answers["peak_time"], setting.tmax)
    answers["return_time"] = return_answer(courses, baseline, inside, fold=rules.return_fold)
    share = SHARE_OF_LIMIT[rules.below_limit]
    window = cut_window(
        courses,
        end,
        share_of_limit=share,
        allowed_gap=rules.visit_window * setting.day,
        course_end=setting.course_end,
    )
    key = window_key(0, rules.marker_days)
    answers |= area_answers(window, baseline, share, key)
    if limit is not None:
        answers |= threshold_answers(window, limit, key.removeprefix("auc_"))
    if within_levels is not None:
        answers |= range_answers(window, *within_levels, key.removeprefix("auc_"))
    if not has_zero:
        areas = tuple(name for name in answers if name.startswith("auc_"))
        for name in ("peak_fold", "nadir_percent_change", "return_time", *areas):
            del answers[name]
    return answers


def _lag(peak_time: Answer, tmax: Floats) -> Answer:
    reason = np.where(
        peak_time.reason > 0, peak_time.reason, first_reason(len(tmax), (np.isnan(tmax), "NO_CAR_T_PEAK"))
    )
    given = reason == 0
    return Answer(
        value=np.where(given, peak_time.value - tmax, np.nan),
        low=np.where(given, peak_time.low - tmax, np.nan),
        high=np.where(given, peak_time.high - tmax, np.nan),
        reason=reason,
        flags=np.where(given, peak_time.flags, 0),
    )


def low_igg_parameters(courses: Courses, threshold: float) -> dict[str, Answer]:
    """Compute when IgG is first at or below a threshold from the infusion on, and for how long it is below.

    The days count from the infusion, with the last level before it at time 0 where no sample stands there.
    """
    count, since = len(courses), courses.time >= 0
    low = courses.first((courses.high <= threshold) & since)
    before = courses.last((courses.low > threshold) & courses.before(low))
    nothing = first_reason(count, (courses.first(since) < 0, "NO_SAMPLES"))
    seen = Bounds(courses.time_at(before), np.where(low >= 0, courses.time_at(low), np.inf))
    last = courses.last(since)
    end = np.nan_to_num(courses.time_at(last))
    level = np.full(count, threshold)
    after, start, moved = from_infusion(courses)
    days = [
        stretch(after, levels, 0.0, end).time_below(level)
        for levels in (_finite(after), after.low, point_levels(after, 0.5))
    ]
    unknown = first_reason(
        count,
        (nothing > 0, "NO_SAMPLES"),
        (start < 0, "NO_BASELINE"),
        (after.first(np.isinf(after.high)) >= 0, "LIMIT_UNKNOWN"),
    )
    return {
        "low_igg_time": dated(seen, nothing, open_as="NEVER_BELOW"),
        "low_igg_days": within(Bounds(days[0], days[1]), unknown, {"T0_BASELINE": moved}, value=days[2]),
    }


def _finite(courses: Courses) -> Floats:
    return np.where(np.isinf(courses.high), courses.low, courses.high)


def b_cell_parameters(
    courses: Courses, setting: Setting, rules: ResponseRules, *, limit: Floats, factor: float | None
) -> dict[str, Answer]:
    """Compute the parameters of B cells.

    Parameters
    ----------
    courses : Courses of n subjects
    setting : Setting
    rules : ResponseRules
    limit : (samples,) float
        Lower limit of quantification, NaN where unknown.
    factor : float or None
        One unit of the threshold in units of the levels; None where they measure something else.
    """
    baseline = find_baseline(courses, setting.until(rules.b_cell_baseline))
    answers = baseline_answers(baseline) | nadir_answers(courses, baseline, courses.time >= 0)
    complete = find_complete_depletion(courses, limit)
    threshold = threshold_of(rules, limit, factor)
    found = find_depletion(courses, threshold, baseline, visits=rules.recovery_visits)
    depletion = depletion_answers(courses, found, complete)
    if factor is None and rules.b_cell_threshold != "lloq":
        nothing = exact(np.full(len(courses), np.nan), np.full(len(courses), reason_number("THRESHOLD_UNIT")))
        depletion = {key: depletion[key] if key == "complete_depletion_time" else nothing for key in depletion}
    return answers | depletion


def threshold_of(rules: ResponseRules, limit: Floats, factor: float | None) -> Floats:
    """Threshold of depletion of each sample, in the unit of its level; NaN where it cannot be given; (samples,)."""
    if isinstance(rules.b_cell_threshold, str):
        return limit
    return np.full(len(limit), np.nan if factor is None else rules.b_cell_threshold * factor)


def depletion_states(courses: Courses, threshold: Floats) -> tuple[Booleans, Booleans]:
    """Tell which samples are depleted, and of which that cannot be told; (samples,) each."""
    below = surely_below(courses, threshold)
    with np.errstate(invalid="ignore"):
        return below, ~below & ~(courses.low >= threshold)


def share_at_recovery(shares: Courses, recovery: Answer) -> Answer:
    """Report the level of a subset of B cells at its first sample from recovery on."""
    with np.errstate(invalid="ignore"):
        at: Integers = shares.first(shares.time >= recovery.value[shares.course])
    reason = np.where(recovery.reason > 0, recovery.reason, first_reason(len(at), (at < 0, "NO_SAMPLES_IN_WINDOW")))
    return within(shares.level_at(at), reason)
