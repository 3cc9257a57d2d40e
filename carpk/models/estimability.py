"""Whether the samples can tell a typical value at all."""

import numpy as np

from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.profiles import Floats


def slow_half_lives_seen(model: Model, phi: Floats, observed: Observations) -> float:
    """How many half-lives of the slow decline the typical follow-up shows.

    Only after the fast and the slow decline have crossed do levels tell the slow rate.

    Parameters
    ----------
    model : Model
        With the parameters tmax, alpha, persistent_fraction and beta.
    phi : (p,) float
        Typical values on the transformed scale.
    observed : Observations of n patients

    Returns
    -------
    float
        From the crossing to the median patient's last sample; 0 if that comes before, infinite for a model without
        these parameters.
    """
    names = [parameter.name for parameter in model.parameters]
    if not {"tmax", "alpha", "persistent_fraction", "beta"} <= set(names):
        return float("inf")
    value = dict(zip(names, model.to_natural(phi), strict=True))
    alpha, beta, share = value["alpha"], value["beta"], value["persistent_fraction"]
    if alpha <= beta:
        return 0.0
    crossing = value["tmax"] + max(np.log((1.0 - share) / share), 0.0) / (alpha - beta)
    last = np.max(np.where(observed.present, observed.times, 0.0), axis=1)
    return float(max(np.median(last) - crossing, 0.0) * beta / np.log(2.0))
