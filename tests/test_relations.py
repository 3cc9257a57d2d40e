"""What must hold for the whole program, whatever the numbers are: file in, table out, on a sample trial."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

import carpk
from carpk.errors import RulesError

TRIAL = Path(__file__).parents[1] / "sample_data" / "ultrafast_cd19_sle.csv"


@pytest.fixture(scope="module")
def rows():
    with TRIAL.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    return [row for row in table if row[table[0].index("analyte")] in ("analyte", "CAR transgene (qPCR)", "CRP")]


def write(path, rows, *, delimiter=",", decimal="."):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    for row in rows:
        writer.writerow(row if decimal == "." else [_with_comma(cell) for cell in row])
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def _with_comma(cell):
    text = cell.lstrip("<>")
    return cell.replace(".", ",") if text.replace(".", "", 1).lstrip("-").isdigit() else cell


def parameters(path, **settings):
    study = carpk.read_study(path, **settings)
    return carpk.run_nca(study).parameters


@pytest.fixture(scope="module")
def expected(rows, tmp_path_factory):
    return parameters(write(tmp_path_factory.mktemp("plain") / "trial.csv", rows))


def column(rows, name, change):
    place = rows[0].index(name)
    return [rows[0], *([*row[:place], change(row), *row[place + 1 :]] for row in rows[1:])]


def test_the_order_of_rows_and_columns_changes_nothing(rows, expected, tmp_path):
    chance = np.random.default_rng(7)
    body = rows[1:]
    chance.shuffle(body)
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    shuffled = [[row[place] for place in order] for row in [rows[0], *body]]
    pd.testing.assert_frame_equal(parameters(write(tmp_path / "trial.csv", shuffled)), expected)


def test_semicolons_and_decimal_commas_change_nothing(rows, expected, tmp_path):
    path = write(tmp_path / "trial.csv", rows, delimiter=";", decimal=",")
    (tmp_path / "trial.toml").write_text('[study]\ndelimiter = ";"\ndecimal = ","\n', encoding="utf-8")
    pd.testing.assert_frame_equal(parameters(path, settings=tmp_path / "trial.toml"), expected)


@pytest.mark.parametrize(("name", "delimiter"), [("t.tsv", "\t"), ("t.txt", "\t"), ("t.dat", ";"), ("t.txt", "|")])
def test_another_text_file_says_what_the_csv_says(rows, expected, tmp_path, name, delimiter):
    path = write(tmp_path / name, rows, delimiter=delimiter)
    pd.testing.assert_frame_equal(parameters(path), expected, check_exact=True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_another_encoding_says_what_the_csv_says(rows, expected, tmp_path, encoding):
    path = write(tmp_path / "trial.csv", rows)
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    pd.testing.assert_frame_equal(parameters(path), expected, check_exact=True)


def test_a_folder_says_what_the_csv_says(rows, expected, tmp_path):
    (tmp_path / "trial").mkdir()
    write(tmp_path / "trial" / "samples.csv", rows)
    pd.testing.assert_frame_equal(parameters(tmp_path / "trial"), expected, check_exact=True)


def test_a_workbook_says_what_the_csv_says(rows, expected, tmp_path):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "trial.xlsx")
    pd.testing.assert_frame_equal(parameters(tmp_path / "trial.xlsx"), expected)


def test_a_table_says_what_the_csv_says(rows, expected):
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    pd.testing.assert_frame_equal(carpk.run_nca(frame).parameters, expected)


def test_levels_in_a_thousandth_of_the_unit_give_the_same_numbers(rows, expected, tmp_path):
    def in_nanograms(row, name):
        cell, unit = row[rows[0].index(name)], row[rows[0].index("unit")]
        sign, number = (cell[0], cell[1:]) if cell[:1] in "<>" and cell else ("", cell)
        return f"{sign}{float(number) / 1000!r}" if unit.startswith("copies") and number else cell

    changed = rows
    for name in ("value", "lloq"):
        changed = column(changed, name, lambda row, name=name: in_nanograms(row, name))
    place = rows[0].index("unit")
    changed = column(changed, "unit", lambda row: "copies/ng" if row[place].startswith("copies") else row[place])
    found = parameters(write(tmp_path / "trial.csv", changed))
    np.testing.assert_allclose(found["value"], expected["value"], rtol=1e-12)
    assert list(found["reason"]) == list(expected["reason"])
    assert list(found["unit"]) == list(expected["unit"])


def test_hours_give_the_numbers_of_days_times_twenty_four(rows, expected, tmp_path):
    days = carpk.read_study(write(tmp_path / "trial.csv", rows))
    hours = carpk.Study(
        days.subjects,
        days.samples.assign(time=days.samples["time"] * 24, nominal_time=days.samples["nominal_time"] * 24),
        days.events.assign(time=days.events["time"] * 24),
        time_unit="h",
    )
    found = carpk.run_nca(hours).parameters
    by_unit = {"h": 24.0, "1/h": 1 / 24}
    factor = found["unit"].map(lambda unit: by_unit.get(unit, 24.0 if unit.startswith("h*") else 1.0))
    np.testing.assert_allclose(found["value"], expected["value"] * factor, rtol=1e-10)


def test_leaving_a_subject_out_changes_no_other_one(rows, expected, tmp_path):
    gone = [row for row in rows if row[rows[0].index("subject")] != "006"]
    found = parameters(write(tmp_path / "trial.csv", gone))
    pd.testing.assert_frame_equal(found, expected[expected["subject"] != "006"].reset_index(drop=True))


def test_another_name_for_every_subject_changes_no_number(rows, expected, tmp_path):
    place = rows[0].index("subject")
    renamed = column(rows, "subject", lambda row: f"site-9/{row[place]}")
    found = parameters(write(tmp_path / "trial.csv", renamed))
    pd.testing.assert_frame_equal(found.drop(columns="subject"), expected.drop(columns="subject"))


def test_a_sample_excluded_by_hand_is_a_row_that_is_not_there(rows, expected, tmp_path):
    study = carpk.read_study(write(tmp_path / "trial.csv", rows))
    own = study.samples[(study.samples["subject"] == "006") & (study.samples["analyte"] == "car_t_qpcr")]
    time = float(own["time"].iloc[4])
    rules = carpk.NcaRules(
        exclusions=[{"subject": "006", "time": time, "analyte": "car_t_qpcr", "reason": "hemolyzed"}]
    )
    excluded = carpk.run_nca(study, rules)
    without = carpk.Study(study.subjects, study.samples.drop(index=own.index[4]), study.events)
    pd.testing.assert_frame_equal(excluded.parameters, carpk.run_nca(without).parameters)
    assert "hemolyzed" in excluded.log.query("code == 'SAMPLE_EXCLUDED'")["detail"].iloc[0]
    assert not excluded.parameters["value"].equals(expected["value"])


@pytest.mark.parametrize("cells", [1, 100, 10**9])
def test_the_size_of_the_blocks_of_profiles_changes_nothing(rows, expected, tmp_path, monkeypatch, cells):
    monkeypatch.setattr("carpk.profiles._CELLS_PER_BLOCK", cells)
    found = parameters(write(tmp_path / "trial.csv", rows))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_the_same_run_gives_the_same_bytes(rows, tmp_path):
    path = write(tmp_path / "trial.csv", rows)
    for name in ("one.csv", "two.csv"):
        carpk.write_table(parameters(path), tmp_path / name)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_numbers_of_a_summary_add_up_to_the_subjects(expected):
    summary = carpk.summarize(expected)
    assert (summary["n"] + summary["n_censored"] + summary["n_missing"] == summary["N"]).all()
    of_cmax = summary[(summary["parameter"] == "cmax") & (summary["analyte"] == "car_t_qpcr")]
    assert of_cmax["N"].sum() == 18


def test_a_slope_chosen_by_hand_uses_the_points_named(rows, tmp_path):
    study = carpk.read_study(write(tmp_path / "trial.csv", rows))
    own = study.samples[(study.samples["subject"] == "006") & (study.samples["analyte"] == "car_t_qpcr")]
    tail = own[(own["status"] == "quantified") & (own["time"] > 14)]
    times, levels = tail["time"].to_numpy()[:3], tail["value"].to_numpy()[:3]
    rules = carpk.NcaRules(
        slope_points=[{"subject": "006", "times": list(times), "reason": "the later ones are noise"}]
    )
    result = carpk.run_nca(study, rules)
    found = result.parameters.query("subject == '006' and analyte == 'car_t_qpcr'").set_index("parameter")
    slope = np.polyfit(times, np.log(levels), 1)[0]
    assert found.loc["lambda_z", "value"] == pytest.approx(-slope, rel=1e-9)
    assert "SLOPE_CHOSEN" in found.loc["half_life", "flags"]
    assert "the later ones are noise" in result.log.query("code == 'SLOPE_CHOSEN'")["detail"].iloc[0]


def test_a_table_that_is_written_read_and_written_again_is_the_same_file(expected, tmp_path):
    carpk.write_table(expected, tmp_path / "one.csv")
    again = pd.read_csv(tmp_path / "one.csv", dtype=str, keep_default_na=False)
    for name in expected.select_dtypes(float):
        again[name] = [float(cell or "nan") for cell in again[name]]
    carpk.write_table(again, tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize("factor", [2.0**-10, 1000.0, 1 / 3])
def test_levels_times_a_factor_have_its_multiple_as_geometric_mean(expected, factor):
    changed = expected.assign(value=expected["value"] * factor)
    once, scaled = (carpk.summarize(table) for table in (expected, changed))
    np.testing.assert_allclose(scaled["geometric_mean"], once["geometric_mean"] * factor, rtol=1e-12)
    np.testing.assert_allclose(scaled["geometric_cv_percent"], once["geometric_cv_percent"], rtol=1e-9)


def test_a_choice_by_hand_that_meets_no_sample_is_refused(rows, tmp_path):
    study = carpk.read_study(write(tmp_path / "trial.csv", rows))
    with pytest.raises(RulesError, match="exclusions: no sample is like"):
        carpk.run_nca(study, carpk.NcaRules(exclusions=[{"subject": "0006", "time": 7.0, "reason": "typo"}]))


def test_a_choice_by_hand_without_a_reason_is_refused():
    with pytest.raises(RulesError, match="exclusions of subject '006' need a reason"):
        carpk.NcaRules(exclusions=[{"subject": "006", "time": 7.0, "reason": " "}])
