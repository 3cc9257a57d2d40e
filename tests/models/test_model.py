"""Every model: its Jacobian is the derivative of its curve, its scales undo each other, one curve has one phi."""

import numpy as np
import pytest

from carpk.models.catalog import MODELS as CATALOG
from carpk.models.stein import STEIN

MODELS = list(CATALOG.values())
TYPICAL = {  # where a publication gives no value
    "cmax": 24_000,
    "persistent_fraction": 0.0079,
    "distribution_rate": 0.5,
    "distribution_end": 2.5,
    "growth_rate": 0.9,
    "tmax": 9.3,
    "alpha": 0.16,
    "contraction_end": 30.0,
    "beta": 0.0032,
}
DAYS = np.array([0.0, 1.0, 4.0, 8.0, 11.0, 14.0, 28.0, 90.0, 360.0])
FIRST_DOSES = np.array([[5.0, 6.0], [np.nan, 3.0], [12.0, np.nan], [4.0, 2.0]])


def four_patients(model, seed=1):
    spread = 0.3 * np.random.default_rng(seed).standard_normal((4, len(model.parameters)))
    natural = [TYPICAL[entry.name] if np.isnan(entry.published) else entry.published for entry in model.parameters]
    return model.to_phi(np.array(natural)) + spread


def covariates_of(model):
    return {0: None, 1: np.array([[9.0], [7.0], [12.5], [10.0]]), 2: FIRST_DOSES}[len(model.covariates)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_jacobian_is_the_derivative_of_the_curve(model):
    phi, step = four_patients(model), 1e-6
    known = covariates_of(model)
    analytic = model.jacobian(phi, DAYS, known)
    for place in range(phi.shape[-1]):
        shift = step * (np.arange(phi.shape[-1]) == place)
        ahead, behind = (model.log_level(phi + sign * shift, DAYS, known) for sign in (1, -1))
        assert analytic[..., place] == pytest.approx((ahead - behind) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_chains_of_patients_are_computed_as_one_patient_is(model):
    phi = np.stack([four_patients(model, seed) for seed in range(3)])
    times = DAYS + np.arange(4.0)[:, np.newaxis]
    known = covariates_of(model)
    together = model.log_level(phi, times, known)
    assert together.shape == (3, 4, 9)
    assert model.jacobian(phi, times, known).shape == (3, 4, 9, len(model.parameters))
    alone = model.log_level(phi[2, 1:2], times[1:2], None if known is None else known[1:2])
    assert together[2, 1] == pytest.approx(alone[0], rel=1e-14)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_going_to_the_transformed_scale_and_back_changes_nothing(model):
    phi = four_patients(model)
    assert model.to_phi(model.to_natural(phi)) == pytest.approx(phi, rel=1e-12)


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
