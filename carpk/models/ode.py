"""Solve one system of ordinary differential equations for many patients at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from carpk.profiles import Floats

Rates = Callable[[Floats], Floats]


def solve(rates: Rates, initial: Floats, times: ArrayLike, *, tolerance: float = 1e-9, least: float = 1e-9) -> Floats:
    """Follow n patients from time 0.

    Parameters
    ----------
    rates : function
        Takes states (n, s), returns their derivatives by time, (n, s). Patients do not act on each other.
    initial : (n, s) float
        States at time 0.
    times : (m,) numbers
        Rising, from 0 on. [day]
    tolerance : float
        Relative error of a step.
    least : float
        Absolute error of a step, in the unit of each state.

    Returns
    -------
    (n, m, s) float

    Raises
    ------
    ArithmeticError
        The solver gives up.
    """
    days = np.asarray(times, np.float64)
    patients, states = initial.shape
    if days[-1] == 0:
        return np.repeat(initial[:, np.newaxis], len(days), axis=1)
    # Patient by patient in memory, so that the Jacobian is a narrow band.
    solution = solve_ivp(
        lambda _, flat: rates(flat.reshape(patients, states)).ravel(),
        (0.0, float(days[-1])),
        initial.ravel(),
        method="LSODA",
        t_eval=days,
        rtol=tolerance,
        atol=least,
        lband=states - 1,
        uband=states - 1,
    )
    if not solution.success:
        raise ArithmeticError(f"The differential equations could not be solved: {solution.message}")
    return np.ascontiguousarray(solution.y.reshape(patients, states, len(days)).swapaxes(1, 2))
