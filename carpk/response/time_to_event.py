"""Time to an event of every subject, from intervals between samples: curves and medians by group."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import CarpkError, RulesError, did_you_mean
from carpk.response.persistence import kaplan_meier, median_interval, median_time, turnbull

_GROUPINGS = ("cohort", "dose")
_GROUP = ["cohort", "analyte", "matrix"]
_ALL = "All"
_NOT_GIVEN = "not given"


@dataclass(frozen=True, eq=False)
class TimeToEvent:
    """When an event came in each cohort, as far as samples tell.

    Attributes
    ----------
    event : {"loss", "recovery"}
        Loss of the transgene, or recovery of the B cells.
    subjects : DataFrame
        One row per subject, analyte and matrix: subject, cohort, analyte, matrix, the interval `left`, `right` in which
        the event came (`right` infinite where it was not seen), `event` (True where it was seen), `time` (of the sample
        that shows it, or without one the end of follow-up), `censoring` ("interval": it was seen; "right": it was not;
        "never": never at risk), `reason` (code of carpk.reasons: why it was not seen, and for those never at risk why
        not), `flags` (codes); further columns say what the event rests on.
    curves : DataFrame
        Kaplan-Meier, the event standing where it was seen, which is as late as it can be: cohort, analyte, matrix,
        time, survival, low, high (95 %, log-log; NaN where survival is 1 or 0), at_risk (just before the time), events,
        censored.
    turnbull : DataFrame
        The estimate from the intervals: cohort, analyte, matrix, left, right, mass (share of events in the interval),
        survival (share without the event after it).
    medians : DataFrame
        One row per cohort, analyte and matrix: `N` subjects, `never` at risk, `n` at risk, `events`, `censored`,
        `median` with `low` and `high` (95 %, from the log-log limits of the curve; NaN where not reached), `left` and
        `right` (interval that holds the Turnbull median; `right` infinite where it is not reached), `reason` (code of
        carpk.reasons, where there is no median).
    cohorts : tuple of str
        Groups, by rising dose, then by name.
    time_unit, title : str
        As in the study.
    """

    event: str
    subjects: pd.DataFrame
    curves: pd.DataFrame
    turnbull: pd.DataFrame
    medians: pd.DataFrame
    cohorts: tuple[str, ...]
    time_unit: str
    title: str

    def __repr__(self) -> str:
        counts = self.subjects["censoring"].value_counts()
        said = ", ".join(
            f"{counts.get(kind, 0)} {words}"
            for kind, words in (("interval", "seen"), ("right", "censored"), ("never", "never at risk"))
        )
        return f"TimeToEvent({self.event}, {len(self.subjects)} profiles: {said}; {len(self.cohorts)} groups)"


def check_grouping(by: str | None, function: str) -> None:
    """Refuse a grouping that there is not.

    Raises
    ------
    RulesError
        Subjects cannot be grouped in that way.
    """
    if by is not None and by not in _GROUPINGS:
        hint = did_you_mean(str(by), _GROUPINGS)
        raise RulesError(f"{function}: by must be one of {[*_GROUPINGS, None]}; got {by!r}.{hint}")


def group_names(cohort: "pd.Series[str]", dose: "pd.Series[float]", by: str | None) -> "pd.Series[str]":
    """Name the group of every row."""
    named = cohort if by == "cohort" else dose.map(_dose_name) if by else cohort.map(_as_all)
    return named.astype("str")


def _dose_name(dose: float) -> str:
    return _NOT_GIVEN if np.isnan(dose) else f"{dose:.12g}"


def _as_all(_: str) -> str:
    return _ALL


def time_to_event(
    subjects: pd.DataFrame, dose: "pd.Series[float]", *, event: str, time_unit: str, title: str
) -> TimeToEvent:
    """Estimate, by group, analyte and matrix, when an event came.

    Parameters
    ----------
    subjects : DataFrame
        As in `TimeToEvent.subjects`.
    dose : Series
        Of each row of `subjects`; it orders the groups.
    event : {"loss", "recovery"}
    time_unit, title : str
        As in the study.

    Raises
    ------
    CarpkError
        The estimate from the intervals does not converge.
    """
    lowest = dose.groupby(subjects["cohort"].to_numpy(), sort=True).min()
    cohorts = tuple(str(name) for name in lowest.sort_values(kind="stable").index)
    curves, intervals, medians = [], [], []
    for key, profiles in subjects.groupby(["analyte", "matrix"], sort=False):
        analyte, matrix = map(str, key)
        for cohort in cohorts:
            group = profiles[profiles["cohort"] == cohort]
            curve, interval, median = _estimates(group)
            curves.append(curve.assign(cohort=cohort, analyte=analyte, matrix=matrix))
            intervals.append(interval.assign(cohort=cohort, analyte=analyte, matrix=matrix))
            medians.append({"cohort": cohort, "analyte": analyte, "matrix": matrix, **median})
    return TimeToEvent(
        event=event,
        subjects=subjects,
        curves=_stacked(curves, ["time", "survival", "low", "high", "at_risk", "events", "censored"]),
        turnbull=_stacked(intervals, ["left", "right", "mass", "survival"]),
        medians=pd.DataFrame(medians, columns=None if medians else [*_GROUP, *_MEDIAN_COLUMNS]),
        cohorts=cohorts,
        time_unit=time_unit,
        title=title,
    )


_MEDIAN_COLUMNS = ("N", "never", "n", "events", "censored", "median", "low", "high", "left", "right", "reason")


def _stacked(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=[*_GROUP, *columns])
    return pd.concat(parts, ignore_index=True)[[*_GROUP, *columns]]


def _estimates(group: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Estimate one group's curve, intervals and median."""
    followed = group[group["censoring"] != "never"]
    time, event = followed["time"].to_numpy(np.float64), followed["event"].to_numpy(np.bool_)
    curve = kaplan_meier(time, event)
    parts = ("time", "survival", "low", "high", "at_risk", "events", "censored")
    found = turnbull(followed["left"].to_numpy(np.float64), followed["right"].to_numpy(np.float64))
    if not found.converged:
        raise CarpkError(f"the Turnbull estimate of {len(followed)} subjects did not converge.")
    intervals = pd.DataFrame({"left": found.left, "right": found.right, "mass": found.mass, "survival": found.after})
    middle, low, high = median_time(curve)
    earliest, latest = median_interval(found)
    nobody = "NO_SUBJECT_AT_RISK" if followed.empty else ""
    median = {
        "N": len(group),
        "never": len(group) - len(followed),
        "n": len(followed),
        "events": int(event.sum()),
        "censored": int((~event).sum()),
        "median": middle,
        "low": low,
        "high": high,
        "left": earliest,
        "right": latest,
        "reason": nobody or ("MEDIAN_NOT_REACHED" if np.isnan(middle) else ""),
    }
    return pd.DataFrame({name: getattr(curve, name) for name in parts}), intervals, median
