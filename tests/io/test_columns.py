import pytest

from carpk.io.columns import Meaning, recognize, recognize_analyte
from carpk.io.doubtful_names import near_analyte, near_miss


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Subject ID", "subject"),
        ("USUBJID", "subject"),
        ("患者", "subject"),
        ("Dose group", "cohort"),
        ("剂量组", "cohort"),
        ("Nominal day", "nominal_time"),
        ("访视", "visit"),
        ("Parameter", "analyte"),
        ("Specimen", "matrix"),
        ("Result", "level"),
        ("AVAL", "level"),
        ("Units", "unit"),
        ("LLOQ", "lloq"),
        ("Infusion date", "infusion_date"),
        ("Draw date", "date"),
        ("STUDYID", "title"),
        ("BLQ", "blq"),
    ],
)
def test_usual_spellings_of_columns_are_recognized(name: str, role: str):
    assert recognize(name).role == role


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("time_h", Meaning("time", "h")),
        ("Time (hours)", Meaning("time", "h")),
        ("Day", Meaning("time", "day")),
        ("天", Meaning("time", "day")),
        ("wt_kg", Meaning("weight", "kg")),
        ("dose_mg_per_kg", Meaning("dose", "mg/kg")),
        ("Dose (x10^5 cells/kg)", Meaning("dose", "10^5 cells/kg")),
        ("conc_mg_L", Meaning("level", "mg/L")),
        ("copies_per_ug_dna", Meaning("level", "copies/ug", "car_t_qpcr")),
        ("IL-6 (pg/mL)", Meaning("level", "pg/mL", "il6")),
        ("CRP [mg/L]", Meaning("level", "mg/L", "crp")),
        ("铁蛋白（μg/L）", Meaning("level", "ug/L", "ferritin")),
        ("CD19+ B cells, cells/\u00b5L", Meaning("level", "cells/uL", "b_cells")),
        ("CAR-T (copies/ug gDNA, LLOQ 50)", Meaning("level", "copies/ug", "car_t", lloq=50.0)),
        ("IL-6 (LLOQ 1.5 pg/mL; ULOQ 5000)", Meaning("level", "pg/mL", "il6", lloq=1.5, uloq=5000.0)),
        ("Anti-CD19 CAR transgene (copies/ug)", Meaning("level", "copies/ug", "car_t_qpcr")),
        ("CRP (serum) (mg/L)", Meaning("level", "mg/L", "crp", "serum")),
        ("Day 7", Meaning("level", visit="Day 7")),
        ("CRP D7 (mg/L)", Meaning("level", "mg/L", "crp", visit="D7")),
        ("tocilizumab_day", Meaning("event_time", "day", event="tocilizumab")),
        ("CRS onset day", Meaning("event_time", "day", event="crs")),
        ("date of second infusion", Meaning("event_date", event="second_infusion")),
        ("Gender", Meaning("covariate", name="sex")),
        ("sledai_2k", Meaning("covariate", name="sledai_2k")),
    ],
)
def test_a_name_says_unit_limits_visit_and_event(name: str, meaning: Meaning):
    assert recognize(name) == meaning


def test_what_stands_in_brackets_and_is_not_understood_is_kept_for_the_message():
    assert recognize("IL-6 (pgg/mL)").unread == "pgg/mL"


def test_an_analyte_that_carpk_does_not_know_keeps_its_name():
    assert recognize_analyte("MCP-1 (pg/mL)") == Meaning("level", "pg/mL", "MCP-1")


@pytest.mark.parametrize(
    ("name", "role"), [("Subejct", "subject"), ("untis", "unit"), ("LLOQQ", "lloq"), ("Feritin", "ferritin")]
)
def test_a_misspelt_name_is_near_one_that_carpk_knows(name: str, role: str):
    assert near_miss(name, present=set()) == role


@pytest.mark.parametrize("name", ["height", "site", "race", "Dose.amt", "remarks", "EXSTDTC"])
def test_a_covariate_is_near_nothing(name: str):
    assert near_miss(name, present=set()) == ""


def test_t_cells_are_not_taken_for_misspelt_b_cells():
    assert near_analyte("T cells") == ""
