"""DORIS: remission of lupus."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from carpk.endpoints.logic import Truth, truth
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.pga import pga_range
from carpk.endpoints.sledai import Sledai
from carpk.errors import RulesError, did_you_mean
from carpk.profiles import Floats

_SCORES = ("clinical", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class DorisRules:
    """What remission asks for.

    Attributes
    ----------
    score : {"clinical", "total"}
        Which score of SLEDAI-2K must be 0: without or with serology.
    pga_limit : float
        PGA must be below this.
    prednisolone_limit : float
        Most prednisolone or equivalent. [mg/day]
    prednisolone_inclusive : bool
        Whether exactly that dose is allowed.
    without_immunosuppressants : bool
        Whether immunosuppressants and biologics must have been stopped; antimalarials are allowed in either case.
    """

    score: str = "clinical"
    pga_limit: float = 0.5
    prednisolone_limit: float = 5.0
    prednisolone_inclusive: bool = True
    without_immunosuppressants: bool = False

    def __post_init__(self) -> None:
        if self.score not in _SCORES:
            hint = did_you_mean(str(self.score), _SCORES)
            raise RulesError(f"DorisRules: score must be one of {list(_SCORES)}; got {self.score!r}.{hint}")


DORIS_RULES = MappingProxyType(
    {
        "2021": DorisRules(),
        "2021_below_5_mg": DorisRules(prednisolone_inclusive=False),
        "total_score": DorisRules(score="total"),
        "off_therapy": DorisRules(prednisolone_limit=0.0, without_immunosuppressants=True),
    }
)
"""Named rules. "2021": clinical SLEDAI 0, PGA below 0.5, prednisolone 5 mg/day or less (van Vollenhoven et al. 2021,
doi:10.1136/lupus-2021-000538, abstract). "2021_below_5_mg": as the final statement in its Table 2 words it, less than 5
mg/day. "total_score": serology must be quiet too, as some trials ask. "off_therapy": a stricter
variant of our own, no glucocorticoid, immunosuppressant or biologic; stable antimalarials allowed."""


def doris(sledai: Sledai, pga: Floats, prednisolone: Floats, immunosuppressant: Floats, rules: DorisRules) -> Outcome:
    """Judge remission at every visit; its duration is not part of it.

    Parameters
    ----------
    sledai : Sledai
    pga : (n,) float
        NaN where missing.
    prednisolone : (n,) float
        Dose in prednisolone equivalents, NaN where missing. [mg/day]
    immunosuppressant : (n,) float
        1 on immunosuppressants or biologics, 0 not, NaN not said.
    rules : DorisRules
    """
    score = sledai.clinical if rules.score == "clinical" else sledai.total
    components = {
        f"{rules.score}_sledai_0": score.at_most(0.0),
        "low_pga": pga_range(pga).below(rules.pga_limit),
        "low_prednisolone": _low_dose(prednisolone, rules),
    }
    if rules.without_immunosuppressants:
        components["no_immunosuppressant"] = truth(immunosuppressant == 0, ~np.isnan(immunosuppressant))
    return Outcome.of_all(components)


def _low_dose(prednisolone: Floats, rules: DorisRules) -> Truth:
    within = prednisolone < rules.prednisolone_limit
    if rules.prednisolone_inclusive:
        within = prednisolone <= rules.prednisolone_limit
    return truth(within, ~np.isnan(prednisolone))
