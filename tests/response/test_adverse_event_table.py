"""Subjects with adverse events by cohort and grade, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

import carpk
from carpk import adverse_event_table
from carpk.errors import RulesError

EVENTS = [
    ("A", "Neutropenia", 2.0, "grade 3"),
    ("A", "neutropenia ", 9.0, "grade 4"),
    ("B", "NEUTROPENIA", 5.0, "grade 2"),
    ("C", "Neutropenia", 3.0, ""),
    ("A", "crs", 3.0, "grade 1"),
    ("D", "crs", 3.0, "grade 0"),
    ("A", "crs_end", 6.0, ""),
    ("B", "Rash", -3.0, "grade 1"),
    ("B", "tocilizumab", 4.0, "8 mg/kg"),
    ("A", "infusion", 0.0, ""),
    ("D", "death", 90.0, ""),
    ("C", "Chills", np.nan, "grade 2"),
    ("C", "Chills", 4.0, ""),
]


def study(events=EVENTS, time_unit: str = "day") -> carpk.Study:
    """Three subjects at the high dose, one at the low, and two of them without any event."""
    subjects = pd.DataFrame(
        {"subject": list("ABCDE"), "cohort": ["high", "high", "high", "low", "low"], "dose": [5e6, 5e6, 5e6, 1e6, 1e6]}
    )
    samples = pd.DataFrame(
        {"subject": ["A"], "time": [0.0], "value": [1.0], "analyte": "crp", "unit": "mg/L", "status": "quantified"}
    )
    table = pd.DataFrame(events, columns=["subject", "event", "time", "detail"])
    return carpk.Study(subjects, samples, table, time_unit=time_unit)


def rows(table: pd.DataFrame, event: str, cohort: str) -> pd.DataFrame:
    return table[(table["event"] == event) & (table["cohort"] == cohort)].set_index("grade")


def test_each_subject_counts_once_at_the_highest_grade():
    found = rows(adverse_event_table(study()), "Neutropenia", "high")
    assert found["n"].to_dict() == {
        "any": 3, "1": 0, "2": 1, "3": 0, "4": 1, "5": 0, "3 or higher": 1, "not known": 1
    }  # fmt: skip
    assert set(found["N"]) == {3}
    assert set(found["events"]) == {4}


def test_percentages_have_exact_intervals():
    """One of three: the limits solve 1 - (1 - p)^3 = 0.025 and (1 - p)^3 + 3 p (1 - p)^2 = 0.025."""
    found = rows(adverse_event_table(study()), "Neutropenia", "high").loc["2"]
    assert found["percent"] == pytest.approx(100 / 3)
    low, high = found["low"] / 100, found["high"] / 100
    assert 1 - (1 - low) ** 3 == pytest.approx(0.025)
    assert (1 - high) ** 3 + 3 * high * (1 - high) ** 2 == pytest.approx(0.025)


def test_every_cohort_is_there_for_every_event_the_lowest_dose_first():
    table = adverse_event_table(study())
    assert table.drop_duplicates(["event", "cohort"])[["event", "cohort"]].to_numpy().tolist() == [
        ["Neutropenia", "low"], ["Neutropenia", "high"],
        ["Chills", "low"], ["Chills", "high"],
        ["CRS", "low"], ["CRS", "high"],
    ]  # fmt: skip
    none = rows(table, "CRS", "low").loc["any"]
    assert none[["n", "N", "percent", "low", "events"]].tolist() == [0, 2, 0, 0, 0]
    # Nobody of two: at most the share with which that happens to one trial in forty.
    assert none["high"] == pytest.approx(100 * (1 - 0.025**0.5))


def test_treatments_course_events_grade_0_and_events_before_the_infusion_do_not_count():
    table = adverse_event_table(study())
    assert set(table["event"]) == {"Neutropenia", "Chills", "CRS"}
    assert table.drop_duplicates("event").set_index("event")["kind"].to_dict() == {
        "Neutropenia": "adverse event", "Chills": "adverse event", "CRS": "syndrome"
    }  # fmt: skip


def test_events_from_an_earlier_day_on_may_count():
    assert "Rash" in set(adverse_event_table(study(), since=-5.0)["event"])


def test_days_are_days_where_the_times_are_in_hours():
    events = [("A", "Rash", 30.0, ""), ("B", "Fever", 50.0, "")]
    assert set(adverse_event_table(study(events, "h"), since=2.0)["event"]) == {"Fever"}


def test_a_missing_grade_beside_a_known_one_may_be_higher():
    found = rows(adverse_event_table(study()), "Chills", "high").loc["any"]
    assert found[["n", "events", "maybe_higher"]].tolist() == [1, 2, 1]


def test_all_subjects_may_be_one_group():
    found = rows(adverse_event_table(study(), by=None), "Neutropenia", "All").loc["any"]
    assert found[["n", "N", "percent"]].tolist() == [3, 5, 60.0]


def test_named_events_are_left_out():
    assert "Chills" not in set(adverse_event_table(study(), leave_out=["chills"])["event"])


def test_leaving_out_what_is_not_there_is_refused():
    with pytest.raises(RulesError, match=r"leave_out names 'chill'.*Did you mean 'Chills'"):
        adverse_event_table(study(), leave_out=["chill"])


def test_an_unknown_grouping_is_refused():
    with pytest.raises(RulesError, match="adverse_event_table: by must be one of"):
        adverse_event_table(study(), by="arm")


def test_without_events_the_table_is_empty_and_has_its_columns():
    table = adverse_event_table(study([]))
    assert len(table) == 0
    assert list(table.columns) == [
        "event", "kind", "cohort", "grade", "n", "N", "percent", "low", "high", "events", "maybe_higher"
    ]  # fmt: skip


def test_the_study_stays_as_it_was():
    given = study()
    before = given.events.copy()
    adverse_event_table(given)
    pd.testing.assert_frame_equal(given.events, before)
