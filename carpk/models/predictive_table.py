"""check_predictions: a population fit in, prediction errors and a visual predictive check out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.errors import RulesError
from carpk.models.population_table import PopulationFit
from carpk.models.predictive import VisualCheck, prediction_errors, simulate_levels, visual_check
from carpk.units import conversion_factor

QUANTILES = (0.1, 0.5, 0.9)
_LEAST_REPLICATES = 100


@dataclass(frozen=True, eq=False)
class PredictiveCheck:
    """How the levels of a trial lie among those that its population predicts.

    Attributes
    ----------
    errors : DataFrame
        The predictions of the fit, and for each level `pit` (share of simulated levels below it) and `npde` (standard
        normal and not correlated under a true model).
    bins : DataFrame
        time, levels, measure (``10 %`` ... of the levels, or ``below`` for the share below the limit), observed,
        simulated, low and high (95 % of the simulated trials), reason: BELOW_LIMIT where a quantile observed lies below
        the limit. A simulated one that does is 0.
    replicates : int
    population : PopulationFit
    """

    errors: pd.DataFrame
    bins: pd.DataFrame
    replicates: int
    population: PopulationFit

    def __repr__(self) -> str:
        npde = self.errors["npde"]
        return f"PredictiveCheck({len(npde)} levels: npde mean {npde.mean():.2f}, SD {npde.std():.2f})"


def check_predictions(
    population: PopulationFit, *, rng: np.random.Generator, replicates: int = 1000, bins: int = 8
) -> PredictiveCheck:
    """Simulate a trial again and again, and see where its levels lie among the simulated ones.

    Levels below the limit are drawn from what the model predicts there, in the data and in the simulated trials alike.
    The population is taken as it is, its uncertainty left aside.

    Parameters
    ----------
    population : PopulationFit
        As `fit_population` gives it.
    rng : numpy.random.Generator
        One state gives one answer.
    replicates : int
        Simulated trials, 100 or more.
    bins : int
        Of time, with as many levels each; fewer where samples share their times.

    Raises
    ------
    RulesError
        Too few replicates, or no bin.
    """
    if replicates < _LEAST_REPLICATES:
        raise RulesError(f"check_predictions: replicates must be {_LEAST_REPLICATES} or more; got {replicates}.")
    if bins < 1:
        raise RulesError(f"check_predictions: bins must be 1 or more; got {bins}.")
    described, limits = population.described, population.limits
    simulated = simulate_levels(described, population.estimate.population, replicates, rng=rng)
    found = prediction_errors(described.observed, limits, simulated, rng=rng)
    check = visual_check(described.observed, limits, simulated, bins=bins, quantiles=QUANTILES, confidence=0.95)
    there = described.observed.present
    return PredictiveCheck(
        errors=population.predictions.assign(pit=found.pit[there], npde=found.npde[there]),
        bins=_bins(check, conversion_factor("day", population.time_unit)),
        replicates=replicates,
        population=population,
    )


def _bins(check: VisualCheck, day: float) -> pd.DataFrame:
    """Make a row for each bin and measure."""
    measures = [
        (f"{100 * quantile:g} %", np.exp(check.observed[:, place]), np.exp(check.simulated[:, place]))
        for place, quantile in enumerate(QUANTILES)
    ]
    measures.append(("below", check.below, check.simulated_below))
    parts = []
    for name, observed, simulated in measures:
        hidden = (observed == 0.0) & (name != "below")
        parts.append(
            pd.DataFrame(
                {
                    "time": check.time * day,
                    "levels": check.count,
                    "measure": name,
                    "observed": np.where(hidden, np.nan, observed),
                    "simulated": simulated[:, 1],
                    "low": simulated[:, 0],
                    "high": simulated[:, 2],
                    "reason": np.where(hidden, "BELOW_LIMIT", ""),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
