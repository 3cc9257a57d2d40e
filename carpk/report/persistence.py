"""How long the transgene lasts, and any other time to an event: medians by cohort, and the curves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carpk import plot
from carpk.nca.table import NcaResult
from carpk.plot import style
from carpk.reasons import sentence
from carpk.report import numbers
from carpk.report.data import cohort_name
from carpk.report.parts import Block, Cell, Column, Figure, Section, Table, Text
from carpk.report.rows import MISSING, Profile, Record, natural_order, profile_name, profiles_of, records
from carpk.response.persistence_table import run_persistence
from carpk.response.time_to_event import TimeToEvent
from carpk.units import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_HEIGHT = 3.6  # inch, for the axes and legend
_ROW = 0.15  # inch, for each row of numbers at risk

_METHOD = (
    "The transgene counts as lost at Tbql, the first level below the limit after the last quantified one (Tlast)."
    " Follow-up of a subject in whom that was not seen ends with the last sample; samples after a second infusion or"
    " the like are left out. Subjects without a quantified level after the infusion have nothing to lose: they are"
    " counted, but are not at risk.",
    "Kaplan\u2013Meier puts a loss at the visit at which it was seen, which is as late as it can be; its limits are"
    " pointwise 95 % log-log limits. The Turnbull estimate uses only that a loss lies between Tlast and Tbql: the"
    " interval given holds its median.",
)


@dataclass(frozen=True, slots=True)
class _Words:
    """How tables speak of an event: the head of its count, the caption, the picture, and those not at risk."""

    seen: str
    title: str
    shown: str
    counts: str


_WORDS = {
    "loss": _Words(
        "Lost",
        "time to loss by cohort",
        "share of subjects with a quantified level, by cohort",
        "N: subjects; At risk: those with a quantified level after the infusion; Lost: those in whom the loss was seen;"
        " Censored: those whose follow-up ended before.",
    ),
    "recovery": _Words(
        "Back",
        "time to recovery by cohort",
        "share of subjects without recovery, by cohort",
        "N: subjects; At risk: those who were depleted after the infusion, and not at baseline; Back: those in whom"
        " recovery was seen; Censored: those whose follow-up ended before. Times count from the infusion.",
    ),
}


def persistence_section(nca: NcaResult) -> list[Section]:
    """Tell for every analyte and cohort how long the transgene stayed quantified."""
    profiles = profiles_of(nca)
    if not profiles:
        return []
    result = run_persistence(nca)
    chapter = Section("Persistence", (Text(_METHOD),), new_page=True)
    parts = [
        Section(name, time_to_event_blocks(result, profile, name), level=2)
        for profile, name in ((profile, profile_name(nca, profile)) for profile in profiles)
    ]
    return [chapter, *parts]


def time_to_event_blocks(result: TimeToEvent, profile: Profile, name: str) -> tuple[Block, ...]:
    """Give the medians of one analyte by cohort, and its curves."""
    words, medians = _WORDS[result.event], result.medians
    rows = records(medians[(medians["analyte"] == profile[0]) & (medians["matrix"] == profile[1])])
    table = _median_table(rows, name, words, label(result.time_unit), _not_at_risk(result, profile))
    if not any(row["n"] for row in rows):
        return (table, Text((f"{name}: no subject is at risk, so there is nothing to draw.",)))
    figure = Figure(
        f"{name}: {words.shown}",
        f"{name}, {words.shown}, over time: Kaplan\u2013Meier curves with 95 % bands, Turnbull estimates, and"
        " numbers at risk.",
        lambda: _curves(result, profile),
    )
    return (table, figure)


def _not_at_risk(result: TimeToEvent, profile: Profile) -> list[str]:
    """Name those who are not at risk, by reason."""
    rows = result.subjects
    rows = rows[(rows["analyte"] == profile[0]) & (rows["matrix"] == profile[1]) & (rows["censoring"] == "never")]
    return [
        f"Not at risk: {', '.join(sorted(group['subject'], key=natural_order))}. {sentence(str(reason))}"
        for reason, group in rows.groupby("reason")
    ]


def _median_table(rows: Sequence[Record], name: str, words: _Words, time_unit: str, not_at_risk: list[str]) -> Table:
    columns = (
        Column("Cohort", align="left"),
        Column("N", align="right"),
        Column("At risk", align="right"),
        Column(words.seen, align="right"),
        Column("Censored", align="right"),
        Column("Median", time_unit, group="Kaplan\u2013Meier"),
        Column("95 % limits", time_unit, "right", group="Kaplan\u2013Meier"),
        Column("Median within", time_unit, "right", group="Turnbull"),
    )
    notes = (
        words.counts,
        f"{MISSING}: the curve, or its limit, does not come down to one half.",
        *not_at_risk,
    )
    return Table(f"{name}: {words.title}", columns, tuple(map(_median_row, rows)), notes)


def _median_row(row: Record) -> tuple[Cell, ...]:
    counts = (Cell(numbers.count(row[key])) for key in ("N", "n", "events", "censored"))
    median = Cell(MISSING, (row["reason"],)) if row["reason"] else Cell(numbers.time(row["median"]))
    return (
        Cell(cohort_name(row["cohort"])),
        *counts,
        median,
        Cell(_pair(row["low"], row["high"])),
        Cell(_pair(row["left"], row["right"])),
    )


def _pair(low: float, high: float) -> str:
    """Write two ends, a dash for one that is not reached; one dash for none."""
    texts = [numbers.time(end) if math.isfinite(end) else MISSING for end in (low, high)]
    return MISSING if texts == [MISSING, MISSING] else ", ".join(texts)


def _curves(result: TimeToEvent, profile: Profile) -> "Drawing":
    page = style.Page(figsize=(style.PAGE_WIDTH, _HEIGHT + _ROW * len(result.cohorts)), layout="constrained")
    plot.persistence(result, analyte=profile[0], matrix=profile[1], ax=page.subplots())
    return page
