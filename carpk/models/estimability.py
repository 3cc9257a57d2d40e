"""Whether the samples can tell the rate of the slow decline at all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.profiles import Floats

_LEAST_HALF_LIVES = 0.5
_LEAST_LEVELS = 3.0  # as a terminal slope of one patient asks for


@dataclass(frozen=True, slots=True)
class SlowPhase:
    """What the samples show of the slow decline, after the fast and the slow one have crossed.

    Attributes
    ----------
    half_lives : float
        From the crossing to the median patient's last sample, in half-lives of the slow decline.
    levels : float
        Quantified levels after the crossing, on average over the patients.
    """

    half_lives: float
    levels: float

    @property
    def tells_its_rate(self) -> bool:
        """Whether enough is seen to tell the rate.

        In simulated trials of 18 patients this holds for all that follow them to day 360 and none to day 90, where the
        rate cannot be recovered (benchmarks/README.md).
        """
        return self.half_lives >= _LEAST_HALF_LIVES and self.levels >= _LEAST_LEVELS


def slow_phase(model: Model, phi: Floats, observed: Observations) -> SlowPhase | None:
    """Say how much of the slow decline is seen.

    Parameters
    ----------
    model : Model
    phi : (p,) float
        Typical values on the transformed scale.
    observed : Observations of n patients

    Returns
    -------
    SlowPhase or None
        None for a model without a fast and a slow decline.
    """
    names = [parameter.name for parameter in model.parameters]
    value = dict(zip(names, model.to_natural(phi), strict=True))
    alpha, beta = _rate(value, "alpha"), _rate(value, "beta")
    if alpha is None or beta is None:
        return None
    if alpha <= beta:
        return SlowPhase(0.0, 0.0)
    crossing = np.broadcast_to(_crossing(model, value, alpha - beta, observed), (len(observed),))
    last = np.max(np.where(observed.present, observed.times, 0.0), axis=1)
    after = observed.quantified & (observed.times > crossing[:, np.newaxis])
    return SlowPhase(
        half_lives=float(max(np.median(last - crossing), 0.0) * beta / np.log(2.0)),
        levels=float(after.sum(axis=1).mean()),
    )


def _rate(value: Mapping[str, float], name: str) -> float | None:
    """Return a rate that is a parameter itself or the half-life of which is one."""
    if name in value:
        return value[name]
    half_life = value.get(f"{name}_half_life")
    return None if half_life is None else float(np.log(2.0) / half_life)


def _crossing(model: Model, value: Mapping[str, float], difference: float, observed: Observations) -> Floats | float:
    """Day from which the slow decline prevails, for all patients or each."""
    if "contraction_end" in value:
        return value["contraction_end"]
    share = value["persistent_fraction"]
    after_peak = max(float(np.log((1.0 - share) / share)), 0.0) / difference
    if model.after_peak:
        peak: Floats = observed.covariates[:, model.covariates.index("peak_time")]
        return peak + after_peak
    return value["tmax"] + after_peak
