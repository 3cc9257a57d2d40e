"""Markers and blood counts under the names and units that hospitals give them."""

import pytest


@pytest.mark.parametrize(
    ("column", "analyte", "level"),
    [
        ("IFN-\u03b3 (pg/mL)", "ifn_gamma", 5.0),
        ("IFN-g (pg/mL)", "ifn_gamma", 5.0),
        ("TNF-\u03b1 (pg/mL)", "tnf_alpha", 5.0),
        ("TNFa (ng/L)", "tnf_alpha", 5.0),
        ("IL-10 (pg/ml)", "il10", 5.0),
        ("GM-CSF (pg/mL)", "gm_csf", 5.0),
        ("IgG (mg/dL)", "igg", 0.05),
        ("IgG (g/L)", "igg", 5.0),
        ("ANC (10^9/L)", "neutrophils", 5000.0),
        ("ANC (Giga/L)", "neutrophils", 5000.0),
        ("ANC (K/uL)", "neutrophils", 5000.0),
        ("ANC (10^3/mm3)", "neutrophils", 5000.0),
        ("NEUT# (10^9/L)", "neutrophils", 5000.0),
        ("Neutrophils abs (10^9/L)", "neutrophils", 5000.0),
        ("ALC (cells/\u00b5L)", "lymphocytes", 5.0),
        ("Lymph (10^9/L)", "lymphocytes", 5000.0),
        ("Neutrophils (%)", "neutrophils_percent", 5.0),
        ("Neut% (%)", "neutrophils_percent", 5.0),
        ("Lymphocytes (%)", "lymphocytes_percent", 5.0),
        ("ALT (IU/L)", "ALT", 5.0),
    ],
)
def test_a_marker_is_known_under_its_name_in_the_hospital(read, column: str, analyte: str, level: float):
    sample = read(f"subject,day,{column}\nA,0,5\n").samples.iloc[0]
    assert (sample["analyte"], sample["value"]) == (analyte, pytest.approx(level))


@pytest.mark.parametrize(
    "column", ["Temp (C)", "T max (\u00b0C)", "Tmax (C)", "Max temp (\u2103)", "Body temperature_C"]
)
def test_the_temperature_of_a_day_is_known_by_its_unit(read, column: str):
    assert read(f"subject,day,{column}\nA,0,38.5\n").samples["analyte"].tolist() == ["temperature"]


def test_tmax_without_degrees_is_no_temperature(read):
    study = read("subject,day,CAR-T (copies/ug),Tmax (day)\nA,0,5,9\n")
    assert study.analytes == ["car_t_qpcr"]


def test_beta_is_not_alpha(read):
    study = read(
        "subject,day,TNF-\u03b1 (pg/mL),TNF-\u03b2 (pg/mL),IFN-\u03b1 (pg/mL),IFN-\u03b3 (pg/mL)\nA,0,1,2,3,4\n"
    )
    assert study.samples["analyte"].tolist() == ["tnf_alpha", "TNF-\u03b2", "IFN-\u03b1", "ifn_gamma"]


def test_interleukin_1_alpha_and_beta_may_have_units_of_their_own(read):
    text = "subject,day,analyte,value,unit\nA,0,IL-1\u03b1,1,pg/mL\nA,0,IL-1\u03b2,2,IU/mL\n"
    assert read(text).samples["unit"].tolist() == ["pg/mL", "IU/mL"]


@pytest.mark.parametrize(
    ("count", "share"),
    [
        ("Neutrophils (10^9/L)", "Neutrophils (%)"),
        ("Lymphocytes (K/uL)", "Lymphocytes (%)"),
        ("B cells (/uL)", "B cells (%)"),
    ],
)
def test_counts_and_percentages_of_one_cell_stand_side_by_side(read, count: str, share: str):
    study = read(f"subject,day,{count},{share}\nA,0,3,40\n")
    first, second = study.samples["analyte"]
    assert second == f"{first}_percent"
    assert study.samples["value"].tolist()[1] == 40.0


def test_a_missing_unit_is_asked_for_with_one_that_fits(refused):
    (found,) = refused("subject,day,IgG\nA,0,9\n")
    assert "'IgG (g/L)'" in found.message
