"""What a visit's label says about its time: ``Day 7``, ``D-1``, ``Week 4``, ``第7天``."""

import re
import unicodedata
from dataclasses import dataclass

_UNITS = {
    "day": "day",
    "d": "day",
    "天": "day",
    "日": "day",
    "week": "week",
    "wk": "week",
    "w": "week",
    "周": "week",
    "hour": "h",
    "h": "h",
    "hr": "h",
    "小时": "h",
}
_NUMBER = r"(?P<number>[+-]?\d+(?:\.\d+)?)"
_LABEL = re.compile(
    rf"(?:study\s*)?(?:(?P<unit>day|d|week|wk|w|hour|hr|h)[\s_.:]*{_NUMBER}"
    rf"|第?\s*{_NUMBER.replace('number', 'number_zh')}\s*(?P<unit_zh>天|日|周|小时)"
    rf"|{_NUMBER.replace('number', 'number_en')}\s*(?P<unit_en>days?|d|weeks?|wk|w|hours?|hrs?|h))"
    r"(?P<rest>\D*)"
)
_POST = re.compile(r"\bpost|\bafter\b|\bend of infusion\b|\beoi\b|后", re.IGNORECASE)
_BARE = re.compile(r"[+-]?\d+(?:\.\d+)?")
_REST = re.compile(
    r"(?:[\s,;:_./()-]|visit|pre|post|dose|infusion|before|after|end|of|am|pm|hours?|输注|回输|前|后|访视)*"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """The time that a label says, and its unit."""

    time: float
    unit: str


def read_visit(label: str) -> Visit | None:
    """Read the planned time from a visit's label, or None where it says none.

    Months and years have no fixed length and are never read.

    Examples
    --------
    >>> read_visit("Day 28 (+/- 2)"), read_visit("Month 3")
    (Visit(time=28.0, unit='day'), None)
    """
    text = unicodedata.normalize("NFKC", label).replace("\u2212", "-").casefold().strip()
    text = re.sub(r"\s*\([^()]*\)", "", text).strip() or text
    match = _LABEL.fullmatch(text)
    if match is None or not _REST.fullmatch(match["rest"]):
        return None
    number = match["number"] or match["number_zh"] or match["number_en"]
    unit = match["unit"] or match["unit_zh"] or match["unit_en"].rstrip("s")
    return Visit(float(number), _UNITS[unit])


def read_bare_visit(label: str, unit: str) -> Visit | None:
    """Read a header that is nothing but a number as a time in the study's unit."""
    text = label.strip().replace("\u2212", "-")
    return Visit(float(text), unit) if _BARE.fullmatch(text) else None


def is_after_infusion(label: str) -> bool:
    """Whether a label says that the sample was taken after the infusion, e.g. ``Day 0 post``."""
    return bool(_POST.search(label))
