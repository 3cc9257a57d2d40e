"""Small designs that several tests simulate."""

from carpk.models.design import TrialDesign

VISITS = (0.0, 2.0, 4.0, 7.0, 11.0, 14.0, 21.0, 28.0, 60.0, 90.0)
NO_SPREAD = dict.fromkeys(("fold_expansion", "tmax", "cmax", "alpha", "persistent_fraction", "beta"), 0.0)


def design(**changes):
    parts = {"cohorts": [{"name": "low", "dose": 1e5, "subjects": 3}], "visits": VISITS, "lloq": 50.0}
    return TrialDesign.from_mapping(parts | changes)


def exact(**changes):
    """Every patient is the typical one, and the assay makes no error."""
    return design(**({"spread": NO_SPREAD, "residual_sd": 0.0} | changes))
