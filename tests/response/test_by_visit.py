"""Counts of depleted subjects by visit and of grades by cohort, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

import carpk


def b_cells(rows):
    """Make samples of (subject, cohort, planned day, level)."""
    table = pd.DataFrame(rows, columns=["subject", "cohort", "nominal_time", "value"])
    return table.assign(time=table["nominal_time"], analyte="b_cells", unit="cells/uL", lloq=1.0)


@pytest.fixture(scope="module")
def counts():
    rows = [
        *[("A", "low", day, level) for day, level in ((-7, 90), (28, "<1"), (90, 30))],
        *[("B", "low", day, level) for day, level in ((-7, 90), (28, 20), (90, 30))],
        *[("C", "high", day, level) for day, level in ((-7, 90), (28, 2))],
    ]
    return carpk.depletion_by_visit(carpk.run_response(b_cells(rows)))


def at(counts, cohort, day):
    (row,) = counts[(counts["cohort"] == cohort) & (counts["nominal_time"] == day)].to_dict("records")
    return row


def test_depleted_subjects_are_counted_by_cohort_and_planned_visit(counts):
    assert [at(counts, "low", 28)[key] for key in ("N", "measured", "depleted", "percent")] == [2, 2, 1, 50.0]
    assert [at(counts, "low", 90)[key] for key in ("N", "measured", "depleted", "percent")] == [2, 2, 0, 0.0]


def test_all_subjects_together_are_a_group_of_their_own(counts):
    assert [at(counts, "All", 28)[key] for key in ("N", "measured", "depleted")] == [3, 3, 2]


def test_a_subject_without_a_sample_at_a_visit_is_not_measured_there(counts):
    assert [at(counts, "All", 90)[key] for key in ("N", "measured")] == [3, 2]


def test_the_interval_is_exact(counts):
    # One of one: the share with which that happens to one trial in forty is 0.025.
    assert at(counts, "high", 28)["low"] == pytest.approx(2.5)
    assert at(counts, "high", 28)["high"] == 100.0


def test_baseline_visits_are_not_counted(counts):
    assert (counts["nominal_time"] >= 0).all()


def test_a_sample_whose_depletion_is_not_known_is_in_no_share():
    rows = [("A", "low", -7, 90), ("A", "low", 28, "<1"), ("B", "low", -7, 90), ("B", "low", 28, "<25")]
    table = b_cells(rows).assign(lloq=[1.0, 1.0, 25.0, 25.0])
    (row,) = carpk.depletion_by_visit(carpk.run_response(table)).to_dict("records")
    assert [row[key] for key in ("measured", "not_known", "depleted", "percent")] == [2, 1, 1, 100.0]


def test_one_cohort_needs_no_line_for_all():
    rows = [("A", "low", -7, 90), ("A", "low", 28, 2)]
    assert carpk.depletion_by_visit(carpk.run_response(b_cells(rows)))["cohort"].tolist() == ["low"]


def test_samples_without_planned_times_make_an_empty_table():
    table = b_cells([("A", "low", -7, 90), ("A", "low", 28, 2)]).drop(columns="nominal_time")
    assert carpk.depletion_by_visit(carpk.run_response(table)).empty


def test_grades_are_counted_once_for_each_subject():
    subjects = pd.DataFrame(
        {"subject": list("ABCDE"), "cohort": ["low", "low", "low", "high", "high"], "crs_grade": [0, 2, np.nan, 1, 3]}
    )
    samples = pd.DataFrame({"subject": ["A"], "time": [0.0], "value": [1.0], "analyte": ["crp"], "unit": ["mg/L"]})
    study = carpk.Study(subjects, samples.assign(status="quantified"))
    grades = carpk.grades_by_cohort(carpk.run_response(study)).set_index("cohort")
    assert grades.loc["low", ["N", "grade_0", "grade_2", "not_known", "any"]].tolist() == [3, 1, 1, 1, 1]
    assert grades.loc["low", "percent"] == 50.0
    assert grades.loc["All", ["N", "grade_0", "grade_1", "grade_2", "grade_3", "any"]].tolist() == [5, 1, 1, 1, 1, 3]
