"""The decline alone, from the highest level on: for patients who were not sampled while the cells grew.

The curve is the second half of Stein 2019 (doi 10.1002/psp4.12388), begun at the time of the highest level. The levels
before it are left out, so that nothing is said of the growth.
"""

from types import MappingProxyType

import numpy as np

from carpk.models.decline import log_decline, log_decline_jacobian, ordered
from carpk.models.landmarks import Landmarks
from carpk.models.model import Model
from carpk.models.stein import STEIN
from carpk.profiles import Floats

_LN_2 = float(np.log(2.0))


def log_level(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:
    """Return ln of the level; see `carpk.models.model.Curve`. The covariate is the day of the highest level, (n, 1)."""
    return phi[..., 0, np.newaxis] + log_decline(phi[..., 1:], _days_since_peak(times, covariates))


def jacobian(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:
    """Return the derivative of `log_level` with respect to phi, (..., n, m, p)."""
    by_decline, _ = log_decline_jacobian(phi[..., 1:], _days_since_peak(times, covariates))
    return np.concatenate([np.ones_like(by_decline[..., :1]), by_decline], axis=-1)


def _days_since_peak(times: Floats, covariates: Floats | None) -> Floats:
    if covariates is None:
        raise ValueError("contraction_only: covariates must hold the day of the highest level.")
    return np.maximum(times - covariates, 0.0)


def starts(seen: Landmarks) -> Floats:
    """Guess as the whole curve does, (s, n, 4)."""
    return STEIN.starts(seen)[..., 2:]


CONTRACTION_ONLY = Model(
    name="contraction_only",
    label="Contraction only",
    citation=f"after the peak as in {STEIN.citation}",
    doi=STEIN.doi,
    parameters=STEIN.parameters[2:],
    log_level=log_level,
    jacobian=jacobian,
    starts=starts,
    canonical=lambda phi: np.concatenate([phi[..., :1], ordered(phi[..., 1:])], axis=-1),
    derived=MappingProxyType(
        {
            "alpha_half_life": lambda natural: _LN_2 / natural[..., 1],
            "beta_half_life": lambda natural: _LN_2 / natural[..., 3],
        }
    ),
    covariates=("peak_time",),
    after_peak=True,
)
"""Biexponential decline from the highest level on."""
