"""Records of subjects in flat arrays, one subject after the other."""

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
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


def check_places(name: str, given: npt.ArrayLike, count: int) -> Integers:
    """Take places in a list of `count`, such as whose record each is.

    Raises
    ------
    RulesError
        They are no flat array of whole numbers, or one lies outside; `name` is what the error calls them.
    """
    places = np.asarray(given)
    if not places.size:
        return np.zeros(0, np.int64)
    if not np.issubdtype(places.dtype, np.integer) or places.ndim != 1:
        raise RulesError(f"{name} must be a flat array of whole numbers; got {places.dtype}.")
    wrong = (places < 0) | (places >= count)
    if wrong.any():
        raise RulesError(f"{name} must lie between 0 and {count - 1}; got {places[wrong][0]}.")
    return places.astype(np.int64)
