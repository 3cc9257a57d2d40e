"""Levenberg-Marquardt for many small problems at once, each within its own box. Whole arrays.

A problem is one patient from one start within one box; all of them take each step together, and those that have arrived
leave. Marquardt's scaling makes the steps the same on any scale of a parameter (Marquardt DW, J Soc Ind Appl Math
1963;11:431-441, doi 10.1137/0111030); a parameter that the descent presses against its bound is held there.
"""

from dataclasses import dataclass, replace

import numpy as np

from carpk.models.likelihood import residuals
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.profiles import Booleans, Floats, Integers

_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-2, 1e-9, 1e12
_FLATTEST = 1e-12  # a parameter without any effect keeps this much curvature, so that the step exists


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known of the parameters before the levels are seen: normal on the transformed scale, independent.

    Attributes
    ----------
    mean, sd : (p,) float
        Infinite `sd`: nothing is known.
    """

    mean: Floats
    sd: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Problems:
    """b least-squares problems: a patient, a box, a residual error each.

    Attributes
    ----------
    model : Model
    observed : Observations of b patients, the same one as often as it has problems
    lower, upper : (b, p) float
        The box, on the transformed scale; where both are equal the parameter is fixed.
    sd : (b, 1) float
        Standard deviation of the residual error on ln C.
    prior : Prior, optional
        With it the optimum is the most probable one (MAP), not the most likely one.
    """

    model: Model
    observed: Observations
    lower: Floats
    upper: Floats
    sd: Floats
    prior: Prior | None = None

    def take(self, rows: Integers | Booleans) -> "Problems":
        """Return some of the problems."""
        places = np.arange(len(self.lower))[rows]
        return replace(
            self,
            observed=self.observed.take(places),
            lower=self.lower[places],
            upper=self.upper[places],
            sd=self.sd[places],
        )

    def cost(self, phi: Floats) -> Floats:
        """Sum of the squared residuals at phi, (b, p), prior included, (b,)."""
        return self._terms(phi)[0]

    def normal_equations(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        """Return cost (b,), half its gradient (b, p) and half its Gauss-Newton Hessian (b, p, p) at phi, (b, p)."""
        cost, residual, slope = self._terms(phi)
        jacobian = self.model.jacobian(phi, self.observed.times, self.observed.covariates) * slope[..., np.newaxis]
        transposed = np.swapaxes(jacobian, -1, -2)
        gradient = (transposed @ residual[..., np.newaxis])[..., 0]
        curvature = transposed @ jacobian
        if self.prior is not None:
            precision = self.prior.sd**-2.0
            gradient = gradient + precision * (phi - self.prior.mean)
            curvature = curvature + np.diag(precision)
        return cost, gradient, curvature

    def _terms(self, phi: Floats) -> tuple[Floats, Floats, Floats]:
        predicted = self.model.log_level(phi, self.observed.times, self.observed.covariates)
        residual, slope = residuals(predicted, self.observed, self.sd)
        cost = np.sum(residual**2, axis=-1)
        if self.prior is not None:
            cost = cost + np.sum(((phi - self.prior.mean) / self.prior.sd) ** 2, axis=-1)
        return cost, residual, slope


def minimize(problems: Problems, start: Floats, *, steps: int = 100, tolerance: float = 1e-10) -> tuple[Floats, Floats]:
    """Take each problem from its start to a minimum within its box.

    Parameters
    ----------
    problems : Problems, b of them
    start : (b, p) float
        Moved into the box where it lies outside.
    steps : int
        At most so many steps.
    tolerance : float
        A problem has arrived when a step lowers its cost by less than this share of 1 + cost.

    Returns
    -------
    phi : (b, p) float
    cost : (b,) float
        Never above that of the start within the box.
    """
    phi = np.clip(start, problems.lower, problems.upper)
    cost = problems.cost(phi)
    places = np.arange(len(phi))
    here, at = problems, phi
    now, gradient, curvature = here.normal_equations(at)
    damping = np.full(len(phi), _FIRST_DAMPING)
    for _ in range(steps):
        if not len(places):
            break
        ahead = _step(here, at, gradient, curvature, damping)
        then, new_gradient, new_curvature = here.normal_equations(ahead)
        better = then < now
        arrived = (better & (now - then <= tolerance * (1.0 + now)) & (damping < 1.0)) | (ahead == at).all(axis=1)
        damping = np.where(better, np.maximum(damping / 9.0, _LEAST_DAMPING), damping * 8.0)
        at = np.where(better[:, np.newaxis], ahead, at)
        gradient = np.where(better[:, np.newaxis], new_gradient, gradient)
        curvature = np.where(better[:, np.newaxis, np.newaxis], new_curvature, curvature)
        now = np.where(better, then, now)
        phi[places], cost[places] = at, now
        going = ~(arrived | (damping > _MOST_DAMPING))
        if not going.all():
            places, here, at, now = places[going], here.take(going), at[going], now[going]
            gradient, curvature, damping = gradient[going], curvature[going], damping[going]
    return phi, cost


def pressed(problems: Problems, phi: Floats, gradient: Floats) -> Booleans:
    """Whether a parameter is fixed, or pressed against a bound by the descent, (b, p)."""
    at_lower, at_upper = phi <= problems.lower, phi >= problems.upper
    stuck: Booleans = (at_lower & (gradient > 0)) | (at_upper & (gradient < 0)) | (at_lower & at_upper)
    return stuck


def _step(problems: Problems, phi: Floats, gradient: Floats, curvature: Floats, damping: Floats) -> Floats:
    """Where the damped Gauss-Newton step leads, cut off at the box."""
    free = ~pressed(problems, phi, gradient)
    among_free = free[:, :, np.newaxis] & free[:, np.newaxis, :]
    diagonal = np.einsum("bii->bi", curvature)
    ridge = np.where(free, damping[:, np.newaxis] * diagonal + _FLATTEST * (1.0 + diagonal), 1.0)
    matrix = np.where(among_free, curvature, 0.0) + ridge[:, :, np.newaxis] * np.eye(phi.shape[1])
    move = np.linalg.solve(matrix, np.where(free, -gradient, 0.0)[..., np.newaxis])[..., 0]
    ahead: Floats = np.clip(phi + move, problems.lower, problems.upper)
    return ahead
