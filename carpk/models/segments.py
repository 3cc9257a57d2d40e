"""The boxes in which the likelihood of a model is smooth: every way to put its breakpoints between visits.

The curve has a kink at each breakpoint, so the likelihood has one wherever a breakpoint passes a visit, and local
optima on both sides. Enumerating the ways and fitting in each finds the best of all.
"""

from itertools import combinations_with_replacement

import numpy as np

from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.profiles import Floats, Integers

_VISITS_PAST_PEAK = 2  # the true peak may come after the highest level, but hardly this many visits later


def segment_boxes(
    model: Model, observed: Observations, lower: Floats, upper: Floats
) -> tuple[Integers, Floats, Floats]:
    """Divide a box between the visits of each patient.

    Parameters
    ----------
    model : Model
    observed : Observations of n patients, each with a quantified level
    lower, upper : (p,) float
        The whole box, on the transformed scale; a breakpoint for which both are equal is fixed and not divided.

    Returns
    -------
    patient : (b,) int
        Whose box it is.
    lower, upper : (b, p) float
        The boxes, patient by patient.
    """
    divided = [model.index(name) for name in model.breakpoints if lower[model.index(name)] < upper[model.index(name)]]
    width = observed.times.shape[1]
    if not divided:
        patient = np.arange(len(observed))
        return patient, np.tile(lower, (len(patient), 1)), np.tile(upper, (len(patient), 1))
    ways = np.array(list(combinations_with_replacement(range(width + 1), len(divided))))
    edges = np.log(np.maximum(observed.times, 1e-12))
    edges = np.column_stack([np.full(len(observed), -np.inf), edges, np.full(len(observed), np.inf)])
    patient, way = (ravelled.ravel() for ravelled in np.indices((len(observed), len(ways))))
    boxes_lower, boxes_upper = np.tile(lower, (len(patient), 1)), np.tile(upper, (len(patient), 1))
    possible = np.ones(len(patient), np.bool_)
    for place, parameter in enumerate(divided):
        segment = ways[way, place]
        left, right = edges[patient, segment], edges[patient, segment + 1]
        boxes_lower[:, parameter] = np.maximum(left, lower[parameter])
        boxes_upper[:, parameter] = np.minimum(right, upper[parameter])
        possible &= boxes_lower[:, parameter] < boxes_upper[:, parameter]
        if model.peak and parameter == model.index(model.peak):
            possible &= segment <= (_peak_place(observed) + 1 + _VISITS_PAST_PEAK)[patient]
    return patient[possible], boxes_lower[possible], boxes_upper[possible]


def _peak_place(observed: Observations) -> Integers:
    """Column of the highest quantified level of each patient."""
    place: Integers = np.argmax(np.where(observed.quantified, observed.log_level, -np.inf), axis=1)
    return place
