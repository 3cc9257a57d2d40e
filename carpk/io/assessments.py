"""Scores, grades, stages, ticks, serology and doses: rows of a long table whose analyte is an assessment."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carpk.assessments import ASSESSMENTS, SLEDAI_ITEMS, fault_of
from carpk.errors import did_you_mean
from carpk.io.assessment_units import conversion_to_kept_unit
from carpk.io.assessment_words import assessment_of, normal_limit
from carpk.io.cells import CellError, plain_word, read_flag, read_level, read_number
from carpk.io.checks import Findings, rows_in_words
from carpk.io.mapping import Mapping
from carpk.io.odd_times import check_times
from carpk.io.sheet import Field, Table, Words
from carpk.io.stage_words import stage_of
from carpk.io.times import require_times, sample_times
from carpk.io.vectors import Moments, read_numbers, text_of
from carpk.schema import ASSESSMENTS as COLUMNS
from carpk.schema import conform

_POSITIVE = frozenset(("positive", "pos", "pos.", "\u9633\u6027"))
_ABSENT = frozenset(("absent", "\u65e0"))
_PRESENT = frozenset(("present", "\u6709"))
_NOT_DONE = frozenset(
    (
        "na",
        "n/a",
        "n.a.",
        "nd",
        "n.d.",
        "not done",
        "missing",
        "none",
        "-",
        "--",
        ".",
        "nan",
        "\u672a\u505a",
        "\u7f3a\u5931",
    )
)
"""What can only mean that a score, grade, tick or dose is not given; of a level it could mean below the limit too."""


def assessment_rows(samples: Table, mapping: Mapping) -> NDArray[np.bool_]:
    """Find the rows of a long table whose analyte is an assessment; not those that the settings call an analyte."""
    named = samples.one("analyte")
    if named is None or len(samples.all("level")) != 1:
        return np.zeros(len(samples), bool)
    words = Words.of(text_of(named, len(samples)))
    chosen = [word not in mapping.analytes and bool(assessment_of(word)[0]) for word in words.words]
    return np.array(chosen, bool)[words.codes]


def read_assessments(
    table: Table, ids: Words, infusion: Moments | None, unit: str, mapping: Mapping, findings: Findings
) -> pd.DataFrame:
    """Read a long table of assessments.

    Parameters
    ----------
    table : Table
        One row an assessment: its analyte column names it.
    ids : Words
        Subject of every row.
    infusion : Moments or None
        Date of the infusion for every row, where known.
    unit : str
        The study's unit of time.
    mapping, findings
        As everywhere.

    Returns
    -------
    DataFrame
        Columns as in carpk.schema.ASSESSMENTS.
    """
    levels, named = table.all("level"), table.one("analyte")
    if len(levels) != 1 or named is None:
        findings.error(
            "LAYOUT_UNCLEAR",
            "A table of assessments is long: one row an assessment, with the columns subject, assessment, time, value "
            "and, where needed, unit.",
            table.place,
            row=1,
        )
        return conform(pd.DataFrame(index=pd.RangeIndex(0)), COLUMNS)
    times = sample_times(table, levels, infusion, unit, mapping, findings)
    require_times(times, table.rows, table, infusion is not None, findings)
    check_times(times, table.rows, unit, table, mapping, findings)
    kinds, codes = _different(table, named, levels[0])
    read = _read_all(kinds, codes, table, levels[0], mapping, findings)
    _log_conversions(kinds, read, findings)
    factor = np.array([each.factor for each in read])[codes]
    limits = {name: _normal_limits(table, name, mapping, findings) * factor for name in ("lln", "uln")}
    frame = pd.DataFrame(
        {
            "subject": ids.text(),
            "assessment": np.array([each.key for each in read], object)[codes],
            "time": times.time,
            "nominal_time": times.nominal,
            "visit": times.visit.text(),
            "value": np.array([each.value for each in read])[codes],
            "text": np.array([each.text for each in read], object)[codes],
            **limits,
            "unit": np.array([each.unit for each in read], object)[codes],
            "row": table.rows,
        }
    )
    return conform(frame, COLUMNS)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows that say the same of one assessment: its word, what the cell says, its unit."""

    word: str
    cell: str
    unit: str


@dataclass(frozen=True, slots=True)
class _Result:
    """What such rows mean."""

    key: str
    value: float = np.nan
    text: str = ""
    unit: str = ""
    factor: float = 1.0


def _different(table: Table, named: Field, level: Field) -> tuple[list[_Kind], NDArray[np.intp]]:
    """Find the different combinations of assessment, cell and unit, and which one every row has."""
    parts = [Words.of(text_of(column, len(table))) for column in (named, level, table.one("unit"))]
    combined = np.zeros(len(table), np.int64)
    for part in parts:
        combined = combined * max(1, len(part.words)) + part.codes
    _, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    kinds = [_Kind(*(part.words[part.codes[at]] for part in parts)) for at in first]
    return kinds, codes.ravel()


def _read_all(
    kinds: list[_Kind], codes: NDArray[np.intp], table: Table, level: Field, mapping: Mapping, findings: Findings
) -> list[_Result]:
    """Read every kind once, and refuse with all its rows what cannot be."""
    read = []
    for number, kind in enumerate(kinds):
        try:
            read.append(_read(kind, level.meaning.unit, mapping))
        except CellError as wrong:
            rows = table.rows[codes == number]
            where = f" ({rows_in_words(rows)})" if len(rows) > 1 else ""
            message = f"{kind.word}, {kind.cell!r}{where}: {wrong}"
            findings.error(wrong.code, message, table.place, row=int(rows[0]), column=level.name, value=kind.cell)
            read.append(_Result(""))
    return read


def _read(kind: _Kind, unit_of_column: str, mapping: Mapping) -> _Result:
    """Read one cell of one assessment in one unit."""
    key, unit_of_word = assessment_of(kind.word, plain=True)
    if not key:
        hint = did_you_mean(kind.word, ASSESSMENTS)
        raise CellError("ASSESSMENT_UNKNOWN", f"carpk knows no such assessment.{hint}")
    value, text = _cell(key, kind.cell, mapping)
    given = kind.unit or unit_of_word or unit_of_column
    unit, factor = conversion_to_kept_unit(key, given, needed=value == value)
    fault = fault_of(key, value * factor, text)
    if fault:
        raise CellError("ASSESSMENT_IMPOSSIBLE", fault)
    return _Result(key, value * factor, text, unit, factor)


def _log_conversions(kinds: list[_Kind], read: list[_Result], findings: Findings) -> None:
    made = {(each.key, kind.word, kind.unit): each for kind, each in zip(kinds, read, strict=True) if each.factor != 1}
    for (key, word, unit), each in made.items():
        given = f" in {unit}" if unit else ""
        findings.note("UNIT_CONVERTED", f"{word}{given}: to {each.unit}, times {each.factor:g}.", analyte=key)


def _cell(key: str, cell: str, mapping: Mapping) -> tuple[float, str]:
    """Read what a cell says of an assessment: a number, and a grade, word or qualifier."""
    known = ASSESSMENTS[key]
    word, meanings = plain_word(cell), {plain_word(each): meaning for each, meaning in mapping.values.items()}
    if known.kind == "grade":
        grade = cell.strip().upper()
        return np.nan, "" if _is_missing(key, cell, meanings, mapping) else grade
    if known.kind == "stage":
        return _stage(key, cell, meanings)
    if known.kind == "antibody" and word in _POSITIVE:
        return np.nan, "positive"
    if _is_missing(key, cell, meanings, mapping):
        return np.nan, ""
    if known.kind == "tick":
        return _tick(key, cell), ""
    if known.kind == "antibody" and word.startswith("1:"):
        return read_number(word[2:], mapping.decimal), ""
    said = read_level(cell, meanings, mapping.decimal)
    if said.kind == "number":
        return said.value, ""
    if said.kind in ("blq", "above_uloq") and said.limit == said.limit:
        return said.limit, "<" if said.kind == "blq" else ">"
    if known.kind == "antibody" and said.kind in ("blq", "not_detected"):
        return np.nan, "negative"
    raise CellError("VALUE_NOT_UNDERSTOOD", "this is not a number; write one, or leave the cell empty.")


def _stage(key: str, cell: str, meanings: dict[str, str]) -> tuple[float, str]:
    """Read a stage, of which "none" is a word; the settings may say that it means missing."""
    word, words = plain_word(cell), ASSESSMENTS[key].words
    if meanings.get(word) == "missing" or (word != "none" and (not word or word in _NOT_DONE)):
        return np.nan, ""
    place = stage_of(key, cell)
    return place, words[int(place)] if place in range(len(words)) else ""


def _is_missing(key: str, cell: str, meanings: dict[str, str], mapping: Mapping) -> bool:
    word = plain_word(cell)
    if ASSESSMENTS[key].kind not in ("antibody", "level") and word not in meanings:
        return not word or word in _NOT_DONE
    try:
        return read_level(cell, meanings, mapping.decimal).kind == "missing"
    except CellError:
        return False


def _tick(key: str, cell: str) -> float:
    """Read yes or no; an item of SLEDAI-2K may be given with its weight."""
    word = plain_word(cell)
    if word in _PRESENT or word in _ABSENT:
        return float(word in _PRESENT)
    if key in SLEDAI_ITEMS:
        try:
            number = read_number(cell)
        except CellError:
            return float(read_flag(cell))
        if number not in (0.0, 1.0, float(SLEDAI_ITEMS[key].weight)):
            raise CellError("ASSESSMENT_IMPOSSIBLE", f"an item is 0, 1 or its weight {SLEDAI_ITEMS[key].weight}.")
        return float(number > 0)
    return float(read_flag(cell))


def _normal_limits(table: Table, which: str, mapping: Mapping, findings: Findings) -> NDArray[np.float64]:
    for column in table.all("covariate"):
        if normal_limit(column.name) == which:
            return read_numbers(column, table, mapping, findings).values
    return np.full(len(table), np.nan)
