"""Columns that say when samples were taken, and what becomes of those that may."""

import pandas as pd
import pytest

from carpk.io.columns import recognize
from carpk.io.mapping import Mapping
from carpk.io.study import study_from_frame


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Sampling time (day)", "day"),
        ("Sampling time (h)", "h"),
        ("采样时间（天）", "day"),
        ("Actual sampling day", "day"),
        ("Days after CAR-T infusion", "day"),
        ("Days from infusion", "day"),
        ("Relative day", "day"),
        ("CAR-T回输后天数", "day"),
        ("Hours post infusion", "h"),
    ],
)
def test_a_column_of_actual_times_is_known_by_its_name(name: str, unit: str):
    meaning = recognize(name)
    assert (meaning.role, meaning.unit) == ("time", unit)


def test_actual_times_win_over_visits(read):
    study = read("subject,visit,Sampling time (h),CRP (mg/L)\nA,Day 7,180,1\n")
    assert study.samples[["time", "nominal_time"]].to_numpy().tolist() == [[180.0, 168.0]]


def test_numbers_under_sampling_time_without_a_unit_are_refused(refused):
    (found,) = refused("subject,visit,Sampling time,CRP (mg/L)\nA,Day 7,6.9,1\n")
    assert (found.code, found.column) == ("TIME_COLUMN_UNCLEAR", "Sampling time")


def test_date_times_under_sampling_time_are_the_dates_of_samples(read):
    study = read("subject,visit,Sampling time,infusion date,CRP (mg/L)\nA,Day 7,2024-01-08 22:00,2024-01-01 10:00,1\n")
    assert study.samples["time"].tolist() == [7.5]


@pytest.mark.parametrize("name", ["Actual day of blood draw", "采血日", "RFSTDTC"])
def test_a_column_that_may_hold_times_of_samples_is_refused(refused, name: str):
    (found,) = refused(f"subject,visit,{name},CRP (mg/L)\nA,Day 7,2024-01-08,1\n")
    assert (found.code, found.column) == ("TIME_COLUMN_UNCLEAR", name)


def test_a_laboratorys_own_dates_stay_covariates(read):
    assert "Sample received date" in read("subject,day,Sample received date,CRP (mg/L)\nA,7,2024-01-09,1\n").subjects


def test_an_empty_day_is_taken_from_the_date_before_the_plan(read):
    study = read(
        "subject,visit,day,sample date,infusion date,CRP (mg/L)\nA,Day 7,,2024-01-09,2024-01-01,1\n"
        "A,Day 14,14,2024-01-15,2024-01-01,1\n"
    )
    assert study.samples["time"].tolist() == [8.0, 14.0]


def test_dates_without_an_infusion_date_beside_visits_are_told_as_unused(read):
    study = read("subject,visit,sample date,CRP (mg/L)\nA,Day 7,2024-01-09,1\n")
    assert study.samples["time"].tolist() == [7.0]
    assert "DATE_UNUSED" in set(study.log["code"])


def test_a_stated_day_against_the_dates_is_told(read):
    study = read("subject,day,sample date,infusion date,CRP (mg/L)\nA,8,2024-01-08,2024-01-01,1\n")
    assert study.samples["time"].tolist() == [8.0]
    assert "DATE_DIFFERS" in set(study.log["code"])


@pytest.mark.parametrize("name", ["Day", "天", "时间"])
def test_visits_under_day_are_read_as_visits(read, name: str):
    study = read(f"subject,{name},CRP (mg/L)\nA,D7,1\nA,第14天,1\n")
    assert study.samples[["time", "visit"]].to_numpy().tolist() == [[7.0, "D7"], [14.0, "第14天"]]


def test_a_visits_number_beside_a_time_point_does_not_hide_its_day(read):
    study = read("subject,visit,timepoint,CRP (mg/L)\nA,Visit 3,Day 7,1\nA,Screening,Day -14,1\nA,Day 28,Visit 6,1\n")
    assert study.samples["time"].tolist() == [7.0, -14.0, 28.0]


def test_a_visit_and_a_time_point_that_say_two_times_are_refused(refused):
    (found,) = refused("subject,visit,timepoint,CRP (mg/L)\nA,Day 1,4 h,1\n")
    assert found.code == "VISIT_NOT_UNDERSTOOD"


def test_the_more_specific_of_two_cdisc_columns_counts(read):
    study = read("USUBJID,SUBJID,TRT01P,TRT01A,AVISIT,VISIT,CRP (mg/L)\nX-01,01,low,high,Day 7,Visit 3,1\n")
    assert study.subjects[["subject", "cohort", "SUBJID", "TRT01P"]].to_numpy().tolist() == [
        ["X-01", "high", "01", "low"]
    ]
    assert study.samples[["visit", "time"]].to_numpy().tolist() == [["Day 7", 7.0]]


def test_times_without_a_unit_that_are_hours_beyond_doubt_are_refused(refused):
    rows = "".join(f"A,{time},1\n" for time in (0, 168, 336, 672, 1440, 2160))
    (found,) = refused(f"subject,time,CRP (mg/L)\n{rows}")
    assert (found.code, found.column) == ("TIME_UNIT_UNCLEAR", "time")


def test_times_24_times_the_plan_are_refused_where_no_unit_is_stated(refused):
    rows = "".join(f"A,{time},Day {day},1\n" for time, day in ((167.5, 7), (335, 14), (503, 21)))
    (found,) = refused(f"subject,time,visit,CRP (mg/L)\n{rows}")
    assert found.code == "TIME_UNIT_UNCLEAR"


def test_a_declared_unit_of_day_settles_times_that_look_like_hours(read):
    rows = "".join(f"A,{time},1\n" for time in (0, 168, 336, 672))
    assert read(f"subject,time,CRP (mg/L)\n{rows}", Mapping(time_unit="day")).time_unit == "day"


def test_times_without_a_unit_over_three_years_or_under_two_days_are_told(read):
    for time in (1100, 1.5):
        study = read(f"subject,time,CRP (mg/L)\nA,0,1\nA,{time},1\n")
        assert "TIME_UNIT_UNCLEAR" in set(study.log["code"])


def test_days_of_a_usual_trial_raise_no_doubt(read):
    rows = "".join(f"A,{time},1\n" for time in (0, 7, 14, 21, 28, 60, 90))
    assert "TIME_UNIT_UNCLEAR" not in set(read(f"subject,time,CRP (mg/L)\n{rows}").log["code"])


def test_a_sample_dated_a_year_early_is_refused_by_its_visit(refused):
    header = "subject,visit,sample date,infusion date,CRP (mg/L)\n"
    (found,) = refused(header + "A,Day 7,2023-01-08,2024-01-01,1\n")
    assert (found.code, found.row) == ("TIME_CONTRADICTS_VISIT", 2)


def test_a_sample_long_before_the_infusion_is_told_with_its_row(read):
    study = read("subject,day,CRP (mg/L)\nA,0,1\nA,-121,1\n")
    assert "row 3" in study.log.set_index("code")["detail"]["TIME_ODD"]


def test_a_whole_day_counts_by_the_local_calendar(read):
    header = "subject,sample date,infusion date,CRP (mg/L)\n"
    study = read(header + "A,2024-01-08T07:30+08:00,2024-01-01,1\nB,2024-01-08,2024-01-01T07:30+08:00,1\n")
    assert study.samples["time"].tolist() == [7.0, 7.0]
    assert study.subjects["infusion_date"].tolist() == ["2024-01-01", "2024-01-01T07:30:00+08:00"]


def test_two_clock_times_of_two_zones_are_exactly_apart(read):
    text = "subject,sample date,infusion date,CRP (mg/L)\nA,2024-01-08T08:00+08:00,2024-01-01T00:00Z,1\n"
    assert read(text).samples["time"].tolist() == [7.0]


def test_a_sample_before_the_infusion_on_its_day_stands_at_time_zero(read):
    header = "subject,sample date,infusion date,CRP (mg/L)\n"
    study = read(header + "A,2024-01-01 09:30,2024-01-01 10:00,1\nA,2023-12-31 22:00,2024-01-01 10:00,1\n")
    assert study.samples["time"].tolist() == [0.0, -0.5]
    assert "PREDOSE_AT_0" in set(study.log["code"])


def test_half_an_hour_before_the_planned_time_zero_is_time_zero(read):
    study = read("subject,time (h),nominal time (h),CRP (mg/L)\nA,-0.5,0,1\nA,1,1,2\n")
    assert study.samples["time"].tolist() == [0.0, 1.0]


def test_a_label_that_says_before_the_infusion_keeps_the_sample(read):
    study = read(
        "subject,day,visit,CAR-T (copies/ug)\nA,0,Day 0 (post-LD pre-infusion),10\nB,0,清淋后回输前,10\n"
        "C,0,Post-treatment follow-up,10\nD,0,Day 0 post,10\n"
    )
    assert study.samples["exclusion"].tolist() == ["", "", "", "DAY0_POST"]
    assert "row 4" in study.log.set_index("code")["detail"]["DAY0_UNCLEAR"]


def test_the_times_of_a_dataframe_may_be_visits():
    frame = pd.DataFrame({"subject": ["A"], "day": ["Day 7"], "CRP (mg/L)": [1.0]})
    assert study_from_frame(frame).samples["time"].tolist() == [7.0]
