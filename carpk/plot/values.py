"""The values of one parameter, and the dots that show them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from carpk import terms, units
from carpk.plot.marks import aside
from carpk.plot.placement import one_of, one_unit, usual_matrix, with_details
from carpk.plot.style import Look

ZERO_AT = 0.04
"""Where zeros stand on a log axis, as a share of the height of the axes."""

_STEP = 5.4  # points between neighbors of nearly one level


@dataclass(frozen=True, eq=False)
class Values:
    """The values of one parameter that a picture shows.

    Attributes
    ----------
    rows : DataFrame
        Rows of the parameters table: one for each patient.
    label : str
        Name of the parameter with its unit, for the axis.
    logarithmic : bool
        True where the values stand on a log axis.
    middle : {"geometric_mean", "median"}
        What sums a group up, a column of the summary: the median for times.
    cohorts : list of str
        All cohorts of the table, by rising dose.
    """

    rows: pd.DataFrame
    label: str
    logarithmic: bool
    middle: str
    cohorts: list[str]


def chosen_values(parameters: pd.DataFrame, *, parameter: str, analyte: str, matrix: str | None, source: str) -> Values:
    """Choose the rows of one parameter, one for each patient."""
    rows = parameters
    for column, given in (("source", source), ("analyte", analyte), ("parameter", parameter)):
        rows = rows[rows[column] == one_of(column, given, rows[column].drop_duplicates())]
    matrices = sorted(rows["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    rows = rows[rows["matrix"] == chosen]
    term = terms.term(parameter)
    details = [chosen if len(matrices) > 1 else "", units.label(one_unit(parameter, rows["unit"]))]
    return Values(
        rows=rows,
        label=with_details(term.label, [detail for detail in details if detail]),
        logarithmic=term.summary != "median",
        middle="geometric_mean" if term.summary == "geometric" else "median",
        cohorts=[str(name) for name in parameters.groupby("cohort")["dose"].min().sort_values(kind="stable").index],
    )


def draw_dots(ax: Axes, numbers: "pd.Series[float]", places: np.ndarray, look: Look) -> None:
    """Draw a dot for each value, side by side where they would overlap; zeros as open markers at the bottom."""
    order = np.argsort(numbers.to_numpy(), kind="stable")
    heights, places = numbers.to_numpy()[order], places[order]
    zero = heights <= 0 if ax.get_yscale() == "log" else np.zeros(len(heights), np.bool_)
    for kind, chosen in (("_value", ~zero & ~np.isnan(heights)), ("_zero", zero)):
        base = ax.get_xaxis_transform() if kind == "_zero" else ax.transData
        levels = np.full(len(heights), ZERO_AT) if kind == "_zero" else heights
        shifts = _side_by_side(base.transform(np.column_stack([places, levels])) * 72 / ax.figure.dpi)
        for shift in np.unique(shifts[chosen]):
            here = chosen & (shifts == shift)
            (dots,) = ax.plot(places[here], levels[here], **dot(look, hollow=kind == "_zero"))
            dots.set_transform(aside(ax, base, float(shift)))
            dots.set_label(kind)


def dot(look: Look, *, hollow: bool) -> dict[str, Any]:
    """Say how one value is drawn."""
    return {
        "color": look.color,
        "linestyle": "none",
        "marker": look.marker,
        "markersize": 4.2,
        "markerfacecolor": "white" if hollow else look.color,
        "markeredgewidth": 0.8 if hollow else 0.0,
        "alpha": 1.0 if hollow else 0.85,
        "zorder": 3,
    }


def _side_by_side(points: np.ndarray) -> np.ndarray:
    """Shift dots sideways [pt], in turn to the right and to the left, until none lies on another."""
    shifts = np.zeros(len(points))
    for dot in range(len(points)):
        near = [
            other
            for other in range(dot)
            if points[other, 0] == points[dot, 0] and abs(points[other, 1] - points[dot, 1]) < _STEP
        ]
        tried = 0
        while any(abs(shifts[other] - _turn(tried)) < _STEP for other in near):
            tried += 1
        shifts[dot] = _turn(tried)
    return shifts


def _turn(tried: int) -> float:
    return _STEP * ((tried + 1) // 2) * (1 if tried % 2 else -1)
