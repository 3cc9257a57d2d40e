import hashlib
import math

import openpyxl
import pandas as pd
import pytest

from carpk import schema
from carpk.errors import WriteError
from carpk.io.files import write_atomically
from carpk.io.results import csv_text, wide_table, write_table


def _parameters(rows):
    names = ["subject", "cohort", "dose", "analyte", "matrix", "source", "parameter", "value", "unit", "reason"]
    return schema.conform(pd.DataFrame(rows, columns=names), schema.PARAMETERS)


@pytest.fixture
def parameters():
    return _parameters(
        [
            ("=cmd", "low", 1e5, "car_t_qpcr", "blood", "nca", "cmax", 0.1 + 0.2, "copies/ug", ""),
            ("=cmd", "low", 1e5, "car_t_qpcr", "blood", "nca", "half_life", math.nan, "day", "TOO_FEW_POINTS"),
            ("001", "low", math.nan, "car_t_qpcr", "blood", "nca", "cmax", 62000.0, "copies/ug", ""),
            ("001", "low", math.nan, "car_t_qpcr", "blood", "nca", "half_life", 2.5, "day", ""),
        ]
    )


def test_a_number_keeps_every_digit_in_the_csv(parameters):
    assert ",0.30000000000000004," in csv_text(parameters)


def test_a_missing_number_is_an_empty_cell_beside_its_reason(parameters):
    assert "half_life,,,,day,,TOO_FEW_POINTS," in csv_text(parameters)


def test_a_csv_is_utf8_with_newlines_alone_at_the_line_ends(parameters, tmp_path):
    write_table(parameters, tmp_path / "parameters.csv")
    data = (tmp_path / "parameters.csv").read_bytes()
    assert data.decode("utf-8").count("\n") == 5
    assert b"\r" not in data


def test_the_wide_table_has_one_row_per_profile_and_one_column_per_parameter(parameters):
    table = wide_table(parameters)
    assert list(table.columns) == ["subject", "cohort", "dose", "analyte", "matrix", "cmax", "half_life"]
    assert table["subject"].tolist() == ["=cmd", "001"]
    assert table["cmax"].tolist() == [0.1 + 0.2, 62000.0]
    assert math.isnan(table["half_life"][0])


def test_a_profile_without_a_dose_keeps_its_row_in_the_wide_table(parameters):
    assert wide_table(parameters)["dose"].isna().tolist() == [False, True]


def test_a_parameter_given_twice_for_a_profile_is_refused_in_the_wide_table(parameters):
    with pytest.raises(WriteError, match="one parameter twice"):
        wide_table(pd.concat([parameters, parameters]))


def test_an_id_that_looks_like_a_formula_stays_text_in_the_workbook(parameters, tmp_path):
    write_table(parameters, tmp_path / "parameters.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "parameters.xlsx")["parameters"]["A2"]
    assert (cell.value, cell.data_type) == ("=cmd", "s")


def test_leading_zeros_of_an_id_stay_in_the_workbook(parameters, tmp_path):
    write_table(parameters, tmp_path / "parameters.xlsx")
    assert openpyxl.load_workbook(tmp_path / "parameters.xlsx")["parameters"]["A4"].value == "001"


def test_the_head_of_the_workbook_is_bold_and_frozen(parameters, tmp_path):
    write_table(parameters, tmp_path / "parameters.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "parameters.xlsx")["parameters"]
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "B2"


def test_a_missing_number_is_an_empty_cell_of_the_workbook(parameters, tmp_path):
    write_table(parameters, tmp_path / "parameters.xlsx", wide=True)
    assert openpyxl.load_workbook(tmp_path / "parameters.xlsx")["parameters"]["G2"].value is None


def test_the_same_table_gives_the_same_workbook_bytes(parameters, tmp_path):
    digests = set()
    for name in ("one.xlsx", "two.xlsx"):
        write_table(parameters, tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_another_file_ending_is_refused_with_what_is_possible(parameters, tmp_path):
    with pytest.raises(WriteError, match=r"must end in \.csv or \.xlsx"):
        write_table(parameters, tmp_path / "parameters.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_control_character_is_refused_in_a_workbook_with_its_row(parameters, tmp_path):
    parameters.loc[2, "subject"] = "S\x01"
    with pytest.raises(WriteError, match="subject of row 4"):
        write_table(parameters, tmp_path / "parameters.xlsx")


def test_a_missing_folder_is_named(parameters, tmp_path):
    with pytest.raises(WriteError, match="there is no folder"):
        write_table(parameters, tmp_path / "nowhere" / "parameters.csv")


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    with pytest.raises(WriteError, match="is a folder"):
        write_atomically(tmp_path, b"new")


def test_an_older_file_stays_whole_when_writing_fails(tmp_path, monkeypatch):
    target = tmp_path / "report.pdf"
    target.write_bytes(b"old")

    def disk_full(_number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("carpk.io.files.os.fsync", disk_full)
    with pytest.raises(WriteError, match="No space left on device"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_writing_through_a_link_changes_the_file_it_points_to(tmp_path):
    (tmp_path / "real.pdf").write_bytes(b"old")
    (tmp_path / "link.pdf").symlink_to(tmp_path / "real.pdf")
    write_atomically(tmp_path / "link.pdf", b"new")
    assert (tmp_path / "real.pdf").read_bytes() == b"new"
