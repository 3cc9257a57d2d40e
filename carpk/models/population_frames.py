"""The tables of a PopulationFit, from an estimate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from carpk.models.model import Model
from carpk.models.population import Estimate
from carpk.models.population_design import Effect
from carpk.models.population_model import Population, PopulationModel
from carpk.models.population_rules import PopulationRules
from carpk.models.prediction_table import prediction_table
from carpk.models.samples_table import Gathered
from carpk.profiles import Floats, Integers
from carpk.reasons import REASON_CODES, join_flags
from carpk.schema import PARAMETERS, conform
from carpk.terms import term

_PUBLISHED_LEVEL_UNIT = "copies/ug"
_METHOD = "posterior mean given the population"
_NORMAL = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, eq=False)
class Fitted:
    """An estimate and what its numbers mean.

    Attributes
    ----------
    population : PopulationModel
    estimate : Estimate
    rules : PopulationRules
    effects : tuple of Effect
    reasons : mapping of str to str
        Why a parameter's numbers are withheld, by its name.
    level_unit, time_unit : str
    day : float
        Length of a day in `time_unit`.
    """

    population: PopulationModel
    estimate: Estimate
    rules: PopulationRules
    effects: tuple[Effect, ...]
    reasons: Mapping[str, str]
    level_unit: str
    time_unit: str
    day: float

    @property
    def model(self) -> Model:
        """The curve."""
        return self.population.model

    @property
    def varying(self) -> list[str]:
        """Names of the parameters that vary between patients."""
        return [self.model.parameters[place].name for place in self.population.varying]

    def unit(self, key: str) -> str:
        """Name the unit in which a parameter is reported."""
        return term(key).unit(self.level_unit, self.time_unit)

    def scale(self, key: str) -> float:
        """Factor from days to the study's time unit."""
        return {"time": self.day, "rate": 1.0 / self.day}.get(term(key).kind, 1.0)


def coefficient_errors(fit: Fitted) -> Floats:
    """Return standard errors of all coefficients, (q,); NaN where held or unknown."""
    free = fit.population.estimated_coefficients
    errors = np.full(len(free), np.nan)
    errors[free] = fit.estimate.judgement.information.standard_error[: int(free.sum())]
    return errors


def typical_frame(fit: Fitted) -> pd.DataFrame:
    """Make a row for each typical value, then one for each covariate effect."""
    coefficients, errors = fit.estimate.population.coefficients, coefficient_errors(fit)
    reach = _quantile(fit)
    size = len(fit.varying)
    phi = fit.population.everything(coefficients[:size])
    spread = np.full(len(phi), np.nan)
    spread[fit.population.varying] = errors[:size]
    natural = fit.model.to_natural(phi)
    low, high = fit.model.to_natural(phi - reach * spread), fit.model.to_natural(phi + reach * spread)
    logit = np.array([parameter.scale == "logit" for parameter in fit.model.parameters])
    slope = np.where(logit, natural * (1.0 - natural), natural)
    rows = []
    for place, parameter in enumerate(fit.model.parameters):
        scale, reason = fit.scale(parameter.key), fit.reasons.get(parameter.name, "")
        numbers = np.array([natural[place], slope[place] * spread[place], low[place], high[place]]) * scale
        estimated = bool(np.isfinite(spread[place]))
        flags = ["FIXED_VALUE"] if not estimated and not reason else []
        flags += ["PRIOR_USED"] if parameter.name in fit.rules.priors else []
        published = np.nan if _other_unit(parameter.key, fit) else parameter.published * scale
        rows.append((parameter.key, "", *_unless(reason, numbers), fit.unit(parameter.key), published, reason, flags))
    for effect, value, error in zip(fit.effects, coefficients[size:], errors[size:], strict=True):
        reason = "" if np.isfinite(error) else "NOT_IDENTIFIABLE"
        numbers = np.array([value, error, value - reach * error, value + reach * error])
        rows.append((f"model_{effect.parameter}", effect.label, *_unless(reason, numbers), "1", np.nan, reason, []))
    columns = ["parameter", "covariate", "estimate", "standard_error", "low", "high", "unit", "published", "reason"]
    table = pd.DataFrame(rows, columns=[*columns, "flags"])
    return table.assign(flags=[join_flags(flags) for flags in table["flags"]])


def variability_frame(fit: Fitted) -> pd.DataFrame:
    """Make a row for each standard deviation between patients, then one for each correlation."""
    current, errors = fit.estimate.population, _covariance_errors(fit)
    reach, rows = _quantile(fit), []
    for place, name in enumerate(fit.varying):
        sd, reason = float(current.sd[place]), fit.reasons.get(name, "")
        error = errors[place, place] / (2.0 * sd)
        ratio = np.exp(reach * error / sd)
        held = bool(np.isfinite(fit.population.fixed_sd[place]))
        flags = "FIXED_VALUE" if held else "" if np.isfinite(error) else "VARIABILITY_UNSURE"
        numbers = np.array([sd, error, sd / ratio, sd * ratio])
        key = f"model_{name}"
        rows.append((key, "", *_unless(reason, numbers), _published_sd(fit, name), reason, "" if reason else flags))
    for row, column in zip(*np.triu_indices(len(fit.varying), 1), strict=True):
        if not fit.population.full:
            break
        both = (fit.varying[row], fit.varying[column])
        reason = next((fit.reasons[name] for name in both if name in fit.reasons), "")
        correlation = current.covariance[row, column] / (current.sd[row] * current.sd[column])
        error = errors[row, column] / (current.sd[row] * current.sd[column])
        bounds = np.clip([correlation - reach * error, correlation + reach * error], -1.0, 1.0)
        numbers = np.array([correlation, error, *bounds])
        rows.append((f"model_{both[0]}", f"model_{both[1]}", *_unless(reason, numbers), np.nan, reason, ""))
    columns = ["parameter", "with", "estimate", "standard_error", "low", "high", "published", "reason", "flags"]
    return pd.DataFrame(rows, columns=columns)


def residual_frame(fit: Fitted) -> pd.DataFrame:
    """Make the one row of the residual error on ln C."""
    sd = fit.estimate.population.residual_sd
    error = float(fit.estimate.judgement.information.standard_error[-1])
    ratio = float(np.exp(_NORMAL * error))
    row = ("residual_sd", sd, sd * error, sd / ratio, sd * ratio)
    return pd.DataFrame([row], columns=["parameter", "estimate", "standard_error", "low", "high"])


def shrinkage_frame(fit: Fitted) -> pd.DataFrame:
    """Make a row for each varying parameter: by how much the patients' values spread less than the population."""
    deviation = fit.estimate.judgement.posterior.mean - fit.population.means(fit.estimate.population.coefficients)
    shrinkage = 100.0 * (1.0 - np.std(deviation, axis=0, ddof=1) / fit.estimate.population.sd)
    return pd.DataFrame({"parameter": [f"model_{name}" for name in fit.varying], "shrinkage_percent": shrinkage})


def trace_frame(fit: Fitted) -> pd.DataFrame:
    """Make a row for each iteration: typical values, effects, variabilities and residual error."""
    trace, effort = fit.estimate.trace, fit.rules.effort
    phases = ["exploring", "smoothing", "settling", "newton"]
    counts = [effort.exploring, effort.smoothing, effort.settling, effort.newton]
    table = pd.DataFrame({"iteration": np.arange(1, len(trace) + 1), "phase": np.repeat(phases, counts)})
    coefficients = np.stack([one.coefficients for one in trace])
    size = len(fit.varying)
    natural = fit.model.to_natural(fit.population.everything(coefficients[:, :size]))
    sd = np.stack([one.sd for one in trace])
    columns = {
        f"model_{name}": natural[:, place] * fit.scale(f"model_{name}")
        for name, place in zip(fit.varying, fit.population.varying, strict=True)
    }
    columns |= {
        f"{effect.label} on model_{effect.parameter}": coefficients[:, size + place]
        for place, effect in enumerate(fit.effects)
    }
    columns |= {f"sd of model_{name}": sd[:, place] for place, name in enumerate(fit.varying)}
    columns["residual_sd"] = np.array([one.residual_sd for one in trace])
    return table.assign(**columns)


def prediction_frame(fit: Fitted, profiles: pd.DataFrame) -> pd.DataFrame:
    """Make a row for each level that was fitted; `profiles` are those of the fitted subjects."""
    current, known = fit.estimate.population, fit.estimate.judgement.posterior
    return prediction_table(
        profiles[["subject", "analyte", "matrix"]],
        fit.population.observed,
        fit.population.log_level(known.mean),
        source=fit.model.name,
        residual_sd=current.residual_sd,
        day=fit.day,
        typical=fit.population.log_level(fit.population.means(current.coefficients)),
    )


def individual_frame(fit: Fitted, gathered: Gathered, reason: Integers) -> pd.DataFrame:
    """Make a row for every subject and every parameter of the model and what is derived from them."""
    found, rows = _individual_values(fit), np.flatnonzero(reason == 0)
    shape = (3, len(reason), len(found))
    numbers = np.full(shape, np.nan)
    for column, values in enumerate(found.values()):
        numbers[:, rows, column] = values
    own = np.array([REASON_CODES[number] for number in reason], dtype=object)[:, np.newaxis]
    reasons = np.where(own != "", own, _withheld_columns(fit, list(found)))
    numbers[:, reasons != ""] = np.nan
    table = gathered.profiles.loc[
        gathered.profiles.index.repeat(len(found)), ["subject", "cohort", "dose", "analyte", "matrix"]
    ]
    value, low, high = numbers.reshape(3, -1)
    return conform(
        table.assign(
            source=f"{fit.model.name} (population)",
            parameter=list(found) * len(reason),
            value=value,
            low=low,
            high=high,
            unit=[fit.unit(key) for key in found] * len(reason),
            method=_METHOD,
            reason=reasons.ravel(),
            flags="",
        ),
        PARAMETERS,
    )


def _withheld_columns(fit: Fitted, keys: Sequence[str]) -> np.ndarray:
    """Reason of each key: its parameter's, or that of a parameter from which it follows."""
    reasons = {f"model_{name}": code for name, code in fit.reasons.items()}
    probe = fit.model.to_natural(typical_phi(fit, fit.estimate.population))
    for name, derive in fit.model.derived.items():
        for parameter, code in fit.reasons.items():
            moved = probe.copy()
            moved[fit.model.index(parameter)] *= 1.01
            if derive(moved) != derive(probe):
                reasons[f"model_{name}"] = code
    return np.array([reasons.get(key, "") for key in keys], dtype=object)


def _individual_values(fit: Fitted) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Return value, low and high of each patient and reported parameter, by its key.

    The value is that of the mean of the patient's distribution on the transformed scale, low and high those of 1.96
    standard deviations to either side; derived quantities have no interval.
    """
    known = fit.estimate.judgement.posterior
    mean = fit.population.everything(known.mean)
    spread = np.zeros_like(mean)
    spread[:, fit.population.varying] = np.sqrt(np.diagonal(known.covariance, axis1=1, axis2=2))
    value, low, high = (fit.model.to_natural(mean + side * _NORMAL * spread) for side in (0.0, -1.0, 1.0))
    found = {}
    for place, parameter in enumerate(fit.model.parameters):
        scale = fit.scale(parameter.key)
        found[parameter.key] = (value[:, place] * scale, low[:, place] * scale, high[:, place] * scale)
    unknown = np.full(len(mean), np.nan)
    for name, derive in fit.model.derived.items():
        found[f"model_{name}"] = (derive(value) * fit.scale(f"model_{name}"), unknown, unknown)
    return found


def typical_phi(fit: Fitted, current: Population) -> Floats:
    """Return typical values on the transformed scale, (p,)."""
    return fit.population.everything(current.coefficients[: len(fit.varying)])


def _quantile(fit: Fitted) -> float:
    """Return the standard errors to either side of a 95 % interval, by the t distribution: patients are few."""
    return float(stats.t.ppf(0.975, len(fit.population.observed) - 1))


def _covariance_errors(fit: Fitted) -> Floats:
    """Return standard errors of the covariance matrix, (d, d); NaN where held or unknown."""
    information = fit.estimate.judgement.information
    errors = np.full_like(fit.estimate.population.covariance, np.nan)
    rows, columns = fit.population.estimated_covariances
    errors[rows, columns] = errors[columns, rows] = information.standard_error[information.variances]
    return errors


def _published_sd(fit: Fitted, name: str) -> float:
    printed = fit.model.parameters[fit.model.index(name)].random_effect
    return float(np.sqrt(printed)) if fit.rules.random_effects == "variance" else printed


def _other_unit(key: str, fit: Fitted) -> bool:
    """Whether the published number is in another unit than the study's."""
    return term(key).kind == "level" and fit.level_unit != _PUBLISHED_LEVEL_UNIT


def _unless(reason: str, numbers: Floats) -> Floats:
    return np.full_like(numbers, np.nan) if reason else numbers
