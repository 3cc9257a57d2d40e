"""Exact limits of shares, against closed forms and scipy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from carpk.errors import RulesError
from carpk.response.proportions import clopper_pearson

counts = st.integers(1, 60).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


def test_nobody_of_ten_leaves_what_ten_misses_in_a_row_allow():
    found = clopper_pearson([0], [10])
    # (1 - p)^10 = 0.025.
    assert (found.share[0], found.low[0]) == (0.0, 0.0)
    assert found.high[0] == pytest.approx(1 - 0.025**0.1, rel=1e-12)


def test_all_of_ten_is_the_mirror_of_nobody():
    found = clopper_pearson([10], [10])
    assert (found.share[0], found.high[0]) == (1.0, 1.0)
    assert found.low[0] == pytest.approx(0.025**0.1, rel=1e-12)


def test_one_of_one_is_worked_out_by_hand():
    # P(one of one) = p = 0.025.
    assert clopper_pearson([1], [1]).low[0] == pytest.approx(0.025, rel=1e-12)


def test_of_nobody_anything_is_possible():
    found = clopper_pearson([0], [0])
    assert np.isnan(found.share[0])
    assert (found.low[0], found.high[0]) == (0.0, 1.0)


@given(st.lists(counts, min_size=1, max_size=5), st.sampled_from([0.8, 0.9, 0.95]))
def test_limits_are_those_of_scipy(pairs, level):
    found = clopper_pearson(*zip(*pairs, strict=True), level=level)
    expected = [binomtest(k, n).proportion_ci(level, method="exact") for k, n in pairs]
    np.testing.assert_allclose(found.low, [limits.low for limits in expected], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.high, [limits.high for limits in expected], rtol=1e-9, atol=1e-12)


@given(counts)
def test_counting_those_without_mirrors_the_limits(pair):
    count, total = pair
    once, mirrored = clopper_pearson([count], [total]), clopper_pearson([total - count], [total])
    assert once.low[0] == pytest.approx(1 - mirrored.high[0], abs=1e-12)


@pytest.mark.parametrize(("count", "total"), [([3], [2]), ([-1], [2]), ([0.5], [2])])
def test_a_count_that_is_none_is_refused(count, total):
    with pytest.raises(RulesError, match="whole numbers from 0 to their totals"):
        clopper_pearson(count, total)


def test_a_level_in_percent_is_refused():
    with pytest.raises(RulesError, match="level must lie between 0 and 1; got 95"):
        clopper_pearson([1], [2], level=95)
