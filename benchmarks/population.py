"""How well a population is recovered: many simulated trials, each fitted; what comes out beside what went in.

    python benchmarks/population.py recovery --trials 100 --patients 18
    python benchmarks/population.py recovery --trials 20 --patients 90
    python benchmarks/population.py recovery --trials 40 --days 90
    python benchmarks/population.py limits --trials 20
    python benchmarks/population.py misspecified --trials 10
    python benchmarks/population.py noise
    python benchmarks/population.py time

Trials are drawn from Stein 2019 (doi 10.1002/psp4.12388), its printed random effects read as standard deviations,
visits to day 90 or 360, lower limit 50 copies/ug. Each trial has its own generator, so that more trials
only add to fewer.
"""

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from carpk.models.estimability import SlowPhase, slow_phase
from carpk.models.observations import ABSENT, BELOW, QUANTIFIED, Observations, observe
from carpk.models.population import Estimate, estimate
from carpk.models.population_design import describe_population
from carpk.models.population_rules import CHOICES, PopulationRules
from carpk.models.simulate import STEIN_AS_PRINTED, add_residual_error, draw_patients
from carpk.models.stein import PARAMETERS, RESIDUAL_SD, STEIN, TYPICAL, SteinParameters, level

VISITS = {
    90: np.array([0, 2, 4, 7, 11, 14, 21, 28, 60, 90.0]),
    360: np.array([0, 2, 4, 7, 11, 14, 21, 28, 60, 90, 120, 180, 270, 360.0]),
}
LLOQ = 50.0
NAMES = [parameter.name for parameter in PARAMETERS]
TRUE_SD = np.array([getattr(STEIN_AS_PRINTED, name) for name in NAMES])


@dataclass(frozen=True)
class Fitted:
    """One trial's fit, as far as it is judged."""

    error: np.ndarray
    standard_error: np.ndarray
    sd: np.ndarray
    residual_sd: float
    shrinkage: np.ndarray
    slow: SlowPhase
    step: float
    patients: int
    cpu: float
    objective: float


def trial(patients: int, number: int, days: int) -> tuple[Observations, SteinParameters]:
    """Draw one trial; subjects without a quantified level are left out, as `fit_population` does."""
    rng = np.random.default_rng([20190610, patients, number])
    drawn = draw_patients(TYPICAL, STEIN_AS_PRINTED, patients, rng=rng)
    return observed(add_residual_error(level(drawn, VISITS[days]), RESIDUAL_SD, rng=rng), days), drawn


def observed(levels: np.ndarray, days: int) -> Observations:
    """Censor levels at the limit and leave out who has none above it."""
    seen = observe(VISITS[days], levels, lloq=LLOQ)
    return seen.take(np.flatnonzero(seen.quantified.any(axis=1)))


def fitted(seen: Observations, rules: PopulationRules) -> Fitted:
    """Fit a trial and keep what is judged."""
    start = time.process_time()
    population = describe_population(STEIN, seen, rules)
    found: Estimate = estimate(population, seed=rules.seed, effort=rules.effort)
    taken = time.process_time() - start
    coefficients, known = found.population.coefficients, found.judgement
    error = known.information.standard_error
    step = np.abs(known.information.step) / error
    return Fitted(
        error=coefficients - STEIN.published,
        standard_error=error[: len(NAMES)],
        sd=found.population.sd,
        residual_sd=found.population.residual_sd,
        shrinkage=1.0 - known.posterior.mean.std(axis=0, ddof=1) / found.population.sd,
        slow=slow_phase(STEIN, coefficients, seen),
        step=float(np.max(step, where=np.isfinite(step), initial=0.0)),
        patients=len(seen),
        cpu=taken,
        objective=found.judgement.minus_two_log_likelihood,
    )


def print_recovery(fits: list[Fitted]) -> None:
    """Print bias, spread, standard errors, coverage and variability of the trials' fits."""
    error = np.stack([fit.error for fit in fits])
    standard_error = np.stack([fit.standard_error for fit in fits])
    quantile = stats.t.ppf(0.975, np.array([fit.patients for fit in fits]) - 1)[:, np.newaxis]
    covered = np.where(np.isnan(standard_error), np.nan, np.abs(error) <= quantile * standard_error)
    normal = np.where(np.isnan(standard_error), np.nan, np.abs(error) <= 1.96 * standard_error)
    ratio = np.stack([fit.sd for fit in fits]) / TRUE_SD
    shrinkage = np.stack([fit.shrinkage for fit in fits])
    print(
        "parameter            |  bias (se)   | median |  RMSE | median SE | cover t | cover z | no SE | "
        "omega ratio mean, median | shrinkage"
    )
    for place, name in enumerate(NAMES):
        column = error[:, place]
        print(
            f"{name:20s} | {column.mean():+.3f} ({column.std() / np.sqrt(len(fits)):.3f}) | {np.median(column):+.3f} | "
            f"{np.sqrt((column**2).mean()):.3f} | {np.nanmedian(standard_error[:, place]):.3f}   | "
            f"{np.nanmean(covered[:, place]):.3f}   | {np.nanmean(normal[:, place]):.3f}   | "
            f"{np.isnan(standard_error[:, place]).sum():3d}   | {ratio[:, place].mean():.3f}, "
            f"{np.median(ratio[:, place]):.3f} | {np.median(shrinkage[:, place]):.2f}"
        )
    sigma = np.array([fit.residual_sd for fit in fits]) / RESIDUAL_SD
    print(f"coverage (t), mean of the six: {np.nanmean(covered):.3f}; residual error over true: {sigma.mean():.4f}")
    steps = np.array([fit.step for fit in fits])
    print(f"Newton's step left [SE]: median {np.median(steps):.3f}, 90 % below {np.quantile(steps, 0.9):.3f}")
    short = np.array([not fit.slow.tells_its_rate for fit in fits])
    unknown = ~(standard_error[:, NAMES.index("beta")] < 1.0)
    print(f"beta withheld: {(short | unknown).mean():.3f} of trials, for the follow-up in {short.mean():.3f}")
    print(f"CPU s a fit: mean {np.mean([fit.cpu for fit in fits]):.2f}; trials {len(fits)}", flush=True)


def recovery(given: argparse.Namespace) -> None:
    """Recover the published population."""
    rules, numbers = PopulationRules(), range(given.first, given.first + given.trials)
    fits = [fitted(trial(given.patients, number, given.days)[0], rules) for number in numbers]
    print(f"== {given.trials} trials of {given.patients} patients to day {given.days}")
    print_recovery(fits)


def treated(seen: Observations, blq: str) -> Observations:
    """Return observations with levels below the limit as they are, left out, or at half the limit."""
    below = seen.kind == BELOW
    if blq == "drop":
        return replace(seen, kind=np.where(below, ABSENT, seen.kind))
    if blq == "half_lloq":
        halved = np.where(below, seen.log_level - np.log(2.0), seen.log_level)
        return replace(seen, kind=np.where(below, QUANTIFIED, seen.kind), log_level=halved)
    return seen


def limits(given: argparse.Namespace) -> None:
    """Compare ways with levels below the limit."""
    for blq in CHOICES["blq"]:
        seen = [treated(trial(given.patients, number, given.days)[0], blq) for number in range(given.trials)]
        fits = [fitted(one, PopulationRules()) for one in seen]
        print(f"== blq={blq}: {given.trials} trials of {given.patients} patients to day {given.days}")
        print_recovery(fits)


def noise(given: argparse.Namespace) -> None:
    """Fit the same trials with several seeds; what differs is chance."""
    for patients, seeds, trials in ((18, 10, 10), (90, 5, 4)):
        spreads, moves = [], []
        for number in range(min(trials, given.trials)):
            seen, _ = trial(patients, number, 360)
            fits = [fitted(seen, PopulationRules(seed=seed)) for seed in range(1, seeds + 1)]
            spreads.append(np.std([fit.objective for fit in fits], ddof=1))
            moves.append(np.std([fit.error for fit in fits], axis=0, ddof=1) / fits[0].standard_error)
        print(
            f"== {patients} patients, {seeds} seeds: SD of -2LL median {np.median(spreads):.3f}, "
            f"largest {np.max(spreads):.3f}; SD of typical values in standard errors, median "
            f"{np.round(np.nanmedian(moves, axis=0), 3)}, largest {np.round(np.nanmax(moves, axis=0), 3)}",
            flush=True,
        )


def timing(_given: argparse.Namespace) -> None:
    """Time one fit of several sizes."""
    for patients in (18, 90, 300):
        for omega in ("diagonal", "full"):
            taken = fitted(trial(patients, 1, 360)[0], PopulationRules(omega=omega)).cpu
            print(f"{patients} patients, {omega}: {taken:.2f} CPU s", flush=True)


def lagged(patients: int, number: int, days: int) -> Observations:
    """Draw a trial whose cells wait before they grow, as in Ogasawara 2021 (doi 10.1007/s40262-021-01039-5)."""
    rng = np.random.default_rng([20210101, patients, number])
    drawn = draw_patients(TYPICAL, STEIN_AS_PRINTED, patients, rng=rng)
    lag = np.minimum(3.27 * np.exp(0.3 * rng.standard_normal((patients, 1))), 0.8 * drawn.tmax[:, np.newaxis])
    days_of_growth = np.maximum(VISITS[days] - lag, 0.0) * (drawn.tmax / (drawn.tmax - lag[:, 0]))[:, np.newaxis]
    early = VISITS[days] < drawn.tmax[:, np.newaxis]
    when = np.where(early, days_of_growth, VISITS[days])
    return observed(add_residual_error(level(drawn, when), RESIDUAL_SD, rng=rng), days)


def with_never_expanders(patients: int, number: int, days: int) -> Observations:
    """Draw a trial in which the peak of every sixth patient is 200-fold lower, about the limit."""
    rng = np.random.default_rng([20210102, patients, number])
    drawn = draw_patients(
        TYPICAL, STEIN_AS_PRINTED, patients, rng=rng, cmax_factor=np.where(np.arange(patients) % 6, 1, 0.005)
    )
    return observed(add_residual_error(level(drawn, VISITS[days]), RESIDUAL_SD, rng=rng), days)


def correlated(patients: int, number: int, days: int) -> Observations:
    """Draw a trial in which Cmax and fold expansion go together (r 0.8), and alpha and beta (r 0.6)."""
    rng = np.random.default_rng([20210103, patients, number])
    correlation = np.eye(6)
    for one, other, r in (("fold_expansion", "cmax", 0.8), ("alpha", "beta", 0.6)):
        correlation[NAMES.index(one), NAMES.index(other)] = correlation[NAMES.index(other), NAMES.index(one)] = r
    factor = np.linalg.cholesky(correlation * np.outer(TRUE_SD, TRUE_SD))
    natural = STEIN.to_natural(STEIN.published + rng.standard_normal((patients, 6)) @ factor.T)
    drawn = SteinParameters(*natural.T)
    return observed(add_residual_error(level(drawn, VISITS[days]), RESIDUAL_SD, rng=rng), days)


def misspecified(given: argparse.Namespace) -> None:
    """Fit Stein's model with independent random effects to trials that are not so."""
    worlds = {"lagged": lagged, "never-expanders": with_never_expanders, "correlated": correlated}
    for name, draw in worlds.items():
        for omega in ("diagonal", "full") if name == "correlated" else ("diagonal",):
            rules = PopulationRules(omega=omega)
            fits = [fitted(draw(given.patients, number, given.days), rules) for number in range(given.trials)]
            print(f"== {name}, {omega}: {given.trials} trials of {given.patients} patients to day {given.days}")
            print_recovery(fits)


JOBS: Mapping[str, object] = {
    "recovery": recovery,
    "limits": limits,
    "misspecified": misspecified,
    "noise": noise,
    "time": timing,
}


def main() -> None:
    """Run one job."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("job", choices=list(JOBS))
    arguments.add_argument("--trials", type=int, default=20)
    arguments.add_argument("--first", type=int, default=0, help="number of the first trial")
    arguments.add_argument("--patients", type=int, default=18)
    arguments.add_argument("--days", type=int, default=360, choices=list(VISITS))
    given = arguments.parse_args()
    JOBS[given.job](given)


if __name__ == "__main__":
    main()
