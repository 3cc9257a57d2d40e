"""SLEDAI-2K: total and clinical score from items or from given totals, as far as they are known; flares.

References
----------
Gladman, Ibanez and Urowitz 2002, J Rheumatol 29:288-291, for items, weights and the range of 0 to 105.
"""

from dataclasses import dataclass

import numpy as np

from carpk.assessments import SLEDAI_ITEMS
from carpk.endpoints.logic import NO, UNKNOWN, YES, Range, Truth, any_of, difference, truth
from carpk.endpoints.visits import Visits, at_rows
from carpk.profiles import Booleans, Floats

WEIGHTS: Floats = np.array([entry.weight for entry in SLEDAI_ITEMS.values()], np.float64)
"""Weight of each item, in the order of `carpk.assessments.SLEDAI_ITEMS`."""

HIGHEST = float(WEIGHTS.sum())

_KEYS = list(SLEDAI_ITEMS)
_SEROLOGY = np.isin(_KEYS, ["sledai_low_complement", "sledai_dna_binding"])
_MAJOR_ORGANS = np.isin(
    _KEYS,
    [
        f"sledai_{item}"
        for item in (
            "seizure", "psychosis", "organic_brain_syndrome", "visual_disturbance", "cranial_nerve", "headache",
            "stroke", "vasculitis", "casts", "hematuria", "proteinuria", "pyuria", "pleurisy", "pericarditis", "fever",
        )
    ],
)  # fmt: skip
_SEROLOGY_WEIGHT = float(WEIGHTS[_SEROLOGY].sum())


@dataclass(frozen=True, slots=True, eq=False)
class Sledai:
    """Scores and items at every visit, as far as they are known.

    Attributes
    ----------
    items : (n, 24) float
        1 present, 0 absent, NaN not known; with what the total says of items not given.
    total, clinical : Range
        Score, and score without the two items of serology.
    """

    items: Floats
    total: Range
    clinical: Range

    @property
    def known(self) -> Booleans:
        """Whether anything is known at a visit."""
        return np.asarray(~np.isnan(self.items).all(axis=1) | (self.total.low > 0) | (self.total.high < HIGHEST))


def read_sledai(items: Floats, total: Floats, clinical: Floats) -> Sledai:
    """Put items and given scores together.

    Parameters
    ----------
    items : (n, 24) float
        1 present, 0 absent, NaN not given.
    total, clinical : (n,) float
        Given scores, NaN where not given. They must agree with the items, see `contradictions`.

    Returns
    -------
    Sledai
        A missing item counts as possibly present. Where the total is given, an item that weighs more than what the
        others leave is absent, and one alone that is missing is present if they leave anything.
    """
    filled = _with_total(items, total)
    missing = np.isnan(filled)
    least = np.where(missing, 0.0, filled) @ WEIGHTS
    most = np.where(missing, 1.0, filled) @ WEIGHTS
    score = Range(np.where(np.isnan(total), least, total), np.where(np.isnan(total), most, total))
    return Sledai(filled, score, _clinical(filled, score, clinical))


def _with_total(items: Floats, total: Floats) -> Floats:
    missing = np.isnan(items)
    left = total - np.where(missing, 0.0, items) @ WEIGHTS
    with np.errstate(invalid="ignore"):
        too_heavy = missing & (left[:, None] < WEIGHTS)
        alone = missing & (missing.sum(axis=1) == 1)[:, None] & (left[:, None] == WEIGHTS)
    return np.where(too_heavy, 0.0, np.where(alone, 1.0, items))


def _clinical(items: Floats, score: Range, given: Floats) -> Range:
    missing = np.isnan(items)
    weights = np.where(_SEROLOGY, 0.0, WEIGHTS)
    by_items = Range(np.where(missing, 0.0, items) @ weights, np.where(missing, 1.0, items) @ weights)
    serology = items[:, _SEROLOGY]
    most = np.where(np.isnan(serology), 1.0, serology) @ WEIGHTS[_SEROLOGY]
    least = np.where(np.isnan(serology), 0.0, serology) @ WEIGHTS[_SEROLOGY]
    most = np.minimum(most, 2 * np.floor(score.low / 2))  # both items weigh 2, so an odd score has a clinical item
    exact = score.low == score.high
    low = np.where(exact, np.maximum(by_items.low, score.low - most), by_items.low)
    high = np.where(exact, np.minimum(by_items.high, score.high - least), by_items.high)
    return Range(np.where(np.isnan(given), low, given), np.where(np.isnan(given), high, given))


def contradictions(items: Floats, total: Floats, clinical: Floats) -> Booleans:
    """Find visits whose given scores cannot be those of the items, or of each other."""
    missing = np.isnan(items)
    least = np.where(missing, 0.0, items) @ WEIGHTS
    most = np.where(missing, 1.0, items) @ WEIGHTS
    without = np.where(_SEROLOGY, 0.0, WEIGHTS)
    with np.errstate(invalid="ignore"):
        wrong = (total < least) | (total > most)
        wrong |= clinical < np.where(missing, 0.0, items) @ without
        wrong |= clinical > np.where(missing, 1.0, items) @ without
        apart = total - clinical
        wrong |= ~np.isnan(apart) & ~np.isin(apart, (0.0, 2.0, _SEROLOGY_WEIGHT))
    return np.asarray(wrong)


def baseline_score(score: Range, visits: Visits) -> Range:
    """Give every visit the subject's baseline score: the last that is known exactly, else the last of which bounds are.

    Where nothing is known it lies between 0 and 105.
    """
    exact = visits.baseline_rows(score.low == score.high)
    bounded = visits.baseline_rows((score.low > 0) | (score.high < HIGHEST))
    rows = np.where(exact >= 0, exact, bounded)
    low, high = at_rows(score.low, rows), at_rows(score.high, rows)
    return Range(np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), HIGHEST, high))


def no_major_organ_activity(sledai: Sledai, ticked: Floats) -> Truth:
    """Say where no renal, CNS, cardiopulmonary, vasculitis or fever item is present.

    Parameters
    ----------
    sledai : Sledai
    ticked : (n,) float
        1 where the investigator says that a major organ is active, 0 where none is, NaN where not said; this decides.

    References
    ----------
    Franklyn et al. 2016, doi:10.1136/annrheumdis-2015-207726.
    """
    present = sledai.items[:, _MAJOR_ORGANS]
    by_items = _none_of(present == 1, np.isnan(present))
    return _ticked_or(ticked, by_items)


def no_new_activity(sledai: Sledai, visits: Visits, ticked: Floats) -> Truth:
    """Say where no item is present that was absent at the visit before.

    Parameters
    ----------
    sledai : Sledai
    visits : Visits
        The visit before is the last one of which anything of SLEDAI-2K is known.
    ticked : (n,) float
        1 where the investigator says that there is new activity, 0 where there is none, NaN where not said; this
        decides.
    """
    before = at_rows(sledai.items, visits.previous_rows(sledai.known))
    present, absent = sledai.items == 1, sledai.items == 0
    new = present & (before == 0)
    possible = ~absent & ~(before == 1) & ~new
    return _ticked_or(ticked, _none_of(new, possible))


def _none_of(certain: Booleans, possible: Booleans) -> Truth:
    found, open_ = np.asarray(certain.any(axis=1)), np.asarray(possible.any(axis=1))
    return truth(~found, found | ~open_)


def _ticked_or(ticked: Floats, derived: Truth) -> Truth:
    return np.where(np.isnan(ticked), derived, truth(ticked == 0)).astype(np.int8)


def flare(total: Floats, pga: Floats, visits: Visits) -> Floats:
    """Grade the flare since the visit before by the scores of the SELENA-SLEDAI flare index.

    Parameters
    ----------
    total, pga : (n,) float
        NaN where not known.
    visits : Visits

    Returns
    -------
    (n,) float
        0 none; 1 mild or moderate: the score rose by 3 or more, but not to more than 12, or PGA by 1 or more, but not
        to more than 2.5; 2 severe: the score rose to more than 12, or PGA to more than 2.5. NaN where a missing score
        could change it. The index has clinical criteria too (symptoms, drugs, hospital), which are not judged here.

    References
    ----------
    Petri et al. 2005, doi:10.1056/NEJMoa051135, for the index; its thresholds were read in reviews, not there.
    """
    severe, any_flare = [], []
    for values, rise, top in ((total, 3.0, 12.0), (pga, 1.0, 2.5)):
        rose = difference(values, at_rows(values, visits.previous_rows(~np.isnan(values))))
        known = ~np.isnan(rose)
        severe.append(truth((values > top) & (rose > 0), known | (values <= top)))
        any_flare.append(truth(rose >= rise, known))
    is_severe, is_any = any_of(*severe), any_of(*any_flare, *severe)
    grade = np.where(is_severe == YES, 2.0, np.where(is_any == YES, 1.0, 0.0))
    return np.where((is_severe == UNKNOWN) | ((is_severe == NO) & (is_any == UNKNOWN)), np.nan, grade)
