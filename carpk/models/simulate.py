"""Virtual patients: how they differ, how an assay errs, what it can quantify. Whole arrays; chance is an argument."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carpk.models.stein import SteinParameters
from carpk.profiles import Floats

Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Variability:
    """Standard deviation of each parameter between patients, on its natural logarithm.

    The persistent fraction varies on its logit instead, which for small fractions is the same thing and keeps it
    below 1.
    """

    fold_expansion: float
    tmax: float
    cmax: float
    alpha: float
    persistent_fraction: float
    beta: float

    def from_variances(self) -> "Variability":
        """Read these numbers as variances: return the square root of each."""
        return Variability(*(float(np.sqrt(getattr(self, name))) for name in self.__slots__))


STEIN_AS_PRINTED = Variability(
    fold_expansion=2.4, tmax=0.38, cmax=0.65, alpha=0.91, persistent_fraction=0.80, beta=0.86
)
"""Random effects as Stein 2019 prints them. Read as standard deviations they stand as they are; some readers take them
for variances, which `STEIN_AS_PRINTED.from_variances()` gives and which agrees better with the published spread."""


def draw_patients(
    typical: SteinParameters,
    variability: Variability,
    count: int,
    *,
    rng: np.random.Generator,
    cmax_factor: ArrayLike = 1.0,
) -> SteinParameters:
    """Draw the parameters of `count` virtual patients around typical values.

    Parameters
    ----------
    typical : SteinParameters of one curve
    variability : Variability
    count : int
        Number of patients, n.
    rng : numpy.random.Generator
        Six standard normals a patient are drawn from it.
    cmax_factor : number or (n,) array
        Multiplies each patient's Cmax and level at the infusion, e.g. for a dose effect.
    """
    deviation = rng.standard_normal((6, count))
    logit = np.log(typical.persistent_fraction) - np.log1p(-np.asarray(typical.persistent_fraction))
    return SteinParameters(
        fold_expansion=typical.fold_expansion * np.exp(variability.fold_expansion * deviation[0]),
        tmax=typical.tmax * np.exp(variability.tmax * deviation[1]),
        cmax=typical.cmax * np.asarray(cmax_factor, np.float64) * np.exp(variability.cmax * deviation[2]),
        alpha=typical.alpha * np.exp(variability.alpha * deviation[3]),
        persistent_fraction=1.0 / (1.0 + np.exp(-logit - variability.persistent_fraction * deviation[4])),
        beta=typical.beta * np.exp(variability.beta * deviation[5]),
    )


def move_visits(planned: Floats, window: Floats, count: int, *, decimals: int, rng: np.random.Generator) -> Floats:
    """Move planned visits within their windows, never past the middle between two visits.

    Parameters
    ----------
    planned : (m,) float
        Planned days, rising. [day]
    window : (m,) float
        How far each may be off; the chance falls off linearly from the planned day to the ends. [day]
    count : int
        Number of patients, n.
    decimals : int
        To which an offset is cut.
    rng : numpy.random.Generator

    Returns
    -------
    (n, m) array
        Actual days.
    """
    gap = np.diff(planned, prepend=-np.inf, append=np.inf)
    reach = np.minimum(window, 0.49 * np.minimum(gap[:-1], gap[1:]))
    offset = reach * (rng.random((2, count, len(planned))).sum(axis=0) - 1.0)
    scale = 10.0**decimals
    days: Floats = planned + np.trunc(offset * scale) / scale
    return days


def add_residual_error(levels: Floats, sd: float, *, rng: np.random.Generator) -> Floats:
    """Return the levels as measured with an error of standard deviation `sd` on ln C."""
    return levels * np.exp(sd * rng.standard_normal(levels.shape))


@dataclass(frozen=True, eq=False, slots=True)
class Measurements:
    """What an assay reports of levels that may lie outside its limits.

    Attributes
    ----------
    levels : array
        Quantified levels; NaN where below or above the limits. [assay unit]
    below, above : bool arrays
        Below the lower, above the upper limit of quantification.
    """

    levels: Floats
    below: Booleans
    above: Booleans


def censor(levels: Floats, *, lloq: float, uloq: float = np.inf) -> Measurements:
    """Keep what lies from `lloq` to `uloq`, both quantifiable themselves."""
    below, above = levels < lloq, levels > uloq
    return Measurements(np.where(below | above, np.nan, levels), below, above)
