"""What the terminal prints."""

import pandas as pd

import carpk
from carpk.assessments import ASSESSMENTS
from carpk.reasons import ACTIONS, FLAGS, REASONS
from carpk.report.plain_text import EXAMPLES, WIDTH, rule_moves, vocabulary, vocabulary_rows
from carpk.terms import TERMS

LEVELS = {0: "<50", 7: "1000", 28: "100", 90: "60"}


def frame(*names):
    return pd.DataFrame(
        [
            {
                "subject": name,
                "time": float(day),
                "value": level,
                "unit": "copies/ug",
                "analyte": "car_t_qpcr",
                "lloq": 50,
            }
            for name in names
            for day, level in LEVELS.items()
        ]
    )


def test_the_vocabulary_has_every_word_once():
    keys = [row[1] for row in vocabulary_rows()]
    assert keys == [*TERMS, *EXAMPLES, *ASSESSMENTS, *REASONS, *FLAGS, *ACTIONS]


def test_the_vocabulary_fits_100_columns():
    assert max(map(len, vocabulary().splitlines())) <= WIDTH


def test_a_window_is_shown_by_an_example_with_its_cdisc_term():
    assert "auc_0_28d  -  AUC0\u201328d  (area; CDISC AUCINT, AUC from T1 to T2)" in vocabulary()


def test_every_reason_flag_and_action_stands_with_its_sentence():
    text = " ".join(vocabulary().split())
    for sentences in (REASONS, FLAGS, ACTIONS):
        assert all(f"{code} {told}" in text for code, told in sentences.items())


def test_the_moves_fit_100_columns_even_with_long_names():
    text = rule_moves(carpk.compare_rules(frame("a subject whose name is longer than any table has room for", "S2")))
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_parameter_that_moves_is_told_with_how_many_how_far_and_why():
    lines = rule_moves(carpk.compare_rules(frame("S1", "S2"), ["carpk", "winnonlin"])).splitlines()
    line = next(line for line in lines if " auc_0_28d " in line)
    # (3500 + 11550) / (3500 + 21 * 900 / ln 10) = 1.285
    assert line.split()[3:] == ["auc_0_28d", "2", "of", "2", "0", "29", "%", "29", "%", "AUC", "method", "(2)"]


def test_what_does_not_move_is_said_so():
    text = rule_moves(carpk.compare_rules(frame("S1"), ["noncompart", "winnonlin"], share=0.5))
    assert text.endswith("Nothing moves.\n")


def test_mean_levels_and_values_per_dose_are_not_told_twice():
    text = rule_moves(carpk.compare_rules(frame("S1")))
    assert "cavg_" not in text
    assert "Mean levels" in text


def test_of_many_moves_the_largest_are_shown_and_the_rest_counted():
    comparison = carpk.compare_rules(frame(*[f"S{number:02d}" for number in range(30)]), ["carpk", "winnonlin"])
    moved = comparison.moved["parameter"]
    told = int((~moved.str.startswith("cavg")).sum())
    assert f"... and {told - 25} more; -o FILE writes them all." in rule_moves(comparison)
