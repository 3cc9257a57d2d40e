"""What is known of the residual error of a level that lies beyond a limit of quantification."""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from carpk.models.observations import ABOVE, BELOW, Observations
from carpk.profiles import Booleans, Floats

_LOG_2_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Censoring:
    """The censored levels of n patients under a prediction; c of them.

    Attributes
    ----------
    where : (n, m) bool
        Which samples they are.
    room : (..., c) float
        How far the prediction lies on the side of the limit where the level is known to be, in residual sd.
    hazard : (..., c) float
        Density over probability of the standard normal distribution up to `room`.
    """

    where: Booleans
    room: Floats
    hazard: Floats


def censoring(predicted: Floats, observed: Observations, sd: float) -> Censoring:
    """Pick the censored levels.

    Parameters
    ----------
    predicted : (..., n, m) float
        ln of the level that the curve predicts.
    observed : Observations of n patients
    sd : float
        Standard deviation of the residual error on ln C.
    """
    where = (observed.kind == BELOW) | (observed.kind == ABOVE)
    toward = np.where(observed.kind[where] == ABOVE, -1.0, 1.0)
    room = toward * (observed.log_level[where] - predicted[..., where]) / sd
    hazard: Floats = np.exp(-0.5 * (room**2 + _LOG_2_PI) - log_ndtr(room))
    return Censoring(where, room, hazard)


def squared_errors(predicted: Floats, observed: Observations, sd: float) -> Floats:
    """Squares of residual errors on ln C, expected where the level was censored; 0 in padding.

    Of a censored error it is known that it is less than the room: sd^2 (1 - room * hazard) is the second moment of the
    normal distribution truncated there.

    Returns
    -------
    (..., n, m) float
    """
    squares: Floats = np.where(observed.present, (observed.log_level - predicted) ** 2, 0.0)
    beyond = censoring(predicted, observed, sd)
    squares[..., beyond.where] = sd**2 * (1.0 - beyond.room * beyond.hazard)
    return squares


def error_derivatives(predicted: Floats, observed: Observations, sd: float) -> tuple[Floats, Floats]:
    """First and second derivative of each patient's log-likelihood by ln sd.

    Returns
    -------
    first, second : (..., n) float
    """
    squares = ((observed.log_level - predicted) / sd) ** 2
    first = np.where(observed.present, squares - 1.0, 0.0)
    second = np.where(observed.present, -2.0 * squares, 0.0)
    beyond = censoring(predicted, observed, sd)
    product = beyond.room * beyond.hazard
    first[..., beyond.where] = -product
    second[..., beyond.where] = product * (1.0 - beyond.room * (beyond.room + beyond.hazard))
    return first.sum(axis=-1), second.sum(axis=-1)
