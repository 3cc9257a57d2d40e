"""Yes, no or unknown: what a criterion says where some of its inputs are missing.

Yes is 1, no is -1, unknown is 0, so that "and" is the minimum, "or" the maximum and "not" the negative (Kleene's
strong three-valued logic). Numbers of which only bounds are known are `Range`s: a comparison is decided where both
bounds agree.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.profiles import Booleans, Floats

Truth = npt.NDArray[np.int8]

YES, UNKNOWN, NO = np.int8(1), np.int8(0), np.int8(-1)

_DIGITS = 9


def truth(condition: Booleans, known: Booleans | bool = True) -> Truth:
    """Say yes or no where `known`, else unknown."""
    return np.where(known, np.where(condition, YES, NO), UNKNOWN).astype(np.int8)


def all_of(*parts: Truth) -> Truth:
    """Yes where all are yes, no where any is no."""
    return np.asarray(np.minimum.reduce(parts))


def any_of(*parts: Truth) -> Truth:
    """Yes where any is yes, no where all are no."""
    return np.asarray(np.maximum.reduce(parts))


def not_(part: Truth) -> Truth:
    """Turn yes and no around."""
    return -part


def numbers(part: Truth) -> Floats:
    """Write yes as 1, no as 0 and unknown as NaN."""
    return np.where(part == UNKNOWN, np.nan, (part == YES).astype(np.float64))


def from_numbers(values: Floats) -> Truth:
    """Read 1 as yes, 0 as no and NaN as unknown."""
    return truth(values == 1, ~np.isnan(values))


def difference(first: Floats, second: Floats) -> Floats:
    """Subtract numbers that were written with few decimals: 1.3 - 1.0 is 0.3, not 0.30000000000000004."""
    return np.round(first - second, _DIGITS)


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """Numbers as far as they are known: each lies between `low` and `high`, and may be either.

    Attributes
    ----------
    low, high : (n,) float
        Equal where the number is known.
    """

    low: Floats
    high: Floats

    @classmethod
    def of(cls, values: Floats, least: float, most: float) -> "Range":
        """Take missing numbers as anything from `least` to `most`."""
        missing = np.isnan(values)
        return cls(np.where(missing, least, values), np.where(missing, most, values))

    @property
    def value(self) -> Floats:
        """The numbers, NaN where not known."""
        return np.where(self.low == self.high, self.low, np.nan)

    def minus(self, other: "Range") -> "Range":
        """Subtract numbers that are independent of these."""
        return Range(difference(self.low, other.high), difference(self.high, other.low))

    def at_most(self, limit: Floats | float) -> Truth:
        """Compare with a limit that is allowed."""
        return truth(self.high <= limit, (self.high <= limit) | (self.low > limit))

    def below(self, limit: Floats | float) -> Truth:
        """Compare with a limit that is not allowed."""
        return truth(self.high < limit, (self.high < limit) | (self.low >= limit))

    def at_least(self, limit: Floats | float) -> Truth:
        """Compare with a limit that is allowed."""
        return not_(self.below(limit))
