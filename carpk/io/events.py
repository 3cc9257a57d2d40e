"""What happened to the subjects: rows of an events table, and columns such as ``tocilizumab_day``."""

import numpy as np
import pandas as pd

from carpk.io.checks import Findings, Place
from carpk.io.event_words import event_of, may_be_a_course
from carpk.io.grades import grade_of, grade_words, graded_event_of
from carpk.io.mapping import Mapping
from carpk.io.sheet import Cells, Field, Table, Words
from carpk.io.spellings import compact
from carpk.io.times import since
from carpk.io.vectors import Moments, read_moments, read_numbers, text_of
from carpk.terms import EVENTS, event
from carpk.units import conversion_factor

_SHOWN = 10
_STILL_THERE = frozenset(
    ("ongoing", "continuing", "unresolved", "notresolved", "notrecovered", "unknown", "unk", "na", "\u6301\u7eed")
)


def event_rows(
    table: Table, subjects: Words, infusion: Moments | None, unit: str, mapping: Mapping, findings: Findings
) -> pd.DataFrame:
    """Read an events table: one row per event."""
    named = table.one("event")
    if named is None:
        return _nothing()
    words = Words.of(text_of(named, len(table)))
    keys = words.renamed([graded_event_of(word) or word for word in words.words]).text()
    _tell_unknown(words, named, table, findings)
    time = _times(table, ("time", "date"), infusion, unit, mapping, findings)
    detail = _details(table, words, findings)
    for position in np.flatnonzero(np.isnan(time)):
        ends = event(str(keys[position])).ends_course
        findings.add(
            "error" if ends else "warning",
            "EVENT_TIME_MISSING",
            f"The event {keys[position]!r} has no time."
            + (" It ends the kinetics of the infusion, so its time must be known." if ends else ""),
            table.place,
            row=int(table.rows[position]),
        )
    for position in np.flatnonzero(keys == ""):
        findings.error(
            "EVENT_TIME_MISSING",
            "The row names no event.",
            table.place,
            row=int(table.rows[position]),
            column=named.name,
        )
    events = pd.DataFrame({"subject": subjects.text(), "event": keys, "time": time, "detail": detail})
    end = _times(table, ("end_time", "end_date"), infusion, unit, mapping, findings)
    return pd.concat([events, _ends(events, end, table, findings)], ignore_index=True)


def _details(table: Table, words: Words, findings: Findings) -> Cells:
    """Say what more there is to an event: its grade, in a column or beside its name, then the file's own detail."""
    graded = words.renamed([word if graded_event_of(word) and not event_of(word) else "" for word in words.words])
    cells = Words.of(text_of(table.one("grade"), len(table)))
    grades = cells.renamed([grade_words(word) for word in cells.words]).text()
    unread = [word for word in cells.words if grade_words(word) and np.isnan(grade_of(grade_words(word)))]
    if unread:
        shown = ", ".join(repr(word) for word in unread[:_SHOWN]) + (" ..." if len(unread) > _SHOWN else "")
        findings.warn(
            "GRADE_NOT_UNDERSTOOD", f"These are no grades from 0 to 5, and count as not known: {shown}.", table.place
        )
    parts = zip(grades, graded.text(), text_of(table.one("detail"), len(table)), strict=True)
    return np.array(["; ".join(dict.fromkeys(part for part in each if part)) for each in parts], dtype=object)


def _ends(events: pd.DataFrame, end: Cells, table: Table, findings: Findings) -> pd.DataFrame:
    """Make the end of CRS and ICANS an event of its own; refuse ends before the beginning."""
    for position in np.flatnonzero(end < events["time"].to_numpy()):
        key, time = events["event"].iloc[position], events["time"].iloc[position]
        findings.error(
            "EVENT_ENDS_EARLY",
            f"The event {key!r} ends at {end[position]:g}, before it begins at {time:g}. Correct one of them.",
            table.place,
            row=int(table.rows[position]),
        )
    last = events["event"] + "_end"
    ended = last.isin(EVENTS) & ~np.isnan(end) & (events["detail"].map(grade_of) != 0)
    return events.assign(event=last, time=end, detail="")[ended]


def _tell_unknown(words: Words, named: Field, table: Table, findings: Findings) -> None:
    """Refuse what may be an infusion or a transplant and was not understood; name other words unknown to carpk."""
    unknown = []
    for code, word in enumerate(words.words):
        if not word or graded_event_of(word):
            continue
        if not may_be_a_course(word):
            unknown.append(word)
            continue
        findings.error(
            "EVENT_UNCLEAR",
            f"{word!r} may be an infusion or a transplant that ends the kinetics, and carpk does not understand it. "
            "Write infusion, second infusion, transplant or other CAR-T; or, if it is none of these, name it without "
            "those words.",
            table.place,
            row=int(table.rows[np.flatnonzero(words.codes == code)[0]]),
            column=named.name,
            value=word,
        )
    if unknown:
        shown = ", ".join(repr(word) for word in unknown[:_SHOWN]) + (" ..." if len(unknown) > _SHOWN else "")
        findings.warn(
            "EVENT_UNKNOWN", f"carpk does not know these events; none of them ends the kinetics: {shown}.", table.place
        )


def in_courses(events: pd.DataFrame, unit: str, place: Place, findings: Findings) -> pd.DataFrame:
    """Call every infusion after the first a second infusion, which ends the course.

    Infusions of one day are one. The first is the one at time 0, or else the earliest.
    """
    one_day = conversion_factor("day", unit)
    infusions = events[(events["event"] == "infusion")]
    keys, again, elsewhere = events["event"].to_numpy(object).copy(), [], []
    for subject, times in infusions.groupby("subject", sort=False)["time"]:
        if times.isna().any() and len(times) > 1:
            findings.error("EVENT_TIME_MISSING", f"One of the infusions of subject {subject!r} has no time.", place)
        known = times.dropna()
        if not len(known):
            continue
        first = known.min() if (known.abs() >= one_day).all() else 0.0
        if first:
            elsewhere.append(f"{subject!r} ({first:g} {unit})")
        later = known.index[known >= first + one_day]
        keys[events.index.get_indexer(later)] = "second_infusion"
        again += [f"{subject!r} ({known[position]:g} {unit})" for position in later]
    if again:
        findings.warn(
            "INFUSION_AGAIN",
            f"Later infusions end the course of the first: {', '.join(again)}. If they are parts of one dose, leave "
            "only the first among the events.",
            place,
        )
    if elsewhere:
        findings.warn(
            "INFUSION_NOT_AT_0",
            f"Times count from the infusion, and it stands elsewhere for {', '.join(elsewhere[:_SHOWN])}"
            f"{' ...' if len(elsewhere) > _SHOWN else ''}. Are the times counted from something else?",
            place,
        )
    return events.assign(event=keys)


def event_columns(
    table: Table, subjects: Words, infusion: Moments | None, unit: str, mapping: Mapping, findings: Findings
) -> pd.DataFrame:
    """Read columns that each hold the day or date of one event; every different time of a subject is an event."""
    parts = [_nothing()]
    for column in (*table.all("event_time"), *table.all("event_date")):
        if column.meaning.role == "event_time":
            time = read_numbers(column, table, mapping, findings).values * _factor(column, unit)
        elif infusion is None:
            findings.error(
                "INFUSION_DATE_MISSING",
                "The event has a date, and no infusion date is given.",
                table.place,
                row=1,
                column=column.name,
            )
            continue
        else:
            moments = read_moments(column, None, table, mapping, findings)
            time = since(moments, infusion, column, table, unit, findings)
        part = pd.DataFrame({"subject": subjects.text(), "event": column.meaning.event, "time": time, "detail": ""})
        parts.append(part[part["time"].notna()].drop_duplicates())
    return pd.concat(parts, ignore_index=True)


def with_crs_grades(events: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Give CRS events without a detail the grade that the subjects table has."""
    if "crs_grade" not in subjects or events.empty:
        return events
    grades = dict(zip(subjects["subject"], subjects["crs_grade"], strict=True))
    bare = (events["event"] == "crs") & (events["detail"] == "")
    shown = [_grade(grades.get(name)) for name in events.loc[bare, "subject"]]
    out = events.copy()
    out.loc[bare, "detail"] = np.array(shown, dtype=object)
    return out


def _grade(grade: object) -> str:
    if grade is None or grade in ("", "0", 0) or (isinstance(grade, float) and np.isnan(grade)):
        return ""  # grade 0 says that there was no CRS, which the event contradicts
    return f"grade {grade:g}" if isinstance(grade, float) else f"grade {grade}"


def _times(
    table: Table, roles: tuple[str, str], infusion: Moments | None, unit: str, mapping: Mapping, findings: Findings
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Read when events were, from a column of times or else of dates; NaN where there is neither."""
    column, dates = (_without_open_ends(table.one(role)) for role in roles)
    if column is not None:
        return read_numbers(column, table, mapping, findings).values * _factor(column, unit)
    if dates is None:
        return np.full(len(table), np.nan)
    if infusion is None:
        findings.error(
            "INFUSION_DATE_MISSING",
            "Events have dates, and no infusion date is given.",
            table.place,
            row=1,
            column=dates.name,
        )
        return np.full(len(table), np.nan)
    clock = table.one("clock") if dates.meaning.role == "date" else None
    moments = read_moments(dates, clock, table, mapping, findings)
    return since(moments, infusion, dates, table, unit, findings)


def _without_open_ends(column: Field | None) -> Field | None:
    """Take words for an event that was still there, in a column of ends, as no end."""
    if column is None or column.meaning.role not in ("end_time", "end_date") or column.cells.dtype == np.float64:
        return column
    words = Words.of(column.cells)
    cells = words.renamed(["" if compact(word) in _STILL_THERE else word for word in words.words]).text()
    return Field(column.name, column.meaning, cells)


def _factor(column: Field, unit: str) -> float:
    return conversion_factor(column.meaning.unit, unit) if column.meaning.unit else 1.0


def _nothing() -> pd.DataFrame:
    columns: dict[str, Cells] = {name: np.empty(0, object) for name in ("subject", "event", "detail")}
    return pd.DataFrame({**columns, "time": np.empty(0)})
