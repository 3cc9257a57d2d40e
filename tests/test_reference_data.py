"""Real data with answers of other engines, read in place; nothing of it stands in the project."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carpk

REFERENCE = Path(__file__).parents[2] / "shared" / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference data are not beside the project")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def wide(result):
    return result.parameters.pivot(index="subject", columns="parameter", values="value")


WINNONLIN = {
    "Cmax": "cmax", "Tmax": "tmax", "Tlast": "tlast", "Clast": "clast", "AUClast": "auc_last", "AUCall": "auc_all",
    "Lambda_z": "lambda_z", "HL_Lambda_z": "half_life", "No_points_lambda_z": "lambda_z_points",
    "Lambda_z_lower": "lambda_z_first", "Lambda_z_upper": "lambda_z_last", "Rsq_adjusted": "adjusted_r_squared",
}  # fmt: skip


WINNONLIN_INFINITE = {
    "AUCINF_obs": "auc_inf_obs", "AUCINF_pred": "auc_inf_pred", "AUC_%Extrap_obs": "extrapolated_percent",
    "Rsq": "r_squared",
}  # fmt: skip


@cache
def _values(drug, **rules):
    return wide(carpk.run_nca(_winnonlin(drug), carpk.NcaRules(infinite=True, **rules)))


@cache
def _winnonlin(drug):
    return carpk.read_study(REFERENCE / "winnonlin_theoph_indometh" / f"{drug}_concentrations.csv")


def _answers(name, column):
    rows = rows_of(REFERENCE / "winnonlin_theoph_indometh" / "expected_winnonlin" / name)
    return {row["Subject"]: float(row[column]) for row in rows}


@pytest.mark.parametrize(
    ("method", "answers"), [("linear", "Theoph_Linear.csv"), ("linear-up log-down", "Theoph_Log.csv")]
)
@pytest.mark.parametrize("column", WINNONLIN)
def test_theophylline_agrees_with_winnonlin_to_1e_6(method, answers, column):
    assert _winnonlin("theoph").time_unit == "h"
    values, expected = _values("theoph", auc_method=method), _answers(answers, column)
    assert len(expected) == 12
    for subject, number in expected.items():
        assert values.loc[subject, WINNONLIN[column]] == pytest.approx(number, rel=1e-6)


@pytest.mark.parametrize(
    ("method", "answers"), [("linear", "Theoph_Linear.csv"), ("linear-up log-down", "Theoph_Log.csv")]
)
@pytest.mark.parametrize(("column", "key"), WINNONLIN_INFINITE.items())
def test_theophylline_agrees_with_winnonlin_beyond_the_last_sample(method, answers, column, key):
    values = _values("theoph", auc_method=method)
    for subject, number in _answers(answers, column).items():
        assert values.loc[subject, key] == pytest.approx(number, rel=1e-6)


# Intravenous: WinNonlin, told of an infusion or of no dose, starts from zero at time 0, as carpk does.
FROM_ZERO = [
    ("linear", "Indometh_Linear_Infusion.csv"),
    ("linear", "Indometh_Linear_NoDose.csv"),
    ("linear", "Indometh_Linear_Wrong_Extravascular.csv"),
    ("linear-up log-down", "Indometh_Log_Infusion.csv"),
    ("linear-up log-down", "Indometh_Log_Wrong_Extravascular.csv"),
]
BOLUS = [("linear", "Indometh_Linear.csv"), ("linear-up log-down", "Indometh_Log.csv")]


@pytest.mark.parametrize(("method", "answers"), FROM_ZERO)
@pytest.mark.parametrize(("column", "key"), (WINNONLIN | WINNONLIN_INFINITE).items())
def test_indometacin_agrees_with_winnonlin_where_the_curve_starts_from_zero(method, answers, column, key):
    values = _values("indometh", auc_method=method)
    expected = _answers(answers, column)
    assert len(expected) == 6
    for subject, number in expected.items():
        assert values.loc[subject, key] == pytest.approx(number, rel=1e-6)


@pytest.mark.parametrize(("method", "answers"), BOLUS)
@pytest.mark.parametrize("column", [name for name in WINNONLIN if not name.startswith("AUC")])
def test_the_slope_of_a_bolus_agrees_with_winnonlin_once_the_peak_may_be_a_point(method, answers, column):
    # In one of the six the first sample, the peak, is a point of the best slope.
    values = _values("indometh", auc_method=method, slope_includes_peak=True)
    for subject, number in _answers(answers, column).items():
        assert values.loc[subject, WINNONLIN[column]] == pytest.approx(number, rel=1e-6)


@pytest.mark.parametrize(("method", "answers"), BOLUS)
@pytest.mark.parametrize("column", ["AUClast", "AUCall"])
def test_the_area_of_a_bolus_agrees_with_winnonlin_once_its_level_at_time_0_is_given(method, answers, column):
    """WinNonlin draws the line through the first two logarithms back to time 0; carpk, made for cells, does not.

    Not compared: volumes, clearances, moments and areas per dose, which carpk does not give for cells.
    """
    study = _winnonlin("indometh")
    starts = study.samples.groupby("subject").head(2).set_index("subject")
    backward = []
    for subject in starts.index.unique():
        (first, second), levels = starts.loc[subject, "time"], np.log(starts.loc[subject, "value"])
        level = float(np.exp(levels.iloc[0] + (levels.iloc[0] - levels.iloc[1]) * first / (second - first)))
        backward.append({"subject": subject, "time": 0.0, "value": level})
        assert level == pytest.approx(_answers(answers, "C0")[subject], rel=1e-6)
    own = study.samples.iloc[[0] * len(backward)].reset_index(drop=True).assign(**pd.DataFrame(backward))
    fuller = carpk.Study(study.subjects, pd.concat([study.samples, own]), study.events, time_unit=study.time_unit)
    values = wide(carpk.run_nca(fuller, carpk.NcaRules(auc_method=method)))
    for subject, number in _answers(answers, column).items():
        assert values.loc[subject, WINNONLIN[column]] == pytest.approx(number, rel=1e-6)


CONSENSUS = {
    "CMAX": "cmax", "TMAX": "tmax", "TLST": "tlast", "CLST": "clast", "LAMZ": "lambda_z", "LAMZHL": "half_life",
    "LAMZNPT": "lambda_z_points", "LAMZLL": "lambda_z_first", "R2ADJ": "adjusted_r_squared", "AUCLST": "auc_last",
    "AUCALL": "auc_all", "AUC_0_28": "auc_0_28d", "AUC_28_90": "auc_28_90d", "AUC_0_90": "auc_0_90d",
}  # fmt: skip


@pytest.mark.parametrize(("method", "trapezoid"), [("linear", "linear"), ("linear-up log-down", "linup_logdown")])
def test_measured_transgene_agrees_with_two_engines_where_conventions_do(method, trapezoid):
    """The engines keep a level below the limit between quantified ones as 0, carpk leaves it out; they also have no

    horizon for the peak. Where neither matters, every number on which they agree is carpk's number.
    """
    folder = REFERENCE / "cd19_qpcr_14_patients"
    study = carpk.read_study(folder / "blood_prepared_for_nca.csv")
    result = carpk.run_nca(study, carpk.NcaRules(auc_method=method, peak_horizon=float("inf")))
    values = wide(result)
    bridged = set(result.log.query("code == 'EMBEDDED_BLQ'")["subject"])
    assert len(values) == 14
    compared, differ = 0, set()
    for row in rows_of(folder / "expected_consensus.csv"):
        if row["trapezoid"] != trapezoid or row["agree_1e-6"] != "True" or row["parameter"] not in CONSENSUS:
            continue
        value = values.loc[row["subject"], CONSENSUS[row["parameter"]]]
        expected = float(row["pknca"] or "nan")
        compared += 1
        if not np.isclose(value, expected, rtol=1e-6, atol=0, equal_nan=True):
            differ.add((row["subject"], row["parameter"]))
    assert compared > 150
    areas = {(subject, parameter) for subject, parameter in differ if parameter.startswith("AUC")}
    assert differ == areas
    # One more: after a single quantified level the area from day 28 on is 0; the engines leave it missing.
    assert {subject for subject, _ in differ} - bridged <= {"S01"}
    assert {pair for pair in differ if pair[0] == "S01"} <= {("S01", "AUC_28_90")}


def test_noise_free_profiles_agree_with_pknca_to_1e_6():
    folder = REFERENCE / "minucci_profiles"
    given = pd.read_csv(folder / "golden_minucci_profiles.csv", dtype={"id": str})
    frame = given.rename(columns={"id": "subject", "day": "time", "car_per_uL": "value"})
    frame = frame[["subject", "time", "value"]].assign(analyte="car_t_flow", unit="cells/uL")
    values = wide(carpk.run_nca(frame, carpk.NcaRules(infinite=True)))
    keys = {
        "cmax": "cmax", "tmax": "tmax", "clast": "clast", "aucinf": "auc_inf_obs",
        "lambda_z": "lambda_z", "half_life": "half_life", "auclast": "auc_last",
        "n_lz": "lambda_z_points", "auc0_28": "auc_0_28d", "auc28_90": "auc_28_90d", "auc0_90": "auc_0_90d",
    }  # fmt: skip
    answers = rows_of(folder / "golden_minucci_pknca_rerun.csv")
    assert len(answers) == 13
    for row in answers:
        for column, key in keys.items():
            assert values.loc[row["id"], key] == pytest.approx(float(row[column]), rel=1e-6)
