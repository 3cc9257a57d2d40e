"""What is wrong with a table's columns as a whole: doubled, nearly known, unclear or lacking."""

import difflib

from carpk.io.cells import CellError, plain_word, read_number, says_below_limit
from carpk.io.checks import Findings, Place
from carpk.io.columns import recognize
from carpk.io.doubtful_names import (
    is_covariate,
    is_like_a_course,
    is_like_a_limit,
    is_like_a_selection,
    is_like_a_visit,
    is_like_car_t,
    near_miss,
    scaled,
)
from carpk.io.header import Column
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field, Words
from carpk.io.spellings import ANALYTES as KNOWN_ANALYTES
from carpk.io.spellings import ROLES, compact

TIMED = ("time", "nominal_time", "date", "visit", "timepoint")
"""Roles of columns that can say when a sample was taken."""

_SHOWN = 12
_SEVERAL = ("covariate", "result_text", "event_time", "event_date", "ignore")


def refuse_twins(columns: list[Column], place: Place, findings: Findings) -> None:
    """Refuse two columns of one name, also where only case or blanks differ."""
    seen: dict[str, Column] = {}
    for column in columns:
        twin = seen.setdefault(" ".join(column.name.casefold().split()), column)
        if twin.position != column.position:
            findings.error(
                "COLUMN_TWICE", f"Two columns are called {twin.name!r} and {column.name!r}; rename one.", place, row=1,
                column=column.name,
            )  # fmt: skip


def refuse_same_meaning(fields: list[Field], place: Place, findings: Findings) -> None:
    """Refuse two columns that are read as the same thing."""
    seen: dict[tuple[str, str, str], str] = {}
    for each in fields:
        meaning = each.meaning
        if meaning.role in _SEVERAL and not (meaning.role == "covariate" and meaning.name != each.name.strip()):
            continue
        key = (meaning.role, meaning.analyte or meaning.name, plain_word(meaning.visit))
        twin = seen.setdefault(key, each.name)
        if twin is not each.name and twin.casefold() != each.name.casefold():
            what = " ".join(part for part in (meaning.analyte or meaning.name or meaning.role, meaning.visit) if part)
            findings.error(
                "COLUMN_TWICE",
                f"{twin!r} and {each.name!r} are both read as {what!r}. Say under [columns] in the settings which one "
                f'is, e.g. "{each.name}" = "ignore" or "covariate".',
                place,
                row=1,
                column=each.name,
            )


def refuse_unclear_visits(fields: list[Field], place: Place, mapping: Mapping, findings: Findings) -> None:
    """Refuse columns among those of visits that may be visits too, and do not say when."""
    visits = [at for at, each in enumerate(fields) if each.meaning.role == "level" and each.meaning.visit]
    for at, each in enumerate(fields):
        may_be_one = each.meaning.role == "covariate" and visits and each.name not in mapping.columns
        if each.meaning.role == "unclear" or (may_be_one and _may_be_a_visit(each, visits[0] < at < visits[-1])):
            label = each.meaning.visit or each.name
            findings.error(
                "VISIT_NOT_UNDERSTOOD",
                f"{label!r} is no visit whose day carpk can read; months and years have no fixed length. Say the "
                f'day in the settings, [visits] "{label}" = 90, or, if it is no visit, [columns] "{each.name}" = '
                '"covariate".',
                place,
                row=1,
                column=each.name,
            )


def _may_be_a_visit(column: Field, is_among_visits: bool) -> bool:
    """Whether an unknown column of a table with visits looks like one more of them: by name, place or cells."""
    if is_covariate(column.name) or column.meaning.name != column.name.strip():
        return False
    if is_like_a_visit(column.name):
        return True
    words = Words.of(column.cells).words
    if any(says_below_limit(word) for word in words):
        return True
    filled = [word for word in words if word.strip()]
    has_digit = any(character.isdigit() for character in column.name)
    return (is_among_visits or has_digit) and bool(filled) and all(_is_number(word) for word in filled)


def _is_number(word: str) -> bool:
    try:
        read_number(word)
    except CellError:
        return False
    return True


def refuse_unknown_car_t(fields: list[Field], place: Place, mapping: Mapping, findings: Findings) -> None:
    """Refuse levels whose name speaks of CAR-T and is none that carpk knows: they may be anything but levels."""
    known = set(KNOWN_ANALYTES.values())
    for each in fields:
        marker = each.meaning.analyte
        if each.meaning.role != "level" or not marker or marker in known or each.name in mapping.columns:
            continue
        if is_like_car_t(marker):
            findings.error(
                "COLUMN_RESEMBLES",
                f"{marker!r} speaks of CAR-T and is no name of CAR-T levels that carpk knows. Say under [columns] in"
                f' the settings what it is: "{each.name}" = {{ analyte = "car_t_qpcr", unit = "copies/ug" }}, an'
                ' analyte of another name, or "covariate".',
                place,
                row=1,
                column=each.name,
            )


def refuse_scaled(fields: list[Field], place: Place, mapping: Mapping, findings: Findings) -> None:
    """Refuse names that say that their levels are logarithms or multiples, such as ``log10 CAR-T (copies/ug)``."""
    for each in fields:
        word = scaled(each.name) if each.name not in mapping.columns else ""
        if word and each.meaning.role in ("level", "covariate", "lloq", "uloq"):
            findings.error(
                "COLUMN_SCALED",
                f"{word!r} says that the numbers are logarithms or multiples of the levels. Convert them "
                "to plain levels and correct the name, or give the scale as part of a unit that carpk knows, such as "
                f'(10^9/L). If the column is not needed: [columns] "{each.name}" = "covariate".',
                place,
                row=1,
                column=each.name,
            )


_ABOUT_LEVELS = ("lloq", "uloq", "blq", "exclusion")


def refuse_unread_limits(
    columns: list[Column], fields: list[Field], kind: str, place: Place, mapping: Mapping, findings: Findings
) -> None:
    """Refuse limits, flags and exclusions that would be left unread: of detection alone, or beside no levels."""
    roles = {each.meaning.role for each in fields}
    for column, each in zip(columns, fields, strict=True):
        if each.meaning.role != "covariate" or each.name in mapping.columns:
            continue
        if kind == "samples" and is_like_a_selection(each.name) and "exclusion" not in roles:
            mend = (
                f'Say under [columns] in the settings whether it leaves samples out: "{each.name}" = "exclusion" '
                '(yes or no in its cells) or "covariate".'
            )
        elif kind == "samples" and is_like_a_course(each.name):
            mend = (
                "If it tells courses or later doses apart, give the day of the second infusion as second_infusion_day, "
                f'or courses ids of their own; else say under [columns] in the settings: "{each.name}" = "covariate".'
            )
        elif kind == "samples" and is_like_a_limit(each.name) and "lloq" not in roles:
            mend = (
                f'Say under [columns] in the settings which limit it is: "{each.name}" = "lloq", "uloq" or "covariate".'
            )
        elif kind != "samples" and recognize(column.name).role in _ABOUT_LEVELS:
            mend = (
                f"It would not be read in the table of {kind}. Put it beside the levels, or say under [columns] in the "
                f'settings: "{each.name}" = "covariate".'
            )
        else:
            continue
        findings.error(
            "COLUMN_RESEMBLES",
            f"The column speaks of limits of levels, of samples left out, or of several courses. {mend}",
            place,
            row=1,
            column=each.name,
        )


def refuse_near_misses(
    fields: list[Field], suggested: set[str], place: Place, mapping: Mapping, findings: Findings
) -> None:
    """Refuse unknown columns that nearly spell a known one which no column has; `suggested` were named already."""
    present = {each.meaning.role for each in fields}
    present |= {"value"} if "level" in present else set()
    for each in fields:
        if each.meaning.role == "covariate" and each.name not in mapping.columns and each.name not in suggested:
            role = near_miss(each.name, present)
            if role:
                findings.error(
                    "COLUMN_RESEMBLES",
                    f"Did you mean {role!r}? Rename the column, or say what it is under [columns] in the settings: "
                    f'"{each.name}" = "{role}" or "covariate".',
                    place,
                    row=1,
                    column=each.name,
                )
                present.add(role)


def require(fields: list[Field], kind: str, place: Place, findings: Findings) -> set[str]:
    """Refuse a table without the columns it needs; return the columns suggested in their place."""
    roles = {each.meaning.role for each in fields}
    timed = any(role in roles for role in TIMED)
    levels = [each for each in fields if each.meaning.role == "level"]
    missing = [] if "subject" in roles else ["subject"]
    if kind == "samples":
        missing += [] if levels else ["value"]
        missing += [] if timed or (levels and all(each.meaning.visit for each in levels)) else ["time"]
    if kind == "events":
        missing += [] if "event" in roles else ["event"]
        missing += [] if "time" in roles or "date" in roles else ["time"]
    words = {
        "subject": "of subject ids",
        "value": "of levels",
        "time": "of times, dates or visits",
        "event": "of events",
    }
    spare = [each.name for each in fields if each.meaning.role == "covariate"]
    names = [each.name for each in fields]
    present = ", ".join(repr(name) for name in names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
    suggested = set()
    for role in missing:
        nearest = _nearest(role, spare)
        suggested.add(nearest)
        hint = f" Did you mean the column {nearest!r}?" if nearest else ""
        findings.error(
            "COLUMN_MISSING",
            f"There is no column {words[role]} (e.g. {role!r}); the columns are {present}.{hint}",
            place,
            row=1,
            column=nearest,
        )
    return suggested


def _nearest(role: str, names: list[str]) -> str:
    """Find the column whose name is nearest to any spelling of a role; empty where none is near."""
    spellings = [spelling for spelling, name in ROLES.items() if name == role]
    scores = {
        name: max(difflib.SequenceMatcher(None, compact(name), spelling).ratio() for spelling in spellings)
        for name in names
        if compact(name)
    }
    best = max(scores, key=scores.__getitem__, default="")
    return best if best and scores[best] >= 0.7 else ""
