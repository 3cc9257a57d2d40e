"""The power model on dose, worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

import carpk
from carpk.errors import RulesError, UnitError
from carpk.schema import Study


def parameters(values, doses, reasons=None):
    return pd.DataFrame(
        {
            "subject": [f"S{number}" for number in range(len(values))],
            "cohort": [f"{dose:g}" for dose in doses],
            "dose": doses,
            "analyte": "car_t_qpcr",
            "matrix": "blood",
            "source": "nca",
            "parameter": "auc_0_28d",
            "value": values,
            "unit": "day*copies/ug",
            "reason": reasons or [""] * len(values),
        }
    )


def study_of(doses, units, weights):
    names = [f"S{number}" for number in range(len(doses))]
    subjects = pd.DataFrame({"subject": names, "dose": doses, "dose_unit": units, "weight": weights})
    samples = pd.DataFrame(columns=["subject", "time", "status", "unit"])
    return Study(subjects, samples)


def test_a_power_law_recovers_its_slope_exactly():
    doses = [1e5, 2e5, 3e5, 1e6]
    fit = carpk.dose_proportionality(parameters([7 * dose**0.6 for dose in doses], doses))
    assert (fit.slope, fit.intercept) == (pytest.approx(0.6, rel=1e-12), pytest.approx(math.log(7), rel=1e-11))
    assert (fit.low, fit.high) == (pytest.approx(0.6, rel=1e-9), pytest.approx(0.6, rel=1e-9))
    assert fit.expected(5e5) == pytest.approx(7 * 5e5**0.6, rel=1e-10)


def test_the_interval_of_four_points_is_the_textbook_one():
    # ln dose 0 1 2 3 and ln value 1 3 2 4: Sxx 5, Sxy 4, so slope 0.8 and intercept 2.5 - 0.8 x 1.5 = 1.3;
    # residuals -0.3, 0.9, -0.9, 0.3, their squares add up to 1.8, so s = sqrt(1.8 / 2).
    table = parameters(np.exp([1.0, 3, 2, 4]), np.exp([0.0, 1, 2, 3]))
    fit = carpk.dose_proportionality(table)
    half = t.ppf(0.95, 2) * math.sqrt(0.9) / math.sqrt(5)
    assert (fit.slope, fit.intercept) == (pytest.approx(0.8, rel=1e-12), pytest.approx(1.3, rel=1e-12))
    assert fit.residual_sd == pytest.approx(math.sqrt(0.9), rel=1e-12)
    assert (fit.low, fit.high) == (pytest.approx(0.8 - half, rel=1e-12), pytest.approx(0.8 + half, rel=1e-12))


def test_the_90_percent_interval_of_two_degrees_of_freedom_uses_the_tabled_quantile():
    fit = carpk.dose_proportionality(parameters(np.exp([1.0, 3, 2, 4]), np.exp([0.0, 1, 2, 3])))
    assert (fit.high - fit.slope) * math.sqrt(5 / 0.9) == pytest.approx(2.919986, abs=1e-6)  # t(0.95, 2) of the tables


def test_zeros_missing_values_and_missing_doses_are_named_and_left_out():
    table = parameters(
        [10, 0.0, np.nan, 40, 80, 20], [1, 1, 2, 4, np.nan, 2], ["", "", "WINDOW_NOT_COVERED", "", "", ""]
    )
    fit = carpk.dose_proportionality(table)
    assert (fit.n, fit.zeros, fit.undosed) == (3, ("S1",), ("S4",))
    assert fit.missing == (("S2", "WINDOW_NOT_COVERED"),)
    assert (fit.slope, fit.doses) == (pytest.approx(1.0, rel=1e-12), (1.0, 2.0, 4.0))
    assert fit.left_out() == [
        "1 with a value of zero: S1",
        "1 without a dose: S4",
        "1 without a value: S2 (The last sample lies too far before the end of the window.)",
    ]


def test_two_values_have_no_line_and_say_so():
    fit = carpk.dose_proportionality(parameters([10, 20], [1, 2]))
    assert (math.isnan(fit.slope), math.isnan(fit.low)) == (True, True)
    assert fit.reason == "2 values above zero with a dose; a line needs 3."


def test_one_dose_has_no_line_and_says_so():
    fit = carpk.dose_proportionality(parameters([10, 20, 30], [5, 5, 5]))
    assert math.isnan(fit.slope)
    assert fit.reason == "All values are at one dose, so there is no line."


def test_fewer_than_ten_values_bring_a_caution():
    assert carpk.dose_proportionality(parameters([10, 20, 30], [1, 2, 3])).caution.startswith("Fewer than 10 values")
    assert carpk.dose_proportionality(parameters([*range(1, 11)], [*range(1, 11)])).caution == ""


def test_two_doses_bring_a_caution():
    assert "Two doses only" in carpk.dose_proportionality(parameters([10, 20, 30], [1, 1, 2])).caution


def test_the_slope_does_not_depend_on_the_units():
    table = parameters([10, 70, 30, 90.0], [1e5, 2e5, 3e5, 3e5])
    scaled = table.assign(value=table["value"] * 1e-3, dose=table["dose"] * 1e-5)
    fits = [carpk.dose_proportionality(each) for each in (table, scaled)]
    assert fits[1].slope == pytest.approx(fits[0].slope, rel=1e-10)
    assert fits[1].high == pytest.approx(fits[0].high, rel=1e-10)


def test_the_order_of_rows_changes_nothing():
    table = parameters([10, 70, 30, 90.0], [1e5, 2e5, 3e5, 3e5])
    assert carpk.dose_proportionality(table) == carpk.dose_proportionality(table[::-1])


def test_total_cells_are_the_dose_per_kg_times_the_weight():
    study = study_of([1e5, 1e5, 1e5, 4e6], ["cells/kg"] * 3 + ["cells"], [10.0, 20.0, 40.0, 70.0])
    fit = carpk.dose_proportionality(parameters([1, 2, 4, 4.0], [1e5, 1e5, 1e5, 4e6]), study=study, total_cells=True)
    assert (fit.doses, fit.dose_unit) == ((1e6, 2e6, 4e6), "cells")
    assert fit.slope == pytest.approx(1.0, rel=1e-12)


def test_a_subject_without_a_weight_is_left_out_of_total_cells_by_name():
    study = study_of([1e5] * 4, ["cells/kg"] * 4, [10.0, 20.0, 40.0, math.nan])
    fit = carpk.dose_proportionality(parameters([1, 2, 4, 9.0], [1e5] * 4), study=study, total_cells=True)
    assert (fit.n, fit.undosed) == (3, ("S3",))


def test_total_cells_need_the_study():
    with pytest.raises(RulesError, match="total_cells needs the study"):
        carpk.dose_proportionality(parameters([1, 2, 4], [1, 2, 3]), total_cells=True)


def test_doses_in_two_units_never_share_a_line():
    study = study_of([1e5, 2e5, 5e7], ["cells/kg", "cells/kg", "cells"], [50.0] * 3)
    with pytest.raises(UnitError, match="cannot share a line; total_cells=True"):
        carpk.dose_proportionality(parameters([1, 2, 4], [1e5, 2e5, 5e7]), study=study)


def test_a_misspelt_parameter_is_refused_with_the_nearest():
    with pytest.raises(RulesError, match=r"got 'auc_0_28'\. Did you mean 'auc_0_28d'"):
        carpk.dose_proportionality(parameters([1, 2, 4], [1, 2, 3]), parameter="auc_0_28")


def test_a_subject_that_stands_twice_is_refused():
    table = parameters([1, 2, 4], [1, 2, 3]).assign(subject="S0")
    with pytest.raises(RulesError, match=r"\['S0'\] have more than one value"):
        carpk.dose_proportionality(table)


def test_a_level_in_percent_is_refused():
    with pytest.raises(RulesError, match="between 0 and 1; got 90"):
        carpk.dose_proportionality(parameters([1, 2, 4], [1, 2, 3]), level=90)
