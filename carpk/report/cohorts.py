"""Parameters by cohort: counts, geometric mean and CV, median and range; few values one by one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from carpk.nca.table import NcaResult
from carpk.report import numbers
from carpk.report.data import ALL, cohort_name
from carpk.report.parts import Cell, Column, Heading, Section, Table, Text
from carpk.report.rows import (
    MISSING,
    Profile,
    Record,
    bounded,
    complete_rows,
    natural_order,
    profile_name,
    profiles_of,
    records,
    value_cell,
)
from carpk.schema import Study
from carpk.summary import FEW, summarize
from carpk.terms import Term, term
from carpk.units import label

_BY_SUBJECT_ONLY = (
    "lambda_z_points", "lambda_z_first", "lambda_z_last", "r_squared", "adjusted_r_squared", "span_ratio",
    "clast_predicted",
)  # fmt: skip
SMALL = 10
"""Subjects below which a cohort is called small."""

_CENSORED = "Cens."
_CENSORED_NOTE = (
    "Cens.: known by bounds only, as of a level outside the limits of quantification or of something not yet seen at"
    " the last sample. They enter median and range by their bounds; a mean is not given then."
)
_COLUMNS = (
    Column("Cohort", align="left"),
    Column("N", align="right"),
    Column("n", align="right"),
    Column("Zero", align="right"),
    Column(_CENSORED, align="right"),
    Column("Miss.", align="right"),
    Column("Geometric mean"),
    Column("Geometric CV", "%"),
    Column("Median"),
    Column("Minimum"),
    Column("Maximum"),
)
_NOTES = (
    "N: subjects; n: values; Zero: values of zero, not in the geometric mean and CV; Miss.: no value, the reason stands"
    " in the individual listing. Times and counts are summarized by median and range alone.",
    f"{MISSING}: fewer than {FEW} values above zero, so no coefficient of variation."
    f" Fewer than {FEW} values are given one by one, without a mean or spread. Values with flags are included.",
)


def cohorts_section(study: Study, nca: NcaResult) -> list[Section]:
    """Summarize every parameter by cohort and over all subjects, with the cautions that the numbers call for."""
    chapter = Section("Summary by cohort", (Text(cautions(study, nca), caution=True),), new_page=True)
    parts = [
        Section(profile_name(nca, profile), (_kinetics_table(study, nca, profile),), level=2)
        for profile in profiles_of(nca)
    ]
    return [chapter, *parts]


def cautions(study: Study, nca: NcaResult) -> tuple[str, ...]:
    """Say what keeps a reader from making too much of the numbers."""
    said = []
    sizes = study.subjects["cohort"].value_counts()
    small = [cohort_name(cohort) for cohort in study.cohorts if sizes[cohort] < SMALL]
    if small:
        said.append(
            f"Cohorts with fewer than {SMALL} subjects: {', '.join(small)}. The numbers describe these subjects; no"
            " hypothesis is tested and nothing is adjusted for multiplicity."
        )
    else:
        said.append("The numbers describe these subjects; no hypothesis is tested.")
    said.append(
        "Cmax and the areas depend on when samples were taken: a wider schedule misses the peak. Compare them with"
        " other trials only where the visits are alike."
    )
    uncovered = nca.parameters[nca.parameters["reason"].isin(["WINDOW_NOT_COVERED", "COURSE_CENSORED"])]
    if len(uncovered):
        subjects = uncovered["subject"].nunique()
        said.append(
            f"Some areas are missing for {subjects} {'subject' if subjects == 1 else 'subjects'} whose follow-up or"
            " course ended before the window did; the summaries describe those who stayed."
        )
    return tuple(said)


def _kinetics_table(study: Study, nca: NcaResult, profile: Profile) -> Table:
    rows = complete_rows(study, nca, profile)
    every = list(dict.fromkeys(rows["parameter"]))
    by_subject_only = [key for key in every if key in _BY_SUBJECT_ONLY or key.startswith("cavg")]
    table = summary_table(
        study,
        rows,
        [key for key in every if key not in by_subject_only],
        f"{profile_name(nca, profile)}: summary by cohort",
    )
    left_out = ", ".join(term(key).label for key in by_subject_only)
    return replace(table, footnotes=(*table.footnotes, f"By subject only: {left_out}.")) if left_out else table


def summary_table(study: Study, rows: pd.DataFrame, keys: Sequence[str], caption: str) -> Table:
    """Summarize some parameters of one analyte by cohort and over all subjects."""
    of_cohorts = {(row["cohort"], row["parameter"]): row for row in records(summarize(rows, by="cohort"))}
    of_all = {row["parameter"]: row for row in records(summarize(rows, by=None))}
    censored = any(row["n_censored"] for row in of_all.values())
    body: list[Heading | tuple[Cell, ...]] = []
    for key in keys:
        unit = label(str(rows.loc[rows["parameter"] == key, "unit"].iloc[0]))
        body.append(Heading(f"{term(key).label} ({unit})" if unit else term(key).label))
        for cohort in study.cohorts:
            members = rows[(rows["cohort"] == cohort) & (rows["parameter"] == key)]
            body.append(_row(cohort_name(cohort), term(key), of_cohorts[cohort, key], members, censored=censored))
        if len(study.cohorts) > 1:
            members = rows[rows["parameter"] == key]
            body.append(_row(ALL, term(key), of_all[key], members, censored=censored))
    columns = [column for column in _COLUMNS if column.head != _CENSORED or censored]
    notes = (*_NOTES, _CENSORED_NOTE) if censored else _NOTES
    return Table(caption, tuple(columns), tuple(body), notes, mixed=True)


def _row(name: str, found: Term, summary: Record, members: pd.DataFrame, *, censored: bool) -> tuple[Cell, ...]:
    kinds = ("N", "n", "n_zero", *(("n_censored",) if censored else ()), "n_missing")
    start = (Cell(name), *(Cell(numbers.count(summary[kind])) for kind in kinds))
    if summary["n"] + summary["n_censored"] < FEW:
        return (*start, Cell(_one_by_one(members), span=5))
    figures = [float(summary[key]) for key in ("geometric_mean", "geometric_cv_percent")]
    means = [
        Cell(MISSING if np.isnan(value) else numbers.derived(value)) if found.summary != "median" else Cell()
        for value in figures
    ]
    extremes = [
        Cell(bounded(found, float(summary[f"{key}_low"]), float(summary[f"{key}_high"])))
        for key in ("median", "minimum", "maximum")
    ]
    return (*start, *means, *extremes)


def _one_by_one(members: pd.DataFrame) -> str:
    known = members[members["value"].notna() | (members["low"].notna() & members["high"].notna())]
    if known.empty:
        return "no value"
    shown = sorted(records(known), key=lambda row: natural_order(row["subject"]))
    return "; ".join(f"{row['subject']}: {value_cell(row).text}" for row in shown)
