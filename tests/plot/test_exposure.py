"""Parameters by cohort and against dose."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.errors import RulesError, UnitError
from carpk.summary import summarize

COHORTS = ["1.5e5 cells/kg", "5e5 cells/kg", "10e5 cells/kg"]


def axes() -> Axes:
    return Figure(figsize=(3.35, 2.8)).subplots()


def points(ax: Axes, label: str) -> list[tuple[float, float]]:
    found = [line.get_xydata() for line in ax.lines if line.get_label() == label]
    return sorted((float(x), float(y)) for x, y in np.concatenate(found)) if found else []


def changed(parameters: pd.DataFrame, subject: str, **cells: object) -> pd.DataFrame:
    return parameters.assign(
        **{name: parameters[name].mask(parameters["subject"] == subject, cell) for name, cell in cells.items()}
    )


def test_every_patient_is_a_dot_of_its_cohort(parameters):
    ax = plot.by_cohort(parameters, parameter="cmax", ax=axes())
    rows = parameters[parameters["parameter"] == "cmax"]
    assert points(ax, "_value") == sorted(
        (float(COHORTS.index(cohort)), value) for cohort, value in zip(rows["cohort"], rows["value"], strict=True)
    )


def test_the_line_is_the_geometric_mean_of_the_summary(parameters):
    ax = plot.by_cohort(parameters, parameter="cmax", ax=axes())
    summary = summarize(parameters).query("parameter == 'cmax'").set_index("cohort")["geometric_mean"]
    drawn = [line.get_ydata()[0] for line in ax.lines if line.get_label() == "_middle"]
    assert drawn == [summary[cohort] for cohort in COHORTS]


def test_a_time_is_summed_up_by_its_median_on_a_linear_axis(parameters):
    ax = plot.by_cohort(parameters, parameter="tmax", ax=axes())
    summary = summarize(parameters).query("parameter == 'tmax'").set_index("cohort")["median"]
    drawn = [line.get_ydata()[0] for line in ax.lines if line.get_label() == "_middle"]
    assert drawn == [summary[cohort] for cohort in COHORTS]
    assert (ax.get_yscale(), [text.get_text() for text in ax.get_legend().get_texts()]) == ("linear", ["Median"])


def test_missing_values_are_counted_under_the_axis_with_their_reason(parameters):
    table = changed(parameters, "S02", value=math.nan, reason="WINDOW_NOT_COVERED")
    table = changed(table, "S05", value=math.nan, reason="WINDOW_NOT_COVERED")
    ax = plot.by_cohort(table, parameter="auc_28_90d", ax=axes())
    told = ax.get_xlabel().replace("\n", " ")
    assert told == "Cohort 5e5 cells/kg: 2 missing: window not covered"


def test_different_reasons_are_counted_each(parameters):
    table = changed(parameters, "S02", value=math.nan, reason="WINDOW_NOT_COVERED")
    table = changed(table, "S05", value=math.nan, reason="COURSE_CENSORED")
    ax = plot.by_cohort(table, parameter="auc_28_90d", ax=axes())
    told = ax.get_xlabel().replace("\n", " ")
    assert told.endswith("2 missing: course censored (1), window not covered (1)")


def test_a_zero_is_an_open_marker_at_the_bottom_of_the_log_axis(parameters):
    ax = plot.by_cohort(changed(parameters, "S01", value=0.0, flags="ALL_BLQ"), parameter="auc_0_28d", ax=axes())
    ((place, height),) = points(ax, "_zero")
    assert (place, 0 < height < 0.1) == (0.0, True)  # of the height of the axes
    assert [text.get_text().strip() for text in ax.texts] == ["0"]


def test_a_zero_is_among_the_values_counted_under_its_cohort(parameters):
    ax = plot.by_cohort(changed(parameters, "S01", value=0.0, flags="ALL_BLQ"), parameter="cmax", ax=axes())
    assert ax.get_xticklabels()[0].get_text().endswith("n 3")


def test_fewer_than_three_values_get_no_mean(parameters):
    table = changed(parameters, "S01", value=math.nan, reason="NO_SAMPLES")
    ax = plot.by_cohort(table, parameter="cmax", ax=axes())
    assert len([line for line in ax.lines if line.get_label() == "_middle"]) == 2


def test_a_cohort_of_missing_values_keeps_its_place(parameters):
    table = parameters
    for subject in ("S01", "S04", "S07"):
        table = changed(table, subject, value=math.nan, reason="NO_SAMPLES")
    ax = plot.by_cohort(table, parameter="cmax", ax=axes())
    assert len(ax.get_xticklabels()) == 3
    assert {place for place, _ in points(ax, "_value")} == {1.0, 2.0}


def test_a_table_without_any_value_is_drawn_with_its_reasons(parameters):
    table = parameters.assign(value=math.nan, reason="NO_SAMPLES")
    for draw in (plot.by_cohort, plot.by_dose):
        ax = draw(table, parameter="cmax", ax=axes())
        ax.figure.draw_without_rendering()
        assert ax.get_xlabel().count("no samples") == 3


def test_dots_of_equal_values_stand_side_by_side(parameters):
    ax = plot.by_cohort(parameters.assign(value=5.0), parameter="tmax", ax=axes())
    places = [
        tuple(place)
        for line in ax.lines
        if line.get_label() == "_value"
        for place in line.get_transform().transform(line.get_xydata()).round(3)
    ]
    assert len(set(places)) == 9


def test_against_dose_every_patient_stands_at_the_dose_given(parameters):
    ax = plot.by_dose(parameters, parameter="cmax", dose_unit="cells/kg", ax=axes())
    rows = parameters[parameters["parameter"] == "cmax"]
    assert points(ax, "_value") == sorted(zip(rows["dose"], rows["value"], strict=True))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_a_patient_without_a_dose_is_counted(parameters):
    ax = plot.by_dose(changed(parameters, "S01", dose=math.nan), parameter="cmax", ax=axes())
    assert ax.get_xlabel() == "Dose\n1 without a dose, not drawn"


def test_cohorts_that_share_a_dose_are_named(parameters):
    ax = plot.by_dose(parameters.assign(dose=1e6), parameter="cmax", ax=axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        f"{cohort} (n 3)" for cohort in sorted(COHORTS)
    ]


def test_only_the_source_asked_for_is_drawn(parameters):
    both = pd.concat([parameters, parameters.assign(source="stein", value=1.0)])
    assert len(points(plot.by_cohort(both, parameter="cmax", ax=axes()), "_value")) == 9


def test_cohorts_keep_their_colors_in_a_part_of_the_table(parameters):
    part = parameters[parameters["cohort"] == COHORTS[2]]
    whole = plot.by_cohort(parameters, parameter="cmax", ax=axes())
    alone = plot.by_cohort(part, parameter="cmax", cohorts=COHORTS, ax=axes())
    assert alone.lines[0].get_color() == [line for line in whole.lines if line.get_label() == "_value"][-1].get_color()


def test_a_misspelt_parameter_is_refused_with_the_nearest(parameters):
    with pytest.raises(RulesError, match=r"got 'cmx'\. Did you mean 'cmax'\?"):
        plot.by_cohort(parameters, parameter="cmx", ax=axes())


def test_values_in_two_units_never_share_an_axis(parameters):
    with pytest.raises(UnitError, match="cannot share an axis"):
        plot.by_cohort(changed(parameters, "S01", unit="copies/cell"), parameter="cmax", ax=axes())
