"""The carpk command: parse, call one public function, print.

Messages go to stderr, data to stdout. Exit codes: 0 done; 1 the data cannot be used, or some profiles were refused;
2 wrong usage; 130 interrupted. Libraries are loaded only once there is work for them, so that `--help` is quick.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import carpk
from carpk.errors import CarpkError, DataError, RulesError

if TYPE_CHECKING:
    from carpk.nca.rules import NcaRules
    from carpk.nca.table import NcaResult
    from carpk.schema import Study

_NOTHING = "Nothing was written."
_MOST_FINDINGS = 50
_DONE, _FINDINGS, _USAGE, _INTERRUPTED = 0, 1, 2, 130

_INPUT = click.argument("input_path", metavar="INPUT", type=click.Path(exists=True, path_type=Path))
_SETTINGS = click.option(
    "--settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help="How to read the file (columns, units, texts) and, under [nca], which rules to use.",
)
_AUC_METHOD = click.option(
    "--auc-method",
    metavar="METHOD",
    help='Trapezoidal rule: "linear-up log-down" (the default) or "linear".',
)
_FORCE = click.option("--force", is_flag=True, help="Replace the output file if it exists.")


class _Commands(click.Group):
    """Commands in the order in which they are used, not by name."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="INPUT is a .csv, .tsv or .xlsx file, or a folder of them with samples, subjects and events.",
)
@click.version_option(carpk.__version__, prog_name="carpk", message="%(prog)s %(version)s")
def cli() -> None:
    """Cellular kinetics of CAR-T trials: from a laboratory's spreadsheet to parameters and a PDF report.

    \b
    Examples:
      carpk report trial.xlsx -o report.pdf
      carpk nca trial.csv -o parameters.csv
      carpk nca trial.csv --auc-method linear --wide
    """  # noqa: D301 - click reads the backspace


@cli.command(short_help="Write the PDF report of a trial.")
@_INPUT
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.pdf", help="The report.")
@_SETTINGS
@_AUC_METHOD
@click.option(
    "--font-dir",
    "font_dirs",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder with fonts for names in Chinese or another script; may be given more than once.",
)
@_FORCE
def report(
    input_path: Path,
    output: Path,
    settings: Path | None,
    auc_method: str | None,
    font_dirs: tuple[Path, ...],
    force: bool,
) -> None:
    """Write the PDF report of a trial: data, parameters, summaries, pictures, a page for each patient, methods.

    \b
    Examples:
      carpk report trial.xlsx -o report.pdf
      carpk report folder_with_samples_subjects_events -o report.pdf --force
      carpk report trial.csv -o report.pdf --settings trial.toml --font-dir fonts
    """  # noqa: D301
    _check_output(input_path, output, (".pdf",), force=force)
    with _reported():
        rules = _rules(settings, auc_method)
        study, nca = _analyzed(input_path, settings, rules)
        with _progress_bar() as progress:
            carpk.write_report(output, study=study, nca=nca, font_dirs=font_dirs, progress=progress)
    _say(f"{output}: report of {len(study.subjects)} subjects.")
    _finish(nca)


@cli.command(short_help="Write the parameters of a trial as a table.")
@_INPUT
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file; without it the table goes to the terminal as CSV.",
)
@click.option("--wide", is_flag=True, help="One row per subject and analyte, one column per parameter.")
@_SETTINGS
@_AUC_METHOD
@_FORCE
def nca(
    input_path: Path, output: Path | None, wide: bool, settings: Path | None, auc_method: str | None, force: bool
) -> None:
    """Write the noncompartmental parameters of a trial as a table, in full precision.

    \b
    Examples:
      carpk nca trial.csv -o parameters.csv
      carpk nca trial.xlsx -o parameters.xlsx --wide
      carpk nca trial.csv --auc-method linear | head
    """  # noqa: D301
    if output is not None:
        _check_output(input_path, output, (".csv", ".xlsx"), force=force)
    with _reported():
        rules = _rules(settings, auc_method)
        _, result = _analyzed(input_path, settings, rules)
        if output is not None:
            carpk.write_table(result.parameters, output, wide=wide)
        else:
            from carpk.io.results import csv_text, wide_table

            _write_out(csv_text(wide_table(result.parameters) if wide else result.parameters))
    if output is not None:
        _say(f"{output}: {result.parameters['subject'].nunique()} subjects, {len(result.parameters)} parameters.")
    _finish(result)


def main() -> None:
    """Run the carpk command."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        _stop("Interrupted.", _INTERRUPTED)
    except KeyboardInterrupt:
        _stop("Interrupted.", _INTERRUPTED)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    sys.exit(code if isinstance(code, int) else _DONE)


def _check_output(input_path: Path, output: Path, suffixes: tuple[str, ...], *, force: bool) -> None:
    """Refuse an output before any work is done for it."""
    if output.suffix.lower() not in suffixes:
        raise click.UsageError(f"-o {output}: the name must end in {' or '.join(suffixes)}.")
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"-o {output}: there is no folder {str(output.parent)!r}.")
    if output.is_dir():
        raise click.UsageError(f"-o {output}: is a folder; name a file in it.")
    if output.exists() and output.samefile(input_path):
        raise click.UsageError(f"-o {output}: is the input; name another file.")
    if output.exists() and not force:
        raise click.UsageError(f"{output} exists; add --force to replace it.")


def _rules(settings: Path | None, auc_method: str | None) -> "NcaRules":
    """Make the rules from the [nca] table of the settings; a choice on the command line wins."""
    import tomllib

    from carpk.nca.rules import NcaRules

    choices: dict[str, Any] = {}
    if settings is not None:
        try:
            choices = tomllib.loads(settings.read_text(encoding="utf-8-sig")).get("nca", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
            raise click.UsageError(f"--settings {settings}: the file is not TOML: {wrong}.") from None
        if not isinstance(choices, dict):
            raise click.UsageError(f"--settings {settings}: 'nca' must be a table, [nca].")
    if auc_method is not None:
        choices = choices | {"auc_method": auc_method}
    return NcaRules.from_mapping(choices)


def _analyzed(input_path: Path, settings: Path | None, rules: "NcaRules") -> "tuple[Study, NcaResult]":
    study = carpk.read_study(input_path, settings=settings)
    return study, carpk.run_nca(study, rules)


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """Turn what carpk refuses into messages and an exit code."""
    try:
        yield
    except DataError as refused:
        errors = [finding for finding in refused.findings if finding.severity == "error"]
        for finding in errors[:_MOST_FINDINGS]:
            _say(str(finding))
        if len(errors) > _MOST_FINDINGS:
            _say(f"... and {len(errors) - _MOST_FINDINGS} more.")
        _stop("", _FINDINGS)
    except RulesError as wrong:
        raise click.UsageError(str(wrong)) from None
    except CarpkError as refused:
        _stop(str(refused).removesuffix(_NOTHING).rstrip(), _FINDINGS)


@contextlib.contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None] | None]:
    """Show on a terminal how far the pages are; elsewhere show nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _finish(nca: "NcaResult") -> None:
    """Name the profiles that were refused; they make the exit code 1 though the output stands."""
    from carpk.terms import analyte

    for line in nca.refused.itertuples():
        _say(f"Refused: subject {line.subject}, {analyte(str(line.analyte)).label}. {line.detail}")
    if len(nca.refused):
        sys.exit(_FINDINGS)


def _write_out(text: str) -> None:
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # `| head` has seen enough
        sys.stdout = None
        sys.exit(_DONE)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _stop(message: str, code: int) -> NoReturn:
    _say(f"{message} {_NOTHING}".lstrip())
    sys.exit(code)
