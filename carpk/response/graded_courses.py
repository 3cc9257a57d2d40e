"""The course of an event from graded days, within the bounds that undecided grades leave, beside what was recorded."""

import numpy as np
import numpy.typing as npt

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import reason_number
from carpk.response.answers import Answer, first_reason
from carpk.response.assessment import Stated
from carpk.response.episodes import Courses, DatedGrades, follow_courses

_OPEN = ("COMPONENT_UNKNOWN", "NOT_RESOLVED")


def follow_graded(
    *, day: npt.ArrayLike, least: npt.ArrayLike, greatest: npt.ArrayLike, offsets: Integers
) -> dict[str, Answer]:
    """Follow an event whose grades are known within bounds.

    Parameters
    ----------
    day : (records,) float
        Whole days since infusion.
    least, greatest : (records,) float
        Bounds of the grade; equal where it is known.
    offsets : (n + 1,) int
        Subject i has the records `offsets[i]:offsets[i + 1]`.

    Returns
    -------
    dict of str to Answer of n
        `grade_max`, `onset_time` and `duration`, in days. What the bounds leave open is missing; so is the duration of
        an event that was still there at the last record, which is known from below only.
    """
    low, high = (
        follow_courses(DatedGrades(np.asarray(day, np.float64), np.asarray(grade, np.float64), offsets))
        for grade in (least, greatest)
    )
    nothing = np.zeros(len(offsets) - 1, np.bool_)
    return {
        "grade_max": _bounded(low.maximum.value, high.maximum.value, high.maximum.reason, nothing),
        # The higher the grades, the earlier the onset and the longer the event.
        "onset_time": _bounded(high.onset.value, low.onset.value, high.onset.reason, nothing),
        "duration": _duration(low, high),
    }


def _duration(low: Courses, high: Courses) -> Answer:
    longest = np.where(low.censored | high.censored, np.inf, high.duration.value)
    return _bounded(low.duration.value, longest, high.duration.reason, low.censored)


def _bounded(low: Floats, high: Floats, absent: Integers, unresolved: Booleans) -> Answer:
    given, known = absent == 0, low == high
    open_as = first_reason(len(low), (unresolved, "NOT_RESOLVED"), (~known, "COMPONENT_UNKNOWN"))
    told = given & (open_as > 0)
    return Answer(
        value=np.where(given & known, low, np.nan),
        low=np.where(told, low, np.nan),
        high=np.where(told, high, np.nan),
        reason=np.where(given, open_as, absent),
        flags=np.zeros(len(low), np.int64),
    )


def contradicted(graded: Answer, recorded: Stated) -> Booleans:
    """Tell where a recorded number is not the one from components, or lies outside of its bounds: (n,) bool."""
    with np.errstate(invalid="ignore"):
        outside = (recorded.value < graded.low) | (recorded.value > graded.high)
    known = graded.reason == 0
    return np.asarray((recorded.reason == 0) & ((known & (recorded.value != graded.value)) | outside))


def take_recorded(graded: Answer, recorded: Stated) -> Booleans:
    """Tell where what was recorded stands: without graded days, and where these leave open what was recorded.

    Parameters
    ----------
    graded : Answer of n
        Of `follow_graded`.
    recorded : Stated of n

    Returns
    -------
    (n,) bool
    """
    nothing = graded.reason == reason_number("NO_GRADE")
    left_open = np.isin(graded.reason, [reason_number(code) for code in _OPEN])
    return np.asarray(nothing | (left_open & (recorded.reason == 0) & ~contradicted(graded, recorded)))
