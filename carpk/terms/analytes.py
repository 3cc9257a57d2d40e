"""What a laboratory can measure."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class Analyte:
    """Something that a laboratory measures.

    Attributes
    ----------
    key : str
        The word in the `analyte` column.
    label : str
        As tables and axes print it.
    unit : str
        The unit that levels are converted to at the door; empty: kept as given.
    role : {"car_t", "b_cells", "b_cell_subset", "marker", "other"}
        CAR-T levels and analytes unknown to carpk get noncompartmental parameters; B cells and markers get those of
        `carpk.run_response`.
    """

    key: str
    label: str
    unit: str
    role: Literal["car_t", "b_cells", "b_cell_subset", "marker", "other"]


_ANALYTES = (
    Analyte("car_t_qpcr", "CAR transgene (qPCR)", "copies/ug", "car_t"),
    Analyte("car_t_ddpcr", "CAR transgene (ddPCR)", "copies/ug", "car_t"),
    Analyte("car_t_flow", "CAR-T cells (flow)", "cells/uL", "car_t"),
    Analyte("car_t_percent", "CAR-T cells (% of T cells)", "%", "car_t"),
    Analyte("b_cells", "B cells", "cells/uL", "b_cells"),
    Analyte("b_cells_percent", "B cells (% of lymphocytes)", "%", "b_cells"),
    Analyte("il6", "IL-6", "pg/mL", "marker"),
    Analyte("crp", "CRP", "mg/L", "marker"),
    Analyte("b_cells_naive", "Naive B cells (% of B cells)", "%", "b_cell_subset"),
    Analyte("ferritin", "Ferritin", "ug/L", "marker"),
    Analyte("temperature", "Temperature", "degC", "marker"),
    Analyte("il2", "IL-2", "pg/mL", "marker"),
    Analyte("il8", "IL-8", "pg/mL", "marker"),
    Analyte("il10", "IL-10", "pg/mL", "marker"),
    Analyte("il15", "IL-15", "pg/mL", "marker"),
    Analyte("ifn_gamma", "IFN-\u03b3", "pg/mL", "marker"),
    Analyte("tnf_alpha", "TNF-\u03b1", "pg/mL", "marker"),
    Analyte("gm_csf", "GM-CSF", "pg/mL", "marker"),
    Analyte("igg", "IgG", "g/L", "marker"),
    Analyte("iga", "IgA", "g/L", "marker"),
    Analyte("igm", "IgM", "g/L", "marker"),
    Analyte("neutrophils", "Neutrophils", "cells/uL", "marker"),
    Analyte("lymphocytes", "Lymphocytes", "cells/uL", "marker"),
    Analyte("neutrophils_percent", "Neutrophils (% of leukocytes)", "%", "marker"),
    Analyte("lymphocytes_percent", "Lymphocytes (% of leukocytes)", "%", "marker"),
    Analyte("ast", "AST", "U/L", "marker"),
    Analyte("alt", "ALT", "U/L", "marker"),
    Analyte("ldh", "LDH", "U/L", "marker"),
    Analyte("fibrinogen", "Fibrinogen", "g/L", "marker"),
    Analyte("triglycerides", "Triglycerides", "mg/dL", "marker"),
    Analyte("bilirubin_direct", "Direct bilirubin", "mg/dL", "marker"),
)

ANALYTES = MappingProxyType({analyte.key: analyte for analyte in _ANALYTES})


def analyte(key: str) -> Analyte:
    """Return the analyte of a key; one that carpk does not know keeps its own name and unit."""
    return ANALYTES.get(key) or Analyte(key, key, "", "other")


BODY_TEMPERATURE = (25.0, 45.0)
"""Temperatures that a patient may have [degC], wide enough for any; in degrees Fahrenheit all lie above."""


def in_order(keys: Iterable[str]) -> list[str]:
    """Sort analyte keys as carpk shows them: its own first, in the order above, then others by name."""
    order = {key: position for position, key in enumerate(ANALYTES)}
    return sorted(set(keys), key=lambda key: (order.get(key, len(order)), key))
