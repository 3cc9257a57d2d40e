"""Two assays of the same cells: level against level, and ratio against level."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.plot import axes, marks, style
from carpk.plot.axes import Span
from carpk.plot.individual import cohort_name
from carpk.plot.marks import Entry
from carpk.plot.placement import level_label, with_details
from carpk.plot.style import Look
from carpk.plot.values import dot
from carpk.response.assay_table import AssayComparison
from carpk.terms import analyte

_BELOW = ("blq", "not_detected")
_SIDES = ("first", "second")
_DASHED = (0, (4, 2))
_FEW_DECADES = 2.5


@style.in_style
def assay_agreement(comparison: AssayComparison, *, ax: Axes) -> Axes:
    """Draw every pair of samples on log axes, with the orthogonal line and the limits around it.

    A level below its limit stands at the limit, as an open marker, and is not in the line. Pairs that were both below,
    or of which a level is above the upper limit or has no limit, are counted in the legend. Colors and markers tell
    the cohorts apart.

    Parameters
    ----------
    comparison : AssayComparison
        As `compare_assays` gives it.
    ax : Axes
        Where to draw. The legend stands above it.
    """
    shown = _placed(comparison.pairs)
    looks = _cohort_looks(comparison)
    axes.trim(ax)
    spans = [_span(shown[side]) for side in _SIDES]
    _log_axis_across(ax, spans[0])
    axes.level_axis(ax, spans[1])
    for side, draw in zip(_SIDES, (ax.axvline, ax.axhline), strict=True):
        for limit in _limits(comparison.pairs[f"{side}_lloq"]):
            draw(limit, color=style.GRAY, linewidth=0.8, linestyle=_DASHED, zorder=1, label="_LLOQ")
    for cohort, look in looks.items():
        rows = shown[shown["cohort"] == cohort]
        for kind in ("both", "below"):
            chosen = rows[rows["kind"] == kind]
            (line,) = ax.plot(chosen["first"], chosen["second"], **dot(look, hollow=kind == "below"))
            line.set_label(f"_{kind}")
    axes.label_axes(
        ax,
        x=level_label(comparison.first, comparison.first_unit),
        y=level_label(comparison.second, comparison.second_unit),
    )
    entries = [*_cohort_entries(shown, looks), *_line_entries(ax, comparison), *_mark_entries(ax, comparison)]
    marks.legend_above(ax, entries)
    return ax


@style.in_style
def bland_altman(comparison: AssayComparison, *, ax: Axes) -> Axes:
    """Draw the ratio of the assays against the geometric mean of both, on log axes, with the limits of agreement.

    The units differ, so the mean ratio is a conversion and not a bias. Confidence intervals are shaded.

    Parameters
    ----------
    comparison : AssayComparison
        As `compare_assays` gives it.
    ax : Axes
        Where to draw. The legend stands above it.
    """
    found = comparison.agreement
    both = comparison.pairs[comparison.pairs["both_quantified"]]
    middle = np.sqrt(both["first_value"]) * np.sqrt(both["second_value"])
    looks = _cohort_looks(comparison)
    axes.trim(ax)
    lines = {"Mean ratio": found.mean_ratio, "Limit": found.lower_limit, "Upper limit": found.upper_limit}
    ends = [end for line in lines.values() for end in (line.low, line.high)]
    _log_axis_across(ax, _span(middle))
    axes.level_axis(ax, _span(pd.concat([both["ratio"], pd.Series(ends, dtype=np.float64)], ignore_index=True)))
    for name, line in lines.items():
        if not math.isnan(line.value):
            dashes = "-" if name == "Mean ratio" else _DASHED
            ax.axhspan(line.low, line.high, color=style.PALE, alpha=0.45, linewidth=0, zorder=0)
            ax.axhline(line.value, color=style.INK, linewidth=1.0, linestyle=dashes, zorder=1, label=f"_{name}")
            axes.beside_axes(ax, line.value, _three(line.value))
    for cohort, look in looks.items():
        rows = both["cohort"] == cohort
        (drawn,) = ax.plot(middle[rows], both["ratio"][rows], **dot(look, hollow=False))
        drawn.set_label("_both")
    first, second = (units.label(unit) for unit in (comparison.first_unit, comparison.second_unit))
    same = comparison.first_unit == comparison.second_unit
    axes.label_axes(
        ax,
        x=with_details("Geometric mean of both", [first if same else f"\u221a({first} \u00b7 {second})"]),
        y=with_details("Ratio", [] if same else [f"{first} per {second}"]),
    )
    marks.legend_above(ax, [*_cohort_entries(both, looks), *_limit_entries(ax, comparison)])
    return ax


def _placed(pairs: pd.DataFrame) -> pd.DataFrame:
    """Where each pair stands: both quantified, or one at the limit that it is below."""
    shown = pairs[["cohort"]].assign(kind="both")
    for side in _SIDES:
        below = pairs[f"{side}_status"].isin(_BELOW)
        quantified = pairs[f"{side}_status"] == "quantified"
        level = pairs[f"{side}_value"].where(quantified, pairs[f"{side}_lloq"].where(below))
        shown[side] = level.where(level > 0)
        shown.loc[below, "kind"] = "below"
    one_seen = sum((pairs[f"{side}_status"] == "quantified").astype(int) for side in _SIDES) >= 1
    placed: pd.DataFrame = shown[shown["first"].notna() & shown["second"].notna() & one_seen]
    return placed


def _cohort_looks(comparison: AssayComparison) -> Mapping[str, Look]:
    return style.cohort_looks(comparison.cohorts)


def _span(levels: "pd.Series[float]") -> Span:
    return axes.span_of([], levels)


def _log_axis_across(ax: Axes, span: Span) -> None:
    """Give the x axis the decades of its levels, in plain characters, a decade or more wide."""
    center, breadth = math.log10(span.low * span.high) / 2, max(1.0, math.log10(span.high / span.low))
    ax.set_xscale("log")
    ax.set_xlim(10 ** (center - 0.55 * breadth), 10 ** (center + 0.55 * breadth))
    subs = (1.0,) if breadth > _FEW_DECADES else (1.0, 3.0)
    ax.xaxis.set_major_locator(ticker.LogLocator(subs=subs, numticks=9))
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    ax.xaxis.set_minor_locator(ticker.LogLocator(subs=tuple(range(2, 10)), numticks=99))
    ax.xaxis.set_minor_formatter(ticker.NullFormatter())
    if span.empty:
        ax.tick_params(axis="x", which="both", bottom=False, labelbottom=False)


def _limits(column: "pd.Series[float]") -> list[float]:
    """Return the lowest and the highest limit, once if they are one."""
    given = [float(limit) for limit in column if limit > 0]
    return sorted({min(given), max(given)}) if given else []


def _cohort_entries(rows: pd.DataFrame, looks: Mapping[str, Look]) -> list[Entry]:
    counts = rows["cohort"].value_counts()
    return [
        Entry(Line2D([], [], **dot(look, hollow=False)), f"{cohort_name(cohort)} (n {counts[cohort]})")
        for cohort, look in looks.items()
        if cohort in counts.index
    ]


def _line_entries(ax: Axes, comparison: AssayComparison) -> list[Entry]:
    """Draw the line over the levels that both assays quantified; return its legend lines."""
    found = comparison.agreement
    if found.line_reason:
        return marks.entry_lines(ax, f"No line: {found.line_reason}")
    levels = comparison.pairs["first_value"][comparison.pairs["both_quantified"]]
    ends = np.array([levels.min(), levels.max()])
    center = found.expected_second(ends)
    ax.plot(ends, center, color=style.INK, linewidth=1.2, zorder=2, label="_line")
    for fold in (found.fold_limit, 1 / found.fold_limit):
        ax.plot(ends, center * fold, color=style.INK, linewidth=0.8, linestyle=_DASHED, zorder=2, label="_limit")
    return [
        Entry(Line2D([], [], color=style.INK, linewidth=1.2), f"Orthogonal line, slope {_three(found.slope)}"),
        Entry(
            Line2D([], [], color=style.INK, linewidth=0.8, linestyle=_DASHED),
            f"1.96 SD around it, {_three(found.fold_limit)}-fold",
        ),
        *marks.entry_lines(
            ax, f"Pearson {_three(found.pearson)}, Spearman {_three(found.spearman)}, n {found.n_pairs}"
        ),
    ]


def _mark_entries(ax: Axes, comparison: AssayComparison) -> list[Entry]:
    pairs = comparison.pairs
    below = [pairs[f"{side}_status"].isin(_BELOW) for side in _SIDES]
    shown = int((_placed(pairs)["kind"] == "below").sum())
    neither = int((below[0] & below[1]).sum())
    other = len(pairs) - neither - len(_placed(pairs))
    entries = []
    if shown:
        open_dot = Line2D([], [], **dot(Look(style.GRAY, "o"), hollow=True))
        entries.append(Entry(open_dot, f"One below LLOQ, at the limit (n {shown})"))
    if any(_limits(pairs[f"{side}_lloq"]) for side in _SIDES):
        entries.append(Entry(Line2D([], [], color=style.GRAY, linewidth=0.8, linestyle=_DASHED), "LLOQ"))
    if neither:
        entries += marks.entry_lines(ax, f"{neither} pairs below both limits, not drawn")
    if other:
        entries += marks.entry_lines(ax, f"{other} pairs above a limit or below one not given, not drawn")
    return entries


def _limit_entries(ax: Axes, comparison: AssayComparison) -> list[Entry]:
    found = comparison.agreement
    of = " to ".join(analyte(key).label for key in (comparison.first, comparison.second))
    ratio = marks.entry_lines(ax, f"Ratio of {of}")
    if found.limits_reason:
        return [*ratio, *marks.entry_lines(ax, f"No limits: {found.limits_reason}")]
    interval = f"{100 * found.level:g} % interval"
    mean = f"Mean ratio {_three(found.mean_ratio.value)} ({_three(found.mean_ratio.low)}\u2013"
    return [
        *ratio,
        Entry(Line2D([], [], color=style.INK, linewidth=1.0), f"{mean}{_three(found.mean_ratio.high)})"),
        Entry(Line2D([], [], color=style.INK, linewidth=1.0, linestyle=_DASHED), "95 % limits of agreement"),
        Entry(Line2D([], [], color=style.PALE, alpha=0.6, linewidth=5), interval),
        marks.note_entry(f"{found.n_pairs} pairs of {found.n_patients} patients"),
    ]


def _three(value: float) -> str:
    """Write a number with three significant digits, as the field prints ratios and slopes."""
    return style.number(float(f"{value:.3g}")).replace("-", "\u2212")
