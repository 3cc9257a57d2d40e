"""B cells: when they are gone, for how long, and when they are back (science.md, section 3.1)."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import reason_number
from carpk.response.answers import Answer, dated, first_reason
from carpk.response.courses import Bounds, Courses
from carpk.response.markers import Baseline


@dataclass(frozen=True, slots=True, eq=False)
class Depletion:
    """Depletion and recovery of n courses.

    Attributes
    ----------
    depleted, recovered : Bounds of n times
        In (low, high] the cells fell below the threshold, and came back to it; `high` is infinite where no sample shows
        it, and then `low` is the last sample that shows they had not.
    reason : (n,) int
        Why neither can be told: no sample, depleted already at baseline, a limit above the threshold.
    unconfirmed : (n,) bool
        The cells were at the threshold again, but at too few visits in a row.
    lost_again : (n,) bool
        They fell below it again after recovery.
    """

    depleted: Bounds
    recovered: Bounds
    reason: Integers
    unconfirmed: Booleans
    lost_again: Booleans


def surely_below(courses: Courses, threshold: Floats) -> Booleans:
    """Whether each level is below the threshold of its sample, whatever its exact value; (samples,)."""
    with np.errstate(invalid="ignore"):
        return (courses.high < threshold) | (courses.below_limit & (courses.high <= threshold))


def surely_at_least(courses: Courses, threshold: Floats) -> Booleans:
    """Whether each level is at or above the threshold of its sample, whatever its exact value; (samples,)."""
    with np.errstate(invalid="ignore"):
        return courses.low >= threshold


def find_depletion(courses: Courses, threshold: Floats, baseline: Baseline, *, visits: int) -> Depletion:
    """Find when levels fall below a threshold after the infusion, and when they are at it again.

    Parameters
    ----------
    courses : Courses of n subjects
    threshold : (samples,) float
        Below it the cells are depleted; a sample of which that cannot be told is passed over.
    baseline : Baseline
        A subject who is below the threshold then is not evaluable.
    visits : int
        How many samples in a row must be at or above the threshold for a recovery; its time is that of the first.

    Returns
    -------
    Depletion
    """
    below, above = surely_below(courses, threshold), surely_at_least(courses, threshold)
    since = courses.time >= 0
    gone = courses.first(below & since)
    there = courses.last(above & courses.before(gone))
    back = _first_run(courses, above, (below | above) & courses.after(gone), visits)
    at_baseline = (baseline.place >= 0) & np.append(below, False)[baseline.place]
    return Depletion(
        depleted=Bounds(courses.time_at(there), _time_or_never(courses, gone)),
        recovered=Bounds(courses.time_at(courses.last(below & courses.before(back))), _time_or_never(courses, back)),
        reason=first_reason(
            len(courses),
            (courses.first(courses.time >= 0) < 0, "NO_SAMPLES"),
            (at_baseline, "DEPLETED_AT_BASELINE"),
            ((gone < 0) & (courses.first(since & ~below & ~above) >= 0), "LIMIT_ABOVE_THRESHOLD"),
        ),
        unconfirmed=(back < 0) & (courses.first(above & courses.after(gone)) >= 0),
        lost_again=(back >= 0) & (courses.last(below) > back),
    )


def find_complete_depletion(courses: Courses, limit: Floats) -> Bounds:
    """Find when levels fall to the assay's limit: the last sample above it, and the first after the infusion at it.

    Parameters
    ----------
    courses : Courses of n subjects
    limit : (samples,) float
        Lower limit of quantification; NaN where unknown, which leaves a level of zero.

    Returns
    -------
    Bounds of n times
        `high` is infinite where no sample is at the limit.
    """
    with np.errstate(invalid="ignore"):
        at_limit = (courses.high <= limit) | (courses.high == 0)
    gone = courses.first(at_limit & (courses.time >= 0))
    return Bounds(courses.time_at(courses.last(~at_limit & courses.before(gone))), _time_or_never(courses, gone))


def _time_or_never(courses: Courses, place: Integers) -> Floats:
    return np.where(place >= 0, courses.time_at(place), np.inf)


def _first_run(courses: Courses, above: Booleans, counted: Booleans, visits: int) -> Integers:
    """Place of the first of `visits` samples in a row that are above, among those counted; -1 without one."""
    among, place = courses.kept(counted)
    course, begins = among.course, above[place]
    for step in range(1, visits):
        follows = np.zeros_like(begins)
        follows[:-step] = above[place][step:] & (course[step:] == course[:-step])
        begins = begins & follows
    first = among.first(begins)
    return np.where(first >= 0, np.append(place, -1)[first], -1)


def depletion_answers(courses: Courses, found: Depletion, complete: Bounds) -> dict[str, Answer]:
    """Report depletion, complete depletion, recovery and the time between.

    Parameters
    ----------
    courses : Courses of n subjects
    found : Depletion
        At the threshold.
    complete : Bounds of n times
        When the cells fell below the assay's limit.
    """
    count = len(courses)
    never = np.isinf(found.depleted.high)
    after = np.where(found.reason > 0, found.reason, first_reason(count, (never, "NOT_DEPLETED")))
    untold = found.reason == reason_number("LIMIT_ABOVE_THRESHOLD")
    at_limit = np.where(untold, 0, found.reason)
    at_infusion = {"DEPLETED_AT_INFUSION": found.depleted.high == 0}
    course = {"LOST_AGAIN": found.lost_again, "RECOVERY_UNCONFIRMED": found.unconfirmed}
    duration = found.recovered - found.depleted
    return {
        "depletion_time": dated(found.depleted, found.reason, at_infusion, open_as="NOT_DEPLETED"),
        "complete_depletion_time": dated(complete, at_limit, open_as="NOT_DEPLETED"),
        "recovery_time": dated(found.recovered, after, course, open_as="NOT_RECOVERED"),
        "aplasia_duration": _duration(found, duration, after, course),
    }


def _duration(found: Depletion, bounds: Bounds, reason: Integers, flags: dict[str, Booleans]) -> Answer:
    """Report recovery minus depletion, both as first seen; its bounds allow for what lies between visits."""
    answer = dated(bounds, reason, flags, open_as="NOT_RECOVERED")
    with np.errstate(invalid="ignore"):
        seen = found.recovered.high - found.depleted.high
    return Answer(
        value=np.where(answer.reason == 0, seen, np.nan),
        low=np.maximum(answer.low, 0.0),
        high=answer.high,
        reason=answer.reason,
        flags=answer.flags,
    )
