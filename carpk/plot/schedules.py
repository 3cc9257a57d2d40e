"""What a schedule of visits does to the numbers of a patient without error: too low, or too high."""

import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk.errors import RulesError
from carpk.plot import axes, marks, style
from carpk.plot.marks import Entry
from carpk.terms import term

_COLUMNS = ("schedule", "parameter", "bias_percent")
_SPREAD = 0.36  # of the parameters of one schedule, as a share of its place


@style.in_style
def schedule_bias(bias: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw the bias of each number through each schedule of visits, one row a schedule.

    Left of the line of zero, the analysis of these visits gives less than the truth; right of it, more.

    Parameters
    ----------
    bias : DataFrame
        As `carpk.schedule_bias` gives it.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The table is not one of schedules.
    """
    if not set(_COLUMNS) <= set(bias.columns):
        raise RulesError(f"schedule_bias: the table needs the columns {list(_COLUMNS)}; it has {list(bias.columns)}.")
    schedules = list(dict.fromkeys(bias["schedule"]))
    keys = list(dict.fromkeys(bias["parameter"]))
    looks = style.cohort_looks(keys)
    axes.trim(ax)
    ax.axvline(0.0, color=style.GRAY, linewidth=0.8, zorder=0, label="_zero")
    for place, key in enumerate(keys):
        own = bias[bias["parameter"] == key]
        shift = _SPREAD * (place / max(len(keys) - 1, 1) - 0.5)
        rows = [schedules.index(name) + shift for name in own["schedule"]]
        look = looks[key]
        ax.hlines(rows, 0.0, own["bias_percent"], color=look.color, linewidth=0.9, label="_bias")
        ax.plot(own["bias_percent"], rows, color=look.color, marker=look.marker, linestyle="none", markersize=4.5)
    ax.set_yticks(range(len(schedules)), schedules)
    for label in ax.get_yticklabels():
        axes.literal(label)
    ax.set_ylim(len(schedules) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    axes.label_axes(ax, x="Bias (% of the truth)", y="Schedule of visits")
    marks.legend_above(ax, [Entry(_symbol(looks[key]), term(key).label) for key in keys])
    return ax


def _symbol(look: style.Look) -> Line2D:
    return Line2D([], [], color=look.color, marker=look.marker, linestyle="none", markersize=4.5)
