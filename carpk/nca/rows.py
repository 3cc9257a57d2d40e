"""What runs along the rows of a block, computed column by column.

The arrays of a block are column-major: one operation on a column is vector arithmetic over all its profiles, several
times faster than numpy's own functions along short rows.
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from carpk.profiles import Booleans, Floats, Integers

_Item = TypeVar("_Item", np.float64, np.int64, np.bool_)


def row_sums(values: Floats) -> Floats:
    """Sum each row of (n, m), column by column.

    The order of the additions is that of the columns, so zeros at the end of a row and the number of rows do not change
    a bit of a sum; `numpy.sum` promises neither.
    """
    total = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        total += values[:, column]
    return total


def sums_from_end(values: Floats) -> Floats:
    """Sum each row of (n, m) from its end: entry j is the sum of all from j on."""
    sums = values.copy(order="F")
    for column in range(values.shape[1] - 2, -1, -1):
        sums[:, column] += sums[:, column + 1]
    return sums


def any_so_far(where: Booleans) -> Booleans:
    """Tell whether an entry of its row, up to this one, is True."""
    seen = where.copy(order="F")
    for column in range(1, where.shape[1]):
        seen[:, column] |= seen[:, column - 1]
    return seen


def counts(where: Booleans) -> Integers:
    """Count what is True in each row."""
    counted: Integers = np.add.reduce(where.view(np.int8), axis=1, dtype=_small(where.shape[1])).astype(np.int64)
    return counted


def first_true(where: Booleans) -> Integers:
    """Column of the first True of each row, -1 where there is none."""
    width = where.shape[1]
    from_end = np.arange(width, 0, -1, dtype=_small(width))
    most = np.max(where * from_end, axis=1).astype(np.int64)
    return np.where(most > 0, width - most, -1)


def last_true(where: Booleans) -> Integers:
    """Column of the last True of each row, -1 where there is none."""
    width = where.shape[1]
    from_start = np.arange(1, width + 1, dtype=_small(width))
    most: Integers = np.max(where * from_start, axis=1).astype(np.int64)
    return most - 1


def behind(column: Integers, width: int) -> Booleans:
    """Tell the columns behind one column of each row, (n, width)."""
    kind = _small(width)
    return (np.arange(width, dtype=kind)[:, None] > column.astype(kind)).T


def _small(width: int) -> type[np.int8 | np.int32]:
    """Type that counts up to `width`; the smaller, the faster."""
    return np.int8 if width <= np.iinfo(np.int8).max else np.int32


def at(values: npt.NDArray[_Item], column: Integers) -> npt.NDArray[_Item]:
    """Take one column of each row; -1 is the last."""
    rows = len(values)
    return values.T.ravel().take(column * rows + np.arange(rows))


def held(values: Floats, kept: Booleans) -> Floats:
    """Repeat the last kept entry at or before each one of its row; before the first kept one, repeat that."""
    filled = np.empty_like(values)
    filled[:, 0] = at(values, np.maximum(first_true(kept), 0))
    for column in range(1, values.shape[1]):
        filled[:, column] = np.where(kept[:, column], values[:, column], filled[:, column - 1])
    return filled


def highest(values: Floats, where: Booleans) -> Floats:
    """Largest entry of each row among those told, -inf where there is none."""
    largest: Floats = np.max(np.where(where, values, -np.inf), axis=1)
    return largest


def lowest(values: Floats, where: Booleans) -> Floats:
    """Least entry of each row among those told, inf where there is none."""
    least: Floats = np.min(np.where(where, values, np.inf), axis=1)
    return least
