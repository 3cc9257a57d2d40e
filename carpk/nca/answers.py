"""One parameter of many profiles, with the reasons why it is missing and the flags on what stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import flag_bit, reason_number

Reasons = npt.NDArray[np.int8]
Flags = npt.NDArray[np.int64]
Extent = Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One parameter of n profiles.

    Attributes
    ----------
    value : (n,) float
        NaN exactly where `reason` is not 0.
    reason, flags : (n,) int
        Numbers and bits of carpk.reasons.
    low, high : (n,) float or None
        What levels below the limit allow, NaN where that says nothing; None for what they do not concern.
    extent : mapping of str to (n,) float
        For a window: first, last, observed, coverage, extrapolated_percent; else empty.
    """

    value: Floats
    reason: Reasons
    flags: Flags
    low: Floats | None = None
    high: Floats | None = None
    extent: Extent = field(default_factory=dict)


def first_reason(*cases: tuple[Booleans, str], otherwise: str = "") -> Reasons:
    """Give the number of the reason of the first case that holds, of each profile."""
    reason: Reasons = np.full(len(cases[0][0]), reason_number(otherwise), np.int8)
    for where, code in reversed(cases):
        reason = np.where(where, np.int8(reason_number(code)), reason)
    return reason


def or_else(reason: Reasons, where: Booleans, code: str) -> Reasons:
    """Add a reason where there is none yet."""
    return np.where((reason == 0) & where, np.int8(reason_number(code)), reason)


def raised(flags: Mapping[str, Booleans], where: Booleans) -> Flags:
    """Bits of the flags that hold, of each profile, where flags may stand at all."""
    bits = np.zeros(len(where), np.int64)
    for flag, holds in flags.items():
        bits |= np.multiply(holds & where, np.int64(flag_bit(flag)), dtype=np.int64)
    return bits


def answer(value: Floats, reason: Reasons, flags: Mapping[str, Booleans] = MappingProxyType({})) -> Answer:
    """Keep a value and its flags where there is no reason against it."""
    given = reason == 0
    return Answer(np.where(given, value, np.nan), reason, raised(flags, given))


def scaled(given: Answer, factor: Floats | float) -> Answer:
    """Multiply a parameter and its bounds; flags and reasons stay."""
    if given.low is None or given.high is None:
        return Answer(given.value * factor, given.reason, given.flags)
    return Answer(given.value * factor, given.reason, given.flags, given.low * factor, given.high * factor)


def per_dose(given: Answer, dose: Floats) -> Answer:
    """Divide a parameter by the dose, where that is known."""
    known = dose > 0
    divided = scaled(given, np.divide(1.0, dose, out=np.full(len(dose), np.nan), where=known))
    reason = or_else(given.reason, ~known, "DOSE_UNKNOWN")
    return replace(divided, reason=reason, flags=np.where(reason == 0, given.flags, 0))


def unfilled(count: int, like: Answer) -> Answer:
    """Make room for an answer of `count` profiles, to be filled block by block."""

    def room(values: npt.NDArray[np.generic]) -> npt.NDArray[Any]:
        return np.empty(count, values.dtype)

    return Answer(
        room(like.value),
        room(like.reason),
        room(like.flags),
        None if like.low is None else room(like.low),
        None if like.high is None else room(like.high),
        {name: room(values) for name, values in like.extent.items()},
    )


def fill(whole: Answer, given: Answer, rows: Integers | slice) -> None:
    """Put the answer of some profiles into the room made for all of them."""
    for name in ("value", "reason", "flags", "low", "high"):
        if getattr(given, name) is not None:
            getattr(whole, name)[rows] = getattr(given, name)
    for name, values in given.extent.items():
        whole.extent[name][rows] = values
