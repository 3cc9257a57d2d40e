"""The values of one parameter, known or as a bound only, and the dots that show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import terms, units
from carpk.plot import style
from carpk.plot.individual import cohort_name
from carpk.plot.marks import Entry, aside
from carpk.plot.placement import has_logarithm, one_of, one_unit, usual_matrix, with_details
from carpk.plot.style import Look

ZERO_AT = 0.04
"""Where zeros stand on a log axis, as a share of the height of the axes."""

BOUNDS = {"_at_least": "At least (a limit, or not seen yet)", "_at_most": "At most (below a limit)"}
"""How a number is drawn of which only a bound is known, and what the legend says about it."""

_STEP = 5.4  # points between neighbors of nearly one level
_SHAPES = {"_at_least": "^"}
_HOLLOW = ("_zero", "_at_most")


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

    @property
    def missing(self) -> pd.DataFrame:
        """Rows without a value."""
        return self.rows[self.rows["value"].isna()]


def chosen_values(parameters: pd.DataFrame, *, parameter: str, analyte: str, matrix: str | None, source: str) -> Values:
    """Choose the rows of one parameter, one for each patient."""
    rows = parameters
    for column, given in (("source", source), ("analyte", analyte), ("parameter", parameter)):
        rows = rows[rows[column] == one_of(column, given, rows[column].drop_duplicates())]
    matrices = sorted(rows["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    rows = rows[rows["matrix"] == chosen]
    term = terms.term(parameter)
    unit = one_unit(parameter, rows["unit"])
    details = [chosen if len(matrices) > 1 else "", units.label(unit)]
    return Values(
        rows=rows,
        label=with_details(term.label, [detail for detail in details if detail]),
        logarithmic=term.summary != "median" and has_logarithm(unit),
        middle="geometric_mean" if term.summary == "geometric" else "median",
        cohorts=cohorts_by_dose(parameters),
    )


def cohorts_by_dose(parameters: pd.DataFrame) -> list[str]:
    """Cohorts of a table, by rising dose."""
    return [str(name) for name in parameters.groupby("cohort")["dose"].min().sort_values(kind="stable").index]


def with_bounds(rows: pd.DataFrame) -> pd.DataFrame:
    """Add `level`, where each number stands, and `bound`, a key of BOUNDS where that is a bound only.

    A number without an upper bound stands at its lower one, any other that is not known at its upper one. A level is
    NaN where nothing is known.
    """
    value, low, high = (rows[name].to_numpy(np.float64) for name in ("value", "low", "high"))
    unknown = np.isnan(value)
    at_least, at_most = unknown & np.isfinite(low) & np.isinf(high), unknown & np.isfinite(high)
    return rows.assign(
        level=np.select([at_least, at_most], [low, high], value),
        bound=np.select([at_least, at_most], list(BOUNDS), ""),
    )


def bound_entries(bounds: Iterable[str]) -> list[Entry]:
    """Legend lines of the bounds present."""
    present = set(bounds)
    look = Look(style.INK, "o")
    return [Entry(Line2D([], [], **_kind_of_dot(look, kind)), text) for kind, text in BOUNDS.items() if kind in present]


def draw_dots(
    ax: Axes, numbers: "pd.Series[float]", places: np.ndarray, look: Look, bounds: "pd.Series[str] | None" = None
) -> None:
    """Draw a dot for each value, side by side where they would overlap; zeros as open markers at the bottom.

    Numbers of which only a bound is known, as `with_bounds` tells them, are triangles and open markers.
    """
    order = np.argsort(numbers.to_numpy(), kind="stable")
    heights, places = numbers.to_numpy()[order], places[order]
    kinds = np.full(len(heights), "_value", object)
    if bounds is not None:
        kinds = np.where(bounds.to_numpy()[order] == "", kinds, bounds.to_numpy()[order])
    if ax.get_yscale() == "log":
        kinds[heights <= 0] = "_zero"
    kinds[np.isnan(heights)] = ""
    for kind in ("_value", "_zero", *BOUNDS):
        chosen = kinds == kind
        base = ax.get_xaxis_transform() if kind == "_zero" else ax.transData
        levels = np.full(len(heights), ZERO_AT) if kind == "_zero" else heights
        shifts = _side_by_side(base.transform(np.column_stack([places, levels])) * 72 / ax.figure.dpi)
        for shift in np.unique(shifts[chosen]):
            here = chosen & (shifts == shift)
            (dots,) = ax.plot(places[here], levels[here], **_kind_of_dot(look, kind))
            dots.set_transform(aside(ax, base, float(shift)))
            dots.set_label(kind)


def dot(look: Look, *, hollow: bool = False, marker: str = "") -> dict[str, Any]:
    """Say how one value is drawn; another marker than that of the look is somewhat larger."""
    return {
        "color": look.color,
        "linestyle": "none",
        "marker": marker or look.marker,
        "markersize": 5.6 if marker else 4.2,
        "markerfacecolor": "white" if hollow else look.color,
        "markeredgewidth": 0.8 if hollow else 0.0,
        "alpha": 1.0 if hollow else 0.85,
        "zorder": 3,
    }


def cohort_dots(rows: pd.DataFrame, looks: Mapping[str, Look]) -> list[Entry]:
    """Legend lines of the cohorts drawn, with their numbers of patients."""
    counts = rows.groupby("cohort")["subject"].nunique()
    return [
        Entry(Line2D([], [], **dot(look)), f"{cohort_name(cohort)} (n {counts[cohort]})")
        for cohort, look in looks.items()
        if cohort in counts.index
    ]


def _kind_of_dot(look: Look, kind: str) -> dict[str, Any]:
    return dot(look, hollow=kind in _HOLLOW, marker=_SHAPES.get(kind, ""))


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
