"""Lupus endpoints drawn: what stands where, and what is said of the rest."""

import math
from dataclasses import replace

import numpy as np
import pytest
from endpoints.by_hand import rows, study_of
from lupus_trial import COHORTS, LEFT, WITHOUT_NEPHRITIS, lupus_trial
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from carpk import plot
from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.table import run_endpoints
from carpk.errors import RulesError
from carpk.plot import lanes


def new_axes() -> Axes:
    return Figure(figsize=(6.7, 3.4), layout="constrained").subplots()


def lines(ax, label):
    return [line for line in ax.lines if line.get_label() == label]


def points(ax, label):
    return sorted((float(x), float(y)) for line in lines(ax, label) for x, y in line.get_xydata())


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def heights(ax, label):
    """Height of each bar of one kind, by its place."""
    boxes = [box for box in ax.patches if isinstance(box, Rectangle) and box.get_label() == label]
    return {round(box.get_x() + box.get_width() / 2): round(box.get_height(), 6) for box in boxes}


@pytest.fixture(scope="module")
def trial():
    return lupus_trial()


@pytest.fixture(scope="module")
def result(trial):
    return run_endpoints(trial)


def scored(scores):
    """SLEDAI-2K of each patient on days 0, 28 and 84; None where not done."""
    return study_of(
        [
            row
            for subject, given in scores.items()
            for day, score in zip((0, 28, 84), given, strict=True)
            if score is not None
            for row in rows(subject, day, sledai_2k=score)
        ]
    )


def test_every_value_of_every_patient_is_drawn():
    ax = plot.trajectories(scored({"A": (10, 4, 0), "B": (8, 8, 6)}), ax=new_axes())
    assert points(ax, "_value") == [(0, 8), (0, 10), (28, 4), (28, 8), (84, 0), (84, 6)]


def test_a_mean_is_drawn_where_three_patients_have_a_value():
    study = scored({"A": (10, 4, 0), "B": (8, 8, None), "C": (6, 6, 2)})
    ax = plot.trajectories(study, ax=new_axes())
    assert points(ax, "_mean") == [(0, 8), (28, 6)]  # (10 + 8 + 6) / 3, (4 + 8 + 6) / 3


def test_no_line_of_means_passes_over_a_visit_without_one():
    study = scored({"A": (10, None, 0), "B": (8, 8, 1), "C": (6, 6, 2)})
    ax = plot.trajectories(study, ax=new_axes())
    assert [len(line.get_xdata()) for line in lines(ax, "_mean")] == [1, 1]


def test_the_numbers_under_the_axis_are_those_with_a_value():
    ax = plot.trajectories(scored({"A": (10, 4, 0), "B": (8, 8, None), "C": (6, 6, 2)}), ax=new_axes())
    below = [text.get_text() for text in ax.texts]
    assert below == ["n", "3", "3", "2"]


def test_numbers_that_would_run_into_each_other_are_left_out():
    study = study_of([row for day in range(0, 400, 2) for row in rows("A", day, sledai_2k=4)])
    ax = plot.trajectories(study, ax=new_axes())
    assert 10 < len(ax.texts) < 60


def test_a_change_from_baseline_is_drawn_around_zero():
    ax = plot.trajectories(scored({"A": (10, 4, 12)}), component="change", ax=new_axes())
    assert points(ax, "_value") == [(28, -6), (84, 2)]
    assert lines(ax, "_zero")
    assert ax.get_ylabel() == "SLEDAI-2K\n(change from baseline)"


def test_a_value_given_as_a_limit_is_an_open_marker(trial, result):
    ax = plot.trajectories(trial, endpoint="anti_dsdna", result=result, ax=new_axes())
    assert {height for _, height in points(ax, "_limit")} == {25.0}
    assert "Given as a limit, at the limit" in legend(ax)


def test_a_limit_is_known_by_its_visit_where_it_was_taken_on_another_day():
    study = study_of([*rows("A", 28, sledai_2k=4), *rows("A", 28, anti_dsdna=25)])
    later = study.assessments.assign(time=[27.0, 29.0], text=["", "<"])  # the visit is named by its first day
    ax = plot.trajectories(replace(study, assessments=later), endpoint="anti_dsdna", ax=new_axes())
    assert [height for _, height in points(ax, "_limit")] == [25.0]


def test_a_result_without_a_number_is_counted():
    study = study_of([*rows("A", 0, anti_dsdna=200), *rows("A", 28, anti_dsdna="negative")])
    ax = plot.trajectories(study, endpoint="anti_dsdna", ax=new_axes())
    assert points(ax, "_value") == [(0, 200)]
    assert "1 without a number: not drawn" in legend(ax)


@pytest.mark.parametrize(("endpoint", "limit"), [("c3", 0.9), ("c4", 0.1), ("anti_dsdna", 100.0)])
def test_complement_and_antibodies_show_their_limit_of_normal(trial, result, endpoint, limit):
    ax = plot.trajectories(trial, endpoint=endpoint, result=result, ax=new_axes())
    assert [line.get_ydata()[0] for line in lines(ax, "_normal")] == [limit]


def test_one_cohort_keeps_its_color(trial, result):
    every = plot.trajectories(trial, result=result, ax=new_axes())
    one = plot.trajectories(trial, result=result, cohort=COHORTS[1], ax=new_axes())
    assert {line.get_color() for line in lines(one, "_mean")} == {lines(every, "_mean")[-1].get_color()}


def test_the_axis_ends_where_it_is_asked_to(trial, result):
    ax = plot.trajectories(trial, result=result, until=90, ax=new_axes())
    assert max(time for time, _ in points(ax, "_mean")) == 84


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"endpoint": "sledai"}, "Did you mean 'sledai_2k'"),
        ({"endpoint": "lldas"}, "endpoint must be one of"),
        ({"component": "percent_change"}, "component must be one of"),
        ({"cohort": "3e6"}, "cohort must be one of"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(trial, result, choice, words):
    with pytest.raises(RulesError, match=words):
        plot.trajectories(trial, result=result, **choice, ax=new_axes())


def visits_met(met):
    """DORIS of each patient on days 28 and 84: PGA low or not; None: not given."""
    good = {"sledai_2k": 0, "prednisolone_dose": 0}
    return study_of(
        [
            row
            for subject, given in met.items()
            for day, low in zip((0, 28, 84), (False, *given), strict=True)
            for row in rows(subject, day, **good, **({} if low is None else {"pga": 0.2 if low else 2.0}))
        ]
    )


def test_the_bar_of_a_visit_is_all_patients_by_what_became_of_them():
    study = visits_met({"A": (True, True), "B": (False, True), "C": (None, True), "D": (False, False)})
    ax = plot.responses_by_visit(run_endpoints(study), endpoint="doris", ax=new_axes())
    assert heights(ax, "_met") == {0: 25.0, 1: 75.0}
    assert heights(ax, "_not_met") == {0: 50.0, 1: 25.0}
    assert heights(ax, "_imputed") == {0: 25.0}
    assert [text.get_text() for text in ax.texts] == ["1/4", "3/4"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["28", "84"]


def test_the_share_and_its_interval_are_of_those_decided():
    study = visits_met({"A": (True, True), "B": (False, True), "C": (None, True), "D": (False, False)})
    result = run_endpoints(study, EndpointRules(missing="as_observed"))
    ax = plot.responses_by_visit(result, endpoint="doris", ax=new_axes())
    assert heights(ax, "_undecided") == {0: 25.0}
    assert [height for _, height in points(ax, "_share")] == pytest.approx([100 / 3, 75.0])
    (bars,) = [bars for bars in ax.collections if bars.get_label() == "_interval"]
    # One of three, exactly: the limits solve 1 - (1 - p)^3 = 0.025 and p^3 + 3 p^2 (1 - p)... = P(X <= 1) = 0.025.
    low, high = bars.get_segments()[0][:, 1] / 100
    assert 1 - (1 - low) ** 3 == pytest.approx(0.025)
    assert (1 - high) ** 3 + 3 * high * (1 - high) ** 2 == pytest.approx(0.025)


def test_whom_an_endpoint_does_not_concern_is_counted_beside_the_bars(result):
    ax = plot.responses_by_visit(result, endpoint="kdigo_complete", ax=new_axes())
    assert f"Does not apply to {len(WITHOUT_NEPHRITIS)}: not drawn" in legend(ax)


def test_one_cohort_alone_is_drawn_when_asked_for(result):
    ax = plot.responses_by_visit(result, endpoint="lldas", cohort=COHORTS[0], ax=new_axes())
    assert {text.get_text().split("/")[1] for text in ax.texts} == {"5"}


def test_shares_need_planned_visits():
    study = study_of(
        [row for day in (0, 28) for row in rows("A", day, planned=False, sledai_2k=0, pga=0, prednisolone_dose=0)]
    )
    with pytest.raises(RulesError, match="no planned visit after baseline"):
        plot.responses_by_visit(run_endpoints(study), endpoint="doris", ax=new_axes())


def test_the_serology_page_has_a_row_a_test_and_a_column_a_cohort(trial, result):
    page = plot.serology(trial, result=result)
    assert [ax.get_ylabel().replace("\n", " ") for ax in page.axes if ax.get_ylabel()] == [
        "Anti-dsDNA (IU/mL)", "C3 (g/L)", "C4 (g/L)",
    ]  # fmt: skip
    assert [ax.get_title(loc="left") for ax in page.axes if ax.get_title(loc="left")] == list(COHORTS)


def test_a_study_without_serology_has_no_such_page():
    with pytest.raises(RulesError, match="none of Anti-dsDNA, C3, C4, ANA"):
        plot.serology(scored({"A": (10, 4, 0)}))


def kidneys(ratios):
    return study_of(
        [
            row
            for subject, given in ratios.items()
            for day, ratio in zip((0, 28, 84), given, strict=True)
            if ratio is not None
            for row in rows(subject, day, upcr=ratio)
        ]
    )


@pytest.mark.parametrize(("chosen", "changes"), [("last", [50.0, -25.0]), ("best", [-75.0, -50.0])])
def test_proteinuria_is_drawn_as_its_change_sorted(chosen, changes):
    # A: 2 to 0.5 to 1.5 [-75 %, -25 %]; B: 4 to 2 to 6 [-50 %, +50 %]
    study = kidneys({"A": (2, 0.5, 1.5), "B": (4, 2, 6)})
    ax = plot.proteinuria_waterfall(study, chosen=chosen, ax=new_axes())
    assert list(heights(ax, "_bar").values()) == sorted(changes, reverse=True)
    order = ["B", "A"]
    assert [label.get_text() for label in ax.get_xticklabels()] == order


def test_patients_without_nephritis_are_counted_but_not_drawn():
    ax = plot.proteinuria_waterfall(kidneys({"A": (2, 1, 1), "B": (0.5, 0.1, 0.1)}), ax=new_axes())
    assert len(heights(ax, "_bar")) == 1
    assert "1 with at most 0.5 at baseline: not drawn" in legend(ax)


def test_a_patient_without_a_baseline_is_named_as_missing():
    ax = plot.proteinuria_waterfall(kidneys({"A": (2, 1, 1), "B": (None, 1, 1)}), ax=new_axes())
    assert ax.get_xlabel() == "Patient\n1 missing: no baseline"


def test_proteinuria_of_24_hours_is_drawn_where_there_is_no_ratio():
    study = study_of([*rows("A", 0, proteinuria_24h=2), *rows("A", 28, proteinuria_24h=1)])
    ax = plot.proteinuria_waterfall(study, ax=new_axes())
    assert ax.get_ylabel().startswith("24-h protein")


def test_a_study_without_proteinuria_is_refused():
    with pytest.raises(RulesError, match="proteinuria must be one of"):
        plot.proteinuria_waterfall(scored({"A": (10, 4, 0)}), ax=new_axes())


def test_a_state_lasts_from_its_first_visit_to_the_last_in_a_row():
    study = visits_met({"A": (True, True), "B": (True, False), "C": (False, True), "D": (False, False)})
    table = lanes.attained(run_endpoints(study), endpoints=["doris"])
    assert table.to_numpy().tolist() == [
        ["A", "DORIS remission", 28.0, 84.0, math.inf],
        ["B", "DORIS remission", 28.0, 28.0, 84.0],
        ["C", "DORIS remission", 84.0, 84.0, math.inf],
    ]


def test_what_was_imputed_ends_no_state(result):
    table = lanes.attained(result, endpoints=["doris", "sri_4"])
    left = table[(table["subject"] == LEFT) & (table["lane"] == "SRI-4")]
    assert np.isinf(left["end"]).all()


def test_states_need_an_endpoint_that_is_met_or_not(result):
    with pytest.raises(RulesError, match="endpoint must be one of"):
        lanes.attained(result, endpoints=["sledai_2k"])


def test_the_swimmer_plot_shows_states_beside_cells(trial, result):
    page = plot.swimmer(trial, more=lanes.attained(result))
    names = {text.get_text() for text in page.legends[0].get_texts()}
    assert {"CAR transgene (qPCR) quantified", "B-cell aplasia", "LLDAS", "DORIS remission"} <= names


def test_follow_up_lasts_to_the_last_assessment(trial):
    early = replace(trial, samples=trial.samples[trial.samples["time"] <= 28])
    page = plot.swimmer(early)
    ends = [box.get_width() for box in page.axes[-1].patches if box.get_label() == "_followed"]
    assert max(ends) == trial.assessments["time"].max()
