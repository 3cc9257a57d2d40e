"""What events say of every subject: grades, onset and duration of CRS and ICANS, when treatments were first given."""

from dataclasses import replace

import numpy as np
import pandas as pd

from carpk.io.grades import grade_of, grade_words
from carpk.nca.profile_table import course_ends
from carpk.profiles import Floats
from carpk.reasons import REASON_CODES
from carpk.response.assessment import Stated
from carpk.response.episodes import courses_of_given
from carpk.response.treatments import treatment_times
from carpk.schema import Study
from carpk.units import conversion_factor

SYNDROMES = ("crs", "icans")
TREATMENTS = ("tocilizumab", "corticosteroid", "anakinra")


def event_rows(study: Study) -> pd.DataFrame:
    """List grade, onset and duration of syndromes, and first dose and number of doses of treatments.

    Only events that the study records for anybody are reported, for then their absence in a subject says something.
    The highest grade is the larger of what events and the subjects' covariate (``crs_grade``) give; a duration counts
    the first and the last day. Doses before the infusion, such as premedication, do not count, nor do CRS and ICANS
    after a second infusion or the like.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        subject, cohort, dose, analyte (the key of the event), parameter, value, reason; every subject is in it.
    """
    recorded = set(study.events["event"])
    parts = [_syndrome(study, key) for key in SYNDROMES if key in recorded or f"{key}_grade" in study.subjects.columns]
    parts += [_treatment(study, key) for key in TREATMENTS if key in recorded]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _syndrome(study: Study, key: str) -> pd.DataFrame:
    """Take highest grade, onset and resolution as recorded; a grade 0 of the subjects beside an event is none.

    Records of grade 0 say that the event was not there. The end counts where no record begins after it.
    """
    subjects, day = study.subjects["subject"], conversion_factor("day", study.time_unit)
    own, ends = _in_course(study, key), _in_course(study, f"{key}_end")
    told = own["detail"].map(grade_of).astype("float64")
    by_event = subjects.map(told.groupby(own["subject"]).max()).to_numpy(np.float64)
    grade = np.fmax(by_event, _covariate(study, f"{key}_grade"))
    there = own[told != 0]
    begins = there.groupby("subject")["time"]
    onset, last, end = (
        np.floor(subjects.map(times).to_numpy(np.float64) / day)
        for times in (begins.min(), begins.max(), ends.groupby("subject")["time"].max())
    )
    happened = subjects.isin(there["subject"]).to_numpy()
    course = courses_of_given(
        maximum=np.where(happened & (grade == 0), np.nan, grade),
        onset=onset,
        resolution=np.where(happened & ~(end < last), end, np.nan),
        followed=np.nan,
    )
    days = {"onset_time": course.onset, "duration": course.duration}
    in_unit = {name: replace(stated, value=stated.value * day) for name, stated in days.items()}
    return _stacked(study, key, {"grade_max": course.maximum} | in_unit)


def _in_course(study: Study, key: str) -> pd.DataFrame:
    """Events of one kind that do not belong to a second infusion or the like."""
    own = study.events[study.events["event"] == key]
    return own[~(own["time"] >= course_ends(study, own))]


def _covariate(study: Study, name: str) -> Floats:
    if name not in study.subjects:
        return np.full(len(study.subjects), np.nan)
    numbers = pd.to_numeric(study.subjects[name], errors="coerce").to_numpy(np.float64)
    said = np.array([grade_of(grade_words(str(cell))) for cell in study.subjects[name]])
    return np.where(np.isnan(numbers), said, numbers)


def _treatment(study: Study, key: str) -> pd.DataFrame:
    own = study.events[study.events["event"] == key]
    subjects = pd.Index(study.subjects["subject"])
    times = treatment_times(
        subject=subjects.get_indexer(own["subject"]), time=own["time"].to_numpy(np.float64), subjects=len(subjects)
    )
    counted = Stated(times.doses.astype(np.float64), np.zeros(len(subjects), np.int64))
    return _stacked(study, key, {"first_time": times.first, "doses": counted})


def _stacked(study: Study, key: str, columns: dict[str, Stated]) -> pd.DataFrame:
    """One row per subject and parameter, subject by subject."""
    count, width = len(study.subjects), len(columns)
    value = np.stack([stated.value for stated in columns.values()], axis=1).ravel()
    reason = np.stack([stated.reason for stated in columns.values()], axis=1).ravel()
    people = study.subjects.loc[study.subjects.index.repeat(width), ["subject", "cohort", "dose"]]
    return people.reset_index(drop=True).assign(
        analyte=key,
        parameter=np.tile(np.array(list(columns), dtype=object), count),
        value=value,
        reason=np.array(REASON_CODES, dtype=object)[reason],
    )
