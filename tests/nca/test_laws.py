"""Laws that hold for every profile: what another unit, another day 0 or another profile may change, and what not."""

import math

import numpy as np
import pytest
from drawn_profiles import any_rules, compute, drawn, levels, profiles
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.slow_nca import area, resolve, terminal, window

from carpk.nca.parameters import parameter_keys
from carpk.nca.rules import NcaRules
from carpk.reasons import flag_bit
from carpk.terms import term

METHODS = ["linear", "linear-up log-down"]
EVERY_METHOD = [*METHODS, "linear-log", "log"]
EVERY = parameter_keys(NcaRules(), dosed=False)


@given(st.lists(profiles, min_size=1, max_size=5), st.sampled_from(METHODS))
def test_many_profiles_at_once_agree_with_a_slow_loop_over_each(many, method):
    answers = compute(*many, auc_method=method)
    for row, samples in enumerate(many):
        points, positive = resolve(samples)
        last = positive[-1][0] if positive else 0.0
        assert answers["auc_last"].value[row] == pytest.approx(area(points, 0.0, last, method), rel=1e-9)
        for key, edges in (("auc_0_28d", (0.0, 28.0)), ("auc_28_90d", (28.0, 90.0)), ("auc_0_90d", (0.0, 90.0))):
            expected = window(samples, *edges, method)
            value = answers[key].value[row]
            assert np.isnan(value) if expected is None else value == pytest.approx(expected, rel=1e-9, abs=1e-9)
        fit = terminal(positive)
        value = answers["lambda_z"].value[row]
        assert np.isnan(value) if fit is None else value == pytest.approx(fit[0], rel=1e-7)


@given(profiles, st.integers(-8, 8))
def test_scaling_levels_by_a_power_of_two_scales_areas_bit_for_bit(samples, exponent):
    factor = 2.0**exponent
    once, scaled = compute(samples), compute(samples, scale=factor)
    for key in ("cmax", "clast", "auc_last", "auc_all"):
        np.testing.assert_array_equal(scaled[key].value, once[key].value * factor)
    for key in ("tmax", "tlast", "lambda_z_points"):
        np.testing.assert_array_equal(scaled[key].value, once[key].value)


@given(profiles)
def test_the_linear_area_is_never_below_the_logarithmic_one(samples):
    linear, logarithmic = (compute(samples, auc_method=method)["auc_last"].value[0] for method in METHODS)
    assert linear >= logarithmic * (1 - 1e-12)


@given(profiles, st.sampled_from(METHODS))
def test_an_area_never_exceeds_its_length_times_the_peak(samples, method):
    answer = compute(samples, auc_method=method, peak_horizon=np.inf)
    highest = max(level or 0.0 for _, level in samples)
    value = answer["auc_0_28d"].value[0]
    assert np.isnan(value) or value <= 28 * highest * (1 + 1e-12)


@given(profiles, profiles)
def test_another_profile_changes_nothing(samples, other):
    alone, together = compute(samples), compute(other, samples)
    for key, answer in alone.items():
        np.testing.assert_array_equal(together[key].value[1], answer.value[0], err_msg=key)


@given(st.lists(profiles, min_size=2, max_size=8))
def test_the_size_of_the_blocks_changes_nothing(many):
    whole = compute(*many)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carpk.profiles._CELLS_PER_BLOCK", 1)
        single = compute(*many)
    for key, answer in whole.items():
        for part in ("value", "reason", "flags", "low", "high"):
            np.testing.assert_array_equal(getattr(single[key], part), getattr(answer, part), err_msg=f"{key} {part}")


@given(profiles, st.sets(st.sampled_from(EVERY), min_size=1))
def test_a_parameter_asked_for_alone_is_the_same(samples, asked):
    every, some = compute(samples), compute(samples, parameters=asked)
    assert list(some) == [key for key in every if key in asked]
    for key, answer in some.items():
        for part in ("value", "reason", "flags"):
            np.testing.assert_array_equal(getattr(answer, part), getattr(every[key], part), err_msg=f"{key} {part}")


@given(profiles, st.lists(st.integers(1, 500), max_size=3))
def test_trailing_levels_below_the_limit_do_not_change_what_lies_before(samples, more):
    last = samples[-1][0]
    longer = [*samples, *((last + 1 + extra + 500 * n, None) for n, extra in enumerate(more))]
    once, extended = compute(samples), compute(longer)
    for key in ("auc_last", "tlast", "lambda_z", "cmax"):
        np.testing.assert_array_equal(extended[key].value, once[key].value)


@settings(max_examples=200)
@given(profiles, any_rules)
def test_a_value_is_missing_exactly_where_a_reason_is_given_whatever_the_rules(samples, rules):
    for key, answer in compute(samples, **rules).items():
        np.testing.assert_array_equal(np.isnan(answer.value), answer.reason > 0, err_msg=key)
        assert not np.isinf(answer.value).any(), key


@given(profiles)
def test_the_bounds_hold_the_area_unless_it_is_flagged(samples):
    for key in ("auc_0_28d", "auc_28_90d"):
        answer = compute(samples)[key]
        assert answer.low is not None
        if np.isfinite(answer.low[0]):
            assert answer.low[0] <= answer.value[0] * (1 + 1e-9)
            dropped = answer.flags[0] & flag_bit("DROP_ABOVE_BOUND")
            assert dropped or answer.value[0] <= answer.high[0] * (1 + 1e-9)


POWER_OF_TIME = {"time": 1, "area": 1, "rate": -1}
POWER_OF_LEVEL = {"level": 1, "area": 1}


def same(answer, other, factor=1.0, rtol=0.0, err_msg=""):
    """Assert that an answer is the other times a factor, with its bounds, reasons and flags."""
    for part in ("value", "low", "high"):
        one, two = getattr(answer, part), getattr(other, part)
        assert (one is None) == (two is None)
        if one is not None:
            np.testing.assert_allclose(one, two * factor, rtol=rtol, err_msg=f"{err_msg} {part}")
    np.testing.assert_array_equal(answer.reason, other.reason, err_msg=err_msg)
    np.testing.assert_array_equal(answer.flags, other.flags, err_msg=err_msg)


@settings(max_examples=100)
@given(profiles, any_rules, st.integers(-6, 6))
def test_another_time_unit_by_a_power_of_two_changes_every_number_by_its_own_power_bit_for_bit(
    samples, rules, exponent
):
    factor = 2.0**exponent
    once, scaled = compute(samples, **rules), compute(samples, time_scale=factor, **rules)
    for key, answer in scaled.items():
        same(answer, once[key], factor ** POWER_OF_TIME.get(term(key).kind, 0), err_msg=key)


@given(profiles, st.sampled_from(EVERY_METHOD))
def test_hours_give_the_numbers_of_days(samples, method):
    rules = {"auc_method": method, "infinite": True}
    days, hours = compute(samples, **rules), compute(samples, time_scale=24.0, **rules)
    for key, answer in hours.items():
        same(answer, days[key], 24.0 ** POWER_OF_TIME.get(term(key).kind, 0), rtol=1e-8, err_msg=key)


@settings(max_examples=100)
@given(profiles, any_rules, st.floats(1e-6, 1e6))
def test_another_unit_of_levels_changes_every_number_by_its_own_power_and_no_reason(samples, rules, factor):
    once, scaled = compute(samples, **rules), compute(samples, scale=factor, **rules)
    for key, answer in scaled.items():
        same(answer, once[key], factor ** POWER_OF_LEVEL.get(term(key).kind, 0), rtol=1e-8, err_msg=key)


@given(
    drawn(levels, earliest=1), st.sampled_from(EVERY_METHOD), st.integers(0, 6400), st.floats(0, 80), st.floats(1, 60)
)
def test_a_later_day_zero_moves_days_and_leaves_the_rest(samples, method, shift, start, length):
    """Nothing may stand at time 0 nor be inserted there: that is what day 0 means."""
    later = shift / 64
    rules = {"auc_method": method, "tail": "always", "time_zero": "none", "peak_horizon": math.inf}
    windows = {"here": (start, start + length)}, {"there": (start + later, start + length + later)}
    once = compute(samples, **rules, windows=windows[0])
    moved = compute(samples, **rules, windows=windows[1], time_shift=later)
    for key in ("cmax", "clast", "auc_last", "auc_all", "half_life", "lambda_z_points", "adjusted_r_squared"):
        np.testing.assert_allclose(moved[key].value, once[key].value, rtol=1e-9, err_msg=key)
    for key in ("tmax", "tfirst", "tlast", "tbql", "lambda_z_first", "lambda_z_last"):
        np.testing.assert_array_equal(moved[key].value, once[key].value + later, err_msg=key)
    here, there = (next(iter(NcaRules(windows=window).window_keys)) for window in windows)
    np.testing.assert_allclose(moved[there].value, once[here].value, rtol=1e-9, atol=1e-6)


@given(st.lists(profiles, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_profiles_changes_nothing(many, chance):
    order = list(range(len(many)))
    chance.shuffle(order)
    once, shuffled = compute(*many), compute(*(many[place] for place in order))
    for key, answer in once.items():
        np.testing.assert_array_equal(shuffled[key].value, answer.value[order], err_msg=key)
        np.testing.assert_array_equal(shuffled[key].reason, answer.reason[order], err_msg=key)


@given(st.lists(profiles, min_size=2, max_size=8), st.sampled_from([1, 3, 40]))
def test_the_size_of_blocks_changes_not_a_bit(many, cells):
    once = compute(*many, infinite=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carpk.profiles._CELLS_PER_BLOCK", cells)
        cut = compute(*many, infinite=True)
    for key, answer in once.items():
        same(cut[key], answer, err_msg=key)
        for part, extent in answer.extent.items():
            np.testing.assert_array_equal(cut[key].extent[part], extent, err_msg=f"{key} {part}")


@given(profiles)
def test_the_numbers_of_a_slope_fit_together(samples):
    answers = compute(samples, infinite=True)
    rate, half_life, first, last, span, clast, to_last, whole, share = (
        answers[key].value[0]
        for key in (
            "lambda_z", "half_life", "lambda_z_first", "lambda_z_last", "span_ratio", "clast", "auc_last",
            "auc_inf_obs", "extrapolated_percent",
        )
    )  # fmt: skip
    if not np.isnan(rate):
        assert rate * half_life == pytest.approx(math.log(2), rel=1e-14)
        assert span * half_life == pytest.approx(last - first, rel=1e-14)
        assert whole == pytest.approx(to_last + clast / rate, rel=1e-14)
        assert 0 <= share <= 100
