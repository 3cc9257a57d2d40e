"""Does a population make data like those it was fitted to? Prediction errors, and a visual predictive check.

The normalized prediction distribution errors (npde) and the prediction discrepancies (pit) are those of Comets E et
al., Comput Methods Programs Biomed 2008;90:154-166, doi 10.1016/j.cmpb.2007.12.002, with levels beyond a limit drawn
from what the model predicts there, in the data and in the simulated sets alike: Nguyen THT, Comets E, Mentre F, J
Pharmacokinet Pharmacodyn 2012;39:499-518, doi 10.1007/s10928-012-9264-2. To draw them in the data only would leave them
less correlated than the simulated ones, and the npde of a true model too wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from carpk.models.observations import ABOVE, BELOW, Limits, Observations
from carpk.models.population_model import Population, PopulationModel, cholesky
from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class PredictionErrors:
    """Where each of n patients' levels lies among those that the population predicts of it; NaN in padding.

    Attributes
    ----------
    pit : (n, m) float
        Share of the simulated levels below it; uniform from 0 to 1 under a true model, and correlated in a patient.
    npde : (n, m) float
        Standard normal under a true model, and not correlated in a patient.
    """

    pit: Floats
    npde: Floats


@dataclass(frozen=True, slots=True, eq=False)
class VisualCheck:
    """Quantiles of levels, and shares below the limit, in b bins of time, observed and simulated.

    Attributes
    ----------
    time : (b,) float
        Median of the times in each bin. [day]
    count : (b,) int
        Levels in each bin.
    observed : (b, q) float
        Quantiles of ln C; minus infinity where they lie below the limit.
    simulated : (b, q, 3) float
        Lower end, median and upper end of the same quantiles over the simulated sets.
    below : (b,) float
        Share of the levels below the limit.
    simulated_below : (b, 3) float
        Lower end, median and upper end of that over the simulated sets.
    """

    time: Floats
    count: Integers
    observed: Floats
    simulated: Floats
    below: Floats
    simulated_below: Floats


def simulate_levels(
    population: PopulationModel, current: Population, replicates: int, *, rng: np.random.Generator
) -> Floats:
    """Draw the trial again, so many times: new patients with the covariates and visits of the old ones.

    Returns
    -------
    (r, n, m) float
        ln of the level, with residual error, limits not applied.
    """
    shape = (replicates, len(population.observed), len(population.varying))
    deviation = rng.standard_normal(shape) @ cholesky(current.covariance).T
    predicted = population.log_level(population.means(current.coefficients) + deviation)
    drawn: Floats = predicted + current.residual_sd * rng.standard_normal(predicted.shape)
    return drawn


def prediction_errors(
    observed: Observations, limits: Limits, simulated: Floats, *, rng: np.random.Generator
) -> PredictionErrors:
    """Find where each level lies among the simulated ones.

    Parameters
    ----------
    observed : Observations of n patients
    limits : Limits of n patients
    simulated : (r, n, m) float
        As `simulate_levels` gives them.
    rng : numpy.random.Generator
        Draws what lies beyond limits.
    """
    ordered = np.sort(simulated, axis=0)
    below, above = observed.kind == BELOW, observed.kind == ABOVE
    levels = _drawn_beyond(observed.log_level[np.newaxis], below, above, ordered, limits, rng)[0]
    again = _drawn_beyond(simulated, simulated < limits.lower, simulated > limits.upper, ordered, limits, rng)
    pit = _share_below(levels, again, rng)
    npde = ndtri(_share_below(*_decorrelated(levels, again, observed.present), rng))
    return PredictionErrors(*(np.where(observed.present, one, np.nan) for one in (pit, npde)))


def _drawn_beyond(
    levels: Floats, below: Booleans, above: Booleans, ordered: Floats, limits: Limits, rng: np.random.Generator
) -> Floats:
    """Replace levels beyond a limit, (s, n, m), by one of the simulated levels beyond it, each sample on its own."""
    replicates = len(ordered)
    chance = rng.random(levels.shape)
    low = np.floor(chance * np.sum(ordered < limits.lower, axis=0))
    high = replicates - 1 - np.floor(chance * np.sum(ordered > limits.upper, axis=0))
    place = np.clip(np.where(above, high, low), 0, replicates - 1).astype(np.int64)
    drawn = np.take_along_axis(ordered, place, axis=0)
    # Where no simulated level lies beyond the limit, the limit itself is what is nearest to the data.
    drawn = np.where(above, np.maximum(drawn, limits.upper), np.minimum(drawn, limits.lower))
    return np.where(below | above, drawn, levels)


def _share_below(levels: Floats, simulated: Floats, rng: np.random.Generator) -> Floats:
    """Rank of a level, (n, m), among the simulated and itself, as a share; equal ones by lot."""
    less, equal = np.sum(simulated < levels, axis=0), np.sum(simulated == levels, axis=0)
    share: Floats = (less + rng.random(levels.shape) * (equal + 1.0)) / (len(simulated) + 1.0)
    return share


def _decorrelated(levels: Floats, simulated: Floats, present: Booleans) -> tuple[Floats, Floats]:
    """Free levels and simulated ones of the correlation that the latter have within a patient."""
    center = simulated.mean(axis=0)
    deviation = np.where(present, simulated - center, 0.0)
    covariance = np.einsum("rna,rnb->nab", deviation, deviation, optimize=True) / (len(simulated) - 1)
    diagonal = np.arange(present.shape[1])
    covariance[:, diagonal, diagonal] += ~present
    inverse = np.linalg.inv(cholesky(covariance))
    own = np.where(present, levels - center, 0.0)
    return np.einsum("nab,nb->na", inverse, own), np.einsum("nab,rnb->rna", inverse, deviation, optimize=True)


def visual_check(
    observed: Observations,
    limits: Limits,
    simulated: Floats,
    *,
    bins: int,
    quantiles: Sequence[float],
    confidence: float,
) -> VisualCheck:
    """Compare quantiles and shares below the limit, in bins of time that hold as many levels each.

    Parameters
    ----------
    observed : Observations of n patients
    limits : Limits of n patients
    simulated : (r, n, m) float
    bins : int
        Fewer where samples share their times.
    quantiles : sequence of q float
        Between 0 and 1.
    confidence : float
        Of the range of the simulated quantiles.
    """
    there = observed.present
    times, below = observed.times[there], observed.kind[there] == BELOW
    levels = np.where(below, -np.inf, observed.log_level[there])
    drawn = np.where(simulated < limits.lower, -np.inf, np.minimum(simulated, limits.upper))[:, there]
    edges = np.unique(np.quantile(times, np.arange(1, bins) / bins, method="lower"))
    number = np.searchsorted(edges, times, side="left")
    ends = np.array([0.5 - 0.5 * confidence, 0.5, 0.5 + 0.5 * confidence])
    places = [np.flatnonzero(number == one) for one in np.unique(number)]
    each = [_quantiles(drawn[:, place], quantiles, axis=1) for place in places]
    shares = [np.mean(np.isneginf(drawn[:, place]), axis=1) for place in places]
    return VisualCheck(
        time=np.array([np.median(times[place]) for place in places]),
        count=np.array([len(place) for place in places]),
        observed=np.stack([_quantiles(levels[place], quantiles, axis=0) for place in places]),
        simulated=np.stack([_quantiles(one, ends, axis=1).T for one in each]),
        below=np.array([np.mean(below[place]) for place in places]),
        simulated_below=np.stack([np.quantile(share, ends) for share in shares]),
    )


def _quantiles(levels: Floats, quantiles: Sequence[float] | Floats, *, axis: int) -> Floats:
    """Quantiles that are levels of the data, so that those below the limit stay that; quantiles come first."""
    found: Floats = np.quantile(levels, quantiles, axis=axis, method="inverted_cdf")
    return found
