"""Markov chains that wander through each patient's parameters as the samples allow: the S step of SAEM.

Three ways of moving, all Metropolis steps on whole arrays of chains x patients: independent draws from the population,
one parameter at a time, and all parameters at once (Kuhn E, Lavielle M, Comput Stat Data Anal 2005;49:1020-1038,
doi 10.1016/j.csda.2004.07.002). The widths of the steps follow the shares that are accepted.
"""

from dataclasses import dataclass, replace

import numpy as np

from carpk.models.population_model import Population, PopulationModel, cholesky, standardized
from carpk.profiles import Booleans, Floats

_INDEPENDENT_DRAWS = 2
_ACCEPTED_ONE, _ACCEPTED_ALL = 0.40, 0.25  # shares at which a walk explores best, one parameter or all at a time


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Where k chains of n patients stand.

    Attributes
    ----------
    phi : (k, n, d) float
        Parameters on the transformed scale.
    predicted : (k, n, m) float
        ln of the level that they predict.
    width : (n, d) float
        Steps of the walks of one parameter, in standard deviations between patients.
    width_of_all : (n,) float
        Steps of the walks of all parameters, in units of `width`.
    """

    phi: Floats
    predicted: Floats
    width: Floats
    width_of_all: Floats


def started(population: PopulationModel, phi: Floats) -> Chains:
    """Return chains that stand at phi, (k, n, d)."""
    _, count, size = phi.shape
    return Chains(phi, population.log_level(phi), np.full((count, size), 0.5), np.full(count, 0.5))


def returned(chains: Chains, population: PopulationModel, phi: Floats) -> Chains:
    """Put half of each patient's chains back to phi, (n, d)."""
    moved = chains.phi.copy()
    moved[: len(moved) // 2] = phi
    return replace(chains, phi=moved, predicted=population.log_level(moved))


def move(
    chains: Chains, population: PopulationModel, current: Population, rng: np.random.Generator, gain: float
) -> Chains:
    """Move all chains by one round of steps.

    Parameters
    ----------
    chains : Chains
    population : PopulationModel
    current : Population
        Under which patients and samples are likely.
    rng : numpy.random.Generator
    gain : float
        How much the widths of the steps follow the share that was accepted, 0 for not at all.

    Returns
    -------
    Chains
    """
    walk = _Walk(chains, population, current, rng)
    for _ in range(_INDEPENDENT_DRAWS):
        walk.draw()
    log_width, size = np.log(chains.width), chains.phi.shape[-1]
    for parameter in range(size):
        step = np.zeros_like(walk.phi)
        shape = walk.phi.shape[:-1]
        step[..., parameter] = chains.width[:, parameter] * current.sd[parameter] * rng.standard_normal(shape)
        log_width[:, parameter] += gain * (walk.step(step).mean(axis=0) - _ACCEPTED_ONE)
    together = chains.width_of_all[:, np.newaxis] * chains.width * current.sd
    accepted = walk.step(together * rng.standard_normal(walk.phi.shape))
    log_width_of_all = np.log(chains.width_of_all) + gain * (accepted.mean(axis=0) - _ACCEPTED_ALL)
    return replace(
        chains,
        phi=walk.phi,
        predicted=walk.predicted,
        width=np.exp(log_width),
        width_of_all=np.exp(log_width_of_all),
    )


class _Walk:
    """Chains on the move, with the densities of where they stand."""

    def __init__(
        self, chains: Chains, population: PopulationModel, current: Population, rng: np.random.Generator
    ) -> None:
        self.population, self.rng = population, rng
        self.means = population.means(current.coefficients)
        self.factor = cholesky(current.covariance)
        self.residual_sd = current.residual_sd
        self.phi, self.predicted = chains.phi, chains.predicted
        self.likelihood = population.log_likelihood(self.predicted, self.residual_sd)
        self.distance = self._distance(self.phi)

    def draw(self) -> Booleans:
        """Propose a new patient from the population."""
        phi = self.means + self.rng.standard_normal(self.phi.shape) @ self.factor.T
        return self._decide(phi, self._distance(phi), weigh_distance=False)

    def step(self, step: Floats) -> Booleans:
        """Propose a place near by."""
        phi = self.phi + step
        return self._decide(phi, self._distance(phi), weigh_distance=True)

    def _distance(self, phi: Floats) -> Floats:
        """Squared distance from the patient's mean, in units of the population's spread."""
        squared: Floats = np.sum(standardized(phi - self.means, self.factor) ** 2, axis=-1)
        return squared

    def _decide(self, phi: Floats, distance: Floats, *, weigh_distance: bool) -> Booleans:
        predicted = self.population.log_level(phi)
        likelihood = self.population.log_likelihood(predicted, self.residual_sd)
        gained = likelihood - self.likelihood
        if weigh_distance:
            gained -= 0.5 * (distance - self.distance)
        accepted: Booleans = np.log(self.rng.random(gained.shape)) < gained
        self.phi = np.where(accepted[..., np.newaxis], phi, self.phi)
        self.predicted = np.where(accepted[..., np.newaxis], predicted, self.predicted)
        self.likelihood = np.where(accepted, likelihood, self.likelihood)
        self.distance = np.where(accepted, distance, self.distance)
        return accepted
