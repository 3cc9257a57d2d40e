"""Answers: one parameter of many courses, with its bounds and with a reason for every gap."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import flag_bit, reason_number
from carpk.response.courses import Bounds


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One parameter of n courses.

    Attributes
    ----------
    value : (n,) float
        NaN exactly where `reason` is not 0.
    low, high : (n,) float
        Least and largest value that the data allow; NaN where the value is known exactly or nothing is.
    reason, flags : (n,) int
        Numbers and bits of carpk.reasons.
    """

    value: Floats
    low: Floats
    high: Floats
    reason: Integers
    flags: Integers


def first_reason(count: int, *reasons: tuple[Booleans, str]) -> Integers:
    """Tell by its number the first reason that holds for each of `count` courses, 0 where none does."""
    return np.select(
        [where for where, _ in reasons] or [np.zeros(count, np.bool_)],
        [reason_number(code) for _, code in reasons] or [0],
        0,
    ).astype(np.int64)


def flag_bits(count: int, flags: Mapping[str, Booleans]) -> Integers:
    """Set the flags of each of `count` courses as bits."""
    bits = np.zeros(count, np.int64)
    for flag, where in flags.items():
        bits |= np.where(where, flag_bit(flag), 0)
    return bits


def exact(value: Floats, reason: Integers, flags: Mapping[str, Booleans] | None = None) -> Answer:
    """Make an answer of numbers that are known where there is no reason against them."""
    return within(Bounds(value, value), reason, flags)


def within(
    bounds: Bounds,
    reason: Integers,
    flags: Mapping[str, Booleans] | None = None,
    *,
    value: Floats | None = None,
    open_as: Integers | None = None,
) -> Answer:
    """Make an answer of numbers that are known to lie within bounds.

    Parameters
    ----------
    bounds : Bounds of n numbers
    reason : (n,) int
        Why there is no number whatever its bounds; 0 elsewhere.
    flags : mapping of flag to (n,) bool
    value : (n,) float, optional
        What to report where the bounds differ and the upper one is finite. Without it, a number that is not known
        exactly is missing: above the upper limit, or below the lower one.
    open_as : (n,) int, optional
        Number of the reason where a bound is infinite; a level above the upper limit, if not given.
    """
    given = reason == 0
    open_ended = given & (np.isinf(bounds.high) | np.isinf(bounds.low))
    unknown = given & ~bounds.known & ~open_ended
    reason = np.where(open_ended, reason_number("ABOVE_ULOQ") if open_as is None else open_as, reason)
    if value is None:
        reason = np.where(unknown, reason_number("BELOW_LIMIT"), reason)
        value = bounds.low
    told = given & ~bounds.known
    return Answer(
        value=np.where(reason == 0, np.where(bounds.known, bounds.low, value), np.nan),
        low=np.where(told, bounds.low, np.nan),
        high=np.where(told, bounds.high, np.nan),
        reason=reason,
        flags=np.where(given, flag_bits(len(reason), flags or {}), 0),
    )


def dated(bounds: Bounds, reason: Integers, flags: Mapping[str, Booleans] | None = None, *, open_as: str) -> Answer:
    """Make an answer of times at which something was first seen, having happened since the sample before.

    Parameters
    ----------
    bounds : Bounds of n times
        The sample before, and the sample that shows it; an infinite upper bound says that none does.
    reason : (n,) int
    flags : mapping of flag to (n,) bool
    open_as : str
        Reason where no sample shows it.
    """
    given = reason == 0
    never = given & np.isinf(bounds.high)
    reason = np.where(never, reason_number(open_as), reason)
    return Answer(
        value=np.where(reason == 0, bounds.high, np.nan),
        low=np.where(given, bounds.low, np.nan),
        high=np.where(given, bounds.high, np.nan),
        reason=reason,
        flags=np.where(given, flag_bits(len(reason), flags or {}), 0),
    )
