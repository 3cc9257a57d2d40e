"""What a fit must pass before a number is printed, and the reason where it does not."""

from dataclasses import replace

import numpy as np
import pytest
from models.trials import DAYS, seen, trial

from carpk.models.catalog import MODELS
from carpk.models.estimates import estimates, weigh
from carpk.models.fits import fit_patients
from carpk.models.observations import observe
from carpk.models.rules import FitRules
from carpk.models.stein import STEIN, TYPICAL, level
from carpk.reasons import REASON_CODES, flag_bit

RULES = FitRules(windows={"0-28": (0, 28)})


def reasons(fits, key, rules=RULES):
    return [REASON_CODES[number] for number in estimates(weigh(fits, rules), rules)[key].reason]


@pytest.fixture(scope="module")
def fits():
    return fit_patients(STEIN, seen(trial(20, seed=4)[0]), sd=0.56)


def test_with_data_to_day_90_the_persistence_half_life_is_withheld():
    levels, _ = trial(60, seed=21)
    early = fit_patients(STEIN, observe(DAYS[:13], levels[:, :13], lloq=50), sd=0.56)
    found = reasons(early, "model_beta_half_life")
    assert np.mean([code in ("NOT_IDENTIFIABLE", "AT_BOUND") for code in found]) >= 0.8


def test_with_dense_precise_data_nothing_is_withheld():
    days = np.concatenate([np.arange(0.5, 40, 1.0), np.arange(45, 365, 15.0)])
    noise = 0.05 * np.random.default_rng(1).standard_normal((1, len(days)))
    precise = fit_patients(STEIN, observe(days, level(TYPICAL, days) * np.exp(noise), lloq=1e-3))
    assert {reasons(precise, key)[0] for key in estimates(weigh(precise, RULES), RULES)} == {""}


def test_a_parameter_at_its_bound_is_withheld_and_what_follows_from_it_too(fits):
    at_bound = fits.held()[:, 5]
    assert at_bound.any()
    for key in ("model_beta", "model_beta_half_life"):
        assert {code for code, bound in zip(reasons(fits, key), at_bound, strict=True) if bound} == {"AT_BOUND"}


def test_what_follows_from_a_growth_that_the_levels_do_not_show_is_withheld_without_a_warning():
    levels = 9_000.0 * np.exp(-0.05 * DAYS)[np.newaxis]
    lower, upper = STEIN.lower, STEIN.upper
    lower[1] = upper[1] = np.log(15.0)
    falling = fit_patients(STEIN, observe(DAYS, levels, lloq=1e-3), sd=0.3, lower=lower, upper=upper)
    assert np.exp(falling.phi[0, 0]) == 1.0  # no fold expansion, its bound
    for key in ("model_fold_expansion", "model_growth_rate", "model_doubling_time"):
        assert reasons(falling, key) == ["AT_BOUND"], key


def test_a_standard_error_of_100_percent_or_an_open_interval_withholds_the_value(fits):
    evidence = weigh(fits, RULES)
    answer = estimates(evidence, RULES)["model_fold_expansion"]
    vague = evidence.found.standard_error[:, 0] >= 1
    assert vague.any()
    assert np.isnan(answer.value[vague]).all()
    assert (answer.low[vague] > 0).any()  # the end that is known is still told


def test_an_optimum_that_no_second_start_reached_is_withheld_entirely(fits):
    alone = replace(fits, runner_up=np.full(20, 1e-3))
    assert {code for key in ("model_cmax", "model_auc_0_28d") for code in reasons(alone, key)} == {
        "OPTIMUM_UNCONFIRMED"
    }


def test_a_fit_that_did_not_come_to_rest_is_withheld_entirely(fits):
    moved = replace(fits, phi=fits.phi + 0.3 * (np.arange(6) == 2), segment=fits.problems)
    assert set(reasons(moved, "model_tmax")) == {"NOT_CONVERGED"}


def test_a_decline_that_turns_faster_late_is_no_contraction_before_persistence():
    days = np.array([1, 2, 3, 5, 7, 9, 12, 16, 20, 25, 30, 40, 50, 60, 70, 80.0])
    fall = np.where(days < 40, 0.02 * (days - 9), 0.02 * 31 + 0.12 * (days - 40))
    levels = np.exp(10.0 - np.where(days < 9, 0.8 * (9 - days), fall))[np.newaxis]
    four_phase = fit_patients(MODELS["four_phase"], observe(days, levels, lloq=1e-3), sd=0.1)
    assert reasons(four_phase, "model_alpha") == ["RATES_UNORDERED"]
    assert reasons(four_phase, "model_beta_half_life") == ["RATES_UNORDERED"]
    assert reasons(four_phase, "model_cmax") == [""]


def test_phases_that_one_rate_describes_are_flagged_and_withheld_but_not_the_peak():
    days = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 35, 42.0])
    levels = np.exp(10.0 - np.where(days < 8, 0.9 * (8 - days), 0.1 * (days - 8)))[np.newaxis]
    single = fit_patients(STEIN, observe(days, levels, lloq=1e-3), sd=0.1)
    assert reasons(single, "model_persistent_fraction")[0] in ("NOT_IDENTIFIABLE", "AT_BOUND")
    assert reasons(single, "model_cmax") == [""]


def test_levels_that_cannot_tell_parameters_apart_flag_the_fit(fits):
    evidence = weigh(fits, RULES)
    vague = replace(evidence, found=replace(evidence.found, condition=np.full(20, 1e8)))
    bit = flag_bit("ILL_CONDITIONED")
    assert not (estimates(evidence, RULES)["model_cmax"].flags & bit).any()
    assert (estimates(vague, RULES)["model_cmax"].flags & bit).all()


def test_one_exponential_cannot_be_told_apart_into_two():
    days = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 35, 42.0])
    levels = np.exp(10.0 - np.where(days < 8, 0.9 * (8 - days), 0.1 * (days - 8)))[np.newaxis]
    single = fit_patients(STEIN, observe(days, levels, lloq=1e-3), sd=0.1)
    same = STEIN.to_phi(np.array([[np.exp(7.2), 8.0, np.exp(10.0), 0.1, 0.3, 0.1]]))
    assert weigh(replace(single, phi=same), RULES).found.condition[0] > 1e8


def test_wald_intervals_are_symmetric_on_the_logarithm(fits):
    rules = FitRules(intervals="wald", windows={})
    answer = estimates(weigh(fits, rules), rules)["model_cmax"]
    given = answer.reason == 0
    assert given.sum() > 10
    assert np.sqrt(answer.low * answer.high)[given] == pytest.approx(answer.value[given], rel=1e-9)


def test_a_half_life_has_the_interval_of_its_rate(fits):
    answers = estimates(weigh(fits, RULES), RULES)
    rate, half_life = answers["model_alpha"], answers["model_alpha_half_life"]
    given = half_life.reason == 0
    assert given.any()
    assert half_life.low[given] == pytest.approx(np.log(2) / rate.high[given], rel=1e-9)
    assert half_life.high[given] == pytest.approx(np.log(2) / rate.low[given], rel=1e-9)
