"""A trial small enough to work everything out by hand.

Subjects 1 to 9 have levels in proportion to their number: Cmax 1000 times, and by the linear rule AUC0-28 = 12600 times
the number (350 + 3850 + 8400 for each). Their transgene is lost between day 60 and 90, but that of 8 is not lost by 90.
"""

import math

import pandas as pd
import pytest

import carpk

DAYS = (0, 7, 14, 28, 60, 90)
SHAPE = (0.0, 100.0, 1000.0, 200.0, 60.0, 0.0)
RECOVERY = {  # (last day known without B cells, first day seen with them)
    "1": (14, 28),
    "2": (20, math.inf),
    "3": (28, 60),
    "4": (60, 90),
    "5": (90, 120),
    "6": (120, math.inf),
    "7": (90, 120),
    "8": (60, 90),
}
RESPONSES = {"1": False, "2": False, "3": True, "4": False, "5": True, "6": True, "7": True, "8": True, "never": None}


def make_study():
    rows = [
        (subject, float(day), level or math.nan, "quantified" if level else "blq")
        for subject in [*"123456789", "never"]
        for day, level in zip(DAYS, levels(subject), strict=True)
    ]
    samples = pd.DataFrame(rows, columns=["subject", "time", "value", "status"])
    subjects = [*"123456789", "never", "unsampled"]
    return carpk.Study(
        pd.DataFrame({"subject": subjects, "cohort": "one", "dose": 1e5}),
        samples.assign(analyte="car_t_qpcr", matrix="blood", lloq=50.0, unit="copies/ug"),
    )


def levels(subject):
    if subject == "never":
        return [0.0] * len(DAYS)
    shape = [*SHAPE[:-1], 10.0] if subject == "8" else SHAPE
    return [int(subject) * level for level in shape]


def make_outcomes():
    rows = []
    for subject in [*"12345678", "never", "unsampled"]:
        number = int(subject) if subject.isdigit() else 0
        above = number >= 7
        peak = (math.nan, 70.0, math.inf, "ABOVE_ULOQ") if above else (10.0 * number + 5, math.nan, math.nan, "")
        rows.append((subject, "il6", "peak", *peak))
        rows.append((subject, "crs", "grade_max", float(max(0, (number - 1) // 3)), math.nan, math.nan, ""))
        first = (5.0, math.nan, math.nan, "") if above else (math.nan, math.nan, math.nan, "NOT_TREATED")
        rows.append((subject, "tocilizumab", "first_time", *first))
        low, high = RECOVERY.get(subject, (math.nan, math.nan))
        seen = math.isfinite(high)
        reason = "" if seen else "NOT_RECOVERED" if math.isinf(high) else "NOT_DEPLETED"
        rows.append((subject, "b_cells", "recovery_time", high if seen else math.nan, low, high, reason))
    table = pd.DataFrame(rows, columns=["subject", "analyte", "parameter", "value", "low", "high", "reason"])
    units = {"il6": "pg/mL", "crs": "1", "tocilizumab": "day", "b_cells": "day"}
    return table.assign(cohort="one", dose=1e5, matrix="", source="response", unit=table["analyte"].map(units))


@pytest.fixture(scope="session")
def study():
    return make_study()


@pytest.fixture(scope="session")
def nca(study):
    return carpk.run_nca(study, carpk.NcaRules(auc_method="linear"))


@pytest.fixture(scope="session")
def outcomes():
    return make_outcomes()


@pytest.fixture(scope="session")
def result(nca, outcomes):
    return carpk.exposure_response(nca, outcomes, responses={"sri4": RESPONSES}, fewest=3)
