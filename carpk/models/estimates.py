"""What a fit says of each patient: parameters, what follows from them, intervals, and why a number is withheld.

A number is given only where the fit came to rest, two starts agree on it, it lies at no bound, its standard error is
below 100 % and its interval is closed. Whole arrays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from carpk.models.areas import area
from carpk.models.fits import AGREE, Fits
from carpk.models.model import Model
from carpk.models.profile_likelihood import profile_intervals
from carpk.models.rules import FitRules
from carpk.models.uncertainty import Uncertainty, sensitivity, threshold, uncertainty
from carpk.models.workers import Each
from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import flag_bit, reason_number
from carpk.terms import window_key

Quantity = Callable[[Floats], Floats]

_STILL = 1e-3  # a fit from which a step would lower -2 ln L by more has not come to rest
_LARGEST_ERROR = 1.0
_WORST_CONDITION = 1e8
_WIDEST = 300.0  # on ln; wider intervals overflow, and are withheld anyway
_FOLLOWS = 0.01  # a quantity that moves by less than this share of a parameter does not follow from it


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """One number of n patients.

    Attributes
    ----------
    value, low, high : (n,) float
        On the natural scale, times in days. A parameter's value may be withheld where one end of its interval is known.
    reason : (n,) int
        Number of the reason why the value is withheld, 0 where it is given.
    flags : (n,) int
    """

    value: Floats
    low: Floats
    high: Floats
    reason: Integers
    flags: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A fit and what is known of its quality.

    Attributes
    ----------
    fits : Fits of n patients
    found : Uncertainty
    rise : (n,) float
        Rise of -2 ln L at the ends of an interval.
    low, high : (n, p) float
        Ends of the parameters' intervals on the transformed scale; infinite where open, NaN where not fitted.
    """

    fits: Fits
    found: Uncertainty
    rise: Floats
    low: Floats
    high: Floats

    @property
    def whole(self) -> Integers:
        """Why a whole fit cannot be trusted, (n,); 0 where it can."""
        return np.select(
            [self.found.decrement > _STILL, self.fits.runner_up > AGREE],
            [reason_number("NOT_CONVERGED"), reason_number("OPTIMUM_UNCONFIRMED")],
            0,
        )

    @property
    def flags(self) -> Integers:
        """Flags that concern all numbers of a fit, (n,)."""
        return np.where(self.found.condition >= _WORST_CONDITION, flag_bit("ILL_CONDITIONED"), 0)

    @property
    def rates(self) -> list[int]:
        """Places of the two rates of decline, where the model has both."""
        names = [parameter.name for parameter in self.fits.model.parameters]
        return [names.index(name) for name in ("alpha", "beta") if {"alpha", "beta"} <= set(names)]

    @property
    def unordered(self) -> Integers:
        """Number of the reason where the late decline is faster than the early one, (n,)."""
        if not self.rates:
            return np.zeros(len(self.fits), np.int64)
        early, late = self.fits.phi[:, self.rates].T
        return np.where(early < late, reason_number("RATES_UNORDERED"), 0)


def weigh(fits: Fits, rules: FitRules, each: Each = map) -> Evidence:
    """Work out intervals and quality of fits; `each` as for `carpk.models.fits.fit_patients`."""
    found = uncertainty(fits)
    rise = threshold(fits, rules.confidence)
    if rules.intervals == "profile":
        return Evidence(fits, found, rise, *profile_intervals(fits, found, rise, each))
    reach = np.where(found.held, np.inf, np.sqrt(rise)[:, np.newaxis] * found.standard_error)
    low, high = (np.where(fits.free, fits.phi + side * reach, np.nan) for side in (-1.0, 1.0))
    return Evidence(fits, found, rise, low, high)


def reported_keys(model: Model, rules: FitRules) -> list[str]:
    """Name all that is reported of a model, in order."""
    areas = [] if model.after_peak else [f"model_{window_key(*window)}" for window in rules.windows.values()]
    return [*(parameter.key for parameter in model.parameters), *(f"model_{name}" for name in model.derived), *areas]


def estimates(evidence: Evidence, rules: FitRules) -> Mapping[str, Estimate]:
    """Give all that is reported of a model, by the key of its term: parameters, what follows from them, areas."""
    fits = evidence.fits
    answers = {parameter.key: _parameter(evidence, place) for place, parameter in enumerate(fits.model.parameters)}
    for key, quantity in _quantities(fits, rules).items():
        answers[key] = _derived(evidence, quantity)
    return answers


def _parameter(evidence: Evidence, place: int) -> Estimate:
    fits, found, whole = evidence.fits, evidence.found, evidence.whole
    parameter = fits.model.parameters[place]
    value = fits.model.to_natural(fits.phi)[:, place]
    if not fits.free[place]:
        none = np.full(len(fits), np.nan)
        flags = evidence.flags | flag_bit("FIXED_VALUE")
        return Estimate(np.where(whole == 0, value, np.nan), none, none, whole, flags)
    error = found.standard_error[:, place] * ((1.0 - value) if parameter.scale == "logit" else 1.0)
    low, high = (_natural_end(evidence, end, place) for end in (evidence.low, evidence.high))
    disorder = evidence.unordered if place in evidence.rates else 0
    vague = (error >= _LARGEST_ERROR) | np.isnan(low) | np.isnan(high)
    reason = _reason(whole, disorder, found.held[:, place], vague)
    return Estimate(np.where(reason == 0, value, np.nan), low, high, reason, evidence.flags)


def _reason(whole: Integers, disorder: Integers | int, at_bound: Booleans, vague: Booleans) -> Integers:
    """Name the first reason that applies."""
    disordered = np.broadcast_to(disorder, whole.shape)
    return np.select(
        [whole > 0, disordered > 0, at_bound, vague],
        [whole, disordered, reason_number("AT_BOUND"), reason_number("NOT_IDENTIFIABLE")],
        0,
    )


def _natural_end(evidence: Evidence, end: Floats, place: int) -> Floats:
    """One end of a parameter's interval on its natural scale; NaN where it is open."""
    known = np.isfinite(end[:, place]) & (evidence.whole == 0)
    phi = np.where(known[:, np.newaxis] & (np.arange(end.shape[1]) == place), end, evidence.fits.phi)
    return np.where(known, evidence.fits.model.to_natural(phi)[:, place], np.nan)


def _quantities(fits: Fits, rules: FitRules) -> dict[str, Quantity]:
    """Functions of phi, (n, p), that are reported beside the parameters, by key."""
    quantities: dict[str, Quantity] = {
        f"model_{name}": partial(_from_natural, fits, name) for name in fits.model.derived
    }
    if not fits.model.after_peak:
        for window in rules.windows.values():
            quantities[f"model_{window_key(*window)}"] = partial(_window_area, fits, window)
    return quantities


def _from_natural(fits: Fits, name: str, phi: Floats) -> Floats:
    return fits.model.derived[name](fits.model.to_natural(phi))


def _window_area(fits: Fits, window: tuple[float, float], phi: Floats) -> Floats:
    return area(fits.model, phi, *window, fits.problems.observed.covariates)


def _derived(evidence: Evidence, quantity: Quantity) -> Estimate:
    """Take over the interval of one parameter, or use the delta method where the quantity follows from several."""
    fits, found = evidence.fits, evidence.found
    with np.errstate(divide="ignore", invalid="ignore"):  # without growth there is no doubling time
        value, slopes = quantity(fits.phi), sensitivity(quantity, fits.phi)
    follows = ~(np.abs(slopes) <= _FOLLOWS)
    error = np.sqrt(np.maximum(np.einsum("np,npq,nq->n", slopes, found.covariance, slopes), 0.0))
    vague = ~(error < _LARGEST_ERROR)
    if (follows == follows[:1]).all() and follows[0].sum() == 1:
        low, high = _taken_over(evidence, quantity, int(np.argmax(follows[0])), rising=slopes[0].sum() > 0)
        vague |= np.isnan(low) | np.isnan(high)
    else:
        reach = np.minimum(np.sqrt(evidence.rise) * error, _WIDEST)
        low, high = value * np.exp(-reach), value * np.exp(reach)
    disorder = np.where(follows[:, evidence.rates].any(axis=1), evidence.unordered, 0)
    at_bound: Booleans = np.any(follows & found.held & fits.free, axis=1)
    reason = _reason(evidence.whole, disorder, at_bound, vague)
    value, low, high = (np.where(reason == 0, number, np.nan) for number in (value, low, high))
    return Estimate(value, low, high, reason, evidence.flags)


def _taken_over(evidence: Evidence, quantity: Quantity, place: int, *, rising: bool) -> tuple[Floats, Floats]:
    """Carry the ends of one parameter's interval over to a quantity that depends on it alone."""
    at_ends = []
    for end in (evidence.low, evidence.high):
        known = np.isfinite(end[:, place])
        there = known[:, np.newaxis] & (np.arange(end.shape[1]) == place)
        at_ends.append(np.where(known, quantity(np.where(there, end, evidence.fits.phi)), np.nan))
    return (at_ends[0], at_ends[1]) if rising else (at_ends[1], at_ends[0])
