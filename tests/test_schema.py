import dataclasses

import numpy as np
import pandas as pd
import pytest

from carpk.errors import DataError
from carpk.schema import SAMPLES, SUBJECTS, Study, conform

SUBJECT = pd.DataFrame({"subject": ["001"]})
SAMPLE = pd.DataFrame(
    {
        "subject": ["001"],
        "analyte": ["car_t_qpcr"],
        "time": [7.0],
        "value": [900.0],
        "status": ["quantified"],
        "unit": ["copies/ug"],
    }
)


def test_documented_columns_come_first_and_covariates_follow():
    frame = conform(pd.DataFrame({"age": [41], "subject": ["001"]}), SUBJECTS)
    assert list(frame) == [*(column.name for column in SUBJECTS), "age"]


def test_text_is_never_missing_and_numbers_are_float():
    frame = conform(SAMPLE, SAMPLES)
    assert frame["visit"].iloc[0] == ""
    assert np.isnan(frame["lloq"].iloc[0])
    assert frame["time"].dtype == np.float64


def test_a_missing_column_is_named_with_a_suggestion():
    with pytest.raises(DataError, match=r"samples table has no column 'status'\. Did you mean 'statsu'"):
        Study(SUBJECT, SAMPLE.rename(columns={"status": "statsu"}))


def test_an_unknown_status_is_refused():
    with pytest.raises(DataError, match=r"'blqq' is not a status.*Did you mean 'blq'"):
        Study(SUBJECT, SAMPLE.assign(status="blqq"))


@pytest.mark.parametrize("level", [0.0, np.nan, np.inf])
def test_a_quantified_sample_has_a_level(level):
    with pytest.raises(DataError, match="a quantified level cannot be"):
        Study(SUBJECT, SAMPLE.assign(value=level))


def test_a_sample_of_nobody_is_refused():
    with pytest.raises(DataError, match="Subject '002' of the samples table is not among the subjects"):
        Study(SUBJECT, SAMPLE.assign(subject="002"))


def test_a_subject_stands_once():
    with pytest.raises(DataError, match="Subject '001' stands twice"):
        Study(pd.concat([SUBJECT, SUBJECT]), SAMPLE)


def test_cohorts_come_by_rising_dose():
    subjects = pd.DataFrame(
        {"subject": ["1", "2", "3"], "cohort": ["a high", "z low", "m mid"], "dose": [9.0, 1.0, 3.0]}
    )
    assert Study(subjects, SAMPLE.assign(subject="1")).cohorts == ["z low", "m mid", "a high"]


def test_a_study_cannot_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign"):
        Study(SUBJECT, SAMPLE).title = "other"


def test_a_study_does_not_share_the_tables_it_was_made_from():
    given = SAMPLE.copy()
    study = Study(SUBJECT, given)
    given.loc[0, "value"] = 1.0
    assert study.samples["value"].iloc[0] == 900


@pytest.mark.parametrize(
    ("key", "value", "text", "words"),
    [
        ("sledai_2k", 106, "", r"Subject '001', time 28, 106: SLEDAI-2K lies between 0 and 105"),
        ("sledai_2k", 4.5, "", "SLEDAI-2K is a whole number"),
        ("sledai_fever", 2, "", "yes or no, 1 or 0"),
        ("bilag_renal", np.nan, "F", "one of A, B, C, D, E"),
        ("pga", 1, "A", "PGA is given as a number, not as 'A'"),
        ("c3", np.nan, "positive", "C3 is given as a number"),
        ("anti_dsdna", -1, "", "0 or more"),
        ("upcr", 500, "", "is it in another unit"),
        ("sledai2k", 4, "", r"'sledai2k' is not an assessment that carpk knows\. Did you mean 'sledai_2k'"),
    ],
)
def test_an_assessment_that_cannot_be_is_refused(key, value, text, words):
    row = pd.DataFrame({"subject": ["001"], "assessment": [key], "time": [28.0], "value": [value], "text": [text]})
    with pytest.raises(DataError, match=words):
        Study(SUBJECT, SAMPLE, assessments=row)


def test_an_assessment_of_nobody_is_refused():
    row = pd.DataFrame({"subject": ["002"], "assessment": ["pga"], "time": [28.0], "value": [1.0]})
    with pytest.raises(DataError, match="Subject '002' of the assessments table is not among the subjects"):
        Study(SUBJECT, SAMPLE, assessments=row)


def test_a_study_says_how_many_assessments_it_has():
    row = pd.DataFrame({"subject": ["001"], "assessment": ["pga"], "time": [28.0], "value": [1.0]})
    assert "1 assessments, analytes" in repr(Study(SUBJECT, SAMPLE, assessments=row))
