"""Parameters that are computed together, one function a family."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from carpk.nca.answers import Answer, Reasons, answer, first_reason, or_else
from carpk.nca.choices import Acceptance
from carpk.nca.course import Course
from carpk.nca.expansion import contraction_points, expansion_points, fit_slope, fold_base
from carpk.nca.peak import Peak
from carpk.nca.quantification import Curve
from carpk.nca.rows import any_so_far, at, behind, first_true, row_sums
from carpk.nca.terminal import TerminalSlope
from carpk.profiles import Booleans, Floats

_ROUNDING_OF_ACCEPTANCE = 1e-12
_LN2 = math.log(2)

Answers = Mapping[str, Answer]


def _nothing_quantified(curve: Curve) -> Reasons:
    return first_reason((curve.samples == 0, "NO_SAMPLES"), (curve.amount == 0, "NO_QUANTIFIED"))


def _no_peak(curve: Curve, peak: Peak) -> Reasons:
    return first_reason(
        (curve.samples == 0, "NO_SAMPLES"),
        (curve.amount == 0, "NO_QUANTIFIED"),
        (~peak.found, "NO_QUANTIFIED_IN_HORIZON"),
    )


def _peak(course: Course) -> Answers:
    curve, peak = course.curve, course.peak
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


def _extent(course: Course) -> Answers:
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


def _total_areas(course: Course) -> Answers:
    curve, segments, after = course.curve, course.segments, course.after_last
    to_last = row_sums(segments.area * (~after & (curve.amount > 0)[:, None]))
    # A dropped sample stretches the segment to the next kept point: take the first one after Tlast that has a length.
    after = after & (segments.end > segments.start)
    after[:, 1:] &= ~any_so_far(after)[:, :-1]
    to_all = to_last + row_sums(segments.area * after)
    reason = first_reason((curve.samples == 0, "NO_SAMPLES"), (curve.limit_unknown, "LIMIT_UNKNOWN"))
    flags = {
        "ALL_BLQ": curve.amount == 0,
        "EMBEDDED_BLQ": np.any(curve.bridged, axis=1),
        "T0_INSERTED": curve.inserted,
    }
    return {"auc_last": answer(to_last, reason, flags), "auc_all": answer(to_all, reason, flags)}


def _terminal(course: Course) -> Answers:
    slope, rules = course.slope, course.rules
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


def _expansion(course: Course) -> Answers:
    rise = fit_slope(course.curve, expansion_points(course.curve, course.peak), min_points=2, sign=1)
    few = {"TWO_POINTS": rise.points == 2}
    return {
        "expansion_rate": answer(rise.rate, rise.reason, few),
        "doubling_time": answer(_LN2 / rise.rate, rise.reason, few),
    }


def _fold(course: Course) -> Answers:
    definition, infusion = course.rules.fold_definition, course.infusion
    reason = _no_peak(course.curve, course.peak)
    if definition == "dose":
        base = np.full(len(reason), np.nan) if infusion is None else infusion.level
        reason = or_else(reason, ~(base > 0), "DOSE_UNKNOWN")
    else:
        base = fold_base(course.curve, course.peak, definition=definition)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"fold_expansion": answer(course.peak.level / base, reason)}


def _contraction(course: Course) -> Answers:
    until = course.rules.contraction_until * course.day
    fall = fit_slope(course.curve, contraction_points(course.curve, course.peak, until=until), min_points=3, sign=-1)
    return {"contraction_half_life": answer(-_LN2 / fall.rate, fall.reason)}


def _infinite(course: Course) -> Answers:
    curve, slope = course.curve, course.slope
    to_last = _total_areas(course)["auc_last"]
    nothing = np.where(curve.amount == 0, slope.reason, np.int8(0))
    reason = np.where(to_last.reason > 0, to_last.reason, nothing)
    reason = or_else(reason, slope.reason > 0, "NO_TERMINAL_SLOPE")
    tail = curve.last_level / slope.rate
    predicted = slope.predicted(curve.last_time) / slope.rate
    share = 100 * tail / (to_last.value + tail)
    limit = course.rules.accepts.max_extrapolated_percent
    high = {} if limit is None else {"EXTRAPOLATION_HIGH": share > limit}
    return {
        "auc_inf_obs": answer(to_last.value + tail, reason, high),
        "auc_inf_pred": answer(to_last.value + predicted, reason, high),
        "extrapolated_percent": answer(share, reason, high),
    }


FAMILIES: Mapping[tuple[str, ...], Callable[[Course], Answers]] = MappingProxyType(
    {
        ("cmax", "tmax"): _peak,
        ("tfirst", "tlast", "clast", "tbql"): _extent,
        ("auc_last", "auc_all"): _total_areas,
        (
            "lambda_z",
            "half_life",
            "lambda_z_points",
            "lambda_z_first",
            "lambda_z_last",
            "r_squared",
            "adjusted_r_squared",
            "span_ratio",
            "clast_predicted",
        ): _terminal,
        ("expansion_rate", "doubling_time"): _expansion,
        ("fold_expansion",): _fold,
        ("contraction_half_life",): _contraction,
        ("auc_inf_obs", "auc_inf_pred", "extrapolated_percent"): _infinite,
    }
)
"""Functions by the parameters they give."""
