import pytest

from carpk.endpoints.lldas import LldasRules
from carpk.endpoints.rules import EndpointRules
from carpk.errors import RulesError


def test_named_sets_resolve_and_say_their_name():
    rules = EndpointRules(lldas="franklyn", doris="2021_below_5_mg")
    assert rules.lldas_rules.standard_therapy
    assert not rules.doris_rules.prednisolone_inclusive
    assert [rules.name_of(name) for name in ("sri", "bicla", "lldas", "doris")] == [
        "trial", "wallace", "franklyn", "2021_below_5_mg",
    ]  # fmt: skip


def test_own_limits_can_be_given_and_are_called_own():
    rules = EndpointRules(lldas={"prednisolone_limit": 5.0})
    assert rules.lldas_rules == LldasRules(prednisolone_limit=5.0)
    assert rules.name_of("lldas") == "own"


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"lldas": "franklin"}, r"lldas must be one of .*; got 'franklin'\. Did you mean 'franklyn'"),
        ({"lldas": {"prednisolon_limit": 5}}, r"no choice 'prednisolon_limit'.*Did you mean 'prednisolone_limit'"),
        ({"missing": "nonresponder"}, r"missing must be one of .*Did you mean 'non_responder'"),
        ({"rescue": "fail"}, r"rescue must be one of"),
        ({"renal": ["kdigo"]}, r"renal must be one of"),
        ({"proteinuria": "upc"}, r"proteinuria must be one of .*Did you mean 'upcr'"),
        ({"sri_points": [0]}, r"whole numbers from 1 to 105; got 0"),
        ({"sri_points": [4.0]}, r"whole numbers from 1 to 105; got 4\.0"),
        ({"prednisolone_equals": {"deflazacort_dose": 6}}, r"prednisolone_equals must be one of"),
        ({"prednisolone_equals": {"dexamethasone_dose": 0}}, r"must be an amount in mg; got 0"),
        ({"sustained_visits": 1}, r"at least 2; got 1"),
        ({"confidence": 95}, r"between 0 and 1; got 95"),
        ({"lldass": "trial"}, r"EndpointRules has no choice 'lldass'.*Did you mean 'lldas'"),
    ],
)
def test_wrong_choices_are_refused_with_a_suggestion(choices, words):
    with pytest.raises(RulesError, match=words):
        EndpointRules.from_mapping(choices)


def test_the_methods_print_every_limit_and_policy_of_the_defaults():
    said = " ".join(EndpointRules().sentences())
    for words in (
        "SRI-4", "PGA up by less than 0.3", "no new BILAG-2004 A and no more than one new B",
        "PGA up by no more than 0.3", "SLEDAI-2K at most 4", "PGA at most 1", "prednisolone at most 7.5 mg/day",
        "clinical SLEDAI-2K 0, PGA below 0.5, prednisolone at most 5 mg/day", "KDIGO 2024: proteinuria below 0.5 g/g",
        "BLISS-LN: proteinuria at most 0.7 g/g", "AURORA 1: proteinuria at most 0.5 g/g", "was counted as not met",
        "12 (A), 8 (B), 1 (C) and 0 (D, E)", "Clopper-Pearson",
    ):  # fmt: skip
        assert words in said


def test_the_methods_change_with_the_rules():
    rules = EndpointRules(sri="without_bilag", sri_points=[4, 6], missing="as_observed", doris="total_score")
    said = " ".join(rules.sentences())
    assert "SRI-4 or 6" in said
    assert "by that many points or more, PGA" in said
    assert "was left out, and one after drop-out or death was counted as not met" in said
    assert "): SLEDAI-2K 0, PGA below 0.5" in said
