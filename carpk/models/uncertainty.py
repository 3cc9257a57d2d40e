"""How well the levels determine what was fitted: standard errors, condition, bands. Whole arrays."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from carpk.models.fits import Fits
from carpk.models.least_squares import pressed
from carpk.profiles import Booleans, Floats

_STEP = 1e-5
_DETERMINED = 1e-10  # share of the largest eigenvalue below which a direction is left to chance


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """What the curvature of the likelihood at the optimum says.

    Attributes
    ----------
    covariance : (n, p, p) float
        Of the parameters on the transformed scale; zero for those held.
    held : (n, p) bool
        Fixed, or at a bound.
    condition : (n,) float
        Condition number of the scaled Jacobian of the others.
    decrement : (n,) float
        By how much a last Gauss-Newton step would still lower -2 ln L, in the directions that the levels determine.
    """

    covariance: Floats
    held: Booleans
    condition: Floats
    decrement: Floats

    @property
    def standard_error(self) -> Floats:
        """Standard errors on the transformed scale, (n, p); 0 for parameters held."""
        error: Floats = np.sqrt(np.maximum(np.einsum("npp->np", self.covariance), 0.0))
        return error


def uncertainty(fits: Fits) -> Uncertainty:
    """Work out the curvature of -2 ln L at each optimum."""
    held = fits.held()
    _, gradient, curvature = fits.problems.normal_equations(fits.phi)
    free = ~held
    among_free = free[:, :, np.newaxis] & free[:, np.newaxis, :]
    diagonal = np.einsum("npp->np", curvature)
    scale = np.where(free & (diagonal > 0), np.sqrt(np.maximum(diagonal, np.finfo(float).tiny)), 1.0)
    scaled = np.where(among_free, curvature, 0.0) / (scale[:, :, np.newaxis] * scale[:, np.newaxis, :])
    values, vectors = np.linalg.eigh(scaled + np.eye(fits.phi.shape[1]) * held[:, :, np.newaxis])
    largest = values.max(axis=1)
    lost = len(fits.free) * np.finfo(float).eps * largest  # what rounding leaves of a zero
    kept = np.maximum(values, lost[:, np.newaxis])
    inverse = np.einsum("npk,nk,nqk->npq", vectors, 1.0 / kept, vectors) * among_free
    covariance = inverse / (scale[:, :, np.newaxis] * scale[:, np.newaxis, :])
    push = np.where(free & ~pressed(fits.segment, fits.phi, gradient), gradient, 0.0)
    along = np.einsum("npk,np->nk", vectors, push / scale)
    along = np.where(values > _DETERMINED * largest[:, np.newaxis], along / kept, 0.0)
    step = np.clip(np.einsum("npk,nk->np", vectors, along) / scale, -1.0, 1.0)  # further, the curvature says nothing
    return Uncertainty(
        covariance=covariance,
        held=held,
        condition=np.where(values.min(axis=1) > lost, np.sqrt(largest / kept.min(axis=1)), np.inf),
        decrement=np.sum(push * step, axis=1),
    )


def threshold(fits: Fits, confidence: float) -> Floats:
    """Rise of -2 ln L at the ends of an interval, (n,): chi-squared, or F where the residual error was estimated."""
    # The quantile of F with 1 and d degrees of freedom is the square of Student's, that of chi-squared of the normal's.
    tail = 0.5 * (1.0 + confidence)
    given = np.isinf(fits.degrees)
    quantile = np.where(given, ndtri(tail), stdtrit(np.where(given, 1.0, fits.degrees), tail))
    return np.square(quantile)


def sensitivity(quantity: Callable[[Floats], Floats], phi: Floats) -> Floats:
    """Differentiate ln of a quantity by phi, (n, p), from central differences.

    Parameters
    ----------
    quantity : function of phi, (n, p), to positive numbers (n,)
    phi : (n, p) float
    """
    columns = []
    for place in range(phi.shape[1]):
        shift = _STEP * (np.arange(phi.shape[1]) == place)
        columns.append((np.log(quantity(phi + shift)) - np.log(quantity(phi - shift))) / (2.0 * _STEP))
    return np.stack(columns, axis=-1)


def band(fits: Fits, found: Uncertainty, times: Floats) -> Floats:
    """Return the standard error of ln of the fitted level at times (m,) or (n, m), (n, m)."""
    slopes = fits.model.jacobian(fits.phi, times, fits.problems.observed.covariates)
    error: Floats = np.sqrt(np.maximum(np.einsum("nmp,npq,nmq->nm", slopes, found.covariance, slopes), 0.0))
    return error
