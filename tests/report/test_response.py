"""The report's chapter on B cells, markers, CRS and treatments, and that on exposure: what the tables say."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

import carpk
from carpk.report import numbers
from carpk.report.exposure import exposure_section
from carpk.report.parts import Figure, Heading, Table
from carpk.report.response import response_sections
from carpk.report.rows import bounded
from carpk.terms import term

TRIAL = Path(__file__).parents[2] / "sample_data" / "ultrafast_cd19_sle.csv"


@pytest.fixture(scope="module")
def study():
    return carpk.read_study(TRIAL)


@pytest.fixture(scope="module")
def nca(study):
    return carpk.run_nca(study)


@pytest.fixture(scope="module")
def response(study, nca):
    return carpk.run_response(study, nca=nca)


@pytest.fixture(scope="module")
def sections(study, nca, response):
    return response_sections(study, nca, response)


def table_of(sections, caption):
    (found,) = [
        block
        for section in sections
        for block in section.blocks
        if isinstance(block, Table) and block.caption == caption
    ]
    return found


def texts(table):
    return [[cell.text for cell in row] for row in table.rows if not isinstance(row, Heading)]


def test_every_subject_has_a_line_in_every_listing(study, sections):
    for caption in ("B cells: depletion and recovery", "IL-6: baseline, peak and return", "CRS, ICANS and treatments"):
        assert sorted(line[0] for line in texts(table_of(sections, caption))) == sorted(study.subjects["subject"])


def test_a_peak_above_the_upper_limit_is_printed_as_that(sections):
    table = table_of(sections, "IL-6: baseline, peak and return")
    peak = [column.head for column in table.columns].index("Peak")
    (line,) = [line for line in texts(table) if line[0] == "014"]
    assert line[peak] == "> 5,000"


def test_a_recovery_not_seen_is_printed_as_later_than_the_last_depletion(sections):
    table = table_of(sections, "B cells: depletion and recovery")
    place = [column.head for column in table.columns].index("Time to recovery")
    (row,) = [row for row in table.rows if not isinstance(row, Heading) and row[0].text == "010"]
    assert (row[place].text, row[place].codes) == ("> 56.9", ("NOT_RECOVERED",))


def test_printed_numbers_are_those_of_the_result(sections, response):
    table = table_of(sections, "CRP: baseline, peak and return")
    place = [column.head for column in table.columns].index("Peak")
    peaks = response.parameters.query("analyte == 'crp' and parameter == 'peak'").set_index("subject")["value"]
    for line in texts(table):
        assert line[place] == numbers.parameter(term("peak"), peaks[line[0]])


def test_a_summary_with_censored_numbers_has_no_mean_and_counts_them(sections):
    table = table_of(sections, "IL-6: summary by cohort")
    heads = [column.head for column in table.columns]
    peak = [row.text if isinstance(row, Heading) else "" for row in table.rows].index("Peak (pg/mL)")
    last = table.rows[peak + 4]
    told = {head: cell.text for head, cell in zip(heads, last, strict=True)}
    assert (told["Cohort"], told["Cens."], told["Geometric mean"], told["Maximum"]) == ("All", "1", "\u2014", "> 5,000")


def test_depletion_is_counted_at_every_planned_visit(sections, response):
    lines = texts(table_of(sections, "B cells: subjects depleted by visit"))
    counted = carpk.depletion_by_visit(response)
    assert [int(line[3]) for line in lines] == counted["depleted"].tolist()


def test_the_recovery_is_drawn_with_its_table(sections):
    figures = [block for section in sections for block in section.blocks if isinstance(block, Figure)]
    assert any("without recovery" in figure.caption for figure in figures)


def test_without_a_response_there_is_no_chapter(study, nca):
    assert response_sections(study, nca, None) == []
    assert exposure_section(study, nca, None) == []


def test_the_chapter_on_exposure_begins_with_its_cautions(study, nca, response):
    (section,) = exposure_section(study, nca, response)
    assert section.blocks[0].caution
    assert any("confounding by indication" in said for said in section.blocks[0].paragraphs)
    assert not any(
        "p =" in cell
        for block in section.blocks[1:]
        if isinstance(block, Table)
        for line in texts(block)
        for cell in line
    )


def test_bounds_are_written_as_people_read_them():
    assert bounded(term("peak"), 5000.0, float("inf")) == "> 5,000"
    assert bounded(term("nadir"), 0.0, 1.0) == "< 1"
    assert bounded(term("nadir_percent_change"), -100.0, -98.5) == "\u2212100 to \u221298.5"
    assert bounded(term("peak_fold"), 0.0, float("inf")) == "\u2014"
    assert bounded(term("recovery_time"), float("nan"), float("inf")) == "\u2014"


def test_adverse_events_are_counted_by_cohort_with_their_interval(study, nca, response):
    events = pd.DataFrame(
        [("001", "neutropenia", 5.0, "grade 4"), ("001", "neutropenia", 30.0, "grade 2"), ("007", "Headache", 9.0, "")],
        columns=["subject", "event", "time", "detail"],
    )
    more = dataclasses.replace(study, events=pd.concat([study.events, events], ignore_index=True))
    table = table_of(response_sections(more, nca, response), "Adverse events by cohort")
    place = [row.text if isinstance(row, Heading) else "" for row in table.rows].index("neutropenia")
    # One of six: the exact interval of 1/6, in any table of it, is 0.4 to 64.1 %.
    assert [cell.text for cell in table.rows[place + 1]] == [
        "1.5e5 cells/kg", "6", "1", "17", "0\u201364", "2", "1", "17",
    ]  # fmt: skip


def test_a_study_without_adverse_events_has_no_table_of_them(sections):
    assert "Adverse events" not in [section.title for section in sections]
