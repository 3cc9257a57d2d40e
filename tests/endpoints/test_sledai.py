import itertools

import numpy as np
import pytest

from carpk.assessments import SLEDAI_ITEMS
from carpk.endpoints.logic import NO, UNKNOWN, YES
from carpk.endpoints.sledai import (
    WEIGHTS,
    baseline_score,
    contradictions,
    flare,
    no_major_organ_activity,
    no_new_activity,
    read_sledai,
)
from carpk.endpoints.visits import Visits

NAN = np.nan
KEYS = list(SLEDAI_ITEMS)


def items(*visits, given=True):
    """One row a visit, of the names of the items present; a name with ? is not known."""
    table = np.full((len(visits), 24), 0.0 if given else NAN)
    for row, names in enumerate(visits):
        for name in names.split():
            table[row, KEYS.index(f"sledai_{name.rstrip('?')}")] = NAN if name.endswith("?") else 1.0
    return table


def scored(table, total=None, clinical=None):
    nothing = np.full(len(table), NAN)
    return read_sledai(
        table,
        nothing if total is None else np.array(total, float),
        nothing if clinical is None else np.array(clinical, float),
    )


def visits_of(*subjects):
    subject = np.array(subjects)
    day = np.arange(len(subject), dtype=float) * 28
    return Visits(subject, day, day)


def test_the_24_items_add_up_to_105():
    assert len(WEIGHTS) == 24
    assert sorted(WEIGHTS) == [1] * 3 + [2] * 7 + [4] * 6 + [8] * 8  # 3 + 14 + 24 + 64 = 105
    assert scored(np.ones((1, 24))).total.value == 105


def test_every_whole_number_from_0_to_105_is_a_possible_score():
    sums = {0}
    for weight in WEIGHTS:
        sums |= {total + int(weight) for total in sums}
    assert sums == set(range(106))


@pytest.mark.parametrize(
    ("present", "total", "clinical"),
    [
        ("", 0, 0),
        ("arthritis rash", 6, 6),  # 4 + 2
        ("arthritis low_complement dna_binding", 8, 4),  # 4 + 2 + 2, of which 4 serology
        ("seizure fever", 9, 9),  # 8 + 1
        ("low_complement", 2, 0),
    ],
)
def test_total_and_clinical_score_from_items(present, total, clinical):
    found = scored(items(present))
    assert (found.total.value[0], found.clinical.value[0]) == (total, clinical)


def test_a_missing_item_leaves_the_score_between_its_absence_and_its_presence():
    found = scored(items("arthritis rash?"))
    assert (found.total.low[0], found.total.high[0]) == (4, 6)
    assert np.isnan(found.total.value[0])


def test_missing_serology_does_not_touch_the_clinical_score():
    found = scored(items("arthritis low_complement? dna_binding?"))
    assert found.clinical.value[0] == 4
    assert (found.total.low[0], found.total.high[0]) == (4, 8)


@pytest.mark.parametrize(
    ("total", "low", "high"),
    [(0, 0, 0), (1, 1, 1), (2, 0, 2), (3, 1, 3), (4, 0, 4), (5, 1, 5), (10, 6, 10)],
)
def test_a_total_alone_bounds_the_clinical_score_as_serology_weighs_0_2_or_4(total, low, high):
    found = scored(items("", given=False), total=[total])
    assert (found.clinical.low[0], found.clinical.high[0]) == (low, high)


def test_a_total_of_0_says_that_every_item_is_absent():
    np.testing.assert_array_equal(scored(items("", given=False), total=[0]).items, np.zeros((1, 24)))


def test_a_total_excludes_items_that_weigh_more_than_it_leaves():
    found = scored(items("", given=False), total=[3])
    heavy = WEIGHTS > 3
    assert (found.items[0, heavy] == 0).all()
    assert np.isnan(found.items[0, ~heavy]).all()


def test_a_total_settles_one_missing_item():
    found = scored(items("arthritis rash?", "arthritis rash?"), total=[6, 4])
    np.testing.assert_array_equal(found.items[:, KEYS.index("sledai_rash")], [1, 0])


@pytest.mark.parametrize(
    ("present", "total", "clinical", "wrong"),
    [
        ("arthritis", 4, NAN, False),
        ("arthritis", 6, NAN, True),
        ("arthritis rash?", 6, NAN, False),
        ("arthritis rash?", 3, NAN, True),
        ("arthritis low_complement", NAN, 4, False),
        ("arthritis low_complement", NAN, 6, True),
        ("arthritis? rash? low_complement?", 6, 5, True),  # 6 - 5 = 1 cannot be serology
    ],
)
def test_scores_that_cannot_be_those_of_the_items_are_found(present, total, clinical, wrong):
    assert contradictions(items(present), np.array([total]), np.array([clinical]))[0] == wrong


def test_the_baseline_score_is_the_last_exact_one_before_treatment():
    visits = Visits(np.zeros(4, int), np.array([-14.0, -7.0, 0.0, 28.0]), np.zeros(4))
    table = items("arthritis", "seizure", "rash?", "")
    start = baseline_score(scored(table).total, visits)
    np.testing.assert_array_equal(start.value, [8, 8, 8, 8])


def test_without_a_baseline_the_score_may_have_been_anything():
    visits = Visits(np.array([0, 1]), np.array([28.0, 28.0]), np.zeros(2))
    start = baseline_score(scored(items("", "")).total, visits)
    np.testing.assert_array_equal(start.low, [0, 0])
    np.testing.assert_array_equal(start.high, [105, 105])


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ("", YES),
        ("arthritis rash leukopenia", YES),
        *[(item, NO) for item in ("casts", "hematuria", "proteinuria", "pyuria")],  # renal
        *[(item, NO) for item in ("seizure", "psychosis", "headache", "stroke", "cranial_nerve")],  # CNS
        *[(item, NO) for item in ("pleurisy", "pericarditis", "vasculitis", "fever")],
        ("fever?", UNKNOWN),
        ("fever? pleurisy", NO),
        ("rash?", YES),
    ],
)
def test_major_organs_are_renal_cns_cardiopulmonary_vasculitis_and_fever(present, expected):
    assert no_major_organ_activity(scored(items(present)), np.array([NAN]))[0] == expected


def test_the_investigators_tick_decides_over_the_items():
    found = scored(items("", given=False), total=[4])
    np.testing.assert_array_equal(no_major_organ_activity(found, np.array([0.0])), [YES])
    np.testing.assert_array_equal(no_major_organ_activity(found, np.array([1.0])), [NO])
    np.testing.assert_array_equal(no_major_organ_activity(found, np.array([NAN])), [UNKNOWN])


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("rash", "rash", YES),  # persisting is not new
        ("rash", "", YES),
        ("rash", "alopecia", NO),
        ("rash", "rash alopecia", NO),
        ("rash?", "rash", UNKNOWN),
        ("", "rash?", UNKNOWN),
        ("rash", "rash?", YES),
        ("rash?", "", YES),
    ],
)
def test_new_activity_is_an_item_that_was_absent_at_the_visit_before(before, now, expected):
    none = np.array([NAN, NAN])
    assert no_new_activity(scored(items(before, now)), visits_of(0, 0), none)[1] == expected


def test_the_visit_before_is_one_of_the_same_subject_at_which_something_is_known():
    table = np.vstack([items("rash"), items("", given=False), items("rash"), items("rash")])
    said = no_new_activity(scored(table), visits_of(0, 0, 0, 1), np.full(4, NAN))
    np.testing.assert_array_equal(said[[2, 3]], [YES, UNKNOWN])


@pytest.mark.parametrize(
    ("before", "now", "grade"),
    [
        ((4, 1.0), (6, 1.0), 0),  # up by 2
        ((4, 1.0), (7, 1.0), 1),  # up by exactly 3
        ((4, 1.0), (12, 1.0), 1),  # exactly 12 is not more than 12
        ((4, 1.0), (13, 1.0), 2),
        ((13, 1.0), (13, 1.0), 0),  # as high as it was
        ((14, 1.0), (13, 1.0), 0),
        ((4, 0.5), (4, 1.4), 0),  # PGA up by 0.9
        ((4, 0.5), (4, 1.5), 1),  # by exactly 1
        ((4, 1.5), (4, 2.5), 1),  # exactly 2.5 is not more than 2.5
        ((4, 1.5), (4, 2.6), 2),
        ((4, NAN), (13, NAN), 2),  # severe by the score, whatever PGA is
        ((4, NAN), (4, 1.0), NAN),
        ((NAN, 1.0), (4, 1.0), NAN),
    ],
)
def test_flares_by_the_scores_of_the_selena_index(before, now, grade):
    total, pga = (np.array(pair, float) for pair in zip(before, now, strict=True))
    np.testing.assert_array_equal(flare(total, pga, visits_of(0, 0))[1], grade)


def test_a_total_with_missing_items_never_says_what_a_completion_contradicts():
    unknown = ["rash", "alopecia", "fever", "leukopenia"]
    for total in range(7):
        found = scored(items(" ".join(f"{name}?" for name in unknown)), total=[total])
        weights = [2, 2, 1, 1]
        for pattern in itertools.product((0, 1), repeat=4):
            if np.dot(weights, pattern) == total:
                for name, present in zip(unknown, pattern, strict=True):
                    said = found.items[0, KEYS.index(f"sledai_{name}")]
                    assert np.isnan(said) or said == present
