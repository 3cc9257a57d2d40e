"""Outcomes in groups of rising exposure: shares of responders, and time to an event from a landmark on."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from carpk.exposure.associations import by_response
from carpk.exposure.pairs import EXPOSURE, OUTCOME
from carpk.nca.rules import NcaRules
from carpk.profiles import Booleans, Floats
from carpk.response.landmark import AtLandmark, ExposureGroups, at_landmark, exposure_groups
from carpk.response.persistence import Survival, kaplan_meier, median_time
from carpk.response.proportions import clopper_pearson
from carpk.units import conversion_factor

PROPORTION_COLUMNS = (
    *(*EXPOSURE, "response", "group", "exposure_low", "exposure_high"),
    *("N", "n", "n_with", "share", "low", "high", "reason"),
)
EVENT_COLUMNS = (
    *(*EXPOSURE, *OUTCOME, "group", "exposure_low", "exposure_high", "landmark"),
    *("n", "events", "spanning", "censored", "median", "low", "high", "reason"),
)
LEFT_OUT_COLUMNS = ("subject", "cohort", *EXPOSURE, *OUTCOME, "landmark", "why", "reason")
CURVE_COLUMNS = (*EXPOSURE, *OUTCOME, "group", "time", "survival", "low", "high", "at_risk", "events", "censored")
_ALL = "all"
_PARTS = {2: ("lower half", "upper half"), 3: ("lower third", "middle third", "upper third")}


def proportions(pairs: pd.DataFrame, *, groups: int, level: float) -> pd.DataFrame:
    """Find the share of responders among all and in each group of exposure.

    Parameters
    ----------
    pairs : DataFrame
        As `carpk.exposure.pairs.pair` gives them.
    groups : int
        2 parts subjects at the median of the exposure, 3 at its tertiles.
    level : float
        Of the exact (Clopper-Pearson) intervals.

    Returns
    -------
    DataFrame
        Columns PROPORTION_COLUMNS; `N` subjects, `n` of them assessed. "all" includes subjects without an exposure.
    """
    lines = []
    for key, rows in by_response(pairs):
        exposure, answer = rows["exposure_value"].to_numpy(np.float64), rows["outcome_value"].to_numpy(np.float64)
        parted = exposure_groups(exposure, groups)
        lines.append({**key, **_share(exposure, answer, level), "group": _ALL})
        for name, member in _parts(parted, groups):
            lines.append({**key, **_share(exposure[member], answer[member], level, parted.reason), "group": name})
    return pd.DataFrame(lines, columns=list(PROPORTION_COLUMNS))


def _share(exposure: Floats, answer: Floats, level: float, reason: str = "") -> dict[str, Any]:
    assessed = answer[~np.isnan(answer)]
    found = clopper_pearson([assessed.sum()], [len(assessed)], level=level)
    reason = reason or ("" if len(assessed) else "TOO_FEW_SUBJECTS")
    numbers = {"share": found.share[0], "low": found.low[0], "high": found.high[0]}
    return {
        **_range(exposure),
        "N": len(answer),
        "n": len(assessed),
        "n_with": int(assessed.sum()),
        **{name: np.nan if reason else float(number) for name, number in numbers.items()},
        "reason": reason,
    }


def _parts(parted: ExposureGroups, groups: int) -> Iterator[tuple[str, Booleans]]:
    names = _PARTS.get(groups) or tuple(f"part {place + 1} of {groups}" for place in range(groups))
    for place, name in enumerate(names):
        yield name, parted.group == place


def _range(exposure: Floats) -> dict[str, float]:
    known = exposure[~np.isnan(exposure)]
    lowest, highest = (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)
    return {"exposure_low": lowest, "exposure_high": highest}


def time_to_event(
    pairs: pd.DataFrame,
    rules: NcaRules,
    *,
    events: Collection[str],
    groups: int,
    landmark: float,
    level: float,
    time_unit: str,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Follow subjects in groups of exposure from the landmark to an event.

    Groups are parted among those at risk at the landmark. An event known to lie in an interval stands at its end.

    Parameters
    ----------
    pairs : DataFrame
        As `carpk.exposure.pairs.pair` gives them.
    rules : NcaRules
        Say by which day an exposure is complete.
    events : collection of str
        Outcomes that are times to an event.
    groups : int
        2 parts subjects at the median of the exposure, 3 at its tertiles.
    landmark : float
        Time by which exposure is known [day].
    level : float
        Of the intervals.
    time_unit : str
        Of the times in the tables.

    Returns
    -------
    tuple of DataFrame
        Groups (EVENT_COLUMNS; `n` subjects followed, `spanning` events of whom may have come before the
        landmark, for their interval begins before it; medians counted from the infusion), curves
        (CURVE_COLUMNS; Kaplan-Meier, times counted from the infusion), and those left out (LEFT_OUT_COLUMNS; `why` is
        "event before the landmark", "follow-up ended before the landmark" or "not known").
    """
    start = landmark * conversion_factor("day", time_unit)
    medians: list[pd.DataFrame] = []
    curves: list[pd.DataFrame] = []
    left_out: list[pd.DataFrame] = []
    for names, rows in pairs[pairs["outcome"].isin(events)].groupby([*EXPOSURE, *OUTCOME], sort=False):
        key = {column: str(name) for column, name in zip((*EXPOSURE, *OUTCOME), names, strict=True)}
        reason = "" if _complete_by(key["exposure"], rules) <= landmark else "EXPOSURE_AFTER_LANDMARK"
        tables = _follow(rows, start, groups=groups, level=level, reason=reason)
        for parts, table in zip((medians, curves, left_out), tables, strict=True):
            parts.append(table.assign(**key))
    return _stacked(medians, EVENT_COLUMNS), _stacked(curves, CURVE_COLUMNS), _stacked(left_out, LEFT_OUT_COLUMNS)


def _follow(
    rows: pd.DataFrame, start: float, *, groups: int, level: float, reason: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Follow subjects by one exposure to one event."""
    value, exposure = (rows[name].to_numpy(np.float64) for name in ("outcome_value", "exposure_value"))
    event = ~np.isnan(value)
    time = np.where(event, value, rows["outcome_low"])
    state = at_landmark(time, event, exposure, landmark=start)
    parted = exposure_groups(np.where(state.at_risk, exposure, np.nan), groups)
    reason = reason or parted.reason
    medians, curves = [], []
    for name, member in _parts(parted, groups):
        curve = kaplan_meier(time[member] - start, event[member], confidence=level)
        spanning = int((member & event & (rows["outcome_low"].to_numpy(np.float64) < start)).sum())
        numbers = {**_range(exposure[member]), **_median(curve, start, reason), "spanning": spanning}
        medians.append({"group": name, "landmark": start, **numbers})
        if not reason:
            curves.append(_curve(curve, start).assign(group=name))
    return pd.DataFrame(medians), _stacked(curves), _left_out(rows, state).assign(landmark=start)


def _complete_by(exposure: str, rules: NcaRules) -> float:
    """Day by which an exposure is known; infinite where that is when sampling ends."""
    base = exposure.removesuffix("_per_dose").replace("cavg", "auc", 1)
    if base in rules.window_keys:
        return rules.window_keys[base][1]
    return rules.peak_horizon if base in ("cmax", "tmax") else np.inf


def _left_out(rows: pd.DataFrame, state: AtLandmark) -> pd.DataFrame:
    why = np.select(
        [state.early, state.lost, state.unknown],
        ["event before the landmark", "follow-up ended before the landmark", "not known"],
        "",
    )
    table = rows[["subject", "cohort", *EXPOSURE, *OUTCOME]].assign(why=why)
    missing = rows["exposure_reason"].where(rows["exposure_reason"] != "", rows["outcome_reason"])
    table["reason"] = missing.where(state.unknown, "")
    return table[~state.at_risk]


def _median(curve: Survival, start: float, reason: str) -> dict[str, Any]:
    followed = int(curve.at_risk[0]) if len(curve.at_risk) else 0
    reason = reason or ("" if followed else "NOBODY_AFTER_LANDMARK")
    middle, low, high = (np.nan,) * 3 if reason else median_time(curve)
    return {
        "n": followed,
        "events": int(curve.events.sum()),
        "censored": int(curve.censored.sum()),
        "median": start + middle,
        "low": start + low,
        "high": start + high,
        "reason": reason or ("MEDIAN_NOT_REACHED" if np.isnan(middle) else ""),
    }


def _curve(curve: Survival, start: float) -> pd.DataFrame:
    parts = ("survival", "low", "high", "at_risk", "events", "censored")
    return pd.DataFrame({"time": start + curve.time, **{name: getattr(curve, name) for name in parts}})


def _stacked(parts: list[pd.DataFrame], columns: Sequence[str] | None = None) -> pd.DataFrame:
    parts = [part for part in parts if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns or ()))
    return table[list(columns)] if columns else table
