import math

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from carpk import plot
from carpk.errors import RulesError
from carpk.nca.table import run_nca
from carpk.plot import style
from carpk.response.persistence_table import run_persistence
from carpk.response.time_to_event import TimeToEvent
from carpk.schema import Study

DAYS = (0, 7, 14, 28, 60, 90)
LEVELS = {  # 0 is below the limit
    "A1": ("low", (0, 900, 400, 0, 0, 0)),
    "A2": ("low", (0, 900, 400, 300, 0, 0)),
    "A3": ("low", (0, 900, 400, 300, 200, 90)),
    "B1": ("high $x$", (0, 900, 0, 0, 0, 0)),
    "B2": ("high $x$", (0, 900, 800, 700, 0, 0)),
    "B3": ("high $x$", (0, 0, 0, 0, 0, 0)),
    "C1": ("none", (0, 0, 0, 0, 0, 0)),
}


@pytest.fixture(scope="module")
def result() -> TimeToEvent:
    rows = [
        (subject, float(day), float(level) if level else math.nan, "quantified" if level else "blq")
        for subject, (_, levels) in LEVELS.items()
        for day, level in zip(DAYS, levels, strict=True)
    ]
    samples = pd.DataFrame(rows, columns=["subject", "time", "value", "status"])
    cohorts = [cohort for cohort, _ in LEVELS.values()]
    doses = [{"low": 1e5, "high $x$": 1e6, "none": 2e6}[cohort] for cohort in cohorts]
    study = Study(
        pd.DataFrame({"subject": list(LEVELS), "cohort": cohorts, "dose": doses}),
        samples.assign(analyte="car_t_qpcr", matrix="blood", lloq=50.0, unit="copies/ug"),
    )
    return run_persistence(run_nca(study))


def draw(result: TimeToEvent, **choices: object) -> Axes:
    return plot.persistence(result, ax=Figure(figsize=(6.7, 3.8), layout="constrained").subplots(), **choices)


def lines(ax: Axes, label: str) -> list[list[tuple[float, float]]]:
    return [
        [(round(float(x), 6), round(float(y), 6)) for x, y in zip(*line.get_data(), strict=True)]
        for line in ax.lines
        if line.get_label() == label
    ]


def boxes(ax: Axes) -> list[tuple[float, float, float, float]]:
    found = [box for box in ax.patches if isinstance(box, Rectangle) and box.get_label() == "_undetermined"]
    return [(box.get_x(), box.get_x() + box.get_width(), box.get_y(), box.get_y() + box.get_height()) for box in found]


def texts_at_risk(ax: Axes) -> list[str]:
    return [note.get_text() for note in ax.texts]


def legend_of(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.get_legend().get_texts()} - {""}


def test_the_curve_falls_where_a_loss_was_seen(result):
    curve = lines(draw(result, cohort="low"), "_kaplan_meier")
    # Losses are seen at 28 and 60, three and two at risk; the third is followed to 90.
    assert curve == [[(0, 100), (28, 66.666667), (60, 33.333333), (90, 33.333333)]]


def test_a_stroke_stands_where_follow_up_ended_without_a_loss(result):
    assert lines(draw(result, cohort="low"), "_censored") == [[(90, 33.333333)]]


def test_a_box_stands_where_the_intervals_do_not_determine_the_share(result):
    # High: (7, 14] and (28, 60], a half each.
    assert boxes(draw(result, cohort="high $x$")) == [pytest.approx((7, 14, 50, 100)), pytest.approx((28, 60, 0, 50))]


def test_a_flat_dashed_line_joins_the_boxes(result):
    assert lines(draw(result, cohort="high $x$"), "_turnbull")[1] == [(14, 50), (28, 50)]


def test_a_box_without_a_right_end_goes_on_beyond_the_axis(result):
    ax = draw(result, cohort="low")
    assert max(right for _, right, _, _ in boxes(ax)) > ax.get_xlim()[1]


def test_the_numbers_at_risk_stand_under_the_ticks(result):
    # Low: 28, 60 and 90 days of follow-up; ticks every 14 days from 0 to 84.
    assert texts_at_risk(draw(result, cohort="low")) == ["At risk", "low", "3", "3", "3", "2", "2", "1", "1"]


def test_a_cohort_of_nobody_at_risk_keeps_its_row_of_zeros(result):
    assert texts_at_risk(draw(result))[-8:] == ["none", *["0"] * 7]


def test_the_legend_counts_those_who_lost_it_and_those_never_at_risk(result):
    assert legend_of(draw(result)) >= {
        "low: 2 of 3 lost it",
        "high $x$: 2 of 2 lost it, 1 never at risk",
        "none: 0 of 0 lost it, 1 never at risk",
    }


def test_the_legend_names_only_what_is_drawn(result):
    assert legend_of(draw(result, cohort="high $x$", band=False)) == {
        "high $x$: 2 of 2 lost it, 1 never at risk",
        "Kaplan\u2013Meier",
        "Turnbull (boxes: not determined)",
    }


def test_a_cohort_alone_has_the_color_it_has_among_all(result):
    (alone,) = [line for line in draw(result, cohort="high $x$").lines if line.get_label() == "_kaplan_meier"]
    assert alone.get_color() == style.cohort_looks(result.cohorts)["high $x$"].color


def test_a_band_can_be_left_out(result):
    assert not [drawn for drawn in draw(result, band=False).collections if drawn.get_label() == "_band"]


def test_an_unknown_cohort_is_refused(result):
    with pytest.raises(RulesError, match=r"cohort must be one of .*got 'lo'\. Did you mean 'low'\?"):
        draw(result, cohort="lo")


def test_an_analyte_that_was_not_analyzed_is_refused(result):
    with pytest.raises(RulesError, match="analyte must be one of"):
        draw(result, analyte="car_t_flow")


def test_nobody_at_risk_is_drawn_as_an_empty_picture_that_says_so(result):
    ax = draw(result, cohort="none")
    assert not ax.lines
    assert "none: 0 of 0 lost it, 1 never at risk" in legend_of(ax)
