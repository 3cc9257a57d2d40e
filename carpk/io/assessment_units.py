"""Units of serology, proteinuria, creatinine and doses: converted at the door to the one that carpk keeps."""

from types import MappingProxyType

from carpk.assessments import ASSESSMENTS
from carpk.errors import UnitError
from carpk.io.cells import CellError
from carpk.units import conversion_factor, find_unit

_UMOL_PER_MG_DL = 88.4
"""Creatinine: umol/L in 1 mg/dL; its molar mass is 113.12 g/mol."""

_SPECIAL = MappingProxyType(
    {
        ("creatinine", "umol/L"): 1 / _UMOL_PER_MG_DL,
        ("creatinine", "mmol/L"): 1000 / _UMOL_PER_MG_DL,
        ("upcr", "mg/mmol"): _UMOL_PER_MG_DL * 1e-4,  # 1 mg/mmol is 8.84 mg/g
        ("proteinuria_24h", "g"): 1.0,  # that of 24 hours, as the name says
        ("proteinuria_24h", "mg"): 1e-3,
    }
)
"""Factors of units that measure another dimension, which the assessment ties to the one kept."""


def conversion_to_kept_unit(key: str, given: str, *, needed: bool) -> tuple[str, float]:
    """Return the unit kept for an assessment, and how many of it one of the given unit is.

    Parameters
    ----------
    key : str
        Key of `carpk.assessments.ASSESSMENTS`.
    given : str
        As the file has it; empty where it says none.
    needed : bool
        Whether there is a number that needs a unit.

    Raises
    ------
    CellError
        The unit is missing, unknown or one of something else.

    Examples
    --------
    >>> conversion_to_kept_unit("c3", "mg/dL", needed=True)
    ('g/L', 0.01)
    """
    known = ASSESSMENTS[key]
    unit = find_unit(given) if given else None
    if not known.unit:
        _refuse_unit_of_score(key, given)
        return (unit.name if unit is not None else given), 1.0
    if not given:
        if not needed or key.startswith("egfr"):  # eGFR has but one unit
            return known.unit, 1.0
        raise CellError("UNIT_MISSING", f"the unit is not given; write e.g. {known.unit}.")
    if unit is None:
        raise CellError("UNIT_UNKNOWN", f"{given!r} is not a unit that carpk knows; write e.g. {known.unit}.")
    if (key, unit.name) in _SPECIAL:
        return known.unit, _SPECIAL[key, unit.name]
    try:
        return known.unit, conversion_factor(unit.name, known.unit)
    except UnitError:
        message = f"{known.label} is given in {known.unit} or the like, not in {unit.name!r}."
        raise CellError("UNIT_WRONG", message) from None


def _refuse_unit_of_score(key: str, given: str) -> None:
    """Refuse a unit where the scale is fixed: PGA in mm of a line is not PGA from 0 to 3."""
    plain = given.strip().casefold()
    unitless = ASSESSMENTS[key].kind in ("score", "tick", "grade", "stage")
    if unitless and plain not in ("", "1", "score", "points", "point", "-"):
        raise CellError("UNIT_WRONG", f"{ASSESSMENTS[key].label} has no unit; got {given!r}.")
