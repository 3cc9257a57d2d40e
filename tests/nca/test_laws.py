"""Laws that hold for every profile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.slow_nca import area, resolve, terminal, window

from carpk.nca.parameters import compute_parameters, parameter_keys
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles
from carpk.reasons import flag_bit

METHODS = ["linear", "linear-up log-down"]
LLOQ = 50.0
EVERY = parameter_keys(NcaRules(), dosed=False)

levels = st.one_of(st.none(), st.floats(LLOQ, 1e6, allow_subnormal=False).map(lambda value: float(f"{value:.4g}")))
profiles = st.lists(
    st.tuples(st.integers(0, 12000), levels), min_size=1, max_size=16, unique_by=lambda pair: pair[0]
).map(lambda pairs: sorted((time / 64, level) for time, level in pairs))


def compute(*many, time_shift=0.0, scale=1.0, parameters=None, **rules):
    flat = [pair for samples in many for pair in samples]
    arrays = Profiles(
        time=np.array([time for time, _ in flat]) + time_shift,
        value=np.array([np.nan if level is None else level * scale for _, level in flat]),
        lloq=np.full(len(flat), LLOQ * scale),
        offsets=np.cumsum([0] + [len(samples) for samples in many]),
    )
    return compute_parameters(arrays, NcaRules(**rules), parameters=parameters).answers


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


@given(profiles, st.sampled_from(METHODS), st.floats(0, 80), st.floats(0.1, 60), st.floats(0.1, 60))
def test_areas_of_adjacent_windows_add_up(samples, method, start, first, second):
    middle, end = start + first, start + first + second
    rules = {"windows": {"1": (start, middle), "2": (middle, end), "3": (start, end)}, "tail": "always"}
    answers = compute(samples, auc_method=method, **rules)
    one, two, whole = (answers[key].value[0] for key in NcaRules(**rules).window_keys)
    if not np.isnan([one, two, whole]).any():
        assert one + two == pytest.approx(whole, rel=1e-9, abs=1e-9)


@given(profiles, st.sampled_from(METHODS), st.floats(1, 150), st.floats(0, 100))
def test_a_longer_window_is_never_smaller(samples, method, end, more):
    rules = {"windows": {"short": (0, end), "long": (0, end + more + 0.01)}, "tail": "always"}
    answers = compute(samples, auc_method=method, **rules)
    short, long = (answers[key].value[0] for key in NcaRules(**rules).window_keys)
    if not np.isnan([short, long]).any():
        assert long >= short * (1 - 1e-12)


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


@given(profiles, st.sampled_from(METHODS))
def test_a_value_is_missing_exactly_where_a_reason_is_given(samples, method):
    for answer in compute(samples, auc_method=method).values():
        np.testing.assert_array_equal(np.isnan(answer.value), answer.reason > 0)


@given(profiles)
def test_the_bounds_hold_the_area_unless_it_is_flagged(samples):
    for key in ("auc_0_28d", "auc_28_90d"):
        answer = compute(samples)[key]
        assert answer.low is not None
        if np.isfinite(answer.low[0]):
            assert answer.low[0] <= answer.value[0] * (1 + 1e-9)
            dropped = answer.flags[0] & flag_bit("DROP_ABOVE_BOUND")
            assert dropped or answer.value[0] <= answer.high[0] * (1 + 1e-9)
