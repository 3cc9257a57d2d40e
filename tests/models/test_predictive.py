"""Prediction errors and visual predictive checks: what a true model gives, censored levels included."""

import numpy as np
import pytest
from models.test_population_table import samples

import carpk
from carpk.errors import RulesError
from carpk.models.observations import Limits, observe
from carpk.models.population_design import describe_population
from carpk.models.population_model import Population
from carpk.models.population_rules import Effort, PopulationRules
from carpk.models.predictive import prediction_errors, simulate_levels, visual_check
from carpk.models.stein import STEIN

DAYS = np.array([2, 4, 7, 11, 14, 21, 28, 60, 90, 180, 360.0])
PATIENTS, LLOQ = 60, 300.0
TRUE = Population(STEIN.published, np.diag([2.4, 0.38, 0.65, 0.91, 0.80, 0.86]), 0.56)


@pytest.fixture(scope="module")
def described():
    return describe_population(STEIN, observe(DAYS, np.ones((PATIENTS, len(DAYS))), lloq=0.0), PopulationRules(), [])


@pytest.fixture(scope="module")
def limits():
    shape = (PATIENTS, len(DAYS))
    return Limits(np.full(shape, np.log(LLOQ)), np.full(shape, np.inf))


@pytest.fixture(scope="module")
def simulated(described):
    return simulate_levels(described, TRUE, 600, rng=np.random.default_rng(2))


@pytest.fixture(scope="module")
def trial(described):
    (levels,) = np.exp(simulate_levels(described, TRUE, 1, rng=np.random.default_rng(1)))
    return observe(DAYS, levels, lloq=LLOQ)


@pytest.fixture(scope="module")
def errors(trial, limits, simulated):
    return prediction_errors(trial, limits, simulated, rng=np.random.default_rng(3))


def test_many_levels_of_the_trial_are_censored(trial):
    assert 0.3 < np.mean(~trial.quantified) < 0.7


def test_npde_of_a_true_model_are_standard_normal_although_half_the_levels_are_censored(errors):
    # 660 errors that are not correlated: standard error of the mean 0.04, of the SD 0.03.
    assert errors.npde.mean() == pytest.approx(0.0, abs=0.12)
    assert errors.npde.std() == pytest.approx(1.0, abs=0.09)


def test_npde_of_a_true_model_are_not_correlated_within_a_patient(errors):
    between = np.corrcoef(errors.npde, rowvar=False)
    assert abs(between[np.triu_indices(len(DAYS), 1)].mean()) < 0.05


def test_shares_below_of_a_true_model_are_uniform(errors):
    # 60 patients: the share of each tenth has a standard error of at most 0.04, were all a patient's levels one.
    tenths = np.histogram(errors.pit, bins=10, range=(0.0, 1.0))[0] / errors.pit.size
    assert np.abs(tenths - 0.1).max() < 0.08


def test_a_model_that_predicts_too_little_has_npde_above_zero(trial, limits, simulated):
    low = prediction_errors(trial, limits, simulated - np.log(5.0), rng=np.random.default_rng(3))
    assert low.npde.mean() > 4 * 0.04  # standard errors


def test_padding_has_no_error(limits, simulated):
    levels = np.full((PATIENTS, len(DAYS)), 1000.0)
    levels[:, -1] = np.nan
    found = prediction_errors(observe(DAYS, levels, lloq=LLOQ), limits, simulated, rng=np.random.default_rng(3))
    assert np.isnan(found.npde).sum() == PATIENTS
    assert np.isnan(found.npde[:, -1]).all()


def test_a_level_that_no_simulated_one_exceeds_is_still_a_finite_error(limits, simulated):
    levels = np.full((PATIENTS, len(DAYS)), 1e30)
    found = prediction_errors(observe(DAYS, levels, lloq=LLOQ), limits, simulated, rng=np.random.default_rng(3))
    assert np.isfinite(found.npde).all()
    assert found.pit.min() > 1 - 1 / 600


def test_a_quantile_below_the_limit_is_told_as_that_and_the_share_below_is_counted():
    levels = np.array([[10.0, 400.0], [500.0, 600.0], [20.0, 800.0]])
    limit = np.full((3, 2), np.log(LLOQ))
    drawn = np.log(np.broadcast_to(levels, (100, 3, 2)))
    trial = observe(np.array([1.0, 9.0]), levels, lloq=LLOQ)
    check = visual_check(trial, Limits(limit, limit + 50), drawn, bins=2, quantiles=[0.5], confidence=0.95)
    assert check.below.tolist() == pytest.approx([2 / 3, 0])
    assert np.isneginf(check.observed[0, 0])
    assert check.observed[1, 0] == pytest.approx(np.log(600.0))
    assert check.simulated[1, 0].tolist() == pytest.approx([np.log(600.0)] * 3)


@pytest.fixture(scope="module")
def fit():
    return carpk.fit_population(samples(), effort=Effort(exploring=60, smoothing=30, settling=4, points=128, batches=2))


def test_every_fitted_level_has_its_error(fit):
    check = carpk.check_predictions(fit, rng=np.random.default_rng(1), replicates=200)
    assert len(check.errors) == fit.objective.levels
    assert check.errors[["pit", "npde"]].notna().all(axis=None)


def test_a_quantile_is_missing_exactly_where_it_lies_below_the_limit(fit):
    bins = carpk.check_predictions(fit, rng=np.random.default_rng(1), replicates=200).bins
    assert (bins["observed"].isna() == (bins["reason"] == "BELOW_LIMIT")).all()
    assert bins["levels"].sum() == 4 * fit.objective.levels  # three quantiles, and the share below


def test_one_state_of_chance_gives_one_answer(fit):
    first, second = (carpk.check_predictions(fit, rng=np.random.default_rng(1), replicates=100) for _ in range(2))
    assert first.errors.equals(second.errors)


def test_too_few_replicates_are_refused(fit):
    with pytest.raises(RulesError, match="replicates must be 100 or more; got 5"):
        carpk.check_predictions(fit, rng=np.random.default_rng(1), replicates=5)
