"""How many subjects are depleted of B cells at each visit, and how many had which grade, by cohort."""

import numpy as np
import pandas as pd

from carpk.response.proportions import clopper_pearson
from carpk.response.table import ResponseResult

_ALL = "All"


def depletion_by_visit(response: ResponseResult) -> pd.DataFrame:
    """Count the subjects who are depleted of B cells at each planned visit.

    Parameters
    ----------
    response : ResponseResult

    Returns
    -------
    DataFrame
        One row per analyte, matrix, cohort (and "All") and planned time: `N` subjects of the cohort, `measured` at the
        visit, of these `not_known` (the limit leaves it open) and `depleted`; `percent` with `low` and `high` (exact
        95 % interval) of those of whom it is known. A sample without a planned time is in no visit; of several of a
        subject at one visit the first counts.
    """
    keys = ["analyte", "matrix", "cohort", "nominal_time"]
    planned = response.visits[response.visits["nominal_time"].notna()]
    planned = planned.drop_duplicates(["subject", *keys[:2], "nominal_time"])
    subjects = response.parameters.drop_duplicates(["subject", "cohort"])
    sizes = subjects["cohort"].value_counts()
    sizes[_ALL] = len(subjects)
    both = pd.concat([planned, planned.assign(cohort=_ALL)] if len(sizes) > 2 else [planned])
    order = {cohort: place for place, cohort in enumerate([*dict.fromkeys(subjects["cohort"]), _ALL])}
    counts = (
        both.assign(not_known=both["state"] == "not known", depleted=both["state"] == "depleted")
        .groupby(keys, sort=True)[["not_known", "depleted"]]
        .agg(["size", "sum"])
    )
    table = pd.DataFrame(
        {
            "measured": counts["depleted", "size"],
            "not_known": counts["not_known", "sum"],
            "depleted": counts["depleted", "sum"],
        }
    ).reset_index()
    table["place"] = table["cohort"].map(order)
    table = table.sort_values(["analyte", "matrix", "place", "nominal_time"], kind="stable", ignore_index=True)
    share = clopper_pearson(table["depleted"].to_numpy(), (table["measured"] - table["not_known"]).to_numpy())
    table = table.assign(
        N=table["cohort"].map(sizes), percent=100 * share.share, low=100 * share.low, high=100 * share.high
    )
    return table[[*keys, "N", "measured", "not_known", "depleted", "percent", "low", "high"]]


def grades_by_cohort(response: ResponseResult) -> pd.DataFrame:
    """Count the subjects with each highest grade of CRS and ICANS.

    Parameters
    ----------
    response : ResponseResult

    Returns
    -------
    DataFrame
        One row per syndrome (`analyte`) and cohort (and "All"): `N` subjects, `grade_0` to `grade_5`, `not_known`;
        `any` (grade 1 or more) with `percent`, `low` and `high` (exact 95 % interval) of those whose grade is known.
    """
    grades = response.parameters[response.parameters["parameter"] == "grade_max"]
    groups = [*dict.fromkeys(grades["cohort"])]
    rows = []
    for syndrome, of_syndrome in grades.groupby("analyte", sort=False):
        for cohort in [*groups, *([_ALL] if len(groups) > 1 else [])]:
            members = of_syndrome if cohort == _ALL else of_syndrome[of_syndrome["cohort"] == cohort]
            values = members["value"]
            counts = {f"grade_{grade}": int((values == grade).sum()) for grade in range(6)}
            known = int(values.notna().sum())
            affected = known - counts["grade_0"]
            share = clopper_pearson(np.array([affected]), np.array([known]))
            rows.append(
                {
                    "analyte": syndrome,
                    "cohort": cohort,
                    "N": len(members),
                    **counts,
                    "not_known": len(members) - known,
                    "any": affected,
                    "percent": 100 * share.share[0],
                    "low": 100 * share.low[0],
                    "high": 100 * share.high[0],
                }
            )
    return pd.DataFrame(rows)
