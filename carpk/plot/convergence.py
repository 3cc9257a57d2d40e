"""How a population fit came about, and how much of each patient's numbers is the population's."""

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from carpk import units
from carpk.models.population_checks import LARGEST_SHRINKAGE
from carpk.models.population_table import PopulationFit
from carpk.plot import axes, marks, style
from carpk.plot.marks import Entry
from carpk.terms import term

_COLUMNS = 3
_PANEL_HEIGHT, _AROUND = 1.35, 0.6  # inch


@style.in_style
def convergence(population: PopulationFit) -> style.Page:
    """Draw every estimated number over the iterations, one panel each, phases parted by lines.

    Parameters
    ----------
    population : PopulationFit
        As `fit_population` gives it.

    Returns
    -------
    Page
        A matplotlib figure.
    """
    trace = population.trace
    names = [name for name in trace.columns if name not in ("iteration", "phase")]
    rows = -(-len(names) // _COLUMNS)
    page = style.Page(figsize=(style.PAGE_WIDTH, _AROUND + _PANEL_HEIGHT * rows), layout="constrained")
    grid = page.subplots(rows, _COLUMNS, squeeze=False, sharex=True)
    starts = trace.groupby("phase", sort=False)["iteration"].min()
    color = style.model_look(population.model).color
    for place, ax in enumerate(grid.ravel()):
        if place >= len(names):
            ax.set_axis_off()
            continue
        axes.trim(ax)
        for start in starts.to_numpy()[1:]:
            ax.axvline(start, color=style.PALE, linewidth=0.8, zorder=0, label="_phase")
        ax.yaxis.set_major_locator(ticker.MaxNLocator(4))
        ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
        ax.plot(trace["iteration"], trace[names[place]], color=color, linewidth=0.8, label="_trace")
        axes.literal(ax.set_title(_trace_name(names[place], population), loc="left", fontsize=style.NOTE_SIZE))
        if place >= len(names) - _COLUMNS:
            ax.tick_params(labelbottom=True)
            axes.label_axes(ax, x="Iteration", y="")
    phases = ", ".join(f"{phase} from {start}" for phase, start in starts.items())
    line = Line2D([], [], color=style.PALE, linewidth=0.8)
    marks.legend_of_page(page, [Entry(line, f"Phases: {phases}")])
    return page


@style.in_style
def shrinkage(population: PopulationFit, *, ax: Axes) -> Axes:
    """Draw by how much the patients' own values of each parameter spread less than the population.

    Above the line, a plot of the patients' values says more of the population than of them.

    Parameters
    ----------
    population : PopulationFit
        As `fit_population` gives it.
    ax : Axes
        Where to draw. The legend stands above it.
    """
    table = population.shrinkage
    percent = table["shrinkage_percent"].to_numpy(np.float64)
    axes.trim(ax)
    high = percent > LARGEST_SHRINKAGE
    color = style.model_look(population.model).color
    bars = ax.barh(range(len(table)), percent, height=0.6, color=np.where(high, "white", color), edgecolor=color)
    for bar in bars:
        bar.set_label("_shrinkage")
    ax.set_yticks(range(len(table)), [term(key).label.removesuffix(", model") for key in table["parameter"]])
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_xlim(min(0.0, 1.1 * float(percent.min(initial=0.0))), max(100.0, 1.1 * float(percent.max(initial=0.0))))
    ax.axvline(0.0, color=style.INK, linewidth=0.6, label="_zero_line")
    ax.axvline(LARGEST_SHRINKAGE, color=style.GRAY, linewidth=0.8, linestyle=(0, (4, 2)), label="_limit")
    axes.label_axes(ax, x="Shrinkage (%)", y="Parameter")
    entries = [
        Entry(Line2D([], [], color=style.GRAY, linewidth=0.8, linestyle=(0, (4, 2))), f"{LARGEST_SHRINKAGE:g} %")
    ]
    if high.any():
        entries.append(Entry(Patch(facecolor="white", edgecolor=color), "High: of the population rather than of them"))
    marks.legend_above(ax, entries)
    return ax


def _trace_name(name: str, population: PopulationFit) -> str:
    """Name a column of the trace for people."""
    if name == "residual_sd":
        return "Residual SD on ln C"
    if name.startswith("sd of "):
        return f"SD between patients: {_label(name.removeprefix('sd of '))}"
    if " on " in name:
        covariate, parameter = name.rsplit(" on ", 1)
        return f"{covariate} on {_label(parameter)}"
    typical = population.typical[population.typical["covariate"] == ""]
    unit = typical.set_index("parameter")["unit"].get(name, "")
    return f"{_label(name)} ({units.label(str(unit))})" if unit not in ("", "1") else _label(name)


def _label(key: str) -> str:
    return term(key).label.removesuffix(", model")
