"""run_nca: a Study or a table of samples in, a table of parameters out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.errors import RulesError, did_you_mean
from carpk.io.study import as_study
from carpk.nca import selection
from carpk.nca.by_hand import exclude, mark_slopes
from carpk.nca.log import log_lines
from carpk.nca.parameters import Infusion, NcaArrays, compute_parameters
from carpk.nca.profile_table import KEYS, course_ends, profile_numbers, profile_table, samples_of
from carpk.nca.results import parameter_table, window_table
from carpk.nca.rules import NcaRules
from carpk.nca.selection import Selection, select_samples
from carpk.profiles import Booleans, Integers, Profiles, rise_by_profile
from carpk.reasons import flag_bit
from carpk.schema import Origin, Study, Texts, worded
from carpk.terms import analyte, in_order
from carpk.units import conversion_factor

_UL_PER_LITER = 1e6
_USES = (
    "quantified",
    "baseline",
    "after_course",
    "duplicate",
    "missing",
    "excluded",
    "refused",
    "dropped",
    "zero",
    "imputed",
)


@dataclass(frozen=True, eq=False)
class NcaResult:
    """Noncompartmental parameters of a study, and how they came about.

    Attributes
    ----------
    parameters : DataFrame
        One row per subject, analyte, matrix and parameter; columns as in carpk.schema.PARAMETERS.
    windows : DataFrame
        What each window's area rests on; columns as in carpk.schema.WINDOWS.
    samples : DataFrame
        The samples, sorted, with `used`: "quantified", "zero" (below the limit, taken as 0), "imputed" (below the
        limit, taken as a share of it), "dropped" (below the limit, left out), "baseline", "after_course", "duplicate",
        "missing", "excluded" or "refused".
    log : DataFrame
        Every insertion, drop, imputation, extrapolation and refusal; columns as in carpk.schema.LOG.
    rules : NcaRules
    origins : tuple of Origin
    time_unit, title : str
        As in the study.
    """

    parameters: pd.DataFrame
    windows: pd.DataFrame
    samples: pd.DataFrame
    log: pd.DataFrame
    rules: NcaRules
    origins: tuple[Origin, ...]
    time_unit: str
    title: str

    @property
    def refused(self) -> pd.DataFrame:
        """Profiles for which nothing was computed: subject, analyte, matrix, detail."""
        lines = self.log[self.log["code"] == "PROFILE_REFUSED"]
        return lines[[*KEYS, "detail"]].reset_index(drop=True)

    def __repr__(self) -> str:
        profiles = self.parameters[KEYS].drop_duplicates()
        missing = int((self.parameters["reason"] != "").sum())
        return f"NcaResult({len(profiles)} profiles, {len(self.parameters)} parameters, {missing} of them missing)"


def run_nca(
    data: Study | pd.DataFrame,
    rules: NcaRules | None = None,
    *,
    analytes: Sequence[str] | None = None,
    parameters: Collection[str] | None = None,
    time_unit: str = "day",
) -> NcaResult:
    """Compute the noncompartmental parameters of every profile of a study.

    Parameters
    ----------
    data : Study or DataFrame
        A DataFrame has the columns subject, time, value, unit and, as far as known, analyte, matrix, lloq; values are
        numbers or text such as ``<50``.
    rules : NcaRules, optional
        The defaults, if not given.
    analytes : sequence of str, optional
        Keys of the analytes to analyze; by default CAR-T levels and analytes that carpk does not know.
    parameters : collection of str, optional
        Keys of the parameters to compute; by default all that the rules give. The numbers are the same either way.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.

    Returns
    -------
    NcaResult
        Every subject is in it; a value is missing exactly where a reason is given.

    Raises
    ------
    DataError
        The data cannot be understood.
    RulesError
        An analyte asked for is not in the data, or a parameter is none that the rules give.
    """
    study = as_study(data, time_unit=time_unit)
    rules = rules or NcaRules()
    samples = _by_time_basis(samples_of(study, _analytes(study, analytes)), rules)
    profiles = profile_table(study, samples)
    number = profile_numbers(samples, profiles)
    if not rise_by_profile(number, samples["time"].to_numpy()):
        order = np.lexsort((samples["row"], samples["time"], number))
        samples, number = samples.iloc[order].reset_index(drop=True), number[order]
    columns = {name: samples[name].to_numpy() for name in (*KEYS, "time")}
    for found, exclusion in exclude(columns, rules):
        samples.loc[found, ["status", "exclusion"]] = ["excluded", exclusion.reason]
    marks = mark_slopes(columns, rules)
    course_end = course_ends(study, profiles)
    chosen = select_samples(
        number,
        samples["time"].to_numpy(),
        samples["value"].to_numpy(),
        samples["status"].to_numpy(),
        course_end=course_end,
        duplicates=rules.duplicates,
        time_zero=rules.time_zero,
        blq=rules.blq,
    )
    kept = np.flatnonzero(chosen.use == selection.KEPT)
    curves = Profiles(
        time=chosen.time[kept],
        value=chosen.value[kept],
        lloq=samples["lloq"].to_numpy()[kept],
        offsets=np.concatenate([[0], np.cumsum(np.bincount(number[kept], minlength=len(profiles)))]),
    )
    day = conversion_factor("day", study.time_unit)
    numbers = compute_parameters(
        curves,
        rules,
        course_end=course_end,
        infusion=_infusion(profiles, rules),
        marks=None if marks is None else marks[kept],
        day=day,
        parameters=parameters,
    )
    samples["used"] = _uses(chosen, kept, numbers)
    common = _common_flags(study, samples, number, chosen)
    table = parameter_table(profiles, numbers, chosen.refused, common, rules, study.time_unit)
    windows = window_table(profiles, numbers, rules)
    return NcaResult(
        parameters=table,
        windows=windows,
        samples=samples,
        log=log_lines(samples, number, chosen, profiles, numbers, windows, course_end, rules, study.time_unit),
        rules=rules,
        origins=study.origins,
        time_unit=study.time_unit,
        title=study.title,
    )


def _analytes(study: Study, asked: Sequence[str] | None) -> list[str]:
    if asked is None:
        return [key for key in study.analytes if analyte(key).role in ("car_t", "other")]
    for key in asked:
        if key not in study.analytes:
            hint = did_you_mean(key, study.analytes)
            raise RulesError(f"run_nca: the data have no analyte {key!r}; they have {study.analytes}.{hint}")
    return in_order(asked)


def _uses(chosen: Selection, kept: Integers, numbers: NcaArrays) -> Texts:
    use = chosen.use.copy()
    became = (numbers.dropped, numbers.zero, numbers.imputed)
    use[kept] = np.select(became, [_USES.index(word) for word in ("dropped", "zero", "imputed")], selection.KEPT)
    return worded(_USES, use)


def _common_flags(study: Study, samples: pd.DataFrame, number: Integers, chosen: Selection) -> Integers:
    """Raise the flags that concern a whole profile, as bits."""
    raised: dict[str, Booleans] = {
        "CENSORED_AT": samples["used"].to_numpy() == "after_course",
        "DAY0_POST": samples["exclusion"].to_numpy() == "DAY0_POST",
        "NOMINAL_USED": _nominal_used(study, samples),
    }
    bits = np.where(chosen.from_baseline, flag_bit("T0_BASELINE"), 0)
    for flag, where in raised.items():
        bits[np.unique(number[where])] |= flag_bit(flag)
    return bits


def _nominal_used(study: Study, samples: pd.DataFrame) -> Booleans:
    keys = ["subject", "analyte", "time"]
    told = study.log.loc[study.log["code"] == "NOMINAL_USED", keys]
    if not len(told):
        return np.zeros(len(samples), np.bool_)
    return pd.MultiIndex.from_frame(samples[keys]).isin(pd.MultiIndex.from_frame(told))


def _by_time_basis(samples: pd.DataFrame, rules: NcaRules) -> pd.DataFrame:
    if rules.time_basis == "actual":
        return samples
    return samples.assign(time=samples["nominal_time"].fillna(samples["time"]))


def _infusion(profiles: pd.DataFrame, rules: NcaRules) -> Infusion | None:
    """Dose of each profile, and the level it makes in the blood where levels are cells/uL; None if no dose is known."""
    if not (profiles["dose"] > 0).any():
        return None
    dose, weight = profiles["dose"].to_numpy(np.float64), profiles["weight"].to_numpy(np.float64)
    cells = np.select(
        [profiles["dose_unit"] == "cells/kg", profiles["dose_unit"] == "cells"], [dose * weight, dose], np.nan
    )
    level = np.where(profiles["unit"] == "cells/uL", cells / (rules.blood_volume * _UL_PER_LITER), np.nan)
    return Infusion(dose, level)
