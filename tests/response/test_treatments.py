import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.errors import RulesError
from carpk.reasons import REASON_CODES
from carpk.response.crs import grade_crs
from carpk.response.treatments import treatment_times, waive_fever

UNKNOWN = math.nan


def times(*doses, subjects=1, **choices):
    """Find the times of doses given as subject and time."""
    subject = np.array([subject for subject, _ in doses], int)
    return treatment_times(
        subject=subject, time=np.array([time for _, time in doses], float), subjects=subjects, **choices
    )


def waived(fevers, *doses):
    """Tell for one subject, from fever by day and days of doses, on which days fever is waived."""
    found = waive_fever(
        subject=np.zeros(len(fevers), int),
        day=np.array(list(fevers), float),
        fever=np.array(list(fevers.values()), float),
        treated=np.zeros(len(doses), int),
        treated_day=np.array(doses, float),
        subjects=1,
    )
    return found.tolist()


def reasons(stated):
    return [REASON_CODES[number] for number in stated.reason]


def test_the_first_and_last_dose_have_their_times():
    found = times((0, 6.5), (0, 5.7), (0, 9))
    assert (found.first.value.tolist(), found.last.value.tolist(), found.doses.tolist()) == ([5.7], [9], [3])


def test_a_subject_who_was_not_treated_is_kept_and_says_so():
    found = times((1, 5), subjects=3)
    assert reasons(found.first) == reasons(found.last) == ["NOT_TREATED", "", "NOT_TREATED"]
    assert found.doses.tolist() == [0, 1, 0]


def test_premedication_before_the_infusion_does_not_count_unless_chosen():
    assert reasons(times((0, -3)).first) == ["NOT_TREATED"]
    assert times((0, -3), since=-7).first.value.tolist() == [-3]
    assert times((0, 0)).first.value.tolist() == [0]


def test_a_dose_without_a_time_is_counted_and_says_so():
    found = times((0, UNKNOWN), (1, UNKNOWN), (1, 4), subjects=2)
    assert reasons(found.first) == ["TREATMENT_UNDATED", ""]
    assert (found.doses.tolist(), found.undated.tolist()) == ([1, 2], [1, 1])
    assert found.first.value[1] == 4


@pytest.mark.parametrize("subject", [-1, 1])
def test_a_dose_of_nobody_is_refused(subject):
    with pytest.raises(RulesError, match=f"treatment_times: subject must lie between 0 and 0; got {subject}"):
        times((subject, 5))


def test_a_record_of_nobody_is_refused():
    day = np.array([1.0])
    with pytest.raises(RulesError, match="waive_fever: subject must lie between 0 and 1; got 2"):
        waive_fever(subject=np.array([2]), day=day, fever=day, treated=np.array([0]), treated_day=day, subjects=2)


def test_without_fever_before_it_a_dose_waives_nothing():
    assert waived({1: 0, 2: 0, 3: 1, 4: 0}, 1) == [0, 0, 0, 0]


def test_from_a_dose_after_fever_on_fever_is_waived():
    assert waived({1: 0, 2: 1, 3: 0, 4: 0}, 3) == [0, 0, 1, 1]


def test_a_dose_on_the_day_of_fever_waives_it_from_that_day_on():
    assert waived({1: 0, 2: 1, 3: 0}, 2) == [0, 1, 1]


def test_after_prophylaxis_a_later_dose_waives_fever():
    assert waived({1: 0, 3: 1, 4: 0, 6: 0}, 1, 5) == [0, 0, 0, 1]


def test_a_fever_that_is_not_known_leaves_open_whether_fever_is_waived():
    np.testing.assert_array_equal(waived({1: UNKNOWN, 2: 0, 3: 1, 4: 0}, 2), [0, UNKNOWN, UNKNOWN, UNKNOWN])
    np.testing.assert_array_equal(waived({1: UNKNOWN, 2: 0, 3: 1, 4: 0}, 2, 4), [0, UNKNOWN, UNKNOWN, 1])


def test_a_dose_without_a_day_leaves_open_whether_fever_is_waived_from_the_first_fever_on():
    np.testing.assert_array_equal(waived({1: 0, 2: 1, 3: 0}, UNKNOWN), [0, UNKNOWN, UNKNOWN])
    assert waived({1: 0, 2: 0}, UNKNOWN) == [0, 0]


def test_the_dose_of_one_subject_waives_nothing_in_another():
    found = waive_fever(
        subject=np.array([0, 0, 1, 1]),
        day=np.array([1.0, 2.0, 1.0, 2.0]),
        fever=np.array([1.0, 0.0, 1.0, 0.0]),
        treated=np.array([1]),
        treated_day=np.array([1.0]),
        subjects=2,
    )
    assert found.tolist() == [0, 0, 1, 1]


def test_hypotension_after_tocilizumab_is_graded_without_fever():
    # Fever on day 2, tocilizumab on day 3; on day 4 one vasopressor without fever is grade 3, on day 1 it is none.
    fever = np.array([0.0, 1.0, 0.0, 0.0])
    not_required = np.array(waived({1: 0, 2: 1, 3: 0, 4: 0}, 3))
    grades = grade_crs(fever=fever, hypotension=[2, 0, 0, 2], hypoxia=0, fever_waived=not_required, died=False)
    assert grades.value.tolist() == [0, 1, 0, 3]


some_fevers = st.dictionaries(st.integers(0, 12), st.sampled_from([0, 1, UNKNOWN]), min_size=1, max_size=8)
some_doses = st.lists(st.one_of(st.integers(0, 12), st.just(UNKNOWN)), max_size=3)


@given(some_fevers, some_doses, st.integers(0, 1), st.integers(0, 12))
def test_filling_in_what_is_not_known_never_contradicts_what_was_said(fevers, doses, fever, day):
    filled = {when: fever if math.isnan(value) else value for when, value in fevers.items()}
    known = waived(filled, *(day if math.isnan(dose) else dose for dose in doses))
    for said, then in zip(waived(fevers, *doses), known, strict=True):
        assert math.isnan(said) or said == then


@given(some_fevers, some_doses, st.randoms(use_true_random=False))
def test_the_order_of_records_and_doses_does_not_matter(fevers, doses, random):
    order = list(fevers)
    random.shuffle(order)
    expected = dict(zip(fevers, waived(fevers, *doses), strict=True))
    found = waived({when: fevers[when] for when in order}, *doses[::-1])
    assert found == pytest.approx([expected[when] for when in order], nan_ok=True)
