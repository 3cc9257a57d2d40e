"""When an endpoint was first attained, when for several visits in a row, and at how many visits."""

from dataclasses import dataclass

import numpy as np

from carpk.endpoints.logic import YES, Truth
from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Attainment:
    """What became of an endpoint in each of m subjects.

    Attributes
    ----------
    first : (m,) float
        Time of the first visit at which it was met; NaN where it never was. [day]
    sustained : (m,) float
        Time of the first of so many visits in a row at which it was met; NaN where there are none. [day]
    met, judged : (m,) int
        Visits at which it was met, and at which it was decided.
    """

    first: Floats
    sustained: Floats
    met: Integers
    judged: Integers


def attainment(subject: Integers, time: Floats, met: Truth, *, subjects: int, visits_in_a_row: int) -> Attainment:
    """Follow an endpoint over the visits of each subject.

    Parameters
    ----------
    subject : (n,) int
        Number of the subject of each visit, rising; within a subject in the order of visits.
    time : (n,) float
        [day]
    met : (n,) Truth
        An undecided visit ends a row of visits.
    subjects : int
        Number m of subjects.
    visits_in_a_row : int
        Fewest visits that make it sustained.
    """
    yes = met == YES
    return Attainment(
        first=_first_time(subject, time, yes, subjects),
        sustained=_first_time(subject, time, _starts_row(subject, yes, visits_in_a_row), subjects),
        met=np.bincount(subject[yes], minlength=subjects),
        judged=np.bincount(subject[met != 0], minlength=subjects),
    )


def _starts_row(subject: Integers, yes: Booleans, length: int) -> Booleans:
    """Say which visits are the first of so many met ones of one subject."""
    ends = np.arange(len(yes)) + length - 1
    inside = ends < len(yes)
    last = np.where(inside, ends, 0)
    count = np.concatenate([[0], np.cumsum(yes)])
    met = count[np.where(inside, ends + 1, 0)] - count[: len(yes)]
    return np.asarray(inside & (met == length) & (subject[last] == subject)) if len(yes) else yes


def _first_time(subject: Integers, time: Floats, chosen: Booleans, subjects: int) -> Floats:
    first = np.full(subjects, np.inf)
    np.minimum.at(first, subject[chosen], time[chosen])
    return np.where(np.isinf(first), np.nan, first)
