"""The subjects table: put together from its own sheet and from columns of the samples that belong to subjects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.io.checks import Findings, rows_in_words
from carpk.io.columns import Meaning
from carpk.io.event_words import event_of
from carpk.io.mapping import Mapping
from carpk.io.sheet import Cells, Field, Table, Words
from carpk.io.subjects import (
    REFUSED,
    dose_label,
    iso_dates,
    natural_order,
    refuse_orphans,
    subject_columns,
    subject_ids,
)
from carpk.io.varying import by_subject, refuse_two_studies
from carpk.io.vectors import Moments, read_moments, words_of
from carpk.schema import SUBJECTS, conform


@dataclass(frozen=True)
class People:
    """The subjects, and what the reading of samples and events needs to know of them.

    Attributes
    ----------
    subjects : DataFrame
        Columns as in `schema.SUBJECTS`, then covariates.
    of_samples : dict
        Covariates that vary within a subject, by row of the samples.
    ids_of_subjects : Words
        Subject of every row of the subjects sheet; empty without one.
    """

    subjects: pd.DataFrame
    of_samples: dict[str, Cells]
    ids_of_subjects: Words


def gather_people(
    samples: Table,
    ids: Words,
    subjects: Table | None,
    events: Table | None,
    event_ids: Words | None,
    mapping: Mapping,
    findings: Findings,
) -> People:
    """Put the subjects table together.

    Parameters
    ----------
    samples, subjects, events : Table
        The study's tables; the last two may be None.
    ids, event_ids : Words
        Subject of every row of `samples` and `events`.
    mapping, findings
        As everywhere.
    """
    per_row = subject_columns(samples, mapping, findings)
    constant, varying = by_subject(ids, per_row, samples, mapping, findings)
    refuse_two_studies(ids, samples, findings)
    from_samples = pd.DataFrame({"subject": np.array(ids.words, dtype=object), **constant})
    own_ids = Words.constant("", 0)
    table = from_samples
    if subjects is not None:
        own_ids = subject_ids(subjects, findings)
        table = _joined(subjects, own_ids, from_samples, samples, mapping, findings)
        refuse_orphans(own_ids, ids, samples, findings)
        if events is not None and event_ids is not None:
            refuse_orphans(own_ids, event_ids, events, findings)
        idle = [name for name in own_ids.words if name not in ids.words]
        if idle:
            findings.warn("SUBJECT_NO_SAMPLES", f"Subjects without samples: {', '.join(idle)}.", subjects.place)
    elif events is not None and event_ids is not None:
        refuse_orphans(ids, event_ids, events, findings)
    table = _with_infusion_from_events(table, events, event_ids, mapping, findings)
    table = _with_cohort(table, findings)
    order = {name: position for position, name in enumerate(natural_order(table["subject"].tolist()))}
    table = table.iloc[np.argsort([order[name] for name in table["subject"].tolist()], kind="stable")]
    return People(conform(table, SUBJECTS), {name: per_row.values[name] for name in varying}, own_ids)


def _joined(
    subjects: Table, ids: Words, from_samples: pd.DataFrame, samples: Table, mapping: Mapping, findings: Findings
) -> pd.DataFrame:
    """Let the subjects sheet speak for subjects, and add what only the samples say; refuse contradictions."""
    for code, name in enumerate(ids.words):
        rows = subjects.rows[ids.codes == code]
        if len(rows) > 1 and name.strip():
            findings.error(
                "SUBJECT_TWICE",
                f"Subject {name!r} stands in {rows_in_words(rows)}.",
                subjects.place,
                row=int(rows[1]),
                value=name,
            )
    constant, varying = by_subject(ids, subject_columns(subjects, mapping, findings), subjects, mapping, findings)
    del varying  # a subject that stands twice was refused above
    table = pd.DataFrame({"subject": np.array(ids.words, dtype=object), **constant})
    added = from_samples.set_index("subject").reindex(table["subject"])
    for name in added.columns:
        cells = added[name].to_numpy()
        if name not in table:
            table[name] = cells if cells.dtype == np.float64 else pd.Series(cells, dtype=object).fillna("").to_numpy()
        elif table[name].dtype == np.float64 and cells.dtype == np.float64:
            _refuse_contradiction(
                name, table, cells, ~np.isnan(cells) & ~table[name].isna().to_numpy(), samples, findings
            )
        else:
            given = (pd.Series(cells).fillna("").to_numpy(object) != "") & (table[name].to_numpy(object) != "")
            _refuse_contradiction(name, table, cells, given, samples, findings)
    return table


def _refuse_contradiction(
    name: str, table: pd.DataFrame, cells: Cells, given: "np.ndarray", samples: Table, findings: Findings
) -> None:
    own = table[name].to_numpy()
    for position in np.flatnonzero(given & (own != cells)):
        findings.error(
            "SUBJECT_VARIES",
            f"Subject {table['subject'].iloc[position]!r} has {name} {own[position]!r} in the subjects table and "
            f"{cells[position]!r} among the samples; correct one.",
            samples.place,
        )


def _with_infusion_from_events(
    table: pd.DataFrame, events: Table | None, event_ids: Words | None, mapping: Mapping, findings: Findings
) -> pd.DataFrame:
    """Take infusion dates from the events where only they say them: the first infusion of each subject is day 0."""
    named, dated = (events.one("event"), events.one("date")) if events is not None else (None, None)
    own = table["infusion_date"].to_numpy(object) if "infusion_date" in table else np.full(len(table), "", object)
    if events is None or event_ids is None or named is None or dated is None or not (own == "").any():
        return table
    words = words_of(named, len(events))
    is_infusion = np.array([event_of(word) == "infusion" for word in words.words])[words.codes]
    moments = read_moments(dated, events.one("clock"), events, mapping, Findings())  # faults are told with the events
    chosen = np.flatnonzero(is_infusion & (moments.bad | ~np.isnan(moments.seconds)))
    if not len(chosen):
        return table
    in_order = chosen[np.lexsort((moments.seconds[chosen], moments.days[chosen]))]
    texts = np.where(moments.bad, REFUSED, iso_dates(moments))
    owners = event_ids.text()
    first: dict[str, str] = {}
    for position in in_order:
        first.setdefault(str(owners[position]), str(texts[position]))
    found = np.array([first.get(name, "") for name in table["subject"]], dtype=object)
    count = int(((own == "") & (found != "")).sum())
    findings.note("INFUSION_FROM_EVENTS", f"The dates of {count} subjects' infusions come from the events.")
    return table.assign(infusion_date=np.where(own == "", found, own))


def _with_cohort(table: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Name the cohort by the dose where the file names none, and everybody All where it has neither."""
    if "cohort" in table:
        unnamed = table["cohort"] == ""
        if unnamed.any():
            findings.note("COHORT_ASSUMED", f"{int(unnamed.sum())} subjects have no cohort; it is called 'not given'.")
        return table.assign(cohort=np.where(unnamed, "not given", table["cohort"]))
    if "dose" in table:
        findings.note("COHORT_ASSUMED", "No column names cohorts; subjects of one dose are one cohort.")
        units = table["dose_unit"] if "dose_unit" in table else [""] * len(table)
        labels = [dose_label(dose, str(unit)) for dose, unit in zip(table["dose"], units, strict=True)]
        return table.assign(cohort=np.array(labels, dtype=object))
    findings.note("COHORT_ASSUMED", "No column names cohorts or doses; all subjects are one cohort, All.")
    return table.assign(cohort="All")


def infusion_of_rows(people: People, ids: Words, table: Table, findings: Findings) -> Moments | None:
    """Date of the infusion for every row of a table, or None where the study gives none.

    Rows that need the date and lack it are refused.
    """
    dates = dict(zip(*(people.subjects[name].tolist() for name in ("subject", "infusion_date")), strict=True))
    needed = bool(table.all("date")) and table.one("time") is None
    if not any(dates.values()):
        if needed and not (table.one("nominal_time") or table.one("visit") or table.one("timepoint")):
            findings.error(
                "INFUSION_DATE_MISSING",
                "Samples have dates instead of days, and no infusion date is given. Add a column infusion_date, here "
                "or in the subjects table.",
                table.place,
                row=1,
            )
        return None
    words = [dates.get(name, "") for name in ids.words]
    known = ["" if word == REFUSED else word for word in words]
    if needed:
        for code, (name, date) in enumerate(zip(ids.words, words, strict=True)):
            if not date and name.strip():
                rows = table.rows[ids.codes == code]
                findings.error(
                    "INFUSION_DATE_MISSING",
                    f"Subject {name!r} has dates ({rows_in_words(rows)}) and no infusion date.",
                    table.place,
                    row=int(rows[0]),
                    value=name,
                )
    column = Field("infusion_date", Meaning("infusion_date"), np.array(known, dtype=object)[ids.codes])
    return read_moments(column, None, table, Mapping(), Findings())
