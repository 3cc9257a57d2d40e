"""The shape of the curve between two points, decided once, and its area (rules A-1 to A-6 and W-1)."""

from dataclasses import dataclass, replace

import numpy as np

from carpk.nca.rows import at, counts, row_sums
from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """What lies between neighboring points of n curves.

    Attributes
    ----------
    start, end : (n, s) float
        Times.
    start_level, end_level : (n, s) float
        Levels.
    decline : (n, s) float
        Rate of an exponential segment, level = start_level exp(-decline (t - start)) [1/time], negative where it
        rises; 0 for a straight line.
    area : (n, s) float
        Area under the whole segment.
    """

    start: Floats
    end: Floats
    start_level: Floats
    end_level: Floats
    decline: Floats
    area: Floats

    def without(self, gone: Booleans) -> "Segments":
        """Return the segments with some of them at level zero."""
        kept = ~gone
        return replace(
            self,
            start_level=self.start_level * kept,
            end_level=self.end_level * kept,
            decline=self.decline * kept,
            area=self.area * kept,
        )


def shape_segments(time: Floats, level: Floats, *, method: str, peak: Floats | None = None) -> Segments:
    """Decide the shape of every segment.

    Parameters
    ----------
    time, level : (n, m) float
        Points; equal times make a segment of no length and no area.
    method : {"linear", "linear-up log-down", "linear-log", "log"}
        A segment is exponential nowhere; where the level falls to another positive one; after the peak, where both
        levels are positive and unequal; or wherever they are.
    peak : (n,) float
        Time of the peak of each whole profile, at which "linear-log" turns.

    Returns
    -------
    Segments
        (n, m - 1) segments.
    """
    start, end, before, after = time[:, :-1], time[:, 1:], level[:, :-1], level[:, 1:]
    length = end - start
    straight = length * (before + after) / 2
    if method == "linear":
        # Times 0, a level that is not known is not known either; no length has no area.
        return Segments(start, end, before, after, np.zeros_like(length), np.where(length > 0, straight, 0.0))
    exponential = (length > 0) & (after > 0) & (before > 0)
    exponential &= after < before if method == "linear-up log-down" else after != before
    if method == "linear-log" and peak is not None:
        with np.errstate(invalid="ignore"):
            exponential &= start >= peak[:, None]
    fall = before - after
    with np.errstate(divide="ignore", invalid="ignore"):
        # ln(c1/c2) as log1p of the difference over the lower level keeps its digits where the levels are nearly equal.
        log_ratio = np.copysign(np.log1p(np.abs(fall) / np.minimum(before, after)), fall)
        area = np.where(exponential, length * (fall / log_ratio), straight)
        decline = np.where(exponential, log_ratio / length, 0.0)
    return Segments(start, end, before, after, decline, area)


def areas_between(segments: Segments, start: float, end: float) -> Floats:
    """Integrate each segment of n curves over the part of it that lies between `start` and `end`.

    Parameters
    ----------
    segments : Segments of n curves
    start, end : float
        Edges of the window.

    Returns
    -------
    (n, s) float
        The areas; 0 for a segment outside.
    """
    # Not a product: an area that is not known must count only where the window holds it.
    areas = np.where((segments.start >= start) & (segments.end <= end), segments.area, 0.0)
    # At most one segment runs over each edge; one that runs over both is taken once.
    for edge in (start, end):
        # Times never fall along a row: no segment but the last that starts before the edge can run over it.
        column = counts(segments.start < edge) - 1
        rows = np.flatnonzero((column >= 0) & (at(segments.end, column) > edge))
        if len(rows):
            areas[rows, column[rows]] = _partial_area(segments, rows, column[rows], start, end)
    return areas


def area_between(segments: Segments, start: float, end: float) -> Floats:
    """Integrate n curves from `start` to `end`, as far as they reach, (n,)."""
    return row_sums(areas_between(segments, start, end))


def _partial_area(segments: Segments, rows: Integers, column: Integers, start: float, end: float) -> Floats:
    """Integrate one segment of each row over its overlap with a window."""
    place = column * len(segments.start) + rows
    begin, stop, before, after, decline = (
        part.T.ravel().take(place)
        for part in (segments.start, segments.end, segments.start_level, segments.end_level, segments.decline)
    )
    low, high = np.maximum(begin, start), np.minimum(stop, end)
    mean = before + (after - before) / (stop - begin) * ((low + high) / 2 - begin)
    bent = np.flatnonzero(decline)
    if len(bent):
        low_, high_, rate = low[bent], high[bent], decline[bent]
        mean[bent] = before[bent] * np.exp(-rate * (low_ - begin[bent])) * _mean_of_decay(rate * (high_ - low_))
    return (high - low) * mean


def _mean_of_decay(exponent: Floats) -> Floats:
    """Mean of exp(-x) for x from 0 to `exponent`, exact near 0."""
    safe = np.where(exponent != 0, exponent, 1.0)
    return np.where(exponent != 0, -np.expm1(-safe) / safe, 1.0)


def area_of_decay(level: Floats, rate: Floats, start: Floats, end: Floats) -> Floats:
    """Integrate level exp(-rate t) from `start` to `end` after the time of `level`; a rate of 0 holds it."""
    return (end - start) * level * np.exp(-rate * start) * _mean_of_decay(rate * (end - start))
