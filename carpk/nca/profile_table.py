"""The profiles of a study: which there are, which samples make them, and when their course ends."""

import numpy as np
import pandas as pd

from carpk.errors import DataError, Finding
from carpk.profiles import Floats, Integers
from carpk.schema import Study
from carpk.terms import EVENTS, in_order

KEYS = ["subject", "analyte", "matrix"]
"""Columns that tell profiles apart."""


def samples_of(study: Study, analytes: list[str]) -> pd.DataFrame:
    """Return the samples of some analytes.

    Raises
    ------
    DataError
        An analyte comes in unlike units, or a sample has no time.
    """
    samples = study.samples[study.samples["analyte"].isin(analytes)].reset_index(drop=True)
    units = samples[["analyte", "matrix", "unit"]].drop_duplicates()
    findings = [
        Finding("UNITS_DIFFER", "error", f"{line.analyte} comes in unlike units, {line.unit} among them.")
        for line in units[units.duplicated(["analyte", "matrix"])].itertuples()
    ]
    timeless = samples[samples["time"].isna() & ~samples["status"].isin(["missing", "excluded"])]
    findings += [
        Finding("TIME_MISSING", "error", f"Subject {subject!r}: a {name} sample has no time.", row=int(row) or None)
        for subject, name, row in zip(timeless["subject"], timeless["analyte"], timeless["row"], strict=True)
    ]
    if findings:
        raise DataError(findings)
    return samples


def profile_table(study: Study, samples: pd.DataFrame) -> pd.DataFrame:
    """List every subject with every analyte in its usual matrix, and with other matrices where it has samples."""
    subjects = study.subjects[["subject", "cohort", "dose", "dose_unit", "weight"]]
    parts: list[pd.DataFrame] = []
    for key in in_order(samples["analyte"].unique()):
        of_analyte = samples[samples["analyte"] == key]
        counts = of_analyte["matrix"].value_counts(sort=False)
        for matrix in counts.sort_values(ascending=False, kind="stable").index:
            of_matrix = of_analyte[of_analyte["matrix"] == matrix]
            usual = not any(part["analyte"].iloc[0] == key for part in parts)
            there = subjects if usual else subjects[subjects["subject"].isin(of_matrix["subject"])]
            parts.append(there.assign(analyte=key, matrix=matrix, unit=of_matrix["unit"].iloc[0]))
    if not parts:  # nothing of what is analyzed was measured
        return subjects.iloc[:0].assign(analyte="", matrix="", unit="")
    return pd.concat(parts, ignore_index=True)


def profile_numbers(samples: pd.DataFrame, profiles: pd.DataFrame) -> Integers:
    """Tell the row of `profiles` that each sample belongs to."""
    numbered = profiles[KEYS].assign(number=np.arange(len(profiles)))
    return samples[KEYS].merge(numbered, on=KEYS, how="left")["number"].to_numpy(np.int64)


def course_ends(study: Study, profiles: pd.DataFrame) -> Floats:
    """Tell when a second infusion or the like ended the course of each profile; infinite where none did."""
    ending = study.events[study.events["event"].isin([key for key, event in EVENTS.items() if event.ends_course])]
    first = ending[ending["time"] > 0].groupby("subject")["time"].min()
    return profiles["subject"].map(first).fillna(np.inf).to_numpy(np.float64)
