"""fit_models: a Study in, parameters, curves and comparisons of fitted models out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.io.study import as_study
from carpk.models.boxes import box, check_names, prior
from carpk.models.catalog import model as model_named
from carpk.models.estimates import estimates, weigh
from carpk.models.fits import fit_patients
from carpk.models.model import Model
from carpk.models.observations import Observations
from carpk.models.result_tables import (
    ModelFit,
    comparison_table,
    curve_table,
    log_table,
    parameter_table,
    predicted_levels,
)
from carpk.models.rules import FitRules
from carpk.models.samples_table import Gathered, for_model, gather, groups
from carpk.models.workers import Each, working
from carpk.nca.rules import NcaRules
from carpk.nca.table import NcaResult, run_nca
from carpk.profiles import Integers
from carpk.reasons import reason_number
from carpk.schema import COMPARISON, CURVES, LOG, PARAMETERS, PREDICTIONS, Origin, Study, conform
from carpk.units import conversion_factor


@dataclass(frozen=True, eq=False)
class FitResult:
    """Fitted models of a study, and how they came about.

    Attributes
    ----------
    parameters : DataFrame
        One row per subject, analyte, matrix, model and parameter; columns as in carpk.schema.PARAMETERS, `source` the
        name of the model. `low` and `high` are the ends of the interval; where only one end is known it stands alone.
    curves : DataFrame
        The fitted curves; columns as in carpk.schema.CURVES.
    comparison : DataFrame
        How well each model fits each subject; columns as in carpk.schema.COMPARISON.
    predictions : DataFrame
        Every level that was fitted beside the fitted curve; columns as in carpk.schema.PREDICTIONS.
    log : DataFrame
        Residual errors, and what was not fitted and why; columns as in carpk.schema.LOG.
    rules : FitRules
    nca_rules : NcaRules
        By which the samples were chosen.
    models : tuple of str
    origins : tuple of Origin
    time_unit, title : str
        As in the study.
    """

    parameters: pd.DataFrame
    curves: pd.DataFrame
    comparison: pd.DataFrame
    predictions: pd.DataFrame
    log: pd.DataFrame
    rules: FitRules
    nca_rules: NcaRules
    models: tuple[str, ...]
    origins: tuple[Origin, ...]
    time_unit: str
    title: str

    def __repr__(self) -> str:
        fitted = int((self.comparison["reason"] == "").sum())
        return f"FitResult({', '.join(self.models)}: {fitted} of {len(self.comparison)} profiles fitted)"


def fit_models(
    data: Study | pd.DataFrame,
    models: Sequence[str] = ("stein",),
    rules: FitRules | None = None,
    *,
    nca: NcaResult | None = None,
    nca_rules: NcaRules | None = None,
    analytes: Sequence[str] | None = None,
    time_unit: str = "day",
    workers: int = 1,
) -> FitResult:
    """Fit kinetic models to every profile of a study.

    Parameters
    ----------
    data : Study or DataFrame
        As for `carpk.run_nca`.
    models : sequence of str
        Names from `carpk.models.catalog.MODELS`: stein, stein_comedication, lagged, four_phase, contraction_only.
    rules : FitRules, optional
        The defaults, if not given.
    nca : NcaResult, optional
        The study's; computed with `nca_rules` if not given. Its samples are fitted, its areas compared.
    nca_rules : NcaRules, optional
    analytes : sequence of str, optional
        As for `carpk.run_nca`.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.
    workers : int
        Processes that fit batches of fifty profiles at the same time; the numbers do not depend on it. With more
        than one, a script needs an ``if __name__ == "__main__":`` around its work.

    Returns
    -------
    FitResult
        Every subject is in it; a value is missing exactly where a reason is given.

    Raises
    ------
    DataError
        The data cannot be understood.
    RulesError
        There is no such model, parameter or analyte.
    """
    study = as_study(data, time_unit=time_unit)
    rules = rules or FitRules()
    chosen = [model_named(name) for name in models]
    check_names(rules, chosen)
    nca = nca or run_nca(study, nca_rules, analytes=analytes)
    gathered = gather(nca, rules)
    with working(workers) as each:
        parts = [_fit_model(model, gathered, study, nca, rules, each) for model in chosen]
    order = ["profile", "model"]
    tables = []
    for place in range(len(parts[0])):
        joined = pd.concat([part[place].assign(model=number) for number, part in enumerate(parts)], ignore_index=True)
        tables.append(joined.sort_values(order, kind="stable").drop(columns=order).reset_index(drop=True))
    return FitResult(
        parameters=conform(tables[0], PARAMETERS),
        curves=conform(tables[1], CURVES),
        comparison=conform(tables[2], COMPARISON),
        log=conform(tables[3], LOG),
        predictions=conform(tables[4], PREDICTIONS),
        rules=rules,
        nca_rules=nca.rules,
        models=tuple(models),
        origins=study.origins,
        time_unit=study.time_unit,
        title=study.title,
    )


def _fit_model(
    model: Model, gathered: Gathered, study: Study, nca: NcaResult, rules: FitRules, each: Each
) -> tuple[pd.DataFrame, ...]:
    """Make the tables of one model, those of a FitResult, with the number of the profile in each row."""
    observed = for_model(gathered, model, study)
    lower, upper = box(model, rules)
    counted = int((lower < upper).sum()) + (rules.residual_error == "own")
    reason = np.where(gathered.reason == 0, _too_few(observed, counted), gathered.reason)
    fitted = []
    for rows in groups(gathered.profiles):
        rows = rows[reason[rows] == 0]
        if len(rows):
            unit = str(gathered.profiles["unit"].iloc[rows[0]])
            fits = fit_patients(
                model,
                observed.take(rows),
                lower=lower,
                upper=upper,
                sd=None if isinstance(rules.residual_error, str) else float(rules.residual_error),
                pooled=rules.residual_error == "pooled",
                prior=prior(model, rules, unit),
                each=each,
            )
            evidence = weigh(fits, rules, each)
            reason[rows] = evidence.whole
            fitted.append(ModelFit(rows, evidence, estimates(evidence, rules)))
    day = conversion_factor("day", nca.time_unit)
    return (
        parameter_table(model, gathered, fitted, reason, nca, rules, day),
        curve_table(model, gathered, fitted, reason, day),
        comparison_table(model, gathered, observed, fitted, reason, counted),
        log_table(model, gathered, reason),
        predicted_levels(model, gathered, fitted, reason, day),
    )


def _too_few(observed: Observations, parameters: int) -> Integers:
    quantified, levels = observed.quantified.sum(axis=1), observed.present.sum(axis=1)
    too_few = (quantified < parameters) | (levels < parameters + 2)
    return np.where(too_few, reason_number("TOO_FEW_LEVELS"), 0)
