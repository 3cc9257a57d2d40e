"""carpk fit: what it writes and what it says."""

import csv
import io

import numpy as np
from click.testing import CliRunner
from pypdf import PdfReader

from carpk import cli
from carpk.models.stein import TYPICAL, level

DAYS = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 56, 90, 180, 270, 360.0])
HEADER = "subject,time (day),analyte,value,unit,lloq\n"
ROWS = "".join(
    f"{subject},{day},car_t_qpcr,{value * factor if value * factor > 50 else '<50'},copies/ug,50\n"
    for subject, factor in (("S1", 1.0), ("S2", 0.4), ("S3", 1e-4))
    for day, value in zip(DAYS, level(TYPICAL, DAYS) * np.exp(0.3 * np.sin(7.0 * DAYS)), strict=True)
)


def run(*arguments):
    result = CliRunner().invoke(cli.cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def written(tmp_path, *options):
    path = tmp_path / "trial.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    return run("fit", path, *options)


def test_the_parameters_go_to_the_terminal_as_csv(tmp_path):
    code, out, err = written(tmp_path)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert {row["subject"] for row in rows} == {"S1", "S2", "S3"}
    assert {row["source"] for row in rows} == {"stein"}
    assert "Subject S3, car_t_qpcr. Stein 2019: not fitted." in err


def test_parameters_curves_and_comparison_go_to_files(tmp_path):
    names = {name: tmp_path / f"{name}.csv" for name in ("parameters", "curves", "comparison")}
    code, out, err = written(
        tmp_path, "-o", names["parameters"], "--curves", names["curves"], "--comparison", names["comparison"],
        "--model", "stein", "--model", "contraction_only",
    )  # fmt: skip
    assert (code, out) == (0, "")
    for name, path in names.items():
        assert path.exists()
        assert f"{name} of 3 subjects." in err


def test_choices_come_from_the_settings(tmp_path):
    settings = tmp_path / "trial.toml"
    settings.write_text("[fit]\nfixed = { beta = 0.0032 }\n", encoding="utf-8")
    _, out, _ = written(tmp_path, "--settings", settings)
    beta = [row for row in csv.DictReader(io.StringIO(out)) if row["parameter"] == "model_beta"]
    assert beta[0]["flags"] == "FIXED_VALUE"


def test_an_unknown_choice_or_model_is_a_usage_error(tmp_path):
    settings = tmp_path / "trial.toml"
    settings.write_text("[fit]\nbqll = 'drop'\n", encoding="utf-8")
    code, _, err = written(tmp_path, "--settings", settings)
    assert code == 2
    assert "FitRules has no choice 'bqll'" in err
    code, _, err = written(tmp_path, "--model", "stain")
    assert code == 2
    assert "Did you mean 'stein'?" in err


def test_an_output_that_exists_is_not_replaced_unasked(tmp_path):
    output = tmp_path / "fits.csv"
    output.write_text("mine", encoding="utf-8")
    code, _, err = written(tmp_path, "-o", output)
    assert code == 2
    assert "add --force" in err
    assert output.read_text(encoding="utf-8") == "mine"


def test_workers_change_no_number_and_do_not_fit_a_population(tmp_path):
    assert written(tmp_path, "--workers", 2)[1] == written(tmp_path)[1]
    code, _, err = written(tmp_path, "--population", "--workers", 2)
    assert code == 2
    assert "in one process" in err


def test_a_report_has_a_model_where_one_is_asked_for(tmp_path):
    path, pdf = tmp_path / "trial.csv", tmp_path / "trial.pdf"
    path.write_text(HEADER + ROWS, encoding="utf-8")
    code, _, err = run("report", path, "-o", pdf, "--fit", "stein")
    assert code == 0, err
    assert any("Stein AM et al." in page.extract_text() for page in PdfReader(pdf).pages)
