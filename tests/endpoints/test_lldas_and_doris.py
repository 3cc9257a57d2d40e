import numpy as np
import pytest

from carpk.assessments import SLEDAI_ITEMS
from carpk.endpoints.doris import DORIS_RULES, DorisRules, doris
from carpk.endpoints.lldas import LLDAS_RULES, Ticks, lldas
from carpk.endpoints.logic import NO, UNKNOWN, YES
from carpk.endpoints.sledai import read_sledai
from carpk.endpoints.visits import Visits
from carpk.errors import RulesError

NAN = np.nan
KEYS = list(SLEDAI_ITEMS)
VISITS = Visits(np.zeros(2, int), np.array([0.0, 28.0]), np.array([0.0, 28.0]))
TICKS = ("major_organ_activity", "new_activity", "hemolytic_anemia", "gastrointestinal_activity", "standard_therapy")


def sledai(before, now, *, given=True, total=NAN):
    table = np.full((2, 24), 0.0 if given else NAN)
    for row, names in enumerate((before, now)):
        for name in names.split():
            table[row, KEYS.index(f"sledai_{name.rstrip('?')}")] = NAN if name.endswith("?") else 1.0
    return read_sledai(table, np.array([NAN, total]), np.full(2, NAN))


def judge_lldas(*, before="rash alopecia", now="rash", pga=1.0, dose=7.5, rules="trial", score=None, **ticked):
    marks = [np.array([NAN, ticked.get(name, NAN)]) for name in (*TICKS, "immunosuppressant")]
    return lldas(
        score or sledai(before, now), np.array([NAN, pga]), np.array([NAN, dose]), Ticks(*marks), VISITS,
        LLDAS_RULES[rules],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "component", "state", "met"),
    [
        ({}, "low_sledai", YES, YES),
        ({"before": "arthritis", "now": "arthritis"}, "low_sledai", YES, YES),  # exactly 4
        ({"before": "arthritis rash", "now": "arthritis rash"}, "low_sledai", NO, NO),  # 6
        ({"before": "arthritis leukopenia", "now": "arthritis leukopenia"}, "low_sledai", NO, NO),  # 5
        ({"before": "casts", "now": "casts"}, "no_major_organ_activity", NO, NO),  # 4, but renal
        ({"before": "fever", "now": "fever"}, "no_major_organ_activity", NO, NO),
        ({"before": "rash", "now": "alopecia"}, "no_new_activity", NO, NO),
        ({"before": "rash", "now": "rash"}, "no_new_activity", YES, YES),
        ({"pga": 1.0}, "low_pga", YES, YES),  # exactly 1
        ({"pga": 1.01}, "low_pga", NO, NO),
        ({"pga": NAN}, "low_pga", UNKNOWN, UNKNOWN),
        ({"dose": 7.5}, "low_prednisolone", YES, YES),  # exactly 7.5 mg
        ({"dose": 7.51}, "low_prednisolone", NO, NO),
        ({"dose": NAN}, "low_prednisolone", UNKNOWN, UNKNOWN),
        ({"dose": NAN, "pga": 2.0}, "low_pga", NO, NO),
        ({"now": "rash fever?"}, "no_major_organ_activity", UNKNOWN, UNKNOWN),
        ({"before": "rash?", "now": "rash"}, "no_new_activity", UNKNOWN, UNKNOWN),
        ({"before": "rash", "now": "alopecia", "new_activity": 0}, "no_new_activity", YES, YES),
        ({"major_organ_activity": 1}, "no_major_organ_activity", NO, NO),
    ],
)
def test_lldas_at_the_edge_of_every_criterion(changes, component, state, met):
    found = judge_lldas(**changes)
    assert (found.components[component][1], found.met[1]) == (state, met)


@pytest.mark.parametrize(
    ("total", "ticked", "met"),
    [
        (0, {}, YES),  # nothing can be active
        (4, {}, UNKNOWN),
        (4, {"major_organ_activity": 0, "new_activity": 0}, YES),
        (5, {}, NO),
        (4, {"major_organ_activity": 1}, NO),
    ],
)
def test_lldas_from_a_total_without_items(total, ticked, met):
    assert judge_lldas(score=sledai("", "", given=False, total=total), **ticked).met[1] == met


@pytest.mark.parametrize(
    ("ticked", "met"),
    [
        ({}, UNKNOWN),
        ({"hemolytic_anemia": 0, "gastrointestinal_activity": 0, "standard_therapy": 1}, YES),
        ({"hemolytic_anemia": 0, "gastrointestinal_activity": 0, "immunosuppressant": 0}, YES),
        ({"hemolytic_anemia": 1, "gastrointestinal_activity": 0, "standard_therapy": 1}, NO),
        ({"hemolytic_anemia": 0, "gastrointestinal_activity": 1, "standard_therapy": 1}, NO),
        ({"hemolytic_anemia": 0, "gastrointestinal_activity": 0, "standard_therapy": 0, "immunosuppressant": 1}, NO),
        ({"hemolytic_anemia": 0, "standard_therapy": 1}, UNKNOWN),
    ],
)
def test_lldas_as_published_asks_for_what_sledai_does_not_score(ticked, met):
    assert judge_lldas(rules="franklyn", **ticked).met[1] == met


def judge_doris(*, now="", pga=0.4, dose=5.0, drugs=NAN, rules="2021", score=None):
    return doris(
        score or sledai("", now),
        np.array([NAN, pga]),
        np.array([NAN, dose]),
        np.array([NAN, drugs]),
        DORIS_RULES[rules],
    )


@pytest.mark.parametrize(
    ("changes", "component", "state", "met"),
    [
        ({}, "clinical_sledai_0", YES, YES),
        ({"now": "low_complement dna_binding"}, "clinical_sledai_0", YES, YES),  # irrespective of serology
        ({"now": "leukopenia"}, "clinical_sledai_0", NO, NO),
        ({"now": "dna_binding?"}, "clinical_sledai_0", YES, YES),
        ({"now": "rash?"}, "clinical_sledai_0", UNKNOWN, UNKNOWN),
        ({"pga": 0.49}, "low_pga", YES, YES),
        ({"pga": 0.5}, "low_pga", NO, NO),  # exactly 0.5
        ({"pga": NAN}, "low_pga", UNKNOWN, UNKNOWN),
        ({"dose": 5.0}, "low_prednisolone", YES, YES),  # exactly 5 mg
        ({"dose": 5.01}, "low_prednisolone", NO, NO),
        ({"dose": NAN}, "low_prednisolone", UNKNOWN, UNKNOWN),
    ],
)
def test_doris_at_the_edge_of_every_criterion(changes, component, state, met):
    found = judge_doris(**changes)
    assert (found.components[component][1], found.met[1]) == (state, met)


@pytest.mark.parametrize(("total", "met"), [(0, YES), (1, NO), (2, UNKNOWN), (3, NO), (4, UNKNOWN), (5, NO), (6, NO)])
def test_doris_from_a_total_alone_is_decided_where_serology_cannot_explain_it(total, met):
    assert judge_doris(score=sledai("", "", given=False, total=total)).met[1] == met


def test_the_variants_of_doris_differ_where_they_say():
    assert judge_doris(rules="2021_below_5_mg").met[1] == NO
    assert judge_doris(rules="2021_below_5_mg", dose=4.9).met[1] == YES
    assert judge_doris(rules="total_score", now="dna_binding").met[1] == NO
    assert judge_doris(rules="total_score").met[1] == YES
    assert judge_doris(rules="off_therapy", dose=0.0, drugs=0).met[1] == YES
    assert judge_doris(rules="off_therapy", dose=0.0, drugs=1).met[1] == NO
    assert judge_doris(rules="off_therapy", dose=0.0).met[1] == UNKNOWN
    assert judge_doris(rules="off_therapy", dose=2.5, drugs=0).met[1] == NO


def test_an_unknown_score_is_refused():
    with pytest.raises(RulesError, match=r"score must be one of .*; got 'clinic'\. Did you mean 'clinical'"):
        DorisRules(score="clinic")
