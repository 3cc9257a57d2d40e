"""FitRules: every choice that can change a fitted number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from carpk.errors import RulesError, did_you_mean, refuse_unknown_choices
from carpk.models.sentences import fit_sentences

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "blq": ("censor", "drop", "half_lloq"),
        "time_zero": ("leave_out", "use"),
        "prior": ("none", "published"),
        "random_effects": ("variance", "sd"),
        "intervals": ("profile", "wald"),
    }
)
"""Words that a choice may be; the first is the default."""

_RESIDUAL_ERRORS = ("pooled", "own")


def _windows() -> Mapping[str, tuple[float, float]]:
    return {"0-28": (0.0, 28.0), "28-90": (28.0, 90.0), "0-90": (0.0, 90.0)}


@dataclass(frozen=True, kw_only=True)
class FitRules:
    """How models are fitted.

    Parameters
    ----------
    residual_error : {"pooled", "own"} or float
        Standard deviation of the residual error on ln C: one estimated for all subjects of an analyte, one for each, or
        a number. With "own" the intervals of subjects with few levels are wide and still cover less than they say.
    blq : {"censor", "drop", "half_lloq"}
        A level below the limit counts with the chance to lie below it (M3), is left out, or is taken for half the
        limit. The last two bias the growth and are there to be compared.
    time_zero : {"leave_out", "use"}
        A sample at time 0 is as a rule taken before the infusion and tells nothing of the curve.
    fixed : mapping of str to float
        Parameters that are not fitted, and their value.
    estimated : sequence of str
        Parameters that a model keeps at their published value, to be fitted all the same.
    prior : {"none", "published"}
        With "published" the most probable parameters are fitted (MAP), given the published typical values and spread.
        Published levels hold for copies/ug only; for other units their prior is left out.
    random_effects : {"variance", "sd"}
        How the published spread is read: as variances or as standard deviations.
    confidence : float
        Of the intervals.
    intervals : {"profile", "wald"}
        From the profile of the likelihood, or from standard errors.
    windows : mapping of str to (start, end)
        Windows of the area under the fitted curve. [day]

    Raises
    ------
    RulesError
        A choice has no such value.
    """

    residual_error: str | float = "pooled"
    blq: str = "censor"
    time_zero: str = "leave_out"
    fixed: Mapping[str, float] = field(default_factory=dict)
    estimated: Sequence[str] = ()
    prior: str = "none"
    random_effects: str = "variance"
    confidence: float = 0.95
    intervals: str = "profile"
    windows: Mapping[str, tuple[float, float]] = field(default_factory=_windows)

    def __post_init__(self) -> None:
        for name, words in CHOICES.items():
            given = getattr(self, name)
            if given not in words:
                hint = did_you_mean(str(given), words)
                raise RulesError(f"FitRules: {name} must be one of {list(words)}; got {given!r}.{hint}")
        self._check_residual_error()
        if not 0.5 <= self.confidence < 1.0:
            raise RulesError(f"FitRules: confidence must lie from 0.5 to below 1; got {self.confidence!r}.")
        for name, (start, end) in self.windows.items():
            if not 0 <= start < end < float("inf"):
                wanted = "must run from day 0 or later to a later day"
                raise RulesError(f"FitRules: window {name!r} {wanted}; got {(start, end)!r}.")
        object.__setattr__(self, "fixed", MappingProxyType(dict(self.fixed)))
        object.__setattr__(self, "estimated", tuple(self.estimated))
        object.__setattr__(self, "windows", MappingProxyType(dict(self.windows)))

    def _check_residual_error(self) -> None:
        given = self.residual_error
        if given in _RESIDUAL_ERRORS or (isinstance(given, int | float) and 0 < given < float("inf")):
            return
        hint = did_you_mean(given, _RESIDUAL_ERRORS) if isinstance(given, str) else ""
        wanted = f"one of {list(_RESIDUAL_ERRORS)} or a positive number"
        raise RulesError(f"FitRules: residual_error must be {wanted}; got {given!r}.{hint}")

    def sentences(self) -> list[str]:
        """Say every choice in full sentences, as a report prints them."""
        return fit_sentences(self)

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "FitRules":
        """Make rules from words, as the ``[fit]`` table of a settings file has them.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        refuse_unknown_choices("FitRules", choices, [choice.name for choice in fields(cls)])
        return cls(**choices)
