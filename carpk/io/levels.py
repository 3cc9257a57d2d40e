"""What each level is: quantified, below or above its limits, missing or left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings, rows_in_words
from carpk.io.limits import flags_of, limits_of, refuse_lost, refuse_qualifiers, with_texts
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Table, Words
from carpk.io.vectors import (
    ABOVE,
    BAD,
    BLQ,
    MISSING,
    ND,
    NOT_DETECTED,
    NUMBER,
    LevelCells,
    read_levels,
)  # fmt: skip
from carpk.schema import STATUSES

QUANTIFIED, STATUS_BLQ, STATUS_NOT_DETECTED, ABOVE_ULOQ, STATUS_MISSING, EXCLUDED = range(len(STATUSES))


@dataclass(slots=True)
class Levels:
    """Levels of n rows by k columns, row by row, in the units given.

    Attributes
    ----------
    kinds : ndarray of int
        What each cell says: position in `cells.KINDS`.
    values : ndarray
        The numbers, NaN where there is none.
    lloq, uloq : ndarray
        Limits that the file gives, NaN where it gives none.
    flagged : ndarray of bool
        A flag column says that the level is below the limit.
    """

    kinds: NDArray[np.int8]
    values: NDArray[np.float64]
    lloq: NDArray[np.float64]
    uloq: NDArray[np.float64]
    flagged: NDArray[np.bool_]


def read_all_levels(table: Table, columns: list[Field], mapping: Mapping, findings: Findings) -> Levels:
    """Read the cells of all columns of levels, with the limits and flags that stand beside them."""
    cells = [read_levels(column, table, mapping, findings) for column in columns]
    cells = [with_texts(each, table, columns, findings) for each in cells]
    refuse_qualifiers(table, columns, findings)
    refuse_lost(cells, table, columns, findings)
    lloq = limits_of("lloq", table, columns, mapping, findings)
    uloq = limits_of("uloq", table, columns, mapping, findings)
    return Levels(
        _interleaved([each.kinds for each in cells]),
        _interleaved([each.values for each in cells]),
        _with_cell_limits(lloq, cells, BLQ, "lloq", table, columns, findings),
        _with_cell_limits(uloq, cells, ABOVE, "uloq", table, columns, findings),
        flags_of(table, columns, cells, findings).ravel(),
    )


def _interleaved(columns: "list[np.ndarray]") -> np.ndarray:
    return np.stack(columns, axis=1).ravel()


def _with_cell_limits(
    limits: NDArray[np.float64],
    cells: list[LevelCells],
    kind: int,
    role: str,
    table: Table,
    columns: list[Field],
    findings: Findings,
) -> NDArray[np.float64]:
    """Take x of ``<x`` as the limit where none is given; refuse it where it disagrees."""
    for position, each in enumerate(cells):
        stated = np.where(each.kinds == kind, each.limits, np.nan)
        given = limits[:, position]
        for row in np.flatnonzero(~np.isnan(stated) & ~np.isnan(given) & (stated != given)):
            sign = "<" if kind == BLQ else ">"
            text = str(columns[position].cells[row])
            findings.error(
                "LIMIT_CONFLICT",
                f"{text!r} says that the {role.upper()} is {stated[row]:g}, the file says {given[row]:g}. "
                f"Correct one of them, or write {sign}{role.upper()}.",
                table.place,
                row=int(table.rows[row]),
                column=columns[position].name,
                value=text,
            )
        limits[:, position] = np.where(np.isnan(given), stated, given)
    return limits.ravel()


def settle_statuses(
    levels: Levels,
    analytes: Words,
    car_t: NDArray[np.bool_],
    rows: NDArray[np.int64],
    table: Table,
    columns: list[Field],
    findings: Findings,
) -> NDArray[np.int8]:
    """Say of every level which of `schema.STATUSES` it has, as positions in that list.

    Parameters
    ----------
    levels : Levels
        In one unit an analyte, limits included.
    analytes : Words
        Analyte of every level.
    car_t : ndarray of bool
        Whether the level is one of CAR-T cells, where ND means not detected.
    rows : ndarray of int
        Row of every level in the file.
    table, columns, findings
        Where the levels stand, and where to say what is wrong or odd.
    """
    with np.errstate(invalid="ignore"):
        number = levels.kinds == NUMBER
        zero = number & (levels.values == 0) & np.isnan(levels.lloq)
        below = number & (levels.values < levels.lloq) & ~(levels.values < 0)  # a negative level is a fault, not BLQ
        negative = number & (levels.values < 0)
        above = number & (levels.values > levels.uloq)
        contradicted = levels.flagged & number & (levels.values > levels.lloq)
    _refuse(contradicted, rows, levels, table, columns, findings)
    status = np.full(len(levels.kinds), QUANTIFIED, np.int8)
    status[zero | below | (levels.flagged & ~(levels.kinds == MISSING) & ~negative)] = STATUS_BLQ
    status[above] = ABOVE_ULOQ
    for kind, meant in (
        (BLQ, STATUS_BLQ),
        (NOT_DETECTED, STATUS_NOT_DETECTED),
        (ABOVE, ABOVE_ULOQ),
        (MISSING, STATUS_MISSING),
    ):
        status[levels.kinds == kind] = meant
    status[(levels.kinds == MISSING) & levels.flagged] = STATUS_BLQ
    status[levels.kinds == BAD] = STATUS_MISSING
    _read_nd(levels, status, car_t, rows, table, columns, findings)
    place = table.place
    _count(
        zero,
        "ZERO_AS_BLQ",
        "zeros without a limit of quantification were read as below an unknown limit",
        analytes,
        rows,
        findings,
    )
    _count(
        below, "BELOW_OWN_LLOQ", "numbers below their own LLOQ were read as below the limit", analytes, rows, findings
    )
    _count(
        above, "ABOVE_OWN_ULOQ", "numbers above their own ULOQ were read as above the limit", analytes, rows, findings
    )
    _count(
        _below_others(levels, analytes, number), "BELOW_OTHER_LLOQ",
        "numbers without a limit lie below every limit that other samples state; they count as quantified",
        analytes, rows, findings,
    )  # fmt: skip
    unknown = (status == STATUS_BLQ) & np.isnan(levels.lloq) & ~zero
    _count(
        unknown,
        "LLOQ_UNKNOWN",
        "levels below the limit of quantification came without the limit",
        analytes,
        rows,
        findings,
    )
    with np.errstate(invalid="ignore"):
        crossed = levels.uloq <= levels.lloq
    for row in np.unique(rows[crossed]):
        findings.error(
            "LIMIT_NOT_POSITIVE", "The upper limit of quantification is not above the lower one.", place, row=int(row)
        )
    return status


def _below_others(levels: Levels, analytes: Words, number: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find numbers above zero without a limit that lie below every limit stated for their analyte."""
    least = np.full(len(analytes.words), np.inf)
    stated = ~np.isnan(levels.lloq)
    np.minimum.at(least, analytes.codes[stated], levels.lloq[stated])
    with np.errstate(invalid="ignore"):
        small = (levels.values > 0) & (levels.values < least[analytes.codes]) & ~stated & number
    return np.asarray(small & np.isfinite(least)[analytes.codes])


def _refuse(
    contradicted: NDArray[np.bool_],
    rows: NDArray[np.int64],
    levels: Levels,
    table: Table,
    columns: list[Field],
    findings: Findings,
) -> None:
    for position in np.flatnonzero(contradicted):
        findings.error(
            "FLAG_CONFLICT",
            f"The level {levels.values[position]:g} is flagged as below the limit of quantification of "
            f"{levels.lloq[position]:g}, and is above it.",
            table.place,
            row=int(rows[position]),
            column=columns[position % len(columns)].name,
        )


def _read_nd(
    levels: Levels,
    status: NDArray[np.int8],
    car_t: NDArray[np.bool_],
    rows: NDArray[np.int64],
    table: Table,
    columns: list[Field],
    findings: Findings,
) -> None:
    """Read ND as not detected for CAR-T levels; elsewhere it may mean not done, so it is refused."""
    said = levels.kinds == ND
    status[said] = STATUS_NOT_DETECTED
    if (said & car_t).any():
        where = rows_in_words(rows[said & car_t])
        findings.warn(
            "ND_READ", f"ND was read as not detected in {(said & car_t).sum()} CAR-T levels ({where}).", table.place
        )
    for position in np.flatnonzero(said & ~car_t):
        column = columns[position % len(columns)]
        said_so = str(column.cells[position // len(columns)]).strip()
        findings.error(
            "VALUE_NOT_UNDERSTOOD",
            f"{said_so!r} may mean not detected or not done. Say which under [values] in the settings: "
            f'"{said_so}" = "not_detected" or "missing".',
            table.place,
            row=int(rows[position]),
            column=column.name,
            value=said_so,
        )


def _count(
    chosen: NDArray[np.bool_], code: str, words: str, analytes: Words, rows: NDArray[np.int64], findings: Findings
) -> None:
    """Log how many levels of each analyte a rule concerned, with their first rows."""
    if not chosen.any():
        return
    for analyte in dict.fromkeys(analytes.words):
        mine = chosen & (analytes.codes == analytes.words.index(analyte))
        if mine.any():
            findings.note(code, f"{analyte}: {mine.sum()} {words} ({rows_in_words(rows[mine])}).", analyte=analyte)
