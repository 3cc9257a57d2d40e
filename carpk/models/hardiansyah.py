"""The model of Hardiansyah & Ng 2019: effector and memory CAR-T cells in blood and tissue, B cells and three cytokines.

Source: Hardiansyah D, Ng CM, Clin Transl Sci 2019;12:343, doi 10.1111/cts.12636 (two patients with chronic lymphocytic
leukemia). Cells are counted in 1e9. For simulation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from carpk.models.ode import solve
from carpk.profiles import Floats

CYTOKINE_LOSS = np.array([3.96, 4.68, 1.51])
"""Of IL-6, IL-10 and interferon gamma [1/day]."""
INTERFERON_FLOOR, HALF_INHIBITION = 0.59, 650.0
"""Share of the interferon production that IL-10 cannot inhibit, and the IL-10 at half inhibition [pg/mL]."""
MEMORY_GROWTH, MEMORY_DEATH, MEMORY_RETURN = 0.0509, 0.408, 1.0
"""Of memory cells; the last turns them into effectors at full antigen [1/day]."""
TO_TISSUE, FROM_TISSUE = 76.78, 1.84
"""[1/day]"""
HALF_ANTIGEN = 1e5 / 1e9
"""B cells at which half the effectors stay effectors [1e9 cells]."""
B_CELL_GROWTH, B_CELL_DEATH = 0.0093, 0.0076
"""[1/day]"""
DOSE_PARTS = ((0.0, 0.1), (1.0, 0.3), (2.0, 0.6))
"""Days and shares of the dose."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient.

    Attributes
    ----------
    cytokine_production : (IL-6, IL-10, interferon gamma)
        Per 1e15 pairs of B and effector cell. [pg/mL/day]
    baseline : (IL-6, IL-10, interferon gamma)
        [pg/mL]
    effector_growth, effector_death, to_memory : float
        [1/day], the first per 1e9 B cells.
    killing : float
        Of B cells, per 1e9 effectors. [1/day]
    b_cells, dose : float
        [1e9 cells]
    """

    cytokine_production: tuple[float, float, float]
    baseline: tuple[float, float, float]
    effector_growth: float
    effector_death: float
    to_memory: float
    killing: float
    b_cells: float
    dose: float


UPN1 = Patient((0.0018, 0.0007, 0.0003), (1.7, 4.5, 2.3), 16.16, 23.04, 0.024, 0.19, 4.14, 1.1)
"""Patient UPN1 of the paper."""
UPN3 = Patient((0.006, 0.017, 0.006), (1.0, 0.5, 1.7), 14.40, 1.44, 0.12, 2.21, 0.93, 0.014)
"""Patient UPN3 of the paper."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One patient at m times.

    Attributes
    ----------
    cells : (m,) float
        Effector and memory CAR-T cells in blood. [1e9 cells]
    b_cells : (m,) float
        [1e9 cells]
    cytokines : (m, 3) float
        IL-6, IL-10, interferon gamma. [pg/mL]
    """

    cells: Floats
    b_cells: Floats
    cytokines: Floats


def simulate(patient: Patient, times: ArrayLike) -> Course:
    """Follow a patient from the first part of the dose.

    Parameters
    ----------
    patient : Patient
    times : (m,) numbers
        Rising, from 0 on; at the time of a part of the dose the level is that after it. [day]

    Returns
    -------
    Course
    """
    days = np.asarray(times, np.float64)
    states = np.empty((len(days), 8))
    present = np.array([patient.b_cells, 0.0, 0.0, 0.0, 0.0, *patient.baseline])
    ends = [*(day for day, _ in DOSE_PARTS[1:]), np.inf]
    for (start, share), end in zip(DOSE_PARTS, ends, strict=True):
        present = present + share * patient.dose * (np.arange(8) == 1)
        within = (days >= start) & (days < end)
        stop = max(days[-1], start) if np.isinf(end) else end
        grid = np.unique(np.concatenate([[start], days[within], [stop]])) - start
        solved = solve(lambda state: _rates(patient, state), present[np.newaxis], grid, least=1e-13)[0]
        states[within] = solved[np.searchsorted(grid, days[within] - start)]
        present = solved[-1]
    return Course(states[:, 1] + states[:, 3], states[:, 0], states[:, 5:])


def _rates(patient: Patient, states: Floats) -> Floats:
    """Change of B cells, effectors in blood and tissue, memory in blood and tissue, cytokines; (n, 8)."""
    b_cells, effector, tissue_effector, memory, tissue_memory = states[:, :5].T
    cytokines = states[:, 5:]
    antigen = b_cells / (b_cells + HALF_ANTIGEN)
    turned = patient.to_memory * effector * (1.0 - antigen) - MEMORY_RETURN * memory * antigen
    effector_moved = TO_TISSUE * effector - FROM_TISSUE * tissue_effector
    memory_moved = TO_TISSUE * memory - FROM_TISSUE * tissue_memory
    inhibited = INTERFERON_FLOOR + (1.0 - INTERFERON_FLOOR) * HALF_INHIBITION / (cytokines[:, 1] + HALF_INHIBITION)
    made = 1e6 * (b_cells * effector)[:, np.newaxis] * np.array(patient.cytokine_production)
    made[:, 2] *= inhibited
    growth = patient.effector_growth * b_cells - patient.effector_death
    cells = [
        (B_CELL_GROWTH - B_CELL_DEATH - patient.killing * effector) * b_cells,
        growth * effector - effector_moved - turned,
        effector_moved,
        (MEMORY_GROWTH - MEMORY_DEATH) * memory - memory_moved + turned,
        memory_moved,
    ]
    return np.column_stack([*cells, CYTOKINE_LOSS * (np.array(patient.baseline) - cytokines) + made])
