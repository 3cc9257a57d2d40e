"""run_endpoints: a Study in, efficacy endpoints by visit, by subject and by cohort out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.assessments import SAFETY_COMPONENTS
from carpk.endpoints.attainment import attainment
from carpk.endpoints.by_visit import summarize_visits
from carpk.endpoints.compute import compute_endpoints
from carpk.endpoints.gather import Gathered, gather
from carpk.endpoints.logic import from_numbers
from carpk.endpoints.measures import Measures
from carpk.endpoints.names import endpoint_label
from carpk.endpoints.rules import EndpointRules
from carpk.endpoints.tidy import visit_table
from carpk.errors import DataError, Finding
from carpk.io.study import as_study
from carpk.profiles import Booleans, Floats
from carpk.schema import LOG, PARAMETERS, Origin, Study, conform
from carpk.terms import term
from carpk.units import conversion_factor

_PARAMETERS = ("time_to_attainment", "time_to_sustained_attainment", "visits_attained")


@dataclass(frozen=True, eq=False)
class EndpointResult:
    """Efficacy endpoints of a study, and how they came about.

    Attributes
    ----------
    visits : DataFrame
        One row per subject, visit, endpoint and component; columns as in carpk.schema.VISITS. What is met or not is 1
        or 0; `observed` is that before anything was imputed.
    parameters : DataFrame
        One row per subject and endpoint that is met or not, and parameter: times to first and to sustained attainment,
        and visits with attainment; columns as in carpk.schema.PARAMETERS, the endpoint standing in `analyte`.
    summary : DataFrame
        By cohort, planned visit, endpoint and component; columns as `carpk.endpoints.by_visit.summarize_visits` says.
    log : DataFrame
        What was imputed, and which endpoints could not be computed; columns as in carpk.schema.LOG.
    rules : EndpointRules
    origins : tuple of Origin
    time_unit, title : str
        As in the study.
    """

    visits: pd.DataFrame
    parameters: pd.DataFrame
    summary: pd.DataFrame
    log: pd.DataFrame
    rules: EndpointRules
    origins: tuple[Origin, ...]
    time_unit: str
    title: str

    @property
    def absent(self) -> list[str]:
        """Which endpoints were not computed, and what the study lacks for them, as sentences."""
        return list(self.log.loc[self.log["code"] == "ENDPOINT_ABSENT", "detail"])

    def __repr__(self) -> str:
        endpoints = list(dict.fromkeys(self.visits["endpoint"]))
        return f"EndpointResult({self.visits['subject'].nunique()} subjects, endpoints {endpoints})"


def run_endpoints(
    data: Study | pd.DataFrame, rules: EndpointRules | None = None, *, time_unit: str = "day"
) -> EndpointResult:
    """Compute the efficacy endpoints of every subject at every visit.

    An endpoint is computed where the study has every kind of assessment that it needs; the log names the others.

    Parameters
    ----------
    data : Study or DataFrame
        With assessments; a DataFrame is a long table with the columns subject, time, assessment, value and unit.
    rules : EndpointRules, optional
        The defaults, if not given.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.

    Returns
    -------
    EndpointResult
        A value is missing exactly where a reason is given.

    Raises
    ------
    DataError
        The study has no assessments, or they contradict each other.
    """
    study, rules = as_study(data, time_unit=time_unit), rules or EndpointRules()
    if study.assessments["assessment"].isin(SAFETY_COMPONENTS).all():
        message = (
            "The study has no assessments, such as SLEDAI-2K or PGA. Add them as rows of the samples, or as a sheet or "
            "file 'assessments' with the columns subject, assessment, time, value and unit."
        )
        raise DataError([Finding("NO_ASSESSMENTS", "error", message)])
    gathered = gather(study, baseline_until=rules.baseline_until)
    found = compute_endpoints(gathered.inputs, rules)
    visits = visit_table(gathered, found, rules, days=conversion_factor("day", study.time_unit))
    return EndpointResult(
        visits=visits,
        parameters=_parameters(visits, gathered, found, rules, study.time_unit),
        summary=summarize_visits(visits, study.cohorts, set(found.numbers), confidence=rules.confidence),
        log=_log(visits, found),
        rules=rules,
        origins=study.origins,
        time_unit=study.time_unit,
        title=study.title,
    )


def _parameters(
    visits: pd.DataFrame, gathered: Gathered, found: Measures, rules: EndpointRules, time_unit: str
) -> pd.DataFrame:
    """When each subject attained each endpoint, and at how many visits."""
    whole = visits[(visits["component"] == "") & visits["endpoint"].isin(found.outcomes)]
    whole = whole[whole["nominal_time"].notna() | whole["value"].notna()]  # an unplanned visit need not decide anything
    numbers = pd.Series(np.arange(len(gathered.subjects)), index=gathered.subjects["subject"])
    parts = []
    for key in found.outcomes:
        mine = whole[whole["endpoint"] == key]
        reached = attainment(
            mine["subject"].map(numbers).to_numpy(np.int64),
            mine["time"].to_numpy(np.float64),
            from_numbers(mine["value"].to_numpy(np.float64)),
            subjects=len(gathered.subjects),
            visits_in_a_row=rules.sustained_visits,
        )
        unjudged = np.where(_spared(mine, gathered), "NOT_APPLICABLE", "NEVER_JUDGED")
        never = np.where(reached.judged == 0, unjudged, "NEVER_ATTAINED")
        never_sustained = np.where(reached.judged == 0, unjudged, "NEVER_SUSTAINED")
        count = np.where(reached.judged == 0, np.nan, reached.met)
        answers = ((reached.first, never), (reached.sustained, never_sustained), (count, never))
        parts += [
            _parameter(gathered.subjects, key, name, value, why, time_unit, rules)
            for name, (value, why) in zip(_PARAMETERS, answers, strict=True)
        ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(index=pd.RangeIndex(0))
    table = table.sort_values("number", kind="stable", ignore_index=True) if parts else table
    return conform(table.drop(columns="number") if parts else table, PARAMETERS)


def _spared(visits: pd.DataFrame, gathered: Gathered) -> Booleans:
    """Find subjects to whom an endpoint does not apply."""
    spared = visits.loc[visits["reason"] == "NOT_APPLICABLE", "subject"]
    return gathered.subjects["subject"].isin(spared).to_numpy(bool)


def _parameter(
    subjects: pd.DataFrame, key: str, name: str, value: Floats, why: np.ndarray, time_unit: str, rules: EndpointRules
) -> pd.DataFrame:
    sustained = f"; {rules.sustained_visits} visits in a row" if name == "time_to_sustained_attainment" else ""
    return subjects.assign(
        number=np.arange(len(subjects)),
        analyte=key,
        source="endpoints",
        parameter=name,
        value=value,
        unit=term(name).unit("", time_unit),
        method=f"missing {rules.missing}; drop-out {rules.drop_out}{sustained}",
        reason=np.where(np.isnan(value), why, ""),
    )


def _log(visits: pd.DataFrame, found: Measures) -> pd.DataFrame:
    """One line for every imputed outcome, and for every endpoint that the study lacks data for."""
    absent = pd.DataFrame(
        [
            {
                "stage": "endpoints",
                "analyte": key,
                "code": "ENDPOINT_ABSENT",
                "detail": f"{endpoint_label(key)} was not computed: the study has no {lacking}.",
            }
            for key, lacking in found.absent.items()
        ]
    )
    imputed = visits.loc[visits["flags"] != "", ["subject", "endpoint", "time", "flags", "missing"]]
    lines = imputed.rename(columns={"endpoint": "analyte", "flags": "code", "missing": "detail"}).assign(
        stage="endpoints"
    )
    lines["detail"] = [f"Undecided: {cell}." if cell else "" for cell in lines["detail"]]
    return conform(pd.concat([absent, lines], ignore_index=True), LOG)
