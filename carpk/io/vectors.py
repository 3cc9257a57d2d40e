"""A whole column of cells at a time: each different text is parsed once, each fault is told with its row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carpk.io.cells import KINDS, CellError, Level, plain_word, read_flag, read_level, read_number
from carpk.io.checks import Findings, Place
from carpk.io.dates import Moment, read_moment
from carpk.io.mapping import Mapping
from carpk.io.sheet import Cells, Field, Table, Words
from carpk.io.visits import Visit, read_visit

T = TypeVar("T")

_SECONDS_PER_DAY = 86_400.0

NUMBER, BLQ, NOT_DETECTED, ND, ABOVE, MISSING, BAD = range(len(KINDS))
"""Positions in `cells.KINDS`."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers: NaN where a cell is empty, and where it is `bad` (already among the findings)."""

    values: NDArray[np.float64]
    bad: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LevelCells:
    """A column of levels: what each cell says (position in KINDS), its number, and the x of ``<x`` or ``>x``."""

    kinds: NDArray[np.int8]
    values: NDArray[np.float64]
    limits: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """A column of dates: seconds since 1970 (NaN where empty), and whether each has a clock time and a zone.

    `offset` is how far each one's zone is ahead of UTC [s]; 0 where it has none.
    """

    seconds: NDArray[np.float64]
    has_clock: NDArray[np.bool_]
    has_zone: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    offset: NDArray[np.float64]

    @property
    def days(self) -> NDArray[np.float64]:
        """Day of the local calendar of each, counted from 1970."""
        return np.floor((self.seconds + self.offset) / _SECONDS_PER_DAY)


def read_numbers(column: Field, table: Table, mapping: Mapping, findings: Findings) -> Numbers:
    """Read a column that must hold numbers; the user's words for missing are allowed, unless they are numbers."""
    cells = column.cells
    if cells.dtype == np.float64:
        bad = np.isinf(cells)
        _tell(bad, column, table.place, table.rows, "VALUE_INFINITE", "The number is infinite.", findings)
        return Numbers(np.where(bad, np.nan, cells), bad)
    empty = {plain_word(word) for word, meaning in mapping.values.items() if meaning == "missing"}

    def parse(text: str) -> float:
        word = plain_word(text)
        return (
            np.nan
            if not word or (word in empty and _as_number(word, mapping) is None)
            else read_number(text, mapping.decimal)
        )

    codes, parsed, faulty = _each_different(column, table.place, table.rows, parse, findings)
    values = np.array([np.nan if number is None else number for number in parsed])
    return Numbers(values[codes], faulty[codes])


def read_levels(column: Field, table: Table, mapping: Mapping, findings: Findings) -> LevelCells:
    """Read a column of levels: numbers, words for below the limit, ``<50``, ``>5000``, nothing."""
    cells = column.cells
    if cells.dtype == np.float64:
        bad = np.isinf(cells)
        _tell(bad, column, table.place, table.rows, "VALUE_INFINITE", "The level is infinite.", findings)
        kinds = np.where(bad, BAD, np.where(np.isnan(cells), MISSING, NUMBER)).astype(np.int8)
        values = np.where(bad, np.nan, cells)
        for word, meaning in mapping.values.items():
            meant = cells == _as_number(word, mapping)
            kinds[meant], values[meant] = KINDS.index(meaning), np.nan
        return LevelCells(kinds, values, np.full(len(cells), np.nan))
    meanings = {plain_word(word): meaning for word, meaning in mapping.values.items()}

    def parse(text: str) -> Level:
        return read_level(text, meanings, mapping.decimal)

    codes, parsed, _ = _each_different(column, table.place, table.rows, parse, findings)
    levels = [level or Level("bad") for level in parsed]
    kinds = np.array([KINDS.index(level.kind) for level in levels], np.int8)
    values = np.array([level.value for level in levels])
    limits = np.array([level.limit for level in levels])
    return LevelCells(kinds[codes], values[codes], limits[codes])


def _as_number(word: str, mapping: Mapping) -> float | None:
    try:
        return read_number(word, mapping.decimal)
    except CellError:
        return None


def read_flags(column: Field, table: Table, findings: Findings) -> NDArray[np.bool_]:
    """Read a column of yes and no."""
    cells = column.cells
    if cells.dtype == np.float64:
        bad = ~(np.isnan(cells) | (cells == 0) | (cells == 1))
        _tell(bad, column, table.place, table.rows, "FLAG_NOT_UNDERSTOOD", "A flag is 1 or 0.", findings)
        return np.asarray(cells == 1)
    codes, parsed, _ = _each_different(column, table.place, table.rows, read_flag, findings)
    return np.array([bool(flag) for flag in parsed])[codes]


def read_moments(column: Field, clock: Field | None, table: Table, mapping: Mapping, findings: Findings) -> Moments:
    """Read a column of dates, with the clock times of a second column where there is one."""
    words = Words.of(column.cells)
    if clock is not None:
        joined = [
            f"{date.strip()} {time.strip()}" if date.strip() and time.strip() else date
            for date, time in zip(words.text(), Words.of(clock.cells).text(), strict=True)
        ]
        words = Words.of(np.array(joined, dtype=object))

    def parse(text: str) -> Moment | None:
        return read_moment(text, mapping.date_format) if text.strip() else None

    texts = Field(column.name, column.meaning, words.text())
    codes, parsed, faulty = _each_different(texts, table.place, table.rows, parse, findings)
    epoch = pd.Timestamp(0)
    seconds = np.array([np.nan if each is None else (pd.Timestamp(each.at) - epoch).total_seconds() for each in parsed])
    clocks = np.array([each is not None and each.has_clock for each in parsed], bool)
    zones = np.array([each is not None and each.has_zone for each in parsed], bool)
    offsets = np.array([0.0 if each is None else each.offset for each in parsed])
    return Moments(seconds[codes], clocks[codes], zones[codes], faulty[codes], offsets[codes])


def visit_times(words: Words, mapping: Mapping) -> list[Visit | None]:
    """Planned time of every different visit label; the settings' own labels come first, in the study's unit ("")."""
    return [Visit(mapping.visits[word], "") if word in mapping.visits else read_visit(word) for word in words.words]


def _each_different(
    column: Field, place: Place, rows: NDArray[np.int64], parse: Callable[[str], T | None], findings: Findings
) -> tuple[NDArray[np.intp], list[T | None], NDArray[np.bool_]]:
    """Parse every different text once; tell each row in which a faulty one stands."""
    words = Words.of(column.cells)
    parsed: list[T | None] = []
    faulty = np.zeros(len(words.words), bool)
    for code, text in enumerate(words.words):
        try:
            parsed.append(parse(text))
        except CellError as problem:
            parsed.append(None)
            faulty[code] = True
            for row in rows[words.codes == code]:
                findings.error(problem.code, str(problem), place, row=int(row), column=column.name, value=text)
    return words.codes, parsed, faulty


def _tell(
    bad: NDArray[np.bool_],
    column: Field,
    place: Place,
    rows: NDArray[np.int64],
    code: str,
    message: str,
    findings: Findings,
) -> None:
    for position in np.flatnonzero(bad):
        value = str(column.cells[position])
        findings.error(code, f"{value}: {message}", place, row=int(rows[position]), column=column.name, value=value)


def words_of(column: Field | None, rows: int) -> Words:
    """Return a column's words without blanks around them, or the empty word where there is no such column."""
    if column is None:
        return Words.constant("", rows)
    words = Words.of(column.cells)
    return words.renamed([word.strip() for word in words.words])


def text_of(column: Field | None, rows: int) -> Cells:
    """Return a column's text without blanks around it, or empty text where there is no such column."""
    return words_of(column, rows).text()
