"""What was measured of whom at which planned visit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from carpk.io.study import as_study
from carpk.plot import axes, groups, marks, style
from carpk.plot.individual import cohort_name
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, usual_matrix
from carpk.schema import Study
from carpk.terms import analyte as known_analyte
from carpk.units import label as unit_label


@dataclass(frozen=True, slots=True)
class _Cell:
    """How one state of a planned sample is drawn: apart by lightness, and by a symbol of its own."""

    text: str
    color: str
    symbol: str = ""
    ink: str = style.INK


_CELLS: Mapping[str, _Cell] = MappingProxyType(
    {
        "above_uloq": _Cell("Above ULOQ", "#D55E00", "^", "white"),
        "quantified": _Cell("Quantified", "#0072B2"),
        "below": _Cell("Below LLOQ", "#CFE4F2", "o"),
        "excluded": _Cell("Excluded", "#B0B0B0", "s"),
        "missing": _Cell("Sample without a level", "#FFFFFF", "x"),
        "absent": _Cell("No sample", "#FFFFFF", "_", style.GRAY),
        "after": _Cell("After the last sample of the patient", "#EFEFEF"),
    }
)
"""States of a planned sample; of several samples at one visit, the first of them counts."""

_STATE_OF = MappingProxyType({"blq": "below", "not_detected": "below"})


@style.in_style
def sampling(
    study: Study | pd.DataFrame,
    *,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    ax: Axes,
) -> Axes:
    """Draw which planned samples were measured: patients by cohort down, planned times across.

    Each cell says by color and symbol whether the level is quantified, below or above a limit, left out or missing, or
    whether there is no sample. A planned time is the nominal one, or else the median time of a visit; samples without
    either are counted under the axis.

    Parameters
    ----------
    study : Study or DataFrame
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The study has no such analyte or matrix.
    """
    study = as_study(study)
    samples = study.samples[study.samples["analyte"] == one_of("analyte", analyte, study.analytes)]
    matrices = sorted(samples["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    samples = samples[samples["matrix"] == chosen]
    planned = groups.planned_times(samples)
    table = _states(study, samples, planned)
    _draw_cells(ax, table)
    _name_columns(ax, [float(time) for time in table.columns])
    _name_rows(ax, study, [str(subject) for subject in table.index])
    unplanned = int(planned.isna().sum())
    notes = [f"{unplanned} samples without a planned time: not drawn"] if unplanned else []
    name = f"{known_analyte(analyte).label}, {chosen}" if len(matrices) > 1 else known_analyte(analyte).label
    time = f"{name}: planned time since infusion ({unit_label(study.time_unit)})"
    axes.label_axes(ax, x="\n".join([time, *notes]), y="Patient")
    present = set(table.to_numpy().ravel())
    marks.legend_above(ax, [Entry(_handle(cell), cell.text) for key, cell in _CELLS.items() if key in present])
    return ax


def _states(study: Study, samples: pd.DataFrame, planned: "pd.Series[float]") -> pd.DataFrame:
    """Find the state of each patient, by cohort and name, at each planned time."""
    rank = {state: place for place, state in enumerate(_CELLS)}
    given = samples.assign(planned=planned, rank=samples["status"].map(lambda s: rank[_STATE_OF.get(s, s)]))
    found = given.dropna(subset="planned").pivot_table(index="subject", columns="planned", values="rank", aggfunc="min")
    order = {cohort: place for place, cohort in enumerate(study.cohorts)}
    people = study.subjects.assign(place=study.subjects["cohort"].map(order)).sort_values(["place", "subject"])
    every = study.samples
    seen = every[["time", "nominal_time"]].max(axis=1).groupby(every["subject"]).max()
    last = seen.reindex(people["subject"]).to_numpy(np.float64)[:, None]
    found = found.reindex(people["subject"])
    with np.errstate(invalid="ignore"):
        later = ~(found.columns.to_numpy(np.float64)[None, :] <= last)
    without = np.where(later, rank["after"], rank["absent"])
    ranks = np.where(found.isna(), without, found.to_numpy(np.float64)).astype(np.int64)
    return pd.DataFrame(np.array(list(_CELLS), object)[ranks], index=found.index, columns=found.columns)


def _draw_cells(ax: Axes, table: pd.DataFrame) -> None:
    keys = list(_CELLS)
    ranks = np.array([[keys.index(state) for state in row] for row in table.to_numpy()]).reshape(table.shape)
    colors = ListedColormap([cell.color for cell in _CELLS.values()])
    mesh = ax.pcolormesh(ranks, cmap=colors, vmin=-0.5, vmax=len(keys) - 0.5, edgecolors=style.PALE, linewidth=0.5)
    mesh.set_label("_cells")
    for state, cell in _CELLS.items():
        rows, columns = np.nonzero(table.to_numpy() == state)
        if cell.symbol and len(rows):
            ax.plot(columns + 0.5, rows + 0.5, **_symbol(cell), label=f"_{state}")
    ax.set_xlim(0, max(1, table.shape[1]))
    ax.set_ylim(len(table), 0)


def _symbol(cell: _Cell) -> dict[str, Any]:
    hollow = cell.symbol in ("o", "s")
    return {
        "linestyle": "none",
        "marker": cell.symbol,
        "markersize": 4.0,
        "color": cell.ink,
        "markerfacecolor": "none" if hollow else cell.ink,
        "markeredgewidth": 0.9 if hollow or cell.symbol in ("x", "_") else 0.0,
    }


def _handle(cell: _Cell) -> "Rectangle | tuple[Rectangle, Line2D]":
    box = Rectangle((0, 0), 1, 1, facecolor=cell.color, edgecolor=style.PALE, linewidth=0.5)
    return (box, Line2D([], [], **_symbol(cell))) if cell.symbol else box


def _name_columns(ax: Axes, times: Sequence[float]) -> None:
    """Name as many planned times as there is room for."""
    names = [style.number(round(time, 1)) for time in times]
    room = axes.size_in_points(ax)[0] / max(1, len(times))
    step = max(1, int(np.ceil(max((axes.text_width(name) for name in names), default=1.0) / max(room - 3, 1.0))))
    ax.set_xticks([place + 0.5 for place in range(0, len(names), step)], names[::step])
    _plain_ticks(ax)


def _name_rows(ax: Axes, study: Study, subjects: Sequence[str]) -> None:
    """Name patients on the left and cohorts on the right, with a line between cohorts."""
    size = min(style.FONT_SIZE, max(4.0, axes.size_in_points(ax)[1] / max(1, len(subjects)) - 1))
    ax.set_yticks([place + 0.5 for place in range(len(subjects))], subjects)
    _plain_ticks(ax)
    for label in ax.get_yticklabels():
        label.set_fontsize(size)
    cohort = study.subjects.set_index("subject")["cohort"]
    start = 0
    for name in study.cohorts:
        count = int((cohort.loc[list(subjects)] == name).sum())
        if start:
            ax.axhline(start, color=style.INK, linewidth=1.0, label="_cohort")
        text = f"{axes.wrap(cohort_name(name), 68, style.NOTE_SIZE)}\nn {count}"
        axes.beside_axes(ax, start + count / 2, text)
        start += count


def _plain_ticks(ax: Axes) -> None:
    axes.trim(ax)
    ax.tick_params(length=0)
    for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
        axes.literal(label)
