import pytest

from carpk.assessments import ASSESSMENTS, BILAG_SYSTEMS, SLEDAI_ITEMS
from carpk.errors import RulesError
from carpk.reasons import ACTIONS, FLAGS, REASONS, flag_bit, flag_cell, join_flags, sentence, split_flags
from carpk.terms import ANALYTES, TERMS, term, window_key
from carpk.units import parse_unit


def test_every_term_says_what_it_is():
    for key, entry in TERMS.items():
        assert entry.key == key
        assert entry.definition.endswith(".")
        assert bool(entry.cdisc_code) == bool(entry.cdisc_name)


def test_cdisc_codes_are_short_enough_and_given_once():
    codes = [entry.cdisc_code for entry in TERMS.values() if entry.cdisc_code]
    assert len(set(codes)) == len(codes)
    assert all(len(code) <= 8 for code in codes)


def test_a_window_is_a_term_that_carries_its_days():
    entry = term("auc_28_90d")
    assert entry.label == "AUC28\u201390d"
    assert entry.cdisc_code == "AUCINT"
    assert entry.unit("copies/ug", "day") == "day*copies/ug"


def test_windows_that_differ_have_keys_that_differ():
    assert window_key(0, 28) == "auc_0_28d"
    assert window_key(0, 27.9999999) != window_key(0, 28)


def test_an_unknown_parameter_is_refused_with_a_suggestion():
    with pytest.raises(RulesError, match=r"Did you mean 'half_life'\?"):
        term("half_live")


def test_units_of_known_analytes_are_known():
    assert all(parse_unit(entry.unit).name == entry.unit for entry in ANALYTES.values())


def test_units_of_assessments_are_known():
    assert all(parse_unit(entry.unit).name == entry.unit for entry in ASSESSMENTS.values() if entry.unit)


def test_sledai_has_24_items_and_bilag_nine_systems():
    assert len(SLEDAI_ITEMS) == 24
    assert len(BILAG_SYSTEMS) == 9
    assert sum(entry.weight for entry in SLEDAI_ITEMS.values()) == ASSESSMENTS["sledai_2k"].highest


def test_codes_of_reasons_flags_and_actions_do_not_overlap():
    assert len({*REASONS, *FLAGS, *ACTIONS}) == len(REASONS) + len(FLAGS) + len(ACTIONS)


def test_every_code_has_a_sentence():
    assert all(sentence(code).endswith(".") for code in (*REASONS, *FLAGS, *ACTIONS))


def test_flags_survive_the_way_into_a_cell_and_back():
    bits = flag_bit("TIES") | flag_bit("ALL_BLQ")
    assert flag_cell(bits) == join_flags(["TIES", "ALL_BLQ"]) == "ALL_BLQ;TIES"
    assert split_flags("ALL_BLQ;TIES") == ["ALL_BLQ", "TIES"]
    assert split_flags(flag_cell(0)) == []


def test_reasons_and_flags_fit_into_the_numbers_that_stand_for_them():
    assert len(REASONS) < 127  # one byte a reason
    assert flag_bit(list(FLAGS)[-1]) < 2**62
