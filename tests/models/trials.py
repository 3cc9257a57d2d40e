"""Simulated trials for the tests of fits."""

from dataclasses import fields

import numpy as np

from carpk.models.observations import observe
from carpk.models.simulate import STEIN_AS_PRINTED, add_residual_error, draw_patients
from carpk.models.stein import STEIN, TYPICAL, level

DAYS = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 56, 90, 180, 270, 360.0])
LLOQ = 50.0


def patients(count, seed=1):
    """Virtual patients of Stein 2019, and their parameters on the transformed scale."""
    drawn = draw_patients(TYPICAL, STEIN_AS_PRINTED.from_variances(), count, rng=np.random.default_rng(seed))
    natural = np.stack([np.asarray(getattr(drawn, item.name)) for item in fields(drawn)], axis=-1)
    return drawn, STEIN.to_phi(natural)


def trial(count, *, sd=0.56, seed=1, least=8, lloq=LLOQ):
    """Levels and true parameters of patients with at least so many quantified levels."""
    drawn, phi = patients(3 * count, seed)
    levels = add_residual_error(level(drawn, DAYS), sd, rng=np.random.default_rng(seed + 1000))
    rich = np.flatnonzero((levels >= lloq).sum(axis=1) >= least)[:count]
    return levels[rich], phi[rich]


def seen(levels, lloq=LLOQ):
    """Observations of levels at the days of the trial."""
    return observe(DAYS, levels, lloq=lloq)
