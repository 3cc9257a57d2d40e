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
_VISIT_NUMBER = r"(?:visit|v|访视)\s*\d+(?:\.\d+)?(?:\s*[-:,/(]\s*|\s+)"
_INFUSED = r"(?:(?:anti-?)?(?:cd\d+\s*)?car-?\s?t\s*(?:细胞)?\s*)?(?:infusion|dose|回输|输注)"
_SINCE = rf"(?:(?:post|after|since|following)[\s-]*{_INFUSED}[\s,:-]*|{_INFUSED}后的?\s*)"
_LABEL = re.compile(
    rf"(?:{_VISIT_NUMBER})?(?:{_SINCE})?(?:study\s*)?(?:(?P<unit>day|d|week|wk|w|hour|hr|h)[\s_.:]*{_NUMBER}"
    rf"|第?\s*{_NUMBER.replace('number', 'number_zh')}\s*(?P<unit_zh>天|日|周|小时)"
    rf"|{_NUMBER.replace('number', 'number_en')}\s*(?P<unit_en>days?|d|weeks?|wk|w|hours?|hrs?|h))"
    r"(?P<rest>\D*)"
)
_BEFORE = re.compile(
    rf"\bpre(?![\w-]|\s+discharge)|\bpre-?(?:dose|infusion|inf|car-?t)\b|\bbefore\b|\bprior\b|{_INFUSED}前"
    rf"|^(?!.*{_INFUSED}(?:结束)?后).*前"
)
_POST = re.compile(
    rf"\bpost(?:[\s-]*{_INFUSED})?(?![\s-]*[a-z])|\bpost[\s-]*(?:dose|infusion|inf|car-?t)\b|\bafter(?:\s+(?:the\s+)?{_INFUSED})?"
    rf"(?!\s*[a-z])|\bend of infusion\b|\beoi\b|{_INFUSED}(?:结束)?后|(?:^|[\d\s天日])后"
)
_MAYBE_POST = re.compile(r"\bpost|\bafter\b|后")
_BARE = re.compile(r"[+-]?\d+(?:\.\d+)?")
_WINDOW = re.compile(r"\s*(?:±|\+/-|\+-)\s*\d+(?:\.\d+)?\s*(?:days?|d|天|日|hours?|hrs?|h|小时)?(?![a-z\d])")
_MONTHS = re.compile(
    r"\b(?:(?P<month>months?|mo|m)|years?|yr|y)[\s_.]*(?P<number>\d+)"
    r"|(?P<behind>\d+)\s*(?:个)?(?:(?P<month_behind>months?|mo|m|月)|years?|yr|y|年)"
)
_IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_REST = re.compile(
    r"(?:[\s,;:_./()-]|visit|pre|post|dose|infusion|before|after|end|of|am|pm|hours?|car-?t|follow-?\s?up|fu|eot|eos"
    r"|输注|回输|前|后|访视|随访)*"
)
_TIMED = re.compile(
    r"\b(?:d|day|w|wk|week|h|hr|hour)s?[\s_.:]*[+-]?\d|\d\s*(?:d|days?|w|wks?|weeks?|h|hrs?|hours?)\b|[天日周时]"
)
_ELSEWHERE = re.compile(
    r"cycle|\bc\d|second|2nd|third|3rd|\bre-?(?:infusion|dose|treat)|infusion\s*[2-9]|[二三]次|再次|第[2-9]次"
)
"""What makes the time one of something else than the first infusion."""


@dataclass(frozen=True, slots=True)
class Visit:
    """The time that a label says, and its unit."""

    time: float
    unit: str


_DAYS = {"day": 1.0, "week": 7.0, "h": 1 / 24}


def read_visit(label: str) -> Visit | None:
    """Read the planned time from a visit's label, or None where it says none.

    Months and years have no fixed length and are never read; nor is a label that says two different times.

    Examples
    --------
    >>> read_visit("Day 28 (+/- 2)"), read_visit("Month 3")
    (Visit(time=28.0, unit='day'), None)
    """
    text = unicodedata.normalize("NFKC", label).replace("\u2212", "-").casefold().strip()
    inside = [part.strip() for part in _IN_BRACKETS.findall(text)]
    outside = _read(_IN_BRACKETS.sub("", text).strip())
    remarks = [part for part in inside if not part.startswith(("+", "-", "±"))]
    if any(_ELSEWHERE.search(part) for part in remarks):
        return None
    said = [visit for visit in map(_read, remarks) if visit is not None]
    if outside is None:
        bare = _IN_BRACKETS.sub("", text)
        certain = len(said) == 1 and not _TIMED.search(bare) and not _ELSEWHERE.search(bare)
        return said[0] if certain and _is_gloss(bare, said[0]) else None
    return outside if all(_same(outside, visit) for visit in said) else None


def _read(text: str) -> Visit | None:
    text = _WINDOW.sub("", text).strip()
    match = _LABEL.fullmatch(text)
    if match is None or not _REST.fullmatch(match["rest"]):
        return None
    number = float(match["number"] or match["number_zh"] or match["number_en"])
    predose = match["unit"] is not None and re.search(r"\bpre-?\s?dose", text)
    if number > 0 and _BEFORE.search(text) and not predose:
        return None  # "7 days before infusion" is not day 7
    unit = match["unit"] or match["unit_zh"] or match["unit_en"].rstrip("s")
    return Visit(number, _UNITS[unit])


def _is_gloss(words: str, visit: Visit) -> bool:
    """Whether months or years, if the words name any, are about as long as the visit's time."""
    match = _MONTHS.search(words)
    if match is None:
        return True
    days = float(match["number"] or match["behind"]) * (30.4 if match["month"] or match["month_behind"] else 365.25)
    return abs(visit.time * _DAYS[visit.unit] - days) <= 0.2 * days


def _same(one: Visit, other: Visit) -> bool:
    return abs(one.time * _DAYS[one.unit] - other.time * _DAYS[other.unit]) < 1e-9


def read_bare_visit(label: str, unit: str) -> Visit | None:
    """Read a header that is nothing but a number as a time in the study's unit."""
    text = label.strip().replace("\u2212", "-")
    return Visit(float(text), unit) if _BARE.fullmatch(text) else None


def is_after_infusion(label: str) -> bool:
    """Whether a label says that the sample was taken after the infusion, e.g. ``Day 0 post``.

    One that says it was taken before the infusion is not, whatever else it was taken after.
    """
    text = unicodedata.normalize("NFKC", label).casefold()
    return bool(_POST.search(text)) and not _BEFORE.search(text)


def may_be_after_infusion(label: str) -> bool:
    """Whether a label says after, and neither after nor before the infusion, e.g. ``Post-treatment follow-up``."""
    text = unicodedata.normalize("NFKC", label).casefold()
    return bool(_MAYBE_POST.search(text)) and not _BEFORE.search(text) and not is_after_infusion(label)
