"""Groups of subjects in numbers: n, geometric mean and CV, median and range (section 7 of the rules)."""

import numpy as np
import pandas as pd

from carpk.errors import RulesError, did_you_mean

FEW = 3
"""Groups with fewer values than this get no spread."""

_GROUP = ["analyte", "matrix", "source", "parameter", "unit"]


def summarize(parameters: pd.DataFrame, by: str | None = "cohort") -> pd.DataFrame:
    """Summarize parameters by group.

    Parameters
    ----------
    parameters : DataFrame
        As `run_nca` gives them; columns as in carpk.schema.PARAMETERS.
    by : str or None
        Column that tells the groups apart; None summarizes all subjects as one group, "All".

    Returns
    -------
    DataFrame
        One row per group, analyte, matrix and parameter: `N` subjects, `n` values, `n_zero`, `n_missing`,
        `geometric_mean` and `geometric_cv_percent` = 100 sqrt(exp(s^2) - 1), s the standard deviation (n - 1) of the
        logarithms, both over the values above zero; `median`, `minimum` and `maximum` over all values; `note` says
        where the numbers are few or zeros are left out. Below three values above zero there is no CV.

    Raises
    ------
    RulesError
        There is no such column.
    """
    if by is not None and by not in parameters:
        hint = did_you_mean(by, [str(name) for name in parameters.columns])
        raise RulesError(f"summarize: the table has no column {by!r}.{hint}")
    group = by or "cohort"
    table = parameters if by else parameters.assign(cohort="All")
    positive = table["value"].where(table["value"] > 0)
    table = table.assign(positive=positive, logarithm=np.log(positive))
    # Groups stand in the order in which their subjects do, and so do parameters.
    groups = table.groupby([group, *_GROUP], sort=False)
    summary = pd.DataFrame(
        {
            "N": groups.size(),
            "n": groups["value"].count(),
            "n_zero": groups["value"].agg(lambda values: int((values == 0).sum())),
            "n_missing": groups["value"].agg(lambda values: int(values.isna().sum())),
            "geometric_mean": np.exp(groups["logarithm"].mean()),
            "geometric_cv_percent": 100 * np.sqrt(np.expm1(groups["logarithm"].var(ddof=1))),
            "median": groups["value"].median(),
            "minimum": groups["value"].min(),
            "maximum": groups["value"].max(),
        }
    ).reset_index()
    summary.loc[summary["n"] - summary["n_zero"] < FEW, "geometric_cv_percent"] = np.nan
    return summary.assign(note=_notes(summary))


def _notes(summary: pd.DataFrame) -> list[str]:
    notes = []
    for n, zeros, missing in zip(summary["n"], summary["n_zero"], summary["n_missing"], strict=True):
        said = []
        if zeros:
            said.append(f"{zeros} zero, not in the geometric mean")
        if missing:
            said.append(f"{missing} missing")
        if 0 < n < FEW:
            said.append(f"fewer than {FEW} values: no spread")
        notes.append("; ".join(said))
    return notes
