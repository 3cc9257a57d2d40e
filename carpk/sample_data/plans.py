"""What the sample trials assess of lupus, when, and in which words and units: each as another clinic would write it."""

from dataclasses import replace

from carpk.assessments import BILAG_SYSTEMS
from carpk.sample_data.description import AssessmentPlan, Written
from carpk.sample_data.disease import ITEMS
from carpk.sample_data.laboratory import C3_LOW, C4_LOW, DNA_HIGH

_MICRO = "\u00b5"
_TOTALS = (
    Written("sledai_2k", "SLEDAI-2K"),
    Written("sledai_clinical", "Clinical SLEDAI-2K"),
    Written("major_organ_activity", "Major organ activity"),
    Written("new_activity", "New lupus activity"),
)
_BY_ITEM = tuple(Written(f"sledai_{item}", f"SLEDAI: {item.replace('_', ' ')}") for item in ITEMS)
_BILAG = tuple(Written(key, f"BILAG {key.removeprefix('bilag_')}") for key in BILAG_SYSTEMS)
_PGA = Written("pga", "PGA", decimals=1)
_ANTI_DSDNA = Written("anti_dsdna", "Anti-dsDNA", "serum", "IU/mL", upper=DNA_HIGH)
_COMPLEMENT = (
    Written("c3", "C3", "serum", "g/L", decimals=2, lower=C3_LOW, upper=1.8),
    Written("c4", "C4", "serum", "g/L", decimals=2, lower=C4_LOW, upper=0.4),
)
_COMPLEMENT_PER_DL = tuple(
    replace(
        each, name=f"Complement {each.name}", unit="mg/dL", per_kept_unit=100.0, decimals=0,
        lower=round(100.0 * (each.lower or 0.0)), upper=round(100.0 * (each.upper or 0.0)),
    )
    for each in _COMPLEMENT
)  # fmt: skip
_UPCR = Written("upcr", "UPCR", "urine", "g/g", decimals=2, nephritis_only=True)
_CREATININE = Written("creatinine", "Creatinine", "serum", "mg/dL", decimals=2, nephritis_only=True)
_PREDNISOLONE = Written("prednisolone_dose", "Prednisolone dose", unit="mg/day", decimals=1)
_IMMUNOSUPPRESSANT = Written("immunosuppressant", "Immunosuppressants")

ULTRAFAST = AssessmentPlan(
    seed=20_250_601,
    days=(-7, 28, 60, 90, 180, 270, 360),
    written=(
        *(*_TOTALS, _PGA, *_BILAG, _ANTI_DSDNA, *_COMPLEMENT),
        *(_UPCR, _CREATININE, _PREDNISOLONE, _IMMUNOSUPPRESSANT),
    ),
)
"""Totals and BILAG-2004; the kidney of patients with nephritis."""

CHILDHOOD = AssessmentPlan(
    seed=20_250_602,
    days=(-7, 28, 60, 90, 180, 270, 360),
    written=(
        *(*_TOTALS, _PGA, _ANTI_DSDNA, *_COMPLEMENT_PER_DL),
        replace(_UPCR, unit="mg/g", per_kept_unit=1000.0, decimals=0),
        replace(_CREATININE, unit=f"{_MICRO}mol/L", per_kept_unit=88.4, decimals=0, nephritis_only=False),
        _PREDNISOLONE,
    ),
)
"""Totals without BILAG-2004; creatinine of everybody, in the units of other laboratories."""

ACTIVE = AssessmentPlan(
    seed=20_250_603,
    days=(-7, 28, 60, 90, 180, 270, 360, 540, 720),
    written=(
        *(*_TOTALS, _PGA, _ANTI_DSDNA, *_COMPLEMENT),
        Written("proteinuria_24h", "24-h protein", "urine", "g/24h", decimals=2, nephritis_only=True),
        *(_CREATININE, Written("prednisone_dose", "Prednisone dose", unit="mg/day", decimals=1), _IMMUNOSUPPRESSANT),
    ),
)
"""Totals without BILAG-2004, to two years; protein of 24 hours, and prednisone."""

NEPHRITIS = AssessmentPlan(
    seed=20_250_604,
    days=(-7, 28, 60, 90, 180, 270, 360),
    written=(
        *(*_BY_ITEM, _PGA, *_BILAG, _ANTI_DSDNA, *_COMPLEMENT_PER_DL, _UPCR, _CREATININE),
        Written("egfr_before_flare", "eGFR before flare", unit="mL/min/1.73m^2"),
        *(_PREDNISOLONE, _IMMUNOSUPPRESSANT),
    ),
)
"""The 24 items of SLEDAI-2K, BILAG-2004, and the kidney of everybody."""
