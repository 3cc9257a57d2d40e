"""The sample trials: remade byte for byte, labelled synthetic, and with the quirks that their README promises."""

import csv
import runpy
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import carpk
from carpk.sample_data import TRIALS, write_sample_data
from carpk.sample_data.course import simulate
from carpk.sample_data.tables import (
    assessment_rows,
    event_rows,
    sample_rows,
    subject_rows,
    three_digits,
    visit_name,
)

COMMITTED = Path(__file__).parents[1] / "sample_data"
FILES = [
    "cd19_active_sle.csv",
    "cd19_bcma_lupus_nephritis/assessments.csv",
    "cd19_bcma_lupus_nephritis/events.csv",
    "cd19_bcma_lupus_nephritis/samples.csv",
    "cd19_bcma_lupus_nephritis/subjects.csv",
    "cd19_childhood_sle.xlsx",
    "ultrafast_cd19_sle.csv",
]
PATHS = {
    "ultrafast_cd19_sle": "ultrafast_cd19_sle.csv",
    "cd19_childhood_sle": "cd19_childhood_sle.xlsx",
    "cd19_active_sle": "cd19_active_sle.csv",
    "cd19_bcma_lupus_nephritis": "cd19_bcma_lupus_nephritis",
}
TRANSGENE = ("CAR transgene (qPCR)", "CAR transgene")


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remade")
    write_sample_data(folder)
    return folder


@pytest.fixture(scope="module")
def courses():
    return {trial.name: simulate(trial) for trial in TRIALS}


@pytest.fixture(scope="module")
def studies():
    return {name: carpk.read_study(COMMITTED / path) for name, path in PATHS.items()}


@pytest.fixture(scope="module")
def endpoints(studies):
    return {name: carpk.run_endpoints(study) for name, study in studies.items()}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def transgene(course):
    """By subject: (planned day, actual day, cell) of every CAR transgene sample."""
    curves = defaultdict(list)
    for row in sample_rows(course):
        if row["analyte"] in TRANSGENE:
            curves[row["subject"]].append((int(row["nominal_day"]), float(row["day"]), row["value"]))
    return curves


def by_visit(result, endpoint, component="", column="value"):
    """By subject and planned day: what an endpoint came to."""
    rows = result.visits[(result.visits["endpoint"] == endpoint) & (result.visits["component"] == component)]
    return rows.pivot(index="subject", columns="nominal_time", values=column)


def events(course, name):
    return {row["subject"]: float(row["day"]) for row in event_rows(course) if row["event"] == name}


def quantified(cell):
    return cell[:1].isdigit()


@pytest.mark.parametrize("name", FILES)
def test_remaking_gives_the_committed_bytes(remade, name):
    assert (remade / name).read_bytes() == (COMMITTED / name).read_bytes()


def test_the_command_remakes_them_in_the_folder_it_is_given(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["python -m carpk.sample_data", str(tmp_path / "made")])
    runpy.run_module("carpk.sample_data", run_name="__main__")
    assert (tmp_path / "made" / FILES[0]).read_bytes() == (COMMITTED / FILES[0]).read_bytes()


def test_nothing_is_made_beyond_the_committed_files(remade):
    assert sorted(str(path.relative_to(remade).as_posix()) for path in remade.rglob("*") if path.is_file()) == FILES


@pytest.mark.parametrize(
    "name", ["ultrafast_cd19_sle.csv", "cd19_active_sle.csv", "cd19_bcma_lupus_nephritis/subjects.csv"]
)
def test_every_row_says_that_the_study_is_synthetic(name):
    assert all(row["study"].startswith("SYNTHETIC") for row in rows_of(COMMITTED / name))


def test_the_workbook_says_that_the_study_is_synthetic():
    sheet = openpyxl.load_workbook(COMMITTED / "cd19_childhood_sle.xlsx")["study"]
    assert sheet["A1"].value == "title"
    assert sheet["A2"].value.startswith("SYNTHETIC")


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("ultrafast_cd19_sle", {"150000": 6, "500000": 6, "1000000": 6}),
        ("cd19_childhood_sle", {"100000": 6, "300000": 7, "500000": 6}),
        ("cd19_active_sle", {"500000": 15}),
        ("cd19_bcma_lupus_nephritis", {"100000": 3, "200000": 3, "300000": 3}),
    ],
)
def test_each_dose_group_has_its_patients(courses, name, groups):
    doses = [row["dose"] for row in subject_rows(courses[name])]
    assert {dose: doses.count(dose) for dose in doses} == groups


def test_children_are_5_to_18_years_old(courses):
    ages = [int(row["age"]) for row in subject_rows(courses["cd19_childhood_sle"])]
    assert min(ages) >= 5
    assert max(ages) <= 18


def test_nephritis_patients_have_a_biopsy_class_of_iii_to_v(courses):
    classes = {row["lupus_nephritis_class"] for row in subject_rows(courses["cd19_bcma_lupus_nephritis"])}
    assert classes <= {"III", "IV", "V", "III+V", "IV+V"}


def test_ids_keep_their_leading_zeros():
    assert rows_of(COMMITTED / "ultrafast_cd19_sle.csv")[0]["subject"] == "001"


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_actual_days_rise_and_are_partly_off_the_planned_ones(courses, trial):
    course = courses[trial.name]
    assert (np.diff(course.days, axis=1) > 0).all()
    off = course.days != np.array(trial.planned_days)
    assert 0.2 < off[course.held].mean() < 0.9


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_the_predose_transgene_is_below_the_limit_in_everybody(courses, trial):
    for samples in transgene(courses[trial.name]).values():
        planned, actual, cell = samples[0]
        assert (planned, actual) == (0, 0.0)
        assert not quantified(cell)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_markers_have_a_baseline_before_lymphodepletion(courses, trial):
    days = {float(row["day"]) for row in sample_rows(courses[trial.name]) if row["analyte"] == "IL-6"}
    assert min(days) < trial.lymphodepletion_day


@pytest.mark.parametrize(("name", "subject"), [("ultrafast_cd19_sle", "004"), ("cd19_childhood_sle", "P-03")])
def test_one_patient_never_expands(courses, name, subject):
    curves = transgene(courses[name])
    silent = [who for who, samples in curves.items() if not any(quantified(cell) for *_, cell in samples)]
    assert silent == [subject]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_a_missed_visit_has_no_sample(courses, trial):
    subjects = list(courses[trial.name].patients.subject)
    assert trial.quirks.missed_visits
    for number, day in trial.quirks.missed_visits:
        samples = transgene(courses[trial.name])[subjects[number - 1]]
        assert day not in [planned for planned, *_ in samples]


def test_a_lost_sample_stands_with_an_empty_value(courses):
    samples = transgene(courses["ultrafast_cd19_sle"])["017"]
    assert [planned for planned, _, cell in samples if cell == ""] == [14]


@pytest.mark.parametrize(
    ("name", "subject", "day"),
    [
        ("ultrafast_cd19_sle", "002", 26.9),
        ("cd19_active_sle", "S01-005", 27),
        ("cd19_bcma_lupus_nephritis", "LN-04", 27),
    ],
)
def test_an_early_day_28_sample_is_the_last_before_day_60(courses, name, subject, day):
    samples = transgene(courses[name])[subject]
    position = [planned for planned, *_ in samples].index(28)
    assert samples[position][1] == day
    assert samples[position + 1][0] == 60


@pytest.mark.parametrize(
    ("name", "subject", "day"), [("ultrafast_cd19_sle", "013", 27.1), ("cd19_active_sle", "S01-014", 27)]
)
def test_one_patient_is_last_seen_about_day_27_with_a_quantified_level(courses, name, subject, day):
    _, actual, cell = transgene(courses[name])[subject][-1]
    assert actual == day
    assert quantified(cell)


@pytest.mark.parametrize(
    ("name", "subject", "planned"),
    [
        ("ultrafast_cd19_sle", "011", 90),
        ("cd19_childhood_sle", "P-02", 90),
        ("cd19_active_sle", "S01-003", 90),
        ("cd19_bcma_lupus_nephritis", "LN-08", 60),
    ],
)
def test_one_level_below_the_limit_lies_between_quantified_ones(courses, name, subject, planned):
    samples = transgene(courses[name])[subject]
    position = [day for day, *_ in samples].index(planned)
    assert [quantified(cell) for *_, cell in samples[position - 1 : position + 2]] == [True, False, True]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_nothing_is_sampled_or_assessed_from_a_drop_out_on_and_one_drop_out_is_before_day_90(courses, trial):
    left = events(courses[trial.name], "drop_out")
    assert min(left.values()) < 90
    for row in (*sample_rows(courses[trial.name]), *assessment_rows(courses[trial.name])):
        assert float(row["day"]) < left.get(row["subject"], float("inf"))


@pytest.mark.parametrize(("name", "subject"), [("ultrafast_cd19_sle", "005"), ("cd19_active_sle", "S01-011")])
def test_cells_expand_again_after_the_second_infusion(courses, name, subject):
    again = events(courses[name], "second_infusion")
    assert list(again) == [subject]
    samples = transgene(courses[name])[subject]
    before = [cell for _, day, cell in samples if day < again[subject]]
    after = [cell for _, day, cell in samples if day > again[subject]]
    assert not quantified(before[-1])
    assert float(after[0]) > 1_000


@pytest.mark.parametrize("name", ["ultrafast_cd19_sle", "cd19_childhood_sle", "cd19_active_sle"])
def test_one_il_6_is_above_the_upper_limit(courses, name):
    cells = [row["value"] for row in sample_rows(courses[name]) if row["analyte"] == "IL-6"]
    assert cells.count(">5000") == 1


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_tocilizumab_follows_the_onset_of_crs_by_one_or_two_days(courses, trial):
    onset, given = events(courses[trial.name], "crs"), events(courses[trial.name], "tocilizumab")
    assert given
    assert {given[subject] - onset[subject] for subject in given} <= {1.0, 2.0}


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_crs_grades_of_the_subjects_are_those_of_the_events(courses, trial):
    rows = [row for row in event_rows(courses[trial.name]) if row["event"] == "crs"]
    graded = {row["subject"]: row["crs_grade"] for row in subject_rows(courses[trial.name]) if row["crs_grade"] != "0"}
    assert {row["subject"]: row["detail"].removeprefix("grade ") for row in rows} == graded


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_b_cells_fall_below_10_per_ul_in_expanders_and_most_return(courses, trial):
    course = courses[trial.name]
    curves = transgene(course)
    expanders = {subject for subject, samples in curves.items() if any(quantified(cell) for *_, cell in samples)}
    lowest, last = {}, {}
    for row in sample_rows(course):
        if row["analyte"] == "B cells" and row["subject"] in expanders:
            cells = float(row["value"].lstrip("<"))
            lowest[row["subject"]] = min(cells, lowest.get(row["subject"], cells))
            last[row["subject"]] = (float(row["day"]), cells)
    assert max(lowest.values()) < 10
    followed = [cells for day, cells in last.values() if day > 150]
    assert np.mean(np.array(followed) > 10) > 0.9


def test_the_geometric_mean_peak_rises_weakly_with_the_dose(courses):
    course = courses["ultrafast_cd19_sle"]
    peaks = defaultdict(list)
    for samples, row in zip(transgene(course).values(), subject_rows(course), strict=True):
        first_course = [float(cell) for _, day, cell in samples if quantified(cell) and day < 100]
        if first_course:
            peaks[float(row["dose"])].append(np.log(max(first_course)))
    low, middle, high = (np.exp(np.mean(peaks[dose])) for dose in sorted(peaks))
    assert low < middle < high < low * (10e5 / 1.5e5)


def test_dates_give_the_same_days_as_the_simulation(courses):
    course = courses["cd19_active_sle"]
    simulated = [float(row["day"]) for row in (*sample_rows(course), *assessment_rows(course))]
    dated = rows_of(COMMITTED / "cd19_active_sle.csv")
    days = np.array([row["sample_date"] for row in dated], "M8[D]") - np.array(
        [row["infusion_date"] for row in dated], "M8[D]"
    )
    assert days.astype(int).tolist() == simulated


@pytest.mark.parametrize(
    ("name", "subjects", "samples", "above_uloq"),
    [
        ("ultrafast_cd19_sle", 18, 1175, 1),
        ("cd19_childhood_sle", 19, 1140, 1),  # 19 x 60 cells, the empty ones as missing
        ("cd19_active_sle", 15, 1042, 1),
        ("cd19_bcma_lupus_nephritis", 9, 555, 0),
    ],
)
def test_each_trial_reads_without_settings(studies, courses, name, subjects, samples, above_uloq):
    study = studies[name]
    assert len(study.assessments) == len(list(assessment_rows(courses[name])))
    assert study.title.startswith("SYNTHETIC")
    assert (len(study.subjects), len(study.samples)) == (subjects, samples)
    assert study.analytes == ["car_t_qpcr", "car_t_flow", "b_cells", "il6", "crp", "ferritin"]
    assert (study.samples["status"] == "above_uloq").sum() == above_uloq


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_assessments_are_drawn_from_numbers_of_their_own(courses, trial):
    other = simulate(replace(trial, assessments=replace(trial.assessments, seed=1)))
    assert list(sample_rows(other)) == list(sample_rows(courses[trial.name]))
    assert list(event_rows(other)) == list(event_rows(courses[trial.name]))
    assert list(assessment_rows(other)) != list(assessment_rows(courses[trial.name]))


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_the_score_at_baseline_is_that_of_the_subjects_table(courses, endpoints, trial):
    given = {row["subject"]: float(row["sledai_2k"]) for row in subject_rows(courses[trial.name])}
    assert by_visit(endpoints[trial.name], "sledai_2k")[-7.0].to_dict() == given


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_a_missed_visit_has_no_assessment(courses, trial):
    subjects = list(courses[trial.name].patients.subject)
    held = {(row["subject"], int(row["nominal_day"])) for row in assessment_rows(courses[trial.name])}
    assert held.isdisjoint((subjects[number - 1], day) for number, day in trial.quirks.missed_visits)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_what_was_not_done_stands_with_an_empty_value(courses, trial):
    subjects = list(courses[trial.name].patients.subject)
    names = {written.key: written.name for written in trial.assessments.written}
    empty = {
        (row["subject"], int(row["nominal_day"]), row["analyte"])
        for row in assessment_rows(courses[trial.name])
        if row["value"] == ""
    }
    first_visit = {(subject, -7, "New lupus activity") for subject in subjects}  # new since which visit?
    assert empty - first_visit == {
        (subjects[number - 1], day, names[key]) for number, day, key in trial.quirks.not_done
    }


def test_serology_items_are_those_of_the_laboratory(studies):
    study = studies["cd19_bcma_lupus_nephritis"]
    table = study.assessments.pivot(index=["subject", "nominal_time"], columns="assessment", values="value")
    np.testing.assert_array_equal(table["sledai_low_complement"], (table["c3"] < 0.9) | (table["c4"] < 0.1))
    np.testing.assert_array_equal(table["sledai_dna_binding"], table["anti_dsdna"] > 100)
    known = table["upcr"].notna()
    np.testing.assert_array_equal(table["sledai_proteinuria"][known], table["upcr"][known] > 0.5)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_most_patients_have_next_to_no_activity_after_half_a_year(endpoints, trial):
    score = by_visit(endpoints[trial.name], "sledai_2k")[180.0].dropna()
    assert (score <= 4).mean() > 0.75


@pytest.mark.parametrize(("name", "subject"), [("ultrafast_cd19_sle", "004"), ("cd19_childhood_sle", "P-03")])
def test_lupus_stays_active_without_expansion(endpoints, name, subject):
    change = by_visit(endpoints[name], "sledai_2k", "change").loc[subject].dropna()
    assert change.min() > -6
    assert not by_visit(endpoints[name], "lldas").loc[subject].any()


@pytest.mark.parametrize(
    ("name", "subject", "before", "flare"),
    [
        ("ultrafast_cd19_sle", "005", 90, 180),
        ("ultrafast_cd19_sle", "014", 180, 270),
        ("cd19_active_sle", "S01-011", 90, 180),
        ("cd19_bcma_lupus_nephritis", "LN-05", 180, 270),
    ],
)
def test_lupus_flares_after_the_b_cells_returned(studies, endpoints, name, subject, before, flare):
    samples = studies[name].samples
    mine = (samples["subject"] == subject) & (samples["analyte"] == "b_cells") & (samples["nominal_time"] == before)
    assert samples.loc[mine, "value"].item() > 5
    assert by_visit(endpoints[name], "sledai_flare").loc[subject, flare] >= 1


@pytest.mark.parametrize(("name", "subject"), [("ultrafast_cd19_sle", "014"), ("cd19_bcma_lupus_nephritis", "LN-05")])
def test_rescue_medication_ends_the_response(courses, endpoints, name, subject):
    given = events(courses[name], "rescue_medication")
    assert list(given) == [subject]
    days = by_visit(endpoints[name], "sri_4", "no_treatment_failure").loc[subject].dropna()
    assert all(met == (day < given[subject]) for day, met in days.items())


def test_filtration_of_children_comes_from_their_height(studies, endpoints):
    study = studies["cd19_childhood_sle"]
    creatinine = study.assessments.query("assessment == 'creatinine' and nominal_time == -7").set_index("subject")[
        "value"
    ]
    people = study.subjects.set_index("subject")
    height, age = people["height_cm"].astype(float), people["age"].astype(float)
    children = age[age < 18].index
    expected = 0.413 * height[children] / creatinine[children]  # bedside Schwartz
    np.testing.assert_allclose(by_visit(endpoints["cd19_childhood_sle"], "egfr").loc[children, -7.0], expected)


@pytest.mark.parametrize(
    ("name", "judged", "lacking"),
    [
        ("ultrafast_cd19_sle", {"sri_4", "bicla", "lldas", "doris", "c3_normalized", "kdigo_complete"}, set()),
        ("cd19_childhood_sle", {"lldas", "doris", "c3_normalized", "kdigo_complete"}, {"SRI-4", "BICLA"}),
        ("cd19_active_sle", {"lldas", "doris", "c3_normalized", "drug_free"}, {"SRI-4", "BICLA"}),
        ("cd19_bcma_lupus_nephritis", {"sri_4", "bicla", "lldas", "doris", "bliss_ln_crr", "aurora_crr"}, set()),
    ],
)
def test_endpoints_are_decided_for_most_and_left_open_with_a_reason_for_some(endpoints, name, judged, lacking):
    result = endpoints[name]
    assert judged <= set(result.visits["endpoint"])
    absent = {sentence.split(" was")[0] for sentence in result.absent}
    assert lacking <= absent
    assert {"SRI-4", "BICLA", "LLDAS", "DORIS remission"} & absent == lacking
    whole = result.visits[(result.visits["component"] == "") & result.visits["endpoint"].isin(judged)]
    concerned = whole[whole["reason"] != "NOT_APPLICABLE"]
    assert 0.8 < concerned["observed"].notna().mean() < 1
    assert {"IMPUTED_MISSING", "IMPUTED_LEFT_STUDY"} <= set(concerned["flags"].astype(str))


def test_the_wide_sheet_has_merged_marker_headers_over_days():
    sheet = openpyxl.load_workbook(COMMITTED / "cd19_childhood_sle.xlsx")["samples"]
    assert sheet["B1"].value == "CAR transgene (copies/\u00b5g gDNA, LLOQ 50)"
    assert [cell.value for cell in sheet[2][1:4]] == ["Day 0", "Day 3", "Day 7"]
    assert "B1:K1" in {str(merged) for merged in sheet.merged_cells.ranges}
    assert [sheet.cell(row, 1).value for row in (3, 21)] == ["P-01", "P-19"]


def test_every_quirk_subject_of_the_readme_is_a_subject_of_its_trial():
    text = (COMMITTED / "README.md").read_text(encoding="utf-8")
    table = [
        line.split("|")[2:6] for line in text.split("## What goes otherwise")[1].splitlines() if line.startswith("| ")
    ]
    for trial, cells in zip(TRIALS, zip(*table[1:], strict=True), strict=True):
        named = {
            word.strip(",") for cell in cells for word in cell.split() if word[:3] in ("S01", "LN-") or word[:2] == "P-"
        }
        assert named <= {trial.subject_id.format(number + 1) for number in range(trial.count)}


@pytest.mark.parametrize(
    ("value", "text"), [(12_345.6, "12300"), (0.5, "0.500"), (99.96, "100"), (9.996, "10.0"), (50.04, "50.0")]
)
def test_levels_are_written_to_three_digits_without_an_exponent(value, text):
    assert three_digits(value) == text


def test_visits_are_named_as_in_a_protocol():
    assert [visit_name(day) for day in (-7, -1, 0, 7, 28, 60, 360)] == [
        "Baseline",
        "Day -1",
        "Day 0 predose",
        "Day 7",
        "Day 28",
        "Month 2",
        "Month 12",
    ]
