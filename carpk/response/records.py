"""Records of subjects in flat arrays, one subject after the other."""

import numpy as np
import numpy.typing as npt

from carpk.profiles import Integers


def subject_of_records(name: str, offsets: npt.ArrayLike, records: int) -> Integers:
    """Tell whose record each is.

    Parameters
    ----------
    name : str
        What an error calls the caller.
    offsets : (n + 1,) int
        Subject i has the records `offsets[i]:offsets[i + 1]`.
    records : int
        How many there are.

    Returns
    -------
    (records,) int

    Raises
    ------
    ValueError
        The offsets do not rise from 0 to the number of records.
    """
    ends = np.asarray(offsets, np.int64)
    if ends.ndim != 1 or not len(ends) or ends[0] != 0 or ends[-1] != records or (np.diff(ends) < 0).any():
        raise ValueError(f"{name}: offsets must rise from 0 to the number of records, {records}.")
    return np.repeat(np.arange(len(ends) - 1), np.diff(ends))
