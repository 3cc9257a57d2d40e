"""What events and graded days say of every subject: grades, onset and duration of CRS and ICANS, first treatments."""

from dataclasses import replace

import numpy as np
import pandas as pd

from carpk.io.grades import grade_of, grade_words
from carpk.nca.profile_table import course_ends
from carpk.profiles import Floats
from carpk.reasons import REASON_CODES, flag_bit, flag_cell, sentence
from carpk.response.answers import Answer, exact
from carpk.response.assessment import Stated
from carpk.response.episodes import courses_of_given
from carpk.response.graded_courses import contradicted, follow_graded, take_recorded
from carpk.response.grading_table import METHOD
from carpk.response.subject_numbers import subject_numbers
from carpk.response.treatments import treatment_times
from carpk.schema import LOG, PARAMETERS, Study, conform, empty
from carpk.terms import term
from carpk.units import conversion_factor

SYNDROMES = ("crs", "icans")
TREATMENTS = ("tocilizumab", "corticosteroid", "anakinra")
_RECORDED = "as recorded"


def event_rows(study: Study, grades: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List grade, onset and duration of syndromes, and first dose and number of doses of treatments.

    Only events that the study records for anybody are reported, for then their absence in a subject says something.
    The recorded grade is the larger of what events and the subjects' covariate (``crs_grade``) give; a duration counts
    the first and the last day. Where a subject has days graded from components, these count, and the recorded number
    stands only where they leave it open. Doses before the infusion, such as premedication, do not count, nor do CRS
    and ICANS after a second infusion or the like.

    Parameters
    ----------
    study : Study
    grades : DataFrame of schema.GRADES
        Of `carpk.response.grading_table.grade_records`.

    Returns
    -------
    rows : DataFrame
        Columns as in carpk.schema.PARAMETERS, with the key of the event as analyte; every subject is in it.
    log : DataFrame of schema.LOG
        Where the recorded highest grade is not that of the components.
    """
    recorded, graded = set(study.events["event"]), set(grades["analyte"])
    parts, log = [], []
    for key in SYNDROMES:
        if key in recorded or key in graded or f"{key}_grade" in study.subjects.columns:
            rows, lines = _syndrome(study, key, grades[grades["analyte"] == key])
            parts.append(rows)
            log.append(lines)
    parts += [_treatment(study, key) for key in TREATMENTS if key in recorded]
    return pd.concat([empty(PARAMETERS), *parts], ignore_index=True), pd.concat([empty(LOG), *log], ignore_index=True)


def _syndrome(study: Study, key: str, grades: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the course from graded days where there are any that decide it, else as recorded."""
    recorded, graded = _recorded(study, key), _graded(study, grades)
    taken = {name: take_recorded(graded[name], recorded[name]) for name in recorded}
    differ = contradicted(graded["grade_max"], recorded["grade_max"])
    answers = {
        name: Answer(
            value=np.where(taken[name], given.value, graded[name].value),
            low=np.where(taken[name], np.nan, graded[name].low),
            high=np.where(taken[name], np.nan, graded[name].high),
            reason=np.where(taken[name], given.reason, graded[name].reason),
            flags=np.where(differ & (name == "grade_max"), flag_bit("GRADES_DIFFER"), 0),
        )
        for name, given in recorded.items()
    }
    rows = _stacked(study, key, answers)
    from_components = np.stack([~taken[name] for name in answers], axis=1).ravel()
    rows["method"] = np.where(from_components, METHOD, _RECORDED)
    return rows, _differences(study, key, differ, recorded["grade_max"], graded["grade_max"])


def _recorded(study: Study, key: str) -> dict[str, Stated]:
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
    return {"grade_max": course.maximum} | in_unit


def _in_course(study: Study, key: str) -> pd.DataFrame:
    """Events of one kind that do not belong to a second infusion or the like."""
    own = study.events[study.events["event"] == key]
    return own[~(own["time"] >= course_ends(study, own))]


def _graded(study: Study, grades: pd.DataFrame) -> dict[str, Answer]:
    """Follow the graded days of every subject; times in the study's unit."""
    number = subject_numbers(study, grades["subject"])
    order = np.argsort(number, kind="stable")
    day, least, greatest = (grades[name].to_numpy(np.float64)[order] for name in ("time", "least", "greatest"))
    offsets = np.searchsorted(number[order], np.arange(len(study.subjects) + 1))
    answers = follow_graded(day=day, least=least, greatest=greatest, offsets=offsets)
    one_day = conversion_factor("day", study.time_unit)
    return {name: answer if name == "grade_max" else answer.scaled(one_day) for name, answer in answers.items()}


def _differences(study: Study, key: str, differ: np.ndarray, recorded: Stated, graded: Answer) -> pd.DataFrame:
    """Say for whom the recorded highest grade is not that of the components."""
    lines = [
        (
            study.subjects["subject"].iloc[row],
            f"{sentence('GRADES_DIFFER')} Recorded: {recorded.value[row]:g}; from components: {_shown(graded, row)}.",
        )
        for row in map(int, np.flatnonzero(differ))
    ]
    table = pd.DataFrame(lines, columns=["subject", "detail"])
    return conform(table.assign(stage="response", analyte=key, code="GRADES_DIFFER"), LOG)


def _shown(graded: Answer, row: int) -> str:
    if graded.reason[row] == 0:
        return f"{graded.value[row]:g}"
    return f"between {graded.low[row]:g} and {graded.high[row]:g}"


def _covariate(study: Study, name: str) -> Floats:
    if name not in study.subjects:
        return np.full(len(study.subjects), np.nan)
    numbers = pd.to_numeric(study.subjects[name], errors="coerce").to_numpy(np.float64)
    said = np.array([grade_of(grade_words(str(cell))) for cell in study.subjects[name]])
    return np.where(np.isnan(numbers), said, numbers)


def _treatment(study: Study, key: str) -> pd.DataFrame:
    own = study.events[study.events["event"] == key]
    times = treatment_times(
        subject=subject_numbers(study, own["subject"]),
        time=own["time"].to_numpy(np.float64),
        subjects=len(study.subjects),
    )
    answers = {
        "first_time": exact(times.first.value, times.first.reason),
        "doses": exact(times.doses.astype(np.float64), np.zeros(len(study.subjects), np.int64)),
    }
    return _stacked(study, key, answers).assign(method=_RECORDED)


def _stacked(study: Study, key: str, answers: dict[str, Answer]) -> pd.DataFrame:
    """One row per subject and parameter, subject by subject."""
    count, width = len(study.subjects), len(answers)

    def column(part: str) -> np.ndarray:
        return np.stack([getattr(answer, part) for answer in answers.values()], axis=1).ravel()

    people = study.subjects.loc[study.subjects.index.repeat(width), ["subject", "cohort", "dose"]]
    sets, place = np.unique(column("flags"), return_inverse=True)
    table = people.reset_index(drop=True).assign(
        analyte=key,
        source="response",
        parameter=np.tile(np.array(list(answers), dtype=object), count),
        value=column("value"),
        low=column("low"),
        high=column("high"),
        unit=np.tile(np.array([term(name).unit("", study.time_unit) for name in answers], dtype=object), count),
        reason=np.array(REASON_CODES, dtype=object)[column("reason")],
        flags=np.array([flag_cell(int(bits)) for bits in sets], dtype=object)[place],
    )
    return conform(table, PARAMETERS)
