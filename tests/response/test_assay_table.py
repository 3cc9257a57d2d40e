"""Two assays compared over a study made by hand: flow is qPCR / 200 unless said otherwise."""

import math

import numpy as np
import pandas as pd
import pytest

import carpk
from carpk.errors import RulesError, UnitError
from carpk.nca.table import run_nca
from carpk.schema import Study

LEVELS = {"A": (20000.0, 4000.0, 900.0), "B": (8000.0, 30000.0, 2000.0), "C": (600.0, 9000.0, 3000.0)}
SCATTER = {"A": (1.2, 0.8, 1.1), "B": (0.9, 1.3, 0.7), "C": (1.0, 1.1, 0.85)}
DAYS = (7.0, 14.0, 28.0)


def one_sample(subject, analyte, value, day, *, status="quantified", nominal=None, matrix="blood"):
    qpcr = analyte == "car_t_qpcr"
    return {
        "subject": subject,
        "analyte": analyte,
        "matrix": matrix,
        "time": day,
        "nominal_time": day if nominal is None else nominal,
        "value": value if status == "quantified" else math.nan,
        "status": status,
        "lloq": 50.0 if qpcr else 1.0,
        "unit": "copies/ug" if qpcr else "cells/uL",
    }


def rows():
    made = []
    for subject, levels in LEVELS.items():
        for day, level, scatter in zip(DAYS, levels, SCATTER[subject], strict=True):
            made.append(one_sample(subject, "car_t_qpcr", level, day))
            made.append(one_sample(subject, "car_t_flow", level * scatter / 200, day))
    return made


def study_of(samples, subjects=("A", "B", "C")):
    people = pd.DataFrame({"subject": list(subjects)}).assign(cohort="low", dose=1e5, dose_unit="cells/kg")
    return Study(people, pd.DataFrame(samples))


def changed(subject, analyte, day, **cells):
    return [
        {**row, **cells} if (row["subject"], row["analyte"], row["time"]) == (subject, analyte, day) else row
        for row in rows()
    ]


def test_samples_of_one_planned_time_are_a_pair():
    found = carpk.compare_assays(study_of(rows()))
    assert len(found.pairs) == 9
    assert found.pairs["both_quantified"].all()
    first = found.pairs.iloc[0]
    assert (first["first_value"], first["second_value"]) == (20000.0, 120.0)
    assert first["ratio"] == pytest.approx(200 / 1.2, rel=1e-14)


def test_samples_of_one_planned_time_but_days_apart_are_no_pair():
    found = carpk.compare_assays(study_of(changed("A", "car_t_flow", 14.0, time=15.5)))
    assert len(found.pairs) == 8
    left = found.unpaired
    assert list(left["why"]) == ["taken too far from the other assay's sample"] * 2
    assert len(carpk.compare_assays(study_of(changed("A", "car_t_flow", 14.0, time=15.5)), within=2.0).pairs) == 9


def test_without_planned_times_equal_actual_times_are_a_pair():
    samples = pd.DataFrame(rows()).assign(nominal_time=math.nan)
    assert len(carpk.compare_assays(study_of(samples)).pairs) == 9


def test_of_two_samples_at_one_planned_time_those_of_equal_actual_time_are_a_pair():
    extra = one_sample("A", "car_t_qpcr", 7000.0, 7.4, nominal=7.0)
    found = carpk.compare_assays(study_of([*rows(), extra]))
    assert len(found.pairs) == 9
    assert list(found.unpaired["why"]) == ["several samples at one time"]


def test_every_sample_is_in_a_pair_or_unpaired_with_a_reason():
    samples = changed("A", "car_t_flow", 14.0, status="missing", value=math.nan)
    found = carpk.compare_assays(study_of(samples))
    assert 2 * len(found.pairs) + len(found.unpaired) == len(samples)
    assert sorted(found.unpaired["why"]) == ["no level given", "no sample of the other assay"]


def test_a_sample_that_only_qpcr_quantified_is_discordant():
    found = carpk.compare_assays(study_of(changed("A", "car_t_flow", 7.0, status="blq", value=math.nan)))
    (row,) = found.discordant.to_dict("records")
    assert (row["subject"], row["kind"], row["limit"], row["explained"]) == ("A", "first_only", 1.0, 0.0)
    assert row["expected"] == pytest.approx(100.0, rel=0.15)  # 20000 / 200, within the scatter put in


def test_a_sample_that_the_line_puts_below_the_limit_is_explained():
    samples = [*rows(), one_sample("A", "car_t_qpcr", 60.0, 60.0), one_sample("A", "car_t_flow", 0, 60.0, status="blq")]
    (row,) = carpk.compare_assays(study_of(samples)).discordant.to_dict("records")
    assert (row["kind"], row["explained"]) == ("first_only", 1.0)


def test_a_sample_that_only_flow_quantified_is_discordant():
    found = carpk.compare_assays(study_of(changed("C", "car_t_qpcr", 14.0, status="not_detected", value=math.nan)))
    (row,) = found.discordant.to_dict("records")
    assert (row["kind"], row["limit"], row["explained"]) == ("second_only", 50.0, 0.0)


def test_a_patient_far_from_the_line_is_discordant():
    people = [f"P{number:02d}" for number in range(12)]
    samples = []
    for place, subject in enumerate(people):
        for day, level in zip(DAYS, (20000.0, 4000.0, 900.0), strict=True):
            fold = 30.0 if subject == "P05" else 1.0 + 0.05 * (place % 3)
            samples.append(one_sample(subject, "car_t_qpcr", level, day))
            samples.append(one_sample(subject, "car_t_flow", fold * level / 200, day))
    found = carpk.compare_assays(study_of(samples, people))
    assert list(found.patients.loc[found.patients["off_line"], "subject"]) == ["P05"]
    assert set(found.discordant["subject"]) == {"P05"}


def test_every_subject_is_among_the_patients_with_a_reason_where_there_is_no_ratio():
    found = carpk.compare_assays(study_of(rows(), ("A", "B", "C", "D")))
    last = found.patients.iloc[-1]
    assert (last["subject"], last["n_pairs"], last["reason"]) == ("D", 0, "no pair of samples")


def test_the_ratio_of_a_patient_is_the_geometric_mean_of_its_ratios():
    found = carpk.compare_assays(study_of(rows())).patients.set_index("subject")["ratio"]
    assert found["A"] == pytest.approx(200 / (1.2 * 0.8 * 1.1) ** (1 / 3), rel=1e-12)


def test_the_lag_is_the_peak_of_the_second_less_that_of_the_first():
    found = carpk.compare_assays(study_of(changed("A", "car_t_flow", 14.0, value=500.0)))
    assert list(found.peaks["lag"]) == [7.0, 0.0, 0.0]


def test_a_subject_without_a_peak_says_why_there_is_no_lag():
    found = carpk.compare_assays(study_of(rows(), ("A", "B", "C", "D")))
    assert math.isnan(found.peaks["lag"].iloc[-1])
    assert "car_t_flow: No sample at or after the infusion." in found.peaks["reason"].iloc[-1]


def test_peaks_can_come_from_an_analysis_already_made():
    study = study_of(rows())
    pd.testing.assert_frame_equal(
        carpk.compare_assays(study, nca=run_nca(study)).peaks, carpk.compare_assays(study).peaks
    )


def test_swapping_the_assays_inverts_the_mean_ratio_and_turns_the_lag():
    study = study_of(changed("A", "car_t_flow", 14.0, value=500.0))
    found = carpk.compare_assays(study)
    swapped = carpk.compare_assays(study, "car_t_flow", "car_t_qpcr")
    assert swapped.agreement.mean_ratio.value == pytest.approx(1 / found.agreement.mean_ratio.value, rel=1e-12)
    assert list(swapped.peaks["lag"]) == [-lag for lag in found.peaks["lag"]]


def test_swapping_the_assays_finds_the_same_samples_discordant():
    study = study_of(changed("A", "car_t_flow", 7.0, status="blq", value=math.nan))
    found, swapped = carpk.compare_assays(study), carpk.compare_assays(study, "car_t_flow", "car_t_qpcr")
    assert list(swapped.discordant["kind"]) == ["second_only"]
    assert list(swapped.discordant["explained"]) == list(found.discordant["explained"])


def test_the_order_of_rows_changes_nothing():
    forward, backward = (carpk.compare_assays(study_of(order)) for order in (rows(), rows()[::-1]))
    pd.testing.assert_frame_equal(forward.pairs, backward.pairs)
    assert forward.agreement == backward.agreement


def test_a_study_in_hours_gives_the_same_agreement():
    hours = pd.DataFrame(rows())
    hours[["time", "nominal_time"]] *= 24
    day = study_of(rows())
    found = carpk.compare_assays(Study(day.subjects, hours, time_unit="h"))
    assert found.agreement == carpk.compare_assays(day).agreement


def test_assays_that_never_both_quantify_are_compared_without_a_line():
    blq = [{**row, "status": "blq", "value": math.nan} if row["analyte"] == "car_t_flow" else row for row in rows()]
    found = carpk.compare_assays(study_of(blq))
    assert (found.agreement.n_pairs, math.isnan(found.agreement.slope)) == (0, True)
    assert (found.discordant["kind"] == "first_only").all()
    assert found.discordant["explained"].isna().all()


def test_other_matrices_are_left_alone():
    marrow = one_sample("A", "car_t_qpcr", 5.0, 7.0, matrix="marrow")
    assert len(carpk.compare_assays(study_of([*rows(), marrow])).pairs) == 9


def test_an_analyte_that_is_not_there_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no analyte 'car_t_flo'.*Did you mean 'car_t_flow'"):
        carpk.compare_assays(study_of(rows()), second="car_t_flo")


def test_an_assay_is_not_compared_with_itself():
    with pytest.raises(RulesError, match="two different analytes"):
        carpk.compare_assays(study_of(rows()), "car_t_flow", "car_t_flow")


def test_an_assay_in_two_units_is_refused():
    with pytest.raises(UnitError, match="cannot be compared"):
        carpk.compare_assays(study_of(changed("A", "car_t_flow", 7.0, unit="cells/mL")), nca=None)


def test_the_agreement_rests_on_levels_that_both_quantified():
    found = carpk.compare_assays(study_of(changed("A", "car_t_flow", 7.0, status="blq", value=0.4)))
    assert found.agreement.n_pairs == 8
    assert np.isnan(found.pairs.loc[~found.pairs["both_quantified"], "ratio"]).all()
