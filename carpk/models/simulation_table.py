"""simulate: a design in, a Study out; and a Study as one long table, which `read_study` takes."""

import numpy as np
import pandas as pd

from carpk.models.catalog import model as model_named
from carpk.models.design import TrialDesign
from carpk.models.markers import MARKER_ASSAYS, MarkerAssay
from carpk.models.virtual_trial import VirtualTrial, run_virtual_trial
from carpk.profiles import Floats
from carpk.schema import EVENTS, SAMPLES, SUBJECTS, Origin, Study, conform, worded

_STATUSES = ("quantified", "blq", "above_uloq", "missing")


def simulate(
    model: str = "stein",
    subjects: int | None = None,
    *,
    design: TrialDesign,
    rng: np.random.Generator,
) -> Study:
    """Simulate a trial.

    Parameters
    ----------
    model : str
        One of `carpk.models.catalog.MODELS`, of the whole course.
    subjects : int, optional
        Patients in each cohort, in place of the design's numbers.
    design : TrialDesign
    rng : numpy.random.Generator
        One state gives one trial.

    Returns
    -------
    Study
        With every visit before a patient's drop-out, missed ones as samples of status ``missing``; its title says that
        it is synthetic. A sample of day 0 precedes the infusion.

    Raises
    ------
    RulesError
        The model cannot be simulated by this design.

    Examples
    --------
    >>> import numpy as np
    >>> design = TrialDesign(cohorts=[{"name": "low", "dose": 1e5, "subjects": 3}], visits=[0, 7, 14, 28], lloq=50)
    >>> simulate(design=design, rng=np.random.default_rng(1))
    Study('SYNTHETIC: simulated trial', 3 subjects, 12 samples, 3 events, analytes ['car_t_qpcr'], times in day)
    """
    trial = run_virtual_trial(design, model_named(model), subjects=subjects, rng=rng)
    names = _subject_names(len(trial.patients))
    return Study(
        subjects=_subjects(trial, names),
        samples=_samples(trial, names),
        events=_events(trial, names),
        origins=(Origin(f"simulation of {model}"),),
        title=f"SYNTHETIC: {design.title}",
    )


def _subject_names(count: int) -> list[str]:
    digits = max(3, len(str(count)))
    return [f"S{number:0{digits}d}" for number in range(1, count + 1)]


def _subjects(trial: VirtualTrial, names: list[str]) -> pd.DataFrame:
    cohorts, place = trial.design.cohorts, trial.patients.cohort
    table = pd.DataFrame(
        {
            "subject": names,
            "cohort": worded([cohort.name for cohort in cohorts], place),
            "dose": np.array([cohort.dose for cohort in cohorts])[place],
            "dose_unit": trial.design.dose_unit,
        }
    )
    if trial.design.markers is not None:
        table["crs_grade"] = trial.crs_grade
    return conform(table, SUBJECTS)


def _samples(trial: VirtualTrial, names: list[str]) -> pd.DataFrame:
    """List what was due, by subject, analyte and day."""
    car_t = MarkerAssay("blood", "copies/ug", trial.design.lloq, np.nan, trial.design.residual_sd)
    assays = {"car_t_qpcr": car_t, **MARKER_ASSAYS}
    visits = [f"Day {day:g}" for day in trial.planned]
    parts = []
    for order, (analyte, levels) in enumerate(trial.sampled.items()):
        patient, visit = np.nonzero(trial.due[:, levels.columns])
        column = levels.columns[visit]
        measured, assay = levels.measured, assays[analyte]
        below, above = measured.below[patient, visit], measured.above[patient, visit]
        missed = ~trial.held[patient, column]
        status = np.select([missed, below, above], [3, 1, 2], 0)
        part = pd.DataFrame(
            {
                "subject": worded(names, patient),
                "analyte": worded([analyte], np.zeros(len(patient))),
                "matrix": worded([assay.matrix], np.zeros(len(patient))),
                "time": trial.days[patient, column],
                "nominal_time": trial.planned[column],
                "visit": worded(visits, column),
                "value": np.where(status == 0, measured.levels[patient, visit], np.nan),
                "status": worded(_STATUSES, status),
                "lloq": assay.lloq,
                "uloq": assay.uloq,
                "unit": worded([assay.unit], np.zeros(len(patient))),
            }
        )
        parts.append(part.assign(patient=patient, order=order))
    together = pd.concat(parts, ignore_index=True)
    rows = np.lexsort((together["time"], together["order"], together["patient"]))
    return conform(together.iloc[rows].drop(columns=["patient", "order"]).reset_index(drop=True), SAMPLES)


def _events(trial: VirtualTrial, names: list[str]) -> pd.DataFrame:
    """List what happened to each subject, by day; nothing from the drop-out on."""
    happened: dict[str, Floats] = {"infusion": np.zeros(len(names))}
    if trial.design.markers is not None:
        happened["lymphodepletion"] = np.full(len(names), trial.design.markers.lymphodepletion_day)
        happened["crs"] = trial.crs
    happened["tocilizumab"] = trial.patients.tocilizumab
    happened = {event: np.where(day <= trial.drop_out, day, np.nan) for event, day in happened.items()}
    happened["drop_out"] = np.where(np.isfinite(trial.drop_out), trial.drop_out, np.nan)
    days = np.stack(list(happened.values()), axis=1)
    patient, event = np.nonzero(~np.isnan(days))
    grades = np.nan_to_num(trial.crs_grade[patient]).astype(int)
    is_crs = event == list(happened).index("crs") if "crs" in happened else np.zeros(len(event), np.bool_)
    table = pd.DataFrame(
        {
            "subject": worded(names, patient),
            "event": worded(list(happened), event),
            "time": days[patient, event],
            "detail": worded(["", "grade 1", "grade 2", "grade 3"], np.where(is_crs, grades, 0)),
        }
    )
    return conform(table.iloc[np.lexsort((table["time"], patient))].reset_index(drop=True), EVENTS)


def trial_table(study: Study) -> pd.DataFrame:
    """Lay a simulated study out as one long table, a row a sample, with what is known of the subject on each.

    `read_study` reads it back: a level below the limit stands as ``<`` and the limit, one above as ``>``, a missed one
    as an empty cell; each event has a column with its day.
    """
    samples = study.samples
    shown = samples["value"].map(repr).where(samples["status"] == "quantified", "")
    shown = shown.mask(samples["status"] == "blq", "<" + samples["lloq"].map("{:g}".format))
    shown = shown.mask(samples["status"] == "above_uloq", ">" + samples["uloq"].map("{:g}".format))
    subjects = study.subjects.drop(columns=["weight", "infusion_date"])
    events = study.events[study.events["event"] != "infusion"]
    days = events.pivot(index="subject", columns="event", values="time")  # noqa: PD010 - no mean
    days.columns = pd.Index([f"{event}_day" for event in days.columns])
    table = pd.DataFrame(
        {
            "study": study.title,
            "subject": samples["subject"],
            "visit": samples["visit"],
            "nominal_day": samples["nominal_time"],
            "day": samples["time"],
            "analyte": samples["analyte"],
            "matrix": samples["matrix"],
            "value": shown,
            "unit": samples["unit"],
            "lloq": samples["lloq"],
            "uloq": samples["uloq"],
        }
    )
    return table.merge(subjects, on="subject", how="left").merge(days.reset_index(), on="subject", how="left")
