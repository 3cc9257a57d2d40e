"""From choices to what is fitted: which typical values, covariate effects and variabilities there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.models.population_model import PopulationModel
from carpk.models.population_rules import PopulationRules
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """A covariate on a parameter.

    Attributes
    ----------
    parameter : str
        Name of the parameter that it moves, on the transformed scale.
    label : str
        What moves it, e.g. ``dose`` or ``cohort=DL2``.
    values : (n,) float
        Of each patient; the typical value is that of a patient with 0.
    """

    parameter: str
    label: str
    values: Floats


def describe_population(
    model: Model, observed: Observations, rules: PopulationRules, effects: Sequence[Effect] = ()
) -> PopulationModel:
    """Set up what is fitted.

    Parameters
    ----------
    model : Model
    observed : Observations of n patients
    rules : PopulationRules
    effects : sequence of Effect

    Returns
    -------
    PopulationModel
        Its coefficients are the typical values of the varying parameters in the model's order, then the effects.

    Raises
    ------
    RulesError
        The rules do not fit the model.
    """
    rules.check(model)
    names = [parameter.name for parameter in model.parameters]
    kept = rules.kept(model)
    fixed, held_sd = kept | dict(rules.fixed), dict.fromkeys(kept, 0.0) | dict(rules.fixed_sd)
    varying = [index for index, name in enumerate(names) if held_sd.get(name) != 0.0]
    typical = model.to_phi(np.array([fixed.get(name, np.nan) for name in names]))
    constants = typical.copy()
    constants[varying] = np.nan
    priors = [rules.priors.get(names[index]) for index in varying]
    means = model.to_phi(np.array([rules.priors[name].value if name in rules.priors else np.nan for name in names]))
    more = len(effects)
    return PopulationModel(
        model=model,
        observed=observed,
        varying=np.array(varying),
        constants=constants,
        design=_design([names[index] for index in varying], effects, len(observed)),
        fixed_coefficients=np.concatenate([typical[varying], np.full(more, np.nan)]),
        prior_mean=np.concatenate([np.nan_to_num(means[varying]), np.zeros(more)]),
        prior_precision=np.array([0.0 if prior is None else prior.sd**-2 for prior in priors] + [0.0] * more),
        fixed_sd=np.array([held_sd.get(names[index], np.nan) for index in varying]),
        full=rules.omega == "full",
    )


def _design(varying: Sequence[str], effects: Sequence[Effect], patients: int) -> Floats:
    """One column for each typical value, one for each effect: (n, d, d + effects)."""
    design = np.zeros((patients, len(varying), len(varying) + len(effects)))
    design[:, np.arange(len(varying)), np.arange(len(varying))] = 1.0
    for column, effect in enumerate(effects, start=len(varying)):
        design[:, varying.index(effect.parameter), column] = effect.values
    return design
