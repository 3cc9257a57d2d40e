"""Kinds of level, by analyte, unit and matrix: what keeps them from meeting, and what the log says of them."""

import itertools
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings, Place
from carpk.io.doubtful_names import near_analyte
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Table, Words
from carpk.io.spellings import compact
from carpk.terms import ANALYTES, analyte
from carpk.units import parse_unit

Rows = NDArray[np.int64]

WRONG = "?"
"""Stands for the unit of levels that are refused."""


@dataclass(frozen=True, slots=True)
class LevelKind:
    """Levels of one analyte as the file names it, in one unit, one matrix and one column: what becomes of them.

    Attributes
    ----------
    analyte, matrix : str
        Key of the analyte, name of the matrix.
    given, unit : str
        Unit in the file, and unit kept; `WRONG` where the analyte is not measured in it.
    factor, zero : float
        A level kept is (level given - zero) * factor.
    dimension : str
        Of the unit kept; empty where the unit is unknown.
    lloq, uloq : float
        Limits from the settings, in the unit kept.
    where : int
        Position of the first of these levels.
    """

    analyte: str
    matrix: str
    given: str
    unit: str
    factor: float
    dimension: str
    lloq: float
    uloq: float
    where: int
    zero: float = 0.0


def same_spelling(text: str) -> str:
    """Bring a name that carpk does not know to the form in which two spellings of it are one: no case, no blanks.

    A hyphen within a word goes too, but not behind a CD number, where it means negative.
    """
    plain = re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text).casefold())
    return plain if re.search(r"cd\d|[()\[\],]", plain) else re.sub(r"(?<=\w)[-\u2010-\u2015](?=\w)", "", plain)


def one_spelling(names: Words) -> Words:
    """Give names of analytes that differ only in case, blanks and hyphens their first spelling: TNFa and TNF-a."""
    seen: dict[str, str] = {}
    return names.renamed([seen.setdefault(same_spelling(name), name) for name in names.words])


def name_of(table: Table, role: str) -> str:
    """Return the name of the column of a role, empty where there is none."""
    column = table.one(role)
    return column.name if column is not None else ""


def refuse_unlike_units(kinds: list[LevelKind], names: list[str], rows: Rows, table: Table, findings: Findings) -> None:
    """Refuse units that do not convert into each other, in one analyte and matrix or under one name of the file."""
    first_of: dict[tuple[str, str], tuple[LevelKind, str]] = {}
    mixed: dict[str, set[str]] = {}
    for kind, name in sorted(zip(kinds, names, strict=True), key=lambda each: each[0].where):
        if not kind.dimension:
            continue
        by_key = first_of.setdefault((kind.analyte, kind.matrix), (kind, name))[0]
        by_name = first_of.setdefault((f"named {compact(name)}", kind.matrix), (kind, name))[0]
        first = by_name if by_name.analyte != kind.analyte else by_key
        if first.dimension != kind.dimension:
            _tell_unlike(first, kind, name, rows, table, findings)
        elif kind.unit == WRONG and first is kind:
            _tell_wrong(kind, rows, table, findings)
        elif first.given != kind.given:
            mixed.setdefault(f"{kind.analyte} ({kind.matrix})", {first.given}).add(kind.given)
    for what, units in mixed.items():
        shown = " and ".join(sorted(units))
        findings.warn("UNITS_MIXED", f"{what} is in {shown}; all were converted to one unit.", table.place)


def _tell_unlike(first: LevelKind, kind: LevelKind, name: str, rows: Rows, table: Table, findings: Findings) -> None:
    findings.error(
        "UNITS_DIFFER",
        f"{name!r} is in {first.given!r} (row {rows[first.where]}) and in {kind.given!r} (row {rows[kind.where]}); "
        "these do not convert into each other. Give them two names, or correct the unit.",
        table.place,
        row=int(rows[kind.where]),
        column=name_of(table, "unit"),
        value=kind.given,
    )


def _tell_wrong(kind: LevelKind, rows: Rows, table: Table, findings: Findings) -> None:
    known, measured = analyte(kind.analyte), parse_unit(kind.given).dimension
    findings.error(
        "UNIT_WRONG",
        f"{known.label} is measured in {known.unit} or the like; {kind.given!r} measures {measured}.",
        table.place,
        row=int(rows[kind.where]),
        column=name_of(table, "unit"),
        value=kind.given,
    )


def log_conversions(kinds: list[LevelKind], codes: NDArray[np.intp], mapping: Mapping, findings: Findings) -> None:
    """Log how many levels of each analyte were converted, from what, and by which factor."""
    counts = np.bincount(codes, minlength=len(kinds))
    totals: dict[tuple[str, str, str, float, float], int] = {}
    for kind, count in zip(kinds, counts, strict=True):
        same = (kind.analyte, kind.given, kind.unit, kind.zero, kind.factor)
        totals[same] = totals.get(same, 0) + int(count)
    for (key, given, unit, zero, factor), count in totals.items():
        if given in ("", unit) or unit == WRONG:
            continue
        minus = f"minus {zero:.10g}, " if zero else ""
        by = f", at {mapping.pg_per_cell:g} pg DNA per cell" if given == "copies/cell" else ""
        findings.note(
            "UNIT_CONVERTED",
            f"{key}: {count} levels from {given} to {unit}, {minus}times {factor:.10g}{by}.",
            analyte=key,
        )


def log_names(
    table: Table, columns: list[Field], names: Words, kinds: list[LevelKind], mapping: Mapping, findings: Findings
) -> None:
    """Log which name of the file became which analyte; refuse two names of one CAR-T analyte."""
    became: dict[str, list[str]] = {}
    for kind in kinds:
        name = names.words[names.codes[kind.where]]
        if name not in became.setdefault(kind.analyte, []):
            became[kind.analyte].append(name)
    _warn_of_alike(kinds, table, findings)
    by_column = any(column.meaning.analyte for column in columns)
    explained = {*mapping.analytes, *(column.meaning.analyte for column in columns if column.name in mapping.columns)}
    for key, listed in became.items():
        if table.one("analyte") is None and not by_column and key != "concentration":
            findings.note(
                "ANALYTE_ASSUMED", f"The levels were taken as {analyte(key).label}, from their unit.", analyte=key
            )
        if len({compact(name) for name in listed}) > 1 and not by_column:
            message = f"{' and '.join(repr(name) for name in listed)} are both read as {key}."
            if key in ANALYTES and ANALYTES[key].role == "car_t":
                findings.error(
                    "ANALYTE_TWICE",
                    f"{message} Give one of them a name of its own.",
                    table.place,
                    column=name_of(table, "analyte"),
                )
            else:
                findings.warn("ANALYTE_TWICE", message, table.place)
        nearly = "" if key in explained else near_analyte(key)
        if nearly:
            findings.error(
                "ANALYTE_RESEMBLES",
                f"{key!r} is no analyte that carpk knows. Did you mean {nearly!r}? If it is another one, give it a "
                f'table of its own in the settings: [analytes."{key}"].',
                table.place,
                column=name_of(table, "analyte"),
                value=key,
            )
        if not by_column and table.one("analyte") is not None and listed != [key]:
            findings.note(
                "COLUMN_READ",
                f"Analyte {' and '.join(repr(name) for name in listed)} is {analyte(key).label}.",
                analyte=key,
            )


def _warn_of_alike(kinds: list[LevelKind], table: Table, findings: Findings) -> None:
    """Tell of unknown analytes of nearly one name."""
    unknown = sorted({kind.analyte for kind in kinds} - set(ANALYTES))
    for one, other in itertools.combinations(unknown, 2):
        if _are_alike(one, other):
            findings.warn(
                "ANALYTES_ALIKE", f"{one!r} and {other!r} are read as two analytes. Are they one?", table.place
            )


def _are_alike(one: str, other: str) -> bool:
    """Whether two names differ only in signs and in how alpha, beta and gamma are written."""

    def plain(text: str) -> str:
        text = unicodedata.normalize("NFKC", text).casefold()
        for greek, latin in (
            ("\u03b1", "a"),
            ("\u03b2", "b"),
            ("\u03b3", "g"),
            ("alpha", "a"),
            ("beta", "b"),
            ("gamma", "g"),
        ):
            text = text.replace(greek, latin)
        return compact(text)

    return plain(one) == plain(other)


def warn_of_matrices(subjects: Words, analytes: Words, matrices: Words, place: Place, findings: Findings) -> None:
    """Tell where a subject has one analyte in several matrices: each of them is a profile of its own."""
    if len(matrices.words) < 2:
        return
    pairs = (subjects.codes * len(analytes.words) + analytes.codes).astype(np.int64)
    triples = np.unique(np.column_stack([pairs, matrices.codes]), axis=0)
    several, counts = np.unique(triples[:, 0], return_counts=True)
    found: dict[str, set[str]] = {}
    for pair in several[counts > 1]:
        mine = triples[triples[:, 0] == pair, 1]
        found.setdefault(analytes.words[pair % len(analytes.words)], set()).update(
            matrices.words[code] for code in mine
        )
    for key, names in found.items():
        shown = " and ".join(sorted(names))
        findings.warn("MATRICES_SEVERAL", f"{key} was measured in {shown}; each is a profile of its own.", place)
