"""Intervals from the likelihood itself: how far a parameter can move before the levels speak against it. Whole arrays.

A parameter is fixed away from its best value and all others are fitted anew; the interval ends where -2 ln L has risen
by the quantile of its distribution (Venzon DJ, Moolgavkar SH, Appl Stat 1988;37:87-94, doi 10.2307/2347496). An end
that would lie beyond a bound is open: the levels do not limit the parameter on that side. Where other optima are
nearly as good as the best, the interval reaches to them.
"""

import numpy as np

from carpk.models.fits import Fits
from carpk.models.least_squares import Problems, minimize
from carpk.models.uncertainty import Uncertainty
from carpk.models.workers import Each, batches
from carpk.profiles import Floats, Integers

_ROUNDS = 12
_CLOSE = 1e-3  # in -2 ln L; moves an end by less than a thousandth of the interval
_FAR = 4.0  # the first look goes no further than this on the transformed scale


def profile_intervals(fits: Fits, found: Uncertainty, rise: Floats, each: Each = map) -> tuple[Floats, Floats]:
    """Find the ends of the profile-likelihood interval of each parameter.

    Parameters
    ----------
    fits : Fits of n patients
    found : Uncertainty
    rise : (n,) float
        By how much -2 ln L rises to the ends; see `carpk.models.uncertainty.threshold`.
    each : function like the builtin `map`
        Calls what is done for each batch of patients; see `carpk.models.workers`.

    Returns
    -------
    low, high : (n, p) float
        On the transformed scale. Infinite where the end is open; NaN for a parameter that was not fitted.
    """
    rows = batches(len(fits))
    if not rows:
        return fits.phi.copy(), fits.phi.copy()
    error = found.standard_error
    parts = each(
        _intervals_of_batch,
        [fits.take(batch) for batch in rows],
        [error[batch] for batch in rows],
        [rise[batch] for batch in rows],
    )
    low, high = (np.concatenate(ends) for ends in zip(*parts, strict=True))
    return low, high


def _intervals_of_batch(fits: Fits, error: Floats, rise: Floats) -> tuple[Floats, Floats]:
    patient, parameter = np.nonzero(np.broadcast_to(fits.free, fits.phi.shape))
    side = np.repeat([-1.0, 1.0], len(patient))
    ends = _ends(fits, error, rise, np.tile(patient, 2), np.tile(parameter, 2), side)
    low, high = np.full((2, *fits.phi.shape), np.nan)
    low[patient, parameter], high[patient, parameter] = np.split(ends, 2)
    return low, high


def _ends(fits: Fits, error: Floats, rise: Floats, patient: Integers, parameter: Integers, side: Floats) -> Floats:
    """Find one end for each patient, parameter and side."""
    best = fits.phi[patient, parameter]
    lower, upper = fits.problems.lower[patient, parameter], fits.problems.upper[patient, parameter]
    room = np.where(side < 0, best - lower, upper - best)
    target = rise[patient]
    expected = np.sqrt(target) * error[patient, parameter]
    inside, inside_root, others = _nearly_as_good(fits, patient, parameter, side, target)
    distance = np.minimum(inside + np.where(expected > 0, np.minimum(expected, _FAR), 1.0), room)
    outside, outside_root = np.full(len(best), np.inf), np.full(len(best), np.inf)
    end = np.full(len(best), np.nan)
    open_rows = room <= 0
    end[open_rows] = side[open_rows] * np.inf
    going = np.flatnonzero(~open_rows)
    for _ in range(_ROUNDS):
        if not len(going):
            break
        value = best[going] + side[going] * distance[going]
        others[going], cost = _profiled(fits, patient[going], parameter[going], value, others[going])
        root = np.sqrt(np.maximum(cost - fits.cost[patient[going]], 0.0))
        within = root**2 <= target[going]
        _narrow(inside, inside_root, going[within], distance, root[within])
        _narrow(outside, outside_root, going[~within], distance, root[~within])
        close = np.abs(root**2 - target[going]) <= _CLOSE
        at_bound = within & (distance[going] >= room[going])
        end[going[close]] = value[close]
        opened = going[at_bound & ~close]
        end[opened] = side[opened] * np.inf
        going = going[~(close | at_bound)]
        distance[going] = _next_distance(
            inside[going], inside_root[going], outside[going], outside_root[going], np.sqrt(target[going]), room[going]
        )
    # What has not come to rest by then lies between two values that are known.
    last = np.where(np.isfinite(outside), outside, distance)
    end[going] = (best + side * last)[going]
    return end


def _nearly_as_good(
    fits: Fits, patient: Integers, parameter: Integers, side: Floats, target: Floats
) -> tuple[Floats, Floats, Floats]:
    """Find the farthest other optimum that an interval must hold: distance, root of its rise, parameters."""
    rows = np.arange(len(patient))
    rise = fits.others_cost[patient] - fits.cost[patient, np.newaxis]
    moved = side[:, np.newaxis] * (fits.others[patient, :, parameter] - fits.phi[patient, parameter, np.newaxis])
    moved = np.where(rise <= target[:, np.newaxis], moved, 0.0)
    far = np.argmax(moved, axis=1)
    distance = np.maximum(moved[rows, far], 0.0)
    there = distance > 0
    root = np.sqrt(np.where(there, np.maximum(rise[rows, far], 0.0), 0.0))
    return distance, root, np.where(there[:, np.newaxis], fits.others[patient, far], fits.phi[patient])


def _narrow(edge: Floats, root: Floats, rows: Integers, distance: Floats, found: Floats) -> None:
    edge[rows], root[rows] = distance[rows], found


def _next_distance(
    inside: Floats, inside_root: Floats, outside: Floats, outside_root: Floats, target: Floats, room: Floats
) -> Floats:
    """Where the root of the rise, nearly a straight line, should meet the target; kept off the ends of the bracket."""
    bracketed = np.isfinite(outside)
    run = np.where(bracketed, outside - inside, inside)
    climb = np.where(bracketed, outside_root - inside_root, inside_root)
    along = np.divide(target - inside_root, climb, out=np.full_like(run, np.inf), where=climb > 0)
    between = inside + run * np.clip(along, 0.1, 0.9)
    beyond = inside * np.clip(1.1 * target / np.maximum(inside_root, 1e-12), 1.3, 4.0)
    return np.minimum(np.where(bracketed, between, beyond), room)


def _profiled(
    fits: Fits, patient: Integers, parameter: Integers, value: Floats, start: Floats
) -> tuple[Floats, Floats]:
    """Fit all other parameters with one held at a value, from where they stood and from the optimum."""
    problems = fits.problems.take(patient)
    rows = np.arange(len(patient))
    lower, upper = problems.lower.copy(), problems.upper.copy()
    lower[rows, parameter] = upper[rows, parameter] = value
    fixed = Problems(problems.model, problems.observed, lower, upper, problems.sd, problems.prior)
    both = np.concatenate([rows, rows])
    phi, cost = minimize(fixed.take(both), np.concatenate([start, fits.phi[patient]]), steps=40, tolerance=1e-6)
    nearer: Integers = np.argmin(cost.reshape(2, -1), axis=0)
    chosen = nearer * len(rows) + rows
    return phi[chosen], cost[chosen]
