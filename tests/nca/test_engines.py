"""The presets `pknca` and `noncompart` against what PKNCA 0.12.1 and NonCompart 0.8.0 answered for 1,000 profiles.

Where conventions coincide, every number agrees to 1e-9. Where they do not, each test names the cause, counts its
profiles, and works out the engine's number from carpk's by the engine's own convention. Read in place; nothing of it
stands in the project.
"""

import csv
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles

FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "synthetic_1000"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the reference data are not beside the project")
WINDOWS = {"0_28": (0.0, 28.0), "28_90": (28.0, 90.0), "0_90": (0.0, 90.0)}
NONCOMPART = {
    "CMAX": "cmax", "TMAX": "tmax", "TLST": "tlast", "CLST": "clast", "LAMZ": "lambda_z", "LAMZHL": "half_life",
    "R2ADJ": "adjusted_r_squared", "LAMZNPT": "lambda_z_points",
}  # fmt: skip
PKNCA = {
    "cmax": "cmax", "tmax": "tmax", "tlast": "tlast", "clast.obs": "clast", "lambda.z": "lambda_z",
    "half.life": "half_life", "adj.r.squared": "adjusted_r_squared", "lambda.z.n.points": "lambda_z_points",
}  # fmt: skip


@cache
def table(name, column="", chosen=""):
    """Columns of numbers, for the rows with one method."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not column or row[column] == chosen]
    return {key: np.array([float(row[key] or "nan") for row in rows]) for key in rows[0] if key != column}


def noncompart(method="Linear"):
    return table("expected_noncompart.csv", "down", method)


def pknca(method="lin up/log down"):
    return table("expected_pknca.csv", "auc.method", method)


@cache
def samples():
    given = table("profiles.csv")
    return Profiles(
        time=given["TIME"],
        value=np.where(given["BLQ"] == 1, np.nan, given["CONC"]),
        lloq=given["LLOQ"],
        offsets=np.flatnonzero(np.diff(given["ID"], prepend=-1, append=-1)),
    )


@cache
def values(preset):
    answers = compute_parameters(samples(), NcaRules.preset(preset)).answers
    return {key: answer.value for key, answer in answers.items()}


def agree(value, expected):
    return np.isclose(value, expected, rtol=1e-9, atol=0, equal_nan=True)


def last_time():
    return samples().time[samples().offsets[1:] - 1]


def quantified_at_0_then_below():
    """Profiles that start with a quantified level at time 0 and go on with one below the limit."""
    first = samples().offsets[:-1]
    return ~np.isnan(samples().value[first]) & np.isnan(samples().value[first + 1])


def cases(window):
    """How each profile meets a window, told by Tlast and by the first level below the limit after it (Tbql)."""
    start, end = WINDOWS[window]
    tlast, tbql = values("noncompart")["tlast"], values("noncompart")["tbql"]
    return np.select(
        [end <= tlast, np.isnan(tbql), start > tlast, end < tbql, end > last_time()],
        ["measured", "ends quantified", "starts after Tlast", "ends before Tbql", "ends after all samples"],
        "ends after Tbql",
    )


def no_slope(preset):
    return np.isnan(values(preset)["lambda_z"])


def slope_level(preset, time, *, observed):
    """Level at a time on the line from Clast, observed or on the fitted line."""
    ours = values(preset)
    anchor = ours["clast" if observed else "clast_predicted"]
    return anchor * np.exp(-ours["lambda_z"] * (time - ours["tlast"]))


def to_last(preset, window):
    """Area from the start of the window to Tlast."""
    before = values(preset)["auc_0_28d"] if window == "28_90" else 0.0
    return values(preset)["auc_last"] - before


def log_mean(before, after):
    """Mean of a segment by the logarithmic rule where it falls to a positive level, else by the linear one."""
    falls = (after < before) & (after > 0)
    ratio = np.where(falls, before / np.where(after > 0, after, 1.0), math.e)
    return np.where(falls, (before - after) / np.log(ratio), (before + after) / 2)


def test_there_are_1000_profiles_with_answers_of_both_engines():
    assert len(samples()) == len(noncompart()["ID"]) == len(pknca()["ID"]) == 1000


@pytest.mark.parametrize("column", PKNCA)
def test_pknca_gives_the_same_peak_extent_and_slope_for_all_1000(column):
    assert agree(values("pknca")[PKNCA[column]], pknca()[column]).all()


@pytest.mark.parametrize("column", NONCOMPART)
def test_noncompart_gives_the_same_peak_extent_and_slope_for_all_1000(column):
    # It writes 0 points where it has no slope; carpk leaves the count missing: 22 profiles.
    ours = values("noncompart")[NONCOMPART[column]]
    if column == "LAMZNPT":
        assert np.isnan(ours).sum() == 22
        ours = np.nan_to_num(ours)
    assert agree(ours, noncompart()[column]).all()


def test_noncompart_gives_the_same_linear_auclast_for_all_1000():
    assert agree(values("noncompart")["auc_last"], noncompart()["AUCLST"]).all()


def test_pknca_gives_the_same_auclast_but_for_7_that_start_quantified_at_0_and_go_below():
    differ = ~agree(values("pknca")["auc_last"], pknca()["auclast"])
    assert differ.sum() == 7
    assert (differ <= quantified_at_0_then_below()).all()


def test_those_7_agree_once_the_level_below_the_limit_after_time_0_is_left_out():
    """PKNCA counts a level carried into day 0 as the first quantified one, so that the wash-out is a gap to be

    bridged; carpk counts from the first quantified level after time 0, so that the wash-out is zero.
    """
    given, offsets = samples(), samples().offsets
    number = np.repeat(np.arange(1000), np.diff(offsets))
    quantified = ~np.isnan(given.value) & (given.time > 0)
    seen = np.cumsum(quantified) - np.concatenate([[0], np.cumsum(quantified)])[offsets[number]]
    kept = ~(quantified_at_0_then_below()[number] & (seen == 0) & np.isnan(given.value))
    thinned = Profiles(
        time=given.time[kept],
        value=given.value[kept],
        lloq=given.lloq[kept],
        offsets=np.concatenate([[0], np.cumsum(np.bincount(number[kept]))]),
    )
    answer = compute_parameters(thinned, NcaRules.preset("pknca")).answers["auc_last"]
    assert agree(answer.value, pknca()["auclast"]).all()


# PKNCA, aucint.inf.obs: window by window; the 7 profiles above are left out of the count.
@pytest.mark.parametrize(
    ("window", "measured", "ends_quantified"), [("0_28", 902, 15), ("28_90", 291, 469), ("0_90", 291, 469)]
)
def test_pknca_gives_the_same_window_where_it_is_measured_or_ends_after_a_quantified_last_sample(
    window, measured, ends_quantified
):
    same = agree(values("pknca")[f"auc_{window}d"], pknca()[f"aucint.inf.obs_{window}"])
    odd = ~agree(values("pknca")["auc_last"], pknca()["auclast"])
    for case, count in (("measured", measured), ("ends quantified", ends_quantified)):
        chosen = (cases(window) == case) & ~odd
        assert chosen.sum() == count
        assert same[chosen].all()


@pytest.mark.parametrize(
    ("window", "same_as_ours", "without_slope"), [("0_28", 19, 2), ("28_90", 134, 4), ("0_90", 200, 14)]
)
def test_pknca_gives_the_same_window_past_the_first_level_below_the_limit_but_none_without_a_slope(
    window, same_as_ours, without_slope
):
    # Both draw the triangle to the first level below the limit; PKNCA's aucint.inf needs a slope all the same.
    theirs = pknca()[f"aucint.inf.obs_{window}"]
    same = agree(values("pknca")[f"auc_{window}d"], theirs)
    chosen = np.isin(cases(window), ["ends after Tbql", "ends after all samples"])
    assert (chosen & same).sum() == same_as_ours
    assert (chosen & ~same).sum() == without_slope
    assert (np.isnan(theirs) == no_slope("pknca"))[chosen].all()


@pytest.mark.parametrize(("window", "count", "without_slope"), [("0_28", 55, 8), ("28_90", 19, 0), ("0_90", 19, 0)])
def test_pknca_follows_the_slope_to_an_edge_between_tlast_and_the_first_level_below_the_limit(
    window, count, without_slope
):
    # carpk draws the triangle there, whichever window is asked for, so that areas of adjacent windows add up.
    end = WINDOWS[window][1]
    decline = slope_level("pknca", end, observed=True)
    tail = (values("pknca")["clast"] - decline) / values("pknca")["lambda_z"]
    expected = to_last("pknca", window) + tail
    theirs = pknca()[f"aucint.inf.obs_{window}"]
    chosen = cases(window) == "ends before Tbql"
    assert chosen.sum() == count
    assert np.isnan(theirs[chosen]).sum() == without_slope
    assert agree(expected, theirs)[chosen].all()


def neighbors(start, end):
    """First sample from the start of a window on, last one up to its end, and how many there are in it."""
    time, begins = samples().time, samples().offsets[:-1]
    inside = (time >= start) & (time <= end)
    first = np.minimum.reduceat(np.where(inside, time, np.inf), begins)
    last = np.maximum.reduceat(np.where(inside, time, -np.inf), begins)
    return first, last, np.add.reduceat(inside.astype(int), begins)


def test_pknca_goes_straight_from_the_slope_to_the_next_sample_where_a_window_starts_after_tlast():
    """76 profiles, 10 of them without a slope and so without an area.

    It takes the levels at both edges from the slope, though samples below the limit lie between. From the first it goes
    straight to the next sample, at zero: a triangle. From the last sample, at zero, it goes up to the second edge:
    another triangle where an odd number of samples lies between the edges (30 profiles), no area where it is an even
    one (36), because that piece is then taken by the logarithmic rule, which from zero has none. Which rule it takes
    is decided by comparing all times with the two edges in turn, so that the second is found only at an even place.
    carpk has the rest of the triangle from Clast to the first level below the limit, and zero from there on.
    """
    following, last, between = neighbors(28.0, 90.0)
    start, end = (slope_level("pknca", edge, observed=True) for edge in (28.0, 90.0))
    expected = start * (following - 28.0) / 2 + np.where(between % 2 == 1, end * (90.0 - last) / 2, 0.0)
    theirs = pknca()["aucint.inf.obs_28_90"]
    chosen = cases("28_90") == "starts after Tlast"
    assert chosen.sum() == 76
    assert (np.isnan(theirs) == no_slope("pknca"))[chosen].all()
    with_slope = chosen & ~no_slope("pknca")
    assert [(with_slope & (between % 2 == rest)).sum() for rest in (1, 0)] == [30, 36]
    assert agree(expected, theirs)[with_slope].all()


# NonCompart, AUCINT, linear.
@pytest.mark.parametrize(
    ("window", "measured", "past_tbql"), [("0_28", 909, 21), ("28_90", 293, 50), ("0_90", 293, 76)]
)
def test_noncompart_gives_the_same_window_where_samples_reach_its_end(window, measured, past_tbql):
    same = agree(values("noncompart")[f"auc_{window}d"], noncompart()[f"AUCINT_{window}"])
    for case, count in (("measured", measured), ("ends after Tbql", past_tbql)):
        chosen = cases(window) == case
        assert chosen.sum() == count
        assert same[chosen].all()


@pytest.mark.parametrize(("window", "with_slope", "without"), [("0_28", 11, 4), ("28_90", 455, 4), ("0_90", 466, 8)])
def test_noncompart_goes_from_the_last_quantified_level_to_the_fitted_line_at_the_end_of_the_window(
    window, with_slope, without
):
    # One segment to the level that the fitted line has at the end: logarithmic where it falls, though linear is asked.
    start, end = WINDOWS[window]
    tlast, clast = values("noncompart")["tlast"], values("noncompart")["clast"]
    segment = (end - tlast) * log_mean(clast, slope_level("noncompart", end, observed=False))
    chosen = (cases(window) == "ends quantified") & (tlast > start)
    theirs = noncompart()[f"AUCINT_{window}"]
    assert (chosen & ~no_slope("noncompart")).sum() == with_slope
    assert agree(to_last("noncompart", window) + segment, theirs)[chosen].all()
    assert np.isnan(theirs[chosen & no_slope("noncompart")]).sum() == without
    assert np.isnan(values("noncompart")[f"auc_{window}d"][chosen & no_slope("noncompart")]).all()


@pytest.mark.parametrize(("window", "count"), [("0_28", 55), ("28_90", 19), ("0_90", 19)])
def test_noncompart_bends_the_cut_piece_of_the_triangle_after_tlast(window, count):
    # The level at the edge is that of the triangle, but the piece before it is integrated by the logarithmic rule.
    end = WINDOWS[window][1]
    ours = values("noncompart")
    edge = ours["clast"] * (ours["tbql"] - end) / (ours["tbql"] - ours["tlast"])
    expected = to_last("noncompart", window) + (end - ours["tlast"]) * log_mean(ours["clast"], edge)
    chosen = cases(window) == "ends before Tbql"
    assert chosen.sum() == count
    assert agree(expected, noncompart()[f"AUCINT_{window}"])[chosen].all()


@pytest.mark.parametrize(("window", "count", "without_slope"), [("0_28", 0, 0), ("28_90", 88, 1), ("0_90", 138, 7)])
def test_noncompart_rises_again_to_the_fitted_line_after_a_last_sample_below_the_limit(window, count, without_slope):
    # carpk carries the zero on, flagged BLQ_CARRIED.
    end = WINDOWS[window][1]
    rise = (end - last_time()) * slope_level("noncompart", end, observed=False) / 2
    chosen = cases(window) == "ends after all samples"
    theirs = noncompart()[f"AUCINT_{window}"]
    assert chosen.sum() == count
    assert agree(values("noncompart")[f"auc_{window}d"] + rise, theirs)[chosen].all()
    assert np.isnan(theirs[chosen]).sum() == without_slope


def test_noncompart_gives_no_window_that_starts_after_tlast():
    # 76 where samples below the limit follow (carpk: the rest of the triangle, or zero), 15 where none does.
    theirs = noncompart()["AUCINT_28_90"]
    after = values("noncompart")["tlast"] < 28
    assert after.sum() == 76 + 15
    assert np.isnan(theirs[after]).all()


def test_noncompart_leaves_out_the_triangle_of_a_fall_to_zero_before_tlast_under_the_logarithmic_rule():
    # 42 profiles: 35 with a level below the limit between quantified ones, 7 that start quantified and go below.
    rules = replace(NcaRules.preset("noncompart"), auc_method="linear-up log-down")
    ours = compute_parameters(samples(), rules).answers
    theirs = noncompart("Log")["AUCLST"]
    given, offsets = samples(), samples().offsets
    number = np.repeat(np.arange(1000), np.diff(offsets))
    level = np.nan_to_num(given.value)
    falls = (number[1:] == number[:-1]) & (level[:-1] > 0) & (level[1:] == 0)
    falls &= given.time[1:] < ours["tlast"].value[number[1:]]
    triangles = np.where(falls, np.diff(given.time) * level[:-1] / 2, 0.0)
    left_out = np.bincount(number[1:], weights=triangles, minlength=1000)
    assert (left_out > 0).sum() == 42
    assert agree(ours["auc_last"].value - left_out, theirs).all()
