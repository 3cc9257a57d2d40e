"""Axes of levels and of time with plain-text numbers, their labels and limit lines."""

import math
import textwrap
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from carpk import units
from carpk.plot import style

_STEPS_OF_DAYS = (
    (15.0, (1, 2, 7)),
    (130.0, (7, 14, 28)),
    (math.inf, (30, 60, 90, 180, 360, 720)),
)  # between ticks, for axes of at most so many days
_MULTIPLES = ((1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0), (1.0, 2.0, 5.0), (1.0, 3.0))  # of a power of ten, to be labeled
_MOST_LABELS = 5
_NAME_GAP = 12.0  # between the name of a row under the axes and their left end [pt]
_BESIDE_WIDTH = 70.0  # of a label beside an axis too short for it [pt]


@dataclass(frozen=True, slots=True)
class Span:
    """The range of an axis of levels, and whether marks without a level stand at its ends."""

    low: float
    high: float
    at_bottom: bool = False
    at_top: bool = False
    empty: bool = False
    logarithmic: bool = True


def literal(text: Text) -> Text:
    """Make a text show its characters as they are: a dollar sign is a dollar sign."""
    text.set_parse_math(False)
    text.set_usetex(False)
    text.set_fontfamily(list(style.families()))
    return text


@cache
def text_width(text: str, size: float = style.FONT_SIZE) -> float:
    """Width of a line of text [pt]."""
    font = FontProperties(family=list(style.families()), size=size)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes [pt]."""
    box = ax.get_window_extent()
    return 72 * box.width / ax.figure.dpi, 72 * box.height / ax.figure.dpi


def wrap(text: str, width: float, size: float = style.FONT_SIZE) -> str:
    """Break a text into lines of at most `width` [pt], at blanks where it can be."""
    average = text_width(text, size) / max(1, len(text))
    return "\n".join(textwrap.wrap(text, max(6, math.floor(width / max(average, 1.0)))))


def shorten(text: str, width: float, size: float = style.FONT_SIZE) -> str:
    """Cut a text to a width [pt], with an ellipsis where something is cut."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(f"{kept}\u2026", size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}\u2026"


def label_axes(ax: Axes, *, x: str, y: str, beside: bool | None = None) -> None:
    """Label both axes, text taken literally.

    A vertical label longer than its axis is broken before its unit, and at blanks where that is not enough; `beside`
    sets it upright to the left of the axis, where that is too short even so.
    """
    if beside:
        y = wrap(y, _BESIDE_WIDTH)
    elif beside is False or text_width(y) > 0.6 * size_in_points(ax)[1]:
        height = size_in_points(ax)[1]
        lines = y.split(" (", 1)
        y = "\n".join(wrap(line, height) for line in (lines[0], *(f"({unit}" for unit in lines[1:])))
    for axis, text in ((ax.xaxis, x), (ax.yaxis, y)):
        literal(axis.label)
        axis.set_label_text(text, fontsize=style.FONT_SIZE, color=style.INK)
    if beside:
        ax.yaxis.label.set(rotation=0, horizontalalignment="right", verticalalignment="center")


def too_long(label: str, height: float) -> bool:
    """Say whether a label broken before its unit is longer than a vertical axis [pt]."""
    return max(text_width(line) for line in label.split(" (", 1)) > 0.95 * height


def trim(ax: Axes) -> None:
    """Bring axes that somebody else made to carpk's look: open frame, small plain tick labels."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(which="both", labelsize=style.FONT_SIZE, labelfontfamily=style.families()[0], width=0.6)
    ax.tick_params(which="minor", length=1.5)
    ax.tick_params(which="major", length=3)


def time_axis(ax: Axes, low: float, high: float, time_unit: str) -> None:
    """Span the times, with ticks at whole weeks or months where the unit is the day."""
    pad = 0.02 * max(high - low, 1e-9)
    ax.set_xlim(low - pad, high + pad)
    most = min(9.0, max(3.0, size_in_points(ax)[0] / 28))
    steps = next(steps for longest, steps in _STEPS_OF_DAYS if high - low <= longest)
    fitting = [step for step in steps if (high - low) / step <= most] if time_unit == "day" else []
    ax.xaxis.set_major_locator(ticker.MultipleLocator(fitting[0]) if fitting else ticker.MaxNLocator(6))
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))


def time_label(time_unit: str) -> str:
    """Name the time axis with its unit."""
    return f"Time since infusion ({units.label(time_unit)})"


def span_of(marks: Iterable[str], *levels: "pd.Series[float]", logarithmic: bool = True) -> Span:
    """Range of the axis on which all these levels are seen, with room at its ends where marks need it."""
    every = np.concatenate([column.to_numpy(dtype=np.float64) for column in levels])
    every = every[every > 0] if logarithmic else every[~np.isnan(every)]
    present = set(marks)
    at_bottom, at_top = bool(present & {"below_unknown", "negative"}), "above_unknown" in present
    if not every.size:
        return Span(1.0, 10.0, at_bottom, at_top, empty=True, logarithmic=logarithmic)
    return Span(float(every.min()), float(every.max()), at_bottom, at_top, logarithmic=logarithmic)


def level_axis(ax: Axes, span: Span, *, least: float = 1.0) -> None:
    """Make an axis over the span, with room for marks at its ends and plain-text tick labels.

    Levels that span less than `least` decades, or units of an axis that is not logarithmic, stand in the middle of so
    many: noise is not to look like a course.
    """
    if not span.logarithmic:
        _plain_axis(ax, span, least=least)
        return
    breadth, center = math.log10(span.high / span.low), math.log10(span.high * span.low) / 2
    if breadth < least:
        low, high = center - least / 2, center + least / 2
    else:
        low, high = math.log10(span.low), math.log10(span.high)
    edge = max(0.06, 6 / max(1.0, size_in_points(ax)[1]))  # a symbol at the limit stays whole
    below, above = edge + 0.12 * span.at_bottom, edge + 0.08 * span.at_top
    decades = (high - low) / (1 - below - above)
    ax.set_yscale("log")
    ax.set_ylim(10 ** (low - below * decades), 10 ** (high + above * decades))
    log_ticks(ax, decades, lowest=10 ** (low - edge * decades) if span.at_bottom else 0.0)
    if span.empty:
        ax.tick_params(axis="y", which="both", left=False, labelleft=False)


def _plain_axis(ax: Axes, span: Span, *, least: float) -> None:
    around = max(0.0, least - (span.high - span.low)) / 2
    edge = 0.08 * (span.high - span.low + 2 * around)
    ax.set_ylim(span.low - around - edge, span.high + around + edge)
    ax.yaxis.set_major_locator(ticker.MaxNLocator(min(_MOST_LABELS, max(3, int(size_in_points(ax)[1] / 14)))))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))


def log_ticks(ax: Axes, decades: float, *, lowest: float = 0.0) -> None:
    """Label decades of the y axis, or less where it spans few, in plain characters; nothing below `lowest`."""
    height = size_in_points(ax)[1]
    most = min(_MOST_LABELS, height / 14)
    subs = next((subs for subs in _MULTIPLES if decades * len(subs) <= most), (1.0,))
    ax.yaxis.set_major_locator(ticker.LogLocator(subs=subs, numticks=max(3, math.floor(height / 13))))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value) if value >= lowest else ""))
    ax.yaxis.set_minor_locator(ticker.LogLocator(subs=tuple(range(2, 10)), numticks=99))
    ax.yaxis.set_minor_formatter(ticker.NullFormatter())


def limit_lines(ax: Axes, points: pd.DataFrame, *, named: bool = True) -> None:
    """Draw the lower limit (dashed), and the upper limit (dotted) where a level lies above it and the axis reaches it.

    Limits that differ between samples are drawn as the lowest and the highest, and named once.
    """
    shown = {"LLOQ": points["lloq"], "ULOQ": points["uloq"][points["mark"] == "above"]}
    for name, column in shown.items():
        limits = sorted({float(value) for value in column if 0 < value <= ax.get_ylim()[1]})
        if not limits:
            continue
        ends = sorted({limits[0], limits[-1]})
        for limit in ends:
            dashes = (0, (4, 2)) if name == "LLOQ" else (0, (1, 1.5))
            ax.axhline(limit, color=style.GRAY, linewidth=0.8, linestyle=dashes, zorder=1, label=f"_{name}")
        if named:
            text = f"{name}\n" + "\u2013".join(style.number(limit) for limit in ends)
            beside_axes(ax, math.sqrt(ends[0] * ends[-1]), text)


def beside_axes(ax: Axes, level: float, text: str) -> None:
    """Write a note to the right of the axes at a level, where no data can lie under it."""
    note = ax.annotate(
        text,
        (1.0, level),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        fontsize=style.NOTE_SIZE,
        color=style.GRAY,
        va="center",
        linespacing=1.0,
        annotation_clip=False,
    )
    literal(note)


def below_axes(
    ax: Axes, place: float, depth: float, text: str, color: str, *, aligned: str = "center", in_axes: bool = False
) -> None:
    """Write a note under the axes, so many points below: at a place of the x axis, or left of a share of its width."""
    note = ax.annotate(
        text,
        (place, 0.0),
        xycoords=("axes fraction" if in_axes else "data", "axes fraction"),
        xytext=(-_NAME_GAP if in_axes else 0.0, -depth),
        textcoords="offset points",
        fontsize=style.NOTE_SIZE,
        color=color,
        ha=aligned,
        va="center",
        annotation_clip=False,
    )
    literal(note)
