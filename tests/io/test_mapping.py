from pathlib import Path

import pytest

from carpk.errors import DataError, RulesError
from carpk.io.mapping import Mapping, Reading

SETTINGS = """
[study]
title = "Trial X"
date_format = "dd/mm/yyyy"
pg_per_cell = 7.0

[columns]
"VCN raw" = { analyte = "car_t_qpcr", unit = "copies/cell" }
"Pat." = "subject"

[analytes.crp]
unit = "mg/dL"
lloq = 0.05

[values]
NS = "missing"

[visits]
"Month 3" = 90

[nca]
anything = 1
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_settings_file_is_read(tmp_path: Path):
    mapping = Mapping.from_toml(write(tmp_path, SETTINGS))
    assert (mapping.title, mapping.date_format, mapping.pg_per_cell) == ("Trial X", "dd/mm/yyyy", 7.0)
    assert mapping.columns["VCN raw"] == Reading("car_t_qpcr", "copies/cell")
    assert mapping.analytes["crp"] == Reading("crp", "mg/dL", lloq=0.05)
    assert (mapping.values["NS"], mapping.visits["Month 3"]) == ("missing", 90.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[stuyd]\n", "Did you mean 'study'"),
        ("[study]\ntitel = 'x'\n", "Did you mean 'title'"),
        ("[study]\ntime_unit = 'month'\n", "time_unit"),
        ("[study]\ndecimal = ';'\n", "decimal"),
        ("[study]\npg_per_cell = 'much'\n", "must be a number"),
        ("[study]\npg_per_cell = 0\n", "pg_per_cell"),
        ("[values]\nNS = 'mising'\n", "Did you mean 'missing'"),
        ("[columns]\nx = { unit = 'mg/L' }\n", "must name its analyte"),
        ("[columns]\nx = { analyte = 'crp', unit = 'BG' }\n", "'BG' is not a unit"),
        ("[analytes.crp]\nlloq = -1\n", "must be positive"),
        ("[analytes.crp]\nlimit = 1\n", "no 'limit'"),
        ("study = 3\n", "must be a table"),
    ],
)
def test_settings_that_carpk_does_not_know_are_refused(tmp_path: Path, text: str, told: str):
    with pytest.raises(RulesError, match=told):
        Mapping.from_toml(write(tmp_path, text))


def test_a_settings_file_that_is_not_toml_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="not TOML"):
        Mapping.from_toml(write(tmp_path, "title: x"))


def test_a_settings_file_that_is_missing_is_named(tmp_path: Path):
    with pytest.raises(DataError, match=r"none\.toml"):
        Mapping.from_toml(tmp_path / "none.toml")


def test_settings_for_a_column_that_the_data_lack_are_refused(refused):
    (found,) = refused("subject,day,CRP (mg/L)\nS1,0,1\n", Mapping(columns={"Doze": "dose"}))
    assert found.code == "SETTINGS_UNKNOWN"


def test_a_column_setting_of_no_meaning_is_refused(refused):
    found = refused("subject,day,CRP (mg/L),x\nS1,0,1,2\n", Mapping(columns={"x": "wieght"}))
    assert [(each.code, each.column) for each in found] == [("SETTINGS_UNKNOWN", "x")]
    assert "Did you mean 'weight'" in found[0].message


def test_a_mapped_column_is_read_as_told(read):
    study = read("subject,day,XYZ\nS1,0,2\n", Mapping(columns={"XYZ": Reading("crp", "mg/dL", lloq=0.5)}))
    assert study.samples.loc[0, ["analyte", "value", "lloq", "unit"]].tolist() == ["crp", 20.0, 5.0, "mg/L"]


def test_an_ignored_column_is_left_out_and_logged(read):
    study = read("subject,day,CRP (mg/L),secret\nS1,0,1,x\n", Mapping(columns={"secret": "ignore"}))
    assert "secret" not in study.subjects
    assert "COLUMN_IGNORED" in set(study.log["code"])
