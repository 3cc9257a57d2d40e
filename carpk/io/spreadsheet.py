"""Excel workbooks (.xlsx): every cell as the text that the one strict parser reads.

A workbook is a zip archive of XML, so its size is checked before it is unpacked, and openpyxl must parse it with
defusedxml.
"""

import io
import re
import warnings
import zipfile
import zlib
from datetime import date, datetime, time
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from carpk.io.cells import number_text
from carpk.io.checks import Findings, Place
from carpk.io.mapping import Mapping
from carpk.io.sheet import Sheet

_MOST_ENTRIES = 1_000
_LARGEST_CONTENT = 1 << 30
_LARGEST_RATIO = 100
_SMALL_CONTENT = 10 << 20  # a ratio says nothing about a small file
_LARGEST_EXACT = 10**15  # Excel keeps 15 digits
_PLAIN_FORMATS = frozenset(["General", "GENERAL", "0", "#,##0", "@", "0_ ", "0_);(0)", "0;-0", "#"])
# What reading spoiled workbooks has been seen to raise, in the reader and below it; such a file is refused by name.
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError,
    SyntaxError, NotImplementedError, OverflowError, AssertionError, RuntimeError,
)  # fmt: skip


def read_workbook(content: bytes, name: str, mapping: Mapping, findings: Findings) -> list[Sheet]:
    """Take a workbook apart into sheets of text cells; sheets without data are passed over.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Its name, for messages.
    mapping : Mapping
        Says the decimal mark in which numbers are to be written.
    findings : Findings
        Gets whatever is wrong.
    """
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("carpk needs the package defusedxml to open workbooks safely; it is not installed.")
    if not _is_safe(content, name, findings):
        return []
    workbook = _opened(content, name, findings, results=False)
    if workbook is None:
        return []
    formulas = any(cell.data_type == "f" for sheet in workbook.worksheets for row in sheet.iter_rows() for cell in row)
    shown = _opened(content, name, findings, results=True) if formulas else workbook
    if shown is None:
        return []
    sheets = [
        _sheet(sheet, shown[sheet.title], Place(name, sheet.title), mapping.decimal, findings)
        for sheet in workbook.worksheets
    ]
    return [sheet for sheet in sheets if sheet is not None]


def _is_safe(content: bytes, name: str, findings: Findings) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except _DAMAGED:
        findings.error("FILE_DAMAGED", "The workbook is damaged or incomplete; save it again in Excel.", Place(name))
        return False
    total = sum(entry.file_size for entry in entries)
    ratio = total / max(1, len(content))
    if len(entries) > _MOST_ENTRIES or total > _LARGEST_CONTENT or (total > _SMALL_CONTENT and ratio > _LARGEST_RATIO):
        findings.error(
            "FILE_UNSAFE",
            f"The workbook unpacks to {total:,} bytes in {len(entries)} parts, {ratio:.0f} times its size; "
            "it is not opened.",
            Place(name),
        )
        return False
    return True


def _opened(content: bytes, name: str, findings: Findings, *, results: bool) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations it does not keep
            return openpyxl.load_workbook(io.BytesIO(content), data_only=results, keep_links=False)
    except _DAMAGED as error:
        causes = (error, error.__cause__, error.__context__)
        unsafe = any(type(cause).__module__.startswith("defusedxml") for cause in causes)
        code = "FILE_UNSAFE" if unsafe else "FILE_DAMAGED"
        why = "holds XML entities" if unsafe else "is damaged or is no Excel workbook"
        findings.error(code, f"The workbook {why}; save it again in Excel.", Place(name))
        return None


def _sheet(written: Any, shown: Any, place: Place, decimal: str, findings: Findings) -> Sheet | None:
    """Take one worksheet; `written` holds formulas, `shown` their results."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    doubtful: set[tuple[int, int]] = set()
    first = 0
    for number, (cells, results) in enumerate(zip(written.iter_rows(), shown.iter_rows(), strict=True), start=1):
        texts = [_text(cell, result, place, decimal, findings) for cell, result in zip(cells, results, strict=True)]
        doubtful.update((number, column) for column, cell in enumerate(results) if _is_doubtful_id(cell))
        if any(text.strip() for text in texts):
            first = first or number
            rows.append(texts)
            numbers.append(number)
    if not rows:
        return None
    if first > 1:
        findings.error("COLUMN_MISSING", "The first row is empty; it must hold the names of the columns.", place, row=1)
    _warn_of_hidden(written, numbers, place, findings)
    width = max(len(row) - _blank_behind(row) for row in rows)
    merged = tuple((each.min_row, each.min_col, each.max_row, each.max_col) for each in written.merged_cells.ranges)
    return Sheet(place, [row[:width] for row in rows], numbers, merged, frozenset(doubtful))


def _blank_behind(row: list[str]) -> int:
    blank = 0
    for text in reversed(row):
        if text.strip():
            break
        blank += 1
    return blank


def _text(cell: Any, result: Any, place: Place, decimal: str, findings: Findings) -> str:
    value = result.value
    if cell.data_type == "f" and value is None:
        findings.error(
            "CELL_FORMULA",
            f"Cell {cell.coordinate} holds a formula that was saved without its result; open the file in Excel "
            "and save it.",
            place,
            row=cell.row,
            column=get_column_letter(cell.column),
        )
        return ""
    if result.data_type == "e":
        findings.error(
            "CELL_ERROR",
            f"Cell {cell.coordinate} shows {value}; mend the formula or empty the cell.",
            place,
            row=cell.row,
            column=get_column_letter(cell.column),
            value=str(value),
        )
        return ""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        percent = "%" in re.sub(r'"[^"]*"', "", result.number_format or "")
        return (
            f"{value * 100:.15g}%"
            if percent
            else number_text(float(value), decimal)
            if abs(value) < 2**53
            else str(value)
        )
    return _moment_text(value, result.number_format or "")


def _moment_text(value: object, number_format: str) -> str:
    """Write a real Excel date as ISO 8601, with its clock time where the cell shows one."""
    if isinstance(value, datetime):
        has_clock = "h" in number_format.lower() or value.time() != time(0)
        return value.isoformat(timespec="seconds") if has_clock else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _is_doubtful_id(cell: Any) -> bool:
    """Whether a number is shown otherwise than it is (leading zeros, letters), or has more digits than Excel keeps."""
    if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
        return False
    return (cell.number_format or "General") not in _PLAIN_FORMATS or abs(cell.value) >= _LARGEST_EXACT


def _warn_of_hidden(sheet: Any, numbers: list[int], place: Place, findings: Findings) -> None:
    hidden = [number for number in numbers if sheet.row_dimensions[number].hidden]
    columns = [letter for letter, dimension in sheet.column_dimensions.items() if dimension.hidden]
    if hidden:
        findings.warn("HIDDEN_USED", f"{len(hidden)} hidden or filtered rows were read like the others.", place)
    if columns:
        findings.warn("HIDDEN_USED", f"Hidden columns ({', '.join(columns)}) were read like the others.", place)
