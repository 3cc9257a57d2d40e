"""One profile, one model, with lmfit at the front: its Parameters, its MinimizerResult, its confidence intervals.

The start is the best of all segments (see `carpk.models.search`), for lmfit from a single start often ends in a local
optimum. The lmfit parameters are ``ln_NAME`` or ``logit_NAME``, which are fitted, and NAME, which follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from carpk.errors import RulesError
from carpk.models.boxes import box, check_names
from carpk.models.catalog import model as model_named
from carpk.models.estimates import estimates, weigh
from carpk.models.fits import Fits, fit_patients
from carpk.models.least_squares import Prior
from carpk.models.likelihood import minus_two_log_likelihood, residuals
from carpk.models.model import Model, Parameter
from carpk.models.observations import observe
from carpk.models.rules import FitRules
from carpk.profiles import Floats

if TYPE_CHECKING:
    import lmfit

_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class ProfileFit:
    """A model fitted to one profile.

    Attributes
    ----------
    result : lmfit.MinimizerResult
        lmfit's own, with parameters, standard errors and correlations. Residuals are in units of `sd`.
    minimizer : lmfit.Minimizer
        For `lmfit.conf_interval` and what else lmfit offers.
    fits : Fits of one patient
        carpk's own, from whose optimum lmfit started.
    """

    result: "lmfit.minimizer.MinimizerResult"
    minimizer: "lmfit.Minimizer"
    fits: Fits

    @property
    def model(self) -> Model:
        """The model fitted."""
        return self.fits.model

    @property
    def sd(self) -> float:
        """Standard deviation of the residual error on ln C."""
        return float(self.fits.sd[0])

    @property
    def phi(self) -> Floats:
        """The parameters on the transformed scale, (1, p)."""
        return _phi(self.model, self.result.params)

    @property
    def values(self) -> dict[str, float]:
        """The parameters on their natural scale, by name."""
        return {parameter.name: float(self.result.params[parameter.name].value) for parameter in self.model.parameters}

    @property
    def minus_two_log_likelihood(self) -> float:
        """Of the levels, on ln C."""
        observed = self.fits.problems.observed
        predicted = self.model.log_level(self.phi, observed.times, observed.covariates)
        return float(minus_two_log_likelihood(predicted, observed, self.sd).sum())

    def level(self, days: ArrayLike) -> Floats:
        """Level of the fitted curve at times (m,) [assay unit]."""
        times = np.asarray(days, np.float64)
        return np.asarray(np.exp(self.model.log_level(self.phi, times, self.fits.problems.observed.covariates))[0])

    def intervals(self, confidence: float = 0.95) -> dict[str, tuple[float, float]]:
        """Return the ends of the profile-likelihood intervals on the natural scale, by name of the parameters fitted.

        An end that the levels do not set is NaN. ``lmfit.conf_interval(fit.minimizer, fit.result)`` gives lmfit's own,
        slower, and only where every parameter is well determined.
        """
        evidence = weigh(self.fits, FitRules(confidence=confidence))
        answers = estimates(evidence, FitRules(windows={}))
        return {
            entry.name: (float(answers[entry.key].low[0]), float(answers[entry.key].high[0]))
            for entry, free in zip(self.model.parameters, self.fits.free, strict=True)
            if free
        }


def fit_profile(
    model: str | Model,
    days: ArrayLike,
    levels: ArrayLike,
    *,
    lloq: float,
    uloq: float = np.inf,
    covariates: ArrayLike | None = None,
    sd: float | None = None,
    fixed: Mapping[str, float] | None = None,
    prior: Prior | None = None,
) -> ProfileFit:
    """Fit a model to one profile.

    Parameters
    ----------
    model : str or Model
        A name from `carpk.models.catalog.MODELS`, or a model.
    days, levels : (m,) numbers
        Times since the infusion, rising, and levels; below `lloq` or above `uloq` they count as censored there (M3).
    lloq, uloq : float
        Limits of quantification.
    covariates : (k,) numbers, optional
        In the order of the model's `covariates`.
    sd : float, optional
        Standard deviation of the residual error on ln C; estimated from this profile, if not given.
    fixed : mapping of str to float, optional
        Parameters that are not fitted, and their value.
    prior : Prior, optional
        Fit the most probable parameters instead of the most likely ones.

    Returns
    -------
    ProfileFit

    Raises
    ------
    RulesError
        There is no such model or parameter, or no level lies between the limits.
    """
    import lmfit

    chosen = model_named(model) if isinstance(model, str) else model
    known = np.empty(0) if covariates is None else np.asarray(covariates, np.float64)
    observed = observe(
        np.asarray(days, np.float64),
        np.asarray(levels, np.float64)[np.newaxis],
        lloq=lloq,
        uloq=uloq,
        covariates=known[np.newaxis],
    )
    if not observed.quantified.any():
        raise RulesError("fit_profile: no level lies between the limits of quantification.")
    rules = FitRules(fixed=fixed or {})
    check_names(rules, [chosen])
    lower, upper = box(chosen, rules)
    best = fit_patients(chosen, observed, lower=lower, upper=upper, sd=sd, pooled=False, prior=prior)
    minimizer = lmfit.Minimizer(partial(_standardized, best), _parameters(best), scale_covar=False)
    tolerances = {"ftol": _TOLERANCE, "xtol": _TOLERANCE, "gtol": _TOLERANCE}
    with np.errstate(invalid="ignore"):  # lmfit takes the root of a variance that rounding may have made negative
        result = minimizer.least_squares(jac=partial(_slopes, best), **tolerances)
    return ProfileFit(result, minimizer, best)


def _standardized(fits: Fits, params: "lmfit.Parameters") -> Floats:
    """Residuals of the samples, and of the prior where there is one, in standard deviations."""
    problems, phi = fits.problems, _phi(fits.model, params)
    predicted = fits.model.log_level(phi, problems.observed.times, problems.observed.covariates)
    residual = residuals(predicted, problems.observed, problems.sd)[0][problems.observed.present]
    prior = problems.prior
    return residual if prior is None else np.concatenate([residual, ((phi - prior.mean) / prior.sd)[0]])


def _slopes(fits: Fits, params: "lmfit.Parameters") -> Floats:
    """Differentiate `_standardized` with respect to the parameters that lmfit varies."""
    problems, phi = fits.problems, _phi(fits.model, params)
    times, covariates = problems.observed.times, problems.observed.covariates
    slope = residuals(fits.model.log_level(phi, times, covariates), problems.observed, problems.sd)[1]
    jacobian = (slope[..., np.newaxis] * fits.model.jacobian(phi, times, covariates))[problems.observed.present]
    if problems.prior is not None:
        jacobian = np.concatenate([jacobian, np.diag(1.0 / problems.prior.sd)])
    return jacobian[:, [params[_fitted_name(entry)].vary for entry in fits.model.parameters]]


def _parameters(fits: Fits) -> "lmfit.Parameters":
    """Make lmfit's parameters, on the transformed scale and, following from it, on the natural one."""
    import lmfit

    parameters = lmfit.Parameters()
    lower, upper = fits.problems.lower[0], fits.problems.upper[0]
    for place, entry in enumerate(fits.model.parameters):
        name = _fitted_name(entry)
        limits = {"min": lower[place], "max": upper[place]} if fits.free[place] else {}
        parameters.add(name, value=fits.phi[0, place], vary=bool(fits.free[place]), **limits)
        parameters.add(entry.name, expr=f"exp({name})" if entry.scale == "log" else f"1 / (1 + exp(-{name}))")
    return parameters


def _phi(model: Model, params: "lmfit.Parameters") -> Floats:
    return np.array([[params[_fitted_name(entry)].value for entry in model.parameters]])


def _fitted_name(entry: Parameter) -> str:
    return f"{'ln' if entry.scale == 'log' else 'logit'}_{entry.name}"
