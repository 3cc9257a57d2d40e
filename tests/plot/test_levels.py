"""What stands where in the pictures of levels."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.errors import RulesError, UnitError
from carpk.plot import style
from carpk.schema import Study


def axes() -> Axes:
    return Figure(figsize=(6.7, 3.4)).subplots()


def study_of(*samples: dict[str, object], events: pd.DataFrame | None = None, time_unit: str = "day") -> Study:
    given = {"analyte": "car_t_qpcr", "matrix": "blood", "unit": "copies/ug", "lloq": 50.0, "status": "quantified"}
    rows = pd.DataFrame([{**given, **sample} for sample in samples])
    subjects = pd.DataFrame({"subject": rows["subject"].unique()}).assign(cohort="low", dose=1e5)
    extra = {} if events is None else {"events": events}
    return Study(subjects=subjects, samples=rows, time_unit=time_unit, **extra)


def points(ax: Axes, label: str) -> list[tuple[float, float]]:
    """Every marker of one kind, as (time, level)."""
    found = [line.get_xydata() for line in ax.lines if line.get_label() == label]
    return sorted((float(x), float(y)) for x, y in np.concatenate(found)) if found else []


def legend(ax: Axes) -> list[str]:
    box = ax.get_legend()
    return [text.get_text() for text in box.get_texts() if text.get_text()] if box else []


@pytest.mark.parametrize("analyte", ["car_t_qpcr", "b_cells", "il6"])
def test_as_many_points_are_drawn_as_samples_of_each_status(study, analyte):
    ax = plot.levels(study, analyte=analyte, ax=axes())
    statuses = study.samples[study.samples["analyte"] == analyte]["status"].value_counts()
    drawn = {"quantified": "_quantified", "blq": "_below", "above_uloq": "_above"}
    assert {status: len(points(ax, label)) for status, label in drawn.items()} == {
        status: statuses.get(status, 0) for status in drawn
    }


def test_levels_below_the_limit_are_open_markers_at_the_limit(study):
    ax = plot.levels(study, ax=axes())
    lines = [line for line in ax.lines if line.get_label() == "_below"]
    assert {level for _, level in points(ax, "_below")} == {50.0}
    assert {line.get_markerfacecolor() for line in lines} == {"white"}


def test_each_level_below_its_own_limit_stands_at_its_own_limit():
    study = study_of(
        {"subject": "1", "time": 0.0, "status": "blq", "lloq": 50.0},
        {"subject": "1", "time": 7.0, "status": "not_detected", "lloq": 20.0},
    )
    assert points(plot.levels(study, ax=axes()), "_below") == [(0.0, 50.0), (7.0, 20.0)]


def test_levels_above_the_upper_limit_are_triangles_at_that_limit(study):
    ax = plot.levels(study, analyte="il6", ax=axes())
    lines = [line for line in ax.lines if line.get_label() == "_above"]
    assert {level for _, level in points(ax, "_above")} == {1000.0}
    assert {line.get_marker() for line in lines} == {"^"}
    assert "Above ULOQ, at the limit" in legend(ax)


def test_missing_and_excluded_samples_are_not_drawn():
    study = study_of(
        {"subject": "1", "time": 0.0, "value": 100.0},
        {"subject": "1", "time": 7.0, "status": "missing"},
        {"subject": "1", "time": 14.0, "value": 900.0, "status": "excluded"},
    )
    ax = plot.levels(study, ax=axes())
    assert points(ax, "_quantified") == points(ax, "_profile") == [(0.0, 100.0)]


def test_a_level_below_an_unknown_limit_stands_at_the_bottom_and_the_legend_says_so():
    study = study_of(
        {"subject": "1", "time": 0.0, "status": "blq", "lloq": np.nan},
        {"subject": "1", "time": 7.0, "value": 100.0, "lloq": np.nan},
    )
    ax = plot.levels(study, ax=axes())
    ((time, height),) = points(ax, "_below_unknown")
    assert (time, 0 < height < 0.1) == (0.0, True)  # of the height of the axes
    assert "Below a limit not given, at the bottom" in legend(ax)


def test_a_negative_level_is_not_dropped_from_the_log_axis():
    study = study_of({"subject": "1", "time": 0.0, "value": -3.0}, {"subject": "1", "time": 7.0, "value": 100.0})
    ax = plot.levels(study, ax=axes())
    assert [time for time, _ in points(ax, "_negative")] == [0.0]
    assert "Negative, at the bottom" in legend(ax)


def test_a_level_above_an_unknown_limit_stands_at_the_top():
    study = study_of({"subject": "1", "time": 0.0, "status": "above_uloq"}, {"subject": "1", "time": 7.0, "value": 9.0})
    ((_, height),) = points(plot.levels(study, ax=axes()), "_above_unknown")
    assert height > 0.9  # of the height of the axes


def test_a_missing_time_is_replaced_by_the_nominal_one_and_a_sample_with_neither_is_counted():
    study = study_of(
        {"subject": "1", "time": 0.0, "value": 100.0},
        {"subject": "1", "time": np.nan, "nominal_time": 7.0, "value": 200.0},
        {"subject": "1", "time": np.nan, "value": 300.0},
    )
    ax = plot.levels(study, ax=axes())
    assert points(ax, "_quantified") == [(0.0, 100.0), (7.0, 200.0)]
    assert "1 without a time: not drawn" in legend(ax)


def test_the_limit_is_a_dashed_line_with_its_value(study):
    ax = plot.levels(study, ax=axes())
    (line,) = [line for line in ax.lines if line.get_label() == "_LLOQ"]
    assert list(line.get_ydata()) == [50.0, 50.0]
    assert line.is_dashed()
    assert [text.get_text() for text in ax.texts] == ["LLOQ\n50"]


def test_limits_that_differ_are_drawn_as_the_lowest_and_the_highest():
    study = study_of(
        *({"subject": "1", "time": float(lloq), "value": 1e3, "lloq": lloq} for lloq in (20.0, 30.0, 50.0))
    )
    ax = plot.levels(study, ax=axes())
    assert [line.get_ydata()[0] for line in ax.lines if line.get_label() == "_LLOQ"] == [20.0, 50.0]
    assert [text.get_text() for text in ax.texts] == ["LLOQ\n20–50"]


def test_one_cohort_is_drawn_in_the_color_it_has_among_all(study):
    ax = plot.levels(study, cohort="10e5 cells/kg", ax=axes())
    color = style.cohort_looks(study.cohorts)["10e5 cells/kg"].color
    assert {line.get_color() for line in ax.lines if line.get_label() == "_quantified"} == {color}
    assert len([line for line in ax.lines if line.get_label() == "_profile"]) == 3


def test_until_keeps_a_late_visit_of_that_day():
    study = study_of(
        {"subject": "1", "time": 28.9, "nominal_time": 28.0, "value": 100.0},
        {"subject": "1", "time": 60.0, "nominal_time": 60.0, "value": 90.0},
    )
    assert points(plot.levels(study, until=28, ax=axes()), "_quantified") == [(28.9, 100.0)]


def test_until_is_in_days_whatever_the_time_unit():
    study = study_of(*({"subject": "1", "time": hours, "value": 100.0} for hours in (24.0, 72.0)), time_unit="h")
    ax = plot.levels(study, until=2, ax=axes())
    assert points(ax, "_quantified") == [(24.0, 100.0)]
    assert ax.get_xlabel() == "Time since infusion (h)"


def test_log_ticks_are_plain_text(study):
    ax = plot.levels(study, ax=axes())
    ax.figure.draw_without_rendering()
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert {"100", "1,000", "10,000"} <= set(shown)


def test_ids_and_cohorts_that_look_like_markup_survive(study):
    names = {"1.5e5 cells/kg": r"A$\frac$B", "5e5 cells/kg": "_low", "10e5 cells/kg": "S$001$"}
    renamed = Study(study.subjects.assign(cohort=study.subjects["cohort"].map(names)), study.samples)
    ax = plot.levels(renamed, ax=axes())
    assert sorted(text.split(" (")[0] for text in legend(ax)[:3]) == sorted(names.values())
    assert not any(text.get_parse_math() for text in ax.get_legend().get_texts())


def test_a_second_infusion_is_marked():
    events = pd.DataFrame({"subject": ["1"], "event": ["second_infusion"], "time": [90.0], "detail": [""]})
    study = study_of(*({"subject": "1", "time": day, "value": 100.0} for day in (7.0, 120.0)), events=events)
    ax = plot.levels(study, ax=axes())
    assert [time for time, _ in points(ax, "_course_end")] == [90.0]
    assert "Second CAR-T infusion" in legend(ax)


def test_two_matrices_never_share_a_line():
    study = study_of(
        {"subject": "1", "time": 7.0, "value": 100.0},
        {"subject": "1", "time": 7.0, "value": 5.0, "matrix": "bone marrow"},
    )
    blood, marrow = plot.levels(study, ax=axes()), plot.levels(study, matrix="bone marrow", ax=axes())
    assert (points(blood, "_quantified"), points(marrow, "_quantified")) == ([(7.0, 100.0)], [(7.0, 5.0)])
    assert marrow.get_ylabel().replace("\n", " ") == "CAR transgene (qPCR, bone marrow, copies/µg)"


def test_two_units_never_share_an_axis():
    study = study_of(
        {"subject": "1", "time": 7.0, "value": 1.0}, {"subject": "1", "time": 9.0, "value": 2.0, "unit": "copies/cell"}
    )
    with pytest.raises(UnitError, match=r"car_t_qpcr: values in \['copies/cell', 'copies/ug'\] cannot share an axis"):
        plot.levels(study, ax=axes())


def test_a_misspelt_analyte_is_refused_with_the_nearest(study):
    with pytest.raises(RulesError, match=r"got 'feritin'\. Did you mean 'ferritin'\?"):
        plot.levels(study, analyte="feritin", ax=axes())


def test_a_misspelt_cohort_is_refused_with_the_nearest(study):
    with pytest.raises(RulesError, match=r"got '5e5 cells/k'\. Did you mean '5e5 cells/kg'\?"):
        plot.levels(study, cohort="5e5 cells/k", ax=axes())


def test_a_page_has_a_row_for_each_cohort_and_the_first_month_beside_the_whole(study):
    page = plot.levels_by_cohort(study)
    titles = [ax.get_title(loc="left") for ax in page.axes if ax.get_title(loc="left")]
    assert titles == ["1.5e5 cells/kg (n 3)", "5e5 cells/kg (n 3)", "10e5 cells/kg (n 3)"]
    assert len(page.axes) == 6
    assert len({ax.get_ylim() for ax in page.axes}) == 1
