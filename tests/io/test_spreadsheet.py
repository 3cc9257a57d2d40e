import datetime
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from carpk.errors import DataError, Finding
from carpk.io.mapping import Mapping
from carpk.io.study import read_study

HEADER = ["subject", "day", "CRP (mg/L)"]


def refusals(path: Path, settings: Mapping | None = None) -> list[Finding]:
    with pytest.raises(DataError) as caught:
        read_study(path, settings=settings)
    return [finding for finding in caught.value.findings if finding.severity == "error"]


def test_ids_stay_as_they_are_whether_number_or_text(workbook):
    study = read_study(workbook(Data=[HEADER, [1001, 0, 1], ["001", 0, 2], ["NA", 0, 3]]))
    assert study.subjects["subject"].tolist() == ["001", "1001", "NA"]


def test_numbers_pass_through_excel_unchanged(workbook):
    study = read_study(workbook(Data=[HEADER, ["a", 0, 0.1], ["a", 1.5, 100], ["a", 2, "<5"]]))
    assert study.samples["value"].tolist()[:2] == [0.1, 100.0]
    assert study.samples["status"].tolist() == ["quantified", "quantified", "blq"]
    assert study.samples["row"].tolist() == [2, 3, 4]


def test_a_workbook_and_both_kinds_of_text_file_give_the_same_study(workbook, read):
    rows = [["007", 0.5, 0.1], ["007", 7, "<5"], ["S1", 1, None]]
    study = read_study(workbook(Data=[HEADER, *rows]))
    comma = read("subject,day,CRP (mg/L)\n007,0.5,0.1\n007,7,<5\nS1,1,\n")
    semicolon = read("subject;day;CRP (mg/L)\n007;0,5;0,1\n007;7;<5\nS1;1;\n", Mapping(decimal=","))
    for other in (comma, semicolon):
        pd.testing.assert_frame_equal(other.samples, study.samples)
        pd.testing.assert_frame_equal(other.subjects, study.subjects)


def test_where_the_data_came_from_is_kept(workbook):
    (origin,) = read_study(workbook(Data=[HEADER, ["a", 0, 1]])).origins
    assert (origin.name, origin.sheet, len(origin.sha256)) == ("trial.xlsx", "Data", 64)


def test_a_declared_decimal_comma_does_not_touch_real_numbers(workbook):
    study = read_study(workbook(Data=[HEADER, ["a", 0.5, "1,5"], ["a", 1, 2.5]]), settings=Mapping(decimal=","))
    assert study.samples["value"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_real_dates_are_read_in_both_calendars_of_excel(workbook, epoch: datetime.datetime | None):
    def touch(book: openpyxl.Workbook) -> None:
        book.epoch = epoch or book.epoch

    header = ["subject", "infusion date", "sample date", "CRP (mg/L)"]
    rows = [["a", datetime.datetime(2024, 1, 1, 6), datetime.datetime(2024, 1, 3, 12), 5]]
    assert read_study(workbook(touch, Data=[header, *rows])).samples["time"].tolist() == [2.25]


def test_a_date_without_a_clock_time_counts_whole_days(workbook):
    header = ["subject", "infusion date", "sample date", "CRP (mg/L)"]
    rows = [["a", datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 3, 12), 5]]
    assert read_study(workbook(Data=[header, *rows])).samples["time"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("cell", "code", "told"), [("=1+1", "CELL_FORMULA", "Cell C2"), ("#N/A", "CELL_ERROR", "Cell C2 shows #N/A")]
)
def test_formulas_without_result_and_errors_are_refused_with_their_cell(workbook, cell: str, code: str, told: str):
    (found,) = refusals(workbook(Data=[HEADER, ["a", 0, cell]]))
    assert (found.code, found.sheet, found.row) == (code, "Data", 2)
    assert told in found.message


def test_merged_cells_in_the_data_are_refused(workbook):
    path = workbook(lambda book: book["Data"].merge_cells("A2:A3"), Data=[HEADER, ["a", 0, 1], [None, 1, 2]])
    assert [each.code for each in refusals(path)] == ["CELL_MERGED", "SUBJECT_MISSING"]


@pytest.mark.parametrize("number_format", ["000", '"S"000', "00-000", "0000;@", "000_ ", "0.0"])
def test_an_id_shown_otherwise_than_it_is_stored_is_refused(workbook, number_format: str):
    def touch(book: openpyxl.Workbook) -> None:
        book["Data"]["A2"].number_format = number_format

    (found,) = refusals(workbook(touch, Data=[HEADER, [1, 0, 1]]))
    assert (found.code, found.row, found.column) == ("ID_AS_NUMBER", 2, "subject")


@pytest.mark.parametrize("number_format", ["General", "0", "#,##0", "@"])
def test_an_id_shown_as_it_is_stored_is_read(workbook, number_format: str):
    def touch(book: openpyxl.Workbook) -> None:
        book["Data"]["A2"].number_format = number_format

    assert read_study(workbook(touch, Data=[HEADER, [7, 0, 1]])).subjects["subject"].tolist() == ["7"]


def test_an_id_with_more_digits_than_excel_keeps_is_refused(workbook):
    assert refusals(workbook(Data=[HEADER, [1234567890123456789, 0, 1]]))[0].code == "ID_AS_NUMBER"


def test_a_percent_is_refused_because_its_number_differs_from_what_is_shown(workbook):
    def touch(book: openpyxl.Workbook) -> None:
        book["Data"]["C2"].number_format = "0%"

    (found,) = refusals(workbook(touch, Data=[HEADER, ["a", 0, 0.05]]))
    assert (found.code, found.value) == ("NUMBER_NOT_UNDERSTOOD", "5%")


def test_hidden_rows_are_read_and_told(workbook):
    def touch(book: openpyxl.Workbook) -> None:
        book["Data"].row_dimensions[2].hidden = True

    study = read_study(workbook(touch, Data=[HEADER, ["a", 0, 1]]))
    assert len(study.samples) == 1
    assert "HIDDEN_USED" in set(study.log["code"])


def test_the_sheet_must_be_named_where_several_hold_data(workbook):
    path = workbook(One=[HEADER, ["a", 0, 1]], Two=[HEADER, ["b", 0, 1]])
    assert [each.code for each in refusals(path)] == ["SHEET_UNCLEAR"]
    assert read_study(path, settings=Mapping(sheet="Two")).subjects["subject"].tolist() == ["b"]
    (found,) = refusals(path, Mapping(sheet="Tow"))
    assert "Did you mean 'Two'" in found.message


def test_a_workbook_of_named_tables_is_read_as_one_study(workbook):
    study = read_study(
        workbook(
            Samples=[HEADER, ["a", 0, 1]],
            SUBJECTS=[["subject", "cohort", "age"], ["a", "low", 30], ["b", "high", 40]],
            Events=[["subject", "event", "day"], ["a", "Toci", 3]],
            study=[["title"], ["Trial X"]],
            readme=[["Synthetic."]],
        )
    )
    assert study.title == "Trial X"
    assert study.subjects[["subject", "cohort", "age"]].to_numpy().tolist() == [["a", "low", 30.0], ["b", "high", 40.0]]
    assert study.events[["subject", "event", "time"]].to_numpy().tolist() == [["a", "tocilizumab", 3.0]]
    assert {"SUBJECT_NO_SAMPLES", "FILE_IGNORED"} <= set(study.log["code"])


def test_a_truncated_workbook_is_refused(workbook):
    path = workbook(Data=[HEADER, ["a", 0, 1]])
    path.write_bytes(path.read_bytes()[:2000])
    assert [each.code for each in refusals(path)] == ["FILE_DAMAGED"]


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "hello")
    path = tmp_path / "trial.xlsx"
    path.write_bytes(packed.getvalue())
    assert [each.code for each in refusals(path)] == ["FILE_DAMAGED"]


def test_a_workbook_that_unpacks_to_far_too_much_is_not_opened(tmp_path: Path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (20 << 20))
    path = tmp_path / "trial.xlsx"
    path.write_bytes(packed.getvalue())
    assert [each.code for each in refusals(path)] == ["FILE_UNSAFE"]


def test_xml_entities_in_a_workbook_are_refused(workbook):
    path = workbook(Data=[HEADER, ["a", 0, 1]])
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start = content.index(b"<worksheet")
                content = content[:start] + b'<!DOCTYPE x [<!ENTITY a "b">]>' + content[start:]
            new.writestr(name, content)
    path.write_bytes(packed.getvalue())
    assert [each.code for each in refusals(path)] == ["FILE_UNSAFE"]


def test_a_sheet_called_event_holds_events_and_a_second_sheet_of_samples_is_refused(workbook):
    samples = [["subject", "day", "CRP (mg/L)"], ["A", 0, 1]]
    study = read_study(workbook(samples=samples, Event=[["subject", "event", "day"], ["A", "death", 40]]))
    assert study.events["event"].tolist() == ["death"]
    with pytest.raises(DataError, match="Is sheet 'Samples 2' a part of samples"):
        read_study(workbook(samples=samples, **{"Samples 2": samples}))


def test_a_sheet_named_in_the_settings_leaves_other_parts_aside(workbook):
    samples = [["subject", "day", "CRP (mg/L)"], ["A", 0, 1]]
    study = read_study(workbook(samples=samples, **{"Samples 2": samples}), settings=Mapping(sheet="samples"))
    assert "'Samples 2' (1 rows) was left aside" in " ".join(study.log["detail"])
