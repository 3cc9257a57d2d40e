import pytest

from carpk.errors import UnitError
from carpk.units import conversion, conversion_factor, copies_per_ug, find_unit, label, parse_unit


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("copies/\u03bcg gDNA", "copies/ug"),
        ("copies/\u00b5g", "copies/ug"),
        ("copies_per_ug_dna", "copies/ug"),
        ("Copies per microgram DNA", "copies/ug"),
        ("copies/cell", "copies/cell"),
        ("cells / uL", "cells/uL"),
        ("/uL", "cells/uL"),
        ("x10\u2079/L", "10^9/L"),
        ("\u00d710^9/L", "10^9/L"),
        ("mg_L", "mg/L"),
        ("NG/ML", "ng/mL"),
        ("%", "%"),
        ("hours", "h"),
        ("10^6/kg", "10^6 cells/kg"),
        ("10^3/uL", "10^3/uL"),
        ("K/\u00b5L", "10^3/uL"),
        ("10*9/L", "10^9/L"),
        ("拷贝/\u03bcg", "copies/ug"),
        ("个/\u03bcL", "cells/uL"),
        ("copies/mcg", "copies/ug"),
        ("cp/\u00b5g", "copies/ug"),
        ("vector copies/\u00b5g", "copies/ug"),
        ("ng/dL", "ng/dL"),
        ("mg/24h", "mg/day"),
        ("g/24 h", "g/day"),
        ("mg/mg", "g/g"),
        ("mg/g creatinine", "mg/g"),
        ("\u00b5mol/L", "umol/L"),
        ("mL/min/1.73 m\u00b2", "mL/min/1.73m^2"),
    ],
)
def test_a_laboratory_spelling_is_recognized(spelling, name):
    assert parse_unit(spelling).name == name


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("10^9/L", "cells/uL", 1000.0),
        ("mg/dL", "mg/L", 10.0),
        ("10^3/uL", "cells/uL", 1000.0),
        ("ng/dL", "pg/mL", 10.0),
        ("ng/mL", "ug/L", 1.0),
        ("ug/mL", "mg/L", 1.0),
        ("ng/mL", "pg/mL", 1000.0),
        ("mg/dL", "g/L", 0.01),
        ("mg/g", "g/g", 0.001),
        ("g/day", "mg/day", 1000.0),
        ("day", "h", 24.0),
        ("week", "day", 7.0),
        ("fraction", "%", 100.0),
    ],
)
def test_conversion_is_exact(source, target, factor):
    assert conversion_factor(source, target) == factor


@pytest.mark.parametrize(
    ("source", "target"), [("copies/ug", "cells/uL"), ("copies/ug", "copies/cell"), ("%", "cells/uL")]
)
def test_unlike_units_never_meet(source, target):
    with pytest.raises(UnitError, match="no conversion"):
        conversion_factor(source, target)


def test_an_unknown_unit_is_refused_with_a_suggestion():
    with pytest.raises(UnitError, match=r"'copies/ugg' is not a unit that carpk knows\. Did you mean 'copies/ug'\?"):
        parse_unit("copies/ugg")


def test_no_unit_is_not_a_unit():
    assert find_unit("") is None


def test_copies_per_cell_need_the_dna_of_a_cell():
    # 1e6 pg / 6.3 pg per cell = 158,730 cells in a microgram.
    assert copies_per_ug(1.0, pg_per_cell=6.3) == pytest.approx(158730.16, abs=0.01)


def test_people_read_micro_signs_and_raised_powers():
    assert label("day*copies/ug") == "day\u00b7copies/\u00b5g"
    assert label("10^9/L") == "10\u2079/L"
    assert label("cells/uL") == "cells/\u00b5L"


@pytest.mark.parametrize("spelling", ["degF", "F", "\u00b0F", "\u2109", "Fahrenheit", "deg F", "degrees F"])
def test_degrees_fahrenheit_are_recognized(spelling: str):
    assert parse_unit(spelling).name == "degF"


def test_water_freezes_at_32_and_boils_at_212_degrees_fahrenheit():
    zero, factor = conversion("degF", "degC")
    assert [(level - zero) * factor for level in (32, 212, -40)] == pytest.approx([0, 100, -40], rel=1e-14)
    zero, factor = conversion("degC", "degF")
    assert [(level - zero) * factor for level in (0, 100, -40)] == pytest.approx([32, 212, -40], rel=1e-14)


def test_no_factor_alone_converts_degrees():
    with pytest.raises(UnitError, match="zeros differ"):
        conversion_factor("degF", "degC")
