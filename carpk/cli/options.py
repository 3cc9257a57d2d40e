"""Arguments and options that several commands have."""

from pathlib import Path

import click

INPUT = click.argument("input_path", metavar="INPUT", type=click.Path(exists=True, path_type=Path))
SETTINGS = click.option(
    "--settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="How to read the file (columns, units, texts) and, under [nca], [response] and the like, which rules to use.",
)
WIDE = click.option("--wide", is_flag=True, help="One row per subject and analyte, one column per parameter.")
TABLE = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file; without it the table goes to the terminal as CSV.",
)
AUC_METHOD = click.option(
    "--auc-method",
    metavar="METHOD",
    help='Trapezoidal rule: "linear-up log-down" (the default) or "linear".',
)
PRESET = click.option(
    "--preset",
    metavar="NAME",
    help="Rules to start from: carpk (the default), pknca, winnonlin, noncompart, pkanalix or ich_m13a.",
)
FORCE = click.option("--force", is_flag=True, help="Replace the output file if it exists.")
