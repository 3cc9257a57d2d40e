"""Areas and times of a marker above or below a level, on straight lines between its samples (nca.md, section 8)."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers
from carpk.response.courses import Courses


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """The part of n courses that lies in a window, as straight pieces.

    Attributes
    ----------
    course : (pieces,) int
        The course of each piece.
    length : (pieces,) float
        [time of the courses]
    start, end : (pieces,) float
        Levels at both ends of each piece.
    count : int
        n.
    """

    course: Integers
    length: Floats
    start: Floats
    end: Floats
    count: int

    def area(self) -> Floats:
        """Area under each course; (n,)."""
        return self._summed(self.length * (self.start + self.end) / 2)

    def area_above(self, level: Floats) -> Floats:
        """Area between each course and its own level, where the course is above it; (n,)."""
        share, height = self._above(level)
        return self._summed(self.length * share * height / 2)

    def area_below(self, level: Floats) -> Floats:
        """Area between each course and its own level, where the course is below it; (n,)."""
        return self._turned().area_above(-level)

    def time_above(self, level: Floats) -> Floats:
        """Time that each course spends above its own level; (n,)."""
        share, _ = self._above(level)
        return self._summed(self.length * share)

    def time_below(self, level: Floats) -> Floats:
        """Time that each course spends below its own level; (n,)."""
        return self._turned().time_above(-level)

    def time_between(self, lower: Floats, upper: Floats) -> Floats:
        """Time that each course spends from its lower to its upper level, ends included; (n,)."""
        return self.time() - self.time_below(lower) - self.time_above(upper)

    def time(self) -> Floats:
        """Time that each course is followed in the window; (n,)."""
        return self._summed(self.length)

    def _turned(self) -> "Stretch":
        return Stretch(self.course, self.length, -self.start, -self.end, self.count)

    def _above(self, level: Floats) -> tuple[Floats, Floats]:
        """Share of each piece that lies above the level, and the sum of its heights at the ends of that share."""
        start, end = self.start - level[self.course], self.end - level[self.course]
        top, bottom = np.maximum(start, end), np.minimum(start, end)
        crosses = (top > 0) & (bottom < 0)
        share = np.divide(top, top - bottom, out=(top > 0).astype(np.float64), where=crosses)
        return share, np.maximum(start, 0.0) + np.maximum(end, 0.0)

    def _summed(self, pieces: Floats) -> Floats:
        return np.bincount(self.course, pieces, minlength=self.count).astype(np.float64)


def stretch(courses: Courses, level: Floats, start: float, end: Floats | float) -> Stretch:
    """Cut the courses to a window.

    Parameters
    ----------
    courses : Courses
    level : (samples,) float
        Level of each sample to draw the lines through.
    start : float
        Start of the window [time of the courses].
    end : float or (n,) float
        End of the window. After the last sample its level is held; what is held is for the caller to judge.
    """
    end = np.broadcast_to(np.asarray(end, np.float64), len(courses))
    piece = _neighbors(courses)
    course = courses.course[piece]
    first, second = courses.time[piece], courses.time[piece + 1]
    low, high = np.maximum(first, start), np.minimum(second, end[course])
    inside = high > low
    piece, course, low, high = piece[inside], course[inside], low[inside], high[inside]
    slope = (level[piece + 1] - level[piece]) / (courses.time[piece + 1] - courses.time[piece])
    at_low = level[piece] + slope * (low - courses.time[piece])
    # From the nearer end, so that a piece that is not cut keeps the level of its sample to the last digit.
    at_high = level[piece + 1] - slope * (courses.time[piece + 1] - high)
    last = courses.last(np.ones(len(courses.time), np.bool_))
    held = np.flatnonzero((last >= 0) & (courses.time_at(last) < end))
    return Stretch(
        course=np.concatenate([course, held]),
        length=np.concatenate([high - low, (end - np.maximum(courses.time_at(last), start))[held]]),
        start=np.concatenate([at_low, level[last[held]]]),
        end=np.concatenate([at_high, level[last[held]]]),
        count=len(courses),
    )


def _neighbors(courses: Courses) -> Integers:
    """Places of the samples that another of the same course follows."""
    follows: Booleans = np.ones(max(len(courses.time) - 1, 0), np.bool_)
    ends = courses.offsets[1:-1]
    follows[ends[(ends > 0) & (ends <= len(follows))] - 1] = False
    return np.flatnonzero(follows)
