"""The truth table of ICAHT grades: Rejeski 2023, doi:10.1182/blood.2023020578."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.errors import RulesError
from carpk.reasons import REASON_CODES
from carpk.response.hematotoxicity import IcahtRules, grade_early, grade_late
from carpk.response.low_days import BloodCounts

NORMAL, SEVERE, PROFOUND = 2000.0, 400.0, 50.0


def counts(*subjects):
    records = [list(subject.items()) if isinstance(subject, dict) else list(subject) for subject in subjects]
    return BloodCounts(
        time=np.array([day for pairs in records for day, _ in pairs], float),
        count=np.array([count for pairs in records for _, count in pairs], float),
        offsets=np.cumsum([0] + [len(pairs) for pairs in records]),
    )


def daily(*stretches, last=30):
    """Counts of every day: normal, but in the stretches of first day, last day and count."""
    days = dict.fromkeys(range(last + 1), NORMAL)
    for first, end, count in stretches:
        days |= dict.fromkeys(range(first, end + 1), count)
    return days


def early(subject, until=math.nan, **choices):
    return grade_early(counts(subject), until=until, rules=IcahtRules(**choices))


def early_grade(subject, **choices):
    found = early(subject, **choices)
    assert REASON_CODES[found.grade.reason[0]] == ""
    return found.grade.value[0]


def late(subject, until=math.nan, **choices):
    found = grade_late(counts(subject), until=until, rules=IcahtRules(**choices))
    return found.value[0], (found.least[0], found.greatest[0]), REASON_CODES[found.reason[0]]


def days_of(duration):
    return duration.least[0], duration.value[0], duration.greatest[0]


def test_counts_that_are_never_low_are_grade_0():
    assert early_grade(daily()) == 0


@pytest.mark.parametrize(("days", "expected"), [(1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (30, 3)])
def test_days_with_at_most_500_cells_decide_up_to_grade_3(days, expected):
    assert early_grade(daily((1, days, SEVERE))) == expected


def test_exactly_500_cells_are_low_and_501_are_not():
    assert early_grade(daily((1, 8, 500))) == 2
    assert days_of(early(daily((1, 8, 500))).severe) == (8, 8, 8)
    assert early_grade(daily((1, 8, 501))) == 0


@pytest.mark.parametrize(("days", "expected"), [(1, 1), (6, 1), (7, 3), (13, 3), (14, 4)])
def test_days_with_at_most_100_cells_decide_up_to_grade_4(days, expected):
    assert early_grade(daily((1, days, PROFOUND))) == expected


def test_exactly_100_cells_are_profound_and_101_are_not():
    assert early_grade(daily((1, 7, 100))) == 3
    assert early_grade(daily((1, 7, 101))) == 2


def test_never_above_500_cells_is_grade_4():
    found = early(daily((0, 30, SEVERE)))
    assert (found.grade.value[0], found.never_recovered[0]) == (4, True)


def test_one_day_above_500_cells_is_a_recovery():
    found = early(daily((0, 29, SEVERE)))
    assert (found.grade.value[0], found.never_recovered[0]) == (3, False)


def test_a_fall_after_the_infusion_without_recovery_is_grade_4_only_if_so_chosen():
    fall = daily((3, 30, SEVERE))
    assert early_grade(fall) == 3
    assert early_grade(fall, never_from=3) == 4


def test_a_brief_recovery_rules_out_grade_4_unless_chosen_otherwise():
    # Days 0 to 30 with 600 cells on day 15 alone: 31 days with the recovery in between.
    brief = daily((0, 30, SEVERE), (15, 15, 600))
    assert days_of(early(brief).severe) == (31, 31, 31)
    assert early_grade(brief) == 3
    assert early_grade(brief, brief_recovery_counts=False) == 4
    assert early_grade(daily((0, 30, SEVERE), (15, 17, 600)), brief_recovery_counts=False) == 3


def test_who_died_without_recovery_never_recovered():
    died = early(daily((0, 5, SEVERE), last=5), until=5.5)
    assert (died.grade.value[0], died.never_recovered[0]) == (4, True)


def test_days_after_the_last_that_counts_are_left_out():
    assert days_of(early(daily((5, 20, SEVERE)), until=9).severe) == (5, 5, 5)


def test_a_recovery_of_two_days_does_not_end_a_stretch_and_counts_in_it():
    found = early(daily((1, 4, SEVERE), (7, 10, SEVERE)))
    assert days_of(found.severe) == (10, 10, 10)
    assert found.grade.value[0] == 2


def test_a_recovery_of_three_days_ends_a_stretch():
    found = early(daily((1, 4, SEVERE), (8, 12, SEVERE)))
    assert days_of(found.severe) == (5, 5, 5)
    assert found.grade.value[0] == 1


def test_all_low_days_count_if_so_chosen():
    found = early(daily((1, 4, SEVERE), (8, 12, SEVERE)), stretch="total")
    assert days_of(found.severe) == (9, 9, 9)
    assert found.grade.value[0] == 2


def test_a_recovery_at_the_end_does_not_count():
    assert days_of(early(daily((1, 28, SEVERE))).severe) == (28, 28, 28)


def test_days_between_two_low_samples_are_low():
    assert days_of(early({**daily((4, 4, SEVERE)), 10: SEVERE} | {3: NORMAL}).severe)[1] == 1
    sparse = {day: count for day, count in daily((4, 10, SEVERE)).items() if day not in range(5, 10)}
    assert days_of(early(sparse).severe) == (7, 7, 7)


def test_days_between_a_low_and_another_sample_are_interpolated_within_their_bounds():
    # From 400 on day 4 to 1000 on day 10 by 100 a day: 500 on day 5. None, one or all of days 5 to 9 add to day 4.
    sparse = {day: count for day, count in daily((4, 4, SEVERE), (10, 10, 1000)).items() if day not in range(5, 10)}
    found = early(sparse)
    assert days_of(found.severe) == (1, 2, 6)
    assert not found.sampling_matters[0]


def test_a_grade_that_the_days_between_samples_could_change_is_told():
    # Low on day 4, normal on day 12: 1 to 8 days, grade 1 or 2.
    sparse = {day: count for day, count in daily((4, 4, SEVERE)).items() if day not in range(5, 12)}
    found = early(sparse)
    assert days_of(found.severe) == (1, 1, 8)
    assert (found.least[0], found.grade.value[0], found.greatest[0]) == (1, 1, 2)
    assert found.sampling_matters[0]


def test_of_more_than_seven_days_without_a_sample_nothing_is_assumed():
    sparse = {day: count for day, count in daily().items() if day not in range(5, 13)}
    found = early(sparse)
    assert math.isnan(found.grade.value[0])
    assert REASON_CODES[found.grade.reason[0]] == "SAMPLED_TOO_RARELY"
    assert days_of(found.severe) == days_of(found.profound) == (0, 0, 8)
    assert (found.least[0], found.greatest[0]) == (0, 3)  # eight profound days are grade 3


def test_a_longer_gap_may_be_interpolated_if_so_chosen():
    sparse = {day: count for day, count in daily().items() if day not in range(5, 13)}
    assert early_grade(sparse, longest_gap=8) == 0


def test_the_last_sample_stands_for_a_week_after_it():
    assert early_grade(daily(last=23)) == 0
    assert math.isnan(early(daily(last=22)).grade.value[0])


def test_the_first_sample_stands_for_a_week_before_it():
    assert early_grade({day: count for day, count in daily((7, 8, SEVERE)).items() if day >= 7}) == 2
    late_start = {day: count for day, count in daily().items() if day >= 8}
    assert math.isnan(early(late_start).grade.value[0])


def test_a_gap_that_could_not_change_the_grade_leaves_it():
    sparse = {day: count for day, count in daily((1, 15, PROFOUND)).items() if day not in range(20, 29)}
    assert early_grade(sparse) == 4


def test_a_subject_without_early_samples_is_kept_and_says_why():
    found = grade_early(counts(daily(), {}, {40: 100}))
    assert [REASON_CODES[number] for number in found.grade.reason] == ["", *["NO_SAMPLES_IN_PERIOD"] * 2]
    assert np.isnan(found.severe.value).tolist() == np.isnan(found.greatest).tolist() == [False, True, True]
    assert not found.never_recovered[1]


def test_samples_before_the_infusion_do_not_count():
    assert early_grade(daily() | {-1: SEVERE}) == 0


def test_the_lowest_count_of_a_day_counts():
    pairs = [*daily().items(), (4.3, SEVERE), (4.9, NORMAL)]
    assert days_of(early(pairs).severe) == (1, 1, 1)


def test_day_30_is_early_and_day_31_is_late():
    assert days_of(early(daily() | {30.9: SEVERE, 31: SEVERE}).severe) == (1, 1, 1)
    assert late({30.9: SEVERE, 31: NORMAL, 32: NORMAL})[0] == 0


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1501, 0), (1500, 1), (1001, 1), (1000, 2), (501, 2), (500, 3), (101, 3), (100, 4), (0, 4)],
)
def test_lasting_late_counts_have_their_grade(count, expected):
    assert late({40: count, 60: count})[0] == expected


def test_the_lowest_late_count_is_graded_unless_the_second_is_chosen():
    assert late({40: 90, 50: 1400, 60: NORMAL})[0] == 4
    assert late({40: 90, 50: 1400, 60: NORMAL}, late_count="second lowest")[0] == 1


def test_a_late_count_that_is_low_once_among_others_is_transient():
    assert late({40: 90, 50: NORMAL}) == (0, (0, 0), "")


def test_two_low_samples_of_one_day_are_one():
    assert late({40.1: 90, 40.6: 80, 50: NORMAL})[0] == 0


def test_a_single_low_sample_leaves_the_late_grade_open():
    value, bounds, reason = late({40: 400})
    assert math.isnan(value)
    assert (bounds, reason) == ((0, 3), "SINGLE_SAMPLE")


def test_a_single_normal_sample_is_grade_0():
    assert late({40: NORMAL})[0] == 0


def test_late_samples_after_the_last_day_that_counts_are_left_out():
    assert late({40: NORMAL, 120: 90, 130: 90}, until=100)[0] == 0
    assert late({40: NORMAL, 120: 90, 130: 90}, until=130)[0] == 4


def test_a_subject_without_late_samples_says_why():
    assert late(daily())[2] == "NO_SAMPLES_IN_PERIOD"


def test_subjects_do_not_lend_each_other_late_samples():
    found = grade_late(counts({40: 90}, {40: 80, 50: 70}, {}))
    assert [REASON_CODES[number] for number in found.reason] == ["SINGLE_SAMPLE", "", "NO_SAMPLES_IN_PERIOD"]
    assert found.value[1] == 4


def test_a_choice_that_does_not_exist_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"stretch must be one of .* got 'longst'\. Did you mean 'longest'\?"):
        IcahtRules(stretch="longst")


@pytest.mark.parametrize(("name", "number"), [("recovery_days", 0), ("longest_gap", -1), ("never_from", 1.5)])
def test_a_number_of_days_that_makes_no_sense_is_refused(name, number):
    with pytest.raises(RulesError, match=f"{name} must be a whole number"):
        IcahtRules(**{name: number})


def test_a_negative_count_is_refused():
    with pytest.raises(RulesError, match="a count cannot be negative; got -1"):
        counts({3: -1})


def test_a_count_that_is_not_known_is_refused():
    with pytest.raises(RulesError, match="must be a finite number"):
        counts({3: math.nan})


def test_a_last_day_before_the_infusion_is_refused():
    with pytest.raises(RulesError, match="until cannot lie before day 0; got -2"):
        early(daily(), until=-2)


def test_offsets_that_do_not_cover_the_samples_are_refused():
    with pytest.raises(ValueError, match="offsets must rise from 0 to the number of records, 2"):
        BloodCounts(time=np.array([1.0, 2.0]), count=np.array([1.0, 1.0]), offsets=np.array([0, 1]))


def test_times_and_counts_of_different_number_are_refused():
    with pytest.raises(ValueError, match="of one length"):
        BloodCounts(time=np.array([1.0, 2.0]), count=np.array([1.0]), offsets=np.array([0, 2]))


some_samples = st.dictionaries(
    st.integers(-2, 40), st.sampled_from([0.0, 80.0, 100.0, 300.0, 500.0, 700.0, 1200.0, NORMAL]), max_size=35
)
some_rules = st.fixed_dictionaries(
    {
        "stretch": st.sampled_from(["longest", "total"]),
        "recovery_days": st.integers(1, 4),
        "longest_gap": st.integers(0, 9),
        "never_from": st.integers(0, 3),
        "brief_recovery_counts": st.booleans(),
    }
)


def slow_days(samples, limit, stretch="longest", recovery_days=3, longest_gap=7, **_):
    """Count low days as one would by hand: a letter for each day, and short recoveries between low days filled."""
    taken = {day: count for day, count in samples.items() if 0 <= day <= 30}
    letters = ""
    for day in range(31):
        before, after = max((d for d in taken if d <= day), default=-1), min((d for d in taken if d >= day), default=31)
        near = day in taken or after - before - 1 <= longest_gap
        letters += "x" if near and np.interp(day, sorted(taken), [taken[d] for d in sorted(taken)]) <= limit else "."
    filled = re.sub(
        r"(?<=x)\.+(?=x)", lambda gap: "x" * len(gap[0]) if len(gap[0]) < recovery_days else gap[0], letters
    )
    return max(map(len, filled.split("."))) if stretch == "longest" else filled.count("x")


@given(some_samples, some_rules)
def test_low_days_agree_with_a_slow_walk_through_each(samples, rules):
    found = early(samples, **rules)
    if any(0 <= day <= 30 for day in samples):
        assert found.severe.value[0] == slow_days(samples, 500, **rules)
        assert found.profound.value[0] == slow_days(samples, 100, **rules)


@given(some_samples, some_rules)
def test_the_grade_and_the_days_lie_within_their_bounds(samples, rules):
    found = early(samples, **rules)
    for duration in (found.severe, found.profound):
        least, value, greatest = days_of(duration)
        assert math.isnan(value) or 0 <= least <= value <= greatest <= 31
    if not math.isnan(found.grade.value[0]):
        assert found.least[0] <= found.grade.value[0] <= found.greatest[0]


@given(some_samples, some_rules, st.integers(0, 30))
def test_a_lower_count_never_lowers_the_early_grade(samples, rules, day):
    if day in samples:
        before, after = early(samples, **rules), early({**samples, day: samples[day] / 2}, **rules)
        assert before.least[0] <= after.least[0]
        assert before.greatest[0] <= after.greatest[0]


@given(some_samples, some_rules)
def test_profound_days_are_severe_days(samples, rules):
    found = early(samples, **rules)
    for profound, severe in zip(days_of(found.profound), days_of(found.severe), strict=True):
        assert not profound > severe


@given(some_samples, st.randoms(use_true_random=False), some_rules)
def test_the_order_of_the_samples_and_other_subjects_do_not_matter(samples, random, rules):
    shuffled = list(samples.items())
    random.shuffle(shuffled)
    chosen = IcahtRules(**rules)
    together, alone = counts(daily((1, 9, SEVERE)), shuffled), counts(samples)
    found, expected = grade_early(together, rules=chosen), grade_early(alone, rules=chosen)
    np.testing.assert_array_equal(found.grade.value[1:], expected.grade.value)
    np.testing.assert_array_equal(found.severe.greatest[1:], expected.severe.greatest)
    np.testing.assert_array_equal(grade_late(together).value[1:], grade_late(alone).value)


@given(st.dictionaries(st.integers(31, 200), st.sampled_from([80.0, 400.0, 900.0, 1400.0, NORMAL]), max_size=6))
def test_the_late_grade_lies_within_its_bounds_and_says_why_it_is_missing(samples):
    found = grade_late(counts(samples))
    assert np.isnan(found.value[0]) == (found.reason[0] > 0)
    if samples:
        assert found.least[0] <= found.greatest[0]
