"""From what is expected of each patient to the population that makes it most likely: the M step of EM and SAEM."""

from dataclasses import dataclass

import numpy as np

from carpk.models.population_model import Population, PopulationModel
from carpk.profiles import Floats

_LEAST_VARIANCE = 1e-6  # random effects so small mean that a parameter does not vary


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What the estimates rest on, expected given the samples.

    Attributes
    ----------
    mean : (n, d) float
        Expected phi of each patient.
    square : (d, d) float
        Expected phi phi', summed over patients.
    squared_error : float
        Expected squares of the residual errors on ln C, summed over samples.
    """

    mean: Floats
    square: Floats
    squared_error: float

    def toward(self, other: "Moments", gain: float) -> "Moments":
        """Move by a share of the way to other moments."""
        return Moments(
            self.mean + gain * (other.mean - self.mean),
            self.square + gain * (other.square - self.square),
            self.squared_error + gain * (other.squared_error - self.squared_error),
        )


def maximize(moments: Moments, population: PopulationModel, current: Population) -> Population:
    """Return the population that makes the moments most likely.

    Parameters
    ----------
    moments : Moments
    population : PopulationModel
    current : Population
        Its covariance weighs the patients when coefficients are estimated.

    Returns
    -------
    Population
    """
    coefficients = _coefficients(moments, population, current)
    samples = max(int(population.observed.present.sum()), 1)
    return Population(
        coefficients=coefficients,
        covariance=_covariance(moments, population, coefficients),
        residual_sd=float(np.sqrt(moments.squared_error / samples)),
    )


def _coefficients(moments: Moments, population: PopulationModel, current: Population) -> Floats:
    """Generalized least squares of the expected phi on the design, with priors as further observations."""
    free = population.estimated_coefficients
    coefficients = np.where(free, 0.0, population.fixed_coefficients)
    if not free.any():
        return coefficients
    design = population.design[:, :, free]
    weighted = np.linalg.inv(current.covariance) @ design
    unexplained = moments.mean - population.means(coefficients)
    information = np.einsum("idq,idr->qr", design, weighted) + np.diag(population.prior_precision[free])
    score = np.einsum("idq,id->q", weighted, unexplained) + (population.prior_precision * population.prior_mean)[free]
    coefficients[free] = np.linalg.solve(information, score)
    return coefficients


def _covariance(moments: Moments, population: PopulationModel, coefficients: Floats) -> Floats:
    """Return the expected covariance of the random effects, with what is held put in its place."""
    means = population.means(coefficients)
    crossed = moments.mean.T @ means
    covariance = (moments.square - crossed - crossed.T + means.T @ means) / len(means)
    variance = np.maximum(np.diagonal(covariance), _LEAST_VARIANCE)
    held = np.where(np.isnan(population.fixed_sd), variance, population.fixed_sd**2)
    if not population.full:
        return np.diag(held)
    rescaled: Floats = covariance * np.sqrt(np.outer(held / variance, held / variance))
    np.fill_diagonal(rescaled, held)
    return _uncorrelated_where_held(rescaled, population)


def _uncorrelated_where_held(covariance: Floats, population: PopulationModel) -> Floats:
    """Leave a random effect of a held size without correlations, so that what is counted is what is estimated."""
    held = ~np.isnan(population.fixed_sd)
    apart = (held[:, np.newaxis] | held) & ~np.eye(len(held), dtype=np.bool_)
    return np.where(apart, 0.0, covariance)
