"""Clinical assessments of a virtual trial: scores, grades, serology, kidney and doses at its visits."""

from dataclasses import dataclass

import numpy as np

from carpk.endpoints.renal import egfr_from_creatinine
from carpk.models.simulate import Booleans
from carpk.profiles import Floats
from carpk.sample_data import disease as lupus
from carpk.sample_data import laboratory
from carpk.sample_data.description import Trial, Written
from carpk.sample_data.patients import Patients, Texts
from carpk.sample_data.scores import drugs, grades, items_by_visit, scores


@dataclass(frozen=True, eq=False, slots=True)
class Assessed:
    """What was assessed of n patients at k visits.

    Attributes
    ----------
    days : (n, k) float
        Actual days.
    held : (n, k) bool
        The visit took place.
    numbers : dict of (n, k) float
        By assessment key, in the unit that carpk keeps; NaN where nothing was planned.
    grades : dict of (n, k) text
        By assessment key.
    nephritis : (n,) bool
        Proteinuria at baseline.
    height : (n,) float
        [cm]
    """

    days: Floats
    held: Booleans
    numbers: dict[str, Floats]
    grades: dict[str, Texts]
    nephritis: Booleans
    height: Floats

    def planned(self, written: Written) -> Booleans:
        """Whether a patient should have an assessment at a visit, (n, k)."""
        meant = np.ones_like(self.held) if written.key in self.grades else ~np.isnan(self.numbers[written.key])
        if written.nephritis_only:
            meant[:, 1:] &= self.nephritis[:, np.newaxis]
        return meant


def simulate(trial: Trial, patients: Patients, days: Floats, held: Booleans) -> Assessed:
    """Assess a trial's patients at visits of which the days are given, (n, k); numbers of the plan's own seed only."""
    rng = np.random.default_rng(np.random.SeedSequence(trial.assessments.seed))
    for_height, for_disease, for_levels, for_items, for_pga, for_drugs = rng.spawn(6)
    height = laboratory.height_of(patients, for_height)
    disease = lupus.simulate(trial, patients, days, for_disease)
    levels = laboratory.simulate(disease, patients, height, for_levels)
    items = items_by_visit(disease, levels, for_items)
    numbers = levels | scores(items, disease, held, for_pga) | drugs(disease, patients, days, for_drugs)
    numbers["egfr_before_flare"] = _filtration_before(numbers["creatinine"], patients, height)
    return Assessed(days, held, numbers, grades(items, disease), disease.has("proteinuria"), height)


def _filtration_before(creatinine: Floats, patients: Patients, height: Floats) -> Floats:
    """Filtration before the flare, recorded at baseline: that of a creatinine lower by a tenth [mL/min/1.73 m2]."""
    female = (patients.sex == "F").astype(np.float64)
    before = np.full_like(creatinine, np.nan)
    before[:, 0] = np.round(egfr_from_creatinine(0.9 * creatinine[:, 0], patients.age, female, height))
    return before
