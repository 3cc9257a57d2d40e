"""Tables of ICAHT and of signs of IEC-HS."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from carpk import ResponseRules, run_nca, run_response, write_report
from carpk.io.study import as_study
from carpk.report.parts import Table, Text
from carpk.report.rows import bounded
from carpk.report.safety import safety_blocks
from carpk.schema import Study
from carpk.terms import term

LIMITS = {"ferritin_fold": 3.0, "transaminase_fold": 4.0, "fibrinogen": 1.5, "triglycerides": 250.0}  # made up


@pytest.fixture(scope="module")
def study():
    rows = [("A", "neutrophils", day, 400.0 if 5 <= day <= 11 else 2000.0, "cells/uL") for day in range(31)]
    rows += [("A", "ferritin", day, level, "ug/L") for day, level in ((0, 200.0), (7, 700.0))]
    rows += [("A", "fibrinogen", 7, 1.0, "g/L"), ("B", "ferritin", 7, 100.0, "ug/L")]
    rows += [(subject, "car_t_qpcr", day, 1000.0 + day, "copies/ug") for subject in "AB" for day in (0, 7, 14)]
    read = as_study(pd.DataFrame(rows, columns=["subject", "analyte", "time", "value", "unit"]))
    graded = [("A", 2, "crs_fever", 1), ("A", 2, "crs_hypotension", 0), ("A", 2, "crs_hypoxia", 0)]
    given = pd.DataFrame(graded, columns=["subject", "time", "assessment", "value"])
    return Study(read.subjects, read.samples, assessments=given, title="Two made-up subjects")


def tables(blocks):
    return {block.caption: block for block in blocks if isinstance(block, Table)}


def lines(table):
    return [tuple(cell.text for cell in row) for row in table.rows if isinstance(row, tuple)]


def test_grades_of_hematotoxicity_are_listed_with_the_reason_for_a_gap(study):
    table = tables(safety_blocks(study, run_response(study)))["Hematotoxicity (ICAHT)"]
    assert lines(table) == [("A", "2", "\u2014"), ("B", "\u2014", "\u2014")]
    assert table.rows[-1][1].codes == ("NO_SAMPLES_IN_PERIOD",)


def test_days_with_the_required_criterion_are_listed_under_the_caution(study):
    blocks = safety_blocks(study, run_response(study, ResponseRules(iec_hs=LIMITS)))
    cautions = [block for block in blocks if isinstance(block, Text) and block.caution]
    assert "never a diagnosis" in cautions[0].paragraphs[0]
    days = tables(blocks)["Hyperinflammation: days with the required criterion of IEC-HS"]
    assert lines(days) == [("A", "7", "not known", "met", "not known", "not known", "not known")]


def test_without_limits_and_neutrophils_there_is_nothing_to_tell(study):
    alone = Study(study.subjects, study.samples[study.samples["analyte"] == "ferritin"])
    assert safety_blocks(alone, run_response(alone)) == []


def test_the_report_holds_them(study, tmp_path):
    path = tmp_path / "report.pdf"
    write_report(path, study=study, nca=run_nca(study), response=run_response(study, ResponseRules(iec_hs=LIMITS)))
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(path.read_bytes())).pages)
    for told in ("Hematotoxicity (ICAHT)", "never a diagnosis", "Highest grades by cohort"):
        assert told in " ".join(text.split())


def test_bounds_of_a_grade_may_be_reached_and_a_duration_is_at_least_as_seen():
    assert bounded(term("grade_max"), 0.0, 3.0) == "0 to 3"
    assert bounded(term("duration"), 3.0, np.inf) == "\u2265 3.00"
