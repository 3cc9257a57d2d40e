"""Levels of every patient over time."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.io.study import as_study
from carpk.plot import axes, marks, style
from carpk.plot.marks import Entry
from carpk.plot.placement import Profiles, profiles
from carpk.schema import Study
from carpk.terms import EVENTS
from carpk.terms import event as known_event

FIRST_DAYS = 28.0
"""Days of the close view of expansion and contraction."""

LONG_AFTER_DAYS = 56.0
"""Follow-up beyond which a page shows the first days and the whole follow-up side by side."""

_END: Mapping[str, Any] = MappingProxyType(
    {"linestyle": "none", "marker": "v", "markersize": 5.0, "markeredgewidth": 0.0, "label": "_course_end"}
)


@style.in_style
def levels(
    study: Study | pd.DataFrame,
    *,
    analyte: str = "car_t_qpcr",
    cohort: str | None = None,
    matrix: str | None = None,
    until: float | None = None,
    ax: Axes,
) -> Axes:
    """Draw every patient's levels over time on a log axis (temperature: a plain one), colored by cohort.

    A level below the limit is an open marker at the limit, one above the upper limit a triangle at that limit. A level
    whose limit is not given, or that a log axis cannot show, stands at the end of the axis, and the legend says so.
    Missing and excluded samples are not drawn.

    Parameters
    ----------
    study : Study or DataFrame
    analyte : str
        Key of the analyte.
    cohort : str, optional
        Draw this cohort only, in the color it has among all.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    until : float, optional
        Last day that the axis shows [day].
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The study has no such analyte, cohort or matrix.
    UnitError
        The analyte's levels are in more than one unit.
    """
    study = as_study(study)
    shown = profiles(study, analyte=analyte, cohort=cohort, matrix=matrix)
    points = within(shown.points, until, study.time_unit)
    draw_profiles(ax, study, points, shown.label)
    low, high = time_range(points["time"], until, study.time_unit)
    axes.time_axis(ax, low, high, study.time_unit)
    span = axes.span_of(points["mark"], points["level"], points["lloq"], logarithmic=shown.logarithmic)
    axes.level_axis(ax, span)
    axes.limit_lines(ax, points)
    marks.legend_above(ax, [*cohort_entries(study, points), *sample_entries(study, shown, points)])
    return ax


@style.in_style
def levels_by_cohort(
    study: Study | pd.DataFrame, *, analyte: str = "car_t_qpcr", matrix: str | None = None, until: float | None = None
) -> style.Page:
    """Draw a page of every patient's levels over time, one row of panels for each cohort, axes shared.

    Where the follow-up is long, the first 28 days stand beside the whole.

    Parameters
    ----------
    study : Study or DataFrame
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    until : float, optional
        Last day that the page shows [day].

    Returns
    -------
    Page
        A matplotlib figure.

    Raises
    ------
    RulesError
        The study has no such analyte or matrix.
    UnitError
        The analyte's levels are in more than one unit.
    """
    study = as_study(study)
    shown = profiles(study, analyte=analyte, matrix=matrix)
    points = within(shown.points, until, study.time_unit)
    cohorts = study.cohorts
    views = time_views(points["time"], until, study.time_unit)
    page = style.Page(figsize=(style.PAGE_WIDTH, max(2.6, min(9.0, 0.7 + 2.3 * len(cohorts)))), layout="constrained")
    grid = page.subplots(len(cohorts), len(views), squeeze=False, sharey=True, sharex="col")
    span = axes.span_of(points["mark"], points["level"], points["lloq"], logarithmic=shown.logarithmic)
    for place, (row, cohort) in enumerate(zip(grid, cohorts, strict=True), start=1):
        of_cohort = points[points["cohort"] == cohort]
        for ax, (low, high) in zip(row, views, strict=True):
            last = ax is row[-1]
            draw_profiles(ax, study, of_cohort, shown.label if ax is row[0] else "")
            axes.time_axis(ax, low, high, study.time_unit)
            axes.level_axis(ax, span)
            axes.limit_lines(ax, points, named=last)
            if place < len(cohorts):
                ax.set_xlabel("")
        title = f"{cohort_name(cohort)} (n {of_cohort['subject'].nunique()})"
        axes.literal(row[0].set_title(title, loc="left", fontweight="bold"))
    marks.legend_of_page(page, sample_entries(study, shown, points))
    return page


def draw_profiles(ax: Axes, study: Study, points: pd.DataFrame, label: str) -> None:
    """Draw a line and marks for each patient in the look of the cohort, and a triangle on top where a course ended."""
    axes.trim(ax)
    looks = style.cohort_looks(study.cohorts)
    for cohort, of_cohort in points.groupby("cohort", sort=False):
        look = looks[str(cohort)]
        for _, profile in of_cohort[of_cohort["level"].notna()].groupby("subject", sort=False):
            times, heights = profile["time"].to_numpy(), profile["level"].to_numpy()
            ax.plot(times, heights, color=look.color, linewidth=0.7, alpha=0.7, zorder=2, label="_profile")
        marks.draw_marks(ax, of_cohort, look, size=3.5)
        ends = _course_ends(study, of_cohort)["time"]
        ax.plot(ends, [0.965] * len(ends), **_END, color=look.color, transform=ax.get_xaxis_transform())
    axes.label_axes(ax, x=axes.time_label(study.time_unit), y=label)


def _course_ends(study: Study, points: pd.DataFrame) -> pd.DataFrame:
    """Return second infusions and the like of the patients drawn."""
    ending = study.events["event"].isin([key for key, event in EVENTS.items() if event.ends_course])
    return study.events[ending & study.events["subject"].isin(points["subject"]) & study.events["time"].notna()]


def sample_entries(study: Study, shown: Profiles, points: pd.DataFrame) -> list[Entry]:
    """Legend lines of what `draw_profiles` draws, and of what has no time."""
    entries = marks.mark_entries(points, style.Look(style.INK, "o"))
    seen = _course_ends(study, points)
    seen = seen[seen["time"] <= points["time"].max()]
    for key in [key for key in EVENTS if (seen["event"] == key).any()]:
        entries.append(Entry(Line2D([], [], **_END, color=style.INK), known_event(key).label))
    if shown.untimed:
        entries.append(marks.note_entry(f"{shown.untimed} without a time: not drawn"))
    return entries


def cohort_name(cohort: str) -> str:
    """Name of a cohort for people, where the data give it none too."""
    return cohort or "All patients"


def cohort_entries(study: Study, points: pd.DataFrame) -> list[Entry]:
    """Legend lines of the cohorts drawn, with their numbers of patients."""
    counts = points.groupby("cohort")["subject"].nunique()
    return [
        Entry(
            Line2D([], [], color=look.color, marker=look.marker, markersize=4.0, markeredgewidth=0.0),
            f"{cohort_name(cohort)} (n {counts[cohort]})",
        )
        for cohort, look in style.cohort_looks(study.cohorts).items()
        if cohort in counts.index
    ]


def in_time_unit(days: float, time_unit: str) -> float:
    """Express days in the study's time unit."""
    return days * units.conversion_factor("day", time_unit)


def within(points: pd.DataFrame, until: float | None, time_unit: str) -> pd.DataFrame:
    """Keep the samples up to a day, by their own time or the planned one: a late day-28 visit is still day 28."""
    if until is None:
        return points
    last = in_time_unit(until, time_unit)
    return points[(points["time"] <= last) | (points["nominal_time"] <= last)]


def time_range(times: "pd.Series[float]", until: float | None, time_unit: str) -> tuple[float, float]:
    """First and last time that an axis shows; day 0 is always among them."""
    low, high = (float(times.min()), float(times.max())) if len(times) else (0.0, 0.0)
    low = min(0.0, low)
    if until is not None:
        return low, max(high, in_time_unit(until, time_unit))
    return low, high if high > low else low + in_time_unit(1.0, time_unit)


def time_views(times: "pd.Series[float]", until: float | None, time_unit: str) -> list[tuple[float, float]]:
    """Time ranges of the columns of a page: the first days and the whole, or the whole alone."""
    low, high = time_range(times, until, time_unit)
    if high <= in_time_unit(LONG_AFTER_DAYS, time_unit):
        return [(low, high)]
    first = in_time_unit(FIRST_DAYS + 3, time_unit)  # a day-28 visit may be some days late
    return [(max(low, -in_time_unit(14, time_unit)), first), (low, high)]
