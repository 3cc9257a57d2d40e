"""Pictures: a plot takes results and a keyword-only `ax` and returns it; a page of panels is a figure of its own.

>>> from carpk import plot
>>> plot.__all__[:4]
['assay_agreement', 'bland_altman', 'by_cohort', 'by_dose']
"""

from carpk.plot.assays import assay_agreement, bland_altman
from carpk.plot.averages import geometric_means
from carpk.plot.exposure import by_cohort, by_dose
from carpk.plot.individual import levels, levels_by_cohort
from carpk.plot.persistence import persistence
from carpk.plot.rules import rule_comparison
from carpk.plot.timeline import overlay, overlay_medians

__all__ = [
    "assay_agreement",
    "bland_altman",
    "by_cohort",
    "by_dose",
    "geometric_means",
    "levels",
    "levels_by_cohort",
    "overlay",
    "overlay_medians",
    "persistence",
    "rule_comparison",
]
