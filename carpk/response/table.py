"""run_persistence: noncompartmental results in, the time to loss of the transgene by cohort out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import CarpkError, RulesError, did_you_mean
from carpk.nca.table import NcaResult
from carpk.reasons import split_flags
from carpk.response.persistence import kaplan_meier, median_interval, median_time, turnbull

_GROUPINGS = ("cohort", "dose")
_KEYS = ["subject", "analyte", "matrix"]
_GROUP = ["cohort", "analyte", "matrix"]
_ALL = "All"
_NOT_GIVEN = "not given"


@dataclass(frozen=True, eq=False)
class Persistence:
    """How long the transgene lasts in each cohort.

    The event is the loss: the first level below the limit after the last quantified one (Tbql). It lies in the interval
    (Tlast, Tbql], since when between the two samples it came is not known; without it, in (Tlast, infinity).

    Attributes
    ----------
    subjects : DataFrame
        One row per subject, analyte and matrix: subject, cohort, analyte, matrix, `tlast`, `tbql`, the interval `left`,
        `right`, `event` (True where the loss was seen), `time` (Tbql, or without it the last sample, which is Tlast),
        `censoring` ("interval": the loss was seen; "right": it was not; "never": never at risk), `reason` (code of
        carpk.reasons: why there is no Tbql, and for those never at risk why not), `flags` ("CENSORED_AT" where samples
        after a second infusion or the like are left out).
    curves : DataFrame
        Kaplan-Meier, a loss standing at Tbql, which is as late as it can be: cohort, analyte, matrix, time, survival,
        low, high (95 %, log-log; NaN where survival is 1 or 0), at_risk (just before the time), events, censored.
    turnbull : DataFrame
        The estimate from the intervals: cohort, analyte, matrix, left, right, mass (share of losses in the interval),
        survival (share without a loss after it).
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
            for kind, words in (("interval", "lost"), ("right", "censored"), ("never", "never at risk"))
        )
        return f"Persistence({len(self.subjects)} profiles: {said}; {len(self.cohorts)} groups)"


def run_persistence(nca: NcaResult, *, by: str | None = "cohort") -> Persistence:
    """Estimate how long the transgene stays quantifiable, by cohort.

    Subjects of whom no level after the infusion was quantified, or whose profile was refused, have nothing to lose:
    they are not at risk, but named with their reason and counted. A course that ended with a second infusion or the
    like is followed to the last sample before it.

    Parameters
    ----------
    nca : NcaResult
        Tlast and Tbql are taken from it, and with them its rules.
    by : {"cohort", "dose"} or None
        What tells the groups apart; None makes one group, "All".

    Returns
    -------
    Persistence
        Every subject is in it.

    Raises
    ------
    RulesError
        Subjects cannot be grouped in that way.
    """
    if by is not None and by not in _GROUPINGS:
        raise RulesError(
            f"run_persistence: by must be one of {[*_GROUPINGS, None]}; got {by!r}.{did_you_mean(str(by), _GROUPINGS)}"
        )
    subjects, cohorts = _grouped(nca, by)
    curves, intervals, medians = [], [], []
    for key, profiles in subjects.groupby(["analyte", "matrix"], sort=False):
        analyte, matrix = map(str, key)
        for cohort in cohorts:
            group = profiles[profiles["cohort"] == cohort]
            curve, interval, median = _estimates(group)
            curves.append(curve.assign(cohort=cohort, analyte=analyte, matrix=matrix))
            intervals.append(interval.assign(cohort=cohort, analyte=analyte, matrix=matrix))
            medians.append({"cohort": cohort, "analyte": analyte, "matrix": matrix, **median})
    return Persistence(
        subjects=subjects,
        curves=_stacked(curves, ["time", "survival", "low", "high", "at_risk", "events", "censored"]),
        turnbull=_stacked(intervals, ["left", "right", "mass", "survival"]),
        medians=pd.DataFrame(medians, columns=None if medians else [*_GROUP, *_MEDIAN_COLUMNS]),
        cohorts=cohorts,
        time_unit=nca.time_unit,
        title=nca.title,
    )


_MEDIAN_COLUMNS = ("N", "never", "n", "events", "censored", "median", "low", "high", "left", "right", "reason")


def _stacked(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not parts:
        return pd.DataFrame(columns=[*_GROUP, *columns])
    return pd.concat(parts, ignore_index=True)[[*_GROUP, *columns]]


def _grouped(nca: NcaResult, by: str | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Follow every profile, and name its group."""
    table = nca.parameters[nca.parameters["source"] == "nca"]
    parts = {key: table[table["parameter"] == key].set_index(_KEYS) for key in ("tfirst", "tlast", "tbql")}
    last, lost = parts["tlast"], parts["tbql"]
    # A level quantified at day 0 alone is not one after the infusion: then Tlast is given, but Tfirst is not.
    no_risk = parts["tfirst"]["reason"].where(parts["tfirst"]["reason"] != "", last["reason"])
    at_risk = no_risk == ""
    tlast, tbql = last["value"].where(at_risk), lost["value"].where(at_risk)
    event = at_risk & tbql.notna()
    cohort = last["cohort"] if by == "cohort" else last["dose"].map(_dose_name) if by else last["cohort"].map(_as_all)
    followed = pd.DataFrame(
        {
            "cohort": cohort.astype("str"),
            "tlast": tlast,
            "tbql": tbql,
            "left": tlast,
            "right": tbql.where(event | ~at_risk, np.inf),
            "event": event,
            "time": tbql.where(event, tlast),
            "censoring": np.select([event, at_risk], ["interval", "right"], "never"),
            "reason": lost["reason"].where(at_risk, no_risk),
            "flags": ["CENSORED_AT" if "CENSORED_AT" in split_flags(cell) else "" for cell in last["flags"]],
        }
    ).reset_index()
    lowest = last["dose"].groupby(followed["cohort"].to_numpy(), sort=True).min()
    cohorts = tuple(str(name) for name in lowest.sort_values(kind="stable").index)
    return followed[["subject", "cohort", "analyte", "matrix", *followed.columns[4:]]], cohorts


def _dose_name(dose: float) -> str:
    return _NOT_GIVEN if np.isnan(dose) else f"{dose:.12g}"


def _as_all(_: str) -> str:
    return _ALL


def _estimates(group: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Estimate one group's curve, intervals and median."""
    followed = group[group["censoring"] != "never"]
    time, event = followed["time"].to_numpy(np.float64), followed["event"].to_numpy(np.bool_)
    curve = kaplan_meier(time, event)
    parts = ("time", "survival", "low", "high", "at_risk", "events", "censored")
    found = turnbull(followed["left"].to_numpy(np.float64), followed["right"].to_numpy(np.float64))
    if not found.converged:
        raise CarpkError(f"run_persistence: the Turnbull estimate of {len(followed)} subjects did not converge.")
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
