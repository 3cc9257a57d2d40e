import csv
import io

import openpyxl
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from carpk import cli

TRIAL = """subject,day,visit,assessment,value,unit
S1,0,D0,SLEDAI-2K,10,
S1,0,D0,PGA,2,
S1,0,D0,prednisone dose,20,mg/day
S1,28,D28,SLEDAI-2K,0,
S1,28,D28,PGA,0.4,
S1,28,D28,prednisone dose,5,mg/day
"""


@pytest.fixture
def trial(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trial.csv"
    path.write_text(TRIAL, encoding="utf-8")
    return path


def run(*arguments):
    result = CliRunner().invoke(cli.cli, ["endpoints", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_without_a_file_the_visits_go_to_the_terminal_as_csv(trial):
    code, out, err = run(trial)
    lines = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    doris = [line for line in lines if line["endpoint"] == "doris" and not line["component"]]
    assert [(line["visit"], line["value"], line["method"]) for line in doris] == [("D28", "1.0", "2021")]
    assert "SRI-4 was not computed: the study has no BILAG-2004." in err


def test_a_workbook_is_written_and_named_by_its_table(trial):
    code, _, err = run(trial, "--table", "summary", "-o", "out.xlsx")
    assert code == 0
    assert openpyxl.load_workbook("out.xlsx").sheetnames == ["summary"]
    assert "out.xlsx: 1 subjects" in err


def test_the_parameters_have_times_to_attainment(trial):
    _, out, _ = run(trial, "--table", "parameters")
    assert any("doris" in line and "time_to_attainment,28.0" in line for line in out.splitlines())


def test_rules_come_from_the_endpoints_table_of_the_settings(trial, tmp_path):
    (tmp_path / "trial.toml").write_text(
        '[endpoints]\nsri = "without_bilag"\n[endpoints.doris]\nprednisolone_limit = 4.0\n'
    )
    code, out, err = run(trial, "--settings", "trial.toml", "--methods")
    values = {line["endpoint"]: line["value"] for line in csv.DictReader(io.StringIO(out)) if not line["component"]}
    assert code == 0
    assert (values["sri_4"], values["doris"]) == ("1.0", "0.0")
    assert "prednisolone at most 4 mg/day" in err


def test_a_wrong_choice_is_a_usage_error(trial, tmp_path):
    (tmp_path / "trial.toml").write_text('[endpoints]\nlldas = "franklin"\n')
    code, _, err = run(trial, "--settings", "trial.toml")
    assert code == 2
    assert "Did you mean 'franklyn'" in err


def test_an_impossible_score_is_named_with_its_row_and_nothing_is_written(trial, tmp_path):
    trial.write_text(TRIAL.replace("PGA,0.4", "PGA,4"), encoding="utf-8")
    code, _, err = run(trial, "-o", "out.csv")
    assert code == 1
    assert "trial.csv, row 6" in err
    assert "Nothing was written" in err
    assert not (tmp_path / "out.csv").exists()


def test_an_existing_file_is_kept_unless_forced(trial, tmp_path):
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    assert run(trial, "-o", "out.csv")[0] == 2
    assert run(trial, "-o", "out.csv", "--force")[0] == 0


def test_the_help_shows_examples():
    code, out, _ = run("--help")
    assert code == 0
    assert "carpk endpoints trial.xlsx -o endpoints.csv" in out


def test_a_report_has_the_endpoints_by_the_settings(trial, tmp_path):
    trial.write_text(TRIAL.replace("visit,", "planned day,").replace("D0", "0").replace("D28", "28"), encoding="utf-8")
    (tmp_path / "trial.toml").write_text('[endpoints]\ndoris = "2021_below_5_mg"\n')
    done = CliRunner().invoke(cli.cli, ["report", str(trial), "-o", "out.pdf", "--settings", "trial.toml"])
    assert done.exit_code == 0, done.stderr
    text = "\n".join(page.extract_text() for page in PdfReader("out.pdf").pages)
    assert "DORIS remission by visit" in text
    assert "2021_below_5_mg" in text


def test_a_report_refuses_a_choice_that_endpoints_do_not_have(trial, tmp_path):
    (tmp_path / "trial.toml").write_text('[endpoints]\ndorris = "2021"\n')
    done = CliRunner().invoke(cli.cli, ["report", str(trial), "-o", "out.pdf", "--settings", "trial.toml"])
    assert done.exit_code == 2
    assert "Did you mean 'doris'" in done.stderr
