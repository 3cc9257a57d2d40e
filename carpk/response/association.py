"""How two numbers of a subject go together: correlations with intervals, without p-values.

Kendall's tau-b is the one that copes with values known only as a limit ("> 5000", "not by day 180"), for it asks of
each pair of subjects only who has more, and such a pair may be left undetermined.
"""

from dataclasses import dataclass

import numpy as np

from carpk.errors import RulesError
from carpk.profiles import Booleans, Floats

FEWEST = 5
"""Subjects that a correlation needs; with fewer the interval of tau does not exist."""

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation and its confidence interval.

    Attributes
    ----------
    value, low, high : float
        The correlation and its limits; a correlation of 1 or -1 has no interval of this kind, and its limits are NaN.
    n : int
        Subjects in it.
    reason : str
        Code of carpk.reasons: why there is no correlation; else empty.
    """

    value: float
    low: float
    high: float
    n: int
    reason: str


@dataclass(frozen=True, slots=True)
class Concordance:
    """Kendall's tau-b over the pairs of subjects whose order is known.

    Attributes
    ----------
    correlation : Correlation
        Pairs whose order is not known count as ties. The interval reaches from the lower limit of the least tau to the
        upper limit of the greatest, so it holds what not knowing the order adds.
    least, greatest : float
        No resolution of the undetermined pairs gives less or more; both are the value where there are none.
    undetermined : int
        Pairs of subjects whose order in the outcome is not known.
    """

    correlation: Correlation
    least: float
    greatest: float
    undetermined: int


def spearman(exposure: Floats, outcome: Floats, *, level: float = 0.95) -> Correlation:
    """Correlate the ranks.

    Parameters
    ----------
    exposure, outcome : (n,) float
        Of each subject; equal values get their mean rank.
    level : float
        Of the interval, which is Fisher's with the variance (1 + r^2 / 2) / (n - 3).

    Returns
    -------
    Correlation

    References
    ----------
    Bonett and Wright 2000, doi:10.1007/BF02294183.
    """
    from scipy.stats import rankdata

    reason = _why_none(exposure, outcome)
    if reason:
        return _none(len(exposure), reason)
    r = _pearson(rankdata(exposure), rankdata(outcome))
    return _with_interval(r, len(exposure), (1 + r**2 / 2) / (len(exposure) - 3), level)


def pearson_of_logs(exposure: Floats, outcome: Floats, *, level: float = 0.95) -> Correlation:
    """Correlate the logarithms.

    Parameters
    ----------
    exposure, outcome : (n,) float
        Of each subject, above zero.
    level : float
        Of the interval, which is Fisher's with the variance 1 / (n - 3).

    Returns
    -------
    Correlation

    Raises
    ------
    RulesError
        A value is not above zero.

    References
    ----------
    Fisher 1915, doi:10.1093/biomet/10.4.507.
    """
    if not ((exposure > 0) & (outcome > 0)).all():
        raise RulesError("pearson_of_logs: every value must be above zero.")
    reason = _why_none(exposure, outcome)
    if reason:
        return _none(len(exposure), reason)
    r = _pearson(np.log(exposure), np.log(outcome))
    return _with_interval(r, len(exposure), 1 / (len(exposure) - 3), level)


def kendall(exposure: Floats, low: Floats, high: Floats, *, level: float = 0.95) -> Concordance:
    """Compare the order of subjects by exposure with that by an outcome that may be known only as an interval.

    Of each pair of subjects the outcome is higher in the first, higher in the second, equal, or undetermined because
    the intervals overlap: two values above the limit of quantification, or one above a limit and one measured higher
    than that. tau-b = (concordant - discordant) / sqrt((pairs not tied in exposure) (pairs not tied in outcome)), an
    undetermined pair counting as tied.

    Parameters
    ----------
    exposure : (n,) float
        Of each subject.
    low, high : (n,) float
        The outcome lies in (low, high]; it is known exactly where both are equal. `high` is infinite for "above low".
    level : float
        Of the interval, which is Fisher's with the variance 0.437 / (n - 4). That variance is one without ties, so with
        many of them, as among grades, it is a guide only.

    Returns
    -------
    Concordance
        Without censoring the value is that of `scipy.stats.kendalltau`.

    Raises
    ------
    RulesError
        An interval ends before it starts.

    References
    ----------
    Pairs of known order: Oakes 1982, doi:10.2307/2530458. Interval: Fieller, Hartley and Pearson 1957,
    doi:10.1093/biomet/44.3-4.470.
    """
    if not (low <= high).all():
        raise RulesError("kendall: an outcome must lie in an interval that does not end before it starts.")
    n = len(exposure)
    first, second = np.triu_indices(n, 1)
    by_exposure = np.sign(exposure[second] - exposure[first])
    rises = surely_before(high[first], low[second], high[second])
    falls = surely_before(high[second], low[first], high[first])
    exact = (low == high)[first] & (low == high)[second]
    unknown = ~rises & ~falls & ~(exact & (low[first] == low[second]))
    excess = float(by_exposure @ (rises.astype(np.float64) - falls))
    ordered, known = np.count_nonzero(by_exposure), int(np.count_nonzero(rises | falls))
    undetermined = int(unknown.sum())
    reason = "TOO_FEW_SUBJECTS" if n < FEWEST else "" if ordered and known else "ALL_EQUAL"
    if reason:
        return Concordance(_none(n, reason), np.nan, np.nan, undetermined)
    tau = float(np.clip(excess / np.sqrt(ordered * known), -1.0, 1.0))
    open_pairs, idle = int((unknown & (by_exposure != 0)).sum()), int((unknown & (by_exposure == 0)).sum())
    extremes = [
        (excess + side * open_pairs) / np.sqrt(ordered * (known + open_pairs + more))
        for side in (-1, 1)
        for more in (0, idle)  # pairs equal in exposure only make the outcome less tied
    ]
    least, greatest = float(max(min(extremes), -1.0)), float(min(max(extremes), 1.0))
    correlation = _with_interval(tau, n, 0.437 / (n - 4), level, least=least, greatest=greatest)
    return Concordance(correlation, least, greatest, undetermined)


def surely_before(high: Floats, other_low: Floats, other_high: Floats) -> Booleans:
    """Tell where one thing is surely less than another, of which only intervals are known.

    Parameters
    ----------
    high : (n,) float
        The first is at most this.
    other_low, other_high : (n,) float
        The other lies in (other_low, other_high], or is known exactly where both are equal.
    """
    return np.asarray((high < other_low) | ((high == other_low) & (other_low < other_high)))


def _why_none(exposure: Floats, outcome: Floats) -> str:
    if len(exposure) < FEWEST:
        return "TOO_FEW_SUBJECTS"
    return "ALL_EQUAL" if np.ptp(exposure) == 0 or np.ptp(outcome) == 0 else ""


def _none(n: int, reason: str) -> Correlation:
    return Correlation(np.nan, np.nan, np.nan, n, reason)


def _pearson(x: Floats, y: Floats) -> float:
    across, along = x - x.mean(), y - y.mean()
    return float(np.clip(across @ along / np.sqrt((across @ across) * (along @ along)), -1.0, 1.0))


def _with_interval(
    value: float, n: int, variance: float, level: float, *, least: float | None = None, greatest: float | None = None
) -> Correlation:
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise RulesError(f"A correlation's level must lie between 0 and 1; got {level!r}.")
    if 1 - abs(value) < _ROUNDING:
        return Correlation(value, np.nan, np.nan, n, "")
    half = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    ends = np.array([value if least is None else least, value if greatest is None else greatest])
    with np.errstate(divide="ignore"):  # an end of -1 or 1 stays there
        low, high = np.tanh(np.arctanh(ends) + np.array([-half, half]))
    return Correlation(value, float(low), float(high), n, "")
