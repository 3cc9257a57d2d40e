"""A population: patients whose parameters scatter around typical values, and what is to be estimated of it.

Patient i has phi_i = A_i c + eta_i with eta_i normal, mean 0, covariance Omega: c holds typical values and covariate
effects, A_i the patient's covariates (see `carpk.models.population_design`). The residual error is normal on ln C.
"""

from dataclasses import dataclass

import numpy as np

from carpk.models.likelihood import minus_two_log_likelihood
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.profiles import Booleans, Floats, Integers

_LOG_2_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Numbers that describe a population.

    Attributes
    ----------
    coefficients : (q,) float
        Typical values on the transformed scale and covariate effects.
    covariance : (d, d) float
        Of the random effects, on the transformed scale.
    residual_sd : float
        Standard deviation of the residual error on ln C.
    """

    coefficients: Floats
    covariance: Floats
    residual_sd: float

    @property
    def sd(self) -> Floats:
        """Standard deviations of the random effects, (d,)."""
        return np.sqrt(np.diagonal(self.covariance))


@dataclass(frozen=True, slots=True, eq=False)
class PopulationModel:
    """What is fitted to n patients: a curve, a design, and what is known beforehand.

    Attributes
    ----------
    model : Model
        With p parameters.
    observed : Observations of n patients
    varying : (d,) int
        Which of the p parameters vary between patients.
    constants : (p,) float
        The others, on the transformed scale; NaN where a parameter varies.
    design : (n, d, q) float
        A_i of each patient.
    fixed_coefficients : (q,) float
        Coefficients that are held; NaN where estimated.
    prior_mean, prior_precision : (q,) float
        Normal prior of each coefficient; precision 0 where there is none.
    fixed_sd : (d,) float
        Standard deviations between patients that are held; NaN where estimated.
    full : bool
        Whether random effects may be correlated.
    """

    model: Model
    observed: Observations
    varying: Integers
    constants: Floats
    design: Floats
    fixed_coefficients: Floats
    prior_mean: Floats
    prior_precision: Floats
    fixed_sd: Floats
    full: bool

    @property
    def estimated_coefficients(self) -> Booleans:
        """Which of the q coefficients are estimated."""
        return np.isnan(self.fixed_coefficients)

    @property
    def estimated_covariances(self) -> tuple[Integers, Integers]:
        """Rows and columns of the covariances that are estimated, the variances first."""
        free = np.flatnonzero(np.isnan(self.fixed_sd))
        rows, columns = np.triu_indices(len(self.varying), 1)
        # A correlation with a held standard deviation is not estimated: it would change with the other's.
        kept = np.isin(rows, free) & np.isin(columns, free) & self.full
        return np.concatenate([free, rows[kept]]), np.concatenate([free, columns[kept]])

    @property
    def parameter_count(self) -> int:
        """How many numbers are estimated, the residual error among them."""
        return int(self.estimated_coefficients.sum()) + len(self.estimated_covariances[0]) + 1

    def means(self, coefficients: Floats) -> Floats:
        """Return what the covariates make of the typical values, (n, d)."""
        expected: Floats = self.design @ coefficients
        return expected

    def log_level(self, phi: Floats) -> Floats:
        """Return ln of the level for the varying parameters, (..., n, d) to (..., n, m)."""
        return self.model.log_level(self.everything(phi), self.observed.times, self.observed.covariates)

    def jacobian(self, phi: Floats) -> Floats:
        """Return the derivative of `log_level` with respect to phi, (..., n, m, d)."""
        by_all = self.model.jacobian(self.everything(phi), self.observed.times, self.observed.covariates)
        return by_all[..., self.varying]

    def everything(self, phi: Floats) -> Floats:
        """Put constants between the varying parameters, (..., d) to (..., p)."""
        if len(self.varying) == len(self.constants):
            return phi
        whole = np.empty((*phi.shape[:-1], len(self.constants)))
        whole[...] = self.constants
        whole[..., self.varying] = phi
        return whole

    def log_likelihood(self, predicted: Floats, residual_sd: float) -> Floats:
        """Log-likelihood of each patient's samples, (..., n, m) to (..., n)."""
        total: Floats = -0.5 * np.sum(minus_two_log_likelihood(predicted, self.observed, residual_sd), axis=-1)
        return total


def cholesky(covariance: Floats) -> Floats:
    """Return lower Cholesky factors of (..., d, d) covariances."""
    factor: Floats = np.asarray(np.linalg.cholesky(covariance), np.float64)
    return factor


def normal_log_density(deviation: Floats, factor: Floats) -> Floats:
    """Log-density of a normal distribution with mean 0.

    Parameters
    ----------
    deviation : (..., d) float
    factor : (d, d) or (n, d, d) float
        Lower Cholesky factor of the covariance; with n of them, deviation is (..., n, d).

    Returns
    -------
    (...,) float
    """
    standard = standardized(deviation, factor)
    log_determinant = np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)
    density: Floats = -0.5 * (np.sum(standard**2, axis=-1) + deviation.shape[-1] * _LOG_2_PI) - log_determinant
    return density


def standardized(deviation: Floats, factor: Floats) -> Floats:
    """Solve factor @ x = deviation for x; shapes as in `normal_log_density`."""
    inverse = np.linalg.inv(factor)
    solution: Floats = (inverse @ deviation[..., np.newaxis])[..., 0]
    return solution
