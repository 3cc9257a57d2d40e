"""Statuses and exclusions that the file states itself."""

import numpy as np
from numpy.typing import NDArray

from carpk.io.cells import CellError, plain_word, read_level
from carpk.io.checks import Findings
from carpk.io.levels import QUANTIFIED
from carpk.io.sheet import Cells, Table, Words
from carpk.io.vectors import words_of
from carpk.schema import STATUSES

_STATUS_NAMES = tuple(STATUSES)
_YES = frozenset(["1", "y", "yes", "true", "x", "是"])
_NO = frozenset(["0", "n", "no", "false", "否"])
_UNCLEAR = frozenset(
    {
        "na", "n/a", "n.a.", "none", "nan", "null", "nil", "-", "--", "\u2013", "\u2014", "/", ".", "?", "unknown",
        "keep", "kept", "include", "included", "in", "use", "used", "not excluded", "no exclusion", "not applicable",
        "ok", "valid", "无", "保留", "未排除", "不适用", "不排除",
    }
)  # fmt: skip


def status_of(word: str) -> str | None:
    """Return the status that a cell of a status column says: empty for none, None where it is not understood.

    Examples
    --------
    >>> status_of("Quantified"), status_of("BLQ"), status_of("ongoing")
    ('quantified', 'blq', None)
    """
    plain = plain_word(word)
    if plain.replace(" ", "_") in ("", *_STATUS_NAMES):
        return plain.replace(" ", "_")
    try:
        said = read_level(plain, {})
    except CellError:
        return None
    return {"blq": "blq", "not_detected": "not_detected", "above_uloq": "above_uloq"}.get(said.kind)


def holds_statuses(cells: Cells) -> bool:
    """Whether a column called status speaks of levels (not, say, of patients): at least one cell is a known status."""
    return cells.dtype == object and any(status_of(word) for word in Words.of(cells).words)


def given_statuses(
    table: Table, repeats: int, status: NDArray[np.int8], values: NDArray[np.float64], findings: Findings
) -> NDArray[np.int8]:
    """Let a status column, as carpk's own tables have, decide where it says something."""
    column = table.one("status")
    if column is None:
        return status
    words = Words.of(column.cells)
    said = [status_of(word) for word in words.words]
    for position in np.flatnonzero(np.array([word is None for word in said])[words.codes]):
        text = str(column.cells[position])
        findings.error(
            "FLAG_NOT_UNDERSTOOD",
            f"{text!r} is no status of a level that carpk knows; write one of {list(_STATUS_NAMES)}.",
            table.place, row=int(table.rows[position]), column=column.name, value=text,
        )  # fmt: skip
    codes = np.repeat(
        np.array([_STATUS_NAMES.index(word) if word else -1 for word in said], np.int8)[words.codes], repeats
    )
    rows = np.repeat(table.rows, repeats)
    for position in np.flatnonzero((codes == QUANTIFIED) & np.isnan(values)):
        findings.error(
            "STATUS_CONFLICT", "The sample is called quantified and has no level.", table.place,
            row=int(rows[position]), column=column.name,
        )  # fmt: skip
    return np.where(codes >= 0, codes, status)


def exclusions(table: Table, repeats: int, findings: Findings) -> Words:
    """Why the file excludes samples: its own words, or that it says so.

    A column that says no anywhere is one of yes and no, and takes no other words. Words such as N/A or keep are refused
    everywhere: whether they exclude is not certain.
    """
    column = table.one("exclusion")
    if column is None:
        return Words.constant("", len(table) * repeats)
    words = words_of(column, len(table))
    plain = [plain_word(word) for word in words.words]
    is_flag = any(word in _NO for word in plain)
    meant = []
    for code, (word, form) in enumerate(zip(words.words, plain, strict=True)):
        says_yes = form in _YES
        meant.append(
            "" if not form or form in _NO else f"Excluded in the file (column {column.name!r})." if says_yes else word
        )
        if form and form not in _NO and not says_yes and (is_flag or form in _UNCLEAR):
            for row in table.rows[words.codes == code]:
                findings.error(
                    "FLAG_NOT_UNDERSTOOD",
                    f"Does {word!r} exclude the sample? Write Y or the reason where it does, nothing or N elsewhere.",
                    table.place, row=int(row), column=column.name, value=word,
                )  # fmt: skip
    return words.renamed(meant).repeated(repeats)
