"""The virtual patients of a sample trial: who they are, their kinetics, and what happens to them. Whole arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carpk.models.simulate import Booleans, draw_patients
from carpk.models.stein import SteinParameters, level
from carpk.profiles import Floats
from carpk.sample_data.description import Trial

Texts = NDArray[np.str_]

_NEVER_EXPANDER = 5e-4  # share of the typical peak that brings every level far below the limit
_SHARE_FEMALE = 0.88  # lupus is mostly a disease of women


@dataclass(frozen=True, eq=False, slots=True)
class Patients:
    """n virtual patients; every field but the kinetics is an array of n, days count from the first infusion.

    Attributes
    ----------
    subject, cohort, sex, biopsy_class : text
    dose : [cells/kg]
    age, weight, sledai : [year], [kg], [score]
    infusion : days from the trial's first infusion to the patient's
    kinetics, second_kinetics : SteinParameters of the first and of the second infusion
    second_infusion, drop_out : day, infinite where it never comes
    crs_grade : 0 to 3
    crs, tocilizumab, corticosteroid : day, NaN where there is none
    """

    subject: Texts
    cohort: Texts
    sex: Texts
    biopsy_class: Texts
    dose: Floats
    age: Floats
    weight: Floats
    sledai: Floats
    infusion: Floats
    kinetics: SteinParameters
    second_kinetics: SteinParameters
    second_infusion: Floats
    drop_out: Floats
    crs_grade: Floats
    crs: Floats
    tocilizumab: Floats
    corticosteroid: Floats

    def transgene(self, days: Floats) -> Floats:
        """CAR transgene at each patient's days, (n, m), both infusions added [copies/ug]."""
        since_second = days - self.second_infusion[:, np.newaxis]
        return level(self.kinetics, days) + level(self.second_kinetics, since_second)


def draw(trial: Trial, rng: np.random.Generator) -> Patients:
    """Draw the patients of a trial, dose group by dose group in the order of enrollment."""
    for_covariates, for_kinetics, for_events = rng.spawn(3)
    dose = np.repeat([group.cells_per_kg for group in trial.groups], [group.count for group in trial.groups])
    kinetics, second = _kinetics(trial, dose, for_kinetics)
    grade, crs, tocilizumab, corticosteroid = _toxicity(trial, kinetics, for_events)
    female, age, weight, sledai, biopsy_class = _covariates(trial, for_covariates)
    return Patients(
        subject=np.array([trial.subject_id.format(number + 1) for number in range(trial.count)]),
        cohort=np.repeat([group.label for group in trial.groups], [group.count for group in trial.groups]),
        sex=np.where(female, "F", "M"),
        biopsy_class=biopsy_class,
        dose=dose,
        age=age,
        weight=weight,
        sledai=sledai,
        infusion=_infusion_days(trial, for_events),
        kinetics=kinetics,
        second_kinetics=second,
        second_infusion=_day_of(trial.quirks.second_infusions, trial.count),
        drop_out=_day_of(trial.quirks.drop_outs, trial.count),
        crs_grade=grade,
        crs=crs,
        tocilizumab=tocilizumab,
        corticosteroid=corticosteroid,
    )


def _kinetics(trial: Trial, dose: Floats, rng: np.random.Generator) -> tuple[SteinParameters, SteinParameters]:
    factor = (dose / trial.reference_dose) ** trial.dose_exponent
    for_first, for_second = rng.spawn(2)
    factor[[number - 1 for number in trial.quirks.never_expanders]] = _NEVER_EXPANDER
    first = draw_patients(trial.typical, trial.variability, trial.count, rng=for_first, cmax_factor=factor)
    second = draw_patients(trial.typical, trial.variability, trial.count, rng=for_second, cmax_factor=0.4 * factor)
    return first, second


def _toxicity(
    trial: Trial, kinetics: SteinParameters, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    """Grade and day of CRS, days of tocilizumab and of corticosteroid."""
    severity = np.log(kinetics.cmax) + 0.6 * rng.standard_normal(trial.count)
    rank = np.argsort(np.argsort(severity, kind="stable"), kind="stable")
    grade = np.searchsorted(np.cumsum(trial.crs_grades), rank, side="right").astype(np.float64)
    chance, lead, delay = rng.random((3, trial.count))
    onset = np.where(grade > 0, np.maximum(np.round(kinetics.tmax - 1.5 - 2.5 * lead), 1.0), np.nan)
    treated = (grade >= 2) | ((grade == 1) & (chance < 0.2))
    tocilizumab = np.where(treated, onset + np.floor(1.0 + 2.0 * delay), np.nan)
    corticosteroid = np.where((grade == 3) | ((grade == 2) & (chance < 0.4)), tocilizumab + 1.0, np.nan)
    return grade, onset, tocilizumab, corticosteroid


def _covariates(trial: Trial, rng: np.random.Generator) -> tuple[Booleans, Floats, Floats, Floats, Texts]:
    """Sex, age, weight, SLEDAI-2K score and biopsy class. Children weigh by age, adults by sex."""
    sex, years, points, classes = rng.random((4, trial.count))
    build = rng.standard_normal(trial.count)
    female = sex < _SHARE_FEMALE
    youngest, oldest = trial.age
    age = np.floor(youngest + years * (oldest + 1 - youngest))
    typical_weight = np.where(age < 18, 18.0 + 2.9 * (age - 5.0), np.where(female, 57.0, 68.0))
    least, largest = trial.sledai
    return (
        female,
        age,
        np.round(typical_weight * np.exp(0.13 * build), 1),
        np.floor(least + points * (largest + 1 - least)),
        np.array(trial.biopsy_classes or ("",))[np.floor(classes * max(len(trial.biopsy_classes), 1)).astype(int)],
    )


def _infusion_days(trial: Trial, rng: np.random.Generator) -> Floats:
    """Days from the first infusion of the trial to each: the first and the last are as planned, the rest by chance."""
    between = np.sort(np.floor(rng.random(trial.count - 2) * trial.enrollment))
    return np.concatenate(([0.0], between, [float(trial.enrollment)]))


def _day_of(numbered: tuple[tuple[int, int], ...], count: int) -> Floats:
    days = np.full(count, np.inf)
    for number, day in numbered:
        days[number - 1] = day
    return days
