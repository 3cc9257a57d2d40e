from carpk.io.mapping import Mapping, Reading
from carpk.io.study import read_study

SIX = [("car_t_qpcr", 0.0), ("car_t_qpcr", 7.0), ("il6", 0.0), ("il6", 7.0)]


def kinds(study) -> list[tuple[str, float]]:
    return list(study.samples[["analyte", "time"]].itertuples(index=False, name=None))


def test_one_row_a_measurement(read):
    study = read("patient,study day,test,result,units\nA,0,IL-6,3,pg/mL\nA,0,CRP,4,mg/L\n")
    assert study.samples[["analyte", "value", "unit"]].to_numpy().tolist() == [
        ["il6", 3.0, "pg/mL"],
        ["crp", 4.0, "mg/L"],
    ]


def test_one_column_a_marker(read):
    study = read("patient,day,IL-6 (pg/mL),CRP (mg/dL)\nA,0,3,0.4\n")
    assert study.samples[["analyte", "value", "unit"]].to_numpy().tolist() == [
        ["il6", 3.0, "pg/mL"],
        ["crp", 4.0, "mg/L"],
    ]


def test_one_column_a_visit(read):
    study = read("patient,Day -1,Day 0,D7,Week 2,unit\nA,1,2,3,4,copies/ug\n")
    assert study.samples["time"].tolist() == [-1.0, 0.0, 7.0, 14.0]
    assert study.samples["visit"].tolist() == ["Day -1", "Day 0", "D7", "Week 2"]
    assert study.analytes == ["car_t_qpcr"]


def test_one_column_a_day_by_its_number_alone(read):
    study = read("patient,0,7,14\nA,1,2,3\n", Mapping(analytes={"concentration": Reading(unit="mg/L")}))
    assert study.samples["time"].tolist() == [0.0, 7.0, 14.0]


def test_one_row_an_analyte_and_one_column_a_visit(read):
    study = read("patient,analyte,unit,Day 0,Day 7\nA,IL-6,pg/mL,1,2\nA,CRP,mg/L,3,4\n")
    assert kinds(study) == [("il6", 0.0), ("il6", 7.0), ("crp", 0.0), ("crp", 7.0)]


def test_two_header_rows_of_marker_over_day(read):
    text = (
        "patient,dose (cells),CAR-T (copies/ug; LLOQ 50),,IL-6 (pg/mL),\n,,Day 0,Day 7,Day 0,Day 7\nA,1e6,<50,100,2,3\n"
    )
    study = read(text)
    assert kinds(study) == SIX
    assert study.samples["lloq"].tolist()[:2] == [50.0, 50.0]
    assert study.samples["row"].tolist() == [3, 3, 3, 3]
    assert study.subjects.loc[0, ["dose", "dose_unit"]].tolist() == [1e6, "cells"]


def test_names_of_the_left_columns_may_stand_in_the_lower_header_row(read):
    assert kinds(read(",CAR-T (copies/ug),,IL-6 (pg/mL),\npatient,Day 0,Day 7,Day 0,Day 7\nA,1,100,2,3\n")) == SIX


def test_markers_may_repeat_instead_of_leaving_blanks(read):
    text = (
        "patient,CAR-T (copies/ug),CAR-T (copies/ug),IL-6 (pg/mL),IL-6 (pg/mL)\n,Day 0,Day 7,Day 0,Day 7\nA,1,9,2,3\n"
    )
    assert kinds(read(text)) == SIX


def test_days_may_stand_over_markers(read):
    study = read("patient,Day 0,,Day 7,\n,CRP (mg/L),IL-6 (pg/mL),CRP (mg/L),IL-6 (pg/mL)\nA,1,2,3,4\n")
    assert kinds(study) == [("crp", 0.0), ("il6", 0.0), ("crp", 7.0), ("il6", 7.0)]


def test_actual_days_may_be_a_group_of_columns_of_their_own(read):
    study = read("patient,Actual day,,CRP (mg/L),\n,Day 0,Day 7,Day 0,Day 7\nA,0,7.5,1,2\nB,0,,1,2\n")
    assert study.samples["time"].tolist() == [0.0, 7.5, 0.0, 7.0]
    assert study.samples["nominal_time"].tolist() == [0.0, 7.0, 0.0, 7.0]
    assert (study.log["code"] == "NOMINAL_USED").sum() == 1


def test_merged_header_cells_of_a_workbook_name_all_their_columns(workbook):
    rows = [
        ["patient", "CAR-T (copies/ug)", None, "IL-6 (pg/mL)", None],
        [None, "Day 0", "Day 7", "Day 0", "Day 7"],
        ["A", 1, 9, 2, 3],
    ]

    def touch(book) -> None:
        for cells in ("A1:A2", "B1:C1", "D1:E1"):
            book["Data"].merge_cells(cells)

    assert kinds(read_study(workbook(touch, Data=rows))) == SIX


def test_a_month_over_a_column_is_refused_until_its_day_is_said(read, refused):
    text = "patient,CRP (mg/L),,\n,Day 0,Day 7,Month 3\nA,1,2,3\n"
    (found,) = refused(text)
    assert (found.code, found.column) == ("VISIT_NOT_UNDERSTOOD", "CRP (mg/L) / Month 3")
    assert read(text, Mapping(visits={"Month 3": 91})).samples["time"].tolist() == [0.0, 7.0, 91.0]


def test_a_month_among_columns_of_visits_is_never_lost_as_a_covariate(refused):
    found = refused("patient,Day 0,Month 3,unit\nA,1,2,mg/L\n")
    assert [(each.code, each.column) for each in found] == [("VISIT_NOT_UNDERSTOOD", "Month 3")]


def test_columns_without_a_name_are_not_taken_for_a_second_header_row(refused):
    found = refused("patient,CRP (mg/L),,\nA,7,8,9\n")
    assert {"COLUMN_NAMELESS"} <= {each.code for each in found}


def test_a_marker_that_carpk_does_not_know_is_kept_under_its_own_name(read):
    assert read("patient,day,MCP-1 (pg/mL)\nA,0,5\n").analytes == ["MCP-1"]


def test_a_first_column_that_only_counts_rows_is_left_aside(read):
    assert "" not in read(",subject,day,CRP (mg/L)\n1,A,0,1\n2,A,1,1\n").subjects


def test_a_misspelt_column_is_refused_with_the_right_name(refused):
    found = refused('Subejct,day,CRP (mg/L)\nA,0,"1,5"\n')
    assert [(each.code, each.row) for each in found] == [("COLUMN_MISSING", 1), ("NUMBER_NOT_UNDERSTOOD", 2)]
    assert "Did you mean the column 'Subejct'" in found[0].message


def test_a_misspelt_optional_column_is_refused_rather_than_lost(refused, read):
    text = "subject,day,CRP (mg/L),LLOQQ\nA,0,1,0.5\n"
    (found,) = refused(text)
    assert (found.code, found.column) == ("COLUMN_RESEMBLES", "LLOQQ")
    assert "LLOQQ" in read(text, Mapping(columns={"LLOQQ": "covariate"})).subjects


def test_a_misspelt_analyte_is_refused_rather_than_split_off(refused, read):
    text = "subject,day,analyte,value,unit\nA,0,Feritin,1,ug/L\n"
    (found,) = refused(text)
    assert found.code == "ANALYTE_RESEMBLES"
    assert read(text, Mapping(analytes={"Feritin": Reading(unit="ug/L")})).analytes == ["Feritin"]


def test_case_twins_are_refused(refused):
    (found,) = refused("Subject,subject,day,CRP (mg/L)\nA,A,0,1\n")
    assert found.code == "COLUMN_TWICE"


def test_two_columns_of_one_meaning_are_refused(refused):
    (found,) = refused("subject,day,study day,CRP (mg/L)\nA,0,0,1\n")
    assert (found.code, found.column) == ("COLUMN_TWICE", "study day")


def test_columns_of_visits_beside_a_column_of_times_are_refused(refused):
    found = refused("subject,day,Day 0,Day 7,unit\nA,0,1,2,mg/L\n")
    assert [(each.code, each.column) for each in found] == [("LAYOUT_UNCLEAR", "day")]


def test_a_marker_column_beside_a_column_of_analytes_is_refused(refused):
    found = refused("subject,day,analyte,value,unit,ferritin\nA,0,CRP,1,mg/L,3\n")
    assert "LAYOUT_UNCLEAR" in {each.code for each in found}


def test_a_title_above_the_header_is_refused_as_such(refused):
    (found,) = refused("Trial X,,\nsubject,day,CRP (mg/L)\nA,0,1\n")
    assert "must hold the names of the columns" in found.message


def test_every_fault_is_told_at_once(refused):
    found = refused(
        "subject,day,analyte,value,unit\n,0,IL-6,1,pg/mL\nA,x,IL-6,1,pg/mL\nA,1,IL-6,hemolyzed,pg/mL\nA,2,CRP,1,BG\n"
    )
    assert [(each.code, each.row) for each in found] == [
        ("SUBJECT_MISSING", 2),
        ("NUMBER_NOT_UNDERSTOOD", 3),
        ("VALUE_NOT_UNDERSTOOD", 4),
        ("UNIT_UNKNOWN", 5),
    ]


def test_how_each_column_was_read_is_in_the_log(read):
    log = read("patient,day,IL-6 (pg/mL)\nA,0,3\n").log
    assert "column 'IL-6 (pg/mL)' is levels of il6 [pg/mL]." in " ".join(
        log.loc[log["code"] == "COLUMN_READ", "detail"]
    )
