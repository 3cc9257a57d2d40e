"""The picture of one parameter under several rules."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import carpk
from carpk import plot
from carpk.errors import RulesError
from carpk.nca.rules import NcaRules

LEVELS = {
    "S1": {0: "<50", 7: "1000", 28: "100", 90: "60"},
    "S2": {0: "<50", 7: "1000", 28: "2000", 60: "300"},
    "S3": {0: "<50", 7: "<50", 28: "<50", 90: "<50"},
}


@pytest.fixture(scope="module")
def comparison():
    table = pd.DataFrame(
        [
            {
                "subject": name,
                "time": float(day),
                "value": level,
                "unit": "copies/ug",
                "analyte": "car_t_qpcr",
                "lloq": 50,
            }
            for name, levels in LEVELS.items()
            for day, level in levels.items()
        ]
    )
    return carpk.compare_rules(table, {"log": NcaRules(), "linear": NcaRules(auc_method="linear")})


def draw(comparison, parameter="auc_0_28d", **choices):
    ax = Figure(figsize=(6.7, 3.0), layout="constrained").subplots()
    return plot.rule_comparison(comparison, parameter=parameter, ax=ax, **choices)


def dots(ax):
    return [line for line in ax.lines if line.get_label() == "_rule"]


def test_a_dot_stands_at_the_ratio_to_the_first_rules_in_the_row_of_its_patient(comparison):
    (linear,) = dots(draw(comparison))
    # S1: (3500 + 11550) / (3500 + 21 * 900 / ln 10); S2 rises only, and both areas of S3 are zero.
    assert linear.get_xdata() == pytest.approx([15050 / (3500 + 21 * 900 / np.log(10)), 1.0, 1.0])
    assert linear.get_ydata() == pytest.approx([0, 1, 2])


def test_the_value_under_the_first_rules_stands_beside_the_patient(comparison):
    names = [text.get_text().split() for text in draw(comparison).get_yticklabels()]
    assert names == [["S1", "11,700"], ["S2", "35,000"], ["S3", "0"]]


def test_missing_values_are_named_with_their_reason_in_the_row_of_the_patient(comparison):
    notes = {note.xy[1]: note.get_text() for note in draw(comparison, "auc_28_90d").texts}
    assert notes == {1: "all: window not covered"}


def test_a_value_missing_under_one_set_of_rules_is_named_by_that(comparison):
    ours = comparison.rules["log"]
    rules = {"log": ours, "always": NcaRules(tail="always"), "never": NcaRules(tail="never", blq="missing")}
    table = pd.DataFrame(
        {
            "subject": "S1",
            "time": [0.0, 7.0, 14.0, 28.0, 60.0, 90.0],
            "value": ["<50", "1000", "500", "100", "<50", "<50"],
            "unit": "copies/ug",
            "analyte": "car_t_qpcr",
        }
    )
    ax = draw(carpk.compare_rules(table, rules), "auc_28_90d")
    assert [note.get_text() for note in ax.texts] == ["never: window not covered"]


def test_the_axis_of_ratios_is_logarithmic_and_shows_one(comparison):
    ax = draw(comparison)
    assert ax.get_xscale() == "log"
    assert 1.0 in ax.get_xticks()


def test_18_patients_under_6_presets_keep_their_dots_apart():
    names = [f"S{number:02d}" for number in range(1, 19)]
    table = pd.DataFrame(
        [
            {
                "subject": name,
                "time": float(day),
                "value": level,
                "unit": "copies/ug",
                "analyte": "car_t_qpcr",
                "lloq": 50,
            }
            for name in names
            for day, level in LEVELS["S1"].items()
        ]
    )
    ax = Figure(figsize=(6.7, 5.8), layout="constrained").subplots()
    plot.rule_comparison(carpk.compare_rules(table), parameter="auc_0_28d", ax=ax)
    heights = np.sort(np.concatenate([line.get_ydata() for line in dots(ax)]))
    points = ax.get_window_extent().height * 72 / ax.figure.dpi / 18
    assert len(heights) == 18 * 5
    assert np.diff(heights).min() * points > 3.0


@pytest.mark.parametrize(("parameter", "message"), [("auc_28_9d", "Did you mean 'auc_28_90d'"), ("r_squared", "ratio")])
def test_a_parameter_that_cannot_be_drawn_is_refused(comparison, parameter, message):
    with pytest.raises(RulesError, match=message):
        draw(comparison, parameter)
