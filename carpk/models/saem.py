"""SAEM: a population estimated from chains that sample its patients (stochastic approximation of EM).

Delyon B, Lavielle M, Moulines E, Ann Stat 1999;27:94-128, doi 10.1214/aos/1018031103. While it explores, variances may
shrink by a set share an iteration only (simulated annealing), and the moments are those of the moment; while it
smooths, moments are averaged over the iterations. Some time before that, half of each patient's chains go back to the
first guess: where chains were caught far from it, what they see then spans both places, and importance sampling can
weigh them.
"""

from dataclasses import dataclass

import numpy as np

from carpk.models.censoring import squared_errors
from carpk.models.chains import Chains, move, returned, started
from carpk.models.maximization import Moments, maximize
from carpk.models.population_model import Population, PopulationModel
from carpk.profiles import Floats

_SHRINKS_BY = 0.95
_BACK_BEFORE = 60  # iterations before smoothing begins


@dataclass(frozen=True, slots=True, eq=False)
class SaemRun:
    """What SAEM found.

    Attributes
    ----------
    population : Population
    mean : (n, d) float
        Expected phi of each patient, averaged over the smoothing iterations.
    covariance : (n, d, d) float
        Of each patient's phi, over the smoothing iterations.
    trace : tuple of Population
        After each iteration.
    """

    population: Population
    mean: Floats
    covariance: Floats
    trace: tuple[Population, ...]


def run_saem(
    population: PopulationModel,
    phi: Floats,
    *,
    exploring: int,
    smoothing: int,
    chains: int,
    rng: np.random.Generator,
) -> SaemRun:
    """Estimate a population.

    Parameters
    ----------
    population : PopulationModel
        Of n patients with d varying parameters.
    phi : (n, d) float
        First guesses on the transformed scale.
    exploring, smoothing : int
        Iterations of each kind.
    chains : int
        Chains for each patient.
    rng : numpy.random.Generator

    Returns
    -------
    SaemRun
    """
    current = _first_guess(population, phi)
    scatter = 0.1 * current.sd * rng.standard_normal((chains, *phi.shape))
    state = started(population, phi + scatter)
    moments = _moments(state, population, current)
    mean, square = np.zeros_like(phi), np.zeros((*phi.shape, phi.shape[-1]))
    trace = []
    for iteration in range(exploring + smoothing):
        smooth = iteration - exploring + 1
        if iteration == exploring - min(_BACK_BEFORE, exploring // 2):
            state = returned(state, population, phi)
        state = move(state, population, current, rng, _adaptation(iteration))
        seen = _moments(state, population, current)
        moments = moments.toward(seen, 1.0 / max(smooth, 1))
        proposed = maximize(moments, population, current)
        current = proposed if smooth > 0 else _annealed(proposed, current)
        trace.append(current)
        if smooth > 0:
            mean += (seen.mean - mean) / smooth
            products = np.einsum("kia,kib->iab", state.phi, state.phi) / chains
            square += (products - square) / smooth
    covariance = square - mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
    return SaemRun(current, mean, covariance, tuple(trace))


def _adaptation(iteration: int) -> float:
    """How fast the widths of the steps follow: fast at first, hardly at the end."""
    return float((iteration + 1.0) ** -0.5)


def _first_guess(population: PopulationModel, phi: Floats) -> Population:
    """Wide variances around the mean of the patients' first guesses."""
    spread = np.maximum(phi.std(axis=0), 0.7)
    variance = np.where(np.isnan(population.fixed_sd), spread, population.fixed_sd) ** 2
    wide = Population(np.zeros(population.design.shape[-1]), np.diag(variance), 1.0)
    about = maximize(Moments(phi, phi.T @ phi, 0.0), population, wide)
    return Population(about.coefficients, wide.covariance, wide.residual_sd)


def _moments(state: Chains, population: PopulationModel, current: Population) -> Moments:
    """Moments of where the chains stand."""
    count = len(state.phi)
    return Moments(
        mean=state.phi.mean(axis=0),
        square=np.einsum("kia,kib->ab", state.phi, state.phi) / count,
        squared_error=float(np.sum(squared_errors(state.predicted, population.observed, current.residual_sd)) / count),
    )


def _annealed(proposed: Population, current: Population) -> Population:
    """Let no variance shrink faster than the annealing allows; correlations stay as proposed."""
    variance = np.diagonal(proposed.covariance)
    slow = np.maximum(variance, _SHRINKS_BY * np.diagonal(current.covariance))
    grown = np.sqrt(slow / variance)
    return Population(
        proposed.coefficients,
        proposed.covariance * np.outer(grown, grown),
        max(proposed.residual_sd, float(np.sqrt(_SHRINKS_BY)) * current.residual_sd),
    )
