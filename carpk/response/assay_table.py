"""compare_assays: two assays of the same cells side by side, sample by sample and patient by patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.errors import RulesError, UnitError, did_you_mean
from carpk.io.study import as_study
from carpk.nca.table import NcaResult, run_nca
from carpk.reasons import sentence
from carpk.response.assays import Agreement, agree
from carpk.schema import Study
from carpk.units import conversion_factor

_BELOW = ("blq", "not_detected")
_UNUSABLE = ("missing", "excluded")
_SIDES = ("first", "second")
_CARRIED = ("time", "value", "status", "lloq", "uloq")


@dataclass(frozen=True, eq=False)
class AssayComparison:
    """Two assays of the same cells compared.

    Attributes
    ----------
    first, second : str
        Keys of the analytes.
    first_unit, second_unit : str
        ASCII units of their levels.
    matrix : str
        Of the samples.
    pairs : DataFrame
        One row for each pair of samples: subject, cohort, nominal_time, then first_ and second_ time, value, status,
        lloq and uloq; both_quantified; ratio = first / second and fold_from_line = second over what the agreement line
        expects, NaN unless both are quantified.
    unpaired : DataFrame
        Samples without a partner: subject, analyte, time, nominal_time, why.
    agreement : Agreement
        The line, the correlations, the mean ratio and the limits of agreement.
    discordant : DataFrame
        Pairs that do not agree: subject, cohort, nominal_time, first_time, second_time, kind, expected, limit,
        explained. Kind is ``first_only`` or ``second_only`` (quantified by one assay, below the limit by the other;
        `expected` is what the line expects of the other) or ``off_line`` (farther from the line than the limits of
        1.96 standard deviations around it). `explained` is 1 where a level below its limit can lie within those limits,
        so that the assays need not disagree; 0 where not; NaN where line or limit is unknown.
    patients : DataFrame
        Every subject: cohort, counts n_pairs, n_both, n_first_only, n_second_only, n_neither, n_off_line, geometric
        means ratio and fold_from_line, `off_line` where the latter exceeds the limits around the line, and `reason`:
        why there is no ratio.
    peaks : DataFrame
        Every subject: first_tmax, second_tmax, lag = second - first, and reason. Where the assays were sampled on
        different days, the lag holds that difference too.
    within : float
        Longest time between the samples of a pair [day].
    cohorts : tuple of str
        All cohorts of the study, in its order.
    time_unit, title : str
        As in the study.
    """

    first: str
    second: str
    first_unit: str
    second_unit: str
    matrix: str
    pairs: pd.DataFrame
    unpaired: pd.DataFrame
    agreement: Agreement
    discordant: pd.DataFrame
    patients: pd.DataFrame
    peaks: pd.DataFrame
    within: float
    cohorts: tuple[str, ...]
    time_unit: str
    title: str

    def __repr__(self) -> str:
        return (
            f"AssayComparison({self.first} and {self.second}, {len(self.pairs)} pairs, "
            f"{self.agreement.n_pairs} quantified by both, {len(self.discordant)} discordant)"
        )


def compare_assays(
    study: Study | pd.DataFrame,
    first: str = "car_t_qpcr",
    second: str = "car_t_flow",
    *,
    nca: NcaResult | None = None,
    matrix: str | None = None,
    within: float = 1.0,
    level: float = 0.95,
) -> AssayComparison:
    """Compare two assays of the same cells.

    Samples of a subject are a pair if they have the same planned time and were taken no more than `within` days apart;
    or else if they have the same actual time. Of several samples at one planned time only those of equal actual time
    are pairs.

    Parameters
    ----------
    study : Study or DataFrame
        A DataFrame as `run_nca` takes it, times in days.
    first, second : str
        Keys of the analytes.
    nca : NcaResult, optional
        Where the peaks are taken from; by default they are found under the default rules.
    matrix : str, optional
        Of both; blood where there is some.
    within : float
        Longest time between the samples of a pair [day].
    level : float
        Of the confidence intervals.

    Returns
    -------
    AssayComparison

    Raises
    ------
    RulesError
        The data or the analysis have no such analyte or matrix, both are the same, or `within` is negative.
    UnitError
        The levels of an assay are in more than one unit.
    """
    study = as_study(study)
    if first == second:
        raise RulesError(f"compare_assays: two different analytes are needed; got {first!r} twice.")
    if not within >= 0:
        raise RulesError(f"compare_assays: within must be zero or more days; got {within!r}.")
    samples = [_samples_of(study, key) for key in (first, second)]
    chosen = _matrix(samples, matrix)
    tables = [table[table["matrix"] == chosen] for table in samples]
    pairs, unpaired = _pair(tables, within * conversion_factor("day", study.time_unit))
    cohort = study.subjects.set_index("subject")["cohort"]
    pairs.insert(1, "cohort", pairs["subject"].map(cohort))
    both = pairs["both_quantified"].to_numpy(np.bool_)
    seen, too = (pairs[f"{side}_value"].to_numpy(np.float64)[both] for side in _SIDES)
    agreement = agree(seen, too, pd.factorize(pairs["subject"][both])[0].astype(np.int64), level=level)
    pairs.loc[both, "ratio"] = seen / too
    pairs.loc[both, "fold_from_line"] = too / agreement.expected_second(seen)
    pairs = pairs.assign(kind=_kinds(pairs, agreement))
    return AssayComparison(
        first=first,
        second=second,
        first_unit=_one_unit(first, tables[0]),
        second_unit=_one_unit(second, tables[1]),
        matrix=chosen,
        pairs=pairs.drop(columns="kind"),
        unpaired=unpaired,
        agreement=agreement,
        discordant=_discordant(pairs, agreement),
        patients=_patients(study, pairs, agreement),
        peaks=_peaks(study, first, second, chosen, nca),
        within=within,
        cohorts=tuple(study.cohorts),
        time_unit=study.time_unit,
        title=study.title,
    )


def _samples_of(study: Study, key: str) -> pd.DataFrame:
    if key not in study.analytes:
        hint = did_you_mean(key, study.analytes)
        raise RulesError(f"compare_assays: the data have no analyte {key!r}; they have {study.analytes}.{hint}")
    return study.samples[study.samples["analyte"] == key]


def _matrix(samples: Sequence[pd.DataFrame], asked: str | None) -> str:
    shared = sorted(set.intersection(*[set(table["matrix"]) for table in samples]))
    if asked is not None and asked not in shared:
        raise RulesError(f"matrix must be one of {shared}; got {asked!r}.{did_you_mean(asked, shared)}")
    if not shared:
        found = [sorted(set(table["matrix"])) for table in samples]
        raise RulesError(f"compare_assays: the assays share no matrix: {found[0]} and {found[1]}.")
    return asked or ("blood" if "blood" in shared else shared[0])


def _one_unit(key: str, samples: pd.DataFrame) -> str:
    units = sorted(samples["unit"].unique())
    if len(units) > 1:
        raise UnitError(f"{key}: levels in {units} cannot be compared; convert them to one unit first.")
    return str(units[0])


def _pair(tables: Sequence[pd.DataFrame], within: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Match the samples of two assays: by planned time, and what is left by actual time."""
    rows = [table.reset_index(drop=True).rename_axis("sample").reset_index() for table in tables]
    usable = [table[~table["status"].isin(_UNUSABLE)] for table in rows]
    planned = _match(usable, "nominal_time")
    apart = (planned["time_x"] - planned["time_y"]).abs() > within
    rest = [
        table[~table["sample"].isin(planned.loc[~apart, f"sample_{end}"])]
        for table, end in zip(usable, "xy", strict=True)
    ]
    matched = pd.concat([planned[~apart], _match(rest, "time")], ignore_index=True)
    left = [
        _unpaired(table, set(matched[f"sample_{end}"]), set(planned.loc[apart, f"sample_{end}"]))
        for table, end in zip(rows, "xy", strict=True)
    ]
    first, second = (
        table.set_index("sample").loc[matched[f"sample_{end}"]].reset_index(drop=True)
        for table, end in zip(rows, "xy", strict=True)
    )
    planned_time = first["nominal_time"].fillna(second["nominal_time"])
    pairs = pd.DataFrame({"subject": first["subject"], "nominal_time": planned_time})
    for side, table in zip(_SIDES, (first, second), strict=True):
        pairs = pairs.assign(**{f"{side}_{name}": table[name] for name in _CARRIED})
    pairs = pairs.sort_values(["subject", "first_time", "second_time"], kind="stable", ignore_index=True)
    quantified = [(pairs[f"{side}_status"] == "quantified") & (pairs[f"{side}_value"] > 0) for side in _SIDES]
    pairs = pairs.assign(both_quantified=quantified[0] & quantified[1], ratio=np.nan, fold_from_line=np.nan)
    unpaired = pd.concat(left).sort_values(["subject", "analyte", "time"], kind="stable", ignore_index=True)
    return pairs, unpaired


def _match(tables: Sequence[pd.DataFrame], by: str) -> pd.DataFrame:
    """Match samples by subject and a time, which only one sample of each assay has."""
    keys = ["subject", by]
    alone = [table[table[by].notna() & ~table.duplicated(keys, keep=False)] for table in tables]
    narrow = [table[["sample", "subject", by]].assign(moment=table["time"]) for table in alone]
    matched = narrow[0].merge(narrow[1], on=keys)
    renamed: pd.DataFrame = matched.rename(columns={"moment_x": "time_x", "moment_y": "time_y"})
    return renamed[["sample_x", "sample_y", "time_x", "time_y"]]


def _unpaired(table: pd.DataFrame, matched: set[int], apart: set[int]) -> pd.DataFrame:
    left = table[~table["sample"].isin(matched)]
    usable = table[~table["status"].isin(_UNUSABLE)]
    several = [
        usable.loc[usable[by].notna() & usable.duplicated(["subject", by], keep=False), "sample"]
        for by in ("nominal_time", "time")
    ]
    conditions = [
        left["status"] == "missing",
        left["status"] == "excluded",
        left["sample"].isin(apart),
        left["sample"].isin(pd.concat(several)),
    ]
    whys = ["no level given", "excluded", "taken too far from the other assay's sample", "several samples at one time"]
    why = np.select(conditions, whys, "no sample of the other assay")
    return left[["subject", "analyte", "time", "nominal_time"]].assign(why=why)


def _kinds(pairs: pd.DataFrame, agreement: Agreement) -> np.ndarray:
    positive = [(pairs[f"{side}_status"] == "quantified") & (pairs[f"{side}_value"] > 0) for side in _SIDES]
    below = [pairs[f"{side}_status"].isin(_BELOW) for side in _SIDES]
    off_line = agreement.off_line(pairs["fold_from_line"]) & pairs["both_quantified"]
    conditions = [
        off_line,
        pairs["both_quantified"],
        positive[0] & below[1],
        below[0] & positive[1],
        below[0] & below[1],
    ]
    return np.select(conditions, ["off_line", "both", "first_only", "second_only", "neither"], "other")


def _discordant(pairs: pd.DataFrame, agreement: Agreement) -> pd.DataFrame:
    """List the pairs that do not agree, with what the line expects of the assay that saw nothing."""
    rows: pd.DataFrame = pairs[pairs["kind"].isin(["first_only", "second_only", "off_line"])].reset_index(drop=True)
    first_only, second_only = (rows["kind"] == "first_only", rows["kind"] == "second_only")
    level = {side: rows[f"{side}_value"].astype(np.float64) for side in _SIDES}
    limit = {side: rows[f"{side}_lloq"].where(rows[f"{side}_lloq"] > 0) for side in _SIDES}
    by_first = agreement.expected_second(level["first"].where(~second_only))
    by_second = agreement.expected_first(level["second"].where(second_only))
    # The least deviation from the line that a level below the limit allows.
    at_limit = agreement.expected_second(limit["first"])
    fold = np.select([first_only, second_only], [limit["second"] / by_first, level["second"] / at_limit], np.nan)
    fold = np.where(agreement.slope > 0, fold, np.nan)
    with np.errstate(invalid="ignore"):
        beyond = np.where(first_only, fold < 1 / agreement.fold_limit, fold > agreement.fold_limit)
    explained = np.where(rows["kind"] == "off_line", 0.0, np.where(np.isnan(fold), np.nan, 1.0 - beyond))
    columns = ["subject", "cohort", "nominal_time", "first_time", "second_time", "kind"]
    return rows[columns].assign(
        expected=np.where(second_only, by_second, by_first),
        limit=np.select([first_only, second_only], [limit["second"], limit["first"]], np.nan),
        explained=explained,
    )


def _patients(study: Study, pairs: pd.DataFrame, agreement: Agreement) -> pd.DataFrame:
    table = study.subjects[["subject", "cohort"]].reset_index(drop=True)
    counts = pd.crosstab(pairs["subject"], pairs["kind"]).reindex(table["subject"], fill_value=0)
    counts = counts.reindex(columns=["both", "first_only", "second_only", "neither", "off_line", "other"], fill_value=0)
    counts = counts.reset_index(drop=True)
    table = table.assign(
        n_pairs=counts.sum(axis=1),
        n_both=counts["both"] + counts["off_line"],
        **{f"n_{kind}": counts[kind] for kind in ("first_only", "second_only", "neither", "off_line")},
    )
    for name in ("ratio", "fold_from_line"):
        logarithms = pairs[name].astype(np.float64).map(np.log10).groupby(pairs["subject"]).mean()
        table[name] = 10 ** table["subject"].map(logarithms).astype(np.float64)
    table["off_line"] = agreement.off_line(table["fold_from_line"])
    reasons = ["no pair of samples", "no pair quantified by both assays"]
    table["reason"] = np.select([table["n_pairs"] == 0, table["n_both"] == 0], reasons, "")
    return table


def _peaks(study: Study, first: str, second: str, matrix: str, nca: NcaResult | None) -> pd.DataFrame:
    parameters = (nca or run_nca(study, analytes=[first, second])).parameters
    table = study.subjects[["subject", "cohort"]].reset_index(drop=True)
    reasons = []
    for side, key in zip(_SIDES, (first, second), strict=True):
        if key not in set(parameters["analyte"]):
            raise RulesError(f"compare_assays: the analysis given as nca has no analyte {key!r}; leave nca out.")
        rows = parameters[(parameters["analyte"] == key) & (parameters["parameter"] == "tmax")]
        rows = rows[rows["matrix"] == matrix].set_index("subject")
        table[f"{side}_tmax"] = table["subject"].map(rows["value"]).astype(np.float64)
        reasons.append([_reason(key, rows["reason"].get(subject)) for subject in table["subject"]])
    table["lag"] = table["second_tmax"] - table["first_tmax"]
    table["reason"] = ["; ".join(filter(None, said)) for said in zip(*reasons, strict=True)]
    return table


def _reason(key: str, code: str | None) -> str:
    if code is None:
        return f"{key}: not analyzed"
    return f"{key}: {sentence(code)}" if code else ""
