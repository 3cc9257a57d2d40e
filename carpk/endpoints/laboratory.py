"""Endpoints of the laboratory and of drugs: antibodies, complement, kidney, and being off glucocorticoids."""

import numpy as np

from carpk.assessments import GLUCOCORTICOIDS
from carpk.endpoints.glucocorticoids import drug_free, steroid_free
from carpk.endpoints.inputs import Inputs
from carpk.endpoints.logic import UNKNOWN, Truth, from_numbers, numbers, truth
from carpk.endpoints.measures import Measures
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.renal import RENAL_RULES, Kidney, egfr_from_creatinine, renal_response
from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.serology import above, below
from carpk.profiles import Floats

_PROTEINURIA = {"upcr": ("upcr",), "24h": ("proteinuria_24h",), "either": ("upcr", "proteinuria_24h")}
_FILTRATION = {"eGFR or creatinine": ("egfr", "creatinine")}


def add_serology(found: Measures) -> None:
    """Add antibodies and complement, seroconversion and normalization."""
    inputs = found.inputs
    for key in ("anti_dsdna", "ana", "c3", "c4"):
        if not inputs.has(key):
            continue
        value, text = inputs.number(key), inputs.text(key)
        lower, upper = inputs.limits(key)
        found.add_number(key, value, (key,), text != "", percent=True)
        is_complement = key in ("c3", "c4")
        abnormal = below(value, text, lower) if is_complement else above(value, text, upper)
        name = f"{key}_normalized" if is_complement else f"{key}_seroconverted"
        if (abnormal == UNKNOWN).all():
            found.absent[name] = f"{'lower' if is_complement else 'upper'} limits of normal"
            continue
        found.add_outcome(name, Outcome({}, -abnormal, applies=_abnormal_at_baseline(inputs, abnormal)), (key,))


def _abnormal_at_baseline(inputs: Inputs, abnormal: Truth) -> Truth:
    return from_numbers(inputs.visits.baseline(numbers(abnormal)))


def add_kidney(found: Measures, rules: EndpointRules, prednisolone: Floats, no_failure: Truth) -> None:
    """Add proteinuria, creatinine, eGFR and renal responses.

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
    inputs = found.inputs
    for key in ("upcr", "proteinuria_24h", "creatinine"):
        found.add_number(key, inputs.number(key), (key,), percent=True)
    creatinine, given = inputs.number("creatinine"), inputs.number("egfr")
    estimated = egfr_from_creatinine(creatinine, inputs.age, inputs.female, inputs.height)
    egfr = np.where(np.isnan(given), estimated, given)
    found.add_number("egfr", egfr, ("egfr", "creatinine"), ~np.isnan(creatinine), percent=True)
    kidney = _kidney(inputs, egfr, _proteinuria(inputs, rules), prednisolone)
    nephritis = truth(kidney.upcr_baseline > rules.nephritis_from, ~np.isnan(kidney.upcr_baseline))
    needs = {"proteinuria": _PROTEINURIA[rules.proteinuria], **_FILTRATION}
    for name in rules.renal:
        if found.allows(name, needs):
            found.outcomes[name] = renal_response(kidney, no_failure, RENAL_RULES[name], applies=nephritis)


def _proteinuria(inputs: Inputs, rules: EndpointRules) -> Floats:
    first, *others = _PROTEINURIA[rules.proteinuria]
    ratio = inputs.number(first)
    for key in others:
        ratio = np.where(np.isnan(ratio), inputs.number(key), ratio)
    return ratio


def _kidney(inputs: Inputs, egfr: Floats, upcr: Floats, prednisolone: Floats) -> Kidney:
    visits = inputs.visits
    return Kidney(
        upcr=upcr,
        upcr_baseline=visits.baseline(upcr),
        egfr=egfr,
        egfr_baseline=visits.baseline(egfr),
        egfr_before_flare=visits.baseline(inputs.number("egfr_before_flare")),
        prednisolone=prednisolone,
        day=visits.day,
    )


def add_drugs(found: Measures, rules: EndpointRules, prednisolone: Floats) -> None:
    """Add the glucocorticoid dose, and being off glucocorticoids and off all drugs.

    Parameters
    ----------
    found : Measures
        Gets them.
    rules : EndpointRules
    prednisolone : (n,) float
        [mg/day]
    """
    inputs = found.inputs
    if not inputs.has(*GLUCOCORTICOIDS):
        return
    found.add_number("prednisolone", prednisolone, GLUCOCORTICOIDS)
    found.add_outcome("steroid_free", Outcome({}, steroid_free(prednisolone)), GLUCOCORTICOIDS)
    if inputs.has("immunosuppressant"):
        met = drug_free(
            prednisolone, inputs.number("immunosuppressant"), inputs.number("antimalarial"),
            antimalarials_allowed=rules.antimalarials_allowed,
        )  # fmt: skip
        found.add_outcome("drug_free", Outcome({}, met), GLUCOCORTICOIDS, ("immunosuppressant",))
