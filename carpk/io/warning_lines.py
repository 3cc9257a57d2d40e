"""The oddities of a reading that its reader should see at once, a line each; the study's log lists all of them."""

import pandas as pd

from carpk.io.assessment_words import normal_limit
from carpk.io.checks import FINDINGS
from carpk.schema import SAMPLES, SUBJECTS, Study

_ONLY_IN_LOG = frozenset(
    {
        "COLUMN_READ", "COLUMN_IGNORED", "LEVELS_COUNTED", "LEVEL_MISSING", "COHORT_ASSUMED", "UNIT_CONVERTED",
        "ANALYTE_ASSUMED", "BELOW_OWN_LLOQ", "ABOVE_OWN_ULOQ", "DUPLICATE_EQUAL", "EXCLUDED", "INFUSION_FROM_EVENTS",
        "ASSESSMENTS_READ",
    }
)  # fmt: skip
"""What every reading meets, or the file says itself."""

_EACH = frozenset({"LEVEL_HIGH", "UNIT_DOUBTFUL", "LEVELS_CAPPED"})
"""Of these every one is told: each is of another analyte."""

_MOST_LINES = 20


def warning_lines(study: Study) -> list[str]:
    """Say what the reading of a study met that may change a number, one line a kind.

    Returns
    -------
    list of str
        At most 20 lines of one kind, or of one doubtful analyte, each; then one of the names that were read as
        covariates, if any.
    """
    log = study.log
    shown = log[(log["stage"] == "read") & log["code"].isin(set(FINDINGS) - _ONLY_IN_LOG)]
    kind = shown["code"].where(~shown["code"].isin(_EACH), shown["code"] + shown["detail"])
    lines = [_line(str(group["code"].iloc[0]), group) for _, group in shown.groupby(kind, sort=False)]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"Warning: {len(lines) - _MOST_LINES} more kinds of warning stand in the log."]
    names = covariates(study)
    return [*lines, *([f"Read as covariates: {', '.join(names)}."] if names else [])]


def covariates(study: Study) -> list[str]:
    """Return the names of the columns that were read as covariates, of subjects and of samples."""
    known = {column.name for column in (*SUBJECTS, *SAMPLES)}
    names = [str(name) for table in (study.subjects, study.samples) for name in table.columns if name not in known]
    of_assessments = len(study.assessments) > 0  # then limits of normal were read with them
    return [name for name in names if not (of_assessments and normal_limit(name))]


def _line(code: str, group: pd.DataFrame) -> str:
    first = group.iloc[0]
    whose = f"subject {first['subject']}: " if first["subject"] else ""
    if len(group) == 1:
        return f"Warning: {whose}{first['detail']}"
    times = f"Warning: {FINDINGS[code].rstrip('.')} ({len(group)} times in the log"
    if (group["detail"] == first["detail"]).all():
        return f"{times}, first for {whose.rstrip(': ')})." if whose else f"{times})."
    return f"{times}). The first: {whose}{first['detail']}"
