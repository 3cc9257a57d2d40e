"""What the choices of NcaRules may be: words, acceptance rules, and what is chosen by hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from carpk.errors import RulesError, did_you_mean

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "auc_method": ("linear-up log-down", "linear", "linear-log", "log"),
        "blq": ("carpk", "zero", "ich_m13a", "pkanalix", "half_lloq", "lloq", "missing", "consecutive", "none"),
        "blq_tail": ("triangle", "zero", "lambda_z", "half_lloq"),
        "tail": ("visit_window", "never", "always"),
        "clast": ("observed", "predicted"),
        "time_basis": ("actual", "nominal"),
        "time_zero": ("insert", "baseline", "none"),
        "duplicates": ("refuse", "first", "mean", "geometric_mean", "max"),
        "course_end": ("missing", "truncate"),
        "slope_selection": ("best_adjusted_r2", "pknca", "most_points"),
        "slope_weights": ("uniform", "1/y", "1/y2"),
        "unaccepted": ("flag", "missing"),
        "fold_definition": ("first", "nadir", "dose"),
    }
)
"""Words that a choice may be; the first is the default."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """What a terminal slope must reach not to be flagged; None asks for nothing.

    Parameters
    ----------
    min_r2, min_adjusted_r2 : float, optional
        Coefficients of determination.
    min_span : float, optional
        Half-lives between the first and the last point.
    max_extrapolated_percent : float, optional
        Share of AUCinf beyond Tlast [%].
    """

    min_r2: float | None = None
    min_adjusted_r2: float | None = None
    min_span: float | None = None
    max_extrapolated_percent: float | None = None


ACCEPTANCE: Mapping[str, Acceptance] = MappingProxyType(
    {
        "carpk": Acceptance(min_adjusted_r2=0.80, min_span=2.0, max_extrapolated_percent=20.0),
        "pknca": Acceptance(min_r2=0.90, min_span=2.0, max_extrapolated_percent=20.0),
        "anca": Acceptance(min_adjusted_r2=0.70, min_span=2.0, max_extrapolated_percent=20.0),
        "pkanalix": Acceptance(min_adjusted_r2=0.98, min_span=3.0, max_extrapolated_percent=20.0),
        "none": Acceptance(),
    }
)
"""Acceptance rules by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlopePoints:
    """The points of one terminal slope, chosen by hand.

    Parameters
    ----------
    subject : str
    reason : str
        Why; compulsory, kept in the rules log.
    times : sequence of float, optional
        Sample times to use, in the data's time unit; or
    first, last : float, optional
        the first and last time of a range.
    analyte, matrix : str, optional
        Which profile of the subject; all, if not given.
    """

    subject: str
    reason: str
    times: tuple[float, ...] = ()
    first: float = -math.inf
    last: float = math.inf
    analyte: str = ""
    matrix: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", tuple(float(time) for time in self.times))
        _demand_reason("slope_points", self.subject, self.reason)
        if not self.times and self.first == -math.inf and self.last == math.inf:
            raise RulesError(f"NcaRules: slope_points of subject {self.subject!r} need times, or first and last.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """A sample that is left out by hand.

    Parameters
    ----------
    subject : str
    time : float
        Of the sample, in the data's time unit.
    reason : str
        Why; compulsory, kept in the rules log.
    analyte, matrix : str, optional
        Which profile of the subject; all, if not given.
    slope_only : bool
        Leave it out of the terminal slope only.
    """

    subject: str
    time: float
    reason: str
    analyte: str = ""
    matrix: str = ""
    slope_only: bool = False

    def __post_init__(self) -> None:
        _demand_reason("exclusions", self.subject, self.reason)


def _demand_reason(choice: str, subject: str, reason: str) -> None:
    if not str(reason).strip():
        raise RulesError(f"NcaRules: {choice} of subject {subject!r} need a reason.")


def checked_windows(windows: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return windows as (start, end), or say which is none."""
    checked = {}
    for name, window in windows.items():
        try:
            start, end = (float(edge) for edge in window)
        except (TypeError, ValueError):
            raise RulesError(f"NcaRules: window {name!r} must be (start, end) in days; got {window!r}.") from None
        if not 0 <= start < end < float("inf"):
            raise RulesError(f"NcaRules: window {name!r} must run from day 0 or later to a later day; got {window!r}.")
        checked[str(name)] = (start, end)
    return checked


def checked_visit_windows(visit_windows: Mapping[Any, Any]) -> dict[float, float]:
    """Return visit windows as day to days, or say what is wrong."""
    try:
        checked = {float(edge): float(days) for edge, days in visit_windows.items()}
    except (AttributeError, TypeError, ValueError):
        raise RulesError(f"NcaRules: visit_windows must map a day to days; got {visit_windows!r}.") from None
    if any(not 0 <= days < float("inf") for days in checked.values()):
        raise RulesError(f"NcaRules: visit_windows must be zero or more days; got {visit_windows!r}.")
    return checked


def checked_acceptance(given: Acceptance | Mapping[str, float] | str) -> Acceptance:
    """Return an acceptance rule by its name or its parts."""
    if isinstance(given, Acceptance):
        return given
    if isinstance(given, str):
        if given not in ACCEPTANCE:
            hint = did_you_mean(given, ACCEPTANCE)
            raise RulesError(f"NcaRules: acceptance must be one of {list(ACCEPTANCE)}; got {given!r}.{hint}")
        return ACCEPTANCE[given]
    accepted: Acceptance = _record(Acceptance, "acceptance", given)
    return accepted


def records(kind: type[Any], choice: str, given: Sequence[Any]) -> tuple[Any, ...]:
    """Return records of one kind, made from mappings where they are none yet."""
    return tuple(entry if isinstance(entry, kind) else _record(kind, choice, entry) for entry in given)


def _record(kind: type[Any], choice: str, given: Mapping[str, Any]) -> Any:
    known = [part.name for part in fields(kind)]
    for name in given:
        if name not in known:
            raise RulesError(f"NcaRules: {choice} has no {name!r}; one of {known}.{did_you_mean(name, known)}")
    try:
        return kind(**given)
    except TypeError as error:
        raise RulesError(f"NcaRules: {choice}: {error}.") from None
