"""Which analyte each level is of, and its unit: converted at the door to the one that carpk keeps for the analyte."""

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carpk.errors import did_you_mean
from carpk.io.checks import Findings
from carpk.io.columns import Meaning, recognize_analyte
from carpk.io.doubtful_names import scaled
from carpk.io.kinds import (
    WRONG,
    LevelKind,
    log_conversions,
    log_names,
    name_of,
    one_spelling,
    refuse_unlike_units,
    same_spelling,
)
from carpk.io.levels import Levels
from carpk.io.limits import own_column
from carpk.io.mapping import Mapping, Reading
from carpk.io.names import unit_of
from carpk.io.sheet import Field, Table, Words
from carpk.io.spellings import BY_DIMENSION, MATRICES, compact
from carpk.io.vectors import text_of
from carpk.terms import ANALYTES, analyte
from carpk.units import conversion, copies_per_ug, parse_unit

_ALSO_KEPT = frozenset({("car_t_qpcr", "copies per volume"), ("car_t_ddpcr", "copies per volume")})
"""Dimensions in which an analyte is reported too, and which convert into no other: the unit given is kept."""


_BRACKETS = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]")


@dataclass(frozen=True, slots=True)
class Identity:
    """Analyte, matrix and unit of every level."""

    analyte: Words
    matrix: Words
    unit: Words


def identify(
    table: Table, columns: list[Field], levels: Levels, mapping: Mapping, findings: Findings
) -> tuple[Identity, Levels]:
    """Say what every level measures, and convert levels and limits to one unit an analyte.

    Parameters
    ----------
    table : Table
        The samples.
    columns : list of Field
        Its k columns of levels.
    levels : Levels
        In the units given.
    mapping : Mapping
        Units, limits, matrix and pg of DNA per cell where the file does not say them.
    findings : Findings
        Gets whatever is wrong, and the conversions made.
    """
    repeats = len(columns)
    names = _analyte_names(table, columns)
    names = one_spelling(names)
    units = _row_text(table, "unit", repeats)
    matrices = _matrices(table, repeats, mapping)
    column = np.tile(np.arange(repeats), len(table))
    combined = (
        (names.codes * len(units.words) + units.codes) * len(matrices.words) + matrices.codes
    ) * repeats + column
    different, first, codes = np.unique(combined, return_index=True, return_inverse=True)
    del different
    kinds = [
        _kind(
            names.words[names.codes[at]], units.words[units.codes[at]], matrices.words[matrices.codes[at]],
            columns[column[at]], int(at), repeats, table, mapping, findings,
        )
        for at in first
    ]  # fmt: skip
    rows = np.repeat(table.rows, repeats)
    refuse_unlike_units(kinds, [names.words[names.codes[kind.where]] for kind in kinds], rows, table, findings)
    _check_settings(kinds, mapping, table, findings)
    log_conversions(kinds, codes, mapping, findings)
    log_names(table, columns, names, kinds, mapping, findings)
    identity = Identity(
        Words.spread([kind.analyte for kind in kinds], codes),
        Words.spread([kind.matrix for kind in kinds], codes),
        Words.spread([kind.unit for kind in kinds], codes),
    )
    return identity, _converted(levels, kinds, codes)


def _analyte_names(table: Table, columns: list[Field]) -> Words:
    """Name of the analyte of every level as the file has it; that of its column, or of its row."""
    if any(column.meaning.analyte for column in columns) or table.one("analyte") is None:
        named = [column.meaning.analyte or "concentration" for column in columns]
        return Words.spread(named, np.tile(np.arange(len(columns)), len(table)))
    return _row_text(table, "analyte", len(columns))


def _row_text(table: Table, role: str, repeats: int) -> Words:
    return Words.of(text_of(table.one(role), len(table))).repeated(repeats)


def _matrices(table: Table, repeats: int, mapping: Mapping) -> Words:
    words = _row_text(table, "matrix", repeats)
    seen: dict[str, str] = {}
    return words.renamed([_matrix(word or mapping.matrix, seen) for word in words.words])


def _matrix(word: str, seen: dict[str, str]) -> str:
    """Name a matrix; one that carpk does not know keeps its first spelling."""
    plain = _BRACKETS.sub("", word)
    known = MATRICES.get(compact(word)) or MATRICES.get(compact(plain))
    return known or seen.setdefault(same_spelling(word), word)


def _kind(
    name: str, unit_text: str, matrix: str, column: Field, at: int, repeats: int, table: Table, mapping: Mapping,
    findings: Findings,
) -> LevelKind:  # fmt: skip
    """Settle analyte, unit and conversion of one kind of level."""
    named = recognize_analyte(name) if name else Meaning("level")
    row = int(table.rows[at // repeats])
    if not name:
        findings.error(
            "VALUE_NOT_UNDERSTOOD", "The analyte is not given.", table.place, row=row, column=name_of(table, "analyte")
        )
    given = _given_unit(unit_text, named, column, row, table, findings)
    key = named.analyte or name
    given = given or defaults_of(key, given, mapping).unit
    if given:
        key = BY_DIMENSION.get((key, parse_unit(given).dimension), key)
    elif not unit_text:
        _tell_unit_missing(name, key, column, row, table, findings)
    if name != column.meaning.analyte and scaled(name):
        findings.error(
            "COLUMN_SCALED",
            f"{scaled(name)!r} in the analyte's name says that the numbers are logarithms or multiples of the levels. "
            "Convert them to plain levels and correct the name.",
            table.place,
            row=row,
            column=name_of(table, "analyte"),
            value=name,
        )
    matrix = named.matrix or column.meaning.matrix or matrix or "blood"
    kind = LevelKind(key, matrix, given, given, 1.0, "", np.nan, np.nan, at)
    own = Reading(lloq=named.lloq, uloq=named.uloq)
    kind = _with_conversion(kind, mapping)
    return _with_limits(kind, own, defaults_of(key, given, mapping), table, column, findings)


def _tell_unit_missing(name: str, key: str, column: Field, row: int, table: Table, findings: Findings) -> None:
    """Refuse levels without a unit, those of a wide table's visits with one message."""
    what = "the levels" if name == "concentration" else repr(name)
    example = f"{'value' if column.meaning.visit else column.name} ({analyte(key).unit or 'copies/ug'})"
    message = (
        f"The unit of {what} is not given. Put it into the column's name, as in {example!r}, into a column 'unit', or "
        f'into the settings: [analytes.{key}] unit = "...".'
    )
    if message not in [found.message for found in findings.found]:
        findings.error("UNIT_MISSING", message, table.place, row=row, column=column.name)


def _given_unit(unit_text: str, named: Meaning, column: Field, row: int, table: Table, findings: Findings) -> str:
    """Return the unit that the file gives: in its unit column, the analyte's name or the column's; they must agree."""
    said = {name_of(table, "analyte"): named.unit, column.name: column.meaning.unit}
    limits = (own_column(table, role, column) for role in ("lloq", "uloq"))
    said |= {each.name: each.meaning.unit for each in limits if each is not None}
    if unit_text:
        known = unit_of(unit_text)
        if known is None:
            findings.error(
                "UNIT_UNKNOWN", f"{unit_text!r} is not a unit that carpk knows.", table.place, row=row,
                column=name_of(table, "unit"), value=unit_text,
            )  # fmt: skip
            return ""
        said = {name_of(table, "unit"): known.name, **said}
    units = {unit: where for where, unit in reversed(said.items()) if unit}
    if len(units) > 1:
        shown = " and ".join(f"{unit!r} in {where!r}" for unit, where in units.items())
        findings.error(
            "UNITS_DIFFER", f"The unit is {shown}; correct one of them.", table.place, row=row, column=column.name
        )
    return next((unit for unit in said.values() if unit), "")


def defaults_of(key: str, unit: str, mapping: Mapping) -> Reading:
    """Find the settings' reading of an analyte: under its key or a name of it, else under a more general name.

    ``[analytes.car_t]`` is the more general name of transgene, flow and percent; its limits count where its unit
    measures the same.
    """
    found = _setting_of(key, unit, mapping)
    return mapping.analytes[found] if found else Reading()


def _setting_of(key: str, unit: str, mapping: Mapping) -> str:
    dimension = parse_unit(unit).dimension if unit else ""
    mine = {key, BY_DIMENSION.get((key, dimension), key)}
    general = ""
    for name, reading in mapping.analytes.items():
        known = recognize_analyte(name).analyte
        if name in mine or known in mine or (not unit and key == "car_t" and known.startswith("car_t")):
            return name
        is_alike = not reading.unit or parse_unit(reading.unit).dimension == dimension
        if unit and is_alike and BY_DIMENSION.get((known, dimension)) in mine:
            general = general or name
    return general


def _check_settings(kinds: list[LevelKind], mapping: Mapping, table: Table, findings: Findings) -> None:
    """Refuse a limit of the settings that would count for unlike analytes; tell of settings that concern nothing."""
    for name, reading in mapping.analytes.items():
        mine = [kind for kind in kinds if kind.unit and _setting_of(kind.analyte, kind.given, mapping) == name]
        has_limit = reading.lloq is not None or reading.uloq is not None
        if has_limit and not reading.unit and len({kind.dimension for kind in mine}) > 1:
            units = " and ".join(sorted({kind.given for kind in mine}))
            findings.error(
                "SETTINGS_UNKNOWN",
                f"[analytes.{name}] gives a limit without a unit, and its levels are in {units}. Add the unit.",
                table.place,
            )
        if not mine and not any(kind.analyte == name or not kind.unit for kind in kinds):
            present = sorted({kind.analyte for kind in kinds})
            message = (
                f"[analytes.{name}]: the data have no such analyte; they have {present}.{did_you_mean(name, present)}"
            )
            if recognize_analyte(name).analyte in ANALYTES:
                findings.warn("SETTINGS_UNUSED", message, table.place)
            else:
                findings.error("SETTINGS_UNKNOWN", message, table.place)


def _with_conversion(kind: LevelKind, mapping: Mapping) -> LevelKind:
    """Find the unit to keep and the factor into it."""
    if not kind.given:
        return kind
    unit = parse_unit(kind.given)
    wanted = analyte(kind.analyte).unit
    if not wanted or unit.name == wanted or (kind.analyte, unit.dimension) in _ALSO_KEPT:
        return replace(kind, unit=unit.name, dimension=unit.dimension)
    if unit.dimension == "copies per cell" and wanted == "copies/ug":
        factor = copies_per_ug(1.0, pg_per_cell=mapping.pg_per_cell)
        return replace(kind, unit=wanted, factor=factor, dimension=parse_unit(wanted).dimension)
    if unit.dimension != parse_unit(wanted).dimension:
        return replace(kind, unit=WRONG, dimension=unit.dimension)
    zero, factor = conversion(unit.name, wanted)
    return replace(kind, unit=wanted, zero=zero, factor=factor, dimension=unit.dimension)


def _with_limits(
    kind: LevelKind, own: Reading, defaults: Reading, table: Table, column: Field, findings: Findings
) -> LevelKind:
    """Bring the limits of the analyte's name, else of the settings, into the unit kept."""
    zero, factor = kind.zero, kind.factor
    has_limit = defaults.lloq is not None or defaults.uloq is not None
    if defaults.unit and kind.unit not in ("", WRONG):
        if parse_unit(defaults.unit).dimension == kind.dimension:
            zero, factor = conversion(defaults.unit, kind.unit)
        elif has_limit and defaults.unit != kind.given:
            findings.error(
                "UNITS_DIFFER",
                f"The settings give limits of {kind.analyte} in {defaults.unit!r}, and its levels are in "
                f"{kind.given!r}; these do not convert into each other.",
                table.place,
                row=int(table.rows[0]),
                column=column.name,
            )
    lloq, uloq = (
        (mine - kind.zero) * kind.factor if mine is not None else np.nan if other is None else (other - zero) * factor
        for mine, other in ((own.lloq, defaults.lloq), (own.uloq, defaults.uloq))
    )
    return replace(kind, lloq=lloq, uloq=uloq)


def _converted(levels: Levels, kinds: list[LevelKind], codes: NDArray[np.intp]) -> Levels:
    """Convert levels and limits once, and fill in the settings' limits."""
    values, lloq, uloq = levels.values, levels.lloq, levels.uloq
    if any(kind.factor != 1 for kind in kinds):
        factor = np.array([kind.factor for kind in kinds])[codes]
        zero = np.array([kind.zero for kind in kinds])[codes]
        values, lloq, uloq = ((each - zero) * factor for each in (values, lloq, uloq))
    lower = np.array([kind.lloq for kind in kinds])[codes]
    upper = np.array([kind.uloq for kind in kinds])[codes]
    return replace(
        levels,
        values=values,
        lloq=np.where(np.isnan(lloq), lower, lloq),
        uloq=np.where(np.isnan(uloq), upper, uloq),
    )
