"""Peaks of markers: when they come beside the CAR-T peak, and how high they are by grade of CRS."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.errors import RulesError
from carpk.plot import axes, gaps, marks, style, values
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of, usual_matrix
from carpk.plot.style import Look
from carpk.response.table import ResponseResult
from carpk.summary import FEW
from carpk.terms import analyte as known_analyte
from carpk.terms import in_order

UNKNOWN_GRADE = "not known"
_LANES = 0.64  # breadth of the cohorts side by side, as a share of the place of one group
_MIDDLE = 0.3


@style.in_style
def peak_lags(
    response: ResponseResult,
    *,
    analytes: Sequence[str] | None = None,
    matrix: str | None = None,
    cohorts: Sequence[str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw how long after the CAR-T peak each marker peaks: one dot a patient, with medians.

    Dots below the line of zero are peaks before the CAR-T peak. Times are those of samples, so a lag is as coarse as
    the visits. Fewer than three lags get no median. What is missing is counted under the axis.

    Parameters
    ----------
    response : ResponseResult
        As `run_response` gives it.
    analytes : sequence of str, optional
        Keys of the markers; all that have a lag, if not given.
    matrix : str, optional
        Matrix of the samples; of each marker blood where there is some.
    cohorts : sequence of str, optional
        All cohorts of the study in its order, where the result does not have them all: colors go by their places.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The result has no such marker or matrix.
    """
    rows = response.parameters[response.parameters["parameter"] == "peak_lag"]
    shown = _chosen_markers(rows, analytes)
    lags = pd.concat([_of_matrix(rows[rows["analyte"] == key], matrix) for key in shown])
    looks = _looks(response.parameters, cohorts)
    axes.trim(ax)
    counts = lags.groupby("analyte")["value"].count()
    _place_groups(ax, [f"{_label(key)}\nn {counts[key]}" for key in shown])
    _lag_axis(ax, lags["value"].dropna())
    for place, key in enumerate(shown):
        own = lags[lags["analyte"] == key]
        _draw_by_cohort(ax, values.with_bounds(own), place, looks)
        if own["value"].count() >= FEW:
            ends = [place - _MIDDLE, place + _MIDDLE]
            ax.plot(ends, [own["value"].median()] * 2, color=style.INK, linewidth=1.4, zorder=2, label="_median")
    without = lags[lags["value"].isna()]
    missing = gaps.missing_lines(
        ax, without.assign(cohort=without["analyte"].map(_label)), [_label(key) for key in shown]
    )
    axes.label_axes(
        ax, x="\n".join(["Marker", *missing]), y=f"Time from CAR-T peak to peak ({units.label(response.time_unit)})"
    )
    median = Entry(Line2D([], [], color=style.INK, linewidth=1.4), "Median")
    marks.legend_above(ax, [*values.cohort_dots(lags, looks), median])
    return ax


@style.in_style
def peaks_by_grade(
    response: ResponseResult,
    *,
    analyte: str = "il6",
    matrix: str | None = None,
    cohorts: Sequence[str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw the peak of a marker by the highest grade of CRS, colored by cohort.

    Patients whose grade is not known are a group of their own. A peak above the upper limit is a triangle at the limit,
    one below the lower limit an open marker there. What is missing is counted under the axis.

    Parameters
    ----------
    response : ResponseResult
        As `run_response` gives it.
    analyte : str
        Key of the marker.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    cohorts : sequence of str, optional
        All cohorts of the study in its order, where the result does not have them all: colors go by their places.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The result has no such marker or matrix.
    UnitError
        The peaks are in more than one unit.
    """
    table = response.parameters
    chosen = values.chosen_values(table, parameter="peak", analyte=analyte, matrix=matrix, source="response")
    peaks = values.with_bounds(chosen.rows)
    grades = _grades(table)
    peaks = peaks.assign(grade=[grades.get(subject, UNKNOWN_GRADE) for subject in peaks["subject"]])
    groups = _grade_groups(peaks["grade"])
    looks = _looks(table, cohorts)
    axes.trim(ax)
    counts = peaks.loc[peaks["level"].notna(), "grade"].value_counts()
    _place_groups(ax, [f"{grade}\nn {counts.get(grade, 0)}" for grade in groups])
    span = axes.span_of([], peaks["level"], logarithmic=chosen.logarithmic)
    axes.level_axis(ax, span, least=0.3)
    for place, grade in enumerate(groups):
        _draw_by_cohort(ax, peaks[peaks["grade"] == grade], place, looks)
    missing = gaps.missing_lines(ax, peaks[peaks["level"].isna()], list(looks))
    axes.label_axes(ax, x="\n".join(["Highest grade of CRS", *missing]), y=f"{_label(analyte)}: {chosen.label}")
    marks.legend_above(ax, [*values.cohort_dots(peaks, looks), *values.bound_entries(peaks["bound"])])
    return ax


def _chosen_markers(rows: pd.DataFrame, analytes: Sequence[str] | None) -> list[str]:
    known = in_order(str(key) for key in rows["analyte"].unique())
    if isinstance(analytes, str):
        raise RulesError(f"analytes must be a list of analytes; write [{analytes!r}] for one.")
    shown = known if analytes is None else [one_of("analyte", key, known) for key in analytes]
    if not shown:
        raise RulesError("peak_lags: the result holds no marker, so no peak has a lag.")
    return shown


def _of_matrix(rows: pd.DataFrame, matrix: str | None) -> pd.DataFrame:
    matrices = sorted(rows["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    return rows[rows["matrix"] == chosen]


def _label(analyte: str) -> str:
    return known_analyte(analyte).label


def _looks(parameters: pd.DataFrame, cohorts: Sequence[str] | None) -> dict[str, Look]:
    return style.cohort_looks(cohorts or values.cohorts_by_dose(parameters))


def _grades(parameters: pd.DataFrame) -> dict[str, str]:
    """Highest grade of CRS of each subject of whom it is known, as text."""
    rows = parameters[(parameters["analyte"] == "crs") & (parameters["parameter"] == "grade_max")]
    rows = rows.dropna(subset="value")
    return {str(subject): f"{grade:g}" for subject, grade in zip(rows["subject"], rows["value"], strict=True)}


def _grade_groups(grades: "pd.Series[str]") -> list[str]:
    """Every grade from 0 to the highest that occurs, then those not known, if any."""
    known = [int(float(grade)) for grade in grades if grade != UNKNOWN_GRADE]
    unknown = [UNKNOWN_GRADE] if (grades == UNKNOWN_GRADE).any() else []
    return [*map(str, range(max(known, default=-1) + 1)), *unknown]


def _place_groups(ax: Axes, names: Sequence[str]) -> None:
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_xticks(range(len(names)), names)
    for between in range(1, len(names)):
        ax.axvline(between - 0.5, color=style.PALE, linewidth=0.6, zorder=0, label="_between")
    for label in ax.get_xticklabels():
        axes.literal(label)


def _draw_by_cohort(ax: Axes, rows: pd.DataFrame, place: int, looks: dict[str, Look]) -> None:
    """Draw the dots of one group, the cohorts side by side."""
    shifts = np.linspace(-_LANES / 2, _LANES / 2, 2 * len(looks) + 1)[1::2]
    for (cohort, look), shift in zip(looks.items(), shifts, strict=True):
        own = rows[rows["cohort"] == cohort]
        values.draw_dots(ax, own["level"], np.full(len(own), place + shift), look, own["bound"])


def _lag_axis(ax: Axes, lags: "pd.Series[float]") -> None:
    """Span the lags and zero, with room at both ends, and say which side is which."""
    low, high = min(0.0, float(lags.min())) if len(lags) else 0.0, max(0.0, float(lags.max())) if len(lags) else 0.0
    room = max(1.0, 0.15 * (high - low))
    ax.set_ylim(low - room, high + room)
    ax.yaxis.set_major_locator(ticker.MaxNLocator(7, integer=True))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    ax.axhline(0.0, color=style.GRAY, linewidth=0.8, zorder=1, label="_zero_line")
    for text, side, aligned in (("After the CAR-T peak", 0.99, "top"), ("Before the CAR-T peak", 0.01, "bottom")):
        note = ax.text(
            0.005, side, text, transform=ax.transAxes, va=aligned, fontsize=style.NOTE_SIZE, color=style.GRAY
        )
        axes.literal(note)
