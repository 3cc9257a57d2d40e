"""PopulationRules: every choice that can change a number of a population fit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, TypeVar

from carpk.errors import RulesError, did_you_mean, refuse_unknown_choices
from carpk.models.model import Model
from carpk.models.sentences import population_sentences

Rules = TypeVar("Rules", "PopulationRules", "Effort")

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "omega": ("diagonal", "full"),
        "blq": ("censor", "drop", "half_lloq"),
        "time_zero": ("leave_out", "use"),
        "never_quantified": ("leave_out", "censor"),
        "random_effects": ("variance", "sd"),
    }
)


@dataclass(frozen=True, slots=True)
class Prior:
    """What is known of a typical value beforehand: normal on the transformed scale (ln, or logit of a fraction).

    Attributes
    ----------
    value : float
        Median, on the natural scale.
    sd : float
        Standard deviation on the transformed scale; 0.5 on ln is known within a factor 2.7, 19 times in 20.
    """

    value: float
    sd: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and math.isfinite(self.sd) and self.sd > 0):
            raise RulesError(f"Prior: value must be a number and sd a positive one; got {self.value}, {self.sd}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How much work a fit does.

    Attributes
    ----------
    exploring, smoothing : int
        Iterations of SAEM.
    chains : int
        Chains in all, shared among the patients; each has at least three.
    settling : int
        Rounds of EM on importance samples after SAEM.
    newton : int
        Newton's steps after that.
    points : int
        Importance points for each patient in a round, a power of 2.
    batches : int
        Rounds of importance sampling from which likelihood, standard errors and patients' parameters come; they differ
        by chance alone and so show its size.
    """

    exploring: int = 250
    smoothing: int = 150
    chains: int = 100
    settling: int = 20
    newton: int = 2
    points: int = 512
    batches: int = 8

    def __post_init__(self) -> None:
        least = {"exploring": 1, "smoothing": 2, "chains": 1, "settling": 0, "newton": 0, "points": 64, "batches": 2}
        for name, smallest in least.items():
            value: object = getattr(self, name)
            if not isinstance(value, int) or value < smallest:
                raise RulesError(f"Effort: {name} must be a whole number of at least {smallest}; got {value!r}.")
        if self.points & (self.points - 1):
            raise RulesError(f"Effort: points must be a power of 2, such as 512; got {self.points}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class PopulationRules:
    """Choices of a population fit.

    Attributes
    ----------
    omega : {"diagonal", "full"}
        Whether the parameters vary between patients each on its own, or together.
    covariates : mapping of str to str or sequence of str
        For a parameter, what it depends on: a column of the subjects, or an event that a patient has had.
    fixed : mapping of str to float
        Typical values that are held, on the natural scale. What the model itself keeps at its published value, the same
        for all, is estimated where `priors` or `fixed_sd` names it.
    fixed_sd : mapping of str to float
        Standard deviations between patients that are held, on the transformed scale; 0 where all patients share the
        typical value, which then must be fixed, too.
    priors : mapping of str to Prior
        What is known of typical values beforehand.
    blq : {"censor", "drop", "half_lloq"}
        Levels below the limit count with the chance to lie below it (M3), or are left out or taken for half the limit.
        The last two bias the estimates and are there to be compared.
    time_zero : {"leave_out", "use"}
        A sample at time 0 is as a rule taken before the infusion and tells nothing of the curve.
    never_quantified : {"leave_out", "censor"}
        What becomes of subjects without a quantified level: they are named and left out, or take part with what their
        limits say.
    random_effects : {"variance", "sd"}
        How the published spread is read where it is printed beside the estimate.
    seed : int
        One seed gives one answer, bit for bit.
    effort : Effort
    """

    omega: str = "diagonal"
    covariates: Mapping[str, str | Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    fixed: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    fixed_sd: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    priors: Mapping[str, Prior] = field(default_factory=lambda: MappingProxyType({}))
    blq: str = "censor"
    time_zero: str = "leave_out"
    never_quantified: str = "leave_out"
    random_effects: str = "variance"
    seed: int = 1
    effort: Effort = field(default_factory=Effort)

    def __post_init__(self) -> None:
        for name, words in CHOICES.items():
            value = getattr(self, name)
            if value not in words:
                hint = did_you_mean(str(value), words)
                raise RulesError(f"PopulationRules: {name} must be one of {list(words)}; got {value!r}.{hint}")
        if self.seed != int(self.seed) or self.seed < 0:
            raise RulesError(f"PopulationRules: seed must be a whole number, zero or more; got {self.seed!r}.")
        for name in ("covariates", "fixed", "fixed_sd", "priors"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def sentences(self) -> list[str]:
        """Say every choice in full sentences, as a report prints them."""
        return population_sentences(self)

    def with_choices(self, choices: Mapping[str, Any]) -> "PopulationRules":
        """Return rules that differ in some choices, as words or as the ``[population]`` table of a settings file.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        made = dict(choices) | {
            name: _records(name, choices[name], kind) for name, kind in _RECORDS.items() if name in choices
        }
        return _replaced(self, made, "PopulationRules")

    @property
    def covariate_names(self) -> dict[str, tuple[str, ...]]:
        """What each parameter depends on, a single word made a tuple of one."""
        return {key: (names,) if isinstance(names, str) else tuple(names) for key, names in self.covariates.items()}

    def kept(self, model: Model) -> dict[str, float]:
        """Return what the model keeps at its published value, by parameter, unless a prior or a spread is given."""
        named = {*self.fixed_sd, *self.priors}
        return {one.name: one.published for one in model.parameters if one.fixed and one.name not in named}

    def check(self, model: Model) -> None:
        """Refuse choices that do not fit a model.

        Raises
        ------
        RulesError
            A parameter is not the model's, a value is out of its bounds, or choices contradict each other.
        """
        known = [parameter.name for parameter in model.parameters]
        for choice in ("covariates", "fixed", "fixed_sd", "priors"):
            for name in getattr(self, choice):
                if name not in known:
                    hint = did_you_mean(name, known)
                    raise RulesError(f"{choice}: {model.name!r} has no parameter {name!r}; it has {known}.{hint}")
        for parameter in model.parameters:
            values = {"fixed": self.fixed.get(parameter.name)}
            if parameter.name in self.priors:
                values["priors"] = self.priors[parameter.name].value
            for choice, value in values.items():
                _check_bounds(choice, parameter.name, value, parameter.lower, parameter.upper)
        self._check_held()
        for name in self.kept(model):
            if name in self.covariates:
                raise RulesError(f"covariates: {model.name!r} keeps {name} at its published value; give it a prior.")

    def _check_held(self) -> None:
        for name, sd in self.fixed_sd.items():
            if not math.isfinite(sd) or sd < 0:
                raise RulesError(f"fixed_sd: {name} must be zero or a positive number; got {sd!r}.")
            if sd == 0 and name not in self.fixed:
                raise RulesError(f"fixed_sd: {name} does not vary between patients, so it must stand in fixed, too.")
            if sd == 0 and name in self.covariates:
                raise RulesError(f"covariates: {name} does not vary between patients (fixed_sd 0).")
        for name in self.priors:
            if name in self.fixed:
                raise RulesError(f"priors: {name} is fixed, so a prior says nothing; give one of the two.")


def _records(name: str, given: Any, kind: type) -> Any:
    """Make an Effort, or a mapping of Prior, of plain tables; leave what is made already."""
    if kind is Effort:
        return _replaced(Effort(), given, "Effort") if isinstance(given, Mapping) else given
    if not isinstance(given, Mapping):
        raise RulesError(f"PopulationRules: {name} must be a mapping of parameters; got {given!r}.")
    return {key: _prior(key, one) if isinstance(one, Mapping) else one for key, one in given.items()}


def _prior(parameter: str, given: Mapping[str, Any]) -> Prior:
    if set(given) != {"value", "sd"}:
        raise RulesError(f"priors: {parameter} needs value and sd, nothing else; got {dict(given)!r}.")
    return Prior(**given)


def _replaced(rules: Rules, choices: Mapping[str, Any], name: str) -> Rules:
    refuse_unknown_choices(name, choices, [choice.name for choice in fields(rules)])
    return replace(rules, **choices)


_RECORDS = MappingProxyType({"priors": Prior, "effort": Effort})


def _check_bounds(choice: str, name: str, value: Any, lower: float, upper: float) -> None:
    if value is not None and not lower <= value <= upper:
        raise RulesError(f"{choice}: {name}={value!r} must lie between {lower:g} and {upper:g}.")
