"""Agreement between two assays, worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from carpk.errors import RulesError
from carpk.response.assays import agree, limits_of_agreement, orthogonal_line

FIRST = np.array([100.0, 400.0, 1000.0, 5000.0, 20000.0, 900.0, 60.0])
SECOND = np.array([0.7, 1.5, 6.0, 18.0, 130.0, 4.0, 0.2])
PATIENT = np.array([0, 0, 0, 1, 1, 2, 3])


def test_a_straight_line_in_logarithms_is_recovered_exactly():
    first = np.array([10.0, 100.0, 1000.0, 10000.0])
    found = agree(first, 3e-3 * first**0.8, np.arange(4))
    assert (found.slope, found.intercept) == (pytest.approx(0.8, rel=1e-12), pytest.approx(math.log10(3e-3), rel=1e-12))
    assert (found.pearson, found.spearman) == (pytest.approx(1.0, rel=1e-12), pytest.approx(1.0, rel=1e-12))


def test_the_orthogonal_line_of_four_points_is_the_textbook_one():
    # x 0 1 2 3, y 0 2 1 3: Sxx 5, Syy 5, Sxy 4, so slope (0 + sqrt(0 + 64)) / 8 = 1, through (1.5, 1.5).
    assert orthogonal_line(np.array([0.0, 1, 2, 3]), np.array([0.0, 2, 1, 3])) == (1.0, 0.0, "")


def test_the_orthogonal_line_is_not_that_of_least_squares():
    # x 0 1 2, y 0 4 2: Sxx 2, Syy 8, Sxy 2; slope (6 + sqrt(36 + 16)) / 4.
    slope, intercept, _ = orthogonal_line(np.array([0.0, 1, 2]), np.array([0.0, 4, 2]))
    assert slope == pytest.approx((6 + math.sqrt(52)) / 4, rel=1e-14)
    assert intercept == pytest.approx(2 - slope, rel=1e-14)


def test_a_falling_line_has_a_negative_slope():
    slope, _, _ = orthogonal_line(np.array([0.0, 1, 2, 3]), np.array([3.0, 1, 2, 0]))
    assert slope == pytest.approx(-1.0, rel=1e-14)


def test_two_pairs_have_no_line_and_say_so():
    found = agree(FIRST[:2], SECOND[:2], PATIENT[:2])
    assert math.isnan(found.slope)
    assert found.line_reason == "2 pairs quantified by both assays; a line needs 3."


def test_equal_levels_have_no_line_and_say_so():
    found = agree(np.array([5.0, 5.0, 5.0]), SECOND[:3], np.arange(3))
    assert (math.isnan(found.slope), math.isnan(found.pearson)) == (True, True)
    assert "equal" in found.line_reason


def test_two_patients_have_no_limits_of_agreement_and_say_so():
    found = agree(FIRST[:5], SECOND[:5], PATIENT[:5])
    assert math.isnan(found.lower_limit.value)
    assert found.limits_reason == "2 patients with pairs; limits of agreement need 3."


def test_with_one_pair_a_patient_the_limits_are_those_of_bland_and_altman():
    # Differences -1, 0, 1, 4: mean 1, variance (4 + 1 + 0 + 9) / 3 = 14 / 3.
    mean, lower, upper = limits_of_agreement(np.array([-1.0, 0, 1, 4]), np.arange(4))
    spread = 1.959963984540054 * math.sqrt(14 / 3)
    assert [mean.value, lower.value, upper.value] == pytest.approx([1, 1 - spread, 1 + spread], rel=1e-12)
    half = t.ppf(0.975, 3) * math.sqrt(14 / 3 / 4)
    assert [mean.low, mean.high] == pytest.approx([1 - half, 1 + half], rel=1e-12)


def test_the_interval_of_a_limit_is_that_recovered_from_mean_and_variance():
    # Four differences of variance s2 = 14 / 3: chi-squared quantiles of 3 degrees of freedom (tables): 0.2158, 9.3484.
    _, lower, upper = limits_of_agreement(np.array([-1.0, 0, 1, 4]), np.arange(4))
    s2, z = 14 / 3, 1.959964
    smallest, largest = 3 * s2 / 9.348404, 3 * s2 / 0.2157953
    outward = math.sqrt(z**2 * s2 / 4 + z**2 * (math.sqrt(largest) - math.sqrt(s2)) ** 2)
    inward = math.sqrt(z**2 * s2 / 4 + z**2 * (math.sqrt(s2) - math.sqrt(smallest)) ** 2)
    assert [upper.value - upper.low, upper.high - upper.value] == pytest.approx([inward, outward], rel=1e-6)
    assert [lower.value - lower.low, lower.high - lower.value] == pytest.approx([outward, inward], rel=1e-6)


def test_several_pairs_of_a_patient_share_their_variance():
    # Patients' means 1, 3, 5 (variance 4); within: (0, 2) and (3, 3) and 5: sum of squares 2 over 2 degrees of freedom.
    # Counts 2, 2, 1: mean of 1/m is 2/3, so the variance of one difference is 4 + 1/3 * 1.
    mean, _, upper = limits_of_agreement(np.array([0.0, 2, 3, 3, 5]), np.array([0, 0, 1, 1, 2]))
    assert mean.value == pytest.approx(3.0, rel=1e-14)
    assert upper.value == pytest.approx(3 + 1.959963984540054 * math.sqrt(13 / 3), rel=1e-12)


def test_repeating_a_patients_pairs_does_not_narrow_the_mean():
    once = limits_of_agreement(np.array([-1.0, 0, 1, 4]), np.arange(4))[0]
    often = limits_of_agreement(np.repeat([-1.0, 0, 1, 4], 5), np.repeat(np.arange(4), 5))[0]
    assert (often.low, often.high) == (pytest.approx(once.low, rel=1e-12), pytest.approx(once.high, rel=1e-12))


@given(st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_scaling_one_assay_shifts_the_mean_ratio_and_nothing_else(factor):
    found, scaled = agree(FIRST, SECOND, PATIENT), agree(factor * FIRST, SECOND, PATIENT)
    assert scaled.mean_ratio.value == pytest.approx(factor * found.mean_ratio.value, rel=1e-10)
    for name in ("slope", "scatter", "pearson", "spearman"):
        assert getattr(scaled, name) == pytest.approx(getattr(found, name), rel=1e-9)
    width = found.upper_limit.value / found.lower_limit.value
    assert scaled.upper_limit.value / scaled.lower_limit.value == pytest.approx(width, rel=1e-10)


def test_swapping_the_assays_inverts_the_ratio_and_the_line():
    found, swapped = agree(FIRST, SECOND, PATIENT), agree(SECOND, FIRST, PATIENT)
    assert swapped.mean_ratio.value == pytest.approx(1 / found.mean_ratio.value, rel=1e-12)
    assert swapped.lower_limit.low == pytest.approx(1 / found.upper_limit.high, rel=1e-12)
    assert swapped.slope == pytest.approx(1 / found.slope, rel=1e-12)
    assert swapped.expected_first(500.0) == pytest.approx(float(found.expected_second(500.0)), rel=1e-12)


def test_what_the_line_expects_there_and_back_is_the_same_level():
    found = agree(FIRST, SECOND, PATIENT)
    assert found.expected_first(found.expected_second(1234.0)) == pytest.approx(1234.0, rel=1e-12)


def test_a_level_of_zero_is_refused():
    with pytest.raises(RulesError, match="above zero"):
        agree(np.array([0.0, 1, 2]), SECOND[:3], np.arange(3))


def test_a_level_of_confidence_in_percent_is_refused():
    with pytest.raises(RulesError, match="between 0 and 1; got 95"):
        agree(FIRST, SECOND, PATIENT, level=95)
