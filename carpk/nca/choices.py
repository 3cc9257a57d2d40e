"""What the choices of NcaRules may be: words, acceptance rules, and what is chosen by hand."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
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

NUMBERS: Mapping[str, tuple[str, Callable[[float], bool]]] = MappingProxyType(
    {
        "peak_horizon": ("a positive number", lambda days: days > 0),
        "min_points": ("a whole number of at least 3", lambda points: points >= 3 and points % 1 == 0),
        "slope_from": ("a day, zero or later", lambda day: 0 <= day < math.inf),
        "contraction_until": ("a positive number", lambda day: day > 0),
        "blood_volume": ("a positive, finite number", lambda liters: 0 < liters < math.inf),
    }
)
"""What a choice that is a number may be, in words and as a test that no NaN passes."""


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

    def __post_init__(self) -> None:
        for part in fields(self):
            least = getattr(self, part.name)
            if least is not None and not (isinstance(least, Real) and math.isfinite(least)):
                raise RulesError(f"NcaRules: acceptance: {part.name} must be a number or None; got {least!r}.")


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


def check_number(name: str, value: Any) -> None:
    """Refuse what a choice that is a number may not be."""
    wanted, fits = NUMBERS[name]
    if not (isinstance(value, Real) and fits(float(value))):
        raise RulesError(f"NcaRules: {name} must be {wanted}; got {value!r}.")


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
    if any(not 0 <= number < math.inf for entry in checked.items() for number in entry):
        raise RulesError(f"NcaRules: visit_windows must be zero or more days at a day; got {visit_windows!r}.")
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
