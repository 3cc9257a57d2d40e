"""What PKNCA 0.12.1 and NonCompart 0.8.0 answered for the 240 profiles of tests/reference.

960 rows: two AUC methods, two policies below the limit ("keep" is zero, "default" drops between quantified levels).
Where conventions coincide every number agrees to 1e-9. Where they do not, a test names the cause, counts its profiles,
and works out the engine's number from carpk's by the engine's own convention.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles

REFERENCE = Path(__file__).parents[1] / "reference"
METHODS = {"linear": "linear", "lin up/log down": "linear-up log-down"}
POLICIES = {"keep": "zero", "default": "carpk"}
SLOPES_OF_NONCOMPART = {"acceptance": {"min_adjusted_r2": 0.7}, "unaccepted": "missing"}

every_method = pytest.mark.parametrize("method", METHODS)
every_policy = pytest.mark.parametrize("policy", POLICIES)


@cache
def samples():
    with (REFERENCE / "engines_profiles.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = np.array([row["ID"] for row in rows])
    level = np.array([float(row["C"]) for row in rows])
    return Profiles(
        time=np.array([float(row["T"]) for row in rows]),
        value=np.where(level > 0, level, np.nan),
        lloq=np.full(len(rows), 50.0),
        offsets=np.concatenate([[0], np.flatnonzero(names[1:] != names[:-1]) + 1, [len(names)]]),
    )


@cache
def theirs(method, policy):
    """Columns of numbers in the order of the profiles."""
    with (REFERENCE / "engines_answers.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["method"], row["blq"]) == (method, policy)]
    numbers = [name for name in rows[0] if name not in ("ID", "method", "blq")]
    return {name: np.array([float(row[name].replace("NA", "nan")) for row in rows]) for name in numbers}


@cache
def ours(method, policy, preset="pknca"):
    choices = SLOPES_OF_NONCOMPART if preset == "noncompart" else {}
    rules = {"preset": preset, "auc_method": METHODS[method], "blq": POLICIES[policy], **choices}
    answers = compute_parameters(samples(), NcaRules.from_mapping(rules)).answers
    return {key: answer.value for key, answer in answers.items()}


def agree(value, expected):
    return np.isclose(value, expected, rtol=1e-9, atol=0, equal_nan=True)


def first_samples():
    """Day and level of the first sample, zero where it is below the limit."""
    first = samples().offsets[:-1]
    return samples().time[first], np.nan_to_num(samples().value[first])


def starts_at_0():
    return first_samples()[0] == 0


def quantified_at_0_then_below():
    first = samples().offsets[:-1]
    return starts_at_0() & (first_samples()[1] > 0) & np.isnan(samples().value[first + 1])


def falls_to_zero(until):
    """Triangles from a quantified level to one below the limit, up to a day of each profile."""
    given, offsets = samples(), samples().offsets
    number = np.repeat(np.arange(len(given)), np.diff(offsets))
    level = np.nan_to_num(given.value)
    falls = (number[1:] == number[:-1]) & (level[:-1] > 0) & (level[1:] == 0)
    falls &= given.time[1:] <= until[number[1:]]
    return np.bincount(number[1:], weights=falls * np.diff(given.time) * level[:-1] / 2, minlength=len(given))


PKNCA = {
    "cmax": "cmax", "tmax": "tmax", "tlast": "tlast", "clast": "clast", "lambda.z": "lambda_z",
    "half.life": "half_life", "n.points": "lambda_z_points",
}  # fmt: skip


@every_method
@every_policy
@pytest.mark.parametrize("column", PKNCA)
def test_pknca_gives_the_same_peak_extent_and_slope_for_all_240(method, policy, column):
    assert len(samples()) == 240
    assert agree(ours(method, policy)[PKNCA[column]], theirs(method, policy)[column]).all()


@every_method
@every_policy
@pytest.mark.parametrize(("column", "key"), [("auclast", "auc_last"), ("aucall", "auc_all")])
def test_pknca_gives_the_same_area_to_the_last_sample_where_one_stands_at_time_0(method, policy, column, key):
    # Without a sample at time 0 it gives no area, carpk inserts a zero: 80 profiles.
    answer = theirs(method, policy)[column]
    assert (np.isnan(answer) == ~starts_at_0()).all()
    assert np.isnan(answer).sum() == 80
    differ = starts_at_0() & ~agree(ours(method, policy)[key], answer)
    # Under "drop" PKNCA counts from the level carried into day 0, carpk from the first one after it: see test_engines.
    assert differ.sum() == (4 if policy == "default" else 0)
    assert (differ <= quantified_at_0_then_below()).all()


@every_method
@every_policy
def test_pknca_ends_its_area_to_day_28_at_the_last_quantified_level_and_starts_it_at_the_first_sample(method, policy):
    """Its `aucint.last` is cut at Tlast without a word (carpk: the triangle to the first level below the limit), is

    missing where a level below the limit lies between Tlast and day 28, and does not count what lies before the first
    sample (carpk: the line from the zero inserted at time 0).
    """
    values, answer = ours(method, policy), theirs(method, policy)["aucint_0_28"]
    day, level = first_samples()
    area = np.where(values["tlast"] < 28, values["auc_last"], values["auc_0_28d"]) - day * level / 2
    lost_before = values["tbql"] < 28
    chosen = ~(quantified_at_0_then_below() & (policy == "default"))
    assert (np.isnan(answer) == lost_before).all()
    assert lost_before.sum() == 12
    assert agree(np.where(lost_before, np.nan, area), answer)[chosen].all()


@every_method
@every_policy
def test_noncompart_gives_the_same_peak_for_all_240(method, policy):
    assert agree(ours(method, policy)["cmax"], theirs(method, policy)["NC_cmax"]).all()


@every_method
@every_policy
def test_noncompart_gives_the_same_slope_where_its_adjusted_r2_reaches_0_7(method, policy):
    # It takes 22 poorer ones for none; carpk gives and flags them, unless the rules make them missing.
    values, answer = ours(method, policy, "noncompart"), theirs(method, policy)
    assert (np.isnan(answer["NC_hl"]) & ~np.isnan(ours(method, policy)["half_life"])).sum() == 22
    assert agree(values["half_life"], answer["NC_hl"]).all()
    assert agree(np.nan_to_num(values["lambda_z_points"]), answer["NC_npt"]).all()


# NonCompart knows no dropping: its rows are the same under both policies.
@every_policy
@pytest.mark.parametrize(("column", "key"), [("NC_auclst", "auc_last"), ("NC_aucall", "auc_all")])
def test_noncompart_gives_the_same_linear_areas_for_all_240(policy, column, key):
    assert agree(ours("linear", "keep")[key], theirs("linear", policy)[column]).all()


@every_policy
def test_noncompart_leaves_out_the_triangles_of_falls_to_zero_under_the_logarithmic_rule(policy):
    # Before Tlast in 19 profiles; the one after it, which makes AUCall, in 144.
    values, answer = ours("lin up/log down", "keep"), theirs("lin up/log down", policy)
    before, all_of_them = falls_to_zero(values["tlast"]), falls_to_zero(np.fmax(values["tlast"], values["tbql"]))
    assert [(before > 0).sum(), (all_of_them > before).sum()] == [19, 144]
    assert agree(values["auc_last"] - before, answer["NC_auclst"]).all()
    assert agree(values["auc_all"] - all_of_them, answer["NC_aucall"]).all()
