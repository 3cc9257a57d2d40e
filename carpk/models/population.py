"""Estimate a population: SAEM to get there, EM on importance samples to settle, importance sampling to say how well."""

from dataclasses import dataclass

import numpy as np

from carpk.models.importance import Posterior
from carpk.models.landmarks import landmarks
from carpk.models.polish import Judgement, climb, settle
from carpk.models.population_model import Population, PopulationModel
from carpk.models.population_rules import Effort
from carpk.models.saem import run_saem
from carpk.profiles import Floats

_FEWEST_CHAINS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A population, and how well it is known.

    Attributes
    ----------
    population : Population
    judgement : Judgement
        Likelihood, information and patients under that population.
    trace : tuple of Population
        After each iteration: exploring, smoothing, settling, Newton.
    """

    population: Population
    judgement: Judgement
    trace: tuple[Population, ...]


def estimate(population: PopulationModel, *, seed: int, effort: Effort) -> Estimate:
    """Estimate a population.

    Parameters
    ----------
    population : PopulationModel
        Of n patients.
    seed : int
        One seed gives one answer, bit for bit.
    effort : Effort

    Returns
    -------
    Estimate
    """
    rng = np.random.default_rng(seed)
    patients = len(population.observed)
    run = run_saem(
        population,
        first_guesses(population),
        exploring=effort.exploring,
        smoothing=effort.smoothing,
        chains=max(-(-effort.chains // patients), _FEWEST_CHAINS),
        rng=rng,
    )
    known = Posterior(run.mean, run.covariance)
    settled, known = settle(population, run.population, known, rounds=effort.settling, points=effort.points, rng=rng)
    trace = [*run.trace, *settled]
    climbed, judgement = climb(population, trace[-1], known, effort=effort, rng=rng)
    return Estimate(climbed[-1] if climbed else trace[-1], judgement, (*trace, *climbed))


def first_guesses(population: PopulationModel) -> Floats:
    """Return each patient's first guess of the varying parameters, (n, d).

    A patient without a quantified level tells nothing of where to start: the median of the others stands there.
    """
    observed = population.observed
    seen = observed.quantified.any(axis=1)
    guess = np.empty((len(observed), len(population.varying)))
    within = observed.take(np.flatnonzero(seen))
    guess[seen] = population.model.starts(landmarks(within))[0][:, population.varying]
    guess[~seen] = np.median(guess[seen], axis=0)
    return guess
