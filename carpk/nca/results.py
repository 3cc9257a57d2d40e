"""The tables of results, built from codes: a text that many rows share is made once."""

import numpy as np
import pandas as pd

from carpk.nca.parameters import NcaArrays
from carpk.nca.rules import NcaRules
from carpk.profiles import Integers
from carpk.reasons import REASON_CODES, flag_cell
from carpk.schema import PARAMETERS, WINDOWS, Texts, worded
from carpk.terms import term

_KEYS = ["subject", "analyte", "matrix"]


def parameter_table(
    profiles: pd.DataFrame, numbers: NcaArrays, refused: Integers, common: Integers, rules: NcaRules, time_unit: str
) -> pd.DataFrame:
    """List every parameter of every profile.

    Parameters
    ----------
    profiles : DataFrame
        One line per profile: subject, cohort, dose, dose_unit, analyte, matrix and unit.
    numbers : NcaArrays
        What was computed for them.
    refused, common : (profiles,) int
        Number of the reason why a profile is refused, and bits of the flags on all of its parameters.
    rules : NcaRules
    time_unit : str

    Returns
    -------
    DataFrame
        Columns as in carpk.schema.PARAMETERS, profile by profile.
    """
    keys = list(numbers.answers)
    # One row per profile and parameter, profile by profile.
    every = np.repeat(np.arange(len(profiles)), len(keys))
    each = np.tile(np.arange(len(keys)), len(profiles))
    reason = np.where(refused[:, None] > 0, refused[:, None].astype(np.int8), _gathered(numbers, "reason")).ravel()
    missing = reason > 0

    def numbers_of(part: str) -> np.ndarray:
        given = _gathered(numbers, part).ravel()
        given[missing] = np.nan
        return given

    flags = (_gathered(numbers, "flags") | common.astype(np.int32)[:, None]).ravel()
    flags[missing] = 0
    return pd.DataFrame(
        {
            "subject": profiles["subject"].array.take(every),
            "cohort": profiles["cohort"].array.take(every),
            "dose": profiles["dose"].to_numpy()[every],
            "analyte": profiles["analyte"].array.take(every),
            "matrix": profiles["matrix"].array.take(every),
            "source": worded(["nca"], np.zeros(len(every), np.intp)),
            "parameter": worded(keys, each),
            "value": numbers_of("value"),
            "low": numbers_of("low"),
            "high": numbers_of("high"),
            "unit": _units(profiles, keys, time_unit),
            "method": worded([_method(key, rules) for key in keys], each),
            "reason": worded(REASON_CODES, reason),
            "flags": _flag_cells(flags),
        },
        columns=[column.name for column in PARAMETERS],
        copy=False,  # every column was made for this table
    )


def _gathered(numbers: NcaArrays, part: str) -> np.ndarray:
    """Put one part of every answer side by side, (profiles, parameters); NaN for what an answer does not have."""
    parts = [getattr(answer, part) for answer in numbers.answers.values()]
    unknown = np.full(len(numbers.inserted), np.nan)
    return np.stack([unknown if values is None else values for values in parts], axis=1)


def window_table(profiles: pd.DataFrame, numbers: NcaArrays, rules: NcaRules) -> pd.DataFrame:
    """List what the area over every window of every profile rests on; columns as in carpk.schema.WINDOWS."""
    keys = [key for key in rules.window_keys if key in numbers.answers]
    every = np.repeat(np.arange(len(profiles)), len(keys))
    told = [column.name for column in WINDOWS[len(_KEYS) + 1 :]]
    table = {name: profiles[name].array.take(every) for name in _KEYS}
    table["parameter"] = worded(keys, np.tile(np.arange(len(keys)), len(profiles)))
    for name in told:
        parts = [numbers.answers[key].extent[name] for key in keys]
        table[name] = np.stack(parts, axis=1).ravel() if parts else np.empty(0)
    return pd.DataFrame(table)


def _units(profiles: pd.DataFrame, keys: list[str], time_unit: str) -> Texts:
    """Name the unit of every profile's parameters, profile by profile."""
    unit, units = pd.factorize(profiles["unit"])
    dose_unit, dose_units = pd.factorize(profiles["dose_unit"])
    pairs, codes = np.unique(unit * len(dose_units) + dose_unit, return_inverse=True)
    names = [
        term(key).unit(units[pair // len(dose_units)], time_unit, dose_units[pair % len(dose_units)] or "dose")
        for pair in pairs
        for key in keys
    ]
    return worded(names, (codes[:, None] * len(keys) + np.arange(len(keys))).ravel())


def _flag_cells(flags: Integers) -> Texts:
    codes, sets = pd.factorize(flags)
    return worded([flag_cell(int(bits)) for bits in sets], codes)


def _method(key: str, rules: NcaRules) -> str:
    """Name in short the rule behind a parameter; the methods sentences say it in full."""
    base = key.removesuffix("_per_dose").replace("cavg", "auc")
    if base.startswith("auc"):
        tail = f"; tail {rules.tail}, clast {rules.clast}" if base in rules.window_keys else ""
        return f"{rules.auc_method}; BLQ rule {rules.blq}{tail}"
    if base in ("cmax", "tmax"):
        return f"observed, to day {rules.peak_horizon:g}"
    if base in ("tfirst", "tlast", "clast", "tbql"):
        return "observed"
    if base in ("expansion_rate", "doubling_time"):
        return "ln-linear, nadir to peak"
    if base == "contraction_half_life":
        return f"ln-linear, after the peak to day {rules.contraction_until:g}"
    if base == "fold_expansion":
        return f"Cmax over {rules.fold_definition}"
    return f"{rules.slope_selection}, {rules.slope_weights} weights, {rules.min_points} or more points after the peak"
