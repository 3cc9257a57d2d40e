"""Kinetic models of each subject: what was fitted and how, parameters, comparison, pictures."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carpk import plot
from carpk.models.catalog import model as model_named
from carpk.models.table import FitResult
from carpk.plot import style
from carpk.reasons import sentence
from carpk.report import numbers
from carpk.report.flags import tell_common_flags
from carpk.report.parts import Block, Cell, Column, Figure, Section, Table, Text
from carpk.report.rows import MISSING, Profile, Record, by_subject, listed, natural_order, records, value_cell
from carpk.schema import Study
from carpk.terms import analyte, term
from carpk.units import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_SIDE_BY_SIDE = 3  # parameters of a table, each with its interval
_PANELS = 12  # of subjects, on a page of curves
_COLUMNS = 2
_PANEL_HEIGHT, _ROW_HEIGHT = 2.9, 0.16  # inch
_COMPARED = {"residual_sd": "SD", "aicc": "AICc", "bic": "BIC"}
_COMPARED_NOTE = (
    "SD: of the residual error on ln C; AICc and BIC: of two models fitted to the same levels, the one with the smaller"
    " number is to be preferred."
)
_AFTER_PEAK_NOTE = "A model of the contraction only is fitted to fewer levels, so its numbers compare with no other's."


def model_sections(study: Study, fits: FitResult | None) -> list[Section]:
    """Tell what kinetic models say of each subject; nothing where none was fitted."""
    if fits is None or fits.parameters.empty:
        return []
    told = Text((*(cited(name) for name in fits.models), *fits.rules.sentences()))
    table = fits.parameters[["analyte", "matrix"]].drop_duplicates()
    profiles: list[Profile] = list(table.itertuples(index=False, name=None))
    return [
        Section("Kinetic models", (told,), new_page=True),
        *(Section(analyte(profile[0]).label, tuple(_blocks(study, fits, profile)), level=2) for profile in profiles),
    ]


def cited(name: str) -> str:
    """Name a model with its source."""
    found = model_named(name)
    return f"{found.label}: {found.citation}" + (f", doi {found.doi}." if found.doi else "")


def _blocks(study: Study, fits: FitResult, profile: Profile) -> list[Block]:
    def of(table: pd.DataFrame) -> pd.DataFrame:
        return table[(table["analyte"] == profile[0]) & (table["matrix"] == profile[1])]

    fitted = of(fits.comparison)
    fitted = fitted[fitted["reason"] == ""]
    if fitted.empty:
        codes = sorted(of(fits.comparison)["reason"].unique())
        return [Text(("No subject could be fitted.", *(sentence(code) for code in codes)))]
    blocks: list[Block] = []
    for name in fits.models:
        rows = of(fits.parameters)
        blocks += _parameter_tables(study, rows[rows["source"] == name], model_named(name).label, fits)
    blocks.append(_comparison(study, of(fits.comparison), fits.models))
    subjects = sorted(fitted["subject"].unique(), key=natural_order)
    blocks += [_curves(study, fits, profile, group) for group in _groups(subjects, _PANELS)]
    models = [name for name in fits.models if (fitted["source"] == name).any()]
    return [*blocks, _predicted(fits, profile, models), *(_forests(fits, profile, name) for name in models)]


def _parameter_tables(study: Study, rows: pd.DataFrame, name: str, fits: FitResult) -> list[Table]:
    """List parameters with their intervals, a few to a table."""
    found = by_subject(rows)
    keys = list(dict.fromkeys(rows["parameter"]))
    units = rows.drop_duplicates("parameter").set_index("parameter")["unit"]
    interval = f"{100 * fits.rules.confidence:g} % interval"
    tables = []
    for group in _groups(keys, _SIDE_BY_SIDE):
        columns = [Column("Subject", align="left")]
        for key in group:
            head, unit = term(key).label.removesuffix(", model"), label(str(units[key]))
            columns += [Column("Estimate", unit, "right", group=head), Column(interval, unit, "right", group=head)]
        body = listed(study, partial(_cells, found, keys=group))
        labels = ", ".join(term(key).label.removesuffix(", model") for key in group)
        tables.append(tell_common_flags(Table(f"{name}: {labels}", tuple(columns), body)))
    return tables


def _groups(names: Sequence[str], size: int) -> list[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def _cells(found: Mapping[tuple[str, str], Record], subject: str, keys: Sequence[str]) -> list[Cell]:
    """Two cells for each parameter: its value, or why there is none, and what is known of its interval."""
    cells = []
    for key in keys:
        row = found.get((subject, key))
        value = value_cell(row)
        cells += [Cell(MISSING, value.codes) if row is None or row["reason"] else value, Cell(_interval(row))]
    return cells


def _interval(row: Record | None) -> str:
    """Write an interval; of an open one, the end that is known."""
    if row is None or (np.isnan(row["low"]) and np.isnan(row["high"])):
        return MISSING
    low, high = (numbers.derived(row[end]) if np.isfinite(row[end]) else "" for end in ("low", "high"))
    if low and high:
        return f"{low} to {high}"
    return f"> {low}" if low else f"< {high}"


def _comparison(study: Study, rows: pd.DataFrame, models: Sequence[str]) -> Table:
    found = {(row["subject"], row["source"]): row for row in records(rows)}
    columns = [Column("Subject", align="left")]
    for name in models:
        columns += [Column(head, align="right", group=model_named(name).label) for head in _COMPARED.values()]

    def cells(subject: str) -> list[Cell]:
        return [cell for name in models for cell in _quality(found.get((subject, name)))]

    notes = [_COMPARED_NOTE, *([_AFTER_PEAK_NOTE] if any(model_named(name).after_peak for name in models) else [])]
    return Table("How well each model fits", tuple(columns), listed(study, cells), tuple(notes))


def _quality(row: Record | None) -> list[Cell]:
    if row is None or row["reason"]:
        return [Cell(MISSING, ("NO_SAMPLES",) if row is None else (str(row["reason"]),)) for _ in _COMPARED]
    sd, *criteria = (float(row[key]) for key in _COMPARED)
    return [Cell(numbers.derived(sd)), *(Cell(f"{one:.1f}".replace("-", "\u2212")) for one in criteria)]


def _curves(study: Study, fits: FitResult, profile: Profile, subjects: Sequence[str]) -> Figure:
    name = analyte(profile[0]).label
    return Figure(
        f"{name}: fitted curves of subjects {subjects[0]} to {subjects[-1]}",
        f"Levels of {name} over time with fitted curves and their bands, one panel for each subject that was fitted; a"
        " level below the limit is an open marker at the limit with an arrow down.",
        lambda: plot.fitted_curves(fits, study, subjects=subjects, analyte=profile[0], matrix=profile[1] or None),
    )


def _predicted(fits: FitResult, profile: Profile, models: Sequence[str]) -> Figure:
    name = analyte(profile[0]).label
    labels = ", ".join(model_named(one).label for one in models)
    return Figure(
        f"{name}: observed against predicted levels ({labels})",
        f"Observed levels of {name} against those of each subject's own curve, one panel for each model.",
        lambda: _prediction_panels(fits, profile, models),
    )


def _prediction_panels(fits: FitResult, profile: Profile, models: Sequence[str]) -> "Drawing":
    rows = -(-len(models) // _COLUMNS)
    page = style.Page(figsize=(style.PAGE_WIDTH, _PANEL_HEIGHT * rows), layout="constrained")
    grid = page.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for ax, name in zip(grid, models, strict=False):
        plot.observed_predicted(fits, model=name, analyte=profile[0], matrix=profile[1] or None, ax=ax)
    for ax in grid[len(models) :]:
        ax.remove()
    return page


def _forests(fits: FitResult, profile: Profile, name: str) -> Figure:
    found = model_named(name)
    return Figure(
        f"{found.label}: parameters of each subject",
        f"Parameters of {found.label} of every subject with their intervals, and the published typical values.",
        lambda: _forest_panels(fits, profile, name),
    )


def _forest_panels(fits: FitResult, profile: Profile, name: str) -> "Drawing":
    rows = fits.parameters
    rows = rows[(rows["source"] == name) & (rows["analyte"] == profile[0]) & (rows["matrix"] == profile[1])]
    known = rows[rows[["value", "low", "high"]].notna().any(axis=1)]["parameter"].unique()
    fitted = [one.key for one in model_named(name).parameters if one.key in known]
    count, subjects = max(1, -(-len(fitted) // _COLUMNS)), rows["subject"].nunique()
    height = min(8.8, (0.9 + _ROW_HEIGHT * subjects) * count)
    page = style.Page(figsize=(style.PAGE_WIDTH, height), layout="constrained")
    grid = page.subplots(count, _COLUMNS, squeeze=False).ravel()
    for ax, key in zip(grid, fitted, strict=False):
        plot.model_parameters(fits, parameter=key, model=name, analyte=profile[0], matrix=profile[1] or None, ax=ax)
    for ax in grid[len(fitted) :]:
        ax.remove()
    return page
