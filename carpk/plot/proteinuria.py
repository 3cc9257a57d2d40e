"""The change of proteinuria in each patient with nephritis."""

from typing import Literal

import pandas as pd
from matplotlib.axes import Axes

from carpk.endpoints.names import endpoint_label
from carpk.endpoints.table import EndpointResult, run_endpoints
from carpk.io.study import as_study
from carpk.plot import axes, gaps, marks, style
from carpk.plot.changes import bar_entries, change_axis, draw_bar, name_bars
from carpk.plot.placement import one_of
from carpk.plot.trajectories import numbers_in
from carpk.schema import Study

Chosen = Literal["best", "last"]
_CHOSEN = {"best": "largest fall", "last": "last visit"}
MEASURES = ("upcr", "proteinuria_24h")
"""Measures of proteinuria, in the order in which they are preferred."""

_FULL_FALL = -100.0


@style.in_style
def proteinuria_waterfall(
    study: Study | pd.DataFrame, *, chosen: Chosen = "last", result: EndpointResult | None = None, ax: Axes
) -> Axes:
    """Draw the change of proteinuria from baseline, one bar a patient, sorted.

    Proteinuria is what renal responses look at or, where the study has no such numbers, the other measure. Drawn are
    patients whose proteinuria at baseline is above the level from which renal responses apply; the legend
    counts the others. What is missing is counted under the axis.

    Parameters
    ----------
    study : Study or DataFrame
    chosen : {"last", "best"}
        Change at the last visit that has one, or the largest fall at any visit.
    result : EndpointResult, optional
        Of the same study; computed with its own defaults, if not given.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The study has no proteinuria.
    """
    one_of("chosen", chosen, list(_CHOSEN))
    study = as_study(study)
    result = result or run_endpoints(study)
    measure = _measure(result)
    people = _changes(study, result, measure, chosen)
    healthy = people["baseline"] <= result.rules.nephritis_from
    bars = people[~healthy].dropna(subset="change")
    bars = bars.sort_values(["change", "subject"], ascending=[False, True], kind="stable")
    looks = style.cohort_looks(study.cohorts)
    axes.trim(ax)
    change_axis(ax, pd.concat([bars["change"], pd.Series([_FULL_FALL])]), 0.0, logarithmic=False)
    for place, (change, cohort) in enumerate(zip(bars["change"], bars["cohort"], strict=True)):
        draw_bar(ax, place, 0.0, float(change), "", looks[str(cohort)])
    name_bars(ax, bars["subject"].tolist())
    missing = gaps.missing_lines(ax, people[~healthy & people["change"].isna()], list(looks))
    label = f"{endpoint_label(measure)}, {_CHOSEN[chosen]} (% change from baseline)"
    axes.label_axes(ax, x="\n".join(["Patient", *missing]), y=label)
    low = f"{int(healthy.sum())} with at most {result.rules.nephritis_from:g} at baseline: not drawn"
    marks.legend_above(ax, [*bar_entries(bars, looks), *([marks.note_entry(low)] if healthy.any() else [])])
    return ax


def _measure(result: EndpointResult) -> str:
    """Choose what renal responses look at or, where the study has no such numbers, what it has."""
    known = numbers_in(result)
    preferred = MEASURES[::-1] if result.rules.proteinuria == "24h" else MEASURES
    return one_of("proteinuria", next((key for key in preferred if key in known), preferred[0]), known)


def _changes(study: Study, result: EndpointResult, measure: str, chosen: Chosen) -> pd.DataFrame:
    """Baseline and change of every patient, with the reason where there is no change."""
    own = result.visits[result.visits["endpoint"] == measure].sort_values(["subject", "time"], kind="stable")
    changes = own[own["component"] == "percent_change"]
    known = changes.dropna(subset="value").groupby("subject")["value"]
    reasons = changes[changes["value"].isna()].groupby("subject")["reason"].last()
    change = known.min() if chosen == "best" else known.last()
    people = study.subjects[["subject", "cohort"]]
    return people.assign(
        baseline=people["subject"].map(_baselines(own, changes)),
        change=people["subject"].map(change),
        reason=reasons.reindex(people["subject"], fill_value="NOT_ASSESSED").to_numpy(object),
    )


def _baselines(own: pd.DataFrame, changes: pd.DataFrame) -> "pd.Series[float]":
    """Last value of each patient before the first visit that has a change, as the changes have it."""
    first = own["subject"].map(changes.groupby("subject")["time"].min())
    before = own[(own["component"] == "") & own["value"].notna() & ~(own["time"] >= first)]
    return before.groupby("subject")["value"].last()
