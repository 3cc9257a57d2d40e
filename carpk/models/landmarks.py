"""What a glance at the samples tells of each patient's curve: where it starts, peaks and ends. Whole arrays."""

from dataclasses import dataclass

import numpy as np

from carpk.models.observations import BELOW, Observations
from carpk.profiles import Booleans, Floats

_CONTRACTION_DAYS = 21.0
_DEFAULT_RATE = 0.16  # where fewer than two levels follow the peak; the typical value of Stein 2019


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Noncompartmental values of n patients from which first guesses are made; each (n,).

    Attributes
    ----------
    first_time, first_log_level : float
        The last sample before the rise to the peak that was lowest, or time 0 far below the peak where none is known.
    peak_time, peak_log_level : float
        The highest quantified level. [day], ln [assay unit]
    contraction_rate : float
        Log-linear decline in the three weeks after the peak. [1/day]
    last_time, last_log_level : float
        The last quantified level, or the limit at the last sample where that lies lower.
    """

    first_time: Floats
    first_log_level: Floats
    peak_time: Floats
    peak_log_level: Floats
    contraction_rate: Floats
    last_time: Floats
    last_log_level: Floats


def landmarks(observed: Observations) -> Landmarks:
    """Find the landmarks of n patients, each with a quantified level.

    Parameters
    ----------
    observed : Observations of n patients

    Returns
    -------
    Landmarks
    """
    rows = np.arange(len(observed))
    ranked = np.where(observed.quantified, observed.log_level, -np.inf)
    peak = np.argmax(ranked, axis=1)
    peak_time, peak_log_level = observed.times[rows, peak], ranked[rows, peak]
    before = observed.present & (observed.times < peak_time[:, np.newaxis])
    lowest = np.argmin(np.where(before, observed.log_level, np.inf), axis=1)
    rises = before.any(axis=1)
    last = observed.times.shape[1] - 1 - np.argmax(observed.present[:, ::-1], axis=1)
    return Landmarks(
        first_time=np.where(rises, observed.times[rows, lowest], 0.0),
        first_log_level=np.where(rises, observed.log_level[rows, lowest], peak_log_level - np.log(1000.0)),
        peak_time=peak_time,
        peak_log_level=peak_log_level,
        contraction_rate=_contraction_rate(observed, peak_time),
        last_time=observed.times[rows, last],
        last_log_level=observed.log_level[rows, last],
    )


def _contraction_rate(observed: Observations, peak_time: Floats) -> Floats:
    """Slope of ln C in the weeks after the peak, levels below the limit at their limit."""
    since_peak = observed.times - peak_time[:, np.newaxis]
    used = ((observed.kind == BELOW) | observed.quantified) & (since_peak >= 0) & (since_peak <= _CONTRACTION_DAYS)
    day, level = _mean(since_peak, used), _mean(observed.log_level, used)
    spread = np.sum(used * (since_peak - day) ** 2, axis=1)
    product = np.sum(used * (since_peak - day) * (observed.log_level - level), axis=1)
    rate = -np.divide(product, spread, out=np.full_like(product, -_DEFAULT_RATE), where=spread > 0)
    within: Floats = np.clip(rate, 0.02, 2.0)
    return within


def _mean(values: Floats, used: Booleans) -> Floats:
    """Mean over the used samples, as a column."""
    mean: Floats = np.sum(used * values, axis=1, keepdims=True) / np.maximum(used.sum(axis=1, keepdims=True), 1)
    return mean
