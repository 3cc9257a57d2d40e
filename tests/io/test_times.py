import math

from carpk.io.mapping import Mapping


def test_hours_stay_hours(read):
    study = read("subject,time_h,conc_mg_L\n1,0.25,2\n")
    assert (study.time_unit, study.samples["time"].tolist(), study.analytes) == ("h", [0.25], ["concentration"])


def test_a_declared_unit_of_time_counts_where_the_column_says_none(read):
    assert read("subject,time,CRP (mg/L)\n1,6,2\n", Mapping(time_unit="hours")).time_unit == "h"


def test_planned_days_beside_actual_hours_are_converted(read):
    study = read("subject,time (h),nominal day,CRP (mg/L)\n1,6,0,2\n1,169,7,2\n")
    assert study.time_unit == "h"
    assert study.samples[["time", "nominal_time"]].to_numpy().tolist() == [[6.0, 0.0], [169.0, 168.0]]


def test_a_unit_of_the_settings_against_the_columns_is_refused(refused):
    (found,) = refused("subject,time (h),CRP (mg/L)\n1,6,2\n", Mapping(time_unit="day"))
    assert found.code == "TIME_UNITS_DIFFER"


def test_dates_become_days_since_the_infusion(read):
    study = read("subject,sample date,infusion date,CRP (mg/L)\nA,2024-03-08,2024-03-01,1\nA,2024-02-29,2024-03-01,2\n")
    assert study.samples["time"].tolist() == [7.0, -1.0]
    assert study.subjects["infusion_date"].tolist() == ["2024-03-01"]


def test_clock_times_count_only_where_both_dates_have_them(read):
    header = "subject,sample date,infusion date,CRP (mg/L)\n"
    text = header + "A,2024-03-02T18:00,2024-03-01 06:00,1\nA,2024-03-02,2024-03-01 06:00,2\n"
    assert read(text).samples["time"].tolist() == [1.5, 1.0]


def test_a_clock_time_may_stand_in_its_own_column(read):
    text = (
        "subject,sample date,clock time,infusion date,infusion time,CRP (mg/L)\nA,2024-03-02,18:00,2024-03-01,06:00,1\n"
    )
    assert read(text).samples["time"].tolist() == [1.5]


def test_dates_in_a_declared_unit_of_hours(read):
    text = "subject,sample date,infusion date,CRP (mg/L)\nA,2024-03-02,2024-03-01,1\n"
    assert read(text, Mapping(time_unit="h")).samples["time"].tolist() == [24.0]


def test_dates_that_read_two_ways_are_refused_and_nothing_else(refused):
    found = refused("subject,sample date,infusion date,CRP (mg/L)\nA,03/04/2024,01/04/2024,1\n")
    assert [(each.code, each.column) for each in found] == [
        ("DATE_NOT_UNDERSTOOD", "infusion date"),
        ("DATE_NOT_UNDERSTOOD", "sample date"),
    ]


def test_dates_without_the_infusions_date_are_refused(refused):
    (found,) = refused("subject,sample date,CRP (mg/L)\nA,2024-03-08,1\n")
    assert found.code == "INFUSION_DATE_MISSING"


def test_a_subject_without_an_infusion_date_is_named(refused):
    (found,) = refused("subject,sample date,infusion date,CRP (mg/L)\nA,2024-03-08,2024-03-01,1\nB,2024-03-08,,1\n")
    assert (found.code, found.row, found.value) == ("INFUSION_DATE_MISSING", 3, "B")


def test_a_zone_on_one_side_only_is_refused(refused):
    (found,) = refused("subject,sample date,infusion date,CRP (mg/L)\nA,2024-03-08T10:00Z,2024-03-01T08:00,1\n")
    assert (found.code, found.row) == ("DATE_NOT_UNDERSTOOD", 2)


def test_a_missing_actual_time_takes_the_planned_one_and_says_so(read):
    study = read("subject,nominal day,actual day,CRP (mg/L)\nA,0,0,1\nA,7,,2\n")
    used = study.log[study.log["code"] == "NOMINAL_USED"]
    assert study.samples["time"].tolist() == [0.0, 7.0]
    assert used[["subject", "analyte", "time"]].to_numpy().tolist() == [["A", "crp", 7.0]]


def test_a_visit_alone_says_the_time(read):
    study = read("subject,visit,CRP (mg/L)\nA,Day 7,1\n")
    assert study.samples[["time", "nominal_time"]].to_numpy().tolist() == [[7.0, 7.0]]


def test_a_visit_without_a_day_is_refused_until_the_settings_say_it(read, refused):
    text = "subject,visit,CRP (mg/L)\nA,Month 3,1\n"
    (found,) = refused(text)
    assert (found.code, found.row) == ("VISIT_NOT_UNDERSTOOD", 2)
    assert read(text, Mapping(visits={"Month 3": 90})).samples["time"].tolist() == [90.0]


def test_a_sample_without_any_time_is_refused(refused):
    (found,) = refused("subject,day,CRP (mg/L)\nA,,1\n")
    assert (found.code, found.row) == ("TIME_MISSING", 2)


def test_a_sample_after_the_infusion_on_day_zero_without_a_clock_is_left_out(read):
    study = read("subject,day,visit,CAR-T (copies/ug)\nA,0,Day 0 pre,0\nA,0,Day 0 post,900\nA,0.1,Day 0 post,900\n")
    assert study.samples["status"].tolist() == ["blq", "excluded", "quantified"]
    assert study.samples["exclusion"].tolist() == ["", "DAY0_POST", ""]
    assert study.samples.loc[1, "value"] == 900.0


def test_planned_times_from_visits_are_in_the_studys_unit(read):
    assert read("subject,time (h),visit,CRP (mg/L)\nA,166,Day 7,3\n").samples["nominal_time"].tolist() == [168.0]


def test_oddities_of_time_are_told(read):
    no_zero = read("subject,day,CRP (mg/L)\nA,-1,1\nA,1,1\n")
    far = read("subject,day,nominal day,CRP (mg/L)\nA,14,7,1\n")
    late = read("subject,day,CRP (mg/L)\nA,9000,1\n")
    assert [set(study.log["code"]) & {"TIME_ODD", "NOMINAL_DIFFERS"} for study in (no_zero, far, late)] == [
        {"TIME_ODD"},
        {"NOMINAL_DIFFERS"},
        {"TIME_ODD"},
    ]


def test_a_planned_time_that_no_column_gives_is_missing(read):
    assert math.isnan(read("subject,day,CRP (mg/L)\nA,0,1\n").samples.loc[0, "nominal_time"])
