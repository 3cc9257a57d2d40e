"""The truth table of ASTCT grades of cytokine release syndrome: Lee 2019, doi:10.1016/j.bbmt.2018.12.758."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carpk.assessments import HYPOTENSION, HYPOXIA
from carpk.errors import RulesError
from carpk.reasons import REASON_CODES
from carpk.response.crs import cannula_hypoxia, grade_crs, has_fever

UNKNOWN = math.nan
COMPONENTS = ("fever", "hypotension", "hypoxia", "fever_waived", "died")
LEVELS = {"fever": 2, "hypotension": 4, "hypoxia": 4, "fever_waived": 2, "died": 2}

some_components = st.fixed_dictionaries(
    {name: st.sampled_from([*map(float, range(count)), UNKNOWN]) for name, count in LEVELS.items()}
)


def assess(fever=1, hypotension=0, hypoxia=0, fever_waived=0, died=0):
    values = (fever, hypotension, hypoxia, fever_waived, died)
    return grade_crs(**{name: np.array([value], float) for name, value in zip(COMPONENTS, values, strict=True)})


def grade(**components):
    return assess(**components).value[0]


def bounds(**components):
    found = assess(**components)
    assert math.isnan(found.value[0]) == (found.least[0] < found.greatest[0])
    return found.least[0], found.greatest[0]


def test_fever_starts_at_exactly_38_degrees():
    assert has_fever([37.9, 38.0, 38.1]).tolist() == [0, 1, 1]


def test_a_temperature_that_is_not_known_is_no_answer():
    assert math.isnan(has_fever([math.nan])[0])


def test_a_temperature_in_fahrenheit_is_refused():
    with pytest.raises(RulesError, match=r"got 100\.4\. Is it in Fahrenheit"):
        has_fever([37.0, 100.4])


def test_six_liters_a_minute_are_low_flow_and_more_is_high_flow():
    assert cannula_hypoxia([0, 0.5, 6, 6.1]).tolist() == [0, 1, 1, 2]
    assert HYPOXIA[1:3] == ("low flow", "high flow")


def test_a_flow_that_is_not_known_is_no_answer():
    assert math.isnan(cannula_hypoxia(math.nan))


def test_a_negative_flow_is_refused():
    with pytest.raises(RulesError, match="flow cannot be negative; got -1"):
        cannula_hypoxia([2, -1])


def test_fever_alone_is_grade_1():
    assert grade() == 1


def test_neither_fever_nor_anything_else_is_grade_0():
    assert grade(fever=0) == 0


@pytest.mark.parametrize(("hypotension", "expected"), [(0, 1), (1, 2), (2, 3), (3, 4)])
def test_fever_with_hypotension_is_graded_by_what_that_requires(hypotension, expected):
    assert HYPOTENSION == ("none", "without vasopressor", "one vasopressor", "several vasopressors")
    assert grade(hypotension=hypotension) == expected


@pytest.mark.parametrize(("hypoxia", "expected"), [(0, 1), (1, 2), (2, 3), (3, 4)])
def test_fever_with_hypoxia_is_graded_by_what_that_requires(hypoxia, expected):
    assert HYPOXIA == ("none", "low flow", "high flow", "positive pressure")
    assert grade(hypoxia=hypoxia) == expected


def test_the_worse_of_hypotension_and_hypoxia_decides():
    for hypotension, hypoxia in itertools.product(range(4), range(4)):
        assert grade(hypotension=hypotension, hypoxia=hypoxia) == 1 + max(hypotension, hypoxia)


def test_without_fever_hypotension_and_hypoxia_are_not_the_syndrome():
    assert grade(fever=0, hypotension=3, hypoxia=3) == 0


def test_after_tocilizumab_fever_is_no_longer_required():
    assert grade(fever=0, hypotension=2, fever_waived=1) == 3
    assert grade(fever=0, hypoxia=1, fever_waived=1) == 2


def test_after_tocilizumab_neither_fever_nor_hypotension_nor_hypoxia_is_resolved():
    assert grade(fever=0, fever_waived=1) == 0


def test_after_tocilizumab_fever_alone_is_still_grade_1():
    assert grade(fever=1, fever_waived=1) == 1


def test_death_is_grade_5_whatever_else_is_known():
    assert grade(died=1) == 5
    assert grade(fever=UNKNOWN, hypotension=UNKNOWN, hypoxia=UNKNOWN, fever_waived=UNKNOWN, died=1) == 5


def test_unknown_hypoxia_does_not_matter_under_several_vasopressors():
    assert grade(hypotension=3, hypoxia=UNKNOWN) == 4


def test_unknown_hypoxia_leaves_the_grade_open_otherwise():
    assert bounds(hypotension=1, hypoxia=UNKNOWN) == (2, 4)


def test_unknown_hypotension_and_hypoxia_do_not_matter_without_fever():
    assert grade(fever=0, hypotension=UNKNOWN, hypoxia=UNKNOWN) == 0


def test_unknown_fever_does_not_matter_after_tocilizumab_with_hypotension():
    assert grade(fever=UNKNOWN, hypotension=1, fever_waived=1) == 2


def test_unknown_fever_leaves_open_whether_there_is_a_grade():
    assert bounds(fever=UNKNOWN) == (0, 1)
    assert bounds(fever=UNKNOWN, hypotension=2) == (0, 3)


def test_not_knowing_whether_fever_is_required_leaves_the_grade_open_only_without_fever():
    assert bounds(fever=0, hypotension=2, fever_waived=UNKNOWN) == (0, 3)
    assert grade(fever=1, hypotension=2, fever_waived=UNKNOWN) == 3


def test_not_knowing_of_death_leaves_the_greatest_grade_at_5():
    assert bounds(died=UNKNOWN) == (1, 5)


def test_an_open_grade_says_why():
    found = assess(hypoxia=UNKNOWN)
    assert math.isnan(found.value[0])
    assert REASON_CODES[found.reason[0]] == "COMPONENT_UNKNOWN"


def test_a_level_that_does_not_exist_is_refused():
    with pytest.raises(RulesError, match=r"hypotension must be one of 0 \(none\), 1 \(without vasopressor\).*got 4"):
        assess(hypotension=4)


def test_one_level_of_several_that_does_not_exist_is_refused():
    with pytest.raises(RulesError, match=r"fever must be one of 0 \(no\), 1 \(yes\).*got 0\.5"):
        grade_crs(fever=[1, 0.5], hypotension=0, hypoxia=0, fever_waived=0, died=0)


def test_one_answer_for_all_patients_will_do():
    found = grade_crs(fever=[True, False], hypotension=[1, 1], hypoxia=0, fever_waived=False, died=False)
    assert found.value.tolist() == [2, 0]


@given(some_components)
def test_the_bounds_are_those_over_everything_that_unknown_components_may_be(components):
    found = assess(**components)
    possible = [
        [float(level) for level in range(LEVELS[name])] if math.isnan(value) else [value]
        for name, value in components.items()
    ]
    grades = [grade(**dict(zip(components, levels, strict=True))) for levels in itertools.product(*possible)]
    assert (found.least[0], found.greatest[0]) == (min(grades), max(grades))
    assert (found.reason[0] == 0) == (min(grades) == max(grades)) == (not math.isnan(found.value[0]))


@given(some_components, st.sampled_from(COMPONENTS))
def test_worsening_a_component_never_lowers_the_grade(components, name):
    if components[name] < LEVELS[name] - 1:
        before, after = bounds(**components), bounds(**{**components, name: components[name] + 1})
        assert before[0] <= after[0]
        assert before[1] <= after[1]


@given(st.lists(some_components, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    columns = {name: np.array([row[name] for row in rows]) for name in COMPONENTS}
    together = grade_crs(**{name: column[order] for name, column in columns.items()})
    np.testing.assert_array_equal(together.value, grade_crs(**columns).value[order])
