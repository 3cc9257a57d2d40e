import numpy as np
import pytest
from endpoints.conftest import NAN, bilag, exactly

from carpk.endpoints.bilag import NOT_GIVEN, A, B, C
from carpk.endpoints.logic import NO, UNKNOWN, YES, truth
from carpk.endpoints.sri import SRI_RULES, sri

GOOD = {"score": 6, "start": 10, "pga": 1.0, "start_pga": 1.0, "baseline": (), "now": (), "failed": False}


def judge(points=4, rules="trial", **changes):
    case = {**GOOD, **changes}
    return sri(
        exactly(case["score"]),
        exactly(case["start"]),
        bilag(case["baseline"], case["now"]),
        np.array([case["pga"]]),
        np.array([case["start_pga"]]),
        truth(np.array([not case["failed"]])),
        SRI_RULES[rules],
        points=points,
    )


@pytest.mark.parametrize(
    ("changes", "component", "state", "met"),
    [
        ({}, "sledai_improved", YES, YES),  # down by exactly 4
        ({"score": 7}, "sledai_improved", NO, NO),  # by 3
        ({"score": NAN}, "sledai_improved", UNKNOWN, UNKNOWN),
        ({"start": NAN}, "sledai_improved", UNKNOWN, UNKNOWN),
        ({"score": NAN, "start": 3}, "sledai_improved", NO, NO),  # 3 cannot fall by 4
        ({"pga": 1.29}, "pga_not_worse", YES, YES),
        ({"pga": 1.3}, "pga_not_worse", NO, NO),  # up by exactly 0.3
        ({"pga": 0.7, "start_pga": 0.4}, "pga_not_worse", NO, NO),  # 0.7 - 0.4 in floating point is below 0.3
        ({"pga": NAN}, "pga_not_worse", UNKNOWN, UNKNOWN),
        ({"pga": NAN, "start_pga": 2.8}, "pga_not_worse", YES, YES),  # 3 is at most 0.2 above 2.8
        ({"pga": 0.2, "start_pga": NAN}, "pga_not_worse", YES, YES),  # 0.2 is at most 0.2 above any baseline
        ({"pga": 0.3, "start_pga": NAN}, "pga_not_worse", UNKNOWN, UNKNOWN),
        ({"now": (A,)}, "no_new_bilag_a", NO, NO),
        ({"baseline": (A,), "now": (A,)}, "no_new_bilag_a", YES, YES),  # A at baseline persisting
        ({"now": (B,)}, "at_most_one_new_bilag_b", YES, YES),
        ({"now": (B, B)}, "at_most_one_new_bilag_b", NO, NO),  # new B in two systems
        ({"baseline": (B, A), "now": (B, B)}, "at_most_one_new_bilag_b", YES, YES),
        ({"now": (NOT_GIVEN,)}, "no_new_bilag_a", UNKNOWN, UNKNOWN),
        ({"now": (B, NOT_GIVEN)}, "at_most_one_new_bilag_b", UNKNOWN, UNKNOWN),
        ({"failed": True}, "no_treatment_failure", NO, NO),
        ({"pga": NAN, "score": 9}, "sledai_improved", NO, NO),  # a missing PGA cannot save it
        ({"pga": NAN, "failed": True}, "no_treatment_failure", NO, NO),
    ],
)
def test_sri_4_at_the_edge_of_every_criterion(changes, component, state, met):
    found = judge(**changes)
    assert (found.components[component][0], found.met[0]) == (state, met)


@pytest.mark.parametrize("points", [4, 5, 6, 7, 8])
def test_sri_of_more_points_asks_for_just_that_fall(points):
    assert judge(points, score=20 - points, start=20).met[0] == YES
    assert judge(points, score=21 - points, start=20).met[0] == NO


def test_all_sixteen_combinations_of_criteria_met_or_not():
    bad = {
        "sledai_improved": {"score": 7},
        "no_new_bilag_a": {"now": (A, C, C)},
        "at_most_one_new_bilag_b": {"now": (C, B, B)},
        "pga_not_worse": {"pga": 1.3},
    }
    for number in range(16):
        failing = [name for position, name in enumerate(bad) if number >> position & 1]
        changes = {key: value for name in failing for key, value in bad[name].items()}
        if {"no_new_bilag_a", "at_most_one_new_bilag_b"} <= set(failing):
            changes["now"] = (A, B, B)
        found = judge(**changes)
        assert [name for name in bad if found.components[name][0] == NO] == failing
        assert found.met[0] == (NO if failing else YES)


def test_without_bilag_the_index_asks_for_scores_alone():
    found = judge(rules="without_bilag", now=(A, B, B))
    assert found.met[0] == YES
    assert list(found.components) == ["sledai_improved", "pga_not_worse", "no_treatment_failure"]
