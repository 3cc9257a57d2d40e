"""What runs along rows, against plain Python, also where rows are too long for the smallest integers."""

import numpy as np
import pytest

from carpk.nca.rows import any_so_far, at, behind, counts, first_true, held, highest, last_true, lowest, sums_from_end

WIDTHS = [1, 15, 127, 128, 300]


@pytest.fixture(params=WIDTHS)
def where(request):
    drawn = np.asfortranarray(np.random.default_rng(1).random((50, request.param)) < 0.1)
    drawn[0], drawn[1] = False, True
    return drawn


def test_counts_and_columns_of_what_is_true_agree_with_plain_python(where):
    rows = [[column for column, there in enumerate(row) if there] for row in where.tolist()]
    assert counts(where).tolist() == [len(row) for row in rows]
    assert first_true(where).tolist() == [min(row, default=-1) for row in rows]
    assert last_true(where).tolist() == [max(row, default=-1) for row in rows]


def test_what_is_seen_so_far_stays_seen(where):
    assert any_so_far(where).tolist() == [
        [any(row[: column + 1]) for column in range(len(row))] for row in where.tolist()
    ]


def test_the_columns_behind_one_column(where):
    width = where.shape[1]
    column = np.arange(50) % (width + 1) - 1
    assert behind(column, width).tolist() == [[place > own for place in range(width)] for own in column.tolist()]


def test_a_gap_repeats_what_was_kept_before_it_and_the_start_what_is_kept_first():
    kept = np.array([[False, True, False, True], [False, False, False, False]])
    assert held(np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), kept).tolist() == [[2, 2, 2, 4], [5, 5, 5, 5]]


def test_the_extremes_are_those_of_the_told_entries():
    values, told = np.array([[1.0, 9, 5], [1, 2, 3]]), np.array([[True, False, True], [False] * 3])
    assert highest(values, told).tolist() == [5, -np.inf]
    assert lowest(values, told).tolist() == [1, np.inf]


def test_sums_from_the_end_and_one_column_of_each_row():
    values = np.array([[1.0, 2, 4], [8, 16, 32]])
    assert sums_from_end(values).tolist() == [[7, 6, 4], [56, 48, 32]]
    assert at(values, np.array([0, -1])).tolist() == [1, 32]
