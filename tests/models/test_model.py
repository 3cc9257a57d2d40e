"""Every model: its Jacobian is the derivative of its curve, its scales undo each other, one curve has one phi."""

import numpy as np
import pytest

from carpk.models.stein import STEIN, STEIN_COMEDICATION

MODELS = [STEIN, STEIN_COMEDICATION]
DAYS = np.array([0.0, 1.0, 4.0, 8.0, 11.0, 14.0, 28.0, 90.0, 360.0])
FIRST_DOSES = np.array([[5.0, 6.0], [np.nan, 3.0], [12.0, np.nan], [4.0, 2.0]])


def four_patients(model, seed=1):
    spread = 0.3 * np.random.default_rng(seed).standard_normal((4, len(model.parameters)))
    return model.published + spread


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_jacobian_is_the_derivative_of_the_curve(model):
    phi, step = four_patients(model), 1e-6
    analytic = model.jacobian(phi, DAYS, FIRST_DOSES)
    for place in range(phi.shape[-1]):
        shift = step * (np.arange(phi.shape[-1]) == place)
        ahead, behind = (model.log_level(phi + sign * shift, DAYS, FIRST_DOSES) for sign in (1, -1))
        assert analytic[..., place] == pytest.approx((ahead - behind) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_chains_of_patients_are_computed_as_one_patient_is(model):
    phi = np.stack([four_patients(model, seed) for seed in range(3)])
    times = DAYS + np.arange(4.0)[:, np.newaxis]
    together = model.log_level(phi, times, FIRST_DOSES)
    assert together.shape == (3, 4, 9)
    assert model.jacobian(phi, times, FIRST_DOSES).shape == (3, 4, 9, len(model.parameters))
    alone = model.log_level(phi[2, 1:2], times[1:2], FIRST_DOSES[1:2])
    assert together[2, 1] == pytest.approx(alone[0], rel=1e-14)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_going_to_the_transformed_scale_and_back_changes_nothing(model):
    natural = np.array([parameter.published for parameter in model.parameters])
    assert model.to_natural(model.to_phi(natural)) == pytest.approx(natural, rel=1e-14)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_published_values_lie_within_the_bounds(model):
    published = model.published
    assert np.all(np.isnan(published) | ((model.lower < published) & (published < model.upper)))


def test_swapped_phases_of_the_decline_are_one_curve_and_one_answer():
    phi = four_patients(STEIN)
    swapped = phi.copy()
    swapped[:, 3], swapped[:, 4], swapped[:, 5] = phi[:, 5], -phi[:, 4], phi[:, 3]
    assert STEIN.log_level(swapped, DAYS) == pytest.approx(STEIN.log_level(phi, DAYS), abs=1e-12)
    assert STEIN.canonical(swapped) == pytest.approx(STEIN.canonical(phi), abs=1e-15)
    assert (STEIN.canonical(swapped)[:, 3] >= STEIN.canonical(swapped)[:, 5]).all()
