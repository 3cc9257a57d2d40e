"""Profiles that Hypothesis draws, and their parameters."""

import math

import numpy as np
from hypothesis import strategies as st

from carpk.nca.choices import CHOICES
from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles

LLOQ = 50.0

quantified_levels = st.floats(LLOQ, 1e6, allow_subnormal=False).map(lambda value: float(f"{value:.4g}"))
levels = st.one_of(st.none(), quantified_levels)


def drawn(level, *, earliest=0, min_size=1, max_size=16):
    """Samples (day, level) at different multiples of 1/64 day; a level of None is below the limit."""
    times = st.integers(earliest, 12000)
    pairs = st.lists(st.tuples(times, level), min_size=min_size, max_size=max_size, unique_by=lambda pair: pair[0])
    return pairs.map(lambda pairs: sorted((time / 64, value) for time, value in pairs))


profiles = drawn(levels)
quantified_profiles = drawn(quantified_levels, min_size=2)
any_rules = st.fixed_dictionaries(
    {name: st.sampled_from(known) for name, known in CHOICES.items() if name not in ("time_basis", "duplicates")}
    | {
        "slope_includes_peak": st.booleans(),
        "slope_from": st.sampled_from([0.0, 20.0]),
        "min_points": st.sampled_from([3, 4]),
        "peak_horizon": st.sampled_from([28.0, math.inf]),
        "infinite": st.just(True),
    }
)
"""Choices for everything that NcaRules lets one choose about a profile."""


def compute(*many, time_shift=0.0, time_scale=1.0, scale=1.0, parameters=None, **rules):
    """Return the answers of all profiles, as `compute_parameters` does."""
    flat = [pair for samples in many for pair in samples]
    arrays = Profiles(
        time=np.array([time for time, _ in flat]) * time_scale + time_shift,
        value=np.array([np.nan if level is None else level * scale for _, level in flat]),
        lloq=np.full(len(flat), LLOQ * scale),
        offsets=np.cumsum([0] + [len(samples) for samples in many]),
    )
    return compute_parameters(arrays, NcaRules(**rules), day=time_scale, parameters=parameters).answers
