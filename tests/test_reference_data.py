"""Real data with answers of other engines, read in place; nothing of it stands in the project."""

import csv
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


@pytest.mark.parametrize(
    ("method", "answers"), [("linear", "Theoph_Linear.csv"), ("linear-up log-down", "Theoph_Log.csv")]
)
@pytest.mark.parametrize("column", WINNONLIN)
def test_theophylline_agrees_with_winnonlin_to_1e_6(method, answers, column):
    folder = REFERENCE / "winnonlin_theoph_indometh"
    study = carpk.read_study(folder / "theoph_concentrations.csv")
    assert study.time_unit == "h"
    values = wide(carpk.run_nca(study, carpk.NcaRules(auc_method=method)))
    expected = {row["Subject"]: float(row[column]) for row in rows_of(folder / "expected_winnonlin" / answers)}
    assert len(expected) == 12
    for subject, number in expected.items():
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
    values = wide(carpk.run_nca(frame))
    keys = {
        "cmax": "cmax", "tmax": "tmax", "lambda_z": "lambda_z", "half_life": "half_life", "auclast": "auc_last",
        "n_lz": "lambda_z_points", "auc0_28": "auc_0_28d", "auc28_90": "auc_28_90d", "auc0_90": "auc_0_90d",
    }  # fmt: skip
    answers = rows_of(folder / "golden_minucci_pknca_rerun.csv")
    assert len(answers) == 13
    for row in answers:
        for column, key in keys.items():
            assert values.loc[row["id"], key] == pytest.approx(float(row[column]), rel=1e-6)
