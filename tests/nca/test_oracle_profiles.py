"""The oracle profiles P1-P12, and 200 synthetic ones answered by an independent program."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from reference.oracle_profiles import (
    ANSWERS,
    KEYS,
    MISSING_BY_DEFAULT,
    OBSERVED_ANCHOR,
    OBSERVED_ANCHOR_ALWAYS,
    PROFILES,
)
from reference.slow_nca import resolve, terminal, window

from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles

REFERENCE = Path(__file__).parents[1] / "reference"
SHARED = Path(__file__).parents[3] / "shared" / "reference" / "synthetic_1000"
WINDOWS = {"auc_0_28d": (0.0, 28.0), "auc_28_90d": (28.0, 90.0), "auc_0_90d": (0.0, 90.0)}


def as_samples(text):
    pairs = (pair.split(":") for pair in text.split(","))
    return [(float(time), float(level) or None) for time, level in pairs]


def half_of_last_digit(key):
    digits = {"lambda_z": 10}.get(key, 4)
    return 0.5 * 10.0**-digits * 1.01


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("key", KEYS)
def test_oracle_profile_agrees_with_every_printed_digit(compute, name, key):
    expected = ANSWERS[name][KEYS.index(key)]
    value = compute(PROFILES, tail="always", clast="predicted").value(name, key)
    if expected is None:
        assert value is None
    else:
        assert value == pytest.approx(expected, rel=1e-9, abs=half_of_last_digit(key))


@pytest.mark.parametrize("method", ["linear", "linear-up log-down"])
@pytest.mark.parametrize("name", PROFILES)
def test_oracle_profile_agrees_with_a_slow_loop_to_1e_9(compute, name, method):
    samples = as_samples(PROFILES[name])
    computed = compute(PROFILES, auc_method=method)
    for key, (start, end) in WINDOWS.items():
        expected = window(samples, start, end, method)
        value = computed.value(name, key)
        assert value is None if expected is None else value == pytest.approx(expected, rel=1e-9)
    _, positive = resolve(samples)
    fit = terminal(positive)
    keys = ("lambda_z", "lambda_z_points", "adjusted_r_squared")
    values = [computed.value(name, key) for key in keys]
    assert values == [None] * 3 if fit is None else values == pytest.approx(fit, rel=1e-9)


@pytest.mark.parametrize("name", PROFILES)
def test_by_default_a_window_that_is_not_covered_is_missing_with_its_reason(compute, name):
    computed = compute(PROFILES)
    missing = [key for key in WINDOWS if computed.reason(name, key) == "WINDOW_NOT_COVERED"]
    assert missing == list(MISSING_BY_DEFAULT.get(name, ()))


@pytest.mark.parametrize(("place", "expected"), OBSERVED_ANCHOR.items())
def test_the_visit_window_is_closed_from_the_last_observed_level(compute, place, expected):
    assert compute(PROFILES).value(*place) == pytest.approx(expected, rel=1e-9, abs=5e-5)


@pytest.mark.parametrize(("place", "expected"), OBSERVED_ANCHOR_ALWAYS.items())
def test_the_tail_always_starts_from_the_last_observed_level(compute, place, expected):
    assert compute(PROFILES, tail="always").value(*place) == pytest.approx(expected, rel=1e-9, abs=5e-5)


@pytest.mark.parametrize(("name", "bounds"), [("P3", (0.0, 7100.0)), ("P4", (0.0, 17750.0))])
def test_a_window_with_levels_below_the_limit_tells_its_bounds(compute, name, bounds):
    assert compute(PROFILES).bounds(name, "auc_28_90d") == bounds


def test_dropping_that_exceeds_the_upper_bound_is_flagged(compute):
    assert "DROP_ABOVE_BOUND" in compute(PROFILES).flags("P4", "auc_28_90d")


def read_profiles(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [row["ID"] for row in rows]
    starts = [position for position, name in enumerate(ids) if position == 0 or name != ids[position - 1]]
    profiles = Profiles(
        time=np.array([float(row["TIME"]) for row in rows]),
        value=np.array([math.nan if row["BLQ"] == "1" else float(row["CONC"]) for row in rows]),
        lloq=np.array([float(row["LLOQ"]) for row in rows]),
        offsets=np.array([*starts, len(rows)]),
    )
    return [ids[start] for start in starts], profiles


COLUMNS = {
    "cmax": "cmax", "tmax": "tmax", "tfirst": "tfirst", "tlast": "tlast", "clast": "clast", "lambda_z": "lambda_z",
    "half_life": "half_life", "n": "lambda_z_points", "adj_r2": "adjusted_r_squared", "span": "span_ratio",
    "auc_last": "auc_last", "auc_0_28d": "auc_0_28d", "auc_28_90d": "auc_28_90d", "auc_0_90d": "auc_0_90d",
}  # fmt: skip


def assert_all_rows_agree(profiles_path, answers_path, method):
    names, profiles = read_profiles(profiles_path)
    answers = compute_parameters(profiles, NcaRules(auc_method=method)).answers
    with answers_path.open(encoding="utf-8", newline="") as file:
        expected = {row["ID"]: row for row in csv.DictReader(file) if row["method"] == method}
    assert set(expected) == set(names)
    for column, key in COLUMNS.items():
        wanted = np.array([float(expected[name][column] or "nan") for name in names])
        np.testing.assert_allclose(answers[key].value, wanted, rtol=1e-9, err_msg=key)


@pytest.mark.parametrize("method", ["linear", "linear-up log-down"])
def test_200_synthetic_profiles_agree_with_an_independent_program(method):
    assert_all_rows_agree(REFERENCE / "synthetic_profiles.csv", REFERENCE / "synthetic_answers.csv", method)


@pytest.mark.skipif(not SHARED.exists(), reason="the reference data are not beside the project")
@pytest.mark.parametrize("method", ["linear", "linear-up log-down"])
def test_1000_synthetic_profiles_agree_with_an_independent_program(method):
    assert_all_rows_agree(SHARED / "profiles.csv", SHARED / "expected_spec.csv", method)
