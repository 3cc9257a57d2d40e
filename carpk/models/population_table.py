"""fit_population: a Study in, typical values, variabilities and each patient's parameters out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import DataError, Finding
from carpk.io.study import as_study
from carpk.models import population_frames as frames
from carpk.models.catalog import model as model_named
from carpk.models.covariates_table import covariate, effects
from carpk.models.model import Model
from carpk.models.observations import Limits, Observations
from carpk.models.population import Estimate, estimate
from carpk.models.population_checks import check_lines, withheld
from carpk.models.population_design import describe_population
from carpk.models.population_frames import Fitted
from carpk.models.population_model import PopulationModel
from carpk.models.population_rules import PopulationRules
from carpk.models.rules import FitRules
from carpk.models.samples_table import Gathered, for_model, gather
from carpk.nca.rules import NcaRules
from carpk.nca.table import NcaResult, run_nca
from carpk.profiles import Integers
from carpk.reasons import REASON_CODES, reason_number, sentence
from carpk.schema import LOG, PREDICTIONS, Origin, Study, conform
from carpk.units import conversion_factor


@dataclass(frozen=True, slots=True)
class Objective:
    """How well a population fits.

    Attributes
    ----------
    minus_two_log_likelihood : float
        Of all levels on ln C, by importance sampling.
    monte_carlo_error : float
        Its standard error from chance in the sampling.
    bic : float
        -2LL + estimated numbers x ln(subjects).
    estimated, subjects, levels : int
        How many numbers were estimated, from how many subjects and levels, censored ones included.
    """

    minus_two_log_likelihood: float
    monte_carlo_error: float
    bic: float
    estimated: int
    subjects: int
    levels: int


@dataclass(frozen=True, eq=False)
class PopulationFit:
    """A population fitted to a study.

    Attributes
    ----------
    typical : DataFrame
        parameter, covariate (empty for a typical value), estimate, standard_error, low and high (95 %), unit,
        published, reason, flags. With covariates, the typical value is that of a patient whose numbers are the mean (of
        their logarithms, where positive), whose words are the first, and who had no event.
    variability : DataFrame
        parameter, with (empty for a standard deviation on the transformed scale, else the parameter of a correlation),
        estimate, standard_error, low, high, published, reason, flags.
    residual : DataFrame
        Standard deviation of the residual error on ln C: parameter, estimate, standard_error, low, high.
    individual : DataFrame
        Every subject's parameters, columns as in carpk.schema.PARAMETERS; `low` and `high` are the ends of an interval
        that holds the parameter with 95 %.
    shrinkage : DataFrame
        parameter, shrinkage_percent: 100 (1 - SD of the subjects' values / SD between subjects).
    objective : Objective
    trace : DataFrame
        iteration, phase, and a column for each number.
    checks : DataFrame
        code, parameter, detail: what to know before numbers are used.
    predictions : DataFrame
        Every level that was fitted, beside the curve of the subject's own parameters and that of the typical ones;
        columns as in carpk.schema.PREDICTIONS.
    log : DataFrame
        Subjects that were left out, and why; columns as in carpk.schema.LOG.
    estimate : Estimate
        The numbers on their transformed scale, as arrays, withheld ones included.
    described : PopulationModel
        What was fitted, as arrays, to simulate from.
    limits : Limits
        Of quantification, of the same samples.
    model, analyte : str
    rules : PopulationRules
    nca_rules : NcaRules
        By which the samples were chosen.
    origins : tuple of Origin
    time_unit, title : str
        As in the study.
    """

    typical: pd.DataFrame
    variability: pd.DataFrame
    residual: pd.DataFrame
    individual: pd.DataFrame
    shrinkage: pd.DataFrame
    objective: Objective
    trace: pd.DataFrame
    checks: pd.DataFrame
    predictions: pd.DataFrame
    log: pd.DataFrame
    estimate: Estimate
    described: PopulationModel
    limits: Limits
    model: str
    analyte: str
    rules: PopulationRules
    nca_rules: NcaRules
    origins: tuple[Origin, ...]
    time_unit: str
    title: str

    def __repr__(self) -> str:
        found = self.objective
        return (
            f"PopulationFit({self.model}, {self.analyte}: {found.subjects} subjects, "
            f"-2LL {found.minus_two_log_likelihood:.1f}, {len(self.log)} left out, {len(self.checks)} checks)"
        )


def fit_population(
    data: Study | pd.DataFrame,
    model: str = "stein",
    rules: PopulationRules | None = None,
    *,
    analyte: str | None = None,
    nca_rules: NcaRules | None = None,
    time_unit: str = "day",
    **choices: Any,
) -> PopulationFit:
    """Fit a kinetic model to all subjects of a study at once.

    SAEM with simulated annealing, EM and Newton's steps on importance samples; levels beyond the limits of
    quantification are counted as what they are.

    Parameters
    ----------
    data : Study or DataFrame
        As for `carpk.run_nca`.
    model : str
        A name from `carpk.models.catalog.MODELS`.
    rules : PopulationRules, optional
        The defaults, if not given.
    analyte : str, optional
        The first of the data that carpk analyzes, if not given.
    nca_rules : NcaRules, optional
        By which samples are chosen: exclusions, duplicates, end of the course.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.
    **choices
        Choices of `PopulationRules` (covariates, fixed, fixed_sd, priors, omega, blq, seed, ...) that differ from
        `rules`.

    Returns
    -------
    PopulationFit
        Every subject is in `individual`; a value is missing exactly where a reason is given.

    Raises
    ------
    DataError
        The data cannot be understood, or too few subjects can be fitted.
    RulesError
        There is no such model, parameter, covariate or analyte, or choices contradict each other.
    """
    rules = (rules or PopulationRules()).with_choices(choices)
    study = as_study(data, time_unit=time_unit)
    curve = model_named(model)
    rules.check(curve)
    nca = run_nca(study, nca_rules, analytes=None if analyte is None else [analyte])
    gathered = _profiles_of_one(gather(nca, FitRules(blq=rules.blq, time_zero=rules.time_zero)))
    reason = _reasons(gathered, study, rules)
    fit = _fit(study, curve, rules, gathered, reason)
    return _result(fit, study, nca, gathered, reason)


def _profiles_of_one(gathered: Gathered) -> Gathered:
    """Keep the first analyte in its usual matrix, by subject."""
    profiles = gathered.profiles
    if not len(profiles):
        message = "There is no sample of an analyte that carpk fits; name one with `analyte`."
        raise DataError([Finding("NO_PROFILES", "error", message)])
    first = profiles.iloc[0]
    rows = np.flatnonzero((profiles["analyte"] == first["analyte"]) & (profiles["matrix"] == first["matrix"]))
    # By subject, so that the order of the data changes nothing.
    rows = rows[np.argsort(profiles["subject"].to_numpy(np.str_)[rows], kind="stable")]
    return Gathered(
        profiles.iloc[rows].reset_index(drop=True),
        gathered.observed.take(rows),
        gathered.limits.take(rows),
        gathered.reason[rows],
    )


def _reasons(gathered: Gathered, study: Study, rules: PopulationRules) -> Integers:
    """Say who cannot take part, as numbers of reasons."""
    reason = gathered.reason.copy()
    if rules.never_quantified == "censor":
        reason[reason == reason_number("NO_QUANTIFIED")] = 0
    for name in _covariates(rules):
        known = covariate(study, gathered.profiles["subject"], name).known
        reason[~known & (reason == 0)] = reason_number("COVARIATE_MISSING")
    return reason


def _covariates(rules: PopulationRules) -> list[str]:
    """List every covariate once."""
    return list(dict.fromkeys(name for names in rules.covariate_names.values() for name in names))


def _fit(study: Study, curve: Model, rules: PopulationRules, gathered: Gathered, reason: Integers) -> Fitted:
    rows = np.flatnonzero(reason == 0)
    _check_count(len(rows), len(curve.parameters), len(reason))
    subjects = gathered.profiles["subject"].iloc[rows]
    read = {name: covariate(study, subjects, name) for name in _covariates(rules)}
    found = effects(rules.covariate_names, read)
    observed: Observations = for_model(gathered, curve, study).take(rows)
    population = describe_population(curve, observed, rules, found)
    fit = Fitted(
        population=population,
        estimate=estimate(population, seed=rules.seed, effort=rules.effort),
        rules=rules,
        effects=tuple(found),
        reasons={},
        level_unit=str(gathered.profiles["unit"].iloc[0]),
        time_unit=study.time_unit,
        day=conversion_factor("day", study.time_unit),
    )
    return replace(fit, reasons=withheld(fit))


def _check_count(fitted: int, parameters: int, given: int) -> None:
    if fitted <= parameters:
        message = (
            f"A population of {parameters} parameters needs more than {parameters} subjects with quantified levels; "
            f"{fitted} of {given} can be fitted."
        )
        raise DataError([Finding("TOO_FEW_SUBJECTS", "error", message)])


def _result(fit: Fitted, study: Study, nca: NcaResult, gathered: Gathered, reason: Integers) -> PopulationFit:
    levels, subjects = int(fit.population.observed.present.sum()), int((reason == 0).sum())
    likelihood, counted = fit.estimate.judgement.minus_two_log_likelihood, fit.population.parameter_count
    log = _log(gathered, reason)
    return PopulationFit(
        typical=frames.typical_frame(fit),
        variability=frames.variability_frame(fit),
        residual=frames.residual_frame(fit),
        individual=frames.individual_frame(fit, gathered, reason),
        shrinkage=frames.shrinkage_frame(fit),
        objective=Objective(
            minus_two_log_likelihood=likelihood,
            monte_carlo_error=fit.estimate.judgement.minus_two_log_likelihood_error,
            bic=float(likelihood + counted * np.log(subjects)),
            estimated=counted,
            subjects=subjects,
            levels=levels,
        ),
        trace=frames.trace_frame(fit),
        checks=check_lines(fit, list(log["subject"])),
        predictions=conform(
            frames.prediction_frame(fit, gathered.profiles.iloc[np.flatnonzero(reason == 0)]), PREDICTIONS
        ),
        log=log,
        estimate=fit.estimate,
        described=fit.population,
        limits=gathered.limits.take(np.flatnonzero(reason == 0)),
        model=fit.model.name,
        analyte=str(gathered.profiles["analyte"].iloc[0]),
        rules=fit.rules,
        nca_rules=nca.rules,
        origins=study.origins,
        time_unit=study.time_unit,
        title=study.title,
    )


def _log(gathered: Gathered, reason: Integers) -> pd.DataFrame:
    """One line for each subject that was left out."""
    out = np.flatnonzero(reason)
    lines = gathered.profiles.iloc[out][["subject", "analyte", "matrix"]]
    codes = [REASON_CODES[reason[row]] for row in out]
    detail = [f"Left out of the population fit. {sentence(code)}" for code in codes]
    return conform(lines.assign(stage="fit", code=codes, detail=detail), LOG)
