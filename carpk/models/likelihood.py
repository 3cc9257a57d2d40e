"""How likely the observed levels are under a curve, with censored levels as what they are.

The residual error is normal on ln C with standard deviation `sd`. A level below the lower limit of quantification adds
-2 ln Phi((ln LLOQ - ln C) / sd), one above the upper limit its mirror: method M3 of Beal SL, J Pharmacokinet
Pharmacodyn 2001;28:481-504, doi 10.1023/A:1012299115260. The density is that of ln C, so that levels in another unit
give the same likelihood.
"""

import numpy as np
from scipy.special import log_ndtr

from carpk.models.observations import ABOVE, ABSENT, BELOW, Observations
from carpk.profiles import Floats

_LOG_2_PI = float(np.log(2.0 * np.pi))


def minus_two_log_likelihood(predicted: Floats, observed: Observations, sd: Floats | float) -> Floats:
    """Minus twice the log-likelihood of each sample; 0 in padding.

    Parameters
    ----------
    predicted : (..., n, m) float
        ln of the level that the curve predicts.
    observed : Observations of n patients
    sd : number or array that broadcasts against `predicted`
        Standard deviation of the residual error on ln C; (n, 1) for one per patient.

    Returns
    -------
    (..., n, m) float
    """
    quantified = ((observed.log_level - predicted) / sd) ** 2 + _LOG_2_PI + 2.0 * np.log(sd)
    censored = -2.0 * log_ndtr(_room(predicted, observed, sd))
    return _by_kind(observed, quantified, censored)


def residuals(predicted: Floats, observed: Observations, sd: Floats | float) -> tuple[Floats, Floats]:
    """Residuals whose squares add up to minus twice the log-likelihood, but for what depends on `sd` alone.

    A quantified level gives (ln C predicted - ln C observed) / sd, a censored one the root of its -2 ln L, negative
    where the prediction is too low. All rise with the prediction.

    Parameters
    ----------
    predicted, observed, sd
        As in `minus_two_log_likelihood`.

    Returns
    -------
    residual : (..., n, m) float
        0 in padding.
    slope : (..., n, m) float
        Derivative of the residual with respect to the prediction.
    """
    room = _room(predicted, observed, sd)
    log_probability = log_ndtr(room)
    size = np.sqrt(-2.0 * log_probability)
    hazard = np.exp(-0.5 * (room**2 + _LOG_2_PI) - log_probability)
    # Far within the limit both vanish, the hazard faster.
    steepness = np.divide(hazard, size, out=np.zeros_like(size), where=size > 0)
    toward = np.where(observed.kind == ABOVE, -1.0, 1.0)
    return (
        _by_kind(observed, (predicted - observed.log_level) / sd, toward * size),
        _by_kind(observed, np.ones_like(predicted) / sd, steepness / sd),
    )


def _room(predicted: Floats, observed: Observations, sd: Floats | float) -> Floats:
    """How far the prediction lies on the side of the limit where the level is known to be, in standard deviations."""
    toward = np.where(observed.kind == ABOVE, -1.0, 1.0)
    # Quantified levels and padding have no limit: any finite number will do.
    censored = (observed.kind == BELOW) | (observed.kind == ABOVE)
    room: Floats = np.where(censored, toward * (observed.log_level - predicted) / sd, 0.0)
    return room


def _by_kind(observed: Observations, quantified: Floats, censored: Floats) -> Floats:
    censored_there = (observed.kind == BELOW) | (observed.kind == ABOVE)
    return np.where(observed.kind == ABSENT, 0.0, np.where(censored_there, censored, quantified))
