"""A study's assessments as arrays: one row per subject and visit, planned visits that were missed among them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.assessments import SAFETY_COMPONENTS
from carpk.endpoints.inputs import Inputs
from carpk.endpoints.sledai import contradictions
from carpk.endpoints.visits import Visits
from carpk.errors import DataError, Finding
from carpk.io.spellings import COVARIATES, compact
from carpk.profiles import Booleans, Floats
from carpk.schema import Study
from carpk.units import conversion_factor

_FEMALE = frozenset({"f", "female", "w", "woman", "\u5973"})
_MALE = frozenset({"m", "male", "man", "\u7537"})
_HEIGHTS = (30.0, 250.0)  # cm
_KEPT_AS_GIVEN = ("anti_dsdna", "ana")


@dataclass(frozen=True, eq=False)
class Gathered:
    """Visits and what was assessed at them.

    Attributes
    ----------
    frame : DataFrame
        One row per visit: subject, cohort, day, nominal, time (all in days, `nominal` NaN for unplanned visits), visit.
    inputs : Inputs
    assessed : (n,) bool
        Whether anything was assessed.
    left : (n,) bool
        Whether the subject had dropped out or died.
    units : dict of str to str
        Unit of each assessment.
    subjects : DataFrame
        subject, cohort and dose, in the order of the numbers in `inputs.visits.subject`.
    """

    frame: pd.DataFrame
    inputs: Inputs
    assessed: Booleans
    left: Booleans
    units: dict[str, str]
    subjects: pd.DataFrame


def gather(study: Study, *, baseline_until: float) -> Gathered:
    """Arrange the assessments of a study by subject and visit.

    A visit is a planned day, or an actual day where none was planned. Planned days are those of any subject; a subject
    has all of them up to its last contact, and all of the study if it dropped out or died.

    Parameters
    ----------
    study : Study
    baseline_until : float
        Last day of baseline. [day]

    Raises
    ------
    DataError
        An assessment was done twice at a visit with different results, units differ, or a score contradicts its items.
    """
    days = conversion_factor("day", study.time_unit)
    subjects = study.subjects[["subject", "cohort", "dose"]].reset_index(drop=True)
    given = _in_days(study, subjects, days)
    _refuse_unlike_units(given)
    given = _once_a_visit(given)
    exits = _first_event(study, ("drop_out", "death"), subjects) / days
    contact = _last_contact(study, given, subjects, days)
    exits = np.where(_without_time(study, subjects), np.nextafter(contact, np.inf), exits)
    frame = _visit_rows(given, subjects, contact, exits, baseline_until)
    number = frame["number"].to_numpy(np.int64)
    rescue = _first_event(study, ("rescue_medication",), subjects) / days
    inputs = _inputs(study, frame, given, rescue, baseline_until)
    _refuse_contradictions(inputs, frame)
    return Gathered(
        frame=frame.drop(columns="number"),
        inputs=inputs,
        assessed=frame["assessed"].to_numpy(bool),
        left=np.asarray(frame["time"].to_numpy() >= exits[number]),
        units=dict(given.drop_duplicates("assessment").set_index("assessment")["unit"]),
        subjects=subjects,
    )


def _in_days(study: Study, subjects: pd.DataFrame, days: float) -> pd.DataFrame:
    """Give every assessment the number of its subject and its day of visit."""
    given = study.assessments[~study.assessments["assessment"].isin(SAFETY_COMPONENTS)]
    numbers = pd.Series(np.arange(len(subjects)), index=subjects["subject"])
    nominal, time = given["nominal_time"] / days, given["time"] / days
    day = nominal.fillna(time)
    given = given.assign(number=given["subject"].map(numbers), nominal=nominal, time=time.fillna(nominal), day=day)
    timeless = given[given["day"].isna()]
    if len(timeless):
        raise DataError(
            [
                Finding("TIME_MISSING", "error", f"Subject {subject!r}: {key} has no time.", row=int(row) or None)
                for subject, key, row in zip(timeless["subject"], timeless["assessment"], timeless["row"], strict=True)
            ]
        )
    return given


def _refuse_unlike_units(given: pd.DataFrame) -> None:
    kinds = given.loc[given["value"].notna(), ["assessment", "unit"]].drop_duplicates()
    unlike = kinds[kinds.duplicated("assessment", keep=False)]
    if len(unlike):
        shown = "; ".join(
            f"{key}: {' and '.join(repr(unit) for unit in units)}"
            for key, units in unlike.groupby("assessment")["unit"]
        )
        raise DataError([Finding("UNITS_DIFFER", "error", f"Assessments come in unlike units, {shown}.")])


def _once_a_visit(given: pd.DataFrame) -> pd.DataFrame:
    """Count what was recorded twice alike once; refuse what was recorded twice and differs."""
    given = given[given["value"].notna() | (given["text"] != "")]
    visit = ["number", "day", "assessment"]
    given = given.drop_duplicates([*visit, "value", "text"])
    twice = given[given.duplicated(visit, keep=False)]
    if len(twice):
        findings = [
            Finding(
                "DUPLICATE_TIMES",
                "error",
                f"Subject {same['subject'].iloc[0]!r}, day {same['day'].iloc[0]:g}: {same['assessment'].iloc[0]} stands"
                f" twice and differs (rows {', '.join(map(str, same['row']))}). Keep one, or give the other its own"
                " planned time.",
                row=int(same["row"].iloc[0]) or None,
            )
            for _, same in twice.groupby(visit, sort=False)
        ]
        raise DataError(findings)
    return given


def _first_event(study: Study, events: tuple[str, ...], subjects: pd.DataFrame) -> Floats:
    """Time of the first of some events of each subject, infinite where there is none."""
    chosen = study.events[study.events["event"].isin(events)]
    first = chosen.groupby("subject")["time"].min()
    return subjects["subject"].map(first).fillna(np.inf).to_numpy(np.float64)


def _without_time(study: Study, subjects: pd.DataFrame) -> Booleans:
    """Find subjects who left at a time that is not given."""
    exits = study.events[study.events["event"].isin(("drop_out", "death"))]
    timed = exits.loc[exits["time"].notna(), "subject"]
    return (subjects["subject"].isin(exits["subject"]) & ~subjects["subject"].isin(timed)).to_numpy(bool)


def _last_contact(study: Study, given: pd.DataFrame, subjects: pd.DataFrame, days: float) -> Floats:
    sampled = study.samples.groupby("subject")["time"].max() / days
    assessed = given.groupby("subject")["day"].max()
    last = pd.concat([subjects["subject"].map(sampled), subjects["subject"].map(assessed)], axis=1).max(axis=1)
    return last.fillna(-np.inf).to_numpy(np.float64)


def _visit_rows(
    given: pd.DataFrame, subjects: pd.DataFrame, contact: Floats, exits: Floats, baseline_until: float
) -> pd.DataFrame:
    """One row per subject and visit: those assessed, and planned ones that were missed or came after the exit."""
    ordered = given.sort_values(["number", "day", "time"], kind="stable")
    visits = ordered.groupby(["number", "day"], as_index=False).agg(
        nominal=("nominal", "first"), time=("time", "first"), visit=("visit", "max")
    )
    schedule = _schedule(given[given["nominal"] > baseline_until], contact, exits)
    frame = pd.concat([visits.assign(assessed=True), schedule.assign(assessed=False)], ignore_index=True)
    frame = frame.drop_duplicates(["number", "day"]).sort_values(["number", "day"], kind="stable", ignore_index=True)
    number = frame["number"].to_numpy(np.int64)
    people = subjects.iloc[number].reset_index(drop=True)
    return frame.assign(number=number, subject=people["subject"], cohort=people["cohort"])


def _schedule(given: pd.DataFrame, contact: Floats, exits: Floats) -> pd.DataFrame:
    """List the planned visits that each subject should have had."""
    labels = given.groupby("nominal")["visit"].max()
    number = np.repeat(np.arange(len(contact)), len(labels))
    day = np.tile(labels.index.to_numpy(np.float64), len(contact))
    due = (day <= contact[number]) | np.isfinite(exits[number])
    visit = np.tile(labels.to_numpy(object), len(contact))
    columns = {"number": number, "day": day, "nominal": day, "time": day, "visit": visit}
    return pd.DataFrame({name: values[due] for name, values in columns.items()})


def _inputs(study: Study, frame: pd.DataFrame, given: pd.DataFrame, rescue: Floats, baseline_until: float) -> Inputs:
    keys = list(dict.fromkeys(given["assessment"]))
    columns = {key: position for position, key in enumerate(keys)}
    places = pd.Series(np.arange(len(frame)), index=pd.MultiIndex.from_frame(frame[["number", "day"]]))
    row = places.reindex(pd.MultiIndex.from_frame(given[["number", "day"]])).to_numpy(np.int64)
    column = given["assessment"].map(columns).to_numpy(np.int64)
    tables = {name: np.full((len(frame), len(keys)), np.nan) for name in ("value", "lln", "uln")}
    for name, table in tables.items():
        table[row, column] = given[name].to_numpy(np.float64)
    texts = np.full((len(frame), len(keys)), "", dtype=object)
    texts[row, column] = given["text"].to_numpy(object)
    number = frame["number"].to_numpy(np.int64)
    time = frame["time"].to_numpy(np.float64)
    visits = Visits(number, frame["day"].to_numpy(np.float64), time, baseline_until)
    age, female, height = (values[number] for values in _people(study.subjects))
    return Inputs(
        visits,
        columns,
        tables["value"],
        texts,
        tables["lln"],
        tables["uln"],
        time >= rescue[number],
        age,
        female,
        height,
    )


def _people(subjects: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Age, sex (1 female, 0 male) and height of each subject, NaN where not given or not understood."""
    sex = _covariate(subjects, "sex").astype(str).str.strip().str.casefold()
    female = np.select([sex.isin(_FEMALE), sex.isin(_MALE)], [1.0, 0.0], np.nan)
    age, height = (_numbers(_covariate(subjects, name)) for name in ("age", "height"))
    wrong = (height < _HEIGHTS[0]) | (height > _HEIGHTS[1])
    if wrong.any():
        name = subjects["subject"].iloc[int(np.flatnonzero(wrong)[0])]
        shown = float(height[wrong][0])
        raise DataError(
            [Finding("UNIT_WRONG", "error", f"Subject {name!r}: a height of {shown:g} cannot be in cm; give it in cm.")]
        )
    return age, female, height


def _covariate(subjects: pd.DataFrame, name: str) -> "pd.Series[str]":
    known = [column for column in subjects if column == name or COVARIATES.get(compact(str(column))) == name]
    return subjects[known[0]] if known else pd.Series([""] * len(subjects), index=subjects.index)


def _numbers(given: "pd.Series[str]") -> Floats:
    return pd.to_numeric(given, errors="coerce").to_numpy(np.float64)


def _refuse_contradictions(inputs: Inputs, frame: pd.DataFrame) -> None:
    wrong = contradictions(inputs.sledai_items(), inputs.number("sledai_2k"), inputs.number("sledai_clinical"))
    if wrong.any():
        raise DataError(
            [
                Finding(
                    "SCORE_CONTRADICTS",
                    "error",
                    f"Subject {subject!r}, day {day:g}: the scores of SLEDAI-2K cannot be those of the items, or of"
                    " each other. Correct one of them.",
                )
                for subject, day in zip(frame.loc[wrong, "subject"], frame.loc[wrong, "day"], strict=True)
            ]
        )
