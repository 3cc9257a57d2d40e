"""The carpk command: parse, call one public function, print.

Messages go to stderr, data to stdout. Exit codes: 0 done; 1 the data cannot be used, or some profiles were refused;
2 wrong usage; 130 interrupted. Libraries are loaded only once there is work for them, so that `--help` is quick.
"""

import sys

import click

import carpk
from carpk.cli.compare_rules import compare_rules
from carpk.cli.endpoints import endpoints
from carpk.cli.fit import fit
from carpk.cli.nca import nca
from carpk.cli.report import report
from carpk.cli.response import response
from carpk.cli.session import DONE, INTERRUPTED, stop
from carpk.cli.simulate import simulate
from carpk.cli.terms import terms


class _Commands(click.Group):
    """Commands in the order in which they are used, not by name."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="INPUT is a .csv, .tsv or .xlsx file, or a folder of them with samples, subjects, events and assessments.",
)
@click.version_option(carpk.__version__, prog_name="carpk", message="%(prog)s %(version)s")
def cli() -> None:
    """Cellular kinetics of CAR-T trials: from a laboratory's spreadsheet to parameters and a PDF report.

    \b
    Examples:
      carpk report trial.xlsx -o report.pdf
      carpk nca trial.csv -o parameters.csv
      carpk nca trial.csv --auc-method linear --wide
      carpk response trial.csv -o response.csv
      carpk compare-rules trial.csv --figure rules.svg
    """  # noqa: D301 - click reads the backspace


for command in (report, nca, response, endpoints, fit, compare_rules, simulate, terms):
    cli.add_command(command)


def main() -> None:
    """Run the carpk command."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        stop("Interrupted.", INTERRUPTED)
    except KeyboardInterrupt:
        stop("Interrupted.", INTERRUPTED)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    sys.exit(code if isinstance(code, int) else DONE)
