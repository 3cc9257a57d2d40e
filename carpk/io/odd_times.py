"""Times of samples that cannot be right, or look odd: before the infusion by months, far from plan, without a day 0."""

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings, Place, rows_in_words
from carpk.io.mapping import Mapping
from carpk.io.sheet import Table
from carpk.io.time_units import doubt_unit, is_stated
from carpk.io.times import SampleTimes
from carpk.io.visits import may_be_after_infusion
from carpk.units import conversion_factor

_FAR_APART = 0.2  # share of the planned time
_LONG_BEFORE = 120.0  # days; a baseline is taken later
_YEARS = 20 * 365.25

Rows = NDArray[np.int64]


def check_times(times: SampleTimes, rows: Rows, unit: str, table: Table, mapping: Mapping, findings: Findings) -> None:
    """Refuse times that cannot be right and tell of odd ones.

    Parameters
    ----------
    times : SampleTimes
        Of every sample, in `unit`.
    rows : ndarray of int
        Row of every sample.
    unit : str
        The study's unit of time.
    table, mapping, findings
        Where the times stand, what the settings say of them, and where to tell.
    """
    place, one_day = table.place, conversion_factor("day", unit)
    column = table.one("time")
    if column is not None and unit == "day" and not is_stated(table, mapping):
        repeats = len(times.time) // max(1, len(table))
        actual = np.where(times.is_nominal, np.nan, times.time).reshape(len(table), repeats)[:, 0]
        doubt_unit(actual, times.nominal.reshape(len(table), repeats)[:, 0], column, place, findings)
    _refuse_before_visit(times, rows, one_day, unit, place, findings)
    _warn_of_odd_times(times, rows, unit, place, findings)
    _warn_of_unclear_day_zero(times, rows, place, findings)


def _refuse_before_visit(
    times: SampleTimes, rows: Rows, one_day: float, unit: str, place: Place, findings: Findings
) -> None:
    """Refuse samples days before the infusion whose visit is after it: they would leave the profile unnoticed."""
    with np.errstate(invalid="ignore"):
        against = (times.time <= -one_day) & (times.nominal > 0) & ~times.is_nominal
    for position in np.flatnonzero(against):
        label = times.visit.words[times.visit.codes[position]]
        what = f"visit {label!r}" if label else f"planned time {times.nominal[position]:g} {unit}"
        findings.error(
            "TIME_CONTRADICTS_VISIT",
            f"The sample lies {-times.time[position]:g} {unit} before the infusion, and its {what} after it. Correct "
            "the date or time.",
            place,
            row=int(rows[position]),
        )


def _warn_of_odd_times(times: SampleTimes, rows: Rows, unit: str, place: Place, findings: Findings) -> None:
    """Tell of times that look as if they were in another unit, far from plan, or counted without a day 0."""
    one_day = conversion_factor("day", unit)
    actual = times.time[~times.is_nominal]
    finite = actual[np.isfinite(actual)]
    if len(finite) and finite.max() > _YEARS * one_day:
        findings.warn(
            "TIME_ODD", f"The latest time is {finite.max():g} {unit}, over 20 years; is the unit right?", place
        )
    with np.errstate(invalid="ignore"):
        early = (times.time < -_LONG_BEFORE * one_day) & ~times.is_nominal
    if early.any():
        findings.warn(
            "TIME_ODD",
            f"{early.sum()} samples ({rows_in_words(rows[early])}) lie more than {_LONG_BEFORE:g} days "
            f"before the infusion, the earliest at {finite.min():g} {unit}; they are not part of the kinetics. Are "
            "their dates right?",
            place,
        )
    if len(finite) and finite.min() < 0 and unit == "day" and not (finite == 0).any() and (finite == 1).any():
        findings.warn("TIME_ODD", "There are days -1 and 1 but no day 0. carpk counts the day of infusion as 0.", place)
    with np.errstate(invalid="ignore"):
        gap = np.abs(times.time - times.nominal)
        far = (gap > _FAR_APART * np.abs(times.nominal)) & (gap > one_day) & ~times.is_nominal
    if far.any():
        where = rows_in_words(rows[far])
        findings.warn(
            "NOMINAL_DIFFERS",
            f"Actual and planned time differ by more than 20 % and a day in {far.sum()} samples ({where}).",
            place,
        )


def _warn_of_unclear_day_zero(times: SampleTimes, rows: Rows, place: Place, findings: Findings) -> None:
    unclear = np.array([may_be_after_infusion(word) for word in times.visit.words], bool)
    chosen = (times.time == 0) & unclear[times.visit.codes]
    if chosen.any():
        findings.warn(
            "DAY0_UNCLEAR",
            f"The visits of {chosen.sum()} samples at time 0 ({rows_in_words(rows[chosen])}) say after, but "
            "not after the infusion; the samples were kept as taken at time 0.",
            place,
        )
