"""How many subjects of each cohort had an adverse event, by type and highest grade."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.profiles import Integers
from carpk.response.assessment import whole_numbers
from carpk.response.records import check_places

GRADES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True, eq=False)
class EventCounts:
    """Subjects with an adverse event, each counted once for a type, at the highest grade that is known.

    Attributes
    ----------
    events : (types, cohorts) int
        Events, several of a subject counted each.
    subjects : (types, cohorts) int
        Subjects with at least one.
    by_grade : (types, cohorts, 5) int
        Of them, those whose highest grade is 1, ..., 5.
    grade_unknown : (types, cohorts) int
        Of them, those of whom no grade is known.
    maybe_higher : (types, cohorts) int
        Of those with a highest grade, those with another event of the type whose grade is not known.
    cohort_size : (cohorts,) int
        Subjects of each cohort, with or without an event: the N of every percentage.
    """

    events: Integers
    subjects: Integers
    by_grade: Integers
    grade_unknown: Integers
    maybe_higher: Integers
    cohort_size: Integers

    def at_least(self, grade: int) -> Integers:
        """Count subjects whose highest known grade is this or higher: (types, cohorts) int.

        Raises
        ------
        RulesError
            The grade is none of 1 to 5.
        """
        if grade not in GRADES:
            raise RulesError(f"at_least: grade must be one of {list(GRADES)}; got {grade!r}.")
        return np.asarray(self.by_grade[..., grade - 1 :].sum(axis=-1))


def count_events(
    *,
    subject: npt.ArrayLike,
    kind: npt.ArrayLike,
    grade: npt.ArrayLike,
    cohort: npt.ArrayLike,
    kinds: int,
    cohorts: int,
) -> EventCounts:
    """Count adverse events by type, highest grade and cohort.

    For subjects with any event at all, give all events one type.

    Parameters
    ----------
    subject : (events,) int
        Whose event it is: a place in `cohort`. Events may stand in any order.
    kind : (events,) int
        Its type, from 0 to `kinds` - 1.
    grade : (events,) float
        From 1 to 5; NaN where not known.
    cohort : (n,) int
        Cohort of every subject, also of those without an event, from 0 to `cohorts` - 1.
    kinds, cohorts : int
        How many types and cohorts there are; those without an event are counted as zero.

    Returns
    -------
    EventCounts

    Raises
    ------
    RulesError
        A grade is not from 1 to 5, or a subject, type or cohort is outside its range.
    ValueError
        Subjects, types and grades are not of one number.
    """
    of_subject = check_places("count_events: cohort", cohort, cohorts)
    who = check_places("count_events: subject", subject, len(of_subject))
    what = check_places("count_events: kind", kind, kinds)
    severity = whole_numbers("count_events: grade", grade, GRADES[-1])
    if not who.shape == what.shape == severity.shape:
        raise ValueError("count_events: subject, kind and grade must be flat arrays of one length.")
    if (severity == 0).any():
        raise RulesError("count_events: an event of grade 0 is none; leave it out.")
    # One row for each subject and type: its highest grade, 0 where none is known.
    pair, row = np.unique(what * len(of_subject) + who, return_inverse=True)
    highest = np.zeros(len(pair), np.int64)
    np.maximum.at(highest, row, np.nan_to_num(severity).astype(np.int64))
    open_grade = np.zeros(len(pair), np.bool_)
    open_grade[row[np.isnan(severity)]] = True
    place = pair // max(len(of_subject), 1), of_subject[pair % max(len(of_subject), 1)]
    tally = np.zeros((kinds, cohorts, 1 + len(GRADES)), np.int64)
    np.add.at(tally, (*place, highest), 1)
    events, maybe_higher = np.zeros((2, kinds, cohorts), np.int64)
    np.add.at(events, (what, of_subject[who]), 1)
    np.add.at(maybe_higher, place, open_grade & (highest > 0) & (highest < GRADES[-1]))
    return EventCounts(
        events=events,
        subjects=np.asarray(tally.sum(axis=-1)),
        by_grade=tally[..., 1:],
        grade_unknown=tally[..., 0],
        maybe_higher=maybe_higher,
        cohort_size=np.bincount(of_subject, minlength=cohorts),
    )
