"""list_hyperinflammation: a study and limits in, the signs of IEC-HS on every day out; a listing, never a diagnosis."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.profiles import Floats, Integers
from carpk.reasons import REASON_CODES
from carpk.response.hyperinflammation import Listing, Marker, first_met, list_criteria
from carpk.response.hyperinflammation_rules import HyperinflammationRules
from carpk.response.marker_courses import AnalyteCourses, courses_by_analyte, lymphodepletion_times
from carpk.response.markers import find_baseline
from carpk.response.rules import ResponseRules
from carpk.response.subject_numbers import subject_numbers
from carpk.schema import Study
from carpk.terms import analyte, term
from carpk.units import conversion_factor

ITEMS = ("transaminases", "fibrinogen", "lactate_dehydrogenase", "direct_bilirubin", "triglycerides")
"""Supporting items that laboratory values tell; those of the bedside are for physicians and not listed."""

_MEASURED = ("ferritin", "ast", "alt", "fibrinogen", "ldh", "bilirubin_direct", "triglycerides")
_KEY = "iec_hs_required_time"


@dataclass(frozen=True, eq=False)
class _Days:
    """Days with a laboratory value of n subjects: worst values and baselines, one column per analyte.

    `low` and `high` are the bounds of the worst value of each day, `baseline` the level before treatment; (days,) rows
    each, indexed by the number of the subject and the day.
    """

    low: pd.DataFrame
    high: pd.DataFrame
    baseline: pd.DataFrame


def list_hyperinflammation(study: Study, rules: ResponseRules) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the required criterion and the supporting items that laboratory values tell; never a diagnosis.

    Of several values on a day the worst counts; of two transaminases the one that is higher for its limit, and where
    one was not measured that day, the other. Days before the infusion are not listed.

    Parameters
    ----------
    study : Study
    rules : ResponseRules
        With its limits `iec_hs`; without them nothing is listed.

    Returns
    -------
    listing : DataFrame
        One row per subject and day with any of the values: subject, cohort, time (whole days), `required` and each of
        `ITEMS`, as "met", "not met" or "not known".
    rows : DataFrame
        When the required criterion was first met, in every subject, as rows of `parameters`.
    """
    limits = rules.iec_hs
    measured = [key for key in _MEASURED if key in study.analytes]
    if not isinstance(limits, HyperinflammationRules) or not measured:
        return pd.DataFrame(columns=["subject", "cohort", "time", "required", *ITEMS]), pd.DataFrame()
    courses = list(courses_by_analyte(study, measured, rules))
    days = _days(study, courses, rules)
    listings = [_listing(values, days.baseline, limits) for values in (days.low, days.high)]
    number, day = (days.low.index.get_level_values(level).to_numpy() for level in ("number", "day"))
    required = _agreed(*(each.required for each in listings))
    people = study.subjects.iloc[number].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "subject": people["subject"],
            "cohort": people["cohort"],
            "time": day,
            "required": _worded(required),
            **{name: _worded(_agreed(*(each.supporting[name] for each in listings))) for name in ITEMS},
        }
    )
    sampled = days.low["ferritin"].notna().to_numpy()
    ferritin = [mine for mine in courses if mine.analyte == "ferritin"][:1]
    rows = [_rows(study, mine, number[sampled], day[sampled], required[sampled], limits) for mine in ferritin]
    return table, rows[0] if rows else pd.DataFrame()


def _days(study: Study, courses: list[AnalyteCourses], rules: ResponseRules) -> _Days:
    samples = pd.concat([_daily(study, mine) for mine in courses])
    baselines = pd.concat([_baselines(study, mine, rules) for mine in courses])
    days = samples[samples["day"] >= 0]
    low, high = _worst_of_days(days, "low"), _worst_of_days(days, "high")
    baseline = baselines.pivot_table(index="number", columns="analyte", values="level", aggfunc="first")
    baseline = baseline.reindex(index=low.index.get_level_values("number"), columns=list(_MEASURED))
    return _Days(low, high, baseline)


def _worst_of_days(days: pd.DataFrame, bound: str) -> pd.DataFrame:
    """Lay one bound of the worst values out by subject and day; of fibrinogen the lowest is the worst."""
    sign = np.where(days["analyte"] == "fibrinogen", -1.0, 1.0)
    signed = days.assign(level=days[bound] * sign)
    worst = signed.pivot_table(index=["number", "day"], columns="analyte", values="level", aggfunc="max")
    worst = worst.reindex(columns=list(_MEASURED))
    return worst.assign(fibrinogen=-worst["fibrinogen"])


def _daily(study: Study, mine: AnalyteCourses) -> pd.DataFrame:
    factor = conversion_factor(mine.unit, analyte(mine.analyte).unit)
    days = np.floor(mine.courses.time * conversion_factor(study.time_unit, "day"))
    return pd.DataFrame(
        {
            "number": subject_numbers(study, mine.profiles["subject"])[mine.courses.course],
            "day": days,
            "analyte": mine.analyte,
            "low": mine.courses.low * factor,
            "high": mine.courses.high * factor,
        }
    )


def _baselines(study: Study, mine: AnalyteCourses, rules: ResponseRules) -> pd.DataFrame:
    """Take the baseline of every course where it is known exactly."""
    until = np.zeros(len(mine.courses))
    if rules.marker_baseline == "before_lymphodepletion":
        until, _ = lymphodepletion_times(study, mine.profiles, rules)
    level = find_baseline(mine.courses, until).level
    factor = conversion_factor(mine.unit, analyte(mine.analyte).unit)
    return pd.DataFrame(
        {
            "number": subject_numbers(study, mine.profiles["subject"]),
            "analyte": mine.analyte,
            "level": np.where(level.known, level.low * factor, np.nan),
        }
    )


def _listing(values: pd.DataFrame, baseline: pd.DataFrame, rules: HyperinflammationRules) -> Listing:
    markers = {key: _marker(key, values, baseline, rules) for key in _MEASURED}
    return list_criteria(
        ferritin=markers["ferritin"],
        rising=False,
        transaminases=_higher_for_its_limit(markers["ast"], markers["alt"]),
        fibrinogen=markers["fibrinogen"],
        lactate_dehydrogenase=markers["ldh"],
        direct_bilirubin=markers["bilirubin_direct"],
        triglycerides=markers["triglycerides"],
        findings={},
        limits=rules.limits,
    )


def _marker(key: str, values: pd.DataFrame, baseline: pd.DataFrame, rules: HyperinflammationRules) -> Marker:
    return Marker(
        value=values[key].to_numpy(np.float64),
        lower=np.full(len(values), rules.lower.get(key, np.nan)),
        upper=np.full(len(values), rules.upper.get(key, np.nan)),
        baseline=baseline[key].to_numpy(np.float64),
    )


def _higher_for_its_limit(first: Marker, second: Marker) -> Marker:
    parts = {
        name: (np.asarray(getattr(first, name), np.float64), np.asarray(getattr(second, name), np.float64))
        for name in ("value", "lower", "upper", "baseline")
    }
    ratios = [parts["value"][which] / np.fmax(parts["upper"][which], parts["baseline"][which]) for which in (0, 1)]
    take_second = np.isnan(ratios[0]) | (ratios[1] > ratios[0])
    return Marker(**{name: np.where(take_second, *reversed(pair)) for name, pair in parts.items()})


def _agreed(low: Floats, high: Floats) -> Floats:
    """Tell what both bounds of the values say; not known where they say different things."""
    return np.where(low == high, low, np.nan)


def _worded(criterion: Floats) -> "np.ndarray":
    return np.select([criterion == 1, criterion == 0], ["met", "not met"], "not known").astype(object)


def _rows(
    study: Study, mine: AnalyteCourses, number: Integers, day: Floats, required: Floats, rules: HyperinflammationRules
) -> pd.DataFrame:
    found = first_met(subject=number, day=day, criterion=required, subjects=len(study.subjects))
    answer = found.scaled(conversion_factor("day", study.time_unit))
    place = subject_numbers(study, mine.profiles["subject"])
    refused = mine.refused > 0
    reason = np.where(refused, mine.refused, answer.reason[place])
    return mine.profiles[["subject", "cohort", "dose"]].assign(
        analyte="ferritin",
        matrix=mine.matrix,
        source="response",
        parameter=_KEY,
        value=np.where(refused, np.nan, answer.value[place]),
        low=np.where(refused, np.nan, answer.low[place]),
        high=np.where(refused, np.nan, answer.high[place]),
        unit=term(_KEY).unit("", study.time_unit),
        method=f"ferritin above {rules.limits.ferritin_fold:g} x upper limit or baseline",
        reason=np.array(REASON_CODES, dtype=object)[reason],
        flags="",
    )
