"""Laws that hold for every patient, whatever is missing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from carpk.assessments import BILAG_SYSTEMS, GRADES, SLEDAI_ITEMS
from carpk.endpoints.compute import compute_endpoints
from carpk.endpoints.inputs import Inputs
from carpk.endpoints.logic import NO, UNKNOWN, YES
from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.visits import Visits

RULES = EndpointRules(sri_points=(4, 5), lldas="franklyn")
SOME_ITEMS = ("sledai_seizure", "sledai_arthritis", "sledai_casts", "sledai_rash", "sledai_dna_binding", "sledai_fever")
TICKS = (
    "hemolytic_anemia", "gastrointestinal_activity", "standard_therapy", "immunosuppressant", "major_organ_activity",
    "new_activity",
)  # fmt: skip
LEVELS = {
    "pga": st.sampled_from([0.0, 0.4, 0.5, 0.7, 1.0, 1.3, 2.8, 3.0]),
    "prednisolone_dose": st.sampled_from([0.0, 5.0, 7.5, 10.0, 20.0]),
    "upcr": st.sampled_from([0.2, 0.5, 0.7, 1.0, 2.9, 3.0, 6.0]),
    "egfr": st.sampled_from([20.0, 45.0, 60.0, 76.5, 90.0, 120.0]),
    "egfr_before_flare": st.sampled_from([50.0, 100.0, 120.0]),
}
KEYS = (*SOME_ITEMS, *BILAG_SYSTEMS[:3], *TICKS, *LEVELS)

SEVERITY = {
    **dict.fromkeys(SOME_ITEMS, (0.0, 1.0)),
    **dict.fromkeys(BILAG_SYSTEMS[:3], tuple(reversed(GRADES[:4]))),
    "pga": (0.0, 0.4, 0.5, 0.7, 1.0, 1.3, 2.8, 3.0),
    "prednisolone_dose": (0.0, 5.0, 7.5, 10.0, 20.0),
    "upcr": (0.2, 0.5, 0.7, 1.0, 2.9, 3.0, 6.0),
    "egfr": (120.0, 90.0, 76.5, 60.0, 45.0, 20.0),
    "hemolytic_anemia": (0.0, 1.0),
    "gastrointestinal_activity": (0.0, 1.0),
    "immunosuppressant": (0.0, 1.0),
    "standard_therapy": (1.0, 0.0),
    "major_organ_activity": (0.0, 1.0),
    "new_activity": (0.0, 1.0),
}
"""From good to bad."""


def of_key(key):
    if key in SOME_ITEMS or key in TICKS:
        return st.sampled_from([0.0, 1.0])
    return LEVELS.get(key, st.sampled_from(GRADES))


complete = st.fixed_dictionaries({key: of_key(key) for key in KEYS})
holes = st.sets(st.sampled_from(KEYS), max_size=4)


def judge(*visits):
    """Outcome of every endpoint at the last visit of one patient; None stands for what is missing."""
    keys = [*SLEDAI_ITEMS, *BILAG_SYSTEMS, *TICKS, *LEVELS, "sledai_2k"]
    columns = {key: position for position, key in enumerate(keys)}
    values = np.full((len(visits), len(keys)), np.nan)
    texts = np.full(values.shape, "", object)
    values[:, [columns[key] for key in SLEDAI_ITEMS]] = 0.0
    texts[:, [columns[key] for key in BILAG_SYSTEMS]] = "D"
    for row, visit in enumerate(visits):
        for key, value in visit.items():
            if key in BILAG_SYSTEMS:
                texts[row, columns[key]] = value or ""
            else:
                values[row, columns[key]] = np.nan if value is None else value
    day = 196.0 * np.arange(len(visits))
    nothing = np.full(len(visits), np.nan)
    inputs = Inputs(
        Visits(np.zeros(len(visits), np.int64), day, day), columns, values, texts, np.full(values.shape, np.nan),
        np.full(values.shape, np.nan), np.zeros(len(visits), bool), nothing, nothing, nothing,
    )  # fmt: skip
    outcomes = compute_endpoints(inputs, RULES).outcomes
    return {
        key: None if outcome.applies is not None and outcome.applies[-1] != YES else int(outcome.met[-1])
        for key, outcome in outcomes.items()
    }


def punched(visit, missing):
    return {key: None if key in missing else value for key, value in visit.items()}


@given(complete, complete)
def test_nothing_missing_leaves_nothing_undecided(before, now):
    assert UNKNOWN not in judge(before, now).values()


@settings(deadline=None)
@given(complete, complete, holes, holes)
def test_what_is_decided_with_missing_inputs_is_what_any_completion_says(before, now, no_before, no_now):
    whole = judge(before, now)
    for key, said in judge(punched(before, no_before), punched(now, no_now)).items():
        # who had no nephritis or active system at baseline may not be known with holes, nor with them need apply
        if said in (YES, NO) and whole[key] is not None:
            assert said == whole[key], key


@settings(deadline=None)
@given(complete, complete, st.sampled_from(sorted(SEVERITY)), st.integers(1, 6))
def test_worsening_at_the_visit_never_makes_a_responder(before, now, key, steps):
    scale = SEVERITY[key]
    if now[key] not in scale:
        return
    worse = {**now, key: scale[min(scale.index(now[key]) + steps, len(scale) - 1)]}
    first, second = judge(before, now), judge(before, worse)
    for name, said in first.items():
        if said == NO:
            assert second[name] != YES, name


@settings(deadline=None)
@given(complete, complete, holes, st.sampled_from(sorted(SEVERITY)), st.integers(1, 6))
def test_worsening_never_makes_a_responder_with_missing_inputs_either(before, now, missing, key, steps):
    scale = SEVERITY[key]
    if now[key] not in scale or key in missing:
        return
    worse = {**now, key: scale[min(scale.index(now[key]) + steps, len(scale) - 1)]}
    first, second = judge(before, punched(now, missing)), judge(before, punched(worse, missing))
    for name, said in first.items():
        if said == NO:
            assert second[name] == said, name


@settings(deadline=None)
@given(complete, complete, holes, holes)
def test_a_given_total_decides_only_what_the_items_behind_it_say(before, now, no_before, no_now):
    whole = judge(before, now)
    totals = [
        {"sledai_2k": sum(SLEDAI_ITEMS[key].weight * visit[key] for key in SOME_ITEMS)} for visit in (before, now)
    ]
    with_totals = judge(punched(before, no_before) | totals[0], punched(now, no_now) | totals[1])
    for key, said in with_totals.items():
        if said in (YES, NO) and whole[key] is not None:
            assert said == whole[key], key
