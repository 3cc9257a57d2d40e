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


_LIMIT_WORDS = (
    ("uloq", re.compile(r"(?<![a-z])(?:uloq|uoq|ulq|hloq)(?![a-z])|定量上限|最高定量限")),
    ("lloq", re.compile(r"(?<![a-z])(?:lloq|llq|loq)(?![a-z])|最低定量限|定量下限|定量限")),
    ("blq", re.compile(r"(?<![a-z])(?:blq|bql|bloq|blloq)(?![a-z])")),
)
_FILLERS = re.compile(r"(?<![a-z])(?:of|for|the|value|assay|limit|level|flag|fl|is|below)(?![a-z])|[的值]")
_FLAGS = re.compile(r"(?<![a-z])(?:flag|fl|is|below)(?![a-z])|是否|低于")


def limit_name(words: str) -> tuple[str, str] | None:
    """Say whether a name speaks of limits of quantification or of levels below them, and what else it says.

    Returns
    -------
    (role, rest) or None
        Role ``lloq``, ``uloq`` or ``blq``; the other words, e.g. a marker.

    Examples
    --------
    >>> limit_name("CAR-T LLOQ"), limit_name("Assay LLOQ"), limit_name("Visit")
    (('lloq', 'CAR-T'), ('lloq', ''), None)
    """
    text = words.replace("_", " ")
    for role, pattern in _LIMIT_WORDS:
        match = pattern.search(text.casefold())
        if match and len(text) == len(text.casefold()):
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            is_flag = role == "blq" or (role == "lloq" and _FLAGS.search(rest.casefold()) is not None)
            kept = [word for word in rest.split() if not _FILLERS.fullmatch(word.casefold())]
            return ("blq" if is_flag else role), " ".join(kept).strip(" -:/")
    return None


_SCALES = re.compile(
    r"(?<![a-z])(?:log ?(?:10|2|e)?|lg|ln)(?![a-z0-9])|(?<![a-z0-9])(?:[x*\u00d7] ?10+\b|10 ?(?:\^|\*\*) ?\d+|1e\d+)"
    r"|(?<![a-z])(?:in )?(?:thousand|million)s?(?![a-z])|对数|[千万亿]"
)


def scale_word(words: str) -> str:
    """Return the part of a name that says that its levels are logarithms or multiples; empty where none does.

    Examples
    --------
    >>> scale_word("log10 CAR-T"), scale_word("CAR-T x1000"), scale_word("IL-10")
    ('log10', 'x1000', '')
    """
    match = _SCALES.search(words.replace("_", " ").casefold())
    return match[0] if match else ""


def without_scale(words: str) -> str:
    """Return a name without the words that say its scale."""
    return " ".join(_SCALES.sub(" ", words.replace("_", " ").casefold()).split())
