"""Endpoints as a tidy table: one row per subject, visit, endpoint and component."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from carpk.assessments import ASSESSMENTS
from carpk.endpoints.gather import Gathered
from carpk.endpoints.logic import UNKNOWN, YES, Truth, numbers
from carpk.endpoints.measures import Measure, Measures
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.policies import settle
from carpk.endpoints.rules import EndpointRules
from carpk.profiles import Booleans, Floats
from carpk.schema import VISITS, conform

Words = npt.NDArray[np.object_]

_RULES_OF = {"sri": "sri", "bicla": "bicla", "lldas": "lldas", "doris": "doris"}


def visit_table(gathered: Gathered, found: Measures, rules: EndpointRules, *, days: float) -> pd.DataFrame:
    """Write every number and outcome at every visit.

    Parameters
    ----------
    gathered : Gathered
    found : Measures
    rules : EndpointRules
    days : float
        One day in the study's time unit.

    Returns
    -------
    DataFrame
        Columns as in carpk.schema.VISITS, by subject and visit; endpoints in the order computed.
    """
    parts = [part for key, measure in found.numbers.items() for part in _number_parts(gathered, found, key, measure)]
    for key, outcome in found.outcomes.items():
        parts += _outcome_parts(gathered, found, key, outcome, rules)
    if not parts:
        return conform(pd.DataFrame(index=pd.RangeIndex(0)), VISITS)
    table = pd.concat(parts, ignore_index=True)
    order = np.argsort(table["place"].to_numpy(), kind="stable")
    visits = gathered.frame.iloc[table["place"].to_numpy()].reset_index(drop=True)
    table = table.assign(
        subject=visits["subject"],
        cohort=visits["cohort"],
        nominal_time=visits["nominal"] * days,
        time=visits["time"] * days,
        visit=visits["visit"],
    )
    return conform(table.drop(columns="place").iloc[order].reset_index(drop=True), VISITS)


def _number_parts(gathered: Gathered, found: Measures, key: str, measure: Measure) -> list[pd.DataFrame]:
    """Rows of a number at every visit, and of its changes after baseline."""
    unit = gathered.units.get(key, ASSESSMENTS[key].unit if key in ASSESSMENTS else "")
    unit = "mg/day" if key == "prednisolone" else unit
    planned = _planned(gathered, found.needs[key])
    why = _why_no_number(gathered, measure)
    every, after = np.flatnonzero(planned), np.flatnonzero(planned & ~found.inputs.visits.before)
    parts = [_part(every, key, "", measure.value[every], measure.value[every], unit, why[every])]
    for how in measure.changes:
        changed = measure.changed(how)
        no_baseline = np.where(np.isnan(measure.baseline), "NO_BASELINE", "ZERO_BASELINE")
        reason = np.where(np.isnan(measure.value), why, no_baseline)
        of_change = "%" if how == "percent_change" else unit
        parts.append(_part(after, key, how, changed[after], changed[after], of_change, reason[after]))
    return parts


def _planned(gathered: Gathered, needs: tuple[tuple[str, ...], ...]) -> Booleans:
    """Find visits meant for an endpoint: of its planned day some subject has every kind of assessment that it needs.

    An unplanned visit must have them itself.
    """
    nominal = gathered.frame["nominal"].to_numpy(np.float64)
    days, day = np.unique(nominal, return_inverse=True)
    meant = np.ones(len(nominal), bool)
    for keys in needs:
        given = gathered.inputs.given(*keys)
        done = np.zeros(len(days), bool)
        done[day[given]] = True
        meant &= np.where(np.isnan(nominal), given, done[day])
    return meant


def _why_no_number(gathered: Gathered, measure: Measure) -> Words:
    choices = [measure.incomplete, gathered.left]
    return np.select(choices, ["INPUT_MISSING", "LEFT_STUDY"], "NOT_ASSESSED").astype(object)


def _outcome_parts(
    gathered: Gathered, found: Measures, key: str, outcome: Outcome, rules: EndpointRules
) -> list[pd.DataFrame]:
    """Rows of an endpoint and its components at every visit after baseline at which it could be judged."""
    after = np.flatnonzero(_planned(gathered, found.needs[key]) & ~found.inputs.visits.before)
    concerns = np.full(len(outcome.met), YES) if outcome.applies is None else outcome.applies
    applies = concerns == YES
    observed = np.where(applies, outcome.met, UNKNOWN).astype(np.int8)
    planned = gathered.frame["nominal"].notna().to_numpy(bool)
    settled = settle(observed, gathered.left, planned, missing=rules.missing, drop_out=rules.drop_out)
    by_missing, by_exit = settled.imputed_missing & applies, settled.imputed_drop_out & applies
    value = np.where(applies, numbers(settled.met), np.nan)
    not_concerned = np.where(concerns == UNKNOWN, "NO_BASELINE", "NOT_APPLICABLE")
    reason = np.where(applies, _why_undecided(gathered, found, outcome), not_concerned)
    name = key.rpartition("_")[0] if key.startswith("sri_") else key
    method = rules.name_of(name) if name in _RULES_OF else ""
    whole = _part(after, key, "", value[after], numbers(observed)[after], "", reason[after])
    flags = np.select([by_missing, by_exit], ["IMPUTED_MISSING", "IMPUTED_LEFT_STUDY"], "")
    whole = whole.assign(flags=flags[after], missing=_undecided(outcome)[after], method=method)
    parts = [whole]
    for component, state in outcome.components.items():
        why = _why_open(gathered, state, found.no_baseline.get(component))
        alone = numbers(state)
        parts.append(_part(after, key, component, alone[after], alone[after], "", why[after]).assign(method=method))
    return parts


def _why_open(gathered: Gathered, state: Truth, no_baseline: Booleans | None) -> Words:
    """Say why a criterion is not decided."""
    without = np.zeros(len(state), bool) if no_baseline is None else no_baseline
    choices = [gathered.left, ~gathered.assessed, without]
    return np.select(choices, ["LEFT_STUDY", "NOT_ASSESSED", "NO_BASELINE"], "INPUT_MISSING").astype(object)


def _why_undecided(gathered: Gathered, found: Measures, outcome: Outcome) -> Words:
    """Say why an endpoint is not decided: a baseline that is missing where no other criterion lacks anything."""
    lacking = [
        (state == UNKNOWN) & ~found.no_baseline.get(component, np.zeros(len(state), bool))
        for component, state in outcome.components.items()
    ]
    only_baseline = ~np.any(lacking, axis=0) if lacking else np.zeros(len(outcome.met), bool)
    return _why_open(gathered, outcome.met, only_baseline)


def _undecided(outcome: Outcome) -> Words:
    """Name the criteria that missing inputs leave undecided, where they leave the endpoint so."""
    names = list(outcome.components)
    if not names:
        return np.full(len(outcome.met), "", object)
    states = np.stack(list(outcome.components.values()), axis=1)
    open_ = (states == UNKNOWN) & (outcome.met == UNKNOWN)[:, None]
    patterns, place = np.unique(open_, axis=0, return_inverse=True)
    cells = [";".join(name for name, is_open in zip(names, pattern, strict=True) if is_open) for pattern in patterns]
    return np.array(cells, dtype=object)[place.ravel()]


def _part(
    place: npt.NDArray[np.int64], key: str, component: str, value: Floats, observed: Floats, unit: str, why: Words
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place": place,
            "endpoint": key,
            "component": component,
            "value": value,
            "observed": observed,
            "unit": unit,
            "method": "",
            "reason": np.where(np.isnan(value), why, ""),
            "flags": "",
            "missing": "",
        }
    )
