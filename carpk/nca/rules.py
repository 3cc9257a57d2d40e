"""NcaRules: every choice that can change a noncompartmental number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from carpk.errors import RulesError, did_you_mean
from carpk.terms import window_key

_CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "auc_method": {
            "linear-up log-down": "the linear trapezoidal rule for rising and the logarithmic one for falling levels",
            "linear": "the linear trapezoidal rule",
        },
        "tail": {
            "visit_window": (
                "A window whose end lies after the last, quantified sample by no more than the visit window"
                " ({visit_windows}) was closed by extrapolation {anchor}; a longer gap left it missing"
            ),
            "never": "A window whose end lies after the last, quantified sample was left missing",
            "always": (
                "A window whose end lies after the last, quantified sample was completed by extrapolation {anchor}"
            ),
        },
        "clast": {
            "observed": "along the terminal slope from the last observed level",
            "predicted": "along the fitted terminal line",
        },
        "time_zero": {
            "insert": "Where a profile has no sample at time 0, a level of zero was inserted there",
            "none": "No level was assumed at time 0 where a profile has no sample there",
        },
        "duplicates": {
            "refuse": "a profile with two different levels at one time was refused",
            "first": "of different levels at one time the first row was taken",
            "mean": "different levels at one time were averaged",
            "geometric_mean": "different levels at one time were replaced by their geometric mean",
            "max": "of different levels at one time the largest was taken",
        },
    }
)


def _windows() -> Mapping[str, tuple[float, float]]:
    return {"0-28": (0.0, 28.0), "28-90": (28.0, 90.0), "0-90": (0.0, 90.0)}


def _visit_windows() -> Mapping[float, float]:
    return {28.0: 2.0, 90.0: 7.0}


@dataclass(frozen=True, kw_only=True)
class NcaRules:
    """Choices of a noncompartmental analysis; times are in days, whatever the unit of the data.

    Parameters
    ----------
    auc_method : {"linear-up log-down", "linear"}
        Shape of a segment between two samples. "linear-up log-down" is exponential where a level falls to another
        positive level and linear elsewhere.
    windows : mapping of name to (start, end)
        Windows of partial areas [day]; each becomes the parameter ``auc_<start>_<end>d``.
    tail : {"visit_window", "never", "always"}
        What becomes of a window that ends after the last sample where that is quantified.
    visit_windows : mapping of day to days
        How early the visit at a window's end may be taken [day].
    clast : {"observed", "predicted"}
        Where the extrapolating line starts: the last observed level, or the terminal line's own.
    time_zero : {"insert", "none"}
        Whether (0, 0) is inserted where a profile has no sample at time 0.
    peak_horizon : float
        The peak is sought after time 0 and up to this day; ``math.inf`` for the whole profile.
    min_points : int
        Fewest levels after the peak in a terminal slope, at least 3.
    min_adjusted_r2, min_span : float
        Acceptance of a terminal slope: a value below gets a flag, never disappears.
    duplicates : {"refuse", "first", "mean", "geometric_mean", "max"}
        What becomes of different levels at one time.

    Raises
    ------
    RulesError
        A choice has no such value.
    """

    auc_method: str = "linear-up log-down"
    windows: Mapping[str, tuple[float, float]] = field(default_factory=_windows)
    tail: str = "visit_window"
    visit_windows: Mapping[float, float] = field(default_factory=_visit_windows)
    clast: str = "observed"
    time_zero: str = "insert"
    peak_horizon: float = 28.0
    min_points: int = 3
    min_adjusted_r2: float = 0.80
    min_span: float = 2.0
    duplicates: str = "refuse"

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                hint = did_you_mean(str(value), known)
                raise RulesError(f"NcaRules: {name} must be one of {list(known)}; got {value!r}.{hint}")
        object.__setattr__(self, "windows", MappingProxyType(_checked_windows(self.windows)))
        object.__setattr__(self, "visit_windows", MappingProxyType(_checked_visit_windows(self.visit_windows)))
        if self.min_points < 3:
            raise RulesError(f"NcaRules: min_points must be at least 3; got {self.min_points!r}.")
        if not self.peak_horizon > 0:
            raise RulesError(f"NcaRules: peak_horizon must be a positive number of days; got {self.peak_horizon!r}.")

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "NcaRules":
        """Make rules from words, as a settings file has them.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        known = [choice.name for choice in fields(cls)]
        for name in choices:
            if name not in known:
                raise RulesError(f"NcaRules has no choice {name!r}; one of {known}.{did_you_mean(name, known)}")
        return cls(**choices)

    @property
    def window_keys(self) -> Mapping[str, tuple[float, float]]:
        """Windows by their parameter key."""
        return {window_key(*window): window for window in self.windows.values()}

    def sentences(self) -> list[str]:
        """Say in full sentences what was chosen, for the methods of a report."""
        windows = " and ".join(f"{days:g} days at day {edge:g}" for edge, days in self.visit_windows.items()) or "none"
        anchor = _CHOICES["clast"][self.clast]
        tail = _CHOICES["tail"][self.tail].format(visit_windows=windows, anchor=anchor)
        if self.tail == "visit_window":
            tail += "; where no slope was estimable, the last level was held over those days"
        names = ", ".join(f"day {start:g} to {end:g}" for start, end in self.windows.values())
        horizon = "the whole profile" if self.peak_horizon == float("inf") else f"up to day {self.peak_horizon:g}"
        return [
            "Day 0 is the (first) infusion; actual sampling times were used, nominal ones only where the actual was"
            " missing. Samples before the infusion are baseline and not part of the profile.",
            f"{_CHOICES['time_zero'][self.time_zero]}.",
            "Levels below the lower limit of quantification before the first quantified level were taken as zero, those"
            " between quantified levels were left out, and those after the last quantified level were taken as zero"
            " (the area falls in a straight line to the first of them). None of them entered Cmax, Tmax, Tlast, Clast"
            " or the terminal slope.",
            f"Identical samples at one time were counted once; {_CHOICES['duplicates'][self.duplicates]}.",
            f"Cmax is the largest quantified level after time 0, {horizon}; Tmax is its actual time, the first where"
            " it occurs more than once.",
            f"Areas were computed by {_CHOICES['auc_method'][self.auc_method]} (\u201c{self.auc_method}\u201d). The"
            f" windows were {names}; the shape of each segment was decided once, from the two samples around it,"
            " so that areas of adjacent windows add up.",
            f"{tail}. Where the last sample was below the limit, the area was taken as zero from there on.",
            "Where a window holds levels below the limit, the least and the largest area they allow are given beside"
            " it (only segments between neighboring quantified samples; straight lines with each such level at its"
            " limit).",
            f"The terminal slope \u03bbz was fitted to ln levels after the peak of the whole profile, over the last"
            f" {self.min_points} or more points; of the fits with a falling slope and an adjusted R\u00b2 within 0.0001"
            " of the best, the one with most points was taken. It was estimated once per profile, never per window.",
            f"A slope with adjusted R\u00b2 below {self.min_adjusted_r2:g} or a span below {self.min_span:g}"
            " half-lives is flagged and still shown.",
            "The course of a subject ends at a second infusion, a transplant or another CAR-T; later samples were left"
            " out.",
        ]


def _checked_windows(windows: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
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


def _checked_visit_windows(visit_windows: Mapping[Any, Any]) -> dict[float, float]:
    try:
        checked = {float(edge): float(days) for edge, days in visit_windows.items()}
    except (TypeError, ValueError):
        raise RulesError(f"NcaRules: visit_windows must map a day to days; got {visit_windows!r}.") from None
    if any(not 0 <= days < float("inf") for days in checked.values()):
        raise RulesError(f"NcaRules: visit_windows must be zero or more days; got {visit_windows!r}.")
    return checked
