"""How the level of one CAR-T assay becomes that of another, every assumption an argument.

What comes out is derived: label it so, and never pool it with what was measured.
"""

import numpy as np
import numpy.typing as npt

from carpk.errors import RulesError
from carpk.profiles import Floats
from carpk.units import PG_DNA_PER_CELL


def copies_per_cell(copies_per_ug: npt.ArrayLike, *, pg_per_cell: float = PG_DNA_PER_CELL) -> Floats:
    """Express copies per microgram of genomic DNA as copies per cell; the reverse of `units.copies_per_ug`.

    Parameters
    ----------
    copies_per_ug : float or array
        [copies/ug]
    pg_per_cell : float
        DNA of one cell [pg].
    """
    _check_positive("copies_per_cell", pg_per_cell=pg_per_cell)
    return np.asarray(np.asarray(copies_per_ug, np.float64) * pg_per_cell * 1e-6)


def cells_from_copies(
    copies_per_ug: npt.ArrayLike,
    *,
    white_cells_per_ul: npt.ArrayLike,
    copies_per_car_t_cell: float,
    pg_per_cell: float = PG_DNA_PER_CELL,
) -> Floats:
    """Derive CAR-T cells per microliter of blood from copies per microgram of DNA.

    cells/uL = copies/ug x pg per cell x 1e-6 x white cells/uL / copies per CAR-T cell. It assumes that the DNA is that
    of all white cells and that these were counted in the same draw.

    Parameters
    ----------
    copies_per_ug : float or array
        [copies/ug]
    white_cells_per_ul : float or array
        White blood cells of the same day [cells/uL].
    copies_per_car_t_cell : float
        Vector copies in one transduced cell.
    pg_per_cell : float
        DNA of one cell [pg].

    Returns
    -------
    float or array
        [cells/uL], derived.

    Raises
    ------
    RulesError
        An assumption is not a positive number, or a white cell count is negative.
    """
    _check_positive("cells_from_copies", copies_per_car_t_cell=copies_per_car_t_cell)
    white = np.asarray(white_cells_per_ul, np.float64)
    if (white < 0).any():
        raise RulesError(f"cells_from_copies: white_cells_per_ul cannot be negative; got {float(np.nanmin(white)):g}.")
    return np.asarray(copies_per_cell(copies_per_ug, pg_per_cell=pg_per_cell) * white / copies_per_car_t_cell)


def cells_from_percent(percent_of_t_cells: npt.ArrayLike, *, t_cells_per_ul: npt.ArrayLike) -> Floats:
    """Derive CAR-T cells per microliter from their share of T cells and the T cells per microliter.

    Parameters
    ----------
    percent_of_t_cells : float or array
        CAR-positive among CD3-positive cells [%].
    t_cells_per_ul : float or array
        CD3-positive cells of the same draw [cells/uL].

    Raises
    ------
    RulesError
        A share is not between 0 and 100 %, or a count is negative.
    """
    percent, cells = np.asarray(percent_of_t_cells, np.float64), np.asarray(t_cells_per_ul, np.float64)
    if (percent < 0).any() or (percent > 100).any():
        raise RulesError("cells_from_percent: percent_of_t_cells must lie between 0 and 100.")
    if (cells < 0).any():
        raise RulesError(f"cells_from_percent: t_cells_per_ul cannot be negative; got {float(np.nanmin(cells)):g}.")
    return np.asarray(percent / 100 * cells)


def _check_positive(function: str, **assumptions: float) -> None:
    for name, value in assumptions.items():
        if not (np.isfinite(value) and value > 0):
            raise RulesError(f"{function}: {name} must be a number above zero; got {value!r}.")
