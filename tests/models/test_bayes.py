"""NUTS against the maximum of the likelihood; runs where NumPyro is installed."""

import importlib.util

import numpy as np
import pytest
from models.line import LINE, draw

from carpk.errors import RulesError
from carpk.models.bayes import sample_population
from carpk.models.population import estimate
from carpk.models.population_design import describe_population
from carpk.models.population_rules import Effort, PopulationRules

INSTALLED = importlib.util.find_spec("numpyro") is not None


@pytest.mark.skipif(not INSTALLED, reason="NumPyro is not installed (extra bayes)")
def test_with_many_patients_the_posterior_lies_about_the_maximum_of_the_likelihood():
    observed = draw(60, seed=1, lloq=np.exp(3.0))
    population = describe_population(LINE, observed, PopulationRules())
    drawn = sample_population(population, seed=1, warmup=300, draws=300)
    found = estimate(population, seed=1, effort=Effort(exploring=60, smoothing=40))
    error = found.judgement.information.standard_error
    assert (observed.kind == 2).any()  # some levels are below the limit
    assert (drawn.coefficients.mean(axis=0) - found.population.coefficients) / error[:2] == pytest.approx(0, abs=0.3)
    assert drawn.coefficients.std(axis=0) / error[:2] == pytest.approx(1, abs=0.2)
    assert np.median(drawn.sd, axis=0) / found.population.sd == pytest.approx(1, abs=0.15)
    assert np.median(drawn.residual_sd) / found.population.residual_sd == pytest.approx(1, abs=0.1)
    assert drawn.divergences == 0


@pytest.mark.skipif(INSTALLED, reason="NumPyro is installed")
def test_without_numpyro_the_way_to_it_is_named():
    population = describe_population(LINE, draw(5, seed=1), PopulationRules())
    with pytest.raises(RulesError, match=r"carpk\[bayes\]"):
        sample_population(population, seed=1)


def test_correlated_random_effects_are_refused():
    population = describe_population(LINE, draw(5, seed=1), PopulationRules(omega="full"))
    with pytest.raises(RulesError, match="diagonal"):
        sample_population(population, seed=1)
