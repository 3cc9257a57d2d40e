import pytest

from carpk.io.mapping import Mapping

LONG = "subject,day,analyte,value,unit\nS1,0,IL-6,1,pg/mL\nS1,1,IL-6,2,pg/mL\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_from_the_header(read, delimiter: str):
    assert read(LONG.replace(",", delimiter)).samples["value"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_with_and_without_a_mark_is_read(read, encoding: str):
    assert read(LONG.replace("S1", "张三"), encoding=encoding).subjects["subject"].tolist() == ["张三"]


def test_another_encoding_is_read_where_it_is_declared(read, refused):
    text = LONG.replace("S1", "张三")
    (found,) = refused(text, encoding="gb18030")
    assert (found.code, found.row) == ("ENCODING", 2)
    assert read(text, Mapping(encoding="gb18030"), encoding="gb18030").subjects["subject"].tolist() == ["张三"]


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("", "FILE_EMPTY", None),
        (" \n\n", "FILE_EMPTY", None),
        (",,\n", "FILE_EMPTY", None),
        ("subject,day,value\n", "FILE_EMPTY", None),
        ("subject day value\nS1 0 1\n", "DELIMITER_UNCLEAR", 1),
        ("a,b;c\n1,2;3\n", "DELIMITER_UNCLEAR", 1),
        (LONG + "S1,2,IL-6,1,5,pg/mL\n", "ROW_RAGGED", 4),
        (LONG + "S1,2\n", "ROW_RAGGED", 4),
        (LONG + 'S1,2,"IL-6,1,pg/mL\n', "QUOTE_OPEN", 4),
        (LONG.replace("2,pg", "\0,pg"), "CHARACTER_FORBIDDEN", 3),
        (LONG.replace("S1,1", "S1\r,1"), "CHARACTER_FORBIDDEN", 3),
        ("\n" + LONG, "COLUMN_MISSING", 1),
        ("# remark\n" + LONG, "DELIMITER_UNCLEAR", 1),
    ],
)
def test_a_file_that_cannot_be_taken_apart_is_refused_with_its_row(refused, text: str, code: str, row: int | None):
    (found, *_) = refused(text)
    assert (found.code, found.row, found.file) == (code, row, "trial.csv")


def test_a_declared_delimiter_decides(read):
    text = "subject;day;CRP (mg/L), serum\nS1;0;1\n"
    assert read(text, Mapping(delimiter=";")).samples["analyte"].tolist() == ["crp"]


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers(read):
    assert read(LONG.replace("\nS1,1", "\n\n,,,,\nS1,1")).samples["row"].tolist() == [2, 5]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("trial.xlsx", b"subject,day\n", "text file"),
        ("trial.xlsx", b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        ("trial.xlsx", b"<html><table></table></html>", "web page"),
        ("trial.csv", b"PK\x03\x04rest", "Excel workbook"),
        ("trial.pdf", b"%PDF-1.7", "PDF"),
        ("trial.xpt", b"HEADER RECORD*******LIBRARY HEADER", "SAS transport"),
        ("trial.parquet", b"PAR1", "Parquet"),
    ],
)
def test_a_file_of_another_kind_is_refused_and_its_kind_named(refused, name: str, content: bytes, told: str):
    (found,) = refused(content, name=name)
    assert found.code == "FILE_TYPE"
    assert told in found.message


def test_a_first_line_that_tells_excel_the_separator_is_not_a_header(read):
    samples = read("sep=;\nsubject;day;CRP (mg/L)\nA;0;5\n").samples
    assert samples[["value", "row"]].to_numpy().tolist() == [[5.0, 2.0]]
