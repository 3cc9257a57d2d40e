"""Groups of subjects in numbers: n, geometric mean and CV, median and range; and a parameter against dose."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import RulesError, UnitError, did_you_mean
from carpk.profiles import Floats
from carpk.reasons import sentence
from carpk.schema import Study

FEW = 3
"""Groups with fewer values than this get no spread, and no line against dose."""

SMALL = 10
"""Fewer values than this call for a caution."""

_GROUP = ["analyte", "matrix", "source", "parameter", "unit"]


def summarize(parameters: pd.DataFrame, by: str | None = "cohort") -> pd.DataFrame:
    """Summarize parameters by group.

    Parameters
    ----------
    parameters : DataFrame
        As `run_nca` and `run_response` give them; columns as in carpk.schema.PARAMETERS.
    by : str or None
        Column that tells the groups apart; None summarizes all subjects as one group, "All".

    Returns
    -------
    DataFrame
        One row per group, analyte, matrix and parameter: `N` subjects, `n` values, `n_zero`, `n_censored` (no value but
        bounds, as of a peak above the upper limit), `n_missing` (neither); `geometric_mean` and `geometric_cv_percent`
        = 100 sqrt(exp(s^2) - 1), s the standard deviation (n - 1) of the logarithms, both over the values above zero,
        and missing where a number is censored; `median`, `minimum` and `maximum` over all values and bounds, each with
        its own bounds (`median_low`, `median_high` and so on) and missing where these differ; `note` says where the
        numbers are few or censored, or zeros are left out. Below three values above zero there is no CV.

    Raises
    ------
    RulesError
        There is no such column.
    """
    if by is not None and by not in parameters:
        hint = did_you_mean(by, [str(name) for name in parameters.columns])
        raise RulesError(f"summarize: the table has no column {by!r}.{hint}")
    group = by or "cohort"
    table = parameters if by else parameters.assign(cohort="All")
    positive = table["value"].where(table["value"] > 0)
    low, high = (table[name] if name in table else positive * np.nan for name in ("low", "high"))
    censored = table["value"].isna() & low.notna() & high.notna()
    table = table.assign(
        logarithm=np.log(positive),
        zero=table["value"] == 0,
        censored=censored,
        missing=table["value"].isna() & ~censored,
        least=table["value"].where(~censored, low),
        most=table["value"].where(~censored, high),
    )
    # Groups stand in the order in which their subjects do, and so do parameters.
    groups = table.groupby([group, *_GROUP], sort=False)
    summary = pd.DataFrame(
        {
            "N": groups.size(),
            "n": groups["value"].count(),
            "n_zero": groups["zero"].sum(),
            "n_censored": groups["censored"].sum(),
            "n_missing": groups["missing"].sum(),
            "geometric_mean": np.exp(groups["logarithm"].mean()),
            "geometric_cv_percent": 100 * np.sqrt(np.expm1(groups["logarithm"].var(ddof=1))),
            **_with_bounds("median", groups),
            **_with_bounds("minimum", groups),
            **_with_bounds("maximum", groups),
        }
    ).reset_index()
    summary.loc[summary["n"] - summary["n_zero"] < FEW, "geometric_cv_percent"] = np.nan
    summary.loc[summary["n_censored"] > 0, ["geometric_mean", "geometric_cv_percent"]] = np.nan
    return summary.assign(note=_notes(summary))


def _with_bounds(name: str, groups: Any) -> dict[str, "pd.Series[float]"]:
    """One order statistic of the values, of the least and of the largest that are possible."""
    statistic = {"median": "median", "minimum": "min", "maximum": "max"}[name]
    low, high = groups["least"].agg(statistic), groups["most"].agg(statistic)
    return {name: low.where(low == high), f"{name}_low": low, f"{name}_high": high}


def _notes(summary: pd.DataFrame) -> list[str]:
    notes = []
    counts = ("n", "n_zero", "n_censored", "n_missing")
    for n, zeros, censored, missing in zip(*(summary[name] for name in counts), strict=True):
        said = []
        if censored:
            said.append(f"{censored} known by bounds only: no mean")
        if zeros:
            said.append(f"{zeros} zero, not in the geometric mean")
        if missing:
            said.append(f"{missing} missing")
        if 0 < n < FEW:
            said.append(f"fewer than {FEW} values: no spread")
        notes.append("; ".join(said))
    return notes


@dataclass(frozen=True, slots=True)
class DoseProportionality:
    """A parameter against dose: the power model ln(parameter) = intercept + slope ln(dose).

    Attributes
    ----------
    parameter, analyte, matrix, source : str
        What was chosen.
    slope, low, high : float
        Slope and its confidence interval; 1 is proportional to dose, 0 independent of it. NaN where `reason` is given.
    intercept : float
        ln(parameter) where the dose is 1 `dose_unit`.
    residual_sd : float
        Standard deviation of ln(parameter) around the line, n - 2 degrees of freedom.
    level : float
        Of the interval.
    n : int
        Values above zero with a dose, which the line rests on.
    doses : tuple of float
        The doses of these, each once, rising.
    dose_unit, unit : str
        ASCII units of dose (empty where no study says it) and parameter.
    total_cells : bool
        True where the dose is the total of cells, a dose per kg times the weight.
    zeros, undosed : tuple of str
        Subjects left out: value zero, which has no logarithm; no dose, or no weight where that is needed.
    missing : tuple of (str, str)
        Subjects left out for want of a value, and the code of its reason.
    reason : str
        Why there is no line, as a sentence; else empty.
    caution : str
        What keeps a reader from making too much of the line.
    """

    parameter: str
    analyte: str
    matrix: str
    source: str
    slope: float
    low: float
    high: float
    intercept: float
    residual_sd: float
    level: float
    n: int
    doses: tuple[float, ...]
    dose_unit: str
    unit: str
    total_cells: bool
    zeros: tuple[str, ...]
    undosed: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    reason: str
    caution: str

    def expected(self, dose: float) -> float:
        """Parameter on the line at a dose."""
        return math.exp(self.intercept + self.slope * math.log(dose))

    def left_out(self) -> list[str]:
        """Say who is not in the line and why, counted and by name."""
        gaps = [f"{subject} ({sentence(code)})" for subject, code in self.missing]
        counted = (("with a value of zero", self.zeros), ("without a dose", self.undosed), ("without a value", gaps))
        return [f"{len(names)} {why}: {', '.join(names)}" for why, names in counted if names]


def dose_proportionality(
    parameters: pd.DataFrame,
    *,
    parameter: str = "auc_0_28d",
    analyte: str = "car_t_qpcr",
    matrix: str | None = None,
    source: str = "nca",
    level: float = 0.90,
    study: Study | None = None,
    total_cells: bool = False,
) -> DoseProportionality:
    """Fit the power model of a parameter on dose by ordinary least squares of the logarithms.

    The interval of the slope is slope +- t(n - 2) s / sqrt(Sxx). Values of zero have no logarithm and are left out, by
    name. There is no line from fewer than three values or from one dose only.

    Parameters
    ----------
    parameters : DataFrame
        As `run_nca` gives them; columns as in carpk.schema.PARAMETERS.
    parameter : str
        Key of the parameter, e.g. ``cmax`` or ``auc_0_28d``.
    analyte : str
        Key of the analyte.
    matrix : str, optional
        Matrix of the samples; blood where there is some.
    source : str
        ``nca``, or the name of a model.
    level : float
        Of the interval.
    study : Study, optional
        Gives the unit of the doses, which must be one; needed for `total_cells`.
    total_cells : bool
        Take the total of cells as the dose: a dose in cells/kg is multiplied by the weight.

    Returns
    -------
    DoseProportionality

    Raises
    ------
    RulesError
        The table has no such parameter, analyte, matrix or source, a subject stands in it twice, the level is not
        between 0 and 1, or `total_cells` is asked for without a study.
    UnitError
        Values or doses are in more than one unit, or a dose cannot be turned into a total of cells.
    """
    if not 0 < level < 1:
        raise RulesError(f"dose_proportionality: level must lie between 0 and 1; got {level!r}.")
    rows = _chosen_rows(parameters, parameter=parameter, analyte=analyte, matrix=matrix, source=source)
    dose, dose_unit = _doses(rows, study, total_cells=total_cells)
    value = rows["value"].to_numpy(np.float64)
    with np.errstate(invalid="ignore"):
        dosed, positive = dose > 0, value > 0
    if (value < 0).any():
        names = list(rows["subject"][value < 0])
        raise RulesError(f"dose_proportionality: {parameter} of {names} is negative and has no logarithm.")
    used = dosed & positive
    doses = tuple(float(each) for each in np.unique(dose[used]))
    reason = _why_no_line(int(used.sum()), doses)
    slope, low, high, intercept, spread = (np.nan,) * 5 if reason else _power_line(dose[used], value[used], level)
    gaps = rows[np.isnan(value)]
    return DoseProportionality(
        parameter=parameter,
        analyte=analyte,
        matrix=str(rows["matrix"].iloc[0]),
        source=source,
        slope=slope,
        low=low,
        high=high,
        intercept=intercept,
        residual_sd=spread,
        level=level,
        n=int(used.sum()),
        doses=doses,
        dose_unit=dose_unit,
        unit=str(rows["unit"].iloc[0]),
        total_cells=total_cells,
        zeros=tuple(rows["subject"][dosed & (value == 0)]),
        undosed=tuple(rows["subject"][~dosed & ~np.isnan(value)]),
        missing=tuple(zip(gaps["subject"], gaps["reason"], strict=True)),
        reason=reason,
        caution="" if reason else _caution(int(used.sum()), doses),
    )


def _chosen_rows(rows: pd.DataFrame, *, parameter: str, analyte: str, matrix: str | None, source: str) -> pd.DataFrame:
    for column, given in (("source", source), ("analyte", analyte), ("parameter", parameter), ("matrix", matrix)):
        known = sorted(str(name) for name in rows[column].unique())
        wanted = ("blood" if "blood" in known else known[0]) if given is None else given
        if wanted not in known:
            hint = did_you_mean(wanted, known)
            raise RulesError(f"dose_proportionality: {column} must be one of {known}; got {given!r}.{hint}")
        rows = rows[rows[column] == wanted]
    units = sorted(rows["unit"].unique())
    if len(units) > 1:
        raise UnitError(f"dose_proportionality: values of {parameter} in {units} cannot share a line.")
    twice = list(rows["subject"][rows["subject"].duplicated()].unique())
    if twice:
        raise RulesError(f"dose_proportionality: {twice} have more than one value of {parameter}.")
    return rows.sort_values("subject", kind="stable")


def _doses(rows: pd.DataFrame, study: Study | None, *, total_cells: bool) -> tuple[Floats, str]:
    """Dose of each row, NaN where not known, and its unit."""
    dose = rows["dose"].to_numpy(np.float64)
    if study is None:
        if total_cells:
            raise RulesError("dose_proportionality: total_cells needs the study, which has the weights.")
        return dose, ""
    subjects = study.subjects.set_index("subject").reindex(rows["subject"])
    unit = subjects["dose_unit"].fillna("").to_numpy(np.str_)
    found = sorted(set(unit[dose > 0].tolist()))
    if not total_cells:
        if len(found) > 1:
            hint = "total_cells=True brings doses per kg and of cells together."
            raise UnitError(f"dose_proportionality: doses in {found} cannot share a line; {hint}")
        return dose, found[0] if found else ""
    unknown = sorted(set(found) - {"cells", "cells/kg"})
    if unknown:
        raise UnitError(f"dose_proportionality: a dose in {unknown[0]!r} cannot be turned into a total of cells.")
    return np.where(unit == "cells/kg", dose * subjects["weight"].to_numpy(np.float64), dose), "cells"


def _why_no_line(n: int, doses: tuple[float, ...]) -> str:
    if n < FEW:
        return f"{n} values above zero with a dose; a line needs {FEW}."
    return "All values are at one dose, so there is no line." if len(doses) == 1 else ""


def _power_line(dose: Floats, value: Floats, level: float) -> tuple[float, float, float, float, float]:
    """Slope, its interval, intercept and residual standard deviation of ln(value) on ln(dose)."""
    from scipy.stats import t

    x, y = np.log(dose), np.log(value)
    across = x - x.mean()
    slope = float(across @ y / (across @ across))
    intercept = float(y.mean() - slope * x.mean())
    residual = y - intercept - slope * x
    residual_sd = math.sqrt(float(residual @ residual) / (len(x) - 2))
    half = float(t.ppf((1 + level) / 2, len(x) - 2)) * residual_sd / math.sqrt(float(across @ across))
    return slope, slope - half, slope + half, intercept, residual_sd


def _caution(n: int, doses: tuple[float, ...]) -> str:
    said = [f"Fewer than {SMALL} values: the interval describes these subjects and decides nothing."] * (n < SMALL)
    if len(doses) == 2:
        said.append("Two doses only: whether the line is straight cannot be judged.")
    return " ".join(said)
