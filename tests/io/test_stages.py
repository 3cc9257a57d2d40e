"""Components of CRS and ICANS grades, in the words of clinics."""

import numpy as np
import pytest

from carpk.assessments import ASSESSMENTS, SAFETY_COMPONENTS, fault_of
from carpk.io.assessment_words import assessment_of
from carpk.io.cells import CellError
from carpk.io.mapping import Mapping
from carpk.io.stage_words import stage_of

HEADER = "subject,day,analyte,value,unit\nA,0,car_t_qpcr,<50,copies/ug\nA,7,car_t_qpcr,900,copies/ug\n"


@pytest.mark.parametrize(
    ("key", "cell", "place"),
    [
        ("crs_hypotension", "None", 0),
        ("crs_hypotension", "fluids only", 1),
        ("crs_hypotension", "1 vasopressor", 2),
        ("crs_hypotension", "One vasopressor", 2),
        ("crs_hypotension", ">1 vasopressors", 3),
        ("crs_hypotension", "> 1 pressor", 3),
        ("crs_hypotension", ">= 2 vasopressors", 3),
        ("crs_hypotension", "\u22652 vasopressors", 3),
        ("crs_hypotension", "\u591a\u79cd\u5347\u538b\u836f", 3),
        ("crs_hypoxia", "room air", 0),
        ("crs_hypoxia", "nasal cannula 2 L/min", 1),
        ("crs_hypoxia", "NC 6L", 1),
        ("crs_hypoxia", "nasal cannula 6.5 L/min", 2),  # low flow ends at 6 L/min
        ("crs_hypoxia", "3 L/min nasal cannula", 1),
        ("crs_hypoxia", "\u9f3b\u5bfc\u7ba1 3 L/min", 1),
        ("crs_hypoxia", "blow-by", 1),
        ("crs_hypoxia", "HFNC", 2),
        ("crs_hypoxia", "HFNC 40 L/min", 2),
        ("crs_hypoxia", "Face mask 5 L/min", 2),  # a mask is high flow at any flow
        ("crs_hypoxia", "non-rebreather mask", 2),
        ("crs_hypoxia", "CPAP", 3),
        ("crs_hypoxia", "\u65e0\u521b\u901a\u6c14", 3),
        ("crs_hypoxia", "2", 2),
        ("icans_consciousness", "alert", 0),
        ("icans_consciousness", "awakens only to touch", 3),
        ("icans_consciousness", "Coma", 4),
        ("icans_seizure", "status epilepticus", 2),
        ("icans_edema", "focal edema", 1),
    ],
)
def test_stages_are_read_as_clinics_write_them(key, cell, place):
    assert stage_of(key, cell) == place


@pytest.mark.parametrize(
    ("key", "cell"),
    [
        ("crs_hypotension", "no vasopressor"),  # hypotension without one, or no hypotension
        ("crs_hypotension", "0 vasopressors"),
        ("crs_hypotension", ">=1 vasopressors"),  # one or several
        ("crs_hypotension", "yes"),
        ("crs_hypoxia", "nasal cannula"),  # of which flow?
        ("crs_hypoxia", "nasal cannula 0 L/min"),
        ("crs_hypoxia", "low flow 8 L/min"),  # contradicts itself
        ("crs_hypoxia", "oxygen"),
        ("icans_seizure", "yes"),
    ],
)
def test_a_word_that_may_be_several_stages_is_refused_with_those_that_may_be_written(key, cell):
    with pytest.raises(CellError, match=r"write 0 \(none\), 1 \("):
        stage_of(key, cell)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("CRS fever", "crs_fever"),
        ("CRS: hypotension", "crs_hypotension"),
        ("crs_hypoxia", "crs_hypoxia"),
        ("ICE score", "ice_score"),
        ("ICE\u8bc4\u5206", "ice_score"),
        ("ICANS seizure", "icans_seizure"),
        ("ICANS weakness", "icans_weakness"),
        ("\u8111\u6c34\u80bf", "icans_edema"),
    ],
)
def test_components_are_known_by_their_names(word, key):
    assert assessment_of(word, plain=True)[0] == key


def test_rows_of_components_become_assessments_with_place_and_word(read):
    study = read(
        f"{HEADER}A,3,CRS fever,yes,\nA,3,CRS hypotension,1 vasopressor,\nA,3,CRS hypoxia,none,\nA,4,CRS hypoxia,,\n"
        "A,4,ICE score,7,\n"
    )
    given = study.assessments
    assert list(given["assessment"]) == ["crs_fever", "crs_hypotension", "crs_hypoxia", "crs_hypoxia", "ice_score"]
    np.testing.assert_array_equal(given["value"], [1, 2, 0, np.nan, 7])
    assert list(given["text"]) == ["", "one vasopressor", "none", "", ""]
    assert list(study.samples["analyte"].unique()) == ["car_t_qpcr"]


def test_the_settings_may_say_that_none_means_missing(read):
    text = f"{HEADER}A,3,CRS hypoxia,none,\n"
    study = read(text, settings=Mapping(values={"none": "missing"}))
    assert np.isnan(study.assessments["value"].iloc[0])


def test_an_unknown_word_is_refused_with_its_row_and_value(refused):
    found = refused(f"{HEADER}A,3,CRS hypotension,bad,\n")
    assert [(each.code, each.row, each.value) for each in found] == [("VALUE_NOT_UNDERSTOOD", 4, "bad")]
    assert "crs" in found[0].message.lower()
    assert "3 (several vasopressors)" in found[0].message


@pytest.mark.parametrize(("cell", "word"), [("4", "CRS hypoxia"), ("1.5", "CRS hypoxia"), ("11", "ICE score")])
def test_a_number_off_the_scale_is_refused(refused, cell, word):
    assert [each.code for each in refused(f"{HEADER}A,3,{word},{cell},\n")] == ["ASSESSMENT_IMPOSSIBLE"]


def test_a_flow_is_not_taken_for_a_stage(refused):
    assert [each.code for each in refused(f"{HEADER}A,3,CRS hypoxia,2,L/min\n")] == ["UNIT_WRONG"]


def test_the_word_of_a_stage_must_be_that_of_its_place():
    assert fault_of("crs_hypoxia", 1, "low flow") == fault_of("crs_hypoxia", 1, "") == ""
    assert fault_of("crs_hypoxia", 1, "high flow") == "CRS: hypoxia 1 is 'low flow', not 'high flow'."
    assert "without its place" in fault_of("crs_hypoxia", np.nan, "low flow")


def test_every_component_is_an_assessment():
    assert len(SAFETY_COMPONENTS) == 10
    assert all(key in ASSESSMENTS for key in SAFETY_COMPONENTS)
