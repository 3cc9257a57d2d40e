"""Exposure and response: what goes together, described and not tested."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carpk import plot
from carpk.exposure.table import ExposureResponse, exposure_response
from carpk.nca.table import NcaResult
from carpk.plot import style
from carpk.report import numbers
from carpk.report.parts import Block, Cell, Column, Figure, Heading, Section, Table, Text
from carpk.report.rows import MISSING, Record, bounded, profile_name, profiles_of, records
from carpk.response.table import ResponseResult
from carpk.schema import Study
from carpk.terms import analyte, event, term
from carpk.units import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_PANEL_HEIGHT = 2.9  # inch
_OUTCOMES = ("peak", "grade_max", "first_time", "recovery_time", "aplasia_duration")
_TAU_NOTE = (
    "Kendall's \u03c4b: +1 where the order of the outcome is that of the exposure, \u22121 where it is the reverse, 0"
    " where neither. n: subjects with both; Cens.: of these, outcomes known as a limit only, whose pairs of unknown"
    " order count as ties. No p-value is given."
)
_ORDER_NOTE = (
    "Lost: interval in which the transgene was lost; Back: interval in which the B cells recovered; First: which of the"
    " two came first, where the intervals tell."
)
_ORDERS = {"recovery first": "recovery", "loss first": "loss"}


def exposure_section(study: Study, nca: NcaResult, response: ResponseResult | None) -> list[Section]:
    """Describe the outcomes against Cmax and AUC0-28 of the first CAR-T assay; nothing without outcomes."""
    profiles = profiles_of(nca)
    if response is None or response.parameters.empty or not profiles:
        return []
    outcomes = response.parameters[response.parameters["parameter"].isin(_OUTCOMES)]
    exposures = [key for key in ("cmax", "auc_0_28d") if (nca.parameters["parameter"] == key).any()]
    if outcomes.empty or not exposures:
        return []
    name, matrix = profiles[0]
    result = exposure_response(nca, outcomes, exposures=exposures, analytes=[name], matrix=matrix)
    blocks: list[Block] = [Text(tuple(str(said) for said in result.cautions["sentence"]), caution=True)]
    blocks += _associations(result)
    blocks += _by_outcome(result)
    blocks += _recovery(result)
    blocks += _pictures(study, result, name, matrix)
    title = f"Exposure and response: {profile_name(nca, profiles[0])}"
    return [Section(title, tuple(blocks), new_page=True)]


def _outcome_name(row: Record) -> str:
    key, parameter = str(row["outcome_analyte"]), term(str(row["outcome"]))
    named = analyte(key).label if analyte(key).label != key else event(key).label
    return f"{named}: {parameter.label[0].lower()}{parameter.label[1:]}"


def _associations(result: ExposureResponse) -> list[Block]:
    table = result.associations
    rows = records(table[table["statistic"] == "kendall"])
    if not rows:
        return []
    columns = (
        Column("Outcome", align="left"),
        Column("N", align="right"),
        Column("n", align="right"),
        Column("Cens.", align="right"),
        Column("\u03c4b"),
        Column("95 % interval", align="right"),
    )
    body: list[Heading | tuple[Cell, ...]] = []
    for exposure in dict.fromkeys(row["exposure"] for row in rows):
        body.append(Heading(f"Against {term(str(exposure)).label}"))
        body += [_association(row) for row in rows if row["exposure"] == exposure]
    return [Table("Outcomes against exposure", columns, tuple(body), (_TAU_NOTE,))]


def _association(row: Record) -> tuple[Cell, ...]:
    counts = (Cell(numbers.count(row[key])) for key in ("N", "n", "n_censored"))
    value = Cell(MISSING, (row["reason"],)) if row["reason"] else Cell(_signed(row["value"]))
    known = not (np.isnan(row["low"]) or np.isnan(row["high"]))
    interval = f"{_signed(row['low'])} to {_signed(row['high'])}" if known else MISSING
    return (Cell(_outcome_name(row)), *counts, value, Cell(interval))


def _signed(number: float) -> str:
    return f"{number:z.2f}".replace("-", "\u2212")


def _by_outcome(result: ExposureResponse) -> list[Block]:
    rows = records(result.by_outcome)
    if not rows:
        return []
    columns = (
        Column("Group", align="left"),
        Column("N", align="right"),
        Column("n", align="right"),
        Column("Geometric mean"),
        Column("Geometric CV", "%"),
        Column("Median"),
        Column("Minimum"),
        Column("Maximum"),
    )
    body: list[Heading | tuple[Cell, ...]] = []
    heading = ""
    order = list(dict.fromkeys(row["exposure"] for row in rows))
    for row in sorted(rows, key=lambda row: order.index(row["exposure"])):
        exposure = term(str(row["exposure"]))
        said = f"{exposure.label} ({label(str(row['unit']))}) by {event(str(row['outcome_analyte'])).label}"
        if said != heading:
            body.append(Heading(said))
            heading = said
        body.append(_group_row(row))
    notes = (
        "N: subjects; n: with a value. Groups of fewer than 3 values are given by smallest and largest value alone.",
    )
    return [Table("Exposure by CRS grade and treatment", columns, tuple(body), notes, mixed=True)]


def _group_row(row: Record) -> tuple[Cell, ...]:
    found = term(str(row["exposure"]))
    means = (row["geometric_mean"], row["geometric_cv_percent"])
    order = (row["median"], row["minimum"], row["maximum"])
    return (
        Cell(str(row["group"])),
        *(Cell(numbers.count(row[key])) for key in ("N", "n")),
        *(Cell(MISSING if np.isnan(mean) else numbers.derived(mean)) for mean in means),
        *(Cell(MISSING if np.isnan(value) else numbers.statistic(found, value)) for value in order),
    )


def _recovery(result: ExposureResponse) -> list[Block]:
    rows = records(result.recovery)
    if not rows:
        return []
    unit = label(result.time_unit)
    columns = (
        Column("Subject", align="left"),
        Column("Lost", unit, "right"),
        Column("Back", unit, "right"),
        Column("First", align="left"),
    )
    body = tuple(
        (
            Cell(str(row["subject"])),
            _interval(row, "loss"),
            _interval(row, "recovery"),
            Cell(_ORDERS.get(str(row["order"]), "not known")),
        )
        for row in rows
    )
    counts = pd.Series([row["order"] for row in rows]).map(_ORDERS).fillna("not known").value_counts()
    said = ", ".join(f"{kind} {counts[kind]}" for kind in (*_ORDERS.values(), "not known") if kind in counts)
    return [Table("B-cell recovery and loss of the transgene", columns, body, (_ORDER_NOTE, f"First: {said}."))]


def _pictures(study: Study, result: ExposureResponse, kinetics: str, matrix: str) -> list[Block]:
    """Draw each marker's peak and the CRS grade against the last of the exposures."""
    table = result.associations
    drawn = table[(table["statistic"] == "kendall") & table["outcome"].isin(["peak", "grade_max"]) & (table["n"] > 0)]
    if drawn.empty:
        return []
    exposure = str(drawn["exposure"].iloc[-1])
    pairs = list(drawn[["outcome_analyte", "outcome"]].drop_duplicates().itertuples(index=False, name=None))

    def draw() -> "Drawing":
        count = (len(pairs) + 1) // 2
        page = style.Page(figsize=(style.PAGE_WIDTH, _PANEL_HEIGHT * count), layout="constrained")
        grid = page.subplots(count, 2, squeeze=False).ravel()
        chosen = {"exposure": exposure, "kinetics": kinetics, "matrix": matrix}
        for ax, (name, parameter) in zip(grid, pairs, strict=False):
            plot.exposure_pairs(
                result, analyte=name, parameter=parameter, cohorts=study.cohorts, cautions=False, ax=ax, **chosen
            )
        for ax in grid[len(pairs) :]:
            ax.remove()
        return page

    said = f"Outcomes against {term(exposure).label}"
    return [Figure(said, f"{said}, one symbol for each subject; outcomes known as a limit only are arrows.", draw)]


def _interval(row: Record, what: str) -> Cell:
    low, high, reason = float(row[f"{what}_low"]), float(row[f"{what}_high"]), str(row[f"{what}_reason"])
    return Cell(bounded(term("recovery_time"), low, high), (reason,) if reason else ())
