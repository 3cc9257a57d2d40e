"""A plain DataFrame as a table: numbers stay numbers, everything else becomes text cells."""

from typing import Any

import numpy as np
import pandas as pd

from carpk.io.cells import number_text
from carpk.io.checks import Findings, Place
from carpk.io.header import Column
from carpk.io.layout import understand
from carpk.io.mapping import Mapping
from carpk.io.sheet import Cells, Table

_EXACT = 2**53


def frame_table(frame: pd.DataFrame, mapping: Mapping, findings: Findings) -> Table:
    """Understand the columns of a DataFrame; rows are numbered from 0.

    Parameters
    ----------
    frame : DataFrame
        Read, never written into.
    mapping, findings
        As in `layout.lay_out`.
    """
    columns = [
        Column(str(name).strip(), _cells(frame.iloc[:, position], mapping.decimal), position)
        for position, name in enumerate(frame.columns)
    ]
    place = Place("DataFrame")
    if not len(frame):
        findings.error("FILE_EMPTY", "The DataFrame has no rows.", place)
    return understand(columns, np.arange(len(frame), dtype=np.int64), place, "samples", mapping, findings)


def _cells(column: "pd.Series[Any]", decimal: str) -> Cells:
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.map({True: "true", False: "false"}).astype(object).fillna("").to_numpy(object)
    if pd.api.types.is_integer_dtype(column.dtype) and len(column) and column.abs().max() >= _EXACT:
        return column.astype(str).to_numpy(object)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(np.float64, na_value=np.nan)
    codes, different = pd.factorize(column)
    texts = np.array([*(_text(each, decimal) for each in different), ""], dtype=object)
    return texts[codes]  # missing is code -1, the empty text at the end


def _text(value: object, decimal: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, pd.Timestamp | np.datetime64):
        stamp = pd.Timestamp(value)
        return stamp.isoformat() if stamp != stamp.normalize() else stamp.date().isoformat()
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return number_text(float(value), decimal)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
