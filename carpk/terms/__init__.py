"""The vocabulary: one Term per number that carpk can report, one Analyte per thing that it can measure.

Labels, units, definitions, CDISC codes and ways of summarizing come from here and from nowhere else.
CDISC terms: controlled terminology of PKPARMCD/PKPARM (codelists C85839 and C85493).
"""

import re
from dataclasses import replace
from types import MappingProxyType

from carpk.errors import RulesError, did_you_mean
from carpk.terms.analytes import ANALYTES, BODY_TEMPERATURE, Analyte, analyte, in_order
from carpk.terms.endpoints import ENDPOINTS
from carpk.terms.events import EVENTS, Event, event
from carpk.terms.kinetics import KINETICS
from carpk.terms.models import MODELS
from carpk.terms.response import RESPONSE
from carpk.terms.term import Kind, Summary, Term
from carpk.terms.windows import WINDOWS

__all__ = [
    "ANALYTES",
    "BODY_TEMPERATURE",
    "EVENTS",
    "TERMS",
    "Analyte",
    "Event",
    "Kind",
    "Summary",
    "Term",
    "analyte",
    "event",
    "in_order",
    "mean_key",
    "term",
    "window_key",
]

TERMS = MappingProxyType({term.key: term for term in (*KINETICS, *RESPONSE, *ENDPOINTS, *MODELS)})
"""Every term with a fixed key; `term` also knows the windows, whose keys carry their days."""

_WINDOW = re.compile(r"([a-z_]+)_(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)d")
_PER_DOSE = "_per_dose"


def window_key(start: float, end: float) -> str:
    """Key of the area over a window of days.

    Examples
    --------
    >>> window_key(0, 28)
    'auc_0_28d'
    """
    return f"auc_{start:.12g}_{end:.12g}d"


def mean_key(key: str) -> str:
    """Key of the mean level over the window of an area's key.

    Examples
    --------
    >>> mean_key("auc_0_28d")
    'cavg_0_28d'
    """
    return key.replace("auc", "cavg", 1)


def term(key: str) -> Term:
    """Return the term of a key, windows and parameters per dose included.

    Raises
    ------
    RulesError
        carpk reports no such number.
    """
    if key in TERMS:
        return TERMS[key]
    if key.endswith(_PER_DOSE):
        return _per_dose(term(key.removesuffix(_PER_DOSE)))
    window = _WINDOW.fullmatch(key)
    if window is None or window[1] not in WINDOWS:
        raise RulesError(f"{key!r} is not a parameter that carpk reports.{did_you_mean(key, TERMS)}")
    what, start, end = window.groups()
    template = WINDOWS[what]
    return replace(
        template,
        key=key,
        label=template.label.format(start=start, end=end),
        definition=template.definition.format(start=start, end=end),
    )


_CDISC_PER_DOSE = MappingProxyType(
    {"CMAX": ("CMAXD", "Max Conc Norm by Dose"), "AUCINT": ("AUCINTD", "AUC from T1 to T2 Norm by Dose")}
)


def _per_dose(entry: Term) -> Term:
    if entry.kind not in ("level", "area"):
        raise RulesError(f"{entry.key!r} is not reported per dose.")
    code, name = _CDISC_PER_DOSE.get(entry.cdisc_code, ("", ""))
    return Term(
        f"{entry.key}{_PER_DOSE}",
        f"{entry.label}/dose",
        f"{entry.label} divided by the dose; exploratory, for expansion is not proportional to the dose.",
        "level per dose" if entry.kind == "level" else "area per dose",
        formula=f"{entry.label} / dose",
        cdisc_code=code,
        cdisc_name=name,
    )
