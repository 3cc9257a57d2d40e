import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carpk.response.persistence import count_at_risk, kaplan_meier, median_interval, median_time, turnbull

# Freireich et al. 1963, Blood 21:699: weeks of remission under 6-mercaptopurine, as in Kalbfleisch and Prentice, and
# Cox and Oakes; the survival and the limits of its median are those that textbooks and other programs print.
RELAPSES = (6, 6, 6, 7, 10, 13, 16, 22, 23)
STILL_IN_REMISSION = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def leukemia():
    time = np.array(RELAPSES + STILL_IN_REMISSION, dtype=float)
    return time, np.arange(len(time)) < len(RELAPSES)


def at(curve, time, part):
    return float(getattr(curve, part)[curve.time == time][0])


def intervals(*pairs):
    left, right = zip(*pairs, strict=True)
    return turnbull(np.array(left, dtype=float), np.array(right, dtype=float))


@pytest.mark.parametrize(("week", "share"), PUBLISHED.items())
def test_the_curve_of_the_leukemia_trial_is_the_published_one(week, share):
    assert at(kaplan_meier(*leukemia()), week, "survival") == pytest.approx(share, abs=5e-4)


def test_the_numbers_at_risk_of_the_leukemia_trial_are_the_published_ones():
    curve = kaplan_meier(*leukemia())
    assert [at(curve, week, "at_risk") for week in PUBLISHED] == [21, 17, 15, 12, 11, 7, 6]


def test_the_limits_are_those_of_the_log_minus_log_of_the_share():
    # Three of 21 lost: Greenwood's sum is 3 / (21 * 18).
    share = 18 / 21
    reach = 1.959964 * math.sqrt(3 / (21 * 18)) / abs(math.log(share))
    curve = kaplan_meier(*leukemia())
    assert at(curve, 6, "low") == pytest.approx(share ** math.exp(reach), abs=1e-6)
    assert at(curve, 6, "high") == pytest.approx(share ** math.exp(-reach), abs=1e-6)


def test_the_median_of_the_leukemia_trial_is_23_weeks_and_13_at_least():
    median, low, high = median_time(kaplan_meier(*leukemia()))
    assert (median, low) == (23.0, 13.0)
    assert math.isnan(high)


def test_a_curve_worked_out_by_hand():
    # Five subjects: lost at 2, follow-up ended at 3, lost at 4 (two of the three left), follow-up ended at 5.
    curve = kaplan_meier(np.array([2.0, 3.0, 4.0, 4.0, 5.0]), np.array([True, False, True, True, False]))
    assert curve.time.tolist() == [0, 2, 3, 4, 5]
    assert curve.survival == pytest.approx([1, 4 / 5, 4 / 5, 4 / 5 * 1 / 3, 4 / 15])
    assert curve.at_risk.tolist() == [5, 5, 4, 3, 1]
    assert curve.events.tolist() == [0, 1, 0, 2, 0]
    assert curve.censored.tolist() == [0, 0, 1, 0, 1]


def test_follow_up_that_ends_at_the_time_of_a_loss_counts_as_at_risk_there():
    curve = kaplan_meier(np.array([2.0, 2.0]), np.array([True, False]))
    assert at(curve, 2, "survival") == 0.5


def test_there_are_no_limits_where_nobody_or_everybody_lost_it():
    curve = kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([False, True, True]))
    assert np.isnan(curve.low).tolist() == np.isnan(curve.high).tolist() == [True, True, False, True]


def test_a_curve_of_nobody_has_no_points():
    curve = kaplan_meier(np.array([]), np.array([], dtype=bool))
    assert len(curve.time) == len(curve.survival) == len(curve.at_risk) == 0
    assert all(math.isnan(limit) for limit in median_time(curve))


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle():
    losses = np.array([10.0, 20.0, 60.0, 80.0])
    assert median_time(kaplan_meier(losses, np.ones(4, dtype=bool)))[0] == 40.0


def test_one_half_is_one_half_although_the_product_of_shares_misses_it():
    # 5/6 * 4/5 * 3/4 is 0.5000000000000001 in floating-point numbers, or may be.
    losses = np.arange(1.0, 7.0)
    assert median_time(kaplan_meier(losses, np.ones(6, dtype=bool)))[0] == 3.5


def test_a_median_at_exactly_one_half_without_a_later_loss_is_the_time_of_that_loss():
    assert median_time(kaplan_meier(np.array([5.0, 9.0]), np.array([True, False])))[0] == 5.0


def test_a_median_that_is_not_reached_is_not_a_number():
    assert math.isnan(median_time(kaplan_meier(np.array([5.0, 9.0, 9.0]), np.array([True, False, False])))[0])


def test_at_risk_are_those_followed_until_just_before():
    assert count_at_risk(np.array([7.0, 3.0, 5.0]), np.array([0.0, 3.0, 3.1, 7.0, 8.0])).tolist() == [3, 3, 2, 1, 0]


def test_three_overlapping_intervals_worked_out_by_hand():
    # Innermost: (1, 2] in the first two, (2, 3] in the last two; the likelihood is a * (a + b) * b, so a = b.
    found = intervals((0, 2), (1, 3), (2, 4))
    assert (found.left.tolist(), found.right.tolist()) == ([1, 2], [2, 3])
    assert found.mass == pytest.approx([1 / 2, 1 / 2], abs=1e-9)
    assert found.after == pytest.approx([1 / 2, 0], abs=1e-9)


def test_intervals_with_the_end_of_a_follow_up_worked_out_by_hand():
    # Innermost: (0, 2] and (4, 5]; the likelihood is a * b * (a + b) * b = a b^2, so a = 1/3.
    found = intervals((0, 2), (2, 5), (0, 5), (4, math.inf))
    assert (found.left.tolist(), found.right.tolist()) == ([0, 4], [2, 5])
    assert found.mass == pytest.approx([1 / 3, 2 / 3], abs=1e-9)


def test_what_lies_after_the_last_sample_stays_after_it():
    found = intervals((0, 2), (3, math.inf))
    assert (found.left.tolist(), found.right.tolist()) == ([0, 3], [2, math.inf])
    assert found.after == pytest.approx([1 / 2, 0], abs=1e-9)


def test_an_interval_that_opens_where_another_closes_does_not_share_the_time():
    found = intervals((0, 2), (2, 4))
    assert (found.left.tolist(), found.right.tolist()) == ([0, 2], [2, 4])


def test_the_interval_of_the_median_is_the_one_in_which_half_is_passed():
    assert median_interval(intervals((0, 2), (2, 5), (0, 5), (4, math.inf))) == (4, 5)


def test_the_median_lies_in_either_of_two_intervals_where_half_remain_between_them():
    assert median_interval(intervals((0, 2), (1, 3), (2, 4))) == (1, 3)


def test_a_median_after_the_end_of_follow_up_has_no_right_end():
    assert median_interval(intervals((0, 2), (3, math.inf), (3, math.inf))) == (3, math.inf)


def test_the_intervals_of_nobody_hold_nothing():
    found = turnbull(np.array([]), np.array([]))
    assert len(found.mass) == 0
    assert found.converged
    assert all(math.isnan(end) for end in median_interval(found))


def test_an_interval_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="not end before they start"):
        intervals((3, 2))


def test_exact_times_give_the_kaplan_meier_curve_of_the_leukemia_trial():
    time, event = leukemia()
    found = turnbull(time, np.where(event, time, np.inf))
    assert found.left[:-1].tolist() == list(PUBLISHED)
    assert found.after[:-1] == pytest.approx(list(PUBLISHED.values()), abs=5e-4)


times_and_events = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=25)
some_intervals = st.lists(
    st.tuples(st.integers(0, 12), st.one_of(st.integers(1, 8), st.just(math.inf))), min_size=1, max_size=25
)


@settings(deadline=None, derandomize=True)
@given(times_and_events)
def test_exact_times_give_the_kaplan_meier_curve(given_times):
    time = np.array([float(time) for time, _ in given_times])
    event = np.array([event for _, event in given_times])
    curve, found = kaplan_meier(time, event), turnbull(time, np.where(event, time, np.inf))
    known = np.isfinite(found.right)
    lost = curve.events > 0
    assert found.right[known].tolist() == curve.time[lost].tolist()
    assert found.after[known] == pytest.approx(curve.survival[lost], abs=1e-5)


@settings(deadline=None, derandomize=True)
@given(some_intervals)
def test_the_masses_are_their_own_expectation(given_intervals):
    left = np.array([float(left) for left, _ in given_intervals])
    right = left + np.array([float(width) for _, width in given_intervals])
    found = turnbull(left, right)
    inside = ((left[:, None] <= found.left) & (found.right <= right[:, None])) * found.mass
    assert found.converged
    assert found.mass.sum() == pytest.approx(1.0, abs=1e-12)
    assert (inside / inside.sum(axis=1, keepdims=True)).mean(axis=0) == pytest.approx(found.mass, abs=1e-5)


@settings(deadline=None, derandomize=True)
@given(some_intervals)
def test_no_distribution_on_the_ends_of_the_intervals_is_more_likely(given_intervals):
    left = np.array([float(left) for left, _ in given_intervals])
    right = left + np.array([float(width) for _, width in given_intervals])
    found = turnbull(left, right)
    chance = (((left[:, None] <= found.left) & (found.right <= right[:, None])) * found.mass).sum(axis=1)
    # Unit steps hold every end, so a loss in any of them is a direction to go in; none may raise the likelihood.
    step = np.arange(0.0, 25.0)
    covers = (left[:, None] <= step) & (step + 1 <= right[:, None])
    assert (covers / chance[:, None]).sum(axis=0).max() <= len(left) * (1 + 1e-8)


@settings(deadline=None, derandomize=True)
@given(some_intervals)
def test_the_order_of_the_subjects_changes_no_digit(given_intervals):
    left = np.array([float(left) for left, _ in given_intervals])
    right = left + np.array([float(width) for _, width in given_intervals])
    assert turnbull(left, right).mass.tobytes() == turnbull(left[::-1], right[::-1]).mass.tobytes()
