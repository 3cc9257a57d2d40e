import math

import numpy as np
import pytest

from carpk.nca.segments import area_between, area_of_decay, shape_segments


def area(times, levels, start, end, method):
    segments = shape_segments(np.array([times], float), np.array([levels], float), method=method)
    return area_between(segments, start, end)[0]


@pytest.mark.parametrize(
    ("start", "end", "linear", "logarithmic"),
    [
        (0, 28, 11270.0, 7209.660759589535),
        (0, 21, 9467.5, 6936.055235990487),
        (21, 28, 1802.5, 273.6055235990486),
    ],
)
def test_area_of_the_micro_example_agrees_with_its_source(start, end, linear, logarithmic):
    # t 0, 7, 14, 28; c 0, 100, 1000, 10: worked out in the project's science notes, section 1.1.
    times, levels = [0, 7, 14, 28], [0, 100, 1000, 10]
    assert area(times, levels, start, end, "linear") == pytest.approx(linear, rel=1e-12)
    assert area(times, levels, start, end, "linear-up log-down") == pytest.approx(logarithmic, rel=1e-12)


def test_an_exponential_decline_is_integrated_exactly_on_any_grid():
    times = [0, 0.3, 5, 5.5, 40]
    levels = [900 * math.exp(-0.2 * time) for time in times]
    expected = 900 / 0.2 * (1 - math.exp(-0.2 * 40))
    assert area(times, levels, 0, 40, "linear-up log-down") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("before", "after"), [(0.1 * 3, 0.3), (np.nextafter(1e5, 2e5), 1e5), (50.0, 50.0)])
def test_nearly_equal_levels_have_the_area_of_the_rectangle(before, after):
    # The textbook formula (c1 - c2)/ln(c1/c2) gives 0.25, infinity and 0/0 here.
    assert area([0, 1], [before, after], 0, 1, "linear-up log-down") == pytest.approx(after, rel=1e-15)


def test_a_fall_to_zero_is_a_triangle():
    assert area([0, 10], [80, 0], 0, 10, "linear-up log-down") == 400


def test_a_rising_segment_is_linear_under_both_methods():
    assert area([0, 10], [20, 80], 0, 10, "linear-up log-down") == area([0, 10], [20, 80], 0, 10, "linear") == 500


def test_a_window_inside_one_segment_is_cut_on_both_sides():
    # A straight line from 0 to 100 over ten days: between day 2 and day 4 the mean is 30.
    assert area([0, 10], [0, 100], 2, 4, "linear") == pytest.approx(60, rel=1e-14)


def test_the_shape_is_decided_before_the_window_is_cut():
    # From 900 at day 21 to zero at day 29 is a triangle, cut at day 28 or not: 3600 less 0.5 * 1 * 112.5.
    assert area([21, 29], [900, 0], 21, 28, "linear-up log-down") == pytest.approx(3600 - 56.25, rel=1e-14)


def test_a_segment_of_no_length_has_no_area():
    assert area([0, 5, 5, 5, 10], [0, 10, 10, 10, 10], 0, 10, "linear") == 25 + 50


def test_a_decay_of_rate_zero_holds_the_level():
    one = np.ones(1)
    assert area_of_decay(40 * one, 0 * one, 1 * one, 3 * one)[0] == 80
