"""Fits of one model to many patients at once: search, residual error, optimum. Whole arrays."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from carpk.models.least_squares import Prior, Problems, minimize, pressed
from carpk.models.likelihood import minus_two_log_likelihood
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.models.residual_error import residual_sd
from carpk.models.search import confirm, search
from carpk.models.workers import Each, batches
from carpk.profiles import Booleans, Floats, Integers

AGREE = 1e-4
"""Two starts that differ by less in -2 ln L found the same optimum."""

_FIRST_SD = 0.5
_KEPT_OPTIMA = 6  # different ones of each patient, and the best one twice
_DIFFERENT = 1e-3  # optima further apart in -2 ln L are not the same
_SD_ROUNDS, _SD_STANDS = 30, 1e-7
_ROUNDING = 1e-6  # of a bound of one parameter that is another's, mirrored


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """Fits of one model to n patients.

    Attributes
    ----------
    problems : Problems
        One for each patient, in the whole box and with the residual error found.
    phi : (n, p) float
        The best parameters, on the transformed scale.
    cost : (n,) float
        Sum of the squared residuals there, prior included.
    minus_two_log_likelihood : (n,) float
    degrees : (n,) float
        Degrees of freedom of the residual error; infinite where it was given.
    segment : Problems
        The same in the segment in which each optimum lies; across its edges the likelihood has a kink.
    runner_up : (n,) float
        How far the optimum found from the second-best start lies behind, in -2 ln L; infinite where there is none.
    free : (p,) bool
        Parameters that were fitted.
    others : (n, k, p) float
        Further optima, on the transformed scale, the best first; intervals reach to those that are nearly as good.
    others_cost : (n, k) float
        Their cost; infinite where a patient has fewer.
    """

    problems: Problems
    phi: Floats
    cost: Floats
    minus_two_log_likelihood: Floats
    degrees: Floats
    segment: Problems
    runner_up: Floats
    free: Booleans
    others: Floats
    others_cost: Floats

    def __len__(self) -> int:
        return len(self.phi)

    @property
    def model(self) -> Model:
        """The model fitted."""
        return self.problems.model

    @property
    def sd(self) -> Floats:
        """Standard deviation of the residual error on ln C, (n,)."""
        return self.problems.sd[:, 0]

    def take(self, rows: Integers) -> "Fits":
        """Return the fits of some patients."""
        of_patients = {
            name: getattr(self, name)[rows]
            for name in ("phi", "cost", "minus_two_log_likelihood", "degrees", "runner_up", "others", "others_cost")
        }
        return replace(self, problems=self.problems.take(rows), segment=self.segment.take(rows), **of_patients)

    def predicted(self, times: Floats) -> Floats:
        """Return ln of the level at times (m,) or (n, m), (n, m)."""
        return self.model.log_level(self.phi, times, self.problems.observed.covariates)

    def held(self) -> Booleans:
        """Whether a parameter is fixed or its best value lies at a bound, (n, p)."""
        span = 1e-3 * (self.problems.upper - self.problems.lower)
        near = (self.phi - self.problems.lower <= span) | (self.problems.upper - self.phi <= span)
        return near | pressed(self.problems, self.phi, self.problems.normal_equations(self.phi)[1])


def fit_patients(
    model: Model,
    observed: Observations,
    *,
    lower: Floats | None = None,
    upper: Floats | None = None,
    sd: float | None = None,
    pooled: bool = True,
    prior: Prior | None = None,
    each: Each = map,
) -> Fits:
    """Fit a model to each patient.

    Parameters
    ----------
    model : Model
    observed : Observations of n patients, each with a quantified level
    lower, upper : (p,) float, optional
        Bounds on the transformed scale, equal where a parameter is fixed; the model's own, if not given.
    sd : float, optional
        Standard deviation of the residual error on ln C; estimated, if not given.
    pooled : bool
        Estimate one residual error for all patients, or one for each.
    prior : Prior, optional
        Fit the most probable parameters instead of the most likely ones.
    each : function like the builtin `map`
        Calls the search of each batch of patients; see `carpk.models.workers`.

    Returns
    -------
    Fits
    """
    lower = model.lower if lower is None else lower
    upper = model.upper if upper is None else upper
    free = lower < upper
    column = np.full((len(observed), 1), _FIRST_SD if sd is None else sd)
    patient, problems, phi, cost = _best_of_searches(model, observed, lower, upper, column, prior, each)
    degrees = np.full(len(observed), np.inf)
    if sd is None:
        problems, phi, cost, column, degrees = _settle(
            observed, patient, problems, phi, cost, column, parameters=int(free.sum()), pooled=pooled
        )
    phi, cost = minimize(problems, phi, steps=400, tolerance=1e-16)
    best = _first_by_cost(patient, cost)
    behind = _runner_up(patient, cost, len(observed))
    others, others_cost = _side_by_side(patient, _canonical(model, phi, lower, upper), cost, len(observed))
    segment, phi, cost = problems.take(best), phi[best], cost[best]
    alone = np.flatnonzero(behind > AGREE)
    phi[alone], cost[alone], behind[alone] = confirm(segment.take(alone), phi[alone], cost[alone])
    phi = _canonical(model, phi, lower, upper)
    lows, highs = (np.tile(edge, (len(observed), 1)) for edge in (lower, upper))
    predicted = model.log_level(phi, observed.times, observed.covariates)
    return Fits(
        problems=Problems(model, observed, lows, highs, column, prior),
        phi=phi,
        cost=cost,
        minus_two_log_likelihood=minus_two_log_likelihood(predicted, observed, column).sum(axis=1),
        degrees=degrees,
        segment=segment,
        runner_up=behind,
        free=free,
        others=others,
        others_cost=others_cost,
    )


def _settle(
    observed: Observations,
    patient: Integers,
    problems: Problems,
    phi: Floats,
    cost: Floats,
    column: Floats,
    *,
    parameters: int,
    pooled: bool,
) -> tuple[Problems, Floats, Floats, Floats, Floats]:
    """Estimate the residual error and fit again with it, in turn, until it stands."""
    degrees = np.full(len(observed), np.inf)
    for _ in range(_SD_ROUNDS):
        present = phi[_first_by_cost(patient, cost)]
        predicted = problems.model.log_level(present, observed.times, observed.covariates)
        after, degrees = residual_sd(predicted, observed, column, parameters=parameters, pooled=pooled)
        stands = np.abs(after - column).max(initial=0.0) <= _SD_STANDS * column.max(initial=0.0)
        column = after
        problems = replace(problems, sd=column[patient])
        phi, cost = minimize(problems, phi)
        if stands:
            break
    return problems, phi, cost, column, degrees


def _canonical(model: Model, phi: Floats, lower: Floats, upper: Floats) -> Floats:
    """Put parameters in the model's order, where the box, which may hold one of them fast, allows it."""
    ordered = model.canonical(phi)
    within = np.clip(ordered, lower, upper)
    allowed = (np.abs(within - ordered) < _ROUNDING).all(axis=1, keepdims=True)
    return np.where(allowed, within, phi)


def _best_of_searches(
    model: Model, observed: Observations, lower: Floats, upper: Floats, sd: Floats, prior: Prior | None, each: Each
) -> tuple[Integers, Problems, Floats, Floats]:
    """Search patients by the batch and keep the best few optima of each."""
    rows = batches(len(observed))
    search_batch = partial(_search_batch, model, lower, upper, prior)
    found = [
        (batch[patient], *rest)
        for batch, (patient, *rest) in zip(
            rows,
            each(search_batch, [observed.take(batch) for batch in rows], [sd[batch] for batch in rows]),
            strict=True,
        )
    ]
    patient, lows, highs, phi, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return patient, Problems(model, observed.take(patient), lows, highs, sd[patient], prior), phi, cost


def _search_batch(
    model: Model, lower: Floats, upper: Floats, prior: Prior | None, observed: Observations, sd: Floats
) -> tuple[Integers, Floats, Floats, Floats, Floats]:
    """Return the optima kept of a batch: whose each is, its box, parameters and cost."""
    patient, problems, phi, cost = search(model, observed, lower, upper, sd, prior)
    kept = _different(patient, cost)
    return patient[kept], problems.lower[kept], problems.upper[kept], phi[kept], cost[kept]


def _different(patient: Integers, cost: Floats) -> Integers:
    """Choose the best optimum of each patient, what another start made of it, and the best of the different ones."""
    order = np.lexsort((cost, patient))
    first = np.append(True, np.diff(patient[order]) > 0)
    new = first | np.append(True, np.diff(cost[order]) > _DIFFERENT)
    count = np.cumsum(new)
    place = count - np.maximum.accumulate(np.where(first, count, 0))
    kept: Integers = order[(new & (place < _KEPT_OPTIMA)) | (_rank(patient, cost)[order] < 2)]
    return kept


def _side_by_side(patient: Integers, phi: Floats, cost: Floats, patients: int) -> tuple[Floats, Floats]:
    """Put the optima of each patient into one row, the best first."""
    rank = _rank(patient, cost)
    every, costs = np.zeros((patients, rank.max() + 1, phi.shape[1])), np.full((patients, rank.max() + 1), np.inf)
    every[patient, rank], costs[patient, rank] = phi, cost
    return every, costs


def _rank(patient: Integers, cost: Floats) -> Integers:
    """Place of each cost among those of its patient, the least first."""
    order = np.lexsort((cost, patient))
    first = np.searchsorted(patient[order], patient[order], side="left")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - first
    return rank


def _first_by_cost(patient: Integers, cost: Floats) -> Integers:
    """Where the least cost of each patient stands, patient by patient."""
    best = np.flatnonzero(_rank(patient, cost) == 0)
    return best[np.argsort(patient[best], kind="stable")]


def _runner_up(patient: Integers, cost: Floats, patients: int) -> Floats:
    """Second-least cost of each patient over the least."""
    rank = _rank(patient, cost)
    least, second = np.full((2, patients), np.inf)
    least[patient[rank == 0]] = cost[rank == 0]
    second[patient[rank == 1]] = cost[rank == 1]
    behind: Floats = second - least
    return behind
