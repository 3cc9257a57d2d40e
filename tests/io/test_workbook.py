"""Workbooks: the same content gives the same bytes, and text stays text."""

import datetime
import zipfile

import openpyxl
import pytest

from carpk.errors import WriteError
from carpk.io.workbook import save_workbook


def workbook_of(*values):
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].append(values)
    return workbook


def test_the_same_content_gives_the_same_bytes_at_another_time(tmp_path):
    first, second = workbook_of("Subject", 1.5), workbook_of("Subject", 1.5)
    second.properties.created = datetime.datetime(2031, 5, 4)
    save_workbook(first, tmp_path / "first.xlsx")
    save_workbook(second, tmp_path / "second.xlsx")
    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "second.xlsx").read_bytes()


def test_no_part_tells_the_moment_of_writing(tmp_path):
    save_workbook(workbook_of("Subject"), tmp_path / "study.xlsx")
    with zipfile.ZipFile(tmp_path / "study.xlsx") as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert parts.read("docProps/core.xml").count(b"2000-01-01T00:00:00Z") == 2  # created and modified


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://example.org")', "#N/A", "+1", "@SUM(A1)"])
def test_text_that_looks_like_a_formula_or_an_error_stays_text(tmp_path, text):
    save_workbook(workbook_of(text), tmp_path / "study.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "study.xlsx").worksheets[0]["A1"]
    assert cell.value == text
    with zipfile.ZipFile(tmp_path / "study.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b't="e"' not in sheet


def test_numbers_texts_blanks_and_line_breaks_come_back_as_they_were(tmp_path):
    save_workbook(workbook_of("001", 0.1, None, "  two\nlines ", "\u60a3\u8005 \u00b5g"), tmp_path / "study.xlsx")
    row = next(openpyxl.load_workbook(tmp_path / "study.xlsx").worksheets[0].iter_rows(values_only=True))
    assert row == ("001", 0.1, None, "  two\nlines ", "\u60a3\u8005 \u00b5g")


def test_stored_parts_are_not_compressed(tmp_path):
    save_workbook(workbook_of("Subject"), tmp_path / "study.xlsx", compressed=False)
    with zipfile.ZipFile(tmp_path / "study.xlsx") as parts:
        assert {entry.compress_type for entry in parts.infolist()} == {zipfile.ZIP_STORED}


def test_a_missing_folder_is_refused_by_name(tmp_path):
    with pytest.raises(WriteError, match="nowhere"):
        save_workbook(workbook_of("Subject"), tmp_path / "nowhere" / "study.xlsx")
