"""The estimator of populations against closed forms: a linear mixed model, quadrature, numerical derivatives."""

import numpy as np
import pytest
from models.line import LINE, draw, exact
from scipy import integrate, optimize, stats

from carpk.models.censoring import error_derivatives, squared_errors
from carpk.models.importance import draw_points
from carpk.models.likelihood import minus_two_log_likelihood
from carpk.models.maximization import Moments, maximize
from carpk.models.observations import observe
from carpk.models.population import estimate
from carpk.models.population_design import Effect, describe_population
from carpk.models.population_model import Population
from carpk.models.population_rules import Effort, PopulationRules, Prior

QUICK = Effort(exploring=60, smoothing=40, settling=15)


def fitted(observed, effects=(), seed=1, effort=QUICK, **choices):
    population = describe_population(LINE, observed, PopulationRules(**choices), effects)
    return population, estimate(population, seed=seed, effort=effort)


def unpacked(numbers, full):
    """Coefficients, covariance and residual SD of a vector without bounds."""
    root = np.array([[np.exp(numbers[2]), 0.0], [numbers[5] if full else 0.0, np.exp(numbers[3])]])
    return numbers[:2], root @ root.T, np.exp(numbers[4])


def most_likely(observed, full=False):
    """Maximum of the closed-form likelihood, by a general optimizer."""
    design = np.broadcast_to(np.eye(2), (len(observed), 2, 2))
    found = optimize.minimize(
        lambda numbers: exact(observed, design, *unpacked(numbers, full)).minus_two_log_likelihood,
        np.array([5.0, -0.5, -0.3, -1.2, -0.9, 0.0][: 6 if full else 5]),
        method="BFGS",
    )
    return unpacked(found.x, full)


@pytest.mark.parametrize("omega", ["diagonal", "full"])
def test_a_linear_mixed_model_is_estimated_where_its_likelihood_is_largest(omega):
    observed = draw(40, seed=1, covariance=((0.5, 0.1), (0.1, 0.09)))
    population, found = fitted(observed, omega=omega)
    coefficients, covariance, sd = most_likely(observed, full=omega == "full")
    error = found.judgement.information.standard_error
    rows, columns = population.estimated_covariances
    assert np.abs(found.population.coefficients - coefficients) / error[:2] == pytest.approx(0, abs=0.1)
    moved = (found.population.covariance - covariance)[rows, columns]
    assert np.abs(moved) / error[2:-1] == pytest.approx(0, abs=0.1)
    assert found.population.residual_sd == pytest.approx(sd, rel=0.1 * error[-1])


def test_the_likelihood_is_that_of_the_linear_mixed_model_within_its_stated_error():
    observed = draw(40, seed=2)
    population, found = fitted(observed)
    known = exact(
        observed,
        population.design,
        found.population.coefficients,
        found.population.covariance,
        found.population.residual_sd,
    )
    assert found.judgement.minus_two_log_likelihood_error < 0.05
    assert found.judgement.minus_two_log_likelihood == pytest.approx(
        known.minus_two_log_likelihood, abs=4 * found.judgement.minus_two_log_likelihood_error
    )


def test_each_patients_line_is_the_best_linear_prediction():
    observed = draw(40, seed=3)
    population, found = fitted(observed)
    now = found.population
    known = exact(observed, population.design, now.coefficients, now.covariance, now.residual_sd)
    assert found.judgement.posterior.mean == pytest.approx(known.expected, abs=0.01)  # posterior SD 0.15 or more


@pytest.mark.parametrize("omega", ["diagonal", "full"])
def test_the_information_is_minus_the_second_derivative_of_the_exact_likelihood(omega):
    observed = draw(40, seed=4, covariance=((0.5, 0.1), (0.1, 0.09)))
    population, found = fitted(observed, omega=omega)
    rows, columns = population.estimated_covariances
    now = found.population

    def log_likelihood(numbers):
        covariance = np.zeros((2, 2))
        covariance[rows, columns] = covariance[columns, rows] = numbers[2:-1]
        return (
            -0.5
            * exact(observed, population.design, numbers[:2], covariance, np.exp(numbers[-1])).minus_two_log_likelihood
        )

    at = np.concatenate([now.coefficients, now.covariance[rows, columns], [np.log(now.residual_sd)]])
    steps = 1e-3 * np.diag(np.maximum(np.abs(at), 0.05))
    hessian = np.array(
        [
            [
                (
                    log_likelihood(at + one + other)
                    - log_likelihood(at + one - other)
                    - log_likelihood(at - one + other)
                    + log_likelihood(at - one - other)
                )
                / (4 * one.max() * other.max())
                for other in steps
            ]
            for one in steps
        ]
    )
    exactly = np.sqrt(np.diagonal(np.linalg.inv(-hessian)))
    assert found.judgement.information.standard_error == pytest.approx(exactly, rel=0.05)


def test_with_levels_below_the_limit_the_likelihood_is_that_of_quadrature():
    observed = draw(12, seed=5, covariance=((0.5, 0.0), (0.0, 1e-4)), lloq=np.exp(4.5))
    _, found = fitted(observed, fixed={"slope": np.exp(-0.5)}, fixed_sd={"slope": 0.0})
    now = found.population

    def likelihood(intercept, row):
        one = observed.take(np.array([row]))
        predicted = intercept - 0.5 * one.times
        log_likelihood = -0.5 * minus_two_log_likelihood(predicted, one, now.residual_sd).sum()
        return np.exp(log_likelihood) * stats.norm.pdf(intercept, now.coefficients[0], now.sd[0])

    by_quadrature = [integrate.quad(likelihood, 0, 10, args=(row,), points=[5.0])[0] for row in range(12)]
    assert (observed.kind == 2).any()  # some are below the limit
    assert found.judgement.minus_two_log_likelihood == pytest.approx(-2 * np.log(by_quadrature).sum(), abs=0.05)


def test_one_seed_gives_one_answer_and_another_hardly_another():
    observed = draw(30, seed=6)
    first, again, other = (fitted(observed, seed=seed)[1] for seed in (1, 1, 2))
    assert first.population.coefficients.tolist() == again.population.coefficients.tolist()
    assert first.judgement.log_likelihood.tolist() == again.judgement.log_likelihood.tolist()
    moved = (first.population.coefficients - other.population.coefficients).tolist()
    assert moved != [0.0, 0.0]
    assert moved == pytest.approx([0, 0], abs=0.1 * 0.1)  # standard errors are 0.1 and 0.06


def test_a_covariate_is_found_and_its_interval_holds_the_truth():
    dose = np.linspace(-1.0, 1.0, 60)
    observed = draw(60, seed=7)
    shifted = observe(observed.times, np.exp(observed.log_level + 0.8 * dose[:, np.newaxis]), lloq=1e-300)
    _, found = fitted(shifted, [Effect("intercept", "dose", dose)])
    error = found.judgement.information.standard_error[2]
    assert found.population.coefficients[2] == pytest.approx(0.8, abs=3 * error)
    assert error < 0.25


def test_what_is_fixed_stays_where_it_was_put():
    observed = draw(30, seed=8)
    _, found = fitted(observed, fixed={"slope": 0.7}, fixed_sd={"intercept": 0.6})
    assert found.population.coefficients[1] == pytest.approx(np.log(0.7), rel=1e-14)
    assert found.population.sd[0] == pytest.approx(0.6, rel=1e-14)
    assert len(found.judgement.information.score) == 3  # intercept, variance of the slope, residual error


def test_a_prior_pulls_the_more_the_narrower_it_is():
    observed = draw(20, seed=9)
    free = fitted(observed)[1].population.coefficients[0]
    wide, narrow = (
        fitted(observed, priors={"intercept": Prior(np.exp(3.0), sd)})[1].population.coefficients[0]
        for sd in (1.0, 0.1)
    )
    assert 3.0 < narrow < wide < free


def test_a_prior_and_an_observation_of_equal_weight_meet_halfway():
    observed = draw(4, seed=10)
    rules = PopulationRules(priors={"intercept": Prior(np.exp(1.0), 0.5)})  # precision 4 = 4 patients / variance 1
    population = describe_population(LINE, observed, rules)
    phi = np.tile([3.0, 0.0], (4, 1))
    current = Population(np.zeros(2), np.eye(2), 1.0)
    found = maximize(Moments(phi, phi.T @ phi, 1.0), population, current)
    assert found.coefficients == pytest.approx([2.0, 0.0])


def test_the_expected_square_of_a_censored_error_is_that_of_a_truncated_normal():
    observed = observe(np.array([0.0, 1.0]), np.array([[1.0, 100.0]]), lloq=2.0, uloq=50.0)
    predicted, sd = np.array([[1.1, 3.2]]), 0.7
    below = (np.log(2.0) - 1.1) / sd
    above = (np.log(50.0) - 3.2) / sd
    expected = [
        stats.truncnorm(-np.inf, below, scale=sd).moment(2),
        stats.truncnorm(above, np.inf, scale=sd).moment(2),
    ]
    assert squared_errors(predicted, observed, sd)[0] == pytest.approx(expected, rel=1e-9)


def test_the_derivatives_by_the_residual_error_are_those_of_the_likelihood():
    levels = np.array([[1.0, 10.0, 100.0, np.nan]])
    observed = observe(np.array([0.0, 1.0, 2.0, 3.0]), levels, lloq=2.0, uloq=50.0)
    predicted, step = np.array([[1.1, 2.0, 3.2, 1.0]]), 1e-4

    def log_likelihood(log_sd):
        return -0.5 * minus_two_log_likelihood(predicted, observed, np.exp(log_sd)).sum()

    at = np.log(0.7)
    up, here, down = log_likelihood(at + step), log_likelihood(at), log_likelihood(at - step)
    first, second = error_derivatives(predicted, observed, 0.7)
    assert first[0] == pytest.approx((up - down) / (2 * step), rel=1e-6)
    assert second[0] == pytest.approx((up - 2 * here + down) / step**2, rel=1e-4)


def test_patients_do_not_share_their_random_points():
    points = draw_points(64, 2, 3, np.random.default_rng(1))
    assert not np.allclose(points.from_patient[:, 0], points.from_patient[:, 1])


def test_random_points_have_the_moments_of_their_distributions():
    points = draw_points(4096, 1, 3, np.random.default_rng(1))
    assert points.from_population.mean() == pytest.approx(0, abs=0.01)
    assert points.from_population.var() == pytest.approx(1, abs=0.02)
    assert points.from_patient.var() == pytest.approx(5 / 3, rel=0.05)  # t with 5 degrees of freedom
