"""The curve of Stein 2019: CAR-T cells grow exponentially to a peak, then decline in two phases.

Source: Stein AM et al., CPT Pharmacometrics Syst Pharmacol 2019;8:285-295, doi 10.1002/psp4.12388 (tisagenlecleucel,
90 patients). The effects of tocilizumab and corticosteroids on the growth, which the paper also estimates, are not
part of the curve here.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


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
