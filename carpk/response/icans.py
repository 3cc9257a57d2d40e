"""Immune effector cell-associated neurotoxicity syndrome: the ICE score and the ASTCT grade.

The definitions are those of the ASTCT consensus, Lee 2019, doi:10.1016/j.bbmt.2018.12.758.
"""

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from carpk.assessments import CONSCIOUSNESS, EDEMA, SEIZURE
from carpk.profiles import Floats
from carpk.response.assessment import Assessment, decide, level_bounds, whole_numbers

ICE_POINTS = MappingProxyType({"orientation": 4, "naming": 3, "command": 1, "writing": 1, "attention": 1})
"""Most points of each part of the ICE score."""

_NO_YES = ("no", "yes")
_FULL_ICE = sum(ICE_POINTS.values())
_GRADE_OF_ICE = np.array([3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 0], np.float64)  # a score of 0 is grade 4 only if unarousable
_GRADE_OF_SEIZURE = np.array([0, 3, 4], np.float64)
_GRADE_OF_EDEMA = np.array([0, 3, 4], np.float64)
_GRADE_OF_WEAKNESS = 4.0
_DEATH = 5.0


def ice_score(
    *,
    orientation: npt.ArrayLike,
    naming: npt.ArrayLike,
    command: npt.ArrayLike,
    writing: npt.ArrayLike,
    attention: npt.ArrayLike,
) -> Assessment:
    """Add up the ICE score of encephalopathy from its parts; what is not known is NaN.

    Parameters
    ----------
    orientation, naming, command, writing, attention : (n,) float
        Points of each part, at most as in `ICE_POINTS`.

    Returns
    -------
    Assessment
        From 0 to 10, which is best.

    Raises
    ------
    RulesError
        A part has no such number of points.

    References
    ----------
    Lee 2019, doi:10.1016/j.bbmt.2018.12.758.
    """
    given = (orientation, naming, command, writing, attention)
    least, greatest = np.zeros(()), np.zeros(())
    for points, (part, most) in zip(given, ICE_POINTS.items(), strict=True):
        known = whole_numbers(f"ice_score: {part}", points, most)
        least = least + np.where(np.isnan(known), 0.0, known)
        greatest = greatest + np.where(np.isnan(known), most, known)
    return decide(least, greatest)


def ice_of_total(total: npt.ArrayLike) -> Assessment:
    """Take ICE scores as they were given, from 0 to 10, or NaN where not known.

    Raises
    ------
    RulesError
        A score is not a whole number from 0 to 10.
    """
    score = whole_numbers("ice_of_total: total", total, _FULL_ICE)
    unknown = np.isnan(score)
    return decide(np.where(unknown, 0.0, score), np.where(unknown, float(_FULL_ICE), score))


def grade_icans(
    *,
    ice: Assessment,
    consciousness: npt.ArrayLike,
    seizure: npt.ArrayLike,
    weakness: npt.ArrayLike,
    edema: npt.ArrayLike,
    died: npt.ArrayLike,
) -> Assessment:
    """Grade neurotoxicity by the worst of its components; what is not known is NaN.

    An ICE score of 7 to 9 is grade 1, 3 to 6 grade 2, 0 to 2 grade 3. Who cannot be tested because unarousable is
    grade 4 by consciousness, whatever the score.

    Parameters
    ----------
    ice : Assessment
        Of `ice_score` or `ice_of_total`.
    consciousness, seizure, edema : (n,) float
        Places in `CONSCIOUSNESS`, `SEIZURE` and `EDEMA` of `carpk.assessments`; 0 where due to another cause.
    weakness : (n,) float or bool
        Whether there is deep focal motor weakness, such as hemiparesis or paraparesis.
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
        (ice.greatest, ice.least),  # the better the score, the lower the grade
        level_bounds("grade_icans: consciousness", consciousness, CONSCIOUSNESS),
        level_bounds("grade_icans: seizure", seizure, SEIZURE),
        level_bounds("grade_icans: weakness", weakness, _NO_YES),
        level_bounds("grade_icans: edema", edema, EDEMA),
        level_bounds("grade_icans: died", died, _NO_YES),
    )
    least, greatest = (_grade(*components) for components in zip(*bounds, strict=True))
    return decide(least, greatest)


def _grade(
    ice: Floats, consciousness: Floats, seizure: Floats, weakness: Floats, edema: Floats, died: Floats
) -> Floats:
    grade = np.maximum(_GRADE_OF_ICE[ice.astype(np.int64)], consciousness)
    grade = np.maximum(grade, _GRADE_OF_SEIZURE[seizure.astype(np.int64)])
    grade = np.maximum(grade, weakness * _GRADE_OF_WEAKNESS)
    grade = np.maximum(grade, _GRADE_OF_EDEMA[edema.astype(np.int64)])
    return np.where(died > 0, _DEATH, grade)
