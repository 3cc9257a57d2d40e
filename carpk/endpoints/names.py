"""Endpoints and their criteria by key: how tables and pictures call them."""

from types import MappingProxyType

from carpk.errors import RulesError, did_you_mean

ENDPOINTS = MappingProxyType(
    {
        "sledai_2k": "SLEDAI-2K",
        "sledai_clinical": "Clinical SLEDAI-2K",
        "sledai_flare": "Flare by SELENA-SLEDAI scores (0 none, 1 mild or moderate, 2 severe)",
        "pga": "PGA",
        "bilag_2004": "BILAG-2004 score",
        "sri": "SRI",
        "bicla": "BICLA",
        "lldas": "LLDAS",
        "doris": "DORIS remission",
        "anti_dsdna": "Anti-dsDNA",
        "anti_dsdna_seroconverted": "Anti-dsDNA seroconversion",
        "ana": "ANA",
        "ana_seroconverted": "ANA seroconversion",
        "c3": "C3",
        "c3_normalized": "C3 normalization",
        "c4": "C4",
        "c4_normalized": "C4 normalization",
        "upcr": "UPCR",
        "proteinuria_24h": "24-h protein",
        "creatinine": "Creatinine",
        "egfr": "eGFR",
        "kdigo_complete": "Complete renal response (KDIGO 2024)",
        "kdigo_partial": "Partial or complete renal response (KDIGO 2024)",
        "bliss_ln_perr": "PERR (BLISS-LN)",
        "bliss_ln_crr": "Complete renal response (BLISS-LN)",
        "aurora_crr": "Complete renal response (AURORA 1)",
        "prednisolone": "Prednisolone equivalent",
        "steroid_free": "Off glucocorticoids",
        "drug_free": "Off all drugs",
    }
)
"""Key of an endpoint -> its label; `endpoint_label` also knows SRI-4 and its kin."""

COMPONENTS = MappingProxyType(
    {
        "change": "Change from baseline",
        "percent_change": "Change from baseline (%)",
        "sledai_improved": "SLEDAI-2K improved",
        "sledai_not_worse": "SLEDAI-2K not worse",
        "no_new_bilag_a": "No new BILAG A",
        "at_most_one_new_bilag_b": "At most one new BILAG B",
        "all_bilag_improved": "All BILAG A and B improved",
        "pga_not_worse": "PGA not worse",
        "no_treatment_failure": "No treatment failure",
        "low_sledai": "SLEDAI-2K low",
        "no_major_organ_activity": "No major organ activity",
        "no_new_activity": "No new activity",
        "low_pga": "PGA low",
        "low_prednisolone": "Prednisolone low",
        "standard_therapy": "Standard therapy only",
        "clinical_sledai_0": "Clinical SLEDAI-2K is 0",
        "total_sledai_0": "SLEDAI-2K is 0",
        "no_immunosuppressant": "No immunosuppressant",
        "low_proteinuria": "Proteinuria low",
        "kept_egfr": "eGFR kept",
    }
)
"""Key of a component -> its label."""


def endpoint_label(key: str) -> str:
    """Return the label of an endpoint.

    Raises
    ------
    RulesError
        carpk reports no such endpoint.

    Examples
    --------
    >>> endpoint_label("sri_4"), endpoint_label("lldas")
    ('SRI-4', 'LLDAS')
    """
    name, _, points = key.rpartition("_")
    if name == "sri" and points.isdigit():
        return f"{ENDPOINTS[name]}-{points}"
    if key not in ENDPOINTS:
        raise RulesError(f"{key!r} is not an endpoint that carpk reports.{did_you_mean(key, ENDPOINTS)}")
    return ENDPOINTS[key]
