"""The models that can be fitted, by name."""

from collections.abc import Mapping
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
