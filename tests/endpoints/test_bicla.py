import numpy as np
import pytest
from endpoints.conftest import NAN, bilag, exactly

from carpk.endpoints.bicla import BICLA_RULES, bicla
from carpk.endpoints.bilag import NOT_GIVEN, A, B, C, D
from carpk.endpoints.logic import NO, UNKNOWN, YES, truth

GOOD = {"score": 8, "start": 8, "pga": 1.0, "start_pga": 1.0, "baseline": (A, B), "now": (B, C), "failed": False}


def judge(rules="wallace", **changes):
    case = {**GOOD, **changes}
    return bicla(
        exactly(case["score"]),
        exactly(case["start"]),
        bilag(case["baseline"], case["now"]),
        np.array([case["pga"]]),
        np.array([case["start_pga"]]),
        truth(np.array([not case["failed"]])),
        BICLA_RULES[rules],
    )


@pytest.mark.parametrize(
    ("changes", "component", "state", "met"),
    [
        ({}, "all_bilag_improved", YES, YES),
        ({"now": (A, C)}, "all_bilag_improved", NO, NO),  # A persisting is no improvement here
        ({"now": (B, B)}, "all_bilag_improved", NO, NO),
        ({"now": (D, D)}, "all_bilag_improved", YES, YES),
        ({"now": (B, A)}, "no_new_bilag_a", NO, NO),
        ({"now": (B, C, B)}, "at_most_one_new_bilag_b", YES, YES),
        ({"now": (B, C, B, B)}, "at_most_one_new_bilag_b", NO, NO),
        ({"score": 8}, "sledai_not_worse", YES, YES),  # as high as at baseline
        ({"score": 9}, "sledai_not_worse", NO, NO),
        ({"score": NAN}, "sledai_not_worse", UNKNOWN, UNKNOWN),
        ({"score": 0, "start": NAN}, "sledai_not_worse", YES, YES),  # 0 is above nothing
        ({"pga": 1.3}, "pga_not_worse", YES, YES),  # exactly 10 % of 3
        ({"pga": 1.31}, "pga_not_worse", NO, NO),
        ({"pga": NAN}, "pga_not_worse", UNKNOWN, UNKNOWN),
        ({"now": (B, NOT_GIVEN)}, "all_bilag_improved", UNKNOWN, UNKNOWN),
        ({"failed": True}, "no_treatment_failure", NO, NO),
    ],
)
def test_bicla_at_the_edge_of_every_criterion(changes, component, state, met):
    found = judge(**changes)
    assert (found.components[component][0], found.met[0]) == (state, met)


def test_the_strict_rules_do_not_allow_a_rise_of_exactly_a_tenth_of_the_scale():
    assert judge("strict_pga", pga=1.3).met[0] == NO
    assert judge("strict_pga", pga=1.29).met[0] == YES


def test_bicla_does_not_apply_without_an_a_or_b_at_baseline():
    assert judge(baseline=(C, D), now=(C, D)).applies[0] == NO
    assert judge(baseline=(C, B), now=(C, C)).applies[0] == YES
    assert judge(baseline=(C, NOT_GIVEN), now=(C, C)).applies[0] == UNKNOWN
