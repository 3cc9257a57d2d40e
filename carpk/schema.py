"""The tidy tables and the frozen Study that holds them.

Every table is a pandas DataFrame whose documented columns come first; further columns of `subjects` and `samples` are
covariates, kept as they came. Text cells are str and never missing (an empty string says "not given"); numbers are
float64 and NaN where not given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd

from carpk.assessments import ASSESSMENTS as KNOWN_ASSESSMENTS
from carpk.assessments import fault_of
from carpk.errors import DataError, Finding, did_you_mean
from carpk.terms import in_order

Type = Literal["text", "number", "whole"]
Texts = pd.api.extensions.ExtensionArray
"""A column of text, as the tables hold it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a tidy table: its name, what it holds, and what stands in it."""

    name: str
    type: Type
    definition: str
    required: bool = False


SUBJECTS = (
    Column("subject", "text", "Subject id, exactly as the file has it.", required=True),
    Column("cohort", "text", "Dose group or other cohort."),
    Column("dose", "number", "Dose of the first infusion, in dose_unit."),
    Column("dose_unit", "text", "cells/kg or cells, or as given."),
    Column("weight", "number", "Body weight [kg]."),
    Column("infusion_date", "text", "ISO 8601 date or date-time of the first infusion, where times came as dates."),
)

SAMPLES = (
    Column("subject", "text", "Subject id.", required=True),
    Column("analyte", "text", "Key of the analyte, e.g. car_t_qpcr; the laboratory's word where carpk has none."),
    Column("matrix", "text", "blood, unless the file says otherwise."),
    Column("time", "number", "Actual time since the first infusion, in the study's time unit.", required=True),
    Column("nominal_time", "number", "Planned time, in the study's time unit."),
    Column("visit", "text", "Visit label as given."),
    Column("value", "number", "Level in `unit`; as measured where a number was given below the limit."),
    Column("status", "text", "One of STATUSES.", required=True),
    Column("lloq", "number", "Lower limit of quantification of this sample, in `unit`."),
    Column("uloq", "number", "Upper limit of quantification of this sample, in `unit`."),
    Column("unit", "text", "ASCII unit name, see carpk.units.", required=True),
    Column("exclusion", "text", "Why the sample is left out: a code of carpk.reasons or the user's words."),
    Column("row", "whole", "Row of the file the sample came from, as a spreadsheet shows it; 0 if none."),
)

EVENTS = (
    Column("subject", "text", "Subject id.", required=True),
    Column("event", "text", "Key of the event, e.g. tocilizumab; the file's word where carpk has none.", required=True),
    Column("time", "number", "Time since the first infusion, in the study's time unit."),
    Column("detail", "text", "What more there is to say, e.g. 'grade 2'."),
)

ASSESSMENTS = (
    Column("subject", "text", "Subject id.", required=True),
    Column("assessment", "text", "Key of the assessment, see carpk.assessments.", required=True),
    Column("time", "number", "Actual time since the first infusion, in the study's time unit.", required=True),
    Column("nominal_time", "number", "Planned time, in the study's time unit."),
    Column("visit", "text", "Visit label as given."),
    Column(
        "value",
        "number",
        "Score, tick (1 or 0), place of a stage, level or dose in `unit`; NaN where not given.",
        required=True,
    ),
    Column("text", "text", "BILAG grade; word of a stage; < or > where the value is a limit; positive or negative."),
    Column("lln", "number", "Lower limit of normal, in `unit`."),
    Column("uln", "number", "Upper limit of normal, in `unit`."),
    Column("unit", "text", "ASCII unit name, see carpk.units."),
    Column("row", "whole", "Row of the file it came from, as a spreadsheet shows it; 0 if none."),
)

PARAMETERS = (
    Column("subject", "text", "Subject id.", required=True),
    Column("cohort", "text", "Cohort of the subject."),
    Column("dose", "number", "Dose of the subject."),
    Column("analyte", "text", "Key of the analyte.", required=True),
    Column("matrix", "text", "Matrix of the samples."),
    Column("source", "text", "nca, or the name of a model."),
    Column("parameter", "text", "Key of carpk.terms.", required=True),
    Column("value", "number", "The number; NaN exactly where `reason` is not empty.", required=True),
    Column("low", "number", "Least value that the levels below the limit allow."),
    Column("high", "number", "Largest value that the levels below the limit allow."),
    Column("unit", "text", "ASCII unit name."),
    Column("method", "text", "The rule that gave the number."),
    Column("reason", "text", "Code of carpk.reasons.REASONS: why there is no number; else empty.", required=True),
    Column("flags", "text", "Codes of carpk.reasons.FLAGS, joined by ';'."),
)

WINDOWS = (
    Column("subject", "text", "Subject id.", required=True),
    Column("analyte", "text", "Key of the analyte."),
    Column("matrix", "text", "Matrix of the samples."),
    Column("parameter", "text", "Key of the window, e.g. auc_0_28d."),
    Column("first_time", "number", "First sample time used, in the study's time unit."),
    Column("last_time", "number", "Last sample time used, in the study's time unit."),
    Column("observed", "number", "Area over the part of the window that samples cover."),
    Column("coverage", "number", "Share of the window that samples cover, 0 to 1."),
    Column("extrapolated_percent", "number", "Share of the reported area that is extrapolated [%]."),
)

VISITS = (
    Column("subject", "text", "Subject id.", required=True),
    Column("cohort", "text", "Cohort of the subject."),
    Column("nominal_time", "number", "Planned time of the visit, in the study's time unit; NaN for unplanned ones."),
    Column("time", "number", "Actual time of the visit; the planned one where nothing was assessed."),
    Column("visit", "text", "Visit label as given."),
    Column("endpoint", "text", "Key of the endpoint.", required=True),
    Column("component", "text", "Criterion or change; empty for the endpoint itself.", required=True),
    Column(
        "value", "number", "Number, or 1 met and 0 not met; NaN exactly where `reason` is not empty.", required=True
    ),
    Column("observed", "number", "The same before anything was imputed."),
    Column("unit", "text", "ASCII unit name; empty for what is met or not."),
    Column("method", "text", "Name of the set of rules."),
    Column("reason", "text", "Code of carpk.reasons.REASONS: why there is no value; else empty.", required=True),
    Column("flags", "text", "Codes of carpk.reasons.FLAGS, joined by ';'."),
    Column("missing", "text", "Criteria that missing inputs leave undecided, joined by ';'."),
)

GRADES = (
    Column("subject", "text", "Subject id.", required=True),
    Column("analyte", "text", "crs or icans.", required=True),
    Column("time", "number", "Whole days since the first infusion, whatever the study's time unit.", required=True),
    Column("grade", "number", "Grade of the day, 0 to 5; NaN exactly where `reason` is not empty.", required=True),
    Column("least", "number", "Least grade that the components allow."),
    Column("greatest", "number", "Greatest grade that the components allow."),
    Column("reason", "text", "Code of carpk.reasons.REASONS: why there is no grade; else empty.", required=True),
    Column("method", "text", "The rule that gave the grade."),
    Column("fever", "number", "CRS: 1 or 0, by tick or temperature; like every component, NaN where not known."),
    Column("fever_waived", "number", "CRS: 1 where fever is no longer required, after treatment."),
    Column("hypotension", "number", "CRS: place in carpk.assessments.HYPOTENSION."),
    Column("hypoxia", "number", "CRS: place in carpk.assessments.HYPOXIA."),
    Column("ice_score", "number", "ICANS: 0 to 10."),
    Column("consciousness", "number", "ICANS: place in carpk.assessments.CONSCIOUSNESS."),
    Column("seizure", "number", "ICANS: place in carpk.assessments.SEIZURE."),
    Column("weakness", "number", "ICANS: 1 or 0."),
    Column("edema", "number", "ICANS: place in carpk.assessments.EDEMA."),
    Column("died", "number", "1 where the subject died of it."),
)

CURVES = (
    Column("subject", "text", "Subject id.", required=True),
    Column("analyte", "text", "Key of the analyte."),
    Column("matrix", "text", "Matrix of the samples."),
    Column("source", "text", "Name of the model.", required=True),
    Column("time", "number", "Time since the infusion.", required=True),
    Column("value", "number", "Level of the fitted curve.", required=True),
    Column("low", "number", "Lower end of its interval, pointwise."),
    Column("high", "number", "Upper end of its interval, pointwise."),
)

COMPARISON = (
    Column("subject", "text", "Subject id.", required=True),
    Column("analyte", "text", "Key of the analyte."),
    Column("matrix", "text", "Matrix of the samples."),
    Column("source", "text", "Name of the model.", required=True),
    Column("levels", "number", "Number of levels fitted, censored ones included."),
    Column("fitted", "number", "Number of parameters fitted."),
    Column("residual_sd", "number", "Standard deviation of the residual error on ln C."),
    Column("minus_two_log_likelihood", "number", "Of the levels, on ln C."),
    Column("aicc", "number", "Akaike's information criterion, corrected for few levels."),
    Column("bic", "number", "Bayesian information criterion."),
    Column("reason", "text", "Code of carpk.reasons.REASONS: why there is no fit; else empty.", required=True),
)

PREDICTIONS = (
    Column("subject", "text", "Subject id.", required=True),
    Column("analyte", "text", "Key of the analyte."),
    Column("matrix", "text", "Matrix of the samples."),
    Column("source", "text", "Name of the model.", required=True),
    Column("time", "number", "Time since the infusion.", required=True),
    Column("status", "text", "quantified, blq or above_uloq: how the level was fitted.", required=True),
    Column("observed", "number", "Level; where it is censored, the limit that it lies beyond.", required=True),
    Column("predicted", "number", "Level of the subject's own fitted curve.", required=True),
    Column("typical", "number", "Level of the typical curve of a population, given covariates; else missing."),
    Column("residual_sd", "number", "Standard deviation of the residual error on ln C."),
)

LOG = (
    Column("stage", "text", "read, nca, response, endpoints or fit."),
    Column("subject", "text", "Subject id, where the line concerns one."),
    Column("analyte", "text", "Key of the analyte, where the line concerns one."),
    Column("matrix", "text", "Matrix, where the line concerns one."),
    Column("time", "number", "Time of the sample, where the line concerns one."),
    Column("code", "text", "Flag, reason or finding code."),
    Column("detail", "text", "What was done, in words."),
)

STATUSES = MappingProxyType(
    {
        "quantified": "A level between the limits of quantification.",
        "blq": "Below the lower limit of quantification.",
        "not_detected": "Below the limit of detection; treated as below the limit of quantification.",
        "above_uloq": "Above the upper limit of quantification.",
        "missing": "Sample planned or listed, no level given.",
        "excluded": "Left out; `exclusion` says why.",
    }
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where data came from.

    Attributes
    ----------
    name : str
        File name without its folder, or ``DataFrame``.
    sha256 : str
        Of the file's bytes; empty for a DataFrame.
    sheet : str
        Worksheet, empty where there is none.
    """

    name: str
    sha256: str = ""
    sheet: str = ""


def empty(columns: Sequence[Column]) -> pd.DataFrame:
    """Return a table of no rows with the documented columns."""
    return conform(pd.DataFrame(index=pd.RangeIndex(0)), columns)


def conform(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Return a copy with every documented column, in order and of its type; other columns follow."""
    typed = {column.name: _typed(frame.get(column.name), column.type, len(frame)) for column in columns}
    others = {name: frame[name].to_numpy() for name in frame.columns if name not in typed}
    return pd.DataFrame({**typed, **others}, index=pd.RangeIndex(len(frame)), copy=True)


def worded(words: Sequence[str], codes: np.ndarray) -> Texts:
    """Return a column of text with few different words: the word of each code."""
    return pd.array(list(words), dtype="str").take(codes.astype(np.intp, copy=False))


def _typed(given: "pd.Series[Any] | None", kind: Type, rows: int) -> Any:
    if kind == "text":
        if given is None:
            return worded([""], np.zeros(rows, np.intp))
        text = given.array if given.dtype == "str" else pd.array(given.to_numpy(), dtype="str")
        return text.fillna("") if text.isna().any() else text
    if kind == "whole":
        return np.zeros(rows, np.int64) if given is None else given.to_numpy(np.int64)
    return np.full(rows, np.nan) if given is None else given.to_numpy(np.float64)


def check(frame: pd.DataFrame, columns: Sequence[Column], table: str) -> list[Finding]:
    """Say what keeps a table from being of the documented form."""
    findings = []
    for column in columns:
        if column.required and column.name not in frame:
            hint = did_you_mean(column.name, [str(name) for name in frame.columns])
            message = f"The {table} table has no column {column.name!r}.{hint}"
            findings.append(Finding("COLUMN_MISSING", "error", message, column=column.name))
    return findings


@dataclass(frozen=True, eq=False)
class Study:
    """One trial's data, checked, with known units, and where they came from.

    Attributes
    ----------
    subjects, samples, events : DataFrame
        Columns as in SUBJECTS, SAMPLES and EVENTS, then covariates.
    log : DataFrame
        What the reading recognized, converted, counted and found odd; columns as in LOG.
    origins : tuple of Origin
        The files and sheets read.
    time_unit : str
        Unit of every time in the tables, ``day`` unless the file says otherwise.
    title : str
        Name of the study, as the report prints it.
    assessments : DataFrame
        Scores, grades, serology and doses by visit; columns as in ASSESSMENTS.

    Raises
    ------
    DataError
        A table lacks a column, a sample has an unknown status, a quantified sample has no level, an assessment is
        unknown or cannot have come out so, or a subject is not among the subjects.
    """

    subjects: pd.DataFrame
    samples: pd.DataFrame
    events: pd.DataFrame = field(default_factory=lambda: empty(EVENTS))
    log: pd.DataFrame = field(default_factory=lambda: empty(LOG))
    origins: tuple[Origin, ...] = ()
    time_unit: str = "day"
    title: str = ""
    assessments: pd.DataFrame = field(default_factory=lambda: empty(ASSESSMENTS))

    def __post_init__(self) -> None:
        tables = (
            ("subjects", SUBJECTS),
            ("samples", SAMPLES),
            ("events", EVENTS),
            ("log", LOG),
            ("assessments", ASSESSMENTS),
        )
        findings = [found for name, columns in tables for found in check(getattr(self, name), columns, name)]
        if findings:
            raise DataError(findings)
        for name, columns in tables:
            object.__setattr__(self, name, conform(getattr(self, name), columns))
        findings = [
            *_check_statuses(self.samples),
            *_check_levels(self.samples),
            *_check_assessments(self.assessments),
            *_check_subjects(self),
        ]
        if findings:
            raise DataError(findings)

    @property
    def analytes(self) -> list[str]:
        """Analytes present, in carpk's order."""
        return in_order(self.samples["analyte"].unique())

    @property
    def cohorts(self) -> list[str]:
        """Cohorts present, by rising dose, then by name."""
        lowest = self.subjects.groupby("cohort", sort=True)["dose"].min()
        return [str(name) for name in lowest.sort_values(kind="stable").index]

    def __repr__(self) -> str:
        title = f"{self.title!r}, " if self.title else ""
        assessed = f"{len(self.assessments)} assessments, " if len(self.assessments) else ""
        return (
            f"Study({title}{len(self.subjects)} subjects, {len(self.samples)} samples, {len(self.events)} events, "
            f"{assessed}analytes {self.analytes}, times in {self.time_unit})"
        )


def _check_statuses(samples: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            "STATUS_UNKNOWN",
            "error",
            f"{status!r} is not a status; one of {list(STATUSES)}.{did_you_mean(status, STATUSES)}",
            column="status",
            value=status,
        )
        for status in samples["status"].unique()
        if status not in STATUSES
    ]


def _check_levels(samples: pd.DataFrame) -> list[Finding]:
    level = samples["value"]
    wrong = (samples["status"].to_numpy() == "quantified") & (~np.isfinite(level) | (level == 0))
    return [
        Finding(
            "LEVEL_NOT_QUANTIFIED",
            "error",
            f"Subject {row.subject!r}, time {row.time:g}: a quantified level cannot be {row.value:g}.",
            row=int(row.row) or None,
            column="value",
            value=f"{row.value:g}",
        )
        for row in samples[wrong].itertuples()
    ]


def _check_assessments(assessments: pd.DataFrame) -> list[Finding]:
    findings = []
    different = assessments.drop_duplicates(["assessment", "value", "text"])
    columns = (different[name] for name in ("subject", "time", "assessment", "value", "text", "row"))
    for subject, time, key, value, text, row in zip(*columns, strict=True):
        if key in KNOWN_ASSESSMENTS:
            fault = fault_of(key, value, text)
        else:
            fault = f"{key!r} is not an assessment that carpk knows.{did_you_mean(key, KNOWN_ASSESSMENTS)}"
        if fault:
            shown = text or f"{value:g}"
            message = f"Subject {subject!r}, time {time:g}, {shown}: {fault}"
            findings.append(Finding("ASSESSMENT_IMPOSSIBLE", "error", message, row=int(row) or None, value=shown))
    return findings


def _check_subjects(study: Study) -> list[Finding]:
    findings = []
    subjects = study.subjects["subject"]
    findings += [
        Finding("SUBJECT_TWICE", "error", f"Subject {name!r} stands twice in the subjects table.", value=str(name))
        for name in subjects[subjects.duplicated()].unique()
    ]
    for table in ("samples", "events", "assessments"):
        orphans = sorted({*getattr(study, table)["subject"].unique().tolist()}.difference(subjects.tolist()))
        findings += [
            Finding("SUBJECT_UNKNOWN", "error", f"Subject {name!r} of the {table} table is not among the subjects.")
            for name in orphans
        ]
    return findings
