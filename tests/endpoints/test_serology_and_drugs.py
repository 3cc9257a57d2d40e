import numpy as np
import pytest

from carpk.assessments import GLUCOCORTICOIDS
from carpk.endpoints.glucocorticoids import EQUIVALENTS, drug_free, prednisolone_equivalent, steroid_free
from carpk.endpoints.logic import NO, UNKNOWN, YES
from carpk.endpoints.serology import above, below, change, percent_change

NAN = np.nan


def text(word):
    return np.array([word], object)


@pytest.mark.parametrize(
    ("value", "word", "limit", "expected"),
    [
        (30.0, "", 25.0, YES),
        (25.0, "", 25.0, NO),  # at the limit is normal
        (10.0, "", 25.0, NO),
        (10.0, "", NAN, UNKNOWN),
        (NAN, "", 25.0, UNKNOWN),
        (NAN, "positive", NAN, YES),
        (NAN, "negative", NAN, NO),
        (10.0, "<", 25.0, NO),  # below 10 is below 25
        (30.0, "<", 25.0, UNKNOWN),  # below 30 may be either
        (200.0, ">", 25.0, YES),
        (20.0, ">", 25.0, UNKNOWN),
    ],
)
def test_a_positive_antibody_is_above_the_upper_limit_of_normal(value, word, limit, expected, one):
    assert above(one(value), text(word), one(limit))[0] == expected


@pytest.mark.parametrize(
    ("value", "word", "limit", "expected"),
    [
        (0.8, "", 0.9, YES),
        (0.9, "", 0.9, NO),  # at the limit is normal
        (0.9, "", NAN, UNKNOWN),
        (0.2, "<", 0.9, YES),
        (1.0, "<", 0.9, UNKNOWN),
        (1.0, ">", 0.9, NO),
        (0.5, ">", 0.9, UNKNOWN),
    ],
)
def test_low_complement_is_below_the_lower_limit_of_normal(value, word, limit, expected, one):
    assert below(one(value), text(word), one(limit))[0] == expected


def test_change_and_change_in_percent(one):
    assert change(one(1.2), one(0.8))[0] == 0.4
    assert percent_change(one(30), one(120))[0] == -75
    assert np.isnan(percent_change(one(30), one(0))[0])


@pytest.mark.parametrize(
    ("drug", "dose"),  # the US label of prednisolone: these equal 15 mg of it
    [
        ("prednisolone", 15), ("prednisone", 15), ("methylprednisolone", 12), ("hydrocortisone", 60), ("cortisone", 75),
        ("triamcinolone", 12), ("dexamethasone", 2.25), ("betamethasone", 2.25),
    ],
)  # fmt: skip
def test_doses_in_prednisolone_equivalents(drug, dose):
    doses = np.full((1, len(GLUCOCORTICOIDS)), NAN)
    doses[0, GLUCOCORTICOIDS.index(f"{drug}_dose")] = dose
    assert prednisolone_equivalent(doses)[0] == pytest.approx(15)


def test_several_glucocorticoids_add_up_and_none_given_is_not_known():
    doses = np.full((2, len(GLUCOCORTICOIDS)), NAN)
    doses[0, GLUCOCORTICOIDS.index("prednisone_dose")] = 5
    doses[0, GLUCOCORTICOIDS.index("methylprednisolone_dose")] = 4
    np.testing.assert_array_equal(prednisolone_equivalent(doses), [10, NAN])


def test_every_glucocorticoid_has_an_equivalent():
    assert set(EQUIVALENTS) == set(GLUCOCORTICOIDS)


def test_free_of_steroids_and_of_drugs(one):
    np.testing.assert_array_equal(steroid_free(np.array([0.0, 2.5, NAN])), [YES, NO, UNKNOWN])
    cases = {(0, 0, 1): YES, (0, 1, 0): NO, (5, 0, 0): NO, (0, NAN, 0): UNKNOWN, (5, NAN, 0): NO}
    for (dose, drug, malaria), expected in cases.items():
        assert drug_free(one(dose), one(drug), one(malaria), antimalarials_allowed=True)[0] == expected
    assert drug_free(one(0), one(0), one(1), antimalarials_allowed=False)[0] == NO
