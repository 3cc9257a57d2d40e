import numpy as np
import pytest

from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles

DAY_28 = "auc_0_28d"


def test_a_missing_sample_at_time_zero_becomes_a_level_of_zero(compute):
    # 4 * 100 / 2 + 24 * (100 + 20) / 2 = 200 + 1440
    computed = compute("4:100,28:20", auc_method="linear")
    assert computed.value("it", DAY_28) == 1640
    assert computed.flags("it", DAY_28) == ["T0_INSERTED"]


def test_without_a_level_at_time_zero_the_window_has_no_start(compute):
    assert compute("4:100,28:20", time_zero="none").reason("it", DAY_28) == "STARTS_LATE"


def test_a_measured_level_at_time_zero_starts_the_curve(compute):
    assert compute("0:60,10:100,28:20", auc_method="linear").value("it", DAY_28) == 800 + 1080


def test_levels_below_the_limit_before_the_first_quantified_one_are_zero(compute):
    # Zero until day 7, then 7 * 100 / 2 and 14 * (100 + 20) / 2.
    assert compute("0:0,7:0,14:100,28:20", auc_method="linear").value("it", DAY_28) == 350 + 840


def test_a_gap_between_quantified_levels_is_bridged_and_flagged(compute):
    # The level below the limit at day 14 is left out: 7 * 100 / 2 + 21 * (100 + 20) / 2.
    computed = compute("0:0,7:100,14:0,28:20", auc_method="linear")
    assert computed.value("it", DAY_28) == 350 + 1260
    assert "EMBEDDED_BLQ" in computed.flags("it", DAY_28)


def test_a_gap_outside_the_window_is_not_flagged_in_it(compute):
    assert "EMBEDDED_BLQ" not in compute("0:0,7:100,28:60,40:0,60:55").flags("it", DAY_28)


def test_a_level_carried_into_day_zero_does_not_make_wash_out_a_gap(compute):
    # 60 at day 0 falls in a straight line to zero at day 1: 30; then zero, then up to 100 at day 14.
    computed = compute("0:60,1:0,4:0,14:100,28:20", auc_method="linear")
    assert computed.value("it", DAY_28) == 30 + 500 + 840
    assert computed.value("it", "tfirst") == 14


def test_after_the_last_quantified_level_the_curve_falls_in_a_triangle(compute):
    computed = compute("0:0,7:100,21:50,25:0,90:0", auc_method="linear")
    assert computed.value("it", DAY_28) == 350 + 1050 + 100
    assert computed.value("it", "auc_28_90d") == 0


def test_zero_is_carried_beyond_the_last_sample_with_a_flag(compute):
    computed = compute("0:0,7:100,14:50,28:0")
    assert computed.value("it", "auc_28_90d") == 0
    assert computed.flags("it", "auc_28_90d") == ["BLQ_CARRIED"]


def test_the_last_sample_two_days_early_is_within_the_visit_window(compute):
    # Three equal levels give no slope, so the last one is held: 26 * 100 - 7 * 100 / 2 and 2 * 100.
    computed = compute("0:0,7:100,14:100,20:100,26:100", auc_method="linear")
    assert computed.value("it", DAY_28) == pytest.approx(350 + 1900 + 200, rel=1e-14)
    assert computed.extent("it", DAY_28, "extrapolated_percent") == pytest.approx(100 * 200 / 2450, rel=1e-12)
    assert computed.flags("it", DAY_28) == ["EDGE_EXTRAPOLATED"]


def test_the_last_sample_more_than_two_days_early_leaves_the_window_missing(compute):
    computed = compute("0:0,7:100,14:100,20:100,25.9:100", auc_method="linear")
    assert computed.reason("it", DAY_28) == "WINDOW_NOT_COVERED"
    assert computed.extent("it", DAY_28, "observed") == pytest.approx(350 + 1890, rel=1e-12)
    assert computed.extent("it", DAY_28, "coverage") == pytest.approx(25.9 / 28, rel=1e-12)


def test_a_gap_is_closed_along_the_terminal_slope(compute):
    # 3200 halves every 2 days from day 14 to day 26; the gap holds 50 * 2 / ln 2 * (1 - 1/2).
    levels = ",".join(f"{14 + 2 * n}:{3200 / 2**n}" for n in range(7))
    computed = compute(f"0:0,{levels}")
    falling = (3200 - 50) * 2 / np.log(2)
    assert computed.value("it", DAY_28) == pytest.approx(14 * 3200 / 2 + falling + 50 / np.log(2), rel=1e-12)


def test_the_strict_tail_leaves_even_a_short_gap_missing(compute):
    computed = compute("0:0,7:100,14:80,27.5:60", tail="never")
    assert computed.reason("it", DAY_28) == "WINDOW_NOT_COVERED"


def test_more_than_a_fifth_extrapolated_is_flagged(compute):
    computed = compute("0:0,7:1000,8:900,9:800,10:700", tail="always")
    assert computed.extent("it", DAY_28, "extrapolated_percent") > 20
    assert "EXTRAPOLATION_HIGH" in computed.flags("it", DAY_28)


def test_a_window_beyond_the_end_of_the_course_is_missing(compute):
    computed = compute("0:0,7:1000,28:90,60:80", ends=np.array([70.0]))
    assert computed.reason("it", "auc_28_90d") == "COURSE_CENSORED"
    assert computed.reason("it", DAY_28) == ""


def test_nothing_quantified_gives_a_window_of_zero_only_where_it_was_sampled(compute):
    computed = compute("0:0,7:0,27:0")
    assert (computed.value("it", DAY_28), computed.reason("it", "auc_28_90d")) == (0, "WINDOW_NOT_COVERED")


def test_a_limit_that_is_not_known_leaves_the_upper_bound_open(compute):
    computed = compute("0:0,7:100,28:50", lloq=np.nan)
    low, high = computed.bounds("it", DAY_28)
    # Only the segment between the quantified levels counts: 21 * (100 - 50) / ln 2.
    assert low == pytest.approx(21 * 50 / np.log(2), rel=1e-12)
    assert np.isnan(high)
    assert "LLOQ_UNKNOWN" in computed.flags("it", DAY_28)


def test_a_limit_that_is_not_known_outside_the_window_leaves_its_bounds_alone():
    profiles = Profiles(
        time=np.array([0.0, 7, 28, 60]),
        value=np.array([np.nan, 100, 80, np.nan]),
        lloq=np.array([50, 50, 50, np.nan]),
        offsets=np.array([0, 4]),
    )
    answer = compute_parameters(profiles, NcaRules()).answers[DAY_28]
    # Straight lines from the limit at day 0: 7 * 75 + 21 * 90.
    assert answer.high is not None
    assert answer.high[0] == pytest.approx(7 * 75 + 21 * 90, rel=1e-14)


def test_a_window_names_the_samples_it_rests_on(compute):
    computed = compute("0:0,7:1000,21:500,35:80,97:70")
    assert [computed.extent("it", "auc_28_90d", part) for part in ("first_time", "last_time")] == [21, 97]


def test_any_window_may_be_named(compute):
    # The area between two days of one straight line from 0 at day 0 to 100 at day 10.
    computed = compute("0:0,10:100", auc_method="linear", windows={"first week": (2, 4.5)})
    assert computed.value("it", "auc_2_4.5d") == pytest.approx(2.5 * 32.5, rel=1e-12)


def test_a_window_that_ends_with_the_course_is_given(compute):
    computed = compute("0:0,7:100,28:100", auc_method="linear", ends=np.array([28.0]))
    assert computed.value("it", DAY_28) == 350 + 2100


def test_the_upper_bound_carries_a_last_limit_to_the_end_of_the_window(compute):
    # Straight lines over the limits at days 0 and 26: 7 * 75 + 19 * 75, and 2 * 50 to day 28.
    assert compute("0:0,7:100,26:0", auc_method="linear").bounds("it", DAY_28) == (0, 525 + 1425 + 100)
