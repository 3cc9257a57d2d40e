"""Days with a low blood count, from samples that are not daily, with the bounds that the days between them leave."""

from dataclasses import dataclass

import numpy as np

from carpk.errors import RulesError
from carpk.profiles import Booleans, Floats, Integers
from carpk.response.records import subject_of_records


@dataclass(frozen=True, slots=True, eq=False)
class BloodCounts:
    """Counts of one kind of blood cell in n subjects, one subject after the other.

    Parameters
    ----------
    time : (samples,) float
        Time since infusion [day]; the samples of a subject may stand in any order. Parts of a day belong to its day,
        and of several samples on a day the lowest counts.
    count : (samples,) float
        [cells/uL]
    offsets : (n + 1,) int
        Subject i has the samples `offsets[i]:offsets[i + 1]`.

    Raises
    ------
    RulesError
        A time or count is not finite, or a count is negative.
    ValueError
        The arrays do not fit together.
    """

    time: Floats
    count: Floats
    offsets: Integers

    def __post_init__(self) -> None:
        for name in ("time", "count"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
        object.__setattr__(self, "offsets", np.asarray(self.offsets, np.int64))
        if self.time.ndim != 1 or self.time.shape != self.count.shape:
            raise ValueError("BloodCounts: time and count must be flat arrays of one length.")
        if not (np.isfinite(self.time).all() and np.isfinite(self.count).all()):
            raise RulesError("BloodCounts: every time and count must be a finite number; leave out other samples.")
        if (self.count < 0).any():
            raise RulesError(f"BloodCounts: a count cannot be negative; got {self.count.min():g}.")
        subject_of_records("BloodCounts", self.offsets, len(self.time))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def lowest_of_days(self) -> tuple[Integers, Integers, Floats]:
        """Return subject, day and lowest count of every day with a sample, by subject and day."""
        subject = subject_of_records("BloodCounts", self.offsets, len(self.time))
        day = np.floor(self.time).astype(np.int64)
        order = np.lexsort((self.count, day, subject))
        subject, day, count = subject[order], day[order], self.count[order]
        first = np.ones(len(day), np.bool_)
        first[1:] = (np.diff(subject) > 0) | (np.diff(day) > 0)
        return subject[first], day[first], count[first]


@dataclass(frozen=True, slots=True, eq=False)
class DailyLow:
    """Whether the count of n subjects was low on each day from 0 on; never after a subject's last day.

    Attributes
    ----------
    estimate : (n, days) bool
        With the counts between samples interpolated.
    least, greatest : (n, days) bool
        What the samples allow: between a low and another sample no day or every day is low, between two low ones every.
    far : (n, days) bool
        Too far from any sample: low at the greatest, and not low otherwise.
    sampled : (n,) bool
        Whether the subject has any sample on these days.
    """

    estimate: Booleans
    least: Booleans
    greatest: Booleans
    far: Booleans
    sampled: Booleans


def find_low_days(counts: BloodCounts, *, limit: float, end: Integers, days: int, longest_gap: int) -> DailyLow:
    """Tell on which days a count was at or below a limit.

    Parameters
    ----------
    counts : BloodCounts of n subjects
    limit : float
        [cells/uL]
    end : (n,) int
        Last day of each subject, before `days`.
    days : int
        Days 0 to `days` - 1 are told.
    longest_gap : int
        Days in a row without a sample up to which the count is taken to go straight from one sample to the next, or to
        stay where there is no sample on one side.

    Returns
    -------
    DailyLow
    """
    lowest = _calendar(counts, end, days)
    day = np.arange(days)
    sampled, inside = ~np.isnan(lowest), day <= end[:, None]
    before = np.maximum.accumulate(np.where(sampled, day, -1), axis=1)
    after = np.minimum.accumulate(np.where(sampled, day, days)[:, ::-1], axis=1)[:, ::-1]
    gap = np.minimum(after, end[:, None] + 1) - before - 1
    far = ~sampled & inside & (gap > longest_gap)
    # Where there is no sample on one side, that on the other side stands for both.
    left = np.where(before < 0, np.minimum(after, days - 1), before)
    right = np.where(after == days, left, after)
    from_count, to_count = np.take_along_axis(lowest, left, axis=1), np.take_along_axis(lowest, right, axis=1)
    share = np.clip((day - left) / np.maximum(right - left, 1), 0, 1)
    between = from_count + (to_count - from_count) * share
    least = inside & (from_count <= limit) & (to_count <= limit) & ~far
    greatest = inside & ((from_count <= limit) | (to_count <= limit) | far)
    estimate = least | (greatest & ~far & (between <= limit))
    return DailyLow(estimate, least, greatest, far, np.asarray(sampled.any(axis=1)))


def join_stretches(low: Booleans, *, recovery_days: int) -> Booleans:
    """Take recoveries of fewer days, between two low days, as low.

    Parameters
    ----------
    low : (n, days) bool
    recovery_days : int
        Fewest days of a recovery that ends a stretch of low days.

    Returns
    -------
    (n, days) bool
    """
    days = low.shape[1]
    day = np.arange(days)
    before = np.maximum.accumulate(np.where(low, day, -1), axis=1)
    after = np.minimum.accumulate(np.where(low, day, days)[:, ::-1], axis=1)[:, ::-1]
    between = (before >= 0) & (after < days)
    return np.asarray(low | (between & (after - before - 1 < recovery_days)))


def longest_stretch(low: Booleans) -> Floats:
    """Count the days of the longest stretch of low days: (n,) float, of (n, days) bool."""
    day = np.arange(low.shape[1])
    last_other = np.maximum.accumulate(np.where(low, -1, day), axis=1)
    return np.asarray((day - last_other).max(axis=1), np.float64)


def _calendar(counts: BloodCounts, end: Integers, days: int) -> Floats:
    """Put the lowest count of each day into its column: (n, days), NaN without a sample."""
    subject, day, count = counts.lowest_of_days()
    inside = (day >= 0) & (day <= end[subject])
    calendar = np.full((len(counts), days), np.nan)
    calendar[subject[inside], day[inside]] = count[inside]
    return calendar
