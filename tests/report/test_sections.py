import dataclasses
import math

import pandas as pd
import pytest

import carpk
from carpk import reasons
from carpk.errors import ReportError
from carpk.nca.rules import NcaRules
from carpk.nca.table import run_nca
from carpk.report.cohorts import cautions
from carpk.report.content import shown
from carpk.report.parts import Figure, Heading, Table
from carpk.report.rows import natural_order
from carpk.report.sections import build_report


@pytest.fixture(scope="module")
def report(study, nca):
    return build_report(study, nca)


def _tables(report):
    return [part for section in report.sections for part in section.blocks if isinstance(part, Table)]


def _table(report, words):
    (found,) = [table for table in _tables(report) if words in table.caption]
    return found


def _row(table, first):
    return next(row for row in table.rows if not isinstance(row, Heading) and row[0].text == first)


def _under(table, heading):
    names = [row.text if isinstance(row, Heading) else "" for row in table.rows]
    rows = table.rows[names.index(heading) + 1 :]
    return {row[0].text: row for row in rows[: next((i for i, r in enumerate(rows) if isinstance(r, Heading)), None)]}


@pytest.mark.parametrize("words", ["peak and", "areas under", "terminal slope", "behind the areas", "bounds"])
def test_every_subject_stands_in_every_listing(report, study, words):
    listed = [row[0].text for row in _table(report, words).rows if not isinstance(row, Heading)]
    assert sorted(listed) == sorted(study.subjects["subject"])


def test_subjects_are_sorted_by_number_within_their_cohort_and_cohorts_by_dose(report):
    rows = _table(report, "peak and persistence").rows
    assert [row.text if isinstance(row, Heading) else row[0].text for row in rows] == [
        "low (N = 4)", "S1", "S2", "S3", "S10", "high (N = 2)", "A$\\frac$B", "R_1",
    ]  # fmt: skip


def test_a_missing_value_carries_its_reason(report):
    cell = _row(_table(report, "areas under"), "A$\\frac$B")[-1]
    assert (cell.text, cell.codes) == ("\u2014", ("WINDOW_NOT_COVERED",))


def test_a_level_is_listed_as_measured_and_an_area_to_three_digits(report):
    assert _row(_table(report, "peak and persistence"), "S1")[1].text == "20,000"
    # 1000 + 12750 + 56000 + 7 (20000 - 4000) / ln 5 + 7 (4000 - 1200) / ln (10 / 3) = 155619
    assert _row(_table(report, "areas under"), "S1")[3].text == "156,000"


def test_a_refused_profile_shows_its_reason_in_every_column(report):
    cells = _row(_table(report, "peak and persistence"), "R_1")[1:]
    assert {cell.codes for cell in cells} == {("DUPLICATE_TIMES",)}


def test_a_refused_subject_is_named_on_the_title_page(report):
    assert any("R_1" in words and reasons.sentence("DUPLICATE_TIMES") in words for words in report.cautions)


def test_the_rule_stands_under_every_table_of_areas(report):
    assert any("linear-up log-down" in note for note in _table(report, "areas under").footnotes)


def test_a_cohort_of_two_is_given_value_by_value_without_a_spread(report):
    row = _under(_table(report, "summary by cohort"), "Cmax (copies/\u00b5g)")["high"]
    assert [cell.text for cell in row[:5]] == ["high", "2", "1", "0", "1"]
    assert (row[5].text, row[5].span) == ("A$\\frac$B: 3,000", 5)


def test_zeros_are_counted_and_left_out_of_the_geometric_mean(report):
    row = _under(_table(report, "summary by cohort"), "Cmax (copies/\u00b5g)")["low"]
    # Cmax 20000, 40000, 62000.5 and 0: the geometric mean of the first three is 36741.2
    assert [cell.text for cell in row[:6]] == ["low", "4", "4", "1", "0", "36,700"]
    assert [cell.text for cell in row[7:]] == ["30,000", "0", "62,000.5"]


def test_times_are_summarized_by_median_and_range_alone(report):
    row = _under(_table(report, "summary by cohort"), "Tmax (day)")["low"]
    assert [cell.text for cell in row] == ["low", "4", "3", "0", "1", "", "", "14", "10", "14"]


def test_all_subjects_together_follow_the_cohorts(report):
    assert list(_under(_table(report, "summary by cohort"), "Cmax (copies/\u00b5g)")) == ["low", "high", "All"]


def test_a_cohort_named_all_is_not_taken_for_the_whole(study):
    renamed = study.subjects.assign(cohort=study.subjects["cohort"].replace("low", "All"))
    other = dataclasses.replace(study, subjects=renamed)
    table = _table(build_report(other, run_nca(other)), "summary by cohort")
    rows = [row for row in table.rows if not isinstance(row, Heading)]
    assert [(row[0].text, row[1].text) for row in rows[:3]] == [("All", "4"), ("high", "2"), ("All", "6")]


def test_synthetic_data_have_a_banner_and_others_none(report, study):
    assert report.banner == "SYNTHETIC DATA \u2013 NOT FROM PATIENTS"
    real = dataclasses.replace(study, title="Trial 7")
    assert build_report(real, run_nca(real)).banner == ""


def test_the_title_page_names_the_file_with_its_checksum_and_the_version(report):
    facts = {name: [line.text for line in lines] for name, lines in report.facts}
    assert facts["Data"] == ["trial.csv", "sha256 " + "ab" * 32]
    assert facts["Software"] == [f"carpk {carpk.__version__}"]


def test_sheets_of_one_workbook_share_their_checksum(study):
    origins = tuple(carpk.schema.Origin("trial.xlsx", "cd" * 32, sheet) for sheet in ("samples", "subjects"))
    workbook = dataclasses.replace(study, origins=origins)
    facts = dict(build_report(workbook, run_nca(workbook)).facts)
    assert [line.text for line in facts["Data"]] == ["trial.xlsx, sheets samples, subjects", "sha256 " + "cd" * 32]


def test_the_methods_are_those_really_used(study):
    report = build_report(study, run_nca(study, NcaRules(auc_method="linear")))
    (methods,) = [section for section in report.sections if section.title == "Methods"]
    assert any("\u201clinear\u201d" in words for words in methods.blocks[0].paragraphs)


def test_every_line_of_the_analysis_log_is_printed(report, nca):
    rows = [row for row in _table(report, "Rules log").rows if not isinstance(row, Heading)]
    assert len(rows) == len(nca.log)


def test_small_cohorts_and_missing_windows_bring_cautions(study, nca):
    said = " ".join(cautions(study, nca))
    assert "fewer than 10 subjects: low, high" in said
    assert "missing for 1 subject " in said


def test_counts_by_visit_tell_samples_and_those_below_the_limit(report):
    row = _row(_table(report, "Samples by visit"), "60")
    assert [cell.text for cell in row] == ["60", "5", "2"]  # one subject dropped out; S2 and S3 are below the limit


def test_the_subjects_table_gives_median_and_range(report):
    row = _row(_table(report, "Subjects"), "low")
    assert [cell.text for cell in row] == ["low", "4", "1 \u00d7 10\u2075", "35 (20\u201350)", "F 3, M 1"]


def test_each_subject_has_a_page_of_its_own(report, study):
    pages = [section.title for section in report.sections if section.title.startswith("Subject ")]
    assert sorted(pages) == sorted(f"Subject {name}" for name in study.subjects["subject"])


def test_a_value_missing_without_a_reason_is_never_printed(study, nca):
    broken = dataclasses.replace(nca, parameters=nca.parameters.assign(value=math.nan))
    with pytest.raises(ReportError, match="value and reason"):
        build_report(study, broken)


def test_a_control_character_of_an_id_is_made_visible():
    assert shown("S\t1\x07") == "S\\t1\\x07"


def test_numbers_within_ids_are_sorted_as_numbers():
    assert sorted(["S10", "S2", "S1", "A-3"], key=natural_order) == ["A-3", "S1", "S2", "S10"]


def test_a_subject_without_samples_in_a_matrix_is_counted_as_missing_there(study):
    marrow = study.samples[study.samples["subject"] == "S1"].assign(matrix="marrow")
    both = dataclasses.replace(study, samples=pd.concat([study.samples, marrow], ignore_index=True))
    table = _table(build_report(both, run_nca(both)), "marrow: summary by cohort")
    rows = _under(table, "Cmax (copies/\u00b5g)")
    assert [cell.text for cell in rows["high"]] == ["high", "2", "0", "0", "2", "no value"]
    assert [cell.text for cell in rows["low"]] == ["low", "4", "1", "0", "3", "S1: 20,000"]


def test_a_study_without_car_t_levels_still_has_a_report(study, nca):
    empty = dataclasses.replace(
        nca, parameters=nca.parameters.iloc[:0], windows=nca.windows.iloc[:0], log=nca.log.iloc[:0]
    )
    report = build_report(study, empty)
    (section,) = [section for section in report.sections if section.title == "Individual parameters"]
    assert "no CAR-T levels" in section.blocks[0].paragraphs[0]


def test_a_parameter_that_nobody_has_is_named_instead_of_drawn_as_an_empty_panel(study, nca):
    nobody = nca.parameters["parameter"] == "auc_28_90d"
    without = nca.parameters.copy()
    without.loc[nobody, ["value", "reason"]] = [math.nan, "WINDOW_NOT_COVERED"]
    report = build_report(study, dataclasses.replace(nca, parameters=without))
    figures = [part for section in report.sections for part in section.blocks if isinstance(part, Figure)]
    assert any("(no subject has a value of AUC28\u201390d) by cohort" in figure.caption for figure in figures)
