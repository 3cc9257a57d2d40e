"""Where a profile is quantified, and the curve that follows from it (rules Z-1, B-1 and B-2)."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Block, Booleans, Floats, Integers


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
    below, embedded : (n, m) bool
        Samples below the limit: all, and those between quantified ones, which are dropped.
    first : (n,) int
        Column of the first sample quantified after time 0, -1 where there is none.
    last : (n,) int
        Column of the last quantified sample; meaningless where `amount` is 0.
    amount : (n,) int
        Number of quantified samples.
    samples : (n,) int
        Number of samples.
    end : (n,) float
        Time of the last sample.
    inserted : (n,) bool
        True where (0, 0) was put before the first sample.
    lloq : (n, m) float
        Limit of each sample, NaN where unknown.
    """

    time: Floats
    level: Floats
    quantified: Booleans
    below: Booleans
    embedded: Booleans
    first: Integers
    last: Integers
    amount: Integers
    samples: Integers
    end: Floats
    inserted: Booleans
    lloq: Floats

    def at(self, values: Floats, column: Integers) -> Floats:
        """Take one column of each row."""
        return np.take_along_axis(values, column[:, None], axis=1)[:, 0]


def resolve(block: Block, *, time_zero: str) -> Curve:
    """Put levels below the limit in their place and set time 0.

    A level below the limit is zero before the first and after the last quantified one, and dropped in between. Its
    position is told against the samples quantified after time 0, not against the peak: a level carried into day 0
    does not make the wash-out before expansion a gap in the profile.
    """
    quantified = block.present & ~np.isnan(block.value)
    below = block.present & ~quantified
    after_zero = quantified & (block.time > 0)
    seen = np.cumsum(after_zero, axis=1)
    amount = quantified.sum(axis=1)
    embedded = below & (seen > 0) & (seen < seen[:, -1:])
    samples = block.present.sum(axis=1)

    level = np.where(quantified, block.value, 0.0)
    kept = block.present & ~embedded
    inserted = (samples > 0) & (block.time[:, 1] > 0) & (time_zero == "insert")
    kept[:, 0] = inserted
    time = block.time.copy()
    time[:, 0] = np.where(inserted, 0.0, time[:, 0])

    # Every column takes the last kept point at or before it; leading unused columns take the first kept one.
    column = np.where(kept, np.arange(kept.shape[1]), 0)
    source = np.maximum.accumulate(column, axis=1)
    source = np.maximum(source, np.argmax(kept, axis=1)[:, None])
    return Curve(
        time=np.take_along_axis(time, source, axis=1),
        level=np.take_along_axis(level, source, axis=1),
        quantified=quantified,
        below=below,
        embedded=embedded,
        first=np.where(seen[:, -1] > 0, np.argmax(after_zero, axis=1), -1),
        last=quantified.shape[1] - 1 - np.argmax(quantified[:, ::-1], axis=1),
        amount=amount,
        samples=samples,
        end=block.time[:, -1],
        inserted=inserted,
        lloq=block.lloq,
    )


def upper_bound(block: Block, curve: Curve) -> Curve:
    """Return the curve in which every level below the limit lies at its own limit, none dropped (rule B-5)."""
    level = np.where(curve.quantified, block.value, np.where(curve.below, block.lloq, 0.0))
    time = block.time.copy()
    time[:, 0] = np.where(curve.inserted, 0.0, time[:, 0])
    level[:, 0] = np.where(curve.inserted, 0.0, level[:, 1])
    last = np.take_along_axis(level, curve.samples[:, None], axis=1)
    level = np.where(np.arange(level.shape[1]) > curve.samples[:, None], last, level)
    return Curve(
        time, level, curve.quantified, curve.below, np.zeros_like(curve.embedded), curve.first, curve.last,
        curve.amount, curve.samples, curve.end, curve.inserted, curve.lloq,
    )  # fmt: skip
