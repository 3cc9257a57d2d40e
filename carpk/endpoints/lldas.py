"""LLDAS: the lupus low disease activity state."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from carpk.endpoints.logic import Truth, all_of, any_of, truth
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.pga import pga_range
from carpk.endpoints.sledai import Sledai, no_major_organ_activity, no_new_activity
from carpk.endpoints.visits import Visits
from carpk.profiles import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LldasRules:
    """What LLDAS asks for.

    Attributes
    ----------
    sledai_limit, pga_limit : float
        Most that SLEDAI-2K and PGA may be.
    prednisolone_limit : float
        Most prednisolone or equivalent. [mg/day]
    hemolysis_and_gut : bool
        Whether hemolytic anemia and gastrointestinal activity, which SLEDAI-2K does not score, must be absent.
    standard_therapy : bool
        Whether immunosuppressants and biologics, if any, must be well tolerated standard maintenance therapy.
    """

    sledai_limit: float = 4.0
    pga_limit: float = 1.0
    prednisolone_limit: float = 7.5
    hemolysis_and_gut: bool = False
    standard_therapy: bool = False


LLDAS_RULES = MappingProxyType(
    {"trial": LldasRules(), "franklyn": LldasRules(hemolysis_and_gut=True, standard_therapy=True)}
)
"""Named rules. "franklyn": all five items as published (Franklyn et al. 2016, doi:10.1136/annrheumdis-2015-207726).
"trial": without what SLEDAI-2K, PGA and the dose do not say."""


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """What the investigator ticks at each visit: 1 yes, 0 no, NaN not said; (n,) float each."""

    major_organ_activity: Floats
    new_activity: Floats
    hemolytic_anemia: Floats
    gastrointestinal_activity: Floats
    standard_therapy: Floats
    immunosuppressant: Floats


def lldas(
    sledai: Sledai, pga: Floats, prednisolone: Floats, ticks: Ticks, visits: Visits, rules: LldasRules
) -> Outcome:
    """Judge LLDAS at every visit.

    Parameters
    ----------
    sledai : Sledai
    pga : (n,) float
        NaN where missing.
    prednisolone : (n,) float
        Dose in prednisolone equivalents, NaN where missing. [mg/day]
    ticks : Ticks
        A tick for major organ or new activity decides over the items.
    visits : Visits
        For the visit before each.
    rules : LldasRules
    """
    organs = no_major_organ_activity(sledai, ticks.major_organ_activity)
    if rules.hemolysis_and_gut:
        organs = all_of(organs, _is_no(ticks.hemolytic_anemia), _is_no(ticks.gastrointestinal_activity))
    components = {
        "low_sledai": sledai.total.at_most(rules.sledai_limit),
        "no_major_organ_activity": organs,
        "no_new_activity": no_new_activity(sledai, visits, ticks.new_activity),
        "low_pga": pga_range(pga).at_most(rules.pga_limit),
        "low_prednisolone": truth(prednisolone <= rules.prednisolone_limit, ~np.isnan(prednisolone)),
    }
    if rules.standard_therapy:
        on_standard = truth(ticks.standard_therapy == 1, ~np.isnan(ticks.standard_therapy))
        components["standard_therapy"] = any_of(on_standard, _is_no(ticks.immunosuppressant))
    return Outcome.of_all(components)


def _is_no(ticked: Floats) -> Truth:
    return truth(ticked == 0, ~np.isnan(ticked))
