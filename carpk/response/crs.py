"""Cytokine release syndrome: its ASTCT grade from fever, hypotension and hypoxia.

The definitions are those of the ASTCT consensus, Lee 2019, doi:10.1016/j.bbmt.2018.12.758.
"""

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.profiles import Floats
from carpk.response.assessment import Assessment, decide, level_bounds
from carpk.terms import BODY_TEMPERATURE

HYPOTENSION = ("none", "without vasopressor", "one vasopressor", "several vasopressors")
"""Levels of hypotension, by what it requires; vasopressin is not counted among the vasopressors."""

HYPOXIA = ("none", "low flow", "high flow", "positive pressure")
"""Levels of hypoxia, by what it requires.

Low flow is a nasal cannula with at most 6 L/min, or blow-by. High flow is a cannula with more, a face mask, a
non-rebreather or a Venturi mask at any flow. Positive pressure is CPAP, BiPAP or a ventilator.
"""

_NO_YES = ("no", "yes")
_FEVER = 38.0
_MOST_LOW_FLOW = 6.0
_DEATH = 5.0


def has_fever(temperature: npt.ArrayLike) -> Floats:
    """Tell fever, which is 38.0 degrees Celsius or more, not due to any other cause.

    Parameters
    ----------
    temperature : (n,) float
        Highest of the day [degC]; NaN where it is not known.

    Returns
    -------
    (n,) float
        1 or 0; NaN where it is not known.

    Raises
    ------
    RulesError
        A temperature is not one of a patient in degrees Celsius.
    """
    degrees = np.asarray(temperature, np.float64)
    wrong = (degrees < BODY_TEMPERATURE[0]) | (degrees > BODY_TEMPERATURE[1])
    if wrong.any():
        raise RulesError(
            f"has_fever: temperature must lie between {BODY_TEMPERATURE[0]:g} and {BODY_TEMPERATURE[1]:g} degC;"
            f" got {degrees[wrong][0]:g}. Is it in Fahrenheit?"
        )
    return np.where(np.isnan(degrees), np.nan, degrees >= _FEVER)


def cannula_hypoxia(flow: npt.ArrayLike) -> Floats:
    """Find the level of hypoxia that oxygen by nasal cannula stands for.

    Parameters
    ----------
    flow : (n,) float
        Oxygen [L/min]; 0 without oxygen, NaN where it is not known.

    Returns
    -------
    (n,) float
        Place in `HYPOXIA`; NaN where it is not known.

    Raises
    ------
    RulesError
        A flow is negative.
    """
    liters = np.asarray(flow, np.float64)
    if (liters < 0).any():
        raise RulesError(f"cannula_hypoxia: flow cannot be negative; got {float(np.nanmin(liters)):g}.")
    level = (liters > 0).astype(np.float64) + (liters > _MOST_LOW_FLOW)
    return np.where(np.isnan(liters), np.nan, level)


def grade_crs(
    *,
    fever: npt.ArrayLike,
    hypotension: npt.ArrayLike,
    hypoxia: npt.ArrayLike,
    fever_waived: npt.ArrayLike,
    died: npt.ArrayLike,
) -> Assessment:
    """Grade cytokine release syndrome from its components; what is not known is NaN.

    Grade 1 is fever alone. With fever, the worse of hypotension and hypoxia decides: 2 without vasopressor or with low
    flow, 3 with one vasopressor or high flow, 4 with several or positive pressure. Grade 5 is death. Without fever
    there is no grade, unless tocilizumab or steroids were given for the syndrome; then hypotension and hypoxia decide.

    Parameters
    ----------
    fever : (n,) float or bool
        As `has_fever` tells it.
    hypotension, hypoxia : (n,) float
        Places in `HYPOTENSION` and `HYPOXIA`; 0 where due to another cause.
    fever_waived : (n,) float or bool
        Whether the patient had the syndrome and received tocilizumab or steroids before, so that fever is no longer
        required.
    died : (n,) float or bool
        Whether the patient died of it.

    Returns
    -------
    Assessment
        From 0 to 5.

    Raises
    ------
    RulesError
        A component has no such level.

    References
    ----------
    Lee 2019, doi:10.1016/j.bbmt.2018.12.758.
    """
    bounds = (
        level_bounds("grade_crs: fever", fever, _NO_YES),
        level_bounds("grade_crs: hypotension", hypotension, HYPOTENSION),
        level_bounds("grade_crs: hypoxia", hypoxia, HYPOXIA),
        level_bounds("grade_crs: fever_waived", fever_waived, _NO_YES),
        level_bounds("grade_crs: died", died, _NO_YES),
    )
    # No component makes the grade lower by rising, so the bounds of the components give those of the grade.
    least, greatest = (_grade(*components) for components in zip(*bounds, strict=True))
    return decide(least, greatest)


def _grade(fever: Floats, hypotension: Floats, hypoxia: Floats, fever_waived: Floats, died: Floats) -> Floats:
    organ = np.maximum(hypotension, hypoxia)
    with_organ = np.where((organ > 0) & ((fever > 0) | (fever_waived > 0)), organ + 1, fever)
    return np.where(died > 0, _DEATH, with_organ)
