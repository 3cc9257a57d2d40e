"""Which analyte each level is of, and its unit: converted at the door to the one that carpk keeps for the analyte."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings
from carpk.io.columns import Meaning, recognize_analyte
from carpk.io.kinds import WRONG, LevelKind, log_conversions, log_names, name_of, refuse_unlike_units
from carpk.io.levels import Levels
from carpk.io.mapping import Mapping, Reading
from carpk.io.names import unit_of
from carpk.io.sheet import Field, Table, Words
from carpk.io.spellings import BY_DIMENSION, MATRICES, compact
from carpk.io.vectors import text_of
from carpk.terms import analyte
from carpk.units import conversion_factor, copies_per_ug, parse_unit

_ALSO_KEPT = frozenset({("car_t_qpcr", "copies per volume"), ("car_t_ddpcr", "copies per volume")})
"""Dimensions in which an analyte is reported too, and which convert into no other: the unit given is kept."""


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
    default = mapping.matrix
    return words.renamed(
        [MATRICES.get(compact(word), word) if word else MATRICES.get(compact(default), default) for word in words.words]
    )


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
    given = given or _defaults(key, given, mapping).unit
    if given:
        key = BY_DIMENSION.get((key, parse_unit(given).dimension), key)
    elif not unit_text:
        findings.error(
            "UNIT_MISSING",
            f"The unit of {name!r} is not given. Put it into the column's name, as in (copies/ug), or into the "
            f'settings: [analytes.{key}] unit = "...".',
            table.place,
            row=row,
            column=column.name,
        )
    matrix = named.matrix or column.meaning.matrix or matrix or "blood"
    kind = LevelKind(key, matrix, given, given, 1.0, "", np.nan, np.nan, at)
    own = Reading(lloq=named.lloq, uloq=named.uloq)
    return _with_limits(_with_conversion(kind, mapping), own, _defaults(key, given, mapping))


def _given_unit(unit_text: str, named: Meaning, column: Field, row: int, table: Table, findings: Findings) -> str:
    """Return the unit that the file gives: in its unit column, the analyte's name or the column's; they must agree."""
    said = {name_of(table, "analyte"): named.unit, column.name: column.meaning.unit}
    said |= {each.name: each.meaning.unit for role in ("lloq", "uloq") for each in table.all(role)}
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


def _defaults(key: str, unit: str, mapping: Mapping) -> Reading:
    """Find the settings' reading of an analyte, under its key or any of its names."""
    general = {key, BY_DIMENSION.get((key, parse_unit(unit).dimension), key)} if unit else {key}
    for name, reading in mapping.analytes.items():
        known = recognize_analyte(name).analyte
        if name in general or known in general or (not unit and key == "car_t" and known.startswith("car_t")):
            return reading
    return Reading()


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
    return replace(kind, unit=wanted, factor=conversion_factor(unit.name, wanted), dimension=unit.dimension)


def _with_limits(kind: LevelKind, own: Reading, defaults: Reading) -> LevelKind:
    """Bring the limits of the analyte's name, else of the settings, into the unit kept."""
    factor = kind.factor
    if defaults.unit and kind.unit not in ("", WRONG) and parse_unit(defaults.unit).dimension == kind.dimension:
        factor = conversion_factor(defaults.unit, kind.unit)
    lloq, uloq = (
        mine * kind.factor if mine is not None else np.nan if other is None else other * factor
        for mine, other in ((own.lloq, defaults.lloq), (own.uloq, defaults.uloq))
    )
    return replace(kind, lloq=lloq, uloq=uloq)


def _converted(levels: Levels, kinds: list[LevelKind], codes: NDArray[np.intp]) -> Levels:
    """Multiply levels and limits once, and fill in the settings' limits."""
    values, lloq, uloq = levels.values, levels.lloq, levels.uloq
    if any(kind.factor != 1 for kind in kinds):
        factors = np.array([kind.factor for kind in kinds])[codes]
        values, lloq, uloq = values * factors, lloq * factors, uloq * factors
    lower = np.array([kind.lloq for kind in kinds])[codes]
    upper = np.array([kind.uloq for kind in kinds])[codes]
    return replace(
        levels,
        values=values,
        lloq=np.where(np.isnan(lloq), lower, lloq),
        uloq=np.where(np.isnan(uloq), upper, uloq),
    )
