"""Markers against their own baseline: the largest change of each patient, and its course."""

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from carpk import units
from carpk.io.study import as_study
from carpk.plot import axes, gaps, individual, marks, style, values
from carpk.plot.individual import cohort_entries, cohort_name, time_range, within
from carpk.plot.marks import Entry
from carpk.plot.placement import Profiles, one_of, profiles
from carpk.plot.style import Look
from carpk.response.table import ResponseResult, run_response
from carpk.schema import Study
from carpk.terms import analyte as known_analyte

Change = Literal["peak_fold", "peak_change", "nadir_change", "nadir_percent_change"]
_CHANGES = ["peak_fold", "peak_change", "nadir_change", "nadir_percent_change"]
_WIDTH = 0.76


@style.in_style
def marker_waterfall(
    response: ResponseResult,
    *,
    analyte: str,
    parameter: Change = "peak_fold",
    matrix: str | None = None,
    cohorts: Sequence[str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw the largest change of a marker from baseline, one bar a patient, sorted.

    A fold stands on a log axis, its bar rising from 1. Where only a bound is known the bar is open and ends at the
    bound, with an arrow to where the change lies. What is missing is counted under the axis.

    Parameters
    ----------
    response : ResponseResult
        As `run_response` gives it.
    analyte : str
        Key of the analyte.
    parameter : {"peak_fold", "peak_change", "nadir_change", "nadir_percent_change"}
        Change to draw.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    cohorts : sequence of str, optional
        All cohorts of the study in its order, where the result does not have them all: colors go by their places.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The result has no such analyte or matrix, or the parameter is no change from baseline.
    UnitError
        The changes are in more than one unit.
    """
    one_of("parameter", parameter, _CHANGES)
    chosen = values.chosen_values(
        response.parameters, parameter=parameter, analyte=analyte, matrix=matrix, source="response"
    )
    rows = values.with_bounds(chosen.rows)
    bars = rows.dropna(subset="level").sort_values(["level", "subject"], ascending=[False, True], kind="stable")
    looks = style.cohort_looks(cohorts or chosen.cohorts)
    base = 1.0 if parameter == "peak_fold" else 0.0
    axes.trim(ax)
    change_axis(ax, bars["level"], base, logarithmic=chosen.logarithmic)
    for place, (level, bound, cohort) in enumerate(zip(bars["level"], bars["bound"], bars["cohort"], strict=True)):
        draw_bar(ax, place, base, float(level), str(bound), looks[str(cohort)])
    name_bars(ax, bars["subject"].tolist())
    missing = gaps.missing_lines(ax, rows[rows["level"].isna()], list(looks))
    name = known_analyte(analyte).label
    axes.label_axes(ax, x="\n".join(["Patient", *missing]), y=f"{name}: {_change_label(parameter, chosen.label)}")
    marks.legend_above(ax, [*bar_entries(bars, looks), *_bound_entries(bars["bound"])])
    return ax


@style.in_style
def marker_spider(
    study: Study | pd.DataFrame,
    *,
    analyte: str = "il6",
    response: ResponseResult | None = None,
    matrix: str | None = None,
    until: float | None = None,
    ax: Axes,
) -> Axes:
    """Draw the course of a marker as a multiple of each patient's baseline, one line a patient.

    Temperature, which has no multiples, is drawn as a difference. Marks are those of `levels`. Where the baseline is
    below the limit, the limit stands for it; whoever has no baseline is counted in the legend.

    Parameters
    ----------
    study : Study or DataFrame
    analyte : str
        Key of the analyte.
    response : ResponseResult, optional
        Of the same study, for the baselines; computed with its own defaults, if not given.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    until : float, optional
        Last day that the axis shows [day].
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The study has no such analyte or matrix, or the result no baseline of it.
    UnitError
        The analyte's levels are in more than one unit.
    """
    study = as_study(study)
    shown = profiles(study, analyte=analyte, matrix=matrix)
    response = response or run_response(study, analytes=[analyte])
    baselines = values.with_bounds(
        values.chosen_values(
            response.parameters, parameter="baseline", analyte=analyte, matrix=matrix, source="response"
        ).rows
    ).set_index("subject")
    points = _against_baseline(within(shown.points, until, study.time_unit), baselines["level"], shown)
    low, high = time_range(points["time"], until, study.time_unit)
    individual.draw_profiles(ax, study, points, _course_label(analyte, baselines, shown))
    axes.time_axis(ax, low, high, study.time_unit)
    axes.level_axis(ax, axes.span_of(points["mark"], points["level"], logarithmic=shown.logarithmic))
    ax.axhline(1.0 if shown.logarithmic else 0.0, color=style.GRAY, linewidth=0.8, zorder=1, label="_baseline")
    entries = [*cohort_entries(study, points), *individual.sample_entries(study, shown, points)]
    marks.legend_above(ax, [*entries, *_baseline_notes(ax, baselines)])
    return ax


def _against_baseline(points: pd.DataFrame, baseline: "pd.Series[float]", shown: Profiles) -> pd.DataFrame:
    """Express each level, and the limit where one stands for it, in baselines of its patient."""
    base = points["subject"].map(baseline)
    if shown.logarithmic:
        return points.assign(level=points["level"] / base)[(base > 0).to_numpy()]
    return points.assign(level=points["level"] - base)[base.notna().to_numpy()]


def _course_label(analyte: str, baselines: pd.DataFrame, shown: Profiles) -> str:
    name = known_analyte(analyte).label
    if shown.logarithmic:
        return f"{name} (multiple of baseline)"
    return f"{name} (difference from baseline, {units.label(str(baselines['unit'].iloc[0]))})"


def _baseline_notes(ax: Axes, baselines: pd.DataFrame) -> list[Entry]:
    at_limit = int((baselines["bound"] != "").sum())
    without = int(baselines["level"].isna().sum())
    notes = [
        (at_limit, "with the baseline outside a limit, which stands for it"),
        (without, "without a baseline: not drawn"),
    ]
    return [line for count, words in notes if count for line in marks.entry_lines(ax, f"{count} {words}")]


def change_axis(ax: Axes, levels: "pd.Series[float]", base: float, *, logarithmic: bool) -> None:
    """Give the y axis the range of the bars, with a line at their base."""
    every = pd.concat([levels, pd.Series([base])])
    ax.axhline(base, color=style.INK, linewidth=0.6, zorder=3, label="_base")
    if logarithmic:
        axes.level_axis(ax, axes.span_of([], every), least=0.5)
        return
    low, high = float(every.min()), float(every.max())
    room = 0.08 * max(high - low, 1e-9)
    ax.set_ylim(low - room * (low < base), high + room * (high > base))
    ax.yaxis.set_major_locator(ticker.MaxNLocator(6))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))


def draw_bar(ax: Axes, place: int, base: float, level: float, bound: str, look: Look) -> None:
    """Draw the bar of one patient from the base; open with an arrow where only a bound is known."""
    face = "white" if bound else look.color
    box = Rectangle((place - _WIDTH / 2, base), _WIDTH, level - base, facecolor=face, edgecolor=look.color, zorder=2)
    ax.add_patch(box).set_label(f"_bar{bound}")
    if bound:
        ax.plot(place, level, **_arrow(bound, look.color), label=bound)


def _arrow(bound: str, color: str) -> dict[str, Any]:
    shape = "^" if bound == "_at_least" else "v"
    return {"color": color, "marker": shape, "markersize": 5.0, "markeredgewidth": 0, "linestyle": "none", "zorder": 4}


def name_bars(ax: Axes, subjects: Sequence[str]) -> None:
    """Write the patients under their bars, upright where there is no room."""
    ax.set_xlim(-0.6, max(len(subjects), 1) - 0.4)
    room = axes.size_in_points(ax)[0] / max(1, len(subjects))
    upright = max((axes.text_width(name) for name in subjects), default=0.0) > room - 2
    ax.set_xticks(range(len(subjects)), subjects, rotation=90 if upright else 0)
    ax.tick_params(axis="x", length=0)
    for label in ax.get_xticklabels():
        axes.literal(label).set_fontsize(min(style.FONT_SIZE, max(4.0, room - 1.0)) if upright else style.FONT_SIZE)


def _change_label(parameter: str, label: str) -> str:
    if parameter == "peak_fold":
        return "Peak (multiple of baseline)"
    return label.replace(" change", ", change from baseline", 1)


def bar_entries(bars: pd.DataFrame, looks: dict[str, Look]) -> list[Entry]:
    """Legend lines of the cohorts drawn, with their numbers of patients."""
    counts = bars["cohort"].value_counts()
    return [
        Entry(Rectangle((0, 0), 1, 1, facecolor=look.color), f"{cohort_name(cohort)} (n {counts[cohort]})")
        for cohort, look in looks.items()
        if cohort in counts.index
    ]


def _bound_entries(bounds: "pd.Series[str]") -> list[Entry]:
    words = {"_at_least": "Open: at least so much", "_at_most": "Open: at most so much"}
    return [
        Entry(Line2D([], [], **_arrow(bound, style.INK)), text)
        for bound, text in words.items()
        if (bounds == bound).any()
    ]
