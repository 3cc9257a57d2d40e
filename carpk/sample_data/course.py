"""What a virtual trial yields: visits with their actual days, and what the laboratory measures. Whole arrays."""

from dataclasses import dataclass

import numpy as np

from carpk.models.markers import simulate_markers
from carpk.models.simulate import Booleans, Measurements, add_residual_error, censor, move_visits
from carpk.profiles import Floats
from carpk.sample_data import assessments
from carpk.sample_data.assessments import Assessed
from carpk.sample_data.description import Assay, Trial
from carpk.sample_data.markers import reactions
from carpk.sample_data.patients import Patients, draw

_WINDOW_FROM_DAY = np.array([-99, 0, 1, 7, 21, 28, 60, 90, 180])
_WINDOW = np.array([1.5, 0.0, 0.3, 1.4, 2.0, 2.4, 5.0, 8.0, 14.0])  # days a visit may be off, from those days on
_CELLS_PER_COPY = 0.004  # CAR-T cells/uL where the transgene stands at 1 copy/ug


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """A trial as it went.

    Attributes
    ----------
    trial, patients : Trial, Patients
    days : (n, m) array
        Actual day of each patient's m planned visits.
    held : (n, m) bool array
        The visit took place before the drop-out and the data cutoff and was not missed.
    measured : dict of Measurements
        By analyte key, (n, m) each.
    assessed : Assessed
    """

    trial: Trial
    patients: Patients
    days: Floats
    held: Booleans
    measured: dict[str, Measurements]
    assessed: Assessed


def simulate(trial: Trial) -> Course:
    """Run a trial from its description alone; the same description gives the same numbers."""
    rng = np.random.default_rng(np.random.SeedSequence(trial.seed))
    for_patients, for_visits, for_flow, for_markers, for_errors = rng.spawn(5)
    patients = draw(trial, for_patients)
    days = _actual_days(trial, for_visits)
    held = _held(trial, patients, days, trial.planned_days)
    transgene = patients.transgene(days)
    flow = transgene * (_CELLS_PER_COPY * np.exp(0.35 * for_flow.standard_normal(trial.count)))[:, np.newaxis]
    levels = {"car_t_qpcr": transgene, "car_t_flow": flow} | simulate_markers(
        reactions(trial, patients), days, for_markers
    )
    measured = {
        assay.key: _measure(trial, assay, levels[assay.key], stream)
        for assay, stream in zip(trial.assays, for_errors.spawn(len(trial.assays)), strict=True)
    }
    return Course(trial, patients, days, held, measured, _assessed(trial, patients, days))


def _assessed(trial: Trial, patients: Patients, days: Floats) -> Assessed:
    """Assess at the visits of the samples; where none is planned, on the planned day."""
    planned = trial.assessments.days
    actual = dict(zip(trial.planned_days, days.T, strict=True))
    of_visits = np.stack([actual.get(day, np.full(trial.count, float(day))) for day in planned], axis=1)
    return assessments.simulate(trial, patients, of_visits, _held(trial, patients, of_visits, planned))


def _actual_days(trial: Trial, rng: np.random.Generator) -> Floats:
    """Planned days moved within their windows, but where the description settles the day."""
    planned = np.array(trial.planned_days, np.float64)
    window = _WINDOW[np.searchsorted(_WINDOW_FROM_DAY, planned, side="right") - 1]
    days = move_visits(planned, window, trial.count, decimals=trial.day_decimals, rng=rng)
    for number, day, actual in trial.quirks.moved_visits:
        days[number - 1, trial.planned_days.index(day)] = actual
    return days


def _held(trial: Trial, patients: Patients, days: Floats, planned: tuple[int, ...]) -> Booleans:
    until = np.minimum(trial.cutoff - patients.infusion, patients.drop_out - 1.0)
    held: Booleans = days <= until[:, np.newaxis]
    for number, day in trial.quirks.missed_visits:
        held[number - 1, np.equal(planned, day)] = False
    return held


def _measure(trial: Trial, assay: Assay, levels: Floats, rng: np.random.Generator) -> Measurements:
    measured = add_residual_error(levels * assay.per_base_unit, assay.residual_sd, rng=rng)
    if assay.key == "car_t_qpcr":
        for number, day in trial.quirks.embedded_blq:
            measured[number - 1, trial.planned_days.index(day)] = 0.5 * assay.lloq
    return censor(measured, lloq=assay.lloq, uloq=np.inf if assay.uloq is None else assay.uloq)


def planned_mask(trial: Trial, assay: Assay) -> Booleans:
    """Whether an assay is planned on each of the trial's planned days, (m,)."""
    return np.isin(trial.planned_days, assay.days)
