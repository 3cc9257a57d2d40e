import math

import numpy as np
import pandas as pd
import pytest

import carpk
from carpk.errors import RulesError
from carpk.nca.table import run_nca
from carpk.reasons import REASONS
from carpk.response.persistence_table import run_persistence
from carpk.schema import Study

DAYS = (0, 7, 14, 28, 60, 90)
LEVELS = {  # 0 is below the limit, None not taken
    "lost": (0, 900, 5000, 400, 0, 0),
    "lost early": (0, 900, 0, 0, 0, 0),
    "lost late": (0, 900, 5000, 0, 300, 0),
    "kept": (0, 900, 5000, 400, 200, 90),
    "gone home": (0, 900, 5000, None, None, None),
    "infused again": (0, 900, 5000, 400, 7000, 0),
    "never": (0, 0, 0, 0, 0, 0),
    "only on day 0": (80, 0, 0, 0, 0, 0),
    "not sampled": (None,) * 6,
    "two levels at once": (0, 900, 5000, 400, 0, 0),
}
COHORTS = {"lost early": "high", "lost late": "high", "never": "none"}


def make_study(levels=LEVELS):
    rows = [
        (subject, float(day), float(level) if level else math.nan, "quantified" if level else "blq")
        for subject, course in levels.items()
        for day, level in zip(DAYS, course, strict=True)
        if level is not None
    ]
    if "two levels at once" in levels:
        rows.append(("two levels at once", 7.0, 1100.0, "quantified"))
    samples = pd.DataFrame(rows, columns=["subject", "time", "value", "status"])
    cohorts = [COHORTS.get(subject, "low") for subject in levels]
    doses = {"low": 1e5, "high": 1e6, "none": math.nan}
    return Study(
        pd.DataFrame({"subject": list(levels), "cohort": cohorts, "dose": [doses[cohort] for cohort in cohorts]}),
        samples.assign(analyte="car_t_qpcr", matrix="blood", lloq=50.0, unit="copies/ug"),
        pd.DataFrame({"subject": ["infused again"], "event": ["second_infusion"], "time": [45.0], "detail": [""]})
        if "infused again" in levels
        else carpk.schema.empty(carpk.schema.EVENTS),
    )


@pytest.fixture(scope="module")
def result():
    return run_persistence(run_nca(make_study()))


def followed(result, subject):
    return result.subjects.set_index("subject").loc[subject]


def group(result, cohort):
    return result.medians.set_index("cohort").loc[cohort]


def test_no_subject_is_lost(result):
    assert result.subjects["subject"].tolist() == list(LEVELS)
    assert (result.medians["n"] + result.medians["never"] == result.medians["N"]).all()
    assert result.medians["N"].sum() == len(LEVELS)


def test_a_loss_lies_between_the_last_quantified_sample_and_the_next(result):
    row = followed(result, "lost")
    assert (row["left"], row["right"], row["time"]) == (28, 60, 60)
    assert (row["event"], row["censoring"], row["reason"]) == (True, "interval", "")


def test_a_level_below_the_limit_before_a_quantified_one_is_no_loss(result):
    assert (followed(result, "lost late")["left"], followed(result, "lost late")["right"]) == (60, 90)


@pytest.mark.parametrize(("subject", "last"), [("kept", 90), ("gone home", 14)])
def test_one_who_is_never_seen_without_it_is_censored_at_the_last_sample(result, subject, last):
    row = followed(result, subject)
    assert (row["left"], row["right"], row["time"]) == (last, math.inf, last)
    assert (row["event"], row["censoring"], row["reason"]) == (False, "right", "NEVER_BLQ_AFTER_LAST")


def test_a_course_ended_by_a_second_infusion_is_followed_to_the_last_sample_before_it(result):
    row = followed(result, "infused again")
    assert (row["left"], row["right"], row["flags"]) == (28, math.inf, "CENSORED_AT")


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("never", "NO_QUANTIFIED"),
        ("only on day 0", "NO_QUANTIFIED"),
        ("not sampled", "NO_SAMPLES"),
        ("two levels at once", "DUPLICATE_TIMES"),
    ],
)
def test_one_with_nothing_to_lose_is_named_with_the_reason(result, subject, reason):
    row = followed(result, subject)
    assert (row["censoring"], row["reason"]) == ("never", reason)
    assert row[["tlast", "tbql", "left", "right", "time"]].isna().all()


def test_there_is_no_tbql_exactly_where_there_is_a_reason(result):
    assert (result.subjects["tbql"].isna() == (result.subjects["reason"] != "")).all()


def test_every_reason_is_one_that_carpk_has(result):
    assert {*result.subjects["reason"], *result.medians["reason"]} <= {"", *REASONS}


def test_tlast_and_tbql_are_those_of_the_noncompartmental_analysis(result):
    parameters = run_nca(make_study()).parameters
    at_risk = result.subjects[result.subjects["censoring"] != "never"].set_index("subject")
    for key in ("tlast", "tbql"):
        theirs = parameters[parameters["parameter"] == key].set_index("subject").loc[at_risk.index, "value"]
        np.testing.assert_array_equal(at_risk[key], theirs)


def test_the_curve_of_a_cohort_worked_out_by_hand(result):
    # Low: end of follow-up at 14, 28 and 90, a loss at 60 when two are at risk.
    curve = result.curves[result.curves["cohort"] == "low"]
    assert curve["time"].tolist() == [0, 14, 28, 60, 90]
    assert curve["survival"].tolist() == [1, 1, 1, 0.5, 0.5]
    assert curve["at_risk"].tolist() == [4, 4, 3, 2, 1]
    assert curve["events"].tolist() == [0, 0, 0, 1, 0]


def test_the_intervals_of_a_cohort_worked_out_by_hand(result):
    # High: (7, 14] and (60, 90], a half each.
    intervals = result.turnbull[result.turnbull["cohort"] == "high"]
    assert intervals[["left", "right"]].to_numpy().tolist() == [[7, 14], [60, 90]]
    assert intervals["survival"].tolist() == pytest.approx([0.5, 0], abs=1e-9)


def test_the_median_of_two_losses_lies_between_them_and_in_either_interval(result):
    row = group(result, "high")
    assert (row["median"], row["left"], row["right"], row["reason"]) == (52, 7, 90, "")


def test_a_cohort_of_nobody_at_risk_says_so(result):
    row = group(result, "none")
    assert (row["N"], row["n"], row["never"], row["reason"]) == (1, 0, 1, "NO_SUBJECT_AT_RISK")
    assert math.isnan(row["median"])
    assert "none" not in set(result.curves["cohort"])


def test_a_median_not_reached_says_so():
    row = group(run_persistence(run_nca(make_study({"kept": LEVELS["kept"]}))), "low")
    assert (row["reason"], row["left"], row["right"]) == ("MEDIAN_NOT_REACHED", 90, math.inf)


def test_there_is_no_median_exactly_where_there_is_a_reason(result):
    assert (result.medians["median"].isna() == (result.medians["reason"] != "")).all()


def test_cohorts_stand_by_rising_dose(result):
    assert result.cohorts == ("low", "high", "none")


def test_all_subjects_can_be_one_group():
    result = run_persistence(run_nca(make_study()), by=None)
    assert result.cohorts == ("All",)
    assert group(result, "All")["N"] == len(LEVELS)


def test_doses_can_be_the_groups():
    assert run_persistence(run_nca(make_study()), by="dose").cohorts == ("100000", "1000000", "not given")


def test_an_unknown_grouping_is_refused():
    with pytest.raises(RulesError, match=r"by must be one of .*got 'cohorts'\. Did you mean 'cohort'\?"):
        run_persistence(run_nca(make_study()), by="cohorts")


def test_a_study_without_car_t_levels_gives_empty_tables():
    study = make_study()
    markers = Study(study.subjects, study.samples.assign(analyte="il6", unit="pg/mL"))
    result = run_persistence(run_nca(markers))
    assert [len(table) for table in (result.subjects, result.curves, result.turnbull, result.medians)] == [0] * 4


def test_the_order_of_the_rows_changes_nothing(result):
    study = make_study()
    turned = run_persistence(run_nca(Study(study.subjects, study.samples[::-1], study.events)))
    for table in ("subjects", "curves", "turnbull", "medians"):
        pd.testing.assert_frame_equal(getattr(turned, table), getattr(result, table), check_exact=True)


def test_the_analysis_is_not_written_into():
    nca = run_nca(make_study())
    before = nca.parameters.copy(deep=True)
    run_persistence(nca)
    pd.testing.assert_frame_equal(nca.parameters, before)


def test_the_result_says_in_a_line_what_it_holds(result):
    assert repr(result) == "TimeToEvent(loss, 10 profiles: 3 seen, 3 censored, 4 never at risk; 3 groups)"


def test_it_is_a_public_name():
    assert carpk.run_persistence is run_persistence
