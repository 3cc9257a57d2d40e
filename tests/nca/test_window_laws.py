"""What every area over a window obeys, whatever the rules: every choice that shapes one, with every other."""

import itertools

import numpy as np
import pytest
from drawn_profiles import compute, drawn, levels
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carpk.nca.choices import CHOICES
from carpk.nca.rules import NcaRules

KINDS = (
    [(0.0, None), (3.0, None), (7.0, 900.0), (14.0, 8000.0), (28.0, 300.0)],  # leading levels below the limit
    [(0.0, 400.0), (2.0, None), (7.0, 900.0), (10.0, 700.0), (21.0, 60.0)],  # a wash-out; ends quantified
    [(1.0, 60.0), (7.0, 5000.0), (14.0, None), (21.0, 800.0), (28.0, None), (35.0, None), (60.0, 90.0)],  # embedded
    [(0.0, None), (7.0, 5000.0), (14.0, 900.0), (21.0, 90.0), (26.5, 70.0), (60.0, None), (90.0, None)],  # trailing
    [(0.0, None), (7.0, None), (21.0, None), (28.0, None)],
    [(3.0, 90.0), (9.0, 70.0), (13.0, 700.0), (24.0, 4000.0)],  # still rising
)
"""Profiles that stand in every draw; of like length, as the drawn ones, so that they are computed in one block."""

profiles = drawn(levels, min_size=4, max_size=10)

starts, lengths = st.floats(0, 80), st.floats(0.1, 60)


def every_ending():
    """Every way to go on after the last quantified level."""
    names = ("tail", "blq_tail", "clast")
    for choices in itertools.product(*(CHOICES[name] for name in names)):
        yield dict(zip(names, choices, strict=True))


@pytest.mark.parametrize("method", CHOICES["auc_method"])
@pytest.mark.parametrize("policy", CHOICES["blq"])
@settings(max_examples=3)
@given(many=st.lists(profiles, min_size=6, max_size=12), start=starts, first=lengths, second=lengths)
@example(many=[], start=0, first=28, second=62)  # the usual windows, and their visit windows
def test_areas_of_adjacent_windows_add_up_and_a_longer_one_is_never_smaller(method, policy, many, start, first, second):
    middle, end = start + first, start + first + second
    windows = {"one": (start, middle), "two": (middle, end), "both": (start, end)}
    for ending in every_ending():
        answers = compute(*KINDS, *many, auc_method=method, blq=policy, windows=windows, **ending)
        one, two, both = (answers[key].value for key in NcaRules(windows=windows).window_keys)
        # Where both parts are given the whole is, too.
        np.testing.assert_allclose(one + two, both + 0 * (one + two), rtol=1e-9, atol=1e-9, err_msg=str(ending))
        smaller = both < one * (1 - 1e-12) - 1e-9
        assert not smaller.any(), ending
