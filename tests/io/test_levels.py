import math

import pytest

from carpk.io.mapping import Mapping, Reading

HEADER = "subject,day,analyte,value,unit,lloq,uloq\n"


def statuses(study) -> list[str]:
    return study.samples["status"].tolist()


def test_words_and_numbers_get_their_status(read):
    study = read(
        HEADER
        + "A,0,CAR-T,BLQ,copies/ug,50,\nA,1,CAR-T,49.9,copies/ug,50,\nA,2,CAR-T,50,copies/ug,50,\n"
        + "A,3,CAR-T,not detected,copies/ug,50,\nA,4,CAR-T,>5000,copies/ug,50,\nA,5,CAR-T,,copies/ug,50,\n"
        + "A,6,CAR-T,5001,copies/ug,50,5000\n"
    )
    assert statuses(study) == ["blq", "blq", "quantified", "not_detected", "above_uloq", "missing", "above_uloq"]
    assert study.samples["value"].tolist()[1] == 49.9
    assert study.samples["uloq"].tolist()[4] == 5000.0
    assert math.isnan(study.samples["value"].tolist()[0])


def test_a_zero_without_a_limit_is_below_an_unknown_limit(read):
    study = read("subject,day,copies_per_ug_dna\nA,0,0\n")
    assert statuses(study) == ["blq"]
    assert study.samples.loc[0, "value"] == 0.0
    assert math.isnan(study.samples.loc[0, "lloq"])
    assert "ZERO_AS_BLQ" in set(study.log["code"])


def test_a_level_below_a_stated_number_takes_it_as_its_limit(read):
    assert read(HEADER + "A,0,CAR-T,<50,copies/ug,,\n").samples["lloq"].tolist() == [50.0]


@pytest.mark.parametrize(("cell", "limits", "column"), [("<50", "25,", "LLOQ"), (">50", ",60", "ULOQ")])
def test_a_cell_that_contradicts_the_stated_limit_is_refused(refused, cell: str, limits: str, column: str):
    (found,) = refused(HEADER + f"A,0,CAR-T,{cell},copies/ug,{limits}\n")
    assert (found.code, found.row, found.column, found.value) == ("LIMIT_CONFLICT", 2, "value", cell)
    assert column in found.message


def test_limits_may_differ_from_row_to_row(read):
    study = read(HEADER + "A,0,CAR-T,60,copies/ug,50,\nA,1,CAR-T,60,copies/ug,70,\n")
    assert statuses(study) == ["quantified", "blq"]


@pytest.mark.parametrize("limits", ["0,", "-5,", "50,50"])
def test_limits_that_are_not_positive_or_cross_are_refused(refused, limits: str):
    (found,) = refused(HEADER + f"A,0,CAR-T,60,copies/ug,{limits}\n")
    assert (found.code, found.row) == ("LIMIT_NOT_POSITIVE", 2)


def test_limits_of_the_settings_fill_in_where_the_file_gives_none(read):
    settings = Mapping(analytes={"crp": Reading(unit="mg/L", lloq=5.0)})
    study = read("subject,day,CRP (mg/dL)\nA,0,0.4\nA,1,0.6\n", settings)
    assert statuses(study) == ["blq", "quantified"]
    assert study.samples["lloq"].tolist() == [5.0, 5.0]


def test_nd_is_not_detected_for_car_t_cells_and_counted(read):
    study = read(HEADER + "A,0,CAR-T,ND,copies/ug,50,\n")
    assert statuses(study) == ["not_detected"]
    assert "ND_READ" in set(study.log["code"])


def test_nd_is_refused_elsewhere_until_it_is_mapped(read, refused):
    text = HEADER + "A,0,IL-6,ND,pg/mL,,\n"
    (found,) = refused(text)
    assert (found.code, found.row, found.column) == ("VALUE_NOT_UNDERSTOOD", 2, "value")
    assert statuses(read(text, Mapping(values={"ND": "missing"}))) == ["missing"]


def test_a_flag_column_says_what_is_below_the_limit(read):
    study = read("ID,TIME,CONC (copies/ug),BLQ,LLOQ\n1,0,0,1,50\n1,1,60,0,50\n1,2,,Y,50\n1,3,,N,50\n")
    assert statuses(study) == ["blq", "quantified", "blq", "missing"]


def test_a_flag_against_the_level_is_refused(refused):
    (found,) = refused("ID,TIME,CONC (copies/ug),BLQ,LLOQ\n1,0,60,1,50\n")
    assert (found.code, found.row) == ("FLAG_CONFLICT", 2)


def test_a_level_below_an_unknown_limit_is_told(read):
    assert "LLOQ_UNKNOWN" in set(read(HEADER + "A,0,CAR-T,BLQ,copies/ug,,\n").log["code"])


def test_a_number_below_the_limit_of_other_samples_is_told(read):
    assert "BELOW_OTHER_LLOQ" in set(read(HEADER + "A,0,CAR-T,<50,copies/ug,,\nA,1,CAR-T,10,copies/ug,,\n").log["code"])


def test_what_the_file_excludes_is_kept_with_its_reason(read):
    study = read("subject,day,CRP (mg/L),exclude\nA,0,1,\nA,1,2,Y\nA,2,3,hemolyzed\n")
    assert statuses(study) == ["quantified", "excluded", "excluded"]
    assert study.samples["exclusion"].tolist() == ["", "Excluded in the file (column 'exclude').", "hemolyzed"]
    assert study.samples["value"].tolist() == [1.0, 2.0, 3.0]


def test_duplicates_and_negatives_are_kept_and_told_with_their_rows(read):
    study = read("subject,day,CRP (mg/L)\nA,0,1\nA,0,2\nA,1,3\nA,1,3\nA,2,-1\n")
    log = study.log.set_index("code")["detail"]
    assert len(study.samples) == 5
    assert log["DUPLICATE_TIMES"].startswith("Rows 2 and 3")
    assert log["DUPLICATE_EQUAL"].startswith("Rows 4 and 5")
    assert log["NEGATIVE_LEVEL"].startswith("Row 6")


def test_the_log_counts_every_status(read):
    log = read(HEADER + "A,0,CAR-T,<50,copies/ug,,\nA,1,CAR-T,,copies/ug,,\n").log.set_index("code")["detail"]
    assert log["LEVELS_COUNTED"] == "car_t_qpcr (blood): 1 blq, 1 missing."
    assert "(row 3)" in log["LEVEL_MISSING"]
