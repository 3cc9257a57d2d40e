import math

import pytest

from carpk.errors import RulesError
from carpk.response.adverse_events import count_events

UNKNOWN = math.nan
COHORTS = (0, 0, 0, 1, 1)  # three subjects in the first cohort, two in the second


def count(*events, cohort=COHORTS, kinds=2, cohorts=2):
    """Count events given as subject, type and grade."""
    subject, kind, grade = ([event[part] for event in events] for part in range(3))
    return count_events(subject=subject, kind=kind, grade=grade, cohort=cohort, kinds=kinds, cohorts=cohorts)


def test_events_and_subjects_are_counted_by_type_and_cohort():
    found = count((0, 0, 1), (1, 0, 2), (1, 1, 3), (4, 1, 1))
    assert found.events.tolist() == found.subjects.tolist() == [[2, 0], [1, 1]]
    assert found.cohort_size.tolist() == [3, 2]


def test_a_subject_with_several_events_counts_once_at_the_highest_grade():
    found = count((0, 0, 1), (0, 0, 4), (0, 0, 2))
    assert found.events[0, 0] == 3
    assert found.subjects[0, 0] == 1
    assert found.by_grade[0, 0].tolist() == [0, 0, 0, 1, 0]


def test_a_subject_counts_for_each_type():
    assert count((0, 0, 1), (0, 1, 5)).by_grade[:, 0].tolist() == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 1]]


def test_all_events_under_one_type_count_subjects_with_any():
    assert count((0, 0, 1), (0, 0, 3), (3, 0, 2), kinds=1).subjects.tolist() == [[1, 1]]


def test_subjects_at_or_above_a_grade_are_counted():
    found = count((0, 0, 1), (1, 0, 3), (2, 0, 4))
    assert [found.at_least(grade)[0, 0] for grade in (1, 2, 3, 4, 5)] == [3, 2, 2, 1, 0]


def test_a_subject_without_any_known_grade_is_counted_apart():
    found = count((0, 0, UNKNOWN), (1, 0, 2))
    assert (found.subjects[0, 0], found.grade_unknown[0, 0]) == (2, 1)
    assert found.by_grade[0, 0].sum() == 1
    assert found.maybe_higher[0, 0] == 0


def test_a_subject_whose_grade_may_be_higher_is_told():
    found = count((0, 0, UNKNOWN), (0, 0, 2), (1, 0, 5), (1, 0, UNKNOWN))
    assert found.by_grade[0, 0].tolist() == [0, 1, 0, 0, 1]
    assert (found.maybe_higher[0, 0], found.grade_unknown[0, 0]) == (1, 0)


def test_without_events_all_counts_are_zero():
    found = count()
    assert found.events.tolist() == found.subjects.tolist() == [[0, 0], [0, 0]]
    assert found.cohort_size.tolist() == [3, 2]


def test_without_subjects_there_is_nobody_to_count():
    assert count(cohort=()).cohort_size.tolist() == [0, 0]


def test_an_event_of_grade_0_is_refused():
    with pytest.raises(RulesError, match="an event of grade 0 is none"):
        count((0, 0, 0))


def test_a_subject_outside_the_cohorts_is_refused():
    with pytest.raises(RulesError, match="subject must lie between 0 and 4; got 5"):
        count((0, 0, 1), (5, 0, 1))


def test_a_type_that_is_not_counted_is_refused():
    with pytest.raises(RulesError, match="kind must lie between 0 and 1; got 2"):
        count((0, 2, 1))


def test_a_cohort_given_as_text_is_refused():
    with pytest.raises(RulesError, match="cohort must be a flat array of whole numbers"):
        count((0, 0, 1), cohort=["a"])


def test_arrays_of_different_number_are_refused():
    with pytest.raises(ValueError, match="of one length"):
        count_events(subject=[0, 1], kind=[0, 0], grade=[1], cohort=COHORTS, kinds=1, cohorts=2)


def test_a_grade_that_does_not_exist_is_refused():
    with pytest.raises(RulesError, match=r"grade must be one of \[1, 2, 3, 4, 5\]; got 6"):
        count().at_least(6)
