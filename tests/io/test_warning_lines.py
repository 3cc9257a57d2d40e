"""What the reader of a study sees at once."""

import pytest

from carpk.io.study import read_study
from carpk.io.warning_lines import warning_lines

HEADER = "subject,day,nominal_day,CAR-T (copies/ug; LLOQ 50)\n"


def test_a_plain_reading_has_no_warnings(read):
    assert warning_lines(read(HEADER + "A,0,0,<50\nA,7,7,900\n")) == []


def test_many_oddities_of_one_kind_are_one_line(read):
    assert warning_lines(read(HEADER + "A,,0,<50\nA,,7,900\n")) == [
        "Warning: A missing actual time was replaced by the planned time (2 times in the log, first for subject A)."
    ]


def test_covariates_are_named(read):
    lines = warning_lines(
        read("subject,day,CAR-T (copies/ug; LLOQ 50),age,SLEDAI,hb\nA,0,<50,30,8,12\nA,7,60,30,8,13\n")
    )
    assert lines == ["Read as covariates: age, SLEDAI, hb."]


def test_a_file_of_markers_alone_says_so(read):
    assert warning_lines(read("subject,day,CRP (mg/L)\nA,0,3\n")) == [
        "Warning: The data hold no levels of CAR-T cells, so there is nothing to analyze but the markers."
    ]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("ultrafast_cd19_sle.csv", 0),
        ("cd19_childhood_sle.xlsx", 1),
        ("cd19_active_sle.csv", 0),
        ("cd19_bcma_lupus_nephritis", 0),
    ],
)
def test_the_sample_trials_warn_of_little(pytestconfig, name: str, codes: int):
    lines = warning_lines(read_study(pytestconfig.rootpath / "sample_data" / name))
    assert sum(line.startswith("Warning: ") for line in lines) == codes
    assert lines[-1].startswith("Read as covariates: age, sex, sledai_2k, crs_grade")
