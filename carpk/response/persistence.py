"""How long the transgene lasts: Kaplan-Meier and Turnbull estimates of the time to its loss."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls
from scipy.stats import CensoredData, ecdf

from carpk.profiles import Booleans, Floats, Integers

_HALF = 0.5
_ROUNDING = 1e-12  # a product of shares that is one half may miss it by so much
_LARGEST_GAP = 1e-11  # in log-likelihood, per subject
_MOST_ROUNDS = 1000
_NO_MASS = 1e-10
_CLOSED_LEFT, _CLOSED_RIGHT, _OPEN_LEFT = 0, 1, 2  # the order of interval ends that stand at one time


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """A Kaplan-Meier curve at time 0 and at every time of a loss or of an end of follow-up.

    Attributes
    ----------
    time : (k,) float
        Rising; the first is 0.
    survival : (k,) float
        Share that has not lost it up to and at this time.
    low, high : (k,) float
        Confidence limits of that share; NaN where it is 1 or 0, for which a log-log interval does not exist.
    at_risk : (k,) int
        Followed, and without a loss, until just before this time.
    events, censored : (k,) int
        Losses at this time, and ends of follow-up without one.
    """

    time: Floats
    survival: Floats
    low: Floats
    high: Floats
    at_risk: Integers
    events: Integers
    censored: Integers


@dataclass(frozen=True, slots=True, eq=False)
class IntervalSurvival:
    """Where the losses lie, as far as intervals tell; within an interval their place is not determined.

    Attributes
    ----------
    left, right : (k,) float
        Intervals (left, right] that hold losses, rising; `left` equals `right` for a time known exactly.
    mass : (k,) float
        Share of the losses in each.
    after : (k,) float
        Share without a loss after each.
    gap : float
        Most by which any other distribution's log-likelihood exceeds this one's.
    converged : bool
        Whether that is negligible.
    """

    left: Floats
    right: Floats
    mass: Floats
    after: Floats
    gap: float
    converged: bool


def kaplan_meier(time: Floats, event: Booleans, *, confidence: float = 0.95) -> Survival:
    """Estimate the share without a loss over time, from exact and right-censored times.

    Parameters
    ----------
    time : (n,) float
        Time of the loss, or of the end of follow-up without one; above 0.
    event : (n,) bool
        True where it is a loss. An end of follow-up at the time of a loss counts as later than it.
    confidence : float
        Level of the pointwise log-log ("exponential Greenwood") interval.

    Returns
    -------
    Survival
        Without any subject, a curve without points.

    References
    ----------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; limits as `scipy.stats.ecdf` gives them.
    """
    if not len(time):
        none, nobody = np.empty(0), np.empty(0, np.int64)
        return Survival(none, none, none, none, nobody, nobody, nobody)
    curve = ecdf(CensoredData(uncensored=time[event], right=time[~event])).sf
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The confidence interval is undefined", category=RuntimeWarning)
        limits: Any = curve.confidence_interval(confidence, method="log-log")
    times: Floats = np.concatenate([[0.0], curve.quantiles])
    inside = (curve.probabilities > 0) & (curve.probabilities < 1)
    low, high = (
        np.concatenate([[np.nan], np.where(inside, limit.probabilities, np.nan)]) for limit in (limits.low, limits.high)
    )
    return Survival(
        time=times,
        survival=np.concatenate([[1.0], curve.probabilities]),
        low=low,
        high=high,
        at_risk=count_at_risk(time, times),
        events=_count_at(time[event], times),
        censored=_count_at(time[~event], times),
    )


def count_at_risk(time: Floats, at: Floats) -> Integers:
    """Count those followed, and without a loss, until just before each of the times `at`."""
    return len(time) - np.searchsorted(np.sort(time), at, side="left").astype(np.int64)


def _count_at(time: Floats, at: Floats) -> Integers:
    ordered = np.sort(time)
    return (np.searchsorted(ordered, at, side="right") - np.searchsorted(ordered, at, side="left")).astype(np.int64)


def median_time(curve: Survival) -> tuple[float, float, float]:
    """Find the median time to loss and its limits, NaN for what is not reached.

    The median is the first time at which no more than half remain. Where exactly half remain until a later loss, it is
    the middle between the two, as it is of an even number of values, and in SAS and in R's survival. Its limits are the
    first times at which the limits of the curve do not exceed one half.

    References
    ----------
    Brookmeyer and Crowley 1982, doi:10.2307/2530286.
    """
    first = _first_at_half(curve.time, curve.survival)
    flat = (np.abs(curve.survival - _HALF) <= _ROUNDING) & (curve.time >= first)
    later = curve.time[curve.survival < _HALF - _ROUNDING]
    if flat.any() and len(later):
        first = (first + float(later[0])) / 2
    return first, _first_at_half(curve.time, curve.low), _first_at_half(curve.time, curve.high)


def median_interval(estimate: IntervalSurvival) -> tuple[float, float]:
    """Find the interval that holds the median; its right end is infinite where the median is not reached.

    It reaches over several intervals where exactly half remain between them. NaN for an estimate of nobody.
    """
    reached = np.flatnonzero(estimate.after <= _HALF + _ROUNDING)
    passed = np.flatnonzero(estimate.after < _HALF - _ROUNDING)
    if not len(reached):
        return float("nan"), float("nan")
    return float(estimate.left[reached[0]]), float(estimate.right[passed[0]])


def _first_at_half(time: Floats, share: Floats) -> float:
    reached = time[share <= _HALF + _ROUNDING]
    return float(reached[0]) if len(reached) else float("nan")


def turnbull(left: Floats, right: Floats) -> IntervalSurvival:
    """Estimate the distribution of times known only to lie in intervals, without any assumption on its form.

    The nonparametric maximum-likelihood estimate puts mass only on the innermost intervals: from a left end to the
    right end that follows it. Intervals on a line give one such estimate and no other. It is found by self-consistency
    steps, each followed by a constrained Newton step where that raises the likelihood, and checked by its gradient,
    which bounds how far the likelihood is from its maximum.

    Parameters
    ----------
    left, right : (n,) float
        Intervals (left, right]; `right` is infinite for a time after the end of follow-up, and equals `left` for a time
        known exactly.

    Returns
    -------
    IntervalSurvival

    Raises
    ------
    ValueError
        An interval ends before it starts, or an end is NaN.

    References
    ----------
    Turnbull 1976, doi:10.1111/j.2517-6161.1976.tb01597.x; Gentleman and Geyer 1994, doi:10.1093/biomet/81.3.618; the
    Newton step: Wang 2007, doi:10.1111/j.1467-9868.2007.00583.x.
    """
    if not (left <= right).all() or np.isinf(left).any():
        raise ValueError("turnbull: intervals must start at a finite time and not end before they start.")
    if not len(left):
        none = np.empty(0)
        return IntervalSurvival(none, none, none, none, 0.0, converged=True)
    order = np.lexsort((right, left))  # sums come out the same in the last digit, whatever the order of the subjects
    starts, ends, contains = _innermost(left[order], right[order])
    mass, gap = _most_likely(contains)
    held = mass > _NO_MASS
    mass = mass[held] / mass[held].sum()
    after = np.append(np.cumsum(mass[::-1])[::-1][1:], 0.0)
    return IntervalSurvival(starts[held], ends[held], mass, after, gap, converged=gap <= _LARGEST_GAP * len(left))


def _innermost(left: Floats, right: Floats) -> tuple[Floats, Floats, Booleans]:
    """Find the innermost intervals, and which of them each observed interval contains."""
    count = len(left)
    time = np.concatenate([left, right])
    kind = np.full(2 * count, _CLOSED_RIGHT)
    kind[:count] = np.where(left == right, _CLOSED_LEFT, _OPEN_LEFT)
    order = np.lexsort((kind, time))
    rank = np.empty(2 * count, np.int64)
    rank[order] = np.arange(2 * count)
    is_left = order < count
    start = np.flatnonzero(is_left[:-1] & ~is_left[1:])
    # Among equal left ends `start` is the last, among equal right ends the next is the first, so ranks suffice.
    contains = (rank[:count, None] <= start) & (start + 1 <= rank[count:, None])
    return time[order][start], time[order][start + 1], contains


def _most_likely(contains: Booleans) -> tuple[Floats, float]:
    """Find the masses that make the observed intervals most likely, and how far from that they may be."""
    inside = contains.astype(np.float64)
    count, places = inside.shape
    mass = np.full(places, 1 / places)
    for _ in range(_MOST_ROUNDS):
        slope = (inside / (inside @ mass)[:, None]).sum(axis=0)
        # The log-likelihood is concave, so no distribution gains more than the largest slope exceeds that along `mass`.
        gap = float(slope.max() - count)
        if gap <= _LARGEST_GAP * count:
            break
        mass = mass * slope / count  # self-consistency: each subject's loss spread over its interval as `mass` is
        mass = _newton_step(inside, mass)
    return mass, max(gap, 0.0)


def _newton_step(inside: Floats, mass: Floats) -> Floats:
    """Go to the top of the quadratic that touches the log-likelihood, or part of the way, where that does not lose."""
    share = inside @ mass
    quadratic = inside / share[:, None] - 2.0
    wanted = np.vstack([np.column_stack([quadratic, np.zeros(len(share))]), np.ones(len(mass) + 1)])
    triangle: Any = np.linalg.qr(wanted, mode="r")  # the same least squares in as many rows as there are places
    target, _ = nnls(triangle[:, :-1], triangle[:, -1])
    target = target / target.sum()
    reached = np.log(share).sum()
    for halvings in range(12):
        moved: Floats = mass + (target - mass) * 0.5**halvings
        chance = inside @ moved
        # Near the maximum a step gains less than rounding shows, and is still the way to go.
        if (chance > 0).all() and np.log(chance).sum() >= reached - _ROUNDING * abs(reached):
            return moved
    return mass
