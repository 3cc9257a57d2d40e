"""adverse_event_table: a study in, subjects with each adverse event by cohort and highest grade out."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from carpk.errors import RulesError, did_you_mean
from carpk.io.grades import grade_of
from carpk.io.study import as_study
from carpk.profiles import Integers
from carpk.response.adverse_events import GRADES, EventCounts, count_events
from carpk.response.proportions import clopper_pearson
from carpk.response.time_to_event import check_grouping, group_names
from carpk.schema import Study
from carpk.terms import Event, event
from carpk.units import conversion_factor

_COUNTED = ("adverse event", "syndrome")
_SEVERE = 3


def adverse_event_table(
    data: Study | pd.DataFrame,
    *,
    by: str | None = "cohort",
    since: float = 0.0,
    leave_out: Sequence[str] = (),
    level: float = 0.95,
    time_unit: str = "day",
) -> pd.DataFrame:
    """Count the subjects of each cohort who had each adverse event, by highest grade.

    Events under words that carpk does not know count as adverse events; treatments and what belongs to a subject's
    course (infusions, drop-out, death) do not. Names that differ in case and blanks only are one event. Events of grade
    0 are none; those without a time count.

    Parameters
    ----------
    data : Study or DataFrame
        A DataFrame as `carpk.run_nca` takes it.
    by : {"cohort", "dose"} or None
        What tells the groups apart; None makes one group, "All".
    since : float
        Events before this time do not count [day].
    leave_out : sequence of str
        Names of events that are no adverse events, such as "Discharge".
    level : float
        Of the exact confidence intervals of the percentages.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.

    Returns
    -------
    DataFrame
        One row per event, cohort and grade, the most frequent event first, every cohort among them:

        - event, kind : its name, and "adverse event" or "syndrome" (CRS, ICANS)
        - cohort, N : the group and all its subjects
        - grade : highest grade of a subject: "any", "1" to "5", "3 or higher", or "not known"
        - n, percent, low, high : subjects with it, as a share of N, and its confidence limits [%]
        - events : all events of this name in the cohort, several of a subject counted each, whatever their grade
        - maybe_higher : subjects of whom another event of this name has no grade, so that the highest may be higher

    Raises
    ------
    DataError
        The data cannot be understood.
    RulesError
        Subjects cannot be grouped in that way, or an event to leave out is not in the study.

    References
    ----------
    Intervals: Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    check_grouping(by, "adverse_event_table")
    study = as_study(data, time_unit=time_unit)
    subjects = study.subjects
    groups = group_names(subjects["cohort"], subjects["dose"], by)
    cohorts = list(subjects["dose"].groupby(groups).min().sort_values(kind="stable").index)
    events = _adverse_events(study, since * conversion_factor("day", study.time_unit), leave_out)
    names = list(dict.fromkeys(events["name"]))
    counts = count_events(
        subject=pd.Index(subjects["subject"]).get_indexer(events["subject"]),
        kind=pd.Index(names).get_indexer(events["name"]),
        grade=events["grade"],
        cohort=pd.Index(cohorts).get_indexer(groups),
        kinds=len(names),
        cohorts=len(cohorts),
    )
    order = np.lexsort((names, -counts.events.sum(axis=1), -counts.subjects.sum(axis=1)))
    spelled = events.drop_duplicates("name")["event"].iloc[order]
    return _tidy(counts, [event(str(word)) for word in spelled], cohorts, order, level)


def _adverse_events(study: Study, since: float, leave_out: Sequence[str]) -> pd.DataFrame:
    """Events that count, with the name that tells them apart and their grade."""
    events = study.events
    events = events.assign(name=events["event"].map(_same_name), grade=events["detail"].map(grade_of))
    left_out = {_same_name(word) for word in leave_out}
    for word in sorted(left_out - set(events["name"])):
        hint = did_you_mean(word, events["event"].unique())
        raise RulesError(f"adverse_event_table: leave_out names {word!r}, and the study has no such event.{hint}")
    counted = events["event"].map(lambda word: event(word).kind in _COUNTED).astype(bool)
    earlier = events["time"] < since
    return events[counted & ~earlier & (events["grade"] != 0) & ~events["name"].isin(left_out)]


def _same_name(word: str) -> str:
    return " ".join(word.casefold().split())


def _tidy(counts: EventCounts, kinds: list[Event], cohorts: list[str], order: Integers, level: float) -> pd.DataFrame:
    """Lay the counts out: event by event in this order, cohort by cohort, grade by grade."""
    by_grade = {
        "any": counts.subjects,
        **{str(grade): counts.by_grade[..., place] for place, grade in enumerate(GRADES)},
        f"{_SEVERE} or higher": counts.at_least(_SEVERE),
        "not known": counts.grade_unknown,
    }
    width, height = len(by_grade), len(kinds)
    subjects = np.stack(list(by_grade.values()), axis=-1)[order].ravel()
    total = np.tile(np.repeat(counts.cohort_size, width), height)
    share = clopper_pearson(subjects, total, level=level)
    return pd.DataFrame(
        {
            "event": np.repeat(np.array([kind.label for kind in kinds], dtype=object), width * len(cohorts)),
            "kind": np.repeat(np.array([kind.kind for kind in kinds], dtype=object), width * len(cohorts)),
            "cohort": np.tile(np.repeat(np.array(cohorts, dtype=object), width), height),
            "grade": np.tile(np.array(list(by_grade), dtype=object), height * len(cohorts)),
            "n": subjects,
            "N": total,
            "percent": 100 * share.share,
            "low": 100 * share.low,
            "high": 100 * share.high,
            "events": np.repeat(counts.events[order].ravel(), width),
            "maybe_higher": np.repeat(counts.maybe_higher[order].ravel(), width),
        }
    )
