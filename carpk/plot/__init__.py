"""Pictures: a plot takes results and a keyword-only `ax` and returns it; a page of panels is a figure of its own.

>>> from carpk import plot
>>> plot.__all__[:4]
['assay_agreement', 'bland_altman', 'by_cohort', 'by_dose']
"""

from carpk.plot.assays import assay_agreement, bland_altman
from carpk.plot.averages import geometric_means
from carpk.plot.changes import marker_spider, marker_waterfall
from carpk.plot.exposure import by_cohort, by_dose
from carpk.plot.individual import levels, levels_by_cohort
from carpk.plot.pairs import exposure_pairs, recovery_and_loss
from carpk.plot.peaks import peak_lags, peaks_by_grade
from carpk.plot.persistence import persistence
from carpk.plot.proteinuria import proteinuria_waterfall
from carpk.plot.rules import rule_comparison
from carpk.plot.sampling import sampling
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
    "exposure_pairs",
    "geometric_means",
    "levels",
    "levels_by_cohort",
    "marker_spider",
    "marker_waterfall",
    "overlay",
    "overlay_medians",
    "peak_lags",
    "peaks_by_grade",
    "persistence",
    "proteinuria_waterfall",
    "recovery_and_loss",
    "responses_by_visit",
    "rule_comparison",
    "sampling",
    "serology",
    "swimmer",
    "trajectories",
]
