"""Fitted curves over the levels they were fitted to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path

from carpk.io.study import as_study
from carpk.models.catalog import model as model_named
from carpk.models.table import FitResult
from carpk.plot import axes, marks, style
from carpk.plot.gaps import told_reasons
from carpk.plot.individual import time_range
from carpk.plot.marks import Entry
from carpk.plot.placement import Profiles, one_of, profiles
from carpk.schema import Study

_DOWN = Path([(0, 0), (0, -2.4), (-0.7, -1.5), (0, -2.4), (0.7, -1.5)], [1, 2, 1, 2, 2])

ARROW: Mapping[str, Any] = MappingProxyType(
    {
        "linestyle": "none",
        "marker": _DOWN,
        "markersize": 9.0,
        "markerfacecolor": "none",
        "markeredgewidth": 0.6,
        "zorder": 2.5,
    }
)
"""Hangs below a level that is censored: the true one lies somewhere down there."""

_COLUMNS = 3
_PANEL_HEIGHT, _AROUND = 1.75, 0.7  # inch
_NOTE_WIDTH = 100.0  # [pt]
_DEEPEST = 10.0  # times below the lowest level drawn, beyond which a curve is not followed


@style.in_style
def fitted_curve(
    fits: FitResult,
    study: Study | pd.DataFrame,
    *,
    subject: str,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    models: Sequence[str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw one patient's levels with the curve of each model and its band.

    A level below the limit is an open marker at the limit with an arrow down: that the true level lies below is all
    that the fit was told. A band is left open where it would be wider than ten thousandfold. A model without a fit is
    named with the reason.

    Parameters
    ----------
    fits : FitResult
        As `fit_models` gives it.
    study : Study or DataFrame
        The study that was fitted.
    subject : str
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    models : sequence of str, optional
        All that were fitted, if not given.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The study has no such subject, analyte or matrix, or the model was not fitted.
    """
    study = as_study(study)
    shown = profiles(study, analyte=analyte, subject=subject, matrix=matrix)
    names = _chosen_models(fits, models)
    axes.trim(ax)
    curves = of_analyte(fits.curves, analyte, matrix)
    _draw_patient(ax, shown.points, curves[curves["subject"] == subject], names)
    axes.label_axes(ax, x=axes.time_label(study.time_unit), y=shown.label)
    axes.time_axis(ax, *time_range(shown.points["time"], None, study.time_unit), study.time_unit)
    axes.level_axis(ax, _span(shown.points, curves[curves["subject"] == subject]))
    axes.limit_lines(ax, shown.points)
    missing = [marks.note_entry(line) for line in _not_fitted(fits, subject, analyte, matrix, names)]
    marks.legend_above(ax, [*_entries(shown.points, names), *missing])
    return ax


@style.in_style
def fitted_curves(
    fits: FitResult,
    study: Study | pd.DataFrame,
    *,
    subjects: Sequence[str] | None = None,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    models: Sequence[str] | None = None,
) -> style.Page:
    """Draw a page of small panels, one for each patient, with fitted curves over levels; axes shared.

    Marks, bands and gaps are those of `fitted_curve`.

    Parameters
    ----------
    fits : FitResult
        As `fit_models` gives it.
    study : Study or DataFrame
        The study that was fitted.
    subjects : sequence of str, optional
        In the order of the panels; all with samples, if not given.
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    models : sequence of str, optional
        All that were fitted, if not given.

    Returns
    -------
    Page
        A matplotlib figure.

    Raises
    ------
    RulesError
        The study has no such subject, analyte or matrix, or the model was not fitted.
    """
    study = as_study(study)
    shown = profiles(study, analyte=analyte, matrix=matrix)
    names = _chosen_models(fits, models)
    present = sorted(shown.points["subject"].unique())
    chosen = present if subjects is None else [one_of("subject", subject, present) for subject in subjects]
    rows = max(1, -(-len(chosen) // _COLUMNS))
    page = style.Page(figsize=(style.PAGE_WIDTH, _AROUND + _PANEL_HEIGHT * rows), layout="constrained")
    grid = page.subplots(rows, _COLUMNS, squeeze=False, sharex=True, sharey=True)
    for ax in grid.ravel()[len(chosen) :]:
        ax.set_axis_off()
    points = shown.points[shown.points["subject"].isin(chosen)]
    curves = of_analyte(fits.curves, analyte, matrix)
    curves = curves[curves["subject"].isin(chosen)]
    low, high = time_range(points["time"], None, study.time_unit)
    span = _span(points, curves)
    for place, (ax, subject) in enumerate(zip(grid.ravel(), chosen, strict=False)):
        own = points[points["subject"] == subject]
        axes.trim(ax)
        _draw_patient(ax, own, curves[curves["subject"] == subject], names)
        axes.time_axis(ax, low, high, study.time_unit)
        axes.level_axis(ax, span)
        axes.limit_lines(ax, own, named=False)
        axes.literal(ax.set_title(subject, loc="left", fontweight="bold", fontsize=style.FONT_SIZE))
        _name_gaps(ax, _not_fitted(fits, subject, analyte, matrix, names))
        if place >= len(chosen) - _COLUMNS:
            ax.tick_params(labelbottom=True)
    _name_axes(grid, shown, study, len(chosen))
    marks.legend_of_page(page, _entries(points, names))
    page.draw_without_rendering()  # so many panels take the layout two rounds to settle
    return page


def _name_axes(grid: np.ndarray, shown: Profiles, study: Study, panels: int) -> None:
    """Label the left column and the lowest panel of each column."""
    for place, ax in enumerate(grid.ravel()[:panels]):
        lowest, leftmost = place >= panels - _COLUMNS, place % _COLUMNS == 0
        axes.label_axes(
            ax, x=axes.time_label(study.time_unit) if lowest else "", y=shown.label if leftmost else "", beside=False
        )


def _chosen_models(fits: FitResult, models: Sequence[str] | None) -> list[str]:
    names = list(fits.models)
    return names if models is None else [one_of("model", name, names) for name in models]


def of_analyte(table: pd.DataFrame, analyte: str, matrix: str | None) -> pd.DataFrame:
    """Keep one analyte in one matrix, blood where there is some."""
    rows = table[table["analyte"] == analyte]
    matrices = sorted(rows["matrix"].unique())
    chosen = matrix or ("blood" if "blood" in matrices else next(iter(matrices), ""))
    return rows[rows["matrix"] == chosen]


def _draw_patient(ax: Axes, points: pd.DataFrame, curves: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        look, curve = style.model_look(name), curves[curves["source"] == name]
        time, low, high = (curve[column].to_numpy() for column in ("time", "low", "high"))
        band = ax.fill_between(time, low, high, color=look.color, alpha=0.16, linewidth=0.0, zorder=1)
        band.set_label("_band")
        ax.plot(time, curve["value"], color=look.color, linestyle=look.dashes, linewidth=1.2, zorder=2, label="_curve")
    marks.draw_marks(ax, points, style.Look(style.INK, "o"), size=3.0)
    below = points[points["mark"] == "below"]
    ax.plot(below["time"], below["level"], **ARROW, markeredgecolor=style.INK, label="_arrow")


def _span(points: pd.DataFrame, curves: pd.DataFrame) -> axes.Span:
    """Range of the levels and of the curves, these not much below the lowest level."""
    least = points["level"].min() / _DEEPEST
    return axes.span_of(points["mark"], points["level"], points["lloq"], curves["value"].clip(lower=least))


def _not_fitted(fits: FitResult, subject: str, analyte: str, matrix: str | None, names: Sequence[str]) -> list[str]:
    """Say which models have no fit of a patient, and why; unnamed where all lack it for one reason."""
    rows = of_analyte(fits.comparison, analyte, matrix)
    rows = rows[(rows["subject"] == subject) & rows["source"].isin(names) & (rows["reason"] != "")]
    lines = []
    for reason, of_reason in rows.groupby("reason"):
        labels = [model_named(str(name)).label.split(",")[0] for name in of_reason["source"]]
        which = f" of {', '.join(labels)}" if len(labels) < len(names) else ""
        lines.append(f"No fit{which}: {told_reasons(Counter([str(reason)]))}")
    return lines


def _name_gaps(ax: Axes, lines: Sequence[str]) -> None:
    text = "\n".join(axes.wrap(line, _NOTE_WIDTH, style.NOTE_SIZE) for line in lines)
    note = ax.text(0.98, 0.97, text, transform=ax.transAxes, ha="right", va="top", fontsize=style.NOTE_SIZE)
    axes.literal(note).set_color(style.GRAY)


def _entries(points: pd.DataFrame, names: Sequence[str]) -> list[Entry]:
    entries = []
    for name in names:
        look = style.model_look(name)
        line = Line2D([], [], color=look.color, linestyle=look.dashes, linewidth=1.2)
        entries.append(Entry((Patch(color=look.color, alpha=0.16, linewidth=0.0), line), model_named(name).label))
    return [*entries, *marks.mark_entries(points, style.Look(style.INK, "o"))]
