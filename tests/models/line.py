"""A straight line with random intercept and slope: a population whose likelihood is known in closed form."""

from types import SimpleNamespace

import numpy as np
from scipy import stats

from carpk.models.model import Model, Parameter
from carpk.models.observations import observe

DAYS = np.array([0.0, 1.0, 2.0, 4.0])


def log_level(phi, times, _covariates=None):
    return phi[..., 0, np.newaxis] + phi[..., 1, np.newaxis] * times


def jacobian(phi, times, _covariates=None):
    one = np.ones((*phi.shape[:-1], times.shape[-1]))
    return np.stack([one, one * times], axis=-1)


def starts(seen):
    return np.stack([seen.first_log_level, np.zeros_like(seen.first_log_level)], axis=-1)[np.newaxis]


LINE = Model(
    name="line",
    label="Line",
    citation="",
    doi="",
    parameters=(Parameter(name="intercept", lower=1e-9, upper=1e9), Parameter(name="slope", lower=1e-9, upper=1e9)),
    log_level=log_level,
    jacobian=jacobian,
    starts=starts,
)


def draw(patients, seed, mean=(5.0, -0.5), covariance=((0.5, 0.0), (0.0, 0.09)), sd=0.4, lloq=1e-300):
    """Observations of patients whose lines scatter around one."""
    rng = np.random.default_rng(seed)
    phi = rng.multivariate_normal(mean, covariance, patients)
    logs = log_level(phi, DAYS) + sd * rng.standard_normal((patients, len(DAYS)))
    return observe(DAYS, np.exp(logs), lloq=lloq)


def exact(observed, design, coefficients, covariance, sd):
    """-2LL and expected lines, by the formulas of the linear mixed model."""
    lines = np.stack([np.ones_like(DAYS), DAYS], axis=1)
    marginal = lines @ covariance @ lines.T + sd**2 * np.eye(len(DAYS))
    mean = design @ coefficients
    residual = observed.log_level - mean @ lines.T
    density = stats.multivariate_normal(np.zeros(len(DAYS)), marginal).logpdf(residual)
    expected = mean + residual @ np.linalg.solve(marginal, lines @ covariance)
    return SimpleNamespace(minus_two_log_likelihood=-2.0 * density.sum(), expected=expected)
