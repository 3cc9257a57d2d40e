"""What a file says itself about its levels: their status, and which are left out."""

import pytest

from carpk.io.doubtful_names import near_miss
from carpk.io.mapping import Mapping

STATUS = "subject,day,CAR-T (copies/ug),status\n"
EXCLUDE = "subject,day,CRP (mg/L),exclude\n"


def test_a_status_counts_whatever_its_case(read):
    samples = read(STATUS + "A,0,,BLQ\nA,1,7,Quantified\nA,2,9,\nA,3,,Not detected\n").samples
    assert samples["status"].tolist() == ["blq", "quantified", "quantified", "not_detected"]


def test_a_word_among_statuses_that_is_none_is_refused(refused):
    (found,) = refused(STATUS + "A,0,,BLQ\nA,1,7,done\n")
    assert (found.code, found.row, found.value) == ("FLAG_NOT_UNDERSTOOD", 3, "done")


def test_a_column_of_other_statuses_is_a_covariate(read):
    assert read(STATUS + "A,0,5,ongoing\nA,1,7,ongoing\n").samples["status"].tolist() == ["quantified", "quantified"]


@pytest.mark.parametrize("word", ["NA", "N/A", "None", "-", "keep", "included", "无"])
def test_a_word_that_may_not_exclude_is_refused_rather_than_taken_as_a_reason(refused, word: str):
    (found,) = refused(EXCLUDE + f"A,0,1,\nA,1,2,{word}\n")
    assert (found.code, found.row, found.value) == ("FLAG_NOT_UNDERSTOOD", 3, word)


def test_a_column_of_yes_and_no_takes_no_other_words(refused):
    (found,) = refused(EXCLUDE + "A,0,1,N\nA,1,2,Y\nA,2,2,yess\n")
    assert (found.row, found.value) == (4, "yess")


@pytest.mark.parametrize("name", ["excl", "Exclusion flag", "Reason for exclusion"])
def test_usual_names_of_exclusions_are_known(read, name: str):
    text = EXCLUDE.replace("exclude", name) + "A,0,1,Y\nA,1,2,\n"
    assert read(text).samples["status"].tolist() == ["excluded", "quantified"]


@pytest.mark.parametrize(("name", "role"), [("exlude", "exclusion"), ("BLQ falg", "blq"), ("staus", "status")])
def test_a_misspelt_exclusion_flag_or_status_is_never_a_covariate(name: str, role: str):
    assert near_miss(name, present=set()) == role


def test_a_negative_level_is_never_below_the_limit(read):
    samples = read("subject,day,CAR-T (copies/ug),LLOQ\nA,0,-3,50\nA,1,20,50\n").samples
    assert samples["status"].tolist() == ["quantified", "blq"]
    assert samples["value"].tolist() == [-3.0, 20.0]


def test_a_negative_level_stops_the_analysis_of_its_profile(read):
    from carpk import run_nca

    study = read("subject,day,CAR-T (copies/ug),LLOQ\nA,0,-3,50\nA,7,900,50\nA,14,500,50\n")
    assert set(run_nca(study).parameters["reason"]) == {"NEGATIVE_LEVEL"}


def test_a_number_said_to_be_missing_is_missing_among_levels_only(read):
    samples = read("subject,day,CAR-T (copies/ug)\nA,0,0\nA,1,60\n", Mapping(values={"0": "missing"})).samples
    assert samples["time"].tolist() == [0.0, 1.0]
    assert samples["status"].tolist() == ["missing", "quantified"]
