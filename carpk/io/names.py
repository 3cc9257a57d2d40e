"""A column's name taken apart: its words, and the unit and limits that stand in brackets or behind commas."""

import re
from dataclasses import dataclass

from carpk.io.cells import CellError, read_number
from carpk.units import Unit, find_unit


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says.

    Attributes
    ----------
    words : str
        The name without brackets.
    extras : tuple of str
        What stands in brackets and is neither unit nor limit.
    unit : str
        ASCII unit, empty where the name says none.
    lloq, uloq : float or None
        Limits of quantification.
    """

    words: str
    extras: tuple[str, ...]
    unit: str
    lloq: float | None
    uloq: float | None


_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_LIMIT = re.compile(r"(lloq|loq|uloq)\s*[=:]?\s*[<>]?\s*([0-9.eE+-]+)\s*(.*)", re.IGNORECASE)
_FULL_WIDTH = str.maketrans("（）【】，；：＝", "()[],;:=")


def unit_of(text: str) -> Unit | None:
    """Return the unit that a text means, also where it says of what a percentage is."""
    text = re.sub(r"^per[\s_]+", "/", text.strip().rstrip("."), flags=re.IGNORECASE)
    if re.match(r"(?:%|percent)\s*(?:of\b.*|cd\d.*|car.*|[a-z ]*cells.*|lymph.*)$", text, re.IGNORECASE):
        return find_unit("%")
    return find_unit(text) if text else None


def take_apart(name: str) -> Name:
    """Split off the units and limits that stand in brackets or behind commas."""
    text = name.translate(_FULL_WIDTH)
    inside = [first or second for first, second in _BRACKETS.findall(text)]
    words, *behind = _BRACKETS.sub(" ", text).split(",")
    units: dict[str, str] = {}
    limits: dict[str, float | None] = {"lloq": None, "uloq": None}
    extras = []
    for part in (piece.strip() for chunk in (*inside, *behind) for piece in re.split("[,;]", chunk)):
        limit = _LIMIT.fullmatch(part)
        known = unit_of(limit[3] if limit else part)
        if known is not None:
            units.setdefault(known.name, part)
        if limit and _limit_number(limit[2]) is not None and (known is not None or not limit[3]):
            limits["uloq" if limit[1].lower() == "uloq" else "lloq"] = _limit_number(limit[2])
        elif part and known is None:
            extras.append(part)
    first, *others = units or [""]
    return Name(words, (*extras, *(units[other] for other in others)), first, limits["lloq"], limits["uloq"])


def _limit_number(text: str) -> float | None:
    try:
        return read_number(text)
    except CellError:
        return None
