"""Levels beside what a model predicts of them."""

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.models.population_table import PopulationFit
from carpk.models.table import FitResult
from carpk.plot import axes, marks, style
from carpk.plot.fits import ARROW, of_analyte
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of

_LINES = {"individual": "predicted", "population": "typical"}
_MARKS = {"quantified": "quantified", "blq": "below", "above_uloq": "above"}


@style.in_style
def observed_predicted(
    fits: FitResult | PopulationFit,
    *,
    model: str | None = None,
    prediction: str = "individual",
    analyte: str | None = None,
    matrix: str | None = None,
    ax: Axes,
) -> Axes:
    """Draw observed against predicted levels on log axes, with the line on which they are equal.

    A level below the limit stands at the limit as an open marker with an arrow down: it agrees with every prediction
    to the left of the line, that is, with a lower one. A prediction less than a thirtieth of the lowest level stands
    there.

    Parameters
    ----------
    fits : FitResult or PopulationFit
        As `fit_models` or `fit_population` gives it.
    model : str, optional
        The first fitted, if not given.
    prediction : {"individual", "population"}
        Of each subject's own curve, or of the typical curve of a population.
    analyte : str, optional
        Key of the analyte; the first fitted, if not given.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        There is no such model, analyte or prediction.
    """
    known = list(_LINES) if isinstance(fits, PopulationFit) else ["individual"]
    column = _LINES[one_of("prediction", prediction, known)]
    points = chosen_predictions(fits, model=model, analyte=analyte, matrix=matrix)
    axes.trim(ax)
    ends = _ends(points, column)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(*ends)
    ax.set_ylim(*ends)
    ax.plot(ends, ends, color=style.GRAY, linewidth=0.8, zorder=1, label="_equal")
    marked = marked_levels(points, column)
    marked = marked.assign(time=marked["time"].clip(lower=_lowest(points)))
    source = next(iter(points["source"]), "stein").split(" ")[0]
    look = style.Look(style.model_look(source).color, "o")
    marks.draw_marks(ax, marked, look, size=3.2)
    below = marked[marked["mark"] == "below"]
    ax.plot(below["time"], below["level"], **ARROW, markeredgecolor=look.color, label="_arrow")
    axes.log_ticks(ax, float(np.log10(ends[1] / ends[0])))
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    ax.xaxis.set_minor_formatter(ticker.NullFormatter())
    unit = level_unit(fits, points)
    name = "Predicted by the own curve" if column == "predicted" else "Predicted by the typical curve"
    axes.label_axes(ax, x=f"{name} ({unit})", y=f"Level observed ({unit})")
    equal = Entry(Line2D([], [], color=style.GRAY, linewidth=0.8), "Observed as predicted")
    marks.legend_above(ax, [equal, *marks.mark_entries(marked, look)])
    return ax


def chosen_predictions(
    fits: FitResult | PopulationFit, *, model: str | None, analyte: str | None, matrix: str | None
) -> pd.DataFrame:
    """Keep the predictions of one model of one analyte."""
    table = fits.predictions
    models = [fits.model] if isinstance(fits, PopulationFit) else list(fits.models)
    name = models[0] if model is None else one_of("model", model, models)
    of_model = table[table["source"] == name]
    analytes = list(dict.fromkeys(fits.parameters["analyte"])) if isinstance(fits, FitResult) else [fits.analyte]
    return of_analyte(of_model, analytes[0] if analyte is None else one_of("analyte", analyte, analytes), matrix)


def marked_levels(points: pd.DataFrame, across: str) -> pd.DataFrame:
    """Say how each level is marked and where it stands: `across` names the column of the horizontal axis."""
    return points.assign(
        time=points[across], level=points["observed"], mark=points["status"].map(_MARKS).astype(object)
    )


def level_unit(fits: FitResult | PopulationFit, points: pd.DataFrame) -> str:
    """Name the unit of the levels for people."""
    table = fits.individual if isinstance(fits, PopulationFit) else fits.parameters
    rows = table[(table["parameter"] == "model_cmax") & table["analyte"].isin(points["analyte"])]
    return units.label(str(next(iter(rows["unit"]), "")))


def _ends(points: pd.DataFrame, column: str) -> tuple[float, float]:
    """Both axes' range: all that was observed, and predictions not far below it."""
    observed = points["observed"]
    if observed.empty:
        return 1.0, 10.0
    every = np.concatenate([observed, points[column].clip(lower=_lowest(points))])
    return float(every.min()) / 1.5, float(every.max()) * 1.5


def _lowest(points: pd.DataFrame) -> float:
    return float(points["observed"].min()) / 30.0
