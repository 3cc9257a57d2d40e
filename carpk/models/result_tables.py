"""The tables of a FitResult, from the fits of one model. Each row carries the number of its profile, to sort by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.models.estimates import Estimate, Evidence, reported_keys
from carpk.models.fits import Fits
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.models.prediction_table import prediction_table
from carpk.models.rules import FitRules
from carpk.models.samples_table import KEYS, Gathered
from carpk.models.uncertainty import band
from carpk.nca.table import NcaResult
from carpk.profiles import Floats, Integers
from carpk.reasons import REASON_CODES, flag_bit, flag_cell, sentence, split_flags
from carpk.schema import CURVES, PREDICTIONS, conform
from carpk.terms import term

_CURVE_POINTS = 181
_WIDEST_BAND = float(np.log(1e4))  # a band wider than ten thousandfold either way says nothing and is left open
_CARRIED_FLAGS = ("CENSORED_AT", "LATE_REEXPANSION", "NOMINAL_USED")  # of the NCA, that concern a fit as well


@dataclass(frozen=True, eq=False)
class ModelFit:
    """One model fitted to some profiles of one analyte.

    Attributes
    ----------
    rows : (n,) int
        Which profiles these are.
    evidence : Evidence
    answers : mapping of Estimate
        By the key of their term.
    """

    rows: Integers
    evidence: Evidence
    answers: Mapping[str, Estimate]


def parameter_table(
    model: Model,
    gathered: Gathered,
    fitted: list[ModelFit],
    reason: Integers,
    nca: NcaResult,
    rules: FitRules,
    day: float,
) -> pd.DataFrame:
    """Make the rows of the parameters: every profile with everything that is reported of the model."""
    keys = reported_keys(model, rules)
    shape = (len(gathered.profiles), len(keys))
    value, low, high = np.full((3, *shape), np.nan)
    reasons, flags = np.repeat(reason[:, np.newaxis], len(keys), axis=1), np.zeros(shape, np.int64)
    for part in fitted:
        for column, key in enumerate(keys):
            answer, scale = part.answers[key], _time_scale(key, day)
            for table, numbers in zip((value, low, high), (answer.value, answer.low, answer.high), strict=True):
                table[part.rows, column] = numbers * scale
            reasons[part.rows, column], flags[part.rows, column] = answer.reason, answer.flags
        flags[part.rows] |= _area_flags(part, gathered, nca, day)[:, np.newaxis]
    flags |= _carried_flags(nca)[:, np.newaxis]
    units = {unit: [term(key).unit(unit, nca.time_unit) for key in keys] for unit in gathered.profiles["unit"].unique()}
    frame = gathered.profiles.loc[
        gathered.profiles.index.repeat(len(keys)), ["subject", "cohort", "dose", "analyte", "matrix"]
    ]
    given = reasons.ravel() == 0
    return frame.assign(
        profile=np.repeat(np.arange(shape[0]), len(keys)),
        source=model.name,
        parameter=keys * shape[0],
        value=value.ravel(),
        low=low.ravel(),
        high=high.ravel(),
        unit=[name for unit in gathered.profiles["unit"] for name in units[unit]],
        method=_method(rules),
        reason=[REASON_CODES[number] for number in reasons.ravel()],
        flags=[flag_cell(int(bits)) for bits in np.where(given, flags.ravel(), 0)],
    )


def _time_scale(key: str, day: float) -> float:
    """Factor from days to the study's time unit."""
    return {"time": day, "area": day, "rate": 1.0 / day}.get(term(key).kind, 1.0)


def _method(rules: FitRules) -> str:
    """Name in short how a number was fitted."""
    aim = "maximum likelihood" if rules.prior == "none" else f"MAP, {rules.prior} prior"
    error = rules.residual_error if isinstance(rules.residual_error, str) else f"{rules.residual_error:g}"
    return f"{aim}; BLQ {rules.blq}; residual SD {error}; {100 * rules.confidence:g} % {rules.intervals}"


def _area_flags(part: ModelFit, gathered: Gathered, nca: NcaResult, day: float) -> Integers:
    """Mark fits whose area is not within a factor of two of the measured one, over the first window that both have."""
    flags = np.zeros(len(part.rows), np.int64)
    profiles = gathered.profiles.iloc[part.rows]
    for key, estimate in part.answers.items():
        measured_key = key.removeprefix("model_")
        if measured_key not in nca.rules.window_keys:
            continue
        measured = nca.parameters[nca.parameters["parameter"] == measured_key].set_index(KEYS)["value"]
        area = measured.reindex(pd.MultiIndex.from_frame(profiles[KEYS])).to_numpy()
        ratio = estimate.value * day / area
        flags[(ratio > 2.0) | (ratio < 0.5)] = flag_bit("AREA_DIFFERS")
        break
    return flags


def _carried_flags(nca: NcaResult) -> Integers:
    cells = nca.parameters[nca.parameters["parameter"] == "cmax"]["flags"]
    return np.array(
        [sum(flag_bit(flag) for flag in split_flags(cell) if flag in _CARRIED_FLAGS) for cell in cells], np.int64
    )


def curve_table(model: Model, gathered: Gathered, fitted: list[ModelFit], reason: Integers, day: float) -> pd.DataFrame:
    """Draw the trusted fits from the infusion, or the peak, to the last sample, with a band from standard errors."""
    parts = []
    for part in fitted:
        trusted = reason[part.rows] == 0
        fits, rows = part.evidence.fits, part.rows[trusted]
        observed = fits.problems.observed
        first = observed.covariates[:, 0] if model.after_peak else np.zeros(len(part.rows))
        times = _curve_times(fits, first)
        level = fits.predicted(times)
        reach = np.sqrt(part.evidence.rise)[:, np.newaxis] * band(fits, part.evidence.found, times)
        reach = np.where(reach < _WIDEST_BAND, reach, np.nan)
        columns = {
            "time": times * day,
            "value": np.exp(level),
            "low": np.exp(level - reach),
            "high": np.exp(level + reach),
        }
        frame = gathered.profiles[KEYS].iloc[np.repeat(rows, times.shape[1])]
        parts.append(
            frame.assign(
                profile=np.repeat(rows, times.shape[1]),
                source=model.name,
                **{name: numbers[trusted].ravel() for name, numbers in columns.items()},
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else conform(pd.DataFrame({"profile": []}), CURVES)


def predicted_levels(
    model: Model, gathered: Gathered, fitted: list[ModelFit], reason: Integers, day: float
) -> pd.DataFrame:
    """Put what the trusted fits predict beside each level that was fitted."""
    parts = []
    for part in fitted:
        trusted = np.flatnonzero(reason[part.rows] == 0)
        fits = part.evidence.fits
        observed = fits.problems.observed
        rows = part.rows[trusted]
        parts.append(
            prediction_table(
                gathered.profiles[KEYS].iloc[rows].assign(profile=rows),
                observed.take(trusted),
                fits.predicted(observed.times)[trusted],
                source=model.name,
                residual_sd=fits.sd[trusted, np.newaxis],
                day=day,
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else conform(pd.DataFrame({"profile": []}), PREDICTIONS)


def _curve_times(fits: Fits, first: Floats) -> Floats:
    """Choose times from the first to the last sample, dense early, with the kinks among them; (n, q)."""
    spaced = np.linspace(0.0, 1.0, _CURVE_POINTS) ** 2
    last = fits.problems.observed.times[:, -1]
    times = first[:, np.newaxis] + spaced * (last - first)[:, np.newaxis]
    kinks = np.exp(fits.phi[:, [fits.model.index(name) for name in fits.model.breakpoints]])
    return np.sort(np.column_stack([times, np.minimum(kinks, last[:, np.newaxis])]), axis=1)


def comparison_table(
    model: Model, gathered: Gathered, observed: Observations, fitted: list[ModelFit], reason: Integers, counted: int
) -> pd.DataFrame:
    """Make one row for each profile: how well the model fits it."""
    numbers = {
        name: np.full(len(reason), np.nan) for name in ("residual_sd", "minus_two_log_likelihood", "aicc", "bic")
    }
    levels = observed.present.sum(axis=1).astype(np.float64)
    for part in fitted:
        fits, there = part.evidence.fits, levels[part.rows]
        likelihood = fits.minus_two_log_likelihood
        correction = 2.0 * counted * (counted + 1) / (there - counted - 1.0)
        numbers["residual_sd"][part.rows] = fits.sd
        numbers["minus_two_log_likelihood"][part.rows] = likelihood
        numbers["aicc"][part.rows] = likelihood + 2.0 * counted + correction
        numbers["bic"][part.rows] = likelihood + counted * np.log(there)
    trusted = reason == 0
    return gathered.profiles[KEYS].assign(
        profile=np.arange(len(reason)),
        source=model.name,
        levels=levels,
        fitted=float(counted),
        **{name: np.where(trusted, values, np.nan) for name, values in numbers.items()},
        reason=[REASON_CODES[number] for number in reason],
    )


def log_table(model: Model, gathered: Gathered, reason: Integers) -> pd.DataFrame:
    """Say which profiles were not fitted, and why."""
    missing = np.flatnonzero(reason)
    codes = [REASON_CODES[reason[row]] for row in missing]
    return (
        gathered.profiles[KEYS]
        .iloc[missing]
        .assign(
            profile=missing,
            stage="fit",
            time=np.nan,
            code=codes,
            detail=[f"{model.label}: not fitted. {sentence(code)}" for code in codes],
        )
    )
