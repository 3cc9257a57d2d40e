"""Laws that fits obey, and the optimum that the enumeration of segments finds."""

import numpy as np
import pytest
from models.trials import DAYS, patients, seen, trial

from carpk.models.areas import area
from carpk.models.catalog import MODELS
from carpk.models.fits import fit_patients
from carpk.models.landmarks import landmarks
from carpk.models.least_squares import Prior, Problems, minimize
from carpk.models.observations import observe
from carpk.models.profile_likelihood import profile_intervals
from carpk.models.stein import STEIN, TYPICAL, level
from carpk.models.stein import area as stein_area
from carpk.models.uncertainty import threshold, uncertainty

NAMES = [parameter.name for parameter in STEIN.parameters]
SPREAD = np.sqrt([2.4, 0.38, 0.65, 0.91, 0.80, 0.86])  # between patients, Stein 2019, read as variances


def test_levels_without_error_give_back_the_parameters_they_were_made_of():  # law F1
    drawn, phi = patients(60, seed=3)
    days = np.concatenate([np.arange(0.25, 40, 0.75), [60, 90, 180, 270, 360]])  # two samples or more in every growth
    fits = fit_patients(STEIN, observe(days, level(drawn, days), lloq=1e-300))
    assert STEIN.to_natural(fits.phi) == pytest.approx(STEIN.to_natural(phi), rel=1e-6)


def test_levels_in_another_unit_move_the_peak_and_nothing_else():  # law F2
    levels, _ = trial(20)
    fits, scaled = fit_patients(STEIN, seen(levels)), fit_patients(STEIN, seen(1e-3 * levels, lloq=0.05))
    expected = fits.phi + np.log(1e-3) * (np.array(NAMES) == "cmax")
    determined = uncertainty(fits).standard_error < 1
    assert scaled.phi[determined] == pytest.approx(expected[determined], abs=1e-4)
    assert scaled.cost == pytest.approx(fits.cost, rel=1e-7)


def test_slower_time_slows_the_rates_and_delays_the_peak():  # law F3
    levels, _ = trial(20)
    fits = fit_patients(STEIN, seen(levels), sd=0.56)
    slow = fit_patients(STEIN, observe(2 * DAYS, levels, lloq=50), sd=0.56)
    inside = ~(fits.held() | slow.held()).any(axis=1)
    change = {"tmax": np.log(2), "alpha": -np.log(2), "beta": -np.log(2)}
    expected = fits.phi + np.array([change.get(name, 0.0) for name in NAMES])
    determined = (uncertainty(fits).standard_error < 1) & inside[:, np.newaxis]
    assert determined.sum() > 40
    assert slow.phi[determined] == pytest.approx(expected[determined], abs=1e-4)


def test_the_order_of_patients_is_irrelevant():  # law F4
    levels, _ = trial(12)
    order = np.arange(12)[::-1]
    fits, reordered = (fit_patients(STEIN, seen(rows), sd=0.56) for rows in (levels, levels[order]))
    assert reordered.cost[order] == pytest.approx(fits.cost, rel=1e-10)


def test_a_patient_fits_alike_alone_and_among_others():
    levels, _ = trial(12)
    together = fit_patients(STEIN, seen(levels), sd=0.56)
    alone = fit_patients(STEIN, seen(levels[4:5]), sd=0.56)
    assert alone.minus_two_log_likelihood[0] == pytest.approx(together.minus_two_log_likelihood[4], abs=1e-8)


def test_a_parameter_held_fast_never_fits_better():  # law F5
    levels, _ = trial(30)
    fixed = STEIN.published[5]
    lower, upper = STEIN.lower.copy(), STEIN.upper.copy()
    lower[5] = upper[5] = fixed
    full = fit_patients(STEIN, seen(levels), sd=0.56)
    nested = fit_patients(STEIN, seen(levels), lower=lower, upper=upper, sd=0.56)
    assert (nested.cost >= full.cost - 1e-6).all()
    assert nested.phi[:, 5].tolist() == [fixed] * 30


def test_a_fit_is_never_worse_than_its_start():  # law F6
    levels, _ = trial(30)
    observed = seen(levels)
    box = [np.tile(edge, (30, 1)) for edge in (STEIN.lower, STEIN.upper)]
    problems = Problems(STEIN, observed, *box, sd=np.full((30, 1), 0.56))
    start = STEIN.starts(landmarks(observed))[0]
    at_start = problems.cost(np.clip(start, *box))
    assert (minimize(problems, start)[1] <= at_start).all()
    assert (fit_patients(STEIN, observed, sd=0.56).cost <= at_start).all()


def test_the_faster_decline_comes_first():  # law F9
    levels, _ = trial(40)
    phi = fit_patients(STEIN, seen(levels)).phi
    assert (phi[:, NAMES.index("alpha")] >= phi[:, NAMES.index("beta")]).all()


def test_the_search_has_no_chance_in_it():  # law F10
    levels, _ = trial(10)
    assert fit_patients(STEIN, seen(levels)).phi.tolist() == fit_patients(STEIN, seen(levels)).phi.tolist()


@pytest.mark.parametrize("pooled", [True, False], ids=["pooled", "own"])
def test_intervals_of_95_percent_cover_the_truth_as_often(pooled):  # law F8
    levels, phi = trial(150, seed=8)
    fits = fit_patients(STEIN, seen(levels), pooled=pooled)
    low, high = profile_intervals(fits, uncertainty(fits), threshold(fits, 0.95))
    covered = (low <= phi) & (phi <= high)
    assert 0.92 <= covered.mean() <= 0.98  # 900 intervals: standard error 0.7 %
    assert covered.mean(axis=0).min() >= 0.87  # 150 intervals: standard error 1.8 %


def test_the_pooled_residual_error_is_that_of_the_simulation():
    levels, _ = trial(100, seed=9)
    sd = fit_patients(STEIN, seen(levels)).sd[0]
    assert sd == pytest.approx(0.56, rel=0.07)  # some 800 degrees of freedom: standard error 2.5 %


def test_enumerated_segments_find_what_many_random_starts_find():
    levels, _ = trial(60, seed=5)
    observed = seen(levels)
    fits = fit_patients(STEIN, observed, sd=0.56)
    rng = np.random.default_rng(1)
    rows = np.repeat(np.arange(60), 30)
    box = [np.tile(edge, (len(rows), 1)) for edge in (STEIN.lower, STEIN.upper)]
    problems = Problems(STEIN, observed.take(rows), *box, sd=np.full((len(rows), 1), 0.56))
    guess = STEIN.starts(landmarks(observed))[0][rows]
    _, cost = minimize(problems, guess + rng.standard_normal(guess.shape) * [1.5, 0.4, 1.0, 1.0, 2.5, 2.0])
    assert np.mean(fits.cost <= cost.reshape(60, 30).min(axis=1) + 1e-4) >= 0.99


def test_censored_levels_bias_growth_less_than_levels_left_out_or_halved():
    levels, phi = trial(100, seed=8)
    prior = Prior(STEIN.published, SPREAD)
    absent = np.where(levels < 50, np.nan, levels)
    halved = np.where(levels < 50, 25.0, levels)
    errors = [
        np.mean(fit_patients(STEIN, observed, sd=0.56, prior=prior).phi[:, 0] - phi[:, 0])
        for observed in (seen(levels), seen(absent), seen(halved, lloq=1.0))
    ]
    assert abs(errors[0]) < 0.2  # 100 patients: standard error 0.1
    assert errors[1] < errors[0] - 0.1
    assert errors[2] < errors[1] - 0.1


def test_a_level_above_the_upper_limit_counts_as_at_least_that():
    levels, _ = trial(1, sd=0.1, seed=4)
    cut = np.sort(levels[0])[-2]
    capped = fit_patients(STEIN, observe(DAYS, levels, lloq=50, uloq=cut), sd=0.1)
    clipped = fit_patients(STEIN, observe(DAYS, np.minimum(levels, cut), lloq=50), sd=0.1)
    assert capped.phi[0, NAMES.index("cmax")] > clipped.phi[0, NAMES.index("cmax")]


def test_a_strong_prior_is_returned_and_a_vague_one_changes_nothing():
    levels, _ = trial(10)
    plain = fit_patients(STEIN, seen(levels), sd=0.56)
    sure = fit_patients(STEIN, seen(levels), sd=0.56, prior=Prior(STEIN.published, np.full(6, 1e-4)))
    vague = fit_patients(STEIN, seen(levels), sd=0.56, prior=Prior(STEIN.published, np.full(6, np.inf)))
    assert sure.phi == pytest.approx(np.tile(STEIN.published, (10, 1)), abs=1e-3)
    assert vague.cost == pytest.approx(plain.cost, abs=1e-8)


def test_a_published_prior_keeps_beta_where_90_days_cannot_tell_it():
    levels, phi = trial(100, seed=2)
    early = observe(DAYS[:13], levels[:, :13], lloq=50)
    free = fit_patients(STEIN, early, sd=0.56).phi[:, 5] - phi[:, 5]
    informed = fit_patients(STEIN, early, sd=0.56, prior=Prior(STEIN.published, SPREAD)).phi[:, 5] - phi[:, 5]
    assert np.sqrt(np.mean(informed**2)) < 1.1
    assert np.sqrt(np.mean(informed**2)) < 0.7 * np.sqrt(np.mean(free**2))


@pytest.mark.parametrize("name", ["lagged", "four_phase"])
def test_other_models_find_their_own_curve_again(name):
    model = MODELS[name]
    natural = {
        "lag": 3.27, "doubling_time": 0.755, "tmax": 9.29, "cmax": 24_000.0, "alpha_half_life": 5.0,
        "persistent_fraction": 0.02, "beta_half_life": 200.0, "distribution_rate": 0.8, "distribution_end": 2.6,
        "growth_rate": 0.9, "alpha": 0.16, "contraction_end": 33.0, "beta": 0.01,
    }  # fmt: skip
    truth = model.to_phi(np.array([[natural[entry.name] for entry in model.parameters]]))
    days = np.array([0.5, 1, 1.5, 2, 3, 4, 5, 7, 8, 10, 12, 14, 21, 28, 45, 60, 90, 180, 360])
    fits = fit_patients(model, observe(days, np.exp(model.log_level(truth, days)), lloq=1e-300), sd=0.1)
    assert model.to_natural(fits.phi) == pytest.approx(model.to_natural(truth), rel=1e-6)


def test_the_area_of_any_model_is_the_closed_form_of_stein():
    numeric = [area(STEIN, STEIN.published[np.newaxis], *window)[0] for window in ((0, 28), (28, 90), (0, 90))]
    assert numeric == pytest.approx([171_774.285, 17_511.400, 189_285.685], abs=0.0006)
    assert numeric[2] == pytest.approx(stein_area(TYPICAL, 0, 90)[0], rel=1e-10)
