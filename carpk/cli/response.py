"""carpk response: what B cells, markers, CRS and treatments did, as a table."""

from pathlib import Path

import click

import carpk
from carpk.cli.options import FORCE, INPUT, SETTINGS, TABLE, WIDE
from carpk.cli.session import check_output, deliver, finish, read, reported, say, settings_table


@click.command(short_help="Write what B cells, markers and CRS did as a table.")
@INPUT
@TABLE
@WIDE
@click.option(
    "--visits",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="A file for the depletion of B cells at each visit.",
)
@SETTINGS
@FORCE
def response(
    input_path: Path, output: Path | None, wide: bool, visits: Path | None, settings: Path | None, force: bool
) -> None:
    """Write what B cells, IL-6, CRP, ferritin and other markers, CRS and treatments of every subject did.

    Thresholds, baselines and windows are chosen under [response] of the settings.

    \b
    Examples:
      carpk response trial.csv -o response.csv
      carpk response trial.xlsx -o response.xlsx --visits b_cells.csv
      carpk response trial.csv --wide | head
    """  # noqa: D301
    if output is not None:
        check_output(input_path, output, (".csv", ".xlsx"), force=force)
    if visits is not None:
        check_output(input_path, visits, (".csv",), force=force)
    with reported():
        rules = carpk.ResponseRules.from_mapping(settings_table(settings, "response"))
        result = carpk.run_response(read(input_path, settings), rules)
        deliver(result.parameters, output, wide=wide)
        if visits is not None:
            carpk.write_table(result.visits, visits)
    if result.parameters.empty:
        say("The data hold no B cells, markers, CRS or treatments, so the table has no rows.")
    if output is not None:
        say(f"{output}: {result.parameters['subject'].nunique()} subjects, {len(result.parameters)} parameters.")
    if visits is not None:
        say(f"{visits}: {len(result.visits)} visits.")
    finish(result.refused)
