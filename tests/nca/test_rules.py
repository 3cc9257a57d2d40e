import math

import pytest

from carpk.errors import RulesError
from carpk.nca.rules import NcaRules


def test_a_misspelt_method_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"auc_method must be one of .*got 'linaer'\. Did you mean 'linear'\?"):
        NcaRules(auc_method="linaer")


def test_an_unknown_choice_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no choice 'auc_metod'.*Did you mean 'auc_method'\?"):
        NcaRules.from_mapping({"auc_metod": "linear"})


@pytest.mark.parametrize("window", [(28, 0), (-1, 28), (0, math.inf), (0,), "0-28", (7, 7)])
def test_a_window_that_is_no_stretch_of_days_is_refused(window):
    with pytest.raises(RulesError, match="window 'odd'"):
        NcaRules(windows={"odd": window})


def test_a_terminal_slope_of_two_points_is_refused():
    with pytest.raises(RulesError, match="min_points must be a whole number of at least 3; got 2"):
        NcaRules(min_points=2)


def test_rules_cannot_be_changed_afterwards():
    rules = NcaRules()
    with pytest.raises(AttributeError, match="cannot assign"):
        rules.tail = "always"
    with pytest.raises(TypeError, match="does not support item assignment"):
        rules.windows["0-28"] = (0, 7)


def test_the_sentences_say_what_was_chosen():
    text = " ".join(NcaRules(auc_method="linear", tail="never", windows={"a": (0, 84)}, peak_horizon=90).sentences())
    assert "the linear trapezoidal rule (\u201clinear\u201d)" in text
    assert "day 0 to 84" in text
    assert "up to day 90" in text
    assert "was left missing" in text
    assert "logarithmic" not in text


def test_the_default_sentences_name_the_visit_windows():
    assert "2 days at day 28 and 7 days at day 90" in " ".join(NcaRules().sentences())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_points", math.nan),
        ("min_points", 3.5),
        ("min_points", "3"),
        ("slope_from", math.nan),
        ("slope_from", -3.0),
        ("slope_from", math.inf),
        ("peak_horizon", math.nan),
        ("peak_horizon", "28"),
        ("contraction_until", 0),
        ("blood_volume", math.inf),
    ],
)
def test_a_number_that_makes_no_rule_is_refused_by_its_name(name, value):
    with pytest.raises(RulesError, match=rf"NcaRules: {name} must be .*; got {value!r}"):
        NcaRules(**{name: value})


def test_a_peak_may_be_sought_and_a_contraction_followed_to_the_end():
    assert NcaRules(peak_horizon=math.inf, contraction_until=math.inf).peak_horizon == math.inf


@pytest.mark.parametrize("least", [math.nan, math.inf, "0.9"])
def test_an_acceptance_rule_that_would_accept_everything_or_nothing_is_refused(least):
    with pytest.raises(RulesError, match=rf"NcaRules: acceptance: min_r2 must be a number or None; got {least!r}"):
        NcaRules(acceptance={"min_r2": least})


@pytest.mark.parametrize("visit_windows", [{math.nan: 2}, {28: math.nan}, {28: -1}, {"day 28": 2}, 2])
def test_a_visit_window_that_is_no_number_of_days_is_refused(visit_windows):
    with pytest.raises(RulesError, match="NcaRules: visit_windows must"):
        NcaRules(visit_windows=visit_windows)
