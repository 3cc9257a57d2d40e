"""BICLA: the BILAG-based composite lupus assessment."""

from dataclasses import dataclass
from types import MappingProxyType

from carpk.endpoints.bilag import BilagChange
from carpk.endpoints.logic import Range, Truth, all_of
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.pga import no_worsening
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BiclaRules:
    """What BICLA asks of PGA.

    Attributes
    ----------
    pga_limit : float
        Most that PGA may rise.
    pga_inclusive : bool
        Whether a rise by exactly that is allowed.
    """

    pga_limit: float = 0.3
    pga_inclusive: bool = True


BICLA_RULES = MappingProxyType({"wallace": BiclaRules(), "strict_pga": BiclaRules(pga_inclusive=False)})
"""Named rules. "wallace": PGA worse by no more than 10 % of its scale of 3 (Wallace et al. 2011, Arthritis Rheum
63:S894). "strict_pga": by less than 0.3, as SRI asks."""


def bicla(
    score: Range, baseline_score: Range, bilag: BilagChange, pga: Floats, baseline_pga: Floats, no_failure: Truth,
    rules: BiclaRules,
) -> Outcome:  # fmt: skip
    """Judge BICLA at every visit.

    It does not apply to subjects without a BILAG A or B at baseline: there is nothing to improve.

    Parameters
    ----------
    score, baseline_score : Range
        SLEDAI-2K; it must not be higher than at baseline.
    bilag : BilagChange
    pga, baseline_pga : (n,) float
        NaN where missing.
    no_failure : Truth
        No treatment failure, such as rescue medication.
    rules : BiclaRules
    """
    others = {
        "sledai_not_worse": score.minus(baseline_score).at_most(0.0),
        "pga_not_worse": no_worsening(pga, baseline_pga, limit=rules.pga_limit, inclusive=rules.pga_inclusive),
        "no_treatment_failure": no_failure,
    }
    components = {
        "all_bilag_improved": bilag.all_improved,
        "no_new_bilag_a": bilag.no_new_a,
        "at_most_one_new_bilag_b": bilag.at_most_one_new_b,
        **others,
    }
    met = all_of(bilag.improved_and_not_worse, *others.values())
    return Outcome(components, met, applies=bilag.active_at_baseline)
