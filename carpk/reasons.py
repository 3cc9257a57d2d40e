"""Every reason for a missing number, and every flag on a number that stands.

A number in a `parameters` table is missing exactly where its `reason` is not empty. Reasons and flags are codes; the
sentences here are what a report prints under the table. Several flags on one number are joined by ``;``.
"""

from collections.abc import Iterable
from types import MappingProxyType

REASONS = MappingProxyType(
    {
        "NO_SAMPLES": "No sample at or after the infusion.",
        "NO_QUANTIFIED": "No level after the infusion is at or above the lower limit of quantification.",
        "NO_RISE": "The levels up to the peak do not rise.",
        "NO_QUANTIFIED_IN_HORIZON": "No quantified level within the time in which the peak is sought.",
        "NEVER_BLQ_AFTER_LAST": "The last sample is still quantified, so loss was not observed.",
        "TOO_FEW_POINTS": "Fewer quantified levels after the peak than a terminal slope needs.",
        "FLAT_TAIL": "The levels after the peak are all equal: no slope.",
        "RISING_TAIL": "No set of last levels declines.",
        "CHOSEN_SLOPE_RISES": "The points chosen by hand do not decline.",
        "NOT_ACCEPTED": "The terminal slope does not reach what the acceptance rule asks for.",
        "BLQ_NOT_ALLOWED": "The profile holds a level below the limit, which the rules do not allow.",
        "DOSE_UNKNOWN": "The dose, or the body weight or unit that this definition also needs, is not given.",
        "NO_TERMINAL_SLOPE": "There is no terminal slope to derive it from.",
        "WINDOW_NOT_COVERED": "The last sample lies too far before the end of the window.",
        "STARTS_LATE": "The first sample lies after the start of the window and no level at day 0 is assumed.",
        "COURSE_CENSORED": "The course ended (second infusion, transplant, other CAR-T) before the end of the window.",
        "DUPLICATE_TIMES": "Two samples at one time have different levels; resolve them or choose how.",
        "NEGATIVE_LEVEL": "The profile holds a negative level.",
        "ABOVE_ULOQ": "The profile holds a level above the upper limit of quantification; the true value is unknown.",
        "LIMIT_UNKNOWN": "A level below a limit that the data do not give.",
        "MEDIAN_NOT_REACHED": "More than half of those at risk had not had the event when follow-up ended.",
        "NO_SUBJECT_AT_RISK": "No subject of the group is at risk of the event.",
        "NO_BASELINE": "There is no baseline to compare with.",
        "ZERO_BASELINE": "The baseline is zero: nothing can be told as a multiple of it.",
        "BELOW_LIMIT": "A level below the lower limit of quantification; the number is known within its bounds only.",
        "NO_SAMPLES_IN_WINDOW": "No sample within the time in which it is sought.",
        "DEPLETED_AT_BASELINE": "Below the threshold at baseline already: depletion and recovery cannot be told.",
        "LIMIT_ABOVE_THRESHOLD": "The assay's limit is above the threshold: whether levels fell below is unknown.",
        "NOT_DEPLETED": "No sample is below the threshold.",
        "NOT_RECOVERED": "No recovery was seen up to the last sample.",
        "NOT_RETURNED": "No sample after the peak is below the multiple of baseline.",
        "NEVER_ABOVE": "No sample reaches the level from which it could return.",
        "NEVER_BELOW": "No sample is below the level.",
        "THRESHOLD_UNIT": "The threshold is given in a unit that measures something else than these levels.",
        "NO_CAR_T_PEAK": "The subject has no peak of CAR-T cells.",
        "COMPONENT_UNKNOWN": "A component that is not known could change the grade or score.",
        "DAY_OF_GRADE_UNKNOWN": "The highest grade is given without the day on which it was reached.",
        "END_UNKNOWN": "Neither the day of resolution nor the last day of follow-up is given.",
        "GRADE_UNKNOWN": "No grade of 1 or more is known, but some records lack their grade.",
        "NO_EVENT": "No grade of 1 or more was recorded, so there is no onset and no duration.",
        "NO_GRADE": "No grade was recorded.",
        "NO_SAMPLES_IN_PERIOD": "No sample lies within the days that are graded.",
        "NOT_TREATED": "This treatment was not given.",
        "ONSET_UNKNOWN": "The day of onset is not given.",
        "SAMPLED_TOO_RARELY": "Days too far from any sample could change the grade.",
        "SINGLE_SAMPLE": "A single low sample does not tell whether the low count lasted.",
        "TREATMENT_UNDATED": "The treatment was given at a time that is not recorded.",
        "TOO_FEW_SUBJECTS": "Too few subjects for this number.",
        "TOO_FEW_WITH_OR_WITHOUT": "Too few subjects with the outcome, or too few without it, for a regression.",
        "ALL_EQUAL": "The values do not differ enough: there is no order, line or grouping.",
        "CENSORED_VALUES": "Some values are known only as a limit, which this number cannot take into account.",
        "NOT_CONVERGED": "The search for the best fit did not come to its end.",
        "NOT_ANALYZED": "The subject has no profile of this analyte in the noncompartmental analysis.",
        "NOT_REPORTED": "The table of outcomes has no line for this subject.",
        "NOT_ASSESSED": "Not assessed.",
        "EXPOSURE_AFTER_LANDMARK": "The exposure is complete only after the landmark, or on no day known beforehand.",
        "NOBODY_AFTER_LANDMARK": "No subject of the group is at risk after the landmark.",
        "ORDER_UNDETERMINED": "The samples leave open which of the two came first.",
        "INPUT_MISSING": "Something that it needs is missing at this visit, and could change it.",
        "NOT_APPLICABLE": "The endpoint does not apply to the subject: nothing at baseline that could respond.",
        "LEFT_STUDY": "The subject had dropped out or died before this visit.",
        "NEVER_ATTAINED": "The endpoint was not attained at any visit.",
        "NEVER_SUSTAINED": "The endpoint was not attained at enough visits in a row.",
        "NEVER_JUDGED": "The endpoint was not decided at any visit after baseline.",
        "TOO_FEW_LEVELS": "A fit needs a quantified level for each parameter, and two levels more than parameters.",
        "AT_BOUND": "The best fit lies at a bound of the parameter, or of one that it follows from.",
        "NOT_IDENTIFIABLE": "The levels do not tell it: its standard error is 100 % or more, or its interval is open.",
        "RATES_UNORDERED": "The best fit declines faster late than early, which is no contraction before persistence.",
        "OPTIMUM_UNCONFIRMED": "Only one start reached the best fit, so that a better one may exist.",
        "FOLLOW_UP_SHORT": "Less than half a half-life, or three levels a subject, of the slow decline is seen.",
        "COVARIATE_MISSING": "A covariate of the model is not given for the subject.",
    }
)

FLAGS = MappingProxyType(
    {
        "ALL_BLQ": "All levels are below the lower limit of quantification.",
        "BLQ_CARRIED": "The window ends after the last sample, which was below the limit; zero was carried on.",
        "CENSORED_AT": "The course ended at a second infusion, transplant or other CAR-T; later samples are left out.",
        "DAY0_POST": "A day-0 sample taken after the infusion without a clock time was left out.",
        "DROP_ABOVE_BOUND": "Leaving out levels below the limit gives more than the largest area they allow.",
        "EDGE_EXTRAPOLATED": "The last sample was taken shortly before the window's end; the gap was extrapolated.",
        "EMBEDDED_BLQ": "A level below the limit between quantified levels was left out.",
        "EXTRAPOLATION_HIGH": "More than 20 % of the area is extrapolated.",
        "LATE_REEXPANSION": "A higher level was seen after the time in which the peak is sought.",
        "LLOQ_UNKNOWN": "A level of zero without a stated limit was read as below an unknown limit.",
        "LOW_R2": "R\u00b2 of the terminal slope is below the acceptance limit.",
        "LOW_ADJUSTED_R2": "The adjusted R\u00b2 of the terminal slope is below the acceptance limit.",
        "NOMINAL_USED": "A missing actual time was replaced by the nominal time.",
        "NO_DECLINE_SEEN": "The peak is the last sample, so the true peak may be higher and later.",
        "PEAK_AT_INFUSION": "The peak is within the first three days and may be infused cells rather than expansion.",
        "AREA_DIFFERS": "The area under the fitted curve is not within a factor of two of the measured one.",
        "FIXED_VALUE": "Not fitted, but kept at the value of the rules or of the publication.",
        "ILL_CONDITIONED": "The levels cannot tell some parameters of the model apart.",
        "CHANCE_LARGE": "Chance in the fit moves -2LL by more than half a unit: use more points or batches.",
        "FEW_SUBJECTS": "Fewer than two subjects for each parameter that varies between them.",
        "HIGH_SHRINKAGE": "More than 30 % shrinkage: the subjects' own values say more of the population than of them.",
        "NO_VARIABILITY": "The parameter hardly differs between subjects, or the levels cannot tell that it does.",
        "PRIOR_USED": "Estimated with the prior of the rules.",
        "VARIABILITY_UNSURE": "The levels do not tell every variability; standard errors take them as known.",
        "SHORT_SPAN": "The terminal slope spans fewer half-lives than the acceptance rule asks for.",
        "T0_BASELINE": "No sample at time 0; the last level before the infusion stands there.",
        "T0_INSERTED": "No sample at time 0; a level of zero was inserted.",
        "SLOPE_CHOSEN": "The points of the terminal slope were chosen by hand; the rules log says why.",
        "SLOPE_POINT_EXCLUDED": "A point was left out of the terminal slope by hand; the rules log says why.",
        "TIES": "The highest or lowest level occurs more than once; the first time is given.",
        "TWO_POINTS": "The slope rests on two points only.",
        "WINDOW_TRUNCATED": "The window ends with the course, before its own end.",
        "BASELINE_AT_LIMIT": "The baseline is below the limit; the limit stands for it.",
        "DEPLETED_AT_INFUSION": "Below the threshold before the cells were given, by lymphodepletion.",
        "LOST_AGAIN": "Below the threshold again after recovery.",
        "LYMPHODEPLETION_ASSUMED": "The day of lymphodepletion is not given; the rules assume one.",
        "RECOVERY_UNCONFIRMED": "At the threshold again, but at fewer visits in a row than the rules ask for.",
        "IMPUTED_MISSING": "Counted as not met because something that could change it is missing at this visit.",
        "IMPUTED_LEFT_STUDY": "Counted as not met because the subject had dropped out or died.",
    }
)

ACTIONS = MappingProxyType(
    {
        "BLQ_AS_ZERO": "Levels below the limit were taken as zero, as the rules say.",
        "BLQ_IMPUTED": "Levels below the limit were replaced by a share of their limit, as the rules say.",
        "ENDPOINT_ABSENT": "An endpoint was not computed, as the study has no data of a kind that it needs.",
        "DUPLICATE_DROPPED": "A second, identical sample at the same time was left out.",
        "DUPLICATE_RESOLVED": "Different levels at one time were replaced by one, as the rules say.",
        "MISSING_LEVEL": "A sample without a level was left out.",
        "PROFILE_REFUSED": "No parameter was computed for the profile.",
        "SUBJECT_LEFT_OUT": "A subject was left out of the population fit.",
        "SAMPLE_EXCLUDED": "A sample was left out on the user's word.",
    }
)
"""What an analysis did to the data, beyond what reasons and flags say; codes of log lines."""


def sentence(code: str) -> str:
    """Return the sentence of a reason, flag or action.

    Raises
    ------
    KeyError
        There is no such code.
    """
    return (REASONS | FLAGS | ACTIONS)[code]


def join_flags(codes: Iterable[str]) -> str:
    """Write several flags as one cell, sorted, each once."""
    return ";".join(sorted({code for code in codes if code}))


def split_flags(cell: str) -> list[str]:
    """Read the flags back from one cell."""
    return [code for code in cell.split(";") if code]


REASON_CODES = ("", *REASONS)
"""Reasons by number, for arrays of reasons: 0 is none."""

_FLAG_BITS = MappingProxyType({code: 1 << position for position, code in enumerate(FLAGS)})


def reason_number(code: str) -> int:
    """Return the number that stands for a reason in an array of reasons."""
    return REASON_CODES.index(code)


def flag_bit(code: str) -> int:
    """Return the bit that stands for a flag in an array of flag sets."""
    return _FLAG_BITS[code]


def flag_cell(bits: int) -> str:
    """Write a flag set as one cell."""
    return join_flags(code for code, bit in _FLAG_BITS.items() if bits & bit)
