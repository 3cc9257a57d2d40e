"""How active lupus is in virtual patients, and in which items of SLEDAI-2K it shows at baseline.

Made up to look like published lupus trials; it stands for no model. Activity is 1 at baseline, falls to next to nothing
within about half a year where CAR-T cells expand, and hardly where they do not. Whole arrays: patients by visits.
"""

from dataclasses import dataclass

import numpy as np

from carpk.assessments import SLEDAI_ITEMS
from carpk.models.simulate import Booleans
from carpk.profiles import Floats
from carpk.sample_data.description import Trial
from carpk.sample_data.patients import Patients, day_of

ITEMS = tuple(key.removeprefix("sledai_") for key in SLEDAI_ITEMS)
WEIGHTS: Floats = np.array([entry.weight for entry in SLEDAI_ITEMS.values()], np.float64)

_STAYS_WITHOUT_EXPANSION = 0.75  # share of the activity that stays without expansion
_SETTLING = 38.0  # typical time in which activity falls by a factor of e [day]
_CANDIDATES = 4_000  # sets of items drawn for each patient, of which the first with the right score is taken
_FREQUENCY = {
    "arthritis": 0.55, "rash": 0.5, "alopecia": 0.35, "mucosal_ulcers": 0.3, "low_complement": 0.75,
    "dna_binding": 0.75, "proteinuria": 0.35, "hematuria": 0.2, "pyuria": 0.15, "casts": 0.04, "pleurisy": 0.1,
    "pericarditis": 0.08, "vasculitis": 0.08, "fever": 0.1, "leukopenia": 0.2, "thrombocytopenia": 0.12,
    "myositis": 0.03,
}  # fmt: skip
_FREQUENCY_IN_NEPHRITIS = {"proteinuria": 1.0, "hematuria": 0.55, "pyuria": 0.3, "casts": 0.1, "arthritis": 0.35}
_SELDOM = 0.01


@dataclass(frozen=True, eq=False, slots=True)
class Disease:
    """Lupus of n patients at k visits.

    Attributes
    ----------
    activity : (n, k) float
        1 at baseline, 0 for none.
    at_baseline : (n, 24) bool
        Items of SLEDAI-2K, in the order of `ITEMS`; together they make the patient's score.
    """

    activity: Floats
    at_baseline: Booleans

    def has(self, item: str) -> Booleans:
        """Say which patients have an item at baseline, (n,)."""
        return self.at_baseline[:, ITEMS.index(item)]


def simulate(trial: Trial, patients: Patients, days: Floats, rng: np.random.Generator) -> Disease:
    """Let lupus run its course, from the CAR-T cells of each patient and the quirks of the trial."""
    for_activity, for_items = rng.spawn(2)
    return Disease(_activity(trial, patients, days, for_activity), _items(trial, patients, for_items))


def _activity(trial: Trial, patients: Patients, days: Floats, rng: np.random.Generator) -> Floats:
    """Fall exponentially to what stays, with ups and downs; come back with a flare until that is treated."""
    expanded = np.asarray(patients.kinetics.cmax) > 0.01 * trial.typical.cmax
    stays = np.where(expanded, 0.04 * rng.random(trial.count), _STAYS_WITHOUT_EXPANSION)
    for number, share in trial.quirks.partial_responders:
        stays[number - 1] = share
    settling = _SETTLING * np.exp(0.25 * rng.standard_normal(trial.count))
    course = _column(stays) + _column(1.0 - stays) * np.exp(-np.maximum(days, 0.0) / _column(settling))
    since_flare = days - _column(day_of(((number, day) for number, day, _ in trial.quirks.flares), trial.count))
    since_treated = days - _column(day_of(((number, day) for number, _, day in trial.quirks.flares), trial.count))
    flare = -0.7 * np.expm1(-np.maximum(since_flare, 0.0) / 15.0) * np.exp(-np.maximum(since_treated, 0.0) / 30.0)
    ups_and_downs = np.where(days > 0.0, np.exp(0.12 * rng.standard_normal(days.shape)), 1.0)
    return np.minimum((course + flare) * ups_and_downs, 1.0)


def _column(values: Floats) -> Floats:
    return values[:, np.newaxis]


def _items(trial: Trial, patients: Patients, rng: np.random.Generator) -> Booleans:
    """Draw items by how frequent they are, given the score that they must make."""
    frequency = _FREQUENCY | (_FREQUENCY_IN_NEPHRITIS if trial.biopsy_classes else {})
    share = np.array([frequency.get(item, _SELDOM) for item in ITEMS])
    chosen = np.empty((trial.count, len(ITEMS)), bool)
    for index, (score, own) in enumerate(zip(patients.sledai, rng.spawn(trial.count), strict=True)):
        candidates = own.random((_CANDIDATES, len(ITEMS))) < share
        fitting = candidates @ WEIGHTS == score
        if not fitting.any():
            raise ValueError(f"No set of items of SLEDAI-2K was drawn that makes {score:g}; draw more.")
        chosen[index] = candidates[np.argmax(fitting)]
    return chosen
