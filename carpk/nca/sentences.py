"""What was chosen, in full sentences, for the methods section of a report."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carpk.nca.rules import NcaRules

_AUC = {
    "linear-up log-down": "the linear trapezoidal rule for rising and the logarithmic one for falling levels",
    "linear": "the linear trapezoidal rule",
    "linear-log": "the linear trapezoidal rule up to the peak and the logarithmic one after it",
    "log": "the logarithmic trapezoidal rule wherever both levels are positive and unequal, the linear one elsewhere",
}
_BELOW = "Levels below the lower limit of quantification"
_BLQ = {
    "carpk": "{} before the first quantified level were taken as zero, those"
    " between quantified levels were left out, and those after the last quantified level were taken as zero",
    "zero": "{} were taken as zero",
    "ich_m13a": "{} before the first quantified level were taken as zero, all others were left out",
    "pkanalix": "{} were taken as zero before the peak and as half the limit after it",
    "half_lloq": "{} were taken as half the limit",
    "lloq": "{} were taken as the limit",
    "missing": "{} were left out",
    "consecutive": "{} before the first quantified level were taken as zero,"
    " single ones between quantified levels were left out, the first after the last quantified level was taken as half"
    " the limit, and everything from the second of two in a row on was left out",
    "none": "A profile with a level below the lower limit of quantification was refused",
}
_BLQ_TAIL = {
    "triangle": "the curve runs straight from the last quantified level to the next point",
    "zero": "the curve is zero directly after the last quantified level where later samples are below the limit",
    "lambda_z": "the curve follows the terminal slope after the last quantified level",
    "half_lloq": "after the last quantified level the curve runs straight to half the limit",
}
_TAIL = {
    "visit_window": "A window whose end lies after the last, quantified sample by no more than the visit window"
    " ({visits}) was closed by extrapolation {anchor}, or at the last level where no slope was estimable; a longer gap"
    " left it missing",
    "never": "A window whose end lies after the last, quantified sample was left missing",
    "always": "A window whose end lies after the last, quantified sample was completed by extrapolation {anchor}, and"
    " left missing where no slope was estimable",
}
_ANCHOR = {
    "observed": "along the terminal slope from the last observed level",
    "predicted": "along the fitted terminal line",
}
_TIMES = {
    "actual": "actual sampling times were used, nominal ones only where the actual was missing",
    "nominal": "nominal sampling times were used, actual ones only where the nominal was missing",
}
_TIME_ZERO = {
    "insert": "Where a profile has no sample at time 0, a level of zero was inserted there",
    "baseline": "Where a profile has no sample at time 0, the last level before the infusion was put there, and zero"
    " where there is none",
    "none": "No level was assumed at time 0 where a profile has no sample there",
}
_DUPLICATES = {
    "refuse": "a profile with two different levels at one time was refused",
    "first": "of different levels at one time the first row was taken",
    "mean": "different levels at one time were averaged",
    "geometric_mean": "different levels at one time were replaced by their geometric mean",
    "max": "of different levels at one time the largest was taken",
}
_COURSE_END = {
    "missing": "windows that end later are missing",
    "truncate": "windows that end later were cut off there and flagged",
}
_SELECTION = {
    "best_adjusted_r2": "of the fits with a falling slope and an adjusted R\u00b2 within 0.0001 of the best, the one"
    " with most points was taken",
    "pknca": "the best adjusted R\u00b2 was sought among all slopes, and of the falling ones within 0.0001 of it the"
    " one with most points was taken",
    "most_points": "the falling slope with most points was taken",
}
_FOLD = {
    "first": "the first quantified level",
    "nadir": "the lowest quantified level between the infusion and the peak",
    "dose": "the level that the dose makes in {volume:g} L of blood",
}


def methods_sentences(rules: "NcaRules") -> list[str]:
    """Say in full sentences what was chosen."""
    return [
        *_samples(rules),
        *_areas(rules),
        *_slopes(rules),
        f"The course of a subject ends at a second infusion, a transplant or another CAR-T; later samples were left"
        f" out, and {_COURSE_END[rules.course_end]}.",
        *_by_hand(rules),
    ]


def _samples(rules: "NcaRules") -> list[str]:
    horizon = "in the whole profile" if math.isinf(rules.peak_horizon) else f"up to day {rules.peak_horizon:g}"
    return [
        f"Day 0 is the (first) infusion; {_TIMES[rules.time_basis]}. Samples before the infusion are baseline and not"
        " part of the profile.",
        f"{_TIME_ZERO[rules.time_zero]}.",
        f"{_BLQ[rules.blq].format(_BELOW)}; {_BLQ_TAIL[rules.blq_tail]}. None of them entered Cmax, Tmax, Tlast, Clast"
        " or the terminal slope.",
        f"Identical samples at one time were counted once; {_DUPLICATES[rules.duplicates]}.",
        f"Cmax is the largest quantified level after time 0, {horizon}; Tmax is its actual time, the first where it"
        " occurs more than once.",
    ]


def _areas(rules: "NcaRules") -> list[str]:
    visits = " and ".join(f"{days:g} days at day {edge:g}" for edge, days in rules.visit_windows.items()) or "none"
    names = ", ".join(f"day {start:g} to {end:g}" for start, end in rules.windows.values())
    tail = _TAIL[rules.tail].format(visits=visits, anchor=_ANCHOR[rules.clast])
    return [
        f"Areas were computed by {_AUC[rules.auc_method]} (\u201c{rules.auc_method}\u201d). The windows were {names};"
        " the shape of each segment was decided once, from the two samples around it, so that areas of adjacent"
        " windows add up.",
        f"{tail}. Where the last sample was below the limit, its level in the curve was carried on.",
        "Where a window holds levels below the limit, the least and the largest area they allow are given beside it"
        " (only segments between neighboring quantified samples; straight lines with each such level at its limit).",
    ]


def _slopes(rules: "NcaRules") -> list[str]:
    peak = (
        "from the peak of the whole profile on" if rules.slope_includes_peak else "after the peak of the whole profile"
    )
    start = f", not before day {rules.slope_from:g}" if rules.slope_from > 0 else ""
    weights = "" if rules.slope_weights == "uniform" else f", weighted by {rules.slope_weights}"
    asked = [
        text.format(least)
        for text, least in (
            ("R\u00b2 below {:g}", rules.accepts.min_r2),
            ("adjusted R\u00b2 below {:g}", rules.accepts.min_adjusted_r2),
            ("a span below {:g} half-lives", rules.accepts.min_span),
        )
        if least is not None
    ]
    fate = "is flagged and still shown" if rules.unaccepted == "flag" else "was not accepted and is missing"
    accepted = [f"A slope with {' or '.join(asked)} {fate}."] if asked else []
    return [
        f"The terminal slope \u03bbz was fitted to ln levels {peak}{start}, over the last {rules.min_points} or more"
        f" points{weights}; {_SELECTION[rules.slope_selection]}. It was estimated once per profile, never per window.",
        *accepted,
        "The expansion rate is the slope of ln levels from the lowest quantified level before the peak to the peak; the"
        f" contraction half-life is that of the levels after the peak up to day {rules.contraction_until:g}. Fold"
        f" expansion is Cmax over {_FOLD[rules.fold_definition].format(volume=rules.blood_volume)}.",
    ]


def _by_hand(rules: "NcaRules") -> list[str]:
    said = []
    if rules.slope_points:
        said.append(f"The points of {len(rules.slope_points)} terminal slopes were chosen by hand; the log says why.")
    if rules.exclusions:
        said.append(f"By hand {len(rules.exclusions)} samples were left out; the log says why.")
    return said
