"""The sample trials as files, each in the layout its description asks for."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from carpk.io.files import write_atomically
from carpk.io.workbook import save_workbook
from carpk.sample_data.course import Course, planned_mask
from carpk.sample_data.tables import (
    Row,
    assessment_rows,
    event_columns,
    event_rows,
    sample_rows,
    subject_rows,
    with_dates,
)

_EVENTS_IN_COLUMNS = ("tocilizumab", "second_infusion", "corticosteroid", "drop_out", "crs", "rescue_medication")
_NUMBERS = (
    "dose", "weight_kg", "age", "sledai_2k", "crs_grade", "height_cm", "nominal_day", "day", "value", "lln", "uln",
)  # fmt: skip


def write_trial(course: Course, folder: Path) -> None:
    """Write a trial's file, or its folder of files, into `folder`."""
    writers: dict[str, Callable[[Course, Path], None]] = {
        "long with days": _write_long,
        "long with dates": _write_long,
        "workbook, wide": _write_workbook,
        "folder": _write_folder,
    }
    writers[course.trial.layout](course, folder)


def _write_long(course: Course, folder: Path) -> None:
    """Write one row a measurement or assessment, with everything about the patient repeated on it."""
    subjects = {row["subject"]: row for row in subject_rows(course)}
    events = event_columns(course, _EVENTS_IN_COLUMNS)
    dated = course.trial.layout == "long with dates"
    measured = (*sample_rows(course), *assessment_rows(course))
    rows = [
        {"study": course.trial.title}
        | subjects[row["subject"]]
        | (with_dates(course, row) if dated else row)
        | events[row["subject"]]
        for row in measured
    ]
    days = ("infusion_date", "sample_date") if dated else ("day",)
    columns = [
        *("study", "subject", "cohort", "dose", "dose_unit", "weight_kg", "age", "sex", "sledai_2k", "crs_grade"),
        *("visit", "nominal_day", *days, "analyte", "matrix", "value", "unit", "lloq", "uloq", "lln", "uln"),
        *(f"{name}_day" for name in _EVENTS_IN_COLUMNS),
    ]
    _write_csv(folder / f"{course.trial.name}.csv", columns, rows)


def _write_folder(course: Course, folder: Path) -> None:
    """Write four files: samples, subjects, events, assessments."""
    inside = folder / course.trial.name
    inside.mkdir(parents=True, exist_ok=True)
    subjects = [{"study": course.trial.title} | row for row in subject_rows(course)]
    for name, rows in (
        ("samples", list(sample_rows(course))),
        ("subjects", subjects),
        ("events", event_rows(course)),
        ("assessments", list(map(_in_own_table, assessment_rows(course)))),
    ):
        _write_csv(inside / f"{name}.csv", list(rows[0]), rows)


def _in_own_table(row: Row) -> Row:
    """Name what is assessed as a table of assessments does, which knows no matrix."""
    return {"assessment" if name == "analyte" else name: text for name, text in row.items() if name != "matrix"}


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode())


def _write_workbook(course: Course, folder: Path) -> None:
    """Write a wide sheet with marker over day, and sheets of subjects, events, assessments and the study's title."""
    workbook = Workbook()
    samples = workbook.worksheets[0]
    samples.title = "samples"
    _fill_wide(samples, course)
    for name, rows in (
        ("subjects", subject_rows(course)),
        ("events", event_rows(course)),
        ("assessments", list(map(_on_planned_day, assessment_rows(course)))),
        ("study", [{"title": course.trial.title}]),
    ):
        _fill(workbook.create_sheet(name), rows)
    save_workbook(workbook, folder / f"{course.trial.name}.xlsx", compressed=False)


def _on_planned_day(row: Row) -> Row:
    """Leave out the actual day, which a trial that is written by planned days does not know."""
    return {name: text for name, text in _in_own_table(row).items() if name != "day"}


def _fill_wide(sheet: Worksheet, course: Course) -> None:
    """Fill in the levels: row 1 names the marker over its days, row 2 the planned day, then one row a patient."""
    sheet.append(["Subject"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=2, end_column=1)
    cells = {(row["subject"], row["analyte"], row["nominal_day"]): row["value"] for row in sample_rows(course)}
    rows = {str(subject): index for index, subject in enumerate(course.patients.subject, start=3)}
    for subject, index in rows.items():
        sheet.cell(index, 1, subject)
    first = 2
    for assay in course.trial.assays:
        days = [day for day, on in zip(course.trial.planned_days, planned_mask(course.trial, assay), strict=True) if on]
        limit = f", LLOQ {assay.lloq:g}" if assay.key.startswith("car_t") else ""
        sheet.cell(1, first, f"{assay.name} ({assay.unit}{limit})").alignment = Alignment(horizontal="center")
        sheet.merge_cells(start_row=1, start_column=first, end_row=1, end_column=first + len(days) - 1)
        for column, day in enumerate(days, start=first):
            sheet.cell(2, column, f"Day {day}")
            for subject, index in rows.items():
                sheet.cell(index, column, _cell(cells.get((subject, assay.name, str(day)), "")))
        first += len(days)
    _embolden(sheet, header_rows=2)
    sheet.freeze_panes = "B3"


def _fill(sheet: Worksheet, rows: Sequence[Row]) -> None:
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([_cell(text) if name in _NUMBERS else text for name, text in row.items()])
    _embolden(sheet, header_rows=1)
    sheet.freeze_panes = "A2"


def _embolden(sheet: Worksheet, *, header_rows: int) -> None:
    for row in sheet.iter_rows(max_row=header_rows):
        for cell in row:
            cell.font = Font(bold=True)


def _cell(text: str) -> float | str | None:
    """Return a number where the text is one; limits such as ``<50`` stay text; nothing for nothing."""
    if not text:
        return None
    return text if text[0] in "<>" or text[0].isalpha() else float(text)
