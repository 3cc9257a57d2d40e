"""Every option does what its name says; numbers worked out by hand."""

import math

import numpy as np
import pytest

from carpk.nca.parameters import Infusion
from carpk.nca.rules import PRESETS, NcaRules

LN2 = math.log(2)
DAY_28 = "auc_0_28d"


# 0 at day 0, 100 at day 7, below 50 at day 14, 80 at day 21, below 50 at day 28: linear areas by policy.
MIXED = "0:0,7:100,14:0,21:80,28:0"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("carpk", 350 + 14 * 90 + 7 * 40),  # 14 left out
        ("zero", 350 + 350 + 280 + 280),
        ("half_lloq", 7 * 62.5 + 7 * 62.5 + 7 * 52.5 + 7 * 52.5),  # 25 in place of each
        ("lloq", 7 * 75 + 7 * 75 + 7 * 65 + 7 * 65),
        ("pkanalix", 350 + 7 * 62.5 + 7 * 52.5 + 7 * 52.5),  # zero before the peak, 25 after it
        ("consecutive", 350 + 14 * 90 + 7 * 52.5),  # 25 for the first after the last
    ],
)
def test_a_level_below_the_limit_is_taken_as_its_policy_says(compute, policy, expected):
    assert compute(MIXED, auc_method="linear", blq=policy).value("it", DAY_28) == pytest.approx(expected, rel=1e-14)


def test_dropping_the_last_levels_leaves_the_window_to_the_tail(compute):
    strict = compute(MIXED, auc_method="linear", blq="ich_m13a", tail="never")
    assert strict.reason("it", DAY_28) == "WINDOW_NOT_COVERED"
    assert strict.extent("it", DAY_28, "observed") == 350 + 14 * 90


def test_dropping_all_levels_below_the_limit_starts_from_the_inserted_zero(compute):
    computed = compute("2:0,7:100,28:80", auc_method="linear", blq="missing")
    assert computed.value("it", DAY_28) == 350 + 21 * 90


def test_everything_after_two_in_a_row_is_left_out(compute):
    computed = compute("0:0,7:100,14:60,21:0,28:0,60:900,90:0", auc_method="linear", blq="consecutive")
    assert computed.value("it", "tlast") == 14
    # 25 at day 21 is the end of the curve, carried on.
    assert computed.value("it", DAY_28) == 350 + 560 + 7 * 42.5 + 7 * 25
    assert computed.flags("it", DAY_28) == ["BLQ_CARRIED"]


def test_a_policy_that_needs_a_limit_says_when_there_is_none(compute):
    computed = compute(MIXED, lloq=np.nan, blq="half_lloq")
    assert computed.reason("it", DAY_28) == computed.reason("it", "auc_last") == "LIMIT_UNKNOWN"
    assert computed.value("it", "cmax") == 100


@pytest.mark.parametrize(
    ("tail", "expected"),
    [("triangle", 350 + 700 + 7 * 50), ("zero", 350 + 700), ("half_lloq", 350 + 700 + 7 * 62.5)],
)
def test_the_curve_after_the_last_quantified_level_follows_its_option(compute, tail, expected):
    computed = compute("0:0,7:100,14:100,21:0,28:0", auc_method="linear", blq_tail=tail)
    carried = 7 * 25 if tail == "half_lloq" else 0
    assert computed.value("it", DAY_28) == pytest.approx(expected + carried, rel=1e-14)


def test_the_tail_may_follow_the_terminal_slope_through_levels_below_the_limit(compute):
    # 1600 halves every 2 days to 100 at day 18; from there 100 * 2 / ln 2 * (1 - 2^-5) to day 28.
    computed = compute("0:0,10:1600,12:800,14:400,16:200,18:100,20:0,28:0", blq_tail="lambda_z")
    rise, fall = 10 * 1600 / 2, (1600 - 100) * 2 / LN2
    assert computed.value("it", DAY_28) == pytest.approx(rise + fall + 100 * 2 / LN2 * (1 - 2**-5), rel=1e-12)


def test_the_tail_along_a_slope_that_is_not_there_is_missing(compute):
    assert compute("0:0,7:100,14:60,21:0,28:0", blq_tail="lambda_z").reason("it", DAY_28) == "NO_TERMINAL_SLOPE"


@pytest.mark.parametrize(
    ("method", "falls"), [("linear", 600 + 250), ("linear-up log-down", 8 * 50 / LN2 + 4 * 75 / math.log(4))]
)
def test_falls_are_straight_or_bent_and_rises_always_straight(compute, method, falls):
    computed = compute("0:0,8:100,16:50,24:100,28:25", auc_method=method)
    assert computed.value("it", DAY_28) == pytest.approx(400 + 600 + falls, rel=1e-14)


def test_linear_log_turns_at_the_first_peak_and_bends_rises_after_it(compute):
    profile = "0:0,4:20,8:100,16:50,24:80,28:20"
    expected = 4 * 10 + 4 * 60 + 8 * 50 / LN2 + 8 * 30 / math.log(80 / 50) + 4 * 60 / math.log(4)
    assert compute(profile, auc_method="linear-log").value("it", DAY_28) == pytest.approx(expected, rel=1e-12)


def test_log_bends_every_segment_between_positive_levels(compute):
    profile = "0:0,4:20,8:100,28:20"
    expected = 4 * 10 + 4 * 80 / math.log(5) + 20 * 80 / math.log(5)
    assert compute(profile, auc_method="log").value("it", DAY_28) == pytest.approx(expected, rel=1e-12)


def test_a_window_cuts_a_rising_exponential_where_it_stands(compute):
    # From 20 at day 4 to 320 at day 12 the level doubles every 2 days: 80 at day 8.
    computed = compute("0:0,4:20,12:320", auc_method="log", windows={"a": (4, 8), "b": (8, 12)})
    assert computed.value("it", "auc_4_8d") == pytest.approx(60 * 2 / LN2, rel=1e-12)
    assert computed.value("it", "auc_8_12d") == pytest.approx(240 * 2 / LN2, rel=1e-12)


def test_pknca_seeks_the_best_slope_before_it_asks_for_a_falling_one(compute):
    # The last three rise on a perfect line; all four after the peak fall, but not well.
    profile = "0:0,7:60000,14:9000,28:1000,35:1100,42:1210"
    assert compute(profile).value("it", "lambda_z_points") == 4
    assert compute(profile, slope_selection="pknca").reason("it", "lambda_z") == "RISING_TAIL"


def test_most_points_takes_the_longest_falling_slope(compute):
    profile = "0:0,7:60000,14:9000,21:800,28:400,35:200,42:100"
    assert compute(profile).value("it", "lambda_z_points") == 4
    assert compute(profile, slope_selection="most_points").value("it", "lambda_z_points") == 5


def test_the_peak_may_be_a_point_of_the_slope(compute):
    profile = "0:0,10:1600,20:800,30:400"
    assert compute(profile).reason("it", "lambda_z") == "TOO_FEW_POINTS"
    computed = compute(profile, slope_includes_peak=True)
    assert computed.value("it", "half_life") == pytest.approx(10, rel=1e-12)


def test_points_before_a_day_may_be_left_out_of_the_slope(compute):
    tail = ",".join(f"{day}:{5000 * math.exp(-0.07 * day)}" for day in (10, 14, 21, 28, 60, 90))
    assert compute(f"0:0,{tail}", slope_from=20).value("it", "lambda_z_first") == 21


@pytest.mark.parametrize(("weights", "power"), [("1/y", -1), ("1/y2", -2)])
def test_weights_are_those_of_weighted_least_squares(compute, weights, power):
    days, levels = np.array([14.0, 21, 28]), np.array([900.0, 500, 90])
    computed = compute("0:0,7:4000,14:900,21:500,28:90", slope_weights=weights)
    # polyfit multiplies residuals by w, so its weights are the square roots.
    slope = np.polyfit(days, np.log(levels), 1, w=np.sqrt(levels**power))[0]
    assert computed.value("it", "lambda_z") == pytest.approx(-slope, rel=1e-10)


def test_an_unaccepted_slope_may_be_made_missing(compute):
    profile = "0:0,7:9000,14:900,21:950,28:850,35:900,60:800"
    assert compute(profile, unaccepted="missing").reason("it", "half_life") == "NOT_ACCEPTED"
    assert compute(profile, unaccepted="missing", acceptance="none").value("it", "half_life") > 0


def test_acceptance_by_r2_raises_its_own_flag(compute):
    profile = "0:0,7:9000,14:900,21:950,28:850,35:900,60:800"
    assert "LOW_R2" in compute(profile, acceptance="pknca").flags("it", "half_life")


def test_aucinf_is_given_on_request_only(compute):
    profile = "0:0,10:1600,20:800,30:400,40:200"
    assert "auc_inf_obs" not in compute(profile).arrays.answers
    computed = compute(profile, infinite=True)
    to_last = 8000 + (1600 - 200) * 10 / LN2
    tail = 200 * 10 / LN2
    assert computed.value("it", "auc_inf_obs") == pytest.approx(to_last + tail, rel=1e-12)
    assert computed.value("it", "auc_inf_pred") == pytest.approx(to_last + tail, rel=1e-12)
    assert computed.value("it", "extrapolated_percent") == pytest.approx(100 * tail / (to_last + tail), rel=1e-12)


def test_aucinf_of_the_first_oracle_profile(compute):
    # PKNCA and NonCompart, as the specification prints them.
    profile = "0:0,1:120,3:900,7:25000,10:62000,14:41000,21:12000,28:5200,60:900,90:310,180:95"
    computed = compute(profile, infinite=True)
    assert computed.value("it", "auc_inf_obs") == pytest.approx(725495.6758, abs=1e-4)
    assert computed.value("it", "auc_inf_pred") == pytest.approx(725089.6452, abs=1e-4)


def test_a_window_may_end_with_the_course(compute):
    # 32 days at 100 up to the last sample before the course ended.
    ends = np.array([70.0])
    computed = compute("0:0,7:100,28:100,60:100", ends=ends, course_end="truncate")
    assert computed.value("it", "auc_28_90d") == pytest.approx(3200, rel=1e-14)
    assert computed.flags("it", "auc_28_90d") == ["WINDOW_TRUNCATED"]


@pytest.mark.parametrize(
    ("course_end", "reason"),
    [
        (27.0, "COURSE_CENSORED"),  # the window starts after the course has ended
        (28.0, "COURSE_CENSORED"),
        (28.5, "WINDOW_NOT_COVERED"),  # half a day of it belongs to the course, without a sample
    ],
)
def test_a_window_of_which_the_course_holds_nothing_is_missing_though_windows_may_be_cut(compute, course_end, reason):
    computed = compute("0:0,7:100,26.5:100", ends=np.array([course_end]), course_end="truncate")
    assert computed.reason("it", "auc_28_90d") == reason


def test_a_cut_window_after_a_last_level_below_the_limit_is_zero(compute):
    computed = compute("0:0,7:100,14:0,26.5:0", ends=np.array([28.5]), course_end="truncate")
    assert computed.value("it", "auc_28_90d") == 0
    assert "WINDOW_TRUNCATED" in computed.flags("it", "auc_28_90d")


def test_the_expansion_of_the_worked_example_agrees_with_its_source(compute):
    # The project's science notes, section 1.1: slope on days 7, 10, 14 is 0.51087953, doubling time 1.3567723 d.
    computed = compute("0:0,3:0,7:500,10:8000,14:20000,21:4000,27:1200,60:90,93:0")
    assert computed.value("it", "expansion_rate") == pytest.approx(0.51087953, abs=5e-9)
    assert computed.value("it", "doubling_time") == pytest.approx(1.3567723, abs=5e-8)


def test_expansion_starts_where_wash_out_ends(compute):
    # 400 infused, washed out to 100 at day 3, doubling every 2 days from there.
    computed = compute("1:400,3:100,5:200,7:400,9:800,20:300,25:200,30:100")
    assert computed.value("it", "doubling_time") == pytest.approx(2, rel=1e-12)


def test_a_rise_of_two_points_is_flagged(compute):
    assert compute("0:0,4:100,8:1600,20:100").flags("it", "doubling_time") == ["TWO_POINTS"]


def test_a_peak_without_a_rise_has_no_expansion_rate(compute):
    assert compute("2:900,7:800,14:100").reason("it", "expansion_rate") == "TOO_FEW_POINTS"


@pytest.mark.parametrize(("definition", "expected"), [("first", 800 / 400), ("nadir", 800 / 100)])
def test_fold_expansion_goes_by_its_named_definition(compute, definition, expected):
    computed = compute("1:400,3:100,5:200,9:800,20:300", fold_definition=definition)
    assert computed.value("it", "fold_expansion") == expected


def test_contraction_is_fitted_after_the_peak_and_up_to_its_last_day(compute):
    # Halving every 4 days from day 10 to day 34; what follows is slower and does not count.
    tail = ",".join(f"{10 + 4 * n}:{64000 / 2**n}" for n in range(7))
    computed = compute(f"0:0,{tail},60:900,90:800")
    assert computed.value("it", "contraction_half_life") == pytest.approx(4, rel=1e-12)


def test_the_mean_level_is_the_area_over_its_days(compute):
    computed = compute("0:0,7:100,28:20", auc_method="linear")
    assert computed.value("it", "cavg_0_28d") == pytest.approx(computed.value("it", DAY_28) / 28, rel=1e-15)


def test_values_per_dose_are_given_where_the_dose_is(compute):
    infusion = Infusion(dose=np.array([1e5, np.nan]), level=np.array([np.nan, np.nan]))
    computed = compute({"a": "0:0,7:500,28:100", "b": "0:0,7:500,28:100"}, infusion=infusion)
    assert computed.value("a", "cmax_per_dose") == 500 / 1e5
    assert computed.reason("b", "cmax_per_dose") == "DOSE_UNKNOWN"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_named_and_printed(name):
    rules = NcaRules.preset(name)
    assert NcaRules.from_mapping({"preset": name}) == rules
    assert all(sentence.endswith(".") for sentence in rules.sentences())
