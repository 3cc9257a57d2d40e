"""What to know before the numbers of a population fit are used."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from carpk.models.estimability import slow_phase
from carpk.models.population_frames import Fitted, coefficient_errors, shrinkage_frame, typical_phi
from carpk.reasons import sentence

_SLOW_RATE = ("beta", "beta_half_life")
_LARGEST_ERROR = 1.0  # on ln: a 95 % interval of a factor of 7 to either side
_LARGEST_STEP = 0.25  # of Newton, in standard errors
_LARGEST_CHANCE = 0.5  # in units of -2LL
LARGEST_SHRINKAGE = 30.0
"""In percent; beyond, the patients' own values say more of the population than of them."""

_SMALLEST_SD = 0.05


def withheld(fit: Fitted) -> dict[str, str]:
    """Return the reasons for which typical values are not reported, by parameter.

    The slow rate is not, where the follow-up shows too little of it; any, where its standard error on the
    transformed scale is 1 or more or unknown. What is fixed or has a prior is reported.
    """
    found = {}
    slow = slow_phase(fit.model, typical_phi(fit, fit.estimate.population), fit.population.observed)
    for place, (name, error) in enumerate(zip(fit.varying, coefficient_errors(fit), strict=False)):
        if not fit.population.estimated_coefficients[place] or name in fit.rules.priors:
            continue
        if name in _SLOW_RATE and slow is not None and not slow.tells_its_rate:
            found[name] = "FOLLOW_UP_SHORT"
        elif not error < _LARGEST_ERROR:
            found[name] = "NOT_IDENTIFIABLE"
    return found


def check_lines(fit: Fitted, left_out: Sequence[str]) -> pd.DataFrame:
    """Return code, parameter and detail of what was found."""
    lines = [(code, parameter, detail or sentence(code)) for code, parameter, detail in _lines(fit, left_out)]
    return pd.DataFrame(lines, columns=["code", "parameter", "detail"])


def _lines(fit: Fitted, left_out: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    if left_out:
        yield "SUBJECT_LEFT_OUT", "", f"{len(left_out)} left out: {', '.join(left_out)}. The log says why."
    for name, code in fit.reasons.items():
        advice = f"Fix {name} or give it a prior to estimate the rest given that."
        yield code, f"model_{name}", f"{sentence(code)} {advice}"
    step = _largest_step(fit)
    if step > _LARGEST_STEP:
        detail = f"The maximum of the likelihood lies {step:.2f} standard errors away from a reported number."
        yield "NOT_CONVERGED", "", detail
    information = fit.estimate.judgement.information
    if np.isnan(information.standard_error[information.variances]).any():
        yield "VARIABILITY_UNSURE", "", ""
    for place, name in enumerate(fit.varying):
        if np.isnan(fit.population.fixed_sd[place]) and fit.estimate.population.sd[place] < _SMALLEST_SD:
            yield "NO_VARIABILITY", f"model_{name}", ""
    shrunk = shrinkage_frame(fit)
    for parameter, percent in zip(shrunk["parameter"], shrunk["shrinkage_percent"].to_numpy(), strict=True):
        if percent > LARGEST_SHRINKAGE:
            yield "HIGH_SHRINKAGE", parameter, f"{percent:.0f} %. {sentence('HIGH_SHRINKAGE')}"
    if fit.estimate.judgement.minus_two_log_likelihood_error > _LARGEST_CHANCE:
        yield "CHANCE_LARGE", "", ""
    if len(fit.population.observed) < 2 * len(fit.varying):
        yield "FEW_SUBJECTS", "", ""


def _largest_step(fit: Fitted) -> float:
    """Newton's largest step that is left for a reported coefficient or the residual error, in standard errors."""
    information, free = fit.estimate.judgement.information, fit.population.estimated_coefficients
    count = int(free.sum())
    reported = np.array([name not in fit.reasons for name in fit.varying] + [True] * len(fit.effects))[free]
    step = np.abs(information.step) / information.standard_error
    kept = np.concatenate([step[:count][reported], step[-1:]])
    return float(np.max(kept, where=np.isfinite(kept), initial=0.0))
