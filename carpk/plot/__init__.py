"""Pictures: a plot takes results and a keyword-only `ax` and returns it; a page of panels is a figure of its own.

>>> from carpk import plot
>>> plot.__all__[:4]
['assay_agreement', 'bland_altman', 'by_cohort', 'by_dose']
"""

from carpk.plot.assays import assay_agreement, bland_altman
from carpk.plot.averages import geometric_means
from carpk.plot.changes import marker_spider, marker_waterfall
from carpk.plot.convergence import convergence, shrinkage
from carpk.plot.correlation import correlations
from carpk.plot.exposure import by_cohort, by_dose
from carpk.plot.fits import fitted_curve, fitted_curves
from carpk.plot.forest import model_parameters, population_typical
from carpk.plot.individual import levels, levels_by_cohort
from carpk.plot.pairs import exposure_pairs, recovery_and_loss
from carpk.plot.peaks import peak_lags, peaks_by_grade
from carpk.plot.persistence import persistence
from carpk.plot.predictions import observed_predicted
from carpk.plot.predictive import prediction_errors, predictive_check
from carpk.plot.proteinuria import proteinuria_waterfall
from carpk.plot.rules import rule_comparison
from carpk.plot.sampling import sampling
from carpk.plot.schedules import schedule_bias
from carpk.plot.serology import serology
from carpk.plot.swimmer import swimmer
from carpk.plot.timeline import overlay, overlay_medians
from carpk.plot.trajectories import trajectories
from carpk.plot.visit_shares import responses_by_visit

__all__ = [
    "assay_agreement",
    "bland_altman",
    "by_cohort",
    "by_dose",
    "convergence",
    "correlations",
    "exposure_pairs",
    "fitted_curve",
    "fitted_curves",
    "geometric_means",
    "levels",
    "levels_by_cohort",
    "marker_spider",
    "marker_waterfall",
    "model_parameters",
    "observed_predicted",
    "overlay",
    "overlay_medians",
    "peak_lags",
    "peaks_by_grade",
    "persistence",
    "population_typical",
    "prediction_errors",
    "predictive_check",
    "proteinuria_waterfall",
    "recovery_and_loss",
    "responses_by_visit",
    "rule_comparison",
    "sampling",
    "schedule_bias",
    "serology",
    "shrinkage",
    "swimmer",
    "trajectories",
]
