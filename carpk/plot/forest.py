"""Forests: estimates with their intervals, one row each, published values beside."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.models.catalog import model as model_named
from carpk.models.population_table import PopulationFit
from carpk.models.table import FitResult
from carpk.plot import axes, marks, style
from carpk.plot.fits import of_analyte
from carpk.plot.gaps import told_reasons
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, one_unit
from carpk.terms import term
from carpk.units import conversion_factor

_PUBLISHED_LEVEL_UNIT = "copies/ug"
_WIDEST = 30.0  # times the range of the estimates that an axis follows intervals to either side
_STEPS = ((1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 5.0), (1.0, 3.0))  # of a power of ten, to be labeled
_BETWEEN = 12.0  # between two labels [pt]


@style.in_style
def model_parameters(
    fits: FitResult,
    *,
    parameter: str,
    model: str | None = None,
    analyte: str | None = None,
    matrix: str | None = None,
    ax: Axes,
) -> Axes:
    """Draw one parameter of every patient with its interval, the published typical value as a line.

    A number that is withheld is named with its reason in its patient's row, and what is known of its interval is drawn
    without a dot.

    Parameters
    ----------
    fits : FitResult
        As `fit_models` gives it.
    parameter : str
        Key of the parameter, such as ``model_tmax``.
    model : str, optional
        The first fitted, if not given.
    analyte : str, optional
        Key of the analyte; the first fitted, if not given.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        There is no such model, parameter or analyte.
    """
    table = fits.parameters
    name = fits.models[0] if model is None else one_of("model", model, list(fits.models))
    rows = table[table["source"] == name]
    analytes = list(dict.fromkeys(rows["analyte"]))
    rows = of_analyte(rows, analytes[0] if analyte is None else one_of("analyte", analyte, analytes), matrix)
    rows = rows[rows["parameter"] == one_of("parameter", parameter, rows["parameter"].drop_duplicates())]
    rows = rows.sort_values("subject", kind="stable").reset_index(drop=True)
    unit = one_unit(parameter, rows["unit"])
    published = _published(name, parameter, unit, fits.time_unit)
    look = style.model_look(name)
    _row_axis(ax, rows["subject"])
    _value_axis(ax, rows["value"], rows["low"], rows["high"], published)
    _draw_rows(ax, rows, look)
    label = f"{term(parameter).label} ({units.label(unit)})" if unit not in ("", "1") else term(parameter).label
    axes.label_axes(ax, x=label, y="Patient")
    marks.legend_above(ax, [_estimate_entry(look, "Estimate with interval"), *_published_entries(ax, published)])
    return ax


@style.in_style
def population_typical(population: PopulationFit, *, ax: Axes) -> Axes:
    """Draw the typical values of a population as multiples of the published ones, with 95 % intervals.

    Numbers stand beside the rows. Of what has no published value in the unit of the study, only the number is told.

    Parameters
    ----------
    population : PopulationFit
        As `fit_population` gives it.
    ax : Axes
        Where to draw. The legend stands above it.
    """
    table = population.typical
    rows = table[table["covariate"] == ""].reset_index(drop=True)
    ratio = rows.assign(**{name: rows[name] / rows["published"] for name in ("low", "high")})
    ratio = ratio.assign(value=rows["estimate"] / rows["published"], subject=rows["parameter"])
    look = style.model_look(population.model)
    _row_axis(ax, [term(key).label.removesuffix(", model") for key in rows["parameter"]])
    _value_axis(ax, ratio["value"], ratio["low"], ratio["high"], 1.0)
    _draw_rows(ax, ratio, look, told=False)
    for place, row in enumerate(rows.to_dict("records")):
        _beside(ax, place, _told({str(key): value for key, value in row.items()}))
    axes.label_axes(ax, x="Typical value / published value", y="Parameter")
    estimate = _estimate_entry(look, "Estimate with 95 % interval")
    marks.legend_above(ax, [estimate, *_published_entries(ax, 1.0)])
    return ax


def _published(model: str, parameter: str, unit: str, time_unit: str) -> float:
    """Return the published typical value in the study's units; NaN where there is none."""
    found = [one.published for one in model_named(model).parameters if one.key == parameter]
    kind, day = term(parameter).kind, conversion_factor("day", time_unit)
    if not found or (kind == "level" and unit != _PUBLISHED_LEVEL_UNIT):
        return float("nan")
    return found[0] * {"time": day, "rate": 1.0 / day}.get(kind, 1.0)


def _row_axis(ax: Axes, names: "pd.Series[str] | list[str]") -> None:
    axes.trim(ax)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_yticks(range(len(names)), list(names))
    ax.tick_params(axis="y", length=0)
    for label in ax.get_yticklabels():
        axes.literal(label)


def _value_axis(
    ax: Axes, value: "pd.Series[float]", low: "pd.Series[float]", high: "pd.Series[float]", published: float
) -> None:
    """Span estimates and the published value, and of intervals what lies not too far from them."""
    known = np.concatenate([value, [published]])
    known = known[np.isfinite(known) & (known > 0)]
    known = known if known.size else np.array([1.0])
    ends = np.concatenate([low, high])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    bottom, top = known.min(), known.max()
    every = np.concatenate([known, np.clip(ends, bottom / _WIDEST, top * _WIDEST)])
    ax.set_xscale("log")
    ax.set_xlim(every.min() / 1.3, every.max() * 1.3)
    widest = max(axes.text_width(style.number(float(f"{end:.1g}"))) for end in ax.get_xlim())
    most = axes.size_in_points(ax)[0] / (widest + _BETWEEN)
    decades = np.log10(every.max() / every.min() * 1.69)
    steps = next((steps for steps in _STEPS if decades * len(steps) <= most), (1.0,))
    ax.xaxis.set_major_locator(ticker.LogLocator(subs=steps, numticks=max(3, int(most))))
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda at, _: style.number(at)))
    ax.xaxis.set_minor_formatter(ticker.NullFormatter())


def _draw_rows(ax: Axes, rows: pd.DataFrame, look: style.Look, *, told: bool = True) -> None:
    """Draw dots and intervals; an open end runs to the end of the axis."""
    left, right = ax.get_xlim()
    place = np.arange(len(rows))
    low, high = rows["low"].to_numpy(np.float64), rows["high"].to_numpy(np.float64)
    drawn = np.isfinite(low) | np.isfinite(high)
    start, end = np.where(np.isfinite(low), low, left), np.where(np.isfinite(high), high, right)
    ax.hlines(place[drawn], start[drawn], end[drawn], color=look.color, linewidth=1.0, zorder=2, label="_interval")
    ax.plot(rows["value"], place, **_dot(look), label="_estimate")
    for row, reason in enumerate(rows["reason"]):
        if told and reason:
            _beside(ax, row, _reason_in_words(str(reason)))


def _reason_in_words(reason: str) -> str:
    """Name one reason in words."""
    return told_reasons(Counter([reason]))


def _beside(ax: Axes, place: int, text: str) -> None:
    note = ax.annotate(
        text,
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        fontsize=style.NOTE_SIZE,
        color=style.GRAY,
        va="center",
        annotation_clip=False,
    )
    axes.literal(note)


def _told(row: dict[str, Any]) -> str:
    """Write a typical value with its interval and the published one."""
    unit = "" if row["unit"] in ("", "1") else f" {units.label(row['unit'])}"
    known = f"{_short(row['estimate'])} ({_short(row['low'])}\u2013{_short(row['high'])}){unit}"
    if row["reason"]:
        known = _reason_in_words(row["reason"])
    elif np.isnan(row["low"]):
        known = f"{_short(row['estimate'])}{unit}, held"
    published = "" if np.isnan(row["published"]) else f"; published {_short(row['published'])}"
    return known + published


def _short(value: float) -> str:
    return style.number(float(f"{value:.3g}"))


def _dot(look: style.Look) -> dict[str, Any]:
    return {"color": look.color, "linestyle": "none", "marker": "o", "markersize": 4.0, "zorder": 3}


def _estimate_entry(look: style.Look, text: str) -> Entry:
    return Entry(Line2D([], [], color=look.color, marker="o", markersize=4.0, linewidth=1.0), text)


def _published_entries(ax: Axes, published: float) -> list[Entry]:
    """Draw the line of the published value and name it; nothing where there is none."""
    if np.isnan(published):
        return []
    ax.axvline(published, color=style.GRAY, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1, label="_published")
    line = Line2D([], [], color=style.GRAY, linewidth=0.8, linestyle=(0, (4, 2)))
    return [Entry(line, "Published typical value")]
