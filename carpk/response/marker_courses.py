"""A study's samples of B cells and markers as Courses, analyte by analyte."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from carpk.errors import RulesError, did_you_mean
from carpk.nca import selection
from carpk.nca.profile_table import course_ends, profile_numbers, profile_table, samples_of
from carpk.nca.selection import Selection, select_samples
from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import REASON_CODES, sentence
from carpk.response.courses import Courses
from carpk.response.rules import ResponseRules
from carpk.schema import Study
from carpk.terms import analyte, in_order
from carpk.units import conversion_factor

_ROLES = ("b_cells", "b_cell_subset", "marker")


@dataclass(frozen=True, eq=False)
class AnalyteCourses:
    """The courses of one analyte in one matrix, one for each subject.

    Attributes
    ----------
    analyte, matrix, unit : str
    profiles : DataFrame
        One row per course: subject, cohort, dose.
    courses : Courses
    samples : DataFrame of schema.SAMPLES
        The samples of `courses`, in their order.
    refused : (n,) int
        Number of the reason why a course is refused, 0 where it is not.
    refusals : mapping of course to text
        Why, with the samples that make it so.
    course_end : (n,) float
        When a second infusion or the like ended each course; infinite where none did.
    censored, nominal : (n,) bool
        Samples after that are left out; a planned time stands for an actual one.
    """

    analyte: str
    matrix: str
    unit: str
    profiles: pd.DataFrame
    courses: Courses
    samples: pd.DataFrame
    refused: Integers
    refusals: Mapping[int, str]
    course_end: Floats
    censored: Booleans
    nominal: Booleans


def response_analytes(study: Study, asked: Sequence[str] | None) -> list[str]:
    """Tell the analytes to analyze: those asked for, or B cells and markers.

    Raises
    ------
    RulesError
        An analyte asked for is not in the data.
    """
    if asked is None:
        return [key for key in study.analytes if analyte(key).role in _ROLES]
    for key in asked:
        if key not in study.analytes:
            hint = did_you_mean(key, study.analytes)
            raise RulesError(f"run_response: the data have no analyte {key!r}; they have {study.analytes}.{hint}")
    return in_order(asked)


def courses_by_analyte(study: Study, analytes: list[str], rules: ResponseRules) -> Iterator[AnalyteCourses]:
    """Yield the courses of each analyte and matrix, every subject among them."""
    samples = samples_of(study, analytes)
    profiles = profile_table(study, samples)
    if profiles.empty:
        return
    number = profile_numbers(samples, profiles)
    low, high = _bounds(samples)
    # Where the larger of two levels at one time is to be kept, it comes first.
    preference = -np.where(np.isinf(high), np.nextafter(low, np.inf), low) if rules.duplicates == "max" else low * 0
    order = np.lexsort((samples["row"], preference, samples["time"], number))
    samples, number, low, high = samples.iloc[order].reset_index(drop=True), number[order], low[order], high[order]
    ends = course_ends(study, profiles)
    # A level above the limit is told apart from one at the limit; levels before the infusion may be twice too.
    start = min(0.0, float(samples["time"].min()))
    levels = np.where(np.isinf(high), np.nextafter(low, np.inf), samples["value"].to_numpy(np.float64))
    status = samples["status"].to_numpy(np.str_)
    chosen = select_samples(
        number,
        samples["time"].to_numpy(np.float64) - start,
        levels,
        np.where(status == "above_uloq", "quantified", status),
        course_end=ends - start,
        duplicates="refuse" if rules.duplicates == "refuse" else "first",
    )
    kept = chosen.use == selection.KEPT
    refusals = _refusals(samples, number, chosen, study.time_unit)
    left = np.bincount(number[chosen.use == selection.AFTER_COURSE], minlength=len(profiles)) > 0
    nominal = np.bincount(number[_nominal(study, samples)], minlength=len(profiles)) > 0
    for name, rows in profiles.groupby(["analyte", "matrix"], sort=False).indices.items():
        key, matrix = map(str, cast("tuple[str, str]", name))
        mine = kept & np.isin(number, rows)
        counts = np.bincount(number[mine], minlength=len(profiles))[rows]
        yield AnalyteCourses(
            analyte=key,
            matrix=matrix,
            unit=str(profiles["unit"].iloc[rows[0]]),
            profiles=profiles.iloc[rows].reset_index(drop=True),
            courses=Courses(
                samples["time"].to_numpy(np.float64)[mine],
                low[mine],
                high[mine],
                np.concatenate([[0], np.cumsum(counts)]),
            ),
            samples=samples[mine].reset_index(drop=True),
            refused=chosen.refused[rows],
            refusals={position: refusals[row] for position, row in enumerate(map(int, rows)) if row in refusals},
            course_end=ends[rows],
            censored=left[rows],
            nominal=nominal[rows],
        )


def _bounds(samples: pd.DataFrame) -> tuple[Floats, Floats]:
    """Bounds of every level: see Courses."""
    status = samples["status"]
    value, lloq, uloq = (samples[name].to_numpy(np.float64) for name in ("value", "lloq", "uloq"))
    below, above = status.isin(["blq", "not_detected"]).to_numpy(), (status == "above_uloq").to_numpy()
    # A reported zero without a limit is the lowest level there is; a word without one says nothing of its level.
    unlimited = np.where(np.isnan(value), np.inf, value)
    low = np.select([below, above], [0.0, uloq], value)
    high = np.select([below & np.isnan(lloq), below, above], [unlimited, lloq, np.inf], value)
    return low, high


def _refusals(samples: pd.DataFrame, number: Integers, chosen: Selection, time_unit: str) -> dict[int, str]:
    """Say of every refused course why, and which samples make it so."""
    negative = (samples["value"] < 0).to_numpy()
    said = {}
    for course in np.flatnonzero(chosen.refused):
        code = REASON_CODES[chosen.refused[course]]
        culprit = (number == course) & (negative if code == "NEGATIVE_LEVEL" else chosen.differing)
        lines = samples[culprit].itertuples()
        places = "; ".join(f"{time_unit} {line.time:g}" + (f" (row {line.row})" if line.row else "") for line in lines)
        said[int(course)] = f"{sentence(code)} Samples: {places}."
    return said


def _nominal(study: Study, samples: pd.DataFrame) -> Booleans:
    nominal = study.log[study.log["code"] == "NOMINAL_USED"]
    marks = pd.MultiIndex.from_frame(nominal[["subject", "analyte", "time"]])
    found: Booleans = pd.MultiIndex.from_frame(samples[["subject", "analyte", "time"]]).isin(marks)
    return found


def lymphodepletion_times(study: Study, profiles: pd.DataFrame, rules: ResponseRules) -> tuple[Floats, Booleans]:
    """Tell when lymphodepletion began for each course, and where the rules assume it; NaN where nothing is known."""
    given = study.events[study.events["event"] == "lymphodepletion"].groupby("subject")["time"].min()
    times = profiles["subject"].map(given).to_numpy(np.float64)
    assumed = np.isnan(times)
    if rules.lymphodepletion_day is not None:
        times = np.where(assumed, rules.lymphodepletion_day * conversion_factor("day", study.time_unit), times)
    return times, assumed
