"""fit_population: from a study to tables, with every subject in them and a reason for every gap."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import carpk
from carpk import cli
from carpk.errors import DataError, RulesError
from carpk.models.population_rules import Effort, PopulationRules
from carpk.models.simulate import STEIN_AS_PRINTED, add_residual_error, draw_patients
from carpk.models.stein import TYPICAL, level
from carpk.reasons import ACTIONS, FLAGS, REASONS, split_flags
from carpk.schema import Study

YEAR = np.array([2, 4, 7, 11, 14, 21, 28, 60, 90, 120, 180, 270, 360.0])
QUARTER = YEAR[:9]
QUICK = Effort(exploring=120, smoothing=60, settling=10, points=256, batches=4)
LLOQ = 50.0


def samples(patients=18, days=YEAR, seed=1, factor=1.0):
    """A trial drawn from Stein 2019, as a table; levels below the limit as text."""
    rng = np.random.default_rng(seed)
    levels = level(draw_patients(TYPICAL, STEIN_AS_PRINTED, patients, rng=rng), days)
    measured = add_residual_error(levels, 0.56, rng=rng)
    return pd.DataFrame(
        {
            "subject": np.repeat([f"S{number:02d}" for number in range(patients)], len(days)),
            "time": np.tile(days, patients),
            "value": [repr(float(factor * one)) if one >= LLOQ else f"<{factor * LLOQ!r}" for one in measured.ravel()],
            "unit": "copies/ug",
            "lloq": factor * LLOQ,
        }
    )


def fitted(table, **choices):
    return carpk.fit_population(table, effort=choices.pop("effort", QUICK), **choices)


@pytest.fixture(scope="module")
def year():
    return fitted(samples())


def estimates(fit):
    return fit.typical.set_index("parameter")["estimate"]


def test_a_small_trial_gives_back_the_typical_values_within_three_standard_errors(year):
    true = {"fold_expansion": 3900, "tmax": 9.3, "cmax": 24_000, "alpha": 0.16, "persistent_fraction": 0.0079}
    # Standard errors of 18 patients on ln: the spread between them over the root of 18, and a little more.
    error = {"fold_expansion": 0.62, "tmax": 0.1, "cmax": 0.19, "alpha": 0.23, "persistent_fraction": 0.28}
    for name, value in true.items():
        assert np.log(estimates(year)[f"model_{name}"] / value) == pytest.approx(0, abs=3 * error[name])
    assert year.residual["estimate"].item() == pytest.approx(0.56, rel=0.2)


def test_every_estimate_stands_in_its_interval(year):
    for table in (year.typical, year.variability, year.residual):
        assert (table["low"] < table["estimate"]).all()
        assert (table["estimate"] < table["high"]).all()


def test_the_published_values_stand_beside(year):
    published = year.typical.set_index("parameter")["published"]
    assert published["model_tmax"] == pytest.approx(9.3)
    spread = year.variability.set_index("parameter")["published"]
    assert spread["model_tmax"] == pytest.approx(0.38**0.5)  # read as a variance


def test_every_subject_has_every_parameter(year):
    assert year.individual.groupby("subject").size().tolist() == [11] * 18
    assert set(year.individual["source"]) == {"stein (population)"}


def test_a_number_is_missing_exactly_where_a_reason_is_given():
    fit = fitted(samples(days=QUARTER))
    for table, column in ((fit.typical, "estimate"), (fit.variability, "estimate"), (fit.individual, "value")):
        assert (table[column].isna() == (table["reason"] != "")).all()
        assert set(table["reason"]) <= {"", *REASONS}


def test_with_data_to_day_90_the_slow_rate_is_withheld_and_the_check_says_why():
    fit = fitted(samples(days=QUARTER))
    row = fit.typical.set_index("parameter").loc["model_beta"]
    assert row["reason"] == "FOLLOW_UP_SHORT"
    assert "FOLLOW_UP_SHORT" in set(fit.checks["code"])
    own = fit.individual[fit.individual["parameter"] == "model_beta_half_life"]
    assert set(own["reason"]) == {"FOLLOW_UP_SHORT"}


def test_with_the_slow_rate_fixed_the_rest_is_reported():
    fit = fitted(samples(days=QUARTER), fixed={"beta": 0.0032}, fixed_sd={"beta": 0})
    row = fit.typical.set_index("parameter").loc["model_beta"]
    assert row["estimate"] == pytest.approx(0.0032)
    assert row["flags"] == "FIXED_VALUE"
    own = fit.individual[fit.individual["parameter"] == "model_beta"]["value"]
    assert own.to_numpy() == pytest.approx(np.full(18, 0.0032))


def test_the_order_of_rows_and_subjects_changes_nothing(year):
    shuffled = fitted(samples().sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled.typical, year.typical, check_exact=True)
    by_subject = shuffled.individual.sort_values(["subject", "parameter"], kind="stable", ignore_index=True)
    expected = year.individual.sort_values(["subject", "parameter"], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(by_subject, expected, check_exact=True)


def test_one_seed_gives_one_answer_and_another_another(year):
    pd.testing.assert_frame_equal(fitted(samples()).typical, year.typical, check_exact=True)
    assert (estimates(fitted(samples(), seed=2)) != estimates(year)).all()


def test_levels_ten_times_as_high_give_a_cmax_ten_times_as_high_and_nothing_else(year):
    scaled = estimates(fitted(samples(factor=10.0)))
    expected = estimates(year).where(estimates(year).index != "model_cmax", estimates(year) * 10)
    assert scaled.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)


def test_times_in_hours_give_the_same_answer_in_hours(year):
    table = samples()
    hours = fitted(table.assign(time=24 * table["time"]), time_unit="h")
    assert estimates(hours)["model_tmax"] == pytest.approx(24 * estimates(year)["model_tmax"], rel=1e-6)
    assert estimates(hours)["model_alpha"] == pytest.approx(estimates(year)["model_alpha"] / 24, rel=1e-6)
    assert estimates(hours)["model_cmax"] == pytest.approx(estimates(year)["model_cmax"], rel=1e-6)


def test_a_subject_without_a_quantified_level_is_named_and_not_lost():
    table = samples(patients=12)
    table.loc[table["subject"] == "S03", "value"] = "<50"
    fit = fitted(table)
    assert fit.log[["subject", "code"]].to_numpy().tolist() == [["S03", "NO_QUANTIFIED"]]
    own = fit.individual[fit.individual["subject"] == "S03"]
    assert len(own) == 11
    assert set(own["reason"]) == {"NO_QUANTIFIED"}
    assert fit.checks.set_index("code").loc["SUBJECT_LEFT_OUT", "detail"].startswith("1 left out: S03.")
    assert fit.objective.subjects == 11


def test_asked_to_such_a_subject_takes_part_as_censored():
    table = samples(patients=12)
    table.loc[table["subject"] == "S03", "value"] = "<50"
    fit = fitted(table, never_quantified="censor")
    assert fit.log.empty
    own = fit.individual[(fit.individual["subject"] == "S03") & (fit.individual["parameter"] == "model_cmax")]
    assert own["value"].item() < estimates(fit)["model_cmax"]


def as_study(weights, events=()):
    table = samples().assign(analyte="car_t_qpcr")
    subjects = pd.DataFrame({"subject": table["subject"].unique(), "weight": weights})
    rows = table.assign(
        status=np.where(table["value"].str.startswith("<"), "blq", "quantified"),
        value=pd.to_numeric(table["value"], errors="coerce"),
    )
    return Study(subjects=subjects, samples=rows, events=pd.DataFrame(events, columns=["subject", "event", "time"]))


def test_a_subject_without_the_covariate_is_named_and_not_lost():
    weights = np.append(np.linspace(50, 90, 17), np.nan)
    fit = fitted(as_study(weights), covariates={"cmax": "weight"})
    assert fit.log[["subject", "code"]].to_numpy().tolist() == [["S17", "COVARIATE_MISSING"]]
    effect = fit.typical[fit.typical["covariate"] == "weight"]
    assert effect["parameter"].item() == "model_cmax"
    assert effect["reason"].item() == ""


def test_an_event_is_a_covariate():
    events = [(f"S{number:02d}", "tocilizumab", 5.0) for number in range(0, 18, 2)]
    fit = fitted(as_study(np.full(18, 60.0), events), covariates={"tmax": ("tocilizumab",)})
    effect = fit.typical[fit.typical["covariate"] == "tocilizumab"]
    # drawn at random, it has no effect; its standard error is the spread times the root of 1/9 + 1/9
    assert effect["estimate"].item() == pytest.approx(0, abs=3 * 0.2)


def test_codes_of_checks_are_in_the_vocabulary(year):
    assert set(year.checks["code"]) <= {*REASONS, *FLAGS, *ACTIONS}
    assert {flag for cell in year.typical["flags"] for flag in split_flags(cell)} <= set(FLAGS)


def test_the_trace_ends_at_the_estimate(year):
    assert len(year.trace) == QUICK.exploring + QUICK.smoothing + QUICK.settling + QUICK.newton
    assert year.trace["model_tmax"].iloc[-1] == pytest.approx(estimates(year)["model_tmax"], rel=1e-12)


def test_bic_adds_the_logarithm_of_the_subjects_for_each_estimated_number(year):
    found = year.objective
    assert found.estimated == 13  # six typical values, six variabilities, the residual error
    assert found.bic == pytest.approx(found.minus_two_log_likelihood + 13 * np.log(18))


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"omega": "ful"}, "Did you mean 'full'"),
        ({"seeds": 3}, "Did you mean 'seed'"),
        ({"fixed": {"betta": 0.1}}, "Did you mean 'beta'"),
        ({"fixed": {"beta": -1.0}}, "must lie between"),
        ({"fixed_sd": {"beta": 0}}, "must stand in fixed"),
        ({"priors": {"beta": {"value": 0.003}}}, "needs value and sd"),
        ({"fixed": {"beta": 0.003}, "priors": {"beta": {"value": 0.003, "sd": 1}}}, "beta is fixed"),
        ({"covariates": {"cmax": "wieght"}}, "Did you mean 'weight'"),
        ({"covariates": {"cmax": "weight"}}, "the same for all"),
        ({"seed": -1}, "seed must be"),
        ({"effort": {"points": 100}}, "power of 2"),
        ({"effort": {"chains": 0}}, "at least 1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(choices, message):
    with pytest.raises(RulesError, match=message):
        carpk.fit_population(samples(), **choices)


def test_what_the_model_keeps_is_estimated_where_a_prior_is_given():
    events = [(f"S{number:02d}", "tocilizumab", 2.0) for number in range(18)]
    prior = {"tocilizumab_effect": {"value": 1.2, "sd": 0.1}}
    choices = {"priors": prior, "fixed_sd": {"tocilizumab_effect": 0.1}, "effort": QUICK}
    fit = carpk.fit_population(as_study(np.full(18, 60.0), events), "stein_comedication", **choices)
    row = fit.typical.set_index("parameter").loc["model_tocilizumab_effect"]
    assert row["flags"] == "PRIOR_USED"
    assert 0 < row["standard_error"] < 0.13
    kept = fit.typical.set_index("parameter").loc["model_corticosteroid_effect"]
    assert (kept["estimate"], kept["flags"]) == (1.0, "FIXED_VALUE")


def test_a_covariate_of_what_the_model_keeps_is_refused():
    with pytest.raises(RulesError, match="keeps tocilizumab_effect at its published value"):
        carpk.fit_population(samples(), "stein_comedication", covariates={"tocilizumab_effect": "weight"})


def test_covariates_that_say_the_same_are_refused():
    study = as_study(np.linspace(50, 90, 18))
    twin = Study(subjects=study.subjects.assign(mass=study.subjects["weight"] * 2.2), samples=study.samples)
    with pytest.raises(RulesError, match="cannot be told apart"):
        carpk.fit_population(twin, covariates={"cmax": ("weight", "mass")})


def test_too_few_subjects_are_refused():
    with pytest.raises(DataError, match="4 of 4 can be fitted"):
        carpk.fit_population(samples(patients=4))


def test_rules_are_kept_and_keywords_change_them():
    rules = PopulationRules(effort=QUICK, seed=5)
    fit = carpk.fit_population(samples(), rules=rules, seed=6)
    assert (fit.rules.seed, fit.rules.effort) == (6, QUICK)


def test_the_command_writes_subjects_and_typical_values(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    samples().assign(analyte="car_t_qpcr").to_csv("trial.csv", index=False)
    settings = "[population]\nseed = 3\n[population.effort]\nexploring = 60\nsmoothing = 30\nbatches = 2\nnewton = 0\n"
    (tmp_path / "settings.toml").write_text(settings, encoding="utf-8")
    files = ["-o", "subjects.csv", "--typical", "typical.csv"]
    done = CliRunner().invoke(cli.cli, ["fit", "trial.csv", "--population", "--settings", "settings.toml", *files])
    assert done.exit_code == 0, done.stderr
    assert len(pd.read_csv("subjects.csv")) == 18 * 11
    assert pd.read_csv("typical.csv")["parameter"].tolist()[:2] == ["model_fold_expansion", "model_tmax"]
    assert "-2LL" in done.stderr


def test_the_command_says_which_options_need_population(tmp_path):
    (tmp_path / "trial.csv").write_text("x", encoding="utf-8")
    done = CliRunner().invoke(cli.cli, ["fit", str(tmp_path / "trial.csv"), "--seed", "1"])
    assert done.exit_code == 2
    assert "belong to --population" in done.stderr
