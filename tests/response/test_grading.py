"""Trials graded by hand: CRS and ICANS by day from components, within bounds where one is missing."""

import numpy as np
import pandas as pd
import pytest

from carpk import run_response
from carpk.errors import RulesError
from carpk.response.grading_table import METHOD, grade_records
from carpk.schema import Study

NO, YES = 0, 1
NAN = np.nan


def crs(subject, day, **components):
    return [(subject, day, f"crs_{name}", value) for name, value in components.items()]


def icans(subject, day, **components):
    keys = {"ice": "ice_score"}
    return [(subject, day, keys.get(name, f"icans_{name}"), value) for name, value in components.items()]


def study_of(assessments, *, temperatures=(), events=(), time_unit="day", **covariates):
    given = pd.DataFrame(assessments, columns=["subject", "time", "assessment", "value"])
    samples = pd.DataFrame(temperatures, columns=["subject", "time", "value"])
    samples = samples.assign(analyte="temperature", status="quantified", unit="degC")
    happened = pd.DataFrame(events, columns=["subject", "event", "time", "detail"])
    names = sorted({*given["subject"], *samples["subject"], *happened["subject"]})
    subjects = pd.DataFrame({"subject": names, "cohort": "low", **covariates})
    return Study(subjects, samples, happened, assessments=given, time_unit=time_unit)


def grades_of(study, subject="A"):
    table = grade_records(study)
    mine = table[table["subject"] == subject]
    return list(zip(mine["time"], mine["least"], mine["greatest"], strict=True))


def row(result, parameter, subject="A", analyte="crs"):
    table = result.parameters
    chosen = (table["parameter"] == parameter) & (table["subject"] == subject) & (table["analyte"] == analyte)
    return table[chosen].iloc[0]


@pytest.fixture(scope="module")
def trial():
    """Tell of three subjects: fever waived by tocilizumab; an unknown hypotension; low pressure without fever."""
    assessments = [
        *crs("A", 2, fever=YES, hypotension=0, hypoxia=0),
        *crs("A", 3, hypotension=1, hypoxia=0),  # its fever comes from the temperature
        *crs("A", 4, fever=NO, hypotension=2, hypoxia=0),
        *crs("A", 5, fever=NO, hypotension=0, hypoxia=0),
        *crs("B", 2, fever=YES, hypoxia=1),
        *crs("B", 3, fever=NO, hypotension=0, hypoxia=0),
        *crs("C", 2, fever=NO, hypotension=1, hypoxia=0),
    ]
    return study_of(
        assessments,
        temperatures=[("A", 3.2, 37.0), ("A", 3.8, 38.5)],
        events=[("A", "tocilizumab", 3.5, ""), ("C", "crs", 2, "grade 2")],
    )


def test_grades_of_the_days_are_those_worked_out_by_hand(trial):
    # Day 2 fever alone: 1. Day 3 fever, low pressure without vasopressor: 2. Day 4 one vasopressor, no fever, but
    # tocilizumab on a day with fever waived it: 3. Day 5 nothing: 0.
    assert grades_of(trial, "A") == [(2, 1, 1), (3, 2, 2), (4, 3, 3), (5, 0, 0)]
    # Low flow makes 2 at least; several vasopressors would make 4.
    assert grades_of(trial, "B") == [(2, 2, 4), (3, 0, 0)]
    # Low pressure without fever, and nothing that waived it: no CRS.
    assert grades_of(trial, "C") == [(2, 0, 0)]


def test_records_hold_their_components_and_why_a_grade_is_missing(trial):
    table = grade_records(trial)
    first, second = table[table["subject"] == "A"].iloc[1], table[table["subject"] == "B"].iloc[0]
    assert (first["fever"], first["fever_waived"], first["hypotension"], first["died"]) == (1, 1, 1, 0)
    assert np.isnan(second["hypotension"])
    assert np.isnan(second["grade"])
    assert second["reason"] == "COMPONENT_UNKNOWN"
    assert set(table["method"]) == {METHOD}
    assert (table["grade"].isna() == (table["reason"] != "")).all()


def test_the_course_comes_from_the_graded_days(trial):
    result = run_response(trial)
    found = [row(result, name) for name in ("grade_max", "onset_time", "duration")]
    assert [each["value"] for each in found] == [3, 2, 3]  # days 2, 3 and 4
    assert {each["method"] for each in found} == {METHOD}
    pd.testing.assert_frame_equal(result.grades, grade_records(trial))


def test_a_missing_component_leaves_the_highest_grade_within_bounds(trial):
    result = run_response(trial)
    highest = row(result, "grade_max", "B")
    assert np.isnan(highest["value"])
    assert (highest["reason"], highest["low"], highest["high"]) == ("COMPONENT_UNKNOWN", 2, 4)
    # It is CRS whatever the pressure, and gone on day 3.
    assert (row(result, "onset_time", "B")["value"], row(result, "duration", "B")["value"]) == (2, 1)


def test_a_recorded_grade_that_differs_is_flagged_and_told(trial):
    result = run_response(trial)
    highest = row(result, "grade_max", "C")
    assert (highest["value"], highest["flags"], highest["method"]) == (0, "GRADES_DIFFER", METHOD)
    assert row(result, "onset_time", "C")["reason"] == "NO_EVENT"
    lines = result.log[result.log["code"] == "GRADES_DIFFER"]
    assert list(lines["subject"]) == ["C"]
    assert "Recorded: 2; from components: 0." in lines["detail"].iloc[0]


def test_a_recorded_grade_within_the_bounds_stands():
    study = study_of(crs("A", 2, fever=YES, hypoxia=1), events=[("A", "crs", 2, "grade 3")])
    highest = row(run_response(study), "grade_max")
    assert (highest["value"], highest["method"], highest["flags"]) == (3, "as recorded", "")


def test_a_recorded_grade_outside_of_the_bounds_does_not_stand():
    study = study_of(crs("A", 2, fever=YES, hypoxia=1), events=[("A", "crs", 2, "grade 1")])
    highest = row(run_response(study), "grade_max")
    assert (highest["reason"], highest["low"], highest["high"]) == ("COMPONENT_UNKNOWN", 2, 4)
    assert highest["flags"] == "GRADES_DIFFER"


def test_subjects_without_components_keep_what_was_recorded():
    study = study_of(
        crs("A", 2, fever=NO, hypotension=0, hypoxia=0),
        events=[("B", "crs", 4, "grade 2"), ("B", "crs_end", 6, ""), ("C", "icans", 7, "grade 1")],
    )
    result = run_response(study)
    assert [row(result, name, "B")["value"] for name in ("grade_max", "onset_time", "duration")] == [2, 4, 3]
    assert row(result, "grade_max", "B")["method"] == "as recorded"
    assert row(result, "grade_max", "C")["reason"] == "NO_GRADE"
    assert row(result, "grade_max", "C", "icans")["value"] == 1


def test_an_event_still_there_at_the_last_record_lasts_at_least_so_long():
    days = [*crs("A", 1, fever=YES, hypotension=0, hypoxia=0), *crs("A", 3, fever=YES, hypotension=0, hypoxia=0)]
    lasting = row(run_response(study_of(days)), "duration")
    assert (lasting["reason"], lasting["low"], lasting["high"]) == ("NOT_RESOLVED", 3, np.inf)
    ended = study_of(days, events=[("A", "crs", 1, "grade 1"), ("A", "crs_end", 4, "")])
    assert row(run_response(ended), "duration")["value"] == 4


def test_an_event_that_may_not_have_been_has_an_onset_at_the_earliest():
    # Whether there was fever on day 2 is not known; on day 4 there surely was.
    days = [*crs("A", 2, hypotension=0, hypoxia=0), *crs("A", 4, fever=YES, hypotension=0, hypoxia=0)]
    onset = row(run_response(study_of(days)), "onset_time")
    assert (onset["reason"], onset["low"], onset["high"]) == ("COMPONENT_UNKNOWN", 2, 4)


def test_of_several_records_on_a_day_the_worst_counts():
    assessments = [
        *crs("A", 2.1, fever=YES, hypotension=2, hypoxia=0), *crs("A", 2.9, fever=NO, hypotension=0, hypoxia=0),
        *icans("A", 2.1, ice=9, consciousness=0, seizure=0, weakness=0, edema=0), *icans("A", 2.9, ice=5),
    ]  # fmt: skip
    assert grades_of(study_of(assessments)) == [(2, 3, 3), (2, 2, 2)]


def test_a_day_with_a_temperature_alone_is_graded_where_components_are_recorded():
    days = crs("A", 2, fever=YES, hypotension=0, hypoxia=0)
    assert grades_of(study_of(days, temperatures=[("A", 4, 36.8)])) == [(2, 1, 1), (4, 0, 0)]
    assert grade_records(study_of([], temperatures=[("A", 4, 39.0)])).empty


def test_a_day_before_the_infusion_is_not_graded():
    assert grades_of(study_of(crs("A", -1, fever=YES, hypotension=0, hypoxia=0))) == []


def test_steroids_before_any_fever_do_not_waive_it():
    days = [*crs("A", 2, fever=YES, hypotension=0, hypoxia=0), *crs("A", 3, fever=NO, hypotension=1, hypoxia=0)]
    early, late = ([("A", "corticosteroid", day, "")] for day in (1, 2))
    assert grades_of(study_of(days, events=early))[1] == (3, 0, 0)
    assert grades_of(study_of(days, events=late))[1] == (3, 2, 2)


def test_times_in_hours_are_graded_by_days_and_reported_in_hours():
    days = [*crs("A", 50, fever=YES, hypotension=0, hypoxia=0), *crs("A", 80, fever=NO, hypotension=0, hypoxia=0)]
    study = study_of(days, time_unit="h")
    assert grades_of(study) == [(2, 1, 1), (3, 0, 0)]
    assert (row(run_response(study), "onset_time")["value"], row(run_response(study), "duration")["value"]) == (48, 24)


def test_a_death_not_recorded_is_none_unless_the_study_records_deaths_and_the_subject_was_not_seen_again():
    days = {name: crs(name, 2, fever=YES, hypotension=0, hypoxia=0) for name in "ABC"}
    assert grades_of(study_of(days["A"])) == [(2, 1, 1)]
    died = [*days["A"], *crs("A", 2, death=YES), *days["B"], *days["C"]]
    study = study_of(died, temperatures=[("C", 9, 36.5)])
    assert [grades_of(study, name)[0] for name in "ABC"] == [(2, 5, 5), (2, 1, 5), (2, 1, 1)]


def test_neurotoxicity_takes_the_worst_component_and_bounds_a_missing_score():
    nothing = {"seizure": 0, "weakness": NO, "edema": 0}
    assessments = [
        *icans("A", 5, ice=10, consciousness=0, **nothing),
        *icans("A", 6, ice=2, consciousness=2, **nothing),  # 0 to 2 points: grade 3
        *icans("A", 7, consciousness=0, **nothing),  # without a score, grade 0 to 3
        *icans("A", 8, ice=8, consciousness=0, **(nothing | {"seizure": 2})),  # a prolonged seizure: 4
    ]
    assert grades_of(study_of(assessments)) == [(5, 0, 0), (6, 3, 3), (7, 0, 3), (8, 4, 4)]


def test_a_temperature_in_fahrenheit_is_refused():
    study = study_of(crs("A", 2, hypotension=0, hypoxia=0), temperatures=[("A", 2, 101.3)])
    with pytest.raises(RulesError, match="Fahrenheit"):
        run_response(study)


def test_other_subjects_and_the_order_of_records_change_nothing(trial):
    shuffled = Study(
        trial.subjects.iloc[::-1], trial.samples, trial.events, assessments=trial.assessments.iloc[::-1]
    )  # fmt: skip
    first, second = (run_response(each).parameters for each in (trial, shuffled))
    keys = ["subject", "analyte", "parameter"]
    both = [table.sort_values(keys, ignore_index=True) for table in (first, second)]
    pd.testing.assert_frame_equal(*both)
