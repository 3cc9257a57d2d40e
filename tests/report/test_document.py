import re

import pytest
from matplotlib.figure import Figure as Drawing

from carpk.errors import ReportError, WriteError
from carpk.report import document
from carpk.report.document import report_bytes, write_report
from carpk.report.parts import Cell, Column, Figure, Line, Report, Section, Table, Text


def _small_report(title="A small report", draw=None):
    table = Table(
        "Numbers", (Column("Subject", align="left"), Column("Cmax")), ((Cell("S1"), Cell("1,234", ("TIES",))),)
    )
    blocks = (Text(("Words.",)), table)
    if draw:
        blocks = (*blocks, Figure("A picture", "What it shows", draw))
    return Report(title, "", (("Data", (Line("x.csv"),)),), (), (Section("Chapter", blocks),), "carpk")


def _drawing():
    figure = Drawing(figsize=(3, 2))
    figure.subplots().plot([1, 2], [3, 4])
    return figure


def test_the_title_the_file_and_its_checksum_stand_on_the_first_page(pages):
    assert "SYNTHETIC: six made-up subjects" in pages[0]
    assert "trial.csv" in pages[0]
    assert "ab" * 32 in pages[0]


def test_every_page_has_its_number_and_the_number_of_pages(pages):
    found = [re.search(r"Page (\d+) of (\d+)", page) for page in pages]
    assert [(int(match[1]), int(match[2])) for match in found] == [(i + 1, len(pages)) for i in range(len(pages))]


def test_every_page_says_that_the_data_are_synthetic(pages):
    assert all("SYNTHETIC DATA" in page for page in pages)


def test_the_numbers_of_the_tables_stand_in_the_text_of_the_pdf(pages):
    text = "\n".join(pages)
    for number in ("20,000", "156,000", "62,000.5", "36,700"):
        assert number in text


def test_the_sentence_of_a_reason_stands_under_the_table(pages):
    assert "The last sample lies too far before the end of the window." in "\n".join(pages)


def test_a_name_that_looks_like_markup_is_printed_literally(pages):
    assert "Subject A$\\frac$B" in "\n".join(pages)


def test_the_contents_name_the_page_of_each_subject(pages):
    (line,) = [line for line in pages[1].splitlines() if line.startswith("Subject S10")]
    page = int(line.split()[-1])
    assert "Subject S10" in pages[page - 1]


def test_an_id_of_any_length_stays_on_its_page():
    long = "SITE-" + "0123456789" * 20
    table = Table("Numbers", (Column("Subject", align="left"), Column("Cmax")), ((Cell(long), Cell("1")),))
    report = Report(long, "", (), (), (Section(f"Subject {long}", (table,)),), "carpk")
    assert report_bytes(report).startswith(b"%PDF-")


def test_the_same_report_has_the_same_bytes():
    assert report_bytes(_small_report(draw=_drawing)) == report_bytes(_small_report(draw=_drawing))


def test_the_pdf_claims_to_be_an_archive_with_a_title_and_a_fixed_date(pdf):
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"D:20000101" in pdf


def test_progress_is_told_for_each_picture():
    told = []
    report_bytes(_small_report(draw=_drawing), progress=lambda *step: told.append(step))
    assert told == [("A picture", 0, 2), ("Setting the pages", 1, 2), ("Done", 2, 2)]


def test_a_character_that_no_font_has_is_refused_before_anything_is_drawn(monkeypatch):
    monkeypatch.setattr("carpk.report.fonts.font_manager.findSystemFonts", list)
    told = []
    with pytest.raises(ReportError, match="U\\+5F20"):
        report_bytes(_small_report("\u5f20", draw=_drawing), progress=lambda *step: told.append(step))
    assert told == []


def test_nothing_is_left_behind_when_the_report_cannot_be_put_where_it_was_asked_for(study, nca, monkeypatch, tmp_path):
    monkeypatch.setattr(document, "report_bytes", lambda *_args, **_options: b"%PDF-")
    with pytest.raises(WriteError, match="there is no folder"):
        write_report(tmp_path / "nowhere" / "report.pdf", study=study, nca=nca)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("page", ["#panic()", '#set text(font: "No Such Font")\nwords'])
def test_a_fault_or_warning_of_the_typesetting_is_an_error(page, tmp_path):
    (tmp_path / "fonts").mkdir()
    (tmp_path / "report.typ").write_text(page)
    with pytest.raises(ReportError, match="could not be set"):
        document._typeset(tmp_path)
