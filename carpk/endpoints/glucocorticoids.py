"""Glucocorticoid doses in prednisolone equivalents, and being off glucocorticoids or off all drugs."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from carpk.assessments import GLUCOCORTICOIDS
from carpk.endpoints.logic import Truth, all_of, truth
from carpk.profiles import Floats

EQUIVALENTS = MappingProxyType(
    {
        "prednisolone_dose": 5.0,
        "prednisone_dose": 5.0,
        "methylprednisolone_dose": 4.0,
        "hydrocortisone_dose": 20.0,
        "cortisone_dose": 25.0,
        "triamcinolone_dose": 4.0,
        "dexamethasone_dose": 0.75,
        "betamethasone_dose": 0.75,
    }
)
"""Amount of each that equals 5 mg of prednisolone, oral or intravenous, as the US labels of prednisolone and prednisone
state it; compare Meikle and Tyler 1977, Am J Med 63:200. Deflazacort is not among them, as sources differ. [mg]"""


def prednisolone_equivalent(doses: Floats, equivalents: Mapping[str, float] = EQUIVALENTS) -> Floats:
    """Add up what a subject takes a day, in prednisolone equivalents.

    Parameters
    ----------
    doses : (n, m) float
        Daily dose of each of `carpk.assessments.GLUCOCORTICOIDS`, NaN where not given. [mg/day]
    equivalents : mapping
        Amount of each that equals 5 mg of prednisolone. [mg]

    Returns
    -------
    (n,) float
        NaN where no dose is given; a drug that is not named beside others is not taken. [mg/day]
    """
    factors = 5.0 / np.array([equivalents[drug] for drug in GLUCOCORTICOIDS])
    given = ~np.isnan(doses)
    total = np.where(given, doses * factors, 0.0).sum(axis=1)
    return np.where(given.any(axis=1), total, np.nan)


def steroid_free(prednisolone: Floats) -> Truth:
    """Say where no glucocorticoid is taken."""
    return truth(prednisolone == 0, ~np.isnan(prednisolone))


def drug_free(
    prednisolone: Floats, immunosuppressant: Floats, antimalarial: Floats, *, antimalarials_allowed: bool
) -> Truth:
    """Say where no glucocorticoid, immunosuppressant or biologic is taken, and, unless allowed, no antimalarial.

    Parameters
    ----------
    prednisolone : (n,) float
        [mg/day]
    immunosuppressant, antimalarial : (n,) float
        1 taken, 0 not, NaN not said.
    antimalarials_allowed : bool
        Whether a subject on antimalarials alone is free of drugs.
    """
    parts = [steroid_free(prednisolone), truth(immunosuppressant == 0, ~np.isnan(immunosuppressant))]
    if not antimalarials_allowed:
        parts.append(truth(antimalarial == 0, ~np.isnan(antimalarial)))
    return all_of(*parts)
