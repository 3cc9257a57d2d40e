"""operating_characteristics and schedule_bias: what a design can tell, as tables."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from carpk.errors import RulesError
from carpk.models.catalog import model as model_named
from carpk.models.design import Cohort, TrialDesign
from carpk.models.operating_characteristics import error_free_parameters, measured_parameters, precision
from carpk.models.truth import true_parameters
from carpk.models.virtual_trial import run_virtual_trial, typical_and_spread
from carpk.nca.rules import NcaRules
from carpk.terms import term

LEVEL_UNIT = "copies/ug"
_PARAMETERS = ("cmax", "auc_0_28d", "half_life")


def operating_characteristics(
    design: TrialDesign,
    model: str = "stein",
    *,
    trials: int = 1000,
    rng: np.random.Generator,
    parameters: Sequence[str] = _PARAMETERS,
    nca_rules: NcaRules | None = None,
) -> pd.DataFrame:
    """Simulate a design many times and say how well it knows each cohort's geometric means.

    Parameters
    ----------
    design : TrialDesign
    model : str
        One of `carpk.models.catalog.MODELS`, of the whole course.
    trials : int
        Number of simulated trials.
    rng : numpy.random.Generator
    parameters : sequence of str
        Cmax, Tmax, areas over windows of the rules, and the half-life; the true half-life is that of the slow decline.
    nca_rules : NcaRules, optional
        By which every trial is analyzed; the defaults, if not given.

    Returns
    -------
    DataFrame
        One row per cohort and parameter: `subjects`; `trials` in which a patient of the cohort has a value; `truth`,
        the geometric mean of the true values; `ratio`, a trial's geometric mean over the truth, as geometric mean over
        the trials, with `ratio_low` and `ratio_high`, the middle 95 % of them, and `geometric_cv_percent` between
        them; `share_given`, the share of the patients whose value is given and above zero. A ratio of 0.8 is a bias of
        -20 %; patients without a value are not in it.

    Raises
    ------
    RulesError
        The model cannot be simulated by this design, or the truth of a parameter is not known.
    """
    if trials < 1:
        raise RulesError(f"operating_characteristics: trials must be a whole number of at least 1; got {trials!r}.")
    rules = nca_rules or NcaRules()
    trial = run_virtual_trial(design, model_named(model), trials=trials, rng=rng)
    truths = true_parameters(trial.patients, parameters, rules)
    found = measured_parameters(trial, parameters, rules)
    parts = []
    for key in parameters:
        known = precision(found[key], truths[key], trial.patients.cohort, trials=trials, cohorts=len(design.cohorts))
        parts.append(
            pd.DataFrame(
                {
                    "cohort": [cohort.name for cohort in design.cohorts],
                    "subjects": [cohort.subjects for cohort in design.cohorts],
                    "parameter": key,
                    "unit": _unit(key, design.dose_unit),
                    "trials": known.trials,
                    "truth": known.truth,
                    "ratio": known.ratio,
                    "ratio_low": known.low,
                    "ratio_high": known.high,
                    "geometric_cv_percent": known.geometric_cv_percent,
                    "share_given": known.share_given,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def schedule_bias(
    visits: Mapping[str, Sequence[float]],
    model: str = "stein",
    *,
    parameters: Sequence[str] = ("cmax", "auc_0_28d", "auc_28_90d", "auc_0_90d"),
    nca_rules: NcaRules | None = None,
    typical: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Say by how much visit schedules alone, without error or limit, miss the truth of the typical patient.

    Parameters
    ----------
    visits : mapping of a schedule's name to its days
        Rising, zero or later. [day]
    model : str
        One of `carpk.models.catalog.MODELS`, of the whole course.
    parameters : sequence of str
        As for `operating_characteristics`.
    nca_rules : NcaRules, optional
    typical : mapping of parameter to float, optional
        Typical values other than the published ones.

    Returns
    -------
    DataFrame
        One row per schedule and parameter: `unit`, `truth`, `value`, NaN where the analysis withholds it, and
        `bias_percent`.

    Raises
    ------
    RulesError
        The days do not rise, the model cannot be simulated, or the truth of a parameter is not known.

    Examples
    --------
    >>> bias = schedule_bias({"weekly": [0, 7, 14, 21, 28]}, parameters=["cmax"])
    >>> round(bias["bias_percent"][0])
    -52
    """
    rules, chosen = nca_rules or NcaRules(), model_named(model)
    parts = []
    for name, days in visits.items():
        alone = [Cohort(name="typical", dose=1.0, subjects=1)]
        design = TrialDesign(cohorts=alone, visits=days, lloq=1.0, typical=typical or {})
        phi = typical_and_spread(design, chosen)[0][np.newaxis]
        found, truths = error_free_parameters(chosen, phi, np.array(design.visits), parameters, rules)
        truth, value = (np.array([values[key][0] for key in parameters]) for values in (truths, found))
        parts.append(
            pd.DataFrame(
                {
                    "schedule": name,
                    "parameter": list(parameters),
                    "unit": [_unit(key, "") for key in parameters],
                    "truth": truth,
                    "value": value,
                    "bias_percent": 100.0 * (value / truth - 1.0),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _unit(key: str, dose_unit: str) -> str:
    return term(key).unit(LEVEL_UNIT, "day", dose_unit)
