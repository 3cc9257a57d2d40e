"""carpk endpoints: lupus efficacy endpoints as a table."""

from pathlib import Path

import click

import carpk
from carpk.cli.options import FORCE, INPUT, SETTINGS, TABLE
from carpk.cli.session import check_output, read, reported, say, settings_table, write_out


@click.command(short_help="Write lupus efficacy endpoints as a table.")
@INPUT
@TABLE
@click.option(
    "--table",
    "which",
    type=click.Choice(["visits", "parameters", "summary"]),
    default="visits",
    show_default=True,
    help="By subject and visit; by subject, with times to attainment; or by cohort and visit, with exact intervals.",
)
@click.option("--methods", is_flag=True, help="Say on stderr which definitions and policies were used.")
@SETTINGS
@FORCE
def endpoints(
    input_path: Path, output: Path | None, which: str, methods: bool, settings: Path | None, force: bool
) -> None:
    """Write SRI, BICLA, LLDAS, DORIS, serology, kidney and glucocorticoid endpoints of a trial as a table.

    They come from assessments (SLEDAI-2K, PGA, BILAG-2004, C3, UPCR ...): rows of the samples, or a sheet or file
    'assessments'. The definitions are chosen under [endpoints] of the settings.

    \b
    Examples:
      carpk endpoints trial.xlsx -o endpoints.csv
      carpk endpoints trial.csv --table summary -o response.xlsx
      carpk endpoints trial.csv --settings trial.toml --methods | head
    """  # noqa: D301
    if output is not None:
        check_output(input_path, output, (".csv", ".xlsx"), force=force)
    with reported():
        rules = carpk.EndpointRules.from_mapping(settings_table(settings, "endpoints"))
        result = carpk.run_endpoints(read(input_path, settings), rules)
        table = getattr(result, which)
        if output is not None:
            carpk.write_table(table, output, sheet=which)
        else:
            from carpk.io.results import csv_text

            write_out(csv_text(table))
    for line in (*result.absent, *(rules.sentences() if methods else ())):
        say(line)
    if output is not None:
        say(f"{output}: {result.visits['subject'].nunique()} subjects, {len(table)} rows.")
