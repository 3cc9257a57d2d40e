"""ResponseRules: every choice that can change a pharmacodynamic number."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from carpk.errors import RulesError, did_you_mean, refuse_unknown_choices
from carpk.response.hematotoxicity import IcahtRules
from carpk.response.hyperinflammation_rules import HyperinflammationRules
from carpk.units import find_unit, label

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "b_cell_baseline": ("before_lymphodepletion", "before_infusion"),
        "marker_baseline": ("before_infusion", "before_lymphodepletion"),
        "below_limit": ("half_lloq", "zero", "lloq"),
        "duplicates": ("refuse", "first", "max"),
    }
)
"""Words that a choice may be; the first is the default."""

SHARE_OF_LIMIT: Mapping[str, float] = MappingProxyType({"half_lloq": 0.5, "zero": 0.0, "lloq": 1.0})
"""What stands for a level below the limit in an area, as a share of the limit."""

BELOW_LIMIT: Mapping[str, str] = MappingProxyType(
    {"half_lloq": "half of it", "zero": "zero", "lloq": "the limit itself"}
)
"""The same in words."""

_BASELINES = {"before_lymphodepletion": "before lymphodepletion", "before_infusion": "before the infusion"}


@dataclass(frozen=True, kw_only=True)
class ResponseRules:
    """Choices of the analysis of B cells, markers and events; times are in days, whatever the unit of the data.

    Parameters
    ----------
    b_cell_threshold : float or "lloq"
        Below it B cells count as depleted, at or above it as recovered; "lloq" takes each sample's own limit.
    b_cell_unit : str
        Unit of the threshold: a count, or % for B cells as a share of lymphocytes.
    recovery_visits : int
        How many visits in a row must be at or above the threshold for a recovery.
    b_cell_baseline, marker_baseline : {"before_lymphodepletion", "before_infusion"}
        Which level changes are counted from: the last before lymphodepletion or the last before the infusion.
    lymphodepletion_day : float or None
        First day of lymphodepletion where the data give none, flagged; a sample of that day counts as before it. None:
        then there is no baseline before lymphodepletion.
    marker_days : float
        Peak and areas of markers run from the infusion to this day.
    visit_window : float
        How much earlier the last sample of that window may be taken [day]; its level is held.
    return_fold : float
        A marker is back when it is below this multiple of its baseline.
    limits : mapping of analyte to level
        The time and area above and below these levels is reported, in the unit of the analyte's levels.
    ranges : mapping of analyte to (lower, upper)
        The time within these levels is reported, ends included.
    below_limit : {"half_lloq", "zero", "lloq"}
        What stands for a level below the limit in an area; its bounds are always reported beside.
    duplicates : {"refuse", "first", "max"}
        What becomes of different levels of a marker at one time.
    igg_threshold : float
        At or below it IgG counts as severe hypogammaglobulinemia [g/L]; the default is the 400 mg/dL of Hill 2019,
        doi:10.1016/j.blre.2019.100596, as tabulated in PMC11272770.
    kinetics : str
        CAR-T analyte whose peak the markers' peaks are compared with; the first of the study, if empty.
    icaht : IcahtRules or mapping
        Choices of the grades of hematotoxicity, as such or by name.
    iec_hs : HyperinflammationRules or mapping, optional
        Limits by which signs of IEC-HS are listed: ferritin_fold, transaminase_fold, fibrinogen [g/L], triglycerides
        [mg/dL], and limits of normal by analyte as `upper` and `lower`. They have no defaults; without them nothing is
        listed.

    Raises
    ------
    RulesError
        A choice has no such value.
    """

    b_cell_threshold: float | str = 10.0
    b_cell_unit: str = "cells/uL"
    recovery_visits: int = 2
    b_cell_baseline: str = "before_lymphodepletion"
    marker_baseline: str = "before_infusion"
    lymphodepletion_day: float | None = -5.0
    marker_days: float = 28.0
    visit_window: float = 2.0
    return_fold: float = 2.0
    limits: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=lambda: MappingProxyType({}))
    below_limit: str = "half_lloq"
    duplicates: str = "refuse"
    igg_threshold: float = 4.0
    kinetics: str = ""
    icaht: IcahtRules | Mapping[str, Any] = field(default_factory=IcahtRules)
    iec_hs: HyperinflammationRules | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value not in known:
                hint = did_you_mean(str(value), known)
                raise RulesError(f"ResponseRules: {name} must be one of {list(known)}; got {value!r}.{hint}")
        self._check_numbers()
        unit = find_unit(self.b_cell_unit)
        if unit is None or unit.dimension not in ("cells per volume", "share"):
            raise RulesError(
                f"ResponseRules: b_cell_unit must be a unit of cells per volume, or %; got {self.b_cell_unit!r}."
            )
        object.__setattr__(self, "b_cell_unit", unit.name)
        object.__setattr__(self, "limits", MappingProxyType(dict(self.limits)))
        object.__setattr__(self, "ranges", MappingProxyType({key: tuple(ends) for key, ends in self.ranges.items()}))
        for name, kind in (("icaht", IcahtRules), ("iec_hs", HyperinflammationRules)):
            if isinstance(getattr(self, name), Mapping):
                object.__setattr__(self, name, kind.from_mapping(getattr(self, name)))
        self._check_parts()

    def _check_parts(self) -> None:
        if not isinstance(self.icaht, IcahtRules):
            raise RulesError(f"ResponseRules: icaht must be IcahtRules or a mapping; got {self.icaht!r}.")
        if not (self.iec_hs is None or isinstance(self.iec_hs, HyperinflammationRules)):
            raise RulesError(f"ResponseRules: iec_hs must be a mapping of limits; got {self.iec_hs!r}.")

    def _check_numbers(self) -> None:
        if self.b_cell_threshold != "lloq" and not _positive(self.b_cell_threshold):
            raise RulesError(
                f'ResponseRules: b_cell_threshold must be a positive number or "lloq"; got {self.b_cell_threshold!r}.'
            )
        for name in ("marker_days", "return_fold", "igg_threshold"):
            if not _positive(getattr(self, name)):
                raise RulesError(f"ResponseRules: {name} must be a positive number; got {getattr(self, name)!r}.")
        if not (_positive(self.visit_window) or self.visit_window == 0):
            raise RulesError(f"ResponseRules: visit_window must be zero or more days; got {self.visit_window!r}.")
        if isinstance(self.recovery_visits, bool) or self.recovery_visits not in range(1, 100):
            raise RulesError(f"ResponseRules: recovery_visits must be 1 or more; got {self.recovery_visits!r}.")
        if self.lymphodepletion_day is not None and not _positive(-self.lymphodepletion_day):
            raise RulesError(
                f"ResponseRules: lymphodepletion_day must lie before day 0; got {self.lymphodepletion_day!r}."
            )
        for analyte, limit in self.limits.items():
            if not _positive(limit):
                raise RulesError(f"ResponseRules: the limit of {analyte!r} must be a positive number; got {limit!r}.")
        for analyte, ends in self.ranges.items():
            if len(tuple(ends)) != 2 or not all(map(_positive, ends)) or not ends[0] < ends[1]:
                raise RulesError(
                    f"ResponseRules: the range of {analyte!r} must be a lower and an upper level; got {ends!r}."
                )

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "ResponseRules":
        """Make rules from words, as the ``[response]`` table of a settings file has them.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        refuse_unknown_choices("ResponseRules", choices, [choice.name for choice in fields(cls)])
        return cls(**choices)

    def sentences(self) -> list[str]:
        """Say in full sentences what was chosen, for the methods of a report."""
        threshold = (
            "the lower limit of quantification"
            if self.b_cell_threshold == "lloq"
            else f"{self.b_cell_threshold:g} {label(self.b_cell_unit)}"
        )
        visits = "one visit" if self.recovery_visits == 1 else f"{self.recovery_visits} visits in a row"
        assumed = (
            "Where the data give no day of lymphodepletion, there is no baseline before it."
            if self.lymphodepletion_day is None
            else f"Where the data give no day of lymphodepletion, day {self.lymphodepletion_day:g} is assumed.".replace(
                " -", " \u2212"
            )
        )
        standing = BELOW_LIMIT[self.below_limit]
        return [
            f"B cells are depleted below {threshold} and recovered from the first of {visits} at or above it.",
            f"Baseline of B cells: the last level {_BASELINES[self.b_cell_baseline]}; of markers: the last level"
            f" {_BASELINES[self.marker_baseline]}. {assumed}",
            f"Peaks and areas of markers are taken from the infusion to day {self.marker_days:g}; areas by the linear"
            f" trapezoidal rule, {standing} standing for a level below the limit, with bounds beside. The last sample"
            f" may be taken {self.visit_window:g} days early; its level is held.",
            f"A marker is back at its first level below {self.return_fold:g} times baseline after its peak.",
            "A level above the upper limit stays a lower bound in every number that rests on it.",
            *self._safety_sentences(),
        ]

    def _safety_sentences(self) -> list[str]:
        told = [part.sentence() for part in (self.icaht, self.iec_hs) if not isinstance(part, Mapping | None)]
        return [
            "CRS and ICANS are graded by ASTCT (Lee 2019, doi:10.1016/j.bbmt.2018.12.758) on the days for which their"
            " components are given; other grades are as recorded.",
            *told,
        ]


def _positive(number: object) -> bool:
    return not isinstance(number, bool) and isinstance(number, int | float) and 0 < number < float("inf")
