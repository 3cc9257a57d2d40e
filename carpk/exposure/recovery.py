"""The return of B cells against the loss of the transgene: which came first, as far as the samples tell."""

import numpy as np
import pandas as pd

from carpk.exposure.pairs import EXPOSURE
from carpk.nca.table import NcaResult
from carpk.response.association import surely_before
from carpk.response.persistence_table import run_persistence

COLUMNS = (
    *("subject", "cohort", "analyte", "matrix", "outcome_analyte"),
    *("recovery_low", "recovery_high", "recovery_reason", "loss_low", "loss_high", "loss_reason"),
    *("order", "lag_low", "lag_high", "reason"),
)
_RECOVERY = "recovery_time"


def recovery_and_loss(pairs: pd.DataFrame, nca: NcaResult) -> pd.DataFrame:
    """Put the interval of each subject's B-cell recovery beside that of the loss of the transgene.

    Parameters
    ----------
    pairs : DataFrame
        As `carpk.exposure.pairs.pair` gives them.
    nca : NcaResult
        Gives Tlast and Tbql, between which the loss lies.

    Returns
    -------
    DataFrame
        Columns COLUMNS; one row per subject and analyte with a recovery among the outcomes. Intervals are open on the
        left, and their end is infinite where the event was not seen. `order` is "recovery first", "loss first" or
        "not known"; the lag, recovery minus loss, lies between its bounds; `reason` says why an order is not known.
    """
    rows = pairs[pairs["outcome"] == _RECOVERY].drop_duplicates(["subject", *EXPOSURE[:2], "outcome_analyte"])
    lost = run_persistence(nca, by=None).subjects
    lost = lost[["subject", "analyte", "matrix", "left", "right", "reason"]].rename(
        columns={"left": "loss_low", "right": "loss_high", "reason": "loss_reason"}
    )
    table = rows.merge(lost, on=["subject", "analyte", "matrix"], how="left", sort=False)
    table = table.rename(
        columns={
            "outcome_low": "recovery_low",
            "outcome_high": "recovery_high",
            "outcome_reason": "recovery_reason",
        }
    )
    table["loss_reason"] = table["loss_reason"].fillna("NOT_ANALYZED")
    recovery_low, recovery_high, loss_low, loss_high = (
        table[name].to_numpy(np.float64) for name in ("recovery_low", "recovery_high", "loss_low", "loss_high")
    )
    recovered_first = surely_before(recovery_high, loss_low, loss_high)
    lost_first = surely_before(loss_high, recovery_low, recovery_high)
    unknown = np.select(
        [np.isnan(recovery_low), np.isnan(loss_low)],
        [table["recovery_reason"], table["loss_reason"]],
        "ORDER_UNDETERMINED",
    )
    return table.assign(
        order=np.select([recovered_first, lost_first], ["recovery first", "loss first"], "not known"),
        lag_low=recovery_low - loss_high,
        lag_high=recovery_high - loss_low,
        reason=np.where(recovered_first | lost_first, "", unknown),
    )[list(COLUMNS)]
