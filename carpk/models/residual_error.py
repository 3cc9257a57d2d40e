"""The residual error on ln C that fitted curves leave, censored levels included."""

import numpy as np
from scipy.special import log_ndtr

from carpk.models.observations import ABOVE, BELOW, Observations
from carpk.profiles import Floats

_LEAST = 1e-3  # levels without error leave none; the likelihood still needs some


def residual_sd(
    predicted: Floats, observed: Observations, sd: Floats, *, parameters: int, pooled: bool
) -> tuple[Floats, Floats]:
    """Estimate the standard deviation that the residuals show, one step from the present one.

    Where the derivative of the likelihood by `sd` vanishes, sd^2 is the sum of the squared residuals of the quantified
    levels over their number and the sum of hazard times distance of the censored ones; of that number the fitted
    parameters are taken off. As hazard and distance depend on sd, the step is repeated until it stands still.

    Parameters
    ----------
    predicted : (n, m) float
        ln of the level that each patient's fit predicts.
    observed : Observations of n patients
    sd : (n, 1) float
        The present standard deviation.
    parameters : int
        Number fitted in each patient.
    pooled : bool
        One for all patients, or one for each.

    Returns
    -------
    sd : (n, 1) float
    degrees : (n,) float
        Degrees of freedom that it rests on, at least 1.
    """
    squares = np.sum(np.where(observed.quantified, (predicted - observed.log_level) ** 2, 0.0), axis=1)
    toward = np.where(observed.kind == ABOVE, -1.0, 1.0)
    censored = (observed.kind == BELOW) | (observed.kind == ABOVE)
    room = np.where(censored, toward * (observed.log_level - predicted) / sd, 0.0)
    hazard = np.exp(-0.5 * (room**2 + np.log(2.0 * np.pi)) - log_ndtr(room))
    amount = observed.quantified.sum(axis=1) + np.sum(np.where(censored, hazard * room, 0.0), axis=1)
    degrees = amount - parameters
    if pooled:
        squares, degrees = (np.full(len(squares), total.sum()) for total in (squares, degrees))
    degrees = np.maximum(degrees, 1.0)
    return np.maximum(np.sqrt(squares / degrees), _LEAST)[:, np.newaxis], degrees
