"""EndpointRules: every choice that can change an efficacy endpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar, cast

from carpk.assessments import GLUCOCORTICOIDS
from carpk.endpoints.bicla import BICLA_RULES, BiclaRules
from carpk.endpoints.doris import DORIS_RULES, DorisRules
from carpk.endpoints.glucocorticoids import EQUIVALENTS
from carpk.endpoints.lldas import LLDAS_RULES, LldasRules
from carpk.endpoints.policies import POLICIES
from carpk.endpoints.renal import RENAL_RULES
from carpk.endpoints.sentences import methods_sentences
from carpk.endpoints.sri import SRI_RULES, SriRules
from carpk.errors import RulesError, did_you_mean, refuse_unknown_choices

T = TypeVar("T")

RESCUE = ("failure", "ignore")
PROTEINURIA = ("upcr", "24h", "either")

_SETS: Mapping[str, tuple[type, Mapping[str, Any]]] = MappingProxyType(
    {
        "sri": (SriRules, SRI_RULES),
        "bicla": (BiclaRules, BICLA_RULES),
        "lldas": (LldasRules, LLDAS_RULES),
        "doris": (DorisRules, DORIS_RULES),
    }
)
_CHOICES = MappingProxyType({"missing": POLICIES, "drop_out": POLICIES, "rescue": RESCUE, "proteinuria": PROTEINURIA})


@dataclass(frozen=True, kw_only=True)
class EndpointRules:
    """Choices of the efficacy endpoints; times are in days, whatever the unit of the data.

    Parameters
    ----------
    sri : str, SriRules or a mapping of its fields
        One of carpk.endpoints.sri.SRI_RULES: "trial" or "without_bilag".
    sri_points : sequence of int
        Least falls of SLEDAI-2K; 4 is SRI-4, and 5 to 8 ask for more of the same.
    bicla : str, BiclaRules or a mapping of its fields
        One of carpk.endpoints.bicla.BICLA_RULES: "wallace" or "strict_pga".
    lldas : str, LldasRules or a mapping of its fields
        One of carpk.endpoints.lldas.LLDAS_RULES: "trial" or "franklyn".
    doris : str, DorisRules or a mapping of its fields
        One of carpk.endpoints.doris.DORIS_RULES: "2021", "2021_below_5_mg", "total_score" or "off_therapy".
    renal : sequence of str
        Definitions of renal response, of carpk.endpoints.renal.RENAL_RULES.
    proteinuria : {"upcr", "24h", "either"}
        What renal responses look at: the protein-creatinine ratio [g/g], 24-h protein [g/day] in its place, or the
        latter only where the former is missing.
    nephritis_from : float
        Proteinuria at baseline above which renal responses apply to a subject. [g/g or g/day]
    missing, drop_out : {"non_responder", "as_observed"}
        What becomes of a visit at which missing inputs leave an endpoint undecided, and of planned visits after a
        subject dropped out or died: not met, or left undecided.
    rescue : {"failure", "ignore"}
        Whether rescue medication makes SRI, BICLA and renal responses not met from then on.
    antimalarials_allowed : bool
        Whether a subject on antimalarials alone counts as free of drugs.
    prednisolone_equals : mapping of str to float
        Amount of each glucocorticoid that equals 5 mg of prednisolone. [mg]
    sustained_visits : int
        Fewest visits in a row, all met, that make an endpoint sustained.
    baseline_until : float
        Last day on which an assessment counts as baseline. [day]
    confidence : float
        Level of the exact intervals.

    Raises
    ------
    RulesError
        A choice has no such value.
    """

    sri: SriRules | Mapping[str, Any] | str = "trial"
    sri_points: Sequence[int] = (4,)
    bicla: BiclaRules | Mapping[str, Any] | str = "wallace"
    lldas: LldasRules | Mapping[str, Any] | str = "trial"
    doris: DorisRules | Mapping[str, Any] | str = "2021"
    renal: Sequence[str] = tuple(RENAL_RULES)
    proteinuria: str = "upcr"
    nephritis_from: float = 0.5
    missing: str = "non_responder"
    drop_out: str = "non_responder"
    rescue: str = "failure"
    antimalarials_allowed: bool = True
    prednisolone_equals: Mapping[str, float] = field(default_factory=lambda: EQUIVALENTS)
    sustained_visits: int = 2
    baseline_until: float = 0.0
    confidence: float = 0.95

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            _require_one_of(name, getattr(self, name), known)
        for name, (kind, named) in _SETS.items():
            _resolved(name, getattr(self, name), kind, named)  # refuses what is none
        for name in self.renal:
            _require_one_of("renal", name, tuple(RENAL_RULES))
        object.__setattr__(self, "renal", tuple(self.renal))
        object.__setattr__(self, "sri_points", _points(self.sri_points))
        object.__setattr__(self, "prednisolone_equals", _equivalents(self.prednisolone_equals))
        if self.sustained_visits < 2:
            raise RulesError(f"EndpointRules: sustained_visits must be at least 2; got {self.sustained_visits!r}.")
        if not 0 < self.confidence < 1:
            raise RulesError(f"EndpointRules: confidence must lie between 0 and 1; got {self.confidence!r}.")

    @classmethod
    def from_mapping(cls, choices: Mapping[str, Any]) -> "EndpointRules":
        """Make rules from words, as the ``[endpoints]`` table of a settings file has them.

        Raises
        ------
        RulesError
            A word is no choice, or a choice has no such value.
        """
        refuse_unknown_choices("EndpointRules", choices, [choice.name for choice in fields(cls)])
        return cls(**choices)

    @property
    def sri_rules(self) -> SriRules:
        """What SRI asks for, resolved."""
        return cast("SriRules", _resolved("sri", self.sri, *_SETS["sri"]))

    @property
    def bicla_rules(self) -> BiclaRules:
        """What BICLA asks for, resolved."""
        return cast("BiclaRules", _resolved("bicla", self.bicla, *_SETS["bicla"]))

    @property
    def lldas_rules(self) -> LldasRules:
        """What LLDAS asks for, resolved."""
        return cast("LldasRules", _resolved("lldas", self.lldas, *_SETS["lldas"]))

    @property
    def doris_rules(self) -> DorisRules:
        """What DORIS asks for, resolved."""
        return cast("DorisRules", _resolved("doris", self.doris, *_SETS["doris"]))

    def name_of(self, choice: str) -> str:
        """Name the set of rules of `sri`, `bicla`, `lldas` or `doris`; "own" where it is none with a name."""
        rules = _resolved(choice, getattr(self, choice), *_SETS[choice])
        return next((name for name, known in _SETS[choice][1].items() if known == rules), "own")

    def sentences(self) -> list[str]:
        """Say in full sentences what was chosen, for the methods of a report."""
        return methods_sentences(self)


def _require_one_of(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        hint = did_you_mean(str(value), known)
        raise RulesError(f"EndpointRules: {name} must be one of {list(known)}; got {value!r}.{hint}")


def _resolved(name: str, given: object, kind: type[T], named: Mapping[str, T]) -> T:
    if isinstance(given, kind):
        return given
    if isinstance(given, Mapping):
        known = [choice.name for choice in fields(kind)]  # type: ignore[arg-type]
        refuse_unknown_choices(f"EndpointRules: {name}", given, known)
        return kind(**given)
    _require_one_of(name, given, tuple(named))
    return named[cast("str", given)]


def _points(given: Sequence[int]) -> tuple[int, ...]:
    for points in given:
        if type(points) is not int or not 1 <= points <= 105:
            raise RulesError(f"EndpointRules: sri_points are whole numbers from 1 to 105; got {points!r}.")
    return tuple(given)


def _equivalents(given: Mapping[str, float]) -> Mapping[str, float]:
    for drug, amount in given.items():
        _require_one_of("prednisolone_equals", drug, GLUCOCORTICOIDS)
        if not 0 < amount < float("inf"):
            raise RulesError(f"EndpointRules: prednisolone_equals {drug!r} must be an amount in mg; got {amount!r}.")
    return MappingProxyType({**EQUIVALENTS, **given})
