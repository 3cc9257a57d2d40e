"""Files or a plain table to a Study: the stages of the reading, in their order.

Source (which files and sheets) -> layout (which column is what) -> cells (numbers, limits, dates) -> times, units and
statuses -> checks. Faults are collected on the way and raised together; nothing is half-read.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from carpk.io import audit
from carpk.io.assessments import assessment_rows, read_assessments
from carpk.io.checks import Findings
from carpk.io.conversion import identify
from carpk.io.events import event_columns, event_rows, in_courses, with_crs_grades
from carpk.io.frame import frame_table
from carpk.io.kinds import warn_of_matrices
from carpk.io.layout import lay_out
from carpk.io.levels import EXCLUDED, read_all_levels, settle_statuses
from carpk.io.mapping import Mapping
from carpk.io.odd_times import check_times
from carpk.io.people import People, gather_people, infusion_of_rows
from carpk.io.plausibility import check_levels, check_subjects
from carpk.io.sheet import Table, Words
from carpk.io.source import open_source
from carpk.io.statuses import exclusions, given_statuses, status_words
from carpk.io.subjects import refuse_orphans, subject_ids, warn_of_similar_ids
from carpk.io.time_units import study_time_unit
from carpk.io.times import require_times, sample_times, taken_after_infusion
from carpk.io.title import study_title
from carpk.io.unused_settings import refuse_unused_settings
from carpk.io.vectors import read_numbers
from carpk.schema import ASSESSMENTS, EVENTS, SAMPLES, Origin, Study, conform, empty
from carpk.terms import analyte


@dataclass(frozen=True)
class _Tables:
    """The tables of one study, understood."""

    samples: Table
    subjects: Table | None = None
    events: Table | None = None
    assessments: Table | None = None


def read_study(path: str | Path, *, settings: str | Path | Mapping | None = None) -> Study:
    """Read a trial's data from a file, a workbook or a folder.

    Parameters
    ----------
    path : str or Path
        A .csv, .tsv, .txt, .dat or .xlsx file, long or wide; or a folder with samples, subjects, events and
        assessments. In a long table, rows of clinical assessments (SLEDAI-2K, C3 ...) become assessments.
    settings : str, Path or Mapping, optional
        What the file does not say itself: a TOML file, or the same as a Mapping.

    Returns
    -------
    Study
        Subjects, samples, events and assessments with known units, and a log of how they were read.

    Raises
    ------
    DataError
        Something cannot be understood; every fault is listed with its file, sheet, row and column.
    RulesError
        The settings hold something that carpk does not know.
    """
    mapping = _mapping(settings)
    findings = Findings()
    source = open_source(path, mapping, findings)
    if source is None or "samples" not in source.sheets:
        findings.stop_on_errors()
        raise AssertionError("a source without samples must have been refused")
    understood = {
        kind: lay_out(source.sheets[kind], "samples" if kind == "assessments" else kind, mapping, findings)
        for kind in ("samples", "subjects", "events", "assessments")
        if kind in source.sheets
    }
    tables = _Tables(**understood)
    title = study_title(list(understood.values()), source.sheets.get("study"), mapping, findings)
    return _assemble(tables, title, source.origins, mapping, "day", findings)


def as_study(data: Study | pd.DataFrame, *, time_unit: str = "day") -> Study:
    """Return a study as it is, and a plain table as a study.

    Parameters
    ----------
    data : Study or DataFrame
        A DataFrame as `study_from_frame` takes it.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.
    """
    return data if isinstance(data, Study) else study_from_frame(data, time_unit=time_unit)


def study_from_frame(
    frame: pd.DataFrame, *, time_unit: str = "day", settings: str | Path | Mapping | None = None
) -> Study:
    """Take a plain table as a study.

    Parameters
    ----------
    frame : DataFrame
        One row per measurement with at least subject, time, value and unit; columns as in `carpk.schema.SAMPLES`, or
        any layout and names that `read_study` knows. Values are numbers or text such as ``<50``.
    time_unit : str
        Unit of times whose column does not say one.
    settings : str, Path or Mapping, optional
        As for `read_study`.

    Raises
    ------
    DataError
        Something cannot be understood; `row` of a finding is the position in the frame, from 0.
    """
    mapping = _mapping(settings)
    findings = Findings()
    table = frame_table(frame, mapping, findings)
    title = study_title([table], None, mapping, findings)
    return _assemble(_Tables(table), title, (Origin("DataFrame"),), mapping, time_unit, findings)


def _mapping(settings: str | Path | Mapping | None) -> Mapping:
    if isinstance(settings, Mapping):
        return settings
    return Mapping() if settings is None else Mapping.from_toml(settings)


def _assemble(
    tables: _Tables, title: str, origins: tuple[Origin, ...], mapping: Mapping, time_unit: str, findings: Findings
) -> Study:
    """Put the tables together into one Study, or raise everything that is wrong with them."""
    samples = tables.samples
    every = (samples, tables.subjects, tables.events, tables.assessments)
    listed = [table for table in every if table is not None]
    refuse_unused_settings(listed, mapping, findings)
    levels = samples.all("level")
    ids = subject_ids(samples, findings)
    if samples.one("subject") is None or not levels or not len(samples):
        if levels and len(samples):
            read_all_levels(samples, levels, mapping, findings)
        findings.stop_on_errors()
    for table in listed:
        audit.log_columns(table, findings)
    unit = study_time_unit(listed[:1], mapping, time_unit, findings)
    event_ids = subject_ids(tables.events, findings) if tables.events is not None else None
    people = gather_people(samples, ids, tables.subjects, tables.events, event_ids, mapping, findings)
    chosen = assessment_rows(samples, mapping)
    frame, codes = _samples(samples, ids, people, ~chosen, unit, mapping, findings)
    assessments = _assessments(tables, ids, people, chosen, unit, mapping, findings)
    events = _events(tables, ids, event_ids, people, unit, mapping, findings)
    check_levels(frame, samples, findings)
    check_subjects(people.subjects, findings, (tables.subjects or samples).place)
    warn_of_similar_ids(people.subjects["subject"].tolist(), samples.place, findings)
    findings.stop_on_errors()
    if len(frame) or assessments.empty:
        audit.log_counts(frame, findings)
    audit.log_assessments(assessments, findings)
    audit.log_negatives(frame, findings)
    audit.log_left_out(frame, findings)
    audit.log_duplicates(frame, codes, findings)
    subjects = people.subjects
    events = with_crs_grades(events, subjects)
    return Study(subjects, frame, events, findings.log_table(), origins, unit, title, assessments)


def _assessments(
    tables: _Tables, ids: Words, people: People, chosen: np.ndarray, unit: str, mapping: Mapping, findings: Findings
) -> pd.DataFrame:
    """Gather assessments from rows of the samples and from their own table."""
    parts = [empty(ASSESSMENTS)]
    if chosen.any():
        part, own = tables.samples.take(chosen), ids.take(chosen)
        infusion = infusion_of_rows(people, own, part, Findings())
        parts.append(read_assessments(part, own, infusion, unit, mapping, findings))
    if tables.assessments is not None:
        part, own = tables.assessments, subject_ids(tables.assessments, findings)
        known = Words.of(people.subjects["subject"].to_numpy(object))
        refuse_orphans(known, own, part, findings)
        infusion = infusion_of_rows(people, own, part, findings)
        parts.append(read_assessments(part, own, infusion, unit, mapping, findings))
    return conform(pd.concat(parts, ignore_index=True), ASSESSMENTS)


def _samples(
    whole: Table, every: Words, people: People, chosen: np.ndarray, unit: str, mapping: Mapping, findings: Findings
) -> "tuple[pd.DataFrame, dict[str, np.ndarray]]":
    """Read times, levels, units and statuses of every sample: of the rows `chosen`."""
    if len(chosen) and not chosen.any():
        return empty(SAMPLES), {name: np.empty(0, np.int64) for name in ("subject", "analyte", "matrix")}
    table, ids = whole.take(chosen), every.take(chosen)
    columns = table.all("level")
    repeats = len(columns)
    rows = np.repeat(table.rows, repeats)
    infusion = infusion_of_rows(people, ids, table, findings)
    times = sample_times(table, columns, infusion, unit, mapping, findings)
    require_times(times, rows, table, infusion is not None, findings)
    check_times(times, rows, unit, table, mapping, findings)
    levels = read_all_levels(table, columns, mapping, findings)
    identity, levels = identify(table, columns, levels, mapping, findings)
    car_t = np.array([analyte(key).role == "car_t" for key in identity.analyte.words])[identity.analyte.codes]
    status = settle_statuses(levels, identity.analyte, car_t, rows, table, columns, findings)
    status = given_statuses(table, repeats, status, levels.values, findings)
    warn_of_matrices(ids.repeated(repeats), identity.analyte, identity.matrix, table.place, findings)
    exclusion = exclusions(table, repeats, findings)
    why = exclusion.text()
    after = taken_after_infusion(times) & (why == "")
    why[after] = "DAY0_POST"
    status[why != ""] = EXCLUDED
    subject = ids.repeated(repeats)
    frame = pd.DataFrame(
        {
            "subject": subject.text(),
            "analyte": identity.analyte.text(),
            "matrix": identity.matrix.text(),
            "time": times.time,
            "nominal_time": times.nominal,
            "visit": times.visit.text(),
            "value": levels.values,
            "status": status_words(status),
            "lloq": levels.lloq,
            "uloq": levels.uloq,
            "unit": identity.unit.text(),
            "exclusion": why,
            "row": np.repeat(_own_rows(table, mapping, findings), repeats),
            **{name: np.repeat(cells[chosen], repeats) for name, cells in people.of_samples.items()},
        }
    )
    audit.log_replaced_times(frame, times.is_nominal, findings)
    return frame, {"subject": subject.codes, "analyte": identity.analyte.codes, "matrix": identity.matrix.codes}


def _own_rows(table: Table, mapping: Mapping, findings: Findings) -> np.ndarray:
    """Rows as the table says them itself, where it came from carpk; else where its rows stand."""
    column = table.one("row")
    if column is None or column.cells.dtype != np.float64:
        return table.rows
    return np.nan_to_num(read_numbers(column, table, mapping, findings).values).astype(np.int64)


def _events(
    tables: _Tables,
    ids: Words,
    event_ids: Words | None,
    people: People,
    unit: str,
    mapping: Mapping,
    findings: Findings,
) -> pd.DataFrame:
    """Gather events from their own table and from columns of the other two."""
    infusion = infusion_of_rows(people, ids, tables.samples, Findings())
    parts = [event_columns(tables.samples, ids, infusion, unit, mapping, findings)]
    if tables.subjects is not None:
        own = people.ids_of_subjects
        infusion = infusion_of_rows(people, own, tables.subjects, Findings())
        parts.append(event_columns(tables.subjects, own, infusion, unit, mapping, findings))
    if tables.events is not None and event_ids is not None:
        infusion = infusion_of_rows(people, event_ids, tables.events, Findings())
        parts.append(event_rows(tables.events, event_ids, infusion, unit, mapping, findings))
    gathered = pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)
    gathered = in_courses(gathered, unit, (tables.events or tables.samples).place, findings)
    order = {name: position for position, name in enumerate(people.subjects["subject"].tolist())}
    gathered["order"] = [order.get(name, len(order)) for name in gathered["subject"]]
    return conform(gathered.sort_values(["order", "time"], kind="stable").drop(columns="order"), EVENTS)
