"""What a model predicts of each sample that was fitted, as a table."""

import numpy as np
import pandas as pd

from carpk.models.observations import ABOVE, BELOW, QUANTIFIED, Observations
from carpk.profiles import Floats

_STATUSES = {QUANTIFIED: "quantified", BELOW: "blq", ABOVE: "above_uloq"}


def prediction_table(
    profiles: pd.DataFrame,
    observed: Observations,
    predicted: Floats,
    *,
    source: str,
    residual_sd: Floats | float,
    day: float,
    typical: Floats | float = np.nan,
) -> pd.DataFrame:
    """Make a row for each sample that was fitted.

    Parameters
    ----------
    profiles : DataFrame of n rows
        What names a subject; each row is repeated for its samples.
    observed : Observations of n patients
    predicted : (n, m) float
        ln of the level of each patient's own curve.
    source : str
        Name of the model.
    residual_sd : (n, 1) float or number
        On ln C.
    day : float
        Length of a day in the study's time unit.
    typical : (n, m) float, optional
        ln of the level of the typical curve.

    Returns
    -------
    DataFrame
        By patient and time; columns as in carpk.schema.PREDICTIONS, those of `profiles` first.
    """
    patient, sample = np.nonzero(observed.present)
    shape = observed.times.shape
    return profiles.iloc[patient].assign(
        source=source,
        time=observed.times[patient, sample] * day,
        status=[_STATUSES[kind] for kind in observed.kind[patient, sample]],
        observed=np.exp(observed.log_level[patient, sample]),
        predicted=np.exp(predicted[patient, sample]),
        typical=np.exp(np.broadcast_to(typical, shape)[patient, sample]),
        residual_sd=np.broadcast_to(residual_sd, shape)[patient, sample],
    )
