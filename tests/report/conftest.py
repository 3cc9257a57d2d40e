import math
from io import BytesIO

import pandas as pd
import pytest
from pypdf import PdfReader

from carpk.nca.table import run_nca
from carpk.report.document import write_report
from carpk.schema import Origin, Study

DAYS = (0, 3, 7, 10, 14, 21, 28, 60, 90)
LEVELS = {
    "S1": (0, 0, 500, 8000, 20000, 4000, 1200, 90, 0),
    "S2": (0, 80, 5000, 40000, 21000, 9000, 300, 0, 0),
    "S10": (0, 0, 900, 25000, 62000.5, 41000, 12000, 5200, 900),
    "S3": (0, 0, 0, 0, 0, 0, 0, 0, 0),
    "A$\\frac$B": (0, 100, 1000, 3000, 2500, 700, None, None, None),
    "R_1": (0, 100, 1000, 3000, 2500, 700, 300, 90, 60),
}
COHORTS = {"S1": "low", "S2": "low", "S10": "low", "S3": "low", "A$\\frac$B": "high", "R_1": "high"}


def hand_made_study(title="SYNTHETIC: six made-up subjects"):
    rows = []
    for subject, levels in LEVELS.items():
        for day, level in zip(DAYS, levels, strict=True):
            if level is not None:
                status = "quantified" if level else "blq"
                rows.append((subject, float(day), float(day), level or math.nan, status))
    rows.append(("R_1", 7.0, 7.0, 1100.0, "quantified"))  # another level at the same time: refused
    samples = pd.DataFrame(rows, columns=["subject", "time", "nominal_time", "value", "status"])
    samples = samples.assign(analyte="car_t_qpcr", matrix="blood", lloq=50.0, unit="copies/ug")
    subjects = pd.DataFrame(
        {
            "subject": list(LEVELS),
            "cohort": list(COHORTS.values()),
            "dose": [1e5 if cohort == "low" else 1e6 for cohort in COHORTS.values()],
            "dose_unit": "cells/kg",
            "age": [20.0, 30.0, 40.0, 50.0, 35.0, 45.0],
            "sex": ["F", "F", "M", "F", "F", "M"],
        }
    )
    events = pd.DataFrame(
        {"subject": ["S1"], "event": ["tocilizumab"], "time": [6.5], "detail": ["8 mg/kg"]},
    )
    return Study(subjects, samples, events, origins=(Origin("trial.csv", "ab" * 32),), title=title)


@pytest.fixture(scope="session")
def study():
    return hand_made_study()


@pytest.fixture(scope="session")
def nca(study):
    return run_nca(study)


@pytest.fixture(scope="session")
def pdf(study, nca, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.pdf"
    write_report(path, study=study, nca=nca)
    return path.read_bytes()


@pytest.fixture(scope="session")
def pages(pdf):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
