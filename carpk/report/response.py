"""B cells, markers, CRS and treatments: each subject, each cohort, each visit."""

import pandas as pd

from carpk.nca.table import NcaResult
from carpk.report import numbers
from carpk.report.adverse_events import adverse_events_section
from carpk.report.cohorts import summary_table
from carpk.report.data import cohort_name
from carpk.report.listing import listing_table
from carpk.report.parts import Block, Cell, Column, Heading, Section, Table, Text
from carpk.report.persistence import time_to_event_blocks
from carpk.report.response_pictures import response_pictures
from carpk.report.rows import MISSING, Profile, listed, records, value_cell
from carpk.report.safety import safety_blocks
from carpk.response.by_visit import depletion_by_visit, grades_by_cohort
from carpk.response.event_table import SYNDROMES, TREATMENTS
from carpk.response.recovery_table import run_recovery
from carpk.response.table import ResponseResult
from carpk.schema import Study
from carpk.terms import analyte, event, term
from carpk.units import label

_OF_B_CELLS = (
    ("baseline", "baseline_time", "nadir", "nadir_time", "nadir_percent_change"),
    ("depletion_time", "complete_depletion_time", "recovery_time", "aplasia_duration", "naive_share"),
)
_B_CELL_TOPICS = ("baseline and nadir", "depletion and recovery")
_B_CELL_SUMMARY = ("baseline", "nadir_percent_change", "depletion_time", "recovery_time", "aplasia_duration")
_OF_MARKERS = ("baseline", "peak", "peak_time", "peak_fold", "peak_lag", "return_time", "low_igg_time", "low_igg_days")
_DEPLETION_NOTE = (
    "N: subjects of the cohort; n: with a sample at the visit of which the depletion is known; Depleted: below the"
    " threshold; 95 % interval: exact (Clopper\u2013Pearson)."
)
_GRADE_NOTE = (
    "Each subject counts once, at the highest grade. Any: grade 1 or more, as a share of those whose grade is known,"
    " with its exact (Clopper\u2013Pearson) 95 % interval."
)


def response_sections(
    study: Study, nca: NcaResult, response: ResponseResult | None, *, follow_up: bool = True
) -> list[Section]:
    """Tell what B cells, markers, CRS and treatments did; nothing where that was not asked for or not measured.

    `follow_up` says whether each subject's follow-up is drawn here; the chapter of endpoints draws more of it.
    """
    if response is None or response.parameters.empty:
        return []
    profiles = [
        (str(name), str(matrix))
        for name, matrix in response.parameters[["analyte", "matrix"]].drop_duplicates().itertuples(index=False)
    ]
    b_cells = [profile for profile in profiles if analyte(profile[0]).role == "b_cells"]
    events = [profile for profile in profiles if profile[0] in (*SYNDROMES, *TREATMENTS)]
    markers = [profile for profile in profiles if profile not in (*b_cells, *events)]
    rules = Text(tuple(response.rules.sentences()))
    return [
        Section("B cells, markers and safety", (rules,), new_page=True),
        *(_b_cells(study, response, profile) for profile in b_cells),
        *(_marker(study, response, profile) for profile in markers),
        *_safety(study, response, bool(events)),
        *adverse_events_section(study),
        *response_pictures(study, nca, response, [name for name, _ in markers], follow_up=follow_up),
    ]


def _rows(response: ResponseResult, profile: Profile) -> pd.DataFrame:
    table = response.parameters
    return table[(table["analyte"] == profile[0]) & (table["matrix"] == profile[1])]


def _name(profile: Profile, response: ResponseResult) -> str:
    matrices = response.parameters.loc[response.parameters["analyte"] == profile[0], "matrix"].unique()
    return analyte(profile[0]).label + (f", {profile[1]}" if len(matrices) > 1 and profile[1] else "")


def _b_cells(study: Study, response: ResponseResult, profile: Profile) -> Section:
    rows, name = _rows(response, profile), _name(profile, response)
    present = set(rows["parameter"])
    listings = [
        listing_table(study, rows, [key for key in keys if key in present], f"{name}: {topic}")
        for keys, topic in zip(_OF_B_CELLS, _B_CELL_TOPICS, strict=True)
    ]
    blocks: list[Block] = [*listings, summary_table(study, rows, _B_CELL_SUMMARY, f"{name}: summary by cohort")]
    blocks += [_depletion_table(response, profile, name)]
    return Section(name, (*blocks, *time_to_event_blocks(run_recovery(response), profile, name)), level=2)


def _depletion_table(response: ResponseResult, profile: Profile, name: str) -> Block:
    counts = depletion_by_visit(response)
    counts = counts[(counts["analyte"] == profile[0]) & (counts["matrix"] == profile[1])]
    if counts.empty:
        return Text((f"{name}: no planned times are given, so depletion is not counted by visit.",))
    columns = (
        Column("Planned time", label(response.time_unit), "right"),
        Column("N", align="right"),
        Column("n", align="right"),
        Column("Depleted", align="right"),
        Column("Share", "%", "right"),
        Column("95 % interval", "%", "right"),
    )
    body: list[Heading | tuple[Cell, ...]] = []
    for cohort in dict.fromkeys(counts["cohort"]):
        body.append(Heading(cohort_name(str(cohort))))
        body += [_depletion_row(row) for row in records(counts[counts["cohort"] == cohort])]
    return Table(f"{name}: subjects depleted by visit", columns, tuple(body), (_DEPLETION_NOTE,))


def _depletion_row(row: dict[str, float]) -> tuple[Cell, ...]:
    known = row["measured"] - row["not_known"]
    counts = (row["N"], known, row["depleted"])
    return (
        Cell(numbers.time(row["nominal_time"])),
        *(Cell(numbers.count(count)) for count in counts),
        *_share(row, known),
    )


def _share(row: dict[str, float], known: float) -> tuple[Cell, Cell]:
    if not known:
        return Cell(MISSING), Cell(MISSING)
    return Cell(f"{row['percent']:.0f}"), Cell(f"{row['low']:.0f}\u2013{row['high']:.0f}")


def _marker(study: Study, response: ResponseResult, profile: Profile) -> Section:
    rows, name = _rows(response, profile), _name(profile, response)
    every = list(dict.fromkeys(rows["parameter"]))
    areas = [key for key in every if key.startswith(("auc", "time_")) and "below" not in key]
    keys = [key for key in (*_OF_MARKERS, *areas) if key in every]
    listing = listing_table(study, rows, keys, f"{name}: baseline, peak and return")
    return Section(name, (listing, summary_table(study, rows, keys, f"{name}: summary by cohort")), level=2)


def _safety(study: Study, response: ResponseResult, events: bool) -> list[Section]:
    blocks = [*(_event_blocks(study, response) if events else []), *safety_blocks(study, response)]
    return [Section("CRS, ICANS and treatments" if events else "Safety", tuple(blocks), level=2)] if blocks else []


def _event_blocks(study: Study, response: ResponseResult) -> list[Block]:
    table = response.parameters
    blocks: list[Block] = [_grades(response)] if (table["parameter"] == "grade_max").any() else []
    rows = table[table["analyte"].isin([*SYNDROMES, *TREATMENTS])]
    shown = list(rows[["analyte", "parameter"]].drop_duplicates().itertuples(index=False, name=None))
    columns = [Column("Subject", align="left")]
    for name, key in shown:
        unit = label(term(key).unit("", response.time_unit))
        columns.append(Column(term(key).label, unit, "right", group=event(name).label))
    found = {(row["subject"], row["analyte"], row["parameter"]): row for row in records(rows)}
    body = listed(study, lambda subject: (value_cell(found.get((subject, *pair))) for pair in shown))
    return [*blocks, Table("CRS, ICANS and treatments", tuple(columns), body)]


def _grades(response: ResponseResult) -> Table:
    counts = grades_by_cohort(response)
    worst = max((grade for grade in range(6) if counts[f"grade_{grade}"].any()), default=0)
    grades = list(range(worst + 1))
    columns = (
        Column("Cohort", align="left"),
        Column("N", align="right"),
        *(Column(str(grade), align="right", group="Highest grade") for grade in grades),
        Column("Not known", align="right"),
        Column("Any", align="right"),
        Column("Any", "%", "right"),
        Column("95 % interval", "%", "right"),
    )
    body: list[Heading | tuple[Cell, ...]] = []
    for key in dict.fromkeys(counts["analyte"]):
        body.append(Heading(event(str(key)).label))
        for row in records(counts[counts["analyte"] == key]):
            whole = (row["N"], *(row[f"grade_{grade}"] for grade in grades), row["not_known"], row["any"])
            body.append(
                (
                    Cell(cohort_name(str(row["cohort"]))),
                    *(Cell(numbers.count(count)) for count in whole),
                    *_share(row, row["N"] - row["not_known"]),
                )
            )
    return Table("Highest grades by cohort", columns, tuple(body), (_GRADE_NOTE,))
