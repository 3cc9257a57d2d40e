"""exposure_response: noncompartmental exposure and a table of outcomes in, what goes with what out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from carpk.errors import RulesError
from carpk.exposure import associations, by_exposure, by_outcome, cautions, pairs, recovery
from carpk.exposure.pairs import Responses
from carpk.nca.table import NcaResult
from carpk.response.logistic import FEWEST


@dataclass(frozen=True, eq=False)
class ExposureResponse:
    """Exposure against response and safety, described.

    There are no p-values. Every subject is in `pairs`; every other table counts who is in its numbers.

    Attributes
    ----------
    pairs : DataFrame
        One row per subject, exposure and outcome: subject, cohort, analyte, matrix, exposure and outcome_analyte,
        outcome, each with value, unit and reason; `exposure_flags`; `outcome_low` and `outcome_high`, between which an
        outcome lies that is not known exactly ((low, high], infinite for "above low"); `kind` of the outcome: "number",
        "grade", "treatment" or "response" (yes 1, no 0).
    associations : DataFrame
        Correlations of each exposure with each outcome that is a number or grade, one row per `statistic`: "kendall",
        which alone stands values known as a limit, "spearman" and "pearson_log"; value, low, high (interval); least and
        greatest (what undetermined pairs could make of it); N subjects, n in it, n_censored, n_zero (left out for want
        of a logarithm), undetermined (pairs), method, reason.
    logistic : DataFrame
        Firth's regression of each response on ln exposure: slope with low and high, intercept, the odds ratio per
        doubling of exposure with its limits, N, n, n_with (the response), n_zero, method, reason.
    proportions : DataFrame
        Share of responders among all and by group of exposure, with exact limits.
    by_outcome : DataFrame
        Exposure summarized by response, grade and treatment.
    time_to_event, curves, left_out : DataFrame
        Time to each event by group of exposure from the landmark on: medians, Kaplan-Meier curves, and who is not in
        them and why. All times are counted from the infusion.
    recovery : DataFrame
        B-cell recovery against the loss of the transgene, per subject: both intervals, which came first, and the lag.
    cautions : DataFrame
        code, sentence and applies_to: what a reader must know beside the numbers.
    groups : int
        Of exposure.
    landmark : float
        [day]
    level : float
        Of the intervals.
    time_unit, title : str
        As in the study.
    """

    pairs: pd.DataFrame
    associations: pd.DataFrame
    logistic: pd.DataFrame
    proportions: pd.DataFrame
    by_outcome: pd.DataFrame
    time_to_event: pd.DataFrame
    curves: pd.DataFrame
    left_out: pd.DataFrame
    recovery: pd.DataFrame
    cautions: pd.DataFrame
    groups: int
    landmark: float
    level: float
    time_unit: str
    title: str

    def __repr__(self) -> str:
        subjects, exposures, outcomes = (
            len(self.pairs[columns].drop_duplicates()) for columns in (["subject"], pairs.EXPOSURE, pairs.OUTCOME)
        )
        return (
            f"ExposureResponse({subjects} subjects, {exposures} exposures, {outcomes} outcomes, "
            f"{len(self.cautions)} cautions)"
        )


def exposure_response(
    nca: NcaResult,
    outcomes: pd.DataFrame,
    *,
    responses: Responses | None = None,
    exposures: Sequence[str] = ("cmax", "auc_0_28d"),
    analytes: Sequence[str] | None = None,
    matrix: str | None = None,
    events: Sequence[str] = ("recovery_time",),
    groups: int = 2,
    landmark: float = 28.0,
    level: float = 0.95,
    fewest: int = FEWEST,
) -> ExposureResponse:
    """Describe how response and safety go with exposure.

    Parameters
    ----------
    nca : NcaResult
        Gives the exposures.
    outcomes : DataFrame
        Columns as in carpk.schema.PARAMETERS. A missing value with `low` and `high` is known to lie between them;
        without, it is not known. ``grade_max`` is a grade, ``first_time`` the start of a treatment (not given where the
        reason is "NOT_TREATED", given at an unknown time where it is "TREATMENT_UNDATED"), everything
        else a number.
    responses : mapping of name to mapping or Series of subject to bool, optional
        Yes-or-no responses, e.g. a covariate of the subjects; None or NaN where not assessed.
    exposures : sequence of str
        Keys of parameters of the analysis.
    analytes : sequence of str, optional
        Keys of the analytes whose exposure it is; by default the CAR-T levels.
    matrix : str, optional
        Of the exposures; blood where there is some.
    events : sequence of str
        Outcomes that are times to an event; a missing value with a `low` is followed until then.
    groups : int
        Groups of exposure: 2 parts subjects at the median, 3 at the tertiles.
    landmark : float
        Day from which time to an event is counted; an exposure that is complete only later gets no estimate.
    level : float
        Of the intervals.
    fewest : int
        Subjects with a response, and without it, that a logistic regression needs.

    Returns
    -------
    ExposureResponse
        Every subject is in it; a value is missing exactly where a reason is given.

    Raises
    ------
    RulesError
        There is no such parameter, analyte or matrix, or a number is out of its range.
    DataError
        The outcomes or responses cannot be understood.
    UnitError
        One outcome comes in unlike units.
    """
    if not 0 < level < 1:
        raise RulesError(f"exposure_response: level must lie between 0 and 1; got {level!r}.")
    if not landmark >= 0:
        raise RulesError(f"exposure_response: landmark must be a day from 0 on; got {landmark!r}.")
    rows = pairs.pair(nca, outcomes, responses or {}, exposures=exposures, analytes=analytes, matrix=matrix)
    correlations = associations.associations(rows, level=level)
    summary = by_outcome.exposure_by_outcome(rows)
    medians, curves, left_out = by_exposure.time_to_event(
        rows, nca.rules, events=events, groups=groups, landmark=landmark, level=level, time_unit=nca.time_unit
    )
    return ExposureResponse(
        pairs=rows,
        associations=correlations,
        logistic=associations.regressions(rows, level=level, fewest=fewest),
        proportions=by_exposure.proportions(rows, groups=groups, level=level),
        by_outcome=summary,
        time_to_event=medians,
        curves=curves,
        left_out=left_out,
        recovery=recovery.recovery_and_loss(rows, nca),
        cautions=cautions.cautions(rows, correlations, summary, medians),
        groups=groups,
        landmark=landmark,
        level=level,
        time_unit=nca.time_unit,
        title=nca.title,
    )
