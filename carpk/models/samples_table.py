"""From the samples that an NCA selected to what a model is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from carpk.models.landmarks import landmarks
from carpk.models.model import Model
from carpk.models.observations import ABOVE, ABSENT, BELOW, QUANTIFIED, Limits, Observations
from carpk.models.rules import FitRules
from carpk.nca import selection
from carpk.nca.selection import select_samples
from carpk.nca.table import NcaResult
from carpk.profiles import Floats, Integers
from carpk.reasons import reason_number
from carpk.schema import Study
from carpk.units import conversion_factor

KEYS = ["subject", "analyte", "matrix"]
_OF_THE_COURSE = ("quantified", "zero", "imputed", "dropped", "duplicate", "refused")


@dataclass(frozen=True, eq=False)
class Gathered:
    """Profiles and their samples.

    Attributes
    ----------
    profiles : DataFrame of n profiles
        subject, cohort, dose, analyte, matrix, unit.
    observed : Observations of n patients
        Without covariates.
    limits : Limits of n patients
        None below or above where levels beyond them are not censored.
    reason : (n,) int
        Number of the reason why no model can be fitted to a profile, 0 where one can.
    """

    profiles: pd.DataFrame
    observed: Observations
    limits: Limits
    reason: Integers


def gather(nca: NcaResult, rules: FitRules) -> Gathered:
    """Collect the samples of every profile that an NCA has, levels above the upper limit included."""
    profiles = nca.parameters[nca.parameters["parameter"] == "cmax"]
    profiles = profiles[["subject", "cohort", "dose", "analyte", "matrix", "unit"]].reset_index(drop=True)
    samples = nca.samples[nca.samples["used"].isin(_OF_THE_COURSE)]
    numbered = profiles[KEYS].assign(number=np.arange(len(profiles)))
    number = samples[KEYS].merge(numbered, on=KEYS, how="left")["number"].to_numpy(np.int64)
    order = np.lexsort((samples["row"], samples["time"], number))
    samples, number = samples.iloc[order], number[order]
    above = (samples["status"] == "above_uloq").to_numpy()
    chosen = select_samples(
        number,
        samples["time"].to_numpy(),
        np.where(above, samples["uloq"], samples["value"]),
        np.where(above, "quantified", samples["status"].to_numpy(np.str_)),
        course_end=np.full(len(profiles), np.inf),
        duplicates=nca.rules.duplicates,
    )
    kind = np.select([chosen.use != selection.KEPT, np.isnan(chosen.value), above], [ABSENT, BELOW, ABOVE], QUANTIFIED)
    if rules.time_zero == "leave_out":
        kind[chosen.time == 0] = ABSENT
    level = np.where(kind == BELOW, samples["lloq"], chosen.value)
    if rules.blq == "drop":
        kind[kind == BELOW] = ABSENT
    elif rules.blq == "half_lloq":
        level = np.where(kind == BELOW, 0.5 * level, level)
        kind[kind == BELOW] = QUANTIFIED
    day = conversion_factor("day", nca.time_unit)
    kept = np.flatnonzero(kind != ABSENT)
    reason = chosen.refused.copy()
    reason[number[kept[np.isnan(level[kept])]]] = reason_number("LIMIT_UNKNOWN")
    observed = _padded(len(profiles), number[kept], chosen.time[kept] / day, level[kept], kind[kept])
    limits = _limits(observed, samples.iloc[kept], censored=rules.blq == "censor")
    few = [~observed.present.any(axis=1), ~observed.quantified.any(axis=1)]
    seen = np.select(few, [reason_number("NO_SAMPLES"), reason_number("NO_QUANTIFIED")], 0)
    return Gathered(profiles, observed, limits, np.where(reason > 0, reason, seen))


def _padded(profiles: int, number: Integers, time: Floats, level: Floats, kind: Integers) -> Observations:
    """Flat samples, sorted by profile and time, as one padded block."""
    counts = np.bincount(number, minlength=profiles)
    column = np.arange(len(number)) - (np.cumsum(counts) - counts)[number]
    shape = (profiles, max(int(counts.max(initial=0)), 1))
    times, log_level, kinds = np.zeros(shape), np.zeros(shape), np.full(shape, ABSENT)
    times[number, column], kinds[number, column] = time, kind
    log_level[number, column] = np.log(np.where(np.isnan(level), 1.0, level))
    return Observations(np.maximum.accumulate(times, axis=1), log_level, kinds, np.empty((profiles, 0)))


def _limits(observed: Observations, samples: pd.DataFrame, *, censored: bool) -> Limits:
    """Limits of samples sorted by profile and time, side by side; none below where BLQ levels are not censored."""
    lower, upper = np.full(observed.times.shape, -np.inf), np.full(observed.times.shape, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        lloq, uloq = np.log(samples["lloq"].to_numpy()), np.log(samples["uloq"].to_numpy())
    if censored:
        lower[observed.present] = np.where(np.isnan(lloq), -np.inf, lloq)
    upper[observed.present] = np.where(np.isnan(uloq), np.inf, uloq)
    return Limits(lower, upper)


def for_model(gathered: Gathered, model: Model, study: Study) -> Observations:
    """Add what a model wants to know of each patient, and leave out what it does not describe."""
    observed = gathered.observed
    if not model.covariates:
        return observed
    peak = landmarks(observed).peak_time
    columns = [peak if name == "peak_time" else first_days(study, gathered, name) for name in model.covariates]
    kind = np.where(observed.times < peak[:, np.newaxis], ABSENT, observed.kind) if model.after_peak else observed.kind
    return replace(observed, covariates=np.stack(columns, axis=1), kind=kind)


def first_days(study: Study, gathered: Gathered, event: str) -> Floats:
    """Day of the first event of a kind at or after the infusion, (n,); NaN where there was none."""
    events = study.events[(study.events["event"] == event) & (study.events["time"] >= 0)]
    first = events.groupby("subject")["time"].min() / conversion_factor("day", study.time_unit)
    return gathered.profiles["subject"].map(first).to_numpy(np.float64)


def groups(profiles: pd.DataFrame) -> Sequence[Integers]:
    """Rows of the profiles of each analyte in each matrix: they share a residual error."""
    return [np.asarray(rows) for rows in profiles.groupby(["analyte", "matrix"], sort=False).indices.values()]
