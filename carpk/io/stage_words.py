"""How clinics write the components of CRS and ICANS grades: what hypotension and hypoxia require, how patients wake."""

import re
from types import MappingProxyType

from carpk.assessments import ASSESSMENTS, MOST_LOW_FLOW, staged
from carpk.io.cells import CellError, plain_word, read_number

_NONE = "no|absent|\u65e0"
_SPELLINGS = MappingProxyType(
    {
        "crs_hypotension": (
            f"{_NONE}|no hypotension|normotensive|无低血压|血压正常",
            "without vasopressors|not requiring vasopressors|fluids|iv fluids|fluids only|fluid responsive|"
            "无需升压药|不需升压药|仅补液",
            "single vasopressor|vasopressor with or without vasopressin|一种升压药|单一升压药|1种升压药",
            "multiple vasopressors|two vasopressors|three vasopressors|多种升压药|两种升压药|2种升压药",
        ),
        "crs_hypoxia": (
            f"{_NONE}|no hypoxia|room air|ra|室内空气|未吸氧|不吸氧",
            "low flow oxygen|low flow nasal cannula|blow by|低流量|低流量吸氧|低流量鼻导管",
            "high flow oxygen|high flow nasal cannula|hfnc|face mask|facemask|simple mask|simple face mask|"
            "non rebreather|nonrebreather|non rebreather mask|nonrebreather mask|nrb|nrbm|venturi|venturi mask|"
            "高流量|高流量吸氧|高流量鼻导管|面罩|面罩吸氧|储氧面罩|文丘里面罩",
            "cpap|bipap|ventilator|mechanical ventilation|non invasive ventilation|noninvasive ventilation|niv|"
            "intubated|intubation|正压通气|无创通气|机械通气|有创通气|气管插管",
        ),
        "icans_consciousness": (
            f"{_NONE}|none|normal|alert|fully awake|清醒|正常",
            "自发觉醒",
            "responds to voice|呼唤可醒|呼之能醒",
            "awakens to touch|awakens only to tactile stimulus|tactile stimulus|触觉刺激可醒",
            "stupor|coma|requires vigorous or repetitive tactile stimuli|昏睡|昏迷|不能唤醒",
        ),
        "icans_seizure": (
            f"{_NONE}|no seizure|no seizures|无癫痫发作",
            "resolves rapidly|rapidly resolving|resolves with intervention|迅速缓解",
            "prolonged|repetitive|status epilepticus|癫痫持续状态|反复发作",
        ),
        "icans_edema": (
            f"{_NONE}|no edema|无水肿",
            "local|focal edema|local edema|局灶|局灶性水肿",
            "diffuse edema|diffuse cerebral edema|decerebrate posturing|decorticate posturing|papilledema|"
            "cushing's triad|弥漫|弥漫性水肿|弥漫性脑水肿",
        ),
    }
)
"""Of each stage, other words for its first, second ... word. A bare "no vasopressor" may be either of two: refused."""

_NASAL_CANNULA = frozenset(["nasal cannula", "nasal cannula at", "nc", "nc at", "nasal prongs", "鼻导管", "鼻导管吸氧"])
_FLOW = re.compile(r"(\d+(?:\.\d+)?) ?(?:l/min|lpm|l|升/分)(?![a-z])")
_PRESSORS = re.compile(r"(>=|>|\u2265)? ?(\d+) (?:vaso)?pressors?")


def _spelled(word: str) -> str:
    """Bring a word of a stage to the form in which such words are compared."""
    return re.sub(r"\bvasopressors\b", "vasopressor", plain_word(word).replace("-", " "))


_PLACES = MappingProxyType(
    {
        key: MappingProxyType(
            {
                _spelled(each): place
                for place, (word, others) in enumerate(zip(ASSESSMENTS[key].words, spellings, strict=True))
                for each in (word, *others.split("|"))
            }
        )
        for key, spellings in _SPELLINGS.items()
    }
)


def stage_of(key: str, cell: str) -> float:
    """Read which stage a cell says: its place, as a number or in words.

    Parameters
    ----------
    key : str
        Key of an assessment of the kind "stage".
    cell : str

    Raises
    ------
    CellError
        It says none of them, or may say several.

    Examples
    --------
    >>> stage_of("crs_hypoxia", "Nasal cannula 2 L/min"), stage_of("crs_hypotension", ">1 vasopressors")
    (1.0, 3.0)
    """
    word = _spelled(cell)
    place = _PLACES[key].get(word)
    if place is None and key == "crs_hypotension":
        place = _by_vasopressors(word)
    if place is None and key == "crs_hypoxia":
        place = _by_flow(word)
    if place is not None:
        return float(place)
    try:
        return read_number(cell)
    except CellError:
        known = ASSESSMENTS[key]
        raise CellError("VALUE_NOT_UNDERSTOOD", f"write {staged(known)}, as the word or its number.") from None


def _by_vasopressors(word: str) -> int | None:
    """Count vasopressors; none may be no hypotension at all, and one or more may be one or several."""
    said = _PRESSORS.fullmatch(word)
    if said is None:
        return None
    least = int(said[2]) + (said[1] == ">")
    if least == 0 or (least == 1 and said[1]):
        return None
    return 2 if least == 1 else 3


def _by_flow(word: str) -> int | None:
    """Read a device with its flow; of a nasal cannula the flow decides, of a mask it does not matter."""
    said = _FLOW.search(word)
    if said is None:
        return None
    low = 0 < float(said[1]) <= MOST_LOW_FLOW
    device = " ".join((word[: said.start()] + " " + word[said.end() :]).split())
    if device in _NASAL_CANNULA:
        return 1 if low else 2 if float(said[1]) else None
    place = _PLACES["crs_hypoxia"].get(device)
    return None if place == 0 or (place == 1 and not low) else place
