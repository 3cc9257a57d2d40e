"""How the numbers were made: methods in full sentences, definitions, and the log of everything done to the data."""

import platform
from importlib.metadata import version

import numpy as np

import carpk
from carpk.nca.table import NcaResult
from carpk.report import numbers
from carpk.report.parts import Cell, Column, Heading, Section, Table, Text
from carpk.report.rows import Record, records
from carpk.schema import Study
from carpk.summary import FEW
from carpk.terms import analyte, term
from carpk.units import label

_PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "typst")

_PRINTING = (
    "Levels, times and what is read from them directly (Cmax, Tmax, Tfirst, Tlast, Clast, Tbql) are printed as"
    " measured, levels that were converted to six significant digits, times to two decimals. Computed"
    " parameters are printed to three significant digits. Only printed numbers are rounded: every computation, and"
    " the file that \u201ccarpk nca\u201d writes, has full double precision."
)
_SUMMARIES = (
    "Geometric means and geometric coefficients of variation, 100 \u221a(exp(s\u00b2) \u2212 1) % with s the standard"
    " deviation (n \u2212 1) of the logarithms, are over values above zero; median and range are over all values,"
    f" zeros included. Groups with fewer than {FEW} values are listed value by value. No subject is left out of any"
    " count: a value that is missing is counted as missing and its reason is given in the individual listing."
)
_FIGURES = (
    "Levels are drawn on a logarithmic axis; a level below the limit of quantification is an open marker at the limit,"
    " and enters a geometric mean by visit as half the limit. Where more than half of a cohort's levels at a visit are"
    " below the limit, no mean is drawn."
)


def methods_section(nca: NcaResult) -> Section:
    """Say how the numbers were made, from the choices really used."""
    text = Text((*nca.rules.sentences(), _SUMMARIES, _PRINTING, _FIGURES, _software()))
    keys = list(dict.fromkeys(nca.parameters["parameter"]))
    return Section("Methods", (text, _definitions(nca, keys)) if keys else (text,), new_page=True)


def rule_in_a_sentence(nca: NcaResult) -> str:
    """Sum up the rules of the analysis for the title page."""
    rules = nca.rules
    windows = ", ".join(f"day {start:g} to {end:g}" for start, end in rules.windows.values())
    horizon = "all days" if np.isinf(rules.peak_horizon) else f"day {rules.peak_horizon:g}"
    return (
        f"Areas by {rules.auc_method} over {windows or 'no window'}; window ends beyond the last sample:"
        f" {rules.tail.replace('_', ' ')}; peak sought up to {horizon}; terminal slope over {rules.min_points} or more"
        " points. The chapter Methods says it in full."
    )


def log_section(study: Study, nca: NcaResult) -> Section:
    """List everything that was done to the data."""
    lines = [*_told_once(study), *records(nca.log)]
    if not lines:
        nothing = "Nothing was inserted, dropped, imputed or extrapolated."
        return Section("Rules log", (Text((nothing,)),), new_page=True)
    columns = (
        Column("Subject", align="left"),
        Column("Time", label(nca.time_unit)),
        Column("Code", align="left"),
        Column("What was done", align="left"),
    )
    parts: dict[str, list[Record]] = {}
    for line in lines:
        parts.setdefault(_log_heading(line), []).append(line)
    rows: list[Heading | tuple[Cell, ...]] = []
    for heading, part in parts.items():
        rows += [Heading(heading), *map(_log_row, part)]
    introduction = "Every insertion, drop, imputation, extrapolation and exclusion, in the order of the work."
    return Section("Rules log", (Text((introduction,)), Table("Rules log", columns, tuple(rows))), new_page=True)


def _told_once(study: Study) -> list[Record]:
    """Lines of the reading; what concerns every sample of an analyte alike becomes one line."""
    samples = study.samples.groupby(["analyte", "matrix"]).size()
    lines: list[Record] = []
    for (name, matrix, code, detail), part in study.log.groupby(["analyte", "matrix", "code", "detail"], sort=False):
        several = len(part) > 1 and (part["subject"] != "").all()
        where = f"{analyte(str(name)).label}: " if several else ""
        if several and len(part) == samples.get((name, matrix), 0):
            words = f"{where}{detail} This holds for all {numbers.count(len(part))} samples."
            lines.append({"stage": "read", "subject": "(every)", "time": np.nan, "code": code, "detail": words})
        else:
            lines += [line | {"detail": f"{where}{detail}"} for line in records(part)]
    return lines


def _log_heading(line: Record) -> str:
    if line["stage"] == "read":
        return "Reading"
    name = analyte(line["analyte"]).label if line["analyte"] else ""
    where = ", ".join(part for part in (name, line["matrix"]) if part)
    return f"Analysis: {where}" if where else "Analysis"


def _log_row(line: Record) -> tuple[Cell, ...]:
    when = "" if np.isnan(line["time"]) else numbers.time(float(line["time"]))
    return tuple(Cell(text) for text in (line["subject"], when, line["code"], line["detail"]))


def _software() -> str:
    others = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    return f"Software: carpk {carpk.__version__} on Python {platform.python_version()} with {others}."


def _definitions(nca: NcaResult, keys: list[str]) -> Table:
    columns = (
        Column("Parameter", align="left"),
        Column("Definition", align="left"),
        Column("Formula", align="left"),
        Column("CDISC code", align="left"),
    )
    rows = tuple(
        tuple(
            Cell(text)
            for text in (found.label, found.definition, found.formula.replace(" - ", " \u2212 "), found.cdisc_code)
        )
        for found in map(term, keys)
    )
    unit = label(nca.time_unit)
    notes = (
        f"Areas by {nca.rules.auc_method}. Times in {unit}. CDISC code: PKPARMCD of the CDISC controlled terminology.",
    )
    return Table("Definitions of parameters", columns, rows, notes)
