"""What was chosen, in full sentences, for the methods section of a report."""

from typing import TYPE_CHECKING

from carpk.endpoints.renal import RENAL_RULES, RenalRules

if TYPE_CHECKING:
    from carpk.endpoints.rules import EndpointRules

_POLICY = {"non_responder": "was counted as not met", "as_observed": "was left out"}
_PROTEINURIA = {
    "upcr": "the urine protein-creatinine ratio",
    "24h": "24-h protein, 1 g/day standing for 1 g/g",
    "either": "the urine protein-creatinine ratio, or 24-h protein where it was missing, 1 g/day standing for 1 g/g",
}
_RENAL_NAMES = {
    "kdigo_complete": "Complete response by KDIGO 2024",
    "kdigo_partial": "Partial or complete response by KDIGO 2024",
    "bliss_ln_perr": "The primary efficacy renal response of BLISS-LN",
    "bliss_ln_crr": "Complete renal response of BLISS-LN",
    "aurora_crr": "Complete renal response of AURORA 1",
}


def methods_sentences(rules: "EndpointRules") -> list[str]:
    """Say in full sentences what was chosen."""
    return [
        f"Baseline is the last assessment up to day {rules.baseline_until:g}. SLEDAI-2K was taken as given or added up"
        " from its 24 items; BILAG-2004 grades count 12 (A), 8 (B), 1 (C) and 0 (D, E).",
        *_composites(rules),
        *(_renal(name) for name in rules.renal),
        f"Renal responses look at {_PROTEINURIA[rules.proteinuria]}, and apply to subjects with more than"
        f" {rules.nephritis_from:g} g/g at baseline. eGFR was taken as given, else computed from creatinine by CKD-EPI"
        " 2021 (adults) or the bedside Schwartz equation (under 18 years).",
        *_policies(rules),
    ]


def _composites(rules: "EndpointRules") -> list[str]:
    sri, bicla, lldas, doris = rules.sri_rules, rules.bicla_rules, rules.lldas_rules, rules.doris_rules
    points = " or ".join(str(points) for points in rules.sri_points)
    grades = ", no new BILAG-2004 A and no more than one new B" if sri.bilag else ""
    allowed = "by no more than" if bicla.pga_inclusive else "by less than"
    more = ", no hemolytic anemia or gastrointestinal activity" if lldas.hemolysis_and_gut else ""
    drugs = ", and only well tolerated standard maintenance therapy" if lldas.standard_therapy else ""
    score = "clinical SLEDAI-2K" if doris.score == "clinical" else "SLEDAI-2K"
    dose = f"prednisolone {'at most' if doris.prednisolone_inclusive else 'below'} {doris.prednisolone_limit:g} mg/day"
    off = " and no immunosuppressant or biologic" if doris.without_immunosuppressants else ""
    return [
        f"SRI-{points} (rules \u201c{rules.name_of('sri')}\u201d): SLEDAI-2K down by that many points or more{grades},"
        f" PGA up by less than {sri.pga_limit:g}, no treatment failure.",
        f"BICLA (\u201c{rules.name_of('bicla')}\u201d): every BILAG-2004 A down to B or less and every B to C or less,"
        f" no new A and no more than one new B, SLEDAI-2K not up, PGA up {allowed} {bicla.pga_limit:g}, no treatment"
        " failure; for subjects with an A or B at baseline.",
        f"LLDAS (\u201c{rules.name_of('lldas')}\u201d): SLEDAI-2K at most {lldas.sledai_limit:g}, no major organ"
        f" activity{more}, no activity that was absent at the visit before, PGA at most {lldas.pga_limit:g},"
        f" prednisolone at most {lldas.prednisolone_limit:g} mg/day{drugs}.",
        f"DORIS remission (\u201c{rules.name_of('doris')}\u201d): {score} 0, PGA below {doris.pga_limit:g},"
        f" {dose}{off}.",
    ]


def _renal(name: str) -> str:
    rules = RENAL_RULES[name]
    said = [_proteinuria(rules), _filtration(rules)]
    if rules.prednisolone_limit is not None:
        start = f" from day {rules.prednisolone_from:g} on" if rules.prednisolone_from else ""
        said.append(f"prednisolone at most {rules.prednisolone_limit:g} mg/day{start}")
    if rules.no_rescue:
        said.append("no rescue")
    return f"{_RENAL_NAMES[name]}: {', '.join(said)}."


def _proteinuria(rules: RenalRules) -> str:
    limit = f"proteinuria {'at most' if rules.upcr_inclusive else 'below'} {rules.upcr_limit:g} g/g"
    if not rules.upcr_fall:
        return limit
    return f"{limit} and down by {100 * rules.upcr_fall:g} % or more, or below {rules.upcr_low:g} g/g"


def _filtration(rules: RenalRules) -> str:
    reference = "baseline" if rules.egfr_reference == "baseline" else "that before the flare"
    kept = f"eGFR no more than {100 * rules.egfr_loss:g} % below {reference}"
    return kept if rules.egfr_enough is None else f"{kept} or at least {rules.egfr_enough:g}"


def _policies(rules: "EndpointRules") -> list[str]:
    rescue = "made SRI, BICLA and renal responses not met from then on" if rules.rescue == "failure" else "was ignored"
    malaria = "with antimalarials allowed" if rules.antimalarials_allowed else "without antimalarials"
    return [
        "An endpoint counts as decided where the missing inputs, whatever they were, could not change it. A planned"
        f" visit at which they could {_POLICY[rules.missing]}, and one after drop-out or death"
        f" {_POLICY[rules.drop_out]}; planned visits that a subject still in the study had not reached were left out,"
        " and so was a subject of whom a missing baseline leaves open whether an endpoint applies.",
        f"Rescue medication {rescue}. A subject without a record of rescue had none.",
        f"An endpoint was sustained where it was met at {rules.sustained_visits} visits in a row. Free of drugs"
        f" means without glucocorticoids, immunosuppressants and biologics, {malaria}.",
        f"Intervals of shares are exact ({100 * rules.confidence:g} %, Clopper-Pearson).",
    ]
