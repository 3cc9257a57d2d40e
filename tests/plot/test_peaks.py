"""Peaks of markers beside the CAR-T peak, by grade of CRS, and against exposure."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.errors import RulesError
from carpk.response.table import ResponseResult, run_response
from carpk.schema import Study

DAYS = (-7.0, 1.0, 3.0, 7.0, 10.0, 14.0)
CAR_T = (0, 60, 100, 900, 5000, 700)  # peaks on day 10
IL6 = {  # above 1000 and below 2 are outside the limits
    "A1": (4, 5, 8, 400, 90, 5),  # peaks on day 7, at 100 times its baseline
    "A2": (4, 5, 5000, 9, 8, 5),  # peaks on day 3
    "A3": (4, 5, 6, 7, 8, 40),  # peaks on day 14, at 10 times its baseline
    "B1": (1, 1, 1, 1, 1, 1),
    "B2": (math.nan, 5, 6, 20, 8, 7),  # without a baseline
}
GRADES = {"A1": "grade 1", "A2": "grade 3", "A3": "grade 1"}


def row(
    subject: str, analyte: str, day: float, level: float, limits: tuple[float, float], unit: str
) -> tuple[object, ...]:
    lloq, uloq = limits
    status = "blq" if level < lloq else "above_uloq" if level > uloq else "quantified"
    return (subject, analyte, day, level if status == "quantified" else math.nan, status, lloq, uloq, unit)


@pytest.fixture(scope="module")
def study() -> Study:
    rows = [
        row(name, analyte, day, level, limits, unit)
        for name, il6 in IL6.items()
        for analyte, course, limits, unit in (
            ("car_t_qpcr", CAR_T, (50.0, math.inf), "copies/ug"),
            ("il6", il6, (2.0, 1000.0), "pg/mL"),
        )
        for day, level in zip(DAYS, course, strict=True)
        if not math.isnan(level)
    ]
    samples = pd.DataFrame(rows, columns=["subject", "analyte", "time", "value", "status", "lloq", "uloq", "unit"])
    subjects = pd.DataFrame({"subject": list(IL6), "cohort": ["low"] * 3 + ["high"] * 2, "dose": [1e5] * 3 + [1e6] * 2})
    subjects["crs_grade"] = [math.nan, math.nan, math.nan, 0.0, math.nan]  # beside the events; B2 has neither
    events = pd.DataFrame({"subject": list(GRADES), "event": "crs", "time": 5.0, "detail": list(GRADES.values())})
    return Study(subjects, samples.assign(matrix="blood"), events)


@pytest.fixture(scope="module")
def response(study: Study) -> ResponseResult:
    return run_response(study)


def axes() -> Axes:
    return Figure(figsize=(6.7, 3.2)).subplots()


def points(ax: Axes, label: str) -> list[tuple[float, float]]:
    found = [line.get_xydata() for line in ax.lines if line.get_label() == label]
    return sorted((round(float(x), 6), round(float(y), 6)) for x, y in np.concatenate(found)) if found else []


def bars(ax: Axes, label: str) -> list[tuple[float, float]]:
    """Where each bar starts and ends."""
    return [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in ax.patches if bar.get_label() == label]


def legend(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.get_legend().get_texts()} - {""}


def ticks(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


def without_events(study: Study) -> Study:
    return Study(study.subjects.drop(columns="crs_grade"), study.samples)


def test_a_peak_before_the_car_t_peak_lies_below_zero(response):
    # Days 7, 3, 14 and 7 less day 10; all of B1 is below the limit, so it has no day of a peak.
    lags = [lag for _, lag in points(plot.peak_lags(response, ax=axes()), "_value")]
    assert sorted(lags) == [-7, -3, -3, 4]


def test_the_line_of_a_marker_is_the_median_of_its_lags(response):
    assert {lag for _, lag in points(plot.peak_lags(response, ax=axes()), "_median")} == {-3}


def test_a_lag_that_is_missing_is_counted_with_its_reason(response):
    ax = plot.peak_lags(response, ax=axes())
    assert (ticks(ax), ax.get_xlabel()) == (["IL-6\nn 4"], "Marker\n1 missing: below limit")


def test_a_marker_without_lags_is_refused(response):
    with pytest.raises(RulesError, match=r"analyte must be one of \['il6'\]; got 'il-6'\. Did you mean 'il6'\?"):
        plot.peak_lags(response, analytes=["il-6"], ax=axes())


def test_peaks_stand_in_the_group_of_their_grade(response):
    ax = plot.peaks_by_grade(response, ax=axes())
    # Cohorts stand side by side: "low" left of the middle of its group.
    assert [(round(x + 0.16, 6), peak) for x, peak in points(ax, "_value") if peak in (400, 40)] == [(1, 40), (1, 400)]


def test_grades_without_patients_keep_their_place(response):
    assert ticks(plot.peaks_by_grade(response, ax=axes())) == ["0\nn 1", "1\nn 2", "2\nn 0", "3\nn 1", "not known\nn 1"]


def test_a_grade_not_known_is_a_group_of_its_own(study):
    ax = plot.peaks_by_grade(run_response(without_events(study)), ax=axes())
    assert ticks(ax) == ["not known\nn 5"]


def test_a_peak_above_the_upper_limit_is_a_triangle_at_it(response):
    ax = plot.peaks_by_grade(response, ax=axes())
    ((_, peak),) = points(ax, "_at_least")
    assert (peak, {line.get_marker() for line in ax.lines if line.get_label() == "_at_least"}) == (1000, {"^"})


def test_a_peak_below_the_limit_is_an_open_marker_at_it(response):
    ax = plot.peaks_by_grade(response, ax=axes())
    ((_, peak),) = points(ax, "_at_most")
    assert (peak, {line.get_markerfacecolor() for line in ax.lines if line.get_label() == "_at_most"}) == (2, {"white"})
    assert {"At least (a limit, or not seen yet)", "At most (below a limit)"} <= legend(ax)


def test_bars_of_a_fold_rise_from_one_and_fall_from_the_left(response):
    ax = plot.marker_waterfall(response, analyte="il6", ax=axes())
    assert bars(ax, "_bar") == [(1, 100), (1, 10)]
    # A2: at least 1000 over 4. B1: its peak and its baseline are both below the limit, so nothing bounds the fold.
    assert ticks(ax)[:3] == ["A2", "A1", "A3"]


def test_a_bar_that_ends_at_a_bound_is_open_and_has_an_arrow(response):
    ax = plot.marker_waterfall(response, analyte="il6", ax=axes())
    assert (0, 250) in points(ax, "_at_least")
    assert {bar.get_facecolor() for bar in ax.patches if bar.get_label() == "_bar_at_least"} == {(1, 1, 1, 1)}
    assert "Open: at least so much" in legend(ax)


def test_a_change_that_is_missing_is_counted_under_the_bars(response):
    label = plot.marker_waterfall(response, analyte="il6", ax=axes()).get_xlabel()
    assert "high: 1 missing: no baseline" in label


def test_a_parameter_that_is_no_change_has_no_waterfall(response):
    with pytest.raises(RulesError, match=r"parameter must be one of .*got 'peak'"):
        plot.marker_waterfall(response, analyte="il6", parameter="peak", ax=axes())


def test_a_spider_begins_at_one_and_rises_to_the_fold(study, response):
    drawn = points(plot.marker_spider(study, response=response, ax=axes()), "_quantified")
    assert drawn[:3] == [(-7, 1.0)] * 3
    assert {(7, 100.0), (14, 10.0)} <= set(drawn)


def test_a_level_above_the_limit_is_a_triangle_at_the_limit_over_baseline(study, response):
    assert points(plot.marker_spider(study, response=response, ax=axes()), "_above") == [(3, 250)]


def test_the_limit_stands_for_a_baseline_below_it_and_the_legend_says_so(study, response):
    ax = plot.marker_spider(study, response=response, ax=axes())
    assert {level for _, level in points(ax, "_below")} == {1.0}
    assert "1 with the baseline outside a limit, which stands for it" in legend(ax)


def test_a_patient_without_a_baseline_is_counted_and_not_drawn(study, response):
    ax = plot.marker_spider(study, response=response, ax=axes())
    assert "1 without a baseline: not drawn" in legend(ax)
    assert len([line for line in ax.lines if line.get_label() == "_profile"]) == 4


def test_a_second_infusion_in_a_spider_is_explained(study, response):
    again = pd.DataFrame({"subject": ["A3"], "event": "second_infusion", "time": 12.0, "detail": ""})
    ax = plot.marker_spider(Study(study.subjects, study.samples, again), response=response, ax=axes())
    assert "Second CAR-T infusion" in legend(ax)


def test_temperature_is_drawn_as_a_difference(study):
    fever = study.samples[study.samples["analyte"] == "il6"].assign(
        analyte="temperature", unit="degC", status="quantified", lloq=math.nan, uloq=math.nan
    )
    fever["value"] = 37.0 + 2.0 * (fever["time"] == 3.0)
    ax = plot.marker_spider(Study(study.subjects, fever), analyte="temperature", ax=axes())
    assert {level for _, level in points(ax, "_quantified")} == {0, 2}
    assert (ax.get_yscale(), ax.get_ylabel()) == ("linear", "Temperature\n(difference from baseline, \u00b0C)")
