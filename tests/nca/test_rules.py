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
    with pytest.raises(RulesError, match="min_points must be at least 3; got 2"):
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
