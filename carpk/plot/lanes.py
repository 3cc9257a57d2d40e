"""What lasted in each patient: how long the transgene was quantified, and how long the B cells were away."""

import pandas as pd

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


def _at_risk(subjects: pd.DataFrame) -> pd.DataFrame:
    """Keep one row a patient: of the first analyte, in blood where there is some."""
    own = subjects[subjects["analyte"] == next(iter(subjects["analyte"]), "")]
    own = own[own["matrix"] == usual_matrix(sorted(own["matrix"].unique()))]
    return own[own["censoring"] != "never"]
