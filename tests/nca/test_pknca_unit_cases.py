"""Calls of PKNCA's own test run, with their options and results, asked of carpk. Read in place; none stands here.

A level of 0 is below the limit. AUClast, AUCall and AUCinf over an interval are areas up to the last quantified level,
to the first one below the limit after it, and up to the last quantified level with Clast / lambda z added.
"""

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from drawn_profiles import compute

from carpk.terms import window_key

TABLE = Path(__file__).parents[3] / "shared" / "reference" / "pknca_unit_cases" / "pknca_unit_cases.csv"
pytestmark = pytest.mark.skipif(not TABLE.exists(), reason="the reference data are not beside the project")

NOT_ASKED = {
    "carpk has no moments (AUMC)": (68, 69, 70, 71, 72, 73),
    "a window starts at the infusion or later": (49, 50, 51, 52, 53, 54, 82),
    "the slope or Clast that is handed over is not that of the profile": (81, 86, 88, 90),
    "points chosen by hand, or a Tlast handed over, which the table does not tell": (114, 116, 118),
    "a terminal slope has at least three points": (119,),
}
"""Calls that carpk's rules cannot express, by cause."""
ANSWERED_OTHERWISE = (48, 55, 75, 97)
"""Calls with another answer, each with a test of its own below."""
SLOPE = {
    "lambda.z": "lambda_z", "r.squared": "r_squared", "adj.r.squared": "adjusted_r_squared",
    "lambda.z.time.first": "lambda_z_first", "lambda.z.n.points": "lambda_z_points", "clast.pred": "clast_predicted",
    "half.life": "half_life", "span.ratio": "span_ratio", "tlast": "tlast",
}  # fmt: skip
"""Not `tmax`: the peak of carpk lies after the infusion."""


@cache
def cases():
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {int(row["case"]): row for row in csv.DictReader(file)}


def numbers(cell):
    return [float(word.replace("NA", "nan")) for word in cell.split()]


def samples_of(case):
    """Samples of a call; one without a level is left out."""
    pairs = zip(numbers(case["time"]), numbers(case["conc"]), strict=True)
    return [(time, level or None) for time, level in pairs if not math.isnan(level)]


def rules_of(case):
    return {
        "auc_method": "linear" if case["method"] == "linear" else "linear-up log-down",
        "blq": "zero" if case["conc.blq"] == '"keep"' else "carpk",
        "time_zero": "none",
        "tail": "always",
        "peak_horizon": math.inf,
        "slope_includes_peak": case["allow.tmax"] == "TRUE",
    }


def expected_of(case):
    pairs = (entry.split("=") for entry in case["expected"].split("; "))
    return {name: float(value.replace("NA", "nan")) for name, value in pairs}


def kind_of(case):
    """AUClast, AUCall or AUCinf, by its option or by the name of the function."""
    by_name = {"pk.calc.auc.inf": "AUCinf", "pk.calc.auc.inf.obs": "AUCinf", "pk.calc.auc.all": "AUCall"}
    return case["auc.type"] or by_name.get(case["fun"], "AUClast")


def window(samples, start, end, **rules):
    key = window_key(start, end)
    # A visit may be a day early, so that a profile without any quantified level has its zero.
    return compute(samples, windows={"it": (start, end)}, visit_windows={end: 1}, **rules)[key].value[0]


def area_of(case):
    """Area that carpk gives to a call."""
    samples, rules, kind = samples_of(case), rules_of(case), kind_of(case)
    start, end = numbers(case["interval"] or f"{case['start'] or 0} {case['end'] or 'inf'}")
    answers = {key: answer.value[0] for key, answer in compute(samples, infinite=True, **rules).items()}
    last, lost = answers["tlast"], answers["tbql"]
    reach = lost if kind == "AUCall" and not math.isnan(lost) else last
    if case["fun"] == "pk.calc.aucint" and kind == "AUCinf":
        return window(samples, start, end, **rules)
    if math.isnan(last) or samples[0][0] > start or end < reach:
        return window(samples, start, min(end, samples[-1][0] + 1), **rules)
    if kind != "AUCinf":
        return answers["auc_all" if kind == "AUCall" else "auc_last"]
    slopes = numbers(case["lambda.z"])
    return answers["auc_inf_obs"] if math.isnan(slopes[0]) else answers["auc_last"] + answers["clast"] / slopes[0]


def asked(fun):
    left = {number for causes in NOT_ASKED.values() for number in causes} | set(ANSWERED_OTHERWISE)
    return [number for number, case in cases().items() if case["fun"].startswith(fun) and number not in left]


def test_every_call_is_asked_or_its_cause_is_told():
    told = [number for causes in NOT_ASKED.values() for number in causes]
    counted = [asked("pk.calc.auc"), asked("pk.calc.half.life"), asked("pk.calc.tfirst"), told, ANSWERED_OTHERWISE]
    assert [len(numbers) for numbers in counted] == [86, 9, 1, 21, 4]
    assert sorted(number for numbers in counted for number in numbers) == sorted(cases()) == list(range(1, 122))


@pytest.mark.parametrize("number", asked("pk.calc.auc"))
def test_an_area_is_the_same(number):
    case = cases()[number]
    assert area_of(case) == pytest.approx(expected_of(case)["value"], rel=1e-9, nan_ok=True)


@pytest.mark.parametrize("number", asked("pk.calc.half.life"))
def test_a_terminal_slope_is_the_same(number):
    case = cases()[number]
    answers = compute(samples_of(case), **rules_of(case), min_points=int(case["min.hl.points"] or 3))
    expected = {key: value for key, value in expected_of(case).items() if key in SLOPE}
    for key, value in expected.items():
        assert answers[SLOPE[key]].value[0] == pytest.approx(value, rel=1e-9, nan_ok=True), key


def test_the_first_quantified_time_is_the_same():
    (number,) = asked("pk.calc.tfirst")
    answers = compute(samples_of(cases()[number]), **rules_of(cases()[number]))
    assert answers["tfirst"].value[0] == expected_of(cases()[number])["value"] == 2


@pytest.mark.parametrize(
    ("number", "theirs", "straight"),
    [
        # From 1 at day 5 to zero at day 7, cut at day 6: theirs bends down to the level 1/2, carpk keeps the line.
        (48, 0.5 / math.log(2), 0.75),
        # From 1 at day 3 to zero at day 4, cut at day 3.5.
        (97, 0.25 / math.log(2), 0.375),
    ],
)
def test_pknca_bends_the_piece_of_a_triangle_that_a_window_cuts(number, theirs, straight):
    case = cases()[number]
    to_last = compute(samples_of(case), **rules_of(case))["auc_last"].value[0]
    assert expected_of(case)["value"] == pytest.approx(to_last + theirs, rel=1e-9)
    assert area_of(case) == pytest.approx(to_last + straight, rel=1e-12)


def test_an_interval_after_all_samples_has_no_area_of_zero():
    answer = compute(samples_of(cases()[55]), windows={"it": (2, 3)}, tail="always")["auc_2_3d"]
    assert expected_of(cases()[55])["value"] == 0
    assert np.isnan(answer.value[0])


def test_one_level_at_time_0_has_an_area_of_zero_up_to_itself():
    # PKNCA asks for two samples; up to a Tlast of 0 carpk has nothing to add up.
    assert math.isnan(expected_of(cases()[75])["value"])
    assert compute(samples_of(cases()[75]))["auc_last"].value[0] == 0
