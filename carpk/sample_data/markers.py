"""What the B cells, IL-6, CRP and ferritin of a sample trial's patients react to."""

from functools import partial

import numpy as np

from carpk.models.markers import Reactions
from carpk.models.stein import level
from carpk.sample_data.description import Trial
from carpk.sample_data.patients import Patients


def reactions(trial: Trial, patients: Patients) -> Reactions:
    """Collect what the markers of a trial's patients follow from."""
    return Reactions(
        transgene=partial(level, patients.kinetics),
        cmax=np.asarray(patients.kinetics.cmax),
        tmax=np.asarray(patients.kinetics.tmax),
        typical_cmax=float(trial.typical.cmax),
        crs_grade=patients.crs_grade,
        crs=patients.crs,
        tocilizumab=patients.tocilizumab,
        second_infusion=patients.second_infusion,
        b_cell_return=trial.b_cell_return,
        lymphodepletion_day=trial.lymphodepletion_day,
    )
