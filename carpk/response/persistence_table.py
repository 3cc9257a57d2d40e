"""run_persistence: noncompartmental results in, the time to loss of the transgene by cohort out."""

import numpy as np
import pandas as pd

from carpk.nca.table import NcaResult
from carpk.reasons import split_flags
from carpk.response.time_to_event import TimeToEvent, check_grouping, group_names, time_to_event

_KEYS = ["subject", "analyte", "matrix"]


def run_persistence(nca: NcaResult, *, by: str | None = "cohort") -> TimeToEvent:
    """Estimate how long the transgene stays quantifiable, by cohort.

    Subjects of whom no level after the infusion was quantified, or whose profile was refused, have nothing to lose:
    they are not at risk, but named with their reason and counted. A course that ended with a second infusion or the
    like is followed to the last sample before it.

    Parameters
    ----------
    nca : NcaResult
        Tlast and Tbql are taken from it, and with them its rules.
    by : {"cohort", "dose"} or None
        What tells the groups apart; None makes one group, "All".

    Returns
    -------
    TimeToEvent
        Every subject is in it; `subjects` also has `tlast` and `tbql`.

    Raises
    ------
    RulesError
        Subjects cannot be grouped in that way.
    """
    check_grouping(by, "run_persistence")
    subjects, dose = _followed(nca, by)
    return time_to_event(subjects, dose, event="loss", time_unit=nca.time_unit, title=nca.title)


def _followed(nca: NcaResult, by: str | None) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """Follow every profile; return its dose beside."""
    table = nca.parameters[nca.parameters["source"] == "nca"]
    parts = {key: table[table["parameter"] == key].set_index(_KEYS) for key in ("tfirst", "tlast", "tbql")}
    last, lost = parts["tlast"], parts["tbql"]
    # A level quantified at day 0 alone is not one after the infusion: then Tlast is given, but Tfirst is not.
    no_risk = parts["tfirst"]["reason"].where(parts["tfirst"]["reason"] != "", last["reason"])
    at_risk = no_risk == ""
    tlast, tbql = last["value"].where(at_risk), lost["value"].where(at_risk)
    event = at_risk & tbql.notna()
    followed = pd.DataFrame(
        {
            "cohort": group_names(last["cohort"], last["dose"], by),
            "tlast": tlast,
            "tbql": tbql,
            "left": tlast,
            "right": tbql.where(event | ~at_risk, np.inf),
            "event": event,
            "time": tbql.where(event, tlast),
            "censoring": np.select([event, at_risk], ["interval", "right"], "never"),
            "reason": lost["reason"].where(at_risk, no_risk),
            "flags": ["CENSORED_AT" if "CENSORED_AT" in split_flags(cell) else "" for cell in last["flags"]],
        }
    ).reset_index()
    return followed[["subject", "cohort", "analyte", "matrix", *followed.columns[4:]]], last["dose"]
