"""Geometric means of the cohorts over time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk.io.study import as_study
from carpk.plot import axes, groups, marks, style
from carpk.plot.groups import Met
from carpk.plot.individual import cohort_name, time_range
from carpk.plot.marks import Entry
from carpk.plot.placement import profiles
from carpk.plot.style import Look
from carpk.schema import Study

_STEP = 2.5  # points between the symbols of neighboring cohorts at one time


@style.in_style
def geometric_means(
    study: Study | pd.DataFrame,
    *,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    until: float | None = None,
    ax: Axes,
) -> Axes:
    """Draw the geometric mean of each cohort at each nominal time, with bars of one geometric SD each way.

    A level below the limit counts as half the limit, one above the upper limit as that limit. Where more than half of
    a cohort's levels are below the limit, no mean is drawn but an open marker at the limit; fewer than three patients
    are shown one by one, without a spread. Symbols of cohorts at one time stand side by side.

    Parameters
    ----------
    study : Study or DataFrame
        Levels meet at their nominal times; where there are none, at the median times of their visits. Levels after a
        second infusion are left out, as they are in the noncompartmental analysis.
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    until : float, optional
        Last day that the axis shows [day].
    ax : Axes
        Where to draw. The legend, with the number of patients behind the means, stands above it.

    Raises
    ------
    RulesError
        The study has no such analyte or matrix.
    UnitError
        The analyte's levels are in more than one unit.
    """
    study = as_study(study)
    shown = profiles(study, analyte=analyte, matrix=matrix)
    met = groups.meet(shown.points, study, until)
    points, means = met.points, groups.geometric_means(met.points)
    looks = style.cohort_looks(study.cohorts)
    axes.trim(ax)
    entries = []
    present = [cohort for cohort in looks if (points["cohort"] == cohort).any()]
    for place, cohort in enumerate(present):
        of_cohort = means[means["cohort"] == cohort]
        shift = _STEP * (place - (len(present) - 1) / 2)
        _draw_means(ax, of_cohort, looks[cohort], shift)
        marks.draw_marks(ax, behind(points, of_cohort, "each"), looks[cohort], size=3.0, shift=shift)
        entries.append(_cohort_entry(cohort, looks[cohort], of_cohort["n"]))
    axes.label_axes(ax, x=axes.time_label(study.time_unit), y=shown.label)
    axes.time_axis(ax, *time_range(points["time"], until, study.time_unit), study.time_unit)
    axes.level_axis(ax, _span(points, means))
    axes.limit_lines(ax, points)
    marks.legend_above(ax, [*entries, *_entries(points, means, met)])
    return ax


def behind(points: pd.DataFrame, table: pd.DataFrame, shown: str) -> pd.DataFrame:
    """Return the samples behind those rows of a table of groups that are shown in one way."""
    return points.merge(table.loc[table["shown"] == shown, ["cohort", "time"]], on=["cohort", "time"])


def _draw_means(ax: Axes, means: pd.DataFrame, look: Look, shift: float) -> None:
    aside = marks.aside(ax, ax.transData, shift)
    drawn = means[means["shown"] == "mean"]
    times, heights, spread = (drawn[name].to_numpy() for name in ("time", "mean", "spread"))
    ax.vlines(times, heights / spread, heights * spread, color=look.color, linewidth=0.9, transform=aside, zorder=2)
    # a line through a gap would pass over times that have no mean
    for run in runs(means["shown"].to_numpy() == "mean"):
        part = means.iloc[run]
        ax.plot(
            part["time"], part["mean"], color=look.color, linestyle=look.dashes, transform=aside, zorder=3, label="_run"
        )
    ax.plot(
        times,
        heights,
        color=look.color,
        marker=look.marker,
        linestyle="none",
        markersize=4.5,
        markeredgewidth=0.0,
        transform=aside,
        zorder=4,
        label="_mean",
    )
    marks.draw_marks(ax, _mostly_below(means), look, shift=shift)


def _mostly_below(means: pd.DataFrame) -> pd.DataFrame:
    """Place the times at which more than half are below the limit, as samples are."""
    below = means[means["shown"] == "below"]
    mark = np.where(below["limit"].isna(), "below_unknown", "below")
    return pd.DataFrame({"time": below["time"], "level": below["limit"], "mark": mark})


def runs(kept: np.ndarray) -> list[slice]:
    """Stretches of neighbors that are all kept."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], kept.astype(int), [0]])))
    return [slice(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _span(points: pd.DataFrame, means: pd.DataFrame) -> axes.Span:
    few = behind(points, means, "each")
    drawn = means[means["shown"] == "mean"]
    ends = [drawn["mean"] / drawn["spread"], drawn["mean"] * drawn["spread"], points["lloq"]]
    return axes.span_of([*_mostly_below(means)["mark"], *few["mark"]], *ends, few["level"])


def cohort_count(counts: "pd.Series[int]") -> str:
    """Say how many patients are behind the points of a line: one number, or the least and the most."""
    least, most = int(counts.min()), int(counts.max())
    return f"n {most}" if least == most else f"n {least}\u2013{most}"


def _cohort_entry(cohort: str, look: Look, counts: "pd.Series[int]") -> Entry:
    line = Line2D([], [], color=look.color, linestyle=look.dashes, marker=look.marker, markersize=4.5)
    line.set_markeredgewidth(0.0)
    return Entry(line, f"{cohort_name(cohort)} ({cohort_count(counts)})")


def _entries(points: pd.DataFrame, means: pd.DataFrame, met: Met) -> list[Entry]:
    few = behind(points, means, "each")
    below = marks.mark_entries(_mostly_below(means), Look(style.INK, "o"))
    entries = [Entry(entry.handle, "Mostly below LLOQ: no mean") for entry in below[:1]]
    if (means["shown"] == "each").any():
        entries += marks.mark_entries(few, Look(style.INK, "o"))
        entries.append(marks.note_entry(f"n < {groups.FEWEST}: shown one by one"))
    if above := int((behind(points, means, "mean")["mark"] == "above").sum()):
        entries.append(marks.note_entry(f"{above} above ULOQ counted as ULOQ"))
    if nothing := int((means["shown"] == "nothing").sum()):
        entries.append(marks.note_entry(f"{nothing} times without a mean: unknown limit or negative level"))
    return [*entries, *map(marks.note_entry, met.notes())]
