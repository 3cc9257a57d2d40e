"""Subjects by their number in a study, as the numbers-only files know them."""

import numpy as np
import pandas as pd

from carpk.profiles import Integers
from carpk.schema import Study


def subject_numbers(study: Study, subject: "pd.Series[str]") -> Integers:
    """Tell which of the study's subjects each one is: (n,) int, from 0 on."""
    return np.asarray(pd.Index(study.subjects["subject"]).get_indexer(pd.Index(subject)), np.int64)
