"""How the patients' own values of a model's parameters go together in a population fit."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from carpk.models.population_table import PopulationFit
from carpk.plot import axes, style
from carpk.terms import term

_FEWEST = 4  # patients; fewer give no correlation
_LIGHT = 0.6  # above, a number stands in white on its color


@style.in_style
def correlations(population: PopulationFit, *, ax: Axes) -> Axes:
    """Draw the correlation of the patients' own values, on logarithms, of every two parameters of the model.

    The values are shrunk towards the typical ones, and correlations with them: read them beside `shrinkage`. Two
    parameters of which fewer than four patients have both get no number.

    Parameters
    ----------
    population : PopulationFit
        As `fit_population` gives it.
    ax : Axes
        Where to draw.
    """
    fitted = list(population.typical["parameter"].drop_duplicates())
    table = population.individual[population.individual["parameter"].isin(fitted)]
    logarithms = table.assign(value=np.log(table["value"])).set_index(["subject", "parameter"])["value"]
    by_subject: pd.DataFrame = logarithms.unstack()  # noqa: PD010 - no mean
    keys = [key for key in fitted if key in by_subject]
    matrix = by_subject[keys].corr(min_periods=_FEWEST).to_numpy()
    places = range(len(keys))
    axes.trim(ax)
    ax.imshow(np.ma.masked_invalid(matrix), cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for row in places:
        for column in range(row):
            number = matrix[row, column]
            said = "\u2013" if np.isnan(number) else f"{number:z.2f}".replace("-", "\u2212")
            color = "white" if abs(number) > _LIGHT else style.INK
            ax.text(column, row, said, ha="center", va="center", fontsize=style.NOTE_SIZE, color=color)
    names = [term(key).label.removesuffix(", model") for key in keys]
    ax.set_xticks(places, names, rotation=30, ha="right")
    ax.set_yticks(places, names)
    axes.label_axes(ax, x=f"Parameter (patients: {len(by_subject)})", y="Parameter")
    return ax
