"""Cellular kinetics of CAR-T trials: from a laboratory's spreadsheet to parameters, pictures and a report.

>>> import carpk
>>> sorted(name for name in dir(carpk) if name.startswith("read"))
['read_study']
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Cohort": "carpk.models.design",
    "EndpointResult": "carpk.endpoints.table",
    "EndpointRules": "carpk.endpoints.rules",
    "FitResult": "carpk.models.table",
    "FitRules": "carpk.models.rules",
    "Mapping": "carpk.io.mapping",
    "NcaResult": "carpk.nca.table",
    "NcaRules": "carpk.nca.rules",
    "PopulationFit": "carpk.models.population_table",
    "PopulationRules": "carpk.models.population_rules",
    "Prior": "carpk.models.population_rules",
    "Study": "carpk.schema",
    "TrialDesign": "carpk.models.design",
    "adverse_event_table": "carpk.response.adverse_event_table",
    "compare_assays": "carpk.response.assay_table",
    "depletion_by_visit": "carpk.response.by_visit",
    "dose_proportionality": "carpk.summary",
    "check_predictions": "carpk.models.predictive_table",
    "compare_rules": "carpk.nca.compare",
    "exposure_response": "carpk.exposure.table",
    "grades_by_cohort": "carpk.response.by_visit",
    "fit_profile": "carpk.models.fit",
    "fit_models": "carpk.models.table",
    "fit_population": "carpk.models.population_table",
    "operating_characteristics": "carpk.models.design_table",
    "read_study": "carpk.io.study",
    "run_endpoints": "carpk.endpoints.table",
    "run_nca": "carpk.nca.table",
    "ResponseResult": "carpk.response.table",
    "ResponseRules": "carpk.response.rules",
    "run_persistence": "carpk.response.persistence_table",
    "run_recovery": "carpk.response.recovery_table",
    "run_response": "carpk.response.table",
    "schedule_bias": "carpk.models.design_table",
    "simulate": "carpk.models.simulation_table",
    "summarize": "carpk.summary",
    "write_report": "carpk.report.document",
    "write_table": "carpk.io.results",
}

__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name: str) -> Any:
    """Load a public name where it is first used, so that `import carpk` is quick."""
    if name not in _HOME:
        raise AttributeError(f"module 'carpk' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
