"""Simulated trials: patients, visits and errors are as the design says, and chance comes from the generator alone."""

import math

import numpy as np
import pytest
from models.designs import VISITS, design, exact

from carpk.errors import RulesError
from carpk.models.catalog import model
from carpk.models.stein import TYPICAL, level
from carpk.models.virtual_trial import draw_from_design, run_virtual_trial


def run(plan, name="stein", seed=1, **options):
    return run_virtual_trial(plan, model(name), rng=np.random.default_rng(seed), **options)


def many(plan, name="stein", subjects=20_000):
    return run(plan, name, subjects=subjects)


def test_without_spread_and_error_every_level_is_that_of_the_typical_curve():
    measured = run(exact(lloq=1e-3)).sampled["car_t_qpcr"].measured
    expected = level(TYPICAL, VISITS)
    assert measured.levels[:, 1:] == pytest.approx(np.tile(expected[1:], (3, 1)), rel=1e-12)


def test_a_sample_of_day_0_precedes_the_infusion():
    measured = run(exact(lloq=1e-3)).sampled["car_t_qpcr"].measured
    assert measured.below[:, 0].all()


def test_levels_go_with_the_dose_to_the_power_of_the_exponent():
    cohorts = [{"name": "low", "dose": 1e5, "subjects": 1}, {"name": "high", "dose": 1.6e6, "subjects": 1}]
    levels = run(exact(cohorts=cohorts, reference_dose=1e5, dose_exponent=0.25)).patients.levels(np.array([9.3]))
    assert levels[:, 0] == pytest.approx([24_000.0, 48_000.0], rel=1e-12)  # 16 ** 0.25 = 2


def test_the_published_spread_is_a_variance_unless_the_design_says_otherwise():
    place = model("stein").index("cmax")
    spreads = [many(design(random_effects=reading)).patients.phi[:, place].std() for reading in ("variance", "sd")]
    assert spreads == pytest.approx([math.sqrt(0.65), 0.65], rel=0.03)  # 20,000 draws: 0.5 % standard error


def test_the_error_on_the_logarithm_is_the_one_asked_for():
    trial = many(exact(residual_sd=0.4, lloq=1e-3))
    errors = np.log(trial.sampled["car_t_qpcr"].measured.levels[:, 5] / level(TYPICAL, [14.0]))
    assert errors.std() == pytest.approx(0.4, rel=0.03)


def test_levels_below_the_limit_are_below_and_the_others_quantified():
    measured = run(exact(lloq=1_000.0)).sampled["car_t_qpcr"].measured
    below = level(TYPICAL, VISITS) < 1_000.0
    assert (measured.below == below).all()
    assert (np.isnan(measured.levels) == below).all()


def test_visits_stay_within_their_jitter_and_in_their_order():
    trial = many(design(jitter={1: 0.5, 14: 30.0}), subjects=2_000)
    off = np.abs(trial.days - trial.planned)
    assert off[:, 0].max() == 0.0
    assert 0.4 < off[:, 1:5].max() <= 0.5
    assert off[:, 5:].max(axis=0) == pytest.approx(0.49 * np.array([3, 7, 7, 30, 30]), rel=0.1)  # nearest neighbors
    assert (np.diff(trial.days, axis=1) > 0).all()


def test_visits_are_missed_with_the_chance_given():
    assert many(design(missing_share=0.2)).held.mean() == pytest.approx(0.8, abs=0.005)


def test_the_share_given_has_left_by_the_last_day_and_half_of_its_survival_by_the_middle():
    drop_out = many(design(drop_out_share=0.36)).drop_out
    assert (drop_out < 90).mean() == pytest.approx(0.36, abs=0.02)
    assert (drop_out < 45).mean() == pytest.approx(0.20, abs=0.02)  # 1 - sqrt(1 - 0.36)


def test_nothing_is_due_after_the_drop_out_but_the_first_visit_always_is():
    trial = many(design(drop_out_share=0.9))
    assert trial.due[:, 0].all()
    assert (trial.days[trial.due] <= np.repeat(trial.drop_out, trial.due.sum(axis=1))).all()
    assert not (trial.held & ~trial.due).any()


def test_tocilizumab_goes_to_the_share_of_patients_with_the_most_severe_reactions():
    patients = many(design(tocilizumab={"share": 0.3, "day": 5}), "stein_comedication").patients
    treated = patients.tocilizumab == 5.0
    assert treated.mean() == pytest.approx(0.3, abs=0.01)
    assert patients.severity[treated].min() >= patients.severity[~treated].max()
    cmax = patients.phi[:, patients.model.index("cmax")]
    assert cmax[treated].mean() > cmax[~treated].mean() + 0.5


def test_tocilizumab_raises_the_peak_by_the_growth_that_it_adds():
    plan = exact(tocilizumab={"share": 1.0, "day": 5.0})
    peak = run(plan, "stein_comedication").patients.levels(np.array([9.3]))[0, 0]
    growth = math.log(3900.0) / 9.3
    assert peak == pytest.approx(24_000.0 * math.exp(growth * (9.3 - 5.0) * (1.2 - 1.0)), rel=1e-12)


def test_trials_follow_each_other_with_the_same_cohorts():
    cohorts = [{"name": "low", "dose": 1.0, "subjects": 2}, {"name": "high", "dose": 2.0, "subjects": 1}]
    assert run(design(cohorts=cohorts), trials=2).patients.cohort.tolist() == [0, 0, 1, 0, 0, 1]


def test_one_state_of_the_generator_gives_one_trial():
    first, again, other = (run(design(), seed=seed).sampled["car_t_qpcr"].measured.levels for seed in (1, 1, 2))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_markers_and_missed_visits_leave_patients_and_levels_as_they_were():
    plain = run(design())
    richer = run(design(missing_share=0.5, markers={"visits": VISITS}))
    one, other = (trial.sampled["car_t_qpcr"].measured.levels for trial in (plain, richer))
    assert np.array_equal(one, other, equal_nan=True)


def test_b_cells_fall_where_the_cells_expand_and_crs_comes_in_the_shares_given():
    plan = design(markers={"visits": [-7, 0, 14], "crs_shares": [0.4, 0.3, 0.2, 0.1]})
    trial = many(plan, subjects=5_000)
    b_cells = trial.sampled["b_cells"].measured
    assert b_cells.below[:, 2].mean() > 0.8
    assert not b_cells.below[:, 0].any()
    assert np.bincount(trial.crs_grade.astype(int)) / 5_000 == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=0.02)
    assert (np.isnan(trial.crs) == (trial.crs_grade == 0)).all()


def test_a_marker_is_measured_on_its_own_visits_and_the_levels_on_theirs():
    trial = run(design(visits=[0, 7, 14], markers={"analytes": ["crp"], "visits": [-7, 0, 3]}))
    assert list(trial.sampled) == ["car_t_qpcr", "crp"]
    assert trial.planned[trial.sampled["crp"].columns].tolist() == [-7.0, 0.0, 3.0]
    assert trial.planned[trial.sampled["car_t_qpcr"].columns].tolist() == [0.0, 7.0, 14.0]


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("contraction_only", {}, "describes the decline only"),
        ("stein", {"tocilizumab": {"share": 0.5, "day": 5}}, "stein_comedication does"),
        ("stein", {"typical": {"cmaxx": 1.0}}, "Did you mean 'cmax'?"),
        ("stein", {"typical": {"persistent_fraction": 2.0}}, "must lie from 1e-06 to 0.999999; got 2.0"),
        ("stein", {"spread": {"cmax": -1.0}}, "cmax must lie from 0 to inf; got -1.0"),
        ("lagged", {}, "the publication of 'lagged' gives no value of ['cmax', 'persistent_fraction']"),
    ],
)
def test_a_model_that_the_design_does_not_fit_is_refused(name, changes, message):
    with pytest.raises(RulesError) as caught:
        run(design(**changes), name)
    assert message in str(caught.value)


def test_another_model_is_simulated_where_the_design_gives_what_the_publication_does_not():
    spread = dict.fromkeys((entry.name for entry in model("lagged").parameters), 0.0)
    plan = design(typical={"cmax": 5_000.0, "persistent_fraction": 0.01}, spread=spread)
    patients = draw_from_design(plan, model("lagged"), rng=np.random.default_rng(1))
    assert patients.levels(np.array([9.29])) == pytest.approx(np.full((3, 1), 5_000.0), rel=1e-12)
