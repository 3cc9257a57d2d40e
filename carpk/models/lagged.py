"""The curve of Ogasawara 2021: a lag at the first level, exponential growth to a peak, decline in two phases.

Source: Ogasawara K et al., Clin Pharmacokinet 2021, doi 10.1007/s40262-021-01039-5 (lisocabtagene maraleucel, 261
patients). The level at the peak, the persistent fraction and the spread between patients were not at hand and are left
open.
"""

from types import MappingProxyType

import numpy as np

from carpk.models.decline import log_decline, log_decline_jacobian, ordered
from carpk.models.landmarks import Landmarks
from carpk.models.model import Model, Parameter
from carpk.profiles import Floats

_LN_2 = float(np.log(2.0))
_LN_LN_2 = float(np.log(np.log(2.0)))

_SHAPES = ((1.0, 0.0079, 0.02), (3.0, 0.3, 0.5))
"""First guesses of the decline: fast rate over the rate seen, persistent fraction, slow rate over the rate seen."""


def log_level(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:  # noqa: ARG001
    """Return ln of the level; see `carpk.models.model.Curve`."""
    lag, doubling, tmax = (np.exp(phi[..., place, np.newaxis]) for place in range(3))
    missing = np.maximum(tmax - np.maximum(times, lag), 0.0)
    declined = log_decline(_rates(phi), np.maximum(times - tmax, 0.0))
    level: Floats = phi[..., 3, np.newaxis] - _LN_2 / doubling * missing + declined
    return level


def jacobian(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:  # noqa: ARG001
    """Return the derivative of `log_level` with respect to phi, (..., n, m, p)."""
    lag, doubling, tmax = (np.exp(phi[..., place, np.newaxis]) for place in range(3))
    rate = _LN_2 / doubling
    missing = np.maximum(tmax - np.maximum(times, lag), 0.0)
    growing, after = missing > 0, times > tmax
    by_decline, by_day = log_decline_jacobian(_rates(phi), np.maximum(times - tmax, 0.0))
    by_lag = np.where(growing & (times < lag), rate * lag, 0.0)
    by_tmax = np.where(growing, -rate * tmax, 0.0) - np.where(after, tmax * by_day, 0.0)
    columns = [by_lag, rate * missing, by_tmax, np.ones_like(by_tmax)]
    return np.stack([*columns, -by_decline[..., 0], by_decline[..., 1], -by_decline[..., 2]], axis=-1)


def _rates(phi: Floats) -> Floats:
    """Parameters of the decline, with rates in place of half-lives."""
    return np.stack([_LN_LN_2 - phi[..., 4], phi[..., 5], _LN_LN_2 - phi[..., 6]], axis=-1)


def starts(seen: Landmarks) -> Floats:
    """Guess: rise and peak as seen, with several shapes of the decline, (2, n, 7)."""
    tmax = np.maximum(seen.peak_time, 0.5)
    climb = (seen.peak_log_level - seen.first_log_level) / np.maximum(seen.peak_time - seen.first_time, 0.5)
    guesses = [
        np.stack(
            [
                np.log(0.3 * tmax),
                np.log(_LN_2 / np.maximum(climb, 0.1)),
                np.log(tmax),
                seen.peak_log_level,
                np.log(_LN_2 / (factor * seen.contraction_rate)),
                np.full_like(tmax, np.log(share / (1.0 - share))),
                np.log(_LN_2 / (slow * seen.contraction_rate)),
            ],
            axis=-1,
        )
        for factor, share, slow in _SHAPES
    ]
    return np.stack(guesses)


def _ordered(phi: Floats) -> Floats:
    """Put the faster decline first."""
    rates = ordered(_rates(phi))
    halves = np.stack([_LN_LN_2 - rates[..., 0], rates[..., 1], _LN_LN_2 - rates[..., 2]], axis=-1)
    return np.concatenate([phi[..., :4], halves], axis=-1)


def _fold(natural: Floats) -> Floats:
    """Level at the peak over that before growth."""
    fold: Floats = 2.0 ** (np.maximum(natural[..., 2] - natural[..., 0], 0.0) / natural[..., 1])
    return fold


LAGGED = Model(
    name="lagged",
    label="Ogasawara 2021, lagged growth",
    citation="Ogasawara K et al., Clin Pharmacokinet 2021",
    doi="10.1007/s40262-021-01039-5",
    parameters=(
        Parameter(name="lag", lower=0.05, upper=30.0, published=3.27),
        Parameter(name="doubling_time", lower=0.05, upper=30.0, published=0.755),
        Parameter(name="tmax", lower=0.1, upper=90.0, published=9.29),
        Parameter(name="cmax", lower=1e-9, upper=1e12),
        Parameter(name="alpha_half_life", lower=_LN_2 / 3.0, upper=_LN_2 / 1e-4, published=5.00),
        Parameter(name="persistent_fraction", lower=1e-6, upper=1.0 - 1e-6, scale="logit"),
        Parameter(name="beta_half_life", lower=_LN_2 / 3.0, upper=_LN_2 / 1e-4, published=352.0),
    ),
    log_level=log_level,
    jacobian=jacobian,
    starts=starts,
    breakpoints=("lag", "tmax"),
    peak="tmax",
    canonical=_ordered,
    derived=MappingProxyType(
        {
            "growth_rate": lambda natural: _LN_2 / natural[..., 1],
            "fold_expansion": _fold,
            "initial_level": lambda natural: natural[..., 3] / _fold(natural),
            "alpha": lambda natural: _LN_2 / natural[..., 4],
            "beta": lambda natural: _LN_2 / natural[..., 6],
        }
    ),
)
"""A lag, exponential growth to a peak, biexponential decline."""
