import pytest

from carpk.io.mapping import Mapping, Reading

HEADER = "subject,day,analyte,value,unit\n"


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "kept", "as_unit"),
    [
        ("CAR transgene (qPCR)", "12", "copies/\u03bcg gDNA", 12.0, "copies/ug"),
        ("CAR transgene", "2", "copies/ng", 2000.0, "copies/ug"),
        ("CAR+ T cells", "0.5", "10^9/L", 500.0, "cells/uL"),
        ("CAR-T", "5", "%", 5.0, "%"),
        ("B cells", "250", "cells/\u00b5L", 250.0, "cells/uL"),
        ("CRP", "0.5", "mg/dL", 5.0, "mg/L"),
        ("ferritin", "300", "ng/mL", 300.0, "ug/L"),
        ("IL-6", "2", "ng/L", 2.0, "pg/mL"),
        ("MCP-1", "2", "ng/mL", 2.0, "ng/mL"),
        ("CAR transgene", "2", "copies/mL", 2.0, "copies/mL"),
    ],
)
def test_levels_are_converted_to_the_unit_kept_for_the_analyte(read, analyte, value, unit, kept, as_unit):
    samples = read(HEADER + f"A,0,{analyte},{value},{unit}\n").samples
    assert samples.loc[0, ["value", "unit"]].tolist() == [kept, as_unit]


def test_limits_are_converted_with_their_levels(read):
    samples = read("subject,day,CRP (mg/dL; LLOQ 0.05; ULOQ 20)\nA,0,0.5\n").samples
    assert samples.loc[0, ["value", "lloq", "uloq"]].tolist() == [5.0, 0.5, 200.0]


def test_copies_per_cell_become_copies_per_microgram_by_a_factor_that_is_logged(read):
    study = read("subject,day,CAR-T (copies/cell)\nA,0,0.0066\n")
    assert study.samples.loc[0, "value"] == pytest.approx(1000.0, rel=1e-12)
    assert "at 6.6 pg DNA per cell" in " ".join(study.log["detail"])
    other = read("subject,day,CAR-T (copies/cell)\nA,0,0.0066\n", Mapping(pg_per_cell=3.3))
    assert other.samples.loc[0, "value"] == pytest.approx(2000.0, rel=1e-12)


def test_the_unit_tells_transgene_from_flow(read):
    study = read(HEADER + "A,0,CAR-T level,5,copies/ug\nA,0,CAR-T cells,5,cells/uL\n")
    assert study.samples["analyte"].tolist() == ["car_t_qpcr", "car_t_flow"]


@pytest.mark.parametrize("second", ["copies/mL", "cells/uL", "%"])
def test_units_that_do_not_convert_never_meet_in_one_analyte(refused, second: str):
    (found,) = refused(HEADER + f"A,0,CAR-T,5,copies/ug\nA,1,CAR-T,5,{second}\n")
    assert (found.code, found.row, found.value) == ("UNITS_DIFFER", 3, second)
    assert "(row 2)" in found.message


def test_units_that_convert_are_brought_to_one_and_told(read):
    study = read(HEADER + "A,0,CRP,5,mg/L\nA,1,CRP,0.5,mg/dL\n")
    assert study.samples["value"].tolist() == [5.0, 5.0]
    assert "UNITS_MIXED" in set(study.log["code"])


def test_a_unit_of_something_else_is_refused(refused):
    (found,) = refused(HEADER + "A,0,IL-6,5,cells/uL\n")
    assert (found.code, found.row, found.column) == ("UNIT_WRONG", 2, "unit")


def test_an_unknown_unit_is_refused(refused):
    (found,) = refused(HEADER + "A,0,TNF,5,BG\n")
    assert (found.code, found.value) == ("UNIT_UNKNOWN", "BG")


def test_an_unknown_unit_in_a_columns_name_is_refused(refused):
    assert refused("subject,day,IL-6 (pgg/mL)\nA,0,5\n")[0].code == "UNIT_UNKNOWN"


def test_a_missing_unit_is_never_assumed(refused, read):
    text = "subject,day,IL-6\nA,0,5\n"
    (found,) = refused(text)
    assert found.code == "UNIT_MISSING"
    assert "[analytes.il6]" in found.message
    assert read(text, Mapping(analytes={"il6": Reading(unit="pg/mL")})).samples["unit"].tolist() == ["pg/mL"]


@pytest.mark.parametrize(
    "text",
    [
        "subject,day,value (mg/L),unit\nA,0,5,mg/dL\n",
        "subject,day,IL-6 (pg/mL),lloq (ng/mL)\nA,0,5,1\n",
        "subject,day,analyte,value (ng/mL)\nA,0,IL-6 (pg/mL),5\n",
    ],
)
def test_two_units_given_for_one_level_are_refused(refused, text: str):
    (found,) = refused(text)
    assert (found.code, found.row) == ("UNITS_DIFFER", 2)


def test_a_limit_in_another_unit_than_its_level_is_refused(refused):
    assert refused('subject,day,"IL-6 (pg/mL, LLOQ 1 ng/mL)"\nA,0,5\n')[0].code == "UNIT_UNKNOWN"


def test_an_analytes_name_may_carry_its_unit_and_limit(read):
    samples = read('subject,day,analyte,value\nA,0,"CRP (mg/dL, LLOQ 0.05)",0.02\n').samples
    assert samples.loc[0, ["value", "lloq", "unit", "status"]].tolist() == [pytest.approx(0.2), 0.5, "mg/L", "blq"]


def test_a_unit_of_something_else_behind_a_time_is_refused(refused):
    assert refused("subject,time (mg),CRP (mg/L)\nA,0,5\n")[0].code == "UNIT_WRONG"


def test_two_units_of_dose_are_refused(refused):
    (found,) = refused("subject,day,CRP (mg/L),dose (cells),dose_unit\nA,0,5,1e6,cells/kg\n")
    assert (found.code, found.row, found.column) == ("UNITS_DIFFER", 2, "dose (cells)")


def test_two_names_of_one_car_t_analyte_are_refused(refused):
    (found,) = refused(HEADER + "A,0,CD19 CAR transgene,5,copies/ug\nA,0,BCMA CAR transgene,6,copies/ug\n")
    assert found.code == "ANALYTE_TWICE"


def test_two_spellings_of_one_marker_are_one(read):
    assert read(HEADER + "A,0,IL6,5,pg/mL\nA,1,IL-6,6,pg/mL\n").analytes == ["il6"]


def test_the_matrix_is_blood_unless_the_file_says_otherwise(read):
    samples = read("subject,day,CAR-T (copies/ug),specimen\nA,0,5,\nA,0,6,PB\nA,0,7,BM\nA,0,8,Pleural\n").samples
    assert samples["matrix"].tolist() == ["blood", "blood", "bone marrow", "Pleural"]


def test_a_matrix_of_the_settings_counts_where_the_file_has_none(read):
    assert read("subject,day,CRP (mg/L)\nA,0,5\n", Mapping(matrix="serum")).samples["matrix"].tolist() == ["serum"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Blood (EDTA)", "blood"),
        ("whole blood (K2 tube)", "blood"),
        ("Peripheral blood mononuclear cells", "PBMC"),
        ("Bone marrow aspirate", "bone marrow"),
    ],
)
def test_usual_names_of_matrices_are_one(read, written: str, kept: str):
    assert read(f"subject,day,CAR-T (copies/ug),specimen\nA,0,5,{written}\n").samples["matrix"].tolist() == [kept]


def test_one_analyte_in_two_matrices_of_a_subject_is_told(read):
    study = read("subject,day,CAR-T (copies/ug),specimen\nA,0,5,PB\nA,0,6,BM\n")
    assert "MATRICES_SEVERAL" in set(study.log["code"])


def test_a_matrix_that_carpk_does_not_know_keeps_its_first_spelling(read):
    samples = read("subject,day,CAR-T (copies/ug),specimen\nA,0,5,Pleural fluid\nA,1,6,pleural  fluid\n").samples
    assert samples["matrix"].tolist() == ["Pleural fluid", "Pleural fluid"]


def test_spellings_of_an_unknown_marker_are_one_profile(read):
    assert read(HEADER + "A,0,MIP1a,5,pg/mL\nA,1,MIP-1a,6,pg/mL\n").analytes == ["MIP1a"]


def test_a_minus_behind_a_cell_marker_keeps_two_analytes_apart(read):
    assert read(HEADER + "A,0,CD4-CD8+,5,%\nA,1,CD4CD8+,6,%\n").analytes == ["CD4-CD8+", "CD4CD8+"]


def test_unknown_markers_of_nearly_one_name_are_told(read):
    study = read(HEADER + "A,0,MIP1a,5,pg/mL\nA,1,MIP-1\u03b1,6,pg/mL\n")
    assert len(study.analytes) == 2
    assert "ANALYTES_ALIKE" in set(study.log["code"])


def test_cells_in_the_letter_g_per_liter_are_refused_because_g_is_gram(refused):
    assert refused("subject,day,B cells (G/L)\nA,0,1\n")[0].code == "UNIT_WRONG"


def test_a_wide_table_without_a_unit_is_refused_once_in_the_users_words(refused):
    (found,) = refused("patient,Day 0,Day 7\nA,10,100\n")
    assert found.code == "UNIT_MISSING"
    assert "The unit of the levels is not given." in found.message


def test_temperatures_in_fahrenheit_become_celsius_with_their_limits(read):
    study = read("subject,day,Temp (F; LLOQ 95; ULOQ 104)\nA,0,98.6\nA,1,102.2\n")
    assert study.samples["value"].tolist() == [37.0, 39.0]
    assert study.samples.loc[0, ["lloq", "uloq", "unit"]].tolist() == [35.0, 40.0, "degC"]
    assert "from degF to degC, minus 32, times 0.5555555556" in " ".join(study.log["detail"])


def test_celsius_and_fahrenheit_in_one_column_of_units_are_brought_to_celsius(read):
    study = read(HEADER + "A,0,Temp,98.6,\u00b0F\nA,1,Temp,38.5,\u00b0C\n")
    assert study.samples["value"].tolist() == [37.0, 38.5]


def test_a_limit_of_the_settings_in_fahrenheit_counts_for_levels_in_celsius(read):
    settings = Mapping(analytes={"temperature": Reading(unit="degF", lloq=95.0)})
    assert read(HEADER + "A,0,Temp,38.5,C\n", settings).samples.loc[0, "lloq"] == 35.0
