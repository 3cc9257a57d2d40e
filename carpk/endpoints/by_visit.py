"""Endpoints of groups by planned visit: how many met them, with exact intervals, and numbers in mean and median."""

import numpy as np
import pandas as pd

from carpk.response.proportions import clopper_pearson

ALL = "All"
_VISIT = ["cohort", "nominal_time", "endpoint", "component"]
_SHARE = ["n", "percent", "low", "high"]
_NUMBER = ["mean", "sd", "median", "minimum", "maximum"]


def summarize_visits(visits: pd.DataFrame, cohorts: list[str], numbers: set[str], *, confidence: float) -> pd.DataFrame:
    """Summarize endpoints by cohort and planned visit; all subjects together too, where there are several cohorts.

    Parameters
    ----------
    visits : DataFrame
        Columns as in carpk.schema.VISITS. Unplanned visits are left out.
    cohorts : list of str
        In the order wanted.
    numbers : set of str
        Endpoints that are numbers; the others are met or not.
    confidence : float
        Level of the intervals.

    Returns
    -------
    DataFrame
        One row per cohort, planned visit, endpoint and component: `visit`, `unit`, `method`, `N` subjects with a value,
        `missing` without one, `not_applicable` subjects to whom it does not apply, `imputed` counted as not met; for
        what is met or not `n` met, `percent`, `low` and `high` (exact limits [%]); for numbers `mean`, `sd`, `median`,
        `minimum` and `maximum`.
    """
    planned = visits[visits["nominal_time"].notna()]
    if len(cohorts) > 1 and ALL not in cohorts:
        planned = pd.concat([planned, planned.assign(cohort=ALL)], ignore_index=True)
        cohorts = [*cohorts, ALL]
    groups = planned.assign(
        is_imputed=planned["flags"] != "",
        spared=planned["reason"] == "NOT_APPLICABLE",
        without=~planned["reason"].isin(["", "NOT_APPLICABLE"]),
        yes=planned["value"] == 1,
    ).groupby(_VISIT, sort=False)
    table = groups.agg(
        visit=("visit", "max"),
        unit=("unit", "first"),
        method=("method", "first"),
        N=("value", "count"),
        n=("yes", "sum"),
        imputed=("is_imputed", "sum"),
        missing=("without", "sum"),
        not_applicable=("spared", "sum"),
        mean=("value", "mean"),
        sd=("value", "std"),
        median=("value", "median"),
        minimum=("value", "min"),
        maximum=("value", "max"),
    ).reset_index()
    return _in_order(_shares_or_numbers(table, numbers, confidence), visits, cohorts)


def _shares_or_numbers(table: pd.DataFrame, numbers: set[str], confidence: float) -> pd.DataFrame:
    """Keep shares of what is met or not, and means of numbers."""
    total = table["N"].to_numpy(np.int64)
    found = clopper_pearson(table["n"].to_numpy(np.int64), total, level=confidence)
    is_share = ~table["endpoint"].isin(numbers)
    # Of nobody nothing is known: no share and no limits.
    low, high = (np.where(total == 0, np.nan, 100 * limit) for limit in (found.low, found.high))
    table = table.assign(percent=100 * found.share, low=low, high=high)
    for names, dropped in ((_SHARE, ~is_share), (_NUMBER, is_share)):
        table[names] = table[names].astype(np.float64)
        table.loc[dropped, names] = np.nan
    return table[[*_VISIT, "visit", "unit", "method", "N", "missing", "not_applicable", "imputed", *_SHARE, *_NUMBER]]


def _in_order(table: pd.DataFrame, visits: pd.DataFrame, cohorts: list[str]) -> pd.DataFrame:
    """By cohort and visit, then as the endpoints come."""
    ranks = {name: position for position, name in enumerate(cohorts)}
    kinds = visits[["endpoint", "component"]].drop_duplicates()
    places = {pair: position for position, pair in enumerate(kinds.itertuples(index=False, name=None))}
    pairs = zip(table["endpoint"], table["component"], strict=True)
    order = table.assign(rank=table["cohort"].map(ranks), place=[places[pair] for pair in pairs])
    order = order.sort_values(["rank", "nominal_time", "place"], kind="stable", ignore_index=True)
    return order.drop(columns=["rank", "place"])
