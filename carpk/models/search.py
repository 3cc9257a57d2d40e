"""The best fit of each patient among all: from several starts in every segment. Whole arrays."""

import numpy as np

from carpk.models.landmarks import landmarks
from carpk.models.least_squares import Prior, Problems, minimize
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.models.segments import segment_boxes
from carpk.profiles import Floats, Integers

_FIRST_STEPS = 14
_HOPELESS = 15.0  # so far behind the patient's best after the first steps, in -2 ln L, a start is given up


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


def least_of(cost: Floats, patient: Integers, patients: int) -> Floats:
    """Return the least cost of each patient, (n,)."""
    least = np.full(patients, np.inf)
    np.minimum.at(least, patient, cost)
    return least
