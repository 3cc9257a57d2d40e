"""The same population by Bayesian sampling (NUTS), to cross-check the likelihood; needs the extra ``bayes``.

The model is declared once: NumPyro calls the curve and its Jacobian as they stand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from carpk.errors import RulesError
from carpk.models.observations import ABOVE, QUANTIFIED
from carpk.models.population import first_guesses
from carpk.models.population_model import PopulationModel
from carpk.profiles import Floats

_WIDE_COEFFICIENT, _WIDE_SD, _WIDE_RESIDUAL = 3.0, 2.0, 1.0
"""Standard deviations of the weak priors: normal around the first guess, half-normal, half-normal."""


@dataclass(frozen=True, slots=True, eq=False)
class PosteriorDraws:
    """Draws from what is known of a population.

    Attributes
    ----------
    coefficients : (s, q) float
    sd : (s, d) float
    residual_sd : (s,) float
    divergences : int
        Draws at which the sampler lost its way; more than a few mean that the others are not to be trusted either.
    """

    coefficients: Floats
    sd: Floats
    residual_sd: Floats
    divergences: int


def sample_population(
    population: PopulationModel,
    *,
    seed: int,
    warmup: int = 500,
    draws: int = 500,
    chains: int = 2,
    acceptance: float = 0.9,
) -> PosteriorDraws:
    """Draw from the posterior distribution of a population with independent random effects.

    Coefficients without a prior get a normal one around the patients' mean first guess with a standard deviation of 3,
    variabilities a half-normal one of 2, the residual error one of 1, on the transformed scale or ln C.

    Parameters
    ----------
    population : PopulationModel
    seed : int
    warmup, draws, chains : int
        Draws of each chain that are thrown away and kept, and the number of chains.
    acceptance : float
        Share of steps that NUTS aims to accept; the nearer to 1 the smaller its steps.

    Returns
    -------
    PosteriorDraws

    Raises
    ------
    RulesError
        NumPyro is not installed, or random effects may be correlated.
    """
    if population.full:
        raise RulesError("sample_population: correlated random effects are not sampled; use omega='diagonal'.")
    try:
        import jax
        import numpyro
        from numpyro.infer import MCMC, NUTS
    except ImportError:
        raise RulesError("sample_population needs NumPyro; install it with: pip install 'carpk[bayes]'.") from None
    numpyro.enable_x64()
    kernel = NUTS(_declared(population), target_accept_prob=acceptance)
    sampler = MCMC(
        kernel, num_warmup=warmup, num_samples=draws, num_chains=chains, chain_method="sequential", progress_bar=False
    )
    sampler.run(jax.random.key(seed), extra_fields=("diverging",))
    found = sampler.get_samples()
    return PosteriorDraws(
        coefficients=np.asarray(found["coefficients"]),
        sd=np.asarray(found["sd"]),
        residual_sd=np.asarray(found["residual_sd"]),
        divergences=int(np.sum(sampler.get_extra_fields()["diverging"])),
    )


def _declared(population: PopulationModel) -> Any:
    """Return the population as a function of NumPyro's."""
    import jax.numpy as jnp
    import numpyro
    from jax.scipy.special import log_ndtr
    from numpyro.distributions import HalfNormal, Normal

    curve, observed = _differentiable(population), population.observed
    patients, size, count = population.design.shape
    about = np.zeros(count)
    about[:size] = first_guesses(population).mean(axis=0)
    given = population.prior_precision > 0
    center = np.where(given, population.prior_mean, about)
    width = np.where(given, 1.0 / np.sqrt(np.where(given, population.prior_precision, 1.0)), _WIDE_COEFFICIENT)
    toward = np.where(observed.kind == ABOVE, -1.0, 1.0)

    def declared() -> None:
        drawn = numpyro.sample("drawn", Normal(center, width).to_event(1))
        free = population.estimated_coefficients
        coefficients = numpyro.deterministic("coefficients", jnp.where(free, drawn, population.fixed_coefficients))
        spread = numpyro.sample("spread", HalfNormal(_WIDE_SD).expand([size]).to_event(1))
        held = np.isnan(population.fixed_sd)
        sd = numpyro.deterministic("sd", jnp.where(held, spread, population.fixed_sd))
        residual_sd = numpyro.sample("residual_sd", HalfNormal(_WIDE_RESIDUAL))
        standard = numpyro.sample("standard", Normal(0.0, 1.0).expand([patients, size]).to_event(2))
        predicted = curve(population.design @ coefficients + sd * standard)
        room = (observed.log_level - predicted) / residual_sd
        quantified = -0.5 * (room**2 + jnp.log(2.0 * jnp.pi)) - jnp.log(residual_sd)
        each = jnp.where(observed.kind == QUANTIFIED, quantified, log_ndtr(toward * room))
        numpyro.factor("levels", jnp.sum(jnp.where(observed.present, each, 0.0)))

    return declared


def _differentiable(population: PopulationModel) -> Any:
    """Return the curve as a function that JAX can differentiate, by its Jacobian."""
    import jax
    import jax.numpy as jnp

    patients, levels = population.observed.times.shape
    size = population.design.shape[1]
    level_shape = jax.ShapeDtypeStruct((patients, levels), jnp.float64)
    jacobian_shape = jax.ShapeDtypeStruct((patients, levels, size), jnp.float64)

    @jax.custom_vjp  # type: ignore[untyped-decorator]
    def curve(phi: Any) -> Any:
        return jax.pure_callback(lambda given: population.log_level(np.asarray(given)), level_shape, phi)

    def forward(phi: Any) -> tuple[Any, Any]:
        slopes = jax.pure_callback(lambda given: population.jacobian(np.asarray(given)), jacobian_shape, phi)
        return curve(phi), slopes

    def backward(slopes: Any, change: Any) -> tuple[Any]:
        return (jnp.einsum("nm,nmd->nd", change, slopes),)

    curve.defvjp(forward, backward)
    return curve
