"""ICAHT and signs of IEC-HS in the tables: series worked out by hand. The limits of IEC-HS here are made up."""

import numpy as np
import pandas as pd
import pytest

from carpk import ResponseRules, run_response
from carpk.errors import RulesError
from carpk.io.study import as_study
from carpk.response.hematotoxicity import IcahtRules

LIMITS = {
    "ferritin_fold": 3.0,
    "transaminase_fold": 4.0,
    "fibrinogen": 1.5,
    "triglycerides": 250.0,
    "upper": {"ferritin": 300.0, "ast": 40.0, "alt": 50.0, "ldh": 240.0, "bilirubin_direct": 0.3},
    "lower": {"fibrinogen": 2.0},
}
UNITS = {
    "neutrophils": "cells/uL", "ferritin": "ug/L", "ast": "U/L", "alt": "U/L", "ldh": "U/L", "fibrinogen": "g/L",
    "triglycerides": "mg/dL", "bilirubin_direct": "mg/dL",
}  # fmt: skip


def levels(analyte, *pairs, subject="A"):
    return [(subject, analyte, day, level, UNITS[analyte]) for day, level in pairs]


def study_of(rows, events=()):
    frame = pd.DataFrame(rows, columns=["subject", "analyte", "time", "value", "unit"])
    study = as_study(frame)
    happened = pd.DataFrame(events, columns=["subject", "event", "time"])
    return type(study)(study.subjects, study.samples, happened)


def row(result, parameter, subject="A"):
    table = result.parameters
    return table[(table["parameter"] == parameter) & (table["subject"] == subject)].iloc[0]


def neutrophils(last=30, low=400.0, first_low=5, last_low=11):
    return [(day, low if first_low <= day <= last_low else 2000.0) for day in range(last + 1)]


def test_seven_days_at_most_500_are_early_grade_2():
    found = row(run_response(study_of(levels("neutrophils", *neutrophils()))), "icaht_early_grade")
    assert (found["value"], found["reason"], found["unit"]) == (2, "", "1")
    assert np.isnan(found["low"])


def test_two_late_counts_at_most_1000_are_late_grade_2():
    series = [*neutrophils(), (35, 900.0), (40, 950.0)]
    found = row(run_response(study_of(levels("neutrophils", *series))), "icaht_late_grade")
    assert (found["value"], found["reason"]) == (2, "")


def test_a_single_late_count_leaves_the_late_grade_open():
    series = [*neutrophils(), (35, 900.0)]
    found = row(run_response(study_of(levels("neutrophils", *series))), "icaht_late_grade")
    assert (found["reason"], found["low"], found["high"]) == ("SINGLE_SAMPLE", 0, 2)


def test_days_between_rare_samples_bound_the_early_grade():
    # Low on days 8 and 12 and between; between days 4 and 8, and 12 and 16, it cannot be told: 5 to 11 days.
    series = [(0, 2000.0), (4, 2000.0), (8, 400.0), (12, 400.0), (16, 2000.0), (20, 2000.0), (24, 2000.0), (30, 2000.0)]
    found = row(run_response(study_of(levels("neutrophils", *series))), "icaht_early_grade")
    assert (found["low"], found["high"]) == (1, 2)
    assert found["value"] == 1  # straight lines reach 500 a quarter of a day from the low samples


def test_counts_below_the_limit_are_known_within_bounds():
    # Seven days below 200: at most 500 for seven days is grade 2; if at most 100, grade 3.
    series = [(day, "<200" if count == 400 else count) for day, count in neutrophils()]
    found = row(run_response(study_of(levels("neutrophils", *series))), "icaht_early_grade")
    assert (found["reason"], found["low"], found["high"]) == ("BELOW_LIMIT", 2, 3)


def test_counts_end_with_death():
    series = neutrophils(last=12)
    alive, dead = (
        row(run_response(study_of(levels("neutrophils", *series), events)), "icaht_early_grade")
        for events in ((), [("A", "death", 12.0)])
    )
    assert alive["reason"] == "SAMPLED_TOO_RARELY"
    assert dead["value"] == 2


def test_the_rules_of_icaht_are_reached_by_name_and_told():
    # Two stretches of four low days, four days apart: the longest is grade 1, the total of 8 grade 2.
    series = [(day, 400.0 if day in (*range(5, 9), *range(13, 17)) else 2000.0) for day in range(31)]
    study = study_of(levels("neutrophils", *series))
    longest, total = ResponseRules(), ResponseRules.from_mapping({"icaht": {"stretch": "total"}})
    assert row(run_response(study, longest), "icaht_early_grade")["value"] == 1
    assert row(run_response(study, total), "icaht_early_grade")["value"] == 2
    assert total.icaht == IcahtRules(stretch="total")
    assert any("Rejeski 2023" in told and "all days to day 30" in told for told in total.sentences())


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"icaht": {"strech": "total"}}, r"IcahtRules has no choice 'strech'.*Did you mean 'stretch'\?"),
        ({"icaht": 3}, "icaht must be IcahtRules or a mapping; got 3"),
        ({"iec_hs": 3}, "iec_hs must be a mapping of limits; got 3"),
        (
            {"iec_hs": {"ferritin_fold": 3.0}},
            "transaminase_fold, fibrinogen, triglycerides must be given",
        ),
        ({"iec_hs": LIMITS | {"ferritin": 3.0}}, r"no limit 'ferritin'.*Did you mean 'ferritin_fold'\?"),
        ({"iec_hs": LIMITS | {"ferritin_fold": "3"}}, "ferritin_fold must be a number above zero; got '3'"),
        ({"iec_hs": LIMITS | {"upper": {"asat": 40.0}}}, "upper must be of .*; got 'asat'"),
        ({"iec_hs": LIMITS | {"lower": {"fibrinogen": 0}}}, "lower of 'fibrinogen' must be a number above zero; got 0"),
        ({"iec_hs": LIMITS | {"upper": 40.0}}, "upper must give a level by analyte; got 40.0"),
    ],
)
def test_wrong_choices_are_refused_by_name(choices, message):
    with pytest.raises(RulesError, match=message):
        ResponseRules.from_mapping(choices)


def listing_of(rows, **changed):
    result = run_response(study_of(rows), ResponseRules(iec_hs=LIMITS | changed))
    return result, result.iec_hs.set_index(["subject", "time"])


def test_without_limits_nothing_is_listed():
    result = run_response(study_of(levels("ferritin", (0, 200.0), (7, 9000.0))))
    assert result.iec_hs.empty
    assert "iec_hs_required_time" not in set(result.parameters["parameter"])
    assert not any("IEC-HS" in told for told in ResponseRules().sentences())


def test_the_sentence_says_that_it_is_never_a_diagnosis_and_whose_the_limits_are():
    told = " ".join(ResponseRules(iec_hs=LIMITS).sentences())
    assert "never a diagnosis" in told
    assert "ferritin above 3 times" in told
    assert "fibrinogen below 1.5 g/L" in told


def test_ferritin_meets_the_required_criterion_by_its_limit_or_its_baseline():
    # Baseline 200: above 600 by the baseline, above 900 by the upper limit of 300.
    result, listing = listing_of(levels("ferritin", (-1, 200.0), (5, 600.0), (7, 700.0), (9, 1000.0)))
    assert list(listing["required"]) == ["not met", "met", "met"]
    assert list(listing.index) == [("A", 5), ("A", 7), ("A", 9)]
    found = row(result, "iec_hs_required_time")
    assert (found["analyte"], found["value"], found["reason"]) == ("ferritin", 7, "")


def test_without_a_baseline_a_level_below_the_limit_is_not_known():
    result, listing = listing_of(levels("ferritin", (5, 600.0), (9, 1000.0)))
    assert list(listing["required"]) == ["not known", "met"]
    found = row(result, "iec_hs_required_time")
    assert (found["reason"], found["low"], found["high"]) == ("CRITERION_UNKNOWN", 5, 9)


def test_a_subject_who_never_met_it_says_so_and_nobody_is_lost():
    rows = [*levels("ferritin", (0, 200.0), (5, 250.0)), *levels("ldh", (5, 100.0), subject="B")]
    result, listing = listing_of(rows)
    assert row(result, "iec_hs_required_time", "A")["reason"] == "CRITERION_NOT_MET"
    assert row(result, "iec_hs_required_time", "B")["reason"] == "NO_SAMPLES"
    assert listing.loc[("B", 5), "required"] == "not known"


def test_supporting_items_are_listed_by_their_limits():
    rows = [
        *levels("ferritin", (0, 200.0), (7, 700.0)),
        *levels("ast", (0, 30.0), (7, 170.0)),  # above 4 x 40
        *levels("alt", (0, 30.0), (7, 60.0)),
        *levels("fibrinogen", (7, 1.8)),  # below its lower limit of 2.0
        *levels("ldh", (7, 240.0)),  # at its upper limit, not above
        *levels("triglycerides", (7, 251.0)),
    ]
    _, listing = listing_of(rows)
    day = listing.loc[("A", 7)]
    assert day["transaminases"] == day["fibrinogen"] == day["triglycerides"] == "met"
    assert day["lactate_dehydrogenase"] == "not met"
    assert day["direct_bilirubin"] == "not known"


def test_of_two_values_on_a_day_the_worse_counts():
    rows = [*levels("fibrinogen", (7.1, 3.0), (7.8, 1.0)), *levels("ldh", (7.1, 300.0), (7.8, 100.0))]
    _, listing = listing_of(rows)
    assert listing.loc[("A", 7), ["fibrinogen", "lactate_dehydrogenase"]].tolist() == ["met", "met"]


def test_a_value_known_as_a_limit_counts_where_the_limit_decides():
    rows = [*levels("ferritin", (0, 100.0), (5, ">2000")), *levels("fibrinogen", (5, "<1.0"), (6, "<3.0"))]
    _, listing = listing_of(rows)
    assert listing.loc[("A", 5), ["required", "fibrinogen"]].tolist() == ["met", "met"]
    assert listing.loc[("A", 6), "fibrinogen"] == "not known"


@pytest.mark.parametrize(
    ("analyte", "given", "unit", "kept"),
    [
        ("Triglycerides", 2.0, "mmol/L", 177.08),  # 885.4 g/mol
        ("Direct bilirubin", 10.0, "umol/L", 0.5847),  # 584.7 g/mol
        ("Fibrinogen", 150.0, "mg/dL", 1.5),
        ("AST", 80.0, "IU/L", 80.0),
    ],
)
def test_laboratory_values_are_converted_at_the_door(analyte, given, unit, kept):
    frame = pd.DataFrame([("A", analyte, 1.0, given, unit)], columns=["subject", "analyte", "time", "value", "unit"])
    assert as_study(frame).samples["value"].iloc[0] == pytest.approx(kept, rel=1e-12)
