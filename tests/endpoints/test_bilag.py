import itertools

import numpy as np
import pytest

from carpk.endpoints.bilag import NOT_GIVEN, A, B, C, D, E, compare_with_baseline, numeric_score
from carpk.endpoints.logic import NO, UNKNOWN, YES

MISSING = NOT_GIVEN


def nine(*grades, rest=D):
    return np.array([[*grades, *[rest] * (9 - len(grades))]])


def compared(baseline, now):
    return compare_with_baseline(nine(*now), nine(*baseline))


def test_the_score_adds_12_8_1_0_and_0():
    assert numeric_score(nine(A, B, C, D, E))[0] == 21
    assert numeric_score(nine(*[A] * 9))[0] == 108


def test_a_missing_grade_leaves_no_score():
    assert np.isnan(numeric_score(nine(MISSING))[0])


@pytest.mark.parametrize(
    ("baseline", "now", "no_new_a", "one_new_b"),
    [
        ((C,), (C,), YES, YES),
        ((C,), (B,), YES, YES),  # one new B is allowed
        ((C, C), (B, B), YES, NO),  # in two systems it is not
        ((D, E), (B, B), YES, NO),
        ((C,), (A,), NO, YES),
        ((B,), (A,), NO, YES),  # from B to A is a new A
        ((A,), (A,), YES, YES),  # A at baseline persisting is not new
        ((A,), (B,), YES, YES),  # B after A is not a new B
        ((B, C), (B, B), YES, YES),  # B persisting beside one new B
        ((A, A), (B, B), YES, YES),
        ((C,), (MISSING,), UNKNOWN, YES),
        ((C, C), (B, MISSING), UNKNOWN, UNKNOWN),
        ((A,), (MISSING,), YES, YES),
        ((B,), (MISSING,), UNKNOWN, YES),
        ((MISSING,), (A,), UNKNOWN, YES),
        ((MISSING,), (C,), YES, YES),
        ((MISSING, C), (B, B), YES, UNKNOWN),
        ((C, C, C), (B, B, MISSING), UNKNOWN, NO),
    ],
)
def test_new_a_and_b(baseline, now, no_new_a, one_new_b):
    found = compared(baseline, now)
    assert (found.no_new_a[0], found.at_most_one_new_b[0]) == (no_new_a, one_new_b)


@pytest.mark.parametrize(
    ("baseline", "now", "improved"),
    [
        ((A,), (B,), YES),
        ((A,), (C,), YES),
        ((A,), (A,), NO),
        ((B,), (B,), NO),
        ((B,), (A,), NO),
        ((B,), (C,), YES),
        ((B,), (D,), YES),
        ((C,), (C,), YES),  # nothing to improve
        ((A, B), (B, C), YES),
        ((A, B), (B, B), NO),
        ((A, B), (B, MISSING), UNKNOWN),
        ((A, B), (A, MISSING), NO),
        ((MISSING,), (C,), YES),
        ((MISSING,), (B,), UNKNOWN),
    ],
)
def test_improvement_of_every_active_system(baseline, now, improved):
    assert compared(baseline, now).all_improved[0] == improved


@pytest.mark.parametrize(
    ("baseline", "active"),
    [((A,), YES), ((B,), YES), ((C,), NO), ((MISSING, B), YES), ((MISSING, C), UNKNOWN)],
)
def test_who_was_active_at_baseline(baseline, active):
    assert compared(baseline, (C,)).active_at_baseline[0] == active


def test_an_a_without_a_baseline_grade_fails_bicla_whatever_that_was():
    # A before: not improved. B before: worse. C, D or E before: a new A.
    found = compared((MISSING,), (A,))
    assert (found.all_improved[0], found.no_new_a[0], found.improved_and_not_worse[0]) == (UNKNOWN, UNKNOWN, NO)


def by_definition(baseline, now):
    new_a = sum(later == A and first != A for first, later in zip(baseline, now, strict=True))
    new_b = sum(later == B and first > B for first, later in zip(baseline, now, strict=True))
    improved = all(later > first for first, later in zip(baseline, now, strict=True) if first <= B)
    return new_a == 0, new_b <= 1, improved, new_a == 0 and new_b <= 1, improved and new_a == 0 and new_b <= 1


def test_missing_grades_of_two_systems_are_decided_exactly_as_their_completions_agree():
    grades = range(6)
    for first, later, other, now in itertools.product(grades, grades, grades, grades):
        baseline, after = (first, other), (later, now)
        completions = itertools.product(*[range(5) if grade == MISSING else (grade,) for grade in (*baseline, *after)])
        possible = [by_definition(whole[:2], whole[2:]) for whole in completions]
        found = compared(baseline, after)
        said = (
            found.no_new_a, found.at_most_one_new_b, found.all_improved, found.not_worse, found.improved_and_not_worse,
        )  # fmt: skip
        for position, state in enumerate(said):
            outcomes = {each[position] for each in possible}
            expected = UNKNOWN if len(outcomes) == 2 else YES if outcomes == {True} else NO
            assert state[0] == expected, (baseline, after, position)
