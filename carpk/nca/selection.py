"""Which samples make a profile, and which profiles are refused (rules I-4, I-5, I-7 and I-8)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import reason_number

KEPT, BASELINE, AFTER_COURSE, DUPLICATE, MISSING, EXCLUDED, REFUSED = range(7)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What becomes of every sample.

    Attributes
    ----------
    time : (samples,) float
        As given, but 0 for a baseline sample that stands at time 0.
    value : (samples,) float
        Level after duplicates are resolved; NaN below the limit.
    use : (samples,) int
        KEPT, BASELINE, AFTER_COURSE, DUPLICATE, MISSING, EXCLUDED or REFUSED.
    differing : (samples,) bool
        Samples that share their time with a different one.
    refused : (profiles,) int
        Number of the reason why a profile is refused, 0 where it is not.
    from_baseline : (profiles,) bool
        The last sample before the infusion stands at time 0.
    """

    time: Floats
    value: Floats
    use: Integers
    differing: Booleans
    refused: Integers
    from_baseline: Booleans


def select_samples(
    profile: Integers,
    time: Floats,
    value: Floats,
    status: npt.NDArray[np.str_],
    *,
    course_end: Floats,
    duplicates: str = "refuse",
    time_zero: str = "insert",
    blq: str = "carpk",
) -> Selection:
    """Decide which samples make each profile.

    Parameters
    ----------
    profile, time, value, status : (samples,)
        Which profile a sample belongs to, its time since infusion, level and status (see carpk.schema.STATUSES); sorted
        by profile, then by time.
    course_end : (profiles,) float
        When each course was ended by a second infusion or the like; infinite where none was.
    duplicates : {"refuse", "first", "mean", "geometric_mean", "max"}
        What becomes of different levels at one time. A mean of a level and one below the limit does not exist: then the
        profile is refused all the same.
    time_zero : {"insert", "baseline", "none"}
        With "baseline" the last sample before the infusion stands at time 0, where there is none.
    blq : str
        With "none" a profile that holds a level below the limit is refused.

    Returns
    -------
    Selection
    """
    below = np.isin(status, ("blq", "not_detected"))
    level = np.where(status == "quantified", value, np.nan)
    use = np.select(
        [status == "missing", status == "excluded", time < 0, time >= course_end[profile]],
        [MISSING, EXCLUDED, BASELINE, AFTER_COURSE],
        KEPT,
    )
    time = time.copy()
    from_baseline = np.zeros(len(course_end), np.bool_)
    if time_zero == "baseline":
        _move_baseline(profile, time, use, from_baseline)
    kept = np.flatnonzero(use == KEPT)
    differing = np.zeros(len(time), np.bool_)
    refused = np.zeros(len(course_end), np.int64)
    if len(kept):
        unresolved = _merge_duplicates(kept, profile, time, level, use, differing, duplicates)
        refused[profile[unresolved]] = reason_number("DUPLICATE_TIMES")
    with np.errstate(invalid="ignore"):
        # A negative number is no level below the limit either.
        refused[profile[(use == KEPT) & (value < 0)]] = reason_number("NEGATIVE_LEVEL")
    refused[profile[(use == KEPT) & (status == "above_uloq")]] = reason_number("ABOVE_ULOQ")
    if blq == "none":
        refused[profile[(use == KEPT) & below]] = reason_number("BLQ_NOT_ALLOWED")
    use[(refused[profile] > 0) & np.isin(use, (KEPT, DUPLICATE))] = REFUSED
    return Selection(time, np.where(below, np.nan, level), use, differing, refused, from_baseline)


def _move_baseline(profile: Integers, time: Floats, use: Integers, from_baseline: Booleans) -> None:
    """Put the last baseline sample of each profile at time 0, where no sample stands there."""
    starts = np.zeros(len(from_baseline), np.bool_)
    starts[profile[(use == KEPT) & (time == 0)]] = True
    baseline = np.flatnonzero((use == BASELINE) & ~starts[profile])
    last = baseline[np.append(profile[baseline][1:] != profile[baseline][:-1], True)] if len(baseline) else baseline
    time[last], use[last] = 0.0, KEPT
    from_baseline[profile[last]] = True


def _merge_duplicates(
    kept: Integers,
    profile: Integers,
    time: Floats,
    level: Floats,
    use: Integers,
    differing: Booleans,
    rule: str,
) -> Integers:
    """Keep the first of samples at one time and give it the level of the rule; return what stays unresolved."""
    new = np.ones(len(kept), np.bool_)
    new[1:] = (profile[kept][1:] != profile[kept][:-1]) | (time[kept][1:] != time[kept][:-1])
    starts = np.flatnonzero(new)
    levels = np.where(np.isnan(level[kept]), -np.inf, level[kept])
    lowest, highest = np.minimum.reduceat(levels, starts), np.maximum.reduceat(levels, starts)
    count = np.diff(np.append(starts, len(kept)))
    use[kept[~new]] = DUPLICATE
    differ: Booleans = lowest != highest
    differing[kept] = np.repeat(differ, count)
    first: Integers = kept[starts]
    if rule == "refuse":
        return first[differ]
    if rule == "max":
        level[first[differ]] = highest[differ]
    elif rule in ("mean", "geometric_mean"):
        resolvable = differ & (lowest > 0)
        terms = np.where(levels > 0, levels, 1.0)
        if rule == "mean":
            merged = np.add.reduceat(terms, starts) / count
        else:
            merged = np.exp(np.add.reduceat(np.log(terms), starts) / count)
        level[first[resolvable]] = merged[resolvable]
        return first[differ & ~resolvable]
    return first[:0]
