"""The truth table of ASTCT grades of neurotoxicity: Lee 2019, doi:10.1016/j.bbmt.2018.12.758."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.assessments import CONSCIOUSNESS, EDEMA, SEIZURE
from carpk.errors import RulesError
from carpk.reasons import REASON_CODES
from carpk.response.icans import grade_icans, ice_of_total, ice_score

UNKNOWN = math.nan
LEVELS = {"ice": 11, "consciousness": 5, "seizure": 3, "weakness": 2, "edema": 3, "died": 2}
UNAROUSABLE = CONSCIOUSNESS.index("unarousable")

some_components = st.fixed_dictionaries(
    {name: st.sampled_from([*map(float, range(count)), UNKNOWN]) for name, count in LEVELS.items()}
)


def assess(ice=10, consciousness=0, seizure=0, weakness=0, edema=0, died=0):
    others = {"consciousness": consciousness, "seizure": seizure, "weakness": weakness, "edema": edema, "died": died}
    return grade_icans(ice=ice_of_total([ice]), **{name: np.array([value], float) for name, value in others.items()})


def grade(**components):
    return assess(**components).value[0]


def bounds(**components):
    found = assess(**components)
    return found.least[0], found.greatest[0]


def score(orientation=4, naming=3, command=1, writing=1, attention=1):
    found = ice_score(
        orientation=[orientation], naming=[naming], command=[command], writing=[writing], attention=[attention]
    )
    return found.value[0], found.least[0], found.greatest[0]


def test_a_full_ice_score_is_10():
    assert score()[0] == 10


def test_the_ice_score_is_the_sum_of_its_parts():
    assert score(orientation=2, naming=1, command=1, writing=0, attention=1)[0] == 5


def test_an_ice_score_with_an_unknown_part_lies_between_none_and_all_of_its_points():
    value, least, greatest = score(naming=UNKNOWN)
    assert math.isnan(value)
    assert (least, greatest) == (7, 10)


def test_more_points_than_a_part_has_are_refused():
    with pytest.raises(RulesError, match=r"naming must be a whole number from 0 to 3.*got 4"):
        score(naming=4)


def test_half_a_point_is_refused():
    with pytest.raises(RulesError, match=r"orientation must be a whole number.*got 0\.5"):
        score(orientation=0.5)


def test_one_score_of_several_that_does_not_exist_is_refused():
    with pytest.raises(RulesError, match="got 11"):
        ice_of_total([10, 11, UNKNOWN])


def test_a_total_that_is_not_known_may_be_any_score():
    found = ice_of_total([UNKNOWN, 8])
    assert (found.least.tolist(), found.greatest.tolist()) == ([0, 8], [10, 8])


def test_a_total_above_10_is_refused():
    with pytest.raises(RulesError, match=r"total must be a whole number from 0 to 10.*got 11"):
        ice_of_total([11])


@pytest.mark.parametrize(
    ("ice", "expected"),
    [(10, 0), (9, 1), (8, 1), (7, 1), (6, 2), (5, 2), (4, 2), (3, 2), (2, 3), (1, 3), (0, 3)],
)
def test_the_ice_score_of_an_awake_patient_has_its_grade(ice, expected):
    assert grade(ice=ice) == expected


def test_an_ice_score_of_0_is_grade_4_where_the_patient_cannot_be_aroused():
    assert grade(ice=0, consciousness=UNAROUSABLE) == 4


def test_who_cannot_be_aroused_is_grade_4_although_ice_cannot_be_tested():
    assert grade(ice=UNKNOWN, consciousness=UNAROUSABLE) == 4


@pytest.mark.parametrize(("consciousness", "expected"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)])
def test_depressed_consciousness_has_its_grade(consciousness, expected):
    assert CONSCIOUSNESS[1:4] == ("awakens spontaneously", "awakens to voice", "awakens only to touch")
    assert grade(consciousness=consciousness) == expected


@pytest.mark.parametrize(("seizure", "expected"), [(0, 0), (1, 3), (2, 4)])
def test_a_seizure_is_grade_3_or_4(seizure, expected):
    assert SEIZURE == ("none", "resolving", "prolonged or repetitive")
    assert grade(seizure=seizure) == expected


def test_deep_focal_weakness_is_grade_4():
    assert grade(weakness=1) == 4


@pytest.mark.parametrize(("edema", "expected"), [(0, 0), (1, 3), (2, 4)])
def test_edema_is_grade_3_or_4(edema, expected):
    assert EDEMA == ("none", "focal", "diffuse")
    assert grade(edema=edema) == expected


def test_death_is_grade_5_whatever_else_is_known():
    assert grade(died=1) == 5
    assert grade(ice=UNKNOWN, consciousness=UNKNOWN, seizure=UNKNOWN, weakness=UNKNOWN, edema=UNKNOWN, died=1) == 5


def test_the_worst_component_decides():
    assert grade(ice=8, consciousness=2, seizure=1) == 3


def test_an_unknown_ice_score_leaves_the_grade_open_up_to_3():
    assert bounds(ice=UNKNOWN) == (0, 3)


def test_an_unknown_ice_score_does_not_matter_after_a_seizure():
    assert grade(ice=UNKNOWN, seizure=1) == 3


def test_unknown_weakness_leaves_the_grade_open_up_to_4():
    assert bounds(ice=5, weakness=UNKNOWN) == (2, 4)


def test_a_part_of_the_ice_score_may_decide():
    # Without attention the score is 7 or 8, and both are grade 1.
    partial = ice_score(orientation=[3], naming=[3], command=[1], writing=[0], attention=[UNKNOWN])
    found = grade_icans(ice=partial, consciousness=0, seizure=0, weakness=False, edema=0, died=False)
    assert found.value.tolist() == [1]


def test_an_open_grade_says_why():
    found = assess(edema=UNKNOWN)
    assert math.isnan(found.value[0])
    assert REASON_CODES[found.reason[0]] == "COMPONENT_UNKNOWN"


def test_a_level_that_does_not_exist_is_refused():
    with pytest.raises(RulesError, match=r"seizure must be one of 0 \(none\).*got 3"):
        assess(seizure=3)


@given(some_components)
def test_the_grade_of_what_is_not_known_lies_within_its_bounds(components):
    found = assess(**components)
    for choice in itertools.product((0, 1), repeat=len(LEVELS)):
        ends = zip(components.items(), choice, strict=True)
        filled = {name: (LEVELS[name] - 1) * end if math.isnan(value) else value for (name, value), end in ends}
        assert found.least[0] <= grade(**filled) <= found.greatest[0]
    assert (found.reason[0] == 0) == (found.least[0] == found.greatest[0]) == (not math.isnan(found.value[0]))


@given(some_components, st.sampled_from([name for name in LEVELS if name != "ice"]))
def test_worsening_a_component_never_lowers_the_grade(components, name):
    if components[name] < LEVELS[name] - 1:
        before, after = bounds(**components), bounds(**{**components, name: components[name] + 1})
        assert before[0] <= after[0]
        assert before[1] <= after[1]


@given(some_components)
def test_a_lower_ice_score_never_lowers_the_grade(components):
    if components["ice"] > 0:
        before, after = bounds(**components), bounds(**{**components, "ice": components["ice"] - 1})
        assert before[0] <= after[0]
        assert before[1] <= after[1]
