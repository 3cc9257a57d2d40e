"""How long the noncompartmental parameters take, beside a bare numpy floor and a pandas loop, in one run.

    python benchmarks/nca.py [--largest 1000000] [--repeats 5]

Prints CPU microseconds per profile (medians; the contestants take turns) and their ratio to the floor. The floor gives
the same numbers - Cmax, Tmax, AUClast, three windows, terminal slope - from a padded matrix, without reasons, flags,
bounds, extents or anything else that carpk gives with them.
"""

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from scipy.integrate import trapezoid

import carpk
from carpk.nca.parameters import compute_parameters
from carpk.profiles import Profiles

DAYS = np.array([0, 3, 7, 10, 14, 21, 28, 42, 60, 90, 120, 150, 180, 270.0])
WINDOWS = ((0.0, 28.0), (28.0, 90.0), (0.0, 90.0))
LLOQ = 50.0
BARE = ("cmax", "tmax", "tlast", "clast", "auc_last", *carpk.NcaRules().window_keys, "lambda_z", "half_life")
FIVE = ("cmax", "tmax", *carpk.NcaRules().window_keys)
MOST = {"DataFrame": 100_000, "groupby": 1_000}  # profiles; beyond, a run would take too long


def trial(count: int, rng: np.random.Generator) -> Profiles:
    """Profiles of 14 samples that rise and fall like CAR-T cells, about a quarter of them below the limit."""
    shape = (count, len(DAYS))
    time_ = np.tile(DAYS, (count, 1)) + np.where(DAYS > 0, rng.uniform(-0.5, 0.5, shape), 0)
    peak, rate = rng.lognormal(10, 1, (count, 1)), rng.uniform(0.03, 0.09, (count, 1))
    level = peak * np.exp(-np.where(time_ < 10, 0.7, rate) * np.abs(time_ - 10)) * rng.lognormal(0, 0.3, shape)
    level = np.where(level < LLOQ, np.nan, level)
    offsets = np.arange(count + 1) * len(DAYS)
    return Profiles(time_.ravel(), level.ravel(), np.full(time_.size, LLOQ), offsets)


def floor(profiles: Profiles, chunk: int = 4096) -> np.ndarray:
    """Compute the same numbers by hand-written numpy, for profiles of one length that start at time 0."""
    width = int(profiles.offsets[1])
    times, values = profiles.time.reshape(-1, width), profiles.value.reshape(-1, width)
    return np.concatenate(
        [_floor(times[row : row + chunk], values[row : row + chunk]) for row in range(0, len(times), chunk)]
    )


def _floor(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    quantified = ~np.isnan(v)
    c = np.where(quantified, v, 0.0)
    seen = np.cumsum(quantified, axis=1)
    keep = quantified | (seen == 0) | (seen == seen[:, -1:])
    source = np.maximum.accumulate(np.where(keep, np.arange(t.shape[1]), 0), axis=1)
    t, c = np.take_along_axis(t, source, 1), np.take_along_axis(c, source, 1)
    early = np.where((t > 0) & (t <= 28), c, -1.0)
    top = early.argmax(axis=1)
    rows = np.arange(len(t))
    dt, c1, c2 = np.diff(t, axis=1), c[:, :-1], c[:, 1:]
    falls = (c2 > 0) & (c2 < c1) & (dt > 0)
    rate = np.zeros_like(dt)
    rate[falls] = np.log(c1[falls] / c2[falls]) / dt[falls]
    area = dt * (c1 + c2) / 2
    area[falls] = (c1[falls] - c2[falls]) / rate[falls]
    last = t.shape[1] - 1 - quantified[:, ::-1].argmax(axis=1)
    out = [early[rows, top], t[rows, top], (area * (np.arange(area.shape[1]) < last[:, None])).sum(axis=1)]
    for start, end in WINDOWS:
        low, high = np.clip(t[:, :-1], start, end), np.clip(t[:, 1:], start, end)
        length = high - low
        whole = (length == dt) & (length > 0)
        total = (area * whole).sum(axis=1)
        cut = np.nonzero((length > 0) & ~whole)
        k, x, d = rate[cut], length[cut], (low - t[:, :-1])[cut]
        slope = np.where(k > 0, 0.0, (c2[cut] - c1[cut]) / dt[cut])
        safe = np.where(k > 0, k, 1.0)
        bent = c1[cut] * np.exp(-k * d) * -np.expm1(-safe * x) / safe
        np.add.at(total, cut[0], np.where(k > 0, bent, x * (c1[cut] + slope * (d + x / 2))))
        out.append(total)
    peak = np.where(quantified, c, -1.0).argmax(axis=1)[:, None]
    use = quantified & (np.arange(t.shape[1]) > peak)
    y = np.where(use, np.log(np.where(use, c, 1.0)), 0.0)
    x = np.where(use, t - t[rows, last][:, None], 0.0)
    n, sx, sy, sxx, sxy, syy = (
        np.cumsum(part[:, ::-1], axis=1)[:, ::-1] for part in (use.astype(float), x, y, x * x, x * y, y * y)
    )
    with np.errstate(all="ignore"):
        xx, xy, yy = sxx - sx * sx / n, sxy - sx * sy / n, syy - sy * sy / n
        fit = np.where(use & (n >= 3) & (xy < 0), 1 - (1 - xy * xy / (xx * yy)) * (n - 1) / (n - 2), -np.inf)
        good = fit >= fit.max(axis=1)[:, None] - 1e-4
        best = (good & np.isfinite(fit)).argmax(axis=1)
        out.append(-(xy / xx)[rows, best])
    return np.stack(out, axis=1)


def by_groupby(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute Cmax, Tmax and three linear areas patient by patient, as a script would."""

    def one(patient: pd.DataFrame) -> pd.Series:
        t, c = patient["time"].to_numpy(), patient["value"].fillna(0).to_numpy()
        areas = []
        for start, end in WINDOWS:
            grid = np.unique(np.concatenate([t[(t >= start) & (t <= end)], [start, end]]))
            areas.append(trapezoid(np.interp(grid, t, c), grid))
        return pd.Series([c.max(), t[c.argmax()], *areas])

    return frame.groupby("subject")[["time", "value"]].apply(one)


def frame_of(profiles: Profiles) -> pd.DataFrame:
    """Put profiles into a plain table."""
    return pd.DataFrame(
        {
            "subject": np.repeat(np.arange(len(profiles)), np.diff(profiles.offsets)),
            "analyte": "car_t_qpcr",
            "time": profiles.time,
            "value": np.where(np.isnan(profiles.value), 0.0, profiles.value),
            "lloq": profiles.lloq,
            "unit": "copies/ug",
        }
    )


def contestants(profiles: Profiles) -> dict[str, Callable[[], object]]:
    """Return the jobs to compare on some profiles, by name."""
    rules, frame = carpk.NcaRules(), frame_of(profiles)
    jobs: dict[str, Callable[[], object]] = {
        "floor": lambda: floor(profiles),
        "five": lambda: compute_parameters(profiles, rules, parameters=FIVE),
        "bare": lambda: compute_parameters(profiles, rules, parameters=BARE),
        "all": lambda: compute_parameters(profiles, rules),
        "DataFrame": lambda: carpk.run_nca(frame, rules),
        "groupby": lambda: by_groupby(frame),
    }
    return {name: job for name, job in jobs.items() if len(profiles) <= MOST.get(name, len(profiles))}


def medians(jobs: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the median CPU time of every job [s]; they take turns, after one turn that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            taken[name].append(time.process_time() - start)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def memory(profiles: Profiles) -> float:
    """Return the most memory that computing all parameters takes, as a multiple of the input arrays."""
    tracemalloc.start()
    compute_parameters(profiles, carpk.NcaRules())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / sum(part.nbytes for part in (profiles.time, profiles.value, profiles.lloq, profiles.offsets))


def main() -> None:
    """Print one line per size."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--largest", type=int, default=1_000_000)
    arguments.add_argument("--repeats", type=int, default=5)
    given = arguments.parse_args()
    names = ("floor", "five", "bare", "all", "DataFrame", "groupby")
    print("us of CPU per profile, and times the floor; memory beside the input, times the input")
    print("| profiles |", " | ".join(names), "| memory |")
    print("|---|" + "---|" * (len(names) + 1))
    for count in (18, 1_000, 10_000, 100_000, 1_000_000):
        if count > given.largest:
            break
        profiles = trial(count, np.random.default_rng(20260101))
        taken = medians(contestants(profiles), given.repeats)
        cells = [
            f"{taken[name] / count * 1e6:.2f} ({taken[name] / taken['floor']:.1f})" if name in taken else ""
            for name in names
        ]
        print(f"| {count:,} |", " | ".join(cells), f"| {memory(profiles):.1f} |", flush=True)


if __name__ == "__main__":
    main()
