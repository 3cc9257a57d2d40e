"""Whether the batched fits find the best optimum, how long they take beside lmfit, and what their intervals cover.

    python benchmarks/fits.py [--patients 1000] [--lmfit-patients 180]

Simulated from the published values of Stein 2019 (spread read as variances), residual SD 0.56, limit 50. The reference
is the best of 30 lmfit fits from random starts in the whole box. CPU milliseconds per patient, means.
"""

import argparse
import time
from dataclasses import fields

import lmfit
import numpy as np

from carpk.models.fits import Fits, fit_patients
from carpk.models.landmarks import landmarks
from carpk.models.least_squares import Prior
from carpk.models.likelihood import residuals
from carpk.models.observations import Observations, observe
from carpk.models.profile_likelihood import profile_intervals
from carpk.models.segments import segment_boxes
from carpk.models.simulate import STEIN_AS_PRINTED, add_residual_error, draw_patients
from carpk.models.stein import RESIDUAL_SD, STEIN, TYPICAL, level
from carpk.models.uncertainty import threshold, uncertainty

DAYS = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 56, 90, 180, 270, 360.0])
LLOQ = 50.0
SPREAD = np.array(
    [1.5, 0.4, 1.0, 1.0, 2.5, 2.0]
)  # of the random starts around the first guess, on the transformed scale


def trial(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw patients with eight quantified levels or more: true parameters on the transformed scale, and levels."""
    drawn = draw_patients(TYPICAL, STEIN_AS_PRINTED.from_variances(), 3 * count, rng=rng)
    levels = add_residual_error(level(drawn, DAYS), RESIDUAL_SD, rng=rng)
    rich = np.flatnonzero((levels >= LLOQ).sum(axis=1) >= 8)[:count]
    truth = np.stack([np.asarray(getattr(drawn, item.name)) for item in fields(drawn)], axis=-1)
    return STEIN.to_phi(truth)[rich], levels[rich]


def by_lmfit(observed: Observations, start: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Fit with lmfit from one start in one box; its cost."""
    parameters = lmfit.Parameters()
    names = [parameter.name for parameter in STEIN.parameters]
    for name, value, low, high in zip(names, start, lower, upper, strict=True):
        parameters.add(name, value=np.clip(value, low + 1e-6, high - 1e-6), min=low, max=high)

    def standardized(params: lmfit.Parameters) -> np.ndarray:
        phi = np.array([[params[name].value for name in names]])
        return residuals(STEIN.log_level(phi, observed.times), observed, RESIDUAL_SD)[0].ravel()

    return float(lmfit.minimize(standardized, parameters, method="leastsq", max_nfev=2000).chisqr)


def best_by_lmfit(observed: Observations, starts: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Best cost of each patient from the first guess and random starts around it, and milliseconds per patient."""
    guess = STEIN.starts(landmarks(observed))[0]
    begun = time.process_time()
    costs = []
    for row in range(len(observed)):
        one = observed.take(np.array([row]))
        tries = [guess[row], *(guess[row] + SPREAD * rng.standard_normal((starts - 1, 6)))]
        costs.append(min(by_lmfit(one, start, STEIN.lower, STEIN.upper) for start in tries))
    return np.array(costs), 1e3 * (time.process_time() - begun) / len(observed)


def in_segments_by_lmfit(observed: Observations) -> tuple[np.ndarray, float]:
    """Best cost of each patient from every start in every segment, as the batch does, and milliseconds per patient."""
    begun = time.process_time()
    starts = STEIN.starts(landmarks(observed))
    patient, lows, highs = segment_boxes(STEIN, observed, STEIN.lower, STEIN.upper)
    costs = np.full(len(observed), np.inf)
    for row, low, high in zip(patient, lows, highs, strict=True):
        one = observed.take(np.array([row]))
        costs[row] = min(costs[row], *(by_lmfit(one, start, low, high) for start in starts[:, row]))
    return costs, 1e3 * (time.process_time() - begun) / len(observed)


def timed_fits(observed: Observations, **options: object) -> tuple[Fits, float]:
    """Batched fits, and milliseconds per patient."""
    begun = time.process_time()
    fits = fit_patients(STEIN, observed, **options)
    return fits, 1e3 * (time.process_time() - begun) / len(observed)


def compare_optima(levels: np.ndarray, count: int) -> None:
    """Print how often each way finds the best of all, and its time."""
    observed = observe(DAYS, levels[:count], lloq=LLOQ)
    reference, spent = best_by_lmfit(observed, 30, np.random.default_rng(1))
    fits, batched = timed_fits(observed, sd=RESIDUAL_SD)
    best = np.minimum(reference, fits.cost)
    print(f"{count} patients; best optimum found to 1e-4 in -2 ln L, and CPU ms per patient")
    print(f"  batched, all segments   {np.mean(fits.cost <= best + 1e-4):6.1%} {batched:8.1f}")
    for starts in (1, 10):
        cost, one = best_by_lmfit(observed, starts, np.random.default_rng(2))
        print(f"  lmfit, {starts:2d} starts        {np.mean(cost <= best + 1e-4):6.1%} {one:8.1f}")
    print(f"  lmfit, 30 starts        {np.mean(reference <= best + 1e-4):6.1%} {spent:8.1f}")
    few = observed.take(np.arange(5))
    same, route = in_segments_by_lmfit(few)
    print(f"  lmfit, all segments     {np.mean(same <= best[:5] + 1e-4):6.1%} {route:8.1f}  (5 patients)")
    print(f"  batched over lmfit in all segments: ln L at most {np.max(fits.cost[:5] - same) / 2:.1e} worse")
    worse = np.mean(fits.cost > reference + 1e-4)
    print(f"  batched worse than 30 lmfit starts in {worse:.1%}, better in {np.mean(fits.cost < reference - 1e-4):.1%}")


def cover(truth: np.ndarray, levels: np.ndarray) -> None:
    """Print what 95 % profile-likelihood intervals cover, and their time."""
    observed = observe(DAYS, levels, lloq=LLOQ)
    for name, options in (("given", {"sd": RESIDUAL_SD}), ("pooled", {}), ("own", {"pooled": False})):
        fits, spent = timed_fits(observed, **options)
        begun = time.process_time()
        low, high = profile_intervals(fits, uncertainty(fits), threshold(fits, 0.95))
        profiling = 1e3 * (time.process_time() - begun) / len(levels)
        covered = ((low <= truth) & (truth <= high)).mean(axis=0)
        shares = " ".join(f"{share:.3f}" for share in [*covered, covered.mean()])
        print(f"  residual error {name:6s}: {shares} (mean); fit {spent:.1f}, intervals {profiling:.1f} ms")


def bias(truth: np.ndarray, levels: np.ndarray) -> None:
    """Print the mean error of MAP ln fold expansion where levels below the limit are censored, left out, or halved."""
    rules = {
        "censored (M3)": observe(DAYS, levels, lloq=LLOQ),
        "left out": observe(DAYS, np.where(levels < LLOQ, np.nan, levels), lloq=LLOQ),
        "half the limit": observe(DAYS, np.where(levels < LLOQ, LLOQ / 2, levels), lloq=1e-9),
    }
    spread = np.sqrt([parameter.random_effect for parameter in STEIN.parameters])
    prior = Prior(STEIN.published, spread)
    for name, observed in rules.items():
        fits, _ = timed_fits(observed, sd=RESIDUAL_SD, prior=prior)
        errors = fits.phi[:, 0] - truth[:, 0]
        print(f"  {name:15s} mean error of ln fold expansion, MAP: {errors.mean():+.2f}")


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--lmfit-patients", type=int, default=180)
    given = parser.parse_args()
    truth, levels = trial(given.patients, np.random.default_rng(20))
    print(f"{len(levels)} patients: coverage of {', '.join(parameter.name for parameter in STEIN.parameters)}")
    cover(truth, levels)
    bias(truth, levels)
    compare_optima(levels, given.lmfit_patients)


if __name__ == "__main__":
    main()
