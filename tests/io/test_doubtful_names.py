"""Columns that carpk does not know, and that may change a number: refused rather than read as covariates."""

import pytest

from carpk.io.mapping import Mapping

WIDE = "patient,Day 0,{},Day 60,unit\nA,1,2,3,copies/ug\n"


@pytest.mark.parametrize("label", ["W4D1", "T0", "2M", "3M", "Pre-infusion", "28\u00b12", "EOT", "Nadir"])
def test_a_column_among_visits_that_may_be_one_is_never_lost(read, refused, label: str):
    (found,) = refused(WIDE.format(label))
    assert (found.code, found.row, found.column) == ("VISIT_NOT_UNDERSTOOD", 1, label)
    assert read(WIDE.format(label), Mapping(visits={label: 28.0})).samples["time"].tolist() == [0.0, 28.0, 60.0]
    assert len(read(WIDE.format(label), Mapping(columns={label: "covariate"})).samples) == 2


def test_a_column_beside_visits_that_holds_levels_below_the_limit_is_never_lost(refused):
    (found,) = refused("patient,Day 0,Day 60,last,unit\nA,1,2,<50,copies/ug\n")
    assert (found.code, found.column) == ("VISIT_NOT_UNDERSTOOD", "last")


@pytest.mark.parametrize("name", ["height", "C3", "SLEDAI-2K"])
def test_a_well_known_covariate_may_stand_among_visits(read, name: str):
    assert len(read(WIDE.format(name)).samples) == 2


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("log10 CAR-T (copies/ug)", "log10"),
        ("CAR-T (copies/ug) x1000", "x1000"),
        ("CAR-T in thousands (copies/ug)", "in thousands"),
        ("ln(CAR-T) (copies/ug)", "ln"),
        ("log10_copies_ug", "log10"),
    ],
)
def test_a_name_that_says_logarithms_or_multiples_is_refused(refused, name: str, word: str):
    found = refused(f"subject,day,{name}\nA,0,3\n")
    assert {("COLUMN_SCALED", name)} <= {(each.code, each.column) for each in found}
    assert repr(word) in " ".join(each.message for each in found)


def test_an_analyte_that_says_logarithms_is_refused(refused):
    (found,) = refused("subject,day,analyte,value,unit\nA,0,log10 CAR-T,3,copies/ug\n")
    assert (found.code, found.value) == ("COLUMN_SCALED", "log10 CAR-T")


def test_a_power_of_ten_within_a_unit_is_read(read):
    samples = read("subject,day,B cells (10^9/L),IL-10 (pg/mL)\nA,0,0.5,3\n").samples
    assert samples["value"].tolist() == [500.0, 3.0]


def test_a_second_header_row_with_one_odd_label_is_refused_with_one_message(refused):
    text = "patient,weight,CAR-T (copies/ug),,IL-6 (pg/mL),\n,kilos,Day 0,Day 7,Day 0,Day 7\nA,70,10,100,2,3\n"
    (found,) = refused(text)
    assert (found.code, found.row, found.value) == ("HEADER_UNCLEAR", 2, "kilos")
