"""What lasted in each patient: transgene quantified, B cells away, low disease activity or remission."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from carpk.endpoints.names import endpoint_label
from carpk.endpoints.table import EndpointResult
from carpk.nca.table import NcaResult
from carpk.plot.placement import one_of, usual_matrix
from carpk.response.persistence_table import run_persistence
from carpk.response.recovery_table import run_recovery
from carpk.response.table import ResponseResult
from carpk.terms import analyte as known_analyte

COLUMNS = ("subject", "lane", "start", "sure", "end")
"""Of a table of stretches: `sure` is the last time at which one is known to last, `end` when it is known to be over,
infinite where it was not seen to end."""

APLASIA = "B-cell aplasia"


def quantified(nca: NcaResult, *, analyte: str) -> pd.DataFrame:
    """Stretch of each patient from the infusion to the loss of the transgene.

    Returns
    -------
    DataFrame
        Columns COLUMNS; whoever never had a quantified level is not in it.
    """
    subjects = run_persistence(nca, by=None).subjects
    own = _at_risk(subjects[subjects["analyte"] == one_of("analyte", analyte, subjects["analyte"].drop_duplicates())])
    table = own.assign(lane=f"{known_analyte(analyte).label} quantified", start=0.0)
    return table.rename(columns={"left": "sure", "right": "end"})[list(COLUMNS)]


def aplasia(response: ResponseResult) -> pd.DataFrame:
    """Stretch of each patient from the depletion of the B cells to their recovery.

    Returns
    -------
    DataFrame
        Columns COLUMNS; whoever was never depleted, or was at baseline already, is not in it.
    """
    table = response.parameters
    if not (table["parameter"] == "recovery_time").any():
        return pd.DataFrame(columns=list(COLUMNS))
    recovery = _at_risk(run_recovery(response, by=None).subjects)
    depletion = table[table["parameter"] == "depletion_time"][["subject", "analyte", "matrix", "value"]]
    own = recovery.merge(depletion, on=["subject", "analyte", "matrix"], how="left").dropna(subset="value")
    own = own.assign(lane=APLASIA, sure=own[["left", "value"]].max(axis=1))
    return own.rename(columns={"value": "start", "right": "end"})[list(COLUMNS)]


def attained(result: EndpointResult, *, endpoints: Sequence[str] = ("lldas", "doris")) -> pd.DataFrame:
    """Stretches of each patient from a visit at which an endpoint was met to the last of those in a row.

    Visits at which it was not decided are passed over; nothing imputed is drawn.

    Parameters
    ----------
    result : EndpointResult
    endpoints : sequence of str
        Keys of endpoints that are met or not: one lane each.

    Returns
    -------
    DataFrame
        Columns COLUMNS; `end` is the next visit at which it was not met.

    Raises
    ------
    RulesError
        The result has no such endpoint.
    """
    known = result.parameters["analyte"].drop_duplicates()
    parts = [_stretches_met(result.visits, one_of("endpoint", key, known)) for key in endpoints]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _stretches_met(visits: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    own = visits[(visits["endpoint"] == endpoint) & (visits["component"] == "") & visits["observed"].notna()]
    own = own.sort_values(["subject", "time"], kind="stable")
    met = own["observed"] == 1
    changed = (met != met.shift()) | (own["subject"] != own["subject"].shift())
    following = own["time"].shift(-1).where(own["subject"] == own["subject"].shift(-1), np.inf)
    runs = own.assign(run=changed.cumsum(), following=following)[met].groupby("run")
    table = runs.agg(
        subject=("subject", "first"), start=("time", "first"), sure=("time", "last"), end=("following", "last")
    )
    return table.assign(lane=endpoint_label(endpoint))[list(COLUMNS)].reset_index(drop=True)


def _at_risk(subjects: pd.DataFrame) -> pd.DataFrame:
    """Keep one row a patient: of the first analyte, in blood where there is some."""
    own = subjects[subjects["analyte"] == next(iter(subjects["analyte"]), "")]
    own = own[own["matrix"] == usual_matrix(sorted(own["matrix"].unique()))]
    return own[own["censoring"] != "never"]
