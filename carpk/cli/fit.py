"""carpk fit: kinetic models of each subject."""

from pathlib import Path

import click

import carpk
from carpk.cli.options import FORCE, INPUT, SETTINGS, TABLE, WIDE
from carpk.cli.session import check_output, deliver, nca_rules, read, reported, say, settings_table


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
@SETTINGS
@FORCE
def fit(
    input_path: Path,
    output: Path | None,
    models: tuple[str, ...],
    wide: bool,
    curves: Path | None,
    comparison: Path | None,
    settings: Path | None,
    force: bool,
) -> None:
    """Fit kinetic models to each subject of a trial and write the parameters as a table, in full precision.

    Choices stand under [fit] of the settings, those of the samples under [nca].

    \b
    Examples:
      carpk fit trial.csv -o fits.csv
      carpk fit trial.xlsx -o fits.xlsx --model stein --model lagged --comparison comparison.csv
      carpk fit trial.csv --curves curves.csv --settings trial.toml
    """  # noqa: D301
    written = {"parameters": output, "curves": curves, "comparison": comparison}
    for path in written.values():
        if path is not None:
            check_output(input_path, path, (".csv", ".xlsx"), force=force)
    with reported():
        rules = carpk.FitRules.from_mapping(settings_table(settings, "fit"))
        sampling = nca_rules(settings, None, None)
        result = carpk.fit_models(read(input_path, settings), models, rules, nca_rules=sampling)
        deliver(result.parameters, output, wide=wide)
        for table, path in ((result.curves, curves), (result.comparison, comparison)):
            if path is not None:
                carpk.write_table(table, path)
    for name, path in written.items():
        if path is not None:
            say(f"{path}: {name} of {result.parameters['subject'].nunique()} subjects.")
    for line in result.log.itertuples():
        say(f"Subject {line.subject}, {line.analyte}. {line.detail}")
