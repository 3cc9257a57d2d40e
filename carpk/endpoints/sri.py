"""SRI-4 and its stricter kin: the SLE responder index."""

from dataclasses import dataclass
from types import MappingProxyType

from carpk.endpoints.bilag import BilagChange
from carpk.endpoints.logic import Range, Truth
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.pga import no_worsening
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SriRules:
    """What the responder index asks for, besides the fall of SLEDAI-2K by so many points.

    Attributes
    ----------
    pga_limit : float
        PGA must rise by less than this.
    bilag : bool
        Whether no new BILAG A and no more than one new B are asked for.
    """

    pga_limit: float = 0.3
    bilag: bool = True


SRI_RULES = MappingProxyType({"trial": SriRules(), "without_bilag": SriRules(bilag=False)})
"""Named rules. "trial": SLEDAI-2K down by 4 or more, PGA up by less than 0.3, no new BILAG-2004 A and no more than one
new B (Furie et al. 2009, doi:10.1002/art.24698). "without_bilag": the modified index of cohorts without BILAG
(Connelly et al., Association of Modified SRI Attainment With Long-Term Clinical Outcomes)."""


def sri(
    score: Range, baseline_score: Range, bilag: BilagChange, pga: Floats, baseline_pga: Floats, no_failure: Truth,
    rules: SriRules, *, points: int,
) -> Outcome:  # fmt: skip
    """Judge SRI at every visit.

    Parameters
    ----------
    score, baseline_score : Range
        SLEDAI-2K.
    bilag : BilagChange
    pga, baseline_pga : (n,) float
        NaN where missing.
    no_failure : Truth
        No treatment failure, such as rescue medication.
    rules : SriRules
    points : int
        Least fall of SLEDAI-2K: 4 in SRI-4.
    """
    components = {"sledai_improved": baseline_score.minus(score).at_least(points)}
    if rules.bilag:
        components |= {"no_new_bilag_a": bilag.no_new_a, "at_most_one_new_bilag_b": bilag.at_most_one_new_b}
    components["pga_not_worse"] = no_worsening(pga, baseline_pga, limit=rules.pga_limit, inclusive=False)
    components["no_treatment_failure"] = no_failure
    return Outcome.of_all(components)
