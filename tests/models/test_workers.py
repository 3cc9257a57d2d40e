"""Fits in several processes: the same numbers, and nothing that goes wrong in one is lost."""

import os
import pickle
from dataclasses import replace

import numpy as np
import pytest
from models.designs import design

import carpk
from carpk.errors import CarpkError, RulesError
from carpk.models.catalog import MODELS
from carpk.models.stein import STEIN
from carpk.models.workers import batches, working


def test_one_worker_and_two_give_the_same_numbers():
    study = carpk.simulate(subjects=60, design=design(), rng=np.random.default_rng(2))  # two batches
    nca = carpk.run_nca(study)
    one, two = (carpk.fit_models(study, nca=nca, workers=workers) for workers in (1, 2))
    for table in ("parameters", "curves", "comparison", "log"):
        assert getattr(one, table).equals(getattr(two, table)), table
    assert (one.comparison["reason"] == "").sum() > 50


def test_every_patient_is_in_one_batch():
    assert np.concatenate(batches(120)).tolist() == list(range(120))
    assert batches(0) == []


def test_what_a_call_raises_in_a_process_is_raised_here():
    with pytest.raises(ZeroDivisionError, match="division"), working(2) as each:
        list(each(divmod, [1, 1], [1, 0]))


def test_a_process_that_ends_too_early_is_told():
    with pytest.raises(CarpkError, match="A worker process ended before its work was done"), working(2) as each:
        list(each(os._exit, [3]))


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_a_number_of_workers_that_is_none_is_refused(workers):
    with pytest.raises(RulesError, match="workers must be a whole number of at least 1; got"), working(workers):
        pass


def test_a_model_travels_by_its_name():
    for model in MODELS.values():
        assert pickle.loads(pickle.dumps(model)) is model  # noqa: S301 - pickled a moment ago


def test_a_model_outside_the_catalog_is_refused_rather_than_taken_for_another():
    with pytest.raises(RulesError, match="fit it with workers=1"):
        pickle.dumps(replace(STEIN, label="mine"))
