"""One profile at lmfit's front, against the batched route and lmfit's own intervals."""

import lmfit
import numpy as np
import pandas as pd
import pytest
from models.trials import DAYS, seen, trial

from carpk import fit_profile
from carpk.errors import RulesError
from carpk.models.fits import fit_patients
from carpk.models.least_squares import Prior
from carpk.models.stein import STEIN, STEIN_COMEDICATION, TYPICAL, level


def test_lmfit_and_the_batched_route_reach_one_likelihood():
    levels, _ = trial(12, seed=6)
    batched = fit_patients(STEIN, seen(levels), sd=0.56).minus_two_log_likelihood
    single = [fit_profile("stein", DAYS, row, lloq=50, sd=0.56).minus_two_log_likelihood for row in levels]
    assert np.array(single) / 2 == pytest.approx(batched / 2, abs=1e-5)


def test_they_agree_too_where_each_estimates_the_residual_error_of_the_profile():
    levels, _ = trial(8, seed=6)
    batched = fit_patients(STEIN, seen(levels), pooled=False).minus_two_log_likelihood
    single = [fit_profile("stein", DAYS, row, lloq=50).minus_two_log_likelihood for row in levels]
    assert np.array(single) / 2 == pytest.approx(batched / 2, abs=1e-5)


def test_intervals_are_those_of_lmfit_where_all_is_well_determined():
    noise = 0.1 * np.random.default_rng(1).standard_normal(len(DAYS))
    fit = fit_profile("stein", DAYS, level(TYPICAL, DAYS) * np.exp(noise), lloq=1e-3)
    by_lmfit = lmfit.conf_interval(fit.minimizer, fit.result, p_names=["ln_cmax", "ln_alpha"], sigmas=[0.95])
    for name in ("cmax", "alpha"):
        low, high = by_lmfit[f"ln_{name}"][0][1], by_lmfit[f"ln_{name}"][-1][1]
        assert fit.intervals()[name] == pytest.approx((np.exp(low), np.exp(high)), rel=2e-3)


def test_values_are_lmfits_on_the_natural_scale_and_give_the_curve():
    fit = fit_profile("stein", DAYS, level(TYPICAL, DAYS), lloq=1e-3)
    assert fit.values["cmax"] == pytest.approx(24_000, rel=1e-6)
    assert fit.result.params["cmax"].value == fit.values["cmax"]
    assert fit.level([3.0, 28.0]) == pytest.approx(level(TYPICAL, [3.0, 28.0]), rel=1e-6)


def test_a_fixed_parameter_does_not_vary():
    levels, _ = trial(1)
    fit = fit_profile("stein", DAYS, levels[0], lloq=50, fixed={"beta": 0.0032})
    assert not fit.result.params["ln_beta"].vary
    assert fit.values["beta"] == pytest.approx(0.0032, rel=1e-12)
    assert "beta" not in fit.intervals()


def test_a_prior_counts_in_lmfit_as_in_the_batch():
    levels, _ = trial(1)
    prior = Prior(STEIN.published, np.full(6, 0.5))
    fit = fit_profile("stein", DAYS, levels[0], lloq=50, sd=0.56, prior=prior)
    batched = fit_patients(STEIN, seen(levels), sd=0.56, prior=prior)
    assert fit.result.chisqr == pytest.approx(batched.cost[0], abs=1e-6)


def test_a_patient_treated_with_tocilizumab_is_fitted_with_the_published_effect():
    phi = np.append(STEIN.published, np.log([1.2, 1.0]))[np.newaxis]
    treated = np.array([[5.0, np.nan]])

    levels = np.exp(STEIN_COMEDICATION.log_level(phi, DAYS, treated))[0]
    fit = fit_profile("stein_comedication", DAYS, levels, lloq=1e-3, covariates=treated[0])
    assert fit.values["fold_expansion"] == pytest.approx(3900, rel=1e-5)
    assert fit.values["tocilizumab_effect"] == pytest.approx(1.2, rel=1e-12)


def test_a_profile_without_a_quantified_level_is_refused():
    with pytest.raises(RulesError, match="no level lies between the limits"):
        fit_profile("stein", DAYS, np.full(len(DAYS), 10.0), lloq=50)


def test_an_unknown_parameter_to_fix_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no parameter 'btea'.*Did you mean 'beta'\?"):
        fit_profile("stein", DAYS, level(TYPICAL, DAYS), lloq=1e-3, fixed={"btea": 0.1})


@pytest.mark.parametrize("given", [list, tuple, lambda row: pd.Series(row, index=np.arange(len(row))[::-1])])
def test_lists_and_series_with_another_index_are_fitted_as_arrays_are(given):
    # Law F7: the order of the values counts, not the labels of an index.
    levels = trial(1, seed=6)[0][0]
    of_arrays = fit_profile("stein", DAYS, levels, lloq=50, sd=0.56)
    other = fit_profile("stein", given(DAYS), given(levels), lloq=50, sd=0.56)
    assert other.values == of_arrays.values
