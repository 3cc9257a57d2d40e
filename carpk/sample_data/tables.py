"""A simulated trial as a laboratory and a data manager would write it down: rows of text."""

import datetime
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal

import numpy as np

from carpk.sample_data.course import Course, planned_mask
from carpk.sample_data.description import Assay, Written

Row = dict[str, str]

_CAR_T = ("car_t_qpcr", "car_t_flow")
_DNA_RANGE = (10.0, 800.0)  # what the assay of anti-dsDNA reports as a number [IU/mL]
_MONTHS = {60: 2, 90: 3, 180: 6, 270: 9, 360: 12, 450: 15, 540: 18, 630: 21, 720: 24}


def subject_rows(course: Course) -> list[Row]:
    """One row a patient: dose group, dose and covariates."""
    patients = course.patients
    rows = []
    for index, subject in enumerate(patients.subject):
        row = {
            "subject": str(subject),
            "cohort": str(patients.cohort[index]),
            "dose": _number(patients.dose[index]),
            "dose_unit": "cells/kg",
            "weight_kg": _number(patients.weight[index]),
            "age": _number(patients.age[index]),
            "sex": str(patients.sex[index]),
            "sledai_2k": _number(patients.sledai[index]),
            "crs_grade": _number(patients.crs_grade[index]),
        }
        if course.trial.heights_given:
            row["height_cm"] = _number(course.assessed.height[index])
        if course.trial.biopsy_classes:
            row["lupus_nephritis_class"] = str(patients.biopsy_class[index])
        rows.append(row)
    return rows


def event_rows(course: Course) -> list[Row]:
    """Everything that happened to a patient, by patient and day."""
    patients, trial = course.patients, course.trial
    start = trial.lymphodepletion_day
    rows = []
    for index, subject in enumerate(patients.subject):
        happened = [
            (float(start), "lymphodepletion", f"fludarabine and cyclophosphamide, day {start} to {start + 2}"),
            (0.0, "infusion", f"{patients.cohort[index]}"),
            (patients.crs[index], "crs", f"grade {_number(patients.crs_grade[index])}"),
            (patients.tocilizumab[index], "tocilizumab", "8 mg/kg intravenously"),
            (patients.corticosteroid[index], "corticosteroid", "methylprednisolone"),
            (patients.second_infusion[index], "second_infusion", f"{patients.cohort[index]}"),
            (patients.rescue[index], "rescue_medication", "prednisolone, 30 mg/day more"),
            (patients.drop_out[index], "drop_out", "consent withdrawn"),
        ]
        rows += [
            {"subject": str(subject), "event": event, "day": _number(day), "detail": detail}
            for day, event, detail in sorted(happened, key=lambda entry: entry[0])
            if math.isfinite(day)
        ]
    return rows


def event_columns(course: Course, names: Iterable[str]) -> dict[str, Row]:
    """For layouts without an events table: by subject, the day of each named event in a column of its own."""
    columns: dict[str, Row] = {
        str(subject): {f"{name}_day": "" for name in names} for subject in course.patients.subject
    }
    for row in event_rows(course):
        if f"{row['event']}_day" in columns[row["subject"]]:
            columns[row["subject"]][f"{row['event']}_day"] = row["day"]
    return columns


def sample_rows(course: Course) -> Iterator[Row]:
    """One row a measurement, by patient, analyte and day, with the actual day in `day`."""
    for index, subject in enumerate(course.patients.subject):
        for assay in course.trial.assays:
            for visit in np.flatnonzero(planned_mask(course.trial, assay) & course.held[index]):
                planned = course.trial.planned_days[visit]
                yield {
                    "subject": str(subject),
                    "visit": visit_name(planned),
                    "nominal_day": str(planned),
                    "day": _number(course.days[index, visit]),
                    "analyte": assay.name,
                    "matrix": assay.matrix,
                    "value": _reported(course, assay, index, int(visit)),
                    "unit": assay.unit,
                    "lloq": _number(assay.lloq),
                    "uloq": "" if assay.uloq is None else _number(assay.uloq),
                }


def assessment_rows(course: Course) -> Iterator[Row]:
    """One row a clinical assessment, by patient, assessment and day, with the actual day in `day`."""
    assessed, days = course.assessed, course.trial.assessments.days
    for index, subject in enumerate(course.patients.subject):
        for written in course.trial.assessments.written:
            for visit in np.flatnonzero(assessed.planned(written)[index] & assessed.held[index]):
                yield {
                    "subject": str(subject),
                    "visit": visit_name(days[visit]),
                    "nominal_day": str(days[visit]),
                    "day": _number(assessed.days[index, visit]),
                    "analyte": written.name,
                    "matrix": written.matrix,
                    "value": _assessed(course, written, index, int(visit)),
                    "unit": written.unit,
                    "lln": "" if written.lower is None else _number(written.lower),
                    "uln": "" if written.upper is None else _number(written.upper),
                }


def with_dates(course: Course, row: Row) -> Row:
    """Give the dates of the infusion and of the sample in place of the sample's day."""
    index = list(course.patients.subject).index(row["subject"])
    infusion = datetime.date.fromisoformat(course.trial.first_infusion) + datetime.timedelta(
        days=float(course.patients.infusion[index])
    )
    sample = infusion + datetime.timedelta(days=float(row["day"]))
    dates = {"infusion_date": infusion.isoformat(), "sample_date": sample.isoformat()}
    return {name: text for name, text in row.items() if name != "day"} | dates


def visit_name(planned: int) -> str:
    """Name the visit of a planned day."""
    if planned < 0:
        return "Baseline" if planned < -1 else "Day -1"
    if planned == 0:
        return "Day 0 predose"
    return f"Month {_MONTHS[planned]}" if planned in _MONTHS else f"Day {planned}"


def _reported(course: Course, assay: Assay, index: int, visit: int) -> str:
    """Fill the cell as the laboratory does: a level, a limit, or nothing for a sample that was lost."""
    lost = (index + 1, course.trial.planned_days[visit]) in course.trial.quirks.lost_samples
    if lost and assay.key in _CAR_T:
        return ""
    measured = course.measured[assay.key]
    if measured.below[index, visit]:
        return assay.blq_text or f"<{_number(assay.lloq)}"
    if measured.above[index, visit]:
        return f">{_number(float(assay.uloq or math.inf))}"
    return three_digits(float(measured.levels[index, visit]))


def _assessed(course: Course, written: Written, index: int, visit: int) -> str:
    """Fill the cell as the investigator or the laboratory does: a grade, a number, a limit, or nothing."""
    if (index + 1, course.trial.assessments.days[visit], written.key) in course.trial.quirks.not_done:
        return ""
    if written.key in course.assessed.grades:
        return str(course.assessed.grades[written.key][index, visit])
    value = float(course.assessed.numbers[written.key][index, visit]) * written.per_kept_unit
    if written.key == "anti_dsdna":
        least, most = _DNA_RANGE
        value, sign = min(max(value, least), most), "<" if value < least else ">" if value > most else ""
        return f"{sign}{value:.{written.decimals}f}"
    return f"{value:.{written.decimals}f}"


def three_digits(value: float) -> str:
    """Write a level to three significant digits, without an exponent.

    Examples
    --------
    >>> three_digits(12345.6), three_digits(0.5)
    ('12300', '0.500')
    """
    return format(Decimal(f"{value:.2e}"), "f")


def _number(value: float) -> str:
    """Write a number in the shortest way, without an exponent."""
    text = format(Decimal(repr(float(value))), "f") if math.isfinite(value) else ""
    return text.removesuffix(".0")
