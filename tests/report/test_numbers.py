import pytest

from carpk.report import numbers
from carpk.terms import term


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (720050.3416, "720,000"),
        (0.0174461284, "0.0174"),
        (39.7307, "39.7"),
        (0.5, "0.500"),
        (999.6, "1,000"),
        (0.09996, "0.100"),
        (-0.181, "\u22120.181"),
        (1.2345e-7, "1.23 \u00d7 10\u207b\u2077"),
        (0.0, "0"),
    ],
)
def test_a_computed_number_has_three_significant_digits_with_trailing_zeros(number, text):
    assert numbers.derived(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(62000.0, "62,000"), (8.97, "8.97"), (63168.07, "63,168.07"), (1234567.0, "1,234,567"), (0.05, "0.05")],
)
def test_a_measured_number_keeps_the_digits_it_came_with(number, text):
    assert numbers.observed(number) == text


def test_a_number_with_the_noise_of_a_conversion_is_given_to_six_digits():
    assert numbers.observed(0.1234 * 1e6 / 6.6) == "18,697.0"
    assert numbers.observed(0.0287 * 1000) == "28.7"


def test_whole_digits_of_a_measured_number_are_never_dropped():
    assert numbers.observed(123456789012.0) == "123,456,789,012"


@pytest.mark.parametrize(("number", "text"), [(27.3, "27.3"), (14.0, "14"), (6.958333, "6.96"), (0.0416667, "0.042")])
def test_a_time_is_given_as_measured_to_two_decimals(number, text):
    assert numbers.time(number) == text


def test_cmax_is_printed_as_measured_and_an_area_to_three_digits():
    assert numbers.parameter(term("cmax"), 62005.0) == "62,005"
    assert numbers.parameter(term("auc_0_28d"), 608634.1127) == "609,000"


def test_the_number_of_points_is_a_whole_number_and_its_median_may_be_half():
    assert numbers.parameter(term("lambda_z_points"), 4.0) == "4"
    assert numbers.statistic(term("lambda_z_points"), 4.5) == "4.5"


def test_decimal_points_are_aligned_by_what_stands_unseen_behind_shorter_numbers():
    assert numbers.decimal_padding(["12", "3.25", "0.5", "\u2014"]) == [".00", "", "0", ""]


def test_whole_numbers_need_no_padding():
    assert numbers.decimal_padding(["12", "3,400"]) == ["", ""]
