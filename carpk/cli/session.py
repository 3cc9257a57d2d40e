"""What every command does: check its output, read its settings, speak on stderr, end with the right code."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import carpk
from carpk.errors import CarpkError, DataError, RulesError

if TYPE_CHECKING:
    import pandas as pd

    from carpk.nca.rules import NcaRules
    from carpk.nca.table import NcaResult
    from carpk.schema import Study

_NOTHING = "Nothing was written."
_MOST_FINDINGS = 50
DONE, FINDINGS, USAGE, INTERRUPTED = 0, 1, 2, 130


def check_output(input_path: Path, output: Path, suffixes: tuple[str, ...], *, force: bool) -> None:
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


def settings_table(settings: Path | None, name: str) -> dict[str, Any]:
    """Read one table of the settings, such as [nca]."""
    import tomllib

    if settings is None:
        return {}
    try:
        table = tomllib.loads(settings.read_text(encoding="utf-8-sig")).get(name, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise click.UsageError(f"--settings {settings}: the file is not TOML: {wrong}.") from None
    if not isinstance(table, dict):
        raise click.UsageError(f"--settings {settings}: {name!r} must be a table, [{name}].")
    return table


def nca_rules(settings: Path | None, preset: str | None, auc_method: str | None) -> "NcaRules":
    """Make the rules from the [nca] table of the settings; a choice on the command line wins."""
    from carpk.nca.rules import NcaRules

    given = {"preset": preset, "auc_method": auc_method}
    return NcaRules.from_mapping(
        settings_table(settings, "nca") | {name: word for name, word in given.items() if word is not None}
    )


def analyzed(input_path: Path, settings: Path | None, rules: "NcaRules") -> "tuple[Study, NcaResult]":
    """Read a trial and compute its noncompartmental parameters."""
    study = read(input_path, settings)
    return study, carpk.run_nca(study, rules)


def read(input_path: Path, settings: Path | None) -> "Study":
    """Read a trial; tell on stderr what may change a number."""
    study: Study = carpk.read_study(input_path, settings=settings)
    warn(study)
    return study


def warn(study: "Study") -> None:
    """Print what the reading met that may change a number, and what it took for covariates."""
    from carpk.io.warning_lines import warning_lines

    for line in warning_lines(study):
        say(line)


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Turn what carpk refuses into messages and an exit code."""
    try:
        yield
    except DataError as refused:
        errors = [finding for finding in refused.findings if finding.severity == "error"]
        for finding in errors[:_MOST_FINDINGS]:
            say(str(finding))
        if len(errors) > _MOST_FINDINGS:
            say(f"... and {len(errors) - _MOST_FINDINGS} more.")
        stop("", FINDINGS)
    except RulesError as wrong:
        raise click.UsageError(str(wrong)) from None
    except CarpkError as refused:
        stop(str(refused).removesuffix(_NOTHING).rstrip(), FINDINGS)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None] | None]:
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


def finish(refused: "pd.DataFrame") -> None:
    """Name the profiles that were refused; they make the exit code 1 though the output stands."""
    from carpk.terms import analyte

    for line in refused.itertuples():
        say(f"Refused: subject {line.subject}, {analyte(str(line.analyte)).label}. {line.detail}")
    if len(refused):
        sys.exit(FINDINGS)


def deliver(parameters: "pd.DataFrame", output: Path | None, *, wide: bool = False) -> None:
    """Write a table of parameters to a file, or as CSV to stdout without one."""
    if output is not None:
        carpk.write_table(parameters, output, wide=wide)
        return
    from carpk.io.results import csv_text, wide_table

    write_out(csv_text(wide_table(parameters) if wide else parameters))


def write_out(text: str) -> None:
    """Write data to stdout."""
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # `| head` has seen enough
        sys.stdout = None
        sys.exit(DONE)


def say(message: str) -> None:
    """Tell the user something on stderr."""
    click.echo(message, err=True)


def stop(message: str, code: int) -> NoReturn:
    """End without an output."""
    say(f"{message} {_NOTHING}".lstrip())
    sys.exit(code)
