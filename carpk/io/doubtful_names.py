"""Names of columns that carpk does not know, and that may not pass as covariates: misspelt, visits, limits, scaled."""

import difflib
import re

from carpk.io import spellings
from carpk.io.assessment_words import normal_limit
from carpk.io.columns import OF_LEVELS, Meaning, recognize, recognize_analyte
from carpk.io.names import scale_word, take_apart, unit_of, without_scale
from carpk.io.spellings import compact

_VISIT_LIKE = re.compile(
    r"^(?:month|mo|m|year|yr|y|visit|v|cycle|c|t|w|wk|d)s? ?\d|\d ?(?:months?|mo|m|years?|yr|y)$"
    r"|^(?:day|week)\b|\d ?[月年]"
    r"|^(?:ltfu|peak|nadir)$"
    r"|^(?:baseline|screening|follow[ -]?up|eot|eos|end of (?:treatment|study)|unscheduled|基线|筛选|随访|治疗结束)"
    r"|(?:^|[^a-z])(?:pre|post)[ -]?(?:infusion|dose|treatment|ld|lymphodepletion)|回输[前后]|\d ?(?:\u00b1|\+/-) ?\d"
)
_LIMIT_LIKE = re.compile(
    r"(?<![a-z])(?:l?lod|m?dl|ql)(?![a-z])|quantif|quantit|(?:detect|assay|report).*limit|limit.*detect|sensitivity"
    r"|cut-?off|threshold|(?:lower|upper) bound|下限|上限|定量限|检测限|检出限|灵敏度"
)
_SELECTION_LIKE = re.compile(
    r"exclu|(?<![a-z])excl?(?![a-z])|omit|outlier|ncaxf|pkexcl|anl01fl|剔除|删除|排除"
    r"|^(?:include|included|valid|keep|use|used|remove|removed|qc)(?![a-z])"
)
_COURSE_LIKE = re.compile(
    r"^(?:course|period|cycle|疗程|周期)(?![a-z])|(?<![a-z])(?:dose|inf|car-?t|product) ?#?[2-9](?!\d)"
    r"|(?<![a-z])dli(?![a-z])"
)
_LONG_ENOUGH = 5
_LENGTHS_APART = 2
_NEAR_MISS = {
    "subject": "subject subjectid patient patientid participant",
    "cohort": "cohort dosegroup",
    "dose": "dose",
    "infusion_date": "infusiondate",
    "analyte": "analyte parameter",
    "matrix": "matrix specimen",
    "time": "time studyday actualday",
    "nominal_time": "nominalday nominaltime",
    "visit": "visit timepoint",
    "date": "sampledate drawdate",
    "value": "value result concentration level",
    "unit": "unit units",
    "lloq": "lloq",
    "uloq": "uloq",
    "blq": "blqflag bloq",
    "status": "status",
    "exclusion": "exclude excluded exclusion exclusionreason exclusionflag",
}
"""Spellings near which an unknown name is a typing error rather than a covariate."""


def near_miss(name: str, present: set[str]) -> str:
    """Name the role or analyte that a column nearly spells and that no other column has; empty if none.

    Examples
    --------
    >>> near_miss("Subejct", present=set())
    'subject'
    """
    word = compact(take_apart(name).words)
    if word in spellings.COVARIATES or word == "status" or len(word) < 4:
        return ""
    roles = {each: role for role, listed in _NEAR_MISS.items() if role not in present for each in listed.split()}
    markers = {each: key for each, key in spellings.ANALYTES.items() if len(each) >= _LONG_ENOUGH}
    candidates = {
        each: name for each, name in (markers | roles).items() if abs(len(each) - len(word)) <= _LENGTHS_APART
    }
    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.8)
    return candidates[close[0]] if close else ""


def near_analyte(name: str) -> str:
    """Name the analyte that a word nearly spells; empty if none, and if it is one.

    Examples
    --------
    >>> near_analyte("Feritin"), near_analyte("ferritin"), near_analyte("T cells")
    ('ferritin', '', '')
    """
    word = compact(take_apart(name).words)
    if len(word) < _LONG_ENOUGH or recognize_analyte(name).analyte in spellings.ANALYTES.values():
        return ""
    known = [each for each in spellings.ANALYTES if abs(len(each) - len(word)) <= _LENGTHS_APART]
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.85)
    return spellings.ANALYTES[close[0]] if close else ""


def unknown_marker(name: str) -> Meaning | None:
    """Read a name such as ``TNF-alpha (pg/mL)`` as levels of an analyte that carpk does not know."""
    header = take_apart(name)
    unit = unit_of(header.unit)
    if unit is None or unit.dimension not in OF_LEVELS or not header.words.strip():
        return None
    words = " ".join((header.words.strip(), *(f"({extra})" for extra in header.extras)))
    return Meaning("level", unit.name, words, lloq=header.lloq, uloq=header.uloq)


def is_covariate(name: str) -> bool:
    """Whether a name is a well-known covariate, such as age, height or site."""
    return compact(name) in spellings.COVARIATES


def is_like_a_visit(name: str) -> bool:
    """Whether a name seems to be a visit whose time it does not say, such as ``Month 3`` or ``Baseline``."""
    return bool(_VISIT_LIKE.search(" ".join(re.split(r"[\s_]+", name.casefold().strip()))))


def is_like_a_limit(name: str) -> bool:
    """Whether an unknown name seems to be a limit of detection or quantification, such as ``LOD`` or ``检测下限``."""
    return not normal_limit(name) and bool(_LIMIT_LIKE.search(name.replace("_", " ").casefold()))


def is_like_a_selection(name: str) -> bool:
    """Whether an unknown name seems to leave samples out or let them in, such as ``Exclude from NCA`` or ``剔除``."""
    return bool(_SELECTION_LIKE.search(name.replace("_", " ").casefold()))


def is_like_a_course(name: str) -> bool:
    """Whether an unknown name seems to tell courses or later doses apart, such as ``Cycle`` or ``Dose 2 day``."""
    return bool(_COURSE_LIKE.search(name.replace("_", " ").casefold()))


def is_like_car_t(name: str) -> bool:
    """Whether a name of levels that carpk does not know speaks of CAR-T, such as ``CAR-T % of max``."""
    return bool(re.search(r"(?<![a-z])car(?:[ -]?t|\+|-pos)?(?![a-z])|transgene|qpcr|ddpcr|拷贝", name.casefold()))


def scaled(name: str) -> str:
    """Return what a name of levels says about logarithms or multiples, outside a unit; empty where it says nothing.

    Examples
    --------
    >>> scaled("log10 CAR-T (copies/ug)"), scaled("CAR-T (copies/ug)"), scaled("Log in date")
    ('log10', '', '')
    """
    header = take_apart(name)
    words = " ".join((header.words, *header.extras))
    word = scale_word(words)
    unit = unit_of(header.unit)
    rest = without_scale(words)
    is_level = recognize(rest).role in ("level", "lloq", "uloq") or unit_of(rest.replace(" ", "_")) is not None
    return word if word and (is_level or (unit is not None and unit.dimension in OF_LEVELS)) else ""
