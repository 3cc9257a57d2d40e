"""Levels among those that a population predicts: visual predictive check and prediction errors."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from carpk.models.predictive_table import QUANTILES, PredictiveCheck
from carpk.plot import axes, marks, style
from carpk.plot.individual import time_range, time_views
from carpk.plot.marks import Entry
from carpk.plot.placement import level_label
from carpk.plot.predictions import marked_levels

_HEIGHT = 5.2  # inch
_MIDDLE = 0.5  # the quantile in the darker band
_EXPECTED = 1.96  # between these, 95 % of the errors of a true model lie


@style.in_style
def predictive_check(check: PredictiveCheck) -> style.Page:
    """Draw a visual predictive check: quantiles of levels, and shares below the limit.

    Each stands over the range that it has in simulated trials. A quantile that lies below the limit is not drawn; the
    lower panels say how many levels do.

    Parameters
    ----------
    check : PredictiveCheck
        As `check_predictions` gives it.

    Returns
    -------
    Page
        A matplotlib figure.
    """
    population, bins = check.population, check.bins
    points = marked_levels(check.errors, "time")
    views = time_views(points["time"], None, population.time_unit)
    page = style.Page(figsize=(style.PAGE_WIDTH, _HEIGHT), layout="constrained")
    grid = page.subplots(2, len(views), squeeze=False, sharex="col", sharey="row", height_ratios=[3, 1.3])
    look = style.model_look(population.model)
    unit = next(iter(population.individual.loc[population.individual["parameter"] == "model_cmax", "unit"]), "")
    for (above, below), (low, high) in zip(grid.T, views, strict=True):
        for ax in (above, below):
            axes.trim(ax)
            axes.time_axis(ax, low, high, population.time_unit)
        axes.level_axis(above, axes.span_of([], points["level"]))
        marks.draw_marks(above, points, style.Look(style.PALE, "o"), size=2.4)
        _draw_levels(above, bins, look.color)
        _draw_shares(below, bins, look.color)
        axes.label_axes(below, x=axes.time_label(population.time_unit), y="")
    axes.label_axes(grid[0, 0], x="", y=level_label(population.analyte, str(unit)))
    axes.label_axes(grid[1, 0], x=grid[1, 0].get_xlabel(), y="Below LLOQ (%)")
    marks.legend_of_page(page, _entries(look.color))
    page.draw_without_rendering()  # the layout takes two rounds to settle
    return page


@style.in_style
def prediction_errors(check: PredictiveCheck, *, ax: Axes) -> Axes:
    """Draw the normalized prediction distribution errors (npde) over time.

    Under a true model they are standard normal: 95 % lie between the dashed lines. Those of levels below the limit are
    open: drawn from what the model predicts there.

    Parameters
    ----------
    check : PredictiveCheck
        As `check_predictions` gives it.
    ax : Axes
        Where to draw. The legend stands above it.
    """
    table, population = check.errors, check.population
    points = marked_levels(table, "time").assign(level=table["npde"])
    look = style.Look(style.model_look(population.model).color, "o")
    axes.trim(ax)
    axes.time_axis(ax, *time_range(points["time"], None, population.time_unit), population.time_unit)
    reach = max(3.0, 1.05 * float(np.abs(points["level"]).max()))
    ax.set_ylim(-reach, reach)
    for height, dashes in ((0.0, "-"), (-_EXPECTED, "--"), (_EXPECTED, "--")):
        ax.axhline(height, color=style.GRAY, linewidth=0.8, linestyle=dashes, zorder=1, label="_expected")
    marks.draw_marks(ax, points, look, size=3.0)
    axes.label_axes(ax, x=axes.time_label(population.time_unit), y="Prediction error (npde)")
    texts = {"quantified": "Quantified", "below": "Below LLOQ, drawn by chance", "above": "Above ULOQ, drawn by chance"}
    entries = [
        Entry(
            Line2D(
                [],
                [],
                color=look.color,
                marker="^" if mark == "above" else "o",
                linestyle="none",
                markersize=4.0,
                markerfacecolor="white" if mark == "below" else look.color,
            ),
            text,
        )
        for mark, text in texts.items()
        if (points["mark"] == mark).any()
    ]
    expected = Entry(Line2D([], [], color=style.GRAY, linewidth=0.8, linestyle="--"), "95 % of a true model")
    marks.legend_above(ax, [*entries, expected])
    return ax


def _draw_levels(ax: Axes, bins: pd.DataFrame, color: str) -> None:
    for quantile in QUANTILES:
        own = bins[bins["measure"] == f"{100 * quantile:g} %"]
        _draw_range(ax, own, color, alpha=0.35 if quantile == _MIDDLE else 0.18)


def _draw_shares(ax: Axes, bins: pd.DataFrame, color: str) -> None:
    shares = bins[bins["measure"] == "below"]
    percent = {name: 100.0 * shares[name] for name in ("observed", "low", "high")}
    _draw_range(ax, shares.assign(**percent), color, alpha=0.35)
    ax.set_ylim(-4.0, 104.0)


def _draw_range(ax: Axes, rows: pd.DataFrame, color: str, *, alpha: float) -> None:
    """Draw what was observed as a line over the range that was simulated."""
    time = rows["time"].to_numpy()
    low, high = (rows[name].to_numpy() for name in ("low", "high"))
    if ax.get_yscale() == "log":
        low, high = (np.maximum(one, ax.get_ylim()[0]) for one in (low, high))
    band = ax.fill_between(time, low, high, color=color, alpha=alpha, linewidth=0.0, zorder=1)
    band.set_label("_simulated")
    ax.plot(
        time, rows["observed"], color=style.INK, linewidth=1.1, marker="o", markersize=3.0, zorder=4, label="_observed"
    )


def _entries(color: str) -> list[Entry]:
    quantiles = ", ".join(f"{100 * quantile:g}" for quantile in QUANTILES)
    return [
        Entry(
            Line2D([], [], color=style.INK, linewidth=1.1, marker="o", markersize=3.0),
            f"Observed: {quantiles} % quantiles, and share below LLOQ",
        ),
        Entry(Patch(color=color, alpha=0.3, linewidth=0.0), "95 % of simulated trials"),
    ]
