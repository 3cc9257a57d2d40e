import numpy as np
import pandas as pd
import pytest

import carpk
from carpk.errors import RulesError


def parameters(values, cohort="A", parameter="cmax"):
    return pd.DataFrame(
        {
            "subject": [str(number) for number in range(len(values))],
            "cohort": cohort,
            "analyte": "car_t_qpcr",
            "matrix": "blood",
            "source": "nca",
            "parameter": parameter,
            "value": values,
            "unit": "copies/ug",
        }
    )


def test_the_geometric_mean_and_cv_agree_with_their_source():
    # The project's science notes, section 1.1.
    row = carpk.summarize(parameters([1200, 5400, 23000, 800, 61000, 0.0])).iloc[0]
    assert row["geometric_mean"] == pytest.approx(5920.3112, abs=5e-5)
    assert row["geometric_cv_percent"] == pytest.approx(555.4347, abs=5e-5)
    assert (row["N"], row["n"], row["n_zero"], row["n_missing"]) == (6, 6, 1, 0)
    assert row["note"] == "1 zero, not in the geometric mean"


def test_median_and_range_take_in_the_zeros():
    row = carpk.summarize(parameters([0.0, 10, 20, 90])).iloc[0]
    assert (row["median"], row["minimum"], row["maximum"]) == (15, 0, 90)


def test_missing_values_are_counted_and_not_lost():
    row = carpk.summarize(parameters([10, np.nan, 40, 20])).iloc[0]
    assert (row["N"], row["n"], row["n_missing"]) == (4, 3, 1)
    assert row["geometric_mean"] == pytest.approx(20, rel=1e-14)
    assert row["note"] == "1 missing"


def test_two_values_have_no_spread():
    row = carpk.summarize(parameters([10, 40])).iloc[0]
    assert np.isnan(row["geometric_cv_percent"])
    assert row["note"] == "fewer than 3 values: no spread"


def test_groups_are_told_apart_and_all_can_be_one():
    table = pd.concat([parameters([10, 40, 20]), parameters([100], cohort="B")])
    assert list(carpk.summarize(table)["cohort"]) == ["A", "B"]
    overall = carpk.summarize(table, by=None)
    assert (list(overall["cohort"]), list(overall["N"])) == (["All"], [4])


def test_a_group_of_nothing_but_missing_values_says_so():
    row = carpk.summarize(parameters([np.nan, np.nan])).iloc[0]
    assert row["n"] == 0
    assert np.isnan(row["geometric_mean"])


def test_a_column_that_is_not_there_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no column 'cohrt'\. Did you mean 'cohort'"):
        carpk.summarize(parameters([1.0]), by="cohrt")


def with_bounds(rows):
    """Make parameters of (value, low, high)."""
    table = parameters([value for value, _, _ in rows])
    return table.assign(low=[low for _, low, _ in rows], high=[high for _, _, high in rows])


NAN, INF = float("nan"), float("inf")


def test_a_censored_peak_counts_as_at_least_its_limit_in_the_median():
    # 10, 20, >50: the median is 20, the maximum is known from below only.
    (row,) = carpk.summarize(with_bounds([(10, NAN, NAN), (20, NAN, NAN), (NAN, 50, INF)])).to_dict("records")
    assert (row["n"], row["n_censored"], row["n_missing"]) == (2, 1, 0)
    assert row["median"] == 20
    assert np.isnan(row["maximum"])
    assert (row["maximum_low"], row["maximum_high"]) == (50, INF)
    assert (row["minimum"], row["minimum_low"], row["minimum_high"]) == (10, 10, 10)
    assert np.isnan(row["geometric_mean"])
    assert row["note"] == "1 known by bounds only: no mean; fewer than 3 values: no spread"


def test_a_median_that_censoring_leaves_open_has_bounds_only():
    # <1, <1, 4, 6: between (0 + 4) / 2 and (1 + 4) / 2.
    rows = [(NAN, 0, 1), (NAN, 0, 1), (4, NAN, NAN), (6, NAN, NAN)]
    (row,) = carpk.summarize(with_bounds(rows)).to_dict("records")
    assert np.isnan(row["median"])
    assert (row["median_low"], row["median_high"]) == (2.0, 2.5)


def test_bounds_of_a_value_that_is_given_do_not_make_it_censored():
    (row,) = carpk.summarize(with_bounds([(5, 4, 6), (7, 7, 8), (9, 1, 20)])).to_dict("records")
    assert (row["n"], row["n_censored"], row["median"]) == (3, 0, 7)
