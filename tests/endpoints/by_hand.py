"""Small trials written by hand."""

import numpy as np
import pandas as pd

import carpk
from carpk.assessments import BILAG_SYSTEMS
from carpk.schema import Study

NAN = np.nan
ALL_C = dict.fromkeys(BILAG_SYSTEMS, "C")


def rows(subject, day, *, planned=True, limits=None, **given):
    """Assessments of one visit; text stands for a grade or word."""
    return [
        {
            "subject": subject, "assessment": key, "time": float(day), "nominal_time": float(day) if planned else NAN,
            "visit": f"D{day}" if planned else "", "value": NAN if isinstance(value, str) else float(value),
            "text": value if isinstance(value, str) else "", **(limits or {}),
        }
        for key, value in given.items()
    ]  # fmt: skip


def study_of(assessments, events=(), subjects=None, **more):
    frame = pd.DataFrame(assessments)
    people = subjects if subjects is not None else pd.DataFrame({"subject": list(dict.fromkeys(frame["subject"]))})
    people = people if "cohort" in people else people.assign(cohort="All subjects")
    samples = pd.DataFrame(columns=["subject", "time", "status", "unit"])
    happened = pd.DataFrame(list(events), columns=["subject", "event", "time"])
    return Study(people, samples, happened, assessments=frame, **more)


def run(assessments, events=(), **choices):
    return carpk.run_endpoints(study_of(assessments, events), carpk.EndpointRules(**choices))


BASELINE = {"sledai_2k": 10, "pga": 2, "prednisolone_dose": 20, **ALL_C}
GOOD = {"sledai_2k": 0, "pga": 0.4, "prednisolone_dose": 5, **ALL_C}
