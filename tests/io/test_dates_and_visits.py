import pytest

from carpk.io.cells import CellError
from carpk.io.dates import read_moment
from carpk.io.visits import Visit, is_after_infusion, read_visit


@pytest.mark.parametrize("text", ["2024-03-01", "2024/3/1", "20240301", "1 Mar 2024", "01-MAR-2024", "2024年3月1日"])
def test_dates_that_read_one_way_are_read(text: str):
    assert read_moment(text).iso == "2024-03-01"


def test_a_date_with_a_clock_time_keeps_it():
    assert read_moment("2024-03-01 08:30").iso == "2024-03-01T08:30"


def test_a_time_zone_is_converted_to_utc():
    moment = read_moment("2024-03-01T08:30+01:00")
    assert (moment.iso, moment.has_zone) == ("2024-03-01T07:30", True)


def test_a_date_that_reads_two_ways_is_refused_until_its_order_is_declared():
    with pytest.raises(CellError, match="reads two ways"):
        read_moment("03/04/2024")
    assert read_moment("03/04/2024", "dd/mm/yyyy").iso == "2024-04-03"
    assert read_moment("03/04/2024", "m/d/yyyy").iso == "2024-03-04"


def test_a_declared_order_takes_a_clock_time_too():
    assert read_moment("27/07/2021 12:30", "dd/mm/yyyy").iso == "2021-07-27T12:30"


def test_a_date_against_the_declared_order_is_refused():
    with pytest.raises(CellError, match="declared form"):
        read_moment("13/04/2024", "mm/dd/yyyy")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2024-03", "not a whole date"),
        ("2024-02-30", "not a day of the calendar"),
        ("1900-01-01", "outside the years"),
        ("45000", "not a date"),
        ("March 1", "not a date"),
    ],
)
def test_what_is_no_whole_plausible_date_is_refused(text: str, told: str):
    with pytest.raises(CellError, match=told):
        read_moment(text)


@pytest.mark.parametrize(
    ("label", "time", "unit"),
    [
        ("Day 7", 7, "day"),
        ("D7", 7, "day"),
        ("Day -1", -1, "day"),
        ("Day \u22127", -7, "day"),
        ("Day 0 predose", 0, "day"),
        ("Day 28 (\u00b12)", 28, "day"),
        ("Week 4", 4, "week"),
        ("24 h", 24, "h"),
        ("第7天", 7, "day"),
        ("第4周", 4, "week"),
    ],
)
def test_a_visit_label_says_its_time(label: str, time: float, unit: str):
    assert read_visit(label) == Visit(time, unit)


@pytest.mark.parametrize(
    "label", ["Month 3", "Year 2", "Visit 3", "C1D8", "Baseline", "Day 1 4h post", "7", "Month 5 +D2"]
)
def test_a_label_without_a_certain_time_says_none(label: str):
    assert read_visit(label) is None


@pytest.mark.parametrize(
    ("label", "after"), [("Day 0 post", True), ("0d after infusion", True), ("Day 0 predose", False)]
)
def test_a_label_says_whether_the_sample_follows_the_infusion(label: str, after: bool):
    assert is_after_infusion(label) is after


@pytest.mark.parametrize(
    ("label", "time"),
    [
        ("Visit 3 (Day 7)", 7),
        ("V3 (D7)", 7),
        ("Visit 3 Day 7", 7),
        ("Post-infusion Day 7", 7),
        ("回输后第7天", 7),
        ("CAR-T回输后7天", 7),
        ("D28\u00b12", 28),
        ("D28 \u00b1 2 days", 28),
        ("Day 28 (+2 days)", 28),
        ("Day 28/EOT", 28),
        ("Day 28 follow-up", 28),
        ("D90 FU", 90),
        ("Day 90 (Month 3)", 90),
        ("Month 3 (Day 90)", 90),
        ("Screening (Day -14)", -14),
    ],
)
def test_a_label_with_remarks_still_says_its_day(label: str, time: float):
    assert read_visit(label) == Visit(time, "day")


@pytest.mark.parametrize(
    "label",
    [
        "W4D1",
        "Day 7 (post 2nd infusion)",
        "Day 7 after second infusion",
        "Cycle 2 (Day 1)",
        "Day 1 (4 h post)",
        "Day 28 (Week 5)",
        "Month 3 (D7)",
        "7 days before infusion",
        "24 h pre-infusion",
        "回输前7天",
    ],
)
def test_a_label_of_two_times_or_of_something_else_is_not_read(label: str):
    assert read_visit(label) is None


@pytest.mark.parametrize(
    ("label", "after"),
    [
        ("Day 0 (post-LD pre-infusion)", False),
        ("清淋后回输前", False),
        ("清淋后", False),
        ("Post-treatment follow-up", False),
        ("回输后2小时", True),
        ("Post-infusion (pre-discharge)", True),
        ("Day 0 post CAR-T", True),
    ],
)
def test_before_the_infusion_outweighs_after_something_else(label: str, after: bool):
    assert is_after_infusion(label) is after


@pytest.mark.parametrize("text", ["2024-3-1", "2024.3.1", "1-Mar-24", "01 Mar 24"])
def test_short_dates_that_read_one_way_are_read(text: str):
    assert read_moment(text).iso == "2024-03-01"


def test_a_zone_of_whole_hours_is_read_and_its_day_is_the_local_one():
    moment = read_moment("2024-03-01T07:30+08")
    assert (moment.iso, moment.offset) == ("2024-02-29T23:30", 28800.0)


def test_a_zone_beyond_this_world_is_refused():
    with pytest.raises(CellError, match="no time zone"):
        read_moment("2024-03-01T07:30+25:00")
