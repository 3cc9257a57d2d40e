"""From near the maximum of the likelihood to it: EM on importance samples, then Newton's steps."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from carpk.models.importance import Posterior, WeightedSample, draw_points, weigh
from carpk.models.maximization import Moments, maximize
from carpk.models.population_model import Population, PopulationModel
from carpk.models.population_rules import Effort
from carpk.models.standard_errors import Information, information
from carpk.profiles import Floats

_FORGETS = 0.7  # power of the round's number by which earlier rounds fade; between 0.5 and 1 the average settles
_LEAST_SIZE = 5.0  # points per parameter that a sample must be worth to tell a covariance fully
_LONGEST_STEP = 1.0  # in standard errors; the information says nothing of what lies farther
_SHORTENED = 0.1  # after a step that led down
_TOLERANCE = 0.5  # in units of -2LL: chance alone can make that difference


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What batches of importance points say under one population.

    Attributes
    ----------
    posterior : Posterior
        What is known of each patient.
    log_likelihood, log_likelihood_error : (n,) float
        Of each patient's samples, and its Monte-Carlo standard error.
    information : Information
    effective_size : (n,) float
        How many unweighted points each patient's points of a batch are worth, on average.
    """

    posterior: Posterior
    log_likelihood: Floats
    log_likelihood_error: Floats
    information: Information
    effective_size: Floats

    @property
    def minus_two_log_likelihood(self) -> float:
        """-2LL of all samples."""
        return float(-2.0 * self.log_likelihood.sum())

    @property
    def minus_two_log_likelihood_error(self) -> float:
        """Monte-Carlo standard error of -2LL."""
        return float(2.0 * np.sqrt(np.sum(self.log_likelihood_error**2)))


def settle(
    population: PopulationModel,
    current: Population,
    known: Posterior,
    *,
    rounds: int,
    points: int,
    rng: np.random.Generator,
) -> tuple[tuple[Population, ...], Posterior]:
    """Iterate EM on importance samples; each round draws its own, and the average over rounds settles.

    Returns
    -------
    trace : tuple of Population
        After each round.
    known : Posterior
        Of each patient, after the last.
    """
    patients, size = known.mean.shape
    trace: list[Population] = []
    moments = Moments(np.zeros_like(known.mean), np.zeros((size, size)), 0.0)
    for number in range(1, rounds + 1):
        sample = weigh(draw_points(points, patients, size, rng), known, population, current)
        gain = number**-_FORGETS  # 1 in the first round, which leaves nothing of the zeros
        moments = moments.toward(sample.moments(population, current), gain)
        current = maximize(moments, population, current)
        known = known.toward(sample.posterior, gain * _trust(sample))
        trace.append(current)
    return tuple(trace), known


def judge(
    population: PopulationModel,
    current: Population,
    known: Posterior,
    *,
    batches: int,
    points: int,
    rng: np.random.Generator,
) -> Judgement:
    """Weigh batches of fresh points; how they differ shows how large chance is.

    Returns
    -------
    Judgement
    """
    patients, size = known.mean.shape
    likelihoods, posteriors, found, sizes = [], [], [], []
    for _ in range(batches):
        sample = weigh(draw_points(points, patients, size, rng), known, population, current)
        likelihoods.append(sample.log_likelihood)
        posteriors.append(sample.posterior)
        found.append(information(sample, population, current))
        sizes.append(sample.effective_size)
    in_batches = np.stack(likelihoods)
    total: Floats = logsumexp(in_batches, axis=0) - np.log(batches)
    spread = np.std(np.exp(in_batches - total), axis=0, ddof=1)
    return Judgement(
        posterior=Posterior(
            np.mean([one.mean for one in posteriors], axis=0), np.mean([one.covariance for one in posteriors], axis=0)
        ),
        log_likelihood=total,
        log_likelihood_error=spread / np.sqrt(batches),
        information=Information(
            np.mean([one.score for one in found], axis=0),
            np.mean([one.matrix for one in found], axis=0),
            found[0].variances,
        ),
        effective_size=np.mean(sizes, axis=0),
    )


def climb(
    population: PopulationModel,
    current: Population,
    known: Posterior,
    *,
    effort: Effort,
    rng: np.random.Generator,
) -> tuple[tuple[Population, ...], Judgement]:
    """Take Newton's steps, each only if it does not make the samples less likely.

    Returns
    -------
    trace : tuple of Population
        After each step.
    judgement : Judgement
        Under the last.
    """
    here = judge(population, current, known, batches=effort.batches, points=effort.points, rng=rng)
    trace, longest = [], _LONGEST_STEP
    for _ in range(effort.newton):
        there = _newton(population, current, here.information, longest)
        tried = judge(population, there, here.posterior, batches=effort.batches, points=effort.points, rng=rng)
        if tried.minus_two_log_likelihood < here.minus_two_log_likelihood + _TOLERANCE:
            current, here = there, tried
        else:
            longest *= _SHORTENED
        trace.append(current)
    return tuple(trace), here


def _newton(population: PopulationModel, current: Population, found: Information, longest: float) -> Population:
    """Step to where the information puts the maximum; stay where it cannot say.

    Standard deviations move on their logarithm, so that they stay positive. A step longer than `longest`, in standard
    errors, is cut to it.
    """
    step, error = found.step, found.standard_error
    length = float(np.max(np.abs(step) / np.where(error > 0, error, np.inf)))
    if length > longest:
        step = step * (longest / length)
    free = population.estimated_coefficients
    count = int(free.sum())
    coefficients = current.coefficients.copy()
    coefficients[free] += step[:count]
    covariance = current.covariance.copy()
    for row, column, change in zip(*population.estimated_covariances, step[count:-1], strict=True):
        if row == column:
            covariance[row, row] *= np.exp(np.clip(change / covariance[row, row], -1.0, 1.0))
        else:
            covariance[row, column] += change
            covariance[column, row] += change
    if np.linalg.eigvalsh(covariance)[0] <= 0:
        return current
    return Population(coefficients, covariance, current.residual_sd * float(np.exp(step[-1])))


def _trust(sample: WeightedSample) -> Floats:
    """How far each patient's points can tell a covariance, (n,): fully, if they are worth enough."""
    enough: Floats = np.minimum(sample.effective_size / (_LEAST_SIZE * sample.phi.shape[-1]), 1.0)
    return enough
