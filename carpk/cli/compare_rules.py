"""carpk compare-rules: what other conventions would change."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import carpk
from carpk.cli.options import FORCE, INPUT, SETTINGS
from carpk.cli.session import check_output, read, reported, say, settings_table, write_out

if TYPE_CHECKING:
    from carpk.nca.compare import RuleComparison
    from carpk.nca.rules import NcaRules


@click.command("compare-rules", short_help="Show what moves when the rules change.")
@INPUT
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
@SETTINGS
@FORCE
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
        check_output(input_path, output, (".csv", ".xlsx"), force=force)
    if figure is not None:
        check_output(input_path, figure, (".svg", ".png", ".pdf"), force=force)
    with reported():
        rules = _rules_by_name(settings, presets)
        study = read(input_path, settings)
        comparison = carpk.compare_rules(study, rules, share=share)
        picture = None if figure is None else _picture(comparison, parameter, analyte, figure.suffix.lower())
        if output is not None:
            carpk.write_table(comparison.table, output)
        if figure is not None and picture is not None:
            from carpk.io.files import write_atomically

            write_atomically(figure, picture)
    from carpk.report.plain_text import rule_moves

    write_out(rule_moves(comparison))
    for written in (output, figure):
        if written is not None:
            say(f"{written}: {len(comparison.values)} values under {', '.join(comparison.rules)}.")


def _rules_by_name(settings: Path | None, presets: tuple[str, ...]) -> "dict[str, NcaRules]":
    """Make the rules to compare: the presets, and before them those of the settings where they make choices too."""
    from carpk.nca.rules import PRESETS, NcaRules

    choices = settings_table(settings, "nca")
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
