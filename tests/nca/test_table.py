import numpy as np
import pandas as pd
import pytest

import carpk
from carpk.errors import DataError, RulesError
from carpk.reasons import ACTIONS, FLAGS, REASONS, split_flags
from carpk.schema import LOG, PARAMETERS, SAMPLES, WINDOWS, Study, conform


def samples(subject, text, analyte="car_t_qpcr", matrix="blood", unit="copies/ug", lloq=50.0, row=2):
    pairs = [tuple(map(float, pair.split(":"))) for pair in text.split(",")]
    return pd.DataFrame(
        {
            "subject": subject,
            "analyte": analyte,
            "matrix": matrix,
            "time": [time for time, _ in pairs],
            "value": [level if level else np.nan for _, level in pairs],
            "status": ["quantified" if level else "blq" for _, level in pairs],
            "lloq": lloq,
            "unit": unit,
            "row": range(row, row + len(pairs)),
        }
    )


def study(*parts, events=None, cohorts=None, extra_subjects=()):
    table = pd.concat(parts, ignore_index=True)
    names = [*dict.fromkeys(table["subject"]), *extra_subjects]
    subjects = pd.DataFrame({"subject": names, "cohort": cohorts or "All", "dose": 1e5, "dose_unit": "cells/kg"})
    more = {} if events is None else {"events": pd.DataFrame(events, columns=["subject", "event", "time"])}
    return Study(subjects, table, **more)


def value(result, subject, parameter, column="value"):
    table = result.parameters
    rows = table[(table["subject"] == subject) & (table["parameter"] == parameter)]
    assert len(rows) == 1
    return rows[column].iloc[0]


ONE = "0:0,7:4000,14:2000,21:1000,28:500,60:0"


def test_the_tables_have_the_documented_columns():
    result = carpk.run_nca(study(samples("1", ONE)))
    assert list(result.parameters) == [column.name for column in PARAMETERS]
    assert list(result.windows) == [column.name for column in WINDOWS]
    assert list(result.log) == [column.name for column in LOG]
    assert list(result.samples) == [*(column.name for column in SAMPLES), "used"]


def test_the_tables_have_the_documented_types():
    result = carpk.run_nca(study(samples("1", ONE), samples("2", "0:0,7:0")))
    for table, columns in ((result.parameters, PARAMETERS), (result.windows, WINDOWS), (result.log, LOG)):
        pd.testing.assert_frame_equal(table, conform(table, columns))


def test_a_flat_tail_is_flat_whichever_of_its_points_is_left_out():
    flat = study(samples("1", "0:0,3:900,7:70,11:70,18:70,29:70,37:70,41:70,60:70"))
    for time in (7, 29, 60):
        left_out = carpk.NcaRules(exclusions=[{"subject": "1", "time": time, "reason": "clot", "slope_only": True}])
        assert value(carpk.run_nca(flat, left_out), "1", "half_life", "reason") == "FLAT_TAIL"


def test_only_the_parameters_asked_for_are_in_the_table_with_the_same_numbers():
    data = study(samples("1", ONE))
    every, some = carpk.run_nca(data), carpk.run_nca(data, parameters=["half_life", "cavg_0_28d", "cmax_per_dose"])
    assert list(some.parameters["parameter"]) == ["cavg_0_28d", "half_life", "cmax_per_dose"]
    asked = every.parameters[every.parameters["parameter"].isin(some.parameters["parameter"])]
    pd.testing.assert_frame_equal(some.parameters, asked.reset_index(drop=True))
    assert list(some.windows) == list(every.windows)
    assert len(some.windows) == 0


def test_a_parameter_that_the_rules_do_not_give_is_refused():
    with pytest.raises(RulesError, match=r"'auc_inf_ob' is none that these rules give.*auc_inf_obs"):
        carpk.run_nca(study(samples("1", ONE)), carpk.NcaRules(infinite=True), parameters=["auc_inf_ob"])
    with pytest.raises(RulesError, match="none is asked for"):
        carpk.run_nca(study(samples("1", ONE)), parameters=[])
    with pytest.raises(RulesError, match="'auc_0_60d' is none that these rules give"):
        carpk.run_nca(study(samples("1", ONE)), parameters=["auc_0_60d"])


def test_every_subject_is_in_the_table_even_without_samples():
    result = carpk.run_nca(study(samples("1", ONE), extra_subjects=["2"]))
    rows = result.parameters.query("subject == '2'")
    assert len(rows) == len(result.parameters.query("subject == '1'"))
    assert set(rows["reason"]) == {"NO_SAMPLES"}


def test_a_value_is_missing_exactly_where_a_reason_is_given():
    result = carpk.run_nca(
        study(samples("1", ONE), samples("2", "0:0,7:0"), samples("3", "7:900"), extra_subjects=["4"])
    )
    missing = result.parameters["value"].isna()
    assert (missing == (result.parameters["reason"] != "")).all()


def test_only_words_of_the_vocabulary_stand_as_reasons_flags_and_log_codes():
    odd = study(samples("1", ONE), samples("2", "3:0,7:900,10:0,14:800,27:700"), samples("3", "7:900,7:800"))
    result = carpk.run_nca(odd)
    assert set(result.parameters["reason"]) <= {"", *REASONS}
    assert {flag for cell in result.parameters["flags"] for flag in split_flags(cell)} <= set(FLAGS)
    assert set(result.log["code"]) <= {*REASONS, *FLAGS, *ACTIONS}


def test_the_unit_follows_from_the_data():
    result = carpk.run_nca(study(samples("1", ONE, analyte="drug", unit="mg/L")))
    assert value(result, "1", "cmax", "unit") == "mg/L"
    assert value(result, "1", "auc_0_28d", "unit") == "day*mg/L"
    assert value(result, "1", "lambda_z", "unit") == "1/day"


def test_hours_stay_hours_and_windows_stay_days():
    hours = study(samples("1", "0:0,168:4000,336:2000,672:500"))
    result = carpk.run_nca(Study(hours.subjects, hours.samples, time_unit="h"), carpk.NcaRules(auc_method="linear"))
    # 168 * 4000 / 2 + 168 * 3000 + 336 * 1250
    assert value(result, "1", "auc_0_28d") == 336000 + 504000 + 420000
    assert value(result, "1", "auc_0_28d", "unit") == "h*copies/ug"


def test_two_levels_at_one_time_refuse_the_profile_and_name_the_rows():
    result = carpk.run_nca(study(samples("1", "0:0,7:900,7:800,14:500"), samples("2", ONE)))
    assert set(result.parameters.query("subject == '1'")["reason"]) == {"DUPLICATE_TIMES"}
    assert value(result, "2", "cmax") == 4000
    assert list(result.refused["subject"]) == ["1"]
    assert "day 7: 900 copies/\u00b5g (row 3); day 7: 800 copies/\u00b5g (row 4)" in result.refused["detail"].iloc[0]


@pytest.mark.parametrize(
    ("rule", "expected"), [("first", 900), ("max", 1600), ("mean", 1250), ("geometric_mean", 1200)]
)
def test_two_levels_at_one_time_are_resolved_as_the_rules_say(rule, expected):
    result = carpk.run_nca(study(samples("1", "0:0,7:900,7:1600,14:500")), carpk.NcaRules(duplicates=rule))
    assert value(result, "1", "cmax") == pytest.approx(expected, rel=1e-14)
    assert list(result.log.query("code == 'DUPLICATE_RESOLVED'")["time"]) == [7]


def test_a_level_and_one_below_the_limit_have_no_mean():
    result = carpk.run_nca(study(samples("1", "0:0,7:900,7:0,14:500")), carpk.NcaRules(duplicates="mean"))
    assert value(result, "1", "cmax", "reason") == "DUPLICATE_TIMES"


def test_the_same_sample_twice_counts_once():
    once, twice = (
        carpk.run_nca(study(samples("1", "0:0,7:900,14:500"))),
        carpk.run_nca(study(samples("1", "0:0,7:900,7:900,14:500"))),
    )
    pd.testing.assert_frame_equal(once.parameters, twice.parameters)
    assert list(twice.log.query("code == 'DUPLICATE_DROPPED'")["time"]) == [7]


def test_a_negative_level_refuses_the_profile():
    result = carpk.run_nca(study(samples("1", "0:0,7:-3,14:500")))
    assert set(result.parameters["reason"]) == {"NEGATIVE_LEVEL"}
    assert "day 7: -3" in result.refused["detail"].iloc[0]


def test_a_negative_level_below_the_limit_refuses_the_profile_too():
    table = samples("1", "0:0,7:900,14:500")
    table.loc[0, "value"] = -3.0
    assert set(carpk.run_nca(study(table)).parameters["reason"]) == {"NEGATIVE_LEVEL"}


def test_a_level_above_the_upper_limit_refuses_the_profile():
    table = samples("1", "0:0,7:900,14:500")
    table.loc[1, ["value", "status"]] = [np.nan, "above_uloq"]
    assert set(carpk.run_nca(study(table)).parameters["reason"]) == {"ABOVE_ULOQ"}


def test_a_second_infusion_ends_the_course():
    again = "0:0,7:4000,28:500,60:9000,90:8000"
    result = carpk.run_nca(study(samples("1", again), events=[("1", "second_infusion", 50.0)]))
    assert value(result, "1", "tlast") == 28
    assert value(result, "1", "auc_28_90d", "reason") == "COURSE_CENSORED"
    assert "CENSORED_AT" in split_flags(value(result, "1", "cmax", "flags"))
    assert list(result.samples["used"]) == ["zero", "quantified", "quantified", "after_course", "after_course"]


def test_samples_before_the_infusion_are_baseline():
    result = carpk.run_nca(study(samples("1", "-7:900,0:0,7:4000,14:500")))
    assert value(result, "1", "cmax") == 4000
    assert result.samples["used"].iloc[0] == "baseline"


def test_every_insertion_and_drop_has_its_line():
    result = carpk.run_nca(study(samples("1", "7:900,14:0,21:100,27:60")))
    assert list(result.log["code"]) == ["T0_INSERTED", "EMBEDDED_BLQ", "EDGE_EXTRAPOLATED"]
    assert "below 50 copies/\u00b5g (row 3)" in result.log["detail"].iloc[1]


def test_the_order_of_the_rows_does_not_matter():
    given = study(samples("1", ONE), samples("2", "0:0,7:900,14:500"))
    shuffled = Study(given.subjects, given.samples.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(carpk.run_nca(given).parameters, carpk.run_nca(shuffled).parameters)


def test_markers_and_b_cells_get_no_parameters_unless_asked():
    both = study(samples("1", ONE), samples("1", "0:30,7:60", analyte="crp", unit="mg/L"))
    assert set(carpk.run_nca(both).parameters["analyte"]) == {"car_t_qpcr"}
    assert set(carpk.run_nca(both, analytes=["crp"]).parameters["analyte"]) == {"crp"}


def test_an_analyte_that_is_not_there_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"no analyte 'car_t_pcr'.*Did you mean 'car_t_qpcr'"):
        carpk.run_nca(study(samples("1", ONE)), analytes=["car_t_pcr"])


def test_marrow_is_a_profile_of_its_own_where_it_was_sampled():
    result = carpk.run_nca(study(samples("1", ONE), samples("2", ONE), samples("1", "28:700", matrix="marrow")))
    profiles = result.parameters[["subject", "matrix"]].drop_duplicates()
    assert list(profiles.itertuples(index=False, name=None)) == [("1", "blood"), ("2", "blood"), ("1", "marrow")]


def test_unlike_units_of_one_analyte_never_meet():
    with pytest.raises(DataError, match="car_t_qpcr comes in unlike units"):
        carpk.run_nca(study(samples("1", ONE), samples("2", ONE, unit="copies/cell")))


def test_the_study_is_left_as_it_was():
    given = study(samples("1", ONE))
    before = given.samples.copy(deep=True)
    carpk.run_nca(given)
    pd.testing.assert_frame_equal(given.samples, before)


def test_a_study_without_car_t_levels_gives_empty_tables():
    result = carpk.run_nca(study(samples("1", "0:30,7:60", analyte="crp", unit="mg/L")))
    assert len(result.parameters) == len(result.windows) == len(result.log) == 0
    assert list(result.parameters) == [column.name for column in PARAMETERS]


def test_the_last_level_before_the_infusion_may_stand_at_time_zero():
    # From 40 at time 0 to 100 at day 7: 7 * 70, then 21 * 100; the sample of day -7 stays baseline.
    given = study(samples("1", "-7:900,-1:40,7:100,28:100", lloq=10.0))
    result = carpk.run_nca(given, carpk.NcaRules(time_zero="baseline", auc_method="linear"))
    assert value(result, "1", "auc_0_28d") == 490 + 2100
    assert value(result, "1", "cmax") == 100
    assert "T0_BASELINE" in split_flags(value(result, "1", "auc_0_28d", "flags"))
    assert list(result.log.query("code == 'T0_BASELINE'")["subject"]) == ["1"]
    assert list(result.samples["used"]) == ["baseline", "quantified", "quantified", "quantified"]


def test_a_measured_level_at_time_zero_wins_over_the_baseline():
    given = study(samples("1", "-1:40,0:60,7:100,28:100"))
    result = carpk.run_nca(given, carpk.NcaRules(time_zero="baseline", auc_method="linear"))
    assert value(result, "1", "auc_0_28d") == 7 * 80 + 2100


def test_nominal_times_are_used_when_the_rules_say_so():
    given = study(samples("1", "0:0,7.5:100,29:100").assign(nominal_time=[0.0, 7.0, np.nan]))
    result = carpk.run_nca(given, carpk.NcaRules(time_basis="nominal"))
    assert value(result, "1", "tmax") == 7
    assert value(result, "1", "tlast") == 29


def test_a_level_below_the_limit_refuses_the_profile_where_the_rules_allow_none():
    result = carpk.run_nca(study(samples("1", "0:0,7:100"), samples("2", "0:60,7:100")), carpk.NcaRules(blq="none"))
    assert set(result.parameters.query("subject == '1'")["reason"]) == {"BLQ_NOT_ALLOWED"}
    assert value(result, "2", "cmax") == 100
