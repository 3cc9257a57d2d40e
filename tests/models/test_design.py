"""What a design of a simulated trial may say, and what it refuses."""

import tomllib
from pathlib import Path

import pytest
from models.designs import design

from carpk.errors import RulesError
from carpk.models.design import TrialDesign

EXAMPLE = Path(__file__).parents[2] / "docs" / "design.toml"


def refused(**changes):
    with pytest.raises(RulesError) as caught:
        design(**changes)
    return str(caught.value)


def test_the_example_in_the_documents_is_a_design():
    example = TrialDesign.from_mapping(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))
    assert [cohort.subjects for cohort in example.cohorts] == [3, 3, 6]
    assert example.jitter == {1.0: 0.3, 7.0: 1.0, 28.0: 2.0, 90.0: 7.0}
    assert example.markers.visits[0] == -7.0


def test_an_unknown_word_is_refused_with_a_suggestion():
    assert "TrialDesign has no 'visit'; one of" in refused(visit=[1])
    assert "Did you mean 'visits'?" in refused(visit=[1])


def test_an_unknown_word_in_a_part_names_the_part():
    assert "Cohort has no 'patients'" in refused(cohorts=[{"name": "low", "dose": 1, "patients": 3}])
    assert "Did you mean 'share'?" in refused(tocilizumab={"shares": 0.3, "day": 5})
    assert "Did you mean 'ferritin'?" in refused(markers={"analytes": ["feritin"]})


def test_what_is_missing_is_named():
    with pytest.raises(RulesError, match=r"TrialDesign: .*'visits' and 'lloq'"):
        TrialDesign.from_mapping({"cohorts": []})


@pytest.mark.parametrize("visits", [[], [7, 0], [0, 7, 7], [-1, 7], "0 7 14", [0, "x"], [0, float("inf")], 7])
def test_visits_must_be_days_that_rise_from_day_0_on(visits):
    assert "visits must be days that rise, from day 0 on; got" in refused(visits=visits)


@pytest.mark.parametrize(
    ("part", "value", "wanted"),
    [
        ("lloq", 0, "lloq must be a positive number; got 0"),
        ("lloq", float("nan"), "lloq must be a positive number; got nan"),
        ("missing_share", 1.0, "missing_share must be a share from 0 to below 1; got 1.0"),
        ("drop_out_share", -0.1, "drop_out_share must be a share from 0 to below 1; got -0.1"),
        ("residual_sd", "0.3", "residual_sd must be zero or a positive number; got '0.3'"),
        ("random_effects", "variances", "Did you mean 'variance'?"),
        ("jitter", {"first": 1}, "jitter must map planned days to zero or more days"),
        ("jitter", {7: -1}, "jitter must map planned days to zero or more days"),
        ("tocilizumab", {"share": 1.2, "day": 5}, "share must be a share from 0 to 1; got 1.2"),
        ("markers", {"crs_shares": [0.5, 0.5]}, "four shares that add up to 1; got [0.5, 0.5]"),
        ("markers", ["il6"], "Markers: must be a table of its parts; got ['il6']"),
        ("cohorts", [{"name": "low", "dose": 1, "subjects": 0}], "subjects must be a whole number of at least 1"),
        ("cohorts", [{"name": "a", "dose": 1, "subjects": 1}] * 2, "each with a name of its own; got ['a', 'a']"),
        ("dose_exponent", 0.3, "dose_exponent 0.3 needs a reference_dose"),
    ],
)
def test_a_part_that_has_no_such_value_is_refused(part, value, wanted):
    assert wanted in refused(**{part: value})


def test_every_day_of_levels_and_markers_is_planned_once():
    both = design(visits=[0, 7, 14], markers={"visits": [-7, 0, 3, 7]})
    assert both.planned_days == (-7.0, 0.0, 3.0, 7.0, 14.0)
    assert design(visits=[0, 7], markers={}).marker_visits == (0.0, 7.0)
