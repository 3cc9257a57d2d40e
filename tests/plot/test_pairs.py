"""Outcomes against exposure, patient by patient."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.errors import RulesError
from carpk.exposure.table import ExposureResponse, exposure_response
from carpk.nca.table import run_nca
from carpk.schema import Study

DAYS = (0.0, 7.0, 14.0, 28.0, 60.0)
PEAKS = {"A1": 100, "A2": 200, "A3": 400, "B1": 800, "B2": 0, "B3": 1600}
IL6 = {  # value, low, high
    "A1": (10.0, math.nan, math.nan),
    "A2": (20.0, math.nan, math.nan),
    "A3": (math.nan, 5000.0, math.inf),
    "B1": (math.nan, 0.0, 2.0),
    "B2": (5.0, math.nan, math.nan),
}  # B3 has none
BACK = {  # recovery of the B cells: value, low, high
    "A1": (60.0, 28.0, 60.0),
    "A2": (math.nan, 60.0, math.inf),
}
LEVELS = {"A1": (0, 0, 0), "A2": (60, 0, 0), "A3": (60, 60, 60)}  # on days 14, 28 and 60


def outcome(
    subject: str, analyte: str, parameter: str, given: tuple[float, float, float], unit: str
) -> dict[str, object]:
    value, low, high = given
    reason = "" if not math.isnan(value) else "ABOVE_ULOQ" if math.isinf(high) else "BELOW_LIMIT"
    return {
        "subject": subject,
        "analyte": analyte,
        "parameter": parameter,
        "unit": unit,
        "matrix": "blood",
        "value": value,
        "low": low,
        "high": high,
        "reason": reason,
        "cohort": "low" if "A" in subject else "high",
    }


@pytest.fixture(scope="module")
def result() -> ExposureResponse:
    courses = {name: (0, peak, *LEVELS.get(name, (0, 0, 0))) for name, peak in PEAKS.items()}
    rows = [
        (name, day, float(level) if level else math.nan, "quantified" if level else "blq")
        for name, course in courses.items()
        for day, level in zip(DAYS, course, strict=True)
    ]
    samples = pd.DataFrame(rows, columns=["subject", "time", "value", "status"])
    cohorts = ["low"] * 3 + ["high"] * 3
    study = Study(
        pd.DataFrame({"subject": list(PEAKS), "cohort": cohorts, "dose": [1e5] * 3 + [1e6] * 3}),
        samples.assign(analyte="car_t_qpcr", matrix="blood", lloq=50.0, unit="copies/ug"),
    )
    outcomes = [outcome(name, "il6", "peak", given, "pg/mL") for name, given in IL6.items()]
    outcomes += [outcome(name, "b_cells", "recovery_time", given, "day") for name, given in BACK.items()]
    remission = dict(zip(PEAKS, (True, False, True, True, False, None), strict=True))
    return exposure_response(run_nca(study), pd.DataFrame(outcomes), responses={"Remission": remission})


def axes() -> Axes:
    return Figure(figsize=(6.7, 3.2)).subplots()


def points(ax: Axes, label: str) -> list[tuple[float, float]]:
    found = [line.get_xydata() for line in ax.lines if line.get_label() == label]
    return sorted((round(float(x), 6), round(float(y), 6)) for x, y in np.concatenate(found)) if found else []


def legend(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.get_legend().get_texts()} - {""}


def draw(result: ExposureResponse, **choices: object) -> Axes:
    return plot.exposure_pairs(result, **{"analyte": "il6", "parameter": "peak", **choices}, ax=axes())


def said(ax: Axes) -> str:
    """What stands under the axis, in one line."""
    return ax.get_xlabel().replace("\n", " ")


def test_a_dot_stands_where_exposure_and_outcome_meet(result):
    assert points(draw(result), "_value") == [(100, 10), (200, 20)]


def test_outcomes_known_as_a_limit_stand_at_it(result):
    ax = draw(result)
    assert (points(ax, "_at_least"), points(ax, "_at_most")) == ([(400, 5000)], [(800, 2)])


def test_a_patient_who_never_expanded_stands_at_the_left_end(result):
    ax = draw(result)
    ((share, peak),) = points(ax, "_no_exposure")
    assert (0 < share < 0.1, peak) == (True, 5)
    assert "Exposure zero (n 1)" in legend(ax)


def test_a_patient_without_an_outcome_is_counted_with_the_reason(result):
    assert "Not drawn: 1 without outcome: not reported" in said(draw(result))


def test_kendalls_tau_is_that_of_the_result(result):
    table = result.associations.query("statistic == 'kendall' and outcome == 'peak' and exposure == 'cmax'")
    (tau,) = table["value"]
    assert f"Kendall's tau {tau:z.2f} (95 % interval".replace("-", "\u2212") in said(draw(result))
    assert "2 known as a limit" in said(draw(result))


def test_cautions_of_the_outcome_stand_under_the_axis_and_there_is_no_p_value(result):
    text = said(draw(result))
    assert "do not decide" in text or "decides nothing" in text
    assert " p = " not in text


def test_a_response_is_drawn_at_yes_and_no(result):
    ax = draw(result, analyte="response", parameter="Remission")
    assert points(ax, "_value") == [(100, 1), (200, 0), (400, 1), (800, 1)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["No", "Yes"]
    assert "Odds ratio per doubling" in said(ax)


def test_a_misspelt_outcome_is_refused_with_the_nearest(result):
    with pytest.raises(RulesError, match=r"got 'peek'\. Did you mean 'peak'\?"):
        draw(result, parameter="peek")


def test_a_marker_stands_where_loss_and_recovery_were_first_seen(result):
    ax = plot.recovery_and_loss(result, ax=axes())
    # A1: lost by day 14, B cells back by day 60.
    assert points(ax, "_seen") == [(14, 60)]


def test_lines_run_back_to_the_samples_before(result):
    ax = plot.recovery_and_loss(result, ax=axes())
    assert {(7, 60), (14, 28)} <= set(points(ax, "_interval"))


def test_what_was_not_seen_is_an_open_marker_where_follow_up_ended(result):
    ax = plot.recovery_and_loss(result, ax=axes())
    assert points(ax, "_not_seen") == [(28, 60)]
    assert max(y for x, y in points(ax, "_interval") if x == 28) > ax.get_ylim()[1]


def test_who_has_neither_is_counted(result):
    assert "low: 1 missing: not reported" in said(plot.recovery_and_loss(result, ax=axes()))
