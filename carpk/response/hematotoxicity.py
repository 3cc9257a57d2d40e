"""Immune effector cell-associated hematotoxicity (ICAHT): its early and late grade from neutrophil counts.

The grades are those of the EHA and EBMT consensus, Rejeski 2023, doi:10.1182/blood.2023020578. How days are counted
where not every day has a sample follows, by default, the automated grading that Liang published
(https://github.com/emilyliangmd/automatedicahtgrading): the longest stretch of low days counts, recoveries of less than
three days do not interrupt it, and counts are interpolated over up to seven days without a sample. Unlike there, early
grade 4 by never recovering takes "never above 500" by its word; `IcahtRules(never_from=3, brief_recovery_counts=False)`
is as there: who falls by day 3 and does not recover for three days never recovers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError, did_you_mean, refuse_unknown_choices
from carpk.profiles import Booleans, Floats, Integers
from carpk.response.assessment import Assessment, Stated, state
from carpk.response.low_days import BloodCounts, DailyLow, find_low_days, join_stretches, longest_stretch

LAST_EARLY_DAY = 30
"""Last day of the early grade; later days are late."""

_SEVERE, _PROFOUND = 500.0, 100.0  # cells/uL
_LATE_LIMITS = np.array([1500.0, 1000.0, 500.0, 100.0])  # cells/uL, of grades 1 to 4

Stretch = Literal["longest", "total"]
LateCount = Literal["lowest", "second lowest"]


@dataclass(frozen=True, slots=True)
class IcahtRules:
    """Choices on which the definition leaves room.

    Attributes
    ----------
    stretch : {"longest", "total"}
        Whether early days count in the longest stretch of low days, or in all of them.
    recovery_days : int
        A recovery of fewer days does not end a stretch, and its days count.
    longest_gap : int
        So many days in a row without a sample are interpolated, or take the count of the sample next to them where
        there is none on one side. Of longer gaps nothing is assumed.
    never_from : int
        Early grade 4 by never recovering asks for a low count on every day from this one on.
    brief_recovery_counts : bool
        Whether a recovery of fewer than `recovery_days` rules out early grade 4 by never recovering, as the words
        "never above 500" have it.
    late_count : {"lowest", "second lowest"}
        Which of a subject's late counts is graded.

    Raises
    ------
    RulesError
        A choice has no such value.
    """

    stretch: Stretch = "longest"
    recovery_days: int = 3
    longest_gap: int = 7
    never_from: int = 0
    brief_recovery_counts: bool = True
    late_count: LateCount = "lowest"

    def __post_init__(self) -> None:
        for name, choices in (("stretch", get_args(Stretch)), ("late_count", get_args(LateCount))):
            word = getattr(self, name)
            if word not in choices:
                suggestion = did_you_mean(str(word), choices)
                raise RulesError(f"IcahtRules: {name} must be one of {list(choices)}; got {word!r}.{suggestion}")
        for name, least in (("recovery_days", 1), ("longest_gap", 0), ("never_from", 0)):
            number = getattr(self, name)
            if not (isinstance(number, int) and least <= number <= LAST_EARLY_DAY):
                raise RulesError(
                    f"IcahtRules: {name} must be a whole number from {least} to {LAST_EARLY_DAY}; got {number!r}."
                )

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "IcahtRules":
        """Make rules from words, as the ``[response.icaht]`` table of a settings file has them.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        refuse_unknown_choices("IcahtRules", choices, [choice.name for choice in fields(cls)])
        return cls(**choices)

    def sentence(self) -> str:
        """Say in a sentence what was chosen."""
        stretch = "the longest stretch of days" if self.stretch == "longest" else "all days"
        recovery = "day" if self.recovery_days == 1 else "days"
        whether = "rules it out" if self.brief_recovery_counts else "does not rule it out"
        return (
            f"ICAHT by Rejeski 2023 (doi:10.1182/blood.2023020578): early, {stretch} to day {LAST_EARLY_DAY} with low"
            f" neutrophils; a recovery of fewer than {self.recovery_days} {recovery} does not end a stretch, and at"
            f" most {self.longest_gap} days in a row without a sample are interpolated. Never recovered means low on"
            f" every day from day {self.never_from} on; a briefer recovery {whether}. Late, the {self.late_count} count"
            " decides."
        )


@dataclass(frozen=True, slots=True, eq=False)
class LowDays:
    """Days with a count at or below a limit.

    Attributes
    ----------
    value : (n,) float
        With the counts between samples interpolated.
    least, greatest : (n,) float
        What the samples allow: between a low and another sample none or all days are low, between two low ones all.
    """

    value: Floats
    least: Floats
    greatest: Floats


@dataclass(frozen=True, slots=True, eq=False)
class EarlyIcaht:
    """Early hematotoxicity of n subjects.

    Attributes
    ----------
    grade : Stated
        From 0 to 4, by interpolated days. It is missing where days too far from any sample could change it.
    least, greatest : (n,) float
        The grades that the samples allow; NaN without a sample.
    severe, profound : LowDays
        Days with at most 500, and with at most 100 cells/uL; NaN without a sample.
    never_recovered : (n,) bool
        No day, as interpolated, with more than 500 cells/uL.
    """

    grade: Stated
    least: Floats
    greatest: Floats
    severe: LowDays
    profound: LowDays
    never_recovered: Booleans

    @property
    def sampling_matters(self) -> Booleans:
        """Where the grade differs between the bounds of the durations: (n,) bool."""
        return self.least < self.greatest


def grade_early(counts: BloodCounts, *, until: npt.ArrayLike = np.nan, rules: IcahtRules | None = None) -> EarlyIcaht:
    """Grade early hematotoxicity, of days 0 to 30.

    At most 500 cells/uL for 1 to 6 days is grade 1, for 7 to 13 days grade 2, for 14 or more grade 3, and throughout
    grade 4; at most 100 cells/uL for 7 to 13 days is grade 3, for 14 or more grade 4.

    Parameters
    ----------
    counts : BloodCounts of n subjects
        Absolute neutrophil counts.
    until : (n,) float
        Last day that counts, if before day 30, such as that of death or of the next treatment [day]; else NaN.
    rules : IcahtRules, optional

    Returns
    -------
    EarlyIcaht

    Raises
    ------
    RulesError
        A last day lies before day 0.

    References
    ----------
    Rejeski 2023, doi:10.1182/blood.2023020578.
    """
    chosen = rules or IcahtRules()
    last = np.minimum(_last_day("grade_early", until, len(counts)), LAST_EARLY_DAY)
    end = last.astype(np.int64)
    severe, profound = (
        find_low_days(counts, limit=limit, end=end, days=LAST_EARLY_DAY + 1, longest_gap=chosen.longest_gap)
        for limit in (_SEVERE, _PROFOUND)
    )
    severe_days, profound_days = _duration(severe, chosen), _duration(profound, chosen)
    never, never_least, never_greatest = (
        _never_recovered(low, end, chosen) for low in (severe.estimate, severe.least, severe.greatest)
    )
    grade = _early_grade(severe_days.value, profound_days.value, never)
    least = _early_grade(severe_days.least, profound_days.least, never_least)
    greatest = _early_grade(severe_days.greatest, profound_days.greatest, never_greatest)
    none, far = (~severe.sampled, "NO_SAMPLES_IN_PERIOD"), severe.far.any(axis=1)
    return EarlyIcaht(
        grade=state(grade, none, (far & (least < greatest), "SAMPLED_TOO_RARELY")),
        least=np.where(severe.sampled, least, np.nan),
        greatest=np.where(severe.sampled, greatest, np.nan),
        severe=severe_days,
        profound=profound_days,
        never_recovered=severe.sampled & never,
    )


def grade_late(counts: BloodCounts, *, until: npt.ArrayLike = np.nan, rules: IcahtRules | None = None) -> Assessment:
    """Grade late hematotoxicity, after day 30.

    At most 1500 cells/uL is grade 1, 1000 grade 2, 500 grade 3 and 100 grade 4. A count that is low on one of several
    days with a sample is transient, and no grade; one low day without another sample leaves the grade open.

    Parameters
    ----------
    counts : BloodCounts of n subjects
        Absolute neutrophil counts.
    until : (n,) float
        Last day that counts [day]; NaN for all.
    rules : IcahtRules, optional

    Returns
    -------
    Assessment
        From 0 to 4; its bounds are NaN without a sample.

    Raises
    ------
    RulesError
        A last day lies before day 0.

    References
    ----------
    Rejeski 2023, doi:10.1182/blood.2023020578.
    """
    chosen = rules or IcahtRules()
    end = _last_day("grade_late", until, len(counts))
    subject, day, count = counts.lowest_of_days()
    late = (day > LAST_EARLY_DAY) & (day <= end[subject])
    subject, count = subject[late], count[late]
    order = np.lexsort((count, subject))
    subject, count = subject[order], count[order]
    first = np.searchsorted(subject, np.arange(len(counts) + 1))
    days = np.diff(first)
    padded = np.append(count, [np.inf, np.inf])
    lowest, second = padded[first[:-1]], padded[first[:-1] + 1]
    low = days >= 1
    grade = (lowest[:, None] <= _LATE_LIMITS).sum(axis=1).astype(np.float64)
    confirmed = (second[:, None] <= _LATE_LIMITS).sum(axis=1) * (days >= 2)
    lasting = (
        confirmed.astype(np.float64) if chosen.late_count == "second lowest" else np.where(confirmed > 0, grade, 0)
    )
    least = np.where(low, lasting, np.nan)
    greatest = np.where(days == 1, grade, least)
    stated = state(least, (days == 0, "NO_SAMPLES_IN_PERIOD"), (least < greatest, "SINGLE_SAMPLE"))
    return Assessment(stated.value, least, greatest, stated.reason)


def _last_day(function: str, until: npt.ArrayLike, count: int) -> Floats:
    end = np.broadcast_to(np.asarray(until, np.float64), (count,))
    if (end < 0).any():
        raise RulesError(f"{function}: until cannot lie before day 0; got {np.nanmin(end):g}.")
    return np.where(np.isnan(end), np.inf, np.floor(end))


def _duration(low: DailyLow, rules: IcahtRules) -> LowDays:
    value, least, greatest = (
        np.where(low.sampled, _counted(days, rules), np.nan) for days in (low.estimate, low.least, low.greatest)
    )
    return LowDays(value, least, greatest)


def _counted(low: Booleans, rules: IcahtRules) -> Floats:
    joined = join_stretches(low, recovery_days=rules.recovery_days)
    return longest_stretch(joined) if rules.stretch == "longest" else joined.sum(axis=1).astype(np.float64)


def _never_recovered(low: Booleans, end: Integers, rules: IcahtRules) -> Booleans:
    day = np.arange(low.shape[1])
    graded = (day >= rules.never_from) & (day <= end[:, None])
    lasting = low if rules.brief_recovery_counts else join_stretches(low, recovery_days=rules.recovery_days)
    return np.asarray((lasting | ~graded).all(axis=1) & graded.any(axis=1))


def _early_grade(severe_days: Floats, profound_days: Floats, never_recovered: Booleans) -> Floats:
    return np.select(
        [
            never_recovered | (profound_days >= 14),
            (severe_days >= 14) | (profound_days >= 7),
            severe_days >= 7,
            severe_days >= 1,
        ],
        [4.0, 3.0, 2.0, 1.0],
        0.0,
    )
