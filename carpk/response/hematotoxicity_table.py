"""Grades of hematotoxicity (ICAHT) of a study's neutrophils."""

from typing import cast

import numpy as np

from carpk.response.answers import Answer
from carpk.response.hematotoxicity import IcahtRules
from carpk.response.marker_courses import AnalyteCourses
from carpk.response.parameters import icaht_parameters
from carpk.response.rules import ResponseRules
from carpk.schema import Study
from carpk.units import conversion_factor


def icaht_answers(study: Study, neutrophils: AnalyteCourses, rules: ResponseRules) -> dict[str, Answer]:
    """Grade hematotoxicity, up to death or what ended the course.

    Parameters
    ----------
    study : Study
    neutrophils : AnalyteCourses of n subjects
    rules : ResponseRules

    Returns
    -------
    dict of str to Answer of n
        `icaht_early_grade` and `icaht_late_grade`.
    """
    deaths = study.events[study.events["event"] == "death"].groupby("subject")["time"].min()
    death = neutrophils.profiles["subject"].map(deaths).to_numpy(np.float64)
    return icaht_parameters(
        neutrophils.courses,
        np.fmin(neutrophils.course_end, death),
        cast("IcahtRules", rules.icaht),
        in_days=conversion_factor(study.time_unit, "day"),
        in_cells=conversion_factor(neutrophils.unit, "cells/uL"),
    )
