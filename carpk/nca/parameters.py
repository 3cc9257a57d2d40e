"""All parameters of many profiles: arrays in, arrays out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.nca.answers import Answer, Reasons, answer, fill, first_reason, or_else, per_dose, scaled, unfilled
from carpk.nca.choices import Acceptance
from carpk.nca.expansion import contraction_points, expansion_points, fit_slope, fold_base
from carpk.nca.peak import Peak, find_peak
from carpk.nca.quantification import Curve, resolve, upper_bound
from carpk.nca.rows import any_so_far, at, behind, first_true, row_sums
from carpk.nca.rules import NcaRules
from carpk.nca.segments import Segments, shape_segments
from carpk.nca.terminal import Marks, TerminalSlope, terminal_slope
from carpk.nca.windows import Course, WindowArea, area_in_window
from carpk.profiles import Block, Booleans, Floats, Integers, Profiles
from carpk.terms import mean_key

_INFUSION_PEAK_DAYS = 3.0  # a peak up to this day may be infused cells
_ROUNDING_OF_ACCEPTANCE = 1e-12
_LN2 = math.log(2)
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
    answers: dict[str, Answer] = {}
    inserted = np.zeros(count, np.bool_)
    became = np.zeros(len(profiles.time), np.int8)
    for block in profiles.blocks():
        curve = resolve(block, time_zero=rules.time_zero, blq=rules.blq, blq_tail=rules.blq_tail)
        inserted[block.rows] = curve.inserted
        profiles.from_block(block, _became(curve), became)
        own_marks = None if marks is None else profiles.to_block(block, marks)
        course = _course(block, curve, rules, ends[block.rows], day, own_marks)
        infused = None if infusion is None else infusion.of(block.rows)
        found = _answers(course, infused, rules)
        answers = answers or {key: unfilled(count, like) for key, like in found.items()}
        rows = _span(block.rows)
        for key, store in answers.items():
            fill(store, found[key], rows)
    return NcaArrays(answers, inserted, became == _DROPPED, became == _ZERO, became == _IMPUTED)


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


def _course(block: Block, curve: Curve, rules: NcaRules, ends: Floats, day: float, marks: Marks | None) -> Course:
    turn = find_peak(curve, horizon=np.inf, infusion_peak=0.0).time if rules.auc_method == "linear-log" else None
    segments = shape_segments(curve.time, curve.level, method=rules.auc_method, peak=turn)
    if rules.blq_tail in ("zero", "lambda_z"):
        segments = segments.without(_after_last(curve))
    return Course(
        curve=curve,
        segments=segments,
        pairs=curve.quantified[:, :-1] & curve.quantified[:, 1:],
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
        answers[mean_key(key)] = scaled(answers[key], 1 / ((end - start) * day))
    answers |= _terminal_answers(course, rules) | _expansion_answers(course, peak, infusion, rules)
    if rules.infinite:
        answers |= _infinite_answers(course, answers["auc_last"], rules)
    if infusion is not None:
        answers |= {f"{key}_per_dose": per_dose(answers[key], infusion.dose) for key in ("cmax", *windows)}
    return answers


def _nothing_quantified(curve: Curve) -> Reasons:
    return first_reason((curve.samples == 0, "NO_SAMPLES"), (curve.amount == 0, "NO_QUANTIFIED"))


def _no_peak(curve: Curve, peak: Peak) -> Reasons:
    return first_reason(
        (curve.samples == 0, "NO_SAMPLES"),
        (curve.amount == 0, "NO_QUANTIFIED"),
        (~peak.found, "NO_QUANTIFIED_IN_HORIZON"),
    )


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
        "cmax": answer(
            np.where(all_below, 0.0, peak.level), np.where(all_below, np.int8(0), reason), seen | {"ALL_BLQ": all_below}
        ),
        "tmax": answer(peak.time, reason, seen),
    }


def _extent_answers(course: Course) -> dict[str, Answer]:
    curve = course.curve
    reason = _nothing_quantified(curve)
    after = curve.below & behind(curve.last, curve.below.shape[1])
    lost = at(course.held, first_true(after))
    return {
        "tfirst": answer(
            at(curve.time, np.maximum(curve.first, 0)),
            or_else(reason, curve.first < 0, "NO_QUANTIFIED"),
        ),
        "tlast": answer(curve.last_time, reason),
        "clast": answer(curve.last_level, reason),
        "tbql": answer(lost, or_else(reason, ~np.any(after, axis=1), "NEVER_BLQ_AFTER_LAST")),
    }


def _after_last(curve: Curve) -> Booleans:
    """Segments after the last quantified level, where there is one, (n, s)."""
    return behind(curve.last - 1, curve.level.shape[1] - 1) & (curve.amount > 0)[:, None]


def _total_areas(curve: Curve, segments: Segments) -> dict[str, Answer]:
    after = _after_last(curve)
    to_last = row_sums(segments.area * (~after & (curve.amount > 0)[:, None]))
    # A dropped sample stretches the segment to the next kept point: take the first one after Tlast that has a length.
    after &= segments.end > segments.start
    after[:, 1:] &= ~any_so_far(after)[:, :-1]
    to_all = to_last + row_sums(segments.area * after)
    reason = first_reason((curve.samples == 0, "NO_SAMPLES"), (curve.limit_unknown, "LIMIT_UNKNOWN"))
    flags = {
        "ALL_BLQ": curve.amount == 0,
        "EMBEDDED_BLQ": np.any(curve.bridged, axis=1),
        "T0_INSERTED": curve.inserted,
    }
    return {"auc_last": answer(to_last, reason, flags), "auc_all": answer(to_all, reason, flags)}


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
    half_life = _LN2 / slope.rate
    span = (slope.last - slope.first) / half_life
    failed = _failed(slope, span, rules.accepts)
    reason = slope.reason
    if rules.unaccepted == "missing":
        anything = np.logical_or.reduce(list(failed.values()))
        reason = or_else(reason, anything, "NOT_ACCEPTED")
    flags = failed | {"SLOPE_CHOSEN": slope.manual, "SLOPE_POINT_EXCLUDED": slope.thinned}
    last = course.curve.last_time
    return {
        "lambda_z": answer(slope.rate, reason, flags),
        "half_life": answer(half_life, reason, flags),
        "lambda_z_points": answer(slope.points, reason),
        "lambda_z_first": answer(slope.first, reason),
        "lambda_z_last": answer(slope.last, reason),
        "r_squared": answer(slope.r2, reason),
        "adjusted_r_squared": answer(slope.adjusted_r2, reason),
        "span_ratio": answer(span, reason),
        "clast_predicted": answer(slope.predicted(last), reason),
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
        reason = or_else(reason, ~(base > 0), "DOSE_UNKNOWN")
    else:
        base = fold_base(curve, peak, definition=rules.fold_definition)
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = peak.level / base
    return {
        "expansion_rate": answer(rise.rate, rise.reason, few),
        "doubling_time": answer(_LN2 / rise.rate, rise.reason, few),
        "fold_expansion": answer(fold, reason),
        "contraction_half_life": answer(-_LN2 / fall.rate, fall.reason),
    }


def _infinite_answers(course: Course, to_last: Answer, rules: NcaRules) -> dict[str, Answer]:
    curve, slope = course.curve, course.slope
    nothing = np.where(curve.amount == 0, slope.reason, np.int8(0))
    reason = np.where(to_last.reason > 0, to_last.reason, nothing)
    reason = or_else(reason, slope.reason > 0, "NO_TERMINAL_SLOPE")
    tail = curve.last_level / slope.rate
    predicted = slope.predicted(curve.last_time) / slope.rate
    share = 100 * tail / (to_last.value + tail)
    limit = rules.accepts.max_extrapolated_percent
    high = {} if limit is None else {"EXTRAPOLATION_HIGH": share > limit}
    return {
        "auc_inf_obs": answer(to_last.value + tail, reason, high),
        "auc_inf_pred": answer(to_last.value + predicted, reason, high),
        "extrapolated_percent": answer(share, reason, high),
    }
