"""HyperinflammationRules: the limits by which signs of IEC-HS are listed, which a protocol must give."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from carpk.errors import RulesError, did_you_mean
from carpk.response.hyperinflammation import HyperinflammationLimits
from carpk.terms import analyte
from carpk.units import label

WITH_UPPER = ("ferritin", "ast", "alt", "ldh", "bilirubin_direct")
"""Analytes that are compared with an upper limit of normal."""

WITH_LOWER = ("fibrinogen",)
"""Analytes that are compared with a lower limit of normal."""

_LIMITS = tuple(each.name for each in fields(HyperinflammationLimits))


@dataclass(frozen=True, kw_only=True)
class HyperinflammationRules:
    """Limits for the listing of signs of IEC-HS; there are no defaults.

    Parameters
    ----------
    limits : HyperinflammationLimits
        Fibrinogen in g/L, triglycerides in mg/dL.
    upper, lower : mapping of analyte to level
        Limits of normal of the laboratory, in carpk's unit of the analyte; what is compared with one that is not given
        is not known.

    Raises
    ------
    RulesError
        A limit is of no such analyte, or not a number above zero.
    """

    limits: HyperinflammationLimits
    upper: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    lower: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name, known in (("upper", WITH_UPPER), ("lower", WITH_LOWER)):
            given = getattr(self, name)
            if not isinstance(given, Mapping):
                raise RulesError(f"iec_hs: {name} must give a level by analyte; got {given!r}.")
            for key, level in given.items():
                if key not in known:
                    hint = did_you_mean(key, known)
                    raise RulesError(f"iec_hs: {name} must be of {list(known)}; got {key!r}.{hint}")
                if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < float("inf"):
                    raise RulesError(f"iec_hs: {name} of {key!r} must be a number above zero; got {level!r}.")
            object.__setattr__(self, name, MappingProxyType(dict(given)))

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "HyperinflammationRules":
        """Make rules from words, as the ``[response.iec_hs]`` table of a settings file has them.

        Raises
        ------
        RulesError
            A word is no limit, a limit is not given, or it has no such value.
        """
        known = (*_LIMITS, "upper", "lower")
        for name in choices:
            if name not in known:
                raise RulesError(f"iec_hs has no limit {name!r}; one of {list(known)}.{did_you_mean(name, known)}")
        lacking = [name for name in _LIMITS if name not in choices]
        if lacking:
            raise RulesError(f"iec_hs: {', '.join(lacking)} must be given; carpk has no defaults for them.")
        for name in _LIMITS:
            if isinstance(choices[name], bool) or not isinstance(choices[name], int | float):
                raise RulesError(f"iec_hs: {name} must be a number above zero; got {choices[name]!r}.")
        return cls(
            limits=HyperinflammationLimits(**{name: choices[name] for name in _LIMITS}),
            upper=choices.get("upper", {}),
            lower=choices.get("lower", {}),
        )

    def sentence(self) -> str:
        """Say in a sentence what is listed by which limits."""
        limits = self.limits
        normal = [
            f"{analyte(key).label} {level:g} {label(analyte(key).unit)}"
            for key, level in (*self.upper.items(), *self.lower.items())
        ]
        given = f" Limits of normal: {', '.join(normal)}." if normal else ""
        return (
            "Signs of hyperinflammation (IEC-HS) are listed, never a diagnosis: ferritin above"
            f" {limits.ferritin_fold:g} times its upper limit of normal or its baseline (required; a rapid rise is not"
            f" judged); transaminases above {limits.transaminase_fold:g} times their upper limit or an abnormal"
            f" baseline, fibrinogen below {limits.fibrinogen:g} {label(analyte('fibrinogen').unit)} or its lower limit,"
            " LDH and direct bilirubin above their upper limits, triglycerides above"
            f" {limits.triglycerides:g} {label(analyte('triglycerides').unit)}. These limits were given for this"
            f" analysis.{given}"
        )
