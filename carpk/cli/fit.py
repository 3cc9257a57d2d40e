"""carpk fit: kinetic models of each subject, or of all at once."""

from pathlib import Path

import click

import carpk
from carpk.cli.options import FORCE, INPUT, SETTINGS, TABLE, WIDE
from carpk.cli.session import check_output, deliver, nca_rules, read, reported, say, settings_table, write_out


@click.command(short_help="Fit kinetic models to a trial.")
@INPUT
@TABLE
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    default=("stein",),
    show_default=True,
    help="stein, stein_comedication, lagged, four_phase or contraction_only; may be given more than once.",
)
@WIDE
@click.option(
    "--curves", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .xlsx file for the fitted curves."
)
@click.option(
    "--comparison",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file that says how well each model fits each subject.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes that fit batches of subjects at the same time; the numbers do not depend on it.",
)
@click.option("--population", is_flag=True, help="Fit one model to all subjects at once.")
@click.option(
    "--typical",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --population: a .csv or .xlsx file for the typical values.",
)
@click.option("--seed", type=click.IntRange(min=0), help="With --population: where chance starts.")
@SETTINGS
@FORCE
def fit(
    input_path: Path,
    output: Path | None,
    models: tuple[str, ...],
    wide: bool,
    curves: Path | None,
    comparison: Path | None,
    workers: int,
    population: bool,
    typical: Path | None,
    seed: int | None,
    settings: Path | None,
    force: bool,
) -> None:
    """Fit kinetic models to each subject of a trial and write the parameters as a table, in full precision.

    With --population, one model is fitted to all subjects at once; without an output file, its typical values go to
    the terminal. Choices stand under [fit] or [population] of the settings, those of the samples under [nca].

    \b
    Examples:
      carpk fit trial.csv -o fits.csv
      carpk fit trial.xlsx -o fits.xlsx --model stein --model lagged --comparison comparison.csv
      carpk fit trial.csv --curves curves.csv --settings trial.toml
      carpk fit trial.csv --population -o subjects.csv --typical typical.csv
    """  # noqa: D301
    if population:
        if curves is not None or comparison is not None or len(models) > 1 or workers > 1:
            raise click.UsageError(
                "--population fits one --model, in one process, and writes no --curves and no --comparison."
            )
        written = {"individual": output, "typical": typical}
        _fit_population(input_path, models[0], written, seed, settings, wide=wide, force=force)
    elif typical is not None or seed is not None:
        raise click.UsageError("--typical and --seed belong to --population; add it.")
    else:
        written = {"parameters": output, "curves": curves, "comparison": comparison}
        _fit_subjects(input_path, models, written, settings, workers=workers, wide=wide, force=force)


def _fit_subjects(
    input_path: Path,
    models: tuple[str, ...],
    written: dict[str, Path | None],
    settings: Path | None,
    *,
    workers: int,
    wide: bool,
    force: bool,
) -> None:
    """Fit every subject alone, and write the tables that have a file."""
    _check(input_path, written, force=force)
    with reported():
        rules = carpk.FitRules.from_mapping(settings_table(settings, "fit"))
        sampling = nca_rules(settings, None, None)
        result = carpk.fit_models(read(input_path, settings), models, rules, nca_rules=sampling, workers=workers)
        deliver(result.parameters, written["parameters"], wide=wide)
        for name in ("curves", "comparison"):
            path = written[name]
            if path is not None:
                carpk.write_table(getattr(result, name), path)
    _tell(written, result.parameters["subject"].nunique())
    for line in result.log.itertuples():
        say(f"Subject {line.subject}, {line.analyte}. {line.detail}")


def _fit_population(
    input_path: Path,
    model: str,
    written: dict[str, Path | None],
    seed: int | None,
    settings: Path | None,
    *,
    wide: bool,
    force: bool,
) -> None:
    """Fit a population, write the tables that have a file, and say what to know of it."""
    _check(input_path, written, force=force)
    with reported():
        choices = settings_table(settings, "population") | ({} if seed is None else {"seed": seed})
        sampling = nca_rules(settings, None, None)
        result = carpk.fit_population(read(input_path, settings), model, nca_rules=sampling, **choices)
        for name, path in written.items():
            if path is not None:
                carpk.write_table(getattr(result, name), path, wide=wide and name == "individual")
    if not any(written.values()):
        from carpk.io.results import csv_text

        write_out(csv_text(result.typical))
    _tell(written, result.objective.subjects)
    say(
        f"-2LL {result.objective.minus_two_log_likelihood:.1f} (Monte-Carlo error "
        f"{result.objective.monte_carlo_error:.2f}), BIC {result.objective.bic:.1f}, "
        f"residual SD {result.estimate.population.residual_sd:.3f}."
    )
    for line in (*result.checks.itertuples(), *result.log.itertuples()):
        where = getattr(line, "parameter", "") or getattr(line, "subject", "")
        say(f"{where}: {line.detail}" if where else str(line.detail))


def _check(input_path: Path, written: dict[str, Path | None], *, force: bool) -> None:
    for path in written.values():
        if path is not None:
            check_output(input_path, path, (".csv", ".xlsx"), force=force)


def _tell(written: dict[str, Path | None], subjects: int) -> None:
    for name, path in written.items():
        if path is not None:
            say(f"{path}: {name} of {subjects} subjects.")
