"""Endpoints of disease activity: scores, SRI, BICLA, LLDAS and DORIS."""

from dataclasses import dataclass

import numpy as np

from carpk.assessments import BILAG_SYSTEMS, GLUCOCORTICOIDS, SLEDAI_ITEMS
from carpk.endpoints.bicla import bicla
from carpk.endpoints.bilag import NOT_GIVEN, BilagChange, compare_with_baseline, numeric_score
from carpk.endpoints.doris import doris
from carpk.endpoints.inputs import Inputs
from carpk.endpoints.lldas import Ticks, lldas
from carpk.endpoints.logic import Range, Truth
from carpk.endpoints.measures import Measure, Measures
from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.sledai import Sledai, baseline_score, flare, read_sledai
from carpk.endpoints.sri import sri
from carpk.profiles import Floats, Integers

_SLEDAI = {"SLEDAI-2K": ("sledai_2k", *SLEDAI_ITEMS)}
_PGA = {"PGA": ("pga",)}
_BILAG = {"BILAG-2004": BILAG_SYSTEMS}
_DOSES = {"glucocorticoid doses": GLUCOCORTICOIDS}
_TICKS = (
    "major_organ_activity", "new_activity", "hemolytic_anemia", "gastrointestinal_activity", "standard_therapy",
    "immunosuppressant",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Activity:
    """Disease activity at every visit and at baseline."""

    sledai: Sledai
    start: Range
    grades: Integers
    baseline_grades: Integers
    bilag: BilagChange
    pga: Floats
    baseline_pga: Floats

    @classmethod
    def of(cls, inputs: Inputs) -> "_Activity":
        total, clinical = inputs.number("sledai_2k"), inputs.number("sledai_clinical")
        sledai = read_sledai(inputs.sledai_items(), total, clinical)
        grades = inputs.bilag_grades()
        start = inputs.visits.baseline(np.where(grades == NOT_GIVEN, np.nan, grades))
        baseline_grades = np.where(np.isnan(start), NOT_GIVEN, np.nan_to_num(start)).astype(np.int64)
        pga = inputs.number("pga")
        return cls(
            sledai,
            baseline_score(sledai.total, inputs.visits),
            grades,
            baseline_grades,
            compare_with_baseline(grades, baseline_grades),
            pga,
            inputs.visits.baseline(pga),
        )


def add_activity(found: Measures, rules: EndpointRules, prednisolone: Floats, no_failure: Truth) -> None:
    """Add SLEDAI-2K, PGA, BILAG-2004 and the composites made of them.

    Parameters
    ----------
    found : Measures
        Gets them.
    rules : EndpointRules
    prednisolone : (n,) float
        [mg/day]
    no_failure : Truth
        No treatment failure, such as rescue medication.
    """
    now = _Activity.of(found.inputs)
    _add_scores(found, now)
    _remember_baselines(found, now)
    _add_responses(found, now, rules, no_failure)
    _add_states(found, now, rules, prednisolone)


def _add_scores(found: Measures, now: _Activity) -> None:
    inputs, score, items = found.inputs, now.sledai.total.value, _SLEDAI["SLEDAI-2K"]
    some_grades = np.asarray((now.grades < NOT_GIVEN).any(axis=1))
    found.add_number("sledai_2k", score, items, now.sledai.known)
    found.add_number("sledai_clinical", now.sledai.clinical.value, (*items, "sledai_clinical"), now.sledai.known)
    if inputs.has(*items):
        flares = flare(score, now.pga, inputs.visits)
        found.numbers["sledai_flare"] = Measure(flares, flares, np.isnan(flares) & now.sledai.known, changes=())
        found.needs["sledai_flare"] = (items,)
    found.add_number("pga", now.pga, ("pga",))
    found.add_number("bilag_2004", numeric_score(now.grades), BILAG_SYSTEMS, some_grades)


def _remember_baselines(found: Measures, now: _Activity) -> None:
    no_grades = np.asarray((now.baseline_grades == NOT_GIVEN).any(axis=1))
    found.no_baseline |= dict.fromkeys(("no_new_bilag_a", "at_most_one_new_bilag_b", "all_bilag_improved"), no_grades)
    found.no_baseline |= dict.fromkeys(("sledai_improved", "sledai_not_worse"), np.isnan(now.start.value))
    found.no_baseline["pga_not_worse"] = np.isnan(now.baseline_pga)


def _add_responses(found: Measures, now: _Activity, rules: EndpointRules, no_failure: Truth) -> None:
    scores = (now.sledai.total, now.start, now.bilag, now.pga, now.baseline_pga)
    needs = {**_SLEDAI, **_PGA, **(_BILAG if rules.sri_rules.bilag else {})}
    for points in rules.sri_points:
        if found.allows(f"sri_{points}", needs):
            found.outcomes[f"sri_{points}"] = sri(*scores, no_failure, rules.sri_rules, points=points)
    if found.allows("bicla", {**_SLEDAI, **_PGA, **_BILAG}):
        found.outcomes["bicla"] = bicla(*scores, no_failure, rules.bicla_rules)


def _add_states(found: Measures, now: _Activity, rules: EndpointRules, prednisolone: Floats) -> None:
    inputs = found.inputs
    ticks = Ticks(*(inputs.number(key) for key in _TICKS))
    needs = {**_SLEDAI, **_PGA, **_DOSES}
    if found.allows("lldas", needs):
        found.outcomes["lldas"] = lldas(now.sledai, now.pga, prednisolone, ticks, inputs.visits, rules.lldas_rules)
    if found.allows("doris", needs):
        found.outcomes["doris"] = doris(now.sledai, now.pga, prednisolone, ticks.immunosuppressant, rules.doris_rules)
