"""What events say of every subject: grades, onset and duration of CRS and ICANS, when treatments were first given."""

import re

import numpy as np
import pandas as pd

from carpk.profiles import Floats
from carpk.schema import Study

SYNDROMES = ("crs", "icans")
TREATMENTS = ("tocilizumab", "corticosteroid", "anakinra")
_GRADE = r"grade\s*(\d)"


def event_rows(study: Study) -> pd.DataFrame:
    """List grade, onset and duration of syndromes, and first dose and number of doses of treatments.

    Only events that the study records for anybody are reported, for then their absence in a subject says something.
    The highest grade is the larger of what events and the subjects' covariate (``crs_grade``) give.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        subject, cohort, dose, analyte (the key of the event), parameter, value, reason, low, high; every subject is in
        it.
    """
    recorded = set(study.events["event"])
    parts = [_syndrome(study, key) for key in SYNDROMES if key in recorded or f"{key}_grade" in study.subjects.columns]
    parts += [_treatment(study, key) for key in TREATMENTS if key in recorded]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _syndrome(study: Study, key: str) -> pd.DataFrame:
    subjects = study.subjects["subject"]
    own = study.events[study.events["event"] == key]
    told = own["detail"].str.extract(_GRADE, flags=re.IGNORECASE)[0].astype("float64")
    by_event = subjects.map(told.groupby(own["subject"]).max()).to_numpy(np.float64)
    given = _covariate(study, f"{key}_grade")
    grade = np.fmax(by_event, given)
    happened = subjects.isin(own["subject"]).to_numpy()
    onset = subjects.map(own.groupby("subject")["time"].min()).to_numpy(np.float64)
    ends = study.events[study.events["event"] == f"{key}_end"]
    end = subjects.map(ends.groupby("subject")["time"].max()).to_numpy(np.float64)
    free = grade == 0
    no_grade = np.where(happened | (grade > 0), "GRADE_UNKNOWN", "NO_EVENT")
    duration = end - onset
    unseen = happened & ~(duration >= 0)
    return _stacked(
        study,
        key,
        {
            "grade_max": (grade, np.where(np.isnan(grade), no_grade, "")),
            "onset_time": (onset, np.where(np.isnan(onset), "NO_EVENT", "")),
            "duration": (np.where(unseen, np.nan, duration), np.where(unseen & ~free, "END_UNKNOWN", "NO_EVENT")),
        },
    )


def _covariate(study: Study, name: str) -> Floats:
    if name not in study.subjects:
        return np.full(len(study.subjects), np.nan)
    return pd.to_numeric(study.subjects[name], errors="coerce").to_numpy(np.float64)


def _treatment(study: Study, key: str) -> pd.DataFrame:
    subjects = study.subjects["subject"]
    own = study.events[study.events["event"] == key]
    first: Floats = subjects.map(own.groupby("subject")["time"].min()).to_numpy(np.float64)
    doses = np.asarray(subjects.map(own["subject"].value_counts()).fillna(0), np.float64)
    undated = np.where(doses > 0, "TIME_UNKNOWN", "NOT_GIVEN")
    return _stacked(
        study,
        key,
        {
            "first_time": (first, np.where(np.isnan(first), undated, "")),
            "doses": (doses, np.full(len(doses), "", dtype=object)),
        },
    )


def _stacked(study: Study, key: str, columns: dict[str, tuple[Floats, np.ndarray]]) -> pd.DataFrame:
    """One row per subject and parameter, subject by subject; a reason stands only where there is no value."""
    count, width = len(study.subjects), len(columns)
    value = np.stack([values for values, _ in columns.values()], axis=1).ravel()
    reason = np.stack([reasons for _, reasons in columns.values()], axis=1).ravel()
    people = study.subjects.loc[study.subjects.index.repeat(width), ["subject", "cohort", "dose"]]
    return people.reset_index(drop=True).assign(
        analyte=key,
        parameter=np.tile(np.array(list(columns), dtype=object), count),
        value=value,
        reason=np.where(np.isnan(value), reason, ""),
    )
