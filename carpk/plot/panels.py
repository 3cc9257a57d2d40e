"""Pages of panels that share one time axis: their layout, their strip of events, their views."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine

from carpk.plot import axes, events, style
from carpk.plot.axes import Span
from carpk.plot.events import Lane
from carpk.plot.individual import FIRST_DAYS, in_time_unit, time_views
from carpk.schema import Study

_TALLEST = 8.8  # height of a page [inch]
_LOWEST, _HIGHEST = 0.8, 1.4  # height of a panel [inch]
_SLIGHTEST = 0.3  # height of a panel where the page is given [inch]
_AROUND = 1.15  # height of titles, time axis and legend [inch]
_BREADTHS = {1: [1.0], 2: [1.55, 1.0]}
_BESIDE_PANELS = 125.0  # width of labels, limits and gaps [pt]


@dataclass(frozen=True, eq=False)
class Grid:
    """A page with a strip of events over panels, one column for each view in time.

    Attributes
    ----------
    page : Page
    strip : sequence of Axes
        One for each view.
    rows : sequence of sequences of Axes
        One row for each panel.
    views : sequence of pairs of float
        First and last time of each column.
    beside : bool
        Whether vertical labels stand upright beside their panels.
    cut : sequence of str
        Names of events that the strip had no room for.
    """

    page: style.Page
    strip: Sequence[Axes]
    rows: Sequence[Sequence[Axes]]
    views: Sequence[tuple[float, float]]
    beside: bool
    cut: Sequence[str] = ()


def lay_out(
    study: Study,
    labels: Sequence[str],
    times: Sequence[float],
    lanes: Sequence[Lane],
    *,
    until: float | None,
    height: float | None,
) -> Grid:
    """Make the page and its axes, with their time axes, and draw the strip of events and its lines."""
    last = float("inf") if until is None else in_time_unit(until, study.time_unit)
    seen = [*times, *[time for lane in lanes for time in lane.times if time <= last]]
    views = time_views(pd.Series(seen), until, study.time_unit)
    strip, panels = max(2, len(lanes)) * events.LANE_HEIGHT, len(labels)
    room = ((_TALLEST if height is None else height) - _AROUND - strip) / max(1, panels)
    panel = min(_HIGHEST, max(_LOWEST, room)) if height is None else max(_SLIGHTEST, room)
    height = strip + panels * panel + _AROUND if height is None else height
    page = style.Page(figsize=(style.PAGE_WIDTH, height), layout=ConstrainedLayoutEngine(h_pad=0.02, hspace=0.0))
    cells = page.subplots(
        1 + panels,
        len(views),
        squeeze=False,
        sharex="col",
        sharey="row",
        height_ratios=[strip, *[panel] * panels],
        width_ratios=_BREADTHS[len(views)],
    )
    beside = any(axes.too_long(label, 72 * panel) for label in labels)
    grid = Grid(page, list(cells[0]), [list(row) for row in cells[1:]], views, beside)
    for column, (low, high) in zip(cells.T, views, strict=True):
        for place, ax in enumerate(column):
            axes.trim(ax)
            axes.time_axis(ax, low, high, study.time_unit)
            events.draw_lines(ax, lanes, in_strip=place == 0)
    return replace(grid, cut=_finish_strip(grid, study.time_unit, lanes))


def _finish_strip(grid: Grid, time_unit: str, lanes: Sequence[Lane]) -> list[str]:
    breadths = _BREADTHS[len(grid.views)]
    widths = [(72 * style.PAGE_WIDTH - _BESIDE_PANELS) * breadth / sum(breadths) for breadth in breadths]
    cut = events.draw_strip(grid.strip[0], lanes, width=widths[0])
    for ax in grid.strip[1:]:
        cut += events.draw_strip(ax, lanes, width=widths[1], before=widths[0], named_from=grid.views[0][1])
    if len(grid.views) > 1:
        for ax, title in zip(grid.strip, (f"To day {FIRST_DAYS:g}", "Whole follow-up"), strict=True):
            axes.literal(ax.set_title(title, fontsize=style.FONT_SIZE, loc="left", color=style.GRAY))
    grid.page.align_ylabels([row[0] for row in grid.rows])
    for ax in grid.rows[-1] if grid.rows else grid.strip:
        axes.label_axes(ax, x=axes.time_label(time_unit), y="")
    if not grid.rows:
        for ax in grid.strip:
            ax.spines["bottom"].set_visible(True)
            ax.tick_params(bottom=True, labelbottom=True)
    return cut


def finish_row(row: Sequence[Axes], label: str, span: Span, limits: pd.DataFrame, *, beside: bool) -> None:
    """Give the panels of one analyte their axis, its label on the left and their limits, named on the right."""
    for ax in row:
        axes.level_axis(ax, span)
        axes.limit_lines(ax, limits, named=ax is row[-1])
    axes.label_axes(row[0], x=row[0].get_xlabel(), y=label, beside=beside)


def name_page(page: style.Page, title: str, remarks: Sequence[str]) -> None:
    """Write a title at the top left, taken literally, and remarks under it."""
    width = 72 * style.PAGE_WIDTH - 24
    lines = [axes.wrap(line, width, style.FONT_SIZE + 1) for line in (title, *remarks)]
    text = page.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=style.FONT_SIZE + 1, linespacing=1.25)
    axes.literal(text)
