"""When adverse events were treated (tocilizumab, steroids, anakinra), and when grades no longer require fever."""

from dataclasses import dataclass

import numpy as np

from carpk.profiles import Booleans, Floats, Integers
from carpk.response.assessment import Stated, state
from carpk.response.records import check_places


@dataclass(frozen=True, slots=True, eq=False)
class TreatmentTimes:
    """When one treatment was given to n subjects.

    Attributes
    ----------
    first, last : Stated
        Time of the first and last dose whose time is known.
    doses : (n,) int
        Doses, also those without a time.
    undated : (n,) int
        Doses without a time: with any, the first may be earlier, and the last later.
    """

    first: Stated
    last: Stated
    doses: Integers
    undated: Integers


def treatment_times(*, subject: Integers, time: Floats, subjects: int, since: float = 0.0) -> TreatmentTimes:
    """Find the first and last time of one treatment in each subject.

    Parameters
    ----------
    subject : (doses,) int
        Whose dose it is, from 0 to `subjects` - 1. Doses may stand in any order.
    time : (doses,) float
        Time since infusion [day]; NaN where not known.
    subjects : int
        How many there are, with those never treated.
    since : float
        Doses before this time, such as premedication, do not count [day].

    Returns
    -------
    TreatmentTimes

    Raises
    ------
    RulesError
        A dose is of none of the subjects.
    """
    counts = ~(time < since)
    whose, when = check_places("treatment_times: subject", subject, subjects)[counts], time[counts]
    dated = ~np.isnan(when)
    first, last = np.full(subjects, np.inf), np.full(subjects, -np.inf)
    np.minimum.at(first, whose[dated], when[dated])
    np.maximum.at(last, whose[dated], when[dated])
    doses, undated = np.bincount(whose, minlength=subjects), np.bincount(whose[~dated], minlength=subjects)
    reasons = ((doses == 0, "NOT_TREATED"), (doses == undated, "TREATMENT_UNDATED"))
    return TreatmentTimes(state(first, *reasons), state(last, *reasons), doses, undated)


def waive_fever(
    *, subject: Integers, day: Floats, fever: Floats, treated: Integers, treated_day: Floats, subjects: int
) -> Floats:
    """Tell on which records fever is no longer required for a grade of cytokine release syndrome.

    It is not from the first dose of tocilizumab or steroids on that was given on or after a day with fever. Doses
    before any fever, such as prophylaxis, do not waive it.

    Parameters
    ----------
    subject : (records,) int
        Whose record it is, from 0 to `subjects` - 1. Records may stand in any order.
    day : (records,) float
        Whole days since infusion.
    fever : (records,) float
        As `crs.has_fever` tells it.
    treated : (doses,) int
        Whose dose it is.
    treated_day : (doses,) float
        Whole days since infusion; NaN where not known.
    subjects : int
        How many there are.

    Returns
    -------
    (records,) float
        1 or 0; NaN where an unknown fever, or a dose without a day, could change it.

    Raises
    ------
    RulesError
        A record or dose is of none of the subjects.

    References
    ----------
    Lee 2019, doi:10.1016/j.bbmt.2018.12.758.
    """
    subject = check_places("waive_fever: subject", subject, subjects)
    treated = check_places("waive_fever: treated", treated, subjects)
    surely = _first_treated(subject[fever == 1], day[fever == 1], treated, treated_day, subjects)
    feverish = ~(fever == 0)
    onset = _earliest(subject[feverish], day[feverish], subjects)
    # A dose without a day may have been given on the first day that may have been one of fever.
    earliest_day = np.where(np.isnan(treated_day), onset[treated], treated_day)
    maybe = _first_treated(subject[feverish], day[feverish], treated, earliest_day, subjects)
    return np.where(day >= surely[subject], 1.0, np.where(day >= maybe[subject], np.nan, 0.0))


def _first_treated(subject: Integers, day: Floats, treated: Integers, treated_day: Floats, subjects: int) -> Floats:
    """Find the first dose on or after the first of these days, infinite without one."""
    after: Booleans = treated_day >= _earliest(subject, day, subjects)[treated]
    return _earliest(treated[after], treated_day[after], subjects)


def _earliest(subject: Integers, day: Floats, subjects: int) -> Floats:
    earliest = np.full(subjects, np.inf)
    np.minimum.at(earliest, subject, day)
    return earliest
