"""What the data are: subjects, samples, and how the file was understood."""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carpk import plot
from carpk.io.checks import FINDINGS
from carpk.plot import style
from carpk.report import numbers
from carpk.report.parts import Block, Cell, Column, Figure, Heading, Section, Table, Text
from carpk.schema import Study
from carpk.terms import analyte
from carpk.units import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_SAMPLING_HEAD, _SAMPLING_ROW = 1.3, 0.17  # inch
ALL = "All"
NONE = "\u00b7"
NO_COHORT = "No cohort given"
_MOST_VISITS = 60
_MOST_DETAILS = 40

_COUNTED = {
    "Samples": (),
    "Quantified": ("quantified",),
    "Below LLOQ": ("blq",),
    "Not detected": ("not_detected",),
    "Above ULOQ": ("above_uloq",),
    "Missing": ("missing",),
    "Excluded": ("excluded",),
}


def data_section(study: Study) -> Section:
    """Describe the subjects, the samples and the reading."""
    blocks: list[Block] = [_subjects_table(study), _samples_table(study), *_visits_table(study), *_sampling(study)]
    return Section("Data", (*blocks, *_reading(study)), new_page=True)


def cohort_name(cohort: str) -> str:
    """Name a cohort for people, where the data give it none too."""
    return cohort or NO_COHORT


def dose_text(dose: float, unit: str) -> str:
    """Write a dose with its unit, a large one as a power of ten."""
    if np.isnan(dose):
        return "dose not given"
    return f"{large(dose)} {label(unit)}".strip()


def large(number: float) -> str:
    """Write a number of cells; from ten thousand on as a power of ten.

    Examples
    --------
    >>> large(150000.0), large(500.0)
    ('1.5 \u00d7 10\u2075', '500')
    """
    if number < 1e4:
        return numbers.observed(number)
    mantissa, power = f"{number:.4e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')} \u00d7 10{numbers.superscript(int(power))}"


def _subjects_table(study: Study) -> Table:
    subjects = study.subjects
    columns = [Column("Cohort", align="left"), Column("N", align="right"), *_dose_column(subjects)]
    makers: list[Callable[[pd.DataFrame], str]] = [_doses] if len(columns) > 2 else []
    for name, unit in (("age", "years"), ("weight", "kg")):
        values = _numeric(subjects, name)
        if values is not None:
            columns.append(Column(f"{name.capitalize()}, median (range)", unit, "right"))
            makers.append(_range_of(name))
    if "sex" in subjects and (subjects["sex"].astype(str) != "").any():
        columns.append(Column("Sex", align="right"))
        makers.append(_sexes)
    groups = [(cohort_name(name), subjects[subjects["cohort"] == name]) for name in study.cohorts]
    if len(groups) > 1:
        groups.append((ALL, subjects))
    rows = tuple(
        (Cell(name), Cell(numbers.count(len(group))), *(Cell(make(group)) for make in makers)) for name, group in groups
    )
    return Table("Subjects", tuple(columns), rows)


def _dose_column(subjects: pd.DataFrame) -> list[Column]:
    if subjects["dose"].isna().all():
        return []
    units = [label(unit) for unit in subjects["dose_unit"].unique() if unit]
    return [Column("Dose", units[0] if len(units) == 1 else "", "right")]


def _doses(group: pd.DataFrame) -> str:
    given = group["dose"].dropna()
    if given.empty:
        return "not given"
    return _span(large(given.min()), large(given.max()))


def _span(low: str, high: str) -> str:
    return low if low == high else f"{low}\u2013{high}"


def _numeric(subjects: pd.DataFrame, name: str) -> "pd.Series[float] | None":
    if name not in subjects:
        return None
    values = pd.to_numeric(subjects[name], errors="coerce")
    return None if values.isna().all() else values


def _range_of(name: str) -> Callable[[pd.DataFrame], str]:
    def text(group: pd.DataFrame) -> str:
        values = pd.to_numeric(group[name], errors="coerce").dropna()
        if values.empty:
            return "not given"
        known = "" if len(values) == len(group) else f", n = {len(values)}"
        low, high = numbers.time(values.min()), numbers.time(values.max())
        return f"{numbers.time(values.median())} ({_span(low, high)}){known}"

    return text


def _sexes(group: pd.DataFrame) -> str:
    counts = group["sex"].astype(str).replace("", "not given").value_counts()
    return ", ".join(f"{sex} {counts[sex]}" for sex in sorted(counts.index))


def _samples_table(study: Study) -> Table:
    samples = study.samples
    names = [name for name, status in _COUNTED.items() if not status or samples["status"].isin(status).any()]
    limits = [name for name in ("lloq", "uloq") if samples[name].notna().any()]
    columns = (
        Column("Analyte", align="left"),
        Column("Unit", align="left"),
        Column("Subjects", align="right"),
        *(Column(name, align="right") for name in names),
        *(Column(name.upper(), align="right") for name in limits),
    )
    rows = []
    for name, matrix, group in _by_analyte(study):
        counts = [numbers.count(_count(group["status"], _COUNTED[name])) for name in names]
        cells = [_analyte_name(study, name, matrix), ", ".join(label(unit) for unit in group["unit"].unique())]
        cells += [numbers.count(group["subject"].nunique()), *counts, *(_limits(group[limit]) for limit in limits)]
        rows.append(tuple(Cell(text) for text in cells))
    note = (
        f"LLOQ, ULOQ: lower and upper limit of quantification, least and largest where they differ; {NONE}: not given."
    )
    return Table("Samples by analyte", columns, tuple(rows), (note,) if limits else ())


def _by_analyte(study: Study) -> list[tuple[str, str, pd.DataFrame]]:
    groups = [(str(name), str(matrix), group) for (name, matrix), group in study.samples.groupby(["analyte", "matrix"])]
    order = {name: place for place, name in enumerate(study.analytes)}
    return sorted(groups, key=lambda group: (order[group[0]], group[1]))


def _analyte_name(study: Study, name: str, matrix: str) -> str:
    matrices = study.samples.loc[study.samples["analyte"] == name, "matrix"].unique()
    return analyte(name).label + (f", {matrix}" if len(matrices) > 1 and matrix else "")


def _count(status: "pd.Series[str]", wanted: Sequence[str]) -> int:
    return int(status.isin(wanted).sum()) if wanted else len(status)


def _limits(limits: "pd.Series[float]") -> str:
    given = limits.dropna()
    if given.empty:
        return NONE
    return _span(numbers.observed(given.min()), numbers.observed(given.max()))


def _visits_table(study: Study) -> list[Block]:
    """Count samples by analyte and planned time; only what occurs gets a column."""
    visits, head = _visits(study)
    if visits is None:
        return [Text(("Neither planned times nor visits are given, so samples are not counted by visit.",))]
    columns, counts = [Column(head, label(study.time_unit) if head != "Visit" else "", "right")], []
    shorter = {"Samples": "n", "Below LLOQ": "BLQ", "Not detected": "ND", "Above ULOQ": ">UL", "Missing": "M"}
    for name, matrix, group in _by_analyte(study):
        for what, status in _COUNTED.items():
            if what in shorter and (not status or group["status"].isin(status).any()):
                columns.append(Column(shorter[what], align="right", group=_analyte_name(study, name, matrix)))
                of_status = group[group["status"].isin(status)] if status else group
                counts.append(visits[of_status.index].value_counts())
    order = list(dict.fromkeys(visits.sort_values(key=_visit_order(study, visits), kind="stable")))
    rows = tuple(
        (Cell(str(visit)), *(Cell(numbers.count(count[visit]) if visit in count else NONE) for count in counts))
        for visit in order
    )
    notes = (
        "n: samples; BLQ: below the lower limit of quantification; ND: not detected; >UL: above the upper limit;"
        f" M: listed without a level; {NONE}: none.",
    )
    return [Table("Samples by visit", tuple(columns), rows, notes)]


def _visits(study: Study) -> tuple["pd.Series[str] | None", str]:
    """Name the visit of each sample: its planned time; or the label of its visit; or the actual time."""
    samples = study.samples
    if samples["nominal_time"].notna().any():
        times = [numbers.time(time) for time in samples["nominal_time"]]
        unplanned = samples["nominal_time"].isna()
        return pd.Series(times, samples.index).where(~unplanned, "unplanned"), "Planned time"
    if (samples["visit"] != "").any():
        return samples["visit"].where(samples["visit"] != "", "unplanned"), "Visit"
    if samples["time"].nunique() <= _MOST_VISITS:
        return pd.Series([numbers.time(time) for time in samples["time"]], samples.index), "Actual time"
    return None, ""


def _visit_order(study: Study, visits: "pd.Series[str]") -> Callable[["pd.Series[str]"], "pd.Series[float]"]:
    planned = study.samples["nominal_time"].fillna(np.inf) if study.samples["nominal_time"].notna().any() else None
    times = study.samples["time"] if planned is None else planned
    middle = times.groupby(visits).median().fillna(np.inf)
    return lambda names: names.map(middle)


def _sampling(study: Study) -> list[Block]:
    """Draw what was measured, below the limit and missing of each CAR-T assay, subject by subject."""
    assays = [key for key in study.analytes if analyte(key).role == "car_t"]
    return [
        Figure(
            f"{analyte(key).label}: samples of each subject",
            f"Samples of {analyte(key).label} by subject and visit: quantified, below or above the limits, missing.",
            functools.partial(_sampling_page, study, key),
        )
        for key in assays
    ]


def _sampling_page(study: Study, key: str) -> "Drawing":
    page = style.Page(
        figsize=(style.PAGE_WIDTH, _SAMPLING_HEAD + _SAMPLING_ROW * len(study.subjects)), layout="constrained"
    )
    plot.sampling(study, analyte=key, ax=page.subplots())
    return page


def _reading(study: Study) -> list[Block]:
    """Sum up the log of the reading; the rules log has every line of it."""
    log = study.log[study.log["code"] != "LEVELS_COUNTED"]  # these stand in the table of samples
    rows: list[Heading | tuple[Cell, ...]] = []
    for code, lines in log.groupby("code", sort=False):
        rows.append(Heading(FINDINGS.get(str(code), str(code))))
        counts = lines["detail"].value_counts(sort=False)
        times = {detail: f" ({count} times)" if count > 1 else "" for detail, count in counts.items()}
        rows += [(Cell(f"{detail}{said}"),) for detail, said in list(times.items())[:_MOST_DETAILS]]
        if len(times) > _MOST_DETAILS:
            rows.append((Cell(f"and {len(times) - _MOST_DETAILS} more, in the rules log"),))
    columns = (Column("What was recognized, converted, assumed or found odd", align="left"),)
    return [Table("How the data were understood", columns, tuple(rows))] if rows else []
