"""All parameters of many profiles: arrays in, arrays out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from carpk.nca.choices import Acceptance
from carpk.nca.expansion import contraction_points, expansion_points, fit_slope, fold_base
from carpk.nca.peak import Peak, find_peak
from carpk.nca.quantification import Curve, resolve, upper_bound
from carpk.nca.rules import NcaRules
from carpk.nca.segments import Segments, shape_segments
from carpk.nca.terminal import Marks, TerminalSlope, terminal_slope
from carpk.nca.windows import Course, WindowArea, area_in_window
from carpk.profiles import Block, Booleans, Floats, Integers, Profiles, row_sums
from carpk.reasons import flag_bit, reason_number
from carpk.terms import mean_key

_INFUSION_PEAK_DAYS = 3.0  # a peak up to this day may be infused cells
_ROUNDING_OF_ACCEPTANCE = 1e-12
_LN2 = math.log(2)

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
    low, high : (n,) float or None
        What levels below the limit allow, NaN where that says nothing; None for what they do not concern.
    extent : mapping of str to (n,) float
        For a window: first, last, observed, coverage, extrapolated_percent; else empty.
    """

    value: Floats
    reason: npt.NDArray[np.int8]
    flags: npt.NDArray[np.int32]
    low: Floats | None
    high: Floats | None
    extent: Extent


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


@dataclass(frozen=True, slots=True, eq=False)
class Infusion:
    """What was infused, one entry a profile.

    Attributes
    ----------
    dose : (n,) float
        As parameters are divided by it; NaN where unknown.
    level : (n,) float
        Level that the dose makes in the blood, in the profiles' unit; NaN where unknown.
    """

    dose: Floats
    level: Floats

    def of(self, rows: Integers) -> "Infusion":
        """Take some profiles."""
        return Infusion(self.dose[rows], self.level[rows])


def compute_parameters(
    profiles: Profiles,
    rules: NcaRules,
    *,
    course_end: Floats | None = None,
    infusion: Infusion | None = None,
    marks: Marks | None = None,
    day: float = 1.0,
) -> NcaArrays:
    """Compute every parameter of every profile.

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

    Returns
    -------
    NcaArrays
        Values in the profiles' units; keys as in carpk.terms.
    """
    count = len(profiles)
    ends = np.full(count, np.inf) if course_end is None else np.asarray(course_end, np.float64)
    answers: dict[str, dict[str, Any]] = {}
    inserted = np.zeros(count, np.bool_)
    became = {name: np.zeros(len(profiles.time), np.bool_) for name in ("dropped", "zero", "imputed")}
    for block in profiles.blocks():
        curve = resolve(block, time_zero=rules.time_zero, blq=rules.blq, blq_tail=rules.blq_tail)
        place = profiles.places(block)
        inserted[block.rows] = curve.inserted
        left_in = curve.below & ~curve.dropped
        became["dropped"][place] = curve.dropped[block.present]
        became["zero"][place] = (left_in & (curve.level == 0))[block.present]
        became["imputed"][place] = (left_in & (curve.level > 0))[block.present]
        course = _course(block, curve, rules, ends[block.rows], day, _marks_of(block, place, marks))
        infused = None if infusion is None else infusion.of(block.rows)
        for key, answer in _answers(course, infused, rules).items():
            store = answers.setdefault(key, _empty_answer(count, answer))
            _put(store, answer, _span(block.rows))
    return NcaArrays({key: Answer(**store) for key, store in answers.items()}, inserted, **became)


def _marks_of(block: Block, place: Integers, marks: Marks | None) -> Marks | None:
    if marks is None:
        return None
    own = np.zeros(block.present.shape, np.int8)
    own[block.present] = marks[place]
    return own


def _empty_answer(count: int, like: Answer) -> dict[str, Any]:
    return {
        "value": np.full(count, np.nan),
        "reason": np.zeros(count, np.int8),
        "flags": np.zeros(count, np.int32),
        "low": None if like.low is None else np.full(count, np.nan),
        "high": None if like.high is None else np.full(count, np.nan),
        "extent": {name: np.full(count, np.nan) for name in like.extent},
    }


def _put(store: dict[str, Any], answer: Answer, rows: Integers | slice) -> None:
    for name in ("value", "reason", "flags", "low", "high"):
        if store[name] is not None:
            store[name][rows] = getattr(answer, name)
    for name, values in answer.extent.items():
        store["extent"][name][rows] = values


def _span(rows: Integers) -> Integers | slice:
    """Return the rows as a slice, where they follow each other."""
    if len(rows) and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _course(block: Block, curve: Curve, rules: NcaRules, ends: Floats, day: float, marks: Marks | None) -> Course:
    turn = find_peak(curve, horizon=np.inf, infusion_peak=0.0).time if rules.auc_method == "linear-log" else None
    segments = shape_segments(curve.time, curve.level, method=rules.auc_method, peak=turn)
    if rules.blq_tail in ("zero", "lambda_z"):
        segments = segments.without(np.arange(segments.area.shape[1]) >= curve.last[:, None])
    return Course(
        curve=curve,
        segments=segments,
        highest=shape_segments(*upper_bound(block, curve), method="linear"),
        held=np.where(curve.below, block.time, np.nan),
        slope=terminal_slope(
            curve,
            min_points=rules.min_points,
            selection=rules.slope_selection,
            weights=rules.slope_weights,
            include_peak=rules.slope_includes_peak,
            earliest=rules.slope_from * day,
            marks=marks,
        ),
        end=ends,
        day=day,
    )


def _answers(course: Course, infusion: Infusion | None, rules: NcaRules) -> dict[str, Answer]:
    curve, day = course.curve, course.day
    peak = find_peak(curve, horizon=rules.peak_horizon * day, infusion_peak=_INFUSION_PEAK_DAYS * day)
    answers = _peak_answers(curve, peak) | _extent_answers(course) | _total_areas(curve, course.segments)
    windows = rules.window_keys
    answers |= {key: _window_answer(area_in_window(course, window, rules)) for key, window in windows.items()}
    for key, (start, end) in windows.items():
        answers[mean_key(key)] = _scaled(answers[key], np.full(len(peak.time), 1 / ((end - start) * day)))
    answers |= _terminal_answers(course, rules) | _expansion_answers(course, peak, infusion, rules)
    if rules.infinite:
        answers |= _infinite_answers(course, answers["auc_last"], rules)
    if infusion is not None:
        answers |= {f"{key}_per_dose": _per_dose(answers[key], infusion.dose) for key in ("cmax", *windows)}
    return answers


def _answer(value: Floats, reason: Integers, flags: Mapping[str, Booleans] | None = None) -> Answer:
    bits = np.zeros(len(value), np.int32)
    for flag, where in (flags or {}).items():
        bits |= np.where(where & (reason == 0), flag_bit(flag), 0)
    return _answered(np.where(reason == 0, value, np.nan), reason, bits)


def _answered(
    value: Floats,
    reason: Integers | npt.NDArray[np.int8],
    flags: Integers | npt.NDArray[np.int32],
    bounds: tuple[Floats, Floats] | None = None,
    extent: Extent = MappingProxyType({}),
) -> Answer:
    low, high = bounds or (None, None)
    return Answer(value, reason.astype(np.int8), flags.astype(np.int32), low, high, extent)


def _scaled(answer: Answer, factor: Floats) -> Answer:
    bounds = None if answer.low is None or answer.high is None else (answer.low * factor, answer.high * factor)
    return _answered(answer.value * factor, answer.reason, answer.flags, bounds)


def _per_dose(answer: Answer, dose: Floats) -> Answer:
    known = dose > 0
    scaled = _scaled(answer, np.divide(1.0, dose, out=np.full(len(dose), np.nan), where=known))
    reason = np.where((answer.reason == 0) & ~known, reason_number("DOSE_UNKNOWN"), answer.reason)
    bounds = None if scaled.low is None or scaled.high is None else (scaled.low, scaled.high)
    return _answered(scaled.value, reason, np.where(reason == 0, answer.flags, 0), bounds)


def _nothing_quantified(curve: Curve) -> Integers:
    return np.select(
        [curve.samples == 0, curve.amount == 0], [reason_number("NO_SAMPLES"), reason_number("NO_QUANTIFIED")], 0
    )


def _no_peak(curve: Curve, peak: Peak) -> Integers:
    reason = _nothing_quantified(curve)
    return np.where((reason == 0) & ~peak.found, reason_number("NO_QUANTIFIED_IN_HORIZON"), reason)


def _peak_answers(curve: Curve, peak: Peak) -> dict[str, Answer]:
    all_below = (curve.amount == 0) & (curve.samples > 0)
    reason = _no_peak(curve, peak)
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
    after = curve.below & (np.arange(curve.below.shape[1]) > curve.last[:, None])
    lost = curve.at(course.held, np.argmax(after, axis=1))
    never = reason_number("NEVER_BLQ_AFTER_LAST")
    return {
        "tfirst": _answer(
            curve.at(curve.time, np.maximum(curve.first, 0)),
            np.where((reason == 0) & (curve.first < 0), reason_number("NO_QUANTIFIED"), reason),
        ),
        "tlast": _answer(curve.at(curve.time, curve.last), reason),
        "clast": _answer(curve.at(curve.level, curve.last), reason),
        "tbql": _answer(lost, np.where((reason == 0) & ~np.any(after, axis=1), never, reason)),
    }


def _total_areas(curve: Curve, segments: Segments) -> dict[str, Answer]:
    column = np.arange(segments.area.shape[1])
    counted = (curve.amount > 0)[:, None] & (column < curve.last[:, None])
    to_last = row_sums(segments.area * counted)
    # A dropped sample stretches the segment to the next kept point: take the first one after Tlast that has a length.
    after = (curve.amount > 0)[:, None] & (column >= curve.last[:, None]) & (segments.end > segments.start)
    first_after = after & (np.cumsum(after, axis=1) == 1)
    to_all = to_last + row_sums(segments.area * first_after)
    reason = np.select(
        [curve.samples == 0, curve.limit_unknown], [reason_number("NO_SAMPLES"), reason_number("LIMIT_UNKNOWN")], 0
    )
    flags = {
        "ALL_BLQ": curve.amount == 0,
        "EMBEDDED_BLQ": np.any(curve.bridged, axis=1),
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
    return _answered(window.area, window.reason, window.flags, (window.low, window.high), extent)


def _terminal_answers(course: Course, rules: NcaRules) -> dict[str, Answer]:
    slope: TerminalSlope = course.slope
    half_life = _LN2 / slope.rate
    span = (slope.last - slope.first) / half_life
    failed = _failed(slope, span, rules.accepts)
    reason = slope.reason
    if rules.unaccepted == "missing":
        anything = np.logical_or.reduce(list(failed.values()))
        reason = np.where((reason == 0) & anything, reason_number("NOT_ACCEPTED"), reason)
    flags = failed | {"SLOPE_CHOSEN": slope.manual, "SLOPE_POINT_EXCLUDED": slope.thinned}
    last = course.curve.at(course.curve.time, course.curve.last)
    return {
        "lambda_z": _answer(slope.rate, reason, flags),
        "half_life": _answer(half_life, reason, flags),
        "lambda_z_points": _answer(slope.points, reason),
        "lambda_z_first": _answer(slope.first, reason),
        "lambda_z_last": _answer(slope.last, reason),
        "r_squared": _answer(slope.r2, reason),
        "adjusted_r_squared": _answer(slope.adjusted_r2, reason),
        "span_ratio": _answer(span, reason),
        "clast_predicted": _answer(slope.predicted(last), reason),
    }


def _failed(slope: TerminalSlope, span: Floats, accepts: Acceptance) -> dict[str, Booleans]:
    """Which slopes miss what the acceptance rule asks for, by flag."""
    asked = (
        ("LOW_R2", slope.r2, accepts.min_r2),
        ("LOW_ADJUSTED_R2", slope.adjusted_r2, accepts.min_adjusted_r2),
        ("SHORT_SPAN", span, accepts.min_span),
    )
    nothing = np.zeros(len(span), np.bool_)
    return {flag: nothing if least is None else value < least - _ROUNDING_OF_ACCEPTANCE for flag, value, least in asked}


def _expansion_answers(course: Course, peak: Peak, infusion: Infusion | None, rules: NcaRules) -> dict[str, Answer]:
    curve = course.curve
    rise = fit_slope(curve, expansion_points(curve, peak), min_points=2, sign=1)
    few = {"TWO_POINTS": rise.points == 2}
    until = rules.contraction_until * course.day
    fall = fit_slope(curve, contraction_points(curve, peak, until=until), min_points=3, sign=-1)
    reason = _no_peak(curve, peak)
    if rules.fold_definition == "dose":
        base = np.full(len(reason), np.nan) if infusion is None else infusion.level
        reason = np.where((reason == 0) & ~(base > 0), reason_number("DOSE_UNKNOWN"), reason)
    else:
        base = fold_base(curve, peak, definition=rules.fold_definition)
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = peak.level / base
    return {
        "expansion_rate": _answer(rise.rate, rise.reason, few),
        "doubling_time": _answer(_LN2 / rise.rate, rise.reason, few),
        "fold_expansion": _answer(fold, reason),
        "contraction_half_life": _answer(-_LN2 / fall.rate, fall.reason),
    }


def _infinite_answers(course: Course, to_last: Answer, rules: NcaRules) -> dict[str, Answer]:
    curve, slope = course.curve, course.slope
    missing = np.where(curve.amount == 0, slope.reason, reason_number("NO_TERMINAL_SLOPE"))
    reason = np.where(to_last.reason > 0, to_last.reason, np.where(slope.reason > 0, missing, 0))
    tail = curve.at(curve.level, curve.last) / slope.rate
    predicted = slope.predicted(curve.at(curve.time, curve.last)) / slope.rate
    share = 100 * tail / (to_last.value + tail)
    limit = rules.accepts.max_extrapolated_percent
    high = {} if limit is None else {"EXTRAPOLATION_HIGH": share > limit}
    return {
        "auc_inf_obs": _answer(to_last.value + tail, reason, high),
        "auc_inf_pred": _answer(to_last.value + predicted, reason, high),
        "extrapolated_percent": _answer(share, reason, high),
    }
