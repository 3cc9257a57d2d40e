"""How outcomes go together with exposure: correlations, and the odds of a response."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from carpk.exposure.pairs import EXPOSURE, OUTCOME, RESPONSE
from carpk.response.association import Correlation, kendall, pearson_of_logs, spearman
from carpk.response.logistic import firth_logistic

ASSOCIATION_COLUMNS = (
    *(*EXPOSURE, *OUTCOME, "statistic", "value", "low", "high", "least", "greatest"),
    *("N", "n", "n_censored", "n_zero", "undetermined", "method", "reason"),
)
_ODDS_RATIOS = ("odds_ratio_per_doubling", "odds_ratio_low", "odds_ratio_high")
LOGISTIC_COLUMNS = (
    *(*EXPOSURE, "response", "slope", "low", "high", "intercept"),
    *_ODDS_RATIOS,
    *("N", "n", "n_with", "n_zero", "method", "reason"),
)
_METHODS = {
    "kendall": "Kendall's tau-b, pairs of unknown order as ties; Fisher interval, variance 0.437/(n - 4)",
    "spearman": "Spearman; Fisher interval, variance (1 + r^2/2)/(n - 3)",
    "pearson_log": "Pearson, of the logarithms; Fisher interval, variance 1/(n - 3)",
    "firth": "Firth's logistic regression on ln exposure; profile penalized-likelihood interval",
}


def associations(pairs: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Correlate each exposure with each outcome that is a number or a grade.

    Parameters
    ----------
    pairs : DataFrame
        As `carpk.exposure.pairs.pair` gives them.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        Columns ASSOCIATION_COLUMNS; grades have no logarithms, so no correlation of them.
    """
    lines = [
        {**dict(zip((*EXPOSURE, *OUTCOME), key, strict=True)), "N": len(group), **line}
        for key, group in pairs[pairs["kind"].isin(["number", "grade"])].groupby([*EXPOSURE, *OUTCOME], sort=False)
        for line in _correlations(group, level)
    ]
    return pd.DataFrame(lines, columns=list(ASSOCIATION_COLUMNS))


def _correlations(group: pd.DataFrame, level: float) -> list[dict[str, Any]]:
    known = group[group["exposure_value"].notna() & group["outcome_low"].notna()]
    exposure, value, low, high = (
        known[name].to_numpy(np.float64) for name in ("exposure_value", "outcome_value", "outcome_low", "outcome_high")
    )
    censored = int(np.isnan(value).sum())
    order = kendall(exposure, low, high, level=level)
    lines = [
        {
            **_line("kendall", order.correlation, censored),
            "least": order.least,
            "greatest": order.greatest,
            "undetermined": order.undetermined,
        }
    ]
    refused = Correlation(np.nan, np.nan, np.nan, len(known), "CENSORED_VALUES")
    lines.append(_line("spearman", refused if censored else spearman(exposure, value, level=level), censored))
    if (group["kind"] == "number").all():
        above = (exposure > 0) & (value > 0)
        found = refused if censored else pearson_of_logs(exposure[above], value[above], level=level)
        zeros = int((~above & ~np.isnan(value)).sum())
        lines.append({**_line("pearson_log", found, censored), "n_zero": zeros})
    return lines


def _line(statistic: str, found: Correlation, censored: int) -> dict[str, Any]:
    return {
        "statistic": statistic,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "least": found.value,
        "greatest": found.value,
        "n": found.n,
        "n_censored": censored,
        "n_zero": 0,
        "undetermined": 0,
        "method": _METHODS[statistic],
        "reason": found.reason,
    }


def regressions(pairs: pd.DataFrame, *, level: float, fewest: int) -> pd.DataFrame:
    """Fit the odds of each response as a line in ln exposure.

    Parameters
    ----------
    pairs : DataFrame
        As `carpk.exposure.pairs.pair` gives them.
    level : float
        Of the intervals.
    fewest : int
        Subjects with the response, and without it, that a fit needs.

    Returns
    -------
    DataFrame
        Columns LOGISTIC_COLUMNS; exposures of zero have no logarithm and are left out, and counted.
    """
    lines = [{**key, **_regression(rows, level, fewest)} for key, rows in by_response(pairs)]
    return pd.DataFrame(lines, columns=list(LOGISTIC_COLUMNS))


def _regression(rows: pd.DataFrame, level: float, fewest: int) -> dict[str, Any]:
    exposure, answer = (rows[name].to_numpy(np.float64) for name in ("exposure_value", "outcome_value"))
    known = ~np.isnan(exposure) & ~np.isnan(answer)
    used = known & (exposure > 0)
    fit = firth_logistic(np.log(exposure[used]), answer[used] == 1, level=level, fewest=fewest)
    slope, low, high = float(fit.slopes[0]), float(fit.low[0]), float(fit.high[0])
    return {
        "slope": slope,
        "low": low,
        "high": high,
        "intercept": fit.intercept,
        **dict(zip(_ODDS_RATIOS, np.exp2([slope, low, high]), strict=True)),
        "N": len(rows),
        "n": fit.n,
        "n_with": fit.n_with,
        "n_zero": int((known & ~used).sum()),
        "method": _METHODS["firth"],
        "reason": fit.reason,
    }


def by_response(pairs: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Name each exposure and response, and give the rows of both."""
    for key, group in pairs[pairs["kind"] == RESPONSE].groupby([*EXPOSURE, "outcome"], sort=False):
        yield dict(zip((*EXPOSURE, "response"), map(str, key), strict=True)), group
