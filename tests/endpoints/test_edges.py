"""Studies with little in them."""

import numpy as np
import pandas as pd
import pytest
from endpoints.by_hand import BASELINE, GOOD, rows, run, study_of

import carpk
from carpk.io.results import csv_text


@pytest.mark.parametrize(
    "assessments",
    [
        rows("S1", 0, **BASELINE),  # nothing after baseline
        rows("S1", 28, **GOOD),  # nothing before
        rows("S1", 28, planned=False, **GOOD),  # nothing planned
        rows("S1", 28, ana="positive"),
        rows("S1", 28, bilag_renal="A"),
        rows("S1", 28, antimalarial=1),
    ],
    ids=["baseline only", "no baseline", "unplanned only", "a word", "a grade", "a tick"],
)
def test_any_assessment_is_enough_and_every_gap_has_its_reason(assessments):
    result = run(assessments)
    for table in (result.visits, result.parameters):
        np.testing.assert_array_equal(table["value"].isna(), table["reason"] != "")
    assert csv_text(result.summary).startswith("cohort,nominal_time,endpoint")


def test_a_subject_who_was_never_assessed_stays_in_the_parameters():
    subjects = pd.DataFrame({"subject": ["S1", "S2"]})
    assessments = [*rows("S1", 0, **BASELINE), *rows("S1", 28, **GOOD)]
    table = carpk.run_endpoints(study_of(assessments, subjects=subjects)).parameters
    mine = table[(table["subject"] == "S2") & (table["analyte"] == "doris")]
    assert list(mine["reason"]) == ["NEVER_JUDGED"] * 3


def test_an_assessment_without_a_result_is_as_if_it_were_not_there():
    given = [*rows("S1", 0, **BASELINE), *rows("S1", 28, **GOOD)]
    empty = rows("S1", 56, pga=float("nan"))
    pd.testing.assert_frame_equal(run([*given, *empty]).visits, run(given).visits)
