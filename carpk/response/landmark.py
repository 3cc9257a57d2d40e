"""Time to an event by exposure, from a landmark on.

Exposure over 28 days is known on day 28 only, and whoever had the event before cannot have reached a full exposure:
counted from day 0, those with high exposure would be "immortal" until their exposure was complete. So time starts at a
landmark by which exposure is known, and those who are no longer at risk then are left out, and counted.
"""

from dataclasses import dataclass

import numpy as np

from carpk.errors import RulesError
from carpk.profiles import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class ExposureGroups:
    """Subjects parted into groups of rising exposure and like size.

    Attributes
    ----------
    group : (n,) int
        0 is the lowest; -1 where exposure is not known.
    cuts : (groups - 1,) float
        A subject at a cut is in the group below it. Empty where there are no groups.
    reason : str
        Code of carpk.reasons: why there are no groups; else empty.
    """

    group: Integers
    cuts: Floats
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class AtLandmark:
    """Who is at risk at the landmark; each subject is in exactly one of the four.

    Attributes
    ----------
    at_risk : (n,) bool
        Neither the event nor the end of follow-up came by then, and exposure is known.
    early : (n,) bool
        The event came at or before the landmark.
    lost : (n,) bool
        Follow-up ended at or before the landmark, without the event.
    unknown : (n,) bool
        Time or exposure is not known.
    """

    at_risk: Booleans
    early: Booleans
    lost: Booleans
    unknown: Booleans


def exposure_groups(exposure: Floats, groups: int = 2) -> ExposureGroups:
    """Part subjects at the median, the tertiles or other quantiles of their exposure.

    Parameters
    ----------
    exposure : (n,) float
        NaN where not known.
    groups : int
        2 parts at the median, 3 at the tertiles.

    Returns
    -------
    ExposureGroups
        Without groups where equal exposures would leave one of them empty.

    Raises
    ------
    RulesError
        Fewer than two groups are asked for.
    """
    if groups < 2:
        raise RulesError(f"exposure_groups: groups must be at least 2; got {groups!r}.")
    known = ~np.isnan(exposure)
    nobody = np.full(len(exposure), -1, np.int64)
    if known.sum() < groups:
        return ExposureGroups(nobody, np.empty(0), "TOO_FEW_SUBJECTS")
    cuts = np.quantile(exposure[known], np.arange(1, groups) / groups)
    group = np.where(known, np.searchsorted(cuts, np.where(known, exposure, 0.0), side="left"), -1)
    if len(np.unique(group[known])) < groups:
        return ExposureGroups(nobody, np.empty(0), "ALL_EQUAL")
    return ExposureGroups(group.astype(np.int64), cuts, "")


def at_landmark(time: Floats, event: Booleans, exposure: Floats, *, landmark: float) -> AtLandmark:
    """Tell who is at risk at the landmark, and why the others are not.

    Parameters
    ----------
    time : (n,) float
        Time of the event, or of the end of follow-up without it; NaN where not known. [any unit]
    event : (n,) bool
        True where it is the event.
    exposure : (n,) float
        NaN where not known.
    landmark : float
        Time by which exposure is known, in the unit of `time`.

    Returns
    -------
    AtLandmark

    References
    ----------
    Anderson, Cain and Gelber 1983, doi:10.1200/JCO.1983.1.11.710.
    """
    known = ~(np.isnan(time) | np.isnan(exposure))
    later = known & (time > landmark)
    return AtLandmark(at_risk=later, early=known & ~later & event, lost=known & ~later & ~event, unknown=~known)
