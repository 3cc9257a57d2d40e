"""Columns that say one thing of every subject, and those that differ between a subject's rows.

Where sex, site or date of birth differ between the rows of one id, the id is that of two people.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carpk.io.cells import number_text
from carpk.io.checks import Findings
from carpk.io.mapping import Mapping
from carpk.io.sheet import Cells, Table, Words
from carpk.io.spellings import COVARIATES, compact
from carpk.io.vectors import words_of

_OWN = ("cohort", "dose", "dose_unit", "weight", "infusion_date", "infusion_clock")
_PERSONAL = ("sex", "site")
_PERSONAL_SPELLINGS = frozenset(
    [
        "dob",
        "birthdate",
        "dateofbirth",
        "birthday",
        "brthdtc",
        "brthdt",
        "birthyear",
        "yearofbirth",
        "initials",
        "siteno",
        "sitenumber",
        "sitename",
        "hospital",
        "studysite",
        "出生日期",
        "生日",
        "姓名缩写",
        "中心编号",
        "中心名称",
        "医院",
    ]
)
_SELDOM_CHANGES = frozenset(
    spelling
    for spelling, name in COVARIATES.items()
    if name in ("age", "race", "ethnicity", "country", "height", "disease")
)
_AGE_RANGE = 2.0  # years that a subject may age during a study


@dataclass(frozen=True, slots=True)
class PerRow:
    """Columns of one table that may belong to its subjects, as typed cells by row."""

    values: dict[str, Cells]
    names: dict[str, str]


def by_subject(
    subjects: Words, per_row: PerRow, table: Table, mapping: Mapping, findings: Findings
) -> tuple[dict[str, Cells], list[str]]:
    """Take columns that are constant within every subject as the subject's own.

    Returns
    -------
    constant : dict
        Column -> its value for every subject of `subjects.words`.
    varying : list of str
        Covariates that differ between the rows of a subject; they belong to the samples.
    """
    constant: dict[str, Cells] = {}
    varying = []
    for name, cells in per_row.values.items():
        given = ~np.isnan(cells) if cells.dtype == np.float64 else cells != ""
        positions = np.flatnonzero(given)
        owners = subjects.codes[positions]
        first = np.full(len(subjects.words), -1)
        first[owners[::-1]] = positions[::-1]
        differs = cells[first[owners]] != cells[positions]
        if differs.any():
            if name in _OWN or _tells_people_apart(cells, per_row.names[name], positions, first[owners], mapping):
                _refuse_varying(name, cells, positions[np.argmax(differs)], first, subjects, per_row, table, findings)
            else:
                if compact(per_row.names[name]) in _SELDOM_CHANGES:
                    _warn_varying(name, positions[np.argmax(differs)], subjects, per_row, table, findings)
                varying.append(name)
                continue
        own = cells[np.maximum(first, 0)]
        own[first < 0] = np.nan if cells.dtype == np.float64 else ""
        constant[name] = own
    return constant, varying


def _refuse_varying(
    name: str,
    cells: Cells,
    position: int,
    first: NDArray[np.int64],
    subjects: Words,
    per_row: PerRow,
    table: Table,
    findings: Findings,
) -> None:
    code = subjects.codes[position]
    earlier = first[code]
    findings.error(
        "SUBJECT_VARIES",
        f"Subject {subjects.words[code]!r} has {name} {_shown(cells[earlier])} in row {table.rows[earlier]} and "
        f"{_shown(cells[position])} in row {table.rows[position]}. A subject has one; correct it, or say under "
        f'[columns] in the settings: "{per_row.names[name]}" = "covariate".',
        table.place,
        row=int(table.rows[position]),
        column=per_row.names[name],
        value=str(cells[position]),
    )


def _shown(value: object) -> str:
    return number_text(value) if isinstance(value, float) else repr(str(value))


def _tells_people_apart(
    cells: Cells, column: str, positions: NDArray[np.int64], first: NDArray[np.int64], mapping: Mapping
) -> bool:
    """Whether a column that differs between the rows of one id shows that the id is that of two people."""
    word = compact(column)
    if column in mapping.columns:
        return False
    if COVARIATES.get(word) == "age" and cells.dtype == np.float64:
        return bool((np.abs(cells[positions] - cells[first]) > _AGE_RANGE).any())
    return COVARIATES.get(word) in _PERSONAL or word in _PERSONAL_SPELLINGS


def _warn_varying(name: str, position: int, subjects: Words, per_row: PerRow, table: Table, findings: Findings) -> None:
    findings.warn(
        "COVARIATE_VARIES",
        f"Subject {subjects.words[subjects.codes[position]]!r} has more than one {name}. Are these rows of one person?",
        table.place,
        row=int(table.rows[position]),
        column=per_row.names[name],
    )


def refuse_two_studies(subjects: Words, table: Table, findings: Findings) -> None:
    """Refuse an id that stands in two studies: these are two people."""
    column = table.one("title")
    if column is None:
        return
    studies = words_of(column, len(table))
    first: dict[int, int] = {}
    for position, (code, study) in enumerate(zip(subjects.codes.tolist(), studies.codes.tolist(), strict=True)):
        if not studies.words[study] or first.setdefault(code, study) == study:
            continue
        findings.error(
            "SUBJECT_VARIES",
            f"Subject {subjects.words[code]!r} stands in the studies {studies.words[first[code]]!r} and "
            f"{studies.words[study]!r}. Give each study a file or make the ids different; or, if it is one person, say "
            f'under [columns] in the settings: "{column.name}" = "covariate".',
            table.place,
            row=int(table.rows[position]),
            column=column.name,
        )
        return
