"""Exposure in groups of subjects with and without a response, by CRS grade, and with and without a treatment."""

import numpy as np
import pandas as pd

from carpk.exposure.pairs import EXPOSURE, OUTCOME
from carpk.summary import FEW, summarize

COLUMNS = (
    *(*OUTCOME, "group", *EXPOSURE, "unit", "N", "n", "n_zero", "n_missing"),
    *("geometric_mean", "geometric_cv_percent", "median", "minimum", "maximum", "note"),
)
_NOT_KNOWN = "not known"
_UNTREATED = ("NOT_TREATED",)
_TREATED = ("", "TREATMENT_UNDATED")


def exposure_by_outcome(pairs: pd.DataFrame) -> pd.DataFrame:
    """Summarize each exposure by response, grade and treatment.

    Parameters
    ----------
    pairs : DataFrame
        As `carpk.exposure.pairs.pair` gives them.

    Returns
    -------
    DataFrame
        Columns COLUMNS, as in `carpk.summarize`; groups stand in the order no, yes (or not given, given; or grades),
        not known. Fewer than three values get no mean and no median: the smallest and largest are the values.
    """
    grouped = pairs[pairs["kind"] != "number"]
    if grouped.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = grouped.assign(
        group=_groups(grouped),
        value=grouped["exposure_value"],
        parameter=grouped["exposure"],
        unit=grouped["exposure_unit"],
        source="nca",
    )
    place = table["outcome_value"].where(table["kind"] != "treatment", table["group"] == "given")
    table["place"] = place.where(table["group"] != _NOT_KNOWN, np.inf)
    parts = [
        summarize(of_outcome.sort_values("place", kind="stable"), by="group").assign(
            **dict(zip(OUTCOME, map(str, key), strict=True))
        )
        for key, of_outcome in table.groupby(OUTCOME, sort=False)
    ]
    summary = pd.concat(parts, ignore_index=True).rename(columns={"parameter": "exposure"})[list(COLUMNS)]
    summary.loc[summary["n"] < FEW, ["geometric_mean", "geometric_cv_percent", "median"]] = np.nan
    return summary


def _groups(rows: pd.DataFrame) -> list[str]:
    return [
        _group(kind, value, reason)
        for kind, value, reason in zip(rows["kind"], rows["outcome_value"], rows["outcome_reason"], strict=True)
    ]


def _group(kind: str, value: float, reason: str) -> str:
    if kind == "treatment":
        return "given" if reason in _TREATED else "not given" if reason in _UNTREATED else _NOT_KNOWN
    if reason:
        return _NOT_KNOWN
    return f"grade {value:g}" if kind == "grade" else "yes" if value else "no"
