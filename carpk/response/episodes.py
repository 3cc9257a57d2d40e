"""Onset, maximum and duration of an adverse event: from dated grades, or from one grade with its first and last day."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError, did_you_mean
from carpk.profiles import Booleans, Floats, Integers
from carpk.response.assessment import Stated, state, whole_numbers
from carpk.response.records import subject_of_records

_HIGHEST = 5
_DEATH = 5

LastDay = Literal["counted", "not counted"]
"""Whether a duration counts its last day: with it, an event of one day lasts 1 day; without it, 0 days."""


@dataclass(frozen=True, slots=True, eq=False)
class DatedGrades:
    """Grades of n subjects on their days, one subject after the other.

    Parameters
    ----------
    day : (records,) float
        Whole days since infusion. The records of a subject may stand in any order.
    grade : (records,) float
        From 0 to 5; NaN where the record lacks it. Of several on a day the highest counts.
    offsets : (n + 1,) int
        Subject i has the records `offsets[i]:offsets[i + 1]`.

    Raises
    ------
    RulesError
        A day is not a whole number, or a grade is not one.
    ValueError
        The arrays do not fit together.
    """

    day: Floats
    grade: Floats
    offsets: Integers

    def __post_init__(self) -> None:
        object.__setattr__(self, "day", _whole_days("DatedGrades: day", self.day))
        object.__setattr__(self, "grade", whole_numbers("DatedGrades: grade", self.grade, _HIGHEST))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, np.int64))
        if self.day.ndim != 1 or self.day.shape != self.grade.shape:
            raise ValueError("DatedGrades: day and grade must be flat arrays of one length.")
        if np.isnan(self.day).any():
            raise ValueError("DatedGrades: every record needs its day.")
        subject_of_records("DatedGrades", self.offsets, len(self.day))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def subject(self) -> Integers:
        """Whose record each is: (records,) int."""
        return subject_of_records("DatedGrades", self.offsets, len(self.day))

    def known_days(self) -> tuple[Integers, Floats, Floats]:
        """Return subject, day and highest grade of every day with a known grade, by subject and day."""
        known = ~np.isnan(self.grade)
        subject, day, grade = self.subject[known], self.day[known], self.grade[known]
        order = np.lexsort((grade, day, subject))
        subject, day, grade = subject[order], day[order], grade[order]
        highest_of_day = np.ones(len(day), np.bool_)
        highest_of_day[:-1] = (np.diff(subject) > 0) | (np.diff(day) > 0)
        return subject[highest_of_day], day[highest_of_day], grade[highest_of_day]


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """Stretches of days with a grade of 1 or more, by subject and day.

    A record of grade 0 ends an episode; days without a record do not.

    Attributes
    ----------
    subject : (k,) int
        Whose it is.
    onset, end : (k,) float
        First and last day with a grade of 1 or more.
    free : (k,) float
        First day after it with grade 0; NaN where no known record follows. The true end lies before it.
    maximum : (k,) float
        Highest grade.
    censored : (k,) bool
        No known record follows, and it did not end in death.
    """

    subject: Integers
    onset: Floats
    end: Floats
    free: Floats
    maximum: Floats
    censored: Booleans


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """The course of an adverse event in n subjects.

    Attributes
    ----------
    maximum : Stated
        Highest grade; 0 for a subject who never had the event.
    maximum_day : Stated
        First day with it.
    onset, end : Stated
        First and last day with a grade of 1 or more, over all episodes.
    duration : Stated
        Days within episodes; those between two episodes do not count. At least so many where `censored`.
    episodes : (n,) int
        How often it came.
    censored : (n,) bool
        The event was still there when last seen.
    unknown : (n,) int
        Records without a grade: with any, the onset may be earlier, and the maximum higher.
    """

    maximum: Stated
    maximum_day: Stated
    onset: Stated
    end: Stated
    duration: Stated
    episodes: Integers
    censored: Booleans
    unknown: Integers


def find_episodes(grades: DatedGrades) -> Episodes:
    """Find every stretch of days on which the event was there.

    Parameters
    ----------
    grades : DatedGrades of n subjects

    Returns
    -------
    Episodes
    """
    subject, day, grade = grades.known_days()
    there = grade >= 1
    same = np.diff(subject) == 0
    continues = same & there[:-1] & there[1:]
    starts, ends = there.copy(), there.copy()
    starts[1:] &= ~continues
    ends[:-1] &= ~continues
    followed = np.append(same, False)[: len(day)]
    free = np.where(followed, np.append(day, np.nan)[1:], np.nan)[ends]
    # From one start to the next, all that is not in the episode is of grade 0.
    maximum = np.maximum.reduceat(grade, np.flatnonzero(starts)) if starts.any() else np.empty(0)
    return Episodes(
        subject=subject[starts],
        onset=day[starts],
        end=day[ends],
        free=free,
        maximum=maximum,
        censored=np.isnan(free) & (maximum < _DEATH),
    )


def follow_courses(grades: DatedGrades, *, last_day: LastDay = "counted") -> Courses:
    """Follow the event in each subject from dated grades.

    Parameters
    ----------
    grades : DatedGrades of n subjects
    last_day : {"counted", "not counted"}
        Whether the last day with a grade of 1 or more counts in a duration.

    Returns
    -------
    Courses
        Of all n subjects, also of those without a record.

    Raises
    ------
    RulesError
        `last_day` is neither.
    """
    extra = _extra_day("follow_courses", last_day)
    count = len(grades)
    subject, day, grade = grades.known_days()
    found = find_episodes(grades)
    highest = np.full(count, -1.0)
    np.maximum.at(highest, subject, grade)
    reached, first = np.unique(subject[grade == highest[subject]], return_index=True)
    maximum_day, onset, end = (np.full(count, np.nan) for _ in range(3))
    maximum_day[reached] = day[grade == highest[subject]][first]
    onset[found.subject[::-1]] = found.onset[::-1]  # of several the one assigned last stays, which is the first
    end[found.subject] = found.end
    duration = np.bincount(found.subject, found.end - found.onset + extra, count).astype(np.float64)
    unknown = np.bincount(grades.subject[np.isnan(grades.grade)], minlength=count)
    censored = np.zeros(count, np.bool_)
    censored[found.subject] = found.censored
    absent = (
        (np.diff(grades.offsets) == 0, "NO_GRADE"),
        ((highest < 1) & (unknown > 0), "GRADE_UNKNOWN"),
    )
    never = (highest < 1, "NO_EVENT")
    return Courses(
        maximum=state(highest, *absent),
        maximum_day=state(maximum_day, *absent, never),
        onset=state(onset, *absent, never),
        end=state(end, *absent, never),
        duration=state(duration, *absent, never),
        episodes=np.bincount(found.subject, minlength=count),
        censored=censored,
        unknown=unknown,
    )


def courses_of_given(
    *,
    maximum: npt.ArrayLike,
    onset: npt.ArrayLike,
    resolution: npt.ArrayLike,
    followed: npt.ArrayLike,
    last_day: LastDay = "counted",
) -> Courses:
    """Take the course of the event as it was given: one highest grade with the day of onset and of resolution.

    Parameters
    ----------
    maximum : (n,) float
        Highest grade from 0, for a subject without the event, to 5; NaN where not given, which with a day of onset or
        resolution is an event all the same.
    onset, resolution : (n,) float
        First and last day of the event, whole days since infusion; NaN where not given.
    followed : (n,) float
        Last day of follow-up, at which an event without resolution is censored, unless it was death; NaN where not
        given.
    last_day : {"counted", "not counted"}
        Whether the day of resolution counts in a duration.

    Returns
    -------
    Courses
        `end` is the day of resolution, or the last day of follow-up where `censored`.

    Raises
    ------
    RulesError
        A grade or day is not a whole number, an event ends before it starts, or a subject of grade 0 has a day of onset
        or resolution.
    """
    extra = _extra_day("courses_of_given", last_day)
    grade = whole_numbers("courses_of_given: maximum", maximum, _HIGHEST)
    first, last, seen = (
        np.broadcast_to(_whole_days(f"courses_of_given: {name}", days), grade.shape)
        for name, days in (("onset", onset), ("resolution", resolution), ("followed", followed))
    )
    end = np.where(np.isnan(last), seen, last)
    _check_given(grade, first, last, end)
    event = (grade >= 1) | (np.isnan(grade) & ~(np.isnan(first) & np.isnan(last)))
    no_grade, never = (np.isnan(grade), "NO_GRADE"), (grade == 0, "NO_EVENT")
    absent = (np.isnan(grade) & ~event, "NO_GRADE")
    no_onset, no_end = (np.isnan(first), "ONSET_UNKNOWN"), (np.isnan(end), "END_UNKNOWN")
    return Courses(
        maximum=state(grade, no_grade),
        maximum_day=state(grade, no_grade, never, (np.True_, "DAY_OF_GRADE_UNKNOWN")),
        onset=state(first, absent, never, no_onset),
        end=state(end, absent, never, no_end),
        duration=state(end - first + extra, absent, never, no_onset, no_end),
        episodes=event.astype(np.int64),
        censored=event & (grade != _DEATH) & np.isnan(last),
        unknown=np.isnan(grade).astype(np.int64),
    )


def _check_given(grade: Floats, onset: Floats, resolution: Floats, end: Floats) -> None:
    backward = end < onset
    if backward.any():
        raise RulesError(
            f"courses_of_given: an event cannot end before it starts; got onset on day {onset[backward][0]:g}"
            f" and its end, or the end of follow-up, on day {end[backward][0]:g}."
        )
    if ((grade == 0) & ~(np.isnan(onset) & np.isnan(resolution))).any():
        raise RulesError(
            "courses_of_given: a subject with a day of onset or resolution needs a grade of 1 or more, or NaN where it"
            " is not given; got 0."
        )


def _extra_day(function: str, last_day: str) -> int:
    choices = get_args(LastDay)
    if last_day not in choices:
        raise RulesError(
            f"{function}: last_day must be one of {list(choices)}; got {last_day!r}.{did_you_mean(last_day, choices)}"
        )
    return 1 if last_day == "counted" else 0


def _whole_days(name: str, given: npt.ArrayLike) -> Floats:
    days = np.asarray(given, np.float64)
    wrong = ~np.isnan(days) & (days != np.floor(days))
    if wrong.any() or np.isinf(days).any():
        raise RulesError(
            f"{name} must be whole days; got {days[wrong | np.isinf(days)][0]:g}. Round times down to days."
        )
    return days
