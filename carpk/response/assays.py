"""How two assays of the same cells agree.

All agreement is between logarithms to base 10 of levels that both assays quantified. Assays differ in unit, so their
mean ratio is a conversion (copies/ug in one cell/uL), not a bias.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.profiles import Booleans, Floats, Integers

FEWEST_PAIRS = 3
"""Pairs that a line or correlation needs."""

FEWEST_PATIENTS = 3
"""Patients that limits of agreement need."""

_COVERAGE = 0.95  # share of pairs that limits of agreement are to hold


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its confidence interval; NaN where there is none."""

    value: float
    low: float
    high: float


_NOTHING = Interval(np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two assays agree where both quantified.

    Levels below a limit are in none of these numbers: near the limit of one assay they hold its higher levels only.

    Attributes
    ----------
    n_pairs, n_patients : int
        Pairs of samples quantified by both assays, and the patients they come from.
    slope, intercept : float
        Orthogonal line log10(second) = intercept + slope log10(first): Deming regression with variance ratio 1.
    scatter : float
        Standard deviation of log10(second) around the line, n - 2 degrees of freedom.
    pearson, spearman : float
        Correlation of the logarithms, and of their ranks.
    mean_ratio : Interval
        Geometric mean over patients of first / second, each patient being one geometric mean.
    lower_limit, upper_limit : Interval
        Ratios between which 95 % of pairs are to lie (Bland and Altman), several pairs of a patient taken into account.
    level : float
        Of the confidence intervals.
    line_reason, limits_reason : str
        Why there is no line or no limits, as a sentence; else empty.
    """

    n_pairs: int
    n_patients: int
    slope: float
    intercept: float
    scatter: float
    pearson: float
    spearman: float
    mean_ratio: Interval
    lower_limit: Interval
    upper_limit: Interval
    level: float
    line_reason: str
    limits_reason: str

    def expected_second(self, first: npt.ArrayLike) -> Floats:
        """Level of the second assay on the line, for levels of the first."""
        return np.asarray(10 ** (self.intercept + self.slope * np.log10(np.asarray(first, np.float64))))

    def expected_first(self, second: npt.ArrayLike) -> Floats:
        """Level of the first assay on the line, for levels of the second."""
        return np.asarray(10 ** ((np.log10(np.asarray(second, np.float64)) - self.intercept) / self.slope))

    @property
    def fold_limit(self) -> float:
        """Largest fold, second over expected second or its inverse, within 1.96 standard deviations of the line."""
        return float(10 ** (_normal_quantile() * self.scatter))

    def off_line(self, fold: npt.ArrayLike) -> Booleans:
        """Tell deviations, as second / expected second, beyond the fold limit."""
        folds = np.asarray(fold, np.float64)
        with np.errstate(invalid="ignore"):
            return np.asarray((folds > self.fold_limit) | (folds < 1 / self.fold_limit))


def agree(first: Floats, second: Floats, patient: Integers, *, level: float = 0.95) -> Agreement:
    """Compare the levels of two assays.

    Parameters
    ----------
    first, second : (n,) float
        Levels of each pair, above zero. [any unit each]
    patient : (n,) int
        Which patient a pair is from.
    level : float
        Of the confidence intervals.

    Returns
    -------
    Agreement

    Raises
    ------
    RulesError
        The level is not between 0 and 1, or a level of an assay is not above zero.
    """
    if not 0 < level < 1:
        raise RulesError(f"agree: level must lie between 0 and 1; got {level!r}.")
    if not ((first > 0) & (second > 0)).all():
        raise RulesError("agree: every level must be above zero.")
    x, y = np.log10(first), np.log10(second)
    patients = len(np.unique(patient))
    slope, intercept, line_reason = orthogonal_line(x, y)
    pearson, spearman = (_correlation(x, y), _rank_correlation(x, y)) if not line_reason else (np.nan, np.nan)
    residual = y - intercept - slope * x
    scatter = float(np.sqrt(residual @ residual / (len(x) - 2))) if not line_reason else np.nan
    if patients < FEWEST_PATIENTS:
        limits_reason = f"{patients} patients with pairs; limits of agreement need {FEWEST_PATIENTS}."
        mean, lower, upper = _NOTHING, _NOTHING, _NOTHING
    else:
        limits_reason = ""
        mean, lower, upper = limits_of_agreement(x - y, patient, level=level)
    return Agreement(
        n_pairs=len(x),
        n_patients=patients,
        slope=slope,
        intercept=intercept,
        scatter=scatter,
        pearson=pearson,
        spearman=spearman,
        mean_ratio=_as_ratio(mean),
        lower_limit=_as_ratio(lower),
        upper_limit=_as_ratio(upper),
        level=level,
        line_reason=line_reason,
        limits_reason=limits_reason,
    )


def orthogonal_line(x: Floats, y: Floats) -> tuple[float, float, str]:
    """Fit the line that is nearest to the points at right angles: Deming regression with variance ratio 1.

    Returns
    -------
    tuple
        Slope, intercept, and why there is none as a sentence, else empty. Swapping x and y gives the same line.
    """
    if len(x) < FEWEST_PAIRS:
        return np.nan, np.nan, f"{len(x)} pairs quantified by both assays; a line needs {FEWEST_PAIRS}."
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan, np.nan, "All levels of one assay are equal; there is no line."
    across, along = x - x.mean(), y - y.mean()
    difference, product = float(along @ along - across @ across), float(across @ along)
    if product == 0:
        return np.nan, np.nan, "The levels of the two assays are not correlated; there is no line."
    # Of both forms of the root the one without cancellation.
    root = float(np.hypot(difference, 2 * product))
    slope = (difference + root) / (2 * product) if difference > 0 else 2 * product / (root - difference)
    return slope, float(y.mean() - slope * x.mean()), ""


def limits_of_agreement(
    difference: Floats, patient: Integers, *, level: float = 0.95
) -> tuple[Interval, Interval, Interval]:
    """Find the mean difference and the limits that hold 95 % of differences, with several pairs from a patient.

    Patients weigh alike. The variance of one difference is that of patients' means and a share of that within
    patients; its interval, and those of the limits, are recovered from the intervals of both (Zou 2013, Stat Methods
    Med Res 22:630, doi 10.1177/0962280211402548, the case of a level that changes between pairs). With one pair from
    each patient these are Bland and Altman's limits. The interval of the mean uses t in place of z.

    Parameters
    ----------
    difference : (n,) float
        First minus second, e.g. of logarithms.
    patient : (n,) int
        Which patient each is from; at least two.
    level : float
        Of the confidence intervals.

    Returns
    -------
    tuple of Interval
        Mean, lower limit, upper limit.
    """
    from scipy.stats import norm, t

    _, place, counts = np.unique(patient, return_inverse=True, return_counts=True)
    patients, repeats = len(counts), len(difference) - len(counts)
    means = np.bincount(place, difference) / counts
    mean, between = float(means.mean()), float(means.var(ddof=1))
    around = difference - means[place]
    within = float(around @ around) / repeats if repeats else 0.0
    inside = (1 - float(np.mean(1 / counts))) * within  # 1 / harmonic mean of the counts
    variance = between + inside
    least = variance - np.hypot(between * _below(patients - 1, level), inside * _below(repeats, level))
    largest = variance + np.hypot(between * _above(patients - 1, level), inside * _above(repeats, level))
    tail, spread = (1 - level) / 2, _normal_quantile()
    from_mean = float(norm.ppf(1 - tail)) ** 2 * between / patients
    outward = float(np.sqrt(from_mean + (spread * (np.sqrt(largest) - np.sqrt(variance))) ** 2))
    inward = float(np.sqrt(from_mean + (spread * (np.sqrt(variance) - np.sqrt(max(least, 0.0)))) ** 2))
    lower, upper = (mean + side * spread * float(np.sqrt(variance)) for side in (-1, 1))
    half = float(t.ppf(1 - tail, patients - 1)) * float(np.sqrt(between / patients))
    return (
        Interval(mean, mean - half, mean + half),
        Interval(lower, lower - outward, lower + inward),
        Interval(upper, upper - inward, upper + outward),
    )


def _normal_quantile() -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + _COVERAGE) / 2))


def _below(freedom: int, level: float) -> float:
    """How far below a variance its confidence interval reaches, as a share of it."""
    from scipy.stats import chi2

    return float(1 - freedom / chi2.ppf((1 + level) / 2, freedom)) if freedom else 0.0


def _above(freedom: int, level: float) -> float:
    from scipy.stats import chi2

    return float(freedom / chi2.ppf((1 - level) / 2, freedom) - 1) if freedom else 0.0


def _correlation(x: Floats, y: Floats) -> float:
    across, along = x - x.mean(), y - y.mean()
    return float(np.clip(across @ along / np.sqrt((across @ across) * (along @ along)), -1.0, 1.0))


def _rank_correlation(x: Floats, y: Floats) -> float:
    from scipy.stats import rankdata

    return _correlation(rankdata(x), rankdata(y))


def _as_ratio(of_logarithms: Interval) -> Interval:
    return Interval(*(float(10**part) for part in (of_logarithms.value, of_logarithms.low, of_logarithms.high)))
