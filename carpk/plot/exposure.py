"""Parameters of every patient, by cohort and against dose."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import summary, units
from carpk.errors import RulesError
from carpk.plot import axes, gaps, marks, style
from carpk.plot.individual import cohort_name
from carpk.plot.marks import Entry
from carpk.plot.placement import with_details
from carpk.plot.style import Look
from carpk.plot.values import ZERO_AT, Values, chosen_values, cohort_dots, dot, draw_dots


@style.in_style
def by_cohort(
    parameters: pd.DataFrame,
    *,
    parameter: str,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    source: str = "nca",
    cohorts: Sequence[str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw a parameter of every patient by cohort, with the geometric mean, or the median of a time.

    Values of zero (no level above the limit) stand at the bottom of the log axis as open markers and are not in the
    geometric mean. What is missing is counted under the axis with its reasons. Fewer than three values get no mean.

    Parameters
    ----------
    parameters : DataFrame
        As `run_nca` gives them; columns as in carpk.schema.PARAMETERS.
    parameter : str
        Key of the parameter, e.g. ``cmax`` or ``auc_0_28d``.
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    source : str
        ``nca``, or the name of a model.
    cohorts : sequence of str, optional
        All cohorts of the study in its order, where the table does not have them all: colors go by their places.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The table has no such parameter, analyte, matrix or source.
    UnitError
        The parameter's values are in more than one unit.
    """
    values = chosen_values(parameters, parameter=parameter, analyte=analyte, matrix=matrix, source=source)
    looks = style.cohort_looks(cohorts or values.cohorts)
    axes.trim(ax)
    ax.set_xlim(-0.5, len(values.cohorts) - 0.5)
    _value_axis(ax, values)
    middles = _middles(values)
    for place, cohort in enumerate(values.cohorts):
        rows = values.rows[values.rows["cohort"] == cohort]
        draw_dots(ax, rows["value"], np.full(len(rows), float(place)), looks[cohort])
        if cohort in middles:
            ends = [place - 0.3, place + 0.3]
            ax.plot(ends, [middles[cohort]] * 2, color=style.INK, linewidth=1.4, zorder=2, label="_middle")
    _name_cohorts(ax, values)
    missing = gaps.missing_lines(ax, values.missing, values.cohorts)
    axes.label_axes(ax, x="\n".join(["Cohort", *missing]), y=values.label)
    marks.legend_above(ax, [*_middle_entry(values, middles), *_zero_entry(values.rows)])
    return ax


@style.in_style
def by_dose(
    parameters: pd.DataFrame,
    *,
    parameter: str,
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    source: str = "nca",
    cohorts: Sequence[str] | None = None,
    dose_unit: str = "",
    fit: summary.DoseProportionality | None = None,
    ax: Axes,
) -> Axes:
    """Draw a parameter of every patient against dose, both on log axes, colored by cohort.

    Values of zero stand at the bottom as open markers. What is missing, the dose too, is counted under the axis. There
    is a legend of cohorts where the dose does not tell them apart.

    Parameters
    ----------
    parameters : DataFrame
        As `run_nca` gives them; columns as in carpk.schema.PARAMETERS.
    parameter : str
        Key of the parameter, e.g. ``cmax`` or ``auc_0_28d``.
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    source : str
        ``nca``, or the name of a model.
    cohorts : sequence of str, optional
        All cohorts of the study in its order, where the table does not have them all: colors go by their places.
    dose_unit : str
        Unit of the doses, as in the subjects table, e.g. ``cells/kg``.
    fit : DoseProportionality, optional
        Draw its line over its doses, with the slope and its interval in the legend; or say there why there is none.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The table has no such parameter, analyte, matrix or source, or `fit` is of another one or over total cells.
    UnitError
        The parameter's values are in more than one unit.
    """
    values = chosen_values(parameters, parameter=parameter, analyte=analyte, matrix=matrix, source=source)
    dosed = values.rows[values.rows["dose"] > 0]
    if fit is not None:
        _check_fit(fit, values)
    looks = style.cohort_looks(cohorts or values.cohorts)
    axes.trim(ax)
    _dose_axis(ax, dosed["dose"])
    _value_axis(ax, values)
    for cohort, look in looks.items():
        rows = dosed[dosed["cohort"] == cohort]
        draw_dots(ax, rows["value"], rows["dose"].to_numpy(), look)
    missing = gaps.missing_lines(ax, values.missing, values.cohorts)
    if undosed := len(values.rows) - len(dosed):
        missing.append(f"{undosed} without a dose, not drawn")
    dose = with_details("Dose", [units.label(dose_unit)] if dose_unit else [])
    axes.label_axes(ax, x="\n".join([dose, *missing]), y=values.label)
    pairs = dosed[["cohort", "dose"]].drop_duplicates()
    told_by_dose = not (pairs["cohort"].duplicated().any() or pairs["dose"].duplicated().any())
    entries = [*([] if told_by_dose else cohort_dots(dosed.dropna(subset="value"), looks)), *_zero_entry(dosed)]
    marks.legend_above(ax, [*entries, *(_draw_fit(ax, fit) if fit is not None else [])])
    return ax


def _check_fit(fit: summary.DoseProportionality, values: Values) -> None:
    for column in ("parameter", "analyte", "matrix", "source"):
        drawn = str(values.rows[column].iloc[0])
        if getattr(fit, column) != drawn:
            raise RulesError(f"by_dose: fit is of {column} {getattr(fit, column)!r}; the picture shows {drawn!r}.")
    if fit.total_cells:
        raise RulesError("by_dose: fit is over total cells; the picture shows doses as they were given.")


def _draw_fit(ax: Axes, fit: summary.DoseProportionality) -> list[Entry]:
    """Draw the line over its doses; return its legend lines."""
    if fit.reason:
        return marks.entry_lines(ax, f"No line: {fit.reason}")
    ends = [fit.doses[0], fit.doses[-1]]
    (line,) = ax.plot(ends, [fit.expected(dose) for dose in ends], color=style.INK, linewidth=1.2, zorder=2)
    line.set_label("_fit")
    low, high = (f"{end:z.2f}".replace("-", "\u2212") for end in (fit.low, fit.high))
    slope = f"{fit.slope:z.2f}".replace("-", "\u2212")
    text = f"Slope {slope} ({100 * fit.level:g} % interval {low} to {high}, n {fit.n})"
    caution = marks.entry_lines(ax, fit.caution) if fit.caution else []
    return [*marks.entry_lines(ax, text, Line2D([], [], color=style.INK, linewidth=1.2)), *caution]


def _middles(values: Values) -> dict[str, float]:
    """Geometric mean or median of each cohort that has enough values for one."""
    groups = summary.summarize(values.rows)
    counted = groups["n"] - (groups["n_zero"] if values.middle == "geometric_mean" else 0)
    enough = groups[counted >= summary.FEW]
    return dict(zip(enough["cohort"], enough[values.middle], strict=True))


def _value_axis(ax: Axes, values: Values) -> None:
    numbers = values.rows["value"].dropna()
    if values.logarithmic:
        zeros = bool((numbers <= 0).any())
        axes.level_axis(ax, axes.span_of(["below_unknown"] * zeros, numbers), least=0.3)
        if zeros:
            _name_zero(ax)
        return
    ax.set_ylim(min(0.0, float(numbers.min()) * 1.08) if len(numbers) else 0.0, _top(numbers))
    ax.yaxis.set_major_locator(ticker.MaxNLocator(6))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))


def _top(numbers: "pd.Series[float]") -> float:
    highest = float(numbers.max()) if len(numbers) else 0.0
    return 1.08 * highest if highest > 0 else 1.0


def _name_zero(ax: Axes) -> None:
    name = ax.text(0, ZERO_AT, "0 ", transform=ax.transAxes, ha="right", va="center", fontsize=style.FONT_SIZE)
    axes.literal(name)


def _name_cohorts(ax: Axes, values: Values) -> None:
    room = axes.size_in_points(ax)[0] / max(1, len(values.cohorts)) - 6
    counts = values.rows.dropna(subset="value")["cohort"].value_counts()
    names = [f"{axes.wrap(cohort_name(cohort), room)}\nn {counts.get(cohort, 0)}" for cohort in values.cohorts]
    ax.set_xticks(range(len(names)), names)
    for label in ax.get_xticklabels():
        axes.literal(label)


def _dose_axis(ax: Axes, doses: "pd.Series[float]") -> None:
    given: Sequence[float] = sorted({float(dose) for dose in doses})
    ax.set_xscale("log")
    low, high = (given[0], given[-1]) if given else (1.0, 10.0)
    around = max(1.6, (high / low) ** 0.12)
    ax.set_xlim(low / around, high * around)
    names = [style.scientific(dose) for dose in given]
    places = ax.transData.transform([(dose, 1.0) for dose in given] or [(1.0, 1.0)])[:, 0] * 72 / ax.figure.dpi
    widest = max((axes.text_width(name) for name in names), default=0.0)
    if given and (len(given) == 1 or np.diff(places).min() > widest + 4):
        ax.set_xticks(given, names)
    else:
        ax.xaxis.set_major_locator(ticker.LogLocator(numticks=6))
        ax.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.scientific(value)))
    ax.xaxis.set_minor_locator(ticker.NullLocator())


def _middle_entry(values: Values, middles: Mapping[str, float]) -> list[Entry]:
    name = "Geometric mean" if values.middle == "geometric_mean" else "Median"
    return [Entry(Line2D([], [], color=style.INK, linewidth=1.4), name)] if middles else []


def _zero_entry(rows: pd.DataFrame) -> list[Entry]:
    zeros = int((rows["value"] <= 0).sum())
    return [Entry(Line2D([], [], **dot(Look(style.INK, "o"), hollow=True)), f"Zero (n {zeros})")] if zeros else []
