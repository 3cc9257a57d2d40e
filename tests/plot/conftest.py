import math

import numpy as np
import pandas as pd
import pytest
from lupus_trial import assessments_of

from carpk.schema import Study

DAYS = (-1, 0, 3, 7, 10, 14, 21, 28, 60, 90, 180, 360, 720)
COHORTS = ("1.5e5 cells/kg", "5e5 cells/kg", "10e5 cells/kg")
LIMITS = {
    "car_t_qpcr": (50.0, math.nan, "copies/ug"),
    "car_t_flow": (0.5, math.nan, "cells/uL"),
    "b_cells": (1.0, math.nan, "cells/uL"),
    "il6": (1.5, 1000.0, "pg/mL"),
    "crp": (0.5, math.nan, "mg/L"),
    "ferritin": (10.0, 20000.0, "ug/L"),
}


def level(analyte: str, day: float, patient: int) -> float:
    spread = 1.0 + 0.35 * math.sin(2.4 * patient)
    rise = math.exp(-((day - 10 - patient % 3) ** 2) / 18)
    fever = math.exp(-((day - 6 - patient % 2) ** 2) / 12)
    slow = math.exp(-day / 70) if day > 0 else 0.0
    return {
        "car_t_qpcr": spread * (60000 * rise + 1500 * slow * (day > 7)),
        "car_t_flow": spread * (300 * rise + 8 * slow * (day > 7)),
        "b_cells": 150 * spread * (1.0 if day <= 0 else 1 / (1 + math.exp((130 - day) / 12))),
        "il6": 3 + 1800 * fever * spread,
        "crp": 2 + 90 * fever * spread,
        "ferritin": 180 + 2500 * spread * math.exp(-((day - 11) ** 2) / 40),
    }[analyte]


def sample(subject: str, analyte: str, day: float, patient: int) -> dict[str, object]:
    lloq, uloq, unit = LIMITS[analyte]
    value = level(analyte, day, patient)
    status = "blq" if value < lloq else "above_uloq" if value > uloq else "quantified"
    return {
        "subject": subject,
        "analyte": analyte,
        "matrix": "blood",
        "time": day + 0.3 * ((patient + day) % 3 - 1) * (day > 3),
        "nominal_time": float(day),
        "value": value if status == "quantified" else math.nan,
        "status": status,
        "lloq": lloq,
        "uloq": uloq,
        "unit": unit,
    }


def make_study(
    patients: int = 9,
    *,
    cohorts: tuple[str, ...] = COHORTS,
    days: tuple[float, ...] = DAYS,
    analytes: tuple[str, ...] = tuple(LIMITS),
) -> Study:
    names = [f"S{number:02d}" for number in range(1, patients + 1)]
    subjects = pd.DataFrame(
        {
            "subject": names,
            "cohort": [cohorts[place % len(cohorts)] for place in range(patients)],
            "dose": [(1.5e5, 5e5, 1e6)[place % len(cohorts) % 3] for place in range(patients)],
            "dose_unit": "cells/kg",
        }
    )
    samples = pd.DataFrame(
        [sample(name, analyte, day, place) for place, name in enumerate(names) for analyte in analytes for day in days]
    )
    events = pd.DataFrame(
        [
            event
            for place, name in enumerate(names)
            for event in [
                {"subject": name, "event": "infusion", "time": 0.0, "detail": ""},
                {"subject": name, "event": "crs", "time": 4.0 + place % 3, "detail": f"grade {1 + place % 2}"},
                *(
                    [
                        {"subject": name, "event": "tocilizumab", "time": 6.0, "detail": "8 mg/kg"},
                        {"subject": name, "event": "tocilizumab", "time": 7.0, "detail": "8 mg/kg"},
                        {"subject": name, "event": "corticosteroid", "time": 7.0, "detail": ""},
                        {"subject": name, "event": "second_infusion", "time": 200.0, "detail": ""},
                    ]
                    if place % 3 == 1
                    else []
                ),
            ]
        ]
    )
    assessments = assessments_of(tuple(names))
    return Study(subjects=subjects, samples=samples, events=events, assessments=assessments, title="Made by hand")


def make_parameters(study: Study) -> pd.DataFrame:
    """A parameters table of numbers made up for the pictures: by rule, not by analysis."""
    rows = []
    for place, (subject, cohort, dose) in enumerate(
        zip(study.subjects["subject"], study.subjects["cohort"], study.subjects["dose"], strict=True)
    ):
        base = 40000.0 * (1 + 0.5 * math.sin(3.1 * place))
        rows += [
            row(subject, cohort, dose, "cmax", base, "copies/ug"),
            row(subject, cohort, dose, "tmax", 7.0 + place % 4 * 2.5, "day"),
            row(subject, cohort, dose, "auc_0_28d", base * 9, "day*copies/ug"),
            row(subject, cohort, dose, "auc_28_90d", base / 3, "day*copies/ug"),
        ]
    return pd.DataFrame(rows)


def row(subject: str, cohort: str, dose: float, parameter: str, value: float, unit: str) -> dict[str, object]:
    return {
        "subject": subject,
        "cohort": cohort,
        "dose": dose,
        "analyte": "car_t_qpcr",
        "matrix": "blood",
        "source": "nca",
        "parameter": parameter,
        "value": value,
        "low": np.nan,
        "high": np.nan,
        "unit": unit,
        "method": "",
        "reason": "",
        "flags": "",
    }


@pytest.fixture
def study() -> Study:
    return make_study()


@pytest.fixture
def parameters(study: Study) -> pd.DataFrame:
    return make_parameters(study)
