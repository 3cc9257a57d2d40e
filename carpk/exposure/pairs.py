"""Every subject's exposure beside every outcome: the rows that all else is computed from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import DataError, Finding, RulesError, UnitError, did_you_mean
from carpk.nca.table import NcaResult
from carpk.schema import PARAMETERS, check, conform
from carpk.terms import analyte, in_order

RESPONSE = "response"
"""What stands in `outcome_analyte` for a yes-or-no response."""

EXPOSURE = ["analyte", "matrix", "exposure"]
OUTCOME = ["outcome_analyte", "outcome"]
Responses = Mapping[str, "Mapping[str, Any] | pd.Series[Any]"]
COLUMNS = (
    *("subject", "cohort", *EXPOSURE, "exposure_value", "exposure_unit", "exposure_reason", "exposure_flags"),
    *(*OUTCOME, "kind", "outcome_value", "outcome_low", "outcome_high", "outcome_unit", "outcome_reason"),
)


def pair(
    nca: NcaResult,
    outcomes: pd.DataFrame,
    responses: Responses,
    *,
    exposures: Sequence[str],
    analytes: Sequence[str] | None,
    matrix: str | None,
) -> pd.DataFrame:
    """Put every exposure of every subject beside every outcome.

    Parameters
    ----------
    nca : NcaResult
        Gives the exposures.
    outcomes : DataFrame
        Columns as in carpk.schema.PARAMETERS.
    responses : mapping of name to mapping or Series of subject to bool
        Yes-or-no responses; None or NaN where not assessed.
    exposures : sequence of str
        Keys of parameters of the analysis.
    analytes : sequence of str, optional
        Keys of the analytes whose exposure it is; by default the CAR-T levels.
    matrix : str, optional
        Of the exposures; blood where there is some.

    Returns
    -------
    DataFrame
        Columns COLUMNS; one row per subject, exposure and outcome. A subject of either table is in it, with a reason
        where a value is missing.

    Raises
    ------
    RulesError
        There is no such parameter, analyte or matrix, a response is neither yes nor no, or no outcome is given.
    DataError
        The table of outcomes lacks a column, has a subject twice or an interval that ends before it starts, or a
        response is given for a subject that is in neither table.
    UnitError
        One outcome comes in unlike units.
    """
    findings = check(outcomes, PARAMETERS, "outcomes")
    if findings:
        raise DataError(findings)
    reported = _usual_matrix(conform(outcomes, PARAMETERS))
    measured = _exposures(nca, exposures, analytes, matrix)
    subjects = _subjects(nca, reported)
    _check_outcomes(reported)
    parts = [_reported(reported, subjects), *(_response(name, given, subjects) for name, given in responses.items())]
    by_outcome = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if by_outcome.empty and len(subjects):
        raise RulesError("exposure_response: neither an outcome nor a response is given.")
    by_exposure = _for_everyone(measured, subjects)
    pairs = by_exposure.merge(by_outcome, on="subject", how="inner", sort=False)
    return pairs[list(COLUMNS)]


def _exposures(
    nca: NcaResult, exposures: Sequence[str], analytes: Sequence[str] | None, matrix: str | None
) -> pd.DataFrame:
    table = nca.parameters[nca.parameters["source"] == "nca"]
    known = in_order(table["analyte"].unique())
    car_t = [key for key in known if analyte(key).role == "car_t"] or known
    for asked, there, what in (
        (list(exposures), [str(key) for key in table["parameter"].unique()], "parameter"),
        (list(analytes or ()), known, "analyte"),
        ([matrix] if matrix else [], [str(name) for name in table["matrix"].unique()], "matrix"),
    ):
        for key in asked:
            if key not in there:
                hint = did_you_mean(key, there)
                raise RulesError(f"exposure_response: the analysis has no {what} {key!r}; it has {there}.{hint}")
    chosen = table[table["analyte"].isin(analytes or car_t) & table["parameter"].isin(exposures)]
    chosen = chosen[chosen["matrix"] == matrix] if matrix else _usual_matrix(chosen)
    chosen = chosen.rename(
        columns={
            "parameter": "exposure",
            **{name: f"exposure_{name}" for name in ("value", "unit", "reason", "flags")},
        }
    )
    return chosen[["subject", *EXPOSURE, "exposure_value", "exposure_unit", "exposure_reason", "exposure_flags"]]


def _usual_matrix(table: pd.DataFrame) -> pd.DataFrame:
    """Keep one matrix of each analyte: blood where there is some."""
    usual = {
        key: "blood" if "blood" in set(of_analyte["matrix"]) else of_analyte["matrix"].iloc[0]
        for key, of_analyte in table.groupby("analyte", sort=False)
    }
    return table[table["matrix"] == table["analyte"].map(usual)]


def _subjects(nca: NcaResult, reported: pd.DataFrame) -> pd.DataFrame:
    """Every subject of either table, in the order of the analysis, with the cohort."""
    both = pd.concat([nca.parameters[["subject", "cohort"]], reported[["subject", "cohort"]]], ignore_index=True)
    return both.drop_duplicates("subject").reset_index(drop=True)


def _for_everyone(measured: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    kinds = measured[[*EXPOSURE, "exposure_unit"]].drop_duplicates(EXPOSURE)
    table = subjects.merge(kinds, how="cross").merge(
        measured.drop(columns="exposure_unit"), on=["subject", *EXPOSURE], how="left", sort=False
    )
    return table.assign(
        exposure_reason=table["exposure_reason"].fillna("NOT_ANALYZED"),
        exposure_flags=table["exposure_flags"].fillna(""),
    )


def _check_outcomes(reported: pd.DataFrame) -> None:
    keys = ["subject", "analyte", "parameter"]
    findings = [
        Finding("OUTCOME_TWICE", "error", f"Subject {line.subject!r} has two outcomes {line.analyte} {line.parameter}.")
        for line in reported[reported.duplicated(keys)].itertuples()
    ]
    findings += [
        Finding(
            "OUTCOME_BOUNDS",
            "error",
            f"Subject {line.subject!r}, {line.analyte} {line.parameter}: low {line.low:g} is above high {line.high:g}.",
        )
        for line in reported[reported["low"] > reported["high"]].itertuples()
    ]
    if findings:
        raise DataError(findings)
    units = reported.loc[reported["unit"] != "", ["analyte", "parameter", "unit"]].drop_duplicates()
    for line in units[units.duplicated(["analyte", "parameter"])].itertuples():
        raise UnitError(f"exposure_response: {line.analyte} {line.parameter} comes in unlike units, {line.unit!r} too.")


def _reported(reported: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Outcomes of everyone; a value known exactly, or not at all, is its own interval."""
    table = reported.rename(columns={"analyte": "outcome_analyte", "parameter": "outcome"})
    kinds = table.sort_values("unit", key=lambda unit: unit == "", kind="stable")[[*OUTCOME, "unit"]]
    kinds = kinds.drop_duplicates(OUTCOME).sort_index()
    columns = ["subject", *OUTCOME, "value", "low", "high", "reason"]
    table = subjects[["subject"]].merge(kinds, how="cross").merge(table[columns], how="left", sort=False)
    bounded = table["low"].notna() & table["high"].notna()
    return pd.DataFrame(
        {
            **{name: table[name] for name in ("subject", *OUTCOME)},
            "kind": [_kind(name) for name in table["outcome"]],
            "outcome_value": table["value"],
            "outcome_low": table["low"].where(bounded, table["value"]),
            "outcome_high": table["high"].where(bounded, table["value"]),
            "outcome_unit": table["unit"],
            "outcome_reason": table["reason"]
            .fillna("")
            .mask(table["value"].isna() & (table["reason"].fillna("") == ""), "NOT_REPORTED"),
        }
    )


def _kind(outcome: str) -> str:
    return {"grade_max": "grade", "first_time": "treatment"}.get(outcome, "number")


def _response(name: str, given: "Mapping[str, Any] | pd.Series[Any]", subjects: pd.DataFrame) -> pd.DataFrame:
    answers = {str(subject): answer for subject, answer in given.items()}
    if len(answers) < len(given):
        raise RulesError(f"exposure_response: response {name!r} is given twice for a subject.")
    strangers = sorted(set(answers) - set(subjects["subject"]))
    if strangers:
        raise DataError(
            [
                Finding(
                    "SUBJECT_UNKNOWN",
                    "error",
                    f"Response {name!r} is given for {stranger!r}, who is not among the subjects."
                    f"{did_you_mean(stranger, subjects['subject'])}",
                )
                for stranger in strangers
            ]
        )
    value = np.array([_yes_or_no(name, answers.get(subject)) for subject in subjects["subject"]], np.float64)
    return pd.DataFrame(
        {
            "subject": subjects["subject"],
            "outcome_analyte": RESPONSE,
            "outcome": name,
            "kind": RESPONSE,
            "outcome_value": value,
            "outcome_low": value,
            "outcome_high": value,
            "outcome_unit": "1",
            "outcome_reason": np.where(np.isnan(value), "NOT_ASSESSED", ""),
        }
    )


def _yes_or_no(name: str, answer: Any) -> float:
    if answer is None or answer is pd.NA or answer != answer:  # NaN alone differs from itself
        return np.nan
    if answer not in (0, 1):
        raise RulesError(f"exposure_response: response {name!r} must be True, False or not given; got {answer!r}.")
    return float(answer)
