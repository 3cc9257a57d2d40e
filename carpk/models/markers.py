"""B cells, IL-6, CRP and ferritin of virtual patients.

The shapes are made up to look like published lupus trials - B cells gone within about ten days and back after about
four months, IL-6 before CRP before ferritin around the rise of the CAR-T cells, each higher with the CRS grade - and
stand for no model. Whole arrays: patients by times.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from carpk.profiles import Floats

_IL6_BY_GRADE = np.array([6.0, 45.0, 300.0, 3000.0])  # rise above baseline [pg/mL]
_CRP_BY_GRADE = np.array([8.0, 35.0, 100.0, 190.0])  # [mg/L]
_FERRITIN_BY_GRADE = np.array([80.0, 450.0, 2500.0, 14_000.0])  # [ug/L]
_EFFECTIVE_TRANSGENE = 300.0  # level at which CAR-T cells clear B cells at half their full rate [copies/ug]


@dataclass(frozen=True, slots=True)
class MarkerAssay:
    """How a laboratory measures a marker.

    Attributes
    ----------
    matrix, unit : str
    lloq, uloq : float
        Limits of quantification; NaN where there is no upper one. [unit]
    residual_sd : float
        Error of the assay and of the sampling, on the natural logarithm.
    """

    matrix: str
    unit: str
    lloq: float
    uloq: float
    residual_sd: float


MARKER_ASSAYS: Mapping[str, MarkerAssay] = MappingProxyType(
    {
        "b_cells": MarkerAssay("blood", "cells/uL", 1.0, float("nan"), 0.25),
        "il6": MarkerAssay("serum", "pg/mL", 1.5, 5000.0, 0.30),
        "crp": MarkerAssay("serum", "mg/L", 0.5, float("nan"), 0.25),
        "ferritin": MarkerAssay("serum", "ug/L", 5.0, 40_000.0, 0.15),
    }
)
"""What is simulated, in the units of the simulation, with limits and errors that are made up like the courses."""


@dataclass(frozen=True, eq=False, slots=True)
class Reactions:
    """What the markers of n patients react to.

    Attributes
    ----------
    transgene : function of (g,) or (n, g) days
        Level of the first infusion's CAR transgene, (n, g). [copies/ug]
    cmax, tmax : (n,) float
        Its peak. [copies/ug], [day]
    typical_cmax : float
        [copies/ug]
    crs_grade : (n,) float
        0 to 3.
    crs, tocilizumab : (n,) float
        Day; NaN where there is none.
    second_infusion : (n,) float
        Day; infinite where there is none.
    b_cell_return : float
        Typical day on which B cells are halfway back. [day]
    lymphodepletion_day : float
        First day of fludarabine and cyclophosphamide. [day]
    """

    transgene: Callable[[Floats], Floats]
    cmax: Floats
    tmax: Floats
    typical_cmax: float
    crs_grade: Floats
    crs: Floats
    tocilizumab: Floats
    second_infusion: Floats
    b_cell_return: float
    lymphodepletion_day: float

    def __len__(self) -> int:
        return len(self.cmax)


def simulate_markers(patients: Reactions, days: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Levels of the four markers by analyte key at each patient's days, (n, m).

    B cells in cells/uL, IL-6 in pg/mL, CRP in mg/L, ferritin in ug/L.
    """
    for_b_cells, for_il6, for_crp, for_ferritin = rng.spawn(4)
    return {
        "b_cells": _b_cells(patients, days, for_b_cells),
        "il6": _il6(patients, days, for_il6),
        "crp": _crp(patients, days, for_crp),
        "ferritin": _ferritin(patients, days, for_ferritin),
    }


def _column(values: ArrayLike) -> Floats:
    return np.asarray(values, np.float64)[:, np.newaxis]


def _b_cells(patients: Reactions, days: Floats, rng: np.random.Generator) -> Floats:
    """Fall with lymphodepletion, cleared once CAR-T cells expand, return along a logistic curve."""
    deviation = rng.standard_normal((3, len(patients)))
    baseline = 140.0 * np.exp(0.4 * deviation[0])
    peak_share = patients.cmax / patients.typical_cmax
    expanded = peak_share > 0.01
    halfway_back = np.where(expanded, patients.b_cell_return * peak_share**0.1, 35.0) * np.exp(0.25 * deviation[1])
    plateau = 0.75 * baseline * np.exp(0.3 * deviation[2])
    from_chemotherapy = 0.25 * np.clip(days - patients.lymphodepletion_day, 0.0, 12.0)
    falling = _column(baseline) * np.exp(-from_chemotherapy - _kill(patients, days))
    pace = np.where(expanded, 13.0, 8.0)
    returned = _column(plateau) / (1.0 + np.exp(np.minimum((_column(halfway_back) - days) / _column(pace), 500.0)))
    since_second = days - _column(patients.second_infusion)
    cleared_again = np.where(since_second > 5.0, 0.002, 1.0)
    back_again = _column(0.6 * plateau) / (1.0 + np.exp(np.clip((100.0 - since_second) / 13.0, -500.0, 500.0)))
    return falling + returned * cleared_again + np.where(since_second > 0.0, back_again, 0.0)


def _kill(patients: Reactions, days: Floats) -> Floats:
    """Add up the killing by CAR-T cells since the infusion, in half days up to day 60."""
    grid = np.arange(0.0, 60.0, 0.5)
    transgene = patients.transgene(grid)
    rate = 1.3 * transgene / (transgene + _EFFECTIVE_TRANSGENE)
    accumulated = np.concatenate((np.zeros((len(rate), 1)), np.cumsum(0.5 * rate, axis=1)), axis=1)
    reached = np.clip(np.floor(days / 0.5), 0, len(grid)).astype(int)
    return np.take_along_axis(accumulated, reached, axis=1)


def _wave(patients: Reactions, days: Floats, *, lag: float, rise: float, fall: float) -> Floats:
    """Return a wave of height 1 around the onset of CRS, or shortly before Tmax in patients without."""
    quiet = patients.tmax - 1.0
    top = _column(np.where(np.isnan(patients.crs), quiet, patients.crs + 1.5)) + lag
    wave: Floats = np.exp(-0.5 * ((days - top) / np.where(days < top, rise, fall)) ** 2)
    return wave


def _height(by_grade: Floats, patients: Reactions, deviation: Floats) -> Floats:
    expanded = patients.cmax > 100.0
    return _column(by_grade[patients.crs_grade.astype(int)] * np.exp(deviation) * expanded)


def _since_tocilizumab(patients: Reactions, days: Floats) -> Floats:
    """Days since tocilizumab; infinite before it and where none was given."""
    since = days - _column(np.where(np.isnan(patients.tocilizumab), np.inf, patients.tocilizumab))
    return np.where(since >= 0.0, since, np.inf)


def _il6(patients: Reactions, days: Floats, rng: np.random.Generator) -> Floats:
    """IL-6; it rises after tocilizumab, which blocks the receptor that clears it."""
    deviation = rng.standard_normal((2, len(patients)))
    baseline = _column(2.6 * np.exp(0.5 * deviation[0]))
    wave = _height(_IL6_BY_GRADE, patients, 0.4 * deviation[1]) * _wave(patients, days, lag=0.0, rise=1.6, fall=2.6)
    return (baseline + wave) * (1.0 + 6.0 * np.exp(-_since_tocilizumab(patients, days) / 5.0))


def _crp(patients: Reactions, days: Floats, rng: np.random.Generator) -> Floats:
    """CRP; tocilizumab suppresses it within days, for about three weeks."""
    deviation = rng.standard_normal((2, len(patients)))
    baseline = _column(3.0 * np.exp(0.8 * deviation[0]))
    since = _since_tocilizumab(patients, days)
    suppressed = 0.93 * -np.expm1(-since / 2.0) * np.exp(-((since / 20.0) ** 3))
    wave = _height(_CRP_BY_GRADE, patients, 0.3 * deviation[1]) * _wave(patients, days, lag=0.8, rise=1.8, fall=3.5)
    return (baseline + wave) * (1.0 - suppressed)


def _ferritin(patients: Reactions, days: Floats, rng: np.random.Generator) -> Floats:
    """Ferritin, the last to rise and the slowest to fall."""
    deviation = rng.standard_normal((2, len(patients)))
    baseline = _column(210.0 * np.exp(0.6 * deviation[0]))
    wave = _height(_FERRITIN_BY_GRADE, patients, 0.4 * deviation[1]) * _wave(
        patients, days, lag=2.0, rise=2.2, fall=8.0
    )
    return baseline + wave
