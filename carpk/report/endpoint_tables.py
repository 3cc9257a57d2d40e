"""Tables of efficacy endpoints: shares and criteria by visit, changes from baseline, attainment by subject."""

from collections.abc import Callable

import pandas as pd

from carpk.endpoints.names import COMPONENTS, endpoint_label
from carpk.endpoints.table import EndpointResult
from carpk.report import numbers
from carpk.report.data import cohort_name
from carpk.report.flags import tell_common_flags
from carpk.report.parts import Cell, Column, Heading, Table
from carpk.report.rows import MISSING, Record, listed, records, value_cell
from carpk.schema import Study
from carpk.summary import FEW
from carpk.terms import term
from carpk.units import label

_ATTAINMENT = {
    "time_to_attainment": "First",
    "time_to_sustained_attainment": "Sustained",
    "visits_attained": "Visits met",
}
_CRITERIA_NOTE = "Met: subjects who met the criterion, of those in whom it is known; Miss.: subjects in whom it is not."
_ALL_CRITERIA_NOTE = "Subjects to whom the endpoint does not apply are counted here too."
_CHANGE_NOTE = (
    f"n: subjects with a value; Miss.: subjects due at the visit without one. {MISSING}: of fewer than {FEW} subjects"
    " no mean and SD are given. A level that is known only as a limit counts as that limit."
)
_ATTAINMENT_NOTE = (
    "First: time of the first visit at which it was met; Sustained: of the first of {visits} such visits in a row;"
    " Visits met: how many there were."
)


def shares_table(result: EndpointResult, key: str) -> list[Table]:
    """Tell by cohort and planned visit how many met an endpoint; nothing where no visit was planned."""
    rows = _summary(result, key, "")
    if rows.empty:
        return []
    spares = bool(rows["not_applicable"].any())
    columns = (
        Column("Planned time", label(result.time_unit), "right"),
        *([Column("Not applicable", align="right")] if spares else []),
        Column("n", align="right"),
        Column("Met", align="right"),
        Column("Share", "%", "right"),
        Column(f"{100 * result.rules.confidence:g} % interval", "%", "right"),
        Column("Imputed", align="right"),
        Column("Not decided", align="right"),
    )
    note = (
        "n: subjects in whom it is decided, those with an imputed outcome among them; Met: of these, those who met it;"
        " interval: exact (Clopper\u2013Pearson); Imputed: counted as not met; Not decided: in no share."
    )
    body = _by_cohort(rows, lambda row: _share_row(row, spares=spares))
    return [Table(f"{endpoint_label(key)} by visit", columns, body, (note,))]


def _summary(result: EndpointResult, key: str, component: str) -> pd.DataFrame:
    table = result.summary
    return table[(table["endpoint"] == key) & (table["component"] == component)]


def _share_row(row: Record, *, spares: bool) -> tuple[Cell, ...]:
    interval = (MISSING, MISSING)
    if row["N"]:
        interval = (f"{row['percent']:.0f}", f"{row['low']:.0f}\u2013{row['high']:.0f}")
    texts = (
        numbers.time(row["nominal_time"]),
        *([numbers.count(row["not_applicable"])] if spares else []),
        numbers.count(row["N"]),
        numbers.count(row["n"]),
        *interval,
        numbers.count(row["imputed"]),
        numbers.count(row["missing"]),
    )
    return tuple(map(Cell, texts))


def components_table(result: EndpointResult, key: str) -> list[Table]:
    """Tell by cohort and planned visit how many met each criterion; nothing for an endpoint of one criterion."""
    table = result.summary
    rows = table[(table["endpoint"] == key) & (table["component"] != "")]
    if rows.empty:
        return []
    criteria = list(dict.fromkeys(rows["component"]))
    columns = [Column("Planned time", label(result.time_unit), "right")]
    for name in criteria:
        columns += [Column(head, align="right", group=COMPONENTS[name]) for head in ("Met", "Miss.")]
    found = {(row["cohort"], row["nominal_time"], row["component"]): row for row in records(rows)}

    def cells(visit: Record) -> tuple[Cell, ...]:
        own = [found[visit["cohort"], visit["nominal_time"], name] for name in criteria]
        counts = [text for row in own for text in (f"{row['n']:.0f}/{row['N']:.0f}", numbers.count(row["missing"]))]
        return (Cell(numbers.time(visit["nominal_time"])), *map(Cell, counts))

    body = _by_cohort(rows.drop_duplicates(["cohort", "nominal_time"]), cells)
    spares = bool(_summary(result, key, "")["not_applicable"].any())
    notes = (_CRITERIA_NOTE, *([_ALL_CRITERIA_NOTE] if spares else []))
    return [Table(f"{endpoint_label(key)}: criteria by visit", tuple(columns), body, notes)]


def change_tables(result: EndpointResult, key: str) -> list[Table]:
    """Summarize a number and its changes from baseline by cohort and visit; nothing where no visit was planned."""
    value, change, percent = (_summary(result, key, component) for component in ("", "change", "percent_change"))
    if value.empty:
        return []
    name = endpoint_label(key)
    tables = [_numbers_table(result, f"{name} by visit", {"Value": value, "Change from baseline": change})]
    if len(percent):
        tables.append(_numbers_table(result, f"{name}: change in percent of baseline by visit", {"": percent}))
    return tables


def _numbers_table(result: EndpointResult, caption: str, groups: dict[str, pd.DataFrame]) -> Table:
    """Summarize numbers side by side, one group of columns each, in rows of the first."""
    groups = {group: rows for group, rows in groups.items() if len(rows)}
    first = next(iter(groups))
    columns = (
        Column("Planned time", label(result.time_unit), "right"),
        Column("Miss.", align="right", group=first),
        *(column for group, rows in groups.items() for column in _columns(group, str(rows["unit"].iloc[0]))),
    )
    found = {
        (group, row["cohort"], row["nominal_time"]): row for group, rows in groups.items() for row in records(rows)
    }

    def cells(row: Record) -> tuple[Cell, ...]:
        own = [found.get((group, row["cohort"], row["nominal_time"])) for group in groups]
        start = (Cell(numbers.time(row["nominal_time"])), Cell(numbers.count(row["missing"])))
        return (*start, *(cell for number in own for cell in _number_cells(number)))

    return Table(caption, columns, _by_cohort(groups[first], cells), (_CHANGE_NOTE,))


def _columns(group: str, unit: str) -> tuple[Column, ...]:
    count = Column("n", align="right", group=group)
    return (
        count,
        Column("Mean (SD)", label(unit), "right", group),
        Column("Median (range)", label(unit), "right", group),
    )


def _number_cells(row: Record | None) -> tuple[Cell, ...]:
    """Write count, mean and median of a number at a visit; nothing where there is no such number, as at baseline."""
    if row is None:
        return (Cell(), Cell(), Cell())
    center = middle = MISSING
    if row["N"]:
        middle = f"{_shorter(row['median'])} ({_shorter(row['minimum'])} to {_shorter(row['maximum'])})"
    if row["N"] >= FEW:
        center = f"{numbers.derived(row['mean'])} ({numbers.derived(row['sd'])})"
    return (Cell(numbers.count(row["N"])), Cell(center), Cell(middle))


def _shorter(number: float) -> str:
    """Write a number as it came, or to three digits where that is shorter, as after a conversion."""
    return min(numbers.observed(number), numbers.derived(number), key=len)


def _by_cohort(
    rows: pd.DataFrame, cells: Callable[[Record], tuple[Cell, ...]]
) -> tuple[Heading | tuple[Cell, ...], ...]:
    """Give every visit a row, under the heading of its cohort."""
    body: list[Heading | tuple[Cell, ...]] = []
    for cohort in dict.fromkeys(rows["cohort"]):
        body.append(Heading(cohort_name(str(cohort))))
        body += [cells(row) for row in records(rows[rows["cohort"] == cohort])]
    return tuple(body)


def attainment_table(study: Study, result: EndpointResult, keys: list[str], caption: str) -> Table:
    """List when each subject first attained each endpoint, when for visits in a row, and at how many visits."""
    rows = result.parameters[result.parameters["analyte"].isin(keys)]
    columns = [Column("Subject", align="left")]
    for key in keys:
        for name, head in _ATTAINMENT.items():
            unit = label(term(name).unit("", result.time_unit)) if name != "visits_attained" else ""
            columns.append(Column(head, unit, "right", group=endpoint_label(key)))
    found = {(row["subject"], row["analyte"], row["parameter"]): row for row in records(rows)}
    body = listed(
        study, lambda subject: (value_cell(found[subject, key, name]) for key in keys for name in _ATTAINMENT)
    )
    note = _ATTAINMENT_NOTE.format(visits=result.rules.sustained_visits)
    return tell_common_flags(Table(caption, tuple(columns), body, (note,)))
