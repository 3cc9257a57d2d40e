"""fit_models: every subject is in the tables, a value is missing exactly where a reason is given."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from models.trials import DAYS, trial

import carpk
from carpk.errors import RulesError
from carpk.io.study import as_study
from carpk.models.catalog import MODELS
from carpk.models.stein import STEIN_COMEDICATION, TYPICAL, level
from carpk.terms import term

EVERY_MODEL = list(MODELS)


def profile(subject, days, levels, lloq=50.0, **more):
    texts = [f"<{lloq:g}" if value < lloq else repr(float(value)) for value in levels]
    return pd.DataFrame(
        {"subject": subject, "time": days, "analyte": "car_t_qpcr", "value": texts, "unit": "copies/ug", "lloq": lloq}
    ).assign(**more)


@pytest.fixture(scope="module")
def samples():
    """Eight virtual patients, one who never expands, one sampled three times."""
    levels, _ = trial(8, seed=12)
    parts = [profile(f"P{number}", DAYS, row) for number, row in enumerate(levels)]
    never = profile("never", DAYS, np.full(len(DAYS), 10.0))
    sparse = profile("sparse", [7.0, 14.0, 28.0], [5e4, 2e4, 900.0])
    return pd.concat([*parts, never, sparse], ignore_index=True)


@pytest.fixture(scope="module")
def fits(samples):
    return carpk.fit_models(samples, EVERY_MODEL)


def values(result, subject, source="stein"):
    table = result.parameters
    return table[(table["subject"] == subject) & (table["source"] == source)].set_index("parameter")["value"]


def test_every_subject_is_in_the_tables_of_every_model(fits, samples):
    for table in (fits.parameters, fits.comparison):
        for source in EVERY_MODEL:
            assert set(table.loc[table["source"] == source, "subject"]) == set(samples["subject"])


def test_a_value_is_missing_exactly_where_a_reason_is_given(fits):
    assert (fits.parameters["value"].isna() == (fits.parameters["reason"] != "")).all()
    assert (fits.comparison["bic"].isna() == (fits.comparison["reason"] != "")).all()


def test_who_never_expands_or_has_too_few_samples_gets_a_reason_and_a_line_in_the_log(fits):
    reasons = fits.comparison.query("source == 'stein'").set_index("subject")["reason"]
    assert reasons["never"] == "NO_QUANTIFIED"
    assert reasons["sparse"] == "TOO_FEW_LEVELS"
    assert set(fits.log.query("code == 'NO_QUANTIFIED'")["subject"]) == {"never"}
    assert fits.log["detail"].str.startswith(tuple(model.label for model in MODELS.values())).all()


def test_values_lie_within_their_intervals(fits):
    given = fits.parameters[fits.parameters["value"].notna() & fits.parameters["low"].notna()]
    assert len(given) > 50
    assert (given["low"] <= given["value"] * (1 + 1e-9)).all()
    assert (given["value"] <= given["high"] * (1 + 1e-9)).all()


def test_every_parameter_has_a_term_and_its_unit(fits):
    for row in fits.parameters.drop_duplicates(["source", "parameter"]).itertuples():
        assert row.unit == term(row.parameter).unit("copies/ug", "day")


def test_without_error_the_published_figures_come_out():
    days = np.concatenate([np.arange(1.0, 30.0), [60, 90, 180, 270, 360]])
    found = values(carpk.fit_models(profile("typical", days, level(TYPICAL, days), lloq=1e-3)), "typical")
    assert found["model_doubling_time"] == pytest.approx(0.78, abs=0.005)
    assert found["model_alpha_half_life"] == pytest.approx(4.3, abs=0.05)
    assert found["model_beta_half_life"] == pytest.approx(220, abs=5)
    assert found["model_initial_level"] == pytest.approx(24_000 / 3_900, rel=1e-4)
    assert found["model_auc_0_28d"] == pytest.approx(171_774.285, rel=1e-4)
    assert found["model_auc_28_90d"] == pytest.approx(17_511.400, rel=1e-4)
    assert found["model_auc_0_90d"] == pytest.approx(189_285.685, rel=1e-4)


def test_curves_run_from_the_infusion_to_the_last_sample_and_through_the_peak(fits):
    curve = fits.curves.query("subject == 'P0' and source == 'stein'")
    assert curve["time"].iloc[[0, -1]].tolist() == [0.0, 360.0]
    assert curve["value"].max() == pytest.approx(values(fits, "P0")["model_cmax"], rel=1e-9)
    assert not (curve["low"] > curve["value"]).any()
    assert "never" not in set(fits.curves["subject"])


def test_a_constant_fit_by_hand_of_the_criteria(fits):
    row = fits.comparison.query("subject == 'P0' and source == 'stein'").iloc[0]
    likelihood, levels = row["minus_two_log_likelihood"], row["levels"]
    assert levels == len(DAYS)
    assert row["fitted"] == 6
    assert row["aicc"] == pytest.approx(likelihood + 12 + 2 * 6 * 7 / (16 - 7))
    assert row["bic"] == pytest.approx(likelihood + 6 * np.log(16))


def test_the_true_model_is_preferred_to_one_with_useless_parameters(fits):
    total = fits.comparison[fits.comparison["subject"].str.startswith("P")].groupby("source")["aicc"].sum(min_count=8)
    assert total["stein"] < total["lagged"]


def test_times_in_hours_give_times_in_hours(samples):
    some = samples[samples["subject"].isin(["P0", "P1"])]
    days = carpk.fit_models(some).parameters
    hours = carpk.fit_models(some.assign(time=24.0 * some["time"]), time_unit="h").parameters
    factor = {"time": 24.0, "area": 24.0, "rate": 1 / 24.0}
    scale = np.array([factor.get(term(key).kind, 1.0) for key in days["parameter"]])
    # Areas are over the same days.
    assert hours["value"].to_numpy() == pytest.approx(days["value"].to_numpy() * scale, rel=1e-4, nan_ok=True)
    assert set(hours.query("parameter == 'model_tmax'")["unit"]) == {"h"}


def test_a_level_at_time_zero_is_left_out_unless_asked_for(samples):
    one = pd.concat([profile("P0", [0.0], [10.0]), samples[samples["subject"] == "P0"]])
    levels = [
        carpk.fit_models(one, rules=carpk.FitRules(time_zero=choice)).comparison["levels"].iloc[0]
        for choice in ("leave_out", "use")
    ]
    assert levels == [len(DAYS), len(DAYS) + 1]


def test_a_level_above_the_upper_limit_is_fitted_though_the_areas_are_refused(samples):
    one = samples[samples["subject"] == "P0"].reset_index(drop=True)
    top = (
        one["value"]
        .str.startswith("<")
        .map({True: 0.0, False: np.nan})
        .fillna(pd.to_numeric(one["value"], errors="coerce"))
    )
    one.loc[top.idxmax(), "value"] = ">5000"
    result = carpk.fit_models(one.assign(uloq=np.where(one.index == top.idxmax(), 5000.0, np.nan)))
    assert result.comparison["levels"].iloc[0] == len(DAYS)
    assert result.comparison["reason"].iloc[0] == ""


def test_fixed_parameters_are_kept_and_flagged(samples):
    result = carpk.fit_models(samples, rules=carpk.FitRules(fixed={"beta": 0.0032}))
    row = result.parameters.query("subject == 'P0' and parameter == 'model_beta'").iloc[0]
    assert row["value"] == pytest.approx(0.0032, rel=1e-12)
    assert row["flags"] == "FIXED_VALUE"
    assert result.comparison["fitted"].iloc[0] == 5


def test_effects_are_fixed_as_published_unless_they_are_to_be_estimated(samples):
    fixed = carpk.fit_models(samples, ["stein_comedication"]).comparison["fitted"].iloc[0]
    rules = carpk.FitRules(estimated=["tocilizumab_effect"])
    assert (fixed, carpk.fit_models(samples, ["stein_comedication"], rules).comparison["fitted"].iloc[0]) == (6, 7)


def test_samples_below_the_limit_can_be_left_out_or_halved_for_comparison(samples):
    counts = {
        choice: carpk.fit_models(samples, rules=carpk.FitRules(blq=choice)).comparison["levels"].iloc[0]
        for choice in ("censor", "drop", "half_lloq")
    }
    below = samples.query("subject == 'P0'")["value"].str.startswith("<").sum()
    assert counts == {"censor": 16, "drop": 16 - below, "half_lloq": 16}


def test_a_published_prior_is_refused_where_the_model_has_none(samples):
    with pytest.raises(RulesError, match="four_phase has none"):
        carpk.fit_models(samples, ["four_phase"], carpk.FitRules(prior="published"))


def test_a_published_prior_narrows_the_intervals(samples):
    plain, informed = (
        carpk.fit_models(samples, rules=carpk.FitRules(prior=prior)).parameters.query("parameter == 'model_cmax'")
        for prior in ("none", "published")
    )
    ratio = (informed["high"] / informed["low"]).to_numpy() / (plain["high"] / plain["low"]).to_numpy()
    assert np.nanmedian(ratio) < 1


def test_nothing_is_written_into_the_input(samples):
    before = samples.copy()
    carpk.fit_models(samples)
    pd.testing.assert_frame_equal(samples, before)


def test_another_subject_changes_nothing_where_the_residual_error_is_given(samples):
    rules = carpk.FitRules(residual_error=0.56)
    alone = values(carpk.fit_models(samples[samples["subject"] == "P3"], rules=rules), "P3")
    among = values(carpk.fit_models(samples, rules=rules), "P3")
    assert alone.to_numpy() == pytest.approx(among.to_numpy(), rel=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"blq": "sensor"}, r"blq must be one of .*Did you mean 'censor'\?"),
        ({"residual_error": "pool"}, r"residual_error must be one of .*Did you mean 'pooled'\?"),
        ({"residual_error": -1.0}, "residual_error must be one of .* or a positive number; got -1.0"),
        ({"confidence": 95}, "confidence must lie from 0.5 to below 1; got 95"),
        ({"windows": {"late": (90, 28)}}, "window 'late' must run from day 0 or later to a later day"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(choices, message):
    with pytest.raises(RulesError, match=message):
        carpk.FitRules(**choices)


def test_a_misspelt_choice_of_a_settings_file_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"FitRules has no choice 'pior'.*Did you mean 'prior'\?"):
        carpk.FitRules.from_mapping({"pior": "published"})


def test_an_unknown_model_is_refused_with_a_suggestion(samples):
    with pytest.raises(RulesError, match=r"no model 'stien'.*Did you mean 'stein'\?"):
        carpk.fit_models(samples, ["stien"])


def test_a_fixed_value_outside_its_bounds_is_refused(samples):
    with pytest.raises(RulesError, match=r"fixed beta must lie from 0.0001 to 3; got 12"):
        carpk.fit_models(samples, rules=carpk.FitRules(fixed={"beta": 12}))


def test_the_first_tocilizumab_of_the_events_speeds_the_growth_of_the_treated_model():
    days = np.concatenate([np.arange(0.5, 30.0, 0.5), [60, 90, 180, 270, 360]])
    phi = STEIN_COMEDICATION.published[np.newaxis]
    levels = np.exp(STEIN_COMEDICATION.log_level(phi, days, np.array([[5.0, np.nan]])))[0]
    study = as_study(profile("treated", days, levels, lloq=1e-3), time_unit="day")
    events = pd.DataFrame({"subject": "treated", "event": "tocilizumab", "time": [-3.0, 5.0, 7.0]})
    result = carpk.fit_models(replace(study, events=events), ["stein_comedication", "stein"])
    treated, untreated = values(result, "treated", "stein_comedication"), values(result, "treated")
    assert treated["model_fold_expansion"] == pytest.approx(3_900, rel=1e-4)
    assert treated["model_cmax"] == pytest.approx(24_000, rel=1e-4)
    assert untreated["model_cmax"] > 25_000  # the treated peak is higher


def test_contraction_alone_is_fitted_to_the_samples_from_the_peak_on():
    days = np.array([0.5, 2.0, 9.3, 11, 14, 17, 21, 28, 42, 60, 90, 180, 270, 360])
    levels = level(TYPICAL, days)
    levels[:2] = 3_000.0  # what came before the peak does not matter
    result = carpk.fit_models(profile("late", days, levels, lloq=1e-3), ["contraction_only"])
    found = values(result, "late", "contraction_only")
    assert found["model_alpha"] == pytest.approx(0.16, rel=1e-4)
    assert found["model_beta"] == pytest.approx(0.0032, rel=1e-4)
    assert result.comparison["levels"].iloc[0] == 12
    assert "model_auc_0_28d" not in found
    assert result.curves["time"].iloc[0] == pytest.approx(9.3)


def test_a_late_second_rise_is_flagged_on_the_fit(samples):
    one = samples[samples["subject"] == "P0"].reset_index(drop=True)
    late = one.assign(value=one["value"].where(one["time"] != 270, "900000"))
    flags = carpk.fit_models(late).parameters["flags"]
    assert flags[flags != ""].str.contains("LATE_REEXPANSION").all()
    assert (flags != "").any()


def test_an_area_far_from_the_measured_one_is_flagged():
    # Four fast points make the NCA's area; a residual error of 3 lets the model miss them.
    days = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28.0, 40, 60])
    levels = np.array([60, 70, 90, 100, 110, 100, 100000, 90, 80, 70, 60, 55.0])
    rules = carpk.FitRules(residual_error=3.0, fixed={"alpha": 0.02, "persistent_fraction": 0.01, "beta": 0.01})
    flags = carpk.fit_models(profile("spike", days, levels), rules=rules).parameters["flags"]
    assert flags.str.contains("AREA_DIFFERS").any()


def test_a_trial_in_which_no_one_expands_has_reasons_and_no_curves():
    result = carpk.fit_models(profile("never", DAYS, np.full(len(DAYS), 10.0)), ["stein", "contraction_only"])
    assert set(result.parameters["reason"]) == {"NO_QUANTIFIED"}
    assert result.curves.empty


def test_a_trial_without_car_t_levels_has_empty_tables():
    result = carpk.fit_models(profile("P", DAYS, np.full(len(DAYS), 90.0)).assign(analyte="il6", unit="pg/mL"))
    assert result.parameters.empty
    assert result.comparison.empty
