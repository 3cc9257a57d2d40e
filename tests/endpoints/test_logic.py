import itertools

import numpy as np
import pytest

from carpk.endpoints.logic import (
    NO,
    UNKNOWN,
    YES,
    Range,
    all_of,
    any_of,
    difference,
    from_numbers,
    not_,
    numbers,
    truth,
)


def one(value):
    return np.array([value], np.int8)


@pytest.mark.parametrize(
    ("first", "second", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (NO, NO, NO, NO),
        (YES, UNKNOWN, UNKNOWN, YES),
        (NO, UNKNOWN, NO, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_and_or_as_in_kleenes_table(first, second, both, either):
    for left, right in ((first, second), (second, first)):
        assert all_of(one(left), one(right)) == both
        assert any_of(one(left), one(right)) == either


def test_not_leaves_the_unknown_unknown():
    np.testing.assert_array_equal(not_(np.array([YES, UNKNOWN, NO])), [NO, UNKNOWN, YES])


def test_truths_survive_the_way_into_numbers_and_back():
    states = np.array([YES, UNKNOWN, NO], np.int8)
    np.testing.assert_array_equal(from_numbers(numbers(states)), states)


def test_what_is_not_known_is_unknown():
    np.testing.assert_array_equal(truth(np.array([True, True]), np.array([True, False])), [YES, UNKNOWN])


def test_a_comparison_is_decided_where_both_ends_of_a_range_agree():
    scores = Range(np.array([0.0, 3.0, 5.0, 4.0]), np.array([4.0, 5.0, 9.0, 4.0]))
    np.testing.assert_array_equal(scores.at_most(4.0), [YES, UNKNOWN, NO, YES])
    np.testing.assert_array_equal(scores.below(4.0), [UNKNOWN, UNKNOWN, NO, NO])
    np.testing.assert_array_equal(scores.at_least(4.0), [UNKNOWN, UNKNOWN, YES, YES])


def test_a_range_agrees_with_all_numbers_in_it():
    for low, high, limit in itertools.product(range(4), range(4), range(4)):
        if low <= high:
            inside = range(low, high + 1)
            said = Range(np.array([float(low)]), np.array([float(high)])).at_most(float(limit))[0]
            expected = {all(n <= limit for n in inside): YES, all(n > limit for n in inside): NO}
            assert said == expected.get(True, UNKNOWN)


def test_differences_of_short_decimals_are_meant_as_written():
    assert difference(np.array([1.3]), np.array([1.0]))[0] == 0.3
