import numpy as np
import pytest

from carpk.errors import DataError
from carpk.io.assessment_units import conversion_to_kept_unit
from carpk.io.assessment_words import assessment_of
from carpk.io.cells import CellError
from carpk.io.mapping import Mapping
from carpk.io.study import read_study
from carpk.io.warning_lines import warning_lines

HEADER = "subject,day,analyte,value,unit\n"


def assessments(text):
    return f"{HEADER}A,0,car_t_qpcr,<50,copies/ug\nA,7,car_t_qpcr,900,copies/ug\n{text}"


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("SLEDAI-2K", "sledai_2k"),
        ("SLEDAI 2000", "sledai_2k"),
        ("cSLEDAI", "sledai_clinical"),
        ("SLEDAI\u8bc4\u5206", "sledai_2k"),
        ("SLEDAI: arthritis", "sledai_arthritis"),
        ("SLEDAI-2K CVA", "sledai_stroke"),
        ("SLEDAI \u5173\u8282\u708e", "sledai_arthritis"),
        ("Physician's Global Assessment", "pga"),
        ("\u533b\u751f\u603b\u4f53\u8bc4\u4f30", "pga"),
        ("BILAG renal", "bilag_renal"),
        ("BILAG haematology", "bilag_hematological"),
        ("anti-dsDNA antibody", "anti_dsdna"),
        ("\u6297dsDNA\u6297\u4f53", "anti_dsdna"),
        ("Complement C3", "c3"),
        ("\u8865\u4f53C4", "c4"),
        ("24-h urine protein", "proteinuria_24h"),
        ("24\u5c0f\u65f6\u5c3f\u86cb\u767d\u5b9a\u91cf", "proteinuria_24h"),
        ("UPCR", "upcr"),
        ("\u8840\u808c\u9150", "creatinine"),
        ("prednisone dose", "prednisone_dose"),
        ("IL-6", ""),
        ("fever", ""),  # among levels it may be an event, or a temperature
        ("dexamethasone", ""),  # a level of the drug
    ],
)
def test_assessments_are_known_by_their_usual_names(word, key):
    assert assessment_of(word)[0] == key


def test_plain_words_are_items_and_doses_where_nothing_else_can_be_meant():
    assert assessment_of("fever", plain=True)[0] == "sledai_fever"
    assert assessment_of("prednisone", plain=True)[0] == "prednisone_dose"


def test_rows_of_assessments_leave_the_samples(read):
    study = read(assessments("A,0,SLEDAI-2K,12,\nA,28,SLEDAI-2K,0,\nA,28,BILAG renal,b,\n"))
    assert list(study.samples["analyte"].unique()) == ["car_t_qpcr"]
    assert list(study.assessments["assessment"]) == ["sledai_2k", "sledai_2k", "bilag_renal"]
    np.testing.assert_array_equal(study.assessments["value"], [12, 0, np.nan])  # a score of 0 is a score
    assert list(study.assessments["text"]) == ["", "", "B"]
    assert list(study.assessments["row"]) == [4, 5, 6]


@pytest.mark.parametrize(
    ("name", "given", "unit", "value"),
    [
        ("C3", "90", "mg/dL", 0.9),
        ("C3", "0.9", "g/L", 0.9),
        ("C3", "900", "mg/L", 0.9),
        ("UPCR", "500", "mg/g", 0.5),
        ("UPCR", "0.5", "mg/mg", 0.5),
        ("UPCR", "0.5", "g/g", 0.5),
        ("UPCR", "50", "mg/mmol", 0.442),  # 1 mg/mmol is 8.84 mg/g
        ("creatinine", "88.4", "umol/L", 1.0),
        ("creatinine", "0.0884", "mmol/L", 1.0),
        ("24h protein", "1500", "mg/24h", 1.5),
        ("24h protein", "1500", "mg", 1.5),
        ("24h protein", "1.5", "g/d", 1.5),
        ("prednisolone dose", "0.0075", "g/day", 7.5),
    ],
)
def test_units_are_converted_at_the_door(read, name, given, unit, value):
    study = read(assessments(f"A,28,{name},{given},{unit}\n"))
    assert study.assessments["value"].item() == pytest.approx(value, rel=1e-12)
    assert study.assessments["unit"].item() == {"C3": "g/L", "UPCR": "g/g", "creatinine": "mg/dL"}.get(
        name, "mg/day" if "dose" in name else "g/day"
    )


def test_a_conversion_is_logged(read):
    log = read(assessments("A,28,C3,90,mg/dL\n")).log
    assert "C3 in mg/dL: to g/L, times 0.01." in list(log.loc[log["code"] == "UNIT_CONVERTED", "detail"])


def test_limits_of_normal_stand_beside_the_levels_and_convert_with_them(read):
    study = read("subject,day,analyte,value,unit,LLN,ULN\nA,0,C3,50,mg/dL,90,180\nA,7,car_t_qpcr,900,copies/ug,,\n")
    line = study.assessments.iloc[0]
    assert (line["value"], line["lln"], line["uln"]) == (0.5, 0.9, 1.8)
    assert not [line for line in warning_lines(study) if "covariates" in line]


@pytest.mark.parametrize(
    "names", ["\u6b63\u5e38\u4e0b\u9650,\u6b63\u5e38\u4e0a\u9650", "Lower limit of normal,Reference high"]
)
def test_limits_of_normal_have_other_names_too(read, names):
    study = read(f"subject,day,analyte,value,unit,{names}\nA,0,C3,0.5,g/L,0.9,1.8\nA,7,car_t_qpcr,900,copies/ug,,\n")
    assert list(study.assessments.loc[0, ["lln", "uln"]]) == [0.9, 1.8]


@pytest.mark.parametrize(
    ("given", "value", "text"),
    [
        ("30", 30, ""), ("<10", 10, "<"), (">200", 200, ">"), ("positive", np.nan, "positive"),
        ("\u9634\u6027", np.nan, "negative"), ("1:320", 320, ""), ("", np.nan, ""),
    ],
)  # fmt: skip
def test_antibodies_come_as_numbers_limits_titers_or_words(read, given, value, text):
    line = read(assessments(f"A,28,ANA,{given},\n")).assessments.iloc[0]
    np.testing.assert_array_equal(line["value"], value)
    assert line["text"] == text


@pytest.mark.parametrize(
    ("given", "value"), [("1", 1), ("0", 0), ("4", 1), ("yes", 1), ("N", 0), ("present", 1), ("", np.nan)]
)
def test_items_are_ticked_or_given_with_their_weight(read, given, value):
    np.testing.assert_array_equal(read(assessments(f"A,28,SLEDAI arthritis,{given},\n")).assessments["value"], [value])


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ("A,28,SLEDAI-2K,106,", "ASSESSMENT_IMPOSSIBLE", "SLEDAI-2K lies between 0 and 105"),
        ("A,28,SLEDAI-2K,-1,", "ASSESSMENT_IMPOSSIBLE", "between 0 and 105"),
        ("A,28,SLEDAI-2K,4.5,", "ASSESSMENT_IMPOSSIBLE", "whole number"),
        ("A,28,PGA,4,", "ASSESSMENT_IMPOSSIBLE", "PGA lies between 0 and 3"),
        ("A,28,PGA,40,mm", "UNIT_WRONG", "PGA has no unit"),
        ("A,28,BILAG renal,F,", "ASSESSMENT_IMPOSSIBLE", "one of A, B, C, D, E"),
        ("A,28,SLEDAI arthritis,8,", "ASSESSMENT_IMPOSSIBLE", "0, 1 or its weight 4"),
        ("A,28,SLEDAI arthritis,maybe,", "FLAG_NOT_UNDERSTOOD", "neither yes nor no"),
        ("A,28,C3,90,g/L", "ASSESSMENT_IMPOSSIBLE", "is it in another unit"),
        ("A,28,C3,0.9,", "UNIT_MISSING", "the unit is not given; write e.g. g/L"),
        ("A,28,C3,0.9,IU/mL", "UNIT_WRONG", "C3 is given in g/L or the like, not in 'IU/mL'"),
        ("A,28,C3,0.9,furlong", "UNIT_UNKNOWN", "'furlong' is not a unit"),
        ("A,28,C3,high,g/L", "VALUE_NOT_UNDERSTOOD", "high"),
        ("A,28,C3,ND,g/L", "VALUE_NOT_UNDERSTOOD", "not a number"),
        ("A,28,prednisolone dose,10,mg", "UNIT_WRONG", "mg/day"),
    ],
)
def test_what_cannot_be_is_refused_with_its_row_and_value(refused, row, code, words):
    found = refused(assessments(row + "\n"))
    assert [(each.code, each.row, each.value) for each in found] == [(code, 4, row.split(",")[3])]
    assert words in found[0].message
    assert found[0].file == "trial.csv"


def test_every_faulty_row_is_named(refused):
    found = refused(assessments("A,28,PGA,4,\nA,56,PGA,4,\nA,84,PGA,5,\n"))
    assert [each.row for each in found] == [4, 6]
    assert "rows 4 and 5" in found[0].message


def test_an_analyte_of_the_settings_stays_among_the_samples(read):
    settings = Mapping.from_settings({"analytes": {"creatinine": {"unit": "mg/dL"}}})
    study = read(assessments("A,28,creatinine,0.9,\n"), settings)
    assert study.assessments.empty
    assert "creatinine" in study.analytes


@pytest.mark.parametrize(
    "row", ["PGA,ND,", "BILAG renal,ND,", "BILAG renal,NA,", "SLEDAI fever,-,", "prednisone dose,NA,"]
)
def test_what_can_only_mean_not_done_is_missing(read, row):
    line = read(assessments(f"A,28,{row}\n")).assessments.iloc[0]
    assert np.isnan(line["value"])
    assert line["text"] == ""


def test_a_word_that_may_mean_below_the_limit_is_asked_about(read, refused):
    assert "can mean several things" in refused(assessments("A,28,C3,NA,g/L\n"))[0].message
    settings = Mapping.from_settings({"values": {"NA": "missing"}})
    assert read(assessments("A,28,C3,NA,g/L\n"), settings).assessments["value"].isna().all()


def test_a_file_may_hold_nothing_but_assessments(read):
    study = read("subject,day,assessment,value\nA,0,SLEDAI-2K,12\nA,28,SLEDAI-2K,0\n")
    assert study.samples.empty
    assert list(study.assessments["value"]) == [12, 0]


def test_a_workbook_has_a_sheet_of_assessments(workbook):
    path = workbook(
        samples=[["subject", "day", "analyte", "value", "unit"], ["A", 7, "car_t_qpcr", 900, "copies/ug"]],
        assessments=[
            ["subject", "day", "assessment", "value", "unit"],
            ["A", 28, "fever", 1, ""],
            ["A", 28, "PGA", 1, ""],
        ],
    )
    assert list(read_study(path).assessments["assessment"]) == ["sledai_fever", "pga"]


@pytest.mark.parametrize("name", ["assessments.csv", "Assessment.csv", "\u8bc4\u4f30.csv"])
def test_a_folder_has_a_file_of_assessments(tmp_path, name):
    (tmp_path / "samples.csv").write_text(f"{HEADER}A,7,car_t_qpcr,900,copies/ug\n", encoding="utf-8")
    (tmp_path / name).write_text("subject,week,assessment,value\nA,4,SLEDAI-2K,2\n", encoding="utf-8")
    study = read_study(tmp_path)
    assert list(study.assessments["time"]) == [28]  # in the unit of the samples
    assert len(study.origins) == 2


def test_an_assessment_of_nobody_is_refused(tmp_path):
    (tmp_path / "samples.csv").write_text(f"{HEADER}A,7,car_t_qpcr,900,copies/ug\n", encoding="utf-8")
    (tmp_path / "assessments.csv").write_text("subject,day,assessment,value\nB,28,PGA,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Subject 'B' .* is not in the subjects table"):
        read_study(tmp_path)


def test_an_unknown_assessment_of_the_table_of_assessments_is_refused(tmp_path):
    (tmp_path / "samples.csv").write_text(f"{HEADER}A,7,car_t_qpcr,900,copies/ug\n", encoding="utf-8")
    (tmp_path / "assessments.csv").write_text("subject,day,assessment,value\nA,28,sledai_fevr,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"assessments\.csv, row 2.*no such assessment\. Did you mean 'sledai_fever'"):
        read_study(tmp_path)


def test_a_wide_table_of_assessments_is_refused_and_says_the_form(tmp_path):
    (tmp_path / "samples.csv").write_text(f"{HEADER}A,7,car_t_qpcr,900,copies/ug\n", encoding="utf-8")
    (tmp_path / "assessments.csv").write_text("subject,day,pga,sledai_2k\nA,28,1,4\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no column of levels"):
        read_study(tmp_path)


def test_dates_and_visits_are_understood_as_those_of_samples(read):
    text = "subject,visit,date,infusion_date,assessment,value\nA,Week 4,2024-01-30,2024-01-01,PGA,1\n"
    line = read(text).assessments.iloc[0]
    assert (line["time"], line["nominal_time"], line["visit"]) == (29, 28, "Week 4")


def test_a_score_among_the_subjects_stays_a_covariate(read):
    study = read("subject,day,CAR-T (copies/ug; LLOQ 50),sledai_2k,C3\nA,0,<50,12,0.5\nA,7,900,12,0.5\n")
    assert study.assessments.empty
    assert study.subjects["sledai_2k"].item() == 12


def test_a_rescue_is_an_event(tmp_path):
    (tmp_path / "samples.csv").write_text(f"{HEADER}A,7,car_t_qpcr,900,copies/ug\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "subject,day,event\nA,60,Rescue medication\nB,1,x\n".replace("B,1,x\n", ""), encoding="utf-8"
    )
    assert list(read_study(tmp_path).events["event"]) == ["rescue_medication"]


def test_a_level_without_a_known_unit_is_told_what_to_write():
    with pytest.raises(CellError, match=r"write e\.g\. g/g"):
        conversion_to_kept_unit("upcr", "", needed=True)
    assert conversion_to_kept_unit("upcr", "", needed=False) == ("g/g", 1.0)
