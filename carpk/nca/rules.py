"""NcaRules: every choice that can change a noncompartmental number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, cast

from carpk.errors import RulesError, did_you_mean, refuse_unknown_choices
from carpk.nca.choices import (
    CHOICES,
    NUMBERS,
    Acceptance,
    Exclusion,
    SlopePoints,
    check_number,
    checked_acceptance,
    checked_visit_windows,
    checked_windows,
    records,
)
from carpk.nca.sentences import methods_sentences
from carpk.terms import window_key


def _windows() -> Mapping[str, tuple[float, float]]:
    return {"0-28": (0.0, 28.0), "28-90": (28.0, 90.0), "0-90": (0.0, 90.0)}


def _visit_windows() -> Mapping[float, float]:
    return {28.0: 2.0, 90.0: 7.0}


@dataclass(frozen=True, kw_only=True)
class NcaRules:
    """Choices of a noncompartmental analysis; times are in days, whatever the unit of the data.

    Parameters
    ----------
    auc_method : {"linear-up log-down", "linear", "linear-log", "log"}
        Shape of a segment between two samples. "linear-up log-down" is exponential where a level falls to another
        positive level, "linear-log" after the peak, "log" wherever both levels are positive; linear elsewhere.
    windows : mapping of name to (start, end)
        Windows of partial areas [day]; each becomes the parameter ``auc_<start>_<end>d``.
    blq : str
        What becomes of a level below the limit before the first, between, and after the last quantified one. "carpk":
        zero, dropped, zero. "zero": zero. "ich_m13a": zero, dropped, dropped. "pkanalix": zero before the peak, half
        the limit after it. "half_lloq", "lloq": half the limit, the limit. "missing": dropped. "consecutive": as
        "carpk", but half the limit for the first after the last quantified one, and everything from the second of two
        in a row on is dropped. "none": the profile is refused.
    blq_tail : {"triangle", "zero", "lambda_z", "half_lloq"}
        The curve between the last quantified level and a kept level below the limit: straight to it; zero at once;
        along the terminal slope; straight to half the limit.
    tail : {"visit_window", "never", "always"}
        What becomes of a window that ends after the last sample where that is quantified.
    visit_windows : mapping of day to days
        How early the visit at a window's end may be taken [day].
    clast : {"observed", "predicted"}
        Where the extrapolating line starts: the last observed level, or the terminal line's own.
    time_basis : {"actual", "nominal"}
        Which times are used; a missing one is replaced by the other, with a flag.
    time_zero : {"insert", "baseline", "none"}
        Where a profile has no sample at time 0: (0, 0) is inserted; the last level before it stands there; or nothing.
    peak_horizon : float
        The peak is sought after time 0 and up to this day; ``math.inf`` for the whole profile.
    min_points : int
        Fewest levels after the peak in a terminal slope, at least 3.
    slope_selection : {"best_adjusted_r2", "pknca", "most_points"}
        Which last levels make the terminal slope; see `carpk.nca.terminal.terminal_slope`.
    slope_weights : {"uniform", "1/y", "1/y2"}
        Weights of the points, y the level.
    slope_includes_peak : bool
        Whether the peak may be a point of the terminal slope.
    slope_from : float
        Points before this day are not used for the terminal slope.
    slope_points : sequence of SlopePoints or of mappings
        Slopes whose points are chosen by hand.
    exclusions : sequence of Exclusion or of mappings
        Samples left out by hand.
    acceptance : Acceptance, a mapping of its fields, or {"carpk", "pknca", "anca", "pkanalix", "none"}
        What a terminal slope must reach not to be flagged.
    unaccepted : {"flag", "missing"}
        Whether a slope below it is flagged or missing.
    duplicates : {"refuse", "first", "mean", "geometric_mean", "max"}
        What becomes of different levels at one time.
    course_end : {"missing", "truncate"}
        A window that ends after a second infusion or the like is missing, or ends with the course, flagged.
    contraction_until : float
        Last day of the contraction half-life.
    fold_definition : {"first", "nadir", "dose"}
        What Cmax is divided by: the first quantified level; the lowest one after the infusion and before the peak; the
        level that the dose makes in `blood_volume`.
    blood_volume : float
        [L]
    infinite : bool
        Whether AUCinf is computed.

    Raises
    ------
    RulesError
        A choice has no such value.
    """

    auc_method: str = "linear-up log-down"
    windows: Mapping[str, tuple[float, float]] = field(default_factory=_windows)
    blq: str = "carpk"
    blq_tail: str = "triangle"
    tail: str = "visit_window"
    visit_windows: Mapping[float, float] = field(default_factory=_visit_windows)
    clast: str = "observed"
    time_basis: str = "actual"
    time_zero: str = "insert"
    peak_horizon: float = 28.0
    min_points: int = 3
    slope_selection: str = "best_adjusted_r2"
    slope_weights: str = "uniform"
    slope_includes_peak: bool = False
    slope_from: float = 0.0
    slope_points: Sequence[SlopePoints] = ()
    exclusions: Sequence[Exclusion] = ()
    acceptance: Acceptance | Mapping[str, float] | str = "carpk"
    unaccepted: str = "flag"
    duplicates: str = "refuse"
    course_end: str = "missing"
    contraction_until: float = 35.0
    fold_definition: str = "first"
    blood_volume: float = 5.0
    infinite: bool = False

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                hint = did_you_mean(str(value), known)
                raise RulesError(f"NcaRules: {name} must be one of {list(known)}; got {value!r}.{hint}")
        for name, resolved in (
            ("windows", MappingProxyType(checked_windows(self.windows))),
            ("visit_windows", MappingProxyType(checked_visit_windows(self.visit_windows))),
            ("acceptance", checked_acceptance(self.acceptance)),
            ("slope_points", records(SlopePoints, "slope_points", self.slope_points)),
            ("exclusions", records(Exclusion, "exclusions", self.exclusions)),
        ):
            object.__setattr__(self, name, resolved)
        for name in NUMBERS:
            check_number(name, getattr(self, name))

    @classmethod
    def preset(cls, name: str) -> "NcaRules":
        """Return the rules that an engine or a guideline stands for, one of PRESETS.

        Raises
        ------
        RulesError
            There is no such preset.
        """
        if name not in PRESETS:
            hint = did_you_mean(str(name), PRESETS)
            raise RulesError(f"NcaRules: preset must be one of {list(PRESETS)}; got {name!r}.{hint}")
        return cls(**PRESETS[name])

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "NcaRules":
        """Make rules from words, as the ``[nca]`` table of a settings file has them.

        A key ``preset`` names the rules to start from.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        given = dict(choices)
        start = cls.preset(given.pop("preset", "carpk"))
        refuse_unknown_choices("NcaRules", given, [choice.name for choice in fields(cls)])
        return replace(start, **given)

    @property
    def accepts(self) -> Acceptance:
        """The acceptance rule, resolved."""
        return cast("Acceptance", self.acceptance)

    @property
    def window_keys(self) -> Mapping[str, tuple[float, float]]:
        """Windows by their parameter key."""
        return {window_key(*window): window for window in self.windows.values()}

    def sentences(self) -> list[str]:
        """Say in full sentences what was chosen, for the methods of a report."""
        return methods_sentences(self)


_NO_VISIT_WINDOW = {"tail": "always", "visit_windows": {}, "peak_horizon": math.inf}

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "carpk": {},
        "pknca": {**_NO_VISIT_WINDOW, "slope_selection": "pknca", "acceptance": "pknca"},
        "winnonlin": {
            **_NO_VISIT_WINDOW,
            "auc_method": "linear",
            "blq": "zero",
            "clast": "predicted",
            "acceptance": "none",
        },
        "noncompart": {**_NO_VISIT_WINDOW, "auc_method": "linear", "blq": "zero", "acceptance": "none"},
        "pkanalix": {**_NO_VISIT_WINDOW, "auc_method": "linear", "blq": "pkanalix", "acceptance": "pkanalix"},
        "ich_m13a": {**_NO_VISIT_WINDOW, "auc_method": "linear", "blq": "ich_m13a", "tail": "never"},
    }
)
"""Rules by name: what each changes of the defaults."""
