"""Visits of all subjects in flat arrays, in order of subject and day; baselines, and the visit before each."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """When each visit was, and whose.

    Attributes
    ----------
    subject : (n,) int
        Number of the subject, rising.
    day : (n,) float
        Planned day, or the actual one where none was planned; rising within a subject. [day]
    time : (n,) float
        Actual time; that of the plan where nothing was assessed. [day]
    baseline_until : float
        Last day on which a visit counts as baseline. [day]
    """

    subject: Integers
    day: Floats
    time: Floats
    baseline_until: float = 0.0

    @property
    def before(self) -> Booleans:
        """Whether each visit is one of baseline."""
        return self.day <= self.baseline_until

    def baseline_rows(self, known: Booleans) -> Integers:
        """Find, for every visit, the subject's last baseline visit that is `known`; -1 where there is none."""
        last = np.full(int(self.subject.max(initial=-1)) + 1, -1, np.int64)
        rows = np.flatnonzero(known & self.before)
        np.maximum.at(last, self.subject[rows], rows)
        return last[self.subject]

    def baseline(self, values: Floats) -> Floats:
        """Give every visit the subject's last value at baseline; NaN where there is none.

        Parameters
        ----------
        values : (n,) or (n, m) float
            Columns have each a baseline of their own.
        """
        if values.ndim == 1:
            return at_rows(values, self.baseline_rows(~np.isnan(values)))
        columns = [self.baseline(values[:, column]) for column in range(values.shape[1])]
        return np.stack(columns, axis=1)

    def previous_rows(self, known: Booleans) -> Integers:
        """Find, for every visit, the subject's last visit before it that is `known`; -1 where there is none."""
        rows = np.where(known, np.arange(len(known)), -1)
        last = np.concatenate([[-1], np.maximum.accumulate(rows)[:-1]]) if len(rows) else rows
        return np.where(last >= self.first_rows, last, -1)

    @property
    def first_rows(self) -> Integers:
        """For every visit, the subject's first one."""
        return np.searchsorted(self.subject, self.subject, side="left").astype(np.int64)


def at_rows(values: Floats, rows: Integers) -> Floats:
    """Take the values of some rows, NaN where the row is -1."""
    if not len(values):
        return values
    found = rows >= 0
    taken = values[np.where(found, rows, 0)]
    return np.where(found if values.ndim == 1 else found[:, None], taken, np.nan)
