import math

import pytest


def test_an_exponential_tail_gives_its_rate(compute):
    tail = ",".join(f"{day}:{5000 * math.exp(-0.07 * day)}" for day in (10, 14, 21, 28, 60))
    computed = compute(f"0:0,{tail}")
    assert computed.value("it", "lambda_z") == pytest.approx(0.07, rel=1e-12)
    assert computed.value("it", "half_life") == pytest.approx(math.log(2) / 0.07, rel=1e-12)
    assert computed.value("it", "lambda_z_points") == 4
    assert [computed.value("it", key) for key in ("lambda_z_first", "lambda_z_last")] == [14, 60]


def test_the_slope_of_the_worked_example_agrees_with_its_source(compute):
    # The project's science notes, section 1.1: slope on days 21, 27, 60 is 0.09095919, half-life 7.6204196 d.
    computed = compute("0:0,3:0,7:500,10:8000,14:20000,21:4000,27:1200,60:90,93:0")
    assert computed.value("it", "lambda_z") == pytest.approx(0.09095919, abs=5e-9)
    assert computed.value("it", "half_life") == pytest.approx(7.6204196, abs=5e-8)


def test_the_slope_starts_after_the_peak_of_the_whole_profile(compute):
    computed = compute("0:0,7:900,10:800,14:700,60:1000,70:500,80:250,90:125", peak_horizon=28)
    assert computed.value("it", "lambda_z_first") == 70
    assert computed.value("it", "lambda_z") == pytest.approx(math.log(2) / 10, rel=1e-12)


def test_among_equally_good_fits_the_one_with_most_points_wins(compute):
    tail = ",".join(f"{day}:{5000 * math.exp(-0.07 * day)}" for day in range(10, 30))
    assert compute(f"0:0,{tail}").value("it", "lambda_z_points") == 19


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ("0:0,7:900,14:500,21:300", "TOO_FEW_POINTS"),
        ("0:0,7:900,14:500,21:500,28:500", "FLAT_TAIL"),
        ("0:0,7:900,14:100,21:200,28:300", "RISING_TAIL"),
        ("0:0,7:0,14:0", "NO_QUANTIFIED"),
        ("0:0,7:900,14:100,21:200,28:100", "RISING_TAIL"),  # neither rises nor falls
    ],
)
def test_no_slope_says_why(compute, profile, reason):
    assert {compute(profile).reason("it", key) for key in ("lambda_z", "half_life", "r_squared")} == {reason}


def test_a_poor_slope_is_flagged_and_still_given(compute):
    computed = compute("0:0,7:9000,14:900,21:950,28:850,35:900,60:800")
    assert set(computed.flags("it", "half_life")) == {"LOW_ADJUSTED_R2", "SHORT_SPAN"}
    assert computed.value("it", "half_life") > 0


def test_span_is_the_fitted_time_in_half_lives(compute):
    # Halving every 10 days, fitted from day 20 to day 50: three half-lives.
    computed = compute("0:0,10:1600,20:800,30:400,40:200,50:100")
    assert computed.value("it", "span_ratio") == pytest.approx(3, rel=1e-12)
    assert computed.value("it", "clast_predicted") == pytest.approx(100, rel=1e-12)


def test_more_points_may_be_asked_for(compute):
    profile = "0:0,10:1600,20:800,30:400,40:200"
    assert compute(profile, min_points=4).reason("it", "lambda_z") == "TOO_FEW_POINTS"
