"""Grades of adverse events as people write them: ``grade 2``, ``G3``, ``CTCAE Grade IV``, ``CRS grade 2 (day 3-8)``."""

import math
import re

from carpk.io.event_words import event_of
from carpk.io.spellings import EVENTS, compact
from carpk.terms import event

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_NUMBER = r"iv|v|i{1,3}|\d+"
_SAID = re.compile(
    rf"\b(?:grade|gr)[\s.:=]*(?P<said>{_NUMBER})(?:\.0+)?(?![\w.])(?!\s*(?:[-\u2013/]|to|or)\s*(?:{_NUMBER})\b)"
    r"|\bg(?P<short>\d)\b|(?P<chinese>\d)\s*级",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?:{_NUMBER})(?:\.0+)?", re.IGNORECASE)
_DAYS = re.compile(r"[(\[]\s*days?\s*\d+(?:\s*(?:[-\u2013]|to)\s*\d+)?\s*[)\]]", re.IGNORECASE)
_NONE = frozenset(
    ("", "na", "nan", "none", "unknown", "unk", "nd", "notdone", "notgraded", "notgiven", "notapplicable")
)
_HIGHEST = 5


def grade_of(text: str) -> float:
    """Read the highest grade that a text says, from 0 to 5; NaN where it says none, or leaves it open.

    Examples
    --------
    >>> grade_of("CTCAE Grade 3"), grade_of("G2 (day 3-8)"), grade_of("grade IV"), grade_of("grade 1-2")
    (3.0, 2.0, 4.0, nan)
    """
    said = [match["said"] or match["short"] or match["chinese"] for match in _SAID.finditer(text)]
    return max((grade for each in said if not math.isnan(grade := _number(each))), default=math.nan)


def grade_words(cell: str) -> str:
    """Write a cell of a column of grades as the detail of an event; empty where it says that there is none.

    Examples
    --------
    >>> grade_words("2"), grade_words("Grade III"), grade_words("N/A"), grade_words("severe")
    ('grade 2', 'grade 3', '', 'grade severe')
    """
    text = cell.strip()
    if compact(text) in _NONE:
        return ""
    grade = _number(text.split(".")[0]) if _BARE.fullmatch(text) else grade_of(text)
    return f"grade {text}" if math.isnan(grade) else f"grade {grade:g}"


def graded_event_of(text: str) -> str:
    """Return the key of the event that a text names, also beside its grade and days; empty where carpk has none.

    An infusion or a transplant is never read in this way.

    Examples
    --------
    >>> graded_event_of("CRS grade 2 (day 3-8)"), graded_event_of("Grade 1 ICANS"), graded_event_of("CRS (ruled out)")
    ('crs', 'icans', '')
    """
    known = event_of(text)
    if known:
        return known
    bare = EVENTS.get(compact(_SAID.sub(" ", _DAYS.sub(" ", text))), "")
    return "" if bare == "infusion" or event(bare).ends_course else bare


def _number(text: str) -> float:
    number = _ROMAN.get(text.lower()) or (float(text) if text.isascii() and text.isdigit() else math.nan)
    return float(number) if number <= _HIGHEST else math.nan
