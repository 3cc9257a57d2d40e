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
