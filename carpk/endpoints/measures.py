"""Every endpoint that the assessments of a study allow, in one pass over its visits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from carpk.assessments import BILAG_SYSTEMS, GLUCOCORTICOIDS, SLEDAI_ITEMS
from carpk.endpoints.bicla import bicla
from carpk.endpoints.bilag import NOT_GIVEN, compare_with_baseline, numeric_score
from carpk.endpoints.doris import doris
from carpk.endpoints.glucocorticoids import drug_free, steroid_free
from carpk.endpoints.inputs import Inputs
from carpk.endpoints.lldas import Ticks, lldas
from carpk.endpoints.logic import UNKNOWN, YES, Truth, truth
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.renal import RENAL_RULES, Kidney, egfr_from_creatinine, renal_response
from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.serology import above, below, change, percent_change
from carpk.endpoints.sledai import baseline_score, flare, read_sledai
from carpk.endpoints.sri import sri
from carpk.endpoints.visits import at_rows
from carpk.profiles import Booleans, Floats

_SLEDAI = ("sledai_2k", *SLEDAI_ITEMS)
_TICKS = (
    "major_organ_activity", "new_activity", "hemolytic_anemia", "gastrointestinal_activity", "standard_therapy",
    "immunosuppressant",
)  # fmt: skip
_PROTEINURIA = {
    "upcr": ("upcr",),
    "24h": ("proteinuria_24h",),
    "either": ("upcr", "proteinuria_24h"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A number at every visit, with its change from baseline.

    Attributes
    ----------
    value, baseline : (n,) float
        NaN where not known.
    incomplete : (n,) bool
        Where something is known, but not enough for the number.
    percent : bool
        Whether the change in percent is of use too.
    """

    value: Floats
    baseline: Floats
    incomplete: Booleans
    percent: bool = False

    @property
    def change(self) -> Floats:
        """Difference to baseline."""
        return change(self.value, self.baseline)

    @property
    def percent_change(self) -> Floats:
        """Difference to baseline in percent of it."""
        return percent_change(self.value, self.baseline)


@dataclass(slots=True, eq=False)
class Measures:
    """What could be computed, and what could not.

    Attributes
    ----------
    numbers : mapping of str to Measure
        Scores, levels and doses.
    outcomes : mapping of str to Outcome
        What is met or not.
    no_baseline : mapping of str to (n,) bool
        For criteria that look at baseline, where it is missing.
    absent : mapping of str to str
        Endpoints that the study has no data for, and what is lacking.
    """

    numbers: dict[str, Measure] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    no_baseline: dict[str, Booleans] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


def compute_endpoints(inputs: Inputs, rules: EndpointRules) -> Measures:
    """Compute every endpoint that the assessments allow.

    Parameters
    ----------
    inputs : Inputs
    rules : EndpointRules

    Returns
    -------
    Measures
    """
    found = Measures()
    no_failure = truth(~inputs.rescued) if rules.rescue == "failure" else np.full(len(inputs.rescued), YES, np.int8)
    prednisolone = inputs.prednisolone(rules.prednisolone_equals)
    if inputs.has(*GLUCOCORTICOIDS):
        _add_number(found, inputs, "prednisolone", prednisolone)
    _add_activity(found, inputs, rules, prednisolone, no_failure)
    _add_serology(found, inputs)
    _add_kidney(found, inputs, rules, prednisolone, no_failure)
    _add_free_of_drugs(found, inputs, rules, prednisolone)
    return found


def _add_number(
    found: Measures, inputs: Inputs, key: str, value: Floats, incomplete: Booleans | None = None, *, percent: bool = False
) -> None:
    partly = np.zeros(len(value), bool) if incomplete is None else incomplete & np.isnan(value)
    found.numbers[key] = Measure(value, inputs.visits.baseline(value), partly, percent)


def _add_activity(
    found: Measures, inputs: Inputs, rules: EndpointRules, prednisolone: Floats, no_failure: Truth
) -> None:
    """Add SLEDAI-2K, PGA, BILAG-2004 and the composites made of them."""
    visits, pga = inputs.visits, inputs.number("pga")
    sledai = read_sledai(inputs.sledai_items(), inputs.number("sledai_2k"), inputs.number("sledai_clinical"))
    grades = inputs.bilag_grades()
    baseline_grades = _baseline_grades(inputs)
    start, bilag = baseline_score(sledai.total, visits), compare_with_baseline(grades, baseline_grades)
    baseline_pga = visits.baseline(pga)
    if inputs.has(*_SLEDAI):
        _add_number(found, inputs, "sledai_2k", sledai.total.value, sledai.known)
        _add_number(found, inputs, "sledai_clinical", sledai.clinical.value, sledai.known)
        found.numbers["sledai_flare"] = Measure(
            flare(sledai.total.value, pga, visits), np.full(len(pga), np.nan), sledai.known
        )
    if inputs.has("pga"):
        _add_number(found, inputs, "pga", pga)
    if inputs.has(*BILAG_SYSTEMS):
        _add_number(found, inputs, "bilag_2004", numeric_score(grades), (grades < NOT_GIVEN).any(axis=1))
    no_grades = (baseline_grades == NOT_GIVEN).any(axis=1)
    found.no_baseline |= dict.fromkeys(("no_new_bilag_a", "at_most_one_new_bilag_b", "all_bilag_improved"), no_grades)
    found.no_baseline |= dict.fromkeys(("sledai_improved", "sledai_not_worse"), np.isnan(start.value))
    found.no_baseline["pga_not_worse"] = np.isnan(baseline_pga)
    ticks = Ticks(*(inputs.number(key) for key in _TICKS))
    needs_bilag = {"BILAG-2004": BILAG_SYSTEMS} if rules.sri_rules.bilag else {}
    of_state = {"SLEDAI-2K": _SLEDAI, "PGA": ("pga",), "glucocorticoid doses": GLUCOCORTICOIDS}
    for points in rules.sri_points:
        _add_outcome(
            found, inputs, f"sri_{points}", {"SLEDAI-2K": _SLEDAI, "PGA": ("pga",), **needs_bilag},
            lambda points=points: sri(  # type: ignore[misc]
                sledai.total, start, bilag, pga, baseline_pga, no_failure, rules.sri_rules, points=points
            ),
        )  # fmt: skip
    _add_outcome(
        found, inputs, "bicla", {"SLEDAI-2K": _SLEDAI, "PGA": ("pga",), "BILAG-2004": BILAG_SYSTEMS},
        lambda: bicla(sledai.total, start, bilag, pga, baseline_pga, no_failure, rules.bicla_rules),
    )  # fmt: skip
    _add_outcome(
        found, inputs, "lldas", of_state, lambda: lldas(sledai, pga, prednisolone, ticks, visits, rules.lldas_rules)
    )
    _add_outcome(
        found, inputs, "doris", of_state,
        lambda: doris(sledai, pga, prednisolone, ticks.immunosuppressant, rules.doris_rules),
    )  # fmt: skip


def _baseline_grades(inputs: Inputs) -> np.ndarray:
    grades = inputs.bilag_grades()
    start = inputs.visits.baseline(np.where(grades == NOT_GIVEN, np.nan, grades.astype(np.float64)))
    return np.where(np.isnan(start), NOT_GIVEN, np.nan_to_num(start)).astype(np.int64)


def _add_outcome(
    found: Measures, inputs: Inputs, key: str, needs: Mapping[str, tuple[str, ...]], judge: Callable[[], Outcome]
) -> None:
    """Add an endpoint, or say which of the assessments that it needs the study does not have at all."""
    lacking = [words for words, keys in needs.items() if not inputs.has(*keys)]
    if len(lacking) == len(needs):
        return
    if lacking:
        found.absent[key] = " and ".join(lacking)
    else:
        found.outcomes[key] = judge()


def _add_serology(found: Measures, inputs: Inputs) -> None:
    for key in ("anti_dsdna", "ana", "c3", "c4"):
        if not inputs.has(key):
            continue
        value, text = inputs.number(key), inputs.text(key)
        lower, upper = inputs.limits(key)
        _add_number(found, inputs, key, value, text != "", percent=True)
        low = key in ("c3", "c4")
        abnormal = below(value, text, lower) if low else above(value, text, upper)
        start = _at_baseline(inputs, abnormal)
        name = f"{key}_normalized" if low else f"{key}_seroconverted"
        found.outcomes[name] = Outcome({}, -abnormal, applies=start == YES)


def _at_baseline(inputs: Inputs, state: Truth) -> Truth:
    rows = inputs.visits.baseline_rows(state != UNKNOWN)
    found = at_rows(state.astype(np.float64), rows)
    return np.nan_to_num(found).astype(np.int8)


def _add_kidney(
    found: Measures, inputs: Inputs, rules: EndpointRules, prednisolone: Floats, no_failure: Truth
) -> None:
    for key in ("upcr", "proteinuria_24h", "creatinine"):
        if inputs.has(key):
            _add_number(found, inputs, key, inputs.number(key), percent=True)
    creatinine, given = inputs.number("creatinine"), inputs.number("egfr")
    egfr = np.where(
        np.isnan(given), egfr_from_creatinine(creatinine, inputs.age, inputs.female, inputs.height), given
    )
    if inputs.has("egfr", "creatinine"):
        _add_number(found, inputs, "egfr", egfr, ~np.isnan(creatinine), percent=True)
    keys = _PROTEINURIA[rules.proteinuria]
    upcr = inputs.number(keys[0])
    for key in keys[1:]:
        upcr = np.where(np.isnan(upcr), inputs.number(key), upcr)
    visits = inputs.visits
    kidney = Kidney(
        upcr=upcr,
        upcr_baseline=visits.baseline(upcr),
        egfr=egfr,
        egfr_baseline=visits.baseline(egfr),
        egfr_before_flare=visits.baseline(inputs.number("egfr_before_flare")),
        prednisolone=prednisolone,
        day=visits.day,
    )
    with np.errstate(invalid="ignore"):
        nephritis = kidney.upcr_baseline > rules.nephritis_from
    for name in rules.renal:
        _add_outcome(
            found, inputs, name, {"proteinuria": keys, "eGFR or creatinine": ("egfr", "creatinine")},
            lambda name=name: renal_response(kidney, no_failure, RENAL_RULES[name], applies=nephritis),  # type: ignore[misc]
        )  # fmt: skip


def _add_free_of_drugs(found: Measures, inputs: Inputs, rules: EndpointRules, prednisolone: Floats) -> None:
    if not inputs.has(*GLUCOCORTICOIDS):
        return
    found.outcomes["steroid_free"] = Outcome({}, steroid_free(prednisolone))
    if inputs.has("immunosuppressant"):
        met = drug_free(
            prednisolone, inputs.number("immunosuppressant"), inputs.number("antimalarial"),
            antimalarials_allowed=rules.antimalarials_allowed,
        )  # fmt: skip
        found.outcomes["drug_free"] = Outcome({}, met)
