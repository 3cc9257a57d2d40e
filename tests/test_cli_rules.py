"""`carpk terms`, `carpk compare-rules`, and `--preset`."""

import csv
import io
import math

import openpyxl
import pytest
from click.testing import CliRunner

from carpk import cli
from carpk.nca.rules import PRESETS

TRIAL = "subject,time (day),analyte,value,unit,lloq\n" + "".join(
    f"{subject},{day},car_t_qpcr,{level},copies/ug,50\n"
    for subject in ("S1", "S2")
    for day, level in ((0, "<50"), (7, 1000), (28, 100), (90, 60))
)


@pytest.fixture
def trial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trial.csv"
    path.write_text(TRIAL, encoding="utf-8")
    return path


def run(*arguments):
    result = CliRunner().invoke(cli.cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def area(out):
    return next(float(row["value"]) for row in csv.DictReader(io.StringIO(out)) if row["parameter"] == "auc_0_28d")


def test_terms_prints_definitions_and_reasons():
    code, out, err = run("terms")
    assert (code, err) == (0, "")
    assert "AUClast + Clast / \u03bbz" in out
    assert "WINDOW_NOT_COVERED\n" in out


def test_terms_as_csv_has_a_row_for_each_word():
    code, out, _ = run("terms", "--csv")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 0
    assert rows["cmax"]["cdisc_code"] == "CMAX"
    assert rows["cmax_per_dose"]["kind"] == "level per dose"
    assert rows["EMBEDDED_BLQ"]["group"] == "flag"


def test_compare_rules_prints_what_moves(trial):
    code, out, err = run("compare-rules", trial)
    assert (code, err) == (0, "")
    assert "auc_0_28d" in out
    assert "AUC method (2)" in out
    assert max(map(len, out.splitlines())) <= 100


def test_compare_rules_writes_all_values_side_by_side(trial):
    code, _, err = run("compare-rules", trial, "-o", "rules.csv")
    assert code == 0
    assert err == "rules.csv: 54 values under carpk, pknca, winnonlin, noncompart, pkanalix, ich_m13a.\n"
    rows = list(csv.DictReader(io.StringIO((trial.parent / "rules.csv").read_text(encoding="utf-8"))))
    line = next(row for row in rows if row["parameter"] == "auc_0_28d")
    assert float(line["winnonlin"]) == 15050.0
    assert line["why"] == "AUC method"


def test_compare_rules_writes_a_workbook(trial):
    assert run("compare-rules", trial, "-o", "rules.xlsx", "--preset", "carpk", "--preset", "pknca")[0] == 0
    (header, *_) = openpyxl.load_workbook(trial.parent / "rules.xlsx").active.iter_rows(values_only=True)
    assert header[6:10] == ("carpk", "pknca", "carpk_reason", "pknca_reason")


@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.pdf", b"%PDF")])
def test_compare_rules_draws_the_same_picture_twice(trial, name, begins):
    pictures = []
    for _ in range(2):
        assert run("compare-rules", trial, "--figure", name, "--force")[0] == 0
        pictures.append((trial.parent / name).read_bytes())
    assert pictures[0].startswith(begins)
    assert pictures[0] == pictures[1]


def test_the_presets_named_are_the_ones_compared_and_the_first_is_the_reference(trial):
    _, out, _ = run("compare-rules", trial, "--preset", "winnonlin", "--preset", "carpk")
    assert out.startswith("Compared with winnonlin: carpk.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preset", "carpk"], "at least two"),
        (["--preset", "carpk", "--preset", "carpk"], "compared once"),
        (["--preset", "carpk", "--preset", "winonlin"], "Did you mean 'winnonlin'?"),
        (["--share", "-1"], "--share"),
        (["--figure", "rules.gif"], "must end in"),
        (["--figure", "rules.svg", "--parameter", "auc_28_9d"], "Did you mean 'auc_28_90d'?"),
        (["--figure", "rules.svg", "--analyte", "il6"], "car_t_qpcr"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_wrong_usage_and_writes_nothing(trial, arguments, message):
    code, out, err = run("compare-rules", trial, "-o", "rules.csv", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert [path.name for path in trial.parent.iterdir()] == ["trial.csv"]


def test_windows_of_the_settings_hold_for_every_preset(trial):
    (trial.parent / "trial.toml").write_text('[nca.windows]\n"0-14" = [0, 14]\n', encoding="utf-8")
    _, out, _ = run("compare-rules", trial, "--settings", "trial.toml")
    assert "auc_0_14d" in out
    assert out.startswith("Compared with carpk: pknca,")


def test_rules_of_the_settings_are_the_reference_where_they_are_ones_own(trial):
    (trial.parent / "trial.toml").write_text('[nca]\nauc_method = "linear-log"\n', encoding="utf-8")
    _, out, _ = run("compare-rules", trial, "--settings", "trial.toml", "--preset", "pknca")
    assert out.startswith("Compared with settings: pknca.")


@pytest.mark.parametrize("name", PRESETS)
def test_nca_takes_every_preset(trial, name):
    code, out, _ = run("nca", trial, "--preset", name)
    assert code == 0
    assert area(out) == pytest.approx(15050.0 if name not in ("carpk", "pknca") else 3500 + 21 * 900 / math.log(10))


def test_the_preset_on_the_command_line_wins_over_the_settings_and_the_method_over_both(trial):
    (trial.parent / "trial.toml").write_text('[nca]\npreset = "winnonlin"\n', encoding="utf-8")
    settings = ("--settings", "trial.toml")
    assert area(run("nca", trial, *settings)[1]) == 15050.0
    assert area(run("nca", trial, *settings, "--preset", "pknca")[1]) == pytest.approx(3500 + 21 * 900 / math.log(10))
    assert area(run("nca", trial, *settings, "--preset", "pknca", "--auc-method", "linear")[1]) == 15050.0


def test_a_misspelt_preset_is_wrong_usage_with_a_suggestion(trial):
    code, _, err = run("nca", trial, "--preset", "pknka")
    assert code == 2
    assert "Did you mean 'pknca'?" in err
