"""What events say of every subject: grades, onset and duration of CRS and ICANS, when treatments were first given."""

import re

import numpy as np
import pandas as pd

from carpk.profiles import Floats
from carpk.reasons import REASON_CODES
from carpk.response.assessment import Stated
from carpk.response.episodes import courses_of_given
from carpk.response.treatments import treatment_times
from carpk.schema import Study

SYNDROMES = ("crs", "icans")
TREATMENTS = ("tocilizumab", "corticosteroid", "anakinra")
_GRADE = r"grade\s*(\d)"


def event_rows(study: Study) -> pd.DataFrame:
    """List grade, onset and duration of syndromes, and first dose and number of doses of treatments.

    Only events that the study records for anybody are reported, for then their absence in a subject says something.
    The highest grade is the larger of what events and the subjects' covariate (``crs_grade``) give; a duration counts
    the first and the last day. Doses before the infusion, such as premedication, do not count.

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
    """Take highest grade, onset and resolution as recorded; a grade 0 beside an event is none."""
    subjects = study.subjects["subject"]
    own = study.events[study.events["event"] == key]
    told = own["detail"].str.extract(_GRADE, flags=re.IGNORECASE)[0].astype("float64")
    by_event = subjects.map(told.groupby(own["subject"]).max()).to_numpy(np.float64)
    grade = np.fmax(by_event, _covariate(study, f"{key}_grade"))
    onset = np.floor(subjects.map(own.groupby("subject")["time"].min()).to_numpy(np.float64))
    ends = study.events[study.events["event"] == f"{key}_end"]
    end = np.floor(subjects.map(ends.groupby("subject")["time"].max()).to_numpy(np.float64))
    happened = subjects.isin(own["subject"]).to_numpy()
    end = np.where(happened & (end >= onset), end, np.nan)
    course = courses_of_given(
        maximum=np.where(happened & (grade == 0), np.nan, grade), onset=onset, resolution=end, followed=np.nan
    )
    return _stacked(study, key, {"grade_max": course.maximum, "onset_time": course.onset, "duration": course.duration})


def _covariate(study: Study, name: str) -> Floats:
    if name not in study.subjects:
        return np.full(len(study.subjects), np.nan)
    return pd.to_numeric(study.subjects[name], errors="coerce").to_numpy(np.float64)


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
