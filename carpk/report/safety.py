"""Grades of hematotoxicity, and signs of hyperinflammation: a listing, never a diagnosis."""

from carpk.report import numbers
from carpk.report.parts import Block, Cell, Column, Table, Text
from carpk.report.rows import listed, records, value_cell
from carpk.response.hyperinflammation_table import ITEMS
from carpk.response.table import ResponseResult
from carpk.schema import Study
from carpk.terms import term
from carpk.units import label

_ICAHT = ("icaht_early_grade", "icaht_late_grade")
_REQUIRED = "iec_hs_required_time"
_HEADS = {
    "transaminases": "Transaminases",
    "fibrinogen": "Fibrinogen",
    "lactate_dehydrogenase": "LDH",
    "direct_bilirubin": "Direct bilirubin",
    "triglycerides": "Triglycerides",
}
_CAUTION = (
    "The days on which ferritin met the required criterion of IEC-HS by the limits of this analysis, and which"
    " supporting items the laboratory values of the day met. This is a listing, never a diagnosis: the signs at the"
    " bedside, and whether another cause explains it better, are for physicians."
)


def safety_blocks(study: Study, response: ResponseResult) -> list[Block]:
    """Tell the grades of hematotoxicity and the signs of hyperinflammation, where there are any."""
    present = set(response.parameters["parameter"])
    blocks: list[Block] = [_hematotoxicity(study, response)] if present.intersection(_ICAHT) else []
    return [*blocks, *_hyperinflammation(study, response)]


def _hematotoxicity(study: Study, response: ResponseResult) -> Table:
    rows = response.parameters[response.parameters["parameter"].isin(_ICAHT)]
    rows = rows.drop_duplicates(["subject", "parameter"])  # of several matrices the first
    found = {(row["subject"], row["parameter"]): row for row in records(rows)}
    columns = (Column("Subject", align="left"), *(Column(term(key).label, align="right") for key in _ICAHT))
    body = listed(study, lambda subject: (value_cell(found.get((subject, key))) for key in _ICAHT))
    return Table("Hematotoxicity (ICAHT)", columns, body)


def _hyperinflammation(study: Study, response: ResponseResult) -> list[Block]:
    """List when each subject first met the required criterion, and what was met on all such days."""
    if response.iec_hs.empty:
        return []
    rows = response.parameters[response.parameters["parameter"] == _REQUIRED]
    found = {row["subject"]: row for row in records(rows)}
    unit = label(response.time_unit)
    columns = (Column("Subject", align="left"), Column("Required criterion first met", unit, "right"))
    first = Table(
        "Hyperinflammation: required criterion of IEC-HS",
        columns,
        listed(study, lambda subject: [value_cell(found.get(subject))]),
    )
    met = response.iec_hs[response.iec_hs["required"] == "met"]
    if met.empty:
        return [Text((_CAUTION,), caution=True), first]
    days = Table(
        "Hyperinflammation: days with the required criterion of IEC-HS",
        (
            Column("Subject", align="left"),
            Column("Time", "day", "right"),
            *(Column(_HEADS[name], align="left") for name in ITEMS),
        ),
        tuple(
            (Cell(row["subject"]), Cell(numbers.time(row["time"])), *(Cell(row[name]) for name in ITEMS))
            for row in records(met)
        ),
        keys=2,
    )
    return [Text((_CAUTION,), caution=True), first, days]
