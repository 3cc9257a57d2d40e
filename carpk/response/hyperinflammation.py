"""Signs of hyperinflammation that resembles hemophagocytic lymphohistiocytosis (IEC-HS): a listing, never a diagnosis.

Each criterion is met, not met or not known at each time. Whether another cause explains it better is for physicians.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError, did_you_mean
from carpk.profiles import Floats, Integers
from carpk.response.answers import Answer, first_reason
from carpk.response.assessment import level_bounds

FINDINGS = (
    "cytopenia",
    "hemophagocytosis",
    "coagulopathy",
    "splenomegaly",
    "fever",
    "neurotoxicity",
    "pulmonary",
    "renal",
)
"""Supporting items that are judged at the bedside or by other grades, and given as such."""


@dataclass(frozen=True, slots=True)
class HyperinflammationLimits:
    """Limits of the criteria; they have no defaults, but come from the definition that the protocol names.

    Attributes
    ----------
    ferritin_fold : float
        Ferritin above so many times its upper limit of normal or its baseline meets the required criterion.
    transaminase_fold : float
        Transaminases above so many times the upper limit of normal, or the baseline where that is abnormal.
    fibrinogen : float
        Fibrinogen below this, or below its lower limit of normal [unit of the fibrinogen].
    triglycerides : float
        Triglycerides above this [unit of the triglycerides].

    Raises
    ------
    RulesError
        A limit is not a number above zero.

    References
    ----------
    A definition: Hines 2023, doi:10.1016/j.jtct.2023.03.006.
    """

    ferritin_fold: float
    transaminase_fold: float
    fibrinogen: float
    triglycerides: float

    def __post_init__(self) -> None:
        for field in fields(self):
            limit = getattr(self, field.name)
            if not (np.isfinite(limit) and limit > 0):
                raise RulesError(f"HyperinflammationLimits: {field.name} must be a number above zero; got {limit!r}.")


@dataclass(frozen=True, slots=True, eq=False)
class Marker:
    """A laboratory value with what it is compared to, all in one unit; NaN where not known.

    Attributes
    ----------
    value : (n,) float
        At each time.
    lower, upper : (n,) float
        Limits of normal of the laboratory.
    baseline : (n,) float
        At the infusion.
    """

    value: npt.ArrayLike
    lower: npt.ArrayLike = np.nan
    upper: npt.ArrayLike = np.nan
    baseline: npt.ArrayLike = np.nan


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """Which criteria are met; a listing, never a diagnosis.

    Attributes
    ----------
    required : (n,) float
        1 where the criterion on ferritin is met, 0 where it is not, NaN where that is not known.
    supporting : mapping of str to (n,) float
        The same of each supporting item.
    """

    required: Floats
    supporting: Mapping[str, Floats]

    @property
    def met(self) -> Integers:
        """How many supporting items are met: (n,) int."""
        return np.asarray(np.sum([item == 1 for item in self.supporting.values()], axis=0), np.int64)

    @property
    def unknown(self) -> Integers:
        """How many supporting items are not known: (n,) int."""
        return np.asarray(np.sum([np.isnan(item) for item in self.supporting.values()], axis=0), np.int64)


def exceeds(value: npt.ArrayLike, limit: npt.ArrayLike) -> Floats:
    """Tell whether a value lies above a limit: 1, 0, or NaN where either is not known."""
    number, bound = np.asarray(value, np.float64), np.asarray(limit, np.float64)
    return np.where(np.isnan(number) | np.isnan(bound), np.nan, number > bound)


def any_met(*criteria: Floats) -> Floats:
    """Tell whether any criterion is met; not known where none is met but one is not known."""
    together = np.stack(np.broadcast_arrays(*criteria))
    unknown = np.isnan(together).any(axis=0)
    return np.where((together == 1).any(axis=0), 1.0, np.where(unknown, np.nan, 0.0))


def ferritin_criterion(ferritin: Marker, *, rising: npt.ArrayLike, limits: HyperinflammationLimits) -> Floats:
    """Tell whether ferritin meets the required criterion: high for the laboratory or the patient, or rising rapidly.

    Parameters
    ----------
    ferritin : Marker
    rising : (n,) float or bool
        Whether it rises rapidly, in the physician's judgment; False to go by its level alone, NaN where not known.
    limits : HyperinflammationLimits

    Returns
    -------
    (n,) float
        1 where met, 0 where not, NaN where that is not known.

    Raises
    ------
    RulesError
        `rising` is neither 0 nor 1 nor NaN.
    """
    upper, baseline = (np.asarray(part, np.float64) for part in (ferritin.upper, ferritin.baseline))
    return any_met(
        exceeds(ferritin.value, limits.ferritin_fold * upper),
        exceeds(ferritin.value, limits.ferritin_fold * baseline),
        _as_judged("rising", rising),
    )


def list_criteria(
    *,
    ferritin: Marker,
    rising: npt.ArrayLike,
    transaminases: Marker,
    fibrinogen: Marker,
    lactate_dehydrogenase: Marker,
    direct_bilirubin: Marker,
    triglycerides: Marker,
    findings: Mapping[str, npt.ArrayLike],
    limits: HyperinflammationLimits,
) -> Listing:
    """List at each time the required criterion and the supporting items.

    Parameters
    ----------
    ferritin, transaminases, fibrinogen, lactate_dehydrogenase, direct_bilirubin, triglycerides : Marker
        Values at n times; of two transaminases the one that is higher for its limit.
    rising : (n,) float or bool
        As in `ferritin_criterion`.
    findings : mapping of str to (n,) float or bool
        Of `FINDINGS`, 1 where there, 0 where not, NaN where not known; those left out are not known.
    limits : HyperinflammationLimits

    Returns
    -------
    Listing

    Raises
    ------
    RulesError
        A finding is none of `FINDINGS`, or neither 0 nor 1 nor NaN.

    References
    ----------
    A definition: Hines 2023, doi:10.1016/j.jtct.2023.03.006.
    """
    for name in findings:
        if name not in FINDINGS:
            raise RulesError(
                f"list_criteria: findings must be of {list(FINDINGS)}; got {name!r}.{did_you_mean(name, FINDINGS)}"
            )
    low_fibrinogen = any_met(
        exceeds(limits.fibrinogen, fibrinogen.value),
        exceeds(fibrinogen.lower, fibrinogen.value),
    )
    items = {
        "transaminases": _raised_transaminases(transaminases, limits.transaminase_fold),
        "fibrinogen": low_fibrinogen,
        "lactate_dehydrogenase": exceeds(lactate_dehydrogenase.value, lactate_dehydrogenase.upper),
        "direct_bilirubin": exceeds(direct_bilirubin.value, direct_bilirubin.upper),
        "triglycerides": exceeds(triglycerides.value, limits.triglycerides),
        **{name: _as_judged(name, findings.get(name, np.nan)) for name in FINDINGS},
    }
    required = ferritin_criterion(ferritin, rising=rising, limits=limits)
    same_length = np.broadcast_arrays(required, *items.values())
    return Listing(same_length[0], MappingProxyType(dict(zip(items, same_length[1:], strict=True))))


def first_met(*, subject: Integers, day: Floats, criterion: Floats, subjects: int) -> Answer:
    """Find the first day on which each subject met a criterion.

    Parameters
    ----------
    subject : (records,) int
        Whose record it is, from 0 to `subjects` - 1; records may stand in any order.
    day : (records,) float
    criterion : (records,) float
        1 where met, 0 where not, NaN where that is not known.
    subjects : int
        How many there are.

    Returns
    -------
    Answer of n days
        Missing where the criterion was not met, or an earlier day on which it is not known could be the first.
    """
    surely, maybe = (np.full(subjects, np.inf) for _ in range(2))
    np.minimum.at(surely, subject[criterion == 1], day[criterion == 1])
    np.minimum.at(maybe, subject[criterion != 0], day[criterion != 0])
    reason = first_reason(
        subjects,
        (np.bincount(subject, minlength=subjects) == 0, "NO_SAMPLES"),
        (np.isinf(maybe), "CRITERION_NOT_MET"),
        (maybe < surely, "CRITERION_UNKNOWN"),
    )
    left_open = np.isfinite(maybe) & (maybe < surely)
    return Answer(
        value=np.where(reason > 0, np.nan, surely),
        low=np.where(left_open, maybe, np.nan),
        high=np.where(left_open, surely, np.nan),
        reason=reason,
        flags=np.zeros(subjects, np.int64),
    )


def _raised_transaminases(marker: Marker, fold: float) -> Floats:
    value, upper, baseline = (np.asarray(part, np.float64) for part in (marker.value, marker.upper, marker.baseline))
    met = exceeds(value, fold * np.maximum(upper, baseline))
    # Without a baseline, what does not exceed the limit of normal would not exceed an abnormal baseline either.
    return np.where(np.isnan(baseline) & (value <= fold * upper), 0.0, met)


def _as_judged(name: str, judged: npt.ArrayLike) -> Floats:
    least, greatest = level_bounds(name, judged, ("no", "yes"))
    return np.where(least < greatest, np.nan, least)
