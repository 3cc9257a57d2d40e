"""The models that can be fitted, by name."""

import copyreg
from collections.abc import Callable, Mapping
from types import MappingProxyType

from carpk.errors import RulesError, did_you_mean
from carpk.models.contraction_only import CONTRACTION_ONLY
from carpk.models.four_phase import FOUR_PHASE
from carpk.models.lagged import LAGGED
from carpk.models.model import Model
from carpk.models.stein import STEIN, STEIN_COMEDICATION

MODELS: Mapping[str, Model] = MappingProxyType(
    {model.name: model for model in (STEIN, STEIN_COMEDICATION, LAGGED, FOUR_PHASE, CONTRACTION_ONLY)}
)


def model(name: str) -> Model:
    """Return a model by its name.

    Raises
    ------
    RulesError
        There is no such model.
    """
    if name not in MODELS:
        raise RulesError(f"There is no model {name!r}; one of {list(MODELS)}.{did_you_mean(str(name), MODELS)}")
    return MODELS[name]


def _by_name(pickled: Model) -> tuple[Callable[[str], Model], tuple[str]]:
    """Send a model to another process by its name, where it is looked up again: its functions cannot travel."""
    if MODELS.get(pickled.name) is not pickled:
        raise RulesError(f"The model {pickled.name!r} is none of {list(MODELS)}: fit it with workers=1.")
    return model, (pickled.name,)


copyreg.pickle(Model, _by_name)
