"""The four phases of Liu 2021 as straight lines on ln C: distribution, expansion, contraction, persistence.

Source of the phases: Liu C et al., Clin Pharmacol Ther 2021;109:716, preprint doi 10.1101/2020.05.09.20096586 (218
patients of seven trials). The lines are continuous; the paper's table of estimates was not at hand, so that no value is
given as published.
"""

from types import MappingProxyType

import numpy as np

from carpk.models.landmarks import Landmarks
from carpk.models.model import Model, Parameter
from carpk.profiles import Floats

_LN_2 = float(np.log(2.0))


def log_level(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:  # noqa: ARG001
    """Return ln of the level; see `carpk.models.model.Curve`."""
    rates, days = _rates(phi), _days(phi, times)
    return phi[..., 0, np.newaxis] + sum(rate * day for rate, day in zip(rates, days, strict=True))


def jacobian(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:  # noqa: ARG001
    """Return the derivative of `log_level` with respect to phi, (..., n, m, p)."""
    washed, growing, contracted, persisted = _days(phi, times)
    washing, growth, contraction, persistence = _rates(phi)
    nadir, tmax, end = _breaks(phi)
    early, rising = nadir < tmax, times < tmax
    by_nadir = np.where(early & (times < nadir), nadir * (washing - growth), 0.0)
    by_tmax = tmax * np.where(rising, np.where(early, growth, washing), 0.0)
    by_tmax -= tmax * np.where(times > tmax, np.where(end > tmax, contraction, persistence), 0.0)
    by_end = end * np.where((end > tmax) & (times > end), contraction - persistence, 0.0)
    by_rates = (washing * washed, growth * growing, contraction * contracted, persistence * persisted)
    columns = (np.ones_like(by_end), by_rates[0], by_nadir, by_rates[1], by_tmax, by_rates[2], by_end, by_rates[3])
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def _breaks(phi: Floats) -> tuple[Floats, Floats, Floats]:
    """End of the distribution, peak, end of the contraction; as columns."""
    return np.exp(phi[..., 2, np.newaxis]), np.exp(phi[..., 4, np.newaxis]), np.exp(phi[..., 6, np.newaxis])


def _rates(phi: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Change of ln C per day of each phase, counted away from the peak."""
    washing, growth, contraction, persistence = (np.exp(phi[..., place, np.newaxis]) for place in (1, 3, 5, 7))
    return washing, -growth, -contraction, -persistence


def _days(phi: Floats, times: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Days between a time and the peak that each phase takes up."""
    nadir, tmax, end = _breaks(phi)
    washed = np.maximum(np.minimum(nadir, tmax) - times, 0.0)
    growing = np.maximum(tmax - np.maximum(times, nadir), 0.0)
    contracted = np.maximum(np.minimum(times, end) - tmax, 0.0)
    persisted = np.maximum(times - np.maximum(tmax, end), 0.0)
    return washed, growing, contracted, persisted


def starts(seen: Landmarks) -> Floats:
    """Guess: rise, peak and contraction as seen, (1, n, 8)."""
    tmax = np.maximum(seen.peak_time, 0.5)
    climb = (seen.peak_log_level - seen.first_log_level) / np.maximum(seen.peak_time - seen.first_time, 0.5)
    guess = [
        seen.peak_log_level,
        np.full_like(tmax, np.log(0.5)),
        np.log(np.maximum(seen.first_time, 0.3 * tmax)),
        np.log(np.maximum(climb, 0.1)),
        np.log(tmax),
        np.log(seen.contraction_rate),
        np.log(tmax + 14.0),
        np.log(0.1 * seen.contraction_rate),
    ]
    return np.stack(guess, axis=-1)[np.newaxis]


def _initial_level(natural: Floats) -> Floats:
    """Level at the infusion."""
    cmax, washing, nadir, growth, tmax = (natural[..., place] for place in range(5))
    grown, washed = np.maximum(tmax - nadir, 0.0), np.minimum(nadir, tmax)
    level: Floats = cmax * np.exp(washing * washed - growth * grown)
    return level


FOUR_PHASE = Model(
    name="four_phase",
    label="Liu 2021, four phases",
    citation="Liu C et al., Clin Pharmacol Ther 2021;109:716",
    doi="10.1101/2020.05.09.20096586",
    parameters=(
        Parameter(name="cmax", lower=1e-9, upper=1e12),
        Parameter(name="distribution_rate", lower=1e-3, upper=20.0),
        Parameter(name="distribution_end", lower=0.05, upper=30.0),
        Parameter(name="growth_rate", lower=1e-2, upper=20.0),
        Parameter(name="tmax", lower=0.1, upper=90.0),
        Parameter(name="alpha", lower=1e-4, upper=3.0),
        Parameter(name="contraction_end", lower=1.0, upper=720.0),
        Parameter(name="beta", lower=1e-4, upper=3.0),
    ),
    log_level=log_level,
    jacobian=jacobian,
    starts=starts,
    breakpoints=("distribution_end", "tmax", "contraction_end"),
    peak="tmax",
    derived=MappingProxyType(
        {
            "doubling_time": lambda natural: _LN_2 / natural[..., 3],
            "initial_level": _initial_level,
            "alpha_half_life": lambda natural: _LN_2 / natural[..., 5],
            "beta_half_life": lambda natural: _LN_2 / natural[..., 7],
        }
    ),
)
"""Continuous straight lines on ln C."""
