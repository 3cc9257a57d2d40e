"""The likelihood of quantified and censored levels against the normal distribution's own functions."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from carpk.models.likelihood import minus_two_log_likelihood, residuals
from carpk.models.observations import ABOVE, ABSENT, BELOW, QUANTIFIED, Observations, observe

SD = 0.56
SEEN = Observations(
    times=np.array([[1.0, 2.0, 3.0, 3.0]]),
    log_level=np.log([[900.0, 50.0, 1e5, 1.0]]),
    kind=np.array([[QUANTIFIED, BELOW, ABOVE, ABSENT]]),
    covariates=np.empty((1, 0)),
)
PREDICTED = np.log([[1000.0, 80.0, 6e4, 7.0]])


def test_a_quantified_level_counts_with_its_normal_density_on_ln_c():
    expected = -2 * norm.logpdf(np.log(900), np.log(1000), SD)
    assert minus_two_log_likelihood(PREDICTED, SEEN, SD)[0, 0] == pytest.approx(expected, rel=1e-12)


def test_a_level_below_the_limit_counts_with_the_chance_to_fall_below_it():
    expected = -2 * np.log(norm.cdf(np.log(50), np.log(80), SD))
    assert minus_two_log_likelihood(PREDICTED, SEEN, SD)[0, 1] == pytest.approx(expected, rel=1e-12)


def test_a_level_above_the_limit_counts_with_the_chance_to_rise_above_it():
    expected = -2 * np.log(norm.sf(np.log(1e5), np.log(6e4), SD))
    assert minus_two_log_likelihood(PREDICTED, SEEN, SD)[0, 2] == pytest.approx(expected, rel=1e-12)


def test_padding_counts_nothing():
    assert minus_two_log_likelihood(PREDICTED, SEEN, SD)[0, 3] == 0
    assert residuals(PREDICTED, SEEN, SD)[0][0, 3] == 0


def test_all_that_can_be_observed_has_probability_one():
    between, _ = quad(
        lambda level: np.exp(
            -0.5
            * minus_two_log_likelihood(np.zeros((1, 1)), observe(np.zeros(1), np.exp([[level]]), lloq=0.3), 1.0)[0, 0]
        ),
        np.log(0.3),
        np.log(3.0),
    )
    below, above = (
        np.exp(
            -0.5
            * minus_two_log_likelihood(
                np.zeros((1, 1)), observe(np.zeros(1), [[v]] * np.ones(1), lloq=0.3, uloq=3.0), 1.0
            )[0, 0]
        )
        for v in (0.1, 9.0)
    )
    assert between + below + above == pytest.approx(1.0, abs=1e-9)


def test_squared_residuals_are_minus_two_log_likelihood_but_for_what_sd_alone_sets():
    residual = residuals(PREDICTED, SEEN, SD)[0]
    constant = np.array([[np.log(2 * np.pi) + 2 * np.log(SD), 0, 0, 0]])
    assert residual**2 + constant == pytest.approx(minus_two_log_likelihood(PREDICTED, SEEN, SD), rel=1e-12)


@pytest.mark.parametrize("shift", [-40.0, -6.0, -1.0, 0.0, 1.0, 5.0])
def test_the_slope_of_the_residuals_is_their_derivative(shift):
    predicted, step = PREDICTED + shift, 1e-6
    ahead, behind = residuals(predicted + step, SEEN, SD)[0], residuals(predicted - step, SEEN, SD)[0]
    assert residuals(predicted, SEEN, SD)[1] == pytest.approx((ahead - behind) / (2 * step), abs=1e-6)


def test_far_within_or_beyond_the_limit_everything_stays_finite():
    for shift in (-500.0, 500.0):
        residual, slope = residuals(PREDICTED + shift, SEEN, SD)
        assert np.isfinite(residual).all()
        assert np.isfinite(slope).all()


def test_levels_in_another_unit_are_as_likely():
    days, levels = np.array([1.0, 5.0]), np.array([[700.0, 20.0]])
    per_ng = minus_two_log_likelihood(np.log([[1.1, 0.04]]), observe(days, levels / 1e3, lloq=0.05), SD)
    assert per_ng == pytest.approx(
        minus_two_log_likelihood(np.log([[1100.0, 40.0]]), observe(days, levels, lloq=50.0), SD), rel=1e-12
    )
