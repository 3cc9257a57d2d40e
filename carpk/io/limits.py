"""Limits of quantification, and flags of levels below them: which column of levels each belongs to."""

import re

import numpy as np
from numpy.typing import NDArray

from carpk.io.cells import CellError, Level, read_level, says_below_limit
from carpk.io.checks import Findings, Place
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Table, Words
from carpk.io.spellings import BY_DIMENSION, compact
from carpk.io.vectors import BLQ, MISSING, ND, NOT_DETECTED, NUMBER, LevelCells, read_flags, read_numbers
from carpk.units import find_unit

_ROLES = ("lloq", "uloq", "blq")
_KIND_CODES = {"blq": BLQ, "not_detected": NOT_DETECTED, "nd": ND}
_REMARKS = re.compile(r"flag|result|text|comment|remark|note|qualif|备注|结果|说明")
_OTHER_UNITS = "pcorres"  # the one text of a result that may stand in another unit than the level


def own_column(table: Table, role: str, level: Field) -> Field | None:
    """Return the column of limits or flags that belongs to a column of levels: that of its marker, else the general."""
    levels = table.all("level")
    named = [each for each in table.all(role) if each.meaning.analyte and _is_in(level, _levels_of(each, levels))]
    general = (each for each in table.all(role) if not each.meaning.analyte)
    return named[0] if named else next(general, None)


def limits_of(
    role: str, table: Table, columns: list[Field], mapping: Mapping, findings: Findings
) -> NDArray[np.float64]:
    """Limits by row (a column of their own) or by column of levels (in its name), (n, k)."""
    limits = np.full((len(table), len(columns)), np.nan)
    read: dict[str, NDArray[np.float64]] = {}
    for position, level in enumerate(columns):
        column, in_name = own_column(table, role, level), getattr(level.meaning, role)
        in_name = np.nan if in_name is None else in_name
        if column is None:
            limits[:, position] = in_name
            continue
        if column.name not in read:
            read[column.name] = _positive(column, table, mapping, findings)
        given = read[column.name]
        limits[:, position] = np.where(np.isnan(given), in_name, given)
    return limits


def _positive(column: Field, table: Table, mapping: Mapping, findings: Findings) -> NDArray[np.float64]:
    numbers = read_numbers(_without_dashes(column), table, mapping, findings)
    for position in np.flatnonzero(numbers.values <= 0):
        findings.error(
            "LIMIT_NOT_POSITIVE",
            f"The limit is {numbers.values[position]:g}; it must be positive, or empty where it is unknown.",
            table.place,
            row=int(table.rows[position]),
            column=column.name,
        )
    return numbers.values


def _without_dashes(column: Field) -> Field:
    """Take N/A and dashes in a column of limits as no limit; nothing else can be meant there."""
    if column.cells.dtype == np.float64:
        return column
    words = Words.of(column.cells)
    none = {"na", "n/a", "n.a.", "none", "-", "--", "/", "not applicable", "\u65e0", "\u4e0d\u9002\u7528"}
    cells = words.renamed(["" if word.strip().casefold() in none else word for word in words.words]).text()
    return Field(column.name, column.meaning, cells)


def flags_of(table: Table, columns: list[Field], cells: list[LevelCells], findings: Findings) -> NDArray[np.bool_]:
    """Levels that a column of flags, or the text of the result beside the number, says are below the limit, (n, k)."""
    flagged = np.zeros((len(table), len(columns)), bool)
    read: dict[str, NDArray[np.bool_]] = {}
    for position, level in enumerate(columns):
        column = own_column(table, "blq", level)
        if column is not None:
            if column.name not in read:
                read[column.name] = read_flags(column, table, findings)
            flagged[:, position] = read[column.name]
    if len(columns) == 1:
        for text in table.all("result_text"):
            said = np.isin(_read_texts(text)[0], list(_KIND_CODES.values()))
            flagged[:, 0] |= said & (cells[0].kinds == NUMBER)
    return flagged


def with_texts(cells: LevelCells, table: Table, columns: list[Field], findings: Findings) -> LevelCells:
    """Fill empty levels from the text of the result, as in CDISC's PCSTRESC."""
    kinds, limits = cells.kinds.copy(), cells.limits.copy()
    if len(columns) == 1:
        for text in table.all("result_text"):
            said, stated, is_number = _read_texts(text)
            empty = kinds == MISSING
            for position in np.flatnonzero(empty & is_number):
                _tell_elsewhere(text, position, columns[0], table, findings)
            if compact(text.name).startswith(_OTHER_UNITS):
                stated = np.full(len(stated), np.nan)
            _refuse_above(cells.values, stated, text, columns[0], table, findings)
            told = (empty & (said >= 0)) | ((kinds == NUMBER) & ~np.isnan(stated))
            kinds = np.where(told, said, kinds).astype(np.int8)
            limits = np.where(told, stated, limits)
    return LevelCells(kinds, cells.values, limits)


_QUALIFIERS = frozenset(("<", ">", "<=", ">=", "\u2264", "\u2265", "\uff1c", "\uff1e", "~"))


def refuse_qualifiers(table: Table, columns: list[Field], findings: Findings) -> None:
    """Refuse a column that holds a ``<`` or ``>`` of its own beside the numbers: alone they are other levels."""
    if not columns:
        return
    for other in table.all("covariate"):
        if other.cells.dtype != object:
            continue
        for position in np.flatnonzero([str(cell).strip() in _QUALIFIERS for cell in other.cells]):
            findings.error(
                "FLAG_CONFLICT",
                f"{str(other.cells[position]).strip()!r} stands apart from its level in column {columns[0].name!r}."
                " Write both in one cell, such as <50.",
                table.place, row=int(table.rows[position]), column=other.name,
            )  # fmt: skip


def refuse_lost(cells: list[LevelCells], table: Table, columns: list[Field], findings: Findings) -> None:
    """Refuse rows with an empty level that say in a column unknown to carpk that a level is below the limit."""
    if table.one("status") is not None or table.all("blq"):
        return
    empty = np.array([each.kinds == MISSING for each in cells])
    if not empty.any():
        return
    for other in table.all("covariate"):
        if other.cells.dtype != object:
            continue
        words = Words.of(other.cells)
        is_remark = bool(_REMARKS.search(other.name.casefold()))
        said = np.array([says_below_limit(word, certainly=not is_remark) for word in words.words], bool)[words.codes]
        for position in np.flatnonzero(empty.any(axis=0) & said):
            _tell_elsewhere(other, position, columns[int(np.argmax(empty[:, position]))], table, findings)


def _refuse_above(
    values: NDArray[np.float64],
    stated: NDArray[np.float64],
    text: Field,
    level: Field,
    table: Table,
    findings: Findings,
) -> None:
    """Refuse numbers above the limit that the text of the result says they are below."""
    with np.errstate(invalid="ignore"):
        above = values > stated
    for position in np.flatnonzero(above):
        findings.error(
            "FLAG_CONFLICT",
            f"The level is {values[position]:g}, and column {text.name!r} says {text.cells[position]!r}. "
            "Correct one of them.",
            table.place, row=int(table.rows[position]), column=level.name,
        )  # fmt: skip


def _read_texts(column: Field) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.bool_]]:
    """Read a column beside the levels: kind of a level below a limit (else -1), its limit, whether it is a number."""
    words = Words.of(column.cells)
    levels = [_level(word) for word in words.words]
    kinds = np.array([_KIND_CODES.get(level.kind, -1) for level in levels], np.int8)
    limits = np.array([level.limit for level in levels])
    numbers = np.array([level.kind in ("number", "above_uloq") for level in levels], bool)
    return kinds[words.codes], limits[words.codes], numbers[words.codes]


def _level(word: str) -> Level:
    try:
        return read_level(word, {})
    except CellError:
        return Level("bad")


def _tell_elsewhere(other: Field, position: np.integer, level: Field, table: Table, findings: Findings) -> None:
    text = str(other.cells[position])
    roles = '"covariate"' if other.meaning.role == "result_text" else '"result_text" or "covariate"'
    findings.error(
        "VALUE_NOT_UNDERSTOOD",
        f"The level is empty, and column {other.name!r} says {text!r}. Write it into the column of levels, or say what "
        f'the column is under [columns] in the settings: "{other.name}" = {roles}.',
        table.place, row=int(table.rows[position]), column=level.name, value=text,
    )  # fmt: skip


def refuse_shared_limits(fields: list[Field], place: Place, findings: Findings) -> None:
    """Refuse a limit or flag that several markers would share, or whose marker has no column of levels."""
    levels = [each for each in fields if each.meaning.role == "level"]
    for role in _ROLES:
        columns = [each for each in fields if each.meaning.role == role]
        for column in columns:
            mine = _levels_of(column, levels)
            if column.meaning.analyte and levels and not mine:
                findings.error(
                    "COLUMN_RESEMBLES",
                    f"The column speaks of a limit of quantification, and no column holds levels of "
                    f"{column.meaning.analyte!r}. Say under [columns] in the settings what it is: "
                    f'"{column.name}" = "{role}" or "covariate".',
                    place, row=1, column=column.name,
                )  # fmt: skip
            elif column.meaning.analyte:
                _refuse_sharing(column, mine, place, findings)
            elif any(str(cell).strip() not in ("", "nan") for cell in column.cells):
                named = [each for each in columns if each.meaning.analyte]
                owned = [level.name for each in named for level in _levels_of(each, levels)]
                sharing = [level for level in levels if level.name not in owned]
                _refuse_sharing(column, sharing, place, findings)
                if levels and not sharing:
                    findings.error(
                        "LAYOUT_UNCLEAR",
                        f"{named[0].name!r} says the limit of the same levels. Say under [columns] in the settings "
                        f'which one counts, e.g. "{column.name}" = "covariate".',
                        place, row=1, column=column.name,
                    )  # fmt: skip


def _refuse_sharing(column: Field, levels: list[Field], place: Place, findings: Findings) -> None:
    markers = {_marker(level): level.name for level in levels}
    is_flag = column.meaning.role == "blq"
    if len(markers) > 1 or (is_flag and len(levels) > 1):
        shown = " and ".join(repr(level.name) for level in levels[:2])
        mend = (
            f'Write BLQ into the cells of the levels, or call the column after its marker, as "CAR-T {column.name}".'
            if is_flag
            else f'Call it after its marker, as "CAR-T {column.name}", or write the limit into the name of the levels, '
            f'as "CAR-T (copies/ug; {column.meaning.role.upper()} 50)".'
        )
        findings.error(
            "LAYOUT_UNCLEAR",
            f"The column does not say whether it belongs to {shown}. {mend}",
            place, row=1, column=column.name,
        )  # fmt: skip


def _marker(level: Field) -> str:
    return _in_unit(level.meaning.analyte, level)


def _is_in(level: Field, levels: list[Field]) -> bool:
    return any(each is level for each in levels)


def _levels_of(column: Field, levels: list[Field]) -> list[Field]:
    """Columns of levels that a column of limits or flags is about: all where it names no marker.

    A more general name (CAR-T) is that of the levels called so; where none are, the unit tells which it means.
    """
    mine = column.meaning.analyte
    if not mine:
        return levels
    called_so = [level for level in levels if level.meaning.analyte and compact(level.meaning.analyte) == compact(mine)]
    return called_so or [level for level in levels if _in_unit(mine, level) == _marker(level)]


def _in_unit(analyte: str, level: Field) -> str:
    unit = find_unit(level.meaning.unit)
    key = BY_DIMENSION.get((analyte, unit.dimension), analyte) if unit else analyte
    return compact(key) or key
