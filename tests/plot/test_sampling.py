"""What was measured at which visit."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.plot.axes import text_width
from carpk.schema import Study

COLUMNS = ["subject", "time", "nominal_time", "value", "status"]


def study_of(*rows: tuple[str, float, float, float, str], cohorts: dict[str, str] | None = None) -> Study:
    samples = pd.DataFrame(rows, columns=COLUMNS)
    subjects = pd.DataFrame({"subject": samples["subject"].unique()})
    cohort = subjects["subject"].map(lambda name: (cohorts or {}).get(name, "low"))
    subjects = subjects.assign(cohort=cohort, dose=cohort.map({"low": 1e5, "high": 1e6}))
    return Study(subjects, samples.assign(analyte="car_t_qpcr", matrix="blood", unit="copies/ug", lloq=50.0))


def draw(study: Study, **choices: object) -> Axes:
    return plot.sampling(study, ax=Figure(figsize=(6.7, 3.4)).subplots(), **choices)


def cells(ax: Axes, label: str) -> list[tuple[int, int]]:
    """Column and row of every symbol of one kind."""
    lines = [line for line in ax.lines if line.get_label() == label]
    return sorted((int(x), int(y)) for line in lines for x, y in line.get_xydata())


def legend(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.get_legend().get_texts()} - {""}


def columns(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


MADE = study_of(
    ("A", 0.0, 0.0, math.nan, "blq"),
    ("A", 7.2, 7.0, 900.0, "quantified"),
    ("A", 28.1, 28.0, math.nan, "missing"),
    ("B", 0.0, 0.0, math.nan, "not_detected"),
    ("B", 14.0, 14.0, 5e6, "above_uloq"),
    ("B", 28.0, 28.0, 300.0, "excluded"),
    ("C", 0.0, 0.0, math.nan, "blq"),
    cohorts={"C": "high"},
)
# Columns are days 0, 7, 14 and 28; rows are A, B and C.


def test_each_planned_time_is_a_column_and_each_patient_a_row():
    ax = draw(MADE)
    assert columns(ax) == ["0", "7", "14", "28"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B", "C"]


def test_levels_outside_the_limits_have_symbols():
    ax = draw(MADE)
    assert (cells(ax, "_below"), cells(ax, "_above_uloq")) == ([(0, 0), (0, 1), (0, 2)], [(2, 1)])


def test_missing_and_excluded_samples_and_none_at_all_are_told_apart():
    ax = draw(MADE)
    assert (cells(ax, "_missing"), cells(ax, "_excluded")) == ([(3, 0)], [(3, 1)])
    assert cells(ax, "_absent") == [(1, 1), (2, 0)]


def test_visits_after_the_last_sample_of_a_patient_are_not_called_missing():
    ax = draw(MADE)
    assert not [row for _, row in cells(ax, "_absent") if row == 2]
    assert "After the last sample of the patient" in legend(ax)


def test_the_legend_names_only_what_occurs():
    assert legend(draw(study_of(("A", 0.0, 0.0, 100.0, "quantified")))) == {"Quantified"}


def test_of_two_samples_at_one_visit_a_level_counts_more_than_none():
    study = study_of(("A", 7.0, 7.0, math.nan, "missing"), ("A", 7.5, 7.0, 100.0, "quantified"))
    assert legend(draw(study)) == {"Quantified"}


def test_samples_without_a_planned_time_are_counted_under_the_axis():
    study = study_of(("A", 0.0, 0.0, 100.0, "quantified"), ("A", 5.0, math.nan, 100.0, "quantified"))
    assert draw(study).get_xlabel().split("\n")[1] == "1 samples without a planned time: not drawn"


def test_cohorts_are_named_beside_their_patients_by_rising_dose():
    ax = draw(MADE)
    assert [note.get_text() for note in ax.texts] == ["low\nn 2", "high\nn 1"]


def test_colors_of_measured_and_missing_cells_differ_in_lightness():
    ax = draw(MADE)
    (mesh,) = [drawn for drawn in ax.collections if drawn.get_label() == "_cells"]
    light = [0.3 * red + 0.59 * green + 0.11 * blue for red, green, blue, _ in mesh.cmap(range(mesh.cmap.N))]
    above, quantified, below = light[:3]
    assert (above - quantified > 0.08, below - above > 0.3) == (True, True)


def test_many_visits_are_named_as_far_as_there_is_room():
    study = study_of(*[("A", float(day), float(day), 100.0, "quantified") for day in range(1000, 1060)])
    ax = draw(study)
    widths = 72 * 6.7 * 0.775 / 60  # points of a column, of axes as wide as matplotlib makes them
    step = int(columns(ax)[1].replace(",", "")) - int(columns(ax)[0].replace(",", ""))
    assert step * widths > text_width("1,000")
