"""What a number that carpk can report is: its key, label, definition, unit, CDISC term and summary."""

from dataclasses import dataclass
from typing import Literal

from carpk.units import area_unit

Kind = Literal["level", "time", "rate", "area", "count", "ratio", "percent", "level per dose", "area per dose"]
Summary = Literal["geometric", "median", "half_life"]


@dataclass(frozen=True, slots=True)
class Term:
    """One number that carpk can report.

    Attributes
    ----------
    key : str
        The word in the `parameter` column.
    label : str
        As tables and axes print it.
    definition : str
        What it is, in a sentence.
    kind : str
        What it measures; with the units of levels and times this gives its unit.
    summary : {"geometric", "median", "half_life"}
        How a group is summarized: geometric mean and CV; median and range; both.
    formula : str
        How it is computed, where a formula says more than the definition.
    cdisc_code, cdisc_name : str
        PKPARMCD and PKPARM, empty where CDISC has no term.
    observed : bool
        True for a value as measured, which keeps the precision of the input; False for a derived one.
    """

    key: str
    label: str
    definition: str
    kind: Kind
    summary: Summary = "geometric"
    formula: str = ""
    cdisc_code: str = ""
    cdisc_name: str = ""
    observed: bool = False

    def unit(self, level_unit: str, time_unit: str, dose_unit: str = "dose") -> str:
        """Name the unit of this number for levels, times and doses in these units."""
        return {
            "level": level_unit,
            "time": time_unit,
            "rate": f"1/{time_unit}",
            "area": area_unit(level_unit, time_unit),
            "count": "1",
            "ratio": "1",
            "percent": "%",
            "level per dose": f"{level_unit}/({dose_unit})",
            "area per dose": f"{area_unit(level_unit, time_unit)}/({dose_unit})",
        }[self.kind]
