"""Who the subjects are: id, cohort, dose, weight, date of infusion, and covariates that belong to a subject."""

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from carpk.io.cells import CellError, read_number
from carpk.io.checks import Findings, Place, rows_in_words
from carpk.io.mapping import Mapping
from carpk.io.sheet import Cells, Field, Table, Words
from carpk.io.varying import PerRow
from carpk.io.vectors import Moments, read_moments, read_numbers, text_of
from carpk.schema import SAMPLES, SUBJECTS
from carpk.units import conversion_factor, find_unit

_RESERVED = {column.name for column in (*SUBJECTS, *SAMPLES)}
REFUSED = "?"
"""Stands for a date that was refused, so that it is not also called missing."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2010\u2011\u2028-\u202f\u2060\ufeff\u00a0]")


def subject_ids(table: Table, findings: Findings) -> Words:
    """Return the subject of every row, exactly as the file has it but for Unicode composition (NFC)."""
    column = table.one("subject")
    if column is None:
        return Words.constant("", len(table))
    words = Words.of(column.cells)
    for code, word in enumerate(words.words):
        if not word.strip():
            for row in table.rows[words.codes == code]:
                findings.error(
                    "SUBJECT_MISSING", "The row does not say whose it is. Write the subject into every row.",
                    table.place, row=int(row), column=column.name,
                )  # fmt: skip
    composed = [unicodedata.normalize("NFC", word) for word in words.words]
    changed = [word for word, form in zip(words.words, composed, strict=True) if word != form]
    if changed:
        findings.warn(
            "SUBJECT_NORMALIZED", f"{len(changed)} subject ids were brought to composed Unicode form.", table.place
        )
    return words.renamed(composed)


_NUMBERS = re.compile("([0-9]+)")
_JOINTS, _JOINTS_AND_POINTS = re.compile(r"[\s_-]+"), re.compile(r"[\s._-]+")
_STATISTICS = frozenset(("mean", "median", "average", "sd", "std", "cv", "min", "max", "total", "sum", "geomean"))
_STATISTICS |= frozenset(("\u5e73\u5747", "\u5e73\u5747\u503c", "\u4e2d\u4f4d\u6570", "\u5408\u8ba1"))


def warn_of_similar_ids(names: list[str], place: Place, findings: Findings) -> None:
    """Log ids that differ only in case, blanks or invisible characters, and those that are words for statistics."""
    for name in names:
        if _JOINTS_AND_POINTS.sub("", name).casefold() in _STATISTICS:
            findings.warn(
                "SUBJECT_STATISTIC", f"{name!r} is read as a subject. If the row sums others up, delete it.", place
            )
    groups: dict[str, list[str]] = {}
    for name in names:
        plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).casefold()
        groups.setdefault(_JOINTS.sub("", plain), []).append(name)
    for group in groups.values():
        if len(group) > 1:
            shown = " and ".join(f"{name!r}{_code_points(name)}" for name in group)
            findings.warn("SUBJECT_NEARLY_SAME", f"{shown} are read as different subjects. Are they?", place)


def _code_points(name: str) -> str:
    found = sorted({f"U+{ord(each):04X}" for each in _INVISIBLE.findall(name)})
    return f" (with {', '.join(found)})" if found else ""


def natural_order(names: "list[str]") -> list[str]:
    """Sort ids as people do: S2 before S10.

    Examples
    --------
    >>> natural_order(["S10", "S2"])
    ['S2', 'S10']
    """

    def parts(name: str) -> list[Any]:
        split: list[Any] = _NUMBERS.split(name)  # text and numbers by turns
        split[1::2] = map(int, split[1::2])
        return split

    return sorted(names, key=lambda name: (parts(name), name))


def subject_columns(table: Table, mapping: Mapping, findings: Findings) -> PerRow:
    """Read the columns of a table that describe subjects, covariates included, by row."""
    values: dict[str, Cells] = {}
    names: dict[str, str] = {}
    for role in ("cohort", "dose_unit"):
        column = table.one(role)
        if column is not None:
            values[role], names[role] = text_of(column, len(table)), column.name
    _read_dose(table, values, names, mapping, findings)
    _read_weight(table, values, names, mapping, findings)
    _read_infusion(table, values, names, mapping, findings)
    for column in table.all("covariate"):
        name = column.meaning.name
        name = f"{name}_given" if name in _RESERVED else name
        values[name], names[name] = covariate_cells(column), column.name
    return PerRow(values, names)


def _read_dose(
    table: Table, values: dict[str, Cells], names: dict[str, str], mapping: Mapping, findings: Findings
) -> None:
    column = table.one("dose")
    if column is None:
        return
    doses = read_numbers(column, table, mapping, findings).values.copy()
    header = np.full(len(table), column.meaning.unit, dtype=object)
    given = values.get("dose_unit", header)
    given = np.where(given == "", header, given)
    _refuse_two_dose_units(given, column, table, findings)
    kept = given.astype(object)
    for text in dict.fromkeys(given):
        unit = find_unit(str(text)) if text else None
        if text and unit is None:
            row = int(table.rows[np.flatnonzero(given == text)[0]])
            findings.error(
                "UNIT_UNKNOWN", f"{text!r} is not a unit of dose that carpk knows; write e.g. cells/kg.", table.place,
                row=row, column=names.get("dose_unit", column.name), value=str(text),
            )  # fmt: skip
        if unit is None:
            continue
        wanted = {"cells per body weight": "cells/kg", "cells": "cells"}.get(unit.dimension, unit.name)
        mine = given == text
        kept[mine] = wanted
        if wanted != unit.name:
            doses[mine] *= conversion_factor(unit.name, wanted)
            findings.note(
                "UNIT_CONVERTED", f"dose: from {unit.name} to {wanted}, times {conversion_factor(unit.name, wanted):g}."
            )
    values["dose"], names["dose"] = doses, column.name
    values["dose_unit"] = kept
    names.setdefault("dose_unit", column.name)


def _refuse_two_dose_units(given: Cells, column: Field, table: Table, findings: Findings) -> None:
    for text in dict.fromkeys(given):
        unit = find_unit(str(text)) if text else None
        if unit is not None and column.meaning.unit and unit.name != column.meaning.unit:
            findings.error(
                "UNITS_DIFFER",
                f"The unit of dose is {unit.name!r} here and {column.meaning.unit!r} in the column's name.",
                table.place, row=int(table.rows[np.flatnonzero(given == text)[0]]), column=column.name,
            )  # fmt: skip


def _read_weight(
    table: Table, values: dict[str, Cells], names: dict[str, str], mapping: Mapping, findings: Findings
) -> None:
    column = table.one("weight")
    if column is None:
        return
    weights = read_numbers(column, table, mapping, findings).values
    if not column.meaning.unit:
        findings.note("WEIGHT_UNIT", f"Column {column.name!r} gives no unit of weight; it was read as kg.")
    factor = conversion_factor(column.meaning.unit or "kg", "kg")
    values["weight"], names["weight"] = weights * factor if factor != 1 else weights, column.name


def _read_infusion(
    table: Table, values: dict[str, Cells], names: dict[str, str], mapping: Mapping, findings: Findings
) -> None:
    column = table.one("infusion_date")
    if column is None:
        return
    moments = read_moments(column, table.one("infusion_clock"), table, mapping, findings)
    values["infusion_date"], names["infusion_date"] = np.where(moments.bad, REFUSED, iso_dates(moments)), column.name


def iso_dates(moments: Moments) -> Cells:
    """Write dates as ISO 8601 text in their own time zone, empty where there is none."""
    stamps = pd.to_datetime(np.nan_to_num(moments.seconds + moments.offset), unit="s")
    form = np.where(moments.has_clock, stamps.strftime("%Y-%m-%dT%H:%M:%S"), stamps.strftime("%Y-%m-%d"))
    zones = [_zone(offset) if zoned else "" for offset, zoned in zip(moments.offset, moments.has_zone, strict=True)]
    iso = np.array([f"{date}{mark}" for date, mark in zip(form, zones, strict=True)], dtype=object)
    return np.where(np.isnan(moments.seconds), "", iso)


def _zone(offset: float) -> str:
    hours, minutes = divmod(int(abs(offset)) // 60, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}" if offset else "Z"


def covariate_cells(column: Field) -> Cells:
    """Return a covariate as numbers where every cell is a plain number, else as the text it is."""
    if column.cells.dtype == np.float64:
        return column.cells
    words = Words.of(column.cells)
    words = words.renamed([word.strip() for word in words.words])
    numbers = [_plain_number(word) for word in words.words]
    if any(number is None for number in numbers) or not any(words.words):
        return words.text()
    return np.array(numbers, np.float64)[words.codes]


def _plain_number(word: str) -> float | None:
    """Read a number that would be written the same way again, so that 007 stays text."""
    if not word:
        return np.nan
    try:
        number = read_number(word)
    except CellError:
        return None
    return None if re.match(r"[+-]?0\d", word) else number


def dose_label(dose: float, unit: str) -> str:
    """Name a cohort by its dose.

    Examples
    --------
    >>> dose_label(150000, "cells/kg")
    '1.5e5 cells/kg'
    """
    if np.isnan(dose):
        return "dose not given"
    if dose >= 1e4:
        exponent = int(np.floor(np.log10(dose)))
        text = f"{dose / 10**exponent:.6g}e{exponent}"
    else:
        text = f"{dose:g}"
    return f"{text} {unit}".strip()


def refuse_orphans(known: Words, samples: Words, table: Table, findings: Findings) -> None:
    """Refuse rows whose subject is not in the subjects table, naming their rows."""
    column = table.one("subject")
    listed = set(known.words)
    for code, name in enumerate(samples.words):
        if name.strip() and name not in listed:
            rows = table.rows[samples.codes == code]
            findings.error(
                "SUBJECT_UNKNOWN",
                f"Subject {name!r} ({rows_in_words(rows)}) is not in the subjects table.",
                table.place,
                row=int(rows[0]),
                column=column.name if column else "",
                value=name,
            )
