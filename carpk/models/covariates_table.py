"""Covariates of a study as numbers: what a typical value depends on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.errors import RulesError, did_you_mean
from carpk.models.population_design import Effect
from carpk.profiles import Booleans, Floats
from carpk.schema import Study

_NOT_COVARIATES = ("subject", "dose_unit", "infusion_date")


@dataclass(frozen=True, eq=False)
class Covariate:
    """One covariate of n patients.

    Attributes
    ----------
    columns : mapping of str to (n,) float
        By label; more than one where the covariate is a word with more than two values.
    known : (n,) bool
        Which patients it is given for.
    """

    columns: Mapping[str, Floats]
    known: Booleans


def covariate(study: Study, subjects: "pd.Series[str]", name: str) -> Covariate:
    """Read one covariate.

    A positive number counts as its logarithm, less the mean over the patients: an effect of 1 on Cmax says that Cmax
    is proportional to it. Another number counts less its mean. A word gives one column for each value but the first,
    an event 1 for who has had it at or after the infusion, else 0.

    Parameters
    ----------
    study : Study
    subjects : Series of n str
    name : str
        A column of the study's subjects, or an event.

    Raises
    ------
    RulesError
        The study has no such column or event, doses are in unlike units, or the covariate is the same for all.
    """
    rows = study.subjects.set_index("subject").loc[list(subjects)]
    columns = [str(column) for column in rows.columns if column not in _NOT_COVARIATES]
    if name in columns:
        units = sorted(rows["dose_unit"].unique())
        if name == "dose" and len(units) > 1:
            raise RulesError(f"covariates: doses are in unlike units, {units}; give one or use the cohort.")
        values = rows[name]
        found = _number(name, values) if pd.api.types.is_numeric_dtype(values) else _word(name, values, study)
    elif name in set(study.events["event"]):
        had = study.events[(study.events["event"] == name) & ~(study.events["time"] < 0)]["subject"]
        found = Covariate({name: subjects.isin(had).to_numpy().astype(np.float64)}, np.ones(len(subjects), np.bool_))
    else:
        known = [*columns, *sorted(set(study.events["event"]))]
        raise RulesError(
            f"covariates: the study has no column or event {name!r}; it has {known}.{did_you_mean(name, known)}"
        )
    if not found.columns or any(len(np.unique(one[found.known])) < 2 for one in found.columns.values()):
        raise RulesError(f"covariates: {name!r} is the same for all patients who are fitted, or given for none.")
    return found


def effects(covariates: Mapping[str, tuple[str, ...]], read: Mapping[str, Covariate]) -> list[Effect]:
    """List the effects that rules ask for, parameter by parameter.

    Raises
    ------
    RulesError
        The covariates of a parameter say the same of the patients, so that their effects cannot be told apart.
    """
    found: list[Effect] = []
    for parameter, names in covariates.items():
        own = [Effect(parameter, label, values) for name in names for label, values in read[name].columns.items()]
        if own:
            together = np.stack([np.ones_like(own[0].values), *(effect.values for effect in own)], axis=1)
            if np.linalg.matrix_rank(together) < together.shape[1]:
                raise RulesError(
                    f"covariates: those of {parameter}, {list(names)}, cannot be told apart; leave one out."
                )
        found += own
    return found


def _number(name: str, values: "pd.Series[float]") -> Covariate:
    number = values.to_numpy(np.float64)
    known = np.isfinite(number)
    if known.any() and (number[known] > 0).all():
        number = np.log(np.where(known, number, 1.0))
    center = number[known].mean() if known.any() else 0.0
    return Covariate({name: np.where(known, number - center, 0.0)}, known)


def _word(name: str, values: "pd.Series[str]", study: Study) -> Covariate:
    word = values.astype(str).to_numpy()
    known = word != ""
    present = set(word[known])
    order = study.cohorts if name == "cohort" else sorted(present)
    others = [value for value in order if value in present][1:]
    return Covariate({f"{name}={value}": (word == value).astype(np.float64) for value in others}, known)
