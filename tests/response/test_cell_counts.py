import numpy as np
import pytest

from carpk.errors import RulesError
from carpk.response.cell_counts import cells_from_copies, cells_from_percent, copies_per_cell
from carpk.units import copies_per_ug


def test_the_dna_of_one_microgram_is_that_of_150_thousand_cells():
    assert copies_per_cell(1e6 / 6.6) == pytest.approx(1.0, rel=1e-14)
    assert copies_per_cell(158730.15873015873, pg_per_cell=6.3) == pytest.approx(1.0, rel=1e-14)


def test_copies_per_cell_there_and_back_are_the_same():
    assert copies_per_cell(copies_per_ug(0.37, pg_per_cell=6.3), pg_per_cell=6.3) == pytest.approx(0.37, rel=1e-14)


def test_cells_from_copies_follow_the_formula():
    # 10,000 copies/ug x 6.6 pg x 1e-6 = 0.066 copies per cell; of 5000 white cells/uL 330 copies/uL; 2 copies a cell.
    cells = cells_from_copies(1e4, white_cells_per_ul=5000.0, copies_per_car_t_cell=2.0)
    assert cells == pytest.approx(165.0, rel=1e-14)


def test_cells_from_copies_take_a_count_for_each_sample():
    cells = cells_from_copies([1e4, 1e4], white_cells_per_ul=np.array([5000.0, 100.0]), copies_per_car_t_cell=2.0)
    assert cells == pytest.approx([165.0, 3.3], rel=1e-14)


def test_a_missing_white_cell_count_gives_no_number():
    assert np.isnan(cells_from_copies(1e4, white_cells_per_ul=np.nan, copies_per_car_t_cell=2.0))


def test_no_copies_per_cell_is_refused():
    with pytest.raises(RulesError, match="copies_per_car_t_cell must be a number above zero; got 0"):
        cells_from_copies(1e4, white_cells_per_ul=5000.0, copies_per_car_t_cell=0)


def test_no_dna_per_cell_is_refused():
    with pytest.raises(RulesError, match="pg_per_cell must be a number above zero"):
        copies_per_cell(1e4, pg_per_cell=-6.6)


def test_cells_from_percent_are_that_share_of_t_cells():
    assert cells_from_percent(12.5, t_cells_per_ul=800.0) == pytest.approx(100.0, rel=1e-14)


def test_a_share_above_100_percent_is_refused():
    with pytest.raises(RulesError, match="between 0 and 100"):
        cells_from_percent(101.0, t_cells_per_ul=800.0)


def test_a_negative_count_is_refused():
    with pytest.raises(RulesError, match="got -1"):
        cells_from_percent(10.0, t_cells_per_ul=[5.0, -1.0])
