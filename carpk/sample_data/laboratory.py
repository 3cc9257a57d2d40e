"""Complement, anti-dsDNA, proteinuria and creatinine of virtual patients. Whole arrays: patients by visits.

The shapes are made up: each level moves between what it is in active disease and what it is without, as far as the
activity of the disease says, antibodies and proteinuria more slowly. A level is abnormal at baseline exactly where the
patient has that item of SLEDAI-2K.
"""

import numpy as np

from carpk.profiles import Floats
from carpk.sample_data.disease import Disease
from carpk.sample_data.patients import Patients

C3_LOW, C4_LOW = 0.90, 0.10  # lower limits of normal [g/L]
DNA_HIGH = 100.0  # upper limit of normal [IU/mL]
PROTEINURIA = 0.5  # what SLEDAI-2K counts as proteinuria [g/day], and here [g/g]

_ADULT = 18.0


def simulate(disease: Disease, patients: Patients, height: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Levels by assessment key, (n, k), in the units that carpk keeps and with the decimals that are reported."""
    for_complement, for_antibody, for_protein, for_creatinine = rng.spawn(4)
    c3, c4 = _complement(disease, for_complement)
    protein = _proteinuria(disease, for_protein)
    return {
        "c3": c3,
        "c4": c4,
        "anti_dsdna": _anti_dsdna(disease, for_antibody),
        "upcr": protein,
        "proteinuria_24h": protein,
        "creatinine": _creatinine(disease, patients, height, for_creatinine),
    }


def height_of(patients: Patients, rng: np.random.Generator) -> Floats:
    """Draw heights: children grow by 6 cm a year from 109 cm at 5 years, until they are adult [cm]."""
    adult = np.where(patients.sex == "F", 163.0, 175.0)
    typical = np.minimum(109.0 + 6.0 * (patients.age - 5.0), adult)
    return np.round(typical * np.exp(0.03 * rng.standard_normal(len(typical))))


def _between(active: Floats, quiet: Floats, activity: Floats) -> Floats:
    """Go from the level of full activity to that of none."""
    return quiet[:, np.newaxis] + (active - quiet)[:, np.newaxis] * activity


def _uniform(rng: np.random.Generator, low: float, high: float, count: int) -> Floats:
    return low + (high - low) * rng.random(count)


def _with_error(levels: Floats, sd: float, rng: np.random.Generator) -> Floats:
    return levels * np.exp(sd * np.clip(rng.standard_normal(levels.shape), -2.5, 2.5))


def _complement(disease: Disease, rng: np.random.Generator) -> tuple[Floats, Floats]:
    low = disease.has("low_complement")
    found = []
    for active, quiet, error in (((0.40, 0.75), (1.05, 1.40), 0.05), ((0.03, 0.08), (0.14, 0.28), 0.06)):
        normal = _uniform(rng, *quiet, len(low))
        start = np.where(low, _uniform(rng, *active, len(low)), normal)
        found.append(np.round(_with_error(_between(start, normal, disease.activity), error, rng), 2))
    return found[0], found[1]


def _anti_dsdna(disease: Disease, rng: np.random.Generator) -> Floats:
    """Fall by a constant factor for equal steps of activity; in patients without the item it stays low."""
    high = disease.has("dna_binding")
    quiet = _uniform(rng, 6.0, 55.0, len(high))
    active = np.where(high, np.maximum(200.0, 420.0 * np.exp(0.6 * rng.standard_normal(len(high)))), quiet)
    levels = np.exp(_between(np.log(active), np.log(quiet), disease.activity**0.6))
    return np.round(_with_error(levels, 0.12, rng))


def _proteinuria(disease: Disease, rng: np.random.Generator) -> Floats:
    """Protein-creatinine ratio; the same number stands for the protein of 24 hours [g/g]."""
    nephritis = disease.has("proteinuria")
    quiet = _uniform(rng, 0.05, 0.22, len(nephritis))
    active = np.clip(2.4 * np.exp(0.45 * rng.standard_normal(len(nephritis))), 0.9, 6.0)
    levels = _between(np.where(nephritis, active, quiet), quiet, disease.activity**0.75)
    return np.round(_with_error(levels, 0.12, rng), 2)


def _creatinine(disease: Disease, patients: Patients, height: Floats, rng: np.random.Generator) -> Floats:
    """Creatinine of a healthy kidney by sex, or by height in children; up to half more in active nephritis [mg/dL]."""
    count = len(patients.age)
    of_adults = np.where(patients.sex == "F", 0.68, 0.88) * np.exp(0.1 * rng.standard_normal(count))
    of_children = 0.413 * height / _uniform(rng, 95.0, 130.0, count)
    quiet = np.where(patients.age < _ADULT, of_children, of_adults)
    raised = np.where(disease.has("proteinuria"), _uniform(rng, 1.05, 1.5, count), 1.0)
    return np.round(_with_error(_between(quiet * raised, quiet, disease.activity**0.75), 0.04, rng), 2)
