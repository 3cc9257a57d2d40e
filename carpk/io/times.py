"""When each sample was taken: actual and planned times since the infusion, in the study's unit.

An actual time comes from a column of numbers, from a date less the infusion's date, or is missing and then takes the
planned one. A planned time comes from its own column or from the visit's label.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings, Place, rows_in_words
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Table, Words
from carpk.io.vectors import Moments, read_moments, read_numbers, text_of, visit_times
from carpk.io.visits import Visit, is_after_infusion, read_bare_visit
from carpk.units import conversion_factor, find_unit

_SECONDS_PER_DAY = 86_400.0
_FAR_APART = 0.2  # share of the planned time
_YEAR = 365.25
_YEARS = 20 * _YEAR


@dataclass(frozen=True, slots=True)
class SampleTimes:
    """Times of n rows by k columns of levels, row by row.

    Attributes
    ----------
    time, nominal : ndarray
        NaN where not given.
    is_nominal : ndarray of bool
        The planned time stands for a missing actual one.
    visit : Words
        Labels.
    bad : ndarray of bool
        A cell that says the time was not understood; it is already among the findings.
    """

    time: NDArray[np.float64]
    nominal: NDArray[np.float64]
    is_nominal: NDArray[np.bool_]
    visit: Words
    bad: NDArray[np.bool_]


def study_time_unit(tables: list[Table], mapping: Mapping, given: str, findings: Findings) -> str:
    """Settle the unit of every time in the study.

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
    said: dict[str, str] = {}
    for table in tables:
        for column in (*table.all("time"), *table.all("nominal_time")):
            if column.meaning.unit:
                said.setdefault(column.meaning.unit, column.name)
        unit_column = table.one("time_unit")
        for word in Words.of(unit_column.cells).words if unit_column else []:
            unit = find_unit(word)
            if unit is None or unit.dimension != "time":
                findings.error(
                    "UNIT_UNKNOWN",
                    f"{word!r} is not a unit of time.",
                    table.place,
                    column=unit_column.name if unit_column else "",
                )
            else:
                said.setdefault(unit.name, unit_column.name if unit_column else "")
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
    return next(iter(said), "day")


def sample_times(
    table: Table,
    levels: list[Field],
    infusion: Moments | None,
    unit: str,
    mapping: Mapping,
    findings: Findings,
) -> SampleTimes:
    """Read the times of every cell of levels.

    Parameters
    ----------
    table : Table
        The samples.
    levels : list of Field
        Its k columns of levels.
    infusion : Moments or None
        Date of the infusion for every row, where known.
    unit : str
        The study's unit of time.
    mapping : Mapping
        Date format, decimal mark and the times of visits.
    findings : Findings
        Gets whatever is wrong.
    """
    rows, columns = len(table), len(levels)
    time = np.full((rows, columns), np.nan)
    nominal = np.full((rows, columns), np.nan)
    bad = np.zeros((rows, columns), bool)
    for position, level in enumerate(levels):
        label = level.meaning.visit
        actual, faulty = _actual(table, label, infusion, unit, mapping, findings, first=position == 0)
        time[:, position], bad[:, position] = actual, faulty
    visit = _visits(table, levels)
    nominal[:] = _nominal(table, visit, unit, mapping, findings).reshape(rows, columns)
    flat_time, flat_nominal = time.ravel(), nominal.ravel()
    is_nominal = np.isnan(flat_time) & ~np.isnan(flat_nominal) & ~bad.ravel()
    return SampleTimes(np.where(is_nominal, flat_nominal, flat_time), flat_nominal, is_nominal, visit, bad.ravel())


def _actual(
    table: Table, label: str, infusion: Moments | None, unit: str, mapping: Mapping, findings: Findings, *, first: bool
) -> "tuple[NDArray[np.float64], NDArray[np.bool_]]":
    """Actual times of one column of levels: numbers, else dates; those of its own visit in a wide layout."""
    quiet = findings if first or label else Findings()  # the shared columns are read once for their faults
    column = _at_visit(table, "time", label)
    if column is not None:
        numbers = read_numbers(column, table, mapping, quiet)
        return numbers.values, numbers.bad
    dates = _at_visit(table, "date", label)
    nothing = np.zeros(len(table), bool)
    if dates is None:
        return np.full(len(table), np.nan), nothing
    moments = read_moments(dates, table.one("clock"), table, mapping, quiet)
    if infusion is None:
        return np.full(len(table), np.nan), moments.bad
    undated = np.isnan(infusion.seconds)  # already refused, for the whole subject
    return since(moments, infusion, dates, table, unit, quiet), moments.bad | undated


def _at_visit(table: Table, role: str, label: str) -> Field | None:
    matching = [each for each in table.all(role) if each.meaning.visit and each.meaning.visit == label]
    return matching[0] if matching else table.one(role)


def since(
    moments: Moments, infusion: Moments, column: Field, table: Table, unit: str, findings: Findings
) -> NDArray[np.float64]:
    """Time from the infusion to each date: whole days where either lacks a clock time, else exactly."""
    known = ~np.isnan(moments.seconds) & ~np.isnan(infusion.seconds)
    for position in np.flatnonzero(
        known & moments.has_clock & infusion.has_clock & (moments.has_zone != infusion.has_zone)
    ):
        findings.error(
            "DATE_NOT_UNDERSTOOD", "One of the sample's and the infusion's date-times has a time zone, the other none.",
            table.place, row=int(table.rows[position]), column=column.name,
        )  # fmt: skip
    days = (moments.seconds - infusion.seconds) / _SECONDS_PER_DAY
    whole = np.floor(moments.seconds / _SECONDS_PER_DAY) - np.floor(infusion.seconds / _SECONDS_PER_DAY)
    days = np.where(moments.has_clock & infusion.has_clock, days, whole)
    return days * conversion_factor("day", unit) if unit != "day" else days


def _visits(table: Table, levels: list[Field]) -> Words:
    """Visit label of every cell of levels: that of its column, or those of its row."""
    rows, columns = len(table), len(levels)
    if any(level.meaning.visit for level in levels):
        return Words.spread([level.meaning.visit for level in levels], np.tile(np.arange(columns), rows))
    visit, point = table.one("visit"), table.one("timepoint")
    if visit is None or point is None:
        one = visit or point
        return (Words.of(text_of(one, rows)) if one is not None else Words.constant("", rows)).repeated(columns)
    joined = [
        f"{first} {second}".strip() for first, second in zip(text_of(visit, rows), text_of(point, rows), strict=True)
    ]
    return Words.of(np.array(joined, dtype=object)).repeated(columns)


def _nominal(table: Table, visit: Words, unit: str, mapping: Mapping, findings: Findings) -> NDArray[np.float64]:
    """Planned times from their own column, and from the visits' labels where that is empty."""
    from_label = np.array([_in_unit(each, unit) for each in _labelled(table, visit, unit, mapping)])
    planned = from_label[visit.codes]
    column = table.one("nominal_time")
    if column is None:
        return planned
    numbers = read_numbers(column, table, mapping, findings)
    repeats = len(planned) // max(1, len(table))
    given = np.repeat(numbers.values, repeats)
    return np.where(np.isnan(given), planned, given)


def _labelled(table: Table, visit: Words, unit: str, mapping: Mapping) -> list[Visit | None]:
    read = visit_times(visit, mapping)
    in_header = any(level.meaning.visit for level in table.all("level"))
    return [
        each or (read_bare_visit(word, unit) if in_header else None)
        for each, word in zip(read, visit.words, strict=True)
    ]


def _in_unit(visit: Visit | None, unit: str) -> float:
    if visit is None:
        return np.nan
    return visit.time if visit.unit in ("", unit) else visit.time * conversion_factor(visit.unit, unit)


def require_times(
    times: SampleTimes, rows: NDArray[np.int64], table: Table, has_infusion: bool, findings: Findings
) -> None:
    """Refuse samples without any time, and say for each why."""
    lacking = np.isnan(times.time) & ~times.bad
    for row in dict.fromkeys(rows[lacking].tolist()):
        position = int(np.flatnonzero(lacking & (rows == row))[0])
        label = times.visit.words[times.visit.codes[position]]
        if table.all("date") and not has_infusion and not label:
            continue
        if label:
            findings.error(
                "VISIT_NOT_UNDERSTOOD",
                f"The visit {label!r} does not say its time in days or weeks, and there is no actual time. Give the "
                f'time, or say it in the settings: [visits] "{label}" = 90.',
                table.place,
                row=row,
                value=label,
            )
        else:
            findings.error("TIME_MISSING", "The sample has no time and no visit.", table.place, row=row)


def warn_of_odd_times(times: SampleTimes, rows: NDArray[np.int64], unit: str, place: Place, findings: Findings) -> None:
    """Log times that look as if they were in another unit, far from plan, or counted without a day 0."""
    actual = times.time[~times.is_nominal]
    finite = actual[np.isfinite(actual)]
    days = finite * conversion_factor(unit, "day")
    if len(days) and days.max() > _YEARS:
        findings.warn(
            "TIME_ODD", f"The latest time is {finite.max():g} {unit}, over 20 years; is the unit right?", place
        )
    if len(days) and days.min() < -_YEAR:
        findings.warn(
            "TIME_ODD", f"The earliest time is {finite.min():g} {unit}, over a year before the infusion.", place
        )
    if len(finite) and finite.min() < 0 and unit == "day" and not (finite == 0).any() and (finite == 1).any():
        findings.warn("TIME_ODD", "There are days -1 and 1 but no day 0. carpk counts the day of infusion as 0.", place)
    with np.errstate(invalid="ignore"):
        gap = np.abs(times.time - times.nominal)
        one_day = conversion_factor("day", unit)
        far = (gap > _FAR_APART * np.abs(times.nominal)) & (gap > one_day) & ~times.is_nominal
    if far.any():
        where = rows_in_words(np.unique(rows[far]))
        findings.warn(
            "NOMINAL_DIFFERS",
            f"Actual and planned time differ by more than 20 % and a day in {far.sum()} samples ({where}).",
            place,
        )


def taken_after_infusion(times: SampleTimes) -> NDArray[np.bool_]:
    """Find samples at time 0 exactly whose visit says that they were taken after the infusion."""
    after = np.array([is_after_infusion(word) for word in times.visit.words], bool)
    return np.asarray((times.time == 0) & after[times.visit.codes])
