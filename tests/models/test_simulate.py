"""Virtual patients: they vary as told, and chance comes from the generator alone."""

from dataclasses import fields

import numpy as np
import pytest

from carpk.models.simulate import STEIN_AS_PRINTED, Variability, add_residual_error, censor, draw_patients
from carpk.models.stein import TYPICAL

NONE = Variability(fold_expansion=0, tmax=0, cmax=0, alpha=0, persistent_fraction=0, beta=0)


def drawn(variability=STEIN_AS_PRINTED, count=20_000, seed=1, **options):
    return draw_patients(TYPICAL, variability, count, rng=np.random.default_rng(seed), **options)


def test_without_variability_every_patient_is_the_typical_one():
    patients = drawn(NONE, count=3)
    for item in fields(TYPICAL):
        assert getattr(patients, item.name) == pytest.approx([getattr(TYPICAL, item.name)] * 3, rel=1e-12)


def test_the_spread_on_the_logarithm_is_the_one_asked_for():
    patients = drawn()
    for name in ("fold_expansion", "tmax", "cmax", "alpha", "beta"):
        spread = np.log(getattr(patients, name)).std()
        assert spread == pytest.approx(getattr(STEIN_AS_PRINTED, name), rel=0.03)  # 20,000 draws: 0.5 % standard error


def test_the_middle_patient_is_the_typical_one():
    assert np.median(drawn().cmax) == pytest.approx(24_000, rel=0.03)


def test_the_persistent_fraction_stays_between_0_and_1_however_wide_the_spread():
    wide = Variability(fold_expansion=0, tmax=0, cmax=0, alpha=0, persistent_fraction=10, beta=0)
    share = drawn(wide).persistent_fraction
    assert share.min() > 0
    assert share.max() < 1


def test_a_cmax_factor_scales_peak_and_first_level_alike():
    patients = drawn(NONE, count=2, cmax_factor=[1.0, 0.5])
    assert patients.cmax == pytest.approx([24_000, 12_000])
    assert patients.initial_level == pytest.approx([24_000 / 3_900, 12_000 / 3_900])


def test_the_same_generator_state_gives_the_same_patients():
    assert drawn(count=5).cmax.tolist() == drawn(count=5).cmax.tolist()
    assert drawn(count=5).cmax.tolist() != drawn(count=5, seed=2).cmax.tolist()


def test_read_as_variances_the_printed_effects_give_their_square_roots():
    assert STEIN_AS_PRINTED.from_variances().cmax == pytest.approx(0.65**0.5)
    assert STEIN_AS_PRINTED.from_variances().fold_expansion == pytest.approx(2.4**0.5)


def test_residual_error_is_additive_on_the_logarithm_and_leaves_its_input_alone():
    levels = np.full((100, 200), 1_000.0)
    measured = add_residual_error(levels, 0.56, rng=np.random.default_rng(1))
    assert np.log(measured / 1_000).std() == pytest.approx(0.56, rel=0.03)  # 20,000 draws
    assert np.log(measured / 1_000).mean() == pytest.approx(0, abs=0.02)
    assert (levels == 1_000).all()


def test_levels_outside_the_limits_are_told_apart_and_the_limits_themselves_are_quantified():
    measured = censor(np.array([49.9, 50.0, 800.0, 5_000.0, 5_000.1]), lloq=50, uloq=5_000)
    assert measured.below.tolist() == [True, False, False, False, False]
    assert measured.above.tolist() == [False, False, False, False, True]
    assert measured.levels[1:4].tolist() == [50.0, 800.0, 5_000.0]
    assert np.isnan(measured.levels[[0, 4]]).all()


def test_without_an_upper_limit_nothing_is_above_it():
    assert not censor(np.array([1e300]), lloq=50).above.any()
