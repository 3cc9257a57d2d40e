"""When each sample was taken: actual and planned times since the infusion, in the study's unit.

An actual time comes from a column of numbers, from a date less the infusion's date, or is missing and then takes the
planned one. A planned time comes from its own column or from the visit's label.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carpk.io.cells import plain_word
from carpk.io.checks import Findings, rows_in_words
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Table, Words
from carpk.io.time_units import factor_of
from carpk.io.vectors import Moments, read_moments, read_numbers, text_of, visit_times, words_of
from carpk.io.visits import Visit, is_after_infusion, read_bare_visit, read_visit
from carpk.units import conversion_factor

_SECONDS_PER_DAY = 86_400.0


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
    visit = _visits(table, levels, mapping)
    nominal[:] = _nominal(table, visit, unit, mapping, findings).reshape(rows, columns)
    flat_time, flat_nominal = time.ravel(), nominal.ravel()
    with np.errstate(invalid="ignore"):
        predose = (flat_time < 0) & (flat_time > -conversion_factor("day", unit)) & (flat_nominal == 0)
    flat_time = _predose_at_zero(flat_time, predose, np.repeat(table.rows, columns), findings)
    is_nominal = np.isnan(flat_time) & ~np.isnan(flat_nominal) & ~bad.ravel()
    return SampleTimes(np.where(is_nominal, flat_nominal, flat_time), flat_nominal, is_nominal, visit, bad.ravel())


def _actual(
    table: Table, label: str, infusion: Moments | None, unit: str, mapping: Mapping, findings: Findings, *, first: bool
) -> "tuple[NDArray[np.float64], NDArray[np.bool_]]":
    """Actual times of one column of levels: numbers, else dates; those of its own visit in a wide layout."""
    quiet = findings if first or label else Findings()  # the shared columns are read once for their faults
    column = _at_visit(table, "time", label)
    dates = _at_visit(table, "date", label)
    times, bad = np.full(len(table), np.nan), np.zeros(len(table), bool)
    if column is not None:
        numbers = read_numbers(column, table, mapping, quiet)
        times, bad = numbers.values * factor_of(column, unit), numbers.bad
    if dates is None:
        return times, bad
    moments = read_moments(dates, table.one("clock"), table, mapping, quiet)
    unused = np.isnan(times) & ~np.isnan(moments.seconds)
    if infusion is None:
        _warn_of_unused(unused, dates, table, quiet)
        return times, bad | (moments.bad & np.isnan(times))
    from_dates = since(moments, infusion, dates, table, unit, quiet)
    from_dates = _predose_at_zero(from_dates, (moments.days == infusion.days) & (from_dates < 0), table.rows, quiet)
    _warn_of_contradiction(times, from_dates, unit, dates, table, quiet)
    # a subject without a date of infusion was refused already, unless other columns say its times
    if column is None:
        undated = np.isnan(infusion.seconds)
    else:
        undated = np.zeros(len(table), bool)
        _warn_of_unused(unused & np.isnan(infusion.seconds), dates, table, quiet)
    return np.where(np.isnan(times), from_dates, times), bad | ((moments.bad | undated) & np.isnan(times))


def _warn_of_unused(chosen: NDArray[np.bool_], dates: Field, table: Table, findings: Findings) -> None:
    if chosen.any():
        findings.warn(
            "DATE_UNUSED",
            f"The dates of {chosen.sum()} samples ({rows_in_words(table.rows[chosen])}) were not used, as no date of "
            "infusion is given; their planned times were taken. Add a column infusion_date.",
            table.place, column=dates.name,
        )  # fmt: skip


def _warn_of_contradiction(
    times: NDArray[np.float64], from_dates: NDArray[np.float64], unit: str, dates: Field, table: Table,
    findings: Findings,
) -> None:  # fmt: skip
    with np.errstate(invalid="ignore"):
        apart = np.abs(times - from_dates) >= conversion_factor("day", unit)
    if apart.any():
        first = int(np.flatnonzero(apart)[0])
        findings.warn(
            "DATE_DIFFERS",
            f"The stated time and the one by the dates are a day or more apart in {apart.sum()} rows "
            f"({rows_in_words(table.rows[apart])}; first {times[first]:g} and {from_dates[first]:g} {unit}). The "
            "stated time was taken.",
            table.place, column=dates.name,
        )  # fmt: skip


def _predose_at_zero(
    times: NDArray[np.float64], chosen: NDArray[np.bool_], rows: NDArray[np.int64], findings: Findings
) -> NDArray[np.float64]:
    """Let a sample taken before the infusion on its day stand at time 0, as the level that the course begins with."""
    if chosen.any():
        where = rows_in_words(rows[chosen])
        findings.note(
            "PREDOSE_AT_0", f"{chosen.sum()} samples from the day of infusion, before it, stand at time 0 ({where})."
        )
    return np.where(chosen, 0.0, times)


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
    whole = moments.days - infusion.days  # of the calendar where each was taken
    days = np.where(moments.has_clock & infusion.has_clock, days, whole)
    return days * conversion_factor("day", unit) if unit != "day" else days


def _visits(table: Table, levels: list[Field], mapping: Mapping) -> Words:
    """Visit label of every cell of levels: that of its column, or those of its row."""
    rows, columns = len(table), len(levels)
    if any(level.meaning.visit for level in levels):
        return Words.spread([level.meaning.visit for level in levels], np.tile(np.arange(columns), rows))
    visit, point = table.one("visit"), table.one("timepoint")
    if visit is None or point is None:
        one = visit or point
        return words_of(one, rows).repeated(columns)
    pairs = list(zip(text_of(visit, rows), text_of(point, rows), strict=True))
    labels = {pair: _label_of_pair(str(pair[0]), str(pair[1]), mapping) for pair in dict.fromkeys(pairs)}
    return Words.of(np.array([labels[pair] for pair in pairs], dtype=object)).repeated(columns)


def _label_of_pair(visit: str, point: str, mapping: Mapping) -> str:
    """Join a visit and a time point to the first label that says a time: both together, or one that explains one."""
    joined = visit if plain_word(visit) == plain_word(point) else f"{visit} {point}".strip()
    tried = (joined, f"{visit} ({point})", f"{point} ({visit})")
    settled = [label for label in (joined, visit, point) if label in mapping.visits]
    return next((label for label in (*settled, *tried) if label in settled or read_visit(label)), joined)


def _nominal(table: Table, visit: Words, unit: str, mapping: Mapping, findings: Findings) -> NDArray[np.float64]:
    """Planned times from their own column, and from the visits' labels where that is empty."""
    from_label = np.array([_in_unit(each, unit) for each in _labelled(table, visit, unit, mapping)])
    planned = from_label[visit.codes]
    column = table.one("nominal_time")
    if column is None:
        return planned
    numbers = read_numbers(column, table, mapping, findings)
    repeats = len(planned) // max(1, len(table))
    given = np.repeat(numbers.values * factor_of(column, unit), repeats)
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


def taken_after_infusion(times: SampleTimes) -> NDArray[np.bool_]:
    """Find samples at time 0 exactly whose visit says that they were taken after the infusion."""
    after = np.array([is_after_infusion(word) for word in times.visit.words], bool)
    return np.asarray((times.time == 0) & after[times.visit.codes])
