"""How long it takes to simulate 100,000 patients and to analyze them, from arrays and as a Study.

Run: python benchmarks/simulation.py [--subjects N]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

import carpk
from carpk.models.catalog import model
from carpk.models.operating_characteristics import measured_parameters
from carpk.models.truth import true_parameters
from carpk.models.virtual_trial import run_virtual_trial

VISITS = (0, 2, 4, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90, 180)
KEYS = ("cmax", "auc_0_28d", "half_life")
DESIGN = carpk.TrialDesign(
    cohorts=[carpk.Cohort(name="one", dose=3e5, subjects=1)],
    visits=VISITS,
    lloq=50.0,
    jitter={1: 0.3, 28: 2.0, 90: 7.0},
    missing_share=0.05,
    drop_out_share=0.1,
)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the median CPU time of three runs."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def main() -> None:
    """Print CPU seconds, the median of three runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    subjects = parser.parse_args().subjects
    rules, stein, rng = carpk.NcaRules(), model("stein"), np.random.default_rng(1)
    trial = run_virtual_trial(DESIGN, stein, subjects=subjects, rng=rng)
    for name, work in {
        "simulated, as arrays": lambda: run_virtual_trial(DESIGN, stein, subjects=subjects, rng=rng),
        "simulated, as a Study": lambda: carpk.simulate("stein", subjects, design=DESIGN, rng=rng),
        "Cmax, AUC0-28 and half-life, from arrays": lambda: measured_parameters(trial, KEYS, rules),
        "their truth": lambda: true_parameters(trial.patients, KEYS, rules),
    }.items():
        print(f"{name}: {cpu_seconds(work):.2f} s for {subjects:,} patients")


if __name__ == "__main__":
    main()
