"""How long the transgene stays quantifiable, or the B cells stay away, by cohort."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from carpk.plot import axes, marks, style
from carpk.plot.individual import cohort_name
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, usual_matrix, with_details
from carpk.plot.style import Look
from carpk.response.persistence import count_at_risk
from carpk.response.time_to_event import TimeToEvent
from carpk.terms import analyte as known_analyte

_LINE = 10.5  # from one row of numbers at risk to the next [pt]
_FIRST_LINE = 36.0  # from the axis down to their head [pt]
_NAME_WIDTH = 72.0  # [pt]
_PERCENT = 100.0
_DASHES = (0.0, (3.0, 2.0))


@dataclass(frozen=True, slots=True)
class _Words:
    """How a picture speaks of an event: what the curve shows, the event, and what happened to patients."""

    share: str
    event: str
    happened: str


_WORDS = {
    "loss": _Words("% of patients still quantified", "loss", "lost it"),
    "recovery": _Words("% of patients not recovered", "recovery", "recovered"),
}


@style.in_style
def persistence(
    result: TimeToEvent,
    *,
    analyte: str | None = None,
    matrix: str | None = None,
    cohort: str | None = None,
    band: bool = True,
    ax: Axes,
) -> Axes:
    """Draw the share of patients whose transgene is still quantified, or whose B cells are not back, by cohort.

    The solid steps are the Kaplan-Meier curve, which falls where an event was first seen, with its 95 % log-log band
    and an upright stroke where the follow-up of a patient ended without one. The dashed lines are the Turnbull estimate
    from the intervals between samples; in the boxes that they enclose, shaded where one cohort is drawn, it is not
    determined. The numbers under the axis are the patients at risk; those never at risk are counted in the legend.

    Parameters
    ----------
    result : TimeToEvent
        As `run_persistence` or `run_recovery` gives it.
    analyte : str, optional
        Key of the analyte; the first, if not given.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    cohort : str, optional
        Draw this cohort only, in the color it has among all.
    band : bool
        Whether the band of the Kaplan-Meier curve is drawn.
    ax : Axes
        Where to draw. The legend stands above it, the numbers at risk below.

    Raises
    ------
    RulesError
        The result has no such analyte, matrix or cohort.
    """
    words = _WORDS[result.event]
    looks = style.cohort_looks(result.cohorts)
    if cohort is not None:
        looks = {one_of("cohort", cohort, list(looks)): looks[cohort]}
    analyte = analyte or str(next(iter(result.medians["analyte"]), ""))
    chosen, several = _matrix(result.medians, analyte, matrix)
    subjects, curves, intervals, medians = (
        table[(table["analyte"] == analyte) & (table["matrix"] == chosen) & table["cohort"].isin(list(looks))]
        for table in (result.subjects, result.curves, result.turnbull, result.medians)
    )
    latest = float(curves["time"].max()) if len(curves) else 1.0
    axes.trim(ax)
    axes.time_axis(ax, 0.0, latest, result.time_unit)
    _share_axis(ax)
    for name, look in looks.items():
        if (curves["cohort"] == name).any():
            _draw_intervals(ax, intervals[intervals["cohort"] == name], look, shaded=len(looks) == 1)
            _draw_curve(ax, curves[curves["cohort"] == name], look, band=band)
    label = with_details(known_analyte(analyte).label, [*([chosen] if several else []), words.share])
    axes.label_axes(ax, x=axes.time_label(result.time_unit), y=label)
    _numbers_at_risk(ax, subjects, looks, latest)
    kinds = _kind_entries(curves, words, band=band, shaded=len(looks) == 1)
    marks.legend_above(ax, [*_cohort_entries(medians.set_index("cohort"), looks, words), *kinds])
    return ax


def _matrix(medians: pd.DataFrame, analyte: str, matrix: str | None) -> tuple[str, bool]:
    """Choose the matrix, and say whether there are several."""
    rows = medians[medians["analyte"] == one_of("analyte", analyte, medians["analyte"].drop_duplicates())]
    matrices = sorted(rows["matrix"].unique())
    return usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices), len(matrices) > 1


def _share_axis(ax: Axes) -> None:
    ax.set_ylim(-2.0, 106.0)
    ax.yaxis.set_major_locator(ticker.MultipleLocator(25.0))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))


def _draw_curve(ax: Axes, curve: pd.DataFrame, look: Look, *, band: bool) -> None:
    time, share = curve["time"].to_numpy(), _PERCENT * curve["survival"].to_numpy()
    ax.step(time, share, where="post", color=look.color, linewidth=1.3, zorder=4, label="_kaplan_meier")
    if band:
        low, high = (_PERCENT * curve[name].to_numpy() for name in ("low", "high"))
        ax.fill_between(
            time, low, high, step="post", color=look.color, alpha=0.09, linewidth=0.0, zorder=1, label="_band"
        )
    lost, ended = (curve[name].to_numpy() > 0 for name in ("events", "censored"))
    ax.plot(time[lost], share[lost], **_loss(look), label="_loss")
    ax.plot(time[ended], share[ended], **_end(look), label="_censored")


def _loss(look: Look) -> dict[str, Any]:
    return {
        "color": look.color,
        "linestyle": "none",
        "marker": look.marker,
        "markersize": 3.6,
        "markeredgewidth": 0.0,
        "zorder": 5,
    }


def _end(look: Look) -> dict[str, Any]:
    return {
        "color": look.color,
        "linestyle": "none",
        "marker": "|",
        "markersize": 8.0,
        "markeredgewidth": 1.2,
        "zorder": 5,
    }


def _draw_intervals(ax: Axes, intervals: pd.DataFrame, look: Look, *, shaded: bool) -> None:
    """Draw flat lines where the share is determined and a box over each interval in which it falls somehow."""
    edge = ax.get_xlim()[1]
    since, above = 0.0, _PERCENT
    # A box without a right end goes on beyond the axis.
    columns = (intervals["left"], intervals["right"].replace(np.inf, 2 * edge), _PERCENT * intervals["survival"])
    for left, right, below in zip(*(column.to_numpy(np.float64) for column in columns), strict=True):
        ax.plot([since, left], [above, above], **_dashes(look), label="_turnbull")
        box = Rectangle((left, below), right - left, above - below, **_box(look, shaded=shaded))
        ax.add_patch(box).set_label("_undetermined")
        since, above = right, below


def _dashes(look: Look) -> dict[str, Any]:
    return {"color": look.color, "linestyle": _DASHES, "linewidth": 0.8, "zorder": 3}


def _box(look: Look, *, shaded: bool) -> dict[str, Any]:
    face = to_rgba(look.color, 0.22 if shaded else 0.0)
    return {"facecolor": face, "edgecolor": look.color, "linestyle": _DASHES, "linewidth": 0.8, "zorder": 3}


def _numbers_at_risk(ax: Axes, subjects: pd.DataFrame, looks: dict[str, Look], latest: float) -> None:
    """Write under each tick how many patients of each cohort are at risk."""
    ticks = [float(tick) for tick in ax.xaxis.get_major_locator().tick_values(0.0, latest) if 0.0 <= tick <= latest]
    depth = _FIRST_LINE
    axes.below_axes(ax, 0.0, depth, "At risk", style.GRAY, aligned="right", in_axes=True)
    for cohort, look in looks.items():
        of_cohort = subjects[(subjects["cohort"] == cohort) & (subjects["censoring"] != "never")]
        counts = count_at_risk(of_cohort["time"].to_numpy(np.float64), np.array(ticks))
        depth += _LINE
        name = axes.shorten(cohort_name(cohort), _NAME_WIDTH, style.NOTE_SIZE)
        axes.below_axes(ax, 0.0, depth, name, look.color, aligned="right", in_axes=True)
        for tick, count in zip(ticks, counts, strict=True):
            axes.below_axes(ax, tick, depth, str(count), look.color)


def _cohort_entries(medians: pd.DataFrame, looks: dict[str, Look], words: _Words) -> list[Entry]:
    entries = []
    for cohort, look in looks.items():
        if cohort not in medians.index:
            continue
        of_cohort = medians.loc[cohort]
        line = Line2D([], [], color=look.color, linewidth=1.3, marker=look.marker, markersize=4.0, markeredgewidth=0.0)
        said = f"{of_cohort['events']} of {of_cohort['n']} {words.happened}"
        never = f", {of_cohort['never']} never at risk" if of_cohort["never"] else ""
        entries.append(Entry(line, f"{cohort_name(cohort)}: {said}{never}"))
    return entries


def _kind_entries(curves: pd.DataFrame, words: _Words, *, band: bool, shaded: bool) -> list[Entry]:
    gray = Look(style.GRAY, "o")
    steps = Line2D([], [], color=style.GRAY, linewidth=1.3)
    entries = [Entry(steps, "Kaplan\u2013Meier" + (" with 95 % band" if band else ""))]
    if (curves["censored"] > 0).any():
        entries.append(Entry(Line2D([], [], **_end(gray)), f"Follow-up ended without {words.event}"))
    box = Rectangle((0, 0), 1, 1, **_box(gray, shaded=shaded))
    return [*entries, Entry(box, "Turnbull (boxes: not determined)")]
