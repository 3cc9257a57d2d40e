import numpy as np
import pandas as pd
import pytest
from endpoints.by_hand import BASELINE, GOOD, NAN, rows, run, study_of

import carpk
from carpk.endpoints.names import COMPONENTS, endpoint_label
from carpk.errors import DataError
from carpk.reasons import FLAGS, REASONS, split_flags
from carpk.schema import Study
from carpk.terms import term


def cell(result, endpoint, *, day=28, subject="S1", component="", column="value"):
    table = result.visits
    chosen = (table["subject"] == subject) & (table["endpoint"] == endpoint) & (table["component"] == component)
    return table.loc[chosen & (table["time"] == day), column].item()


def trial(**now):
    return [*rows("S1", 0, **BASELINE), *rows("S1", 28, **{**GOOD, **now})]


def test_a_responder_has_every_component_and_no_reason():
    result = run(trial())
    for endpoint in ("sri_4", "lldas", "doris"):
        assert cell(result, endpoint) == 1
        assert cell(result, endpoint, column="reason") == ""
    mine = result.visits[result.visits["endpoint"] == "sri_4"]
    assert list(mine["component"]) == [
        "", "sledai_improved", "no_new_bilag_a", "at_most_one_new_bilag_b", "pga_not_worse", "no_treatment_failure",
    ]  # fmt: skip
    assert (mine["value"] == 1).all()
    assert set(mine["method"]) == {"trial"}


def test_numbers_come_with_their_change_from_baseline():
    result = run(trial())
    assert cell(result, "sledai_2k", component="change") == -10
    assert cell(result, "pga", component="change") == -1.6
    assert cell(result, "bilag_2004") == 9
    assert cell(result, "prednisolone", column="unit") == "mg/day"


def test_a_missing_input_is_imputed_visibly_by_default_and_left_open_as_observed():
    lacking = [row for row in trial() if row["assessment"] != "pga" or row["time"] == 0]
    other = [*rows("S2", 0, **BASELINE), *rows("S2", 28, **GOOD)]
    imputed, observed = run([*lacking, *other]), run([*lacking, *other], missing="as_observed")
    assert cell(imputed, "doris") == 0
    assert np.isnan(cell(imputed, "doris", column="observed"))
    assert cell(imputed, "doris", column="flags") == "IMPUTED_MISSING"
    assert cell(imputed, "doris", column="missing") == "low_pga"
    assert np.isnan(cell(observed, "doris"))
    assert cell(observed, "doris", column="reason") == "INPUT_MISSING"
    assert cell(observed, "doris", component="low_pga", column="reason") == "INPUT_MISSING"


def test_a_missing_baseline_is_named_as_the_reason():
    assessments = [*rows("S1", 28, **GOOD), *rows("S2", 0, **BASELINE), *rows("S2", 28, **GOOD)]
    result = run(assessments, missing="as_observed")
    assert cell(result, "sri_4", column="reason") == "NO_BASELINE"
    assert cell(result, "sri_4", component="sledai_improved", column="reason") == "NO_BASELINE"
    assert cell(result, "sledai_2k", component="change", column="reason") == "NO_BASELINE"
    assert cell(result, "doris") == 1  # a state needs none


def test_subjects_who_dropped_out_count_at_every_later_planned_visit():
    assessments = [*trial(), *rows("S1", 84, **GOOD), *rows("S2", 0, **BASELINE), *rows("S2", 28, **GOOD)]
    events = [("S2", "drop_out", 40.0)]
    result = run(assessments, events)
    assert cell(result, "sri_4", subject="S2", day=84) == 0
    assert cell(result, "sri_4", subject="S2", day=84, column="flags") == "IMPUTED_LEFT_STUDY"
    observed = run(assessments, events, drop_out="as_observed")
    assert cell(observed, "sri_4", subject="S2", day=84, column="reason") == "LEFT_STUDY"


@pytest.mark.parametrize("event", ["drop_out", "death"])
def test_a_subject_who_left_at_an_unknown_time_left_after_the_last_visit(event):
    assessments = [*trial(), *rows("S1", 84, **GOOD), *rows("S2", 0, **BASELINE), *rows("S2", 28, **GOOD)]
    result = run(assessments, [("S2", event, NAN)])
    assert cell(result, "sri_4", subject="S2", day=28) == 1
    assert cell(result, "sri_4", subject="S2", day=84, column="flags") == "IMPUTED_LEFT_STUDY"


def test_a_visit_not_yet_reached_is_not_a_failure():
    assessments = [*trial(), *rows("S1", 84, **GOOD), *rows("S2", 0, **BASELINE), *rows("S2", 28, **GOOD)]
    result = run(assessments)
    late = result.visits[(result.visits["subject"] == "S2") & (result.visits["time"] == 84)]
    assert late.empty
    assert result.summary.query("nominal_time == 84 and endpoint == 'sri_4' and component == ''")["N"].item() == 1


def test_a_planned_visit_that_was_missed_is():
    assessments = [
        *trial(), *rows("S1", 84, **GOOD), *rows("S2", 0, **BASELINE), *rows("S2", 84, **GOOD),
    ]  # fmt: skip
    result = run(assessments)
    assert cell(result, "sri_4", subject="S2", day=28) == 0
    assert cell(result, "sri_4", subject="S2", day=28, column="flags") == "IMPUTED_MISSING"
    assert cell(result, "sledai_2k", subject="S2", day=28, column="reason") == "NOT_ASSESSED"


def test_a_laboratory_value_is_missed_only_where_the_plan_has_it():
    assessments = [
        *rows("S1", 0, **BASELINE, upcr=2.0, egfr=90),
        *rows("S1", 28, **GOOD),
        *rows("S1", 84, **GOOD, upcr=0.3, egfr=90),
    ]
    result = run(assessments)
    kidney = result.visits[result.visits["endpoint"].isin(["kdigo_complete", "upcr"])]
    assert set(kidney["time"]) == {0, 84}
    assert cell(result, "kdigo_complete", day=84) == 1


def test_rescue_medication_fails_responses_from_then_on_but_not_states():
    assessments = [*trial(), *rows("S1", 84, **GOOD)]
    result = run(assessments, [("S1", "rescue_medication", 60.0)])
    assert [cell(result, "sri_4", day=day) for day in (28, 84)] == [1, 0]
    assert cell(result, "sri_4", day=84, component="no_treatment_failure") == 0
    assert cell(result, "doris", day=84) == 1
    ignored = run(assessments, [("S1", "rescue_medication", 60.0)], rescue="ignore")
    assert cell(ignored, "sri_4", day=84) == 1


def test_an_unplanned_visit_decides_where_it_can_and_is_never_imputed():
    extra = rows("S1", 40, planned=False, sledai_2k=0, pga=0.4, prednisolone_dose=0)
    lacking = rows("S1", 50, planned=False, sledai_2k=4, pga=0.4, prednisolone_dose=0)
    result = run([*trial(pga=2.0), *extra, *lacking])
    assert cell(result, "doris", day=40) == 1
    assert np.isnan(cell(result, "doris", day=50))
    assert set(result.summary["nominal_time"]) == {0, 28}
    first = result.parameters.query("analyte == 'doris' and parameter == 'time_to_attainment'")
    assert first["value"].item() == 40


def test_endpoints_that_the_study_has_no_data_for_are_named_and_not_counted_as_failures():
    result = run([row for row in trial() if not row["assessment"].startswith("bilag")])
    assert "sri_4" not in set(result.visits["endpoint"])
    assert result.absent == [
        "SRI-4 was not computed: the study has no BILAG-2004.",
        "BICLA was not computed: the study has no BILAG-2004.",
    ]


def test_bicla_counts_only_those_active_at_baseline():
    active = {**BASELINE, "bilag_renal": "A"}
    improved = {**GOOD, "bilag_renal": "B"}
    assessments = [*trial(), *rows("S2", 0, **active), *rows("S2", 28, **improved)]
    result = run(assessments)
    assert cell(result, "bicla", column="reason") == "NOT_APPLICABLE"
    assert cell(result, "bicla", subject="S2") == 1
    line = result.summary.query("endpoint == 'bicla' and component == ''")
    assert (line["N"].item(), line["n"].item(), line["not_applicable"].item()) == (1, 1, 1)


def test_seroconversion_and_normalization_concern_those_abnormal_at_baseline():
    limits = {"lln": 0.9, "uln": 25.0}
    assessments = [
        *rows("S1", 0, limits=limits, c3=0.5, anti_dsdna=100), *rows("S1", 28, limits=limits, c3=0.9, anti_dsdna=25),
        *rows("S2", 0, limits=limits, c3=1.2, anti_dsdna=10), *rows("S2", 28, limits=limits, c3=0.5, anti_dsdna=30),
    ]  # fmt: skip
    result = run(assessments)
    assert cell(result, "c3_normalized") == 1
    assert cell(result, "anti_dsdna_seroconverted") == 1
    assert cell(result, "anti_dsdna", component="percent_change") == -75
    assert cell(result, "c3_normalized", subject="S2", column="reason") == "NOT_APPLICABLE"


@pytest.mark.parametrize(
    ("start", "value", "reason"),
    [(0.5, NAN, "NOT_APPLICABLE"), (0.51, 1.0, ""), (NAN, NAN, "NO_BASELINE")],
)
def test_renal_responses_concern_those_with_more_than_half_a_gram_at_baseline(start, value, reason):
    first = {"egfr": 90} if np.isnan(start) else {"egfr": 90, "upcr": start}
    result = run([*rows("S1", 0, **first), *rows("S1", 28, egfr=90, upcr=0.2)])
    np.testing.assert_array_equal(cell(result, "kdigo_complete"), value)
    assert cell(result, "kdigo_complete", column="reason") == reason


def test_without_limits_of_normal_nobody_can_normalize_and_the_log_says_so():
    result = run([*rows("S1", 0, c3=0.5), *rows("S1", 28, c3=1.2)])
    assert "c3_normalized" not in set(result.visits["endpoint"])
    assert result.absent == ["C3 normalization was not computed: the study has no lower limits of normal."]


def test_words_of_antibodies_are_enough_for_seroconversion():
    result = run([*rows("S1", 0, ana="positive"), *rows("S1", 28, ana="negative")])
    assert cell(result, "ana_seroconverted") == 1
    assert cell(result, "ana", column="reason") == "INPUT_MISSING"


def test_filtration_comes_from_creatinine_age_and_sex_and_from_height_in_children():
    subjects = pd.DataFrame({"subject": ["S1", "S2"], "age": [40, 12], "sex": ["F", "M"], "ht_cm": ["", ""]})
    subjects["height"] = [NAN, 100]
    assessments = [*rows("S1", 0, creatinine=0.7), *rows("S2", 0, creatinine=0.5)]
    result = carpk.run_endpoints(study_of(assessments, subjects=subjects))
    assert cell(result, "egfr", day=0) == pytest.approx(142 * 0.9938**40 * 1.012)
    assert cell(result, "egfr", day=0, subject="S2") == pytest.approx(82.6)


def test_a_creatinine_without_age_or_sex_gives_no_filtration_and_says_so():
    result = run(rows("S1", 0, creatinine=0.7))
    assert cell(result, "egfr", day=0, column="reason") == "INPUT_MISSING"


def test_a_height_that_is_not_in_cm_is_refused():
    subjects = pd.DataFrame({"subject": ["S1"], "age": [12], "sex": ["F"], "height": [1.4]})
    with pytest.raises(DataError, match=r"Subject 'S1': a height of 1\.4 cannot be in cm"):
        carpk.run_endpoints(study_of(rows("S1", 0, creatinine=0.7), subjects=subjects))


def test_the_summary_counts_with_exact_intervals_by_cohort_and_for_all():
    assessments, people = [], []
    for number in range(10):
        name, cohort = f"S{number}", "low" if number < 4 else "high"
        people.append((name, cohort, 1.0 if cohort == "low" else 2.0))
        assessments += [*rows(name, 0, **BASELINE), *rows(name, 28, **{**GOOD, "pga": 0.4 if number < 5 else 2.0})]
    subjects = pd.DataFrame(people, columns=["subject", "cohort", "dose"])
    summary = carpk.run_endpoints(study_of(assessments, subjects=subjects)).summary
    lines = summary.query("endpoint == 'doris' and component == ''").set_index("cohort")
    assert list(lines.index) == ["low", "high", "All"]
    assert list(lines["N"]) == [4, 6, 10]
    assert list(lines["n"]) == [4, 1, 5]
    assert lines.loc["low", "low"] == pytest.approx(100 * 0.025**0.25)
    assert lines.loc["All", "percent"] == 50
    scores = summary.query("endpoint == 'sledai_2k' and component == 'change' and cohort == 'All'")
    assert (scores["mean"].item(), scores["sd"].item(), scores["median"].item()) == (-10, 0, -10)
    assert scores["n"].isna().all()


def test_attainment_stands_in_the_parameters_by_subject():
    assessments = [*trial(pga=2.0), *rows("S1", 84, **GOOD), *rows("S1", 168, **GOOD)]
    table = run(assessments).parameters
    mine = table[table["analyte"] == "doris"].set_index("parameter")
    assert list(mine["value"]) == [84, 84, 2]
    assert set(mine["source"]) == {"endpoints"}
    assert list(mine["unit"]) == ["day", "day", "1"]
    assert all(term(key).key == key for key in mine.index)


def test_never_attained_has_its_reason():
    table = run(trial(pga=2.0)).parameters
    mine = table[table["analyte"] == "doris"].set_index("parameter")
    assert list(mine["reason"]) == ["NEVER_ATTAINED", "NEVER_SUSTAINED", ""]
    assert mine.loc["visits_attained", "value"] == 0


def everything():
    first = {**BASELINE, "upcr": 2.0, "egfr": 90, "c3": 0.5, "bilag_renal": "A", "immunosuppressant": 1}
    later = {**GOOD, "upcr": 0.3, "egfr": 90, "c3": 1.0, "bilag_renal": "B", "immunosuppressant": 0}
    assessments = [*rows("S1", 0, **first), *rows("S1", 28, **later), *rows("S2", 0, **first), *rows("S2", 84, **later)]
    return run(assessments, [("S1", "drop_out", 60.0)], sri_points=[4, 8])


def test_a_value_is_missing_exactly_where_a_reason_is_given_and_codes_are_known():
    result = everything()
    for table in (result.visits, result.parameters):
        np.testing.assert_array_equal(table["value"].isna(), table["reason"] != "")
        assert set(table["reason"]) - {""} <= set(REASONS)
        assert {code for flags in table["flags"] for code in split_flags(flags)} <= set(FLAGS)


def test_every_endpoint_and_component_has_a_label():
    visits = everything().visits
    assert all(endpoint_label(key) for key in visits["endpoint"].unique())
    assert set(visits["component"]) - {""} <= set(COMPONENTS)


def test_every_subject_and_endpoint_is_in_the_parameters():
    result = everything()
    counts = result.parameters.groupby("analyte")["subject"].nunique()
    assert (counts == 2).all()
    assert {"sri_4", "sri_8", "bicla", "lldas", "doris", "drug_free", "aurora_crr"} <= set(counts.index)


def test_another_subject_changes_nothing():
    alone = run(trial()).visits
    other = [*rows("S0", 0, **BASELINE), *rows("S0", 28, **{**GOOD, "sledai_2k": 20})]
    both = run([*trial(), *other]).visits
    pd.testing.assert_frame_equal(both[both["subject"] == "S1"].reset_index(drop=True), alone)


def test_the_order_of_the_rows_changes_nothing():
    study = study_of([*trial(), *rows("S1", 84, **GOOD)])
    turned = Study(study.subjects, study.samples, study.events, assessments=study.assessments[::-1])
    pd.testing.assert_frame_equal(carpk.run_endpoints(turned).visits, carpk.run_endpoints(study).visits)


def test_times_in_weeks_give_the_same_answers():
    days = [*trial(), *rows("S1", 84, **GOOD)]
    weeks = [{**row, "time": row["time"] / 7, "nominal_time": row["nominal_time"] / 7} for row in days]
    by_day = carpk.run_endpoints(study_of(days))
    by_week = carpk.run_endpoints(study_of(weeks, time_unit="week"))
    np.testing.assert_allclose(by_week.visits["value"], by_day.visits["value"])
    np.testing.assert_allclose(by_week.visits["time"] * 7, by_day.visits["time"])
    assert set(by_week.parameters.query("parameter == 'time_to_attainment'")["unit"]) == {"week"}


def test_nothing_is_written_into_the_study():
    study = study_of(trial())
    before = study.assessments.copy()
    carpk.run_endpoints(study)
    pd.testing.assert_frame_equal(study.assessments, before)


def test_what_was_recorded_twice_alike_counts_once_and_what_differs_is_refused():
    again = rows("S1", 28, sledai_2k=0)
    assert cell(run([*trial(), *again]), "sledai_2k") == 0
    with pytest.raises(DataError, match=r"Subject 'S1', day 28: sledai_2k stands twice and differs"):
        run([*trial(), *rows("S1", 28, sledai_2k=2)])


def test_a_score_that_contradicts_its_items_is_refused():
    with pytest.raises(DataError, match=r"Subject 'S1', day 0: the scores of SLEDAI-2K cannot be those of the items"):
        run(rows("S1", 0, sledai_2k=2, sledai_arthritis=1))


def test_one_antibody_in_two_units_is_refused():
    assessments = [
        *rows("S1", 0, limits={"unit": "IU/mL"}, anti_dsdna=9),
        *rows("S1", 28, limits={"unit": "U/mL"}, anti_dsdna=9),
    ]
    with pytest.raises(DataError, match="anti_dsdna: 'IU/mL' and 'U/mL'"):
        run(assessments)


def test_a_study_without_assessments_is_refused():
    study = study_of(trial())
    with pytest.raises(DataError, match="The study has no assessments"):
        carpk.run_endpoints(Study(study.subjects, study.samples))


def test_a_plain_table_is_taken_too():
    table = pd.DataFrame(
        [("S1", 0, "SLEDAI-2K", 10), ("S1", 28, "SLEDAI-2K", 2), ("S1", 0, "PGA", 2), ("S1", 28, "PGA", 1)],
        columns=["subject", "day", "assessment", "value"],
    )
    result = carpk.run_endpoints(table, carpk.EndpointRules(sri="without_bilag"))
    assert result.visits.query("endpoint == 'sri_4' and component == ''")["value"].tolist() == [1.0]


def test_components_of_crs_grades_are_no_visits():
    safety = rows("S1", 3, crs_fever=1, crs_hypotension=2, ice_score=7)
    pd.testing.assert_frame_equal(run([*trial(), *safety]).visits, run(trial()).visits)
    with pytest.raises(DataError, match="no assessments, such as SLEDAI-2K"):
        run(safety)
