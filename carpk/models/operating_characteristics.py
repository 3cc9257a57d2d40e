"""What a design can tell: its parameters from simulated trials, and from error-free ones, beside the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carpk.models.model import Model
from carpk.models.truth import true_parameters
from carpk.models.virtual_trial import VirtualPatients, VirtualTrial
from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Floats, Integers, Profiles


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """One parameter of k cohorts over many trials.

    Attributes
    ----------
    truth : (k,) float
        Geometric mean of the true values of all patients simulated.
    ratio, low, high : (k,) float
        A trial's geometric mean over the truth: geometric mean and the middle 95 % of the trials; NaN where no trial
        has a value.
    geometric_cv_percent : (k,) float
        Spread of that ratio between trials; NaN below two trials with a value.
    trials : (k,) int
        Trials in which at least one patient of the cohort has a value above zero.
    share_given : (k,) float
        Share of the patients with a value above zero.
    """

    truth: Floats
    ratio: Floats
    low: Floats
    high: Floats
    geometric_cv_percent: Floats
    trials: Integers
    share_given: Floats


def measured_parameters(trial: VirtualTrial, parameters: Sequence[str], rules: NcaRules) -> dict[str, Floats]:
    """Compute what a noncompartmental analysis finds in the CAR-T levels, (n,) by key; NaN where it withholds it."""
    levels = trial.sampled["car_t_qpcr"]
    taken = trial.held[:, levels.columns]
    profiles = Profiles(
        trial.days[:, levels.columns][taken],
        levels.measured.levels[taken],
        np.full(int(taken.sum()), trial.design.lloq),
        np.concatenate(([0], np.cumsum(taken.sum(axis=1)))),
    )
    answers = compute_parameters(profiles, rules, parameters=parameters).answers
    return {key: answers[key].value for key in parameters}


def precision(measured: Floats, truth: Floats, cohort: Integers, *, trials: int, cohorts: int) -> Precision:
    """Compare one parameter of simulated trials with the truth.

    Parameters
    ----------
    measured, truth : (n,) float
        Of each patient, trial after trial.
    cohort : (n,) int
        Place of each patient's cohort, the same order in every trial.
    trials, cohorts : int
    """
    parts = [
        _of_cohort(measured[cohort == place].reshape(trials, -1), truth[cohort == place]) for place in range(cohorts)
    ]
    columns = zip(*parts, strict=True)
    return Precision(*(np.array(column) for column in columns))


def _of_cohort(measured: Floats, truth: Floats) -> tuple[float, float, float, float, float, int, float]:
    """Return the fields of Precision for one cohort; `measured` is trials by patients."""
    given = measured > 0.0
    counts = given.sum(axis=1)
    log_truth = float(np.log(truth).mean())
    sums = np.log(np.where(given, measured, 1.0)).sum(axis=1)
    log_ratio = sums[counts > 0] / counts[counts > 0] - log_truth
    share = float(given.mean())
    if not len(log_ratio):
        return float(np.exp(log_truth)), np.nan, np.nan, np.nan, np.nan, 0, share
    low, high = np.exp(np.quantile(log_ratio, [0.025, 0.975])).tolist()
    spread = 100.0 * np.sqrt(np.expm1(log_ratio.var(ddof=1))) if len(log_ratio) > 1 else np.nan
    return float(np.exp(log_truth)), float(np.exp(log_ratio.mean())), low, high, float(spread), len(log_ratio), share


def error_free_parameters(
    model: Model, phi: Floats, days: Floats, parameters: Sequence[str], rules: NcaRules
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Compute parameters of error-free curves from their levels at some days, and what they truly are.

    Parameters
    ----------
    model : Model
    phi : (n, p) float
    days : (m,) float
        Rising, zero or later. [day]
    parameters : sequence of str
    rules : NcaRules

    Returns
    -------
    tuple of two dicts of (n,) float
        Found, NaN where withheld; and true.
    """
    count = len(phi)
    untreated = np.full((count, len(model.covariates)), np.nan)
    nothing = np.full(count, np.nan)
    patients = VirtualPatients(model, phi, np.zeros(count), np.zeros(count, np.int64), untreated, nothing, nothing)
    truths = true_parameters(patients, parameters, rules)
    levels = patients.levels(days)
    known = np.where(levels > 0.0, levels, np.nan).ravel()
    profiles = Profiles(np.tile(days, count), known, np.full(known.size, np.nan), np.arange(count + 1) * len(days))
    answers = compute_parameters(profiles, rules, parameters=parameters).answers
    return {key: answers[key].value for key in parameters}, truths
