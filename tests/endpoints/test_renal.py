import numpy as np
import pytest

from carpk.endpoints.logic import NO, UNKNOWN, YES, truth
from carpk.endpoints.renal import (
    RENAL_RULES,
    Kidney,
    egfr_ckd_epi_2021,
    egfr_from_creatinine,
    egfr_schwartz,
    renal_response,
)

NAN = np.nan
FEMALE, MALE = 1.0, 0.0


@pytest.mark.parametrize(
    ("creatinine", "age", "female", "expected", "tolerance"),
    [
        # National Kidney Foundation's calculator, as the tests of the R package admiral quote it
        (1.09, 55, MALE, 80, 0.5),
        # worked through on creatinineclearancecalculator.net/equations/ckd-epi
        (0.9, 55, FEMALE, 76, 0.6),
        # at the knot of the equation the powers are 1: 142 x 0.9938^age, x 1.012
        (0.9, 40, MALE, 142 * 0.9938**40, 1e-9),
        (0.7, 40, FEMALE, 142 * 0.9938**40 * 1.012, 1e-9),
        # twice the knot: 2^-1.2; half of it: 0.5^-0.302 and 0.5^-0.241
        (1.8, 0, MALE, 142 * 2**-1.2, 1e-9),
        (0.45, 0, MALE, 142 * 2**0.302, 1e-9),
        (0.35, 0, FEMALE, 142 * 2**0.241 * 1.012, 1e-9),
    ],
)
def test_ckd_epi_2021(creatinine, age, female, expected, tolerance, one):
    found = egfr_ckd_epi_2021(one(creatinine), one(age), one(female))[0]
    assert found == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("creatinine", "height", "expected"),
    [(0.5, 100, 82.6), (0.4, 100, 103.25)],  # doctaverse and calculatorlib, worked examples: 82.6 and 103
)
def test_bedside_schwartz(creatinine, height, expected, one):
    assert egfr_schwartz(one(creatinine), one(height))[0] == pytest.approx(expected)


def test_children_take_schwartz_until_the_day_they_are_18(one):
    young = egfr_from_creatinine(one(0.5), one(17.9), one(FEMALE), one(100))[0]
    adult = egfr_from_creatinine(one(0.5), one(18), one(FEMALE), one(100))[0]
    assert young == pytest.approx(82.6)
    assert adult == egfr_ckd_epi_2021(one(0.5), one(18), one(FEMALE))[0]


@pytest.mark.parametrize(
    ("creatinine", "age", "female", "height"),
    [(NAN, 40, 1, 160), (0.0, 40, 1, 160), (0.8, NAN, 1, 160), (0.8, 40, NAN, 160), (0.8, 12, 1, NAN)],
)
def test_filtration_is_missing_where_an_input_is(creatinine, age, female, height, one):
    assert np.isnan(egfr_from_creatinine(one(creatinine), one(age), one(female), one(height))[0])


def judge(
    name, *, upcr=0.4, start=2.0, egfr=90.0, egfr_start=90.0, before_flare=100.0, dose=5.0, day=364.0, failed=False
):
    numbers = (upcr, start, egfr, egfr_start, before_flare, dose, day)
    kidney = Kidney(*(np.array([number], float) for number in numbers))
    return renal_response(kidney, truth(np.array([not failed])), RENAL_RULES[name], applies=np.array([YES])).met[0]


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, YES),
        ({"upcr": 0.5}, NO),  # below 0.5 is asked for
        ({"upcr": 0.49}, YES),
        ({"egfr": 76.5}, YES),  # exactly 15 % below 90
        ({"egfr": 76.4}, NO),
        ({"egfr": 200.0}, YES),
        ({"upcr": NAN}, UNKNOWN),
        ({"egfr_start": NAN}, UNKNOWN),
        ({"upcr": 0.6, "egfr": NAN}, NO),
        ({"failed": True, "dose": 60.0}, YES),  # KDIGO names neither
    ],
)
def test_complete_response_by_kdigo(changes, met):
    assert judge("kdigo_complete", **changes) == met


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"upcr": 1.0}, YES),  # down by exactly half
        ({"upcr": 1.01}, NO),
        ({"upcr": 3.0, "start": 8.0}, NO),  # below 3 is asked for
        ({"upcr": 2.9, "start": 8.0}, YES),
        ({"upcr": 0.45, "start": 0.8}, YES),  # complete, though not down by half
        ({"upcr": 0.45, "start": NAN}, YES),
        ({"upcr": 1.0, "start": NAN}, UNKNOWN),
        ({"upcr": 1.0, "egfr": 76.0}, NO),
        ({"upcr": NAN}, UNKNOWN),
    ],
)
def test_partial_or_complete_response_by_kdigo(changes, met):
    assert judge("kdigo_partial", **changes) == met


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"upcr": 0.7}, YES),  # exactly 0.7
        ({"upcr": 0.71}, NO),
        ({"egfr": 60.0}, YES),  # exactly 60 is enough, however much was lost
        ({"egfr": 59.0}, NO),
        ({"egfr": 40.0, "before_flare": 50.0}, YES),  # exactly 20 % below
        ({"egfr": 39.9, "before_flare": 50.0}, NO),
        ({"egfr": 70.0, "before_flare": NAN}, YES),
        ({"egfr": 50.0, "before_flare": NAN}, UNKNOWN),
        ({"egfr": 50.0, "before_flare": NAN, "egfr_start": 50.0}, UNKNOWN),  # baseline does not stand for it
        ({"dose": 10.0}, YES),
        ({"dose": 10.1}, NO),
        ({"dose": 60.0, "day": 167.0}, YES),  # the limit holds from week 24 on
        ({"dose": 60.0, "day": 168.0}, NO),
        ({"dose": NAN}, UNKNOWN),
        ({"failed": True}, NO),
    ],
)
def test_primary_efficacy_renal_response_of_bliss_ln(changes, met):
    assert judge("bliss_ln_perr", **changes) == met


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"upcr": 0.49}, YES),
        ({"upcr": 0.5}, NO),
        ({"egfr": 90.0, "before_flare": 200.0}, YES),
        ({"egfr": 89.0, "before_flare": 99.0}, NO),  # 89.1 is 10 % below
        ({"egfr": 89.1, "before_flare": 99.0}, YES),
        ({"failed": True}, NO),
    ],
)
def test_complete_renal_response_of_bliss_ln(changes, met):
    assert judge("bliss_ln_crr", **changes) == met


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"upcr": 0.5}, YES),  # 0.5 or less
        ({"upcr": 0.51}, NO),
        ({"egfr": 60.0, "egfr_start": 120.0}, YES),
        ({"egfr": 48.0, "egfr_start": 60.0}, YES),  # exactly 20 % below baseline
        ({"egfr": 47.9, "egfr_start": 60.0}, NO),
        ({"dose": 10.0}, YES),
        ({"dose": 10.1}, NO),
        ({"failed": True}, NO),
    ],
)
def test_complete_renal_response_of_aurora(changes, met):
    assert judge("aurora_crr", **changes) == met
