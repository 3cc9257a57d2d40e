"""Settings that concern nothing in the data."""

import pytest

from carpk.io.mapping import Mapping, Reading

ONE = "subject,visit,CAR-T (copies/ug)\nA,Day 7,20\n"
BOTH = "subject,day,CAR-T (copies/ug),CAR+ T cells (cells/uL)\nA,0,20,20\n"


@pytest.mark.parametrize("name", ["car_t", "CAR-T", "car_t_qpcr"])
def test_a_limit_of_a_more_general_name_counts_where_its_unit_does(read, name: str):
    samples = read(BOTH, Mapping(analytes={name: Reading(name, "copies/ug", lloq=50.0)})).samples
    assert samples["status"].tolist() == ["blq", "quantified"]


def test_a_limit_is_converted_with_its_unit(read):
    # 0.05 copies/ng are 50 copies/ug.
    samples = read(ONE, Mapping(analytes={"car_t": Reading("car_t", "copies/ng", lloq=0.05)})).samples
    assert samples.loc[0, ["lloq", "status"]].tolist() == [50.0, "blq"]


def test_a_limit_without_a_unit_for_unlike_levels_is_refused(refused):
    (found,) = refused(BOTH, Mapping(analytes={"CAR-T": Reading("CAR-T", lloq=50.0)}))
    assert found.code == "SETTINGS_UNKNOWN"
    assert "Add the unit" in found.message


def test_a_misspelt_analyte_of_the_settings_is_refused(refused):
    (found,) = refused(ONE, Mapping(analytes={"qcpr": Reading("qcpr", lloq=50.0)}))
    assert (found.code, found.severity) == ("SETTINGS_UNKNOWN", "error")
    assert "[analytes.qcpr]" in found.message


def test_an_analyte_of_the_settings_that_the_data_lack_is_told(read):
    assert "SETTINGS_UNUSED" in set(read(ONE, Mapping(analytes={"crp": Reading("crp", "mg/L")})).log["code"])


def test_a_misspelt_visit_of_the_settings_is_refused_with_the_right_one(refused):
    (found,) = refused(ONE, Mapping(visits={"Dya 7": 7.0}))
    assert found.code == "SETTINGS_UNKNOWN"
    assert "Did you mean 'Day 7'?" in found.message


def test_a_word_of_the_settings_that_no_cell_has_is_told(read):
    log = read(ONE, Mapping(values={"NS": "missing"})).log
    assert log.loc[log["code"] == "SETTINGS_UNUSED", "detail"].str.contains("'NS'").tolist() == [True]
