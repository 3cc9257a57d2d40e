"""Tables of adverse events as hospitals write them: terms, grades, first and last days."""

import math
from pathlib import Path

import pytest

from carpk import run_response
from carpk.errors import DataError
from carpk.io.grades import grade_of, grade_words, graded_event_of
from carpk.io.study import read_study

SAMPLES = "subject,day,CRP (mg/L)\nA,0,1\nA,7,40\nB,0,1\nC,0,2\n"


@pytest.fixture
def study_of(tmp_path: Path):
    """Read a study of three subjects with this table of events."""

    def read(events: str, samples: str = SAMPLES):
        (tmp_path / "samples.csv").write_text(samples)
        (tmp_path / "events.csv").write_text(events)
        return read_study(tmp_path)

    return read


def rows(study) -> list[list[object]]:
    return study.events.to_numpy().tolist()


def answers(study, analyte: str, subject: str = "A") -> dict[str, object]:
    """Number, or else reason, of every parameter of a syndrome."""
    table = run_response(study).parameters
    mine = table[(table["analyte"] == analyte) & (table["subject"] == subject)]
    return {row.parameter: row.reason or row.value for row in mine.itertuples()}


def test_terms_grades_and_days_of_an_adverse_event_table_are_read(study_of):
    study = study_of(
        "subject,AE term,toxicity grade,start day,end day,related\n"
        "A,Cytokine release syndrome,2,3,8,yes\n"
        "A,Immune effector cell-associated neurotoxicity syndrome,1,5,6,yes\n"
        "B,Neutropenia,4,2,30,no\n"
    )
    assert rows(study) == [
        ["A", "crs", 3.0, "grade 2"],
        ["A", "icans", 5.0, "grade 1"],
        ["A", "icans_end", 6.0, ""],
        ["A", "crs_end", 8.0, ""],
        ["B", "Neutropenia", 2.0, "grade 4"],
    ]
    # Days 3 to 8 and 5 to 6, both ends counted.
    assert answers(study, "crs") == {"grade_max": 2.0, "onset_time": 3.0, "duration": 6.0}
    assert answers(study, "icans") == {"grade_max": 1.0, "onset_time": 5.0, "duration": 2.0}


def test_dates_of_onset_and_end_count_from_the_infusion(study_of):
    samples = "subject,infusion_date,day,CRP (mg/L)\nA,2024-03-01,0,1\n"
    study = study_of("USUBJID,AEDECOD,AETOXGR,AESTDTC,AEENDTC\nA,CRS,1,2024-03-04,2024-03-06\n", samples)
    assert rows(study) == [["A", "crs", 3.0, "grade 1"], ["A", "crs_end", 5.0, ""]]


def test_of_a_reported_and_a_coded_term_the_coded_one_counts(study_of):
    study = study_of("subject,AETERM,AEDECOD,AESEV,AETOXGR,day\nA,shivers,Chills,MODERATE,2,3\n")
    assert rows(study) == [["A", "Chills", 3.0, "grade 2"]]


def test_hours_of_onset_and_end_become_the_days_of_the_samples(study_of):
    study = study_of("subject,event,start (h),stop day\nA,CRS,72,8\n")
    assert rows(study) == [["A", "crs", 3.0, ""], ["A", "crs_end", 8.0, ""]]


def test_an_end_before_the_beginning_is_refused(study_of):
    with pytest.raises(DataError, match=r"row 2.*'crs' ends at 3, before it begins at 8"):
        study_of("subject,event,start day,end day\nA,CRS,8,3\n")


def test_an_event_without_an_end_has_no_duration(study_of):
    study = study_of("subject,event,start day,end day,grade\nA,CRS,3,,2\n")
    assert answers(study, "crs") == {"grade_max": 2.0, "onset_time": 3.0, "duration": "END_UNKNOWN"}


@pytest.mark.parametrize("end", ["ongoing", "Not resolved", "N/A", "unknown"])
def test_an_event_that_was_still_there_has_no_end(study_of, end: str):
    study = study_of(f"subject,event,start day,end day,grade\nA,CRS,3,{end},2\nB,CRS,4,6,1\n")
    assert answers(study, "crs")["duration"] == "END_UNKNOWN"
    assert answers(study, "crs", "B")["duration"] == 3.0


def test_an_event_with_an_end_and_no_beginning_says_that_the_onset_is_unknown(study_of):
    study = study_of("subject,event,start day,end day,grade\nA,CRS,,5,\n")
    assert answers(study, "crs") == {
        "grade_max": "NO_GRADE",
        "onset_time": "ONSET_UNKNOWN",
        "duration": "ONSET_UNKNOWN",
    }


def test_a_second_episode_without_an_end_leaves_the_duration_open(study_of):
    study = study_of("subject,event,start day,end day,grade\nA,CRS,2,5,1\nA,CRS,8,,2\n")
    assert answers(study, "crs") == {"grade_max": 2.0, "onset_time": 2.0, "duration": "END_UNKNOWN"}


def test_records_of_grade_0_are_no_event(study_of):
    study = study_of("subject,event,day,grade\nA,CRS,0,0\nA,CRS,2,1\nA,CRS,3,0\nB,CRS,,0\nC,CRS,4,\n")
    assert answers(study, "crs") == {"grade_max": 1.0, "onset_time": 2.0, "duration": "END_UNKNOWN"}
    assert answers(study, "crs", "B") == {"grade_max": 0.0, "onset_time": "NO_EVENT", "duration": "NO_EVENT"}
    assert answers(study, "crs", "C") == {"grade_max": "NO_GRADE", "onset_time": 4.0, "duration": "END_UNKNOWN"}


def test_crs_after_a_second_infusion_belongs_to_the_second_course(study_of):
    study = study_of(
        "subject,event,day,end day,grade\nA,CRS,3,6,1\nA,second infusion,90,,\nA,CRS,95,99,3\nB,CRS,2,4,1\n"
    )
    assert answers(study, "crs") == {"grade_max": 1.0, "onset_time": 3.0, "duration": 4.0}


def test_days_are_counted_as_days_where_times_are_in_hours(study_of):
    """From hour 60, on day 2, to hour 100, on day 4: three days, 72 hours."""
    samples = "subject,time (h),CRP (mg/L)\nA,0,1\nA,48,40\n"
    study = study_of("subject,event,time (h),end_time (h),grade\nA,CRS,60,100,1\n", samples)
    assert answers(study, "crs") == {"grade_max": 1.0, "onset_time": 48.0, "duration": 72.0}


def test_a_detail_keeps_its_words_beside_the_grade(study_of):
    study = study_of("subject,event,day,grade,detail\nA,CRS,3,2,fever and hypotension\nA,Rash,4,G1,grade 1\n")
    assert [row[3] for row in rows(study)] == ["grade 2; fever and hypotension", "grade 1"]


def test_a_grade_beside_the_name_of_the_event_is_understood(study_of):
    study = study_of("subject,event,day\nA,CRS grade 2 (day 3-8),3\nB,Grade 1 ICANS,5\n")
    assert rows(study) == [["A", "crs", 3.0, "CRS grade 2 (day 3-8)"], ["B", "icans", 5.0, "Grade 1 ICANS"]]
    assert answers(study, "crs")["grade_max"] == 2.0


def test_a_grade_that_is_none_is_told_and_not_known(study_of):
    study = study_of("subject,event,day,grade\nA,CRS,3,7\nB,CRS,3,severe\nC,CRS,2,1-2\n")
    (detail,) = study.log.loc[study.log["code"] == "GRADE_NOT_UNDERSTOOD", "detail"]
    assert "'7', 'severe', '1-2'" in detail
    assert [answers(study, "crs", subject)["grade_max"] for subject in "ABC"] == ["NO_GRADE"] * 3


def test_a_grade_of_0_among_the_subjects_does_not_undo_an_event(read):
    study = read("subject,day,CRP (mg/L),CRS grade,CRS onset day\nA,0,1,0,3\nB,0,1,2,4\n")
    assert rows(study) == [["A", "crs", 3.0, ""], ["B", "crs", 4.0, "grade 2"]]
    assert answers(study, "crs") == {"grade_max": "NO_GRADE", "onset_time": 3.0, "duration": "END_UNKNOWN"}


def test_onset_and_end_in_a_table_of_samples_stay_covariates(read):
    study = read("subject,day,CRP (mg/L),end day,onset\nA,0,1,9,4\n")
    assert not len(study.events)
    assert {"end day", "onset"} <= set(study.subjects.columns)


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("grade 2", 2), ("Grade: 3", 3), ("Gr. 1", 1), ("G4", 4), ("grade III", 3), ("grade 2.0", 2), ("2\u7ea7", 2),
        ("grade 1, later grade 3", 3), ("grade 0", 0), ("8 mg/kg", None), ("1 g 2 times", None), ("grade 1-2", None),
        ("grade 3 or 4", None), ("grade 6", None), ("grade 25", None), ("", None),
    ],
)  # fmt: skip
def test_a_grade_is_read_from_a_text_only_where_it_says_one(text: str, grade: int | None):
    assert math.isnan(grade_of(text)) if grade is None else grade_of(text) == grade


@pytest.mark.parametrize(
    ("cell", "detail"),
    [("2", "grade 2"), ("2.0", "grade 2"), ("IV", "grade 4"), ("CTCAE Grade 3", "grade 3"), ("-", ""), ("unknown", "")],
)
def test_a_cell_of_grades_becomes_a_detail(cell: str, detail: str):
    assert grade_words(cell) == detail


@pytest.mark.parametrize("text", ["infusion grade 2", "CRS (ruled out)", "no CRS", "transplant G2 (day 3)"])
def test_what_only_resembles_a_graded_syndrome_is_none(text: str):
    assert graded_event_of(text) in ("", "transplant")
