"""Long or wide: which column holds what, whatever the layout.

Every layout ends as the same thing, a `Table` whose ``level`` columns each hold levels. A long table has one of them,
and other columns say analyte and time. A wide table has one per visit, one per marker, or both (two header rows); each
then says its own analyte or visit.
"""

from dataclasses import replace

import numpy as np

from carpk.errors import did_you_mean
from carpk.io.checks import Findings, Place, rows_in_words
from carpk.io.column_checks import (
    TIMED,
    refuse_near_misses,
    refuse_same_meaning,
    refuse_scaled,
    refuse_twins,
    refuse_unclear_visits,
    refuse_unknown_car_t,
    refuse_unread_limits,
    require,
)
from carpk.io.columns import Meaning, known_names, mean, recognize, recognize_analyte, recognize_of_event
from carpk.io.doubtful_names import unknown_marker
from carpk.io.header import Column, split_header
from carpk.io.limits import refuse_shared_limits
from carpk.io.mapping import Mapping, Reading
from carpk.io.sheet import Field, Sheet, Table
from carpk.io.spellings import DIMENSIONS
from carpk.io.statuses import holds_statuses
from carpk.io.time_columns import refuse_unclear_times, settle_columns
from carpk.io.visits import read_bare_visit
from carpk.units import parse_unit

_WITH_UNIT = ("level", "time", "nominal_time", "end_time", "weight", "dose")
_SAMPLES_ONLY = (
    "level", "nominal_time", "visit", "timepoint", "lloq", "uloq", "blq", "status", "unit", "analyte", "matrix",
    "exclusion", "result_text",
)  # fmt: skip
_ENDS = ("end_time", "end_date")
_NOT_IN = {
    "samples": _ENDS,
    "subjects": (*_SAMPLES_ONLY, *_ENDS, "time", "date", "clock", "detail", "event", "grade", "time_unit", "row"),
    "events": (*_SAMPLES_ONLY, "event_time", "event_date", "row"),
}
"""Roles that a column cannot have in a table; it is then a covariate."""


def lay_out(sheet: Sheet, kind: str, mapping: Mapping, findings: Findings) -> Table:
    """Understand the columns of one sheet.

    Parameters
    ----------
    sheet : Sheet
        Cells as they stand.
    kind : {"samples", "subjects", "events"}
        What the table is about.
    mapping : Mapping
        The user's words for columns that carpk would not understand.
    findings : Findings
        Gets whatever is wrong.
    """
    split = split_header(sheet, findings)
    if split is None:
        return Table(sheet.place, (), np.empty(0, np.int64))
    columns, rows = split
    if not len(rows):
        findings.error("FILE_EMPTY", "There is a header but no row of data.", sheet.place)
    table = understand(columns, rows, sheet.place, kind, mapping, findings)
    positions = {column.name: column.position for column in columns}
    subject = table.one("subject")
    if subject is not None:
        doubtful = sorted(
            row for row, column in sheet.doubtful_ids if column == positions[subject.name] and row in rows
        )
        if doubtful:
            findings.error(
                "ID_AS_NUMBER",
                f"Subject ids are stored as numbers and shown with other digits ({rows_in_words(doubtful)}). "
                "Format the column as text and type the ids again.",
                sheet.place,
                row=doubtful[0],
                column=subject.name,
            )
    return table


def understand(
    columns: list[Column], rows: np.ndarray, place: Place, kind: str, mapping: Mapping, findings: Findings
) -> Table:
    """Give every column its meaning, and say what is missing, doubled or nearly known.

    Parameters are those of `lay_out`; `rows` numbers the lines of the body.
    """
    named = _drop_row_names(columns, place, findings)
    refuse_twins(named, place, findings)
    meanings = [_meaning(column, kind, place, mapping, findings) for column in named]
    meanings = settle_columns(named, meanings, kind, place, mapping, findings)
    if kind == "samples":
        meanings = _bare_visits(named, meanings, mapping)
        meanings = _unknown_markers(named, meanings, mapping)
        meanings = _one_plain_level(named, meanings, place, findings)
    fields = [Field(column.name, meaning, column.cells) for column, meaning in zip(named, meanings, strict=True)]
    refuse_same_meaning(fields, place, findings)
    refuse_unclear_visits(fields, place, mapping, findings)
    refuse_scaled(fields, place, mapping, findings)
    refuse_unknown_car_t(fields, place, mapping, findings)
    refuse_unread_limits(named, fields, kind, place, mapping, findings)
    refuse_shared_limits(fields, place, findings)
    refuse_unclear_times(fields, kind, place, mapping, findings)
    suggested = require(fields, kind, place, findings)
    refuse_near_misses(fields, suggested, place, mapping, findings)
    for each in fields:
        if each.meaning.role == "ignore":
            findings.note("COLUMN_IGNORED", f"{_where(place)}column {each.name!r} was left aside, as the settings say.")
    kept = tuple(each for each in fields if each.meaning.role != "ignore")
    return Table(place, kept, rows, tuple(column.name for column in named))


def _where(place: Place) -> str:
    return f"{place.file}{f', sheet {place.sheet!r}' if place.sheet else ''}: "


def _drop_row_names(columns: list[Column], place: Place, findings: Findings) -> list[Column]:
    """Leave aside a first column that only counts the rows; refuse other columns without a name."""
    kept = []
    for column in columns:
        if column.name:
            kept.append(column)
        elif column.position == 0 and [str(cell) for cell in column.cells] == [
            str(count) for count in range(1, len(column.cells) + 1)
        ]:
            findings.note("COLUMN_IGNORED", f"{_where(place)}the first column only counts the rows.")
        else:
            findings.error("COLUMN_NAMELESS", f"Column {column.position + 1} holds data and has no name.", place, row=1)
    return kept


def _meaning(column: Column, kind: str, place: Place, mapping: Mapping, findings: Findings) -> Meaning:
    """Say what one column is: the settings first, then its name."""
    name = column.name
    meant = mapping.columns.get(name)
    if isinstance(meant, Reading):
        said = recognize(name)
        lloq = said.lloq if meant.lloq is None else meant.lloq
        uloq = said.uloq if meant.uloq is None else meant.uloq
        key = recognize_analyte(meant.analyte).analyte
        return Meaning("level", meant.unit or said.unit, key, lloq=lloq, uloq=uloq, visit=said.visit)
    if isinstance(meant, str):
        meaning = mean(name, meant)
        if meaning is None:
            hint = did_you_mean(meant, known_names())
            findings.error("SETTINGS_UNKNOWN", f"[columns]: carpk has no column {meant!r}.{hint}", place, column=name)
            return Meaning("ignore")
        return _with_checked_unit(meaning, name, place, findings)
    if column.meaning is not None and column.meaning.visit in mapping.visits:
        upper = name.partition(" / ")[0]
        known = recognize(upper)
        return replace(
            known if known.role in ("time", "date") else recognize_analyte(upper), visit=column.meaning.visit
        )
    if name in mapping.visits and kind == "samples":
        return Meaning("level", visit=name)
    meaning = column.meaning or (recognize_of_event(name) if kind == "events" else recognize(name))
    if meaning.role in _NOT_IN[kind] or (meaning.role == "status" and not holds_statuses(column.cells)):
        return Meaning("covariate", name=name.strip())
    return _with_checked_unit(meaning, name, place, findings)


def _with_checked_unit(meaning: Meaning, name: str, place: Place, findings: Findings) -> Meaning:
    """Refuse what stands where a unit should, and is none or one of something else."""
    if meaning.unread and meaning.role in _WITH_UNIT:
        findings.error(
            "UNIT_UNKNOWN",
            f"{meaning.unread!r} in the column's name is not a unit that carpk knows, or a second one. Write e.g. "
            "(pg/mL) or (copies/ug), or map the column in the settings.",
            place,
            row=1,
            column=name,
        )
    allowed = DIMENSIONS.get(meaning.role)
    if allowed and meaning.unit and parse_unit(meaning.unit).dimension not in allowed:
        findings.error(
            "UNIT_WRONG", f"{meaning.unit!r} is no unit of {meaning.role.replace('_', ' ')}.", place, row=1, column=name
        )
        return replace(meaning, unit="")
    return meaning


def _bare_visits(columns: list[Column], meanings: list[Meaning], mapping: Mapping) -> list[Meaning]:
    """Take names that are only numbers as days, where there are several and no other column says the time."""
    bare = [read_bare_visit(column.name, "day") is not None for column in columns]
    if sum(bare) < 2 or any(meaning.role in TIMED for meaning in meanings):
        return meanings
    return [
        Meaning("level", visit=column.name) if is_bare and column.name not in mapping.columns else meaning
        for column, meaning, is_bare in zip(columns, meanings, bare, strict=True)
    ]


def _unknown_markers(columns: list[Column], meanings: list[Meaning], mapping: Mapping) -> list[Meaning]:
    """Take names with a unit of levels, in a table of one column per marker, as markers that carpk does not know."""
    is_long = any(
        meaning.role == "analyte" or (meaning.role == "level" and not meaning.analyte) for meaning in meanings
    )
    if is_long:
        return meanings
    return [
        (meaning.role == "covariate" and column.name not in mapping.columns and unknown_marker(column.name)) or meaning
        for column, meaning in zip(columns, meanings, strict=True)
    ]


def _one_plain_level(columns: list[Column], meanings: list[Meaning], place: Place, findings: Findings) -> list[Meaning]:
    """Settle what a column called `value` or `conc` is where other columns are levels of a named marker."""
    has_analytes = any(meaning.role == "analyte" for meaning in meanings)
    marked = [
        column.name
        for column, meaning in zip(columns, meanings, strict=True)
        if meaning.analyte and meaning.role == "level"
    ]
    if has_analytes and marked:
        findings.error(
            "LAYOUT_UNCLEAR",
            f"There is a column that names analytes, and {marked[0]!r} is a column of one analyte's levels. "
            "Say under [columns] in the settings which is meant, e.g. "
            f'"{marked[0]}" = "covariate" or "ignore".',
            place,
            row=1,
            column=marked[0],
        )
    visits = [meaning.visit for meaning in meanings if meaning.role == "level" and meaning.visit]
    for column, meaning in zip(columns, meanings, strict=True):
        if visits and meaning.role in TIMED and not meaning.visit:
            findings.error(
                "LAYOUT_UNCLEAR",
                f"There are columns of visits ({visits[0]!r}), and this column says times too. Say under [columns] in "
                f'the settings which is meant, e.g. "{column.name}" = "covariate".',
                place,
                row=1,
                column=column.name,
            )
    if not marked or has_analytes:
        return meanings
    return [
        replace(meaning, analyte="concentration") if meaning.role == "level" and not meaning.analyte else meaning
        for meaning in meanings
    ]
