"""The decline in two phases that several models share: ln of a sum of two exponentials, and its derivatives.

phi is (..., 3): ln of the fast rate, logit of the share that declines slowly, ln of the slow rate.
"""

import numpy as np

from carpk.profiles import Floats


def log_decline(phi: Floats, days: Floats) -> Floats:
    """Return ln of the level over the peak, `days` after it.

    Parameters
    ----------
    phi : (..., 3) float
        ln alpha, logit of the persistent fraction, ln beta.
    days : (..., m) float
        Zero or later. [day]

    Returns
    -------
    (..., m) float
        ln((1 - FB) exp(-alpha t) + FB exp(-beta t)), written so that neither term can vanish.
    """
    fast, slow = _exponents(phi, days)
    return np.logaddexp(fast, slow)


def log_decline_jacobian(phi: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of `log_decline`.

    Returns
    -------
    by_phi : (..., m, 3) float
    by_day : (..., m) float
        Minus the momentary rate of decline. [1/day]
    """
    fast, slow = _exponents(phi, days)
    share_fast = np.exp(fast - np.logaddexp(fast, slow))
    share_slow = 1.0 - share_fast
    alpha, beta = np.exp(phi[..., 0, np.newaxis]), np.exp(phi[..., 2, np.newaxis])
    persistent = np.exp(-np.logaddexp(0.0, -phi[..., 1, np.newaxis]))
    by_phi = np.stack([-share_fast * alpha * days, share_slow - persistent, -share_slow * beta * days], axis=-1)
    return by_phi, -(share_fast * alpha + share_slow * beta)


def ordered(phi: Floats) -> Floats:
    """Return phi, (..., 3), with the faster rate first; the curve stays the same."""
    swapped = np.stack([phi[..., 2], -phi[..., 1], phi[..., 0]], axis=-1)
    return np.where(phi[..., :1] < phi[..., 2:], swapped, phi)


def _exponents(phi: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Logarithms of the two terms."""
    logit = phi[..., 1, np.newaxis]
    log_fast_share, log_slow_share = -np.logaddexp(0.0, logit), -np.logaddexp(0.0, -logit)
    fast = log_fast_share - np.exp(phi[..., 0, np.newaxis]) * days
    slow = log_slow_share - np.exp(phi[..., 2, np.newaxis]) * days
    return fast, slow
