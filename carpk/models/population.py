"""Estimate a population: SAEM to get there, EM on importance samples to settle, importance sampling to say how well."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from carpk.models.importance import Posterior, draw_points, polish, weigh
from carpk.models.landmarks import landmarks
from carpk.models.maximization import maximize
from carpk.models.observations import Observations
from carpk.models.population_model import Population, PopulationModel
from carpk.models.saem import run_saem
from carpk.models.standard_errors import Information, information
from carpk.profiles import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How much work a fit does.

    Attributes
    ----------
    exploring, smoothing : int
        Iterations of SAEM.
    chains : int
        Chains in all, shared among the patients; each has at least one.
    polishing : int
        Rounds of EM on importance samples after SAEM.
    points : int
        Importance points for each patient in a round, a power of 2.
    batches : int
        Rounds of importance sampling from which likelihood, standard errors and patients' parameters come; they differ
        by chance alone and so show its size.
    """

    exploring: int = 250
    smoothing: int = 150
    chains: int = 100
    polishing: int = 20
    points: int = 512
    batches: int = 8


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A population, and how well it is known.

    Attributes
    ----------
    population : Population
    posterior : Posterior
        What is known of each patient.
    log_likelihood, log_likelihood_error : (n,) float
        Of each patient's samples, and its Monte-Carlo standard error.
    information : Information
        At the estimate.
    effective_size : (n,) float
        How many unweighted points each patient's importance points of a batch are worth, on average.
    trace : tuple of Population
        After each iteration: exploring, smoothing, polishing.
    """

    population: Population
    posterior: Posterior
    log_likelihood: Floats
    log_likelihood_error: Floats
    information: Information
    effective_size: Floats
    trace: tuple[Population, ...]

    @property
    def minus_two_log_likelihood(self) -> float:
        """-2LL of all samples."""
        return float(-2.0 * self.log_likelihood.sum())

    @property
    def minus_two_log_likelihood_error(self) -> float:
        """Monte-Carlo standard error of -2LL."""
        return float(2.0 * np.sqrt(np.sum(self.log_likelihood_error**2)))


def estimate(population: PopulationModel, *, seed: int, effort: Effort) -> Estimate:
    """Estimate a population.

    Parameters
    ----------
    population : PopulationModel
        Of n patients.
    seed : int
        One seed gives one answer, bit for bit.
    effort : Effort

    Returns
    -------
    Estimate
    """
    rng = np.random.default_rng(seed)
    patients, size = population.design.shape[:2]
    run = run_saem(
        population,
        first_guesses(population),
        exploring=effort.exploring,
        smoothing=effort.smoothing,
        chains=-(-effort.chains // patients),
        rng=rng,
    )
    known = Posterior(run.mean, run.covariance)
    points = draw_points(effort.points, patients, size, rng)
    polished, known = polish(points, known, population, run.population, rounds=effort.polishing, maximize=maximize)
    trace = (*run.trace, *polished)
    return _judged(population, trace, known, effort, rng)


def first_guesses(population: PopulationModel) -> Floats:
    """Return each patient's first guess of the varying parameters, (n, d).

    A patient without a quantified level tells nothing of where to start: the median of the others stands there.
    """
    observed = population.observed
    seen = observed.quantified.any(axis=1)
    guess = np.empty((len(observed), len(population.varying)))
    within = _take(observed, seen)
    guess[seen] = population.model.starts(landmarks(within))[0][:, population.varying]
    guess[~seen] = np.median(guess[seen], axis=0)
    return guess


def _take(observed: Observations, rows: np.ndarray) -> Observations:
    return observed.take(np.flatnonzero(rows))


def _judged(
    population: PopulationModel,
    trace: tuple[Population, ...],
    known: Posterior,
    effort: Effort,
    rng: np.random.Generator,
) -> Estimate:
    """Weigh batches of fresh points under the last population of the trace."""
    current = trace[-1]
    patients, size = population.design.shape[:2]
    likelihoods, means, covariances, scores, matrices, sizes = [], [], [], [], [], []
    for _ in range(effort.batches):
        sample = weigh(draw_points(effort.points, patients, size, rng), known, population, current)
        found, seen = information(sample, population, current), sample.posterior
        likelihoods.append(sample.log_likelihood)
        means.append(seen.mean)
        covariances.append(seen.covariance)
        scores.append(found.score)
        matrices.append(found.matrix)
        sizes.append(sample.effective_size)
    in_batches = np.stack(likelihoods)
    total: Floats = logsumexp(in_batches, axis=0) - np.log(effort.batches)
    spread = np.std(np.exp(in_batches - total), axis=0, ddof=1)
    return Estimate(
        population=current,
        posterior=Posterior(np.mean(means, axis=0), np.mean(covariances, axis=0)),
        log_likelihood=total,
        log_likelihood_error=spread / np.sqrt(effort.batches),
        information=Information(np.mean(scores, axis=0), np.mean(matrices, axis=0)),
        effective_size=np.mean(sizes, axis=0),
        trace=trace,
    )
