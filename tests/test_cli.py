import csv
import io
import os
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

import carpk
from carpk import cli
from carpk.errors import DataError, Finding

HEADER = "subject,time (day),analyte,value,unit,lloq\n"
GOOD = HEADER + "".join(
    f"{subject},{day},car_t_qpcr,{level},copies/ug,50\n"
    for subject in ("S1", "S2")
    for day, level in ((0, "<50"), (7, 30000), (14, 20000), (21, 6000), (28, 900), (60, "<50"), (90, "<50"))
)
REFUSED = GOOD + "S2,14,car_t_qpcr,25000,copies/ug,50\n"
BAD = GOOD.replace("20000", "2e4e", 1).replace("6000", "hemolyzed", 1)


@pytest.fixture
def trial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trial.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def run(*arguments):
    """Call the command as a shell does; give its exit code, stdout and stderr."""
    result = CliRunner().invoke(cli.cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def shell(*arguments, **options):
    command = [sys.executable, "-m", "carpk", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def test_help_is_quick_because_no_heavy_library_is_loaded():
    code = (
        "import sys\nsys.argv = ['carpk', '--help']\nfrom carpk import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'matplotlib', 'lmfit', 'scipy', 'typst', 'openpyxl', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "carpk report trial.xlsx -o report.pdf" in done.stdout


@pytest.mark.parametrize("command", ["report", "nca"])
def test_the_help_of_each_command_shows_examples(command):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert any(line.strip().startswith(f"carpk {command} trial") for line in out.splitlines())


def test_the_version_is_printed():
    assert run("--version") == (0, f"carpk {carpk.__version__}\n", "")


def test_nca_without_output_prints_the_tidy_table_to_stdout(trial):
    code, out, err = run("nca", trial)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert (code, err) == (0, "")
    assert [row["value"] for row in rows if row["parameter"] == "cmax"] == ["30000.0", "30000.0"]


def test_nca_writes_a_table_and_says_so_on_stderr(trial):
    code, out, err = run("nca", trial, "-o", "parameters.csv")
    assert (code, out) == (0, "")
    assert err.startswith("parameters.csv: 2 subjects")
    assert (trial.parent / "parameters.csv").read_text(encoding="utf-8").startswith("subject,cohort,dose,analyte")


def test_wide_gives_one_row_per_subject(trial):
    _, out, _ = run("nca", trial, "--wide")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["subject"] for row in rows] == ["S1", "S2"]
    assert rows[0]["cmax"] == "30000.0"


def test_the_method_on_the_command_line_is_the_one_used(trial):
    _, out, _ = run("nca", trial, "--auc-method", "linear")
    rows = list(csv.DictReader(io.StringIO(out)))
    # 7 (0 + 30000)/2 + 7 (50000)/2 + 7 (26000)/2 + 7 (6900)/2 = 395150
    assert [float(row["value"]) for row in rows if row["parameter"] == "auc_0_28d"] == [395150.0, 395150.0]


def test_a_choice_on_the_command_line_wins_over_the_settings(trial):
    (trial.parent / "trial.toml").write_text('[nca]\nauc_method = "linear"\nmin_points = 4\n', encoding="utf-8")
    _, out, _ = run("nca", trial, "--settings", "trial.toml", "--auc-method", "linear-up log-down")
    methods = {row["method"] for row in csv.DictReader(io.StringIO(out))}
    assert "linear-up log-down; BLQ rule carpk" in methods
    assert any("4 or more points" in method for method in methods)


def test_a_misspelt_method_is_wrong_usage_with_a_suggestion(trial):
    code, out, err = run("nca", trial, "--auc-method", "liner")
    assert (code, out) == (2, "")
    assert "Did you mean 'linear'?" in err


def test_settings_that_are_not_toml_are_wrong_usage(trial):
    (trial.parent / "trial.toml").write_text("[nca\n", encoding="utf-8")
    code, _, err = run("nca", trial, "--settings", "trial.toml")
    assert code == 2
    assert "not TOML" in err


def test_a_missing_file_is_wrong_usage(tmp_path):
    code, _, err = run("nca", tmp_path / "nothing.csv")
    assert code == 2
    assert "nothing.csv" in err


def test_an_existing_output_is_not_replaced(trial):
    (trial.parent / "parameters.csv").write_text("old")
    code, _, err = run("nca", trial, "-o", "parameters.csv")
    assert code == 2
    assert "parameters.csv exists; add --force to replace it." in err
    assert (trial.parent / "parameters.csv").read_text() == "old"


def test_an_existing_output_is_replaced_with_force(trial):
    (trial.parent / "parameters.csv").write_text("old")
    assert run("nca", trial, "-o", "parameters.csv", "--force")[0] == 0
    assert (trial.parent / "parameters.csv").read_text(encoding="utf-8").startswith("subject,")


def test_the_input_is_never_the_output(trial):
    code, _, err = run("nca", trial, "-o", trial, "--force")
    assert code == 2
    assert "is the input" in err
    assert trial.read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize(("command", "name"), [("report", "report.html"), ("nca", "parameters.parquet")])
def test_an_output_of_another_kind_is_wrong_usage(trial, command, name):
    code, _, err = run(command, trial, "-o", name)
    assert code == 2
    assert "must end in" in err


def test_a_report_needs_a_place_to_go(trial):
    code, _, err = run("report", trial)
    assert code == 2
    assert "--output" in err


def test_every_fault_of_the_data_is_named_with_its_row_and_nothing_is_written(trial):
    trial.write_text(BAD, encoding="utf-8")
    code, out, err = run("nca", trial, "-o", "parameters.csv")
    lines = err.splitlines()
    assert (code, out) == (1, "")
    assert any("row 4" in line and "2e4e" in line for line in lines)
    assert any("row 5" in line and "hemolyzed" in line for line in lines)
    assert lines[-1] == "Nothing was written."
    assert not (trial.parent / "parameters.csv").exists()


def test_no_more_than_fifty_faults_are_printed(trial, monkeypatch):
    findings = [Finding("X", "error", f"fault {number}") for number in range(60)]

    def refuse(*_arguments, **_options):
        raise DataError(findings)

    monkeypatch.setattr(carpk, "read_study", refuse, raising=False)
    _, _, err = run("nca", trial)
    assert err.splitlines()[49:] == ["fault 49", "... and 10 more.", "Nothing was written."]


def test_a_refused_profile_is_named_and_the_others_are_written(trial):
    trial.write_text(REFUSED, encoding="utf-8")
    code, _, err = run("nca", trial, "-o", "parameters.csv")
    assert code == 1
    assert "Refused: subject S2" in err
    assert "S1" in (trial.parent / "parameters.csv").read_text(encoding="utf-8")


def test_warnings_and_covariates_go_to_stderr(trial):
    trial.write_text(GOOD.replace("S1,0,car_t_qpcr,<50", "S1,0,car_t_qpcr,-3").replace("lloq\n", "lloq,age\n", 1)
                     .replace(",50\n", ",50,30\n"), encoding="utf-8")  # fmt: skip
    _, out, err = run("nca", trial)
    lines = err.splitlines()
    assert lines[0] == "Warning: subject S1: Row 2: the level is -3."
    assert lines[1] == "Read as covariates: age."
    assert "Warning" not in out


def test_report_writes_a_pdf_without_a_word_on_stdout(trial):
    done = shell("report", "trial.csv", "-o", "report.pdf")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr == "report.pdf: report of 2 subjects.\n"
    assert (trial.parent / "report.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind exist on POSIX systems only")
def test_an_interrupted_report_leaves_nothing(trial):
    code = (
        "import carpk, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it\n"
        "def slow(*a, **k):\n    print('started', flush=True)\n    time.sleep(60)\n"
        "carpk.read_study = slow\n"
        "sys.argv = ['carpk', 'report', 'trial.csv', '-o', 'report.pdf']\n"
        "from carpk.cli import main\nmain()"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as running:
        assert running.stdout.readline() == "started\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.strip() == "Interrupted. Nothing was written."
    assert sorted(path.name for path in trial.parent.iterdir()) == ["trial.csv"]


def test_a_reader_that_closes_early_is_no_fault(trial):
    rows = "".join(f"S{number},7,car_t_qpcr,900,copies/ug,50\n" for number in range(400))
    trial.write_text(HEADER + rows, encoding="utf-8")
    command = [sys.executable, "-m", "carpk", "nca", "trial.csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline().startswith("subject,")
        running.stdout.close()
        err = running.stderr.read()
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
