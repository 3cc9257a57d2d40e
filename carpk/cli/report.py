"""carpk report: the PDF of a trial."""

from pathlib import Path

import click

import carpk
from carpk.cli.options import AUC_METHOD, FORCE, INPUT, PRESET, SETTINGS
from carpk.cli.session import analyzed, check_output, finish, nca_rules, progress_bar, reported, say, settings_table


@click.command(short_help="Write the PDF report of a trial.")
@INPUT
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.pdf", help="The report.")
@SETTINGS
@PRESET
@AUC_METHOD
@click.option(
    "--fit",
    "models",
    multiple=True,
    metavar="MODEL",
    help="Fit a kinetic model to each subject, too: stein, stein_comedication, lagged, four_phase or contraction_only;"
    " may be given more than once.",
)
@click.option(
    "--font-dir",
    "font_dirs",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder with fonts for names in Chinese or another script; may be given more than once.",
)
@FORCE
def report(
    input_path: Path,
    output: Path,
    settings: Path | None,
    preset: str | None,
    auc_method: str | None,
    models: tuple[str, ...],
    font_dirs: tuple[Path, ...],
    force: bool,
) -> None:
    """Write the PDF report of a trial: data, parameters, summaries, pictures, a page for each patient, methods.

    A trial with scores such as SLEDAI-2K gets a chapter of efficacy endpoints, by the [endpoints] of the settings.

    \b
    Examples:
      carpk report trial.xlsx -o report.pdf
      carpk report folder_with_samples_subjects_events -o report.pdf --force
      carpk report trial.csv -o report.pdf --fit stein --fit lagged
      carpk report trial.csv -o report.pdf --settings trial.toml --font-dir fonts
    """  # noqa: D301
    check_output(input_path, output, (".pdf",), force=force)
    with reported():
        rules = nca_rules(settings, preset, auc_method)
        endpoint_rules = carpk.EndpointRules.from_mapping(settings_table(settings, "endpoints"))
        response_rules = carpk.ResponseRules.from_mapping(settings_table(settings, "response"))
        study, nca = analyzed(input_path, settings, rules)
        response = carpk.run_response(study, response_rules, nca=nca)
        endpoints = None if study.assessments.empty else carpk.run_endpoints(study, endpoint_rules)
        fit_rules = carpk.FitRules.from_mapping(settings_table(settings, "fit"))
        fits = carpk.fit_models(study, models, fit_rules, nca=nca) if models else None
        with progress_bar() as progress:
            carpk.write_report(
                output,
                study=study,
                nca=nca,
                response=response,
                endpoints=endpoints,
                fits=fits,
                font_dirs=font_dirs,
                progress=progress,
            )
    say(f"{output}: report of {len(study.subjects)} subjects.")
    finish(nca.refused)
