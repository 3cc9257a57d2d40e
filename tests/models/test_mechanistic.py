"""The mechanistic models against their published or independently computed courses."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from carpk.models import hardiansyah, minucci, mueller_schoell
from carpk.models.ode import solve

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"


def reference_rows(name):
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"{name}: the reference data are no part of the repository")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(rows, name):
    return np.array([float(row[name]) for row in rows])


def test_a_solved_decay_is_the_exponential_for_every_patient():
    rate = np.array([[0.1], [2.0]])
    days = np.array([0.0, 1.0, 5.0, 30.0])
    solved = solve(lambda state: -rate * state, np.ones((2, 1)), days)
    assert solved[..., 0] == pytest.approx(np.exp(-rate * days), rel=1e-6, abs=1e-8)


def test_a_solver_that_gives_up_is_reported_and_not_believed(monkeypatch):
    given_up = SimpleNamespace(success=False, message="too much work", y=np.zeros((1, 1)))
    monkeypatch.setattr("carpk.models.ode.solve_ivp", lambda *_, **__: given_up)
    with pytest.raises(ArithmeticError, match="could not be solved: too much work"):
        solve(lambda state: -state, np.ones((1, 1)), [0.0, 5.0])


def test_mueller_schoell_gives_the_19_reference_courses():
    known, answers = (
        reference_rows("muellerschoell2021_covariates.csv"),
        reference_rows("golden_muellerschoell_typical.csv"),
    )
    patients = mueller_schoell.Patients(
        tumor_volume=numbers(known, "mtv_mL"),
        transplant=numbers(known, "asct") > 0,
        cd4_cd8_ratio=numbers(known, "cd4cd8_ratio_d7"),
        low_expansion=numbers(answers, "low") > 0,
    )
    days = np.arange(0.0, 90.01, 0.25)
    level = mueller_schoell.simulate(patients, days).level
    assert level.max(axis=1) == pytest.approx(numbers(answers, "cmax"), rel=1e-5, abs=1e-5)
    assert days[level.argmax(axis=1)] == pytest.approx(numbers(answers, "tmax"), abs=1e-12)
    month = days <= 28
    area = np.trapezoid(level[:, month], days[month], axis=1)
    assert area == pytest.approx(numbers(answers, "auc28"), rel=1e-6)


def test_minucci_gives_the_13_reference_profiles():
    patients = reference_rows("minucci_profiles/minucci2024_patient_parameters.csv")
    profiles = reference_rows("minucci_profiles/golden_minucci_profiles.csv")
    simulated = minucci.simulate(
        minucci.Patients(
            infused_cells=1e6 * numbers(patients, "BW"),
            cd8_fraction=numbers(patients, "fCD8"),
            leukemic_cells=numbers(patients, "N0"),
            divisions=numbers(patients, "ndiv"),
            memory_fraction=numbers(patients, "fmem"),
        ),
        np.arange(0.0, 100.1, 0.5),
    )
    for place, patient in enumerate(patients):
        rows = [row for row in profiles if row["id"] == patient["id"]]
        assert simulated.level[place] == pytest.approx(numbers(rows, "car_per_uL"), rel=2e-6)
        assert simulated.leukemic_percent[place] == pytest.approx(numbers(rows, "b_pct"), abs=2e-6)


@pytest.mark.parametrize(
    ("patient", "cmax", "tmax", "area", "il6", "il6_day"),
    [(hardiansyah.UPN1, 2.5495, 3.8, 14.663, 2744.7, 3.3), (hardiansyah.UPN3, 0.0969, 27.2, 1.069, 49.3, 19.2)],
    ids=["UPN1", "UPN3"],
)
def test_hardiansyah_agrees_with_nlmixr2lib_to_2_percent(patient, cmax, tmax, area, il6, il6_day):
    # nlmixr2lib's Hardiansyah_2019; how it places the parts of the dose is not known to the hour.
    days = np.arange(0.0, 60.001, 0.01)
    course = hardiansyah.simulate(patient, days)
    month = days <= 28
    assert course.cells.max() == pytest.approx(cmax, rel=0.02)
    assert days[course.cells.argmax()] == pytest.approx(tmax, rel=0.02)
    assert np.trapezoid(course.cells[month], days[month]) == pytest.approx(area, rel=0.02)
    assert course.cytokines[:, 0].max() == pytest.approx(il6, rel=0.02)
    assert days[course.cytokines[:, 0].argmax()] == pytest.approx(il6_day, rel=0.02)


def test_a_part_of_the_dose_shows_from_its_own_time_on():
    course = hardiansyah.simulate(hardiansyah.UPN1, [0.0, 1.0 - 1e-9, 1.0, 2.0])
    assert course.cells[0] == pytest.approx(0.1 * 1.1)
    assert course.cells[2] - course.cells[1] == pytest.approx(0.3 * 1.1, rel=1e-6)
