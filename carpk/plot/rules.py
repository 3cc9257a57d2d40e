"""One parameter under several rules, patient by patient."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from carpk import terms, units
from carpk.errors import RulesError
from carpk.nca.compare import RuleComparison
from carpk.plot import axes, marks, style
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, one_unit, usual_matrix, with_details
from carpk.plot.style import Look
from carpk.plot.values import dot

_TICKS = (
    (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25),
    (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 1.75, 2.0),
    (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0),
    (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0),
)  # of a log axis of ratios, from narrow to wide
_LONGEST_NAME = 80.0  # of a patient [pt]
_LONGEST_NOTE = 150.0  # on why values are missing [pt]
_LEAST_ROW = 9.0  # height of a row that has its name beside it [pt]
_DIGIT_BLANK = "\u2007"
_MARKER = 3.6
_MOST_OF_ROW = 0.85  # share of a row's height that the dots of one patient take


@style.in_style
def rule_comparison(
    comparison: RuleComparison,
    *,
    parameter: str,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    ax: Axes,
) -> Axes:
    """Draw a parameter under each set of rules as its ratio to that under the first, one row a patient.

    Beside each patient stands the value under the first rules; the gray band is the share within which nothing counts
    as moved. Values that are missing are named on the right, with the reason.

    Parameters
    ----------
    comparison : RuleComparison
        As `carpk.compare_rules` gives it.
    parameter : str
        Key of the parameter, e.g. ``auc_0_28d``.
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    ax : Axes
        Where to draw, about 15 pt of height a patient. The legend stands above it.

    Raises
    ------
    RulesError
        The comparison has no such parameter, analyte or matrix, or the parameter is no ratio scale.
    UnitError
        The parameter's values are in more than one unit.
    """
    rows = _chosen(comparison.values, parameter, analyte, matrix)
    names = list(comparison.rules)
    looks = style.cohort_looks(names[1:])
    axes.trim(ax)
    ratios = _ratios(rows, names)
    _patient_axis(ax, rows, comparison.reference)
    _ratio_axis(ax, ratios, comparison.share)
    band = (1 / (1 + comparison.share), 1 + comparison.share)
    ax.axvspan(*band, color=style.PALE, alpha=0.5, linewidth=0, zorder=0, label="_band")
    ax.axvline(1.0, color=style.GRAY, linewidth=0.8, zorder=1, label="_one")
    _draw_ratios(ax, ratios, looks)
    for place, line in enumerate(rows.to_dict("records")):
        if note := _missing(line, names):
            axes.beside_axes(ax, place, axes.wrap(note, _LONGEST_NOTE, style.NOTE_SIZE))
    label = terms.term(parameter).label
    axes.label_axes(
        ax,
        x=f"{label}, ratio to {comparison.reference}",
        y=with_details(f"Patient, {label} under {comparison.reference}", _details(rows, parameter)),
    )
    marks.legend_above(ax, _entries(looks, comparison.share))
    return ax


def _chosen(values: pd.DataFrame, parameter: str, analyte: str, matrix: str | None) -> pd.DataFrame:
    rows = values
    for column, given in (("analyte", analyte), ("parameter", parameter)):
        rows = rows[rows[column] == one_of(column, given, rows[column].drop_duplicates())]
    if terms.term(parameter).kind in ("count", "ratio", "percent"):
        raise RulesError(f"rule_comparison: {parameter!r} is not compared as a ratio; choose a level, area or rate.")
    matrices = sorted(rows["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    return rows[rows["matrix"] == chosen].reset_index(drop=True)


def _details(rows: pd.DataFrame, parameter: str) -> list[str]:
    unit = units.label(one_unit(parameter, rows["unit"]))
    return [unit] if unit else []


def _ratios(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Ratio to the first rules, NaN where either is missing or the first is zero; two zeros are alike."""
    reference = rows[names[0]].to_numpy(np.float64)
    base = np.where(reference > 0, reference, np.nan)
    alike = (reference == 0)[:, None] & (rows[list(names[1:])].to_numpy(np.float64) == 0)
    ratios = rows[list(names[1:])].to_numpy(np.float64) / base[:, None]
    return pd.DataFrame(np.where(alike, 1.0, np.where(ratios > 0, ratios, np.nan)), columns=list(names[1:]))


def _patient_axis(ax: Axes, rows: pd.DataFrame, reference: str) -> None:
    ax.set_ylim(len(rows) - 0.5, -0.5)
    names = [axes.shorten(name, _LONGEST_NAME) for name in rows["subject"]]
    numbers = [style.number(value) if value == value else "\u2013" for value in rows[reference].map(_three_digits)]
    ax.set_yticks(
        range(len(rows)), [f"{name}   {number}" for name, number in zip(names, _padded(numbers), strict=True)]
    )
    size = min(style.FONT_SIZE, style.FONT_SIZE * _row_height(ax, len(rows)) / _LEAST_ROW)
    for text in ax.get_yticklabels():
        axes.literal(text).set_fontsize(size)
    ax.tick_params(axis="y", length=0)
    for place in range(1, len(rows)):
        ax.axhline(place - 0.5, color=style.PALE, linewidth=0.4, zorder=0, label="_row")


def _padded(texts: Sequence[str]) -> list[str]:
    """Bring numbers to one width with blanks as wide as a digit, so that what stands before them is in one line."""
    widest = max(map(axes.text_width, texts), default=0.0)
    blank = axes.text_width("0")
    return [_DIGIT_BLANK * round((widest - axes.text_width(text)) / blank) + text for text in texts]


def _three_digits(value: float) -> float:
    return float(f"{value:.2e}")


def _row_height(ax: Axes, rows: int) -> float:
    return axes.size_in_points(ax)[1] / max(1, rows)


def _ratio_axis(ax: Axes, ratios: pd.DataFrame, share: float) -> None:
    seen = ratios.to_numpy().ravel()
    seen = seen[~np.isnan(seen)]
    least = 1 + max(2 * share, 0.02)
    low, high = min([1 / least, *seen]), max([least, *seen])
    around = (high / low) ** 0.04
    ax.set_xscale("log")
    ax.set_xlim(low / around, high * around)
    most = axes.size_in_points(ax)[0] / 30
    fitting = [[tick for tick in ticks if low <= tick <= high] for ticks in _TICKS]
    covering = [
        ticks
        for ticks, given in zip(fitting, _TICKS, strict=True)
        if 3 <= len(ticks) <= most and given[0] <= low * 1.5 and given[-1] >= high / 1.5
    ]
    if covering:
        ax.xaxis.set_major_locator(ticker.FixedLocator(covering[0]))
    else:
        ax.xaxis.set_major_locator(ticker.LogLocator(numticks=8))
    ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    ax.xaxis.set_minor_locator(ticker.NullLocator())


def _draw_ratios(ax: Axes, ratios: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    """Draw the rules of one patient one below the other, so that equal ones are all seen."""
    step = min(_MOST_OF_ROW / len(looks), (_MARKER + 1) / _row_height(ax, len(ratios)))
    for place, (name, look) in enumerate(looks.items()):
        rows = np.flatnonzero(ratios[name].notna())
        heights = rows + (place - (len(looks) - 1) / 2) * step
        ax.plot(ratios[name].to_numpy()[rows], heights, label="_rule", **_small(look))


def _small(look: Look) -> dict[str, Any]:
    return dot(look, hollow=False) | {"markersize": _MARKER, "alpha": 1.0}


def _missing(line: Mapping[Any, Any], names: Sequence[str]) -> str:
    """Say under which rules a value is missing and why, and where there is no ratio."""
    by_reason: dict[str, list[str]] = {}
    for name in names:
        if reason := str(line[f"{name}_reason"]):
            by_reason.setdefault(reason.lower().replace("_", " "), []).append(name)
    said = [f"{'all' if len(some) == len(names) else ', '.join(some)}: {told}" for told, some in by_reason.items()]
    if line[names[0]] == 0 and any(line[name] > 0 for name in names[1:]):
        said.append(f"zero under {names[0]}: no ratio")
    return "; ".join(said)


def _entries(looks: Mapping[str, Look], share: float) -> list[Entry]:
    dots = [Entry(Line2D([], [], **_small(look)), name) for name, look in looks.items()]
    band = Patch(facecolor=style.PALE, alpha=0.5, linewidth=0)
    return [*dots, Entry(band, f"within {100 * share:g} %")] if share > 0 else dots
