"""What is stated only as far as it is known: a number or its reason, and a grade with the bounds that gaps leave."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.profiles import Floats, Integers
from carpk.reasons import reason_number


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """A number of each subject, or why there is none.

    Attributes
    ----------
    value : (n,) float
        NaN exactly where `reason` is not 0.
    reason : (n,) int
        Numbers of carpk.reasons.
    """

    value: Floats
    reason: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """A grade or score that stands only where what is not known could not change it.

    Attributes
    ----------
    value : (n,) float
        NaN exactly where `reason` is not 0.
    least, greatest : (n,) float
        What it is at the least and at the most, whatever is not known; equal where `value` stands.
    reason : (n,) int
        Numbers of carpk.reasons.
    """

    value: Floats
    least: Floats
    greatest: Floats
    reason: Integers


def state(value: Floats, *reasons: tuple[npt.ArrayLike, str]) -> Stated:
    """State a number unless one of the reasons, of which the first counts, holds.

    Parameters
    ----------
    value : (n,) float
    *reasons : pairs of (n,) bool and str
        Where a reason holds, and its code in carpk.reasons.
    """
    places = [np.broadcast_to(np.asarray(where, np.bool_), value.shape) for where, _ in reasons]
    reason = np.select(places, [reason_number(code) for _, code in reasons], 0).astype(np.int64)
    return Stated(np.where(reason > 0, np.nan, value), reason)


def decide(least: Floats, greatest: Floats) -> Assessment:
    """State a grade or score where its bounds agree."""
    stated = state(least, (least < greatest, "COMPONENT_UNKNOWN"))
    return Assessment(stated.value, least, greatest, stated.reason)


def level_bounds(name: str, level: npt.ArrayLike, words: Sequence[str]) -> tuple[Floats, Floats]:
    """Bound a component by its levels: itself where it is known, the lowest and the highest where it is not.

    Parameters
    ----------
    name : str
        What an error calls it.
    level : (n,) float or bool
        Place in `words`; NaN where it is not known.
    words : sequence of str
        The levels, rising.

    Raises
    ------
    RulesError
        A level is none of them.
    """
    given = np.asarray(level, np.float64)
    wrong = ~(np.isnan(given) | np.isin(given, np.arange(len(words))))
    if wrong.any():
        levels = ", ".join(f"{place} ({word})" for place, word in enumerate(words))
        raise RulesError(f"{name} must be one of {levels}, or NaN where it is not known; got {given[wrong][0]:g}.")
    unknown = np.isnan(given)
    return np.where(unknown, 0.0, given), np.where(unknown, len(words) - 1.0, given)


def whole_numbers(name: str, given: npt.ArrayLike, highest: int) -> Floats:
    """Take whole numbers from 0 to the highest, or NaN where one is not known.

    Raises
    ------
    RulesError
        A number is not whole, or outside.
    """
    numbers = np.asarray(given, np.float64)
    wrong = ~(np.isnan(numbers) | np.isin(numbers, np.arange(highest + 1)))
    if wrong.any():
        raise RulesError(
            f"{name} must be a whole number from 0 to {highest}, or NaN where it is not known;"
            f" got {numbers[wrong][0]:g}."
        )
    return numbers
