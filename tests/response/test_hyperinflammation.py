"""The limits here are made up, so that no test rests on those of one definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.errors import RulesError
from carpk.response.hyperinflammation import (
    FINDINGS,
    HyperinflammationLimits,
    Marker,
    any_met,
    exceeds,
    ferritin_criterion,
    list_criteria,
)

UNKNOWN = math.nan
LIMITS = HyperinflammationLimits(ferritin_fold=3, transaminase_fold=4, fibrinogen=120, triglycerides=250)
MARKERS = ("ferritin", "transaminases", "fibrinogen", "lactate_dehydrogenase", "direct_bilirubin", "triglycerides")


def listing(rising=False, findings=None, **markers):
    given_markers = {name: markers.get(name, Marker(UNKNOWN)) for name in MARKERS}
    return list_criteria(**given_markers, rising=rising, findings=findings or {}, limits=LIMITS)


def ferritin(value, upper=300.0, baseline=500.0, rising=0.0):
    marker = Marker([value], upper=[upper], baseline=[baseline])
    return ferritin_criterion(marker, rising=[rising], limits=LIMITS)[0]


def transaminases(value, upper=40.0, baseline=30.0):
    return listing(transaminases=Marker([value], upper=[upper], baseline=[baseline])).supporting["transaminases"][0]


def fibrinogen(value, lower=200.0):
    return listing(fibrinogen=Marker([value], lower=[lower])).supporting["fibrinogen"][0]


def test_a_value_at_its_limit_does_not_exceed_it():
    assert exceeds([1, 2, 3], 2).tolist() == [0, 0, 1]


def test_whether_an_unknown_value_or_limit_is_exceeded_is_not_known():
    assert np.isnan(exceeds([UNKNOWN, 2], [2, UNKNOWN])).all()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (1, 1, 1), (1, 0, 1), (1, UNKNOWN, 1),
        (0, 0, 0), (0, UNKNOWN, UNKNOWN), (UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)  # fmt: skip
def test_any_of_two_criteria(first, second, expected):
    for pair in ((first, second), (second, first)):
        met = any_met(*(np.array([criterion], float) for criterion in pair))
        np.testing.assert_array_equal(met, [expected])


def test_ferritin_above_its_fold_of_the_upper_limit_meets_the_criterion():
    assert ferritin(900.1, upper=300, baseline=UNKNOWN) == 1
    assert ferritin(900.1, upper=300, baseline=500) == 1


def test_ferritin_above_its_fold_of_the_baseline_meets_the_criterion():
    assert ferritin(301, upper=300, baseline=100) == 1


def test_ferritin_at_its_fold_of_both_does_not_meet_the_criterion():
    assert ferritin(900, upper=300, baseline=300) == 0


def test_ferritin_that_rises_rapidly_meets_the_criterion_at_any_level():
    assert ferritin(100, rising=1) == 1
    assert ferritin(UNKNOWN, rising=1) == 1


def test_ferritin_that_is_not_high_is_open_where_its_rise_or_baseline_is_not_known():
    assert math.isnan(ferritin(100, rising=UNKNOWN))
    assert math.isnan(ferritin(100, baseline=UNKNOWN))


def test_ferritin_that_is_not_known_leaves_the_criterion_open():
    assert math.isnan(ferritin(UNKNOWN))


def test_transaminases_are_compared_to_the_limit_of_normal():
    assert transaminases(160) == 0
    assert transaminases(161) == 1


def test_transaminases_are_compared_to_an_abnormal_baseline():
    assert transaminases(400, baseline=100) == 0
    assert transaminases(401, baseline=100) == 1


def test_transaminases_without_a_baseline_are_open_only_where_high():
    assert transaminases(160, baseline=UNKNOWN) == 0
    assert math.isnan(transaminases(161, baseline=UNKNOWN))


def test_fibrinogen_below_the_limit_or_below_normal_is_met():
    assert fibrinogen(119, lower=UNKNOWN) == 1
    assert fibrinogen(199) == 1
    assert fibrinogen(200) == 0


def test_fibrinogen_is_open_where_the_limit_of_normal_is_not_known():
    assert math.isnan(fibrinogen(150, lower=UNKNOWN))


def test_lactate_dehydrogenase_and_bilirubin_are_compared_to_normal_and_triglycerides_to_their_limit():
    found = listing(
        lactate_dehydrogenase=Marker([250, 251], upper=250),
        direct_bilirubin=Marker([0.3, 0.4], upper=0.3),
        triglycerides=Marker([250, 251]),
    ).supporting
    for item in ("lactate_dehydrogenase", "direct_bilirubin", "triglycerides"):
        assert found[item].tolist() == [0, 1]


def test_findings_are_listed_as_given_and_not_known_where_left_out():
    found = listing(findings={"hemophagocytosis": [True, False], "cytopenia": [UNKNOWN, 1]}).supporting
    assert found["hemophagocytosis"].tolist() == [1, 0]
    np.testing.assert_array_equal(found["cytopenia"], [UNKNOWN, 1])
    assert np.isnan(found["splenomegaly"]).all()
    assert len(found["splenomegaly"]) == 2


def test_items_met_and_not_known_are_counted():
    found = listing(findings={name: [1, 0] for name in FINDINGS}, triglycerides=Marker([300, 300]))
    assert found.met.tolist() == [9, 1]
    assert found.unknown.tolist() == [4, 4]


def test_a_finding_that_is_not_in_the_list_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"got 'splenomegally'\. Did you mean 'splenomegaly'\?"):
        listing(findings={"splenomegally": [1]})


def test_a_finding_that_is_neither_there_nor_not_is_refused():
    with pytest.raises(RulesError, match=r"renal must be one of 0 \(no\), 1 \(yes\).*got 2"):
        listing(findings={"renal": [2]})


def test_limits_have_no_defaults():
    with pytest.raises(TypeError, match="required positional argument"):
        HyperinflammationLimits(ferritin_fold=3)


@pytest.mark.parametrize("limit", [0, -1, math.inf, UNKNOWN])
def test_a_limit_that_is_not_a_number_above_zero_is_refused(limit):
    with pytest.raises(RulesError, match="fibrinogen must be a number above zero"):
        HyperinflammationLimits(ferritin_fold=3, transaminase_fold=4, fibrinogen=limit, triglycerides=250)


some_numbers = st.sampled_from([UNKNOWN, 50.0, 100.0, 300.0, 900.0, 2000.0])


@given(some_numbers, some_numbers, some_numbers, st.sampled_from([0.0, 1.0, UNKNOWN]), some_numbers)
def test_filling_in_an_unknown_baseline_never_contradicts_what_was_said(value, upper, baseline, rising, filled):
    known = ferritin(value, upper, baseline, rising)
    if math.isnan(baseline) and not math.isnan(known):
        assert ferritin(value, upper, filled, rising) == known


@given(some_numbers, some_numbers, some_numbers)
def test_filling_in_an_unknown_baseline_never_contradicts_what_was_said_of_transaminases(value, upper, filled):
    known = transaminases(value, upper, UNKNOWN)
    if not (math.isnan(known) or math.isnan(filled)):
        assert transaminases(value, upper, filled) == known
