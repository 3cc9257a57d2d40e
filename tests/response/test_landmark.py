import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.errors import RulesError
from carpk.response.landmark import at_landmark, exposure_groups

NAN = np.nan


def test_subjects_are_parted_at_the_median():
    found = exposure_groups(np.array([5.0, 1.0, 9.0, 3.0]))
    np.testing.assert_array_equal(found.group, [1, 0, 1, 0])
    assert (found.cuts.tolist(), found.reason) == ([4.0], "")


def test_the_subject_at_the_median_is_in_the_lower_half():
    np.testing.assert_array_equal(exposure_groups(np.array([5.0, 1.0, 9.0])).group, [0, 0, 1])


def test_six_subjects_are_parted_at_the_tertiles():
    found = exposure_groups(np.array([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]), 3)
    np.testing.assert_array_equal(found.group, [2, 2, 1, 1, 0, 0])


def test_one_without_an_exposure_is_in_no_group():
    np.testing.assert_array_equal(exposure_groups(np.array([5.0, NAN, 9.0])).group, [0, -1, 1])


def test_equal_exposures_cannot_be_parted():
    found = exposure_groups(np.array([2.0, 2.0, 2.0, 1.0]))
    assert (found.group.tolist(), found.reason) == ([-1] * 4, "ALL_EQUAL")


def test_one_subject_cannot_be_parted():
    assert exposure_groups(np.array([2.0, NAN])).reason == "TOO_FEW_SUBJECTS"


def test_one_group_is_refused():
    with pytest.raises(RulesError, match="groups must be at least 2; got 1"):
        exposure_groups(np.array([1.0, 2.0]), 1)


def test_an_event_at_the_landmark_is_early_and_an_end_of_follow_up_then_is_a_loss():
    time = np.array([28.0, 28.0, 29.0, 10.0, 90.0, NAN, 90.0])
    event = np.array([True, False, True, True, False, False, True])
    exposure = np.array([1.0, 1, 1, 1, 1, 1, NAN])
    found = at_landmark(time, event, exposure, landmark=28.0)
    np.testing.assert_array_equal(found.early, [1, 0, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(found.lost, [0, 1, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(found.at_risk, [0, 0, 1, 0, 1, 0, 0])
    np.testing.assert_array_equal(found.unknown, [0, 0, 0, 0, 0, 1, 1])


rows = st.lists(
    st.tuples(st.one_of(st.just(NAN), st.floats(0, 100)), st.booleans(), st.one_of(st.just(NAN), st.floats(0, 9))),
    min_size=1,
    max_size=12,
)


@given(rows, st.floats(0, 100))
def test_every_subject_is_counted_exactly_once(subjects, landmark):
    time, event, exposure = (np.array(column) for column in zip(*subjects, strict=True))
    found = at_landmark(time, event, exposure, landmark=landmark)
    counted = np.sum([found.at_risk, found.early, found.lost, found.unknown], axis=0)
    np.testing.assert_array_equal(counted, np.ones(len(subjects)))


@given(st.lists(st.integers(1, 1000), min_size=4, max_size=20, unique=True), st.sampled_from([2, 3]))
def test_rising_transforms_leave_who_is_in_the_upper_group(exposure, groups):
    exposure = np.array(exposure, float)
    once, tripled = exposure_groups(exposure, groups), exposure_groups(3 * exposure, groups)
    np.testing.assert_array_equal(tripled.group, once.group)
    sizes = np.bincount(once.group, minlength=groups)
    assert sizes.sum() == len(exposure)
    assert sizes.max() - sizes.min() <= 2
