"""compare_rules: the same data under several rules side by side, what moves, and which choice moves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from carpk.errors import RulesError
from carpk.io.study import as_study
from carpk.nca.rules import PRESETS, NcaRules
from carpk.nca.table import run_nca
from carpk.profiles import Booleans, Floats
from carpk.schema import Study

_ROUNDING = 1e-9  # shares below this are no move

KEYS = ("subject", "cohort", "analyte", "matrix", "parameter", "unit")
"""Columns that say what a row of a comparison is about."""

CAUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "AUC method": ("auc_method",),
        "BLQ rule": ("blq", "blq_tail"),
        "tail": ("tail", "visit_windows", "clast"),
        "slope selection": (
            "slope_selection",
            "slope_weights",
            "slope_includes_peak",
            "slope_from",
            "slope_points",
            "min_points",
        ),
        "slope acceptance": ("acceptance", "unaccepted"),
        "peak horizon": ("peak_horizon",),
        "time basis": ("time_basis", "time_zero"),
        "samples": ("exclusions", "duplicates"),
        "course end": ("course_end",),
        "expansion and contraction": ("fold_definition", "blood_volume", "contraction_until"),
    }
)
"""What can move a number: the choices of NcaRules by what they are about."""


@dataclass(frozen=True, eq=False)
class RuleComparison:
    """The same parameters under several rules; the first are the reference.

    Attributes
    ----------
    values : DataFrame
        One row per subject, analyte, matrix and parameter: the columns of KEYS, the value under each of `rules` (a
        column of its name), and why it is missing (a column of its name and ``_reason``).
    moved : DataFrame
        The rows of `values` that move by more than `share` of the reference, or are missing under some rules only: the
        columns of KEYS; `reference`, `lowest` and `highest` value; `spread`, highest minus lowest as a share of the
        reference, NaN where that is missing or zero; `presets`, the rules that move it; `missing`, the rules under
        which it is missing, each with its reason; `why`, the choices that move it.
    rules : mapping of str to NcaRules
    share : float
    """

    values: pd.DataFrame
    moved: pd.DataFrame
    rules: Mapping[str, NcaRules]
    share: float

    @property
    def reference(self) -> str:
        """Name of the rules that all others are compared with."""
        return next(iter(self.rules))

    @property
    def table(self) -> pd.DataFrame:
        """All values, and beside them what `moved` says of those that move."""
        return self.values.merge(self.moved.drop(columns="reference"), on=list(KEYS), how="left").fillna(
            dict.fromkeys(("presets", "missing", "why"), "")
        )

    def __repr__(self) -> str:
        return (
            f"RuleComparison({len(self.values)} values under {', '.join(self.rules)};"
            f" {len(self.moved)} move by more than {100 * self.share:g} %)"
        )


def compare_rules(
    data: Study | pd.DataFrame,
    presets: Sequence[str | NcaRules] | Mapping[str, NcaRules] = tuple(PRESETS),
    *,
    share: float = 0.05,
    analytes: Sequence[str] | None = None,
    time_unit: str = "day",
) -> RuleComparison:
    """Compute the parameters of a study under several rules, and tell what moves and why.

    Why a number moves is found by trying. The reference takes over the other rules' choices on one thing, e.g. the AUC
    method: named is what alone moves the number by more than `share`. Where nothing does, the other rules take over
    the reference's choices on one thing: named, "together", is what the number would not move without.

    Parameters
    ----------
    data : Study or DataFrame
        As `carpk.run_nca` takes it.
    presets : sequence of str or NcaRules, or mapping of name to NcaRules
        At least two; the first is the reference. Rules without a name are called ``rules_1``, ``rules_2`` by their
        place. All have the same windows.
    share : float
        Least move that counts, as a share of the value under the reference.
    analytes, time_unit
        As in `carpk.run_nca`.

    Returns
    -------
    RuleComparison

    Raises
    ------
    DataError
        The data cannot be understood.
    RulesError
        A preset does not exist, there are fewer than two, or they do not compute the same parameters.
    """
    if not 0 <= share < float("inf"):
        raise RulesError(f"compare_rules: share must be zero or more; got {share!r}.")
    study = as_study(data, time_unit=time_unit)
    runs = _Runs(study, analytes)
    rules = _named(presets)
    found = {name: runs.parameters(rule) for name, rule in rules.items()}
    first = next(iter(found.values()))
    columns = {name: frame["value"].to_numpy() for name, frame in found.items()}
    reasons = {f"{name}_reason": frame["reason"].to_numpy() for name, frame in found.items()}
    values = first[list(KEYS)].assign(**columns, **reasons)
    moves = {name: _moves(column, first["value"].to_numpy(), share) for name, column in columns.items()}
    why = _Why(runs, rules, share)
    moved = _moved_table(values, list(rules), moves, why)
    return RuleComparison(values, moved, MappingProxyType(rules), share)


def _named(presets: Sequence[str | NcaRules] | Mapping[str, NcaRules]) -> dict[str, NcaRules]:
    if isinstance(presets, str):
        raise RulesError(f"compare_rules: presets must be several; got {presets!r}.")
    if isinstance(presets, Mapping):
        rules = dict(presets)
    else:
        pairs = [
            (given, NcaRules.preset(given)) if isinstance(given, str) else (f"rules_{place}", given)
            for place, given in enumerate(presets, start=1)
        ]
        rules = dict(pairs)
        if len(rules) < len(pairs):
            raise RulesError(f"compare_rules: each preset is compared once; got {[name for name, _ in pairs]}.")
    if len(rules) < 2:
        raise RulesError(f"compare_rules: presets must be at least two; got {list(rules)}.")
    reserved = set(KEYS) & set(rules)
    if reserved:
        raise RulesError(f"compare_rules: {sorted(reserved)[0]!r} is a column of the result; name the rules otherwise.")
    reference = next(iter(rules.values()))
    for name, rule in rules.items():
        if rule.window_keys.keys() != reference.window_keys.keys() or rule.infinite != reference.infinite:
            raise RulesError(
                f"compare_rules: {name} does not compute the same parameters as {next(iter(rules))}; give all rules the"
                " same windows and the same choice of `infinite`."
            )
    # One order of windows for all, so that rows stand beside their likes.
    return {name: replace(rule, windows=reference.windows) for name, rule in rules.items()}


class _Runs:
    """The parameters of a study under any rules, each computed once."""

    def __init__(self, study: Study, analytes: Sequence[str] | None) -> None:
        self._study, self._analytes = study, analytes
        self._done: list[tuple[NcaRules, pd.DataFrame]] = []  # rules hold mappings, so they are no dictionary keys

    def parameters(self, rules: NcaRules) -> pd.DataFrame:
        for known, parameters in self._done:
            if known == rules:
                return parameters
        parameters = run_nca(self._study, rules, analytes=self._analytes).parameters
        self._done.append((rules, parameters))
        return parameters


class _Why:
    """Which choices move each row from the reference to other rules."""

    def __init__(self, runs: _Runs, rules: Mapping[str, NcaRules], share: float) -> None:
        reference = next(iter(rules.values()))
        start = runs.parameters(reference)["value"].to_numpy()

        def moves(changed: NcaRules) -> Booleans:
            return _moves(runs.parameters(changed)["value"].to_numpy(), start, share)

        self._alone: dict[str, dict[str, Booleans]] = {}
        self._needed: dict[str, dict[str, Booleans]] = {}
        for name, rule in rules.items():
            causes = _differing(reference, rule)
            self._alone[name] = {cause: moves(_with_choices(reference, rule, cause)) for cause in causes}
            self._needed[name] = {cause: ~moves(_with_choices(rule, reference, cause)) for cause in causes}

    def of(self, row: int, names: Sequence[str]) -> str:
        """Name the causes of one row, over the rules that move it."""
        told: list[str] = []
        for name in names:
            alone = [cause for cause, moves in self._alone[name].items() if moves[row]]
            needed = [cause for cause, stops in self._needed[name].items() if stops[row]]
            told += alone or [f"{' and '.join(needed or self._needed[name])} together"]
        return "; ".join(dict.fromkeys(told))


def _differing(reference: NcaRules, rule: NcaRules) -> list[str]:
    return [
        cause
        for cause, names in CAUSES.items()
        if any(getattr(rule, name) != getattr(reference, name) for name in names)
    ]


def _with_choices(rules: NcaRules, other: NcaRules, cause: str) -> NcaRules:
    """Return the rules with the choices on one thing taken from others."""
    taken: dict[str, Any] = {name: getattr(other, name) for name in CAUSES[cause]}
    return replace(rules, **taken)


def _moves(value: Floats, reference: Floats, share: float) -> Booleans:
    moves: Booleans = np.isnan(value) != np.isnan(reference)
    with np.errstate(invalid="ignore"):
        return moves | (np.abs(value - reference) > max(share, _ROUNDING) * np.abs(reference))


def _moved_table(values: pd.DataFrame, names: Sequence[str], moves: Mapping[str, Booleans], why: _Why) -> pd.DataFrame:
    rows = np.flatnonzero(np.logical_or.reduce(list(moves.values())))
    chosen = values.iloc[rows]
    numbers = chosen[list(names)].to_numpy(np.float64)  # a row has at least one value, or it would not have moved
    reference = numbers[:, 0]
    lowest, highest = np.nanmin(numbers, axis=1), np.nanmax(numbers, axis=1)
    spread = np.divide(highest - lowest, np.abs(reference), out=np.full(len(rows), np.nan), where=np.abs(reference) > 0)
    movers = [[name for name in names if moves[name][row]] for row in rows]
    missing = [
        "; ".join(f"{name} {line[f'{name}_reason']}" for name in names if line[f"{name}_reason"])
        for line in chosen.to_dict("records")
    ]
    table = chosen[list(KEYS)].assign(
        reference=reference,
        lowest=lowest,
        highest=highest,
        spread=spread,
        presets=pd.Series([";".join(some) for some in movers], index=chosen.index, dtype="str"),
        missing=pd.Series(missing, index=chosen.index, dtype="str"),
        why=pd.Series([why.of(int(row), some) for row, some in zip(rows, movers, strict=True)], chosen.index, "str"),
    )
    return table.reset_index(drop=True)
