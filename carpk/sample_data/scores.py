"""SLEDAI-2K, BILAG-2004, PGA, ticks and doses that follow from disease activity and the laboratory's levels.

Whole arrays: patients by visits. The rules are made up, but for what SLEDAI-2K adds up, and for what counts as a
major organ in LLDAS (Franklyn et al. 2016, doi:10.1136/annrheumdis-2015-207726).
"""

import numpy as np

from carpk.assessments import BILAG_SYSTEMS
from carpk.models.simulate import Booleans
from carpk.profiles import Floats
from carpk.sample_data.disease import ITEMS, WEIGHTS, Disease
from carpk.sample_data.laboratory import C3_LOW, C4_LOW, DNA_HIGH, PROTEINURIA
from carpk.sample_data.patients import Patients, Texts

_GONE_BELOW = {
    "arthritis": 0.3, "rash": 0.35, "alopecia": 0.2, "mucosal_ulcers": 0.4, "hematuria": 0.25, "pyuria": 0.3,
    "casts": 0.35, "leukopenia": 0.3, "thrombocytopenia": 0.35,
}  # fmt: skip
"""Activity below which an item is typically gone; 0.5 for the others. Complement, antibodies and proteinuria decide
their items themselves."""
_SEROLOGY = np.isin(ITEMS, ("low_complement", "dna_binding"))
_NERVOUS = (
    "seizure",
    "psychosis",
    "organic_brain_syndrome",
    "visual_disturbance",
    "cranial_nerve",
    "headache",
    "stroke",
)
_SYSTEMS = {
    "bilag_constitutional": ("fever",),
    "bilag_mucocutaneous": ("rash", "alopecia", "mucosal_ulcers", "vasculitis"),
    "bilag_neuropsychiatric": _NERVOUS,
    "bilag_musculoskeletal": ("arthritis", "myositis"),
    "bilag_cardiorespiratory": ("pleurisy", "pericarditis"),
    "bilag_renal": ("casts", "hematuria", "proteinuria", "pyuria"),
    "bilag_hematological": ("thrombocytopenia", "leukopenia"),
}
_MAJOR_ORGANS = (*_NERVOUS, "vasculitis", "casts", "hematuria", "proteinuria", "pyuria", "pleurisy", "pericarditis",
                 "fever")  # fmt: skip


def items_by_visit(disease: Disease, levels: dict[str, Floats], rng: np.random.Generator) -> Booleans:
    """Items of SLEDAI-2K at every visit, (n, k, 24): those of baseline while the activity is above a threshold each."""
    typical = np.array([_GONE_BELOW.get(item, 0.5) for item in ITEMS])
    gone_below = typical + 0.3 * (rng.random(disease.at_baseline.shape) - 0.5)
    shown = disease.at_baseline[:, np.newaxis] & (disease.activity[..., np.newaxis] > gone_below[:, np.newaxis])
    shown[..., ITEMS.index("low_complement")] = (levels["c3"] < C3_LOW) | (levels["c4"] < C4_LOW)
    shown[..., ITEMS.index("dna_binding")] = levels["anti_dsdna"] > DNA_HIGH
    shown[..., ITEMS.index("proteinuria")] = levels["upcr"] > PROTEINURIA
    return shown


def scores(items: Booleans, disease: Disease, held: Booleans, rng: np.random.Generator) -> dict[str, Floats]:
    """Items, total and clinical SLEDAI-2K, ticks and PGA by assessment key, (n, k); NaN where there is none."""
    return {
        **{f"sledai_{item}": items[..., number].astype(np.float64) for number, item in enumerate(ITEMS)},
        "sledai_2k": items @ WEIGHTS,
        "sledai_clinical": items @ np.where(_SEROLOGY, 0.0, WEIGHTS),
        "major_organ_activity": np.any(items & np.isin(ITEMS, _MAJOR_ORGANS), axis=2).astype(np.float64),
        "new_activity": _new_activity(items, held),
        "pga": _pga(items, disease, rng),
    }


def grades(items: Booleans, disease: Disease) -> dict[str, Texts]:
    """BILAG-2004 grades by assessment key, (n, k).

    A where the items of a system weigh 8 or more and activity is above 0.6, B where they weigh 2 or more and it is
    above 0.3, C for any other item, D for a system that was active at baseline, E for the rest.
    """
    active = disease.activity
    found = {}
    for system in BILAG_SYSTEMS:
        mine = np.isin(ITEMS, _SYSTEMS.get(system, ()))
        points = items @ np.where(mine, WEIGHTS, 0.0)
        before = np.any(disease.at_baseline & mine, axis=1, keepdims=True)
        cases = [(points >= 8) & (active > 0.6), (points >= 2) & (active > 0.3), points > 0, before]
        found[system] = np.select(cases, ["A", "B", "C", "D"], "E")
    return found


def drugs(disease: Disease, patients: Patients, days: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Prednisolone and use of immunosuppressants by assessment key, (n, k).

    Prednisolone follows the activity in steps of 2.5 mg/day; rescue adds 30 mg/day and is tapered in turn.
    Immunosuppressants stop with lymphodepletion and come back with rescue or, by month 3, without expansion.
    """
    start = np.where(patients.age < 18, 5.0, 7.5) + 2.5 * np.floor(7 * rng.random(len(patients.age)))
    since_rescue = days - patients.rescue[:, np.newaxis]
    rescued = since_rescue >= 0.0
    dose = start[:, np.newaxis] * disease.activity**0.7 + rescued * 30.0 * np.exp(-np.maximum(since_rescue, 0.0) / 30.0)
    again = rescued | ((days > 80.0) & (disease.activity > 0.6))
    dose = 2.5 * np.floor(dose / 2.5 + 1e-9)
    return {
        "prednisolone_dose": dose,
        "prednisone_dose": dose,
        "immunosuppressant": ((days < 0.0) | again).astype(np.float64),
    }


def _new_activity(items: Booleans, held: Booleans) -> Floats:
    """Whether an item is present that was absent at the visit before; nothing at the first visit."""
    found = np.full(held.shape, np.nan)
    before, known = items[:, 0], held[:, 0]
    for visit in range(1, held.shape[1]):
        now = items[:, visit]
        found[:, visit] = np.where(known, (now & ~before).any(axis=1), np.nan)
        before = np.where(held[:, visit, np.newaxis], now, before)
        known = known | held[:, visit]
    return found


def _pga(items: Booleans, disease: Disease, rng: np.random.Generator) -> Floats:
    """PGA follows the activity from 1.2 to 2.8 at baseline, the higher the score, with the physician's own error."""
    count, visits = disease.activity.shape
    start: Floats = np.clip(1.2 + 0.05 * (items[:, 0] @ WEIGHTS) + 0.2 * rng.standard_normal(count), 1.2, 2.7)
    error = 0.08 * rng.standard_normal((count, visits))
    judged: Floats = np.clip(start[:, np.newaxis] * disease.activity**0.8 + 0.1 + error, 0.0, 3.0)
    return np.round(judged, 1)
