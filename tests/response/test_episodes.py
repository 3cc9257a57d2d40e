import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.errors import RulesError
from carpk.reasons import REASON_CODES
from carpk.response.episodes import DatedGrades, courses_of_given, find_episodes, follow_courses

UNKNOWN = math.nan


def dated(*subjects):
    """Grades of subjects, each a mapping or list of pairs of day and grade."""
    records = [list(subject.items()) if isinstance(subject, dict) else list(subject) for subject in subjects]
    return DatedGrades(
        day=np.array([day for pairs in records for day, _ in pairs], float),
        grade=np.array([grade for pairs in records for _, grade in pairs], float),
        offsets=np.cumsum([0] + [len(pairs) for pairs in records]),
    )


def course(subject, **choices):
    found = follow_courses(dated(subject), **choices)
    parts = ("maximum", "maximum_day", "onset", "end", "duration")
    return {part: getattr(found, part).value[0] for part in parts} | {
        part: getattr(found, part)[0].item() for part in ("episodes", "censored", "unknown")
    }


def reason(stated):
    return [REASON_CODES[number] for number in stated.reason]


def given_course(maximum, onset, resolution, followed=UNKNOWN, **choices):
    return courses_of_given(maximum=[maximum], onset=[onset], resolution=[resolution], followed=[followed], **choices)


def test_an_event_has_its_onset_maximum_and_duration():
    # Grades 1, 2, 2, 1 on days 3 to 6, then free: four days with the event, the maximum first on day 4.
    assert course({0: 0, 3: 1, 4: 2, 5: 2, 6: 1, 7: 0}) == {
        "maximum": 2, "maximum_day": 4, "onset": 3, "end": 6, "duration": 4,
        "episodes": 1, "censored": False, "unknown": 0,
    }  # fmt: skip


def test_an_event_of_one_day_lasts_one_day():
    assert course({2: 0, 3: 1, 4: 0})["duration"] == 1


def test_without_its_last_day_an_event_of_one_day_lasts_none():
    assert course({2: 0, 3: 1, 4: 0}, last_day="not counted")["duration"] == 0
    assert course({3: 1, 6: 1, 7: 0}, last_day="not counted")["duration"] == 3


def test_a_subject_who_never_had_it_has_maximum_0_and_no_onset():
    found = follow_courses(dated({0: 0, 7: 0}))
    assert found.maximum.value.tolist() == [0]
    assert np.isnan(found.onset.value[0])
    assert reason(found.onset) == reason(found.duration) == reason(found.maximum_day) == ["NO_EVENT"]


def test_a_subject_without_records_is_kept_and_says_why():
    found = follow_courses(dated({3: 1}, {}, {4: 2}))
    assert reason(found.maximum) == ["", "NO_GRADE", ""]
    assert reason(found.duration) == ["", "NO_GRADE", ""]
    assert found.onset.value[[0, 2]].tolist() == [3, 4]


def test_nobody_has_no_course():
    assert len(follow_courses(dated()).maximum.value) == 0


def test_an_event_that_comes_back_is_two_episodes():
    found = find_episodes(dated({1: 1, 2: 0, 5: 3, 6: 1, 8: 0}))
    assert found.onset.tolist() == [1, 5]
    assert found.end.tolist() == [1, 6]
    assert found.free.tolist() == [2, 8]
    assert found.maximum.tolist() == [1, 3]
    assert found.censored.tolist() == [False, False]


def test_the_days_between_two_episodes_are_not_in_the_duration():
    found = course({1: 1, 2: 0, 5: 3, 6: 1, 8: 0})
    assert (found["onset"], found["end"], found["duration"], found["episodes"]) == (1, 6, 1 + 2, 2)
    assert (found["maximum"], found["maximum_day"]) == (3, 5)


def test_days_without_a_record_do_not_end_an_episode():
    assert course({2: 1, 5: 1, 6: 0})["duration"] == 4


def test_an_event_that_the_last_record_still_shows_is_censored():
    found = course({2: 0, 3: 1, 4: 2})
    assert found["censored"]
    assert found["duration"] == 2


def test_only_the_last_episode_decides_on_censoring():
    assert not course({3: 1, 4: 0})["censored"]
    assert course({3: 1, 4: 0, 6: 1})["censored"]


def test_death_ends_an_event_without_censoring_it():
    found = course({3: 4, 5: 5})
    assert not found["censored"]
    assert (found["maximum"], found["duration"]) == (5, 3)


def test_the_highest_grade_of_a_day_counts():
    assert course([(3, 1), (3, 3), (3, 0), (4, 0)])["maximum"] == 3
    assert course([(3, 1), (3, 3), (3, 0), (4, 0)])["duration"] == 1


def test_records_without_a_grade_are_counted_and_left_out():
    found = course({2: UNKNOWN, 3: 1, 4: UNKNOWN, 5: 0})
    assert (found["onset"], found["duration"], found["unknown"]) == (3, 1, 2)


def test_a_record_without_a_grade_after_the_last_known_one_leaves_the_event_censored():
    assert course({3: 1, 4: UNKNOWN})["censored"]


def test_never_is_not_said_where_a_record_lacks_its_grade():
    found = follow_courses(dated({3: 0, 4: UNKNOWN}))
    assert reason(found.maximum) == reason(found.onset) == ["GRADE_UNKNOWN"]


def test_part_of_a_day_is_refused():
    with pytest.raises(RulesError, match=r"day must be whole days; got 3\.5"):
        dated({3.5: 1})


def test_a_grade_above_5_is_refused():
    with pytest.raises(
        RulesError, match="grade must be a whole number from 0 to 5, or NaN where it is not known; got 6"
    ):
        dated({3: 6})


def test_a_record_without_a_day_is_refused():
    with pytest.raises(ValueError, match="every record needs its day"):
        dated([(UNKNOWN, 1)])


def test_offsets_that_do_not_cover_the_records_are_refused():
    with pytest.raises(ValueError, match="offsets must rise"):
        DatedGrades(day=np.array([1.0, 2.0]), grade=np.array([1.0, 1.0]), offsets=np.array([0, 1]))


def test_grades_and_days_of_different_number_are_refused():
    with pytest.raises(ValueError, match="of one length"):
        DatedGrades(day=np.array([1.0, 2.0]), grade=np.array([1.0]), offsets=np.array([0, 2]))


def test_a_way_of_counting_that_does_not_exist_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"got 'not count'\. Did you mean 'not counted'\?"):
        follow_courses(dated({3: 1}), last_day="not count")


def test_a_given_course_lasts_from_onset_to_resolution():
    found = given_course(2, 3, 6)
    assert found.duration.value.tolist() == [4]
    assert given_course(2, 3, 6, last_day="not counted").duration.value.tolist() == [3]
    assert (found.censored.tolist(), found.episodes.tolist()) == ([False], [1])


def test_a_given_course_does_not_tell_the_day_of_its_maximum():
    assert reason(given_course(2, 3, 6).maximum_day) == ["DAY_OF_GRADE_UNKNOWN"]


def test_a_given_course_without_resolution_is_censored_at_the_end_of_follow_up():
    found = given_course(2, 3, UNKNOWN, followed=28)
    assert (found.duration.value.tolist(), found.end.value.tolist(), found.censored.tolist()) == ([26], [28], [True])


def test_a_given_death_is_not_censored():
    assert given_course(5, 3, UNKNOWN, followed=9).censored.tolist() == [False]


def test_a_given_course_without_any_end_has_no_duration():
    found = given_course(2, 3, UNKNOWN)
    assert reason(found.duration) == reason(found.end) == ["END_UNKNOWN"]
    assert found.onset.value.tolist() == [3]


def test_a_given_course_without_onset_has_no_duration():
    found = given_course(2, UNKNOWN, 6)
    assert reason(found.duration) == reason(found.onset) == ["ONSET_UNKNOWN"]
    assert found.maximum.value.tolist() == [2]


def test_a_given_grade_0_is_no_event():
    found = given_course(0, UNKNOWN, UNKNOWN, followed=28)
    assert found.maximum.value.tolist() == [0]
    assert reason(found.duration) == reason(found.maximum_day) == ["NO_EVENT"]
    assert (found.episodes.tolist(), found.censored.tolist()) == ([0], [False])


def test_a_grade_that_is_not_given_says_so():
    found = given_course(UNKNOWN, UNKNOWN, UNKNOWN)
    assert reason(found.maximum) == reason(found.duration) == ["NO_GRADE"]


def test_a_given_event_without_its_grade_still_has_its_onset_and_duration():
    found = given_course(UNKNOWN, 3, 6)
    assert reason(found.maximum) == reason(found.maximum_day) == ["NO_GRADE"]
    assert (found.onset.value.tolist(), found.duration.value.tolist(), found.episodes.tolist()) == ([3], [4], [1])


def test_a_given_event_that_ends_before_it_starts_is_refused():
    with pytest.raises(RulesError, match="onset on day 6 and its end, or the end of follow-up, on day 3"):
        given_course(2, 6, 3)


def test_one_given_event_of_several_that_ends_before_it_starts_is_refused():
    with pytest.raises(RulesError, match="onset on day 6 "):
        courses_of_given(maximum=[2, 2], onset=[3, 6], resolution=[4, 3], followed=UNKNOWN)


def test_a_given_onset_without_an_event_is_refused():
    with pytest.raises(RulesError, match=r"needs a grade of 1 or more, .*got 0"):
        given_course(0, 6, UNKNOWN)


days_and_grades = st.lists(st.tuples(st.integers(-3, 20), st.sampled_from([0, 0, 1, 2, 3, UNKNOWN])), max_size=12)


def slow_course(pairs):
    """Follow one subject day by day, as one would by hand."""
    by_day = {}
    for day, grade in pairs:
        if not math.isnan(grade):
            by_day[day] = max(grade, by_day.get(day, 0))
    duration, episodes, start, last = 0, 0, None, None
    for day in sorted(by_day):
        if by_day[day] >= 1:
            if start is None:
                start, episodes = day, episodes + 1
            last = day
        elif start is not None:
            duration, start = duration + last - start + 1, None
    censored = start is not None
    if censored:
        duration += last - start + 1
    return duration, episodes, censored, max(by_day.values(), default=-1)


@given(st.lists(days_and_grades, max_size=5))
def test_many_subjects_at_once_agree_with_a_slow_walk_through_each(subjects):
    found = follow_courses(dated(*subjects))
    for row, pairs in enumerate(subjects):
        duration, episodes, censored, maximum = slow_course(pairs)
        assert (found.episodes[row], found.censored[row]) == (episodes, censored)
        if maximum >= 1:
            assert (found.duration.value[row], found.maximum.value[row]) == (duration, maximum)
        else:
            assert math.isnan(found.duration.value[row])


@given(days_and_grades, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert str(course(shuffled)) == str(course(pairs))


@given(days_and_grades)
def test_a_number_is_missing_exactly_where_a_reason_is_given(pairs):
    found = follow_courses(dated(pairs))
    for part in ("maximum", "maximum_day", "onset", "end", "duration"):
        stated = getattr(found, part)
        np.testing.assert_array_equal(np.isnan(stated.value), stated.reason > 0)
