"""The unit that all times of a study are kept in, and whether the times look as if they were in another."""

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings, Place
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Table, Words
from carpk.units import conversion_factor, find_unit

_HOURS_A_DAY = 24
_A_WEEK_OF_HOURS = 168
_THREE_YEARS = 3 * 365.25
_TWO_DAYS = 2.0
_MOST, _NEARLY_ALL = 0.6, 0.8
_ENOUGH = 3


def study_time_unit(tables: list[Table], mapping: Mapping, given: str, findings: Findings) -> str:
    """Settle the unit of every time in the study: that of the actual times, else of the planned ones.

    Parameters
    ----------
    tables : list of Table
        The table of samples, if it could be read.
    mapping : Mapping
        May declare the unit.
    given : str
        Unit to take where neither file nor settings say one.
    findings : Findings
        Gets a conflict.
    """
    said = _stated(tables, "time", findings)
    declared = mapping.time_unit or (given if given != "day" else "")
    if declared:
        said.setdefault(declared, "the settings")
    if len(said) > 1:
        pairs = " and ".join(f"{unit!r} in {name!r}" for unit, name in said.items())
        findings.error(
            "TIME_UNITS_DIFFER",
            f"Times are in {pairs}; give all in one unit.",
            tables[0].place if tables else Place(""),
            row=1,
        )
    planned = {} if said else _stated(tables, "nominal_time", findings)
    return next(iter(said or planned), "day")


def _stated(tables: list[Table], role: str, findings: Findings) -> dict[str, str]:
    """Return unit -> column that states it, for the columns of one role and the column of units."""
    said: dict[str, str] = {}
    for table in tables:
        for column in table.all(role):
            if column.meaning.unit:
                said.setdefault(column.meaning.unit, column.name)
        unit_column = table.one("time_unit")
        for word in Words.of(unit_column.cells).words if unit_column else []:
            unit = find_unit(word)
            if unit is not None and unit.dimension == "time":
                said.setdefault(unit.name, unit_column.name if unit_column else "")
            elif role == "time":
                findings.error(
                    "UNIT_UNKNOWN",
                    f"{word!r} is not a unit of time.",
                    table.place,
                    column=unit_column.name if unit_column else "",
                )
    return said


def factor_of(column: Field, unit: str) -> float:
    """How many of the study's units one unit of a column of times is; 1 where its name says none."""
    return conversion_factor(column.meaning.unit, unit) if column.meaning.unit else 1.0


def is_stated(table: Table, mapping: Mapping) -> bool:
    """Whether anything says the unit of the actual times."""
    column = table.one("time")
    return column is None or bool(column.meaning.unit or table.one("time_unit") or mapping.time_unit)


def doubt_unit(
    actual: NDArray[np.float64], nominal: NDArray[np.float64], column: Field, place: Place, findings: Findings
) -> None:
    """Refuse times without a stated unit, read as days, that are hours beyond doubt; warn where they may be.

    Parameters
    ----------
    actual : ndarray
        Times of the samples, read as days.
    nominal : ndarray
        Planned times, NaN where not given.
    column : Field
        Column of the actual times.
    place, findings
        Where to say it.
    """
    remedy = f'Say so in the column\'s name, e.g. "{column.name} (h)" or "{column.name} (day)".'
    later = np.unique(actual[np.isfinite(actual) & (actual > 0)])
    if not len(later):
        return
    with np.errstate(invalid="ignore"):
        both = (actual > 0) & (nominal > 0)
        ratio = actual[both] / nominal[both]
        looks_24_times = len(ratio) >= _ENOUGH and np.mean(np.abs(ratio / _HOURS_A_DAY - 1) < 0.1) >= _NEARLY_ALL
    whole_days = np.mean(later % _HOURS_A_DAY == 0)
    if looks_24_times or (len(later) >= _ENOUGH and whole_days == 1 and later.max() >= _A_WEEK_OF_HOURS):
        findings.error(
            "TIME_UNIT_UNCLEAR", f"The times up to {later.max():g} have no unit and look like hours. {remedy}",
            place, row=1, column=column.name,
        )  # fmt: skip
    elif (
        later.max() > _THREE_YEARS
        or later.max() < _TWO_DAYS
        or (whole_days >= _MOST and later.max() >= _A_WEEK_OF_HOURS)
    ):
        findings.warn(
            "TIME_UNIT_UNCLEAR",
            f"The times have no unit and were read as days, up to day {later.max():g}. If they are in another unit, "
            f"every number is wrong. {remedy}",
            place, row=1, column=column.name,
        )  # fmt: skip
