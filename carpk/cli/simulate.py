"""carpk simulate: a trial from its design, or what the design can tell."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

import carpk
from carpk.cli.options import FORCE
from carpk.cli.session import check_output, reported, say, write_out

if TYPE_CHECKING:
    import pandas as pd


@click.command(short_help="Simulate a trial from its design.")
@click.option(
    "--design",
    "design_path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="Cohorts, visits, limit of quantification and what goes otherwise than planned.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file; without it the table goes to the terminal as CSV.",
)
@click.option("--model", default="stein", show_default=True, metavar="NAME", help="As for carpk fit.")
@click.option("--subjects", type=click.IntRange(min=1), help="Patients in each cohort, in place of the design's.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Where chance starts.")
@click.option(
    "--characteristics",
    "trials",
    type=click.IntRange(min=1),
    metavar="TRIALS",
    help="Write the bias and precision of Cmax, AUC0-28 and half-life over so many trials instead of one trial.",
)
@FORCE
def simulate(
    design_path: Path,
    output: Path | None,
    model: str,
    subjects: int | None,
    seed: int,
    trials: int | None,
    force: bool,
) -> None:
    """Simulate a trial from its design and write it as a table that every other command reads.

    The levels are synthetic, and the table says so. An example of a design is docs/design.toml.

    \b
    Examples:
      carpk simulate --design trial.toml -o trial.csv
      carpk simulate --design trial.toml -o trial.csv --seed 7 --model stein_comedication
      carpk simulate --design trial.toml --characteristics 1000
    """  # noqa: D301
    if output is not None:
        check_output(design_path, output, (".csv", ".xlsx"), force=force)
    if trials is not None and subjects is not None:
        raise click.UsageError("--characteristics is of the design's own numbers of patients; leave out --subjects.")
    with reported():
        table = _table(design_path, model, subjects, seed, trials)
        if output is not None:
            carpk.write_table(table, output, sheet="samples" if trials is None else "characteristics")
        else:
            from carpk.io.results import csv_text

            write_out(csv_text(table))
    if output is not None:
        told = f"{table['subject'].nunique()} subjects, " if trials is None else ""
        say(f"{output}: {told}{len(table)} rows, seed {seed}. All of it is synthetic.")


def _table(design_path: Path, model: str, subjects: int | None, seed: int, trials: int | None) -> "pd.DataFrame":
    """Read the design and simulate one trial, or many."""
    import tomllib

    import numpy as np

    from carpk.models.simulation_table import trial_table

    try:
        parts = tomllib.loads(design_path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise click.UsageError(f"--design {design_path}: the file is not TOML: {wrong}.") from None
    design, rng = carpk.TrialDesign.from_mapping(parts), np.random.default_rng(seed)
    if trials is not None:
        characteristics: pd.DataFrame = carpk.operating_characteristics(design, model, trials=trials, rng=rng)
        return characteristics
    return trial_table(carpk.simulate(model, subjects, design=design, rng=rng))
