"""A laboratory's column names -> what the columns are.

A name may carry more than its word: a unit (``IL-6 (pg/mL)``, ``time_h``, ``copies_per_ug_dna``), limits of
quantification (``CAR-T (copies/ug gDNA, LLOQ 50)``), a visit (``IL-6 Day 7``).
"""

import re
from dataclasses import dataclass, replace

from carpk.io import spellings
from carpk.io.event_words import event_column, time_since_infusion
from carpk.io.names import Name, limit_name, take_apart, unit_of
from carpk.io.spellings import compact
from carpk.io.visits import read_visit
from carpk.units import Unit, find_unit

EVENT_NAMES = {f"{event}_day": event for event in dict.fromkeys(spellings.EVENTS.values())}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one column is.

    Attributes
    ----------
    role : str
        One of the names in `spellings.ROLES`, or ``level``, ``event_time``, ``event_date``, ``covariate``, ``ignore``.
    unit : str
        ASCII unit of its numbers, empty where the name does not say.
    analyte : str
        Of a ``level``: key of the analyte; empty where another column says it.
    matrix : str
        Of a ``level``, where its name says it.
    lloq, uloq : float or None
        Of a ``level``: limits that its name gives.
    visit : str
        Label of the visit that a column of a wide layout holds.
    event : str
        Of an event's column: key of the event.
    name : str
        Of a covariate: its name in the tables.
    unread : str
        What stands in brackets and was not understood.
    """

    role: str
    unit: str = ""
    analyte: str = ""
    matrix: str = ""
    lloq: float | None = None
    uloq: float | None = None
    visit: str = ""
    event: str = ""
    name: str = ""
    unread: str = ""


OF_LEVELS = (
    "copies per mass of DNA", "copies per cell", "copies per volume", "cells per volume", "mass per volume",
    "activity per volume", "arbitrary activity per volume",
)  # fmt: skip
"""Dimensions that only levels have."""


def recognize(name: str) -> Meaning:
    """Say what a column is, from its name alone.

    Returns
    -------
    Meaning
        With role ``covariate`` where the name is none that carpk knows.
    """
    header = take_apart(name)
    whole = compact(" ".join((header.words, *header.extras)))
    meaning = _by_spelling(whole) or _by_spelling(compact(header.words), unread="; ".join(header.extras))
    meaning = meaning or _limit_column(header)
    meaning = (
        meaning
        or _event_column(header.words, header.unit)
        or _visit_column(header.words)
        or _with_unit_behind(header.words)
    )
    meaning = meaning or _by_unit(header) or Meaning("covariate", name=_covariate_name(name, whole))
    if meaning.unread and compact(meaning.unread) in spellings.MATRICES:
        meaning = replace(meaning, matrix=spellings.MATRICES[compact(meaning.unread)], unread="")
    if meaning.role == "covariate":
        return meaning
    if meaning.analyte and find_unit(header.unit or meaning.unit) == find_unit("%"):
        meaning = replace(meaning, analyte=spellings.BY_DIMENSION.get((meaning.analyte, "share"), meaning.analyte))
    if meaning.role == "clock" and header.unit in ("day", "h", "week"):
        meaning = replace(meaning, role="time")
    return replace(
        meaning,
        unit=header.unit or meaning.unit,
        lloq=header.lloq if header.lloq is not None else meaning.lloq,
        uloq=header.uloq if header.uloq is not None else meaning.uloq,
    )


def recognize_of_event(name: str) -> Meaning:
    """Say what a column of a table of events is, from its name alone; there `onset` and `AE term` have a meaning."""
    header = take_apart(name)
    role = spellings.EVENT_ROLES.get(compact(header.words))
    if role is None:
        return recognize(name)
    return Meaning(role, header.unit or spellings.IMPLIED_UNITS.get(compact(header.words), ""))


def recognize_analyte(text: str) -> Meaning:
    """Say which analyte a cell of the analyte column, or a wide table's upper header, names.

    One that carpk does not know keeps its own name.
    """
    header = take_apart(text)
    whole = compact(" ".join((header.words, *header.extras)))
    key = _analyte(whole) or _analyte(compact(header.words))
    found = None if key else _with_unit_behind(header.words)
    if found is not None and found.role == "level" and found.analyte:
        key, header = found.analyte, replace(header, unit=header.unit or found.unit)
    if not key and header.words.strip():
        key = " ".join((header.words.strip(), *(f"({extra})" for extra in header.extras)))
    extras = "" if _analyte(whole) else "; ".join(header.extras)
    matrix = spellings.MATRICES.get(compact(extras), "")
    return Meaning("level", header.unit, key, matrix, header.lloq, header.uloq)


def mean(name: str, meant: str) -> Meaning | None:
    """Take the user's word for what a column is; its unit may still stand in its name.

    Returns
    -------
    Meaning or None
        None where carpk has no such role, analyte or event.
    """
    header = take_apart(name)
    unit = header.unit or _unit_behind(header.words)
    if meant == "ignore":
        return Meaning("ignore")
    if meant == "covariate":
        return Meaning("covariate", name=name.strip())
    if meant in ("age", "sex", "crs_grade"):
        return Meaning("covariate", name=meant)
    if meant in EVENT_NAMES:
        return Meaning("event_time", unit or "day", event=EVENT_NAMES[meant])
    if meant in spellings.ROLES.values():
        role = "level" if meant == "value" else meant
        return Meaning(role, unit, lloq=header.lloq, uloq=header.uloq)
    if meant in spellings.ANALYTES.values():
        return Meaning("level", unit, meant, lloq=header.lloq, uloq=header.uloq)
    return None


def known_names() -> list[str]:
    """Names that the settings may give to a column."""
    roles = dict.fromkeys(spellings.ROLES.values())
    analytes = dict.fromkeys(spellings.ANALYTES.values())
    return [*roles, *analytes, *EVENT_NAMES, *spellings.RENAMED_COVARIATES, "covariate", "ignore"]


def _analyte(word: str) -> str:
    return spellings.ANALYTES.get(word) or spellings.ANALYTES.get(spellings.TARGET_BEFORE_CAR.sub("", word), "")


def _by_spelling(word: str, unread: str = "") -> Meaning | None:
    if word in spellings.ROLES:
        role = spellings.ROLES[word]
        return Meaning("level" if role == "value" else role, spellings.IMPLIED_UNITS.get(word, ""), unread=unread)
    if _analyte(word):
        return Meaning("level", analyte=_analyte(word), unread=unread)
    if word in spellings.COVARIATES and spellings.COVARIATES[word] in spellings.RENAMED_COVARIATES:
        return Meaning("covariate", name=spellings.COVARIATES[word])
    return None


def _event_column(words: str, unit: str) -> Meaning | None:
    """Recognize ``tocilizumab_day``, ``crs onset``, ``date of second infusion``, ``allo-HSCT (day)``."""
    since = time_since_infusion(words)
    if since is not None:
        return Meaning("time", since)
    timed = find_unit(unit) if unit else None
    event, what = event_column(words, unit if timed is not None and timed.dimension == "time" else "")
    if not event or not what:
        return None
    if event == "infusion" and what != "day":
        return Meaning("infusion_date" if what == "date" else "infusion_clock")
    if what == "date":
        return Meaning("event_date", event=event)
    return Meaning("event_time", "" if what == "time" else "day", event=event)


def _visit_column(words: str) -> Meaning | None:
    """Recognize ``Day 7`` and ``IL-6 Day 7``."""
    if read_visit(words):
        return Meaning("level", visit=words.strip())
    for place in re.finditer(r"[\s_,:/]+", words.strip()):
        front, behind = words.strip()[: place.start()], words.strip()[place.end() :]
        if _analyte(compact(front)) and read_visit(behind):
            return Meaning("level", analyte=_analyte(compact(front)), visit=behind)
    return None


def _with_unit_behind(words: str) -> Meaning | None:
    """Recognize ``time_h``, ``conc_mg_L``, ``il6_pg_ml``, ``dose_mg_per_kg``."""
    for head, unit in _splits(words):
        meaning = _by_spelling(compact(head))
        if meaning and meaning.role in ("level", *spellings.DIMENSIONS):
            allowed = spellings.DIMENSIONS.get(meaning.role)
            if unit.dimension in allowed if allowed else unit.dimension != "time":
                return replace(meaning, unit=unit.name)
    return None


def _limit_column(header: Name) -> Meaning | None:
    """Recognize ``CAR-T LLOQ``, ``LLOQ_copies_ug``, ``Assay LLOQ`` and ``CAR-T BLQ flag``."""
    said = limit_name(header.words)
    if said is None:
        return None
    role, rest = said
    unit = unit_of(rest.replace(" ", "_"))
    if unit is not None and unit.dimension in (*OF_LEVELS, "share"):
        return Meaning(role, unit.name)
    if not rest or _analyte(compact(rest)):
        return Meaning(role, analyte=_analyte(compact(rest)) if rest else "")
    for head, tail in _splits(rest):
        if _analyte(compact(head)):
            return Meaning(role, tail.name, _analyte(compact(head)))
    return Meaning(role, analyte=rest)


def _unit_behind(words: str) -> str:
    return next((unit.name for _, unit in _splits(words) if len(unit.name) > 1), "")


def _splits(words: str) -> list[tuple[str, Unit]]:
    """Every way to read the last words of a name as a unit, the longest unit first."""
    tokens = [token for token in re.split(r"[\s_]+", words.strip()) if token]
    tails = ((" ".join(tokens[:cut]), unit_of("_".join(tokens[cut:]))) for cut in range(1, len(tokens)))
    return [(head, unit) for head, unit in tails if unit is not None]


def _by_unit(header: Name) -> Meaning | None:
    """Recognize a name that is nothing but a unit, e.g. ``copies_per_ug_dna``, and ``Tmax`` in degrees."""
    if header.unit in ("degC", "degF") and compact(header.words) in spellings.HIGHEST_TEMPERATURE:
        return Meaning("level", analyte="temperature")
    unit = unit_of(header.words)
    key = spellings.BY_DIMENSION.get(("concentration", unit.dimension)) if unit else None
    return Meaning("level", unit.name, key) if unit and key else None


def _covariate_name(name: str, word: str) -> str:
    known = spellings.COVARIATES.get(word, "")
    return known if known in spellings.RENAMED_COVARIATES else name.strip()
