"""BILAG-2004: numeric score, new A and B grades, and improvement of every active system. Grades are inputs."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from carpk.assessments import GRADES
from carpk.endpoints.logic import Truth, truth
from carpk.profiles import Floats, Integers

A, B, C, D, E = range(len(GRADES))
NOT_GIVEN = len(GRADES)

POINTS = MappingProxyType({"A": 12.0, "B": 8.0, "C": 1.0, "D": 0.0, "E": 0.0})
"""Points of each grade in the additive score. Yee et al. 2010, doi:10.1093/rheumatology/keq026."""

# What one system can do, a bit each, so that a set of possibilities is a number.
_FINE, _NEW_B, _ONLY_NEW_A, _ONLY_NOT_IMPROVED, _BOTH = 1, 2, 4, 8, 16
_NEW_A, _NOT_IMPROVED = _ONLY_NEW_A | _BOTH, _ONLY_NOT_IMPROVED | _BOTH


def numeric_score(grades: Integers) -> Floats:
    """Add up the points of the nine systems.

    Parameters
    ----------
    grades : (n, 9) int
        0 to 4 for A to E, `NOT_GIVEN` where a system was not graded.

    Returns
    -------
    (n,) float
        0 to 108; NaN where a system was not graded.

    References
    ----------
    Yee et al. 2010, doi:10.1093/rheumatology/keq026.
    """
    points = np.array([*POINTS.values(), np.nan])
    return np.asarray(points[grades].sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class BilagChange:
    """What became of the nine systems since baseline.

    Attributes
    ----------
    no_new_a : Truth
        No system is A that was not A at baseline.
    at_most_one_new_b : Truth
        No more than one system is B that was C, D or E at baseline.
    all_improved : Truth
        Every system that was A at baseline is B or less, every one that was B is C or less. E counts as less.
    not_worse : Truth
        The first two together.
    improved_and_not_worse : Truth
        All three together; decided more often than each alone, as one missing grade cannot be two things at once.
    active_at_baseline : Truth
        A system was A or B at baseline.
    """

    no_new_a: Truth
    at_most_one_new_b: Truth
    all_improved: Truth
    not_worse: Truth
    improved_and_not_worse: Truth
    active_at_baseline: Truth


def compare_with_baseline(grades: Integers, baseline: Integers) -> BilagChange:
    """Compare the grades of every visit with those at baseline.

    Parameters
    ----------
    grades, baseline : (n, 9) int
        0 to 4 for A to E, `NOT_GIVEN` where a system was not graded. A missing grade may be any.

    Returns
    -------
    BilagChange

    References
    ----------
    New A and B: Furie et al. 2009, doi:10.1002/art.24698. Improvement: Wallace et al. 2011, Arthritis Rheum 63:S894.
    """
    possible = _POSSIBLE[baseline, grades]
    certain_b, possible_b = possible == _NEW_B, (possible & _NEW_B) > 0
    active = truth(baseline <= B, baseline < NOT_GIVEN)
    return BilagChange(
        no_new_a=_never(possible, _NEW_A),
        at_most_one_new_b=truth(
            possible_b.sum(axis=1) <= 1, (possible_b.sum(axis=1) <= 1) | (certain_b.sum(axis=1) >= 2)
        ),
        all_improved=_never(possible, _NOT_IMPROVED),
        not_worse=_few_new_b(_POSSIBLE_NEW[baseline, grades], _NEW_A),
        improved_and_not_worse=_few_new_b(possible, _NEW_A | _NOT_IMPROVED),
        active_at_baseline=np.asarray(active.max(axis=1), np.int8),
    )


def _never(possible: Integers, fault: int) -> Truth:
    """Say where no system has a fault."""
    certain = ((possible & ~np.int64(fault)) == 0).any(axis=1)
    never = ~np.asarray(((possible & fault) > 0).any(axis=1))
    return truth(never, never | certain)


def _few_new_b(possible: Integers, faults: int) -> Truth:
    """Say where no system has a fault and no more than one is a new B."""
    cannot_be_fine = (possible & _FINE) == 0
    must_fail = ((possible & (_FINE | _NEW_B)) == 0).any(axis=1) | (cannot_be_fine.sum(axis=1) >= 2)
    may_fail = ((possible & faults) > 0).any(axis=1) | (((possible & _NEW_B) > 0).sum(axis=1) >= 2)
    passes = ~np.asarray(may_fail)
    return truth(passes, must_fail | passes)


def _what_happened(baseline: int, now: int, *, improvement: bool) -> int:
    """Say what one system did between two known grades."""
    not_improved = improvement and baseline <= B and now <= baseline
    if now == A and baseline != A:
        return _BOTH if not_improved else _ONLY_NEW_A
    if now == B and baseline > B:
        return _NEW_B
    return _ONLY_NOT_IMPROVED if not_improved else _FINE


def _possible(*, improvement: bool) -> Integers:
    """Tabulate what can become of a system for every pair of grades, a missing one being any."""
    grades = range(len(GRADES))
    known = np.array([[_what_happened(first, now, improvement=improvement) for now in grades] for first in grades])
    table = np.zeros((6, 6), np.int64)
    table[:5, :5] = known
    table[5, :5], table[:5, 5] = np.bitwise_or.reduce(known, axis=0), np.bitwise_or.reduce(known, axis=1)
    table[5, 5] = np.bitwise_or.reduce(known, axis=None)
    return table


_POSSIBLE, _POSSIBLE_NEW = _possible(improvement=True), _possible(improvement=False)
