"""All parameters of many profiles: arrays in, arrays out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from carpk.nca.peak import Peak, find_peak
from carpk.nca.quantification import Curve, resolve, upper_bound
from carpk.nca.rules import NcaRules
from carpk.nca.segments import Segments, shape_segments
from carpk.nca.terminal import TerminalSlope, terminal_slope
from carpk.nca.windows import Course, WindowArea, area_in_window
from carpk.profiles import Booleans, Floats, Integers, Profiles
from carpk.reasons import flag_bit, reason_number

_INFUSION_PEAK_DAYS = 3.0  # a peak up to this day may be infused cells
_ROUNDING_OF_ACCEPTANCE = 1e-12

Extent = Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One parameter of n profiles.

    Attributes
    ----------
    value : (n,) float
        NaN exactly where `reason` is not 0.
    reason, flags : (n,) int
        Numbers and bits of carpk.reasons.
    low, high : (n,) float
        What levels below the limit allow; NaN where that says nothing.
    extent : mapping of str to (n,) float
        For a window: first, last, observed, coverage, extrapolated_percent; else empty.
    """

    value: Floats
    reason: Integers
    flags: Integers
    low: Floats
    high: Floats
    extent: Extent


@dataclass(frozen=True, slots=True, eq=False)
class NcaArrays:
    """Every parameter of n profiles, and where time 0 was inserted or a level dropped.

    Attributes
    ----------
    answers : mapping of parameter key to Answer
    inserted : (n,) bool
        (0, 0) was put before the first sample.
    embedded : (samples,) bool
        Samples below the limit that were dropped.
    zero : (samples,) bool
        Samples below the limit that were taken as zero.
    """

    answers: Mapping[str, Answer]
    inserted: Booleans
    embedded: Booleans
    zero: Booleans


def compute_parameters(
    profiles: Profiles, rules: NcaRules, *, course_end: Floats | None = None, day: float = 1.0
) -> NcaArrays:
    """Compute every parameter of every profile.

    Parameters
    ----------
    profiles : Profiles of n curves
        Times in the unit of which `day` make one day.
    rules : NcaRules
    course_end : (n,) float, optional
        When the course of each profile was ended by a second infusion or the like, in the profiles' time unit.
    day : float
        One day in the profiles' time unit, 24 for hours.

    Returns
    -------
    NcaArrays
        Values in the profiles' units; keys as in carpk.terms.
    """
    ends = np.full(len(profiles), np.inf) if course_end is None else np.asarray(course_end, np.float64)
    answers: dict[str, dict[str, Any]] = {}
    inserted = np.zeros(len(profiles), np.bool_)
    embedded, zero = np.zeros(len(profiles.time), np.bool_), np.zeros(len(profiles.time), np.bool_)
    for block in profiles.blocks():
        curve = resolve(block, time_zero=rules.time_zero)
        inserted[block.rows] = curve.inserted
        place = (profiles.offsets[block.rows][:, None] + np.arange(-1, block.time.shape[1] - 1))[block.present]
        embedded[place] = curve.embedded[block.present]
        zero[place] = (curve.below & ~curve.embedded)[block.present]
        course = _course(curve, upper_bound(block, curve), rules, ends[block.rows], day)
        for key, answer in _answers(course, rules).items():
            store = answers.setdefault(key, _empty_answer(len(profiles), answer))
            _put(store, answer, block.rows)
    return NcaArrays(
        answers={key: Answer(**store) for key, store in answers.items()},
        inserted=inserted,
        embedded=embedded,
        zero=zero,
    )


def _empty_answer(count: int, like: Answer) -> dict[str, Any]:
    store: dict[str, Any] = {name: np.full(count, np.nan) for name in ("value", "low", "high")}
    store |= {name: np.zeros(count, np.int64) for name in ("reason", "flags")}
    store["extent"] = {name: np.full(count, np.nan) for name in like.extent}
    return store


def _put(store: dict[str, Any], answer: Answer, rows: Integers) -> None:
    for name in ("value", "reason", "flags", "low", "high"):
        store[name][rows] = getattr(answer, name)
    for name, values in answer.extent.items():
        store["extent"][name][rows] = values


def _course(curve: Curve, highest: Curve, rules: NcaRules, ends: Floats, day: float) -> Course:
    return Course(
        curve=curve,
        highest=highest,
        segments=shape_segments(curve.time, curve.level, method=rules.auc_method),
        highest_segments=shape_segments(highest.time, highest.level, method="linear"),
        slope=terminal_slope(curve, min_points=rules.min_points),
        end=ends,
        day=day,
    )


def _answers(course: Course, rules: NcaRules) -> dict[str, Answer]:
    peak = find_peak(
        course.curve, horizon=rules.peak_horizon * course.day, infusion_peak=_INFUSION_PEAK_DAYS * course.day
    )
    answers = _peak_answers(course.curve, peak) | _extent_answers(course) | _total_areas(course.curve, course.segments)
    for key, window in rules.window_keys.items():
        answers[key] = _window_answer(area_in_window(course, window, rules))
    return answers | _terminal_answers(course, rules)


def _answer(value: Floats, reason: Integers, flags: Mapping[str, Booleans] | None = None) -> Answer:
    bits = np.zeros(len(value), np.int64)
    for flag, where in (flags or {}).items():
        bits |= np.where(where & (reason == 0), flag_bit(flag), 0)
    nothing = np.full(len(value), np.nan)
    return Answer(np.where(reason == 0, value, np.nan), reason, bits, nothing, nothing, {})


def _nothing_quantified(curve: Curve) -> Integers:
    return np.select(
        [curve.samples == 0, curve.amount == 0], [reason_number("NO_SAMPLES"), reason_number("NO_QUANTIFIED")], 0
    )


def _peak_answers(curve: Curve, peak: Peak) -> dict[str, Answer]:
    all_below = (curve.amount == 0) & (curve.samples > 0)
    reason = _nothing_quantified(curve)
    reason = np.where((reason == 0) & ~peak.found, reason_number("NO_QUANTIFIED_IN_HORIZON"), reason)
    seen = {
        "TIES": peak.ties,
        "NO_DECLINE_SEEN": peak.no_decline,
        "LATE_REEXPANSION": peak.late_reexpansion,
        "PEAK_AT_INFUSION": peak.at_infusion,
    }
    return {
        "cmax": _answer(
            np.where(all_below, 0.0, peak.level), np.where(all_below, 0, reason), seen | {"ALL_BLQ": all_below}
        ),
        "tmax": _answer(peak.time, reason, seen),
    }


def _extent_answers(course: Course) -> dict[str, Answer]:
    curve = course.curve
    reason = _nothing_quantified(curve)
    after = curve.below & ~curve.embedded & (np.arange(curve.below.shape[1]) > curve.last[:, None])
    column = np.argmax(after, axis=1)
    never = reason_number("NEVER_BLQ_AFTER_LAST")
    return {
        "tfirst": _answer(
            curve.at(curve.time, np.maximum(curve.first, 0)),
            np.where((reason == 0) & (curve.first < 0), reason_number("NO_QUANTIFIED"), reason),
        ),
        "tlast": _answer(curve.at(curve.time, curve.last), reason),
        "clast": _answer(curve.at(curve.level, curve.last), reason),
        "tbql": _answer(curve.at(curve.time, column), np.where((reason == 0) & ~after.any(axis=1), never, reason)),
    }


def _total_areas(curve: Curve, segments: Segments) -> dict[str, Answer]:
    column = np.arange(segments.area.shape[1])
    counted = (curve.amount > 0)[:, None] & (column < curve.last[:, None])
    to_last = np.sum(segments.area, axis=1, where=counted)
    first_after = (curve.amount > 0)[:, None] & (column == curve.last[:, None])
    to_all = to_last + np.sum(segments.area, axis=1, where=first_after)
    reason = np.where(curve.samples == 0, reason_number("NO_SAMPLES"), 0)
    flags = {
        "ALL_BLQ": curve.amount == 0,
        "EMBEDDED_BLQ": curve.embedded.any(axis=1),
        "T0_INSERTED": curve.inserted,
    }
    return {"auc_last": _answer(to_last, reason, flags), "auc_all": _answer(to_all, reason, flags)}


def _window_answer(window: WindowArea) -> Answer:
    extent = {
        "first_time": window.first,
        "last_time": window.last,
        "observed": window.observed,
        "coverage": window.coverage,
        "extrapolated_percent": window.extrapolated_percent,
    }
    return Answer(window.area, window.reason, window.flags, window.low, window.high, extent)


def _terminal_answers(course: Course, rules: NcaRules) -> dict[str, Answer]:
    slope: TerminalSlope = course.slope
    half_life = np.log(2) / slope.rate
    span = (slope.last - slope.first) / half_life
    flags = {
        "LOW_ADJUSTED_R2": slope.adjusted_r2 < rules.min_adjusted_r2 - _ROUNDING_OF_ACCEPTANCE,
        "SHORT_SPAN": span < rules.min_span - _ROUNDING_OF_ACCEPTANCE,
    }
    values = {
        "lambda_z": slope.rate,
        "half_life": half_life,
        "lambda_z_points": slope.points,
        "lambda_z_first": slope.first,
        "lambda_z_last": slope.last,
        "r_squared": slope.r2,
        "adjusted_r_squared": slope.adjusted_r2,
        "span_ratio": span,
        "clast_predicted": slope.predicted(course.curve.at(course.curve.time, course.curve.last)),
    }
    flagged = ("lambda_z", "half_life")
    return {key: _answer(value, slope.reason, flags if key in flagged else None) for key, value in values.items()}
