"""Firth's logistic regression: a binary outcome on exposure where subjects are few.

The likelihood is penalized by Jeffreys' prior, the square root of the determinant of the information. Estimates are
finite even where exposure separates those with the outcome from those without.
"""

from dataclasses import dataclass

import numpy as np

from carpk.errors import RulesError
from carpk.profiles import Booleans, Floats

FEWEST = 5
"""Subjects with the outcome, and without it, below which no line is fitted unless it is asked for. A convention of
carpk, not a result: even above it the interval says how little is known."""

_MOST_STEPS = 200
_LONGEST_STEP = 5.0  # of a coefficient, per standard deviation of its covariate
_FLAT = 1e-9  # largest slope of the log-likelihood at its maximum
_ROUNDING = 1e-13
_NUDGE = 1e-5
_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True, eq=False)
class FirthFit:
    """Log odds of the outcome as a line in the covariates.

    Attributes
    ----------
    intercept : float
        Log odds where every covariate is zero; NaN where `reason` is given, as is all that follows.
    slopes : (p,) float
        Change of the log odds per unit of each covariate.
    low, high : (p,) float
        Profile penalized-likelihood limits of the slopes.
    log_likelihood : float
        Penalized, at its maximum.
    n, n_with : int
        Subjects, and those with the outcome.
    reason : str
        Code of carpk.reasons: why there is no fit; else empty.
    """

    intercept: float
    slopes: Floats
    low: Floats
    high: Floats
    log_likelihood: float
    n: int
    n_with: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Peak:
    coefficients: Floats
    log_likelihood: float


def firth_logistic(covariates: Floats, outcome: Booleans, *, level: float = 0.95, fewest: int = FEWEST) -> FirthFit:
    """Fit Firth's penalized-likelihood logistic regression.

    Parameters
    ----------
    covariates : (n,) or (n, p) float
        E.g. ln exposure; finite.
    outcome : (n,) bool
        Of each subject.
    level : float
        Of the profile penalized-likelihood intervals.
    fewest : int
        Subjects with the outcome, and subjects without it, that a fit needs; at least 1.

    Returns
    -------
    FirthFit
        With a reason in place of numbers where subjects with or without the outcome are too few, a covariate does not
        vary or follows from the others, or the search did not come to its end.

    Raises
    ------
    RulesError
        The level is not between 0 and 1, `fewest` is below 1, or a covariate is not finite.

    References
    ----------
    Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2002, doi:10.1002/sim.1047.
    """
    if not 0 < level < 1:
        raise RulesError(f"firth_logistic: level must lie between 0 and 1; got {level!r}.")
    if fewest < 1:
        raise RulesError(f"firth_logistic: fewest must be at least 1; got {fewest!r}.")
    columns = covariates.reshape(len(outcome), -1)
    if not np.isfinite(columns).all():
        raise RulesError("firth_logistic: every covariate must be finite.")
    if min(np.count_nonzero(outcome), np.count_nonzero(~outcome)) < fewest:
        return _refused(columns, outcome, "TOO_FEW_WITH_OR_WITHOUT")
    center, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > _ROUNDING * np.abs(center), spread, 0.0)
    # Standardized, so that steps and slopes are of one size; the fit is the same in any units of the covariates.
    design = np.column_stack([np.ones(len(outcome)), (columns - center) / np.where(spread > 0, spread, np.inf)])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return _refused(columns, outcome, "ALL_EQUAL")
    peak = _highest(design, outcome, np.zeros(design.shape[1]), held=None)
    if peak is None:
        return _refused(columns, outcome, "NOT_CONVERGED")
    places = range(1, design.shape[1])
    limits = np.array([[_limit(design, outcome, peak, place, level, side) for place in places] for side in (-1, 1)])
    if np.isnan(limits).any():
        return _refused(columns, outcome, "NOT_CONVERGED")
    slopes = peak.coefficients[1:] / spread
    return FirthFit(
        intercept=float(peak.coefficients[0] - slopes @ center),
        slopes=slopes,
        low=limits[0] / spread,
        high=limits[1] / spread,
        log_likelihood=peak.log_likelihood + float(np.log(spread).sum()),  # the penalty knows the units
        n=len(outcome),
        n_with=int(outcome.sum()),
        reason="",
    )


def _refused(columns: Floats, outcome: Booleans, reason: str) -> FirthFit:
    nothing = np.full(columns.shape[1], np.nan)
    return FirthFit(np.nan, nothing, nothing, nothing, np.nan, len(outcome), int(outcome.sum()), reason)


def _highest(design: Floats, outcome: Booleans, start: Floats, held: int | None) -> _Peak | None:
    """Climb to the top of the penalized likelihood, one coefficient held at its start if so asked; None if not reached.

    Newton steps on Firth's modified score, each halved as long as the likelihood falls.
    """
    free = np.arange(design.shape[1]) != held
    here = start
    height, score, information = _slope(design, outcome, here)
    for _ in range(_MOST_STEPS):
        if np.abs(score[free]).max() < _FLAT:
            return _Peak(here, height)
        curvature = _curvature(design, outcome, here)[np.ix_(free, free)]
        if np.linalg.eigvalsh(curvature).min() <= 0:  # not near the top, where a step along the information still rises
            curvature = information[np.ix_(free, free)]
        step = np.zeros(len(here))
        step[free] = np.linalg.lstsq(curvature, score[free], rcond=None)[0]
        step /= max(np.abs(step).max() / _LONGEST_STEP, 1.0)
        for _ in range(_MOST_DOUBLINGS):
            reached, score, information = _slope(design, outcome, here + step)
            if reached >= height - _ROUNDING * abs(height):
                break
            step = step / 2
        here, height = here + step, reached
    return None


def _slope(design: Floats, outcome: Booleans, coefficients: Floats) -> tuple[float, Floats, Floats]:
    """Penalized log-likelihood, its slope (Firth's modified score) and the information."""
    from scipy.special import expit, log_expit

    log_odds = design @ coefficients
    chance = expit(log_odds)
    weighted = np.sqrt(chance * expit(-log_odds))[:, None] * design
    orthogonal, triangle = np.linalg.qr(weighted)
    leverage = (orthogonal**2).sum(axis=1)
    with np.errstate(divide="ignore"):
        penalty = np.log(np.abs(np.diag(triangle))).sum()
    likelihood = log_expit(np.where(outcome, log_odds, -log_odds)).sum()
    score = design.T @ (outcome - chance + leverage * (0.5 - chance))
    return float(likelihood + penalty), score, weighted.T @ weighted


def _curvature(design: Floats, outcome: Booleans, here: Floats) -> Floats:
    """How fast the modified score falls, from differences; the information alone leaves out that of the penalty."""
    nudges = _NUDGE * np.eye(len(here))
    rows = [_slope(design, outcome, here - nudge)[1] - _slope(design, outcome, here + nudge)[1] for nudge in nudges]
    falls = np.stack(rows) / (2 * _NUDGE)
    return np.asarray((falls + falls.T) / 2)


def _limit(design: Floats, outcome: Booleans, peak: _Peak, place: int, level: float, side: int) -> float:
    """Find where the profile penalized likelihood of one coefficient has fallen to the edge of its interval."""
    from scipy.optimize import brentq
    from scipy.special import chdtri

    allowed = float(chdtri(1, 1 - level)) / 2
    start = peak.coefficients.copy()

    def fall(distance: float) -> float:
        held = start.copy()
        held[place] = peak.coefficients[place] + side * distance
        found = _highest(design, outcome, held, held=place)
        if found is None:
            return np.nan
        start[:] = found.coefficients  # the next point is near this one
        return peak.log_likelihood - found.log_likelihood - allowed

    distance = 0.5
    for _ in range(_MOST_DOUBLINGS):
        beyond = fall(distance)
        if np.isnan(beyond) or beyond > 0:
            break
        distance *= 2
    if not beyond > 0:
        return np.nan
    found = float(brentq(fall, 0.0, distance, xtol=1e-10, rtol=1e-12))
    return float(peak.coefficients[place] + side * found)
