"""One bar a patient, and the lanes in it."""

import math

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from carpk import plot
from carpk.errors import RulesError
from carpk.schema import Study

DAYS = (0.0, 7.0, 14.0, 28.0, 60.0, 90.0)
CAR_T = {  # 0 is below the limit
    "A1": (0, 900, 400, 300, 0, 0),
    "A2": (0, 900, 400, 300, 200, 90),
    "B1": (0, 0, 0, 0, 0, 0),
}
B_CELLS = {
    "A1": (90, 0, 0, 0, 40, 80),
    "A2": (90, 50, 0, 0, 0, 0),
    "B1": (90, 90, 80, 85, 90, 90),
}


def make_study(*events: tuple[str, str, float]) -> Study:
    rows = [
        (subject, analyte, day, float(level) if level else math.nan, "quantified" if level else "blq", limit, unit)
        for analyte, levels, limit, unit in (
            ("car_t_qpcr", CAR_T, 50.0, "copies/ug"),
            ("b_cells", B_CELLS, 10.0, "cells/uL"),
        )
        for subject, course in levels.items()
        for day, level in zip(DAYS, course, strict=True)
    ]
    samples = pd.DataFrame(rows, columns=["subject", "analyte", "time", "value", "status", "lloq", "unit"])
    subjects = pd.DataFrame({"subject": list(CAR_T), "cohort": ["low", "low", "high"], "dose": [1e5, 1e5, 1e6]})
    table = pd.DataFrame(events, columns=["subject", "event", "time"]).assign(detail="")
    return Study(subjects, samples.assign(matrix="blood"), table)


def boxes(ax: Axes, label: str) -> list[tuple[float, float, int]]:
    """Left and right end, and the row, of every bar of one kind."""
    found = [box for box in ax.patches if isinstance(box, Rectangle) and box.get_label() == label]
    return sorted(
        (box.get_x(), box.get_x() + box.get_width(), round(box.get_y() + box.get_height() / 2)) for box in found
    )


def points(ax: Axes, label: str) -> list[tuple[float, int]]:
    lines = [line for line in ax.lines if line.get_label() == label]
    return sorted((float(x), round(float(y))) for line in lines for x, y in line.get_xydata())


def names(page: Figure) -> list[str]:
    return [label.get_text() for label in page.axes[0].get_yticklabels()]


def legend(page: Figure) -> set[str]:
    return {text.get_text() for text in page.legends[0].get_texts()} - {""}


# Row 0 names the cohort "low"; A1 and A2 follow, row 3 names "high", and B1 is row 4.


def test_the_transgene_lasts_from_the_infusion_to_the_last_quantified_level():
    whole = plot.swimmer(make_study()).axes[-1]
    assert [box for box in boxes(whole, "_sure") if box[0] == 0] == [(0, 28, 1), (0, 90, 2)]


def test_between_two_samples_a_bar_is_dashed():
    whole = plot.swimmer(make_study()).axes[-1]
    # A1: transgene lost and B cells back between days 28 and 60.
    assert boxes(whole, "_unsure") == [(28, 60, 1), (28, 60, 1)]


def test_aplasia_lasts_from_depletion_to_the_last_sample_without_b_cells():
    whole = plot.swimmer(make_study()).axes[-1]
    assert [box for box in boxes(whole, "_sure") if box[0] > 0] == [(7, 28, 1), (14, 90, 2)]


def test_what_was_not_seen_to_end_has_an_arrow():
    assert points(plot.swimmer(make_study()).axes[-1], "_ongoing") == [(90, 2), (90, 2)]


def test_a_patient_without_any_bar_keeps_a_row_of_follow_up():
    whole = plot.swimmer(make_study()).axes[-1]
    assert [row for _, _, row in boxes(whole, "_followed")] == [1, 2, 4]
    assert not [box for box in boxes(whole, "_sure") if box[2] == 4]


def test_patients_are_sorted_within_cohorts_by_rising_dose():
    assert names(plot.swimmer(make_study(("A2", "drop_out", 100.0)))) == ["A2", "A1", "B1"]
    assert names(plot.swimmer(make_study())) == ["A1", "A2", "B1"]


def test_patients_can_be_sorted_by_a_lane():
    assert names(plot.swimmer(make_study(), sort_by="B-cell aplasia")) == ["A2", "A1", "B1"]


def test_early_events_stand_in_the_first_view_and_later_ones_in_the_whole():
    page = plot.swimmer(make_study(("A1", "crs", 6.0), ("A1", "second_infusion", 70.0)))
    first, whole = page.axes
    assert (points(first, "_crs"), points(whole, "_crs")) == ([(6, 1)], [])
    assert points(whole, "_second_infusion") == [(70, 1)]
    assert {"CRS", "Second CAR-T infusion"} <= legend(page)


def test_two_kinds_of_events_of_one_day_do_not_hide_each_other():
    page = plot.swimmer(make_study(("A1", "tocilizumab", 6.0), ("A1", "corticosteroid", 6.0)))
    heights = [
        line.get_ydata()[0] for line in page.axes[0].lines if line.get_label() in ("_tocilizumab", "_corticosteroid")
    ]
    assert abs(heights[0] - heights[1]) > 0.2


def test_a_further_lane_is_drawn_below_the_others():
    given = {"subject": ["B1"], "lane": "Remission", "start": 28.0, "sure": 90.0, "end": math.inf}
    page = plot.swimmer(make_study(), more=pd.DataFrame(given))
    assert (28, 90, 4) in boxes(page.axes[-1], "_sure")
    assert {"CAR transgene (qPCR) quantified", "B-cell aplasia", "Remission"} <= legend(page)


def test_a_further_lane_that_lacks_a_column_is_refused():
    with pytest.raises(RulesError, match=r"more lacks \['sure', 'end'\]"):
        plot.swimmer(make_study(), more=pd.DataFrame({"subject": ["A1"], "lane": "x", "start": 1.0}))


def test_an_unknown_lane_is_refused_with_the_nearest():
    with pytest.raises(RulesError, match=r"Did you mean 'B-cell aplasia'\?"):
        plot.swimmer(make_study(), sort_by="B-cell aplasi")


def test_one_cohort_alone_needs_no_name():
    page = plot.swimmer(make_study(), cohort="low")
    assert names(page) == ["A1", "A2"]
    assert not page.axes[0].texts
