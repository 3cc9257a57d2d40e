import pytest

from carpk.nca.table import run_nca
from carpk.reasons import sentence
from carpk.report.parts import Figure, Table
from carpk.report.persistence import persistence_section
from carpk.schema import Study


@pytest.fixture(scope="module")
def section(nca):
    return persistence_section(nca)[1]


def row_of(section, cohort):
    (table,) = [part for part in section.blocks if isinstance(part, Table)]
    return next(row for row in table.rows if row[0].text == cohort)


def test_the_time_to_loss_of_a_cohort_worked_out_by_hand(section):
    # Low: S1 lost it in (60, 90], S2 in (28, 60], S10 still had it at 90, S3 was never at risk. Two thirds remain after
    # 60, one third after 90. The estimate from the intervals is the same, for they do not overlap.
    cells = [cell.text for cell in row_of(section, "low")]
    assert cells[:6] == ["low", "4", "3", "2", "1", "90"]
    assert cells[7] == "60, 90"


def test_a_median_not_reached_carries_its_reason(section):
    # High: one subject followed to 21 days, another whose profile was refused.
    row = row_of(section, "high")
    assert [cell.text for cell in row[1:5]] == ["2", "1", "0", "1"]
    assert row[5].codes == ("MEDIAN_NOT_REACHED",)
    assert row[7].text == "21, \u2014"


def test_those_not_at_risk_are_named_with_the_reason(section):
    notes = section.blocks[0].footnotes
    assert f"Not at risk: S3. {sentence('NO_QUANTIFIED')}" in notes
    assert f"Not at risk: R_1. {sentence('DUPLICATE_TIMES')}" in notes


def test_the_curves_are_drawn(section):
    (figure,) = [part for part in section.blocks if isinstance(part, Figure)]
    assert figure.draw().axes[0].get_xlabel() == "Time since infusion (day)"


def test_the_chapter_stands_in_the_report(pages):
    assert any("CAR transgene (qPCR): time to loss by cohort" in page for page in pages)


def test_nobody_at_risk_is_said_instead_of_drawn(study):
    never = study.samples[study.samples["subject"] == "S3"]
    subjects = study.subjects[study.subjects["subject"] == "S3"]
    blocks = persistence_section(run_nca(Study(subjects, never)))[1].blocks
    assert not any(isinstance(part, Figure) for part in blocks)
    assert "no subject is at risk" in blocks[1].paragraphs[0]


def test_a_study_without_levels_to_analyze_has_no_such_chapter(study):
    markers = Study(study.subjects, study.samples.assign(analyte="il6", unit="pg/mL"))
    assert persistence_section(run_nca(markers)) == []
