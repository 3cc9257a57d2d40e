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
    from carpk.nca.compare import RuleComparison
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
    help="How to read the file (columns, units, texts) and, under [nca] and [fit], which rules to use.",
)
_AUC_METHOD = click.option(
    "--auc-method",
    metavar="METHOD",
    help='Trapezoidal rule: "linear-up log-down" (the default) or "linear".',
)
_PRESET = click.option(
    "--preset",
    metavar="NAME",
    help="Rules to start from: carpk (the default), pknca, winnonlin, noncompart, pkanalix or ich_m13a.",
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
      carpk compare-rules trial.csv --figure rules.svg
    """  # noqa: D301 - click reads the backspace


@cli.command(short_help="Write the PDF report of a trial.")
@_INPUT
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.pdf", help="The report.")
@_SETTINGS
@_PRESET
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
    preset: str | None,
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
        rules = _rules(settings, preset, auc_method)
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
@_PRESET
@_AUC_METHOD
@_FORCE
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
        _check_output(input_path, output, (".csv", ".xlsx"), force=force)
    with _reported():
        rules = _rules(settings, preset, auc_method)
        _, result = _analyzed(input_path, settings, rules)
        if output is not None:
            carpk.write_table(result.parameters, output, wide=wide)
        else:
            from carpk.io.results import csv_text, wide_table

            _write_out(csv_text(wide_table(result.parameters) if wide else result.parameters))
    if output is not None:
        _say(f"{output}: {result.parameters['subject'].nunique()} subjects, {len(result.parameters)} parameters.")
    _finish(result)


@cli.command(short_help="Fit kinetic models to a trial.")
@_INPUT
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file for the parameters; without it they go to the terminal as CSV.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    default=("stein",),
    show_default=True,
    help="stein, stein_comedication, lagged, four_phase or contraction_only; may be given more than once.",
)
@click.option("--wide", is_flag=True, help="One row per subject, analyte and model, one column per parameter.")
@click.option(
    "--curves", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .xlsx file for the fitted curves."
)
@click.option(
    "--comparison",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file that says how well each model fits each subject.",
)
@click.option("--population", is_flag=True, help="Fit one model to all subjects at once.")
@click.option(
    "--typical",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --population: a .csv or .xlsx file for the typical values.",
)
@click.option("--seed", type=click.IntRange(min=0), help="With --population: where chance starts.")
@_SETTINGS
@_FORCE
def fit(
    input_path: Path,
    output: Path | None,
    models: tuple[str, ...],
    wide: bool,
    curves: Path | None,
    comparison: Path | None,
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
        if curves is not None or comparison is not None or len(models) > 1:
            raise click.UsageError("--population fits one --model and writes no --curves and no --comparison.")
        _fit_population(input_path, models[0], {"individual": output, "typical": typical}, wide, seed, settings, force)
        return
    if typical is not None or seed is not None:
        raise click.UsageError("--typical and --seed belong to --population; add it.")
    written = {"parameters": output, "curves": curves, "comparison": comparison}
    for path in written.values():
        if path is not None:
            _check_output(input_path, path, (".csv", ".xlsx"), force=force)
    with _reported():
        from carpk.models.rules import FitRules

        rules = FitRules.from_mapping(_choices(settings, "fit"))
        nca_rules = _rules(settings, None, None)
        study = carpk.read_study(input_path, settings=settings)
        _warn(study)
        result = carpk.fit_models(study, models, rules, nca_rules=nca_rules)
        for name, path in written.items():
            if path is not None:
                carpk.write_table(getattr(result, name), path, wide=wide and name == "parameters")
        if output is None:
            from carpk.io.results import csv_text, wide_table

            _write_out(csv_text(wide_table(result.parameters) if wide else result.parameters))
    for name, path in written.items():
        if path is not None:
            _say(f"{path}: {name} of {result.parameters['subject'].nunique()} subjects.")
    for line in result.log.itertuples():
        _say(f"Subject {line.subject}, {line.analyte}. {line.detail}")


def _fit_population(
    input_path: Path,
    model: str,
    written: dict[str, Path | None],
    wide: bool,
    seed: int | None,
    settings: Path | None,
    force: bool,
) -> None:
    """Fit a population, write the tables that have a file, and say what to know of it."""
    for path in written.values():
        if path is not None:
            _check_output(input_path, path, (".csv", ".xlsx"), force=force)
    with _reported():
        choices = _choices(settings, "population") | ({} if seed is None else {"seed": seed})
        nca_rules = _rules(settings, None, None)
        study = carpk.read_study(input_path, settings=settings)
        _warn(study)
        result = carpk.fit_population(study, model, nca_rules=nca_rules, **choices)
        for name, path in written.items():
            if path is not None:
                carpk.write_table(getattr(result, name), path, wide=wide and name == "individual")
    if not any(written.values()):
        from carpk.io.results import csv_text

        _write_out(csv_text(result.typical))
    for name, path in written.items():
        if path is not None:
            _say(f"{path}: {name} of {result.objective.subjects} subjects.")
    _say(
        f"-2LL {result.objective.minus_two_log_likelihood:.1f} (Monte-Carlo error "
        f"{result.objective.monte_carlo_error:.2f}), BIC {result.objective.bic:.1f}, "
        f"residual SD {result.estimate.population.residual_sd:.3f}."
    )
    for line in (*result.checks.itertuples(), *result.log.itertuples()):
        where = getattr(line, "parameter", "") or getattr(line, "subject", "")
        _say(f"{where}: {line.detail}" if where else str(line.detail))


@cli.command("compare-rules", short_help="Show what moves when the rules change.")
@_INPUT
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A .csv or .xlsx file for all values side by side.",
)
@click.option(
    "--preset",
    "presets",
    multiple=True,
    metavar="NAME",
    help="Rules to compare, the first is the reference; may be given more than once. Without it, all presets.",
)
@click.option(
    "--share",
    type=click.FloatRange(min=0, max=1e6),
    default=0.05,
    show_default=True,
    help="Least move that counts, as a share of the reference.",
)
@click.option("--figure", type=click.Path(path_type=Path), metavar="FILE", help="A picture: .svg, .png or .pdf.")
@click.option(
    "--parameter", metavar="KEY", help="Parameter of the picture; the area over the first window, if not given."
)
@click.option("--analyte", metavar="KEY", help="Analyte of the picture; the first, if not given.")
@_SETTINGS
@_FORCE
def compare_rules(
    input_path: Path,
    output: Path | None,
    presets: tuple[str, ...],
    share: float,
    figure: Path | None,
    parameter: str | None,
    analyte: str | None,
    settings: Path | None,
    force: bool,
) -> None:
    """Compute the parameters of a trial under several rules and print what moves, by how much and why.

    Windows, exclusions and the like under [nca] of the settings hold for all presets; where [nca] has choices that
    presets make too, its rules are compared as "settings", and are the reference.

    \b
    Examples:
      carpk compare-rules trial.csv
      carpk compare-rules trial.csv --preset carpk --preset winnonlin --share 0.1
      carpk compare-rules trial.csv -o rules.xlsx --figure rules.svg --parameter auc_28_90d
    """  # noqa: D301
    if output is not None:
        _check_output(input_path, output, (".csv", ".xlsx"), force=force)
    if figure is not None:
        _check_output(input_path, figure, (".svg", ".png", ".pdf"), force=force)
    with _reported():
        rules = _rules_by_name(settings, presets)
        study = carpk.read_study(input_path, settings=settings)
        _warn(study)
        comparison = carpk.compare_rules(study, rules, share=share)
        picture = None if figure is None else _picture(comparison, parameter, analyte, figure.suffix.lower())
        if output is not None:
            carpk.write_table(comparison.table, output)
        if figure is not None and picture is not None:
            from carpk.io.files import write_atomically

            write_atomically(figure, picture)
    from carpk.report.plain_text import rule_moves

    _write_out(rule_moves(comparison))
    for written in (output, figure):
        if written is not None:
            _say(f"{written}: {len(comparison.values)} values under {', '.join(comparison.rules)}.")


@cli.command(short_help="Print the vocabulary: parameters, reasons, flags.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, one row a word.")
def terms(as_csv: bool) -> None:
    """Print every parameter with its definition, formula and CDISC term, and every reason, flag and action.

    \b
    Examples:
      carpk terms | less
      carpk terms --csv > terms.csv
    """  # noqa: D301
    from carpk.report import plain_text

    if not as_csv:
        _write_out(plain_text.vocabulary())
        return
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(plain_text.VOCABULARY_COLUMNS)
    writer.writerows(plain_text.vocabulary_rows())
    _write_out(buffer.getvalue())


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


def _choices(settings: Path | None, stage: str = "nca") -> dict[str, Any]:
    """Read the table of a stage of the settings."""
    import tomllib

    if settings is None:
        return {}
    try:
        choices = tomllib.loads(settings.read_text(encoding="utf-8-sig")).get(stage, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise click.UsageError(f"--settings {settings}: the file is not TOML: {wrong}.") from None
    if not isinstance(choices, dict):
        raise click.UsageError(f"--settings {settings}: {stage!r} must be a table, [{stage}].")
    return choices


def _rules(settings: Path | None, preset: str | None, auc_method: str | None) -> "NcaRules":
    """Make the rules from the [nca] table of the settings; a choice on the command line wins."""
    from carpk.nca.rules import NcaRules

    given = {"preset": preset, "auc_method": auc_method}
    return NcaRules.from_mapping(_choices(settings) | {name: word for name, word in given.items() if word is not None})


def _rules_by_name(settings: Path | None, presets: tuple[str, ...]) -> "dict[str, NcaRules]":
    """Make the rules to compare: the presets, and before them those of the settings where they make choices too."""
    from carpk.nca.rules import PRESETS, NcaRules

    choices = _choices(settings)
    chosen_by_presets = {"preset"}.union(*PRESETS.values())
    shared = {name: value for name, value in choices.items() if name not in chosen_by_presets}
    own = {"settings": NcaRules.from_mapping(choices)} if len(shared) < len(choices) else {}
    if len(set(presets)) < len(presets):
        raise click.UsageError(f"--preset: each is compared once; got {list(presets)}.")
    return own | {name: NcaRules.from_mapping({**shared, "preset": name}) for name in presets or PRESETS}


def _picture(comparison: "RuleComparison", parameter: str | None, analyte: str | None, suffix: str) -> bytes:
    """Draw how one parameter moves; the bytes of a file of that kind."""
    import io

    from carpk.plot import rule_comparison, style

    windows = [*next(iter(comparison.rules.values())).window_keys, "cmax"]
    analytes = comparison.values["analyte"].drop_duplicates()
    parameter = parameter or windows[0]
    analyte = analyte or next(iter(analytes), "")
    patients = int(((comparison.values["analyte"] == analyte) & (comparison.values["parameter"] == parameter)).sum())
    page = style.Page(figsize=(style.PAGE_WIDTH, 1.3 + 0.24 * max(4, patients)), layout="constrained")
    rule_comparison(comparison, parameter=parameter, analyte=analyte, ax=page.subplots())
    buffer = io.BytesIO()
    if suffix == ".svg":
        style.save_svg(page, buffer)
        return buffer.getvalue()
    unstamped: dict[str, Any] = {"CreationDate": None} if suffix == ".pdf" else {"Software": None}
    with style.context():
        page.savefig(buffer, format=suffix[1:], metadata=unstamped)
    return buffer.getvalue()


def _analyzed(input_path: Path, settings: Path | None, rules: "NcaRules") -> "tuple[Study, NcaResult]":
    study = carpk.read_study(input_path, settings=settings)
    _warn(study)
    return study, carpk.run_nca(study, rules)


def _warn(study: "Study") -> None:
    """Print what the reading met that may change a number, and what it took for covariates."""
    from carpk.io.warning_lines import warning_lines

    for line in warning_lines(study):
        _say(line)


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
