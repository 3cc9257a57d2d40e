"""Areas and times of markers above and below a level, worked out by hand on straight lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.response.areas import stretch
from carpk.response.courses import Courses


def courses(*of_subjects):
    """Make exact courses of lists of (time, level)."""
    counts = [len(points) for points in of_subjects]
    time, level = (np.array([point[which] for points in of_subjects for point in points], float) for which in (0, 1))
    return Courses(time, level, level, np.concatenate([[0], np.cumsum(counts)]))


TRIANGLE = courses([(0, 0), (10, 20), (20, 0)])
"""Up to 20 at day 10 and back: area 200; above 10 from day 5 to day 15."""


def cut(given, start, end):
    return stretch(given, given.low, start, end)


def test_the_area_is_that_of_the_triangle():
    assert cut(TRIANGLE, 0, 20).area() == pytest.approx([200.0])


def test_the_area_above_a_level_is_that_of_its_tip():
    # A triangle of base 10 days and height 10.
    assert cut(TRIANGLE, 0, 20).area_above(np.array([10.0])) == pytest.approx([50.0])


def test_the_area_below_a_level_is_that_of_the_two_corners():
    # Two triangles of 5 days and height 10.
    assert cut(TRIANGLE, 0, 20).area_below(np.array([10.0])) == pytest.approx([50.0])


def test_times_above_below_and_between_use_the_linear_crossings():
    window = cut(TRIANGLE, 0, 20)
    assert window.time_above(np.array([10.0])) == pytest.approx([10.0])
    assert window.time_below(np.array([10.0])) == pytest.approx([10.0])
    # Between 5 and 15: from day 2.5 to 7.5 and from 12.5 to 17.5.
    assert window.time_between(np.array([5.0]), np.array([15.0])) == pytest.approx([10.0])


def test_a_level_touched_at_a_point_is_not_exceeded():
    assert cut(TRIANGLE, 0, 20).time_above(np.array([20.0])) == [0.0]


def test_a_flat_course_at_the_level_is_neither_above_nor_below():
    flat = cut(courses([(0, 7), (10, 7)]), 0, 10)
    level = np.array([7.0])
    assert (flat.time_above(level), flat.time_below(level), flat.time_between(level, level)) == ([0.0], [0.0], [10.0])


def test_a_window_cuts_the_lines_where_it_begins_and_ends():
    # From day 5 (level 10) to day 12 (level 16): 5 days at a mean of 15, 2 days at a mean of 18.
    assert cut(TRIANGLE, 5, 12).area() == pytest.approx([5 * 15 + 2 * 18])


def test_the_last_level_is_held_to_the_end_of_the_window():
    assert cut(courses([(0, 4), (26, 4)]), 0, 28).area() == pytest.approx([112.0])


def test_courses_do_not_run_into_each_other():
    both = courses([(0, 1), (10, 1)], [(0, 100), (10, 100)])
    assert cut(both, 0, 10).area() == pytest.approx([10.0, 1000.0])


def test_a_course_without_samples_has_no_area():
    assert cut(courses([], [(0, 1), (10, 1)]), 0, 10).area() == pytest.approx([0.0, 10.0])


points = st.lists(st.tuples(st.integers(0, 400), st.floats(0, 1e4)), min_size=2, max_size=12, unique_by=lambda p: p[0])


@given(points, st.floats(0.1, 1e4))
def test_above_minus_below_is_the_area_minus_the_level(samples, level):
    window = cut(courses(sorted((0.25 * time, value) for time, value in samples)), 0, 100)
    over, under = window.area_above(np.array([level])), window.area_below(np.array([level]))
    length = window.length.sum()
    assert over - under == pytest.approx(window.area() - level * length, rel=1e-9, abs=1e-6)


@given(points, st.floats(0.1, 1e4))
def test_times_above_at_and_below_fill_the_window(samples, level):
    window = cut(courses(sorted((0.25 * time, value) for time, value in samples)), 0, 100)
    level = np.array([level])
    total = window.time_above(level) + window.time_below(level) + window.time_between(level, level)
    assert total == pytest.approx([window.length.sum()])


@given(points, st.integers(1, 399))
def test_the_parts_of_a_window_add_up(samples, middle):
    given = courses(sorted((0.25 * time, value) for time, value in samples))
    middle = 0.25 * middle
    first = given.time[0]
    whole = cut(given, first, 100).area()
    parts = cut(given, first, max(first, middle)).area() + cut(given, max(first, middle), 100).area()
    assert parts == pytest.approx(whole, rel=1e-9, abs=1e-9)
