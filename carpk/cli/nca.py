"""carpk nca: the parameters of a trial as a table."""

from pathlib import Path

import click

from carpk.cli.options import AUC_METHOD, FORCE, INPUT, PRESET, SETTINGS, TABLE, WIDE
from carpk.cli.session import analyzed, check_output, deliver, finish, nca_rules, reported, say


@click.command(short_help="Write the parameters of a trial as a table.")
@INPUT
@TABLE
@WIDE
@SETTINGS
@PRESET
@AUC_METHOD
@FORCE
def nca(
    input_path: Path,
    output: Path | None,
    wide: bool,
    settings: Path | None,
    preset: str | None,
    auc_method: str | None,
    force: bool,
) -> None:
    """Write the noncompartmental parameters of a trial as a table, in full precision.

    \b
    Examples:
      carpk nca trial.csv -o parameters.csv
      carpk nca trial.xlsx -o parameters.xlsx --wide
      carpk nca trial.csv --auc-method linear | head
      carpk nca trial.csv --preset winnonlin -o parameters.csv
    """  # noqa: D301
    if output is not None:
        check_output(input_path, output, (".csv", ".xlsx"), force=force)
    with reported():
        rules = nca_rules(settings, preset, auc_method)
        _, result = analyzed(input_path, settings, rules)
        deliver(result.parameters, output, wide=wide)
    if output is not None:
        say(f"{output}: {result.parameters['subject'].nunique()} subjects, {len(result.parameters)} parameters.")
    finish(result.refused)
