"""What no patient has is refused; what looks like another unit is told."""

from pathlib import Path

import pandas as pd
import pytest

from carpk.io.study import read_study, study_from_frame
from carpk.io.warning_lines import warning_lines

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
DOUBTS = {"LEVEL_HIGH", "UNIT_DOUBTFUL", "LEVELS_CAPPED", "DOSE_DOUBTFUL"}


def wide(column: str, *levels: object, subjects: int = 2) -> str:
    """Write levels as a file: subjects take turns, and every subject starts before the infusion."""
    rows = (f"P{place % subjects},{place // subjects - 1},{level}\n" for place, level in enumerate(levels))
    return f"subject,day,{column}\n{''.join(rows)}"


def doubts(study) -> list[str]:
    """Codes of what the log doubts."""
    return [code for code in study.log["code"] if code in DOUBTS]


def told(study, code: str) -> str:
    """Detail of the one line of the log with this code."""
    (detail,) = study.log.loc[study.log["code"] == code, "detail"]
    return str(detail)


def test_a_temperature_of_98_6_degrees_celsius_is_refused_with_what_would_mend_it(refused):
    (found,) = refused(wide("Temp (C)", 98.6, 37.2, 101.3))
    assert (found.code, found.row, found.column, found.file) == ("LEVEL_IMPOSSIBLE", 2, "Temp (C)", "trial.csv")
    assert "2 levels (98.6, 101.3 \u00b0C; rows 2 and 4)" in found.message
    assert "degF" in found.message


@pytest.mark.parametrize("level", [0, 3.7, 24.9, 45.1, 366])
def test_a_temperature_of_no_patient_is_refused(refused, level: float):
    (found,) = refused(wide("Temp (C)", 37.0, level))
    assert (found.code, found.row) == ("LEVEL_IMPOSSIBLE", 3)


def test_temperatures_in_fahrenheit_under_their_own_unit_are_fine(read):
    assert read(wide("Temp (F)", 98.6, 104.0)).samples["value"].tolist() == [37.0, 40.0]


def test_an_impossible_level_that_the_file_excludes_does_not_stop_the_reading(read):
    text = "subject,day,Temp (C),excluded\nA,0,37.0,\nA,1,98.6,wrong unit\n"
    assert read(text).samples["status"].tolist() == ["quantified", "excluded"]


def test_more_than_all_cells_cannot_be_of_a_kind(refused):
    (found,) = refused(wide("B cells (%)", 12, 105))
    assert (found.code, found.row) == ("LEVEL_IMPOSSIBLE", 3)
    assert "1 level (105 %; row 3) above 100 %" in found.message


def test_percentages_that_are_all_at_most_1_may_be_fractions(read):
    study = read(wide("B cells (%)", 0.12, 0.1, 0.05, 0.2, 1))
    assert "give the unit as fraction" in told(study, "UNIT_DOUBTFUL")
    assert doubts(read(wide("B cells (%)", 0.12, 0.1, 0.05, 0.2, 1.1))) == []
    assert doubts(read(wide("B cells (%)", 0.12, 0.1, 0.05, 0.2))) == []


def test_small_fractions_that_are_called_so_are_not_doubted(read):
    assert doubts(read(wide("B cells (fraction)", 0.0012, 0.001, 0.0005, 0.002, 0.01))) == []


def test_crp_above_500_is_told_with_its_levels(read):
    study = read(wide("CRP (mg/L)", 3, 501, 620))
    assert "2 levels (501, 620 mg/L; rows 3 and 4) above 500 mg/L" in told(study, "LEVEL_HIGH")
    assert doubts(read(wide("CRP (mg/L)", 3, 500))) == []


def test_crp_in_mg_per_dl_under_mg_per_l_is_told(read):
    """Levels of 0.06 to 18 are 0.6 to 180 mg/L in mg/dL; in mg/L no peak would reach even 50, nor an assay 0.06."""
    study = read(wide("CRP (mg/L)", 0.06, 0.3, 12, 18))
    assert "row 2, column 'CRP (mg/L)'" in told(study, "UNIT_DOUBTFUL")
    assert "If they are in mg/dL" in told(study, "UNIT_DOUBTFUL")
    assert doubts(read(wide("CRP (mg/dL)", 0.06, 0.3, 12, 18))) == []


def test_a_limit_that_no_assay_in_mg_per_l_has_makes_crp_doubtful(read):
    assert doubts(read(wide("CRP (mg/L; LLOQ 0.05)", "<0.05", 0.3, 12, 18))) == ["UNIT_DOUBTFUL"]
    assert doubts(read(wide("CRP (mg/L; LLOQ 0.3)", "<0.3", 0.5, 12, 18))) == []


def test_low_crp_with_a_peak_above_50_is_not_doubted(read):
    assert doubts(read(wide("CRP (mg/L)", 0.06, 0.3, 51))) == []


@pytest.mark.parametrize(
    ("column", "levels", "unit"),
    [
        ("B cells (cells/uL)", (210000, 150000, 0.5, 3000, 90000), "cells/mL"),
        ("B cells (cells/uL)", (0.21, 0.15, 0.001, 0.003, 0.09), "10\u2079/L"),
        ("ANC (cells/uL)", (3.2, 4.1, 0.5, 0.1, 2.0), "10\u2079/L"),
        ("ALC (cells/uL)", (1200000, 1500000, 3000, 4000, 90000), "cells/mL"),
        ("IgG (g/L)", (1100, 900, 700, 600, 500), "mg/dL"),
        ("IgM (g/L)", (110, 90, 70, 60, 50), "mg/dL"),
    ],
)
def test_levels_of_another_scale_are_told_with_the_unit_they_look_like(read, column, levels, unit):
    detail = told(read(wide(column, *levels)), "UNIT_DOUBTFUL").replace("10^9/L", "10\u2079/L")
    assert f"If they are in {unit}" in detail


@pytest.mark.parametrize(
    ("column", "levels"),
    [
        ("B cells (cells/uL)", (210, 150, 0.5, 3, 90)),
        ("B cells (10^9/L)", (0.21, 0.15, 0.001, 0.003, 0.09)),
        ("ANC (K/uL)", (3.2, 4.1, 0.5, 0.1, 2.0)),
        ("ALC (10^9/L)", (1.2, 1.5, 0.03, 0.04, 0.09)),
        ("IgG (mg/dL)", (1100, 900, 700, 600, 500)),
        ("IgM (g/L)", (1.1, 0.9, 0.7, 0.6, 0.5)),
    ],
)
def test_levels_of_their_own_scale_are_not_doubted(read, column, levels):
    assert doubts(read(wide(column, *levels))) == []


def test_equal_largest_levels_of_several_subjects_may_be_capped(read):
    study = read(wide("Ferritin (ug/L)", 300, 400, 16500, 16500, 16500, 900))
    assert "3 levels (16500 \u00b5g/L; rows 4, 5 and 6)" in told(study, "LEVELS_CAPPED")
    assert "write > before them, or state the ULOQ" in told(study, "LEVELS_CAPPED")


def test_equal_smallest_levels_of_several_subjects_may_be_at_a_limit(read):
    study = read(wide("IL-6 (pg/mL)", 1.5, 1.5, 1.5, 900, 40, 12))
    assert "write < before them, or state the LLOQ" in told(study, "LEVELS_CAPPED")


@pytest.mark.parametrize(
    "text",
    [
        wide("Ferritin (ug/L)", 300, 400, 16500, 16500, 700, 900),  # only two
        wide("Ferritin (ug/L)", 300, 400, 16500, 16500, 16500, 900, subjects=1),  # of one subject
        wide("Ferritin (ug/L; ULOQ 16500)", 300, 400, 16500, 16500, 16500, 900),  # a limit that is stated
        wide("CRP (mg/L)", 3, 3, 3, 4, 4, 9, 12, 40),  # rounded: the next level is as frequent
        wide("Temp (C)", 36.5, 36.5, 36.5, 37, 38.1),  # read to a tenth
        wide("Ferritin (ug/L)", 300, 300, 300),  # all the same
    ],
)
def test_equal_levels_that_are_no_hidden_limit_are_not_doubted(read, text: str):
    assert doubts(read(text)) == []


@pytest.mark.parametrize("age", ["-9", "999", "1975"])
def test_an_age_of_no_person_is_refused(refused, age: str):
    (found,) = refused(f"subject,day,CAR-T (copies/ug),age\nA,0,5,{age}\nB,0,5,34\n")
    assert found.code == "AGE_IMPOSSIBLE"
    assert f"{age}" in found.message
    assert "subject 'A'" in found.message


@pytest.mark.parametrize(
    ("unit", "dose", "is_odd"),
    [
        ("cells/kg", "1", True),
        ("cells/kg", "1e6", False),
        ("cells/kg", "6e9", True),
        ("cells", "5e7", False),
        ("cells", "50", True),
        ("cells/kg", "0", False),
        ("10^6 cells/kg", "1", False),
        ("mg/kg", "4", False),
    ],
)
def test_a_dose_far_from_any_given_is_told(read, unit: str, dose: str, is_odd: bool):
    study = read(f"subject,day,CAR-T (copies/ug),dose,dose_unit\nA,0,5,{dose},{unit}\n")
    assert doubts(study) == (["DOSE_DOUBTFUL"] if is_odd else [])


def test_doubts_are_told_to_whoever_reads_the_file(read):
    lines = warning_lines(read(wide("CRP (mg/L)", 3, 501)))
    assert any("above 500 mg/L" in line for line in lines)


def test_every_analyte_that_looks_like_another_unit_is_told(read):
    text = "subject,day,CRP (mg/L),B cells (cells/uL)\nA,0,0.06,210000\nA,7,18,500\n"
    lines = warning_lines(read(text))
    assert any("CRP: 1 level" in line for line in lines)
    assert any("B cells: 1 level" in line for line in lines)


def test_a_table_in_memory_is_checked_too():
    frame = pd.DataFrame({"subject": "A", "time": [0, 1], "analyte": "crp", "value": [5.0, 700.0], "unit": "mg/L"})
    assert doubts(study_from_frame(frame)) == ["LEVEL_HIGH"]


@pytest.mark.parametrize(
    "name", ["cd19_active_sle.csv", "cd19_childhood_sle.xlsx", "ultrafast_cd19_sle.csv", "cd19_bcma_lupus_nephritis"]
)
def test_the_sample_trials_raise_no_doubt(name: str):
    assert doubts(read_study(SAMPLE_DATA / name)) == []


REFERENCE = Path(__file__).parents[3] / "shared" / "reference"


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data do not lie beside the repository")
@pytest.mark.parametrize(
    "name",
    [
        "cd19_qpcr_14_patients/all_matrices.csv",
        "winnonlin_theoph_indometh/theoph_concentrations.csv",
        "winnonlin_theoph_indometh/indometh_concentrations.csv",
    ],
)
def test_the_reference_data_raise_no_doubt(name: str):
    assert doubts(read_study(REFERENCE / name)) == []
