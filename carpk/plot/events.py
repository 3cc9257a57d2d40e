"""A strip of what happened to a patient, on the day axis of the panels below it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from carpk.plot import axes, style
from carpk.terms import EVENTS
from carpk.terms import event as known_event

LANE_HEIGHT = 0.155
"""Height of one line of the strip [inch]."""

_MARKERS: Mapping[str, str] = MappingProxyType(
    {
        "infusion": "v",
        "second_infusion": "v",
        "tocilizumab": "s",
        "corticosteroid": "D",
        "crs": "o",
        "icans": "p",
        "drop_out": "<",
        "death": "P",
    }
)
_ENDS: Mapping[str, str] = MappingProxyType({"crs": "crs_end", "icans": "icans_end"})
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
    """One line of the strip: an event and its days.

    Attributes
    ----------
    key, text : str
        Of the event, and what the strip says.
    times : tuple of float
        When it happened or began.
    ends : tuple of float
        When what began at each of them ended; NaN where that is not known or it took no time.
    runs_down : bool
        Whether lines run down from them through the panels.
    """

    key: str
    text: str
    times: tuple[float, ...]
    ends: tuple[float, ...] = ()
    runs_down: bool = True

    @property
    def spans(self) -> list[tuple[float, float]]:
        """First and last time of what lasted."""
        return [(start, end) for start, end in zip(self.times, self.ends, strict=False) if end > start]

    @property
    def last(self) -> float:
        """Where its symbols and bars end."""
        return max(*self.times, *(end for _, end in self.spans), -math.inf)


def marker(key: str) -> str:
    """Symbol of an event, the same in every picture."""
    return _MARKERS.get(key, "X")


def lanes_of(events: pd.DataFrame) -> tuple[list[Lane], list[str]]:
    """Arrange a patient's events in lines, and name those that no axis can show.

    Returns
    -------
    lanes : list of Lane
        By first day; events of one kind and detail share one. The infusion is always there, at time 0. The end of CRS
        or ICANS is part of the lane of its onset: the first one at or after it.
    undated : list of str
        Events without a time.
    """
    lanes, undated = [], []
    onsets = {end: events.loc[events["event"] == key, "time"].min() for key, end in _ENDS.items()}
    paired = events["time"] >= events["event"].map(onsets).astype(np.float64)
    for (key, detail), alike in events[~paired].groupby(["event", "detail"], sort=False):
        text = " ".join(part for part in (known_event(str(key)).label, str(detail)) if part)
        times = _days(alike)
        if times:
            ends = events.loc[events["event"] == _ENDS.get(str(key)), "time"]
            lanes.append(Lane(str(key), text, times, tuple(float(ends[ends >= time].min()) for time in times)))
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
) -> list[str]:
    """Draw the lines of the strip, the first on top; name those with a day in view and at or after `named_from`.

    The axes will be `width` wide, with free room of `before` to the left [pt]. Names that had to be cut are returned.
    """
    cut: list[str] = []
    ax.set_ylim(len(lanes) - 0.5, -0.5)
    ax.tick_params(bottom=False, left=False, labelbottom=False, labelleft=False, which="both")
    ax.spines[:].set_visible(False)
    low, high = ax.get_xlim()
    for place, lane in enumerate(lanes):
        shown = [time for time in lane.times if low <= time <= high]
        for start, end in lane.spans:
            ax.plot([start, end], [place, place], color=style.GRAY, linewidth=4.0, solid_capstyle="butt", label="_bar")
        ax.plot(
            shown,
            [place] * len(shown),
            linestyle="none",
            marker=marker(lane.key),
            markersize=4.0,
            color=style.INK,
            markeredgewidth=0.0,
            zorder=4,
            label=f"_{lane.key}",
        )
        if shown and shown[-1] >= named_from:
            ends = (shown[0], min(lane.last, high) if shown[-1] == lane.times[-1] else shown[-1])
            left, right = ((time - low) / (high - low) * width for time in ends)
            if not _name(ax, lane.text, place, ends, (before + left - 8, width - right - 8)):
                cut.append(lane.text)
    return cut


def _name(ax: Axes, text: str, place: int, ends: tuple[float, float], rooms: tuple[float, float]) -> bool:
    """Write a line's name right of its last symbol, or left of its first if there is more room; cut it to the room.

    Whether it is whole is returned.
    """
    on_right = int(rooms[1] >= min(axes.text_width(text), rooms[0]))
    shown = axes.shorten(text, rooms[on_right])
    name = ax.annotate(
        shown,
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
    return shown == text


def draw_lines(ax: Axes, lanes: Sequence[Lane], *, in_strip: bool = False) -> None:
    """Draw a vertical line at every day on which something happened; in the strip, from its symbol down.

    What lasted is shaded from its start to its end.
    """
    for place, lane in enumerate(lanes):
        top = 1 - (place + 0.5) / len(lanes) if in_strip else 1.0
        for start, end in lane.spans if lane.runs_down else ():
            ax.axvspan(start, end, ymax=top, color=style.PALE, alpha=0.35, linewidth=0, zorder=0, label="_lasted")
        for time in lane.times if lane.runs_down else ():
            ax.axvline(
                time,
                ymax=top,
                color=style.INK if lane.key in ("infusion", "second_infusion") else style.GRAY,
                linewidth=0.7,
                linestyle=_DASHES.get(lane.key, _OTHER_DASHES),
                zorder=1,
                label=f"_line_{lane.key}",
            )
