"""carpk simulate: what it writes and what it says."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from carpk import cli

DESIGN = """
visits = [0, 4, 7, 10, 14, 21, 28, 60]
lloq = 50
missing_share = 0.05

[[cohorts]]
name = "low"
dose = 1e5
subjects = 3
"""
EXAMPLE = Path(__file__).parents[1] / "docs" / "design.toml"


@pytest.fixture
def design_path(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text(DESIGN, encoding="utf-8")
    return path


def run(*arguments):
    result = CliRunner().invoke(cli.cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_simulated_trial_is_a_file_that_the_other_commands_read(design_path, tmp_path):
    trial = tmp_path / "trial.csv"
    code, out, err = run("simulate", "--design", design_path, "-o", trial)
    assert (code, out) == (0, "")
    assert "3 subjects, 24 rows, seed 1. All of it is synthetic." in err
    code, out, _ = run("nca", trial)
    assert code == 0
    assert {row["subject"] for row in csv.DictReader(io.StringIO(out))} == {"S001", "S002", "S003"}


def test_one_seed_gives_one_trial(design_path):
    first, again, other = (run("simulate", "--design", design_path, "--seed", seed)[1] for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_the_characteristics_of_a_design_go_to_the_terminal(design_path):
    code, out, _ = run("simulate", "--design", design_path, "--characteristics", 20)
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["parameter"] for row in rows] == ["cmax", "auc_0_28d", "half_life"]


def test_the_example_in_the_documents_runs():
    code, out, _ = run("simulate", "--design", EXAMPLE, "--model", "stein_comedication")
    assert code == 0
    assert out.startswith("study,subject,")


def test_what_is_wrong_with_a_design_is_a_usage_error(design_path, tmp_path):
    design_path.write_text(DESIGN.replace("lloq", "llog"), encoding="utf-8")
    code, _, err = run("simulate", "--design", design_path, "-o", tmp_path / "trial.csv")
    assert code == 2
    assert "Did you mean 'lloq'?" in err
    assert not (tmp_path / "trial.csv").exists()
    design_path.write_text("visits = [", encoding="utf-8")
    code, _, err = run("simulate", "--design", design_path)
    assert code == 2
    assert "the file is not TOML" in err


def test_a_file_that_exists_is_kept_and_characteristics_have_their_own_numbers(design_path, tmp_path):
    trial = tmp_path / "trial.csv"
    trial.write_text("mine", encoding="utf-8")
    code, _, err = run("simulate", "--design", design_path, "-o", trial)
    assert code == 2
    assert "add --force" in err
    code, _, err = run("simulate", "--design", design_path, "--subjects", 5, "--characteristics", 10)
    assert code == 2
    assert "leave out --subjects" in err
