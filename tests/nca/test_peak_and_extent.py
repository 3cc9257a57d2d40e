import numpy as np


def test_the_first_of_equal_peaks_is_given_and_flagged(compute):
    computed = compute("0:0,7:500,10:500,14:100")
    assert computed.value("it", "tmax") == 7
    assert computed.flags("it", "cmax") == ["TIES"]


def test_a_level_at_time_zero_is_no_peak(compute):
    computed = compute("0:900,7:500,14:100")
    assert (computed.value("it", "cmax"), computed.value("it", "tmax")) == (500, 7)


def test_a_peak_at_the_last_sample_is_flagged(compute):
    assert compute("0:0,7:500,14:900").flags("it", "tmax") == ["NO_DECLINE_SEEN"]


def test_a_peak_within_three_days_is_flagged(compute):
    assert compute("1:80,3:900,7:100").flags("it", "cmax") == ["PEAK_AT_INFUSION"]


def test_a_higher_level_after_the_horizon_is_flagged_and_is_not_the_peak(compute):
    computed = compute("0:0,7:500,28:100,60:2000,90:50")
    assert computed.value("it", "cmax") == 500
    assert computed.flags("it", "cmax") == ["LATE_REEXPANSION"]


def test_a_wider_horizon_finds_the_later_peak(compute):
    assert compute("0:0,7:500,28:100,60:2000,90:50", peak_horizon=90).value("it", "cmax") == 2000


def test_a_peak_only_after_the_horizon_is_missing_with_its_reason(compute):
    assert compute("0:0,7:0,28:0,60:2000").reason("it", "cmax") == "NO_QUANTIFIED_IN_HORIZON"


def test_nothing_quantified_gives_a_cmax_of_zero_and_no_tmax(compute):
    computed = compute("0:0,7:0,28:0")
    assert (computed.value("it", "cmax"), computed.flags("it", "cmax")) == (0, ["ALL_BLQ"])
    assert computed.reason("it", "tmax") == computed.reason("it", "tlast") == "NO_QUANTIFIED"
    assert computed.value("it", "auc_last") == 0


def test_a_profile_without_samples_has_a_reason_everywhere(compute):
    computed = compute({"none": "", "some": "0:0,7:500"})
    reasons = {computed.reason("none", key) for key in computed.arrays.answers}
    assert reasons == {"NO_SAMPLES"}


def test_first_and_last_are_quantified_samples(compute):
    computed = compute("0:0,3:0,7:500,14:80,28:0,60:0")
    assert [computed.value("it", key) for key in ("tfirst", "tlast", "clast", "tbql")] == [7, 14, 80, 28]


def test_loss_is_not_observed_while_the_last_sample_is_quantified(compute):
    assert compute("0:0,7:500,14:80").reason("it", "tbql") == "NEVER_BLQ_AFTER_LAST"


def test_a_gap_between_quantified_levels_is_not_loss(compute):
    assert compute("0:0,7:500,14:0,28:80,60:0").value("it", "tbql") == 60


def test_area_to_the_last_and_to_the_first_level_below_the_limit(compute):
    # Linear: 7 * 500 / 2 + 7 * (500 + 80) / 2 = 1750 + 2030, and the triangle 14 * 80 / 2 = 560.
    computed = compute("0:0,7:500,14:80,28:0,60:0", auc_method="linear")
    assert (computed.value("it", "auc_last"), computed.value("it", "auc_all")) == (3780, 4340)


def test_times_in_hours_scale_the_horizon_with_them(compute):
    # Day 28 is hour 672: the level at hour 700 lies behind the horizon.
    computed = compute("0:0,168:500,700:900", day=24.0)
    assert computed.value("it", "tmax") == 168


def test_long_and_short_profiles_keep_their_own_rows(compute):
    long = ",".join(f"{day}:{1000 - day}" for day in range(1, 400))
    computed = compute({"long": long, "none": "", "short": "7:500", "other": "0:0,10:300,12:100"})
    assert [computed.value(name, "cmax") for name in ("long", "short", "other")] == [999, 500, 300]
    assert np.isnan(computed.arrays.answers["cmax"].value[1])
