"""Outcomes against exposure, and the return of B cells against the loss of the transgene, patient by patient."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from carpk import units
from carpk.errors import RulesError
from carpk.exposure.pairs import RESPONSE
from carpk.exposure.table import ExposureResponse
from carpk.plot import axes, gaps, marks, style, values
from carpk.plot.marks import Entry
from carpk.plot.placement import has_logarithm, one_of, usual_matrix, with_details
from carpk.plot.style import Look
from carpk.terms import analyte as known_analyte
from carpk.terms import event as known_event
from carpk.terms import term

_EVENTS = ("crs", "icans", "tocilizumab", "corticosteroid", "anakinra")
_CHOICES = {"kinetics": "analyte", "exposure": "exposure", "analyte": "outcome_analyte", "parameter": "outcome"}
_MULTIPLES = ((250.0, (1.0, 2.0, 3.0, 5.0)), (110.0, (1.0, 2.0, 5.0)), (60.0, (1.0, 3.0)))  # by width of a decade [pt]
_CATEGORIES = ("grade", RESPONSE)


@style.in_style
def exposure_pairs(
    result: ExposureResponse,
    *,
    exposure: str = "cmax",
    kinetics: str = "car_t_qpcr",
    analyte: str,
    parameter: str,
    matrix: str | None = None,
    cohorts: Sequence[str] | None = None,
    cautions: bool = True,
    ax: Axes,
) -> Axes:
    """Draw an outcome of every patient against exposure, colored by cohort.

    Exposure stands on a log axis, zero at its left end, and so does an outcome that is a level. An outcome of which
    only a bound is known is a triangle (at least) or an open marker (at most) at the bound. Under the axis stand
    Kendall's tau with its interval (for yes or no, the odds ratio of Firth's regression), the cautions that go with it,
    and who is not drawn and why. There is no p-value.

    Parameters
    ----------
    result : ExposureResponse
        As `exposure_response` gives it.
    exposure : str
        Key of the exposure, e.g. ``cmax``.
    kinetics : str
        Key of the analyte whose exposure it is.
    analyte : str
        Key of the analyte or event of the outcome; ``response`` for yes or no.
    parameter : str
        Key of the outcome, e.g. ``peak``; the name of a response.
    matrix : str, optional
        Matrix of the exposure; blood where there is some.
    cohorts : sequence of str, optional
        All cohorts of the study in its order: colors go by their places. As they come in the result, if not given.
    cautions : bool
        Whether the cautions stand under the axis; without them they belong elsewhere on the page.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The result has no such exposure or outcome.
    """
    choices = {"kinetics": kinetics, "exposure": exposure, "analyte": analyte, "parameter": parameter}
    rows = _chosen(result.pairs, choices, matrix)
    named = {"outcome_value": "value", "outcome_low": "low", "outcome_high": "high"}
    placed = values.with_bounds(rows.rename(columns=named))
    drawn = placed[placed["exposure_value"].notna() & placed["level"].notna()]
    drawn, unexposed = drawn[drawn["exposure_value"] > 0], drawn[drawn["exposure_value"] <= 0]
    looks = style.cohort_looks(cohorts or list(dict.fromkeys(result.pairs["cohort"])))
    axes.trim(ax)
    _exposure_axis(ax, drawn["exposure_value"], zeros=len(unexposed) > 0)
    _outcome_axis(ax, pd.concat([drawn, unexposed]))
    for cohort, look in looks.items():
        own = drawn[drawn["cohort"] == cohort]
        values.draw_dots(ax, own["level"], own["exposure_value"].to_numpy(), look, own["bound"])
        levels = unexposed.loc[unexposed["cohort"] == cohort, "level"]
        at_left = {"transform": ax.get_yaxis_transform(), **values.dot(look, hollow=True)}
        ax.plot([values.ZERO_AT] * len(levels), levels, **at_left, label="_no_exposure")
    said = _cautions(result, analyte, parameter) if cautions else []
    lines = [*_statement(result, rows), *said, *_not_drawn(placed)]
    width = axes.size_in_points(ax)[0]
    label = with_details(
        f"{known_analyte(kinetics).label}: {term(exposure).label}",
        [units.label(unit) for unit in rows["exposure_unit"].unique() if unit],
    )
    axes.label_axes(ax, x="\n".join([label, *(axes.wrap(line, width) for line in lines)]), y=_outcome_label(rows))
    shown = pd.concat([drawn, unexposed])
    zero = Entry(Line2D([], [], **values.dot(Look(style.INK, "o"), hollow=True)), f"Exposure zero (n {len(unexposed)})")
    entries = [*values.cohort_dots(shown, looks), *values.bound_entries(shown["bound"])]
    marks.legend_above(ax, [*entries, *([zero] if len(unexposed) else [])])
    return ax


@style.in_style
def recovery_and_loss(
    result: ExposureResponse,
    *,
    kinetics: str = "car_t_qpcr",
    matrix: str | None = None,
    cohorts: Sequence[str] | None = None,
    ax: Axes,
) -> Axes:
    """Draw when the B cells of each patient came back against when the transgene was lost.

    A marker stands where both were first seen, thin lines run back to the samples before. What was not seen when
    follow-up ended is an open marker there, its line running on to the edge. On the diagonal both come together.

    Parameters
    ----------
    result : ExposureResponse
        As `exposure_response` gives it, of outcomes that hold the recovery of the B cells.
    kinetics : str
        Key of the analyte that is lost.
    matrix : str, optional
        Matrix of its samples; blood where there is some.
    cohorts : sequence of str, optional
        All cohorts of the study in its order: colors go by their places. As they come in the result, if not given.
    ax : Axes
        Where to draw. The legend stands above it.

    Raises
    ------
    RulesError
        The result has no such analyte or no recovery.
    """
    if result.recovery.empty:
        raise RulesError("recovery_and_loss: the outcomes hold no recovery_time of B cells.")
    rows = _chosen(result.recovery, {"kinetics": kinetics}, matrix)
    times = rows[["loss_low", "loss_high", "recovery_low", "recovery_high"]]
    known = times.notna().all(axis=1)
    finite = times[known].to_numpy(np.float64)
    latest = float(np.max(finite[np.isfinite(finite)], initial=1.0))
    looks = style.cohort_looks(cohorts or list(dict.fromkeys(result.pairs["cohort"])))
    axes.trim(ax)
    axes.time_axis(ax, 0.0, latest, result.time_unit)
    ax.set_ylim(ax.get_xlim())
    ax.yaxis.set_major_locator(ticker.FixedLocator([tick for tick in ax.get_xticks() if 0 <= tick <= latest]))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))
    ax.plot([0, 2 * latest], [0, 2 * latest], color=style.GRAY, linewidth=0.8, linestyle=(0, (4, 2)), label="_diagonal")
    for text, place, aligned in (
        ("after", (0.3, 0.98), ("left", "top")),
        ("before", (0.98, 0.02), ("right", "bottom")),
    ):
        _note(ax, f"B cells back {text} the loss", place, aligned)
    for cohort, *interval in rows.loc[known, ["cohort", *times.columns]].itertuples(index=False):
        _draw_cross(ax, looks[str(cohort)], *(float(time) for time in interval))
    unit = units.label(result.time_unit)
    reasons = rows["recovery_reason"].where(rows["recovery_low"].isna(), rows["loss_reason"])
    missing = gaps.missing_lines(ax, rows.assign(reason=reasons)[~known], list(looks))
    loss = f"Loss of {known_analyte(kinetics).label}: time since infusion ({unit})"
    axes.label_axes(ax, x="\n".join([loss, *missing]), y=f"B cells back: time since infusion ({unit})")
    open_marker = Line2D([], [], **values.dot(Look(style.INK, "o"), hollow=True))
    unseen = [Entry(open_marker, "Not both seen when follow-up ended")] if np.isinf(times[known]).any(axis=None) else []
    diagonal = Entry(Line2D([], [], color=style.GRAY, linewidth=0.8, linestyle=(0, (4, 2))), "Both at once")
    marks.legend_above(ax, [*values.cohort_dots(rows[known], looks), *unseen, diagonal])
    return ax


def _chosen(table: pd.DataFrame, choices: dict[str, str], matrix: str | None) -> pd.DataFrame:
    """Keep the rows of one exposure and one outcome: one for each patient."""
    rows = table
    for argument, given in choices.items():
        column = _CHOICES[argument]
        rows = rows[rows[column] == one_of(argument, given, rows[column].drop_duplicates())]
    matrices = sorted(rows["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    rows = rows[rows["matrix"] == chosen]
    if rows["subject"].duplicated().any():
        raise RulesError(f"exposure_pairs: {choices} holds more than one outcome a patient.")
    return rows


def _exposure_axis(ax: Axes, exposures: "pd.Series[float]", *, zeros: bool) -> None:
    low, high = (float(exposures.min()), float(exposures.max())) if len(exposures) else (1.0, 10.0)
    around = max(1.25, (high / low) ** 0.06)
    ax.set_xscale("log")
    left = low / (high / low * around) ** 0.1 if zeros else low
    ax.set_xlim(left / around, high * around)
    decade = axes.size_in_points(ax)[0] / np.log10(high / left * around**2)
    subs = next((subs for widest, subs in _MULTIPLES if decade >= widest), (1.0,))
    ax.xaxis.set_major_locator(ticker.LogLocator(subs=subs, numticks=20))
    shown_from = low if zeros else 0.0
    ax.xaxis.set_major_formatter(
        ticker.FuncFormatter(lambda value, _: style.number(value) if value >= shown_from else "")
    )
    if zeros:
        name = ax.annotate("0", (values.ZERO_AT, 0), (0, -5), "axes fraction", "offset points", ha="center", va="top")
        axes.literal(name).set_fontsize(style.FONT_SIZE)
    ax.xaxis.set_minor_locator(ticker.LogLocator(subs=tuple(range(2, 10)), numticks=99))
    ax.xaxis.set_minor_formatter(ticker.NullFormatter())


def _outcome_axis(ax: Axes, drawn: pd.DataFrame) -> None:
    levels = drawn["level"]
    if len(drawn) and drawn["kind"].iloc[0] in _CATEGORIES:
        of_response = drawn["kind"].iloc[0] == RESPONSE
        names = ["No", "Yes"] if of_response else [str(grade) for grade in range(int(levels.max()) + 1)]
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(-0.5, len(names) - 0.5)
    elif len(drawn) and _is_level(drawn) and (levels > 0).all():
        axes.level_axis(ax, axes.span_of([], levels), least=0.3)
    else:
        ax.margins(y=0.1)
        ax.yaxis.set_major_locator(ticker.MaxNLocator(6))
        ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: style.number(value)))


def _is_level(rows: pd.DataFrame) -> bool:
    return term(str(rows["outcome"].iloc[0])).kind in ("level", "area", "ratio") and has_logarithm(
        str(rows["outcome_unit"].iloc[0])
    )


def _outcome_label(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    if first["kind"] == RESPONSE:
        return str(first["outcome"])
    of = str(first["outcome_analyte"])
    name = known_event(of).label if of in _EVENTS else known_analyte(of).label
    unit = units.label(str(first["outcome_unit"])) if first["kind"] != "grade" else ""
    return with_details(f"{name}: {term(str(first['outcome'])).label}", [unit] if unit not in ("", "1") else [])


def _statement(result: ExposureResponse, rows: pd.DataFrame) -> list[str]:
    """Say how the two go together, in a sentence."""
    keys = ["analyte", "matrix", "exposure", "outcome_analyte", "outcome"]
    first, percent = rows.iloc[0], f"{100 * result.level:g} % interval"
    if first["kind"] == RESPONSE:
        table = result.logistic.rename(columns={"response": "outcome"})
        keys = [key for key in keys if key != "outcome_analyte"]
        names, words = ("odds_ratio_per_doubling", "odds_ratio_low", "odds_ratio_high"), "Odds ratio per doubling"
    else:
        table = result.associations[result.associations["statistic"] == "kendall"]
        names, words = ("value", "low", "high"), "Kendall's tau"
    found = table[(table[keys] == first[keys]).all(axis=1)]
    if found.empty:
        return []
    line = found.iloc[0]
    if line["reason"]:
        return [f"{words}: not given ({str(line['reason']).lower().replace('_', ' ')}), n {line['n']}"]
    value, low, high = (f"{line[name]:z.2f}".replace("-", "\u2212") for name in names)
    limits = f", {line['n_censored']} known as a limit" if line.get("n_censored", 0) else ""
    if line.get("undetermined", 0):
        least, greatest = (f"{line[name]:z.2f}".replace("-", "\u2212") for name in ("least", "greatest"))
        limits += f", which could make it {least} to {greatest}"
    return [f"{words} {value} ({percent} {low} to {high}), n {line['n']}{limits}"]


def _cautions(result: ExposureResponse, analyte: str, parameter: str) -> list[str]:
    """Sentences that apply to this outcome."""
    cautions = result.cautions[result.cautions["code"] != "IMMORTAL_TIME"]  # which is about times from a landmark
    about = cautions["applies_to"].map(lambda words: f"{analyte} {parameter}" in words.split(", "))
    return cautions.loc[about.astype(bool), "sentence"].tolist()


def _not_drawn(placed: pd.DataFrame) -> list[str]:
    no_exposure = placed.loc[placed["exposure_value"].isna(), "exposure_reason"]
    no_outcome = placed.loc[placed["exposure_value"].notna() & placed["level"].isna(), "outcome_reason"]
    told = []
    for what, reasons in (("exposure", no_exposure), ("outcome", no_outcome)):
        if len(reasons):
            told.append(f"{len(reasons)} without {what}: {gaps.told_reasons(Counter(reasons))}")
    return [f"Not drawn: {'; '.join(told)}"] if told else []


def _note(ax: Axes, text: str, place: tuple[float, float], aligned: tuple[str, str]) -> None:
    note = ax.text(*place, text, transform=ax.transAxes, fontsize=style.NOTE_SIZE, color=style.GRAY, zorder=5)
    note.set(horizontalalignment=aligned[0], verticalalignment=aligned[1])
    axes.literal(note).set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.6})


def _draw_cross(
    ax: Axes, look: Look, loss_low: float, loss_high: float, recovery_low: float, recovery_high: float
) -> None:
    lost, back = np.isfinite(loss_high), np.isfinite(recovery_high)
    x, y = loss_high if lost else loss_low, recovery_high if back else recovery_low
    edge = 2 * ax.get_xlim()[1]
    across, up = ([loss_low, loss_high if lost else edge], [y, y]), ([x, x], [recovery_low, y if back else edge])
    for interval in (across, up):
        ax.plot(*interval, color=look.color, linewidth=0.7, alpha=0.7, zorder=2, label="_interval")
    ax.plot(x, y, **values.dot(look, hollow=not (lost and back)), label="_seen" if lost and back else "_not_seen")
