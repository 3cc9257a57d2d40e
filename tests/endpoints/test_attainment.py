import numpy as np
import pytest

from carpk.endpoints.attainment import attainment
from carpk.endpoints.logic import NO, UNKNOWN, YES
from carpk.endpoints.policies import settle

NAN = np.nan
WORDS = {"y": YES, "n": NO, "?": UNKNOWN}


def follow(*courses, row=2):
    subject = np.repeat(np.arange(len(courses)), [len(course) for course in courses])
    time = np.concatenate([28.0 * np.arange(1, len(course) + 1) for course in courses])
    met = np.array([WORDS[letter] for course in courses for letter in course], np.int8)
    return attainment(subject, time, met, subjects=len(courses), visits_in_a_row=row)


@pytest.mark.parametrize(
    ("course", "first", "sustained", "met", "judged"),
    [
        ("nyy", 56, 56, 2, 3),
        ("ynyy", 28, 84, 3, 4),
        ("yny", 28, NAN, 2, 3),
        ("nnn", NAN, NAN, 0, 3),
        ("y?y", 28, NAN, 2, 2),  # an undecided visit ends the row
        ("??", NAN, NAN, 0, 0),
        ("y", 28, NAN, 1, 1),
    ],
)
def test_first_and_sustained_attainment(course, first, sustained, met, judged):
    found = follow(course)
    np.testing.assert_array_equal(
        [found.first[0], found.sustained[0], found.met[0], found.judged[0]], [first, sustained, met, judged]
    )


def test_a_row_of_visits_does_not_run_into_the_next_subject():
    found = follow("ny", "yn", "")
    np.testing.assert_array_equal(found.sustained, [NAN, NAN, NAN])
    np.testing.assert_array_equal(found.first, [56, 28, NAN])


def test_more_visits_in_a_row_can_be_asked_for():
    assert follow("yynyyy", row=3).sustained[0] == 112


def test_a_subject_without_visits_attains_nothing():
    np.testing.assert_array_equal(follow("").first, [NAN])


@pytest.mark.parametrize(
    ("missing", "drop_out", "expected"),
    [
        ("non_responder", "non_responder", [YES, NO, NO, NO, UNKNOWN]),
        ("as_observed", "non_responder", [YES, NO, UNKNOWN, NO, UNKNOWN]),
        ("non_responder", "as_observed", [YES, NO, NO, UNKNOWN, UNKNOWN]),
        ("as_observed", "as_observed", [YES, NO, UNKNOWN, UNKNOWN, UNKNOWN]),
    ],
)
def test_what_becomes_of_undecided_visits(missing, drop_out, expected):
    observed = np.array([YES, NO, UNKNOWN, UNKNOWN, UNKNOWN], np.int8)
    left = np.array([False, False, False, True, False])
    planned = np.array([True, True, True, True, False])
    settled = settle(observed, left, planned, missing=missing, drop_out=drop_out)
    np.testing.assert_array_equal(settled.met, expected)
