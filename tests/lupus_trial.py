"""A made-up trial of CAR-T cells in lupus: levels, scores, serology and kidney, by rule and without chance."""

import math

import pandas as pd

from carpk.assessments import BILAG_SYSTEMS
from carpk.schema import Origin, Study

VISITS = (0.0, 28.0, 84.0, 168.0, 252.0, 364.0)
COHORTS = ("5e5 cells/kg", "1e6 cells/kg")
NAMES = tuple(f"L{number:02d}" for number in range(1, 11))
LEFT, LEFT_AT = "L04", 200.0
NOT_YET = "L10"  # is seen up to day 168
WITHOUT_NEPHRITIS = ("L03", "L08")
UNITS = {"anti_dsdna": "IU/mL", "c3": "g/L", "c4": "g/L", "upcr": "g/g", "egfr": "mL/min/1.73m^2"}
LOWER = {"c3": 0.9, "c4": 0.1}
UPPER = {"anti_dsdna": 100.0}


def scores(place: int, day: float) -> dict[str, float]:
    """What was found at a visit: disease that falls away with a speed of its own in each patient."""
    active = math.exp(-day / (40.0 + 25.0 * (place % 4)))
    score = 2 * round((8 + place % 5) * active)
    ratio = 0.2 if NAMES[place % len(NAMES)] in WITHOUT_NEPHRITIS else round(0.25 + (1.5 + 0.4 * place) * active, 2)
    return {
        "sledai_2k": score,
        "pga": round(0.2 + 2.0 * active, 1),
        "prednisolone_dose": 0.0 if active < 0.3 else 5.0 if active < 0.6 else 15.0,
        "anti_dsdna": round(20 + (200 + 60 * place) * active, 1),
        "c3": round(1.1 - 0.6 * active, 2),
        "c4": round(0.22 - 0.15 * active, 2),
        "upcr": ratio,
        "egfr": 80.0 + place,
    }


def found(name: str, place: int, day: float) -> list[dict[str, object]]:
    given = scores(place, day)
    if name == "L02" and day == 84:
        del given["pga"]  # what rests on it is not decided
    rows = []
    for key, value in given.items():
        text = ""
        if key == "anti_dsdna" and value < 25:
            value, text = 25.0, "<"
        rows.append((key, value, text, UNITS.get(key, "mg/day" if key == "prednisolone_dose" else "")))
    active = given["sledai_2k"] > 6
    rows += [(system, math.nan, "B" if active and system == "bilag_renal" else "C", "") for system in BILAG_SYSTEMS]
    rows.append(("immunosuppressant", float(active), "", ""))
    late = 0.0 if day == 0 else float(place % 3)
    return [
        {
            "subject": name, "assessment": key, "time": day + late, "nominal_time": day, "visit": f"D{day:g}",
            "value": value, "text": text, "lln": LOWER.get(key, math.nan), "uln": UPPER.get(key, math.nan),
            "unit": unit,
        }
        for key, value, text, unit in rows
    ]  # fmt: skip


def visits_of(name: str) -> tuple[float, ...]:
    last = {LEFT: LEFT_AT, NOT_YET: 168.0}.get(name, 364.0)
    return tuple(day for day in VISITS if day <= last and (name, day) != ("L06", 168.0))


def assessments_of(names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """Scores, serology and kidney of so many patients, under names of choice."""
    rows = [row for place, name in enumerate(names) for day in visits_of(name) for row in found(name, place, day)]
    return pd.DataFrame(rows)


def levels_of(place: int) -> list[tuple[str, float, float, float, str]]:
    lost = 60.0 + 40.0 * (place % 4)
    back = lost + 60.0
    rows = []
    for day in (0.0, 7.0, 10.0, 14.0, 21.0, *VISITS[1:]):
        copies = 0.0 if day == 0 or day > lost else 30000.0 * math.exp(-abs(day - 10) / 12) + 80.0
        cells = 120.0 if day == 0 else 0.0 if day < back else 60.0
        rows += [("car_t_qpcr", day, copies, 50.0, "copies/ug"), ("b_cells", day, cells, 1.0, "cells/uL")]
    return rows


def lupus_trial(title: str = "SYNTHETIC: ten made-up patients with lupus") -> Study:
    samples = pd.DataFrame(
        [
            {
                "subject": name, "analyte": analyte, "matrix": "blood", "time": day, "nominal_time": day,
                "value": level or math.nan, "status": "quantified" if level else "blq", "lloq": limit, "unit": unit,
            }
            for place, name in enumerate(NAMES)
            for analyte, day, level, limit, unit in levels_of(place)
            if day <= visits_of(name)[-1]
        ]
    )  # fmt: skip
    subjects = pd.DataFrame(
        {
            "subject": list(NAMES),
            "cohort": [COHORTS[place % 2] for place in range(len(NAMES))],
            "dose": [(5e5, 1e6)[place % 2] for place in range(len(NAMES))],
            "dose_unit": "cells/kg",
        }
    )
    events = pd.DataFrame(
        [
            *({"subject": name, "event": "infusion", "time": 0.0, "detail": ""} for name in NAMES),
            {"subject": LEFT, "event": "drop_out", "time": LEFT_AT, "detail": ""},
            {"subject": "L01", "event": "crs", "time": 4.0, "detail": "grade 1"},
        ]
    )
    origins = (Origin("lupus.csv", "cd" * 32),)
    return Study(subjects, samples, events, assessments=assessments_of(), origins=origins, title=title)
