"""The vocabulary of clinical assessments: what lupus endpoints need, and the components of CRS and ICANS grades.

A level of 0 among the samples is a level below an unknown limit; a score of 0 is a score. So these have a table of
their own, and so do complement and antibodies, whose limits are those of normal, not those of quantification.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["score", "tick", "grade", "antibody", "level", "dose", "stage"]

GRADES = ("A", "B", "C", "D", "E")
"""Grades of a BILAG-2004 system, from severe activity (A) to never active (E)."""

QUALIFIERS = ("", "<", ">", "positive", "negative")
"""What the text of an antibody or level may be: nothing; that its value is a limit; or a result without a number."""


HYPOTENSION = ("none", "without vasopressor", "one vasopressor", "several vasopressors")
"""Levels of hypotension, by what it requires; vasopressin is not counted among the vasopressors."""

HYPOXIA = ("none", "low flow", "high flow", "positive pressure")
"""Levels of hypoxia, by what it requires.

Low flow is a nasal cannula with at most `MOST_LOW_FLOW`, or blow-by. High flow is a cannula with more, a face mask, a
non-rebreather or a Venturi mask at any flow. Positive pressure is CPAP, BiPAP or a ventilator.
"""

MOST_LOW_FLOW = 6.0
"""Oxygen by nasal cannula up to this is low flow [L/min]: Lee 2019, doi:10.1016/j.bbmt.2018.12.758."""

CONSCIOUSNESS = ("not depressed", "awakens spontaneously", "awakens to voice", "awakens only to touch", "unarousable")
"""Levels of depressed consciousness; who needs vigorous or repeated touch, in stupor or coma, counts as unarousable."""

SEIZURE = ("none", "resolving", "prolonged or repetitive")
"""Levels of seizure.

Resolving is one that ends rapidly, or one on the EEG that ends with intervention. Prolonged is one of more than 5 min;
repetitive are those without return to baseline between them.
"""

EDEMA = ("none", "focal", "diffuse")
"""Levels of raised pressure and edema; posturing, palsy of the sixth nerve or Cushing's triad count as diffuse."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Something that is scored, graded, ticked, staged or measured at a visit.

    Attributes
    ----------
    key : str
        The word in the `assessment` column.
    label : str
        As tables and axes print it.
    kind : {"score", "tick", "grade", "antibody", "level", "dose", "stage"}
        A number on a scale; 1 for yes and 0 for no; a BILAG grade; a number or positive or negative; a number with a
        unit; an amount a day; one of rising words.
    unit : str
        The unit that values are converted to at the door; empty: kept as given.
    highest : float
        No value can be above it: the end of the scale, or far above what a patient can have, so that a value there is
        one in another unit.
    whole : bool
        Whether only whole numbers are possible.
    weight : int
        Of an item of SLEDAI-2K: what it adds to the score.
    words : tuple of str
        Of a stage: its words, rising; a value is the place of a word.
    """

    key: str
    label: str
    kind: Kind
    unit: str = ""
    highest: float = float("inf")
    whole: bool = False
    weight: int = 0
    words: tuple[str, ...] = ()


_ITEMS = (
    ("seizure", "seizure", 8),
    ("psychosis", "psychosis", 8),
    ("organic_brain_syndrome", "organic brain syndrome", 8),
    ("visual_disturbance", "visual disturbance", 8),
    ("cranial_nerve", "cranial nerve disorder", 8),
    ("headache", "lupus headache", 8),
    ("stroke", "cerebrovascular accident", 8),
    ("vasculitis", "vasculitis", 8),
    ("arthritis", "arthritis", 4),
    ("myositis", "myositis", 4),
    ("casts", "urinary casts", 4),
    ("hematuria", "hematuria", 4),
    ("proteinuria", "proteinuria", 4),
    ("pyuria", "pyuria", 4),
    ("rash", "rash", 2),
    ("alopecia", "alopecia", 2),
    ("mucosal_ulcers", "mucosal ulcers", 2),
    ("pleurisy", "pleurisy", 2),
    ("pericarditis", "pericarditis", 2),
    ("low_complement", "low complement", 2),
    ("dna_binding", "raised anti-dsDNA", 2),
    ("fever", "fever", 1),
    ("thrombocytopenia", "thrombocytopenia", 1),
    ("leukopenia", "leukopenia", 1),
)
_SYSTEMS = (
    "constitutional", "mucocutaneous", "neuropsychiatric", "musculoskeletal", "cardiorespiratory", "gastrointestinal",
    "ophthalmic", "renal", "hematological",
)  # fmt: skip
_GLUCOCORTICOIDS = (
    "prednisolone", "prednisone", "methylprednisolone", "hydrocortisone", "cortisone", "triamcinolone",
    "dexamethasone", "betamethasone",
)  # fmt: skip

_STAGES = (
    ("crs_hypotension", "CRS: hypotension", HYPOTENSION),
    ("crs_hypoxia", "CRS: hypoxia", HYPOXIA),
    ("icans_consciousness", "ICANS: depressed consciousness", CONSCIOUSNESS),
    ("icans_seizure", "ICANS: seizure", SEIZURE),
    ("icans_edema", "ICANS: raised pressure or edema", EDEMA),
)
_SAFETY_TICKS = (
    ("crs_fever", "CRS: fever"),
    ("crs_death", "CRS: death"),
    ("icans_weakness", "ICANS: motor weakness"),
    ("icans_death", "ICANS: death"),
)

_EGFR_UNIT = "mL/min/1.73m^2"
_ASSESSMENTS = (
    Assessment("sledai_2k", "SLEDAI-2K", "score", highest=105, whole=True),
    Assessment("sledai_clinical", "Clinical SLEDAI-2K", "score", highest=101, whole=True),
    *(
        Assessment(f"sledai_{key}", f"SLEDAI-2K: {words}", "tick", highest=1, whole=True, weight=weight)
        for key, words, weight in _ITEMS
    ),
    Assessment("pga", "PGA", "score", highest=3),
    *(Assessment(f"bilag_{key}", f"BILAG-2004: {key}", "grade") for key in _SYSTEMS),
    Assessment("major_organ_activity", "Major organ activity", "tick", highest=1, whole=True),
    Assessment("new_activity", "New lupus activity since the last visit", "tick", highest=1, whole=True),
    Assessment("hemolytic_anemia", "Hemolytic anemia", "tick", highest=1, whole=True),
    Assessment("gastrointestinal_activity", "Gastrointestinal lupus activity", "tick", highest=1, whole=True),
    Assessment("standard_therapy", "Only standard, well tolerated maintenance therapy", "tick", highest=1, whole=True),
    Assessment("immunosuppressant", "On immunosuppressants or biologics", "tick", highest=1, whole=True),
    Assessment("antimalarial", "On antimalarials", "tick", highest=1, whole=True),
    Assessment("anti_dsdna", "Anti-dsDNA", "antibody"),
    Assessment("ana", "ANA", "antibody"),
    Assessment("c3", "C3", "level", "g/L", highest=10),
    Assessment("c4", "C4", "level", "g/L", highest=5),
    Assessment("proteinuria_24h", "24-h protein", "level", "g/day", highest=100),
    Assessment("upcr", "UPCR", "level", "g/g", highest=100),
    Assessment("creatinine", "Creatinine", "level", "mg/dL", highest=50),
    Assessment("egfr", "eGFR", "level", _EGFR_UNIT, highest=400),
    Assessment("egfr_before_flare", "eGFR before the flare", "level", _EGFR_UNIT, highest=400),
    *(
        Assessment(f"{drug}_dose", f"{drug.capitalize()} dose", "dose", "mg/day", highest=5000)
        for drug in _GLUCOCORTICOIDS
    ),
    *(Assessment(key, label, "tick", highest=1, whole=True) for key, label in _SAFETY_TICKS),
    *(
        Assessment(key, label, "stage", highest=len(words) - 1, whole=True, words=words)
        for key, label, words in _STAGES
    ),
    Assessment("ice_score", "ICE score", "score", highest=10, whole=True),
)

ASSESSMENTS = MappingProxyType({entry.key: entry for entry in _ASSESSMENTS})
SLEDAI_ITEMS = MappingProxyType({key: entry for key, entry in ASSESSMENTS.items() if entry.weight})
"""The 24 items of SLEDAI-2K, with their weights."""
BILAG_SYSTEMS = tuple(key for key, entry in ASSESSMENTS.items() if entry.kind == "grade")
"""The nine systems of BILAG-2004."""
GLUCOCORTICOIDS = tuple(f"{drug}_dose" for drug in _GLUCOCORTICOIDS)
"""Glucocorticoids whose doses can be given."""
SAFETY_COMPONENTS = tuple(key for key, _ in _SAFETY_TICKS) + tuple(key for key, _, _ in _STAGES) + ("ice_score",)
"""What the grades of CRS and ICANS are made of; no part of any lupus endpoint."""


def fault_of(key: str, value: float, text: str) -> str:
    """Say why an assessment cannot have come out so; an empty string where it can.

    Parameters
    ----------
    key : str
        Key of ASSESSMENTS.
    value : float
        In the unit kept; NaN where there is none.
    text : str
        Grade, qualifier or word of a stage.

    Examples
    --------
    >>> fault_of("sledai_2k", 106, "")
    'SLEDAI-2K lies between 0 and 105.'
    """
    known = ASSESSMENTS[key]
    if known.kind == "grade":
        return "" if text in ("", *GRADES) else f"A grade of {known.label} is one of {', '.join(GRADES)}."
    if known.kind == "stage":
        return _fault_of_stage(known, value, text)
    allowed = QUALIFIERS if known.kind == "antibody" else QUALIFIERS[:3] if known.kind == "level" else ("",)
    if text not in allowed:
        return f"{known.label} is given as a number, not as {text!r}."
    if value != value:  # not given
        return ""
    if known.kind == "tick" and value not in (0, 1):
        return f"{known.label} is yes or no, 1 or 0."
    if not 0 <= value <= known.highest or value == float("inf"):
        return _out_of_range(known)
    return f"{known.label} is a whole number." if known.whole and value != int(value) else ""


def _fault_of_stage(known: Assessment, value: float, text: str) -> str:
    if value != value:  # not given
        return f"{known.label} has the word {text!r} without its place." if text else ""
    if value not in range(len(known.words)):
        return f"{known.label} is {staged(known)}."
    word = known.words[int(value)]
    return "" if text in ("", word) else f"{known.label} {value:g} is {word!r}, not {text!r}."


def staged(known: Assessment) -> str:
    """Spell out the words of a stage with their places.

    Examples
    --------
    >>> staged(ASSESSMENTS["icans_edema"])
    '0 (none), 1 (focal) or 2 (diffuse)'
    """
    *lower, last = [f"{place} ({word})" for place, word in enumerate(known.words)]
    return f"{', '.join(lower)} or {last}"


def _out_of_range(known: Assessment) -> str:
    if known.highest == float("inf"):
        return f"{known.label} is a number of 0 or more."
    if known.kind in ("level", "dose"):
        return f"{known.label} lies between 0 and {known.highest:g} {known.unit}; is it in another unit?"
    return f"{known.label} lies between 0 and {known.highest:g}."
