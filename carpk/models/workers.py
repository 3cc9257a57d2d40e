"""Work on batches of patients, one after the other or in processes; the batches, and so the numbers, are the same."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np

from carpk.errors import CarpkError, RulesError
from carpk.profiles import Integers

Each = Callable[..., Iterator[Any]]
"""A function like the builtin `map`: calls a function with every batch and yields the results in order."""

_PATIENTS_PER_BATCH = 50  # so that the arrays of a search stay within some tens of MB


def batches(patients: int) -> list[Integers]:
    """Return the rows of each batch of so many patients, however many workers there are."""
    return [
        np.arange(start, min(start + _PATIENTS_PER_BATCH, patients))
        for start in range(0, patients, _PATIENTS_PER_BATCH)
    ]


@contextmanager
def working(workers: int) -> Iterator[Each]:
    """Yield the builtin `map` for one worker, else the like that calls in so many processes.

    What a call raises in a process is raised here. Processes are started afresh on every system, so that what is
    called and what it is called with must be picklable.

    Raises
    ------
    RulesError
        The number of workers is none.
    CarpkError
        A process ended before its work was done.
    """
    given: object = workers
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise RulesError(f"workers must be a whole number of at least 1; got {workers!r}.")
    if workers == 1:
        yield map
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield pool.map
        except BrokenProcessPool as broken:
            raise CarpkError(
                "A worker process ended before its work was done: for want of memory, or because the script that"
                " started it has no `if __name__ == '__main__':` around its work. Try workers=1."
            ) from broken
