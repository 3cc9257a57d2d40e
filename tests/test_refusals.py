"""Whatever is wrong with the data is told by its code and its place, and never becomes a number."""

import csv

import numpy as np
import pandas as pd
import pytest
from drawn_profiles import LLOQ, drawn, levels, profiles
from hypothesis import given
from hypothesis import strategies as st

import carpk
from carpk.errors import DataError
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles
from carpk.terms import window_key

HEADER = ["subject", "analyte", "time", "value", "unit", "lloq"]
DAYS = {"1": (0, 7, 14, 28), "2": (0, 9, 16, 30)}


def table():
    """Samples of two subjects, all quantified."""
    rows = [
        {"subject": f"S{name}", "analyte": "car_t_qpcr", "time": day, "value": 90.0 + 10 * day, "unit": "copies/ug"}
        for name, days in DAYS.items()
        for day in days
    ]
    return pd.DataFrame(rows).assign(lloq=LLOQ)


def written(path, place, column, cell):
    """Write the samples with one cell replaced."""
    rows = table().astype(str).to_numpy().tolist()
    rows[place][HEADER.index(column)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def errors(read, source):
    with pytest.raises(DataError) as caught:
        read(source)
    return [finding for finding in caught.value.findings if finding.severity == "error"]


@pytest.mark.parametrize("place", [0, 3, 7])
@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("time", "nan", "NUMBER_NOT_UNDERSTOOD"),
        ("time", "inf", "NUMBER_NOT_UNDERSTOOD"),
        ("time", "1e309", "VALUE_INFINITE"),
        ("time", "7,5", "NUMBER_NOT_UNDERSTOOD"),
        ("value", "nan", "VALUE_NOT_UNDERSTOOD"),
        ("value", "inf", "NUMBER_NOT_UNDERSTOOD"),
        ("value", "-inf", "NUMBER_NOT_UNDERSTOOD"),
        ("value", "1e309", "VALUE_INFINITE"),
        ("value", "lost", "VALUE_NOT_UNDERSTOOD"),
        ("lloq", "nan", "NUMBER_NOT_UNDERSTOOD"),
        ("lloq", "0", "LIMIT_NOT_POSITIVE"),
        ("lloq", "-50", "LIMIT_NOT_POSITIVE"),
        ("subject", "", "SUBJECT_MISSING"),
        ("unit", "copies", "UNIT_UNKNOWN"),
    ],
)
def test_a_cell_that_cannot_be_used_is_told_by_its_code_its_row_and_its_column(tmp_path, place, column, cell, code):
    found = errors(carpk.read_study, written(tmp_path / "trial.csv", place, column, cell))
    # The header is row 1.
    assert [(one.code, one.file, one.row, one.column) for one in found] == [(code, "trial.csv", place + 2, column)]


@pytest.mark.parametrize(
    ("column", "number", "code"),
    [
        ("value", np.inf, "VALUE_INFINITE"),
        ("value", -np.inf, "VALUE_INFINITE"),
        ("time", np.inf, "VALUE_INFINITE"),
        ("lloq", np.inf, "VALUE_INFINITE"),
        ("lloq", -50.0, "LIMIT_NOT_POSITIVE"),
    ],
)
def test_a_number_of_a_table_that_cannot_be_used_is_told_by_its_code_its_row_and_its_column(column, number, code):
    given_table = table().astype({"time": float})
    given_table.loc[5, column] = number
    assert [(one.code, one.row, one.column) for one in errors(carpk.run_nca, given_table)] == [(code, 5, column)]


def test_a_sample_without_a_time_is_told_by_its_row():
    given_table = table().astype({"time": float})
    given_table.loc[5, "time"] = np.nan
    assert [(one.code, one.row) for one in errors(carpk.run_nca, given_table)] == [("TIME_MISSING", 5)]


def refused(given_table, **rules):
    """Reasons of subject S2, whose other numbers must be missing, and numbers of S1, which must stay."""
    result = carpk.run_nca(given_table, NcaRules(**rules)).parameters
    untouched = carpk.run_nca(table(), NcaRules(**rules)).parameters
    first, second = (result[result["subject"] == name].reset_index(drop=True) for name in ("S1", "S2"))
    pd.testing.assert_frame_equal(first, untouched[untouched["subject"] == "S1"].reset_index(drop=True))
    assert second["value"].isna().all()
    return set(second["reason"])


def test_a_negative_level_refuses_its_profile_alone():
    given_table = table()
    given_table.loc[5, "value"] = -3.0
    assert refused(given_table) == {"NEGATIVE_LEVEL"}


def test_two_levels_at_one_time_refuse_their_profile_alone():
    given_table = pd.concat([table(), table().iloc[[5]].assign(value=777.0)])
    assert refused(given_table) == {"DUPLICATE_TIMES"}


def test_a_level_below_the_limit_refuses_its_profile_alone_where_none_is_allowed():
    given_table = table()
    given_table.loc[5, "value"] = 20.0
    assert refused(given_table, blq="none") == {"BLQ_NOT_ALLOWED"}


def test_rows_out_of_order_are_put_in_order():
    pd.testing.assert_frame_equal(
        carpk.run_nca(table().iloc[::-1]).parameters, carpk.run_nca(table()).parameters, check_exact=True
    )


@pytest.mark.parametrize("window", [(30.5, 60), (0, 28.1)])
def test_a_window_outside_the_samples_is_missing_with_its_reason(window):
    result = carpk.run_nca(table(), NcaRules(windows={"odd": window}, tail="never")).parameters
    own = result[(result["subject"] == "S1") & (result["parameter"] == window_key(*window))]
    assert own["value"].isna().all()
    assert list(own["reason"]) == ["WINDOW_NOT_COVERED"]


def arrays_of(samples):
    return {
        "time": np.array([day for day, _ in samples]),
        "value": np.array([np.nan if level is None else level for _, level in samples]),
        "lloq": np.full(len(samples), LLOQ),
        "offsets": np.array([0, len(samples)]),
    }


@pytest.mark.parametrize(
    ("name", "number", "told"),
    [
        ("time", np.nan, "times must be finite"),
        ("time", np.inf, "times must be finite"),
        ("time", -1.0, "not before the infusion"),
        ("value", np.inf, "positive and finite"),
        ("value", -1.0, "positive and finite"),
        ("value", 0.0, "positive and finite"),
    ],
)
@given(samples=profiles, data=st.data())
def test_one_number_that_is_no_sample_is_refused_wherever_it_stands(name, number, told, samples, data):
    arrays = arrays_of(samples)
    arrays[name][data.draw(st.integers(0, len(samples) - 1))] = number
    with pytest.raises(ValueError, match=told):
        Profiles(**arrays)


@pytest.mark.parametrize("order", [(0, 0), (1, 0)])
@given(samples=drawn(levels, min_size=2), data=st.data())
def test_a_time_that_does_not_rise_is_refused_wherever_it_stands(order, samples, data):
    arrays = arrays_of(samples)
    pair = data.draw(st.integers(0, len(samples) - 2)) + np.arange(2)
    arrays["time"][pair] = arrays["time"][pair][list(order)]
    with pytest.raises(ValueError, match="times must rise within each profile"):
        Profiles(**arrays)
