"""What the study's log tells about the reading as a whole: columns, counts, duplicates, negatives, replaced times."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carpk.io.checks import FINDINGS, Findings, rows_in_words
from carpk.io.columns import Meaning
from carpk.io.sheet import Field, Table
from carpk.profiles import rise_by_profile
from carpk.schema import STATUSES
from carpk.terms import analyte as analyte_of
from carpk.units import label

_ROLE_WORDS = {
    "level": "levels",
    "date": "sample dates",
    "title": "title of the study",
    "blq": "flag of levels below the limit",
}
_PROFILE = ["subject", "analyte", "matrix"]
_LISTED_AT_MOST = 100


def log_columns(table: Table, findings: Findings) -> None:
    """Log how every column was understood, a group of visits in one line."""
    groups: dict[tuple[str, str, str], list[Field]] = {}
    for column in table.fields:
        meaning = column.meaning
        if meaning.visit:
            groups.setdefault((meaning.role, meaning.analyte, meaning.unit), []).append(column)
        else:
            findings.note(
                "COLUMN_READ", f"{_of(table)}column {column.name!r} is {_words(meaning)}.", analyte=meaning.analyte
            )
    for columns in groups.values():
        first, last = columns[0], columns[-1]
        which = f"{len(columns)} columns {first.name!r} to {last.name!r}"
        words = f"{_of(table)}{which} are {_words(first.meaning)}, one a visit."
        findings.note("COLUMN_READ", words, analyte=first.meaning.analyte)


def _of(table: Table) -> str:
    return f"sheet {table.place.sheet!r}, " if table.place.sheet else f"{table.place.file}, "


def _words(meaning: Meaning) -> str:
    words = _ROLE_WORDS.get(meaning.role, meaning.role.replace("_", " "))
    words += f" of {meaning.analyte}" if meaning.analyte else ""
    words += f" {meaning.event}" if meaning.event else ""
    words += f" {meaning.name!r}" if meaning.name else ""
    words += f" [{label(meaning.unit)}]" if meaning.unit else ""
    words += f", LLOQ {meaning.lloq:g}" if meaning.lloq is not None else ""
    return words + (f", ULOQ {meaning.uloq:g}" if meaning.uloq is not None else "")


def log_counts(samples: pd.DataFrame, findings: Findings) -> None:
    """Log how many levels of each analyte have which status; tell of missing ones, and where none is of CAR-T."""
    if not {analyte_of(str(key)).role for key in samples["analyte"].unique()} & {"car_t", "other"}:
        findings.warn("NO_CAR_T", FINDINGS["NO_CAR_T"])
    told = samples[["analyte", "matrix", "status", "row"]]
    for (key, matrix), group in told.groupby(["analyte", "matrix"], sort=True):
        counts = group["status"].value_counts()
        shown = ", ".join(f"{counts[status]} {status}" for status in STATUSES if status in counts)
        what = f"{key} ({matrix})"
        findings.note("LEVELS_COUNTED", f"{what}: {shown}.", analyte=str(key), matrix=str(matrix))
        if "missing" in counts:
            rows = rows_in_words(group.loc[group["status"] == "missing", "row"].to_numpy())
            message = f"{what}: {counts['missing']} samples are listed without a level ({rows})."
            findings.note("LEVEL_MISSING", message, analyte=str(key), matrix=str(matrix))


def log_assessments(assessments: pd.DataFrame, findings: Findings) -> None:
    """Log how many rows are assessments, and of what."""
    for key, count in assessments["assessment"].value_counts(sort=False).items():
        findings.note("ASSESSMENTS_READ", f"{key}: {count} assessments.", analyte=str(key))


def log_replaced_times(samples: pd.DataFrame, is_nominal: NDArray[np.bool_], findings: Findings) -> None:
    """Log every sample whose planned time stands for a missing actual one."""
    detail = "The planned time stands for a missing actual time."
    for subject, analyte, matrix, time in samples.loc[is_nominal, [*_PROFILE, "time"]].itertuples(index=False):
        findings.note("NOMINAL_USED", detail, subject=subject, analyte=analyte, matrix=matrix, time=time)


def log_left_out(samples: pd.DataFrame, findings: Findings) -> None:
    """Log every sample that the file or the day-0 rule leaves out."""
    chosen = samples.loc[samples["status"] == "excluded", [*_PROFILE, "time", "exclusion"]]
    for subject, analyte, matrix, time, why in chosen.itertuples(index=False):
        code = why if why == "DAY0_POST" else "EXCLUDED"
        detail = "A day-0 sample after the infusion, without a clock time." if code == "DAY0_POST" else why
        findings.note(code, detail, subject=subject, analyte=analyte, matrix=matrix, time=time)


def log_negatives(samples: pd.DataFrame, findings: Findings) -> None:
    """Log negative levels; the analysis refuses their profiles."""
    negative = samples.loc[samples["value"].to_numpy() < 0, [*_PROFILE, "time", "value", "row"]]
    for subject, analyte, matrix, time, value, row in negative.itertuples(index=False):
        findings.note(
            "NEGATIVE_LEVEL",
            f"Row {row}: the level is {value:g}.",
            subject=subject,
            analyte=analyte,
            matrix=matrix,
            time=time,
        )


def log_duplicates(samples: pd.DataFrame, codes: "dict[str, np.ndarray]", findings: Findings) -> None:
    """Log samples of one profile at one time, naming their rows; the analysis settles them.

    Parameters
    ----------
    samples : DataFrame
        All samples.
    codes : dict
        Subject, analyte and matrix as whole numbers, which compare faster than text.
    findings : Findings
        Gets one line a time.
    """
    profile = codes["subject"]
    for name in ("analyte", "matrix"):
        profile = profile * (codes[name].max(initial=0) + 1) + codes[name]
    time = samples["time"].to_numpy()
    if rise_by_profile(profile, time):
        return
    keys = pd.DataFrame({"profile": profile, "time": time})
    counted = ~samples["status"].isin(["missing", "excluded"]).to_numpy()
    twice = keys[counted].duplicated(keep=False)
    positions = np.flatnonzero(counted)[twice.to_numpy()]
    if not len(positions):
        return
    found = samples.iloc[positions]
    groups = list(found.groupby([*_PROFILE, "time"], sort=False))
    for (subject, analyte, matrix, time), group in groups[:_LISTED_AT_MOST]:
        equal = len(group[["value", "status", "lloq", "uloq"]].drop_duplicates()) == 1
        rows = rows_in_words(group["row"].to_numpy())
        what = "the same level" if equal else "different levels"
        findings.note(
            "DUPLICATE_EQUAL" if equal else "DUPLICATE_TIMES",
            f"{rows.capitalize()}: {len(group)} samples at one time, with {what}.",
            subject=subject,
            analyte=analyte,
            matrix=matrix,
            time=time,
        )
    if len(groups) > _LISTED_AT_MOST:
        findings.note(
            "DUPLICATE_TIMES", f"{len(groups) - _LISTED_AT_MOST} more times with several samples are not listed."
        )
