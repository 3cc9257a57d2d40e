"""Rows of the results, in the order and form in which tables show them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import ReportError
from carpk.nca.table import NcaResult
from carpk.reasons import split_flags
from carpk.report import numbers
from carpk.report.data import cohort_name
from carpk.report.parts import Cell, Heading
from carpk.schema import PARAMETERS, Study, conform
from carpk.terms import Term, analyte, term

MISSING = "\u2014"

Profile = tuple[str, str]
Record = Mapping[str, Any]


def profiles_of(nca: NcaResult) -> list[Profile]:
    """Analytes and matrices analyzed, in carpk's order."""
    return list(nca.parameters[["analyte", "matrix"]].drop_duplicates().itertuples(index=False, name=None))


def profile_name(nca: NcaResult, profile: Profile) -> str:
    """Name an analyte for people, with its matrix where there are several."""
    name, matrix = profile
    several = sum(other == name for other, _ in profiles_of(nca)) > 1
    return analyte(name).label + (f", {matrix}" if several and matrix else "")


def rows_of(nca: NcaResult, profile: Profile) -> pd.DataFrame:
    """Parameters of one analyte in one matrix."""
    table = nca.parameters
    return table[(table["analyte"] == profile[0]) & (table["matrix"] == profile[1])]


def complete_rows(study: Study, nca: NcaResult, profile: Profile) -> pd.DataFrame:
    """Parameters of one analyte in one matrix for every subject; one without samples has them missing."""
    rows = rows_of(nca, profile)
    absent = study.subjects.loc[~study.subjects["subject"].isin(rows["subject"]), ["subject", "cohort", "dose"]]
    kinds = rows.drop_duplicates("parameter")[["analyte", "matrix", "source", "parameter", "unit", "method"]]
    added = absent.merge(kinds, how="cross").assign(reason="NO_SAMPLES")
    return pd.concat([rows, conform(added, PARAMETERS)], ignore_index=True) if len(added) else rows


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def by_subject(rows: pd.DataFrame) -> Mapping[tuple[str, str], Record]:
    """Rows by subject and parameter."""
    return {(row["subject"], row["parameter"]): row for row in records(rows)}


def in_cohorts(study: Study) -> list[tuple[str, list[str]]]:
    """Subjects of each cohort, cohorts by dose and subjects by id, numbers in it counted as numbers."""
    return [
        (cohort, sorted(study.subjects.loc[study.subjects["cohort"] == cohort, "subject"], key=natural_order))
        for cohort in study.cohorts
    ]


def listed(study: Study, cells: Callable[[str], Iterable[Cell]]) -> tuple[Heading | tuple[Cell, ...], ...]:
    """Give every subject a row, under the heading of its cohort."""
    body: list[Heading | tuple[Cell, ...]] = []
    for cohort, subjects in in_cohorts(study):
        body.append(Heading(f"{cohort_name(cohort)} (N = {len(subjects)})"))
        body += [(Cell(subject), *cells(subject)) for subject in subjects]
    return tuple(body)


def natural_order(name: str) -> tuple[list[tuple[int, str]], str]:
    """Key that sorts S2 before S10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part) if part.isdecimal() else 0, part) for part in parts], name


def value_cell(row: Record | None) -> Cell:
    """Write one number with its flags, or a dash with the reason for there being none."""
    if row is None:
        return Cell(MISSING, ("NO_SAMPLES",))
    value, reason = float(row["value"]), str(row["reason"])
    if np.isnan(value) != (reason != ""):
        raise ReportError(f"{row['parameter']} of subject {row['subject']!r} has both or neither of value and reason.")
    found = term(str(row["parameter"]))
    if reason:
        return Cell(bounded(found, float(row["low"]), float(row["high"])), (reason,))
    return Cell(numbers.parameter(found, value), tuple(split_flags(str(row["flags"]))))


def bounded(found: Term, low: float, high: float) -> str:
    """Write a number that is known to lie between two bounds; a dash where nothing is known.

    Examples
    --------
    >>> bounded(term("peak"), 5000.0, float("inf")), bounded(term("nadir"), 0.0, 1.0)
    ('> 5,000', '< 1')
    >>> bounded(term("grade_max"), 0.0, 3.0)
    '0 to 3'
    """
    if np.isnan(low) or np.isnan(high):
        return MISSING
    least, most = (numbers.statistic(found, end) if np.isfinite(end) else "" for end in (low, high))
    if low == high:
        return least
    if np.isinf(high) and found.key == "duration":  # its last day counts
        return f"\u2265 {least}"
    if np.isinf(high):
        return f"> {least}" if low > 0 or found.kind == "time" else MISSING
    return f"< {most}" if low == 0 and found.kind != "count" else f"{least} to {most}"
