"""Courses: many marker-time courses in flat arrays, each level known to lie between two bounds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Numbers of which the least and the largest possible value are known; equal where the number is known.

    Attributes
    ----------
    low, high : (n,) float
        NaN where there is no number; `high` is infinite where only a lower bound is known.
    """

    low: Floats
    high: Floats

    @property
    def known(self) -> Booleans:
        """Where the number is known exactly."""
        known: Booleans = self.low == self.high
        return known

    def __sub__(self, other: "Bounds") -> "Bounds":
        return Bounds(self.low - other.high, self.high - other.low)

    def __truediv__(self, other: "Bounds") -> "Bounds":
        """Divide numbers that are not negative; a divisor that may be zero leaves the quotient without an upper end."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(np.isinf(other.high), 0.0, self.low / other.high)
            high = np.where(other.low > 0, self.high / other.low, np.inf)
        gone = np.isnan(self.low) | np.isnan(other.low)
        return Bounds(np.where(gone, np.nan, low), np.where(gone, np.nan, high))

    def scaled(self, factor: float, shift: float = 0.0) -> "Bounds":
        """Return factor * number + shift, for a positive factor."""
        return Bounds(factor * self.low + shift, factor * self.high + shift)


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """Marker levels over time of n courses, one after the other.

    Parameters
    ----------
    time : (samples,) float
        Time since the infusion, negative before it, rising within each course.
    low, high : (samples,) float
        Bounds of each level: the level itself twice; zero and the limit, infinite where unknown, below the lower limit
        of quantification; the limit and infinity above the upper one.
    offsets : (n + 1,) int
        Course i is `offsets[i]:offsets[i + 1]`.
    """

    time: Floats
    low: Floats
    high: Floats
    offsets: Integers

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def course(self) -> Integers:
        """(samples,): the course that each sample belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def below_limit(self) -> Booleans:
        """(samples,): below the lower limit of quantification."""
        below: Booleans = (self.low == 0) & (self.high > 0)
        return below

    def kept(self, where: Booleans) -> tuple["Courses", Integers]:
        """Return the courses with only some of their samples, and where those stood."""
        place = np.flatnonzero(where)
        counts = np.bincount(self.course[place], minlength=len(self))
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return Courses(self.time[place], self.low[place], self.high[place], offsets), place

    def first(self, where: Booleans) -> Integers:
        """Find the first sample of each course where `where` is True: its place, -1 without one; (n,)."""
        size = len(self.time)
        place = self._reduced(np.minimum, np.where(where, np.arange(size), size), size)
        return np.where(place == size, -1, place)

    def last(self, where: Booleans) -> Integers:
        """Find the last sample of each course where `where` is True: its place, -1 without one; (n,)."""
        return self._reduced(np.maximum, np.where(where, np.arange(len(self.time)), -1), -1)

    def largest(self, values: Floats, where: Booleans) -> Floats:
        """Find the largest of the values of each course where `where` is True, NaN without one; (n,)."""
        top = self._reduced(np.maximum, np.where(where, values, -np.inf), -np.inf)
        return np.where(self.first(where) < 0, np.nan, top)

    def smallest(self, values: Floats, where: Booleans) -> Floats:
        """Find the smallest of the values of each course where `where` is True, NaN without one; (n,)."""
        return -self.largest(-values, where)

    def total(self, values: Floats) -> Floats:
        """Sum the values of each course, 0 without samples; (n,)."""
        return self._reduced(np.add, values, 0.0)

    def count(self, where: Booleans) -> Integers:
        """Count the samples of each course where `where` is True; (n,)."""
        return np.bincount(self.course[where], minlength=len(self))

    def before(self, place: Integers) -> Booleans:
        """Whether each sample stands before a place of its course; all do where the place is -1; (samples,)."""
        size = len(self.time)
        earlier: Booleans = np.arange(size) < np.where(place >= 0, place, size)[self.course]
        return earlier

    def after(self, place: Integers) -> Booleans:
        """Whether each sample stands after a place of its course; none does where the place is -1; (samples,)."""
        size = len(self.time)
        later: Booleans = np.arange(size) > np.where(place >= 0, place, size)[self.course]
        return later

    def time_at(self, place: Integers) -> Floats:
        """Look up times of samples by their places, NaN for -1; (n,)."""
        return _taken(self.time, place)

    def level_at(self, place: Integers) -> Bounds:
        """Look up levels of samples by their places, NaN for -1; (n,)."""
        return Bounds(_taken(self.low, place), _taken(self.high, place))

    def _reduced(self, operation: np.ufunc, values: npt.NDArray[Any], empty: float) -> npt.NDArray[Any]:
        out = np.full(len(self), empty, values.dtype)
        filled = np.diff(self.offsets) > 0
        if filled.any():
            out[filled] = operation.reduceat(values, self.offsets[:-1][filled])
        return out


def _taken(values: Floats, place: Integers) -> Floats:
    if not len(values):
        return np.full(len(place), np.nan)
    return np.where(place >= 0, values[place], np.nan)
