"""The area under a fitted curve, for any model: Gauss-Legendre between the kinks. Whole arrays."""

import numpy as np

from carpk.models.model import Model
from carpk.profiles import Floats

_PIECES, _NODES = 32, 6


def area(model: Model, phi: Floats, start: float, end: float, covariates: Floats | None = None) -> Floats:
    """Integrate the curve of each patient over a window.

    Parameters
    ----------
    model : Model
    phi : (n, p) float
    start, end : float
        Time since the infusion. [day]
    covariates : (n, k) float, optional

    Returns
    -------
    (n,) float
        [day * assay unit]
    """
    kinks = [np.exp(phi[:, model.index(name)]) for name in model.breakpoints]
    edges = np.column_stack([np.full(len(phi), start), *kinks, np.full(len(phi), end)])
    edges = np.sort(np.clip(edges, start, end), axis=1)
    # Equal pieces of each smooth stretch, equal nodes of each piece.
    share = np.arange(_PIECES) / _PIECES
    length = np.diff(edges, axis=1)[:, :, np.newaxis, np.newaxis] / _PIECES
    left = (
        edges[:, :-1, np.newaxis, np.newaxis]
        + np.diff(edges, axis=1)[:, :, np.newaxis, np.newaxis] * share[:, np.newaxis]
    )
    position, weight = np.polynomial.legendre.leggauss(_NODES)
    times = left + length * 0.5 * (position + 1.0)
    weights = np.broadcast_to(0.5 * length * weight, times.shape)
    levels = np.exp(model.log_level(phi, times.reshape(len(phi), -1), covariates))
    return np.asarray(np.sum(levels * weights.reshape(len(phi), -1), axis=1))
