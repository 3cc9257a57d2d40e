"""Adverse events by cohort: how many subjects had each, and at grade 3 or higher."""

from carpk.report import numbers
from carpk.report.data import cohort_name
from carpk.report.parts import Block, Cell, Column, Heading, Section, Table
from carpk.report.rows import records
from carpk.response.adverse_event_table import adverse_event_table
from carpk.schema import Study
from carpk.terms import event

_SEVERE = "3 or higher"
_NOTE = (
    "Each subject counts once for an event, at the highest grade known. n: subjects with the event; events: all"
    " occurrences; 95 % interval: exact (Clopper\u2013Pearson), of the share of all subjects of the cohort. Treatments,"
    " infusions, drop-out and death are not counted here."
)


def adverse_events_section(study: Study) -> list[Section]:
    """Count adverse events by type, grade and cohort; nothing where the data hold none but CRS and ICANS."""
    counts = adverse_event_table(study)
    if counts.empty or not (counts["kind"] == "adverse event").any():
        return []
    columns = (
        Column("Cohort", align="left"),
        Column("N", align="right"),
        Column("n", align="right", group="Any grade"),
        Column("Share", "%", "right", group="Any grade"),
        Column("95 % interval", "%", "right", group="Any grade"),
        Column("Events", align="right", group="Any grade"),
        Column("n", align="right", group="Grade 3 or higher"),
        Column("Share", "%", "right", group="Grade 3 or higher"),
    )
    body: list[Heading | tuple[Cell, ...]] = []
    for name in dict.fromkeys(counts["event"]):
        of_event = counts[counts["event"] == name]
        body.append(Heading(event(str(name)).label))
        severe = {row["cohort"]: row for row in records(of_event[of_event["grade"] == _SEVERE])}
        for row in records(of_event[of_event["grade"] == "any"]):
            worst = severe[row["cohort"]]
            texts = (
                cohort_name(str(row["cohort"])),
                numbers.count(row["N"]),
                numbers.count(row["n"]),
                f"{row['percent']:.0f}",
                f"{row['low']:.0f}\u2013{row['high']:.0f}",
                numbers.count(row["events"]),
                numbers.count(worst["n"]),
                f"{worst['percent']:.0f}",
            )
            body.append(tuple(Cell(text) for text in texts))
    blocks: tuple[Block, ...] = (Table("Adverse events by cohort", columns, tuple(body), (_NOTE,)),)
    return [Section("Adverse events", blocks, level=2)]
