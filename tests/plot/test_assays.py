"""Pictures of two assays, and the line against dose."""

import math

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import carpk
from carpk import plot
from carpk.errors import RulesError
from carpk.schema import Study


def axes() -> Axes:
    return Figure(figsize=(3.35, 2.8)).subplots()


def drawn(ax: Axes, label: str) -> list:
    return [line for line in ax.lines if line.get_label() == label]


def legend(ax: Axes) -> str:
    return " ".join(text.get_text() for text in ax.get_legend().get_texts())


def test_every_pair_quantified_by_both_is_a_dot(study):
    found = carpk.compare_assays(study)
    dots = drawn(plot.assay_agreement(found, ax=axes()), "_both")
    assert sum(len(line.get_xdata()) for line in dots) == found.agreement.n_pairs


def test_a_level_below_its_limit_stands_open_at_the_limit(study):
    samples = study.samples.copy()
    flow = samples[(samples["analyte"] == "car_t_flow") & (samples["nominal_time"] == 28)].index
    samples.loc[flow, ["status", "value"]] = ["blq", math.nan]
    found = carpk.compare_assays(Study(study.subjects, samples))
    ax = plot.assay_agreement(found, ax=axes())
    below = [float(y) for line in drawn(ax, "_below") for y in line.get_ydata()]
    expected = (found.discordant["kind"] == "first_only").sum()
    assert len(below) >= 9
    assert set(below) == {0.5}
    assert len(below) == expected


def test_the_line_is_that_of_the_comparison(study):
    found = carpk.compare_assays(study)
    (line,) = drawn(plot.assay_agreement(found, ax=axes()), "_line")
    assert list(line.get_ydata()) == pytest.approx(list(found.agreement.expected_second(line.get_xdata())), rel=1e-12)


def test_the_lines_of_bland_and_altman_are_mean_and_limits(study):
    found = carpk.compare_assays(study)
    ax = plot.bland_altman(found, ax=axes())
    places = [drawn(ax, name)[0].get_ydata()[0] for name in ("_Mean ratio", "_Limit", "_Upper limit")]
    agreement = found.agreement
    assert places == [agreement.mean_ratio.value, agreement.lower_limit.value, agreement.upper_limit.value]


def test_assays_that_never_both_quantify_are_drawn_with_the_reason(study):
    flow = study.samples["analyte"] == "car_t_flow"
    samples = study.samples.assign(
        status=study.samples["status"].mask(flow, "blq"), value=study.samples["value"].mask(flow)
    )
    found = carpk.compare_assays(Study(study.subjects, samples))
    for draw, said in ((plot.assay_agreement, "No line: 0 pairs"), (plot.bland_altman, "No limits: 0 patients")):
        ax = draw(found, ax=axes())
        ax.figure.draw_without_rendering()
        assert said in legend(ax)


def test_the_line_against_dose_passes_through_what_the_fit_expects(parameters):
    fit = carpk.dose_proportionality(parameters, parameter="cmax")
    (line,) = drawn(plot.by_dose(parameters, parameter="cmax", fit=fit, ax=axes()), "_fit")
    assert list(line.get_xdata()) == [1.5e5, 1e6]
    assert list(line.get_ydata()) == [fit.expected(1.5e5), fit.expected(1e6)]


def test_the_slope_and_its_interval_stand_in_the_legend_with_the_caution(parameters):
    fit = carpk.dose_proportionality(parameters, parameter="cmax")
    ax = plot.by_dose(parameters, parameter="cmax", fit=fit, ax=axes())
    told = legend(ax)
    low, slope, high = (f"{value:z.2f}".replace("-", "−") for value in (fit.low, fit.slope, fit.high))
    assert f"Slope {slope} (90 % interval {low} to {high}, n 9)" in told
    assert "decides nothing" in told


def test_where_there_is_no_line_the_legend_says_why(parameters):
    table = parameters.assign(dose=1e6)
    fit = carpk.dose_proportionality(table, parameter="cmax")
    ax = plot.by_dose(table, parameter="cmax", fit=fit, ax=axes())
    assert drawn(ax, "_fit") == []
    assert "No line: All values are at one dose" in legend(ax)


def test_a_fit_of_another_parameter_is_refused(parameters):
    fit = carpk.dose_proportionality(parameters, parameter="auc_0_28d")
    with pytest.raises(RulesError, match="fit is of parameter 'auc_0_28d'; the picture shows 'cmax'"):
        plot.by_dose(parameters, parameter="cmax", fit=fit, ax=axes())


def test_a_fit_over_total_cells_is_refused(study, parameters):
    weighed = Study(study.subjects.assign(weight=60.0), study.samples)
    fit = carpk.dose_proportionality(parameters, parameter="cmax", study=weighed, total_cells=True)
    with pytest.raises(RulesError, match="total cells"):
        plot.by_dose(parameters, parameter="cmax", fit=fit, ax=axes())


def test_no_picture_writes_into_the_comparison(study):
    found = carpk.compare_assays(study)
    before = found.pairs.copy(deep=True)
    plot.assay_agreement(found, ax=axes())
    plot.bland_altman(found, ax=axes())
    pd.testing.assert_frame_equal(found.pairs, before)
