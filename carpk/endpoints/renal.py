"""Kidney: glomerular filtration from creatinine, and renal response of lupus nephritis by named definitions."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from carpk.endpoints.logic import Truth, all_of, any_of, truth
from carpk.endpoints.outcome import Outcome
from carpk.profiles import Floats

ADULT_FROM = 18.0
"""Age from which the equation for adults holds. [year]"""


def egfr_ckd_epi_2021(creatinine: Floats, age: Floats, female: Floats) -> Floats:
    """Estimate the filtration of adults from creatinine, without race.

    142 min(Scr/k, 1)^a max(Scr/k, 1)^-1.200 0.9938^age, times 1.012 for women; k is 0.7 and a -0.241 for women, 0.9
    and -0.302 for men.

    Parameters
    ----------
    creatinine : (n,) float
        In serum, by an assay traceable to IDMS. [mg/dL]
    age : (n,) float
        [year]
    female : (n,) float
        1 women, 0 men, NaN not known.

    Returns
    -------
    (n,) float
        [mL/min/1.73 m2]; NaN where an input is missing.

    References
    ----------
    Inker et al. 2021, doi:10.1056/NEJMoa2102953.
    """
    is_female = female == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = creatinine / np.where(is_female, 0.7, 0.9)
        low = np.minimum(ratio, 1.0) ** np.where(is_female, -0.241, -0.302)
        egfr = 142 * low * np.maximum(ratio, 1.0) ** -1.2 * 0.9938**age * np.where(is_female, 1.012, 1.0)
    return np.where(np.isnan(female) | ~(creatinine > 0), np.nan, egfr)


def egfr_schwartz(creatinine: Floats, height: Floats) -> Floats:
    """Estimate the filtration of children from creatinine: 0.413 height / creatinine, the bedside Schwartz equation.

    Parameters
    ----------
    creatinine : (n,) float
        In serum, by an enzymatic assay traceable to IDMS. [mg/dL]
    height : (n,) float
        [cm]

    Returns
    -------
    (n,) float
        [mL/min/1.73 m2]; NaN where an input is missing.

    References
    ----------
    Schwartz et al. 2009, doi:10.1681/ASN.2008030287.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(creatinine > 0, 0.413 * height / creatinine, np.nan)


def egfr_from_creatinine(creatinine: Floats, age: Floats, female: Floats, height: Floats) -> Floats:
    """Estimate filtration by CKD-EPI 2021 from 18 years on, and by the bedside Schwartz equation before."""
    children = np.where(age < ADULT_FROM, egfr_schwartz(creatinine, height), np.nan)
    return np.where(age >= ADULT_FROM, egfr_ckd_epi_2021(creatinine, age, female), children)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenalRules:
    """What a renal response asks for.

    Attributes
    ----------
    upcr_limit : float
        Limit of the protein-creatinine ratio. [g/g]
    upcr_inclusive : bool
        Whether exactly that is allowed.
    egfr_loss : float
        Largest loss of eGFR, as a share of the reference.
    egfr_enough : float or None
        eGFR from which on no loss matters. [mL/min/1.73 m2]
    egfr_reference : {"baseline", "before_flare"}
        What the loss is counted from.
    upcr_fall : float
        Least fall of the ratio, as a share of baseline; 0 asks for none.
    upcr_low : float
        Ratio below which no fall is asked for. [g/g]
    prednisolone_limit : float or None
        Most prednisolone or equivalent at the visit. [mg/day]
    prednisolone_from : float
        First day on which that limit holds. [day]
    no_rescue : bool
        Whether rescue medication is a failure.
    """

    upcr_limit: float
    upcr_inclusive: bool = False
    egfr_loss: float
    egfr_enough: float | None = None
    egfr_reference: str = "baseline"
    upcr_fall: float = 0.0
    upcr_low: float = 0.0
    prednisolone_limit: float | None = None
    prednisolone_from: float = 0.0
    no_rescue: bool = True


RENAL_RULES = MappingProxyType(
    {
        "kdigo_complete": RenalRules(upcr_limit=0.5, egfr_loss=0.15, no_rescue=False),
        "kdigo_partial": RenalRules(upcr_limit=3.0, upcr_fall=0.5, upcr_low=0.5, egfr_loss=0.15, no_rescue=False),
        "bliss_ln_perr": RenalRules(
            upcr_limit=0.7,
            upcr_inclusive=True,
            egfr_loss=0.2,
            egfr_enough=60.0,
            egfr_reference="before_flare",
            prednisolone_limit=10.0,
            prednisolone_from=168.0,
        ),
        "bliss_ln_crr": RenalRules(
            upcr_limit=0.5,
            egfr_loss=0.1,
            egfr_enough=90.0,
            egfr_reference="before_flare",
            prednisolone_limit=10.0,
            prednisolone_from=168.0,
        ),
        "aurora_crr": RenalRules(
            upcr_limit=0.5, upcr_inclusive=True, egfr_loss=0.2, egfr_enough=60.0, prednisolone_limit=10.0
        ),
    }
)
"""Named definitions.

"kdigo_complete": UPCR below 0.5 g/g and eGFR no more than 15 % below baseline. "kdigo_partial": complete, or UPCR down
by half or more to below 3 g/g, with the same eGFR. KDIGO 2024 guideline on lupus nephritis, Kidney Int 105 Suppl 1S; it
leaves 10 to 15 % open, and expects it within 6 to 12 months or later, which the visit tells.

"bliss_ln_perr": UPCR 0.7 or less, and eGFR 60 or more or no more than 20 % below that before the flare. "bliss_ln_crr":
UPCR below 0.5, and eGFR 90 or more or no more than 10 % below. Both without treatment failure and, from week 24 on,
with prednisolone 10 mg/day or less. Furie et al. 2020, doi:10.1056/NEJMoa2001180; the dose as the maker of belimumab
explains treatment failure.

"aurora_crr": UPCR 0.5 or less, eGFR 60 or more or no more than 20 % below baseline, prednisolone 10 mg/day or less, no
rescue. Rovin et al. 2021, doi:10.1016/S0140-6736(21)00578-X. AURORA looks at the doses of the eight weeks before and
wants a loss of eGFR confirmed; here both are those of the visit.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Kidney:
    """What the definitions look at, at every visit; (n,) float each, NaN where missing.

    Attributes
    ----------
    upcr, upcr_baseline : (n,) float
        [g/g]
    egfr, egfr_baseline, egfr_before_flare : (n,) float
        [mL/min/1.73 m2]
    prednisolone : (n,) float
        [mg/day]
    day : (n,) float
        [day]
    """

    upcr: Floats
    upcr_baseline: Floats
    egfr: Floats
    egfr_baseline: Floats
    egfr_before_flare: Floats
    prednisolone: Floats
    day: Floats


def renal_response(kidney: Kidney, no_failure: Truth, rules: RenalRules, *, applies: Truth) -> Outcome:
    """Judge one definition of renal response at every visit.

    Parameters
    ----------
    kidney : Kidney
    no_failure : Truth
        No treatment failure, such as rescue medication.
    rules : RenalRules
    applies : (n,) Truth
        Who had nephritis at baseline.
    """
    components = {"low_proteinuria": _low_proteinuria(kidney, rules), "kept_egfr": _kept_egfr(kidney, rules)}
    if rules.prednisolone_limit is not None:
        low = truth(kidney.prednisolone <= rules.prednisolone_limit, ~np.isnan(kidney.prednisolone))
        components["low_prednisolone"] = any_of(low, truth(kidney.day < rules.prednisolone_from))
    if rules.no_rescue:
        components["no_treatment_failure"] = no_failure
    return Outcome.of_all(components, applies=applies)


def _low_proteinuria(kidney: Kidney, rules: RenalRules) -> Truth:
    ratio, start = kidney.upcr, kidney.upcr_baseline
    within = ratio <= rules.upcr_limit if rules.upcr_inclusive else ratio < rules.upcr_limit
    low = truth(within, ~np.isnan(ratio))
    if not rules.upcr_fall:
        return low
    fallen = truth(ratio <= (1 - rules.upcr_fall) * start, ~np.isnan(ratio) & ~np.isnan(start))
    return any_of(all_of(low, fallen), truth(ratio < rules.upcr_low, ~np.isnan(ratio)))


def _kept_egfr(kidney: Kidney, rules: RenalRules) -> Truth:
    reference = kidney.egfr_baseline if rules.egfr_reference == "baseline" else kidney.egfr_before_flare
    known = ~np.isnan(kidney.egfr) & ~np.isnan(reference)
    kept = truth(kidney.egfr >= np.round((1 - rules.egfr_loss) * reference, 9), known)
    if rules.egfr_enough is None:
        return kept
    return any_of(kept, truth(kidney.egfr >= rules.egfr_enough, ~np.isnan(kidney.egfr)))
