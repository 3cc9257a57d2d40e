"""Antibodies and complement: change, seroconversion, normalization."""

import numpy as np
import numpy.typing as npt

from carpk.endpoints.logic import Truth, difference, truth
from carpk.profiles import Floats

Texts = npt.NDArray[np.object_]


def change(values: Floats, baseline: Floats) -> Floats:
    """Subtract the baseline."""
    return difference(values, baseline)


def percent_change(values: Floats, baseline: Floats) -> Floats:
    """Express the change in percent of the baseline; NaN where that is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * (values - baseline) / baseline
    return np.where(baseline == 0, np.nan, percent)


def above(values: Floats, texts: Texts, limit: Floats) -> Truth:
    """Say where an antibody is positive: above the upper limit of normal, or called so.

    Parameters
    ----------
    values : (n,) float
        NaN where there is no number.
    texts : (n,) object
        "positive", "negative", "<" or ">" where the value is a limit, else "".
    limit : (n,) float
        Upper limit of normal, NaN where not given.
    """
    known = ~np.isnan(values) & ~np.isnan(limit)
    said = (texts == "positive") | (texts == "negative")
    surely = (texts == ">") & (values >= limit)
    surely_not = (texts == "<") & (values <= limit)
    by_number = truth((values > limit) | surely, known & ((texts == "") | surely | surely_not))
    return np.where(said, truth(texts == "positive"), by_number).astype(np.int8)


def below(values: Floats, texts: Texts, limit: Floats) -> Truth:
    """Say where complement is low: below the lower limit of normal.

    Parameters
    ----------
    values, texts : (n,)
        As in `above`.
    limit : (n,) float
        Lower limit of normal, NaN where not given.
    """
    known = ~np.isnan(values) & ~np.isnan(limit)
    surely = (texts == "<") & (values <= limit)
    surely_not = (texts == ">") & (values >= limit)
    return truth((values < limit) | surely, known & ((texts == "") | surely | surely_not))
