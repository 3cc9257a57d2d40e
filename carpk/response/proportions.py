"""Shares of subjects with exact intervals."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Proportions:
    """Shares and their confidence limits.

    Attributes
    ----------
    share : (n,) float
        NaN where there is nobody.
    low, high : (n,) float
        0 and 1 where there is nobody: anything is possible.
    """

    share: Floats
    low: Floats
    high: Floats


def clopper_pearson(count: npt.ArrayLike, total: npt.ArrayLike, *, level: float = 0.95) -> Proportions:
    """Find shares and their exact binomial confidence limits.

    Parameters
    ----------
    count : (n,) int
        Subjects with the event.
    total : (n,) int
        Subjects in all.
    level : float
        Of the intervals; each holds the true share at least that often, for small numbers oftener.

    Returns
    -------
    Proportions

    Raises
    ------
    RulesError
        The level is not between 0 and 1, or a count is not a whole number from 0 to its total.

    References
    ----------
    Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404; the limits as quantiles of beta distributions.

    Examples
    --------
    Nobody of ten: at most the share with which that happens to one trial in forty, 1 - 0.025^(1/10).

    >>> round(float(clopper_pearson([0], [10]).high[0]), 4)
    0.3085
    """
    from scipy.special import betaincinv

    if not 0 < level < 1:
        raise RulesError(f"clopper_pearson: level must lie between 0 and 1; got {level!r}.")
    k, n = np.asarray(count, np.float64), np.asarray(total, np.float64)
    if not ((k == np.floor(k)) & (n == np.floor(n)) & (k >= 0) & (k <= n)).all():
        raise RulesError(f"clopper_pearson: counts must be whole numbers from 0 to their totals; got {k} of {n}.")
    tail = (1 - level) / 2
    some, not_all, anybody = k > 0, k < n, n > 0
    # The parameters of a beta distribution must be above zero; where they would not be, the limit is 0 or 1.
    low = np.where(some, betaincinv(np.where(some, k, 1), n - k + 1, tail), 0.0)
    high = np.where(not_all, betaincinv(k + 1, np.where(not_all, n - k, 1), 1 - tail), 1.0)
    return Proportions(share=np.where(anybody, k / np.where(anybody, n, 1), np.nan), low=low, high=high)
