"""The shape of the curve between two points, decided once, and its area (rules A-1 to A-6 and W-1)."""

from dataclasses import dataclass

import numpy as np

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
        Rate of an exponential segment, level = start_level exp(-decline (t - start)) [1/time]; 0 for a straight line.
    area : (n, s) float
        Area under the whole segment.
    """

    start: Floats
    end: Floats
    start_level: Floats
    end_level: Floats
    decline: Floats
    area: Floats


def shape_segments(time: Floats, level: Floats, *, method: str) -> Segments:
    """Decide the shape of every segment.

    Parameters
    ----------
    time, level : (n, m) float
        Points; equal times make a segment of no length and no area.
    method : {"linear", "linear-up log-down"}
        With the latter a segment is exponential where the level falls to another positive one.

    Returns
    -------
    Segments
        (n, m - 1) segments.
    """
    start, end, before, after = time[:, :-1], time[:, 1:], level[:, :-1], level[:, 1:]
    length = end - start
    area = length * (before + after) / 2
    decline = np.zeros_like(area)
    if method == "linear-up log-down":
        falls = (after > 0) & (after < before) & (length > 0)
        fall = before[falls] - after[falls]
        # ln(c1/c2) as log1p((c1 - c2)/c2) keeps its digits where the levels are nearly equal.
        log_ratio = np.log1p(fall / after[falls])
        area[falls] = length[falls] * (fall / log_ratio)
        decline[falls] = log_ratio / length[falls]
    return Segments(start, end, before, after, decline, area)


def area_between(segments: Segments, start: float, end: float, *, counted: Booleans | None = None) -> Floats:
    """Integrate n curves from `start` to `end`.

    Parameters
    ----------
    segments : Segments of n curves
    start, end : float
        Edges of the window.
    counted : (n, s) bool, optional
        Segments that count; all by default.

    Returns
    -------
    (n,) float
        The area over that part of the window which the curve reaches.
    """
    live = segments.end > segments.start
    if counted is not None:
        live &= counted
    whole = live & (segments.start >= start) & (segments.end <= end)
    area: Floats = np.sum(segments.area, axis=1, where=whole)
    # At most one segment runs over each edge; one that runs over both is taken at the first.
    over_start = live & (segments.start < start) & (segments.end > start)
    over_end = live & (segments.end > end) & (segments.start < end) & (segments.start >= start)
    for over in (over_start, over_end):
        rows = np.flatnonzero(over.any(axis=1))
        column = np.argmax(over[rows], axis=1)
        area[rows] += _partial_area(segments, rows, column, start, end)
    return area


def _partial_area(segments: Segments, rows: Integers, column: Integers, start: float, end: float) -> Floats:
    """Integrate one segment of each row over its overlap with a window."""
    begin, stop = segments.start[rows, column], segments.end[rows, column]
    low, high = np.maximum(begin, start), np.minimum(stop, end)
    before, after = segments.start_level[rows, column], segments.end_level[rows, column]
    decline = segments.decline[rows, column]
    slope = np.where(decline > 0, 0.0, (after - before) / (stop - begin))
    straight = before + slope * ((low + high) / 2 - begin)
    return (high - low) * np.where(
        decline > 0,
        before * np.exp(-decline * (low - begin)) * _mean_of_decay(decline * (high - low)),
        straight,
    )


def _mean_of_decay(exponent: Floats) -> Floats:
    """Mean of exp(-x) for x from 0 to `exponent`, exact near 0."""
    safe = np.where(exponent > 0, exponent, 1.0)
    return np.where(exponent > 0, -np.expm1(-safe) / safe, 1.0)


def area_of_decay(level: Floats, rate: Floats, start: Floats, end: Floats) -> Floats:
    """Integrate level exp(-rate t) from `start` to `end` after the time of `level`; a rate of 0 holds it."""
    return (end - start) * level * np.exp(-rate * start) * _mean_of_decay(rate * (end - start))
