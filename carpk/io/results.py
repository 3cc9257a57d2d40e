"""Results to files: the tidy table of parameters as CSV or as an Excel workbook."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from carpk.errors import WriteError, did_you_mean
from carpk.io.files import write_atomically
from carpk.io.workbook import save_workbook

_PROFILE = ["subject", "cohort", "dose", "analyte", "matrix"]
_SUFFIXES = (".csv", ".xlsx")
_SHEET_ROWS = 1_048_576
_CELL_CHARACTERS = 32_767
_WIDEST_COLUMN = 40


def wide_table(parameters: pd.DataFrame) -> pd.DataFrame:
    """Give each profile one row and each parameter one column, in the order of `parameters`.

    Raises
    ------
    WriteError
        A profile has one parameter twice, e.g. from two sources.
    """
    keys = [*_PROFILE, "source"] if len(parameters["source"].unique()) > 1 else _PROFILE
    if parameters.duplicated([*keys, "parameter"]).any():
        raise WriteError("A profile has one parameter twice: it has no single row. Write the tidy table instead.")
    order = list(dict.fromkeys(parameters["parameter"]))
    number = parameters.groupby(keys, sort=False, dropna=False).ngroup()
    rows = parameters.assign(profile=number).drop_duplicates("profile").set_index("profile")[keys]
    values = parameters.assign(profile=number).set_index(["profile", "parameter"])["value"].unstack()  # noqa: PD010 - no mean
    return rows.join(values[order]).reset_index(drop=True)


def csv_text(frame: pd.DataFrame) -> str:
    r"""Write a table as CSV: every digit of a number, an empty cell where it is missing, "\n" at line ends."""
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, lineterminator="\n", na_rep="")
    return buffer.getvalue()


def check_suffix(path: str | os.PathLike[str], suffixes: Sequence[str] = _SUFFIXES) -> str:
    """Return the file name's ending in lower case.

    Raises
    ------
    WriteError
        It is none of `suffixes`.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in suffixes:
        wanted = " or ".join(suffixes)
        raise WriteError(f"{path}: the name must end in {wanted}.{did_you_mean(suffix, suffixes)}")
    return suffix


def write_table(
    frame: pd.DataFrame, path: str | os.PathLike[str], *, wide: bool = False, sheet: str = "parameters"
) -> None:
    """Write parameters, or another table of results, to a file, in full precision.

    Parameters
    ----------
    frame : DataFrame
        Columns as in `carpk.schema.PARAMETERS`.
    path : path
        Ends in .csv (UTF-8) or .xlsx. An existing file is replaced, in one step.
    wide : bool
        One row per profile and one column per parameter instead of one row per number.
    sheet : str
        Name of the worksheet.

    Raises
    ------
    WriteError
        The name ends otherwise, the table does not fit into a worksheet, or the disk refuses.
    """
    suffix = check_suffix(path)
    table = wide_table(frame) if wide else frame
    if suffix == ".csv":
        write_atomically(path, csv_text(table).encode())
    else:
        _write_worksheet(table, Path(path), sheet)


def _write_worksheet(table: pd.DataFrame, path: Path, title: str) -> None:
    _check_fits(table, path)
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    sheet.freeze_panes = "B2"
    sheet.append([str(name) for name in table.columns])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in table.astype(object).where(table.notna(), None).itertuples(index=False):
        sheet.append(list(row))
    for position, name in enumerate(table.columns, start=1):
        longest = max([len(str(name)), *table[name].astype(str).str.len()])
        sheet.column_dimensions[get_column_letter(position)].width = min(longest, _WIDEST_COLUMN) + 2
    save_workbook(workbook, path)


def _check_fits(table: pd.DataFrame, path: Path) -> None:
    if len(table) >= _SHEET_ROWS:
        raise WriteError(f"{path}: {len(table):,} rows do not fit into a worksheet; write a .csv file instead.")
    for name in table.select_dtypes(include=["str", "object"]).columns:
        for row, text in enumerate(table[name].astype(str)):
            if len(text) > _CELL_CHARACTERS or ILLEGAL_CHARACTERS_RE.search(text):
                raise WriteError(
                    f"{path}: {name} of row {row + 2} ({text[:40]!r}) is too long for a cell or holds a control"
                    " character; write a .csv file instead."
                )
