import math
from pathlib import Path

import pytest

from carpk.errors import DataError
from carpk.io.mapping import Mapping
from carpk.io.study import read_study
from carpk.io.subjects import dose_label, natural_order


def test_ids_stay_text_and_sort_as_people_do(read):
    study = read("subject,day,CRP (mg/L)\n010,0,1\n2,0,1\n001,0,1\nNA,0,1\n1E05,0,1\n")
    assert study.subjects["subject"].tolist() == ["001", "1E05", "2", "010", "NA"]


def test_natural_order_puts_s2_before_s10():
    assert natural_order(["S10", "S2", "S1"]) == ["S1", "S2", "S10"]


def test_nearly_the_same_ids_are_told_and_not_merged(read):
    study = read("subject,day,CRP (mg/L)\nS1,0,1\nS1 ,0,1\ns1,0,1\nS1\u200b,0,1\n")
    assert len(study.subjects) == 4
    told = study.log.set_index("code")["detail"]["SUBJECT_NEARLY_SAME"]
    assert "U+200B" in told


def test_two_unicode_forms_of_one_id_are_one_subject(read):
    study = read("subject,day,CRP (mg/L)\ne\u0301,0,1\n\u00e9,1,1\n")
    assert study.subjects["subject"].tolist() == ["\u00e9"]
    assert "SUBJECT_NORMALIZED" in set(study.log["code"])


def test_columns_that_are_constant_within_subjects_belong_to_them(read):
    study = read("subject,day,CRP (mg/L),sex,site,spo2\nA,0,1,F,007,36.5\nA,1,1,F,007,37\nB,0,1,M,008,36\n")
    assert study.subjects[["sex", "site"]].to_numpy().tolist() == [["F", "007"], ["M", "008"]]
    assert study.samples["spo2"].tolist() == [36.5, 37.0, 36.0]


def test_a_subject_has_one_dose(refused):
    (found,) = refused("subject,day,CRP (mg/L),dose\nA,0,1,5\nA,1,1,6\n")
    assert (found.code, found.row, found.column) == ("SUBJECT_VARIES", 3, "dose")
    assert "row 2" in found.message


def test_without_cohorts_and_doses_there_is_one_cohort(read):
    assert read("subject,day,CRP (mg/L)\nA,0,1\n").subjects["cohort"].tolist() == ["All"]


def test_without_cohorts_the_doses_are_the_cohorts(read):
    study = read("subject,day,CRP (mg/L),dose,dose unit\nA,0,1,1.5,10^5 cells/kg\nB,0,1,1e6,cells/kg\n")
    assert study.subjects[["dose", "dose_unit", "cohort"]].to_numpy().tolist() == [
        [150000.0, "cells/kg", "1.5e5 cells/kg"],
        [1e6, "cells/kg", "1e6 cells/kg"],
    ]


@pytest.mark.parametrize(
    ("dose", "unit", "label"),
    [(1e6, "cells/kg", "1e6 cells/kg"), (4.02, "mg/kg", "4.02 mg/kg"), (math.nan, "", "dose not given")],
)
def test_a_dose_names_its_cohort(dose: float, unit: str, label: str):
    assert dose_label(dose, unit) == label


def test_weight_is_in_kg(read):
    assert read("subject,day,CRP (mg/L),weight (g)\nA,0,1,60000\n").subjects["weight"].tolist() == pytest.approx([60.0])


def test_columns_of_event_days_become_events(read):
    study = read(
        "subject,day,CRP (mg/L),tocilizumab_day,second_infusion_date,infusion_date,CRS onset,CRS grade\n"
        "A,0,1,3,2024-03-01,2024-01-01,2,2\nA,1,1,3,2024-03-01,2024-01-01,2,2\nB,0,1,,,2024-01-01,,0\n"
    )
    assert study.events.to_numpy().tolist() == [
        ["A", "crs", 2.0, "grade 2"],
        ["A", "tocilizumab", 3.0, ""],
        ["A", "second_infusion", 60.0, ""],
    ]


def folder(path: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


SAMPLES = "subject,sample date,CRP (mg/L)\nA,2024-01-08,1\n"
SUBJECTS = "subject,infusion date,cohort\nA,2024-01-01,low\n"


def test_a_folder_of_tables_is_one_study(tmp_path: Path):
    study = read_study(
        folder(tmp_path, samples=SAMPLES, subjects=SUBJECTS, events="subject,event,date\nA,death,2024-02-01\n")
    )
    assert study.samples["time"].tolist() == [7.0]
    assert study.events[["event", "time"]].to_numpy().tolist() == [["death", 31.0]]
    assert [origin.name for origin in study.origins] == ["events.csv", "samples.csv", "subjects.csv"]


def test_the_infusion_date_may_come_from_the_events(tmp_path: Path):
    study = read_study(folder(tmp_path, samples=SAMPLES, events="subject,event,date\nA,infusion,2024-01-01\n"))
    assert study.samples["time"].tolist() == [7.0]
    assert study.events[["event", "time"]].to_numpy().tolist() == [["infusion", 0.0]]


def test_a_subject_that_the_subjects_table_lacks_is_refused_with_its_rows(tmp_path: Path):
    text = SAMPLES + "B,2024-01-08,1\n"
    with pytest.raises(
        DataError, match=r"samples\.csv, row 3, column 'subject': Subject 'B' \(row 3\) is not in the subjects"
    ):
        read_study(folder(tmp_path, samples=text, subjects=SUBJECTS + "C,2024-01-01,low\n"))


def test_a_subject_that_stands_twice_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="rows 2 and 3"):
        read_study(folder(tmp_path, samples=SAMPLES, subjects=SUBJECTS + "A,2024-01-01,low\n"))


def test_tables_that_contradict_each_other_are_refused(tmp_path: Path):
    samples = "subject,day,CRP (mg/L),cohort\nA,0,1,high\n"
    with pytest.raises(DataError, match="'low' in the subjects table and 'high' among the samples"):
        read_study(folder(tmp_path, samples=samples, subjects=SUBJECTS))


def test_a_subject_without_samples_stays_in_the_study(tmp_path: Path):
    study = read_study(folder(tmp_path, samples=SAMPLES, subjects=SUBJECTS + "B,2024-01-01,low\n"))
    assert study.subjects["subject"].tolist() == ["A", "B"]
    assert "SUBJECT_NO_SAMPLES" in set(study.log["code"])


def test_a_second_infusion_without_a_day_is_refused(tmp_path: Path):
    samples = "subject,day,CRP (mg/L)\nA,0,1\n"
    with pytest.raises(DataError, match="ends the kinetics"):
        read_study(folder(tmp_path, samples=samples, events="subject,event,day\nA,second infusion,\n"))


def test_a_grade_becomes_the_detail_of_an_event(tmp_path: Path):
    samples = "subject,day,CRP (mg/L)\nA,0,1\n"
    study = read_study(folder(tmp_path, samples=samples, events="subject,event,day,grade\nA,CRS,4,2\n"))
    assert study.events.to_numpy().tolist() == [["A", "crs", 4.0, "grade 2"]]


def test_a_folder_without_samples_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"no file samples\.csv"):
        read_study(folder(tmp_path, sample=SAMPLES))


def test_other_files_of_a_folder_are_left_aside_and_told(tmp_path: Path):
    study = read_study(folder(tmp_path, samples="subject,day,CRP (mg/L)\nA,0,1\n", more=SAMPLES))
    assert "more.csv was left aside" in " ".join(study.log["detail"])


def test_a_missing_file_is_refused_with_the_nearest_name(tmp_path: Path):
    folder(tmp_path, trial=SAMPLES)
    with pytest.raises(DataError, match=r"Did you mean 'trial\.csv'"):
        read_study(tmp_path / "trail.csv")


def test_the_title_comes_from_a_column_unless_the_settings_give_one(read):
    text = "study,subject,day,CRP (mg/L)\nTrial X,A,0,1\n"
    assert read(text).title == "Trial X"
    assert read(text, Mapping(title="Trial Y")).title == "Trial Y"


@pytest.mark.parametrize("column", ["sex", "site", "date of birth", "hospital"])
def test_rows_of_one_id_that_are_of_two_people_are_refused(refused, column: str):
    (found,) = refused(f"subject,day,CRP (mg/L),{column}\n001,0,1,a\n001,7,1,b\n")
    assert (found.code, found.row, found.column) == ("SUBJECT_VARIES", 3, column)


def test_an_age_may_grow_with_the_study_but_not_by_ten_years(read, refused):
    assert read("subject,day,CRP (mg/L),age\nA,0,1,30\nA,360,1,31\n").samples["age"].tolist() == [30.0, 31.0]
    (found,) = refused("subject,day,CRP (mg/L),age\nA,0,1,30\nA,7,1,40\n")
    assert found.code == "SUBJECT_VARIES"


def test_a_site_may_vary_where_the_settings_say_so(read):
    text = "subject,day,CRP (mg/L),site\nA,0,1,1\nA,7,1,2\n"
    assert read(text, Mapping(columns={"site": "covariate"})).samples["site"].tolist() == [1.0, 2.0]


def test_a_height_that_varies_is_told(read):
    assert "COVARIATE_VARIES" in set(read("subject,day,CRP (mg/L),height\nA,0,1,160\nA,7,1,190\n").log["code"])


def test_one_id_in_two_studies_is_refused(refused):
    (found,) = refused("study,subject,day,CRP (mg/L)\nX,001,0,1\nX,002,0,1\nY,001,7,1\n")
    assert (found.code, found.row, found.column) == ("SUBJECT_VARIES", 4, "study")


def test_a_file_called_event_holds_events(tmp_path: Path):
    study = read_study(
        folder(tmp_path, samples="subject,day,CRP (mg/L)\nA,0,1\n", event="subject,event,day\nA,death,40\n")
    )
    assert study.events["event"].tolist() == ["death"]


def test_a_second_file_of_samples_is_refused(tmp_path: Path):
    samples = "subject,day,CRP (mg/L)\nA,0,1\n"
    with pytest.raises(DataError, match=r"Is samples2\.csv a part of samples"):
        read_study(folder(tmp_path, samples=samples, samples2=samples))


def test_an_infusion_date_missing_among_the_subjects_comes_from_the_events(tmp_path: Path):
    study = read_study(
        folder(
            tmp_path,
            samples=SAMPLES,
            subjects="subject,infusion date\nA,\n",
            events="subject,event,date\nA,infusion,2024-01-02\n",
        )
    )
    assert study.samples["time"].tolist() == [6.0]
