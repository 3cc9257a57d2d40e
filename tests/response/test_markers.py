"""Baseline, peak, nadir, areas and return of a marker, worked out by hand, every branch of censoring among them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.reasons import REASON_CODES, flag_bit
from carpk.response.courses import Courses
from carpk.response.parameters import Setting, low_igg_parameters, marker_parameters
from carpk.response.rules import ResponseRules

LLOQ, ULOQ = 1.5, 5000.0
BLQ, BLQ_OF_UNKNOWN, ABOVE = "<1.5", "<?", ">5000"


def make_courses(points):
    bounds = {BLQ: (0.0, LLOQ), BLQ_OF_UNKNOWN: (0.0, np.inf), ABOVE: (ULOQ, np.inf)}
    low, high = zip(*(bounds.get(level) or (float(level), float(level)) for _, level in points), strict=True)
    times = np.array([float(time) for time, _ in points])
    return Courses(times, np.array(low), np.array(high), np.array([0, len(points)]))


def parameters(
    points, *, limit=None, within_levels=None, tmax=np.nan, course_end=np.inf, day=1.0, has_zero=True, **choices
):
    setting = Setting(np.array([-5.0]), np.array([course_end]), np.array([tmax]), day)
    return marker_parameters(
        make_courses(points),
        setting,
        ResponseRules(**choices),
        limit=limit,
        within_levels=within_levels,
        has_zero=has_zero,
    )


def told(answers, key):
    """Value, or the code of the reason; and bounds."""
    answer = answers[key]
    return REASON_CODES[answer.reason[0]] or answer.value[0], (answer.low[0], answer.high[0])


def value(answers, key):
    return told(answers, key)[0]


def flagged(answers, key, flag):
    return bool(answers[key].flags[0] & flag_bit(flag))


USUAL = [(-7, 4), (0, 5), (7, 105), (14, 25), (21, 8), (28, 5)]
"""Areas: 7 days at means of 55, 65, 16.5 and 6.5: 1001. Above 5: 1001 - 28 x 5 = 861."""


def test_the_baseline_is_the_last_level_before_the_infusion():
    assert value(parameters(USUAL), "baseline") == 5.0
    assert value(parameters(USUAL), "baseline_time") == 0.0


def test_the_baseline_can_be_the_last_level_before_lymphodepletion():
    assert value(parameters(USUAL, marker_baseline="before_lymphodepletion"), "baseline") == 4.0


def test_peak_day_change_and_fold():
    answers = parameters(USUAL)
    assert [value(answers, key) for key in ("peak", "peak_time", "peak_change", "peak_fold")] == [105, 7, 100, 21]


def test_a_peak_after_the_last_day_of_the_rules_does_not_count():
    assert value(parameters([*USUAL, (60, 900)]), "peak") == 105.0
    assert value(parameters([*USUAL, (60, 900)], marker_days=60), "peak") == 900.0


def test_a_peak_above_the_upper_limit_stays_a_lower_bound():
    answers = parameters([(0, 5), (7, ABOVE), (14, 25), (28, 5)])
    assert told(answers, "peak") == ("ABOVE_ULOQ", (5000.0, np.inf))
    assert told(answers, "peak_change") == ("ABOVE_ULOQ", (4995.0, np.inf))
    assert told(answers, "peak_fold") == ("ABOVE_ULOQ", (1000.0, np.inf))
    assert value(answers, "peak_time") == 7.0


def test_the_day_of_a_peak_among_several_above_the_limit_lies_between_them():
    answers = parameters([(0, 5), (7, ABOVE), (10, ABOVE), (14, 25), (28, 5)])
    assert told(answers, "peak_time") == (7.0, (7.0, 10.0))
    assert flagged(answers, "peak_time", "TIES")


def test_an_area_with_a_level_above_the_limit_is_a_lower_bound():
    answers = parameters([(0, 5), (7, ABOVE), (14, 5), (28, 5)])
    # 7 days at 2502.5, twice, and 14 days at 5.
    assert told(answers, "auc_0_28d") == ("ABOVE_ULOQ", (7 * 2502.5 * 2 + 14 * 5, np.inf))


def test_a_marker_always_below_the_limit_has_bounds_only():
    answers = parameters([(0, BLQ), (7, BLQ), (28, BLQ)])
    assert told(answers, "peak") == ("BELOW_LIMIT", (0.0, 1.5))
    assert told(answers, "peak_time")[0] == "BELOW_LIMIT"
    assert told(answers, "peak_change") == ("BELOW_LIMIT", (-1.5, 1.5))
    assert told(answers, "peak_fold") == ("BELOW_LIMIT", (0.0, np.inf))


def test_a_baseline_below_the_limit_bounds_change_and_fold():
    answers = parameters([(0, BLQ), (7, 30), (28, 3)])
    assert told(answers, "peak_change") == ("BELOW_LIMIT", (28.5, 30.0))
    assert told(answers, "peak_fold") == ("BELOW_LIMIT", (20.0, np.inf))


def test_a_baseline_of_zero_gives_no_fold():
    answers = parameters([(0, 0), (7, 30), (28, 3)])
    assert value(answers, "peak_fold") == "ZERO_BASELINE"
    assert value(answers, "peak_change") == 30.0


def test_a_missing_baseline_is_said():
    answers = parameters([(3, 10), (7, 30), (28, 3)])
    for key in ("baseline", "peak_change", "peak_fold", "auc_0_28d", "auc_above_baseline_0_28d", "return_time"):
        assert value(answers, key) == "NO_BASELINE", key
    assert value(answers, "peak") == 30.0


def test_areas_are_linear_and_split_at_the_baseline():
    answers = parameters(USUAL)
    assert value(answers, "auc_0_28d") == pytest.approx(1001.0)
    assert value(answers, "auc_above_baseline_0_28d") == pytest.approx(861.0)
    assert value(answers, "auc_below_baseline_0_28d") == 0.0


def test_half_the_limit_stands_for_a_level_below_it_in_an_area_with_bounds_beside():
    answers = parameters([(0, 3), (14, BLQ), (28, 3)])
    # 14 days at a mean of (3 + x) / 2, twice: 42 + 14 x, for x = 0.75, 0 and 1.5.
    assert told(answers, "auc_0_28d") == (pytest.approx(52.5), (42.0, 63.0))


def test_what_stands_for_a_level_below_the_limit_can_be_chosen():
    points = [(0, 3), (14, BLQ), (28, 3)]
    assert value(parameters(points, below_limit="zero"), "auc_0_28d") == pytest.approx(42.0)
    assert value(parameters(points, below_limit="lloq"), "auc_0_28d") == pytest.approx(63.0)


def test_the_last_level_before_the_infusion_stands_at_day_0_and_says_so():
    answers = parameters([(-3, 5), (14, 5), (28, 5)])
    assert value(answers, "auc_0_28d") == pytest.approx(140.0)
    assert flagged(answers, "auc_0_28d", "T0_BASELINE")


def test_a_last_sample_within_the_visit_window_is_held_and_says_so():
    answers = parameters([(0, 5), (14, 5), (26, 5)])
    assert value(answers, "auc_0_28d") == pytest.approx(140.0)
    assert flagged(answers, "auc_0_28d", "EDGE_EXTRAPOLATED")


def test_a_last_sample_before_the_visit_window_leaves_the_area_missing():
    answers = parameters([(0, 5), (14, 5), (25.9, 5)])
    assert value(answers, "auc_0_28d") == "WINDOW_NOT_COVERED"


def test_a_course_that_ended_before_leaves_the_area_missing():
    assert value(parameters([(0, 5), (14, 5)], course_end=20.0), "auc_0_28d") == "COURSE_CENSORED"


def test_days_above_a_limit_use_linear_crossings():
    # From 5 to 105 in 7 days: 55 at day 3.5; from 105 to 25 in 7 days: 55 at day 7 + 50 / 80 x 7.
    answers = parameters(USUAL, limit=55.0)
    above = 3.5 + 7 * 50 / 80
    assert value(answers, "time_above_limit_0_28d") == pytest.approx(above)
    assert value(answers, "time_below_limit_0_28d") == pytest.approx(28 - above)
    assert value(answers, "auc_above_limit_0_28d") == pytest.approx(above * 50 / 2)


def test_the_area_below_a_limit_is_what_the_course_leaves_of_it():
    answers = parameters([(0, 0), (14, 20), (28, 0)], limit=20.0)
    # The triangle of 28 x 20 / 2 leaves as much of 28 x 20.
    assert value(answers, "auc_below_limit_0_28d") == pytest.approx(280.0)


def test_days_in_a_range_use_linear_crossings():
    # Up to 20 at day 14 and back: between 5 and 15 from day 3.5 to 10.5 and from 17.5 to 24.5.
    answers = parameters([(0, 0), (14, 20), (28, 0)], within_levels=(5.0, 15.0))
    assert value(answers, "time_in_range_0_28d") == pytest.approx(14.0)


def test_days_above_a_limit_next_to_a_level_above_the_upper_limit_are_bounded():
    answers = parameters([(0, 0), (10, ABOVE), (20, 0), (28, 0)], limit=2500.0)
    reached, (least, most) = told(answers, "time_above_limit_0_28d")
    # Straight to 5000 and back: 10 days above 2500; to a level beyond all bounds: nearly 20.
    assert (reached, least) == (pytest.approx(10.0), pytest.approx(10.0))
    assert most == pytest.approx(20.0, abs=1e-3)


def test_the_return_is_the_first_level_below_twice_baseline_after_the_peak():
    assert told(parameters(USUAL), "return_time") == (21.0, (14.0, 21.0))


def test_exactly_twice_baseline_is_not_back():
    assert told(parameters([(0, 5), (7, 105), (14, 10), (21, 9.9)]), "return_time") == (21.0, (14.0, 21.0))


def test_a_marker_that_never_reached_twice_baseline_has_nothing_to_return_from():
    assert value(parameters([(0, 5), (7, 9.9), (14, 5), (28, 5)]), "return_time") == "NEVER_ABOVE"


def test_a_marker_still_high_at_its_last_sample_is_not_back():
    assert told(parameters([(0, 5), (7, 105), (28, 50)]), "return_time") == ("NOT_RETURNED", (28.0, np.inf))


def test_a_return_is_told_against_the_limit_where_the_baseline_is_below_it():
    answers = parameters([(0, BLQ), (7, 105), (14, 3), (21, 2.9)])
    assert told(answers, "return_time") == (21.0, (14.0, 21.0))
    assert flagged(answers, "return_time", "BASELINE_AT_LIMIT")


def test_the_lag_is_the_peak_of_the_marker_minus_that_of_the_cells():
    assert value(parameters(USUAL, tmax=9.5), "peak_lag") == -2.5
    assert value(parameters(USUAL), "peak_lag") == "NO_CAR_T_PEAK"


def test_no_sample_after_the_infusion_is_said():
    answers = parameters([(-7, 4), (0, 5)])
    assert value(answers, "peak") == "NO_SAMPLES_IN_WINDOW"
    assert value(answers, "nadir") == "NO_SAMPLES_IN_WINDOW"
    assert value(answers, "auc_0_28d") == "WINDOW_NOT_COVERED"


def test_a_unit_without_a_true_zero_has_neither_folds_nor_areas():
    answers = parameters([(0, 36.8), (7, 39.5), (28, 36.9)], limit=38.0, has_zero=False)
    assert value(answers, "peak_change") == pytest.approx(2.7)
    assert "time_above_limit_0_28d" in answers
    assert not {"peak_fold", "return_time", "auc_0_28d", "nadir_percent_change"} & set(answers)


def test_days_of_the_rules_follow_the_unit_of_the_times():
    hours = [(24 * time, level) for time, level in USUAL]
    answers = parameters(hours, day=24.0)
    assert value(answers, "peak_time") == 7 * 24.0
    assert value(answers, "auc_0_28d") == pytest.approx(24 * 1001.0)


def test_low_igg_is_dated_and_its_days_counted():
    # From 10 at day 0 to 2 at day 40: 4 at day 30; from 2 at day 40 to 6 at day 80: 4 at day 60.
    answers = low_igg_parameters(make_courses([(-7, 11), (0, 10), (40, 2), (80, 6)]), 4.0)
    assert told(answers, "low_igg_time") == (40.0, (0.0, 40.0))
    assert value(answers, "low_igg_days") == pytest.approx(30.0)


def test_days_of_low_igg_count_from_the_infusion_also_without_a_sample_there():
    """From 10 at the infusion, its last level before, down to 2 on day 40, and up to 6: at 4 on days 30 and 60."""
    answers = low_igg_parameters(make_courses([(-7, 10), (40, 2), (80, 6)]), 4.0)
    assert value(answers, "low_igg_days") == pytest.approx(30.0)
    assert flagged(answers, "low_igg_days", "T0_BASELINE")


def test_days_of_low_igg_need_a_level_at_the_infusion():
    answers = low_igg_parameters(make_courses([(40, 2), (80, 6)]), 4.0)
    assert told(answers, "low_igg_days")[0] == "NO_BASELINE"
    assert told(answers, "low_igg_time")[0] == 40.0


def test_igg_that_is_never_low_says_so():
    answers = low_igg_parameters(make_courses([(0, 10), (40, 4.1)]), 4.0)
    assert told(answers, "low_igg_time") == ("NEVER_BELOW", (40.0, np.inf))
    assert value(answers, "low_igg_days") == 0.0


levels = st.one_of(st.floats(LLOQ, ULOQ), st.just(BLQ), st.just(ABOVE))
courses_of_one = st.lists(levels, min_size=3, max_size=9).map(
    lambda listed: [(28.0 * place / (len(listed) - 1), level) for place, level in enumerate(listed)]
)


@given(courses_of_one)
def test_a_value_lies_within_its_bounds_and_a_gap_has_a_reason(points):
    for key, answer in parameters(points, limit=100.0, within_levels=(2.0, 200.0), tmax=9.0).items():
        assert np.isnan(answer.value[0]) == (answer.reason[0] > 0), key
        if answer.reason[0] == 0 and not np.isnan(answer.low[0]):
            slack = 1e-9 * (1 + abs(answer.value[0]))
            assert answer.low[0] - slack <= answer.value[0] <= answer.high[0] + slack, key


@given(courses_of_one, st.data())
def test_what_censoring_hides_lies_within_the_bounds(points, data):
    """Put any possible level in the place of a censored one: the number it gives lies within the bounds."""
    told_before = parameters(points, limit=100.0, within_levels=(2.0, 200.0))
    possible = {BLQ: st.floats(0.01, LLOQ), ABOVE: st.floats(ULOQ, 1e5)}
    truth = [(time, data.draw(possible[level]) if level in possible else level) for time, level in points]
    revealed = parameters(truth, limit=100.0, within_levels=(2.0, 200.0))
    for key in ("peak", "peak_change", "peak_fold", "nadir", "auc_0_28d", "time_above_limit_0_28d",
                "time_below_limit_0_28d", "auc_above_limit_0_28d", "auc_below_limit_0_28d",
                "time_in_range_0_28d", "auc_above_baseline_0_28d",
                "auc_below_baseline_0_28d"):  # fmt: skip
        before, after = told_before[key], revealed[key]
        if np.isnan(before.low[0]) or after.reason[0]:
            continue
        slack = 1e-6 * (1 + abs(after.value[0]))
        assert before.low[0] - slack <= after.value[0] <= before.high[0] + slack, key


def test_levels_below_a_limit_that_is_not_given_are_told_so():
    answers = parameters([(-1, BLQ_OF_UNKNOWN), (3, BLQ_OF_UNKNOWN), (28, BLQ_OF_UNKNOWN)])
    for key in ("baseline", "peak", "peak_change", "nadir", "nadir_change"):
        assert value(answers, key) == "LIMIT_UNKNOWN"


def test_a_peak_beside_a_level_below_an_unknown_limit_is_not_above_the_upper_limit():
    answers = parameters([(-1, 5), (3, 100), (28, BLQ_OF_UNKNOWN)])
    assert told(answers, "peak") == ("LIMIT_UNKNOWN", (100.0, np.inf))


def test_a_marker_that_is_always_above_the_upper_limit_has_a_nadir_above_it():
    answers = parameters([(-1, 5), (3, ABOVE), (28, ABOVE)])
    assert told(answers, "nadir") == ("ABOVE_ULOQ", (5000.0, np.inf))


def test_a_fall_from_a_baseline_above_the_upper_limit_has_no_lower_end():
    answers = parameters([(-1, ABOVE), (3, 100), (28, 50)])
    assert told(answers, "nadir_change") == ("ABOVE_ULOQ", (-np.inf, -4950.0))
