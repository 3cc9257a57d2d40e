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
    mine = study.samples["analyte"].isin(analytes)
    samples = (study.samples if mine.all() else study.samples[mine]).reset_index(drop=True)
    units = samples[["analyte", "matrix", "unit"]].drop_duplicates()
    findings = [
        Finding("UNITS_DIFFER", "error", f"{line.analyte} comes in unlike units, {line.unit} among them.")
        for line in units[units.duplicated(["analyte", "matrix"])].itertuples()
    ]
    timeless = samples[samples["time"].isna()]
    timeless = timeless[~timeless["status"].isin(["missing", "excluded"])]
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
    kinds = samples.groupby(["analyte", "matrix"], sort=False, as_index=False).agg(
        unit=("unit", "first"), count=("unit", "size")
    )
    parts: list[pd.DataFrame] = []
    for key in in_order(kinds["analyte"].unique()):
        of_analyte = kinds[kinds["analyte"] == key].sort_values("count", ascending=False, kind="stable")
        usual = of_analyte["matrix"].iloc[0]
        for matrix, unit in zip(of_analyte["matrix"], of_analyte["unit"], strict=True):
            there = subjects
            if matrix != usual:
                own = (samples["analyte"] == key) & (samples["matrix"] == matrix)
                there = subjects[subjects["subject"].isin(samples.loc[own, "subject"])]
            parts.append(there.assign(analyte=key, matrix=matrix, unit=unit))
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
