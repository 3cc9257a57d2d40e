"""The command `carpk response`: files, exit codes, messages."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

TRIAL = Path(__file__).parents[1] / "sample_data" / "ultrafast_cd19_sle.csv"


def carpk(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "carpk", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("response")
    done = carpk("response", TRIAL, "-o", folder / "response.csv", "--visits", folder / "visits.csv")
    return folder, done


def test_the_table_and_the_visits_are_written(written):
    folder, done = written
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(folder / "response.csv", dtype={"subject": str}, keep_default_na=False)
    assert table["subject"].nunique() == 18
    assert {"b_cells", "il6", "crp", "ferritin", "crs", "tocilizumab"} <= set(table["analyte"])
    assert set(pd.read_csv(folder / "visits.csv")["state"]) == {"depleted", "not depleted"}


def test_what_was_written_is_told(written):
    _, done = written
    assert "response.csv: 18 subjects" in done.stderr


def test_a_censored_peak_is_an_empty_cell_with_its_bounds(written):
    folder, _ = written
    table = pd.read_csv(folder / "response.csv", dtype=str, keep_default_na=False)
    (row,) = table[(table["subject"] == "014") & (table["analyte"] == "il6") & (table["parameter"] == "peak")].to_dict(
        "records"
    )
    assert (row["value"], row["low"], row["high"], row["reason"]) == ("", "5000.0", "inf", "ABOVE_ULOQ")


def test_choices_come_from_the_settings(tmp_path):
    settings = tmp_path / "trial.toml"
    settings.write_text("[response]\nb_cell_threshold = 20\nrecovery_visits = 1\n", encoding="utf-8")
    done = carpk("response", TRIAL, "--settings", settings)
    assert done.returncode == 0
    assert "at or above 20 cells/uL, 1 in a row" in done.stdout


def test_a_choice_that_is_none_is_wrong_usage(tmp_path):
    settings = tmp_path / "trial.toml"
    settings.write_text("[response]\nb_cell_treshold = 20\n", encoding="utf-8")
    done = carpk("response", TRIAL, "--settings", settings)
    assert done.returncode == 2
    assert "Did you mean 'b_cell_threshold'?" in done.stderr
    assert done.stdout == ""


def test_a_refused_course_makes_the_exit_code_1_though_the_table_stands(tmp_path):
    data = tmp_path / "twice.csv"
    data.write_text(
        "subject,day,analyte,value,unit\nA,0,CRP,3,mg/L\nA,7,CRP,9,mg/L\nA,7,CRP,12,mg/L\nB,0,CRP,3,mg/L\nB,7,CRP,8,mg/L\n",
        encoding="utf-8",
    )
    done = carpk("response", data, "-o", tmp_path / "out.csv")
    assert done.returncode == 1
    assert "Refused: subject A, CRP." in done.stderr
    assert "row 3" in done.stderr
    assert "row 4" in done.stderr
    assert (tmp_path / "out.csv").exists()


def test_an_existing_file_is_kept_without_force(tmp_path):
    (tmp_path / "out.csv").write_text("mine", encoding="utf-8")
    done = carpk("response", TRIAL, "-o", tmp_path / "out.csv")
    assert done.returncode == 2
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "mine"


def test_a_trial_without_markers_says_that_there_is_nothing_to_tell(tmp_path):
    data = tmp_path / "levels.csv"
    data.write_text("subject,day,analyte,value,unit\nA,7,CAR transgene (qPCR),900,copies/ug\n", encoding="utf-8")
    done = carpk("response", data, "-o", tmp_path / "out.csv")
    assert done.returncode == 0
    assert "The data hold no B cells, markers, CRS or treatments" in done.stderr
