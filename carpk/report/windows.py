"""What the areas rest on: the samples behind each window, and the bounds that levels below the limit leave."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from carpk.nca.table import NcaResult
from carpk.report import numbers
from carpk.report.parts import Cell, Column, Table
from carpk.report.rows import MISSING, Profile, Record, by_subject, listed, profile_name, rows_of
from carpk.schema import Study
from carpk.terms import term
from carpk.units import label


def window_tables(study: Study, nca: NcaResult, profile: Profile) -> Iterator[Table]:
    """List, for every subject, the samples behind each window and the bounds of its area."""
    name = profile_name(nca, profile)
    windows = nca.windows[(nca.windows["analyte"] == profile[0]) & (nca.windows["matrix"] == profile[1])]
    if len(windows):
        yield _coverage(study, windows, name, label(nca.time_unit))
    rows = rows_of(nca, profile)
    # Mean levels and values per dose have the same bounds, divided.
    areas = rows[rows["parameter"].isin(nca.rules.window_keys)]
    bounded = areas[areas["low"].notna() & areas["high"].notna()]
    if len(bounded):
        keys = [key for key in dict.fromkeys(areas["parameter"]) if (bounded["parameter"] == key).any()]
        yield _bounds(study, bounded, keys, name)


def _coverage(study: Study, windows: pd.DataFrame, name: str, time_unit: str) -> Table:
    keys = list(dict.fromkeys(windows["parameter"]))
    columns = [Column("Subject", align="left")]
    for key in keys:
        group = term(key).label
        columns.append(Column("Samples from, to", time_unit, "right", group))
        columns += [Column("Covered", "%", group=group), Column("Extrap.", "%", group=group)]
    found = by_subject(windows)
    body = listed(study, lambda subject: (cell for key in keys for cell in _window_cells(found.get((subject, key)))))
    notes = (
        "Covered: part of the window that lies between samples. Extrap.: part of the area that is extrapolated.",
        f"{MISSING}: no sample in the window, or no area.",
    )
    return Table(f"{name}: samples behind the areas", tuple(columns), body, notes)


def _window_cells(row: Record | None) -> list[Cell]:
    if row is None:
        return [Cell(MISSING)] * 3
    first, last, coverage, extrapolated = (
        float(row[name]) for name in ("first_time", "last_time", "coverage", "extrapolated_percent")
    )
    return [
        Cell(MISSING if np.isnan(first) else f"{numbers.time(first)}, {numbers.time(last)}"),
        Cell(MISSING if np.isnan(coverage) else f"{100 * coverage:.1f}"),
        Cell(MISSING if np.isnan(extrapolated) else f"{extrapolated:.1f}"),
    ]


def _bounds(study: Study, rows: pd.DataFrame, keys: list[str], name: str) -> Table:
    unit = label(str(rows["unit"].iloc[0]))
    columns = [Column("Subject", align="left")]
    for key in keys:
        columns += [Column(part, unit, group=term(key).label) for part in ("Least", "Largest")]
    found = by_subject(rows)
    body = listed(study, lambda subject: (cell for key in keys for cell in _bound_cells(found.get((subject, key)))))
    notes = (
        "Least: only segments between neighboring quantified samples. Largest: straight lines with each level below the"
        f" limit at its own limit. {MISSING}: no level below the limit in the window, or no area.",
    )
    return Table(f"{name}: bounds of areas that hold levels below the limit", tuple(columns), body, notes)


def _bound_cells(row: Record | None) -> tuple[Cell, Cell]:
    if row is None:
        return Cell(MISSING), Cell(MISSING)
    low, high = (Cell(numbers.derived(float(row[name]))) for name in ("low", "high"))
    return low, high
