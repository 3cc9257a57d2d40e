"""Importance sampling: what is expected of each patient given the samples, without a chain's memory.

Points come from a mixture of a t distribution that resembles what is known of the patient and of the population, so
that no weight is without bound (Owen A, Zhou Y, J Am Stat Assoc 2000;95:135-143, doi 10.1080/01621459.2000.10473909).
They are Sobol points, shifted at random and for each patient on its own: shared points would err alike in all patients.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, gammaln, logsumexp, ndtri
from scipy.stats import qmc

from carpk.models.censoring import squared_errors
from carpk.models.maximization import Moments
from carpk.models.population_model import Population, PopulationModel, cholesky, normal_log_density, standardized
from carpk.profiles import Floats

_DEGREES_OF_FREEDOM = 5.0
_SHARE_OF_POPULATION = 0.2
_WIDENED = 1.2  # variances of the t distribution over those of the patient
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known of n patients: mean (n, d) and covariance (n, d, d) of phi."""

    mean: Floats
    covariance: Floats

    def toward(self, other: "Posterior", gain: Floats | float) -> "Posterior":
        """Move by a share of the way to another, one share for all patients or (n,)."""
        share = np.asarray(gain)[..., np.newaxis]
        return Posterior(
            self.mean + share * (other.mean - self.mean),
            self.covariance + share[..., np.newaxis] * (other.covariance - self.covariance),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points not yet moved to any patient.

    Attributes
    ----------
    from_population : (s, n, d) float
        Standard normal.
    from_patient : (t, n, d) float
        Standard t, multivariate.
    """

    from_population: Floats
    from_patient: Floats


@dataclass(frozen=True, slots=True, eq=False)
class WeightedSample:
    """Points of each patient and their weights.

    Attributes
    ----------
    phi : (s, n, d) float
    predicted : (s, n, m) float
        ln of the level that they predict.
    weight : (s, n) float
        Adding up to 1 for each patient.
    log_likelihood : (n,) float
        Of each patient's samples, phi integrated out.
    """

    phi: Floats
    predicted: Floats
    weight: Floats
    log_likelihood: Floats

    @property
    def effective_size(self) -> Floats:
        """How many unweighted points each patient's are worth, (n,)."""
        size: Floats = 1.0 / np.sum(self.weight**2, axis=0)
        return size

    def expectation(self, values: Floats) -> Floats:
        """Weigh values, (s, n, ...), to what is expected of each patient, (n, ...)."""
        expected: Floats = np.einsum("sn,sn...->n...", self.weight, values)
        return expected

    @property
    def posterior(self) -> Posterior:
        """Mean and covariance of each patient."""
        mean = self.expectation(self.phi)
        deviation = self.phi - mean
        covariance = np.einsum("sn,sna,snb->nab", self.weight, deviation, deviation, optimize=True)
        return Posterior(mean, covariance)

    def moments(self, population: PopulationModel, current: Population) -> Moments:
        """Return what `maximize` needs."""
        known = self.posterior
        errors = squared_errors(self.predicted, population.observed, current.residual_sd)
        return Moments(
            mean=known.mean,
            square=known.covariance.sum(axis=0) + known.mean.T @ known.mean,
            squared_error=float(np.sum(self.expectation(errors))),
        )


def draw_points(count: int, patients: int, size: int, rng: np.random.Generator) -> Points:
    """Draw points for each patient.

    Parameters
    ----------
    count : int
        Points for each patient, a power of 2.
    patients, size : int
        n and d.
    rng : numpy.random.Generator
        Only the shifts are drawn from it.
    """
    sobol = qmc.Sobol(size + 1, scramble=False).random(count)
    shifted = (sobol[:, np.newaxis] + rng.random((patients, size + 1))) % 1.0
    inside = np.clip(shifted, _SMALLEST, 1.0 - _SMALLEST)
    split = round(_SHARE_OF_POPULATION * count)
    half = 0.5 * _DEGREES_OF_FREEDOM
    chi_square = 2.0 * gammaincinv(half, inside[split:, :, -1:])
    normal = ndtri(inside[..., :-1])
    return Points(normal[:split], normal[split:] * np.sqrt(_DEGREES_OF_FREEDOM / chi_square))


def weigh(points: Points, known: Posterior, population: PopulationModel, current: Population) -> WeightedSample:
    """Move points to where each patient is likely to be, and weigh them.

    Parameters
    ----------
    points : Points
    known : Posterior
        What is known of each patient so far; the better, the more even the weights.
    population : PopulationModel
    current : Population

    Returns
    -------
    WeightedSample
    """
    means = population.means(current.coefficients)
    spread = cholesky(current.covariance)
    # A floor far below the population's spread keeps each covariance positive definite.
    floor = 1e-6 * np.diag(np.diagonal(current.covariance))
    factor = cholesky(_WIDENED * known.covariance + floor)
    phi = np.concatenate(
        [
            means + points.from_population @ spread.T,
            known.mean + (factor @ points.from_patient[..., np.newaxis])[..., 0],
        ]
    )
    predicted = population.log_level(phi)
    prior = normal_log_density(phi - means, spread)
    share = len(points.from_population) / len(phi)
    proposed = np.logaddexp(np.log(share) + prior, np.log1p(-share) + _t_log_density(phi - known.mean, factor))
    log_weight = population.log_likelihood(predicted, current.residual_sd) + prior - proposed
    total = logsumexp(log_weight, axis=0)
    return WeightedSample(phi, predicted, np.exp(log_weight - total), total - np.log(len(phi)))


def _t_log_density(deviation: Floats, factor: Floats) -> Floats:
    """Log-density of the multivariate t distribution with the scale's Cholesky factors (n, d, d)."""
    size, freedom = deviation.shape[-1], _DEGREES_OF_FREEDOM
    squared = np.sum(standardized(deviation, factor) ** 2, axis=-1)
    constant = gammaln(0.5 * (freedom + size)) - gammaln(0.5 * freedom) - 0.5 * size * np.log(freedom * np.pi)
    log_determinant = np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)
    density: Floats = constant - log_determinant - 0.5 * (freedom + size) * np.log1p(squared / freedom)
    return density
