"""Statuses and exclusions that the file states itself."""

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings
from carpk.io.levels import QUANTIFIED
from carpk.io.sheet import Table, Words
from carpk.io.vectors import text_of
from carpk.schema import STATUSES

_STATUS_NAMES = tuple(STATUSES)


def given_statuses(
    table: Table, repeats: int, status: NDArray[np.int8], values: NDArray[np.float64], findings: Findings
) -> NDArray[np.int8]:
    """Let a status column, as carpk's own tables have, decide where it says something."""
    column = table.one("status")
    if column is None:
        return status
    words = Words.of(column.cells).repeated(repeats)
    codes = np.array([_STATUS_NAMES.index(word) if word else -1 for word in words.words], np.int8)[words.codes]
    rows = np.repeat(table.rows, repeats)
    for position in np.flatnonzero((codes == QUANTIFIED) & np.isnan(values)):
        findings.error(
            "STATUS_CONFLICT", "The sample is called quantified and has no level.", table.place,
            row=int(rows[position]), column=column.name,
        )  # fmt: skip
    return np.where(codes >= 0, codes, status)


def exclusions(table: Table, repeats: int) -> Words:
    """Why the file excludes samples: its own words, or that it says so."""
    column = table.one("exclusion")
    if column is None:
        return Words.constant("", len(table) * repeats)
    words = Words.of(text_of(column, len(table)))
    meant = []
    for word in words.words:
        plain = word.casefold()
        says_no = plain in ("", "0", "n", "no", "false", "否")
        says_yes = plain in ("1", "y", "yes", "true", "x", "是")
        meant.append("" if says_no else f"Excluded in the file (column {column.name!r})." if says_yes else word)
    return words.renamed(meant).repeated(repeats)


def status_words(status: NDArray[np.int8]) -> np.ndarray:
    """Return the statuses as text."""
    return np.array(_STATUS_NAMES, dtype=object)[status]
