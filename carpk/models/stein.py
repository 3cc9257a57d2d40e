"""The curve of Stein 2019: CAR-T cells grow exponentially to a peak, then decline in two phases.

Source: Stein AM et al., CPT Pharmacometrics Syst Pharmacol 2019;8:285-295, doi 10.1002/psp4.12388 (tisagenlecleucel,
90 patients). `level` and `area` are the curve in numbers; `STEIN` is the model as it is fitted, on ln C.
`STEIN_COMEDICATION` adds the paper's effects of tocilizumab and corticosteroids, each of which multiplies the growth
rate from the first dose on, as long as the cells grow. Fold expansion, Tmax and Cmax then are those of the untreated
course: a treated one peaks at the same time, higher by exp(rate * days * (factor - 1)), days from dose to peak.
"""

from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from carpk.models.decline import log_decline, log_decline_jacobian, ordered
from carpk.models.landmarks import Landmarks
from carpk.models.model import Model, Parameter
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True)
class SteinParameters:
    """The parameters of one curve (numbers) or of n curves (arrays of n); all are positive.

    Attributes
    ----------
    fold_expansion : float or (n,) array
        Level at the peak over level at the infusion (`foldx` in the paper).
    tmax : float or (n,) array
        Time of the peak. [day]
    cmax : float or (n,) array
        Level at the peak. [assay unit]
    alpha, beta : float or (n,) array
        Rates of the fast and of the slow decline. [1/day]
    persistent_fraction : float or (n,) array
        Share of the peak that declines slowly, between 0 and 1 (`FB` in the paper).
    """

    fold_expansion: float | Floats
    tmax: float | Floats
    cmax: float | Floats
    alpha: float | Floats
    persistent_fraction: float | Floats
    beta: float | Floats

    @property
    def initial_level(self) -> float | Floats:
        """Level at the infusion, R0 [assay unit]."""
        return self.cmax / self.fold_expansion

    @property
    def growth_rate(self) -> float | Floats:
        """Rate of the exponential growth, rho = ln(fold expansion) / Tmax [1/day]."""
        return np.log(self.fold_expansion) / self.tmax

    @property
    def doubling_time(self) -> float | Floats:
        """Time in which the level doubles while it grows [day]."""
        time: float | Floats = np.log(2.0) / self.growth_rate
        return time

    @property
    def half_lives(self) -> tuple[float | Floats, float | Floats]:
        """Half-lives of the fast and of the slow decline [day]."""
        return np.log(2.0) / self.alpha, np.log(2.0) / self.beta


TYPICAL = SteinParameters(
    fold_expansion=3900.0, tmax=9.3, cmax=24_000.0, alpha=0.16, persistent_fraction=0.0079, beta=0.0032
)
"""Typical values for tisagenlecleucel, levels in copies/ug of genomic DNA (Stein 2019, doi 10.1002/psp4.12388)."""

RESIDUAL_SD = 0.56
"""Standard deviation of the residual error on ln C (Stein 2019)."""


def level(parameters: SteinParameters, times: ArrayLike) -> Floats:
    """Level at each time; zero before the infusion.

    Parameters
    ----------
    parameters : SteinParameters of one curve or of n curves
    times : (m,) or (n, m) array
        Time since the infusion. [day]

    Returns
    -------
    (m,) or (n, m) array
        [assay unit]
    """
    growth, fast, slow, tmax, cmax, share = _as_columns(parameters)
    since_infusion = np.asarray(times, np.float64)
    before_peak = np.minimum(np.maximum(since_infusion, 0.0), tmax) - tmax
    after_peak = np.maximum(since_infusion - tmax, 0.0)
    remaining = (1.0 - share) * np.exp(-fast * after_peak) + share * np.exp(-slow * after_peak)
    return np.where(since_infusion < 0.0, 0.0, cmax * np.exp(growth * before_peak) * remaining)


def area(parameters: SteinParameters, start: ArrayLike, end: ArrayLike) -> Floats:
    """Area under the curve from `start` to `end`, in closed form.

    Parameters
    ----------
    parameters : SteinParameters of one curve or of n curves
    start, end : number, (m,) or (n, m) array
        Time since the infusion; what lies before it adds nothing. [day]

    Returns
    -------
    array, with m = 1 for single numbers
        [day * assay unit]
    """
    return _area_from_infusion(parameters, end) - _area_from_infusion(parameters, start)


def _area_from_infusion(parameters: SteinParameters, end: ArrayLike) -> Floats:
    growth, fast, slow, tmax, cmax, share = _as_columns(parameters)
    until = np.maximum(np.asarray(end, np.float64), 0.0)
    after_peak = np.maximum(until - tmax, 0.0)
    rising = np.exp(-growth * tmax) * np.expm1(growth * np.minimum(until, tmax)) / growth
    falling = -(1.0 - share) / fast * np.expm1(-fast * after_peak) - share / slow * np.expm1(-slow * after_peak)
    total: Floats = cmax * (rising + falling)
    return total


def _as_columns(parameters: SteinParameters) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Parameters as columns against which times broadcast: growth rate, alpha, beta, Tmax, Cmax, persistent share."""
    column = {
        item.name: np.asarray(getattr(parameters, item.name), np.float64)[..., np.newaxis]
        for item in fields(parameters)
    }
    growth = np.log(column["fold_expansion"]) / column["tmax"]
    return growth, column["alpha"], column["beta"], column["tmax"], column["cmax"], column["persistent_fraction"]


PARAMETERS = (
    Parameter(name="fold_expansion", lower=1.0, upper=1e9, published=3900.0, random_effect=2.4),
    Parameter(name="tmax", lower=0.1, upper=90.0, published=9.3, random_effect=0.38),
    Parameter(name="cmax", lower=1e-9, upper=1e12, published=24_000.0, random_effect=0.65),
    Parameter(name="alpha", lower=1e-4, upper=3.0, published=0.16, random_effect=0.91),
    Parameter(
        name="persistent_fraction",
        lower=1e-6,
        upper=1.0 - 1e-6,
        scale="logit",
        published=0.0079,
        random_effect=0.80,
    ),
    Parameter(name="beta", lower=1e-4, upper=3.0, published=0.0032, random_effect=0.86),
)
"""In the order of phi. Both rates share their bounds, so that a fit may find them in either order."""

EFFECTS = (
    Parameter(name="tocilizumab_effect", lower=0.1, upper=10.0, published=1.2, fixed=True),
    Parameter(name="corticosteroid_effect", lower=0.1, upper=10.0, published=1.0, fixed=True),
)
"""Factors on the growth rate from the first dose on."""

_SHAPES = ((1.0, 0.0079, 0.02), (2.0, 0.05, 0.1), (3.0, 0.3, 0.5), (5.0, 0.4, 0.8))
"""First guesses of the decline: alpha over the contraction rate seen, persistent fraction, beta over that rate."""


def log_level(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:
    """Return ln of the level; see `carpk.models.model.Curve`.

    With the two effects in phi, covariates are the days of the first tocilizumab and corticosteroid, (n, 2); NaN where
    there was none.
    """
    log_fold, log_cmax, tmax = phi[..., 0, np.newaxis], phi[..., 2, np.newaxis], np.exp(phi[..., 1, np.newaxis])
    grown = _growing_days(phi, np.minimum(times, tmax), covariates)[0]
    return log_cmax + log_fold * (grown / tmax - 1.0) + log_decline(phi[..., 3:6], np.maximum(times - tmax, 0.0))


def jacobian(phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:
    """Return the derivative of `log_level` with respect to phi, (..., n, m, p)."""
    log_fold, tmax = phi[..., 0, np.newaxis], np.exp(phi[..., 1, np.newaxis])
    after = times > tmax
    grown, by_effects = _growing_days(phi, np.minimum(times, tmax), covariates)
    by_decline, by_day = log_decline_jacobian(phi[..., 3:6], np.maximum(times - tmax, 0.0))
    speed_at_peak = _speed(phi, tmax, covariates)
    by_tmax = np.where(after, log_fold * speed_at_peak - tmax * by_day, 0.0) - log_fold * grown / tmax
    columns = [grown / tmax - 1.0, by_tmax, np.ones_like(by_tmax), *np.moveaxis(by_decline, -1, 0)]
    return np.stack([*columns, *(log_fold / tmax * days for days in by_effects)], axis=-1)


def _growing_days(phi: Floats, until: Floats, covariates: Floats | None) -> tuple[Floats, list[Floats]]:
    """Days of untreated growth that equal the growth until a day, and their derivatives by the ln effects."""
    if phi.shape[-1] == len(PARAMETERS):
        return until, []
    first, second = _first_doses(covariates)
    by_first, by_second = np.exp(phi[..., 6, np.newaxis]), np.exp(phi[..., 7, np.newaxis])
    since_first, since_second = np.maximum(until - first, 0.0), np.maximum(until - second, 0.0)
    since_both = np.minimum(since_first, since_second)
    grown = (
        until
        + (by_first - 1.0) * since_first
        + (by_second - 1.0) * since_second
        + (by_first - 1.0) * (by_second - 1.0) * since_both
    )
    return grown, [
        by_first * (since_first + (by_second - 1.0) * since_both),
        by_second * (since_second + (by_first - 1.0) * since_both),
    ]


def _speed(phi: Floats, day: Floats, covariates: Floats | None) -> Floats:
    """Growth rate on a day over the untreated one."""
    if phi.shape[-1] == len(PARAMETERS):
        return np.ones_like(day)
    first, second = _first_doses(covariates)
    by_first, by_second = np.exp(phi[..., 6, np.newaxis]), np.exp(phi[..., 7, np.newaxis])
    speed: Floats = np.where(day > first, by_first, 1.0) * np.where(day > second, by_second, 1.0)
    return speed


def _first_doses(covariates: Floats | None) -> tuple[Floats, Floats]:
    """Days of the first doses as columns, infinite where there was none."""
    if covariates is None:
        raise ValueError("stein_comedication: covariates must hold the first days of tocilizumab and corticosteroid.")
    days = np.where(np.isnan(covariates), np.inf, covariates)
    return days[..., 0, np.newaxis], days[..., 1, np.newaxis]


def starts(seen: Landmarks) -> Floats:
    """Guess: rise and peak as seen, with several shapes of the decline, (4, n, 6)."""
    tmax = np.maximum(seen.peak_time, 0.5)
    climb = (seen.peak_log_level - seen.first_log_level) / np.maximum(seen.peak_time - seen.first_time, 0.5)
    log_fold = np.clip(climb * tmax, np.log(2.0), np.log(1e8))
    guesses = [
        np.stack(
            [
                log_fold,
                np.log(tmax),
                seen.peak_log_level,
                np.log(factor * seen.contraction_rate),
                np.full_like(tmax, np.log(share / (1.0 - share))),
                np.log(slow * seen.contraction_rate),
            ],
            axis=-1,
        )
        for factor, share, slow in _SHAPES
    ]
    return np.stack(guesses)


def _ordered(phi: Floats) -> Floats:
    """Put the faster decline first."""
    return np.concatenate([phi[..., :3], ordered(phi[..., 3:6]), phi[..., 6:]], axis=-1)


DERIVED = MappingProxyType(
    {
        "growth_rate": lambda natural: np.log(natural[..., 0]) / natural[..., 1],
        "doubling_time": lambda natural: np.log(2.0) * natural[..., 1] / np.log(natural[..., 0]),
        "initial_level": lambda natural: natural[..., 2] / natural[..., 0],
        "alpha_half_life": lambda natural: np.log(2.0) / natural[..., 3],
        "beta_half_life": lambda natural: np.log(2.0) / natural[..., 5],
    }
)

STEIN = Model(
    name="stein",
    label="Stein 2019",
    citation="Stein AM et al., CPT Pharmacometrics Syst Pharmacol 2019;8:285-295",
    doi="10.1002/psp4.12388",
    parameters=PARAMETERS,
    log_level=log_level,
    jacobian=jacobian,
    starts=starts,
    breakpoints=("tmax",),
    peak="tmax",
    canonical=_ordered,
    derived=DERIVED,
)
"""Exponential growth to a peak, biexponential decline."""


def _with_published_effects(seen: Landmarks) -> Floats:
    """Take the starts of the untreated model and the effects as published."""
    untreated = starts(seen)
    effects = np.broadcast_to(np.log([entry.published for entry in EFFECTS]), (*untreated.shape[:-1], len(EFFECTS)))
    return np.concatenate([untreated, effects], axis=-1)


STEIN_COMEDICATION = Model(
    name="stein_comedication",
    label="Stein 2019 with tocilizumab and corticosteroids",
    citation=STEIN.citation,
    doi=STEIN.doi,
    parameters=(*PARAMETERS, *EFFECTS),
    log_level=log_level,
    jacobian=jacobian,
    starts=_with_published_effects,
    breakpoints=("tmax",),
    peak="tmax",
    canonical=_ordered,
    derived=DERIVED,
    covariates=("tocilizumab", "corticosteroid"),
)
"""The same, with the growth rate multiplied from the first dose of each on."""
