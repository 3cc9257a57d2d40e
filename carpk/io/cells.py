"""What one cell says: a number, a level below or above a limit, yes or no.

Everything arrives as text and passes one strict parser. It knows ASCII digits, one decimal mark and an exponent; it
never guesses. The words for levels below the limit are listed here and nowhere else.
"""

import re
import unicodedata
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from carpk.errors import CarpkError

Kind = Literal["number", "blq", "not_detected", "nd", "above_uloq", "missing", "bad"]

KINDS: tuple[Kind, ...] = ("number", "blq", "not_detected", "nd", "above_uloq", "missing", "bad")
"""What a cell of levels can say; ``nd`` is the word ND, whose meaning depends on the analyte."""

_BLQ_WORDS = frozenset(
    {
        "blq", "bql", "bloq", "blloq", "nq", "<lloq", "<loq", "<blq", "below lloq", "below loq", "not quantifiable",
        "below limit of quantification", "below the limit of quantification", "below quantification limit",
        "低于定量下限", "小于定量下限",
    }
)  # fmt: skip
_NOT_DETECTED_WORDS = frozenset(
    {
        "not detected", "undetected", "undetectable", "not detectable", "neg", "neg.", "negative", "<lod", "below lod",
        "<llod", "below llod", "bdl", "below detection limit", "below limit of detection",
        "below the limit of detection", "tnd", "target not detected", "未检出", "未检测到", "阴性", "低于检测限",
        "低于检测下限", "小于检测下限",
    }
)  # fmt: skip
_NEGATIVE = frozenset(["neg", "neg.", "negative", "阴性"])
_ABOVE_WORDS = frozenset([">uloq", "above uloq", "alq", "aloq", "auloq", "高于定量上限"])
_ND_WORDS = frozenset(["nd", "n.d.", "n.d", "undetermined"])
_ASK_FIRST = frozenset(
    ["ns", "nr", "qns", "na", "n/a", "n.a.", "nd*", "-", "--", ".", "none", "null", "nan", "missing"]
)

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_COMPARED = re.compile(r"([<>\uff1c\uff1e])\s*(\S.*)")
_BOTH = re.compile(r"([^()]+)\(([^()]+)\)")
_ABOUT_LIMITS = re.compile(r"\b(?:l?lod|l?loq|ud)\b|below|detect|quanti|limit|under|检测|检出|定量")
_YES = frozenset(["1", "y", "yes", "true", "是"])
_NO = frozenset(["", "0", "n", "no", "false", "否"])


class CellError(CarpkError):
    """One cell that cannot be understood; the reader of its column adds where it stands."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Level:
    """What one cell of levels says.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    value : float
        The number, NaN where there is none.
    limit : float
        The x of ``<x`` or ``>x``, else NaN.
    """

    kind: Kind
    value: float = np.nan
    limit: float = np.nan


def read_number(text: str, decimal: str = ".") -> float:
    """Read a number written with ASCII digits, one decimal mark and perhaps an exponent.

    Raises
    ------
    CellError
        The text is anything else, with what would mend it.
    """
    text = text.strip(" ")
    plain = text
    if decimal == ",":
        if "." in text:
            raise CellError(
                "NUMBER_NOT_UNDERSTOOD", f"{text!r} has a point, and the settings say that the decimal mark is a comma."
            )
        plain = text.replace(",", ".", 1)
    if not _NUMBER.fullmatch(plain):
        raise CellError("NUMBER_NOT_UNDERSTOOD", _why_no_number(text))
    number = float(plain)
    if np.isinf(number):
        raise CellError("VALUE_INFINITE", f"{text!r} is too large for a number.")
    return number


def _why_no_number(text: str) -> str:
    """Say what keeps a text from being a number, the most telling fault first."""
    strange = [character for character in text if ord(character) > 126 or ord(character) < 32]
    if strange:
        named = ", ".join(f"U+{ord(each):04X} {unicodedata.name(each, 'control character')}" for each in strange[:3])
        return f"{text!r} is not a number in plain ASCII characters; it holds {named}."
    if re.fullmatch(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", text):
        return (
            f'{text!r} has a comma. If it is a decimal comma, set decimal = "," under [study] in the settings; '
            "if it separates thousands, remove it."
        )
    if "," in text and re.fullmatch(r"[+-]?[\d,.]+", text):
        return f"{text!r} has separators of thousands; remove them."
    if text.lower().lstrip("+-") in ("inf", "infinity", "nan"):
        return f"{text!r} is not a level, time or limit that a laboratory can measure."
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", text):
        return f"{text!r} is a date, not a number; Excel may have changed the cell."
    if re.fullmatch(r"[+-]?[\d.]+[dD][+-]?\d+", text):
        return f"{text!r} has a Fortran exponent; write e instead of d."
    if re.fullmatch(r"[+-]?\d+(?: \d+)+(?:\.\d+)?", text):
        return f"{text!r} has blanks between its digits; remove them."
    if plain_word(text) in _ASK_FIRST:
        return f'{text!r} is not a number. If it means that none is given, say so under [values]: "{text}" = "missing".'
    begin = re.match(r"[+-]?\d+(?:\.\d*)?(?![\d.])", text)
    if begin:
        return f"{text!r} holds more than a number ({text[begin.end() :].strip()!r}); put the number alone."
    return f"{text!r} is not a number."


def read_level(text: str, meanings: AnyMapping[str, str], decimal: str = ".") -> Level:
    """Read one cell of levels.

    Parameters
    ----------
    text : str
        The cell.
    meanings : mapping
        The user's own words, as `plain_word` gives them, to blq, not_detected, missing or above_uloq.
    decimal : {".", ","}
        Decimal mark.

    Raises
    ------
    CellError
        It is neither a number nor a known text.
    """
    word = plain_word(text)
    if word in meanings:
        return Level(meanings[word])  # type: ignore[arg-type]
    if not word:
        return Level("missing")
    tight = word.replace("< ", "<").replace("> ", ">")
    for words, kind in ((_BLQ_WORDS, "blq"), (_NOT_DETECTED_WORDS, "not_detected"), (_ABOVE_WORDS, "above_uloq")):
        if tight in words:
            return Level(kind)  # type: ignore[arg-type]
    if word in _ND_WORDS:
        return Level("nd")
    twice = _said_twice(text, meanings, decimal)
    if twice is not None:
        return twice
    compared = _COMPARED.fullmatch(text.strip(" "))
    if compared:
        limit = read_number(compared[2], decimal)
        if limit <= 0:
            raise CellError("LIMIT_NOT_POSITIVE", f"{text!r}: a limit of quantification must be positive.")
        return Level("blq" if compared[1] in "<\uff1c" else "above_uloq", limit=limit)
    if word in _ASK_FIRST:
        raise CellError(
            "VALUE_NOT_UNDERSTOOD",
            f"{text!r} can mean several things. Say which under [values] in the settings, e.g. "
            f'"{text.strip()}" = "missing" or "{text.strip()}" = "blq".',
        )
    if _ABOUT_LIMITS.search(word):
        raise CellError(
            "VALUE_NOT_UNDERSTOOD",
            f"{text!r} may be a level below a limit. Say which under [values] in the settings: "
            f'"{text.strip()}" = "blq", "not_detected" or, if there is no level, "missing".',
        )
    if any(character.isdigit() for character in word) or word.lstrip("+-") in ("inf", "infinity"):
        return Level("number", read_number(text, decimal))
    raise CellError(
        "VALUE_NOT_UNDERSTOOD",
        f"{text!r} is neither a number nor a text that carpk knows for a level below the limit. "
        f'Say what it means under [values] in the settings: "{text.strip()}" = "missing", "blq" or "not_detected".',
    )


def _said_twice(text: str, meanings: AnyMapping[str, str], decimal: str) -> Level | None:
    """Read ``BLQ (<50)`` and ``<50 (BLQ)``: a word for below the limit, and the limit."""
    match = _BOTH.fullmatch(text.strip())
    if match is None:
        return None
    try:
        said = [read_level(part, meanings, decimal) for part in match.groups()]
    except CellError:
        return None
    limits = [level for level in said if level.kind == "blq" and not np.isnan(level.limit)]
    return limits[0] if len(limits) == 1 and {level.kind for level in said} == {"blq"} else None


def says_below_limit(text: str, *, certainly: bool = False) -> bool:
    """Whether a text outside the levels means that one is below a limit, or not detected.

    Negative says nothing of levels there; `certainly` also leaves out ``<50`` and ND, which other findings have too.
    """
    try:
        level = read_level(text, {})
    except CellError:
        return False
    if level.kind == "not_detected":
        return plain_word(text) not in _NEGATIVE
    return (level.kind == "blq" and not (certainly and level.limit > 0)) or (level.kind == "nd" and not certainly)


def plain_word(text: str) -> str:
    """Bring a word to the form in which words are compared: NFKC, lower case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_flag(text: str) -> bool:
    """Read a cell that says yes or no: 1, Y, yes, true or 0, N, no, false, empty.

    Raises
    ------
    CellError
        It says anything else.
    """
    word = plain_word(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError("FLAG_NOT_UNDERSTOOD", f"{text!r} is neither yes nor no; write 1 or 0, Y or N.")


def number_text(number: float, decimal: str = ".") -> str:
    """Write a number that a spreadsheet or table holds as the text that the one parser reads.

    Examples
    --------
    >>> number_text(1001.0), number_text(0.1)
    ('1001', '0.1')
    """
    if np.isnan(number):
        return ""
    if float(number).is_integer() and abs(number) < 1e16:
        return str(int(number))
    return repr(float(number)).replace(".", decimal)
