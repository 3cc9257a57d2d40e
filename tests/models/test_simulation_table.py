"""A simulated trial as a Study, and as a file that is read back."""

import numpy as np
import pytest
from models.designs import design

import carpk
from carpk.errors import RulesError
from carpk.models.simulation_table import trial_table

EVENTFUL = design(
    cohorts=[{"name": "low", "dose": 1e5, "subjects": 6}, {"name": "high", "dose": 3e5, "subjects": 6}],
    jitter={1: 0.5, 28: 2.0},
    missing_share=0.15,
    drop_out_share=0.5,
    tocilizumab={"share": 0.4, "day": 6.0},
    markers={"visits": [-7, 0, 4, 7, 14, 28, 90]},
    title="eventful",
)


@pytest.fixture(scope="module")
def study():
    return carpk.simulate("stein_comedication", design=EVENTFUL, rng=np.random.default_rng(5))


def test_a_simulated_study_says_that_it_is_synthetic(study):
    assert study.title == "SYNTHETIC: eventful"
    assert study.cohorts == ["low", "high"]
    assert study.analytes == ["car_t_qpcr", "b_cells", "il6", "crp", "ferritin"]


def test_a_missed_visit_is_a_sample_without_a_level(study):
    missing = study.samples[study.samples["status"] == "missing"]
    assert 0.05 < len(missing) / len(study.samples) < 0.3
    assert missing["value"].isna().all()


def test_nothing_happens_to_a_subject_after_its_drop_out(study):
    left = study.events[study.events["event"] == "drop_out"].set_index("subject")["time"]
    assert len(left) > 2
    for table in (study.samples, study.events):
        ends = table["subject"].map(left).fillna(np.inf)
        assert (table["time"] <= ends).all()


def test_treatments_and_crs_are_events(study):
    events = study.events.groupby("event")["subject"].nunique()
    assert events["infusion"] == 12
    assert events["tocilizumab"] > 0
    crs = study.events[study.events["event"] == "crs"]
    assert set(crs["detail"]) <= {"grade 1", "grade 2", "grade 3"}


def test_the_number_of_subjects_in_each_cohort_can_be_another():
    study = carpk.simulate(subjects=2, design=design(), rng=np.random.default_rng(1))
    assert study.subjects["subject"].tolist() == ["S001", "S002"]
    with pytest.raises(RulesError, match="subjects must be a whole number of at least 1; got 0"):
        carpk.simulate(subjects=0, design=design(), rng=np.random.default_rng(1))


def test_the_file_of_a_simulated_trial_is_read_back_as_the_same_study(study, tmp_path):
    path = tmp_path / "trial.csv"
    carpk.write_table(trial_table(study), path)
    read = carpk.read_study(path)
    assert read.title == study.title
    keys = ["subject", "cohort", "dose", "dose_unit"]
    assert read.subjects[keys].equals(study.subjects[keys])
    columns = ["subject", "analyte", "time", "nominal_time", "visit", "value", "status", "unit"]
    again = read.samples[columns].assign(value=read.samples["value"].where(read.samples["status"] == "quantified"))
    assert again.equals(study.samples[columns])
    happened = study.events[study.events["event"] != "infusion"]
    assert sorted(zip(read.events["subject"], read.events["event"], read.events["time"], strict=True)) == sorted(
        zip(happened["subject"], happened["event"], happened["time"], strict=True)
    )
