"""run_recovery: response results in, the time to recovery of the B cells by cohort out."""

import numpy as np
import pandas as pd

from carpk.response.table import ResponseResult
from carpk.response.time_to_event import TimeToEvent, check_grouping, group_names, time_to_event
from carpk.terms import analyte


def run_recovery(response: ResponseResult, *, by: str | None = "cohort") -> TimeToEvent:
    """Estimate when B cells are back, by cohort; time counts from the infusion.

    Subjects who were depleted at baseline already, or never, have nothing to recover from: they are not at risk, but
    named with their reason and counted. Without a recovery, follow-up ends with the last sample that shows depletion.

    Parameters
    ----------
    response : ResponseResult
        The recovery time is taken from it, and with it its rules.
    by : {"cohort", "dose"} or None
        What tells the groups apart; None makes one group, "All".

    Returns
    -------
    TimeToEvent
        Every subject is in it.

    Raises
    ------
    RulesError
        Subjects cannot be grouped in that way.
    """
    check_grouping(by, "run_recovery")
    table = response.parameters
    b_cells = [key for key in table["analyte"].unique() if analyte(str(key)).role == "b_cells"]
    rows = table[(table["parameter"] == "recovery_time") & table["analyte"].isin(b_cells)].reset_index(drop=True)
    seen, open_ended = rows["reason"] == "", rows["reason"] == "NOT_RECOVERED"
    subjects = pd.DataFrame(
        {
            "subject": rows["subject"],
            "cohort": group_names(rows["cohort"], rows["dose"], by),
            "analyte": rows["analyte"],
            "matrix": rows["matrix"],
            "left": rows["low"],
            "right": rows["high"],
            "event": seen,
            "time": rows["value"].where(seen, rows["low"]),
            "censoring": np.select([seen, open_ended], ["interval", "right"], "never"),
            "reason": rows["reason"],
            "flags": rows["flags"],
        }
    )
    return time_to_event(subjects, rows["dose"], event="recovery", time_unit=response.time_unit, title=response.title)
