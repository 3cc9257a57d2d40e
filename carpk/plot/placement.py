"""Where each sample stands on an axis of levels, and which samples a picture shows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk import units
from carpk.errors import RulesError, UnitError, did_you_mean
from carpk.schema import Study
from carpk.terms import analyte as known_analyte

MARKS = {
    "quantified": "Quantified",
    "below": "Below LLOQ, at the limit",
    "above": "Above ULOQ, at the limit",
    "below_unknown": "Below a limit not given, at the bottom",
    "above_unknown": "Above a limit not given, at the top",
    "negative": "Negative, at the bottom",
}
"""How a sample is marked, and what the legend says about it."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """The samples of one analyte that a picture shows.

    Attributes
    ----------
    points : DataFrame
        subject, cohort, time, nominal_time, visit, level (where it stands on a log axis; NaN for marks without one),
        mark (a key of MARKS), lloq and uloq; by subject and time. Missing and excluded samples are not among them.
    label : str
        Name of the analyte with its unit, for the axis.
    logarithmic : bool
        False where the unit has no true zero, as that of temperature: its levels have no logarithm worth the name.
    untimed : int
        Samples with a level but with no time, actual or nominal, which no picture can show.
    """

    points: pd.DataFrame
    label: str
    logarithmic: bool
    untimed: int


def profiles(
    study: Study, *, analyte: str, cohort: str | None = None, subject: str | None = None, matrix: str | None = None
) -> Profiles:
    """Choose the samples of one analyte and place them on a log axis.

    Raises
    ------
    RulesError
        The study has no such analyte, cohort, subject or matrix.
    UnitError
        The analyte's levels are in more than one unit.
    """
    samples = study.samples[study.samples["analyte"] == one_of("analyte", analyte, study.analytes)]
    matrices = sorted(samples["matrix"].unique())
    chosen = usual_matrix(matrices) if matrix is None else one_of("matrix", matrix, matrices)
    samples = samples[samples["matrix"] == chosen]
    unit = one_unit(analyte, samples["unit"])
    label = level_label(analyte, unit, chosen if len(matrices) > 1 else "")
    if cohort is not None:
        members = study.subjects["subject"][study.subjects["cohort"] == one_of("cohort", cohort, study.cohorts)]
        samples = samples[samples["subject"].isin(members)]
    if subject is not None:
        samples = samples[samples["subject"] == one_of("subject", subject, study.subjects["subject"])]
    points = _placed(samples, study.subjects)
    timed = points["time"].notna()
    points = points[timed].sort_values(["subject", "time"], kind="stable")
    return Profiles(points, label, has_logarithm(unit), int((~timed).sum()))


def one_of(what: str, given: str, known: "list[str] | pd.Series[str]") -> str:
    """Return the choice if it is a known one, or say what it could have been."""
    names = [str(name) for name in known]
    if given not in names:
        raise RulesError(f"{what} must be one of {names}; got {given!r}.{did_you_mean(given, names)}")
    return given


def usual_matrix(matrices: list[str]) -> str:
    """Blood where there is some, else the first by name."""
    return "blood" if "blood" in matrices or not matrices else matrices[0]


def one_unit(name: str, column: "pd.Series[str]") -> str:
    """Return the only unit of a column: levels in unlike units never share an axis."""
    found = sorted(column.unique())
    if len(found) > 1:
        raise UnitError(f"{name}: values in {found} cannot share an axis; convert them to one unit first.")
    return str(found[0]) if found else ""


def has_logarithm(unit: str) -> bool:
    """Say whether levels in a unit have a true zero, and with it logarithms and multiples; degrees Celsius do not."""
    return unit != "degC"


def level_label(analyte: str, unit: str, matrix: str = "") -> str:
    """Name an analyte with its unit, and its matrix where there are several."""
    name = known_analyte(analyte).label
    details = [matrix, "" if unit == "%" and "%" in name else units.label(unit)]
    return with_details(name, [detail for detail in details if detail])


def with_details(name: str, details: list[str]) -> str:
    """Add details in parentheses, within those that the name already ends with.

    Examples
    --------
    >>> with_details("B cells", ["cells/\u00b5L"]), with_details("CAR-T cells (flow)", ["cells/\u00b5L"])
    ('B cells (cells/\u00b5L)', 'CAR-T cells (flow, cells/\u00b5L)')
    """
    if not details:
        return name
    if name.endswith(")"):
        return f"{name[:-1]}, {', '.join(details)})"
    return f"{name} ({', '.join(details)})"


def _placed(samples: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    mark, level = _marked(samples)
    time = samples["time"].to_numpy()
    points = pd.DataFrame(
        {
            "subject": samples["subject"].to_numpy(),
            "cohort": samples["subject"].map(subjects.set_index("subject")["cohort"]).to_numpy(),
            "time": np.where(np.isnan(time), samples["nominal_time"].to_numpy(), time),
            "nominal_time": samples["nominal_time"].to_numpy(),
            "visit": samples["visit"].to_numpy(),
            "level": level,
            "mark": mark,
            "lloq": samples["lloq"].to_numpy(),
            "uloq": samples["uloq"].to_numpy(),
        }
    )
    shown: pd.DataFrame = points[mark != ""].reset_index(drop=True)
    return shown


def _marked(samples: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Find the mark of each sample, empty for one without a level, and where it stands, NaN for the end of the axis."""
    status, value = samples["status"].to_numpy(), samples["value"].to_numpy()
    lloq, uloq = samples["lloq"].to_numpy(), samples["uloq"].to_numpy()
    quantified = (status == "quantified") & ~np.isnan(value)
    below, above = np.isin(status, ["blq", "not_detected"]), status == "above_uloq"
    top = np.where(np.isnan(uloq), value, uloq)
    with np.errstate(invalid="ignore"):
        mark = np.select(
            [quantified & (value > 0), quantified, below & (lloq > 0), below, above & (top > 0), above],
            ["quantified", "negative", "below", "below_unknown", "above", "above_unknown"],
            "",
        )
    return mark, np.select([mark == "quantified", mark == "below", mark == "above"], [value, lloq, top], np.nan)
