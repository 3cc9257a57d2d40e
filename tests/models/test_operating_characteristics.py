"""What a design can tell: against closed forms, a reference computed elsewhere, and what sampling must give."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from models.designs import VISITS, design, exact

import carpk
from carpk.errors import RulesError
from carpk.models.catalog import model
from carpk.models.operating_characteristics import measured_parameters, precision
from carpk.models.stein import TYPICAL, area, level
from carpk.models.truth import true_parameters
from carpk.models.virtual_trial import run_virtual_trial

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "stein_model" / "golden_stein_schedules.csv"
WINDOWS = ("auc_0_28d", "auc_28_90d", "auc_0_90d")
METHODS = {"lin": "linear", "log": "linear-up log-down"}
RICH = "0 1 3 5 7 9 11 14 17 21 28 42 56 90"
LABEL_LIKE = "0 2 4 7 11 14 21 28 60 90"
WEEKLY = "0 7 14 21 28 60 90"
SPARSE = "0 7 14 28 90"


def bias(days, method):
    rules = carpk.NcaRules(auc_method=METHODS[method])
    table = carpk.schedule_bias({"it": [float(day) for day in days.split()]}, nca_rules=rules)
    return table.set_index("parameter")


def characteristics(plan, name="stein", trials=400, **options):
    return carpk.operating_characteristics(plan, name, trials=trials, rng=np.random.default_rng(1), **options)


@pytest.mark.parametrize(
    ("days", "method", "expected"),  # percent, from the closed form by an independent script; printed to 1 %
    [
        (RICH, "lin", (-23, 2.0, 17, 3.4)),
        (RICH, "log", (-23, 0.0, 6, 0.5)),
        (LABEL_LIKE, "lin", (-24, -4.3, 68, 2.4)),
        (LABEL_LIKE, "log", (-24, -8.4, 32, -4.6)),
        (WEEKLY, "lin", (-52, -22, 68, -14)),
        (WEEKLY, "log", (-52, -26, 32, -21)),
        (SPARSE, "lin", (-52, -12, 169, 5)),
        (SPARSE, "log", (-52, -25, 94, -14)),
    ],
)
def test_the_bias_of_a_schedule_is_the_one_worked_out_elsewhere(days, method, expected):
    found = bias(days, method)["bias_percent"]
    assert [found["cmax"], *found[list(WINDOWS)]] == pytest.approx(expected, abs=0.6)


def test_the_bias_of_every_reference_schedule_agrees_to_1e_9():
    if not REFERENCE.exists():
        pytest.skip("the reference data are not beside the project")
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = bias(row["days"], row["method"])
            for key in ("cmax", *WINDOWS):
                name = key.removesuffix("d")
                name = name.replace("auc_", "auc")
                assert found["value"][key] == pytest.approx(float(row[name]), rel=1e-9), row
                assert found["bias_percent"][key] == pytest.approx(float(row[f"bias_%_{name}"]), abs=1e-7), row


def test_the_linear_area_of_a_weekly_schedule_is_the_one_worked_out_by_hand():
    levels = [0.0, *level(TYPICAL, [7.0, 14.0, 21.0, 28.0])]  # the first sample precedes the infusion
    by_hand = 7.0 * (sum(levels) - 0.5 * (levels[0] + levels[-1]))
    assert bias(WEEKLY, "lin")["value"]["auc_0_28d"] == pytest.approx(by_hand, rel=1e-12)


def test_the_truth_is_the_closed_form():
    table = bias(RICH, "log")["truth"]
    assert table["cmax"] == pytest.approx(24_000.0, rel=1e-12)
    for key, (start, end) in zip(WINDOWS, ((0, 28), (28, 90), (0, 90)), strict=True):
        assert table[key] == pytest.approx(area(TYPICAL, start, end)[0], rel=1e-9)
    half_life = carpk.schedule_bias({"it": VISITS}, parameters=["half_life"])["truth"][0]
    assert half_life == pytest.approx(math.log(2) / 0.0032, rel=1e-12)


def test_a_schedule_that_ends_before_the_window_has_no_value_and_no_bias():
    row = carpk.schedule_bias({"short": [0, 7, 14]}, parameters=["auc_0_28d"]).iloc[0]
    assert math.isnan(row["value"])
    assert math.isnan(row["bias_percent"])


def test_the_true_peak_is_sought_up_to_the_horizon():
    late = run_virtual_trial(exact(typical={"tmax": 40.0}), model("stein"), rng=np.random.default_rng(1)).patients
    truths = true_parameters(late, ["cmax", "tmax"], carpk.NcaRules())
    assert truths["tmax"] == pytest.approx([28.0] * 3)
    assert truths["cmax"] == pytest.approx([24_000.0 * 3900.0 ** (28 / 40 - 1)] * 3, rel=1e-12)


def test_without_spread_and_error_every_trial_shows_the_bias_of_the_schedule():
    table = characteristics(exact(lloq=1e-3), trials=5, parameters=("cmax", *WINDOWS)).set_index("parameter")
    expected = 1.0 + bias("0 2 4 7 11 14 21 28 60 90", "log")["bias_percent"] / 100.0
    for key in ("cmax", *WINDOWS):
        assert table["ratio"][key] == pytest.approx(expected[key], rel=1e-9)
        assert table["geometric_cv_percent"][key] == pytest.approx(0.0, abs=1e-5)
    assert (table["share_given"] == 1.0).all()


def test_the_spread_between_trials_is_that_of_patients_over_the_root_of_their_number():
    cohorts = [{"name": "three", "dose": 1, "subjects": 3}, {"name": "twelve", "dose": 1, "subjects": 12}]
    plan = exact(cohorts=cohorts, spread=exact().spread | {"cmax": 0.6})
    table = characteristics(plan, trials=4_000, parameters=["cmax"])
    expected = [100 * math.sqrt(math.expm1(0.6**2 / subjects)) for subjects in (3, 12)]
    assert table["geometric_cv_percent"].tolist() == pytest.approx(expected, rel=0.05)  # 4,000 trials: 1.1 %
    middle = math.exp(1.96 * 0.6 / math.sqrt(3))
    low, high = table[["ratio_low", "ratio_high"]].iloc[0] / table["ratio"].iloc[0]
    assert (low, high) == pytest.approx((1 / middle, middle), rel=0.06)


def test_the_arrays_give_what_run_nca_gives_of_the_simulated_study():
    plan = design(jitter={1: 0.5, 28: 2.0}, missing_share=0.1, drop_out_share=0.3)
    keys = ["cmax", "auc_0_28d", "half_life"]
    trial = run_virtual_trial(plan, model("stein"), subjects=40, rng=np.random.default_rng(3))
    study = carpk.simulate("stein", 40, design=plan, rng=np.random.default_rng(3))
    found = measured_parameters(trial, keys, carpk.NcaRules())
    table = carpk.run_nca(study).parameters
    for key in keys:
        values = table.loc[table["parameter"] == key, "value"].to_numpy()
        assert found[key] == pytest.approx(values, rel=1e-12, nan_ok=True)


def test_trials_without_a_value_are_counted_and_not_averaged():
    measured = np.array([2.0, np.nan, np.nan, np.nan, 8.0, 2.0])  # three trials of two patients
    known = precision(measured, np.full(6, 2.0), np.zeros(6, np.int64), trials=3, cohorts=1)
    assert known.trials.tolist() == [2]
    assert known.share_given.tolist() == [0.5]
    assert known.ratio.tolist() == pytest.approx([math.sqrt(1.0 * 2.0)])  # trial means 2 and 4 over 2


def test_where_no_trial_has_a_value_there_is_no_ratio():
    row = characteristics(design(lloq=1e9), trials=3, parameters=["half_life"]).iloc[0]
    assert row["trials"] == 0
    assert math.isnan(row["ratio"])


def test_a_parameter_whose_truth_is_not_known_is_refused():
    with pytest.raises(RulesError, match=r"the truth is known of .*; got 'auc_0_27d'. Did you mean 'auc_0_28d'\?"):
        characteristics(design(), parameters=["auc_0_27d"])
    with pytest.raises(RulesError, match="trials must be a whole number of at least 1; got 0"):
        characteristics(design(), trials=0)
