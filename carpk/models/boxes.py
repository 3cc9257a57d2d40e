"""From the rules of a fit to the box and the prior of a model."""

from collections.abc import Sequence

import numpy as np

from carpk.errors import RulesError, did_you_mean
from carpk.models.least_squares import Prior
from carpk.models.model import Model
from carpk.models.rules import FitRules
from carpk.profiles import Floats

_PUBLISHED_LEVEL_UNIT = "copies/ug"


def check_names(rules: FitRules, models: Sequence[Model]) -> None:
    """Refuse rules that name a parameter of none of the models.

    Raises
    ------
    RulesError
        No model has a parameter of that name, or a fixed value lies outside its bounds.
    """
    known = {parameter.name: parameter for model in models for parameter in model.parameters}
    for name in (*rules.fixed, *rules.estimated):
        if name not in known:
            hint = did_you_mean(name, known)
            raise RulesError(f"FitRules: no parameter {name!r}; the models have {list(known)}.{hint}")
    for name, value in rules.fixed.items():
        lower, upper = known[name].lower, known[name].upper
        if not lower <= value <= upper:
            raise RulesError(f"FitRules: fixed {name} must lie from {lower:g} to {upper:g}; got {value!r}.")


def box(model: Model, rules: FitRules) -> tuple[Floats, Floats]:
    """Return lower and upper bounds, (p,) each, equal where a parameter is fixed; on the transformed scale."""
    lower, upper = (
        np.array([parameter.lower for parameter in model.parameters]),
        np.array([parameter.upper for parameter in model.parameters]),
    )
    for place, parameter in enumerate(model.parameters):
        if parameter.name in rules.fixed:
            lower[place] = upper[place] = rules.fixed[parameter.name]
        elif parameter.fixed and parameter.name not in rules.estimated:
            lower[place] = upper[place] = parameter.published
    return model.to_phi(lower), model.to_phi(upper)


def prior(model: Model, rules: FitRules, level_unit: str) -> Prior | None:
    """Return the published typical values and spread, None unless the rules ask for them.

    Raises
    ------
    RulesError
        The publication gives no spread.
    """
    if rules.prior == "none":
        return None
    spread = np.array([parameter.random_effect for parameter in model.parameters])
    if np.isnan(spread).all():
        raise RulesError(
            f"FitRules: prior 'published' needs a published spread between patients; {model.name} has none."
        )
    sd = np.sqrt(spread) if rules.random_effects == "variance" else spread
    of_levels = np.array([parameter.term.kind == "level" for parameter in model.parameters])
    unknown = np.isnan(sd) | (of_levels & (level_unit != _PUBLISHED_LEVEL_UNIT))
    return Prior(mean=np.where(unknown, 0.0, model.published), sd=np.where(unknown, np.inf, sd))
