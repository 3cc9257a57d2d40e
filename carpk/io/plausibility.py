"""Numbers that no patient has, and levels that look as if they stood under a wrong unit, in a study put together.

What is physically impossible is refused. What is only unlikely is told and kept: the reader decides. Levels are in the
units that carpk keeps: CRP in mg/L, counts in cells/uL, temperature in degC. The thresholds are carpk's own, set so
wide that a wrong unit passes them and a patient does not; they are no reference ranges.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from carpk.errors import Severity
from carpk.io.checks import NOWHERE, Findings, Place, rows_in_words
from carpk.io.sheet import Field, Table
from carpk.terms import ANALYTES, BODY_TEMPERATURE, analyte
from carpk.units import label

AGES = (0.0, 120.0)
"""Ages that people reach [year]; codes for a missing age, such as -9 or 999, and years of birth lie outside."""

DOSES: Mapping[str, tuple[float, float]] = MappingProxyType({"cells/kg": (1e3, 1e9), "cells": (1e5, 1e12)})
"""Doses of CAR-T cells, with a wide margin; one written in millions under cells/kg lies far below."""

HIGHEST_CRP = 500.0
"""CRP above it is rare, and usual where mg/L stand under mg/dL and were multiplied by ten [mg/L]."""

HIGHEST_CRP_IN_MG_PER_DL, LOWEST_CRP, LOWEST_LIMIT_OF_CRP = 50.0, 0.1, 0.05
"""CRP in mg/dL: no level above the first, and levels below the second or a limit at or below the third.

Fifty mg/dL are the 500 mg/L above; routine assays in mg/L do not measure below 0.1.
"""

FEWEST_LEVELS = 5
"""Fewer quantified levels say nothing about the study as a whole."""

FEWEST_AT_EXTREME, FEWEST_SUBJECTS_AT_EXTREME, TIMES_NEXT_LEVEL = 3, 2, 2.0
"""As many equal extreme levels, of as many subjects, may be a limit that the file does not state.

Rounded levels are equal by chance, but the extreme one is then not this many times as frequent as the level next to it.
"""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the levels of an analyte lie in a study, and the unit that they look like beyond.

    Attributes
    ----------
    most : float
        Levels whose median before the infusion is above it look like `unit_above`.
    least : float
        Levels of which none reaches it look like `unit_below`.
    """

    most: float
    unit_above: str
    least: float = 0.0
    unit_below: str = ""


SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        # A few hundred B cells/uL are some 1e5 cells/mL, and less than 1 in 10^9/L.
        "b_cells": Scale(5e3, "cells/mL", 1.0, "10^9/L"),
        # A few thousand lymphocytes or neutrophils/uL are some 1e6 cells/mL, and less than 30 in 10^9/L.
        "lymphocytes": Scale(1e5, "cells/mL", 30.0, "10^9/L"),
        "neutrophils": Scale(1e5, "cells/mL", 30.0, "10^9/L"),
        # Some 10 g/L of IgG, 2 of IgA and 1 of IgM are a hundred times as many mg/dL.
        "igg": Scale(100.0, "mg/dL"),
        "iga": Scale(30.0, "mg/dL"),
        "igm": Scale(30.0, "mg/dL"),
    }
)
"""Scales in the units that carpk keeps, far outside what patients have, so that only a wrong unit reaches them."""


@dataclass(frozen=True)
class Inspection:
    """The levels of a study, the columns that they stand in, and where to tell what is odd about them.

    Attributes
    ----------
    levels : DataFrame of schema.SAMPLES
        Samples that have a level; the index is their position among all samples.
    table : Table
        The samples as the file has them.
    columns : list of Field
        Its columns of levels.
    findings : Findings
    """

    levels: pd.DataFrame
    table: Table
    columns: list[Field]
    findings: Findings

    def kept(self, key: str) -> pd.DataFrame:
        """Return the levels of an analyte that are in the unit that carpk keeps for it."""
        mine = (self.levels["analyte"] == key) & (self.levels["unit"] == analyte(key).unit)
        return self.levels[mine]

    def tell(self, severity: Severity, code: str, levels: pd.DataFrame, what: str, mend: str) -> None:
        """Keep a finding about these levels: how many, which values, in which rows, and what would mend them."""
        first = levels.iloc[0]
        known = analyte(str(first["analyte"]))
        shown = _listed(levels, label(known.unit))
        self.findings.add(
            severity,
            code,
            f"{known.label}: {shown} {what}. {mend}",
            self.table.place,
            row=int(first["row"]),
            column=self.columns[int(levels.index[0]) % len(self.columns)].name,
        )


def check_levels(samples: pd.DataFrame, table: Table, findings: Findings) -> None:
    """Refuse impossible levels of a study, and tell of those that look wrong.

    Parameters
    ----------
    samples : DataFrame of schema.SAMPLES
        One row for each cell of the table's columns of levels, row by row.
    table : Table
        The samples as the file has them.
    findings : Findings
    """
    inspection = Inspection(
        samples[~samples["status"].isin(["missing", "excluded"])], table, table.all("level"), findings
    )
    _check_temperature(inspection)
    _check_shares(inspection)
    _check_crp(inspection)
    for key, scale in SCALES.items():
        _check_scale(inspection, key, scale)
    markers = [key for key in inspection.levels["analyte"].unique() if analyte(str(key)).role == "marker"]
    for key in markers:
        if key != "temperature":  # read to a tenth of a degree, so that many are equal
            for _, levels in inspection.kept(str(key)).groupby("matrix", sort=True):
                _check_extreme(inspection, levels, "uloq")
                _check_extreme(inspection, levels, "lloq")


def check_subjects(subjects: pd.DataFrame, findings: Findings, place: Place = NOWHERE) -> None:
    """Refuse impossible ages, and tell of doses that look as if they stood under a wrong unit."""
    if "age" in subjects:
        age = pd.to_numeric(subjects["age"], errors="coerce")
        odd = subjects[(age < AGES[0]) | (age > AGES[1])]
        if len(odd):
            findings.error(
                "AGE_IMPOSSIBLE",
                f"No person's age: {_of_subjects(odd, 'age')}. Give ages in years, and leave those not known empty.",
                place,
            )
    for unit, (least, most) in DOSES.items():
        dose = subjects["dose"].where(subjects["dose_unit"] == unit)
        odd = subjects[((dose > 0) & (dose < least)) | (dose > most)]
        if len(odd):
            findings.warn(
                "DOSE_DOUBTFUL",
                f"No usual dose in {unit}: {_of_subjects(odd, 'dose')}. Is it in another unit, such as 10^6 {unit}, or "
                f"{'of the whole subject' if unit == 'cells/kg' else 'per kg'}? Correct the unit of the dose.",
                place,
            )


def _check_temperature(inspection: Inspection) -> None:
    levels = inspection.kept("temperature")
    wrong = levels[(levels["value"] < BODY_TEMPERATURE[0]) | (levels["value"] > BODY_TEMPERATURE[1])]
    if len(wrong):
        inspection.tell(
            "error",
            "LEVEL_IMPOSSIBLE",
            wrong,
            f"outside {BODY_TEMPERATURE[0]:g} to {BODY_TEMPERATURE[1]:g} \u00b0C, so of no patient",
            "Give the unit in which they were measured, degC or degF; else correct them, or leave them empty.",
        )


def _check_shares(inspection: Inspection) -> None:
    """Refuse percentages of cells above 100; tell where all are at most 1, unless the file calls them fractions."""
    converted = {line["analyte"] for line in inspection.findings.log if line["code"] == "UNIT_CONVERTED"}
    for key in (known.key for known in ANALYTES.values() if known.unit == "%"):
        levels = inspection.kept(key)
        above = levels[levels["value"] > 100]
        if len(above):
            mend = "Correct them, or their unit, which may be another than that of a share."
            inspection.tell("error", "LEVEL_IMPOSSIBLE", above, "above 100 %", mend)
        positive = _quantified(levels)
        if key not in converted and len(positive) >= FEWEST_LEVELS and positive["value"].max() <= 1:
            mend = "If they are, give the unit as fraction."
            inspection.tell("warning", "UNIT_DOUBTFUL", positive, "at most 1, as fractions are", mend)


def _check_crp(inspection: Inspection) -> None:
    levels = inspection.kept("crp")
    high = levels[levels["value"] > HIGHEST_CRP]
    if len(high):
        inspection.tell(
            "warning",
            "LEVEL_HIGH",
            high,
            f"above {HIGHEST_CRP:g} mg/L, which is rare",
            "Is the unit in the file the one measured? Levels in mg/L under mg/dL come out ten times too high.",
        )
    positive = levels["value"] > 0
    low = levels[(positive & (levels["value"] < LOWEST_CRP)) | (levels["lloq"] <= LOWEST_LIMIT_OF_CRP)]
    if len(low) and positive.any() and levels["value"].max() <= HIGHEST_CRP_IN_MG_PER_DL:
        inspection.tell(
            "warning",
            "UNIT_DOUBTFUL",
            low,
            f"from where assays in mg/L do not measure, and no level is above {HIGHEST_CRP_IN_MG_PER_DL:g} mg/L",
            "If they are in mg/dL, give that as the unit.",
        )


def _check_scale(inspection: Inspection, key: str, scale: Scale) -> None:
    """Tell where the levels of the whole study look like those in another unit."""
    levels, unit = _quantified(inspection.kept(key)), label(analyte(key).unit)
    before = levels[levels["time"] <= 0]
    if before["value"].median() > scale.most:
        what = f"before the infusion, in the median {before['value'].median():g} {unit}"
        mend = f"If they are in {scale.unit_above}, give that as the unit."
        inspection.tell("warning", "UNIT_DOUBTFUL", before, what, mend)
    if len(levels) >= FEWEST_LEVELS and levels["value"].max() < scale.least:
        what = f"are all there are, none of them {scale.least:g} {unit} or more"
        mend = f"If they are in {scale.unit_below}, give that as the unit."
        inspection.tell("warning", "UNIT_DOUBTFUL", levels, what, mend)


def _check_extreme(inspection: Inspection, levels: pd.DataFrame, limit: str) -> None:
    """Tell where samples of several subjects have one and the same extreme level, and the file states no limit there.

    Parameters
    ----------
    inspection : Inspection
    levels : DataFrame
        Of one analyte in one matrix.
    limit : {"lloq", "uloq"}
        The limit that the smallest, or the largest, levels may be at.
    """
    upper, positive = limit == "uloq", _quantified(levels)
    beyond = levels["status"].isin(["above_uloq"] if upper else ["blq", "not_detected"])
    if levels[limit].notna().any() or beyond.any() or positive["value"].nunique() < 2:
        return
    counts = positive["value"].value_counts().sort_index(ascending=not upper)
    extreme = positive[positive["value"] == counts.index[0]]
    is_limit = (
        len(extreme) >= FEWEST_AT_EXTREME
        and extreme["subject"].nunique() >= FEWEST_SUBJECTS_AT_EXTREME
        and counts.iloc[0] > TIMES_NEXT_LEVEL * counts.iloc[1]
    )
    if is_limit:
        sign = ">" if upper else "<"
        inspection.tell(
            "warning",
            "LEVELS_CAPPED",
            extreme,
            f"all the same, and the {'largest' if upper else 'smallest'} of all: perhaps a limit of the assay",
            f"If so, write {sign} before them, or state the {limit.upper()}.",
        )


def _quantified(levels: pd.DataFrame) -> pd.DataFrame:
    return levels[levels["status"] == "quantified"]


def _listed(levels: pd.DataFrame, unit: str) -> str:
    """Write how many levels there are, the first of the different ones, and their rows."""
    different = list(dict.fromkeys(f"{value:g}" for value in levels["value"].dropna()))
    shown = ", ".join(different[:_SHOWN]) + (" ..." if len(different) > _SHOWN else "")
    rows = rows_in_words(np.unique(levels["row"]))
    count = f"{len(levels)} level{'s' if len(levels) > 1 else ''}"
    return f"{count} ({shown} {unit}; {rows})" if shown else f"{count} ({rows})"


def _of_subjects(subjects: pd.DataFrame, name: str) -> str:
    """Write the values of a column with whose they are."""
    pairs = [f"{value} (subject {who!r})" for who, value in zip(subjects["subject"], subjects[name], strict=True)]
    more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
    return f"{', '.join(pairs[:_SHOWN])}{more}"
