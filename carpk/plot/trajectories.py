"""Scores, serology and proteinuria over time: every patient, and the mean of each cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.endpoints.names import COMPONENTS, endpoint_label
from carpk.endpoints.table import EndpointResult, run_endpoints
from carpk.io.study import as_study
from carpk.plot import axes, marks, style
from carpk.plot.averages import runs
from carpk.plot.groups import FEWEST
from carpk.plot.individual import cohort_name, time_range, within
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, one_unit, with_details
from carpk.plot.style import Look
from carpk.schema import Study

_LINE, _FIRST_LINE = 9.5, 35.0  # rows of numbers under the axis [pt]
_NAME_WIDTH = 60.0  # [pt]
_NUMBER_GAP = 4.0  # between two numbers of a row [pt]
_LEAST_RANGE = 0.1  # of an axis
_LIMITS = {"anti_dsdna": "uln", "ana": "uln", "c3": "lln", "c4": "lln"}
_DASHED = (0, (4, 2))


@dataclass(frozen=True, eq=False)
class Courses:
    """A number over time that a picture shows.

    Attributes
    ----------
    points : DataFrame
        Rows of the visits of an EndpointResult that have a value, with `limit`: the value is only a limit.
    unplaced : int
        Visits at which something was found, but not enough for a number.
    means : DataFrame
        Rows of the summary of an EndpointResult, of the cohorts drawn.
    looks : dict of str to Look
        Of the cohorts drawn.
    normal : tuple of float
        The limit of normal, or the lowest and the highest where there are several.
    label : str
        For the axis.
    time_unit : str
    """

    points: pd.DataFrame
    unplaced: int
    means: pd.DataFrame
    looks: dict[str, Look]
    normal: tuple[float, ...]
    label: str
    time_unit: str


@style.in_style
def trajectories(
    study: Study | pd.DataFrame,
    *,
    endpoint: str = "sledai_2k",
    component: str = "",
    result: EndpointResult | None = None,
    cohort: str | None = None,
    until: float | None = None,
    ax: Axes,
) -> Axes:
    """Draw a score, level or dose of every patient over time, and the mean of each cohort at its planned visits.

    A mean is drawn where three patients or more have a value; the numbers under the axis say how many have. A value
    that is only a limit is an open marker at that limit. Complement and antibodies show their limit of normal.

    Parameters
    ----------
    study : Study or DataFrame
    endpoint : str
        Key of an endpoint that is a number, such as "sledai_2k", "pga", "c3", "c4", "anti_dsdna" or "upcr".
    component : {"", "change", "percent_change"}
        The number itself, or its change from baseline.
    result : EndpointResult, optional
        Of the same study; computed with its own defaults, if not given.
    cohort : str, optional
        Draw this cohort only, in the color it has among all.
    until : float, optional
        Last day that the axis shows [day].
    ax : Axes
        Where to draw. The legend stands above it, the numbers of patients below.

    Raises
    ------
    RulesError
        The result has no such number or change, or the study no such cohort.
    """
    study = as_study(study)
    shown = courses(study, result or run_endpoints(study), endpoint, component=component, cohort=cohort, until=until)
    draw_courses(ax, shown, span_of_values([shown]))
    axes.time_axis(ax, *time_range(shown.points["time"], until, study.time_unit), study.time_unit)
    axes.label_axes(ax, x=axes.time_label(study.time_unit), y=shown.label)
    if len(shown.means):
        _numbers_below(ax, shown)
    marks.legend_above(ax, [*cohort_entries([shown]), *kind_entries([shown])])
    return ax


def numbers_in(result: EndpointResult) -> list[str]:
    """Endpoints of a result that are numbers, not met or not met."""
    outcomes = set(result.parameters["analyte"])
    return [str(key) for key in result.visits["endpoint"].drop_duplicates() if key not in outcomes]


def courses(
    study: Study,
    result: EndpointResult,
    endpoint: str,
    *,
    component: str = "",
    cohort: str | None = None,
    until: float | None = None,
) -> Courses:
    """Choose a number of all patients, or of one cohort.

    Raises
    ------
    RulesError
        The result has no such number or change, or the study no such cohort.
    """
    visits = result.visits[result.visits["endpoint"] == one_of("endpoint", endpoint, numbers_in(result))]
    visits = visits[visits["component"] == one_of("component", component, visits["component"].drop_duplicates())]
    looks = style.cohort_looks(study.cohorts)
    if cohort is not None:
        looks = {one_of("cohort", cohort, list(looks)): looks[cohort]}
    visits = within(visits[visits["cohort"].isin(list(looks))], until, study.time_unit)
    points = visits[visits["value"].notna()]
    table = result.summary
    means = table[(table["endpoint"] == endpoint) & (table["component"] == component)]
    means = means[means["cohort"].isin(list(looks))].rename(columns={"nominal_time": "time"})
    return Courses(
        points=points.assign(limit=_are_limits(points, study.assessments, endpoint)),
        unplaced=int((visits["reason"] == "INPUT_MISSING").sum()),
        means=within(means.assign(nominal_time=means["time"]), until, study.time_unit),
        looks=looks,
        normal=() if component else _limits_of_normal(study.assessments, endpoint),
        label=_label(endpoint, component, visits["unit"]),
        time_unit=study.time_unit,
    )


def _are_limits(points: pd.DataFrame, assessments: pd.DataFrame, endpoint: str) -> np.ndarray:
    """Say which values were given as below or above a limit."""
    given = assessments[(assessments["assessment"] == endpoint) & assessments["text"].isin(["<", ">"])]
    return np.asarray(_visits(points).isin(_visits(given)))


def _visits(table: pd.DataFrame) -> pd.MultiIndex:
    """Name the visit of each row as endpoints do: by its planned time, or its own where none was planned."""
    return pd.MultiIndex.from_arrays([table["subject"], table["nominal_time"].fillna(table["time"])])


def _limits_of_normal(assessments: pd.DataFrame, endpoint: str) -> tuple[float, ...]:
    if endpoint not in _LIMITS:
        return ()
    given = assessments.loc[assessments["assessment"] == endpoint, _LIMITS[endpoint]].dropna()
    return tuple(sorted({float(given.min()), float(given.max())})) if len(given) else ()


def _label(endpoint: str, component: str, unit: "pd.Series[str]") -> str:
    name = endpoint_label(endpoint)
    if component == "percent_change":
        return with_details(name, ["% change from baseline"])
    details = [COMPONENTS[component].lower() if component else "", units.label(one_unit(endpoint, unit))]
    return with_details(name, [detail for detail in details if detail])


def span_of_values(every: Sequence[Courses]) -> axes.Span:
    """Range of the plain axis on which all these are seen, zero among them."""
    parts = [part for shown in every for part in (shown.points["value"], pd.Series(shown.normal, dtype=np.float64))]
    return axes.span_of([], *parts, pd.Series([0.0]), logarithmic=False)


def draw_courses(ax: Axes, shown: Courses, span: axes.Span, *, named: bool = True) -> None:
    """Draw the patients, the means and the limit of normal over an axis of values; name the limit beside it."""
    axes.trim(ax)
    for cohort, look in shown.looks.items():
        for _, own in shown.points[shown.points["cohort"] == cohort].groupby("subject", sort=False):
            _draw_patient(ax, own, look)
        _draw_mean(ax, shown.means[shown.means["cohort"] == cohort], look)
    axes.level_axis(ax, span, least=_LEAST_RANGE)
    if span.low < 0:
        ax.axhline(0.0, color=style.GRAY, linewidth=0.6, zorder=1, label="_zero")
    for limit in shown.normal:
        ax.axhline(limit, color=style.GRAY, linewidth=0.8, linestyle=_DASHED, zorder=1, label="_normal")
    if shown.normal and named:
        text = "Normal\n" + "\u2013".join(style.number(limit) for limit in shown.normal)
        axes.beside_axes(ax, float(np.mean(shown.normal)), text)


def _draw_patient(ax: Axes, own: pd.DataFrame, look: Look) -> None:
    own = own.sort_values("time", kind="stable")
    ax.plot(own["time"], own["value"], color=look.color, linewidth=0.6, alpha=0.45, zorder=2, label="_patient")
    for limit in (False, True):
        chosen = own[own["limit"] == limit]
        ax.plot(chosen["time"], chosen["value"], **_point(look, limit=limit), label="_limit" if limit else "_value")


def _point(look: Look, *, limit: bool) -> dict[str, Any]:
    return {
        "color": look.color,
        "linestyle": "none",
        "marker": look.marker,
        "markersize": 3.6 if limit else 2.4,
        "markerfacecolor": "white" if limit else look.color,
        "markeredgewidth": 0.7 if limit else 0.0,
        "alpha": 1.0 if limit else 0.45,
        "zorder": 2.5,
    }


def _draw_mean(ax: Axes, means: pd.DataFrame, look: Look) -> None:
    # a line through a gap would pass over visits that have no mean
    for run in runs(means["N"].to_numpy() >= FEWEST):
        part = means.iloc[run]
        ax.plot(part["time"], part["mean"], **_mean(look), label="_mean")


def _mean(look: Look) -> dict[str, Any]:
    return {
        "color": look.color,
        "linestyle": look.dashes,
        "linewidth": 1.8,
        "marker": look.marker,
        "markersize": 4.6,
        "markeredgecolor": "white",
        "markeredgewidth": 0.5,
        "zorder": 4,
    }


def _numbers_below(ax: Axes, shown: Courses) -> None:
    """Write under the axis how many patients of each cohort have a value at each planned visit."""
    axes.below_axes(ax, 0.0, _FIRST_LINE, "n", style.GRAY, aligned="right", in_axes=True)
    for place, (cohort, look) in enumerate(shown.looks.items()):
        depth = _FIRST_LINE + _LINE * (place + (len(shown.looks) > 1))
        if len(shown.looks) > 1:
            name = axes.shorten(cohort_name(cohort), _NAME_WIDTH, style.NOTE_SIZE)
            axes.below_axes(ax, 0.0, depth, name, look.color, aligned="right", in_axes=True)
        own = shown.means[shown.means["cohort"] == cohort]
        number_row(ax, own["time"].to_numpy(np.float64), [str(count) for count in own["N"]], depth, look.color)


def number_row(ax: Axes, times: np.ndarray, texts: Sequence[str], depth: float, color: str) -> None:
    """Write texts under their times, but those that would run into the one before."""
    free = -np.inf
    for time, text in zip(times, texts, strict=True):
        place = float(ax.transData.transform((time, 0.0))[0]) * 72 / ax.figure.dpi
        half = axes.text_width(text, style.NOTE_SIZE) / 2
        if place - half >= free:
            axes.below_axes(ax, float(time), depth, text, color)
            free = place + half + _NUMBER_GAP


def cohort_entries(every: Sequence[Courses]) -> list[Entry]:
    """Legend lines of the cohorts drawn, with their numbers of patients."""
    points = pd.concat([shown.points for shown in every])
    counts = points.groupby("cohort")["subject"].nunique()
    return [
        Entry(Line2D([], [], **_mean(look)), f"{cohort_name(cohort)} (n {counts[cohort]})")
        for cohort, look in {name: look for shown in every for name, look in shown.looks.items()}.items()
        if cohort in counts.index
    ]


def kind_entries(every: Sequence[Courses]) -> list[Entry]:
    """Legend lines of means, patients, limits, and of what is not drawn."""
    gray = Look(style.GRAY, "o")
    thin = Line2D([], [], color=style.GRAY, linewidth=0.6, alpha=0.6)
    entries = [Entry(thin, "Patient")]
    if any((shown.means["N"] >= FEWEST).any() for shown in every):
        entries.append(Entry(Line2D([], [], **_mean(gray)), f"Mean, where n \u2265 {FEWEST}"))
    if any(shown.points["limit"].any() for shown in every):
        entries.append(Entry(Line2D([], [], **_point(gray, limit=True)), "Given as a limit, at the limit"))
    if any(shown.normal for shown in every):
        entries.append(Entry(Line2D([], [], color=style.GRAY, linewidth=0.8, linestyle=_DASHED), "Limit of normal"))
    if unplaced := sum(shown.unplaced for shown in every):
        entries.append(marks.note_entry(f"{unplaced} without a number: not drawn"))
    return entries
