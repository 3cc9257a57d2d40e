"""Profiles: many level-time curves in flat arrays with offsets, and the padded blocks that the numbers work on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
_Item = TypeVar("_Item", bound=np.generic)

_CELLS_PER_BLOCK = 1 << 16  # a block's arrays stay in the processor's cache


def rise_by_profile(profile: Integers, time: Floats) -> bool:
    """Tell whether samples stand profile by profile, each later than the one before it."""
    step = np.diff(profile)
    return bool(((step > 0) | ((step == 0) & (time[1:] > time[:-1]))).all())


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some profiles side by side, padded to one width.

    Column 0 is free for the level at time 0; the samples follow from column 1 on.

    Attributes
    ----------
    rows : (n,) int
        Which profiles these are.
    time : (n, m) float
        Sample times; behind the last sample its time is repeated.
    value : (n, m) float
        Quantified levels; NaN below the limit, in column 0 and behind the last sample.
    lloq : (n, m) float
        Lower limit of quantification of each sample, NaN where unknown.
    present : (n, m) bool
        True where a sample stands.
    """

    rows: Integers
    time: Floats
    value: Floats
    lloq: Floats
    present: Booleans


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """Level-time curves of n profiles, one after the other.

    Parameters
    ----------
    time : (samples,) float
        Time since infusion, zero or later, rising within each profile.
    value : (samples,) float
        Quantified level, positive; NaN for a sample below the lower limit of quantification.
    lloq : (samples,) float
        Lower limit of quantification of each sample, in the unit of `value`; NaN where unknown.
    offsets : (n + 1,) int
        Profile i is `offsets[i]:offsets[i + 1]`.

    Raises
    ------
    ValueError
        The arrays do not fit together, or a number is not of the kind described above.
    """

    time: Floats
    value: Floats
    lloq: Floats
    offsets: Integers

    def __post_init__(self) -> None:
        for name in ("time", "value", "lloq"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), np.float64))
        object.__setattr__(self, "offsets", np.ascontiguousarray(self.offsets, np.int64))
        self._check_shapes()
        self._check_values()

    def _check_shapes(self) -> None:
        if not self.time.shape == self.value.shape == self.lloq.shape or self.time.ndim != 1:
            raise ValueError("Profiles: time, value and lloq must be flat arrays of one length.")
        ends = self.offsets
        if ends.ndim != 1 or not len(ends) or ends[0] != 0 or ends[-1] != len(self.time) or (np.diff(ends) < 0).any():
            raise ValueError("Profiles: offsets must rise from 0 to the number of samples.")

    def _check_values(self) -> None:
        if not np.isfinite(self.time).all() or (self.time < 0).any():
            raise ValueError("Profiles: times must be finite and not before the infusion.")
        with np.errstate(invalid="ignore"):
            if np.isinf(self.value).any() or (self.value <= 0).any():
                raise ValueError("Profiles: quantified levels must be positive and finite; NaN is below the limit.")
        rising = np.diff(self.time) > 0
        starts = self.offsets[1:-1]
        rising[starts[(starts > 0) & (starts < len(self.time))] - 1] = True
        if not rising.all():
            raise ValueError("Profiles: times must rise within each profile.")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def to_block(self, block: Block, flat: npt.NDArray[_Item]) -> npt.NDArray[_Item]:
        """Return what a flat array says of the samples of a block, (n, m), zero where there is no sample."""
        padded = np.zeros(block.present.shape, flat.dtype, order="F")
        padded.T[block.present.T] = flat[self._places(block)]
        return padded

    def from_block(self, block: Block, padded: npt.NDArray[_Item], flat: npt.NDArray[_Item]) -> None:
        """Put what is said of the samples of a block, (n, m), into its places of a flat array."""
        flat[self._places(block)] = padded.T[block.present.T]

    def _places(self, block: Block) -> Integers:
        # Column by column, as the arrays of a block lie in memory.
        column = np.arange(-1, block.time.shape[1] - 1)[:, None]
        return (self.offsets[block.rows] + column)[block.present.T]

    def blocks(self) -> Iterator[Block]:
        """Yield all profiles, padded; profiles of like length share a block. Without profiles, one empty block."""
        counts = np.diff(self.offsets)
        order = np.argsort(counts, kind="stable")
        if not len(order):
            yield self._block(order, counts, 2)
        start = 0
        while start < len(order):
            # Profiles come by rising length, so the last of a block is its width.
            fewest = int(counts[order[start]])
            rows = order[start : start + max(1, _CELLS_PER_BLOCK // (fewest + 2))]
            rows = rows[: int(np.searchsorted(counts[rows], 2 * fewest + 2, side="right"))]
            yield self._block(rows, counts[rows], max(int(counts[rows[-1]]), 1) + 1)
            start += len(rows)

    def _block(self, rows: Integers, counts: Integers, width: int) -> Block:
        # Column-major, so that what runs along a profile is vector arithmetic over profiles.
        column = np.arange(width - 1)[:, None]
        place = self.offsets[rows] + np.minimum(column, np.maximum(counts - 1, 0))
        present = np.zeros((width, len(rows)), np.bool_)
        present[1:] = column < counts

        def padded(values: Floats, unused: float) -> Floats:
            block = np.empty(present.shape)
            block[0] = unused
            np.take(values if len(values) else np.zeros(1), place, mode="clip", out=block[1:])
            return block

        time, value, lloq = padded(self.time, 0.0), padded(self.value, np.nan), padded(self.lloq, np.nan)
        time[0] = time[1]
        if not present[1:].all():
            time *= counts > 0
            value, lloq = np.where(present, value, np.nan), np.where(present, lloq, np.nan)
        return Block(rows, time.T, value.T, lloq.T, present.T)
