"""Whose limit a limit is, and whose flag a flag."""

import math

import pytest

from carpk.io.columns import Meaning, recognize
from carpk.io.mapping import Mapping

TWO = "subject,day,CAR-T (copies/ug),CAR+ T cells (cells/uL),{}\nA,0,20,2,{}\n"


def test_a_limit_beside_two_markers_is_refused_because_it_may_be_of_either(refused):
    (found,) = refused(TWO.format("LLOQ", 50))
    assert (found.code, found.row, found.column) == ("LAYOUT_UNCLEAR", 1, "LLOQ")
    assert "'CAR-T (copies/ug)' and 'CAR+ T cells (cells/uL)'" in found.message


def test_an_empty_limit_beside_two_markers_says_nothing(read):
    assert read(TWO.format("LLOQ", "")).samples["status"].tolist() == ["quantified", "quantified"]


def test_a_limit_that_names_its_marker_is_of_that_marker_alone(read):
    samples = read(TWO.format("CAR-T LLOQ", 50)).samples
    assert samples["status"].tolist() == ["blq", "quantified"]
    assert samples.loc[0, "lloq"] == 50.0
    assert math.isnan(samples.loc[1, "lloq"])


def test_every_marker_may_have_a_limit_of_its_own(read):
    text = "subject,day,CAR-T (copies/ug),CAR-T LLOQ,CAR+ T cells (cells/uL),LLOQ of CAR+ T cells\nA,0,20,50,2,1\n"
    assert read(text).samples["lloq"].tolist() == [50.0, 1.0]


def test_a_limit_under_a_marker_of_two_header_rows_is_of_that_marker(read):
    text = "patient,CAR-T (copies/ug),,,IL-6 (pg/mL),\n,Day 0,Day 7,LLOQ,Day 0,Day 7\nA,10,100,50,2,3\n"
    samples = read(text).samples
    assert samples["status"].tolist() == ["blq", "quantified", "quantified", "quantified"]
    assert samples["lloq"].tolist()[:2] == [50.0, 50.0]
    assert samples["lloq"].isna().tolist()[2:] == [True, True]


def test_a_limit_of_a_marker_without_levels_is_refused(refused):
    (found,) = refused("subject,day,CAR-T (copies/ug),IL-6 LLOQ\nA,0,20,2\n")
    assert (found.code, found.column) == ("COLUMN_RESEMBLES", "IL-6 LLOQ")


@pytest.mark.parametrize(
    "text",
    [
        "subject,day,CAR-T (copies/ug),CRP (mg/L),BLQ flag\nA,0,100,2,1\n",
        "subject,Day 0,Day 7,BLQ,unit\nA,100,2,1,copies/ug\n",
    ],
)
def test_one_flag_for_several_levels_of_a_row_is_refused(refused, text: str):
    (found,) = refused(text)
    assert found.code == "LAYOUT_UNCLEAR"
    assert "Write BLQ into the cells" in found.message


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("LLOQ_copies_ug", Meaning("lloq", "copies/ug")),
        ("Assay LLOQ", Meaning("lloq")),
        ("LLOQ value", Meaning("lloq")),
        ("LLQ", Meaning("lloq")),
        ("最低定量限", Meaning("lloq")),
        ("CAR-T LLOQ", Meaning("lloq", analyte="car_t")),
        ("IL6_LLOQ_pg_mL", Meaning("lloq", "pg/mL", "il6")),
        ("CAR-T定量下限", Meaning("lloq", analyte="car_t")),
        ("LLOQ flag", Meaning("blq")),
        ("BLOQ limit", Meaning("blq")),
    ],
)
def test_usual_names_of_limits_and_flags_are_recognized(name: str, meaning: Meaning):
    assert recognize(name) == meaning


@pytest.mark.parametrize("name", ["LOD", "检测下限", "Limit of detection", "LLOQ comment"])
def test_a_limit_that_is_not_understood_is_never_a_covariate(read, refused, name: str):
    text = f"subject,day,CAR-T (copies/ug),{name}\nA,0,20,50\n"
    (found,) = refused(text)
    assert (found.code, found.column) == ("COLUMN_RESEMBLES", name)
    assert read(text, Mapping(columns={name: "lloq"})).samples["status"].tolist() == ["blq"]


def test_a_limit_of_detection_beside_one_of_quantification_is_a_covariate(read):
    samples = read("subject,day,CAR-T (copies/ug),LLOQ,LOD\nA,0,20,50,10\n").samples
    assert samples.loc[0, ["status", "lloq"]].tolist() == ["blq", 50.0]


def test_a_limit_in_the_subjects_table_is_refused_because_nothing_would_read_it(tmp_path):
    from carpk.errors import DataError
    from carpk.io.study import read_study

    (tmp_path / "samples.csv").write_text("subject,day,CAR-T (copies/ug)\nA,0,20\n")
    (tmp_path / "subjects.csv").write_text("subject,LLOQ\nA,50\n")
    with pytest.raises(DataError, match="would not be read in the table of subjects"):
        read_study(tmp_path)


def test_no_limit_may_be_written_as_not_applicable(read):
    text = "subject,day,analyte,value,unit,lloq\nA,0,CAR-T,60,copies/ug,50\nA,0,CRP,3,mg/L,N/A\n"
    assert read(text).samples["lloq"].isna().tolist() == [False, True]


def test_a_level_below_the_limit_may_stand_in_the_text_of_the_result_as_in_cdisc(read):
    text = (
        "USUBJID,day,PCTEST,PCSTRESN,PCSTRESC,PCORRES,PCSTRESU,PCLLOQ\n"
        "A,0,CAR-T,,<LLOQ,BLQ,copies/ug,50\nA,7,CAR-T,100,100,100,copies/ug,50\n"
    )
    assert read(text).samples["status"].tolist() == ["blq", "quantified"]


def test_a_number_whose_text_says_below_the_limit_is_below_it(read):
    samples = read("subject,day,AVAL,AVALC,unit,PCTEST\nA,0,25,<50,copies/ug,CAR-T\n").samples
    assert samples.loc[0, "status"] == "blq"


def test_an_empty_level_whose_text_is_a_number_is_refused(refused):
    (found,) = refused("subject,day,AVAL,AVALC,unit,PCTEST\nA,0,,70,copies/ug,CAR-T\n")
    assert (found.code, found.row, found.value) == ("VALUE_NOT_UNDERSTOOD", 2, "70")


def test_a_level_below_the_limit_that_another_column_tells_is_not_lost(read, refused):
    text = "subject,day,CAR-T (copies/ug),Remark\nA,0,,BLQ\nA,1,,tube broken\n"
    (found,) = refused(text)
    assert (found.code, found.row, found.value) == ("VALUE_NOT_UNDERSTOOD", 2, "BLQ")
    told = read(text, Mapping(columns={"Remark": "result_text"}))
    assert told.samples["status"].tolist() == ["blq", "missing"]


def test_a_number_takes_the_limit_that_its_text_states(read):
    samples = read("subject,day,AVAL,AVALC,unit,PCTEST\nA,0,25,<50,copies/ug,CAR-T\n").samples
    assert samples.loc[0, ["status", "lloq", "value"]].tolist() == ["blq", 50.0, 25.0]


def test_a_number_above_the_limit_that_its_text_states_is_refused(refused):
    (found,) = refused("subject,day,AVAL,AVALC,unit,PCTEST\nA,0,60,<50,copies/ug,CAR-T\n")
    assert (found.code, found.row) == ("FLAG_CONFLICT", 2)


def test_two_limits_of_the_same_levels_are_refused(refused):
    (found,) = refused("subject,day,CAR-T (copies/ug),CAR-T LLOQ,LLOQ\nA,0,45,50,40\n")
    assert (found.code, found.column) == ("LAYOUT_UNCLEAR", "LLOQ")


def test_a_unit_of_limits_in_a_column_of_its_own_is_refused(refused):
    (found,) = refused("subject,day,analyte,value,unit,lloq,lloq unit\nA,0,CAR-T,5,copies/ug,50,copies/ug\n")
    assert (found.code, found.column) == ("COLUMN_RESEMBLES", "lloq unit")


def test_a_level_below_the_limit_is_not_lost_beside_several_markers(refused):
    (found,) = refused("subject,day,CAR-T (copies/ug),CRP (mg/L),qPCR call\nA,0,,3,BLQ\n")
    assert (found.code, found.column, found.value) == ("VALUE_NOT_UNDERSTOOD", "CAR-T (copies/ug)", "BLQ")


@pytest.mark.parametrize(("name", "word"), [("HBsAg", "Negative"), ("anti-dsDNA", "<10"), ("ECG", "ND")])
def test_words_of_other_findings_beside_an_empty_level_are_covariates(read, name: str, word: str):
    assert read(f"subject,day,CAR-T (copies/ug),{name}\nA,0,,{word}\n").samples["status"].tolist() == ["missing"]
