"""A kinetic model of all subjects: typical values beside the published ones, variabilities, what to know, pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from carpk import plot
from carpk.models.catalog import model as model_named
from carpk.models.population_table import PopulationFit
from carpk.models.predictive_table import check_predictions
from carpk.plot import style
from carpk.reasons import split_flags
from carpk.report import numbers
from carpk.report.models import cited
from carpk.report.parts import Block, Cell, Column, Figure, Section, Table, Text
from carpk.report.rows import MISSING, Record, records
from carpk.terms import analyte, term
from carpk.units import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_NUMBERS = ("estimate", "standard_error")
_SINGLE_HEIGHT = 3.0  # inch


def population_sections(population: PopulationFit | None) -> list[Section]:
    """Tell what a population fit found; nothing where none was made."""
    if population is None:
        return []
    name = f"{model_named(population.model).label}, {analyte(population.analyte).label}"
    checks = [
        f"{_label(str(row['parameter']))}: {row['detail']}" if row["parameter"] else str(row["detail"])
        for row in records(population.checks)
    ]
    blocks: tuple[Block, ...] = (
        Text((cited(population.model), *population.rules.sentences(), _objective(population))),
        *([Text(tuple(checks), caution=True)] if checks else []),
        _typical(population),
        _variability(population),
        *_figures(population),
    )
    return [Section(f"Population: {name}", blocks, new_page=True)]


def _objective(population: PopulationFit) -> str:
    found, residual = population.objective, records(population.residual)[0]
    return (
        f"{found.subjects} subjects with {found.levels} levels, {found.estimated} numbers estimated:"
        f" \u22122LL {found.minus_two_log_likelihood:.1f} (Monte-Carlo error {found.monte_carlo_error:.2f}),"
        f" BIC {found.bic:.1f}, residual SD on ln C {numbers.derived(residual['estimate'])}"
        f" ({numbers.derived(residual['low'])} to {numbers.derived(residual['high'])})."
    )


def _typical(population: PopulationFit) -> Table:
    body = tuple(
        (
            Cell(_name(str(row["parameter"]), str(row["covariate"]))),
            Cell("" if row["unit"] == "1" else label(str(row["unit"]))),
            *_found(row),
            Cell(_number(row["published"])),
        )
        for row in records(population.typical)
    )
    columns = (Column("Parameter", align="left"), Column("Unit", align="left"), *_columns(), _right("Published"))
    return Table("Typical values", columns, body)


def _variability(population: PopulationFit) -> Table:
    shrinkage = population.shrinkage.set_index("parameter")["shrinkage_percent"]
    body = tuple(
        (
            Cell(_name(str(row["parameter"]), _label(str(row["with"])) if row["with"] else "")),
            *_found(row),
            Cell(_number(row["published"])),
            Cell(MISSING if row["with"] else f"{shrinkage[row['parameter']]:.0f}".replace("-", "\u2212")),
        )
        for row in records(population.variability)
    )
    columns = (
        Column("Parameter", align="left"),
        *_columns(),
        _right("Published"),
        Column("Shrinkage", "%", "right"),
    )
    note = "Standard deviations on the logarithm, those of shares on the logit; for two parameters, their correlation."
    return Table("Variability between subjects", columns, body, (note,))


def _columns() -> tuple[Column, ...]:
    return _right("Estimate"), _right("Standard error"), _right("95 % interval")


def _right(head: str) -> Column:
    return Column(head, align="right")


def _found(row: Record) -> tuple[Cell, ...]:
    """Estimate with its flags or the reason why it is withheld, standard error and interval."""
    codes = (str(row["reason"]),) if row["reason"] else tuple(split_flags(str(row["flags"])))
    known = not np.isnan(row["low"])
    interval = f"{numbers.derived(row['low'])} to {numbers.derived(row['high'])}" if known else MISSING
    estimate, error = (_number(row[name]) for name in _NUMBERS)
    return Cell(estimate, codes), Cell(error), Cell(interval)


def _number(value: float) -> str:
    return MISSING if np.isnan(value) else numbers.derived(float(value))


def _label(key: str) -> str:
    return term(key).label.removesuffix(", model")


def _name(parameter: str, beside: str) -> str:
    return f"{_label(parameter)}, {beside}" if beside else _label(parameter)


def _figures(population: PopulationFit) -> Sequence[Figure]:
    check = check_predictions(population, rng=np.random.default_rng(population.rules.seed))
    return (
        _single(
            "Typical values as multiples of the published ones",
            lambda ax: plot.population_typical(population, ax=ax),
        ),
        Figure(
            "Visual predictive check",
            "Quantiles of the levels, and shares below the limit, over their ranges in simulated trials.",
            lambda: plot.predictive_check(check),
        ),
        _single("Prediction errors (npde) over time", lambda ax: plot.prediction_errors(check, ax=ax)),
        Figure(
            "Observed levels against those of the typical and of the subjects' own curves",
            "Two panels of observed against predicted levels on logarithmic axes.",
            lambda: _predicted(population),
        ),
        _single("Shrinkage of the subjects' own values", lambda ax: plot.shrinkage(population, ax=ax)),
        _single("Correlation of the subjects' own values", lambda ax: plot.correlations(population, ax=ax)),
        Figure(
            "Estimates over the iterations",
            "Every estimated number over the iterations of the fit, one panel each.",
            lambda: plot.convergence(population),
        ),
    )


def _single(caption: str, draw: "Callable[[Axes], Axes]") -> Figure:
    def drawn() -> "Drawing":
        page = style.Page(figsize=(style.PAGE_WIDTH, _SINGLE_HEIGHT), layout="constrained")
        draw(page.subplots())
        return page

    return Figure(caption, f"{caption}.", drawn)


def _predicted(population: PopulationFit) -> "Drawing":
    page = style.Page(figsize=(style.PAGE_WIDTH, _SINGLE_HEIGHT), layout="constrained")
    for ax, prediction in zip(page.subplots(1, 2), ("population", "individual"), strict=True):
        plot.observed_predicted(population, prediction=prediction, ax=ax)
    return page
