"""The figures of efficacy endpoints: shares by visit, courses, proteinuria, and disease state beside the cells."""

import math
from typing import TYPE_CHECKING

from carpk import plot
from carpk.endpoints.names import endpoint_label
from carpk.endpoints.table import EndpointResult
from carpk.nca.table import NcaResult
from carpk.plot import lanes, style
from carpk.plot.proteinuria import MEASURES
from carpk.plot.serology import TESTS
from carpk.report.parts import Block, Figure
from carpk.response.table import ResponseResult
from carpk.schema import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_SHARE_HEIGHT = 2.05  # of a panel [inch]
_MOST_PANELS = 4  # on a page
_COURSE_HEIGHT, _ROW = 2.5, 0.15  # of a panel, and of each row of numbers under it [inch]
_WATERFALL_HEIGHT = 3.0
_SWIMMER_AROUND, _SWIMMER_ROW, _TALLEST = 1.4, 0.34, 8.8
_COURSES = (("sledai_2k", "pga"), (*MEASURES, "prednisolone"))
_STATES = ("lldas", "doris")


def response_figures(result: EndpointResult, keys: list[str]) -> list[Block]:
    """Draw the shares of all subjects by visit, some endpoints on a page."""
    table = result.summary
    drawn = [key for key in keys if ((table["endpoint"] == key) & (table["component"] == "")).any()]
    pages = math.ceil(len(drawn) / _MOST_PANELS)
    most = math.ceil(len(drawn) / max(1, pages))  # alike on every page
    return [_shares_figure(result, drawn[page * most : (page + 1) * most]) for page in range(pages)]


def _shares_figure(result: EndpointResult, keys: list[str]) -> Figure:
    names = ", ".join(endpoint_label(key) for key in keys)
    return Figure(
        f"{names}: all subjects by planned visit",
        f"Stacked bars of the subjects who met, did not meet, or were counted as not having met {names} at each planned"
        " visit, with the exact interval of the share that met it.",
        lambda: _shares(result, keys),
    )


def _shares(result: EndpointResult, keys: list[str]) -> "Drawing":
    page = style.Page(figsize=(style.PAGE_WIDTH, _SHARE_HEIGHT * len(keys)), layout="constrained")
    for ax, key in zip(page.subplots(len(keys), squeeze=False)[:, 0], keys, strict=True):
        plot.responses_by_visit(result, endpoint=key, ax=ax)
    return page


def change_figures(study: Study, result: EndpointResult, keys: list[str]) -> list[Block]:
    """Draw scores, serology and proteinuria of every subject."""
    figures: list[Block] = []
    for pair in _COURSES:
        present = [key for key in pair if key in keys]
        figures += [_courses_figure(study, result, present)] if present else []
    if any(key in keys for key in TESTS):
        figures.append(
            Figure(
                "Antibodies and complement of every subject, by cohort",
                "Antibodies and complement over time, one row of panels for each test, one column for each cohort, one"
                " line for each subject, with the mean and the limit of normal.",
                lambda: plot.serology(study, result=result),
            )
        )
    if any(key in keys for key in MEASURES):
        figures.append(
            Figure(
                "Proteinuria of subjects with nephritis: change from baseline at the last visit",
                "One bar for each subject: percent change of proteinuria from baseline, sorted.",
                lambda: _waterfall(study, result),
            )
        )
    return figures


def _courses_figure(study: Study, result: EndpointResult, keys: list[str]) -> Figure:
    names = " and ".join(endpoint_label(key) for key in keys)
    return Figure(
        f"{names} of every subject, with the mean of each cohort",
        f"{names} over time: a thin line for each subject, a thick one for the mean of each cohort, numbers of subjects"
        " under the axis.",
        lambda: _trajectories(study, result, keys),
    )


def _trajectories(study: Study, result: EndpointResult, keys: list[str]) -> "Drawing":
    height = (_COURSE_HEIGHT + _ROW * len(study.cohorts)) * len(keys)
    page = style.Page(figsize=(style.PAGE_WIDTH, height), layout="constrained")
    for ax, key in zip(page.subplots(len(keys), squeeze=False)[:, 0], keys, strict=True):
        plot.trajectories(study, endpoint=key, result=result, ax=ax)
    return page


def _waterfall(study: Study, result: EndpointResult) -> "Drawing":
    page = style.Page(figsize=(style.PAGE_WIDTH, _WATERFALL_HEIGHT), layout="constrained")
    plot.proteinuria_waterfall(study, result=result, ax=page.subplots())
    return page


def state_figures(study: Study, nca: NcaResult, response: ResponseResult | None, result: EndpointResult) -> list[Block]:
    """Draw low disease activity and remission of each subject beside the CAR-T cells and the B cells."""
    present = [key for key in _STATES if (result.parameters["analyte"] == key).any()]
    if not present:
        return []
    names = " and ".join(endpoint_label(key) for key in present)
    return [
        Figure(
            f"{names} beside persistence of CAR-T cells and B-cell aplasia",
            f"One row for each subject, by cohort: how long the transgene was quantified, how long the B cells were"
            f" away, and from when to when {names} was seen.",
            lambda: _swimmer(study, nca, response, result, present),
        )
    ]


def _swimmer(
    study: Study, nca: NcaResult, response: ResponseResult | None, result: EndpointResult, keys: list[str]
) -> "Drawing":
    rows = len(study.subjects) + len(study.cohorts)
    height = min(_TALLEST, _SWIMMER_AROUND + _SWIMMER_ROW * rows)
    more = lanes.attained(result, endpoints=keys)
    return plot.swimmer(study, nca=nca, response=response, more=more, height=height)
