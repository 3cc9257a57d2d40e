"""One bar a patient: how long the transgene stays, how long the B cells are away, and what happened."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from carpk.errors import RulesError
from carpk.io.study import as_study
from carpk.nca.table import NcaResult, run_nca
from carpk.plot import axes, events, lanes, marks, style
from carpk.plot.individual import FIRST_DAYS, cohort_name, time_views
from carpk.plot.marks import Entry
from carpk.plot.placement import one_of
from carpk.response.table import ResponseResult, run_response
from carpk.schema import Study
from carpk.terms import EVENTS, in_order
from carpk.terms import analyte as known_analyte
from carpk.terms import event as known_event

_UNMARKED = ("infusion", "lymphodepletion", "crs_end", "icans_end")
_ROW, _LEAST_ROW = 0.24, 0.11  # height of a patient [inch]
_AROUND, _TALLEST = 1.2, 8.8  # of titles, axis and legend; of the page [inch]
_BREADTHS = {1: [1.0], 2: [1.0, 1.4]}
_ROOM = 1.03  # right of the last time, for arrows and for the label of its tick
_HEIGHTS = (-0.26, 0.0, 0.26)  # of kinds of events about the middle of a row
_FILLED = 0.84  # of a row
_FOLLOWED = "#ECECEC"
_COLORS = ("#0072B2", "#8FD0BC", "#E69F00", "#CC79A7", "#F0E442")  # neighbors apart by lightness


@dataclass(frozen=True, eq=False)
class _Chart:
    """What a swimmer plot shows.

    Attributes
    ----------
    rows : dict of str to int
        Row of each patient, from the top.
    headers : dict of str to int
        Row of the name of each cohort, where there are several.
    stretches : DataFrame
        Columns carpk.plot.lanes.COLUMNS.
    lanes : list of str
        From the top of a row to its bottom.
    followed : Series of float
        Last time at which each patient was seen.
    events : DataFrame
        Those marked.
    """

    rows: dict[str, int]
    headers: dict[str, int]
    stretches: pd.DataFrame
    lanes: list[str]
    followed: "pd.Series[float]"
    events: pd.DataFrame


@style.in_style
def swimmer(
    study: Study | pd.DataFrame,
    *,
    nca: NcaResult | None = None,
    response: ResponseResult | None = None,
    analyte: str | None = None,
    more: pd.DataFrame | None = None,
    sort_by: str | None = None,
    cohort: str | None = None,
    until: float | None = None,
    height: float | None = None,
) -> style.Page:
    """Draw one bar a patient: transgene quantified, B cells away, events and follow-up, sorted within each cohort.

    Within the gray of follow-up each lane has a bar: solid as long as the samples show it, dashed between the last
    sample that shows it and the first that does not, with an arrow where follow-up ended before. Events are symbols.
    Where the follow-up is long, the first 28 days, with their events, stand beside the whole, with the later ones.

    Parameters
    ----------
    study : Study or DataFrame
    nca : NcaResult, optional
        Of the same study, for the loss of the transgene; computed with its own defaults, if not given.
    response : ResponseResult, optional
        Of the same study, for the B cells; computed with its own defaults, if not given.
    analyte : str, optional
        Key of the CAR-T analyte; the first, if not given.
    more : DataFrame, optional
        Further lanes, such as clinical response: columns as in carpk.plot.lanes.COLUMNS.
    sort_by : str, optional
        Lane after whose length patients are sorted; their follow-up, if not given.
    cohort : str, optional
        Draw this cohort only.
    until : float, optional
        Last day that the page shows [day].
    height : float, optional
        Height of the page [inch]; what its patients need if not given.

    Returns
    -------
    Page
        A matplotlib figure.

    Raises
    ------
    RulesError
        The study has no such cohort, analyte or lane, or the further lanes lack a column.
    """
    study = as_study(study)
    chart = _chart(study, _stretches(study, nca, response, analyte, more), sort_by, cohort)
    views = time_views(chart.followed, until, study.time_unit)
    page = _page(len(chart.rows) + len(chart.headers), height)
    (cells,) = page.subplots(1, len(views), squeeze=False, sharey=True, width_ratios=_BREADTHS[len(views)])
    for place, (ax, (_, high)) in enumerate(zip(cells, views, strict=True)):
        axes.trim(ax)
        axes.time_axis(ax, 0.0, _ROOM * high, study.time_unit)
        _draw_stretches(ax, chart)
        _draw_events(ax, chart, after=views[0][1] if place else -np.inf)
        axes.label_axes(ax, x=axes.time_label(study.time_unit), y="")
    _name_rows(cells[0], chart)
    for ax, title in zip(cells, (f"To day {FIRST_DAYS:g}", "Whole follow-up, later events"), strict=False):
        if len(views) > 1:
            axes.literal(ax.set_title(title, fontsize=style.FONT_SIZE, loc="left", color=style.GRAY))
    marks.legend_of_page(page, _entries(chart), below=True)
    return page


def _stretches(
    study: Study, nca: NcaResult | None, response: ResponseResult | None, analyte: str | None, more: pd.DataFrame | None
) -> pd.DataFrame:
    of_car_t = in_order(key for key in study.analytes if known_analyte(key).role == "car_t")
    parts = []
    if of_car_t or analyte:
        chosen = of_car_t[0] if analyte is None else one_of("analyte", analyte, of_car_t)
        nca = nca or run_nca(study, analytes=[chosen])
        parts.append(lanes.quantified(nca, analyte=chosen))
    parts.append(lanes.aplasia(response or run_response(study, nca=nca)))
    if more is not None:
        lacking = [name for name in lanes.COLUMNS if name not in more]
        if lacking:
            raise RulesError(f"swimmer: more lacks {lacking}; its columns must be {list(lanes.COLUMNS)}.")
        parts.append(more[list(lanes.COLUMNS)])
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[-1]


def _chart(study: Study, stretches: pd.DataFrame, sort_by: str | None, cohort: str | None) -> _Chart:
    people = study.subjects
    if cohort is not None:
        people = people[people["cohort"] == one_of("cohort", cohort, study.cohorts)]
    names = list(dict.fromkeys(stretches["lane"]))
    followed = _followed(study).reindex(people["subject"]).fillna(0.0)
    length = followed
    if sort_by is not None:
        of_lane = stretches[stretches["lane"] == one_of("lane", sort_by, names)]
        length = (of_lane["sure"] - of_lane["start"]).groupby(of_lane["subject"]).sum()
        length = length.reindex(people["subject"]).fillna(-1.0)
    people = people.assign(length=length.to_numpy(np.float64))
    rows: dict[str, int] = {}
    headers: dict[str, int] = {}
    several = len(set(people["cohort"])) > 1
    for name in study.cohorts:
        own = people[people["cohort"] == name].sort_values(["length", "subject"], ascending=[False, True])
        if len(own) and several:
            headers[name] = len(rows) + len(headers)
        for subject in own["subject"]:
            rows[str(subject)] = len(rows) + len(headers)
    marked = ~study.events["event"].isin(_UNMARKED) & study.events["subject"].isin(list(rows))
    shown = study.events[marked].dropna(subset="time").sort_values(["event", "subject", "time", "detail"])
    return _Chart(rows, headers, stretches[stretches["subject"].isin(list(rows))], names, followed, shown)


def _followed(study: Study) -> "pd.Series[float]":
    """Time of the last sample with a level, assessment or event of each patient."""
    sampled = study.samples[~study.samples["status"].isin(["missing", "excluded"])]
    tables = (sampled, study.events, study.assessments)
    seen = pd.concat([table[["subject", "time"]] for table in tables])
    return seen.groupby("subject")["time"].max()


def _page(rows: int, height: float | None) -> style.Page:
    row = min(_ROW, max(_LEAST_ROW, (_TALLEST - _AROUND) / max(1, rows)))
    return style.Page(figsize=(style.PAGE_WIDTH, height or _AROUND + row * rows), layout="constrained")


def _draw_stretches(ax: Axes, chart: _Chart) -> None:
    ax.set_ylim(len(chart.rows) + len(chart.headers) - 0.5, -0.5)
    for subject, row in chart.rows.items():
        end = float(chart.followed.get(subject, 0.0))
        box = Rectangle((0.0, row - _FILLED / 2), end, _FILLED, facecolor=_FOLLOWED, linewidth=0, zorder=0)
        ax.add_patch(box).set_label("_followed")
    high = _FILLED / max(1, len(chart.lanes))
    for subject, lane, start, sure, end in chart.stretches[list(lanes.COLUMNS)].itertuples(index=False):
        place = chart.lanes.index(lane)
        top, color = chart.rows[subject] - _FILLED / 2 + place * high, _COLORS[place % len(_COLORS)]
        ax.add_patch(Rectangle((start, top), sure - start, high, **_bar(color))).set_label("_sure")
        if np.isinf(end):
            ax.plot(sure, top + high / 2, **_arrow(color), label="_ongoing")
        else:
            ax.add_patch(Rectangle((sure, top), end - sure, high, **_bar(color, sure=False))).set_label("_unsure")


def _bar(color: str, *, sure: bool = True) -> dict[str, Any]:
    if sure:
        return {"facecolor": color, "edgecolor": color, "linewidth": 0.0, "zorder": 2}
    return {
        "facecolor": to_rgba(color, 0.3),
        "edgecolor": color,
        "linewidth": 0.6,
        "linestyle": (0, (2, 1)),
        "zorder": 1,
    }


def _arrow(color: str) -> dict[str, Any]:
    return {
        "color": color,
        "marker": ">",
        "markersize": 6.0,
        "markeredgecolor": style.INK,
        "markeredgewidth": 0.4,
        "linestyle": "none",
        "zorder": 3,
    }


def _draw_events(ax: Axes, chart: _Chart, *, after: float) -> None:
    """Draw the events after a time, each kind at its own height of the row, so that none hides another of its day."""
    kinds = _kinds(chart)
    for key, alike in chart.events[chart.events["time"] > after].groupby("event", sort=False):
        height = _HEIGHTS[kinds.index(str(key)) % len(_HEIGHTS)]
        rows = [chart.rows[name] + height for name in alike["subject"]]
        ax.plot(alike["time"], rows, **_symbol(str(key)), label=f"_{key}")


def _kinds(chart: _Chart) -> list[str]:
    order = list(EVENTS)
    found = set(chart.events["event"])
    return sorted(found, key=lambda key: (order.index(key) if key in order else len(order), key))


def _symbol(key: str) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": events.marker(key),
        "markersize": 4.6,
        "color": style.INK,
        "markeredgecolor": "white",
        "markeredgewidth": 0.6,
        "zorder": 4,
    }


def _name_rows(ax: Axes, chart: _Chart) -> None:
    row = axes.size_in_points(ax)[1] / max(1, len(chart.rows) + len(chart.headers))
    size = min(style.FONT_SIZE, max(4.0, row - 1))
    ax.set_yticks(list(chart.rows.values()), list(chart.rows))
    ax.tick_params(axis="y", length=0)
    for label in ax.get_yticklabels():
        axes.literal(label).set_fontsize(size)
    for cohort, place in chart.headers.items():
        name = cohort_name(cohort)
        text = ax.text(
            0.005, place, name, transform=ax.get_yaxis_transform(), fontsize=size, va="center", weight="bold"
        )
        axes.literal(text)


def _entries(chart: _Chart) -> list[Entry]:
    entries = [
        Entry(Rectangle((0, 0), 1, 1, **_bar(_COLORS[place % len(_COLORS)])), lane)
        for place, lane in enumerate(chart.lanes)
    ]
    if np.isfinite(chart.stretches["end"].to_numpy(np.float64)).any():
        entries.append(Entry(Rectangle((0, 0), 1, 1, **_bar(style.GRAY, sure=False)), "Ended between two samples"))
    if np.isinf(chart.stretches["end"].to_numpy(np.float64)).any():
        entries.append(Entry(Line2D([], [], **_arrow(style.GRAY)), "Not seen to end"))
    entries.append(Entry(Rectangle((0, 0), 1, 1, facecolor=_FOLLOWED), "Followed"))
    return [*entries, *[Entry(Line2D([], [], **_symbol(key)), known_event(key).label) for key in _kinds(chart)]]
