"""One page for each patient: everything measured over one day axis, and the patient's own parameters."""

import math
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import pandas as pd

from carpk import plot
from carpk.nca.table import NcaResult
from carpk.report import numbers
from carpk.report.data import cohort_name, dose_text
from carpk.report.flags import tell_common_flags
from carpk.report.layout import lay_out, marks_of
from carpk.report.parts import Cell, Column, Figure, Heading, Section, Table, Text
from carpk.report.rows import Record, in_cohorts, profile_name, profiles_of, records, rows_of, value_cell
from carpk.schema import SUBJECTS, Study
from carpk.terms import event, term
from carpk.units import label

_SHOWN = ("cmax", "tmax", "tfirst", "tlast", "clast", "tbql", "auc_last")
_SHOWN_LAST = ("half_life", "lambda_z")
_PAGE = 717.0  # height that a page leaves [pt]
_ROW, _NOTE, _TEXT, _CHAPTER, _FRAME = 12.8, 10.5, 15.0, 36.0, 76.0
_LINE = 95  # characters of text on a line
_LEAST_PICTURE = 300.0
_AROUND, _PANEL = 130.0, 130.0  # most height that a picture and each of its panels make use of
_POINTS_PER_INCH = 72
_ACRONYMS = frozenset({"bmi", "crs", "icans", "sle", "sledai"})


def patients_section(study: Study, nca: NcaResult) -> list[Section]:
    """Give each subject a page, by cohort and id."""
    subjects = [subject for _, members in in_cohorts(study) for subject in members]
    return [_page(study, nca, subject, "" if place else "Patients") for place, subject in enumerate(subjects)]


def _page(study: Study, nca: NcaResult, subject: str, chapter: str) -> Section:
    table = _parameters(nca, subject)
    facts = Text(tuple(line for line in (_who(study, subject), _events(study, subject)) if line))
    notes = len(table.footnotes) + len(marks_of(table))
    lines = sum(-(-len(said) // _LINE) for said in facts.paragraphs)
    room = _PAGE - _FRAME - _ROW * len(table.rows) - _NOTE * notes - _TEXT * lines - (_CHAPTER if chapter else 0)
    wish = _AROUND + _PANEL * study.samples.loc[study.samples["subject"] == subject, "analyte"].nunique()
    height = max(min(room, wish), _LEAST_PICTURE)
    picture = Figure(
        f"Subject {subject}: all that was measured, over one day axis",
        f"Levels of subject {subject} over time, one panel for each analyte, with events marked above.",
        lambda: plot.overlay(study, subject=subject, height=height / _POINTS_PER_INCH),
        fill=height == room,
    )
    return Section(f"Subject {subject}", (facts, picture, table), level=2, new_page=True, chapter=chapter)


def _who(study: Study, subject: str) -> str:
    row = records(study.subjects[study.subjects["subject"] == subject])[0]
    said = [f"Cohort: {cohort_name(str(row['cohort']))}", dose_text(float(row["dose"]), str(row["dose_unit"]))]
    if not math.isnan(row["weight"]):
        said.append(f"weight {numbers.time(float(row['weight']))} kg")
    if row["infusion_date"]:
        said.append(f"infused {row['infusion_date']}")
    known = [column.name for column in SUBJECTS]
    covariates = [str(name) for name in study.subjects.columns if name not in known]
    said += [f"{_words(name)} {_told(row[name])}" for name in covariates if _told(row[name])]
    return "; ".join(said) + "."


def _words(name: str) -> str:
    """Write a column's name as words."""
    return " ".join(part.upper() if part.lower() in _ACRONYMS else part for part in name.split("_"))


def _told(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else numbers.observed(value)
    return "" if value is None or value is pd.NA else str(value)


def _events(study: Study, subject: str) -> str:
    events = study.events[study.events["subject"] == subject]
    if events.empty:
        return ""
    said = []
    for row in records(events.sort_values("time", kind="stable")):
        when = "time not given" if math.isnan(row["time"]) else f"{study.time_unit} {numbers.time(row['time'])}"
        said.append(f"{event(row['event']).label} ({', '.join(part for part in (when, row['detail']) if part)})")
    return f"Events: {'; '.join(said)}."


def _parameters(nca: NcaResult, subject: str) -> Table:
    """Set a patient's parameters in as many columns as the page is wide."""
    tables = (_in_columns(nca, subject, count) for count in (4, 3, 2))
    return next((table for table in tables if not lay_out(table)[0].sideways), _in_columns(nca, subject, 1))


def _in_columns(nca: NcaResult, subject: str, count: int) -> Table:
    body: list[Heading | tuple[Cell, ...]] = []
    for profile in profiles_of(nca):
        rows = rows_of(nca, profile)
        own = {str(row["parameter"]): row for row in records(rows[rows["subject"] == subject])}
        shown = [key for key in own if key in (*_SHOWN, *nca.rules.window_keys, *_SHOWN_LAST)]
        if not shown:
            continue
        pairs = [(Cell(term(key).label), value_cell(own[key])) for key in shown]
        height = -(-len(pairs) // count)
        columns = [pairs[start : start + height] for start in range(0, count * height, height)]
        body.append(Heading(f"{profile_name(nca, profile)}: {_units(own)}"))
        empty = (Cell(), Cell())
        body += [tuple(cell for pair in line for cell in pair) for line in zip_longest(*columns, fillvalue=empty)]
    columns_of_table = (Column("Parameter", align="left"), Column("Value", align="right")) * count
    table = Table(f"Subject {subject}: parameters", columns_of_table, tuple(body), mixed=True)
    return tell_common_flags(table, by_column=False)


def _units(own: Mapping[str, Record]) -> str:
    """Name the units of a patient's parameters, each once."""
    units = {term(key).kind: label(str(row["unit"])) for key, row in own.items()}
    named = (("level", "levels"), ("area", "areas"), ("time", "times"))
    return ", ".join(f"{name} in {units[kind]}" for kind, name in named if kind in units)
