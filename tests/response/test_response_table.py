"""run_response: every subject, every gap with its reason, the events, and the whole sample trials."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import carpk
from carpk import ResponseRules, run_recovery, run_response
from carpk.errors import RulesError
from carpk.reasons import REASONS
from carpk.schema import PARAMETERS
from carpk.terms import term

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
TRIALS = ("ultrafast_cd19_sle.csv", "cd19_childhood_sle.xlsx", "cd19_active_sle.csv", "cd19_bcma_lupus_nephritis")


def frame(rows, analyte="crp", unit="mg/L", **columns):
    table = pd.DataFrame(rows, columns=["subject", "time", "value"])
    return table.assign(analyte=analyte, unit=unit, **columns)


def rows_of(result, parameter, analyte=None):
    table = result.parameters
    table = table[table["parameter"] == parameter]
    return (table if analyte is None else table[table["analyte"] == analyte]).set_index("subject")


def at(result, parameter, subject="A", column="value"):
    return rows_of(result, parameter).loc[subject, column]


@pytest.fixture(scope="module", params=TRIALS)
def trial(request):
    return carpk.read_study(SAMPLE_DATA / request.param)


def test_every_subject_is_in_the_table_and_every_gap_has_a_reason(trial):
    result = run_response(trial)
    table = result.parameters
    for _, of_parameter in table.groupby(["analyte", "parameter"]):
        assert sorted(of_parameter["subject"]) == sorted(trial.subjects["subject"])
    assert (table["value"].isna() == (table["reason"] != "")).all()
    assert set(table["reason"]) <= {"", *REASONS}
    assert list(table.columns) == [column.name for column in PARAMETERS]


def test_every_parameter_is_a_term_in_its_unit(trial):
    result = run_response(trial)
    for row in result.parameters.drop_duplicates(["analyte", "parameter"]).itertuples():
        assert row.unit == term(row.parameter).unit(
            trial.samples.loc[trial.samples["analyte"] == row.analyte, "unit"].iloc[0]
            if (trial.samples["analyte"] == row.analyte).any()
            else "",
            trial.time_unit,
        )


def test_the_order_of_the_samples_does_not_matter(trial):
    shuffled = trial.samples.sample(frac=1, random_state=7)
    again = carpk.Study(trial.subjects, shuffled, trial.events, trial.log, trial.origins, trial.time_unit, trial.title)
    pd.testing.assert_frame_equal(run_response(trial).parameters, run_response(again).parameters)


def test_another_subject_changes_nothing(trial):
    first = trial.subjects["subject"].iloc[0]
    alone = carpk.Study(
        trial.subjects[trial.subjects["subject"] == first],
        trial.samples[trial.samples["subject"] == first],
        trial.events[trial.events["subject"] == first],
        time_unit=trial.time_unit,
    )
    mine = run_response(trial).parameters.query("subject == @first")
    own = run_response(alone).parameters
    both = mine.merge(own, on=["analyte", "parameter"], suffixes=("", "_alone"))
    assert len(both) == len(own)
    np.testing.assert_array_equal(both["value"], both["value_alone"])
    np.testing.assert_array_equal(both["low"], both["low_alone"])


def test_the_input_is_left_as_it_was(trial):
    before = trial.samples.copy()
    run_response(trial)
    pd.testing.assert_frame_equal(trial.samples, before)


def test_a_peak_of_more_than_5000_stays_that():
    result = run_response(frame([("A", 0, "3"), ("A", 7, ">5000"), ("A", 28, "4")], "il6", "pg/mL"))
    row = rows_of(result, "peak").loc["A"]
    assert (row["reason"], row["low"], row["high"]) == ("ABOVE_ULOQ", 5000.0, np.inf)


def test_different_levels_at_one_time_are_refused_and_named():
    data = frame([("A", 0, 3), ("A", 7, 10), ("A", 7, 20), ("B", 0, 3), ("B", 7, 10)])
    result = run_response(data)
    assert at(result, "peak", column="reason") == "DUPLICATE_TIMES"
    assert at(result, "peak", "B") == 10.0
    (line,) = result.log[result.log["code"] == "PROFILE_REFUSED"].itertuples()
    assert line.subject == "A"
    assert "day 7" in line.detail


def test_different_levels_at_one_time_can_be_resolved_to_the_larger():
    data = frame([("A", 0, 3), ("A", 7, "10"), ("A", 7, ">500"), ("A", 14, 20)])
    result = run_response(data, ResponseRules(duplicates="max"))
    assert at(result, "peak", column="low") == 500.0


def test_different_levels_before_the_infusion_are_refused_too():
    result = run_response(frame([("A", -3, 3), ("A", -3, 30), ("A", 7, 10)]))
    assert at(result, "baseline", column="reason") == "DUPLICATE_TIMES"


def test_lymphodepletion_from_events_beats_the_day_of_the_rules():
    samples = pd.DataFrame(
        {"subject": ["A"] * 4, "time": [-9.0, -6.0, 7.0, 28.0], "value": [90.0, 60.0, 2.0, 2.0], "analyte": "b_cells"}
    ).assign(unit="cells/uL", status="quantified")
    subjects = pd.DataFrame({"subject": ["A"]})
    events = pd.DataFrame({"subject": ["A"], "event": ["lymphodepletion"], "time": [-7.0], "detail": [""]})
    given = run_response(carpk.Study(subjects, samples, events))
    assumed = run_response(carpk.Study(subjects, samples))
    assert (at(given, "baseline"), at(given, "baseline", column="flags")) == (90.0, "")
    assert (at(assumed, "baseline"), at(assumed, "baseline", column="flags")) == (60.0, "LYMPHODEPLETION_ASSUMED")
    assert (assumed.log["code"] == "LYMPHODEPLETION_ASSUMED").any()


def test_without_a_day_of_lymphodepletion_there_is_no_baseline_before_it():
    data = frame([("A", -7, 90), ("A", 7, 2)], "b_cells", "cells/uL")
    result = run_response(data, ResponseRules(lymphodepletion_day=None))
    assert at(result, "baseline", column="reason") == "NO_BASELINE"


def test_the_threshold_is_converted_to_the_unit_of_the_levels():
    data = frame([("A", -7, 0.2), ("A", 7, 0.009), ("A", 28, 0.010), ("A", 60, 0.02)], "b_cells", "10^9/L")
    result = run_response(data)
    assert at(result, "depletion_time") == 7.0
    assert at(result, "recovery_time") == 28.0


def test_b_cells_as_a_share_need_a_threshold_that_is_one():
    data = frame([("A", -7, 12.0), ("A", 7, 0.4), ("A", 28, 1.0), ("A", 60, 3.0)], "b_cells", "%")
    assert at(run_response(data), "depletion_time", column="reason") == "THRESHOLD_UNIT"
    result = run_response(data, ResponseRules(b_cell_threshold=1.0, b_cell_unit="%"))
    assert at(result, "depletion_time") == 7.0
    assert at(result, "recovery_time") == 28.0


def test_the_naive_share_is_taken_at_recovery():
    cells = frame([("A", -7, 90), ("A", 7, 2), ("A", 60, 30), ("A", 90, 50)], "b_cells", "cells/uL")
    naive = frame([("A", -7, 55), ("A", 61, 80), ("A", 90, 70)], "b_cells_naive", "%")
    result = run_response(pd.concat([cells, naive]))
    assert at(result, "naive_share") == 80.0


def test_visits_tell_how_far_b_cells_are_depleted():
    data = frame([("A", -7, 200), ("A", 7, 20), ("A", 14, "<1"), ("A", 28, 5)], "b_cells", "cells/uL", lloq=1.0)
    visits = run_response(data).visits
    assert visits["time"].tolist() == [7.0, 14.0, 28.0]
    assert visits["state"].tolist() == ["not depleted", "depleted", "depleted"]
    assert visits["complete"].tolist() == [False, True, False]
    np.testing.assert_allclose(visits["percent_of_baseline"], [10.0, np.nan, 2.5])
    np.testing.assert_allclose(visits["percent_high"], [10.0, 0.5, 2.5])


def study_with_events(events, **covariates):
    subjects = pd.DataFrame({"subject": ["A", "B", "C"], **covariates})
    samples = frame([("A", 0, 1.0)]).assign(status="quantified")
    return carpk.Study(subjects, samples, pd.DataFrame(events, columns=["subject", "event", "time", "detail"]))


def test_grades_onset_and_duration_of_crs_come_from_events():
    result = run_response(
        study_with_events([("A", "crs", 3.0, "grade 1"), ("A", "crs", 5.0, "Grade 3"), ("A", "crs_end", 9.0, "")])
    )
    assert at(result, "grade_max") == 3.0
    assert at(result, "onset_time") == 3.0
    # Days 3 to 9, both counted.
    assert at(result, "duration") == 7.0
    assert at(result, "grade_max", "B", "reason") == "NO_GRADE"


def test_a_covariate_says_who_had_no_crs_and_the_larger_grade_counts():
    result = run_response(study_with_events([("A", "crs", 3.0, "grade 1")], crs_grade=[2.0, 0.0, np.nan]))
    assert [at(result, "grade_max", subject) for subject in "AB"] == [2.0, 0.0]
    assert at(result, "onset_time", "B", "reason") == "NO_EVENT"
    assert at(result, "grade_max", "C", "reason") == "NO_GRADE"


def test_crs_without_a_grade_or_an_end_says_so():
    result = run_response(study_with_events([("A", "crs", 3.0, "fever")]))
    assert at(result, "grade_max", column="reason") == "NO_GRADE"
    assert at(result, "onset_time") == 3.0
    assert at(result, "duration", column="reason") == "END_UNKNOWN"


def test_a_grade_of_0_beside_a_recorded_event_is_no_grade():
    result = run_response(study_with_events([("A", "crs", 3.0, "")], crs_grade=[0.0, 0.0, 0.0]))
    assert at(result, "grade_max", column="reason") == "NO_GRADE"
    assert at(result, "grade_max", "B") == 0.0


def test_a_grade_in_words_among_the_subjects_is_read():
    result = run_response(study_with_events([("A", "crs", 3.0, "")], crs_grade=["Grade 2", "0", "III"]))
    assert [at(result, "grade_max", subject) for subject in "ABC"] == [2.0, 0.0, 3.0]


def test_doses_before_the_infusion_are_premedication():
    result = run_response(study_with_events([("A", "corticosteroid", -1.0, ""), ("A", "corticosteroid", 6.0, "")]))
    assert (at(result, "first_time"), at(result, "doses")) == (6.0, 1.0)


def test_treatments_have_a_first_day_and_a_number_of_doses():
    events = [("A", "tocilizumab", 4.0, ""), ("A", "tocilizumab", 3.0, ""), ("B", "tocilizumab", np.nan, "")]
    result = run_response(study_with_events(events))
    assert at(result, "first_time") == 3.0
    assert at(result, "first_time", "B", "reason") == "TREATMENT_UNDATED"
    assert at(result, "first_time", "C", "reason") == "NOT_TREATED"
    assert [at(result, "doses", subject) for subject in "ABC"] == [2.0, 1.0, 0.0]


def test_an_event_that_the_study_does_not_record_is_not_reported():
    assert "icans" not in set(run_response(study_with_events([("A", "crs", 3.0, "grade 1")])).parameters["analyte"])


def test_an_unknown_analyte_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no analyte 'crpp'.*Did you mean 'crp'"):
        run_response(frame([("A", 0, 1)]), analytes=["crpp"])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"duplicates": "refues"}, r"duplicates must be one of .* Did you mean 'refuse'"),
        ({"b_cell_threshold": -1}, "b_cell_threshold must be a positive number"),
        ({"b_cell_unit": "mg/L"}, "b_cell_unit must be a unit of cells per volume"),
        ({"recovery_visits": 0}, "recovery_visits must be 1 or more"),
        ({"lymphodepletion_day": 3}, "lymphodepletion_day must lie before day 0"),
        ({"limits": {"crp": 0}}, "limit of 'crp' must be a positive number"),
        ({"marker_days": float("inf")}, "marker_days must be a positive number"),
        ({"visit_window": -1}, "visit_window must be zero or more days"),
    ],
)
def test_a_choice_that_is_none_is_refused(choices, message):
    with pytest.raises(RulesError, match=message):
        ResponseRules(**choices)


def test_an_unknown_choice_of_the_settings_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no choice 'recovery_visit'.*Did you mean 'recovery_visits'"):
        ResponseRules.from_mapping({"recovery_visit": 1})


def test_recovery_is_a_time_to_event_with_everybody_in_it():
    cells = [
        *[("back", day, level) for day, level in ((-7, 90), (7, 2), (60, 30), (90, 50))],
        *[("gone", day, level) for day, level in ((-7, 90), (7, 2), (60, 3))],
        *[("never", day, level) for day, level in ((-7, 90), (7, 40), (60, 30))],
        *[("before", day, level) for day, level in ((-7, 3), (7, 2), (60, 30))],
    ]
    result = run_recovery(run_response(frame(cells, "b_cells", "cells/uL")), by=None)
    told = result.subjects.set_index("subject")
    assert told["censoring"].to_dict() == {"back": "interval", "gone": "right", "never": "never", "before": "never"}
    assert (told.loc["back", "left"], told.loc["back", "right"], told.loc["back", "time"]) == (7.0, 60.0, 60.0)
    assert told.loc["gone", "time"] == 60.0
    assert told.loc["before", "reason"] == "DEPLETED_AT_BASELINE"
    assert result.medians[["N", "never", "n", "events", "censored"]].iloc[0].tolist() == [4, 2, 2, 1, 1]
