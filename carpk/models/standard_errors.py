"""How exactly a population is known: the observed information, by Louis's identity.

The information in the samples is that of the complete data (phi known) less what is lost because phi is not:
I = E[-second derivative] - Var[score], expected given the samples (Louis TA, J R Stat Soc B 1982;44:226-233,
doi 10.1111/j.2517-6161.1982.tb01203.x). The order of the q numbers is: estimated coefficients, estimated variances,
estimated covariances, ln of the residual error.
"""

from dataclasses import dataclass

import numpy as np

from carpk.models.censoring import error_derivatives
from carpk.models.importance import WeightedSample
from carpk.models.population_model import Population, PopulationModel
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Information:
    """Score and observed information of a population; priors of coefficients count as observations.

    Attributes
    ----------
    score : (q,) float
    matrix : (q, q) float
    variances : slice
        Which of the q are variances and covariances.
    """

    score: Floats
    matrix: Floats
    variances: slice

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates, (q, q).

        Where the samples cannot tell some variance, the information is not positive definite: then variances count as
        known, and their rows and columns are NaN. Where that does not help, all is NaN.
        """
        everything = _inverse(self.matrix)
        if np.isfinite(everything).all():
            return everything
        others = np.delete(np.arange(len(self.score)), self.variances)
        everything[np.ix_(others, others)] = _inverse(self.matrix[np.ix_(others, others)])
        return everything

    @property
    def standard_error(self) -> Floats:
        """Standard errors of the estimates, (q,)."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def step(self) -> Floats:
        """Newton's step to the maximum from where the information was taken, (q,); 0 where it cannot say."""
        step: Floats = np.nan_to_num(self.covariance) @ self.score
        return step


def _inverse(matrix: Floats) -> Floats:
    """Inverse of a positive definite matrix; NaN where it is not."""
    scale = np.sqrt(np.abs(np.diagonal(matrix)))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    if values[0] <= 1e-10 * values[-1]:
        return np.full_like(matrix, np.nan)
    inverse: Floats = (vectors / values) @ vectors.T / np.outer(scale, scale)
    return inverse


def information(sample: WeightedSample, population: PopulationModel, current: Population) -> Information:
    """Return score and observed information at `current`.

    Parameters
    ----------
    sample : WeightedSample
        Weighed under `current`.
    population : PopulationModel
    current : Population

    Returns
    -------
    Information
    """
    free = population.estimated_coefficients
    design = population.design[:, :, free]
    precision = np.asarray(np.linalg.inv(current.covariance), np.float64)
    deviation = sample.phi - population.means(current.coefficients)
    weighted: Floats = deviation @ precision
    by_coefficient = np.einsum("idq,sid->siq", design, weighted)
    by_covariance = _covariance_scores(weighted, precision, population)
    error_score, error_curvature = error_derivatives(sample.predicted, population.observed, current.residual_sd)
    scores = np.concatenate([by_coefficient, by_covariance, error_score[..., np.newaxis]], axis=-1)
    expected = sample.expectation(scores)
    lost = np.einsum("sn,snq,snr->qr", sample.weight, scores, scores, optimize=True) - expected.T @ expected
    matrix = _complete_information(sample, population, weighted, precision, design) - lost
    matrix[-1, -1] -= np.sum(sample.expectation(error_curvature))
    score = expected.sum(axis=0)
    known = population.prior_precision[free]
    score[: len(known)] += known * (population.prior_mean - current.coefficients)[free]
    matrix[: len(known), : len(known)] += np.diag(known)
    return Information(score, 0.5 * (matrix + matrix.T), slice(design.shape[-1], len(score) - 1))


def _covariance_scores(weighted: Floats, precision: Floats, population: PopulationModel) -> Floats:
    """Differentiate the normal log-density by each (co)variance; weighted is precision @ deviation."""
    rows, columns = population.estimated_covariances
    once = np.where(rows == columns, 0.5, 1.0)
    scores: Floats = once * (weighted[..., rows] * weighted[..., columns] - precision[rows, columns])
    return scores


def _complete_information(
    sample: WeightedSample, population: PopulationModel, weighted: Floats, precision: Floats, design: Floats
) -> Floats:
    """Return the information expected if phi were known; the residual error's row and column are 0."""
    rows, columns = population.estimated_covariances
    count = design.shape[-1]
    size = count + len(rows) + 1
    matrix = np.zeros((size, size))
    matrix[:count, :count] = np.einsum("iaq,ab,ibr->qr", design, precision, design)
    mean = sample.expectation(weighted)
    square = np.einsum("sn,sna,snb->ab", sample.weight, weighted, weighted, optimize=True)
    units = np.zeros((len(rows), len(precision), len(precision)))
    units[np.arange(len(rows)), rows, columns] = 1.0
    units[np.arange(len(rows)), columns, rows] = 1.0
    # tr(P E_a P E_b) and the expected w' E_a P E_b w, with P the precision, w = P (phi - mean)
    left = np.einsum("xy,ayz->axz", precision, units)
    traces = np.einsum("axz,bzx->ab", left, left)
    products = np.einsum("axy,yz,bzv,vx->ab", units, precision, units, square, optimize=True)
    variances = slice(count, count + len(rows))
    matrix[variances, variances] = 0.5 * (products + products.T - len(design) * traces)
    crossed = np.einsum("iaq,ab,cbd,id->qc", design, precision, units, mean, optimize=True)
    matrix[:count, variances], matrix[variances, :count] = crossed, crossed.T
    return matrix
