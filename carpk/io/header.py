"""The header of a sheet: one row of names, or two rows of marker over visit."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carpk.io.checks import Findings
from carpk.io.columns import Meaning, recognize, recognize_analyte
from carpk.io.doubtful_names import is_covariate
from carpk.io.names import unit_of
from carpk.io.sheet import Cells, Sheet
from carpk.io.visits import read_bare_visit, read_visit

_AT_VISITS = ("level", "time", "date")


@dataclass(frozen=True, slots=True)
class Column:
    """One column before it is understood.

    Attributes
    ----------
    name : str
        As the file shows it; of two header rows, both joined by `` / ``.
    cells : ndarray
        Text, or float64 from a DataFrame.
    position : int
        Counted from 0.
    meaning : Meaning or None
        Where two header rows already say it.
    """

    name: str
    cells: Cells
    position: int
    meaning: Meaning | None = None


def split_header(sheet: Sheet, findings: Findings) -> "tuple[list[Column], NDArray[np.int64]] | None":
    """Separate a sheet's header from its body.

    Returns
    -------
    columns : list of Column
        Every column that has a name or data.
    rows : ndarray of int
        Row of each line of the body, as a spreadsheet shows it. Both are None where there is a title above the header.
    """
    top = [cell.strip() for cell in sheet.rows[0]]
    below = [cell.strip() for cell in sheet.rows[1]] if len(sheet.rows) > 1 and sheet.numbers[1] == 2 else []
    if below and _is_half_understood(top, below, sheet, findings):
        return None
    heads = _two_rows(top, below) if below else []
    depth = 2 if heads else 1
    heads = heads or [(name, None) for name in top]
    _refuse_merged(sheet, depth, findings)
    if _is_title_row(top, depth, sheet, findings):
        return None
    body = sheet.rows[depth:]
    columns = []
    for position, (name, meaning) in enumerate(heads):
        cells = np.array([row[position] for row in body], dtype=object)
        if name or any(cell.strip() for cell in cells):
            columns.append(Column(name, cells, position, meaning))
    return columns, np.array(sheet.numbers[depth:], np.int64)


def _two_rows(top: list[str], below: list[str]) -> list[tuple[str, Meaning | None]]:
    """Read two header rows; an empty list where there is only one."""
    labels = _filled_right(top)
    may_be_bare = "" in top[_first_named(top) :]
    groups: dict[str, int] = {}
    for upper, lower in zip(labels, below, strict=True):
        if _at_visit(upper, lower, may_be_bare):
            group = lower if read_visit(upper) else upper
            groups[group] = groups.get(group, 0) + 1
    is_grouped = not _odd_labels(top, below, may_be_bare) and any(labels.count(label) > 1 for label in labels if label)
    if not is_grouped or max(groups.values(), default=0) < 2:
        return []
    heads: list[tuple[str, Meaning | None]] = []
    for upper, given, lower in zip(labels, top, below, strict=True):
        meaning = _at_visit(upper, lower, may_be_bare)
        if meaning:
            heads.append((f"{upper} / {lower}", meaning))
        elif upper in groups and lower and not given and recognize(lower).role in ("lloq", "uloq", "blq"):
            heads.append((f"{upper} / {lower}", _of_group(upper, recognize(lower))))
        elif given and lower and unit_of(lower):
            heads.append((f"{given} ({lower})", None))
        elif (
            lower and not given and upper in groups and recognize(lower).role == "covariate" and not is_covariate(lower)
        ):
            heads.append((f"{upper} / {lower}", Meaning("unclear", visit=lower)))
        else:
            heads.append((lower or given, None))
    return heads


def _odd_labels(top: list[str], below: list[str], may_be_bare: bool) -> list[str]:
    """Labels of the second row, under a name of the first, that keep it from being a second row of names."""
    return [
        lower
        for upper, given, lower in zip(_filled_right(top), top, below, strict=True)
        if given and lower and not (_at_visit(upper, lower, may_be_bare) or unit_of(lower) or _is_known(lower))
    ]


def _is_half_understood(top: list[str], below: list[str], sheet: Sheet, findings: Findings) -> bool:
    """Refuse, with one message, a second row that is visits under names that repeat or are blank, but for few cells."""
    labels = _filled_right(top)
    visits = [upper for upper, lower in zip(labels, below, strict=True) if upper and read_visit(lower)]
    odd = _odd_labels(top, below, may_be_bare=False)
    if not odd or len(set(visits)) == len(visits) or len(odd) >= len(visits):
        return False
    visit, others = below[labels.index(visits[0])], " and ".join(repr(label) for label in odd[:3])
    findings.error(
        "HEADER_UNCLEAR",
        f"The second row seems to belong to the header, with visits such as {visit!r}, but {others} could not be "
        "understood there. Write visits as Day 7 or Week 2, or put each column's whole name into one row.",
        sheet.place,
        row=sheet.numbers[1],
        value=odd[0],
    )
    return True


def _of_group(upper: str, meaning: Meaning) -> Meaning:
    """Give a limit or flag the marker above it; under a day it belongs to no marker, so it is unclear."""
    if read_visit(upper):
        return Meaning("unclear", visit=meaning.role.upper())
    return replace(meaning, analyte=meaning.analyte or recognize_analyte(upper).analyte)


def _is_known(name: str) -> bool:
    return is_covariate(name) or recognize(name).role != "covariate"


def _first_named(top: list[str]) -> int:
    return next((position for position, name in enumerate(top) if name), len(top))


def _filled_right(top: list[str]) -> list[str]:
    labels, last = [], ""
    for name in top:
        last = name or last
        labels.append(last)
    return labels


def _at_visit(upper: str, lower: str, may_be_bare: bool) -> Meaning | None:
    """Meaning of a column whose two names are a marker (or actual day, or date) and a visit, in either order."""
    if not upper or not lower:
        return None
    for marker, visit in ((upper, lower), (lower, upper)):
        is_visit = read_visit(visit) or (may_be_bare and visit is lower and read_bare_visit(visit, "day"))
        if is_visit and not read_visit(marker):
            known = recognize(marker)
            if known.role not in (*_AT_VISITS, "covariate") or (known.role == "covariate" and visit is upper):
                continue
            meaning = known if known.role in ("time", "date") else recognize_analyte(marker)
            return replace(meaning, visit=visit)
    return None


def _refuse_merged(sheet: Sheet, depth: int, findings: Findings) -> None:
    """Refuse merged cells below the header: only the first of them holds its value."""
    for first_row, first_column, last_row, last_column in sheet.merged:
        if last_row > depth:
            findings.error(
                "CELL_MERGED",
                f"Cells are merged (rows {first_row} to {last_row}, columns {first_column} to {last_column}). "
                "Unmerge them and write the value into every row.",
                sheet.place,
                row=first_row,
            )


def _is_title_row(top: list[str], depth: int, sheet: Sheet, findings: Findings) -> bool:
    """Refuse a first row that holds one text over a wider table."""
    named = [name for name in top if name]
    is_title = depth == 1 and len(named) == 1 and len(top) > 1
    if is_title:
        findings.error(
            "COLUMN_MISSING",
            f"The first row holds only {named[0]!r}; it must hold the names of the columns. Remove lines above them.",
            sheet.place,
            row=sheet.numbers[0],
        )
    return is_title
