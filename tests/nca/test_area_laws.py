"""Laws of areas that follow from the shape of the curve, and areas against exact integrals."""

import itertools
import math

import numpy as np
import pytest
from drawn_profiles import compute, drawn, levels, quantified_levels
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad

from carpk.nca.segments import area_between, shape_segments
from carpk.terms import window_key

EVERY_METHOD = ["linear", "linear-up log-down", "linear-log", "log"]
quantified_profiles = drawn(quantified_levels, min_size=3)
grids = st.lists(st.integers(0, 12000), min_size=2, max_size=16, unique=True).map(
    lambda times: np.array(sorted(times)) / 64
)
rates = st.floats(0.01, 0.5)
MEASURED = {"tail": "never", "peak_horizon": math.inf}


def area(times, given_levels, start, end, method):
    """Area between two days under a curve that is zero outside its points; there is no peak to turn at."""
    segments = shape_segments(np.array([times], float), np.array([given_levels], float), method=method)
    return area_between(segments, start, end)[0]


def number(samples, key, **rules):
    return compute(samples, **rules)[key].value[0]


@given(quantified_profiles, st.sampled_from(EVERY_METHOD), st.data(), st.floats(0.01, 0.99))
def test_a_sample_that_lies_on_the_curve_changes_no_area(samples, method, data, share):
    place = data.draw(st.integers(0, len(samples) - 2))
    (day, level), (next_day, next_level) = samples[place : place + 2]
    peak_day = max(samples, key=lambda sample: (sample[1] if sample[0] > 0 else 0, -sample[0]))[0]
    bent = {
        "linear": False,
        "linear-up log-down": next_level < level,
        "linear-log": day >= peak_day,
        "log": True,
    }[method]
    on_line = level + (next_level - level) * share
    on_curve = level * (next_level / level) ** share if bent else on_line
    fuller = sorted([*samples, (day + (next_day - day) * share, on_curve)])
    once, again = (compute(one, auc_method=method, **MEASURED) for one in (samples, fuller))
    for key in ("auc_last", "auc_all", "auc_0_28d", "auc_28_90d"):
        np.testing.assert_allclose(again[key].value, once[key].value, rtol=1e-9)


@given(grids, st.data(), st.floats(0, 100), st.floats(0.1, 100))
def test_linear_areas_of_two_curves_add_up_to_the_area_of_their_sum(grid, data, start, length):
    values = st.lists(st.floats(0, 1e6), min_size=len(grid), max_size=len(grid)).map(np.array)
    one, other = data.draw(values), data.draw(values)
    areas = [area(grid, curve, start, start + length, "linear") for curve in (one, other, one + other)]
    assert areas[0] + areas[1] == pytest.approx(areas[2], rel=1e-11, abs=1e-9)


# Not "linear-log": a higher curve may have its peak, where that rule turns, on another day.
@given(quantified_profiles, st.sampled_from(["linear", "linear-up log-down", "log"]), st.data())
def test_a_curve_that_is_nowhere_lower_has_no_smaller_area(samples, method, data):
    higher = [(day, level * data.draw(st.floats(1, 3))) for day, level in samples]
    for key in ("auc_last", "auc_0_28d", "auc_28_90d"):
        lower_area, higher_area = (number(one, key, auc_method=method, **MEASURED) for one in (samples, higher))
        assert np.isnan(lower_area) == np.isnan(higher_area)
        assert np.isnan(lower_area) or higher_area >= lower_area * (1 - 1e-12)


@given(quantified_profiles, st.sampled_from(EVERY_METHOD))
def test_an_area_lies_between_its_length_times_the_lowest_and_times_the_highest_level(samples, method):
    (first, _), (last, _) = samples[0], samples[-1]
    inside = number(samples, window_key(first, last), auc_method=method, windows={"all": (first, last)})
    lowest, highest = (pick(level for _, level in samples) for pick in (min, max))
    assert (last - first) * lowest * (1 - 1e-12) <= inside <= (last - first) * highest * (1 + 1e-12)


@given(quantified_profiles)
def test_a_bent_fall_lies_between_the_geometric_and_the_arithmetic_mean(samples):
    samples = [(day + 1, level) for day, level in samples]  # from a zero inserted at day 0
    least, most = [], []
    for (day, level), (next_day, next_level) in itertools.pairwise([(0.0, 0.0), *samples]):
        arithmetic = (level + next_level) / 2
        most.append((next_day - day) * arithmetic)
        least.append((next_day - day) * (math.sqrt(level * next_level) if next_level < level else arithmetic))
    value = number(samples, "auc_last")
    assert math.fsum(least) * (1 - 1e-12) <= value <= math.fsum(most) * (1 + 1e-12)
    falls = any(after < before for (_, before), (_, after) in itertools.pairwise(samples))
    assert falls == (value < math.fsum(most) * (1 - 1e-12))


@given(st.floats(1e-6, 1e9), st.floats(0.01, 100))
def test_levels_one_digit_apart_have_the_area_of_the_straight_line(level, length):
    pair = [level, np.nextafter(level, 0)]
    bent, straight = (area([0, length], pair, 0, length, method) for method in ("linear-up log-down", "linear"))
    assert bent == pytest.approx(straight, rel=1e-13)


@given(grids, rates, st.floats(60, 1e6))
def test_an_exponential_decline_is_exact_on_any_grid(grid, rate, level):
    assume(len(grid) >= 5 and rate * grid[-1] < 600)
    samples = [(0.0, level), *((float(day), level * math.exp(-rate * day)) for day in grid if day > 0)]
    end = samples[-1][0]
    rules = {"windows": {"half": (end / 4, end / 2)}, "infinite": True}
    answers = {key: answer.value[0] for key, answer in compute(samples, **rules).items()}
    half = level / rate * (math.exp(-rate * end / 4) - math.exp(-rate * end / 2))
    assert answers[window_key(end / 4, end / 2)] == pytest.approx(half, rel=1e-9)
    assert answers["auc_last"] == pytest.approx(level / rate * -math.expm1(-rate * end), rel=1e-9)
    assert answers["lambda_z"] == pytest.approx(rate, rel=1e-9)
    assert answers["half_life"] == pytest.approx(math.log(2) / rate, rel=1e-9)
    assert answers["auc_inf_obs"] == pytest.approx(level / rate, rel=1e-9)
    assert answers["auc_inf_pred"] == pytest.approx(level / rate, rel=1e-9)


def two_declines(first, second):
    """A convex curve that falls, by its level and its second derivative."""

    def level(day):
        return 9000 * np.exp(-first * day) + 400 * np.exp(-second * day)

    def bend(day):
        return 9000 * first**2 * np.exp(-first * day) + 400 * second**2 * np.exp(-second * day)

    return level, bend


def refined(curve, pieces, method):
    """Area over days 0 to 28 of the curve sampled that often."""
    days = np.linspace(0.0, 28.0, pieces + 1)
    return number(list(zip(days, curve(days), strict=True)), "auc_0_28d", auc_method=method)


@given(rates, rates)
def test_twice_the_samples_leave_a_quarter_of_the_error(first, second):
    curve, bend = two_declines(first, second)
    exact = quad(curve, 0, 28, epsabs=0, epsrel=1e-13)[0]
    coarse, fine = (refined(curve, pieces, "linear") - exact for pieces in (64, 128))
    assert 3.9 < coarse / fine < 4.1
    # Straight lines over a convex curve lie above it, and no further than its largest bend says.
    assert 0 < coarse <= 28 * (28 / 64) ** 2 / 12 * bend(0.0)


@given(rates, rates)
def test_the_bent_area_is_nearer_to_a_decline_in_two_phases_than_the_straight_one(first, second):
    assume(abs(first - second) > 0.01)
    curve, _ = two_declines(first, second)
    exact = quad(curve, 0, 28, epsabs=0, epsrel=1e-13)[0]
    for pieces in (2, 8, 64):
        bent, straight = (refined(curve, pieces, method) for method in ("linear-up log-down", "linear"))
        assert exact * (1 - 1e-12) < bent < straight


@given(drawn(levels), st.floats(50, 1e6), st.floats(1, 100))
def test_a_higher_limit_never_raises_a_linear_area_nor_the_peak_nor_the_last_day(samples, limit, more):
    rules = {"auc_method": "linear", "blq": "zero", "peak_horizon": math.inf}

    def seen_from(least):
        return [(day, level if level is not None and level >= least else None) for day, level in samples]

    low, high = (compute(seen_from(least), **rules) for least in (limit, limit * more))
    for key in ("auc_last", "auc_all", "cmax", "tlast"):
        before, after = low[key].value[0], high[key].value[0]
        assert np.isnan(after) or after <= before


def test_a_bent_area_jumps_where_a_level_falls_below_the_limit():
    """A fall from 1000 to 1 is bent, to zero it is a triangle: a known step of the rule, not of the levels."""
    assert area([0, 1], [1000, 1], 0, 1, "linear-up log-down") == pytest.approx(999 / math.log(1000), rel=1e-14)
    assert area([0, 1], [1000, 0], 0, 1, "linear-up log-down") == 500
