"""How samples are marked, and the legends that say so."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform

from carpk.plot import style
from carpk.plot.axes import literal, size_in_points, text_width, wrap
from carpk.plot.placement import MARKS
from carpk.plot.style import Look

_EDGE = {"below_unknown": 0.035, "negative": 0.035, "above_unknown": 0.965}
_SHAPES = {"above": "^", "below_unknown": "v", "above_unknown": "^", "negative": "x"}
_LARGER = {"^": 1.6, "P": 1.3, "X": 1.3, "*": 1.5, "p": 1.2, "h": 1.2, "8": 1.1}  # to look alike in size
_OPEN = ("below", "below_unknown", "above_unknown")
_TIGHT: Mapping[str, Any] = MappingProxyType(
    {
        "borderaxespad": 0.3,
        "borderpad": 0.1,
        "columnspacing": 1.2,
        "handlelength": 1.6,
        "handletextpad": 0.5,
        "labelspacing": 0.3,
        "frameon": False,
        "fontsize": style.FONT_SIZE,
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend; of several handles, each lies on the one before."""

    handle: Artist | tuple[Artist, ...]
    text: str


def aside(ax: Axes, base: Transform, shift: float) -> Transform:
    """Move what is drawn sideways by so many points, whatever the axis."""
    return base + ScaledTranslation(shift / 72, 0, ax.figure.dpi_scale_trans)


def draw_marks(ax: Axes, points: pd.DataFrame, look: Look, *, size: float = 4.0, shift: float = 0.0) -> None:
    """Draw every sample with the mark of its kind; the line of each kind is labeled ``_`` and the mark's key.

    Marks without a level stand at the end of the axis; `shift` moves all sideways [pt].
    """
    for mark in MARKS:
        chosen = points[points["mark"] == mark]
        if chosen.empty:
            continue
        edge = _EDGE.get(mark)
        (line,) = ax.plot(
            chosen["time"].to_numpy(),
            chosen["level"].to_numpy() if edge is None else np.full(len(chosen), edge),
            **_marker(mark, look, size),
        )
        line.set_label(f"_{mark}")
        line.set_transform(aside(ax, ax.transData if edge is None else ax.get_xaxis_transform(), shift))


def _marker(mark: str, look: Look, size: float) -> dict[str, Any]:
    return {
        "color": look.color,
        "linestyle": "none",
        "marker": _SHAPES.get(mark, look.marker),
        "markersize": size * _LARGER.get(_SHAPES.get(mark, look.marker), 1.0),
        "markerfacecolor": "white" if mark in _OPEN else look.color,
        "markeredgewidth": 0.8 if mark in _OPEN or mark == "negative" else 0.0,
        "zorder": 3,
    }


def mark_entries(points: pd.DataFrame, look: Look) -> list[Entry]:
    """Legend lines of the marks present, quantified levels excepted."""
    present = [mark for mark in MARKS if mark != "quantified" and (points["mark"] == mark).any()]
    return [Entry(Line2D([], [], **_marker(mark, look, 4.0)), MARKS[mark]) for mark in present]


def note_entry(text: str) -> Entry:
    """Legend line that is words only."""
    return Entry(Line2D([], [], linestyle="none"), text)


def entry_lines(ax: Axes, text: str, handle: Artist | None = None) -> list[Entry]:
    """Break a text into legend lines that fit the width of the axes; the handle stands beside the first."""
    first, *more = wrap(text, size_in_points(ax)[0] - 3.6 * style.FONT_SIZE).split("\n")
    start = note_entry(first) if handle is None else Entry(handle, first)
    return [start, *[note_entry(line) for line in more]]


def legend_above(ax: Axes, entries: Sequence[Entry]) -> Legend | None:
    """Set a legend above the axes, read row by row, in as many columns as its width has room for."""
    if not entries:
        return None
    columns = _columns(entries, size_in_points(ax)[0])
    cells = _by_column(entries, columns)
    legend = ax.legend(
        [cell.handle for cell in cells],
        ["x"] * len(cells),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        **_TIGHT,
    )
    name_entries(legend, cells)
    return legend


def legend_of_page(page: style.Page, entries: Sequence[Entry], *, below: bool = False) -> Legend | None:
    """Set one legend for all panels above them, or below."""
    if not entries:
        return None
    columns = _columns(entries, 72 * float(page.get_size_inches()[0]) - 20)
    cells = _by_column(entries, columns)
    where: Literal["outside lower left", "outside upper left"] = "outside lower left" if below else "outside upper left"
    handles = [cell.handle for cell in cells]
    legend = page.legend(handles=handles, labels=["x"] * len(cells), loc=where, ncols=columns, **_TIGHT)
    name_entries(legend, cells)
    return legend


def name_entries(legend: Legend, cells: Sequence[Entry]) -> None:
    """Write the legend's texts after it is made: matplotlib leaves out names that begin with an underscore."""
    for text, cell in zip(legend.get_texts(), cells, strict=True):
        literal(text).set_text(cell.text)


def _columns(entries: Sequence[Entry], width: float) -> int:
    """Most columns that fit: each is as wide as its longest text, its handle and the gap."""
    around = 3.6 * style.FONT_SIZE
    for columns in range(len(entries), 1, -1):
        widest = [max(text_width(entry.text) for entry in entries[start::columns]) for start in range(columns)]
        if sum(widest) + columns * around <= width:
            return columns
    return 1


def _by_column(entries: Sequence[Entry], columns: int) -> list[Entry]:
    """Order entries so that a legend, which matplotlib fills column by column, reads row by row."""
    rows = math.ceil(len(entries) / columns)
    padded = [*entries, *[note_entry("") for _ in range(rows * columns - len(entries))]]
    return [padded[row * columns + column] for column in range(columns) for row in range(rows)]
