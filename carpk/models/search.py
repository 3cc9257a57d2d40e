"""The best fit of each patient among all: from several starts in every segment. Whole arrays."""

import numpy as np

from carpk.models.landmarks import landmarks
from carpk.models.least_squares import Prior, Problems, minimize
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.models.segments import segment_boxes
from carpk.profiles import Floats, Integers

_FIRST_STEPS = 16
_HOPELESS = 60.0  # so far behind the patient's best after the first steps, in -2 ln L, a start is given up


def search(
    model: Model, observed: Observations, lower: Floats, upper: Floats, sd: Floats, prior: Prior | None = None
) -> tuple[Integers, Problems, Floats, Floats]:
    """Fit a model from every start in every segment.

    Parameters
    ----------
    model : Model
    observed : Observations of n patients, each with a quantified level
    lower, upper : (p,) float
        Bounds on the transformed scale; equal where a parameter is fixed.
    sd : (n, 1) float
        Standard deviation of the residual error on ln C.
    prior : Prior, optional

    Returns
    -------
    patient : (b,) int
        Whose optimum it is; several for each patient.
    problems : Problems
        Its box and the rest of what was asked.
    phi : (b, p) float
    cost : (b,) float
    """
    segment, lows, highs = segment_boxes(model, observed, lower, upper)
    nearest = np.clip(model.starts(landmarks(observed))[:, segment], lows, highs)
    middle = nearest.copy()
    for name in model.breakpoints:
        place = model.index(name)
        middle[..., place] = np.log(0.5 * (np.exp(lows[:, place]) + np.exp(highs[:, place])))
    start = np.concatenate([nearest, middle])
    copies = len(start)
    patient = np.tile(segment, copies)
    problems = Problems(
        model, observed.take(patient), np.tile(lows, (copies, 1)), np.tile(highs, (copies, 1)), sd[patient], prior
    )
    phi, cost = minimize(problems, start.reshape(-1, start.shape[-1]), steps=_FIRST_STEPS)
    hopeful = np.flatnonzero(cost <= least_of(cost, patient, len(observed))[patient] + _HOPELESS)
    patient, problems = patient[hopeful], problems.take(hopeful)
    return patient, problems, *minimize(problems, phi[hopeful])


def confirm(problems: Problems, phi: Floats, cost: Floats) -> tuple[Floats, Floats, Floats]:
    """Start again around optima that only one start has reached, one step up and down along each parameter.

    Parameters
    ----------
    problems : Problems, b of them
    phi : (b, p) float
    cost : (b,) float

    Returns
    -------
    phi : (b, p) float
        The best now known.
    cost : (b,) float
    behind : (b,) float
        How far the nearest of the new starts ended from it, in -2 ln L.
    """
    steps = np.concatenate([np.eye(phi.shape[1]), -np.eye(phi.shape[1])])
    rows = np.tile(np.arange(len(phi)), len(steps))
    start = (phi[np.newaxis] + steps[:, np.newaxis]).reshape(-1, phi.shape[1])
    again, again_cost = minimize(problems.take(rows), start, tolerance=1e-13)
    every = np.concatenate([phi[np.newaxis], again.reshape(len(steps), *phi.shape)])
    costs = np.concatenate([cost[np.newaxis], again_cost.reshape(len(steps), -1)])
    two_best = np.sort(costs, axis=0)[:2]
    chosen = np.argmin(costs, axis=0)
    return every[chosen, np.arange(len(phi))], two_best[0], two_best[1] - two_best[0]


def least_of(cost: Floats, patient: Integers, patients: int) -> Floats:
    """Return the least cost of each patient, (n,)."""
    least = np.full(patients, np.inf)
    np.minimum.at(least, patient, cost)
    return least
