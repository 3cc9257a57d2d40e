"""Geometric means and medians, worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.plot import groups
from carpk.plot.placement import profiles
from carpk.schema import Study


def axes() -> Axes:
    return Figure(figsize=(6.7, 3.4)).subplots()


def study_at_day_7(*levels: float | str, days: tuple[float, ...] = (7.0,), lloq: float = 50.0) -> Study:
    """One patient for each level; text is a status."""
    rows = [
        {
            "subject": f"S{patient}",
            "analyte": "car_t_qpcr",
            "matrix": "blood",
            "time": day + 0.1 * patient,
            "nominal_time": day,
            "value": math.nan if isinstance(level, str) else level,
            "status": level if isinstance(level, str) else "quantified",
            "lloq": lloq,
            "uloq": 1000.0,
            "unit": "copies/ug",
        }
        for patient, level in enumerate(levels)
        for day in days
    ]
    subjects = pd.DataFrame({"subject": [f"S{patient}" for patient in range(len(levels))]}).assign(cohort="low")
    return Study(subjects, pd.DataFrame(rows))


def points(ax: Axes, label: str) -> list[tuple[float, float]]:
    found = [line.get_xydata() for line in ax.lines if line.get_label() == label]
    return sorted((float(x), float(y)) for x, y in np.concatenate(found)) if found else []


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts() if text.get_text()]


def test_the_geometric_mean_stands_at_the_nominal_time():
    ax = plot.geometric_means(study_at_day_7(100.0, 200.0, 400.0), ax=axes())
    ((time, mean),) = points(ax, "_mean")
    assert (time, mean) == (7.0, pytest.approx(200.0, rel=1e-12))


def test_the_bar_spans_one_geometric_standard_deviation_each_way():
    ax = plot.geometric_means(study_at_day_7(100.0, 200.0, 400.0), ax=axes())
    ((bottom, top),) = [(segment[0][1], segment[1][1]) for bar in ax.collections for segment in bar.get_segments()]
    assert (bottom, top) == (pytest.approx(100.0, rel=1e-12), pytest.approx(400.0, rel=1e-12))


def test_a_level_below_the_limit_counts_as_half_the_limit():
    ax = plot.geometric_means(study_at_day_7(100.0, 100.0, "blq"), ax=axes())
    assert points(ax, "_mean")[0][1] == pytest.approx((100 * 100 * 25) ** (1 / 3), rel=1e-12)


def test_no_mean_is_drawn_where_more_than_half_are_below_the_limit():
    ax = plot.geometric_means(study_at_day_7(100.0, "blq", "not_detected"), ax=axes())
    assert points(ax, "_mean") == []
    assert points(ax, "_below") == [(7.0, 50.0)]
    assert "Mostly below LLOQ: no mean" in legend(ax)


def test_just_half_below_the_limit_still_has_a_mean():
    ax = plot.geometric_means(study_at_day_7(100.0, 100.0, "blq", "blq"), ax=axes())
    assert points(ax, "_mean")[0][1] == pytest.approx(50.0, rel=1e-12)  # (100^2 25^2)^(1/4)


def test_two_patients_are_shown_one_by_one_without_a_spread():
    ax = plot.geometric_means(study_at_day_7(100.0, 400.0), ax=axes())
    assert points(ax, "_quantified") == [(7.0, 100.0), (7.0, 400.0)]
    assert points(ax, "_mean") == []
    assert not any(bar.get_segments() for bar in ax.collections)


def test_no_mean_is_made_up_from_a_level_below_an_unknown_limit():
    ax = plot.geometric_means(study_at_day_7(100.0, 100.0, "blq", lloq=math.nan), ax=axes())
    assert points(ax, "_mean") == []
    assert "1 times without a mean: unknown limit or negative level" in legend(ax)


def test_levels_above_the_upper_limit_count_as_that_limit_and_the_legend_says_so():
    ax = plot.geometric_means(study_at_day_7(1000.0, 1000.0, "above_uloq"), ax=axes())
    assert points(ax, "_mean")[0][1] == pytest.approx(1000.0, rel=1e-12)
    assert "1 above ULOQ counted as ULOQ" in legend(ax)


def test_a_line_does_not_pass_over_a_time_without_a_mean():
    study = study_at_day_7(100.0, 100.0, 100.0, days=(7.0, 14.0, 21.0))
    samples = study.samples.copy()
    samples.loc[samples["nominal_time"] == 14.0, ["value", "status"]] = [math.nan, "blq"]
    ax = plot.geometric_means(Study(study.subjects, samples), ax=axes())
    runs = [list(line.get_xdata()) for line in ax.lines if line.get_label() == "_run"]
    assert runs == [[7.0], [21.0]]


def test_two_samples_of_one_patient_at_one_time_count_as_one_patient():
    study = study_at_day_7(100.0, 200.0, 400.0)
    doubled = Study(study.subjects, pd.concat([study.samples, study.samples.iloc[[0]]]))
    assert points(plot.geometric_means(doubled, ax=axes()), "_mean")[0][1] == pytest.approx(200.0, rel=1e-12)


def test_levels_after_a_second_infusion_are_left_out_and_counted():
    study = study_at_day_7(100.0, 200.0, 400.0, 800.0)
    events = pd.DataFrame({"subject": ["S3"], "event": ["second_infusion"], "time": [7.2], "detail": [""]})
    ax = plot.geometric_means(Study(study.subjects, study.samples, events), ax=axes())
    assert points(ax, "_mean")[0][1] == pytest.approx(200.0, rel=1e-12)
    assert "1 after a second infusion left out" in legend(ax)


def test_visits_bring_samples_together_where_no_nominal_time_is_given():
    study = study_at_day_7(100.0, 200.0, 400.0)
    ax = plot.geometric_means(Study(study.subjects, study.samples.assign(nominal_time=np.nan, visit="D7")), ax=axes())
    ((time, mean),) = points(ax, "_mean")
    assert (time, mean) == (pytest.approx(7.1), pytest.approx(200.0, rel=1e-12))


def test_an_unscheduled_sample_among_planned_ones_is_left_out_and_counted():
    study = study_at_day_7(100.0, 200.0, 400.0)
    extra = study.samples.iloc[[0]].assign(time=90.0, nominal_time=np.nan, value=9e5)
    ax = plot.geometric_means(Study(study.subjects, pd.concat([study.samples, extra])), ax=axes())
    assert points(ax, "_mean")[0][1] == pytest.approx(200.0, rel=1e-12)
    assert "1 without a planned time left out" in legend(ax)


def medians_of(*levels: float | str, lloq: float = 50.0) -> pd.Series:
    samples = study_at_day_7(*levels, lloq=lloq)
    shown = profiles(samples, analyte="car_t_qpcr")
    return groups.medians(groups.meet(shown.points, samples, None).points).iloc[0]


def test_the_median_of_four_levels_is_the_mean_of_the_middle_two():
    row = medians_of(100.0, 200.0, 400.0, 800.0)
    assert (row["level"], row["mark"]) == (pytest.approx(300.0), "quantified")


def test_a_median_below_the_limit_stands_at_the_limit():
    row = medians_of(100.0, "blq", "blq", 200.0)
    assert (row["level"], row["mark"], row["low"]) == (50.0, "below", 50.0)


def test_a_median_above_the_upper_limit_stands_at_that_limit():
    row = medians_of(100.0, "above_uloq", "above_uloq")
    assert (row["level"], row["mark"], row["high"]) == (1000.0, "above", 1000.0)


def test_a_median_below_an_unknown_limit_has_no_level():
    row = medians_of("blq", "blq", 100.0, lloq=math.nan)
    assert (math.isnan(row["level"]), row["mark"]) == (True, "below_unknown")


def test_quartiles_are_levels_that_were_seen():
    row = medians_of(100.0, 200.0, 300.0, 400.0, 500.0)
    assert (row["low"], row["high"]) == (pytest.approx(200.0), pytest.approx(400.0))
