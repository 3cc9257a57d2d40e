"""The same data under several rules; numbers worked out by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import carpk
from carpk.errors import RulesError
from carpk.nca.compare import CAUSES
from carpk.nca.rules import PRESETS, NcaRules

# Day 7: 1000; falling to 100 at day 28: linear 21 (1100)/2 = 11550, logarithmic 21 (900)/ln 10 = 8208.19...
FALLING = {0: "<50", 7: "1000", 28: "100", 90: "60"}


def frame(**profiles):
    return pd.DataFrame(
        [
            {
                "subject": name,
                "time": float(day),
                "value": level,
                "unit": "copies/ug",
                "analyte": "car_t_qpcr",
                "lloq": 50,
            }
            for name, levels in profiles.items()
            for day, level in levels.items()
        ]
    )


def row(table, subject, parameter):
    return table[(table["subject"] == subject) & (table["parameter"] == parameter)].iloc[0]


def moved(comparison, subject="S1"):
    return list(comparison.moved.loc[comparison.moved["subject"] == subject, "parameter"])


def test_every_preset_stands_beside_the_others():
    comparison = carpk.compare_rules(frame(S1=FALLING))
    assert list(comparison.rules) == list(PRESETS)
    assert comparison.reference == "carpk"
    assert list(comparison.values.columns[6:]) == [*PRESETS, *[f"{name}_reason" for name in PRESETS]]


def test_a_value_is_the_one_that_run_nca_gives_under_those_rules():
    table = frame(S1=FALLING)
    line = row(carpk.compare_rules(table).values, "S1", "auc_0_28d")
    assert line["carpk"] == pytest.approx(3500 + 21 * 900 / np.log(10), rel=1e-12)
    assert line["winnonlin"] == pytest.approx(3500 + 11550, rel=1e-12)


def test_a_move_says_how_far_under_which_rules_and_why():
    line = row(carpk.compare_rules(frame(S1=FALLING)).moved, "S1", "auc_0_28d")
    log, linear = 3500 + 21 * 900 / np.log(10), 3500 + 11550
    assert (line["reference"], line["lowest"], line["highest"]) == pytest.approx((log, log, linear), rel=1e-12)
    assert line["spread"] == pytest.approx((linear - log) / log, rel=1e-12)
    assert line["presets"] == "winnonlin;noncompart;pkanalix;ich_m13a"
    assert line["why"] == "AUC method"


def test_the_first_rules_are_the_reference():
    line = row(carpk.compare_rules(frame(S1=FALLING), ["winnonlin", "carpk"]).moved, "S1", "auc_0_28d")
    assert line["reference"] == pytest.approx(15050)
    assert line["presets"] == "carpk"


def test_what_moves_by_less_than_the_share_is_not_told():
    comparison = carpk.compare_rules(frame(S1=FALLING), share=0.30)  # (15050 - 11708) / 11708 = 28.5 %
    assert "auc_0_28d" not in moved(comparison)
    assert "auc_0_28d" in moved(carpk.compare_rules(frame(S1=FALLING), share=0.28))


def test_rounding_is_no_move_even_where_every_move_counts():
    same = carpk.compare_rules(frame(S1={0: "<50", 7: "1000", 28: "2000"}), ["noncompart", "pkanalix"], share=0)
    assert same.moved.empty


def test_what_is_missing_under_some_rules_only_is_told_with_its_reason_and_cause():
    # The last sample, quantified, is 20 days before day 90: beyond the visit window of the default rules.
    table = frame(S1={0: "<50", 7: "1000", 14: "500", 28: "100", 70: "60"})
    line = row(carpk.compare_rules(table, ["carpk", "pknca"]).moved, "S1", "auc_28_90d")
    assert np.isnan(line["reference"])
    assert np.isnan(line["spread"])
    assert line["missing"] == "carpk WINDOW_NOT_COVERED"
    assert line["why"] == "tail"


def test_what_is_missing_under_all_rules_does_not_move():
    comparison = carpk.compare_rules(frame(S1={0: "<50", 7: "<50", 28: "<50"}))
    assert "tmax" not in moved(comparison)
    assert row(comparison.values, "S1", "tmax")["pknca_reason"] == "NO_QUANTIFIED"


def test_a_rule_on_levels_below_the_limit_is_named_where_it_moves_the_area():
    # 28 to 60 is the triangle 32 x 100 / 2 = 1600 to zero; to half the limit it is 2000, and 25 is carried on.
    levels = {0: "<50", 7: "1000", 14: "500", 28: "100", 60: "<50", 90: "<50"}
    line = row(carpk.compare_rules(frame(S1=levels), ["carpk", "pkanalix"]).moved, "S1", "auc_28_90d")
    assert (line["lowest"], line["highest"]) == pytest.approx((1600, 32 * 62.5 + 30 * 25))
    assert line["why"] == "BLQ rule"


def test_choices_that_move_a_number_only_together_are_named_together():
    # Dropping the last samples alone leaves a gap that the tail "always" closes; "never" alone has nothing to do.
    levels = {0: "<50", 7: "1000", 14: "500", 21: "250", 28: "100", 60: "<50", 90: "<50"}
    rules = {
        "first": NcaRules(tail="always"),
        "second": NcaRules(tail="never", blq="ich_m13a"),
    }
    line = row(carpk.compare_rules(frame(S1=levels), rules, share=0.6).moved, "S1", "auc_28_90d")
    assert line["why"] == "BLQ rule and tail together"


def test_rules_of_ones_own_are_named_by_their_place_or_by_a_mapping():
    own = NcaRules(auc_method="linear")
    assert list(carpk.compare_rules(frame(S1=FALLING), ["carpk", own]).rules) == ["carpk", "rules_2"]
    assert list(carpk.compare_rules(frame(S1=FALLING), {"ours": NcaRules(), "theirs": own}).rules) == ["ours", "theirs"]


def test_rows_stand_beside_their_likes_whatever_the_order_of_windows():
    turned = NcaRules(windows={"0-90": (0, 90), "28-90": (28, 90), "0-28": (0, 28)})
    assert carpk.compare_rules(frame(S1=FALLING), [NcaRules(), turned], share=0).moved.empty


def test_a_mistyped_preset_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match="Did you mean 'winnonlin'"):
        carpk.compare_rules(frame(S1=FALLING), ["carpk", "winonlin"])


@pytest.mark.parametrize(
    ("presets", "message"),
    [
        (["carpk"], "at least two"),
        ("carpk", "must be several"),
        (["carpk", "carpk"], "compared once"),
        ([NcaRules(), NcaRules(windows={"0-14": (0, 14)})], "same windows"),
        ([NcaRules(), NcaRules(infinite=True)], "same windows"),
        ({"unit": NcaRules(), "b": NcaRules()}, "'unit' is a column"),
    ],
)
def test_presets_that_cannot_be_compared_are_refused(presets, message):
    with pytest.raises(RulesError, match=message):
        carpk.compare_rules(frame(S1=FALLING), presets)


@pytest.mark.parametrize("share", [-0.1, float("inf"), float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(RulesError, match="share must be zero or more"):
        carpk.compare_rules(frame(S1=FALLING), share=share)


def test_every_choice_of_the_rules_has_a_cause_to_be_named_by():
    told = {name for names in CAUSES.values() for name in names}
    assert told | {"windows", "infinite"} == {choice.name for choice in dataclasses.fields(NcaRules)}


def test_the_whole_table_keeps_every_row_and_marks_those_that_move():
    comparison = carpk.compare_rules(frame(S1=FALLING, S2={0: "<50", 7: "<50"}))
    table = comparison.table
    assert len(table) == len(comparison.values)
    assert (table["presets"] != "").sum() == len(comparison.moved)


def test_the_input_stays_as_it_was():
    table = frame(S1=FALLING)
    before = table.copy(deep=True)
    carpk.compare_rules(table)
    pd.testing.assert_frame_equal(table, before)


def test_a_comparison_says_in_a_line_what_it_holds():
    comparison = carpk.compare_rules(frame(S1=FALLING), ["carpk", "pknca"])
    assert repr(comparison).startswith(f"RuleComparison({len(comparison.values)} values under carpk, pknca;")
