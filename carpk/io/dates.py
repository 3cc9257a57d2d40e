"""Dates and date-times as laboratories write them; one that reads two ways is refused until its order is declared."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from carpk.io.cells import CellError

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_CLOCK = (
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?"
)
_CERTAIN = tuple(
    re.compile(form + _CLOCK, re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<year>\d{4})\.(?P<month>\d{1,2})\.(?P<day>\d{1,2})",
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<day>\d{1,2})[- ]?(?P<month>[a-z]{3})[a-z]*\.?[- ,]?(?P<year>\d{4})",
        r"(?P<day>\d{1,2})[- ](?P<month>[a-z]{3})[- ](?P<year>\d\d)",
        r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
    )
)
_UNCERTAIN = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)" + _CLOCK, re.ASCII)
_PARTIAL = re.compile(r"\d{4}(?:[-/]\d{1,2})?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_CENTURY = 2000  # of a year of two digits behind a month's name, as in 1-Mar-24
_FARTHEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, perhaps with a clock time.

    Attributes
    ----------
    at : datetime
        Without a zone; in UTC where the text gave one.
    has_clock : bool
        False for a date alone.
    has_zone : bool
        True where the text gave a time zone.
    offset : float
        Seconds by which that zone is ahead of UTC; the calendar day is the local one.
    """

    at: datetime
    has_clock: bool
    has_zone: bool = False
    offset: float = 0.0

    @property
    def iso(self) -> str:
        """ISO 8601 text, of the precision given."""
        return (
            self.at.isoformat(timespec="seconds" if self.at.second else "minutes")
            if self.has_clock
            else (self.at.date().isoformat())
        )


def read_moment(text: str, date_format: str = "") -> Moment:
    """Read a date or date-time.

    ISO 8601 and dates with the month as a word are certain. ``03/04/2024`` is not, and is refused unless
    `date_format` (``dd/mm/yyyy``, ``m/d/yy`` or strptime's codes) says the order.

    Raises
    ------
    CellError
        The text is no date, a partial one, an impossible one, or one that reads two ways.
    """
    text = text.strip(" ")
    if date_format and not re.match(r"\d{4}-\d{1,2}-\d{1,2}(?!\d)", text):
        return _declared(text, date_format)
    for form in _CERTAIN:
        match = form.fullmatch(text)
        if match:
            return _moment(match, text)
    if _UNCERTAIN.fullmatch(text):
        raise CellError(
            "DATE_NOT_UNDERSTOOD",
            f"{text!r} reads two ways. Declare the order under [study] in the settings, "
            'e.g. date_format = "dd/mm/yyyy".',
        )
    if _PARTIAL.fullmatch(text):
        raise CellError("DATE_NOT_UNDERSTOOD", f"{text!r} is not a whole date.")
    raise CellError("DATE_NOT_UNDERSTOOD", f"{text!r} is not a date; write it as 2024-03-01 or 2024-03-01T08:30.")


def _moment(match: re.Match[str], text: str) -> Moment:
    month = match["month"]
    number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
    clock = (int(match["hour"] or 0), int(match["minute"] or 0), int(match["second"] or 0))
    try:
        year = int(match["year"]) + (_CENTURY if len(match["year"]) == 2 else 0)
        at = datetime(year, number, int(match["day"]), *clock)
    except ValueError:
        raise CellError("DATE_NOT_UNDERSTOOD", f"{text!r} is not a day of the calendar.") from None
    moment = _plausible(Moment(at, match["hour"] is not None), text)
    if not match["zone"]:
        return moment
    zone = _zone(match["zone"], text)
    return Moment(at - zone, moment.has_clock, has_zone=True, offset=zone.total_seconds())


def _zone(zone: str, text: str) -> timedelta:
    """Read how far a time zone such as ``+08:00``, ``+08`` or ``Z`` is ahead of UTC."""
    digits = re.sub(r"\D", "", zone).ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if ahead > _FARTHEST_ZONE or int(digits[2:]) > 59:
        raise CellError("DATE_NOT_UNDERSTOOD", f"{text!r} has no time zone of this world.")
    return -ahead if zone.startswith("-") else ahead


def _declared(text: str, date_format: str) -> Moment:
    base = date_format if "%" in date_format else _codes(date_format)
    formats = [base] if "%H" in base else [base, f"{base} %H:%M", f"{base} %H:%M:%S"]
    for form in formats:
        try:
            at = datetime.strptime(text, form)
        except ValueError:
            continue
        return _plausible(Moment(at, "%H" in form), text)
    raise CellError("DATE_NOT_UNDERSTOOD", f"{text!r} is not a date of the declared form {date_format!r}.")


def _codes(date_format: str) -> str:
    """Turn ``dd/mm/yyyy`` or ``d/m/yy hh:mm`` into strptime's codes."""
    date, _, clock = date_format.strip().lower().partition(" ")
    for letters, code in (("yyyy", "%Y"), ("yy", "%y"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d")):
        date = date.replace(letters, code)
    date = re.sub(r"(?<![%\w])m(?!\w)", "%m", re.sub(r"(?<![%\w])d(?!\w)", "%d", date))
    date = re.sub(r"(?<![%\w])y(?!\w)", "%Y", date)
    clock = clock.replace("hh", "%H").replace("mm", "%M").replace("ss", "%S")
    return f"{date} {clock}".strip()


def _plausible(moment: Moment, text: str) -> Moment:
    if not _FIRST_YEAR <= moment.at.year <= _LAST_YEAR:
        raise CellError("DATE_NOT_UNDERSTOOD", f"{text!r} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}.")
    return moment
