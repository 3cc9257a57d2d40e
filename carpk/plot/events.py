"""A strip of what happened to a patient, on the day axis of the panels below it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd
from matplotlib.axes import Axes

from carpk.plot import axes, style
from carpk.terms import EVENTS
from carpk.terms import event as known_event

LANE_HEIGHT = 0.155
"""Height of one line of the strip [inch]."""

_MARKERS: Mapping[str, str] = MappingProxyType(
    {"infusion": "v", "second_infusion": "v", "tocilizumab": "s", "corticosteroid": "D", "crs": "o", "icans": "p"}
)
_DASHES: Mapping[str, style.Dashes] = MappingProxyType(
    {
        "infusion": "-",
        "second_infusion": "-",
        "tocilizumab": (0, (5, 2)),
        "corticosteroid": (0, (5, 1.5, 1, 1.5)),
        "crs": (0, (1, 1.5)),
    }
)
_OTHER_DASHES: style.Dashes = (0, (1, 3))


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the strip: an event, its days, and whether lines run down from them through the panels."""

    key: str
    text: str
    times: tuple[float, ...]
    runs_down: bool = True


def lanes_of(events: pd.DataFrame) -> tuple[list[Lane], list[str]]:
    """Arrange a patient's events in lines, and name those that no axis can show.

    Returns
    -------
    lanes : list of Lane
        By first day; events of one kind and detail share one. The infusion is always there, at time 0.
    undated : list of str
        Events without a time.
    """
    lanes, undated = [], []
    for (key, detail), alike in events.groupby(["event", "detail"], sort=False):
        text = " ".join(part for part in (known_event(str(key)).label, str(detail)) if part)
        times = _days(alike)
        if times:
            lanes.append(Lane(str(key), text, times))
        if alike["time"].isna().any():
            undated.append(text)
    if not any(lane.key == "infusion" for lane in lanes):
        lanes.append(Lane("infusion", known_event("infusion").label, (0.0,)))
    return _in_order(lanes), undated


def lanes_of_group(events: pd.DataFrame, subjects: Sequence[str]) -> list[Lane]:
    """Arrange the events of several patients, one line for each kind, with the number of patients who had it."""
    among = events[events["subject"].isin(subjects) & (events["event"] != "infusion")]
    lanes = [Lane("infusion", known_event("infusion").label, (0.0,))]
    for key, alike in among.groupby("event", sort=False):
        patients = f"{alike['subject'].nunique()} of {len(subjects)}"
        if times := _days(alike):
            lanes.append(Lane(str(key), f"{known_event(str(key)).label} ({patients})", times, runs_down=False))
    return _in_order(lanes)


def _days(events: pd.DataFrame) -> tuple[float, ...]:
    return tuple(sorted({float(time) for time in events["time"].dropna()}))


def _in_order(lanes: list[Lane]) -> list[Lane]:
    order = {key: place for place, key in enumerate(EVENTS)}
    return sorted(lanes, key=lambda lane: (lane.times[0], order.get(lane.key, len(order)), lane.text))


def draw_strip(
    ax: Axes, lanes: Sequence[Lane], *, width: float, before: float = 0.0, named_from: float = -math.inf
) -> None:
    """Draw the lines of the strip, the first on top; name those with a day in view and at or after `named_from`.

    The axes will be `width` wide, with free room of `before` to the left [pt].
    """
    ax.set_ylim(len(lanes) - 0.5, -0.5)
    ax.tick_params(bottom=False, left=False, labelbottom=False, labelleft=False, which="both")
    ax.spines[:].set_visible(False)
    low, high = ax.get_xlim()
    for place, lane in enumerate(lanes):
        shown = [time for time in lane.times if low <= time <= high]
        ax.plot(
            shown,
            [place] * len(shown),
            linestyle="none",
            marker=_MARKERS.get(lane.key, "X"),
            markersize=4.0,
            color=style.INK,
            markeredgewidth=0.0,
            zorder=4,
            label=f"_{lane.key}",
        )
        if shown and shown[-1] >= named_from:
            left, right = ((time - low) / (high - low) * width for time in (shown[0], shown[-1]))
            _name(ax, lane.text, place, (shown[0], shown[-1]), (before + left - 8, width - right - 8))


def _name(ax: Axes, text: str, place: int, ends: tuple[float, float], rooms: tuple[float, float]) -> None:
    """Write a line's name right of its last symbol, or left of its first if there is more room; cut it to the room."""
    on_right = int(rooms[1] >= min(axes.text_width(text), rooms[0]))
    name = ax.annotate(
        axes.shorten(text, rooms[on_right]),
        (ends[on_right], place),
        xytext=(5 if on_right else -5, 0),
        textcoords="offset points",
        ha="left" if on_right else "right",
        va="center_baseline",
        fontsize=style.FONT_SIZE,
        zorder=5,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )
    axes.literal(name).set_in_layout(False)


def draw_lines(ax: Axes, lanes: Sequence[Lane], *, in_strip: bool = False) -> None:
    """Draw a vertical line at every day on which something happened; in the strip, from its symbol down."""
    for place, lane in enumerate(lanes):
        for time in lane.times if lane.runs_down else ():
            top = 1 - (place + 0.5) / len(lanes) if in_strip else 1.0
            ax.axvline(
                time,
                ymax=top,
                color=style.INK if lane.key in ("infusion", "second_infusion") else style.GRAY,
                linewidth=0.7,
                linestyle=_DASHES.get(lane.key, _OTHER_DASHES),
                zorder=1,
                label=f"_line_{lane.key}",
            )
