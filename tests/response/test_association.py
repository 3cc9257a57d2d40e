"""Correlations, worked out by hand, against scipy, and under what must not change them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, norm, pearsonr, spearmanr

from carpk.errors import RulesError
from carpk.response.association import kendall, pearson_of_logs, spearman, surely_before

EXPOSURE = np.array([100.0, 400.0, 900.0, 2500.0, 8000.0, 20000.0])
OUTCOME = np.array([20.0, 10.0, 300.0, 90.0, 4000.0, 5000.0])
ABOVE = np.inf

cells = st.integers(1, 12).map(float)
columns = st.lists(st.tuples(cells, cells), min_size=5, max_size=12).map(lambda rows: np.array(rows).T)


def exact(exposure, outcome):
    return kendall(exposure, outcome, outcome)


def test_tau_of_known_values_is_worked_out_by_hand():
    # Of 15 pairs two are discordant: 20 before 10, 300 before 90. tau = (13 - 2) / 15.
    found = exact(EXPOSURE, OUTCOME)
    assert found.correlation.value == pytest.approx(11 / 15, rel=1e-12)
    assert (found.least, found.greatest, found.undetermined) == (found.correlation.value, found.correlation.value, 0)


def test_the_interval_of_tau_is_that_of_fieller_hartley_and_pearson():
    half = norm.ppf(0.975) * math.sqrt(0.437 / 2)
    found = exact(EXPOSURE, OUTCOME).correlation
    assert found.low == pytest.approx(math.tanh(math.atanh(11 / 15) - half), rel=1e-9)
    assert found.high == pytest.approx(math.tanh(math.atanh(11 / 15) + half), rel=1e-9)


def test_two_values_above_the_limit_leave_one_pair_undetermined():
    # The two highest are "> 3000": 14 pairs of known order, 12 concordant, 2 discordant.
    low = np.minimum(OUTCOME, 3000.0)
    found = kendall(EXPOSURE, low, np.where(OUTCOME > 3000, ABOVE, OUTCOME))
    assert found.undetermined == 1
    assert found.correlation.value == pytest.approx(10 / math.sqrt(15 * 14), rel=1e-12)
    assert (found.least, found.greatest) == (pytest.approx(9 / 15, rel=1e-12), pytest.approx(11 / 15, rel=1e-12))


def test_a_value_measured_above_anothers_limit_is_not_taken_for_less():
    # The fifth is "> 3000" in a less diluted sample, the sixth measured at 5000: which is higher is not known.
    low, high = OUTCOME.copy(), OUTCOME.copy()
    low[4], high[4] = 3000.0, ABOVE
    assert kendall(EXPOSURE, low, high).undetermined == 1


def test_what_is_not_known_widens_the_interval():
    low = np.minimum(OUTCOME, 50.0)
    hidden = kendall(EXPOSURE, low, np.where(OUTCOME > 50, ABOVE, OUTCOME))
    half = norm.ppf(0.975) * math.sqrt(0.437 / 2)
    assert hidden.correlation.low == pytest.approx(math.tanh(math.atanh(hidden.least) - half), rel=1e-9)
    assert hidden.correlation.high == pytest.approx(math.tanh(math.atanh(hidden.greatest) + half), rel=1e-9)


def test_an_unknown_order_between_equal_exposures_can_only_weaken_tau():
    # Two of one exposure above a limit, three with more exposure and ever less: nine pairs, all discordant. Whether the
    # tenth is tied decides between -9 / sqrt(9 * 9) and -9 / sqrt(9 * 10).
    exposure, low = np.array([1.0, 1.0, 2.0, 3.0, 4.0]), np.array([9.0, 9.0, 3.0, 2.0, 1.0])
    found = kendall(exposure, low, np.where(low == 9, ABOVE, low))
    assert (found.least, found.greatest) == (pytest.approx(-1.0), pytest.approx(-9 / math.sqrt(90), rel=1e-12))


def test_subjects_of_one_order_have_a_correlation_of_one_and_no_interval():
    found = exact(EXPOSURE, EXPOSURE).correlation
    assert (found.value, found.reason) == (1.0, "")
    assert np.isnan([found.low, found.high]).all()


def test_an_interval_is_before_what_begins_where_it_ends():
    # (30, 60] is before (60, 90], but may be one with 60 itself; 60 is before (60, 90] and not before 60.
    low = np.array([60.0, 60.0, 60.0, 60.0])
    high = np.array([90.0, 60.0, 90.0, 60.0])
    np.testing.assert_array_equal(surely_before(np.full(4, 60.0), low, high), [True, False, True, False])
    assert surely_before(np.array([59.0]), np.array([60.0]), np.array([60.0]))[0]


def test_spearman_of_known_ranks_is_worked_out_by_hand():
    # Rank differences 1, -1, 1, -1, 0, 0: rho = 1 - 6 * 4 / (6 * 35).
    rho = 1 - 24 / 210
    half = norm.ppf(0.975) * math.sqrt((1 + rho**2 / 2) / 3)
    found = spearman(EXPOSURE, OUTCOME)
    assert found.value == pytest.approx(rho, rel=1e-12)
    assert (found.low, found.high) == (
        pytest.approx(math.tanh(math.atanh(rho) - half), rel=1e-9),
        pytest.approx(math.tanh(math.atanh(rho) + half), rel=1e-9),
    )


def test_pearson_of_logarithms_and_its_interval_are_those_of_scipy():
    expected = pearsonr(np.log(EXPOSURE), np.log(OUTCOME))
    limits = expected.confidence_interval(0.9)
    found = pearson_of_logs(EXPOSURE, OUTCOME, level=0.9)
    assert (found.value, found.low, found.high) == (
        pytest.approx(expected.statistic, rel=1e-12),
        pytest.approx(limits.low, rel=1e-9),
        pytest.approx(limits.high, rel=1e-9),
    )


@pytest.mark.parametrize("correlate", [spearman, pearson_of_logs, lambda x, y: exact(x, y).correlation])
def test_four_subjects_are_too_few(correlate):
    found = correlate(EXPOSURE[:4], OUTCOME[:4])
    assert (math.isnan(found.value), found.n, found.reason) == (True, 4, "TOO_FEW_SUBJECTS")


@pytest.mark.parametrize("correlate", [spearman, pearson_of_logs, lambda x, y: exact(x, y).correlation])
def test_equal_outcomes_have_no_correlation(correlate):
    found = correlate(EXPOSURE, np.full(6, 3.0))
    assert (math.isnan(found.value), found.reason) == (True, "ALL_EQUAL")


def test_all_outcomes_above_one_limit_have_no_order():
    found = kendall(EXPOSURE, np.full(6, 5000.0), np.full(6, ABOVE))
    assert (found.correlation.reason, found.undetermined) == ("ALL_EQUAL", 15)


def test_an_interval_that_ends_before_it_starts_is_refused():
    with pytest.raises(RulesError, match="does not end before it starts"):
        kendall(EXPOSURE, OUTCOME, OUTCOME - 1)


def test_logarithms_of_zero_are_refused():
    with pytest.raises(RulesError, match="every value must be above zero"):
        pearson_of_logs(EXPOSURE * 0, OUTCOME)


def test_a_level_in_percent_is_refused():
    with pytest.raises(RulesError, match="level must lie between 0 and 1; got 95"):
        spearman(EXPOSURE, OUTCOME, level=95)


@given(columns)
def test_without_censoring_the_ranks_agree_with_scipy(rows):
    exposure, outcome = rows
    tau, rho = exact(exposure, outcome).correlation, spearman(exposure, outcome)
    if np.ptp(exposure) == 0 or np.ptp(outcome) == 0:
        assert (tau.reason, rho.reason) == ("ALL_EQUAL", "ALL_EQUAL")
    else:
        assert tau.value == pytest.approx(kendalltau(exposure, outcome).statistic, abs=1e-12)
        assert rho.value == pytest.approx(spearmanr(exposure, outcome).statistic, abs=1e-12)


@given(columns, st.integers(1, 12))
def test_the_tau_of_the_hidden_values_lies_between_the_least_and_the_greatest(rows, limit):
    exposure, outcome = rows
    hidden = outcome > limit
    found = kendall(exposure, np.where(hidden, limit, outcome), np.where(hidden, ABOVE, outcome))
    if not found.correlation.reason:
        true = kendalltau(exposure, outcome).statistic
        assert found.least - 1e-12 <= true <= found.greatest + 1e-12
        assert found.least - 1e-12 <= found.correlation.value <= found.greatest + 1e-12


@given(columns, st.lists(st.integers(0, 4), min_size=12, max_size=12))
def test_the_tau_of_values_hidden_in_intervals_lies_between_the_least_and_the_greatest(rows, widths):
    exposure, outcome = rows
    width = np.array(widths[: len(outcome)], float)
    found = kendall(exposure, outcome - np.where(width > 0, 1, 0), outcome + np.maximum(width - 1, 0))
    if not found.correlation.reason:
        true = kendalltau(exposure, outcome).statistic
        assert np.isnan(true) or found.least - 1e-12 <= true <= found.greatest + 1e-12


@given(columns, st.integers(1, 12))
def test_rising_transforms_and_the_order_of_subjects_leave_tau(rows, limit):
    exposure, outcome = rows
    low, high = np.minimum(outcome, limit), np.where(outcome > limit, ABOVE, outcome)
    once = kendall(exposure, low, high)
    turned = kendall(np.exp(exposure / 3)[::-1], low[::-1] ** 3, high[::-1] ** 3)
    np.testing.assert_allclose(
        [turned.correlation.value, turned.least, turned.greatest, turned.undetermined],
        [once.correlation.value, once.least, once.greatest, once.undetermined],
        atol=1e-12,
    )


@given(columns, st.floats(0.1, 1000), st.floats(0.1, 1000))
def test_units_leave_the_correlation_of_logarithms(rows, of_exposure, of_outcome):
    once, scaled = pearson_of_logs(*rows), pearson_of_logs(rows[0] * of_exposure, rows[1] * of_outcome)
    np.testing.assert_allclose(scaled.value, once.value, atol=1e-9)
