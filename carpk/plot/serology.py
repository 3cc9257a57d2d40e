"""Antibodies and complement of every patient: one row of panels a test, one column a cohort."""

import pandas as pd

from carpk.endpoints.names import endpoint_label
from carpk.endpoints.table import EndpointResult, run_endpoints
from carpk.errors import RulesError
from carpk.io.study import as_study
from carpk.plot import axes, marks, style
from carpk.plot.individual import cohort_name, time_range
from carpk.plot.trajectories import courses, draw_courses, kind_entries, numbers_in, span_of_values
from carpk.schema import Study

TESTS = ("anti_dsdna", "c3", "c4", "ana")
"""What the page shows, from its top, where the study has it as numbers."""

_PANEL, _AROUND = 1.55, 0.9  # heights [inch]
_TALLEST = 8.8


@style.in_style
def serology(
    study: Study | pd.DataFrame,
    *,
    result: EndpointResult | None = None,
    until: float | None = None,
    height: float | None = None,
) -> style.Page:
    """Draw a page of anti-dsDNA, C3, C4 and ANA over time: one row of panels a test, one column a cohort.

    Thin lines are patients, the thick one is the mean where three or more have a value. The rows share their axis, the
    columns theirs; the dashed line is the limit of normal.

    Parameters
    ----------
    study : Study or DataFrame
    result : EndpointResult, optional
        Of the same study; computed with its own defaults, if not given.
    until : float, optional
        Last day that the page shows [day].
    height : float, optional
        Height of the page [inch]; what its panels need if not given.

    Returns
    -------
    Page
        A matplotlib figure.

    Raises
    ------
    RulesError
        The study has no antibody or complement as a number.
    """
    study = as_study(study)
    result = result or run_endpoints(study)
    tests = [key for key in TESTS if key in numbers_in(result)]
    if not tests:
        wanted = ", ".join(endpoint_label(key) for key in TESTS)
        raise RulesError(f"serology: the study has none of {wanted} as a number, so there is nothing to draw.")
    height = height or min(_TALLEST, _AROUND + _PANEL * len(tests))
    page = style.Page(figsize=(style.PAGE_WIDTH, height), layout="constrained")
    grid = page.subplots(len(tests), len(study.cohorts), squeeze=False, sharex=True, sharey="row")
    every = []
    for row, key in zip(grid, tests, strict=True):
        panels = [courses(study, result, key, cohort=cohort, until=until) for cohort in study.cohorts]
        span = span_of_values(panels)
        for ax, shown in zip(row, panels, strict=True):
            draw_courses(ax, shown, span, named=ax is row[-1])
        axes.label_axes(row[0], x="", y=panels[0].label)
        every += panels
    low, high = time_range(pd.concat([shown.points["time"] for shown in every]), until, study.time_unit)
    for ax in grid.ravel():
        axes.time_axis(ax, low, high, study.time_unit)
    for ax, cohort in zip(grid[0], study.cohorts, strict=True):
        room = axes.size_in_points(ax)[0]
        axes.literal(ax.set_title(axes.shorten(cohort_name(cohort), room), loc="left", fontweight="bold"))
    for ax in grid[-1]:
        width = axes.size_in_points(ax)[0]
        axes.label_axes(ax, x=axes.wrap(axes.time_label(study.time_unit), width), y=ax.get_ylabel())
    marks.legend_of_page(page, kind_entries(every))
    return page
