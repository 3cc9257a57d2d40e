"""How much of the slow decline samples show, worked out by hand."""

import numpy as np
import pytest

from carpk.models.estimability import SlowPhase, slow_phase
from carpk.models.four_phase import FOUR_PHASE
from carpk.models.lagged import LAGGED
from carpk.models.observations import observe
from carpk.models.stein import STEIN

DAYS = np.array([7.0, 14.0, 28.0, 60.0, 90.0, 180.0])
# alpha 0.2, beta 0.01, share 1/(1 + e^3.8): the declines cross 3.8 / 0.19 = 20 days after the peak at day 10.
SHARE = 1.0 / (1.0 + np.exp(3.8))


def seen(levels):
    return observe(DAYS, np.array(levels, float), lloq=50.0)


def test_levels_and_half_lives_count_from_where_the_declines_cross():
    phi = STEIN.to_phi(np.array([1000.0, 10.0, 1e4, 0.2, SHARE, 0.01]))
    observed = seen([[900, 800, 700, 600, 500, 400], [900, 800, 700, 600, 10, 10]])
    found = slow_phase(STEIN, phi, observed)
    assert found.levels == pytest.approx((3 + 1) / 2)  # after day 30, above the limit
    assert found.half_lives == pytest.approx(150 * 0.01 / np.log(2))


def test_a_model_of_half_lives_sees_the_same():
    natural = dict(zip([entry.name for entry in LAGGED.parameters], [1.0] * 7, strict=True))
    natural |= {"lag": 3.0, "tmax": 10.0, "persistent_fraction": SHARE}
    natural |= {"alpha_half_life": np.log(2) / 0.2, "beta_half_life": np.log(2) / 0.01}
    found = slow_phase(LAGGED, LAGGED.to_phi(np.array(list(natural.values()))), seen([[900] * 6]))
    assert found == SlowPhase(half_lives=pytest.approx(150 * 0.01 / np.log(2)), levels=pytest.approx(3))


def test_with_four_phases_persistence_begins_where_contraction_ends():
    natural = {entry.name: 0.5 for entry in FOUR_PHASE.parameters} | {"beta": 0.01, "contraction_end": 80.0}
    found = slow_phase(FOUR_PHASE, FOUR_PHASE.to_phi(np.array(list(natural.values()))), seen([[900] * 6]))
    assert found == SlowPhase(half_lives=pytest.approx(100 * 0.01 / np.log(2)), levels=pytest.approx(2))


def test_rates_in_the_wrong_order_show_no_slow_decline():
    phi = STEIN.to_phi(np.array([1000.0, 10.0, 1e4, 0.01, SHARE, 0.2]))
    assert not slow_phase(STEIN, phi, seen([[900] * 6])).tells_its_rate
