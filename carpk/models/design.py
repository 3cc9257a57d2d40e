"""TrialDesign: what a simulated trial is planned to be, and what goes otherwise than planned."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from numbers import Real
from types import MappingProxyType
from typing import Any, TypeVar

from carpk.errors import RulesError, did_you_mean
from carpk.models.markers import MARKER_ASSAYS
from carpk.models.stein import RESIDUAL_SD

Made = TypeVar("Made")

_RANDOM_EFFECTS = ("variance", "sd")
_SHARE: tuple[str, Callable[[float], bool]] = ("a share from 0 to below 1", lambda share: 0 <= share < 1)
_POSITIVE: tuple[str, Callable[[float], bool]] = ("a positive number", lambda number: 0 < number < math.inf)
_NOT_NEGATIVE: tuple[str, Callable[[float], bool]] = ("zero or a positive number", lambda sd: 0 <= sd < math.inf)
_COUNT: tuple[str, Callable[[float], bool]] = (
    "a whole number of at least 1",
    lambda n: 1 <= n < math.inf and n % 1 == 0,
)
_NUMBER: tuple[str, Callable[[float], bool]] = ("a number", math.isfinite)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """Patients who are planned to get one dose.

    Attributes
    ----------
    name : str
        As the `cohort` column has it.
    dose : float
        In the design's `dose_unit`.
    subjects : int
        Number of patients.
    """

    name: str
    dose: float
    subjects: int

    def __post_init__(self) -> None:
        if not str(self.name).strip():
            raise RulesError(f"Cohort: name must be a text that is not empty; got {self.name!r}.")
        _check("Cohort", "dose", self.dose, _POSITIVE)
        _check("Cohort", "subjects", self.subjects, _COUNT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tocilizumab:
    """Who gets tocilizumab, and when; what it does to the growth is the model's parameter ``tocilizumab_effect``.

    Attributes
    ----------
    share : float
        Share of the patients, those with the most severe reactions, who tend to be those with the highest peaks.
    day : float
        Since the infusion. [day]
    """

    share: float
    day: float

    def __post_init__(self) -> None:
        _check("Tocilizumab", "share", self.share, ("a share from 0 to 1", lambda share: 0 <= share <= 1))
        _check("Tocilizumab", "day", self.day, _POSITIVE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Markers:
    """Markers that are measured beside the CAR-T cells; courses and defaults are made up, see `carpk.models.markers`.

    Attributes
    ----------
    analytes : tuple of {"b_cells", "il6", "crp", "ferritin"}
    visits : tuple of float
        Planned days, before the infusion too; those of the CAR-T levels, if empty. [day]
    crs_shares : tuple of four float
        Shares of CRS of grade 0, 1, 2 and 3; higher grades tend to go to higher peaks.
    b_cell_return : float
        Typical day on which B cells are halfway back. [day]
    lymphodepletion_day : float
        First day of fludarabine and cyclophosphamide. [day]
    """

    analytes: Sequence[str] = tuple(MARKER_ASSAYS)
    visits: Sequence[float] = ()
    crs_shares: Sequence[float] = (0.3, 0.5, 0.15, 0.05)
    b_cell_return: float = 120.0
    lymphodepletion_day: float = -5.0

    def __post_init__(self) -> None:
        for name in self.analytes:
            if name not in MARKER_ASSAYS:
                hint = did_you_mean(str(name), MARKER_ASSAYS)
                raise RulesError(f"Markers: analytes must be some of {list(MARKER_ASSAYS)}; got {name!r}.{hint}")
        object.__setattr__(self, "analytes", tuple(self.analytes))
        object.__setattr__(self, "visits", _days("Markers", self.visits, earliest=-math.inf) if self.visits else ())
        shares = tuple(self.crs_shares)
        if len(shares) != 4 or min(shares) < 0 or not math.isclose(sum(shares), 1.0):
            raise RulesError(f"Markers: crs_shares must be four shares that add up to 1; got {list(shares)}.")
        object.__setattr__(self, "crs_shares", shares)
        _check("Markers", "b_cell_return", self.b_cell_return, _POSITIVE)
        _check("Markers", "lymphodepletion_day", self.lymphodepletion_day, _NUMBER)


@dataclass(frozen=True, kw_only=True)
class TrialDesign:
    """A trial to be simulated; times are in days, CAR-T levels in copies/ug.

    Parameters
    ----------
    cohorts : sequence of Cohort or of mappings
    visits : sequence of float
        Planned days of the CAR-T levels, rising, zero or later. [day]
    lloq : float
        Lower limit of quantification. [copies/ug]
    title : str
    dose_unit : str
    reference_dose : float, optional
        Dose at which the typical values hold; needed where `dose_exponent` is not 0.
    dose_exponent : float
        All levels go with (dose / reference dose) to this power; 0 is expansion that does not depend on the dose.
    jitter : mapping of day to days
        From a planned day on, how far a visit may be off; it never passes the middle between two visits, and the one
        on day 0 stays. [day]
    missing_share : float
        Chance that a visit before the drop-out is missed.
    drop_out_share : float
        Chance that a patient has left by the last planned day; patients leave at a constant rate, after their first
        visit.
    residual_sd : float
        Standard deviation of the error on ln C; as published by Stein 2019 (doi 10.1002/psp4.12388), if not given.
    typical : mapping of parameter to float
        Typical values other than the published ones, on the natural scale.
    spread : mapping of parameter to float
        Standard deviations between patients other than the published ones, on the transformed scale.
    random_effects : {"variance", "sd"}
        How the published spread is read, as in `FitRules`.
    tocilizumab : Tocilizumab or mapping, optional
    markers : Markers or mapping, optional

    Raises
    ------
    RulesError
        A part of the design has no such value.

    Examples
    --------
    >>> design = TrialDesign(cohorts=[{"name": "low", "dose": 1e5, "subjects": 3}], visits=[0, 7, 14, 28], lloq=50)
    >>> design.cohorts[0].subjects
    3
    """

    cohorts: Sequence[Cohort]
    visits: Sequence[float]
    lloq: float
    title: str = "simulated trial"
    dose_unit: str = "cells/kg"
    reference_dose: float | None = None
    dose_exponent: float = 0.0
    jitter: Mapping[float, float] = field(default_factory=dict)
    missing_share: float = 0.0
    drop_out_share: float = 0.0
    residual_sd: float = RESIDUAL_SD
    typical: Mapping[str, float] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    random_effects: str = "variance"
    tocilizumab: Tocilizumab | None = None
    markers: Markers | None = None

    def __post_init__(self) -> None:
        for name, made in (
            ("cohorts", tuple(_made(Cohort, entry) for entry in self.cohorts)),
            ("visits", _days("TrialDesign", self.visits, earliest=0.0)),
            ("jitter", MappingProxyType(_checked_jitter(self.jitter))),
            ("typical", MappingProxyType(dict(self.typical))),
            ("spread", MappingProxyType(dict(self.spread))),
            ("tocilizumab", None if self.tocilizumab is None else _made(Tocilizumab, self.tocilizumab)),
            ("markers", None if self.markers is None else _made(Markers, self.markers)),
        ):
            object.__setattr__(self, name, made)
        for name, wanted in (
            ("lloq", _POSITIVE),
            ("dose_exponent", _NUMBER),
            ("missing_share", _SHARE),
            ("drop_out_share", _SHARE),
            ("residual_sd", _NOT_NEGATIVE),
        ):
            _check("TrialDesign", name, getattr(self, name), wanted)
        self._check_cohorts()
        if self.random_effects not in _RANDOM_EFFECTS:
            hint = did_you_mean(str(self.random_effects), _RANDOM_EFFECTS)
            wanted_words = f"must be one of {list(_RANDOM_EFFECTS)}; got {self.random_effects!r}.{hint}"
            raise RulesError(f"TrialDesign: random_effects {wanted_words}")

    def _check_cohorts(self) -> None:
        names = [cohort.name for cohort in self.cohorts]
        if not names or len(set(names)) < len(names):
            raise RulesError(f"TrialDesign: cohorts must be one or more, each with a name of its own; got {names}.")
        if self.reference_dose is not None:
            _check("TrialDesign", "reference_dose", self.reference_dose, _POSITIVE)
        elif self.dose_exponent:
            raise RulesError(
                f"TrialDesign: dose_exponent {self.dose_exponent!r} needs a reference_dose, at which the typical values"
                " hold."
            )

    @classmethod
    def from_mapping(cls, parts: Mapping[str, Any]) -> "TrialDesign":
        """Make a design from words, as a TOML file has them.

        Raises
        ------
        RulesError
            A word is no part of a design, a part is missing, or has no such value.
        """
        return _made(cls, parts)

    @property
    def marker_visits(self) -> tuple[float, ...]:
        """Planned days of the markers."""
        return () if self.markers is None else tuple(self.markers.visits or self.visits)

    @property
    def planned_days(self) -> tuple[float, ...]:
        """Every day on which something is measured."""
        return tuple(sorted({*self.visits, *self.marker_visits}))


def _made(kind: type[Made], given: Any) -> Made:
    """Make a record of a mapping; leave what is made already."""
    if isinstance(given, kind):
        return given
    name = kind.__name__
    if not isinstance(given, Mapping):
        raise RulesError(f"{name}: must be a table of its parts; got {given!r}.")
    known = [part.name for part in fields(kind)]  # type: ignore[arg-type]
    for word in given:
        if word not in known:
            raise RulesError(f"{name} has no {word!r}; one of {known}.{did_you_mean(str(word), known)}")
    try:
        return kind(**given)
    except TypeError as error:
        raise RulesError(f"{name}: {str(error).split(') ')[-1]}.") from None


def _check(record: str, name: str, value: Any, wanted: tuple[str, Callable[[float], bool]]) -> None:
    words, fits = wanted
    if isinstance(value, bool) or not (isinstance(value, Real) and fits(float(value))):
        raise RulesError(f"{record}: {name} must be {words}; got {value!r}.")


def _days(record: str, given: Any, *, earliest: float) -> tuple[float, ...]:
    """Return planned days as numbers, or say what is wrong with them."""
    wanted = f"{record}: visits must be days that rise{', from day 0 on' if earliest == 0 else ''}; got {given!r}."
    try:
        days = tuple(float(day) for day in given)
    except (TypeError, ValueError):
        raise RulesError(wanted) from None
    rising = all(day < later for day, later in pairwise(days))
    if not (days and rising and earliest <= days[0] and all(map(math.isfinite, days))):
        raise RulesError(wanted)
    return days


def _checked_jitter(given: Mapping[Any, Any]) -> dict[float, float]:
    """Return jitter as day to days, by rising day; the keys of a TOML table are texts."""
    wanted = f"TrialDesign: jitter must map planned days to zero or more days; got {given!r}."
    try:
        checked = {float(day): float(reach) for day, reach in given.items()}
    except (AttributeError, TypeError, ValueError):
        raise RulesError(wanted) from None
    if not all(math.isfinite(day) and 0 <= reach < math.inf for day, reach in checked.items()):
        raise RulesError(wanted)
    return dict(sorted(checked.items()))
