"""How long B cells and markers take: 100,000 subjects with three markers, from arrays and from a DataFrame.

Run: python benchmarks/response.py [--subjects N]
"""

import argparse
import time

import numpy as np
import pandas as pd

import carpk
from carpk.response.courses import Courses
from carpk.response.parameters import Setting, b_cell_parameters, marker_parameters

DAYS = np.array([-7.0, 0.0, 4.0, 7.0, 10.0, 14.0, 21.0, 28.0, 60.0, 90.0, 180.0])
SHAPE = {
    "il6": np.array([3.0, 3, 20, 200, 80, 20, 6, 4, 3, 3, 3]),
    "crp": np.array([5.0, 6, 30, 90, 60, 20, 9, 6, 5, 5, 5]),
    "b_cells": np.array([150.0, 60, 9, 2, 0.3, 0.2, 0.2, 0.4, 6, 30, 120]),
}
LIMIT = {"il6": 1.5, "crp": 0.5, "b_cells": 1.0}
UNIT = {"il6": "pg/mL", "crp": "mg/L", "b_cells": "cells/uL"}


def levels_of(marker: str, subjects: int, rng: np.random.Generator) -> np.ndarray:
    """Draw levels of (subjects, days)."""
    return SHAPE[marker] * np.exp(0.6 * rng.standard_normal((subjects, len(DAYS))))


def courses_of(levels: np.ndarray, limit: float) -> Courses:
    """Put levels below the limit between zero and it."""
    flat, subjects = levels.ravel(), len(levels)
    below = flat < limit
    return Courses(
        np.tile(DAYS, subjects),
        np.where(below, 0.0, flat),
        np.where(below, limit, flat),
        np.arange(subjects + 1) * len(DAYS),
    )


def from_arrays(levels: dict[str, np.ndarray]) -> None:
    """Compute every parameter of every marker from arrays."""
    subjects = len(levels["il6"])
    setting = Setting(np.full(subjects, -5.0), np.full(subjects, np.inf), np.full(subjects, 10.0), 1.0)
    rules = carpk.ResponseRules()
    for marker in ("il6", "crp"):
        marker_parameters(courses_of(levels[marker], LIMIT[marker]), setting, rules, limit=10.0, has_zero=True)
    courses = courses_of(levels["b_cells"], LIMIT["b_cells"])
    b_cell_parameters(courses, setting, rules, limit=np.full(len(courses.time), LIMIT["b_cells"]), factor=1.0)


def frame_of(levels: dict[str, np.ndarray]) -> pd.DataFrame:
    """Lay the levels out as a user's table."""
    subjects = len(levels["il6"])
    names = np.char.add("S", np.arange(subjects).astype(np.str_))
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "subject": np.repeat(names, len(DAYS)),
                    "time": np.tile(DAYS, subjects),
                    "value": values.ravel(),
                    "lloq": LIMIT[marker],
                    "unit": UNIT[marker],
                    "analyte": marker,
                }
            )
            for marker, values in levels.items()
        ],
        ignore_index=True,
    )


def main() -> None:
    """Print CPU seconds, the median of three runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    subjects = parser.parse_args().subjects
    rng = np.random.default_rng(20)
    levels = {marker: levels_of(marker, subjects, rng) for marker in SHAPE}
    frame = frame_of(levels)
    jobs = {"arrays": lambda: from_arrays(levels), "DataFrame": lambda: carpk.run_response(frame)}
    for name, job in jobs.items():
        seconds = []
        for _ in range(3):
            start = time.process_time()
            job()
            seconds.append(time.process_time() - start)
        print(f"{subjects:,} subjects, 3 markers, from {name}: {np.median(seconds):.2f} s of CPU")


if __name__ == "__main__":
    main()
