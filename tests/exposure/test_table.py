import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

import carpk
from carpk.errors import DataError, RulesError, UnitError
from carpk.exposure.cautions import CAUTIONS


def only(table, **wanted):
    """The rows of a table with these words in these columns."""
    for column, word in wanted.items():
        table = table[table[column] == word]
    return table


def line(table, **wanted):
    rows = only(table, **wanted)
    assert len(rows) == 1
    return rows.iloc[0]


def test_every_subject_stands_once_beside_every_exposure_and_outcome(result):
    counts = result.pairs.groupby(["exposure", "outcome_analyte", "outcome"])["subject"].agg(["size", "nunique"])
    assert (counts == 11).all(axis=None)
    assert len(counts) == 2 * 5


def test_a_value_is_missing_exactly_where_a_reason_is_given(result):
    for side in ("exposure", "outcome"):
        missing = result.pairs[f"{side}_value"].isna()
        pd.testing.assert_series_equal(missing, result.pairs[f"{side}_reason"] != "", check_names=False)
    for name, value in (("associations", "value"), ("logistic", "slope"), ("proportions", "share")):
        table = getattr(result, name)
        pd.testing.assert_series_equal(table[value].isna(), table["reason"] != "", check_names=False)
    pd.testing.assert_series_equal(
        result.time_to_event["median"].isna(), result.time_to_event["reason"] != "", check_names=False
    )


def test_exposures_are_those_of_the_analysis(result):
    five = only(result.pairs, subject="5", outcome="peak").set_index("exposure")["exposure_value"]
    assert five["cmax"] == 5000.0
    assert five["auc_0_28d"] == pytest.approx(5 * 12600, rel=1e-12)


@pytest.mark.parametrize(
    ("subject", "outcome", "reasons"),
    [
        ("unsampled", "peak", ("NO_SAMPLES", "")),
        ("9", "peak", ("", "NOT_REPORTED")),
        ("7", "peak", ("", "ABOVE_ULOQ")),
        ("never", "recovery_time", ("", "NOT_DEPLETED")),
        ("never", "sri4", ("", "NOT_ASSESSED")),
    ],
)
def test_who_lacks_a_value_says_why(result, subject, outcome, reasons):
    row = line(result.pairs, subject=subject, outcome=outcome, exposure="cmax")
    assert (row["exposure_reason"], row["outcome_reason"]) == reasons


def test_a_peak_above_the_limit_keeps_its_interval(result):
    row = line(result.pairs, subject="7", outcome="peak", exposure="cmax")
    assert (row["outcome_low"], row["outcome_high"]) == (70.0, math.inf)


def test_a_known_value_is_its_own_interval(result):
    row = line(result.pairs, subject="6", outcome="peak", exposure="cmax")
    assert (row["outcome_low"], row["outcome_high"]) == (65.0, 65.0)


def test_tau_counts_the_pair_above_the_limit_as_undetermined(result):
    # 1 to 8 and the one without cells: 36 pairs, of which only that of 7 and 8 is not known, all others concordant.
    row = line(result.associations, outcome="peak", exposure="cmax", statistic="kendall")
    assert row["value"] == pytest.approx(35 / math.sqrt(36 * 35), rel=1e-12)
    assert (row["least"], row["greatest"]) == (pytest.approx(34 / 36, rel=1e-12), pytest.approx(1.0, rel=1e-12))
    assert (row["N"], row["n"], row["n_censored"], row["undetermined"]) == (11, 9, 2, 1)


@pytest.mark.parametrize("statistic", ["spearman", "pearson_log"])
def test_correlations_that_cannot_stand_a_limit_are_refused_where_there_is_one(result, statistic):
    row = line(result.associations, outcome="peak", exposure="cmax", statistic=statistic)
    assert (math.isnan(row["value"]), row["reason"]) == (True, "CENSORED_VALUES")


def test_the_correlation_of_logarithms_leaves_out_zeros_and_counts_them(nca, outcomes):
    known = outcomes[(outcomes["analyte"] == "il6") & outcomes["value"].notna()]
    found = carpk.exposure_response(nca, known)
    row = line(found.associations, exposure="cmax", statistic="pearson_log")
    number = np.arange(1.0, 7.0)
    expected = np.corrcoef(np.log(number), np.log(10 * number + 5))[0, 1]
    assert row["value"] == pytest.approx(expected, rel=1e-12)
    assert (row["N"], row["n"], row["n_zero"]) == (11, 6, 1)


def test_grades_have_ranks_and_no_logarithms(result):
    assert only(result.associations, outcome="grade_max", exposure="cmax")["statistic"].tolist() == [
        "kendall",
        "spearman",
    ]


def test_responses_and_treatments_are_not_correlated(result):
    assert set(result.associations["outcome"]) == {"peak", "grade_max", "recovery_time"}


def test_no_table_has_a_p_value(result):
    tables = [result.associations, result.logistic, result.proportions, result.by_outcome, result.time_to_event]
    assert not {column for table in tables for column in table} & {"p", "p_value", "pvalue"}


def test_the_regression_solves_the_modified_score_of_firth(result):
    row = line(result.logistic, exposure="cmax")
    design = np.column_stack([np.ones(8), np.log(1000.0 * np.arange(1, 9))])
    answer = np.array([0, 0, 1, 0, 1, 1, 1, 1.0])
    chance = expit(design @ [row["intercept"], row["slope"]])
    weighted = np.sqrt(chance * (1 - chance))[:, None] * design
    leverage = np.diag(weighted @ np.linalg.inv(weighted.T @ weighted) @ weighted.T)
    np.testing.assert_allclose(design.T @ (answer - chance + leverage * (0.5 - chance)), 0, atol=1e-7)
    assert row["odds_ratio_per_doubling"] == pytest.approx(2 ** row["slope"], rel=1e-12)
    assert (row["N"], row["n"], row["n_with"], row["n_zero"]) == (11, 8, 5, 0)


def test_fewer_than_five_without_the_response_get_no_regression_unless_asked_for(nca, outcomes):
    found = carpk.exposure_response(nca, outcomes, responses={"sri4": {"1": True, "2": False}})
    assert set(found.logistic["reason"]) == {"TOO_FEW_WITH_OR_WITHOUT"}


def test_the_share_of_responders_has_exact_limits(result):
    everyone = line(result.proportions, exposure="cmax", group="all")
    assert (everyone["N"], everyone["n"], everyone["n_with"]) == (11, 8, 5)
    upper = line(result.proportions, exposure="cmax", group="upper half")  # 5 to 9, of whom 9 is not assessed
    assert (upper["N"], upper["n"], upper["n_with"], upper["share"]) == (5, 4, 4, 1.0)
    assert (upper["low"], upper["high"]) == (pytest.approx(0.025**0.25, rel=1e-12), 1.0)
    assert (upper["exposure_low"], upper["exposure_high"]) == (5000.0, 9000.0)


def test_tertiles_are_three_groups(nca, outcomes):
    found = carpk.exposure_response(nca, outcomes, responses={"sri4": {"1": True}}, groups=3)
    assert only(found.proportions, exposure="cmax")["group"].tolist() == [
        "all",
        "lower third",
        "middle third",
        "upper third",
    ]
    middle = line(found.proportions, exposure="cmax", group="middle third")
    assert (math.isnan(middle["share"]), middle["reason"]) == (True, "TOO_FEW_SUBJECTS")


def test_equal_exposures_make_no_groups_and_the_table_says_why(nca, outcomes):
    equal = replace(nca, parameters=nca.parameters.assign(value=nca.parameters["value"].clip(5.0, 5.0)))
    found = carpk.exposure_response(equal, outcomes, responses={"sri4": {"1": True}}, exposures=["cmax"])
    assert found.proportions["reason"].tolist() == ["", "ALL_EQUAL", "ALL_EQUAL"]
    assert found.time_to_event["reason"].tolist() == ["ALL_EQUAL", "ALL_EQUAL"]


def test_exposure_by_grade_is_summarized_as_elsewhere(result):
    low = line(result.by_outcome, outcome="grade_max", group="grade 0", exposure="cmax")  # 1, 2, 3, never, unsampled
    assert (low["N"], low["n"], low["n_zero"], low["n_missing"]) == (5, 4, 1, 1)
    assert low["geometric_mean"] == pytest.approx(1000 * 6 ** (1 / 3), rel=1e-12)
    assert low["median"] == 1500.0


def test_two_subjects_show_their_values_only(result):
    row = line(result.by_outcome, outcome="first_time", group="given", exposure="cmax")
    assert (row["n"], row["minimum"], row["maximum"]) == (2, 7000.0, 8000.0)
    assert row[["geometric_mean", "geometric_cv_percent", "median"]].isna().all()


@pytest.mark.parametrize(
    ("reason", "group"),
    [("NOT_TREATED", "not given"), ("TREATMENT_UNDATED", "given"), ("NOT_REPORTED", "not known")],
)
def test_whether_a_treatment_without_a_time_was_given_is_told_by_its_reason(nca, outcomes, reason, group):
    treated = outcomes[outcomes["parameter"] == "first_time"]
    found = carpk.exposure_response(nca, treated.assign(value=math.nan, reason=reason), exposures=["cmax"])
    assert only(found.by_outcome, group=group)["N"].tolist() == [11 if group == "not known" else 10]


def test_three_subjects_have_a_mean(result):
    row = line(result.by_outcome, outcome="grade_max", group="grade 1", exposure="cmax")  # 4, 5, 6
    assert row["geometric_mean"] == pytest.approx(1000 * 120 ** (1 / 3), rel=1e-12)


@pytest.mark.parametrize(
    ("outcome", "groups"),
    [
        ("grade_max", ["grade 0", "grade 1", "grade 2", "not known"]),
        ("first_time", ["not given", "given", "not known"]),
        ("sri4", ["no", "yes", "not known"]),
    ],
)
def test_groups_stand_in_their_order_and_hold_everyone(result, outcome, groups):
    rows = only(result.by_outcome, outcome=outcome, exposure="cmax")
    assert rows["group"].tolist() == groups
    assert rows["N"].sum() == 11


def test_the_median_time_is_counted_from_the_infusion_among_those_at_risk_at_the_landmark(result):
    # At risk after day 28: 3, 4, 5 (events on 60, 90, 120) and 6, 7, 8 (censored 120, events on 120 and 90).
    rows = only(result.time_to_event, exposure="cmax").set_index("group")
    assert rows["n"].tolist() == [3, 3]
    assert rows["median"].tolist() == [90.0, 120.0]
    assert rows["events"].tolist() == [3, 2]
    assert rows["spanning"].tolist() == [0, 0]  # the interval of 3 begins at the landmark, not before it
    assert rows.loc["lower half", ["exposure_low", "exposure_high"]].tolist() == [3000.0, 5000.0]


def test_where_half_are_without_the_event_there_is_no_median_and_the_table_says_why(nca, outcomes):
    still = (outcomes["parameter"] == "recovery_time") & outcomes["subject"].isin(["7", "8"])
    changed = outcomes.assign(
        value=outcomes["value"].mask(still),
        high=outcomes["high"].mask(still, math.inf),
        reason=outcomes["reason"].mask(still, "NOT_RECOVERED"),
    )
    row = line(carpk.exposure_response(nca, changed).time_to_event, exposure="cmax", group="upper half")
    assert (row["n"], row["events"], row["censored"], row["reason"]) == (3, 0, 3, "MEDIAN_NOT_REACHED")


def test_the_landmark_is_in_days_whatever_the_unit_of_the_times(study, outcomes, result):
    hours = carpk.Study(
        study.subjects, study.samples.assign(time=24 * study.samples["time"]), time_unit="hour", title="in hours"
    )
    timed = outcomes.copy()
    timed.loc[timed["unit"] == "day", ["value", "low", "high"]] *= 24
    nca = carpk.run_nca(hours, carpk.NcaRules(auc_method="linear"))
    found = carpk.exposure_response(nca, timed.assign(unit=timed["unit"].replace("day", "hour")))
    assert found.time_to_event["landmark"].unique().tolist() == [28 * 24]
    np.testing.assert_allclose(found.time_to_event["median"], 24 * result.time_to_event["median"], rtol=1e-12)


def test_curves_start_at_the_landmark_with_everyone_at_risk(result):
    curve = only(result.curves, exposure="cmax", group="lower half")
    assert curve["time"].tolist() == [28.0, 60.0, 90.0, 120.0]
    np.testing.assert_allclose(curve["survival"], [1, 2 / 3, 1 / 3, 0], atol=1e-12)


def test_who_is_left_out_at_the_landmark_is_named_with_the_reason(result):
    left_out = only(result.left_out, exposure="cmax").set_index("subject")
    assert left_out["why"].to_dict() == {
        "1": "event before the landmark",
        "2": "follow-up ended before the landmark",
        "9": "not known",
        "never": "not known",
        "unsampled": "not known",
    }
    assert left_out["reason"].to_dict() == {
        "1": "",
        "2": "",
        "9": "NOT_REPORTED",
        "never": "NOT_DEPLETED",
        "unsampled": "NO_SAMPLES",
    }


def test_an_event_whose_interval_reaches_back_before_the_landmark_is_counted(nca, outcomes):
    found = carpk.exposure_response(nca, outcomes, landmark=40.0, exposures=["cmax"])
    assert found.time_to_event["spanning"].tolist() == [1, 0]  # 3, between days 28 and 60


def test_an_exposure_that_is_complete_after_the_landmark_gets_no_estimate(nca, outcomes):
    found = carpk.exposure_response(nca, outcomes, exposures=["auc_0_90d", "tlast", "auc_0_28d"])
    reasons = found.time_to_event.groupby("exposure")["reason"].unique().map(list).to_dict()
    assert reasons == {
        "auc_0_28d": [""],
        "auc_0_90d": ["EXPOSURE_AFTER_LANDMARK"],
        "tlast": ["EXPOSURE_AFTER_LANDMARK"],
    }
    assert set(found.curves["exposure"]) == {"auc_0_28d"}


@pytest.mark.parametrize(
    ("subject", "order", "lag", "reason"),
    [
        ("3", "recovery first", (28 - 90, 60 - 60), ""),
        ("5", "loss first", (90 - 90, 120 - 60), ""),
        ("6", "loss first", (120 - 90, math.inf), ""),
        ("8", "recovery first", (-math.inf, 90 - 90), ""),
        ("4", "not known", (60 - 90, 90 - 60), "ORDER_UNDETERMINED"),
        ("2", "not known", (20 - 90, math.inf), "ORDER_UNDETERMINED"),
    ],
)
def test_the_order_of_recovery_and_loss_is_told_where_the_intervals_allow(result, subject, order, lag, reason):
    row = line(result.recovery, subject=subject)
    assert (row["order"], (row["lag_low"], row["lag_high"]), row["reason"]) == (order, lag, reason)


@pytest.mark.parametrize(
    ("subject", "reason"), [("never", "NOT_DEPLETED"), ("9", "NOT_REPORTED"), ("unsampled", "NOT_DEPLETED")]
)
def test_without_a_recovery_the_order_is_not_known_and_says_why(result, subject, reason):
    row = line(result.recovery, subject=subject)
    assert (row["order"], row["reason"]) == ("not known", reason)


def test_every_caution_that_applies_is_there_with_what_it_applies_to(result):
    cautions = result.cautions.set_index("code")["applies_to"].to_dict()
    assert cautions == {
        "FEW_IN_GROUP": "crs grade_max: grade 2, crs grade_max: not known, tocilizumab first_time: given, "
        "tocilizumab first_time: not known, response sri4: not known",
        "SMALL_CORRELATION": "il6 peak, crs grade_max, b_cells recovery_time",
        "LIMITS_IN_CORRELATION": "il6 peak, b_cells recovery_time",
        "NO_MULTIPLICITY": "2 x 5 exposures and outcomes",
        "POST_BASELINE_GROUPS": "crs grade_max, tocilizumab first_time, response sri4",
        "SHARED_CAUSES": "il6 peak, crs grade_max",
        "CONFOUNDED_BY_INDICATION": "tocilizumab first_time",
        "IMMORTAL_TIME": "b_cells recovery_time",
    }


def test_cautions_say_what_they_mean(result):
    assert result.cautions["sentence"].tolist() == [CAUTIONS[code] for code in result.cautions["code"]]
    assert all(sentence.endswith(".") for sentence in CAUTIONS.values())


@pytest.mark.parametrize("course_end", ["missing", "truncate"])
def test_an_area_cut_off_by_a_second_infusion_is_cautioned_about_by_name(study, outcomes, course_end):
    second = pd.DataFrame({"subject": ["3"], "event": ["second_infusion"], "time": [20.0]})
    nca = carpk.run_nca(
        carpk.Study(study.subjects, study.samples, second), carpk.NcaRules(course_end=course_end, tail="never")
    )
    caution = line(carpk.exposure_response(nca, outcomes).cautions, code="AUC_TRUNCATED")
    assert caution["applies_to"] == "car_t_qpcr auc_0_28d: 1 of the subjects (3)"


def test_an_area_that_sampling_does_not_cover_is_cautioned_about_by_name(study, outcomes):
    gone = (study.samples["subject"] == "5") & (study.samples["time"] > 14)
    nca = carpk.run_nca(carpk.Study(study.subjects, study.samples[~gone]))
    caution = line(carpk.exposure_response(nca, outcomes).cautions, code="AUC_TRUNCATED")
    assert caution["applies_to"] == "car_t_qpcr auc_0_28d: 1 of the subjects (5)"


def test_one_exposure_and_one_response_need_no_word_on_multiplicity(nca, outcomes):
    found = carpk.exposure_response(nca, outcomes.iloc[:0], responses={"sri4": {"1": True}}, exposures=["cmax"])
    assert not set(found.cautions["code"]) & {"NO_MULTIPLICITY", "IMMORTAL_TIME", "SHARED_CAUSES", "SMALL_CORRELATION"}


def test_a_subject_known_to_the_outcomes_only_is_kept(nca, outcomes):
    stranger = outcomes[outcomes["subject"] == "1"].assign(subject="stranger")
    found = carpk.exposure_response(nca, pd.concat([outcomes, stranger]))
    row = line(found.pairs, subject="stranger", outcome="peak", exposure="cmax")
    assert (row["exposure_reason"], row["outcome_value"]) == ("NOT_ANALYZED", 15.0)


def test_nothing_writes_into_the_tables_given(nca, outcomes):
    before = outcomes.copy(), nca.parameters.copy()
    carpk.exposure_response(nca, outcomes, responses={"sri4": {"1": True}})
    pd.testing.assert_frame_equal(outcomes, before[0])
    pd.testing.assert_frame_equal(nca.parameters, before[1])


def test_a_response_may_be_a_column_of_the_subjects(nca, outcomes):
    column = pd.Series([True, False, None], index=["1", "2", "3"], dtype="boolean")
    found = carpk.exposure_response(nca, outcomes.iloc[:0], responses={"sri4": column}, exposures=["cmax"])
    values = found.pairs.set_index("subject")["outcome_value"]
    assert (values["1"], values["2"]) == (1.0, 0.0)
    assert values[["3", "4"]].isna().all()


def test_the_result_says_what_it_holds(result):
    assert repr(result) == "ExposureResponse(11 subjects, 2 exposures, 5 outcomes, 8 cautions)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exposures": ["cmx"]}, r"no parameter 'cmx'.*Did you mean 'cmax'"),
        ({"analytes": ["car_t_qcpr"]}, r"no analyte 'car_t_qcpr'.*Did you mean 'car_t_qpcr'"),
        ({"matrix": "marrow"}, r"no matrix 'marrow'; it has \['blood'\]"),
        ({"level": 95}, "level must lie between 0 and 1; got 95"),
        ({"landmark": -1.0}, "landmark must be a day from 0 on; got -1.0"),
        ({"groups": 1}, "groups must be at least 2; got 1"),
        ({"responses": {"sri4": {"1": "yes"}}}, "response 'sri4' must be True, False or not given; got 'yes'"),
        ({"responses": {"sri4": {"1": True, 1: True}}}, "response 'sri4' is given twice for a subject"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_by_name(nca, outcomes, options, message):
    with pytest.raises(RulesError, match=message):
        carpk.exposure_response(nca, outcomes, **options)


def test_nothing_to_compare_is_refused(nca, outcomes):
    with pytest.raises(RulesError, match="neither an outcome nor a response is given"):
        carpk.exposure_response(nca, outcomes.iloc[:0])


def test_a_response_of_an_unknown_subject_is_refused_with_a_suggestion(nca, outcomes):
    with pytest.raises(DataError, match=r"'nevr', who is not among the subjects. Did you mean 'never'") as error:
        carpk.exposure_response(nca, outcomes, responses={"sri4": {"nevr": True}})
    assert [finding.code for finding in error.value.findings] == ["SUBJECT_UNKNOWN"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda table: pd.concat([table, table.iloc[:1]]), "OUTCOME_TWICE"),
        (lambda table: table.assign(low=2.0, high=1.0), "OUTCOME_BOUNDS"),
        (lambda table: table.drop(columns="reason"), "COLUMN_MISSING"),
    ],
)
def test_outcomes_that_cannot_be_understood_are_refused(nca, outcomes, change, code):
    with pytest.raises(DataError) as error:
        carpk.exposure_response(nca, change(outcomes))
    assert {finding.code for finding in error.value.findings} == {code}


def test_outcomes_in_unlike_units_are_refused(nca, outcomes):
    mixed = outcomes.assign(unit=np.where(outcomes["subject"] == "1", "ng/L", outcomes["unit"]))
    with pytest.raises(UnitError, match="il6 peak comes in unlike units"):
        carpk.exposure_response(nca, mixed)


@settings(max_examples=5, deadline=None)
@given(st.permutations([*"123456789"]))
def test_other_names_of_the_subjects_change_no_number(nca, outcomes, names):
    rename = dict(zip("123456789", names, strict=True))
    renamed = [table.assign(subject=table["subject"].replace(rename)) for table in (nca.parameters, outcomes)]
    once = carpk.exposure_response(nca, outcomes)
    again = carpk.exposure_response(replace(nca, parameters=renamed[0]), renamed[1])
    for table in ("associations", "by_outcome", "time_to_event", "curves", "cautions"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(once, table))


@settings(max_examples=5, deadline=None)
@given(st.sampled_from([1e-3, 0.5, 7.0, 1e4]))
def test_the_unit_of_exposure_changes_no_correlation_and_no_slope(nca, outcomes, factor):
    scaled = nca.parameters.assign(value=nca.parameters["value"] * factor)
    options = {"responses": {"sri4": {"1": False, "2": False, "3": True, "4": False, "5": True}}, "fewest": 2}
    once = carpk.exposure_response(nca, outcomes, exposures=["cmax"], **options)
    again = carpk.exposure_response(replace(nca, parameters=scaled), outcomes, exposures=["cmax"], **options)
    pd.testing.assert_frame_equal(again.associations, once.associations)
    pd.testing.assert_frame_equal(
        again.logistic.drop(columns="intercept"), once.logistic.drop(columns="intercept"), atol=1e-6
    )
