"""Where a profile is quantified, and the curve that follows from it (rules Z-1, B-1 and B-2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from carpk.nca.rows import any_so_far, at, behind, counts, first_true, held, last_true
from carpk.profiles import Block, Booleans, Floats, Integers

TREATMENTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "carpk": ("zero", "drop", "zero"),
        "zero": ("zero", "zero", "zero"),
        "ich_m13a": ("zero", "drop", "drop"),
        "half_lloq": ("half", "half", "half"),
        "lloq": ("limit", "limit", "limit"),
        "missing": ("drop", "drop", "drop"),
        "consecutive": ("zero", "drop", "half"),
        "pkanalix": ("half", "half", "half"),
        "none": ("zero", "zero", "zero"),
    }
)
"""What becomes of a level below the limit before the first, between and after the last quantified one, by policy."""

_SHARE_OF_LIMIT = MappingProxyType({"zero": 0.0, "half": 0.5, "limit": 1.0, "drop": 0.0})


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The level-time curves of a block, with every level below the limit resolved.

    Attributes
    ----------
    time, level : (n, m) float
        Points of the curve. A dropped sample, padding and an unused column 0 repeat a neighboring point, so that the
        segment to it has no length.
    quantified : (n, m) bool
        True where a quantified sample stands.
    log_level : (n, m) float
        ln level of the quantified samples, 0 elsewhere.
    below : (n, m) bool
        Samples below the limit.
    dropped : (n, m) bool
        Samples that are left out of the curve.
    bridged : (n, m) bool
        Dropped samples between quantified ones.
    first : (n,) int
        Column of the first sample quantified after time 0, -1 where there is none.
    last : (n,) int
        Column of the last quantified sample, -1 where there is none.
    last_time, last_level : (n,) float
        Its time and level; meaningless where `amount` is 0.
    amount : (n,) int
        Number of quantified samples.
    samples : (n,) int
        Number of samples.
    end : (n,) float
        Time of the last sample of the curve.
    ends_quantified : (n,) bool
        Whether that sample is quantified.
    inserted : (n,) bool
        True where (0, 0) was put before the first sample.
    limit_unknown : (n,) bool
        A level is imputed from a limit that is not known.
    lloq : (n, m) float
        Limit of each sample, NaN where unknown.
    """

    time: Floats
    level: Floats
    quantified: Booleans
    log_level: Floats
    below: Booleans
    dropped: Booleans
    bridged: Booleans
    first: Integers
    last: Integers
    last_time: Floats
    last_level: Floats
    amount: Integers
    samples: Integers
    end: Floats
    ends_quantified: Booleans
    inserted: Booleans
    limit_unknown: Booleans
    lloq: Floats


def resolve(block: Block, *, time_zero: str = "insert", blq: str = "carpk", blq_tail: str = "triangle") -> Curve:
    """Put levels below the limit in their place and set time 0.

    The position of a level below the limit is told against the samples quantified after time 0, not against the peak:
    a level carried into day 0 does not make the wash-out before expansion a gap in the profile.

    Parameters
    ----------
    block : Block of n profiles
    time_zero, blq, blq_tail : str
        As in `carpk.nca.rules.NcaRules`.

    Returns
    -------
    Curve
    """
    quantified = ~np.isnan(block.value)
    below = block.present ^ quantified
    cut = _after_two_in_a_row(quantified, below, block.time) if blq == "consecutive" else np.zeros_like(below)
    quantified &= ~cut
    after_zero = quantified & (block.time > 0)
    positions = _positions(after_zero)
    level = np.where(quantified, block.value, _imputed(block, quantified, below, positions, blq, blq_tail))
    dropped = cut | (below & _is_dropped(positions, blq))
    kept = block.present & ~dropped
    samples, amount = counts(block.present), counts(quantified)
    inserted = (samples > 0) & (block.time[:, 1] > 0) & (time_zero != "none")
    kept[:, 0] = inserted
    time = block.time.copy(order="F")
    time[inserted, 0] = 0.0
    time, unresolved = held(time, kept), np.isnan(level) & kept
    last = last_true(quantified)
    level = held(np.where(kept & ~unresolved, level, 0.0), kept)
    return Curve(
        time=time,
        level=level,
        quantified=quantified,
        log_level=np.log(np.where(quantified, block.value, 1.0)),
        below=below,
        dropped=dropped,
        bridged=dropped & positions[1],
        first=first_true(after_zero),
        last=last,
        last_time=at(time, last),
        last_level=at(level, last),
        amount=amount,
        samples=samples,
        end=np.where(amount > 0, time[:, -1], block.time[:, -1]),
        ends_quantified=(amount > 0) & (last_true(kept) == last),
        inserted=inserted,
        limit_unknown=np.any(unresolved, axis=1),
        lloq=block.lloq,
    )


def _after_two_in_a_row(quantified: Booleans, below: Booleans, time: Floats) -> Booleans:
    """Everything from the second of two levels below the limit in a row on, once a level was quantified."""
    begun = any_so_far(quantified & (time > 0))
    pair = np.zeros_like(below)
    pair[:, 1:] = below[:, 1:] & below[:, :-1] & begun[:, :-1]
    return any_so_far(pair) & (quantified | below)


def _positions(after_zero: Booleans) -> tuple[Booleans, Booleans, Booleans]:
    """Whether a sample stands before the first, between, or after the last of those quantified after time 0."""
    begun = any_so_far(after_zero)
    more = np.zeros_like(begun)
    more[:, :-1] = any_so_far(after_zero[:, :0:-1])[:, ::-1]
    return ~begun, begun & more, begun & ~more


def _is_dropped(positions: tuple[Booleans, Booleans, Booleans], blq: str) -> Booleans:
    dropped = np.zeros_like(positions[0])
    for where, treatment in zip(positions, TREATMENTS[blq], strict=True):
        if treatment == "drop":
            dropped |= where
    return dropped


def _imputed(
    block: Block,
    quantified: Booleans,
    below: Booleans,
    positions: tuple[Booleans, Booleans, Booleans],
    blq: str,
    blq_tail: str,
) -> Floats | float:
    """Levels that take the place of those below the limit; NaN where that takes a limit which is not known."""
    shares = [_SHARE_OF_LIMIT[treatment] for treatment in TREATMENTS[blq]]
    if blq_tail == "half_lloq" and TREATMENTS[blq][2] != "drop":
        shares[2] = 0.5
    if not any(shares):
        return 0.0
    share = np.select(list(positions[:2]), shares[:2], shares[2])
    if blq == "pkanalix":
        # Zero before the peak, half the limit after it.
        peak = np.argmax(np.where(quantified, block.value, -np.inf), axis=1)
        share = np.where(behind(peak, below.shape[1]) & ~positions[0][:, -1:], 0.5, 0.0)
    return np.where(below & (share > 0), share * block.lloq, 0.0)


def upper_bound(block: Block, curve: Curve) -> tuple[Floats, Floats]:
    """Return times and levels with every level below the limit at its own limit, none dropped (rule B-5)."""
    level = np.where(curve.below, block.lloq, np.where(block.present, block.value, 0.0))
    time = block.time.copy(order="F")
    time[:, 0] = np.where(curve.inserted, 0.0, time[:, 0])
    level[:, 0] = np.where(curve.inserted, 0.0, level[:, 1])
    level = np.where(behind(curve.samples, level.shape[1]), at(level, curve.samples)[:, None], level)
    return time, level
