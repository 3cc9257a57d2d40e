"""The chapter of efficacy endpoints: its numbers are those of the result, its words those of the rules."""

from dataclasses import replace

import pytest
from lupus_trial import COHORTS, NAMES, WITHOUT_NEPHRITIS, lupus_trial

from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.table import run_endpoints
from carpk.nca.table import run_nca
from carpk.report.endpoints import cautions, endpoints_sections
from carpk.report.parts import Figure, Heading, Table, Text
from carpk.report.sections import build_report

DAYS = ("28", "84", "168", "252", "364")


@pytest.fixture(scope="module")
def trial():
    return lupus_trial()


@pytest.fixture(scope="module")
def result(trial):
    return run_endpoints(trial)


@pytest.fixture(scope="module")
def sections(trial, result):
    return endpoints_sections(trial, run_nca(trial), None, result)


def table_of(sections, caption):
    (found,) = [
        part for section in sections for part in section.blocks if isinstance(part, Table) and part.caption == caption
    ]
    return found


def under(table, heading):
    """Rows below a heading, as texts by the first cell."""
    names = [row.text if isinstance(row, Heading) else "" for row in table.rows]
    rows = []
    for row in table.rows[names.index(heading) + 1 :]:
        if isinstance(row, Heading):
            break
        rows.append([cell.text for cell in row])
    return {row[0]: row[1:] for row in rows}


def summarized(result, endpoint, component="", cohort="All", day=84):
    table = result.summary
    chosen = (table["endpoint"] == endpoint) & (table["component"] == component) & (table["cohort"] == cohort)
    (row,) = table[chosen & (table["nominal_time"] == day)].to_dict("records")
    return row


def test_the_chapter_stands_in_the_report_where_there_are_endpoints(trial, result):
    nca = run_nca(trial)
    titles = [section.title for section in build_report(trial, nca, None, result).sections]
    assert "Efficacy endpoints" in titles
    assert "Efficacy endpoints" not in [section.title for section in build_report(trial, nca).sections]


def test_the_definitions_are_those_used_and_the_computed_ones_are_named(sections, result):
    said = sections[0].blocks[1].paragraphs
    assert set(result.rules.sentences()) <= set(said)
    assert said[0].startswith("Computed from these data: SLEDAI-2K, ")


def test_an_endpoint_that_lacks_data_is_named_with_what_it_lacks(trial):
    without = trial.assessments[~trial.assessments["assessment"].str.startswith("bilag")]
    lacking = replace(trial, assessments=without)
    chapter = endpoints_sections(lacking, run_nca(lacking), None, run_endpoints(lacking))[0]
    assert "SRI-4 was not computed: the study has no BILAG-2004." in chapter.blocks[1].paragraphs


@pytest.mark.parametrize("cohort", [*COHORTS, "All"])
@pytest.mark.parametrize(
    ("key", "name"), [("sri_4", "SRI-4"), ("bicla", "BICLA"), ("lldas", "LLDAS"), ("doris", "DORIS remission")]
)
def test_the_shares_are_those_of_the_result(sections, result, key, name, cohort):
    rows = under(table_of(sections, f"{name} by visit"), cohort)
    assert tuple(rows) == DAYS
    expected = summarized(result, key, cohort=cohort)
    assert rows["84"] == [
        f"{expected['N']}", f"{expected['n']:.0f}", f"{expected['percent']:.0f}",
        f"{expected['low']:.0f}\u2013{expected['high']:.0f}", f"{expected['imputed']}", f"{expected['missing']}",
    ]  # fmt: skip


def test_an_imputed_outcome_is_counted_in_its_column(sections):
    # Day 84: L02, of the second cohort, has no PGA.
    assert under(table_of(sections, "DORIS remission by visit"), COHORTS[1])["84"][4] != "0"
    assert under(table_of(sections, "SRI-4 by visit"), COHORTS[1])["84"] == ["5", "4", "80", "28\u201399", "1", "0"]


def test_a_renal_response_counts_those_it_does_not_apply_to(sections):
    row = under(table_of(sections, "Complete renal response (KDIGO 2024) by visit"), "All")["28"]
    assert row[:2] == [str(len(WITHOUT_NEPHRITIS)), str(len(NAMES) - len(WITHOUT_NEPHRITIS))]


def test_every_criterion_is_given_with_those_in_whom_it_is_missing(sections, result):
    rows = under(table_of(sections, "DORIS remission: criteria by visit"), "All")["84"]
    expected = [summarized(result, "doris", name) for name in ("clinical_sledai_0", "low_pga", "low_prednisolone")]
    assert rows == [text for row in expected for text in (f"{row['n']:.0f}/{row['N']}", f"{row['missing']}")]
    assert rows[3] == "1"  # the PGA of L02


@pytest.mark.parametrize("key", ["SLEDAI-2K", "PGA", "C3", "C4", "Anti-dsDNA", "UPCR"])
def test_every_number_has_its_change_from_baseline_by_visit(sections, key):
    for cohort in (*COHORTS, "All"):
        rows = under(table_of(sections, f"{key} by visit"), cohort)
        assert tuple(rows) == ("0", *DAYS)
        assert rows["0"][4:] == ["", "", ""]
        assert rows["28"][4] != ""


def test_a_score_and_its_change_are_printed_as_in_the_result(sections, result):
    row = under(table_of(sections, "SLEDAI-2K by visit"), COHORTS[0])["84"]
    value, change = (summarized(result, "sledai_2k", name, COHORTS[0]) for name in ("", "change"))
    assert row[:2] == [f"{value['missing']}", f"{value['N']}"]
    assert row[2] == f"{value['mean']:.2f} ({value['sd']:.2f})"
    assert row[3] == f"{value['median']:.0f} ({value['minimum']:.0f} to {value['maximum']:.0f})"
    assert row[5] == f"{change['mean']:.1f} ({change['sd']:.2f})".replace("-", "\u2212")


def test_levels_have_their_change_in_percent_and_scores_have_not(sections, result):
    row = under(table_of(sections, "UPCR: change in percent of baseline by visit"), "All")["84"]
    expected = summarized(result, "upcr", "percent_change")
    assert row[2] == f"{expected['mean']:.1f} ({expected['sd']:.1f})".replace("-", "\u2212")
    captions = [part.caption for section in sections for part in section.blocks if isinstance(part, Table)]
    assert "PGA: change in percent of baseline by visit" not in captions


def test_of_fewer_than_three_no_mean_is_given(trial):
    two = replace(trial, subjects=trial.subjects.assign(cohort=["a", "a"] + ["b"] * 8))
    sections = endpoints_sections(two, run_nca(two), None, run_endpoints(two))
    row = under(table_of(sections, "PGA by visit"), "a")["28"]
    assert row[1:3] == ["2", "\u2014"]
    assert row[3] != "\u2014"


def test_each_subject_has_its_attainment_or_the_reason(sections, result):
    table = table_of(sections, "Response and disease state: attainment by subject")
    rows = [row for row in table.rows if not isinstance(row, Heading)]
    assert sorted(row[0].text for row in rows) == sorted(NAMES)
    heads = [(column.group, column.head) for column in table.columns]
    place = heads.index(("DORIS remission", "First"))
    parameters = result.parameters[result.parameters["parameter"] == "time_to_attainment"]
    for row in rows:
        mine = parameters[(parameters["subject"] == row[0].text) & (parameters["analyte"] == "doris")]
        value, reason = mine[["value", "reason"]].iloc[0]
        assert (row[place].text, row[place].codes) == (("\u2014", (reason,)) if reason else (f"{value:g}", ()))


def test_a_subject_without_nephritis_is_said_not_to_be_concerned(sections):
    table = table_of(sections, "Renal response: attainment by subject")
    rows = {row[0].text: row for row in table.rows if not isinstance(row, Heading)}
    assert {cell.codes for cell in rows[WITHOUT_NEPHRITIS[0]][1:]} == {("NOT_APPLICABLE",)}


def test_the_cautions_count_what_was_imputed(trial, result):
    outcomes = result.visits[result.visits["endpoint"].isin(set(result.parameters["analyte"]))]
    flags = outcomes.loc[outcomes["nominal_time"].notna(), "flags"]
    missing, left = (int((flags == flag).sum()) for flag in ("IMPUTED_MISSING", "IMPUTED_LEFT_STUDY"))
    (said,) = [words for words in cautions(trial, result) if words.startswith("Non-responder imputation")]
    assert f": {missing + left} of " in said
    assert f" {missing} because an assessment" in said
    assert f" {left} because the subject" in said


def test_the_cautions_count_what_is_left_undecided(trial):
    result = run_endpoints(trial, EndpointRules(missing="as_observed", drop_out="as_observed"))
    said = " ".join(cautions(trial, result))
    assert "are not decided and are in no share" in said
    assert "Non-responder imputation" not in said


def test_small_cohorts_open_label_and_no_control_are_said(trial, result):
    said = " ".join(cautions(trial, result))
    assert all(words in said for words in ("control", "open-label", "fewer than 10 subjects", "multiplicity"))


def test_every_figure_can_be_drawn(sections):
    figures = [part for section in sections for part in section.blocks if isinstance(part, Figure)]
    assert [figure.caption.split(":")[0].split(" of ")[0] for figure in figures][-1].startswith("LLDAS and DORIS")
    assert len(figures) == 10
    for figure in figures:
        assert figure.draw().axes


def test_without_planned_visits_the_chapter_says_so(trial):
    unplanned = replace(trial, assessments=trial.assessments.assign(nominal_time=float("nan"), visit=""))
    sections = endpoints_sections(unplanned, run_nca(unplanned), None, run_endpoints(unplanned))
    said = [words for part in sections[1].blocks if isinstance(part, Text) for words in part.paragraphs]
    assert "LLDAS: no planned times are given, so nothing is summarized by visit." in said


def test_a_study_with_one_score_has_its_course_and_no_responses(trial):
    scores = replace(trial, assessments=trial.assessments[trial.assessments["assessment"] == "sledai_2k"])
    titles = [part.title for part in endpoints_sections(scores, run_nca(scores), None, run_endpoints(scores))]
    assert titles == ["Efficacy endpoints", "Change from baseline"]
