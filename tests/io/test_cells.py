import math

import pytest

from carpk.io.cells import CellError, Level, number_text, read_flag, read_level, read_number


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12.0), ("-3.5", -3.5), (".5", 0.5), ("7.", 7.0), ("1E05", 1e5), (" 4 ", 4.0)]
)
def test_plain_numbers_are_read(text: str, number: float):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,5", "decimal comma"),
        ("1,234.5", "separators of thousands"),
        ("1 200", "blanks between its digits"),
        ("1\u00a0200", "U\\+00A0 NO-BREAK SPACE"),
        ("\uff11\uff12", "U\\+FF11 FULLWIDTH DIGIT ONE"),
        ("\u22125", "U\\+2212 MINUS SIGN"),
        ("1e309", "too large"),
        ("inf", "not a level, time or limit"),
        ("nan", "not a level, time or limit"),
        ("5%", "more than a number"),
        ("1.2*", "more than a number"),
        ("3.4 H", "more than a number"),
        ("1.5D+03", "Fortran exponent"),
        ("1_000", "more than a number"),
        ("0x10", "more than a number"),
        ("2024-03-01", "is a date"),
        ("NA", "under \\[values\\]"),
        ("", "not a number"),
    ],
)
def test_anything_but_a_plain_number_is_refused_with_its_reason(text: str, told: str):
    with pytest.raises(CellError, match=told):
        read_number(text)


def test_a_decimal_comma_is_read_where_it_is_declared():
    assert read_number("1,5", decimal=",") == 1.5


def test_a_point_is_refused_where_a_decimal_comma_is_declared():
    with pytest.raises(CellError, match="has a point"):
        read_number("1.500", decimal=",")


@pytest.mark.parametrize("text", ["BLQ", "bql", "BLOQ", "BLLOQ", "NQ", "<LLOQ", "< LLOQ", "<LOQ", "低于定量下限"])
def test_words_for_below_the_limit_are_known(text: str):
    assert read_level(text, {}).kind == "blq"


@pytest.mark.parametrize("text", ["not detected", "Not  Detected", "neg", "<LOD", "未检出"])
def test_words_for_not_detected_are_known(text: str):
    assert read_level(text, {}).kind == "not_detected"


@pytest.mark.parametrize("text", ["BDL", "TND", "<LLOD", "Below limit of detection", "低于检测下限"])
def test_words_for_below_the_limit_of_detection_are_not_detected(text: str):
    assert read_level(text, {}).kind == "not_detected"


@pytest.mark.parametrize("text", ["ND", "N.D.", "Undetermined"])
def test_words_that_may_mean_not_done_are_kept_apart(text: str):
    assert read_level(text, {}).kind == "nd"


@pytest.mark.parametrize("text", ["BLQ (<50)", "<50 (BLQ)", "<LLOQ (<50)"])
def test_a_word_and_a_limit_in_one_cell_are_both_read(text: str):
    level = read_level(text, {})
    assert (level.kind, level.limit) == ("blq", 50.0)


@pytest.mark.parametrize("text", ["LOD", "UD", "low, below curve", "under limit"])
def test_what_may_be_below_a_limit_is_refused_with_that_advice_first(text: str):
    with pytest.raises(CellError, match='= "blq", "not_detected" or, if there is no level, "missing"'):
        read_level(text, {})


@pytest.mark.parametrize("text", ["<50", "< 50", "\uff1c50"])
def test_less_than_a_number_is_below_that_limit(text: str):
    level = read_level(text, {})
    assert (level.kind, level.limit) == ("blq", 50.0)
    assert math.isnan(level.value)


def test_more_than_a_number_is_above_that_limit():
    level = read_level(">5000", {})
    assert (level.kind, level.limit) == ("above_uloq", 5000.0)


def test_an_empty_cell_is_missing_and_never_zero():
    level = read_level("  ", {})
    assert level.kind == "missing"
    assert math.isnan(level.value)


def test_the_users_own_words_come_first():
    assert read_level("NS", {"ns": "missing"}) == read_level("", {})
    assert read_level("BLQ", {"blq": "not_detected"}).kind == "not_detected"


@pytest.mark.parametrize("text", ["NS", "NR", "QNS", "NA", ".", "-"])
def test_words_of_several_meanings_are_refused_until_mapped(text: str):
    with pytest.raises(CellError, match="can mean several things"):
        read_level(text, {})


def test_an_unknown_word_is_refused_and_the_settings_named():
    with pytest.raises(CellError, match='"hemolyzed" = "missing"'):
        read_level("hemolyzed", {})


@pytest.mark.parametrize("text", ["<0", "<-5"])
def test_a_limit_that_is_not_positive_is_refused(text: str):
    with pytest.raises(CellError, match="must be positive"):
        read_level(text, {})


def test_nd_is_left_for_the_analyte_to_decide():
    assert read_level("ND", {}).kind == "nd"


def test_a_level_is_a_number_with_its_value():
    level = read_level("62000", {})
    assert (level.kind, level.value) == ("number", 62000.0)
    assert isinstance(level, Level)


@pytest.mark.parametrize(
    ("text", "said"), [("1", True), ("Y", True), ("yes", True), ("0", False), ("N", False), ("", False)]
)
def test_flags_say_yes_or_no(text: str, said: bool):
    assert read_flag(text) is said


def test_a_flag_that_says_neither_is_refused():
    with pytest.raises(CellError, match="neither yes nor no"):
        read_flag("maybe")


def test_numbers_of_a_spreadsheet_become_the_text_a_person_would_write():
    assert [number_text(number) for number in (1001.0, 0.1, 100.0, float("nan"))] == ["1001", "0.1", "100", ""]
