"""Truth table of B-cell depletion and recovery: every branch worked out by hand. Threshold 10, limit 1 cells/uL."""

import numpy as np
import pytest

from carpk.reasons import REASON_CODES, flag_bit
from carpk.response.courses import Courses
from carpk.response.parameters import Setting, b_cell_parameters
from carpk.response.rules import ResponseRules

LIMIT = 1.0
BLQ = "<1"


def parameters(points, *, rules=None, lloq=LIMIT, course_end=np.inf):
    """Compute the B-cell parameters of one subject, lymphodepletion on day -5."""
    low = [0.0 if level == BLQ else float(level) for _, level in points]
    high = [lloq if level == BLQ else float(level) for _, level in points]
    courses = Courses(
        np.array([float(time) for time, _ in points]), np.array(low), np.array(high), np.array([0, len(points)])
    )
    setting = Setting(np.array([-5.0]), np.array([course_end]), np.array([np.nan]), 1.0)
    limit = np.full(len(points), lloq)
    return b_cell_parameters(courses, setting, rules or ResponseRules(), limit=limit, factor=1.0)


def told(answers, key):
    """Value, or the code of the reason; and bounds."""
    answer = answers[key]
    code = REASON_CODES[answer.reason[0]]
    return code or answer.value[0], (answer.low[0], answer.high[0])


USUAL = [(-7, 200), (0, 60), (7, 4), (14, BLQ), (28, BLQ), (60, 8), (90, 12), (120, 50), (180, 150)]


def test_depletion_is_the_first_sample_below_and_lies_after_the_sample_before():
    assert told(parameters(USUAL), "depletion_time") == (7.0, (0.0, 7.0))


def test_complete_depletion_is_the_first_sample_at_the_limit():
    assert told(parameters(USUAL), "complete_depletion_time") == (14.0, (7.0, 14.0))


def test_recovery_is_the_first_of_two_visits_at_or_above():
    assert told(parameters(USUAL), "recovery_time") == (90.0, (60.0, 90.0))


def test_aplasia_runs_from_depletion_to_recovery_within_what_visits_allow():
    # Recovered in (60, 90], depleted in (0, 7]: between 53 and 90 days.
    assert told(parameters(USUAL), "aplasia_duration") == (83.0, (53.0, 90.0))


def test_the_baseline_is_the_last_level_before_lymphodepletion():
    answers = parameters(USUAL)
    assert told(answers, "baseline")[0] == 200.0
    assert told(answers, "baseline_time")[0] == -7.0


def test_the_baseline_can_be_the_last_level_before_the_infusion():
    answers = parameters(USUAL, rules=ResponseRules(b_cell_baseline="before_infusion"))
    assert told(answers, "baseline")[0] == 60.0


def test_a_nadir_below_the_limit_is_known_by_its_bounds():
    answers = parameters(USUAL)
    assert told(answers, "nadir") == ("BELOW_LIMIT", (0.0, 1.0))
    # From 200 to between 0 and 1.
    assert told(answers, "nadir_percent_change") == ("BELOW_LIMIT", (-100.0, -99.5))
    assert told(answers, "nadir_time") == (14.0, (14.0, 28.0))


def test_a_quantified_nadir_is_a_number():
    answers = parameters([(-7, 200), (7, 50), (28, 20), (60, 80)])
    assert told(answers, "nadir")[0] == 20.0
    assert told(answers, "nadir_percent_change")[0] == pytest.approx(-90.0)


def test_exactly_at_the_threshold_is_not_depleted_and_is_recovered():
    assert told(parameters([(-7, 200), (7, 10), (28, 10)]), "depletion_time")[0] == "NOT_DEPLETED"
    answers = parameters([(-7, 200), (7, 9.99), (28, 10), (60, 10)])
    assert told(answers, "recovery_time")[0] == 28.0


def test_never_depleted_has_neither_recovery_nor_duration():
    answers = parameters([(-7, 200), (0, 90), (28, 40), (90, 150)])
    assert told(answers, "depletion_time") == ("NOT_DEPLETED", (90.0, np.inf))
    assert told(answers, "recovery_time")[0] == "NOT_DEPLETED"
    assert told(answers, "aplasia_duration")[0] == "NOT_DEPLETED"


def test_depleted_at_baseline_is_not_evaluable():
    answers = parameters([(-7, 3), (7, BLQ), (90, 40), (120, 60)])
    for key in ("depletion_time", "complete_depletion_time", "recovery_time", "aplasia_duration"):
        assert told(answers, key)[0] == "DEPLETED_AT_BASELINE"
    assert told(answers, "baseline")[0] == 3.0


def test_recovered_then_lost_again_keeps_its_recovery_and_says_so():
    answers = parameters([(-7, 200), (7, BLQ), (60, 20), (90, 30), (120, 5)])
    assert told(answers, "recovery_time")[0] == 60.0
    assert answers["recovery_time"].flags[0] & flag_bit("LOST_AGAIN")


def test_a_single_visit_above_the_threshold_is_no_recovery():
    answers = parameters([(-7, 200), (7, BLQ), (60, 20), (90, 5), (120, 4)])
    assert told(answers, "recovery_time") == ("NOT_RECOVERED", (120.0, np.inf))
    assert answers["recovery_time"].flags[0] & flag_bit("RECOVERY_UNCONFIRMED")


def test_a_last_visit_above_the_threshold_is_no_recovery_until_confirmed():
    answers = parameters([(-7, 200), (7, BLQ), (60, 4), (90, 50)])
    assert told(answers, "recovery_time") == ("NOT_RECOVERED", (60.0, np.inf))
    assert answers["recovery_time"].flags[0] & flag_bit("RECOVERY_UNCONFIRMED")


def test_one_visit_is_enough_where_the_rules_say_so():
    answers = parameters([(-7, 200), (7, BLQ), (60, 4), (90, 50)], rules=ResponseRules(recovery_visits=1))
    assert told(answers, "recovery_time") == (90.0, (60.0, 90.0))


def test_three_visits_must_follow_each_other():
    points = [(-7, 200), (7, BLQ), (60, 20), (90, 30), (120, 5), (150, 11), (180, 12), (210, 13)]
    assert told(parameters(points, rules=ResponseRules(recovery_visits=3)), "recovery_time")[0] == 150.0


def test_still_depleted_at_the_last_sample_is_right_censored_there():
    answers = parameters([(-7, 200), (7, BLQ), (90, BLQ)])
    assert told(answers, "recovery_time") == ("NOT_RECOVERED", (90.0, np.inf))
    # Depleted in (-7, 7] and still at day 90: at least 83 days.
    assert told(answers, "aplasia_duration") == ("NOT_RECOVERED", (83.0, np.inf))


def test_depleted_by_lymphodepletion_before_the_cells_came_says_so():
    answers = parameters([(-7, 200), (0, 2), (28, BLQ), (90, 40), (120, 60)])
    assert told(answers, "depletion_time") == (0.0, (-7.0, 0.0))
    assert answers["depletion_time"].flags[0] & flag_bit("DEPLETED_AT_INFUSION")


def test_a_missing_baseline_leaves_depletion_but_no_change():
    answers = parameters([(0, 60), (7, BLQ), (90, 40), (120, 60)])
    assert told(answers, "baseline")[0] == "NO_BASELINE"
    assert told(answers, "nadir_change")[0] == "NO_BASELINE"
    assert told(answers, "nadir_percent_change")[0] == "NO_BASELINE"
    assert told(answers, "depletion_time")[0] == 7.0
    assert told(answers, "recovery_time")[0] == 90.0


def test_no_sample_after_the_infusion_is_said():
    answers = parameters([(-7, 60)])
    for key in ("depletion_time", "recovery_time", "aplasia_duration", "complete_depletion_time"):
        assert told(answers, key)[0] == "NO_SAMPLES"
    assert told(answers, "nadir")[0] == "NO_SAMPLES_IN_WINDOW"


def test_a_limit_above_the_threshold_tells_neither_depletion_nor_recovery():
    # Below 25 cells/uL may be 24 or 2.
    answers = parameters([(-7, 200), (7, BLQ), (90, 30), (120, 40)], lloq=25.0)
    assert told(answers, "depletion_time")[0] == "LIMIT_ABOVE_THRESHOLD"
    assert told(answers, "recovery_time")[0] == "LIMIT_ABOVE_THRESHOLD"
    assert told(answers, "complete_depletion_time")[0] == 7.0


def test_samples_that_cannot_be_told_are_passed_over():
    answers = parameters([(-7, 200), (7, 4), (28, BLQ), (60, 30), (90, BLQ), (120, 40)], lloq=25.0)
    assert told(answers, "depletion_time") == (7.0, (-7.0, 7.0))
    assert told(answers, "recovery_time") == (60.0, (7.0, 60.0))


def test_a_limit_equal_to_the_threshold_shows_depletion():
    assert told(parameters([(-7, 200), (7, BLQ)], lloq=10.0), "depletion_time")[0] == 7.0


def test_the_threshold_can_be_the_limit_of_each_sample():
    rules = ResponseRules(b_cell_threshold="lloq")
    answers = parameters(USUAL, rules=rules)
    assert told(answers, "depletion_time")[0] == 14.0
    assert told(answers, "recovery_time") == (60.0, (28.0, 60.0))


def test_a_threshold_in_another_kind_of_unit_is_refused_with_its_reason():
    courses = Courses(np.array([-7.0, 7.0]), np.array([20.0, 0.5]), np.array([20.0, 0.5]), np.array([0, 2]))
    setting = Setting(np.array([-5.0]), np.array([np.inf]), np.array([np.nan]), 1.0)
    answers = b_cell_parameters(courses, setting, ResponseRules(), limit=np.full(2, np.nan), factor=None)
    assert told(answers, "depletion_time")[0] == "THRESHOLD_UNIT"
    assert told(answers, "nadir")[0] == 0.5


def test_a_reported_zero_without_a_limit_is_complete_depletion():
    courses = Courses(np.array([-7.0, 7.0]), np.array([20.0, 0.0]), np.array([20.0, 0.0]), np.array([0, 2]))
    setting = Setting(np.array([-5.0]), np.array([np.inf]), np.array([np.nan]), 1.0)
    answers = b_cell_parameters(courses, setting, ResponseRules(), limit=np.full(2, np.nan), factor=1.0)
    assert told(answers, "complete_depletion_time")[0] == 7.0
    assert told(answers, "depletion_time")[0] == 7.0
