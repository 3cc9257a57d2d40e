"""The model of Mueller-Schoell 2021: four CAR-T phenotypes that expand on a lymphoma and kill it. For simulation.

Source: Mueller-Schoell et al., Cancers 2021;13:2782, doi 10.3390/cancers13112782 (axicabtagene ciloleucel, 19
patients). Naive, central memory, effector memory and effector cells follow one upon the other; the first three expand
in proportion to the tumor's volume, saturably. Typical values without spread between patients.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from carpk.models.ode import solve
from carpk.profiles import Booleans, Floats

EXPANSION = 0.00846
"""Largest expansion in the reference class, per mL of tumor [cells/uL/day/mL]."""
LOW_EXPANSION = 0.000700
"""The same in the class of low expansion."""
TRANSPLANT_CHANGE = 2.53
"""Fractional change of the expansion after an autologous transplant."""
RATIO_EXPONENT = -0.385
"""Exponent of the CD4/CD8 ratio of day 7, in the reference class."""
HALF_EXPANSION_LEVEL = 1.13
"""Level at half the largest expansion [cells/uL]."""
DIFFERENTIATION = np.array([0.140, 0.191, 0.355])
"""Naive to central memory, to effector memory, to effector [1/day]."""
HOMEOSTASIS = np.array([0.0005, 0.007, 0.007])
"""Proliferation of the first three without tumor [1/day]."""
DEATH = np.array([0.0104, 0.0104, 0.0104, 0.518])
"""Of each phenotype [1/day]."""
KILLING = np.array([2.57, 4.04, 3.78, 4.24])
"""Largest tumor killing of each phenotype [mL/day per cells/uL]."""
HALF_KILLING_VOLUME = 276.0
"""Tumor volume at half the largest killing [mL]."""
TUMOR_GROWTH, TUMOR_CAPACITY = 0.0023, 5000.0
"""Logistic growth of the tumor [1/day], [mL]."""
INITIAL_LEVEL = 0.1
"""Of each phenotype [cells/uL]."""


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """What the model needs to know of n patients; each (n,).

    Attributes
    ----------
    tumor_volume : float
        Metabolic tumor volume at the infusion. [mL]
    transplant : bool
        An autologous transplant came before.
    cd4_cd8_ratio : float
        Of the CAR-T cells on day 7.
    low_expansion : bool
        Belongs to the class of low expansion.
    """

    tumor_volume: Floats
    transplant: Booleans
    cd4_cd8_ratio: Floats
    low_expansion: Booleans


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Levels of n patients at m times.

    Attributes
    ----------
    phenotypes : (n, m, 4) float
        Naive, central memory, effector memory, effector. [cells/uL]
    tumor_volume : (n, m) float
        [mL]
    """

    phenotypes: Floats
    tumor_volume: Floats

    @property
    def level(self) -> Floats:
        """All CAR-T cells, (n, m) [cells/uL]."""
        return np.asarray(self.phenotypes.sum(axis=-1))


def simulate(patients: Patients, times: ArrayLike) -> Course:
    """Follow patients from the infusion.

    Parameters
    ----------
    patients : Patients, n of them
    times : (m,) numbers
        Rising, from 0 on. [day]

    Returns
    -------
    Course
    """
    volume = np.asarray(patients.tumor_volume, np.float64)
    expansion = _expansion(patients)[:, np.newaxis]

    def rates(states: Floats) -> Floats:
        cells, tumor = states[:, :4], states[:, 4:]
        dividing = cells[:, :3]
        change = -DEATH * cells
        change[:, :3] += expansion * tumor * dividing / (HALF_EXPANSION_LEVEL + dividing) + HOMEOSTASIS * dividing
        moved = DIFFERENTIATION * dividing
        change[:, :3] -= moved
        change[:, 1:] += moved
        killed = (cells @ KILLING)[:, np.newaxis] * tumor / (HALF_KILLING_VOLUME + tumor)
        grown = TUMOR_GROWTH * (1.0 - tumor / TUMOR_CAPACITY) * tumor
        return np.concatenate([change, grown - killed], axis=1)

    initial = np.column_stack([np.full((len(volume), 4), INITIAL_LEVEL), volume])
    states = solve(rates, initial, times)
    return Course(states[..., :4], states[..., 4])


def _expansion(patients: Patients) -> Floats:
    """Largest expansion of each patient, (n,)."""
    reference = EXPANSION * np.asarray(patients.cd4_cd8_ratio, np.float64) ** RATIO_EXPONENT
    factor = 1.0 + TRANSPLANT_CHANGE * np.asarray(patients.transplant, np.float64)
    return np.asarray(factor * np.where(patients.low_expansion, LOW_EXPANSION, reference))
