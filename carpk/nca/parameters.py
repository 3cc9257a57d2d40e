"""All parameters of many profiles: arrays in, arrays out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError, did_you_mean
from carpk.nca.answers import Answer, fill, per_dose, scaled, unfilled
from carpk.nca.course import Course, Infusion
from carpk.nca.families import FAMILIES
from carpk.nca.quantification import Curve, resolve
from carpk.nca.rules import NcaRules
from carpk.nca.terminal import Marks
from carpk.nca.windows import WindowArea, area_in_window
from carpk.profiles import Booleans, Floats, Integers, Profiles
from carpk.terms import mean_key

__all__ = ["Infusion", "NcaArrays", "compute_parameters", "parameter_keys"]

_PER_DOSE = "_per_dose"
_INFINITE = ("auc_inf_obs", "auc_inf_pred", "extrapolated_percent")
_DROPPED, _ZERO, _IMPUTED = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class NcaArrays:
    """Every parameter of n profiles, and what became of time 0 and of the samples below the limit.

    Attributes
    ----------
    answers : mapping of parameter key to Answer
    inserted : (n,) bool
        A level of zero was put at time 0, before the first sample.
    dropped, zero, imputed : (samples,) bool
        Samples that were left out of the curve, taken as zero, or replaced by a share of their limit.
    """

    answers: Mapping[str, Answer]
    inserted: Booleans
    dropped: Booleans
    zero: Booleans
    imputed: Booleans


def compute_parameters(
    profiles: Profiles,
    rules: NcaRules,
    *,
    course_end: Floats | None = None,
    infusion: Infusion | None = None,
    marks: Marks | None = None,
    day: float = 1.0,
    parameters: Collection[str] | None = None,
) -> NcaArrays:
    """Compute the parameters of every profile.

    Parameters
    ----------
    profiles : Profiles of n curves
        Times in the unit of which `day` make one day.
    rules : NcaRules
    course_end : (n,) float, optional
        When the course of each profile was ended by a second infusion or the like, in the profiles' time unit.
    infusion : Infusion, optional
        Without it there are no parameters per dose.
    marks : (samples,) int, optional
        Points chosen for, or left out of, the terminal slope by hand; see `carpk.nca.terminal`.
    day : float
        One day in the profiles' time unit, 24 for hours.
    parameters : collection of str, optional
        Keys of the parameters to compute, some of `parameter_keys`; all of them, if not given.

    Returns
    -------
    NcaArrays
        Values in the profiles' units; keys as in carpk.terms.

    Raises
    ------
    RulesError
        No parameter is asked for, or one that cannot be computed under these rules.
    """
    keys = _asked(parameters, parameter_keys(rules, dosed=infusion is not None))
    count = len(profiles)
    ends = np.full(count, np.inf) if course_end is None else np.asarray(course_end, np.float64)
    answers: dict[str, Answer] = {}
    inserted = np.zeros(count, np.bool_)
    became = np.zeros(len(profiles.time), np.int8)
    for block in profiles.blocks():
        curve = resolve(block, time_zero=rules.time_zero, blq=rules.blq, blq_tail=rules.blq_tail)
        inserted[block.rows] = curve.inserted
        profiles.from_block(block, _became(curve), became)
        course = Course(
            block,
            curve,
            rules,
            end=ends[block.rows],
            day=day,
            infusion=None if infusion is None else infusion.of(block.rows),
            marks=None if marks is None else profiles.to_block(block, marks),
        )
        found = _answers(course, keys)
        answers = answers or {key: unfilled(count, like) for key, like in found.items()}
        rows = _span(block.rows)
        for key, store in answers.items():
            fill(store, found[key], rows)
    return NcaArrays(answers, inserted, became == _DROPPED, became == _ZERO, became == _IMPUTED)


def parameter_keys(rules: NcaRules, *, dosed: bool) -> tuple[str, ...]:
    """List the parameters that can be computed under the rules, in order, with those per dose where one is known."""
    keys = [key for family in FAMILIES for key in family if rules.infinite or key not in _INFINITE]
    windows = list(rules.window_keys)
    after_totals = keys.index("auc_all") + 1
    keys[after_totals:after_totals] = [*windows, *map(mean_key, windows)]
    return (*keys, *(key + _PER_DOSE for key in ("cmax", *windows) if dosed))


def _asked(asked: Collection[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if asked is None:
        return known
    if not asked:
        raise RulesError(f"parameters: none is asked for; these rules give {list(known)}.")
    for key in asked:
        if key not in known:
            hint = did_you_mean(key, known)
            raise RulesError(f"parameters: {key!r} is none that these rules give; they give {list(known)}.{hint}")
    return tuple(key for key in known if key in set(asked))


def _answers(course: Course, keys: tuple[str, ...]) -> dict[str, Answer]:
    """Compute what is asked for, and what that rests on."""
    needed = {*keys, *(key.removesuffix(_PER_DOSE) for key in keys)}
    answers: dict[str, Answer] = {}
    for family, compute in FAMILIES.items():
        if not needed.isdisjoint(family):
            answers |= compute(course)
    for key, (start, end) in course.rules.window_keys.items():
        if key in needed or mean_key(key) in needed:
            answers[key] = _window_answer(area_in_window(course, (start, end)))
            answers[mean_key(key)] = scaled(answers[key], 1 / ((end - start) * course.day))
    if course.infusion is not None:
        divided = (key.removesuffix(_PER_DOSE) for key in keys if key.endswith(_PER_DOSE))
        answers |= {key + _PER_DOSE: per_dose(answers[key], course.infusion.dose) for key in divided}
    return {key: answers[key] for key in keys}


def _became(curve: Curve) -> npt.NDArray[np.int8]:
    """Tell what became of the samples below the limit, (n, m)."""
    left_in = curve.below & ~curve.dropped
    became: npt.NDArray[np.int8] = curve.dropped * np.int8(_DROPPED)
    became += left_in * np.where(curve.level > 0, np.int8(_IMPUTED), np.int8(_ZERO))
    return became


def _span(rows: Integers) -> Integers | slice:
    """Return the rows as a slice, where they follow each other."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _window_answer(window: WindowArea) -> Answer:
    extent = {
        "first_time": window.first,
        "last_time": window.last,
        "observed": window.observed,
        "coverage": window.coverage,
        "extrapolated_percent": window.extrapolated_percent,
    }
    return Answer(window.area, window.reason, window.flags, window.low, window.high, extent)
