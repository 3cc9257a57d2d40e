"""What was observed of n patients, padded to one width, on the logarithm that the models are fitted on."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers

ABSENT, QUANTIFIED, BELOW, ABOVE = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """The samples of n patients side by side; behind a patient's last sample stands padding.

    Attributes
    ----------
    times : (n, m) float
        Time since the infusion, rising within each patient; padding repeats the last time. [day]
    log_level : (n, m) float
        ln of the level; where it was censored, ln of the limit it is known to lie below or above; 0 in padding.
    kind : (n, m) int
        ABSENT (padding), QUANTIFIED, BELOW the lower or ABOVE the upper limit of quantification.
    covariates : (n, k) float
        What a model asks for beside the times, in the order of its `covariates`; k = 0 for most.
    """

    times: Floats
    log_level: Floats
    kind: Integers
    covariates: Floats

    def __len__(self) -> int:
        return len(self.times)

    @property
    def present(self) -> Booleans:
        """Where a sample stands, (n, m)."""
        there: Booleans = self.kind != ABSENT
        return there

    @property
    def quantified(self) -> Booleans:
        """Where a level between the limits stands, (n, m)."""
        there: Booleans = self.kind == QUANTIFIED
        return there

    def take(self, rows: Integers) -> "Observations":
        """Return the patients of these rows, in their order, each as often as named."""
        return Observations(self.times[rows], self.log_level[rows], self.kind[rows], self.covariates[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The limits of quantification behind n patients' samples, side by side like their observations.

    Attributes
    ----------
    lower, upper : (n, m) float
        ln of the limit; minus and plus infinity where there is none.
    """

    lower: Floats
    upper: Floats

    def take(self, rows: Integers) -> "Limits":
        """Return those of the patients of these rows."""
        return Limits(self.lower[rows], self.upper[rows])


def observe(
    times: Floats,
    levels: Floats,
    *,
    lloq: Floats | float,
    uloq: Floats | float = np.inf,
    covariates: Floats | None = None,
) -> Observations:
    """Make observations of a full grid: n patients seen m times each.

    Parameters
    ----------
    times : (m,) or (n, m) float
        Time since the infusion, rising. [day]
    levels : (n, m) float
        Levels; below `lloq` or above `uloq` they count as censored there, NaN as not observed. [assay unit]
    lloq, uloq : number or (n, m) float
        Limits of quantification. [assay unit]
    covariates : (n, k) float, optional

    Returns
    -------
    Observations
    """
    shape = levels.shape
    kind = np.select([np.isnan(levels), levels < lloq, levels > uloq], [ABSENT, BELOW, ABOVE], QUANTIFIED).astype(
        np.int64
    )
    known = np.select([kind == ABSENT, kind == BELOW, kind == ABOVE], [1.0, lloq, uloq], levels)
    return Observations(
        times=np.array(np.broadcast_to(times, shape), np.float64),
        log_level=np.log(known),
        kind=kind,
        covariates=np.empty((shape[0], 0)) if covariates is None else covariates,
    )
