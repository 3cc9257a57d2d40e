"""Samples that the user left out or chose for the terminal slope by hand."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.nca.choices import Exclusion, SlopePoints
from carpk.nca.rules import NcaRules
from carpk.nca.terminal import CHOSEN, LEFT_OUT, Marks
from carpk.profiles import Booleans

_SAME_TIME = 1e-9

Columns = Mapping[str, npt.NDArray[np.generic]]
"""subject, analyte, matrix and time of every sample, (samples,) each."""


def exclude(samples: Columns, rules: NcaRules) -> list[tuple[Booleans, Exclusion]]:
    """Find the samples of every exclusion from the profile.

    Returns
    -------
    list of ((samples,) bool, Exclusion)

    Raises
    ------
    RulesError
        An exclusion has no sample: a misspelt one must not exclude nothing.
    """
    return [
        (_found(samples, entry, _at(samples, entry.time)), entry) for entry in rules.exclusions if not entry.slope_only
    ]


def mark_slopes(samples: Columns, rules: NcaRules) -> Marks | None:
    """Mark the samples chosen for, or left out of, the terminal slope.

    Returns
    -------
    (samples,) int or None
        CHOSEN, LEFT_OUT or 0; None where the user did neither.

    Raises
    ------
    RulesError
        A choice has no sample, or a chosen time has none.
    """
    left_out = [entry for entry in rules.exclusions if entry.slope_only]
    if not left_out and not rules.slope_points:
        return None
    marks = np.zeros(len(samples["time"]), np.int8)
    for points in rules.slope_points:
        marks[_chosen(samples, points)] = CHOSEN
    for entry in left_out:
        marks[_found(samples, entry, _at(samples, entry.time))] = LEFT_OUT
    return marks


def _chosen(samples: Columns, entry: SlopePoints) -> Booleans:
    if not entry.times:
        times = samples["time"].astype(np.float64)
        return _found(samples, entry, (times >= entry.first - _SAME_TIME) & (times <= entry.last + _SAME_TIME))
    chosen = np.zeros(len(samples["time"]), np.bool_)
    for time in entry.times:
        chosen |= _found(samples, entry, _at(samples, time))
    return chosen


def _at(samples: Columns, time: float) -> Booleans:
    return np.abs(samples["time"].astype(np.float64) - time) <= _SAME_TIME


def _found(samples: Columns, entry: Exclusion | SlopePoints, there: Booleans) -> Booleans:
    own: Booleans = there & (samples["subject"] == entry.subject)
    for name in ("analyte", "matrix"):
        if getattr(entry, name):
            own = own & (samples[name] == getattr(entry, name))
    if not own.any():
        choice = "exclusions" if isinstance(entry, Exclusion) else "slope_points"
        raise RulesError(f"NcaRules: {choice}: no sample is like {entry}.")
    return own
