"""How many patients met an endpoint at each planned visit."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from carpk import units
from carpk.endpoints.names import endpoint_label
from carpk.endpoints.table import EndpointResult
from carpk.errors import RulesError
from carpk.plot import axes, marks, style
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, with_details

_WIDTH = 0.62  # of a bar, where visits stand 1 apart
_ASIDE = 0.40  # of an interval from the middle of its bar
_FACES = {"met": "#0072B2", "not_met": style.PALE, "imputed": "white", "undecided": "white"}
_WORDS = {
    "met": "Met",
    "not_met": "Not met",
    "imputed": "Imputed as not met",
    "undecided": "Not decided",
}


@style.in_style
def responses_by_visit(result: EndpointResult, *, endpoint: str = "sri_4", cohort: str | None = None, ax: Axes) -> Axes:
    """Draw at each planned visit how many patients met an endpoint, did not, were counted so, or are not decided.

    Each bar is all patients to whom the endpoint applies. Beside it stands the share of those decided that met it, with
    its exact interval; over it the numbers behind that share.

    Parameters
    ----------
    result : EndpointResult
        As `run_endpoints` gives it.
    endpoint : str
        Key of an endpoint that is met or not, such as "sri_4", "lldas", "doris" or "kdigo_complete".
    cohort : str, optional
        Draw this cohort only; all patients together, if not given.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The result has no such endpoint or cohort, or no planned visit.
    """
    outcomes = result.parameters["analyte"].drop_duplicates()
    table = result.summary
    table = table[(table["endpoint"] == one_of("endpoint", endpoint, outcomes)) & (table["component"] == "")]
    if table.empty:
        raise RulesError(f"responses_by_visit: {endpoint!r} has no planned visit after baseline, so there is no share.")
    cohorts = list(dict.fromkeys(table["cohort"]))
    # All together come last; of a single cohort there is no such row.
    chosen = cohorts[-1] if cohort is None else one_of("cohort", cohort, cohorts)
    counts = _counts(table[table["cohort"] == chosen])
    axes.trim(ax)
    _draw_bars(ax, counts)
    _draw_intervals(ax, counts)
    _visit_axis(ax, counts["nominal_time"])
    axes.label_axes(
        ax,
        x=f"Planned time since infusion ({units.label(result.time_unit)})",
        y=with_details(endpoint_label(endpoint), ["% of patients"]),
    )
    marks.legend_above(ax, _entries(counts, 100 * result.rules.confidence))
    return ax


def _counts(table: pd.DataFrame) -> pd.DataFrame:
    """Patients of each kind at each visit; whoever it does not apply to is in none."""
    return pd.DataFrame(
        {
            "nominal_time": table["nominal_time"],
            "met": table["n"],
            "not_met": table["N"] - table["n"] - table["imputed"],
            "imputed": table["imputed"],
            "undecided": table["missing"],
            "decided": table["N"],
            "not_applicable": table["not_applicable"],
            "percent": table["percent"],
            "low": table["low"],
            "high": table["high"],
        }
    ).reset_index(drop=True)


def _draw_bars(ax: Axes, counts: pd.DataFrame) -> None:
    everybody = counts[list(_WORDS)].sum(axis=1)
    base = pd.Series(0.0, counts.index)
    for kind in _WORDS:
        height = (100 * counts[kind] / everybody).fillna(0.0)
        for place in np.flatnonzero(height > 0):
            box = Rectangle((place - _WIDTH / 2, base[place]), _WIDTH, height[place], **_face(kind))
            ax.add_patch(box).set_label(f"_{kind}")
        base += height


def _face(kind: str) -> dict[str, Any]:
    look = {"facecolor": _FACES[kind], "edgecolor": style.GRAY, "linewidth": 0.5, "zorder": 2}
    if kind == "imputed":
        return {**look, "hatch": "////"}
    return {**look, "linestyle": (0, (2, 1.5))} if kind == "undecided" else look


def _draw_intervals(ax: Axes, counts: pd.DataFrame) -> None:
    places = np.flatnonzero(counts["decided"] > 0) + _ASIDE
    known = counts[counts["decided"] > 0]
    ax.vlines(places, known["low"], known["high"], color=style.INK, linewidth=0.9, zorder=3, label="_interval")
    ax.plot(places, known["percent"], **_share(), label="_share")
    for place, (met, decided) in enumerate(zip(counts["met"], counts["decided"], strict=True)):
        text = f"{met:.0f}/{decided}"
        note = ax.text(place, 102.0, text, fontsize=style.NOTE_SIZE, color=style.INK, ha="center", va="bottom")
        axes.literal(note)


def _share() -> dict[str, Any]:
    return {
        "color": style.INK,
        "marker": "o",
        "markersize": 3.0,
        "markeredgewidth": 0.0,
        "linestyle": "none",
        "zorder": 4,
    }


def _visit_axis(ax: Axes, times: "pd.Series[float]") -> None:
    ax.set_xlim(-0.6, len(times) - 0.4)
    ax.set_xticks(range(len(times)), [style.number(time) for time in times])
    ax.tick_params(axis="x", length=0)
    ax.set_ylim(0.0, 112.0)
    ax.yaxis.set_major_locator(ticker.FixedLocator([0, 25, 50, 75, 100]))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    ax.spines["left"].set_bounds(0.0, 100.0)


def _entries(counts: pd.DataFrame, confidence: float) -> list[Entry]:
    entries = [
        Entry(Rectangle((0, 0), 1, 1, **_face(kind)), words) for kind, words in _WORDS.items() if counts[kind].any()
    ]
    interval = (Line2D([], [], color=style.INK, linewidth=0.9), Line2D([], [], **_share()))
    entries.append(Entry(interval, f"Share met, exact {confidence:g} % interval"))
    if spared := int(counts["not_applicable"].max()):
        entries.append(marks.note_entry(f"Does not apply to {spared}: not drawn"))
    return entries
