"""Pictures of markers, CRS and follow-up: peaks by grade, lags of peaks, and one bar for each subject."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from carpk import plot
from carpk.nca.table import NcaResult
from carpk.plot import style
from carpk.report.parts import Block, Figure, Section
from carpk.response.table import ResponseResult
from carpk.schema import Study
from carpk.terms import analyte

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_PANEL_HEIGHT, _LAG_HEIGHT = 2.9, 3.0  # inch


def response_pictures(
    study: Study, nca: NcaResult, response: ResponseResult, markers: Sequence[str], *, follow_up: bool
) -> list[Section]:
    """Draw what tables of markers, CRS and follow-up cannot show."""
    table = response.parameters
    peaked = [key for key in dict.fromkeys(markers) if _known(response, key, "peak")]
    blocks: list[Block] = []
    if peaked and (table["analyte"] == "crs").any():
        names = ", ".join(analyte(key).label for key in peaked)
        blocks.append(
            Figure(
                f"Peak by highest grade of CRS: {names}",
                f"Peak of {names} of every subject by the highest grade of CRS, on logarithmic axes.",
                lambda: _peaks(study, response, peaked),
            )
        )
    if any(_known(response, key, "peak_lag") for key in peaked):
        blocks.append(
            Figure(
                "Lag of each marker's peak to that of the CAR-T cells",
                "Days from the peak of the CAR-T cells to the peak of each marker, one dot for each subject.",
                lambda: _lags(study, response, peaked),
            )
        )
    swimmer = Figure(
        "Each subject: CAR-T cells, B cells and events over time",
        "One row for each subject: how long the transgene was quantified, how long B cells were depleted, and events.",
        lambda: plot.swimmer(study, nca=nca, response=response),
    )
    return [
        *([Section("Peaks, CRS and lags", tuple(blocks), level=2)] if blocks else []),
        *([Section("Follow-up of each subject", (swimmer,), level=2, new_page=True)] if follow_up else []),
    ]


def _known(response: ResponseResult, key: str, parameter: str) -> bool:
    rows = response.parameters
    mine = rows[(rows["analyte"] == key) & (rows["parameter"] == parameter)]
    return bool((mine["value"].notna() | mine["low"].notna()).any())


def _peaks(study: Study, response: ResponseResult, markers: Sequence[str]) -> "Drawing":
    count = (len(markers) + 1) // 2
    page = style.Page(figsize=(style.PAGE_WIDTH, _PANEL_HEIGHT * count), layout="constrained")
    grid = page.subplots(count, 2, squeeze=False).ravel()
    for ax, key in zip(grid, markers, strict=False):
        plot.peaks_by_grade(response, analyte=key, cohorts=study.cohorts, ax=ax)
    for ax in grid[len(markers) :]:
        ax.remove()
    return page


def _lags(study: Study, response: ResponseResult, markers: Sequence[str]) -> "Drawing":
    page = style.Page(figsize=(style.PAGE_WIDTH, _LAG_HEIGHT), layout="constrained")
    plot.peak_lags(response, analytes=list(markers), cohorts=study.cohorts, ax=page.subplots())
    return page
