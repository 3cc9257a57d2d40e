import numpy as np
import pytest

from carpk.endpoints.bilag import C, compare_with_baseline
from carpk.endpoints.logic import Range

NAN = np.nan


def exactly(value):
    """A score that is known, or, if NaN, may be anything."""
    return Range.of(np.array([value], float), 0, 105)


def grades(*given):
    return np.array([[*given, *[C] * (9 - len(given))]])


def bilag(baseline=(), now=()):
    return compare_with_baseline(grades(*now), grades(*baseline))


@pytest.fixture
def one():
    """Make an array of one number."""
    return lambda value: np.array([value], float)
