"""The model of Minucci 2024: infused CD4 and CD8 CAR-T cells become effectors and memory on leukemic B cells.

Source: Minucci et al., Front Syst Biol 2024;4:1380018, doi 10.3389/fsysb.2024.1380018. For simulation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from carpk.models.ode import solve
from carpk.profiles import Floats

ACTIVATION = np.array([24.0 / 18.0, 24.0 / 36.0])
"""Of infused CD8 and CD4 cells at full antigen [1/day]."""
INFUSED_LIFE, EFFECTOR_LIFE = 9.606881, 3.101849
"""Mean life of infused and of effector cells [day]."""
MEMORY_LIFE = np.array([180.0, 240.0])
"""Mean life of CD8 and CD4 memory cells [day]."""
ANTIGEN_PER_CELL, MOLECULES_PER_UNIT = 5000.0, 5.0 * 6.022e14
"""Antigen molecules on a leukemic cell, and as many as half activate."""
TUMOR_DOUBLING_SCALE = 16.0
"""Doubling time of the leukemic cells [day]."""
KILLING = 8.64e-5
"""Per CD8 effector at full antigen [1/day]."""
NORMAL_B_CELLS, NORMAL_B_CELL_LIFE = 2.5e8, 30.0
"""Normal B cells at the infusion, and their mean life [day]."""
NORMAL_B_CELL_INFLUX = 5e8 * 5.0 / 30.0
"""New normal B cells [1/day]."""
BLOOD_VOLUME = 5e6
"""[uL]"""


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """What the model needs to know of n patients; each (n,).

    Attributes
    ----------
    infused_cells : float
        Dose [cells].
    cd8_fraction : float
        Of the dose.
    leukemic_cells : float
        At the infusion.
    divisions : float
        Of an activated cell.
    memory_fraction : float
        Of the effectors that end.
    """

    infused_cells: Floats
    cd8_fraction: Floats
    leukemic_cells: Floats
    divisions: Floats
    memory_fraction: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Levels of n patients at m times.

    Attributes
    ----------
    level : (n, m) float
        All CAR-T cells. [cells/uL]
    leukemic_percent : (n, m) float
        Leukemic cells among all B cells. [%]
    """

    level: Floats
    leukemic_percent: Floats


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
    descendants = 2.0 ** np.asarray(patients.divisions, np.float64)[:, np.newaxis]
    to_memory = np.asarray(patients.memory_fraction, np.float64)[:, np.newaxis]

    def rates(states: Floats) -> Floats:
        infused, effector, memory = states[:, 0:2], states[:, 2:4], states[:, 4:6]  # CD8, CD4 each
        tumor, normal = states[:, 6:7], states[:, 7:8]
        antigen = ANTIGEN_PER_CELL * tumor / MOLECULES_PER_UNIT
        presence = antigen / (1.0 + antigen)
        activated = ACTIVATION * presence * infused
        ended = effector / EFFECTOR_LIFE
        growth = np.log(2.0) / TUMOR_DOUBLING_SCALE - KILLING * presence * effector[:, :1]
        return np.concatenate(
            [
                -activated - infused / INFUSED_LIFE,
                descendants * activated - ended,
                to_memory * ended - memory / MEMORY_LIFE,
                growth * tumor,
                NORMAL_B_CELL_INFLUX - normal / NORMAL_B_CELL_LIFE,
            ],
            axis=1,
        )

    states = solve(rates, _initial(patients), times, least=1e-6)
    tumor, normal = states[..., 6], states[..., 7]
    return Course(states[..., :6].sum(axis=-1) / BLOOD_VOLUME, 100.0 * tumor / (tumor + normal))


def _initial(patients: Patients) -> Floats:
    """Infused CD8 and CD4 cells, no effectors or memory, leukemic and normal B cells; (n, 8)."""
    dose, share = np.asarray(patients.infused_cells, np.float64), np.asarray(patients.cd8_fraction, np.float64)
    none = np.zeros((len(dose), 4))
    leukemic = np.asarray(patients.leukemic_cells, np.float64)
    return np.column_stack([dose * share, dose * (1.0 - share), none, leukemic, np.full(len(dose), NORMAL_B_CELLS)])
