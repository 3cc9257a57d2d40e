"""Levels of groups at each time: which samples meet, geometric means, medians and quartiles."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.schema import Study
from carpk.terms import EVENTS
from carpk.units import conversion_factor

FEWEST = 3
"""Patients that a mean or median with its spread needs; fewer are shown one by one."""

_BELOW = ("below", "below_unknown", "negative")
_ABOVE = ("above", "above_unknown")
_GROUP = ["cohort", "time"]


@dataclass(frozen=True, eq=False)
class Met:
    """Samples at the times at which a group's samples meet.

    Attributes
    ----------
    points : DataFrame
        As in Profiles, `time` being the planned one.
    after_course : int
        Samples left out because the patient's course had ended with a second infusion or the like.
    unplanned : int
        Samples left out because they have no planned time.
    """

    points: pd.DataFrame
    after_course: int
    unplanned: int

    def notes(self) -> list[str]:
        """Say what is left out."""
        left_out = ((self.after_course, "after a second infusion"), (self.unplanned, "without a planned time"))
        return [f"{count} {why} left out" for count, why in left_out if count]


def meet(points: pd.DataFrame, study: Study, until: float | None) -> Met:
    """Bring samples together at their planned times, up to the end of each patient's course and up to a day."""
    ending = study.events[study.events["event"].isin([key for key, event in EVENTS.items() if event.ends_course])]
    ends = points["subject"].map(ending.groupby("subject")["time"].min()).to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        after_course = points["time"].to_numpy() >= ends
    moved = points.assign(time=planned_times(points[~after_course]).reindex(points.index))
    seen = np.ones(len(points), np.bool_)
    if until is not None:
        shown_time = moved["time"].fillna(points["nominal_time"]).fillna(points["time"])
        seen = (shown_time <= until * conversion_factor("day", study.time_unit)).to_numpy()
    unplanned = moved["time"].isna().to_numpy() & ~after_course
    kept = moved[seen & ~after_course & ~unplanned]
    return Met(kept, int((seen & after_course).sum()), int((seen & unplanned).sum()))


def planned_times(points: pd.DataFrame) -> "pd.Series[float]":
    """Nominal time; or, where no sample has one, the median time of its visit; its own where there are no visits.

    A visit that a patient has twice, such as "unscheduled", is no planned time.
    """
    if points["nominal_time"].notna().any():
        return points["nominal_time"]
    if not (points["visit"] != "").any():
        return points["time"]
    visits = points.groupby("visit")
    twice = points[points.duplicated(["subject", "visit"])]["visit"]
    times = visits["time"].median().drop([*{*twice, ""} & set(points["visit"])])
    return points["visit"].map(times).astype(np.float64)


def geometric_means(points: pd.DataFrame) -> pd.DataFrame:
    """Average the levels of each cohort at each time, one below the limit being half the limit.

    Returns
    -------
    DataFrame
        cohort, time, n, mean and spread (geometric), limit (largest of those that levels are below) and shown:
        ``mean``, ``below`` (more than half are below the limit), ``each`` (fewer than three patients) or ``nothing``
        (a level stands outside a limit not given, so there is no mean).
    """
    table: pd.DataFrame = (
        _of_patients(points)
        .groupby(_GROUP, as_index=False)
        .agg(
            n=("subject", "size"),
            known=("logarithm", "count"),
            below=("below", "sum"),
            center=("logarithm", "mean"),
            scatter=("logarithm", "std"),
            limit=("limit", "max"),
        )
    )
    conditions = [table["n"] < FEWEST, 2 * table["below"] > table["n"], table["known"] < table["n"]]
    table["shown"] = np.select(conditions, ["each", "below", "nothing"], "mean")
    table["mean"] = np.exp(table["center"].where(table["shown"] == "mean"))
    table["spread"] = np.exp(table["scatter"].where(table["shown"] == "mean"))
    return table[[*_GROUP, "n", "mean", "spread", "limit", "shown"]]


def _of_patients(points: pd.DataFrame) -> pd.DataFrame:
    """One number for each patient at each time: levels that share both are averaged, on the log scale."""
    halved = np.where(points["mark"] == "below", points["level"] / 2, points["level"])
    counted = points.assign(
        logarithm=np.log(halved),
        below=points["mark"].isin(_BELOW),
        above=points["mark"].isin(_ABOVE),
        limit=points["level"].where(points["mark"] == "below"),
        ceiling=points["level"].where(points["mark"] == "above"),
    )
    patients = counted.groupby([*_GROUP, "subject"], as_index=False)
    collapsed: pd.DataFrame = patients.agg(
        logarithm=("logarithm", lambda values: values.mean(skipna=False)),
        below=("below", "all"),
        above=("above", "any"),
        limit=("limit", "max"),
        ceiling=("ceiling", "max"),
    )
    return collapsed


def medians(points: pd.DataFrame) -> pd.DataFrame:
    """Find the median and the quartiles of the levels of each cohort at each time, for three patients and more.

    A median with a level outside the limits in its middle is known only to lie there: its `mark` says so, and its
    `level` is the limit. A quartile outside the limits is given as the limit; NaN where that is not known.

    Returns
    -------
    DataFrame
        cohort, time, n, level (the median), mark (a key of MARKS), low and high (the quartiles).
    """
    rows = []
    for (cohort, time), group in _of_patients(points).groupby(_GROUP):
        if len(group) >= FEWEST:
            rows.append({"cohort": cohort, "time": time, "n": len(group), **_middle(group)})
    table = pd.DataFrame(rows, columns=[*_GROUP, "n", "level", "mark", "low", "high"])
    return table.astype({"cohort": "str", "mark": "str", **dict.fromkeys(("time", "level", "low", "high"), np.float64)})


def _middle(group: pd.DataFrame) -> dict[str, float | str]:
    ends = {-np.inf: float(group["limit"].max()), np.inf: float(group["ceiling"].max())}
    below, above = group["below"].to_numpy(), group["above"].to_numpy()
    levels = np.select([below, above], [-np.inf, np.inf], np.exp(group["logarithm"].to_numpy()))
    low = float(np.quantile(levels, 0.25, method="lower"))
    high = float(np.quantile(levels, 0.75, method="higher"))
    quartiles = {"low": ends.get(low, low), "high": ends.get(high, high)}
    for outside, end, mark in ((below, -np.inf, "below"), (above, np.inf, "above")):
        if 2 * outside.sum() >= len(group):
            return {"level": ends[end], "mark": f"{mark}_unknown" if np.isnan(ends[end]) else mark, **quartiles}
    return {"level": float(np.median(levels)), "mark": "quantified", **quartiles}
