"""Everything measured in one patient, or in a cohort, over one shared day axis."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from carpk.errors import RulesError
from carpk.io.study import as_study
from carpk.plot import axes, events, groups, marks, panels, style
from carpk.plot.groups import Met
from carpk.plot.individual import cohort_entries, cohort_name, within
from carpk.plot.marks import Entry
from carpk.plot.placement import Profiles, one_of, profiles
from carpk.plot.style import Look
from carpk.schema import Study
from carpk.terms import analyte as known_analyte

_SHOWN_ROLES = ("car_t", "b_cells")
OVERLAID = ("il6", "crp", "ferritin", "temperature")
"""Markers that an overlay shows unless others are asked for."""
_PLAIN = Look(style.INK, "o")


@style.in_style
def overlay(
    study: Study | pd.DataFrame,
    *,
    subject: str,
    analytes: Sequence[str] | None = None,
    until: float | None = None,
    height: float | None = None,
) -> style.Page:
    """Draw one patient's page: CAR-T levels over B cells, IL-6, CRP, ferritin and temperature, with events.

    All panels share one day axis; their levels stand on log axes, temperature on a plain one. Above them a strip names
    the infusion, CRS, tocilizumab, corticosteroids and whatever else happened; its lines run down through all panels.
    CRS and ICANS are bars from their onset to their end, shaded through all panels, where the end is known. Marks are
    those of `levels`. Where the follow-up is long, the first 28 days stand beside the whole. Analytes without any level
    in this patient are left out, and named under the title.

    Parameters
    ----------
    study : Study or DataFrame
    subject : str
        Subject id.
    analytes : sequence of str, optional
        Keys of the analytes to draw; every CAR-T assay, B cells and markers if not given.
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
        The study has no such subject or analyte.
    UnitError
        An analyte's levels are in more than one unit.
    """
    study = as_study(study)
    one_of("subject", subject, study.subjects["subject"])
    found = {key: profiles(study, analyte=key, subject=subject) for key in chosen_analytes(study, analytes)}
    drawn = {key: within(shown.points, until, study.time_unit) for key, shown in found.items()}
    drawn = {key: points for key, points in drawn.items() if len(points)}
    lanes, undated = events.lanes_of(study.events[study.events["subject"] == subject])
    grid = panels.lay_out(study, [found[key].label for key in drawn], _times(drawn), lanes, until=until, height=height)
    for (key, points), row in zip(drawn.items(), grid.rows, strict=True):
        for ax in row:
            _draw_profile(ax, points, style.analyte_look(key))
        panels.finish_row(
            row,
            found[key].label,
            axes.span_of(points["mark"], points["level"], points["lloq"], logarithmic=found[key].logarithmic),
            points,
            beside=grid.beside,
        )
    panels.name_page(grid.page, _title(study, subject), _remarks(found, drawn, undated, grid.cut))
    marks.legend_of_page(grid.page, _mark_entries(list(drawn.values())), below=True)
    return grid.page


@style.in_style
def overlay_medians(
    study: Study | pd.DataFrame,
    *,
    cohort: str | None = None,
    analytes: Sequence[str] | None = None,
    until: float | None = None,
    height: float | None = None,
) -> style.Page:
    """Draw the page of `overlay` for cohorts: medians at nominal times, with bands between the quartiles.

    One cohort is drawn in the colors of the analytes, several in the colors of the cohorts. A median below the limit
    is an open marker at the limit. Fewer than three patients are shown one by one. Levels after a second infusion are
    left out.

    Parameters
    ----------
    study : Study or DataFrame
    cohort : str, optional
        Draw this cohort only.
    analytes : sequence of str, optional
        Keys of the analytes to draw; every CAR-T assay, B cells and markers if not given.
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
        The study has no such cohort or analyte.
    UnitError
        An analyte's levels are in more than one unit.
    """
    study = as_study(study)
    found = {key: profiles(study, analyte=key, cohort=cohort) for key in chosen_analytes(study, analytes)}
    met = {key: groups.meet(shown.points, study, until) for key, shown in found.items()}
    met = {key: meeting for key, meeting in met.items() if len(meeting.points)}
    drawn = {key: meeting.points for key, meeting in met.items()}
    of_cohort = study.subjects if cohort is None else study.subjects[study.subjects["cohort"] == cohort]
    lanes = events.lanes_of_group(study.events, list(of_cohort["subject"]))
    grid = panels.lay_out(study, [found[key].label for key in drawn], _times(drawn), lanes, until=until, height=height)
    several = len(of_cohort["cohort"].unique()) > 1
    cohorts = style.cohort_looks(study.cohorts)
    marked: list[pd.DataFrame] = []
    singles = False
    for (key, points), row in zip(drawn.items(), grid.rows, strict=True):
        table = groups.medians(points)
        few = _shown_one_by_one(points, table)
        shown = pd.concat([table[["level", "mark"]], few[["level", "mark"]]])
        marked.append(shown)
        singles = singles or len(few) > 0
        looks = cohorts if several else dict.fromkeys(cohorts, style.analyte_look(key))
        for ax in row:
            _draw_medians(ax, table, few, looks)
        levels = (shown["level"], table["low"], table["high"], points["lloq"])
        span = axes.span_of(shown["mark"], *levels, logarithmic=found[key].logarithmic)
        panels.finish_row(row, found[key].label, span, points, beside=grid.beside)
    title = "Medians of the cohorts" if several else f"Medians: {cohort_name(str(of_cohort['cohort'].iloc[0]))}"
    panels.name_page(grid.page, f"{title} (n {len(of_cohort)})", _group_remarks(met))
    entries = cohort_entries(study, pd.concat(drawn.values())) if several and drawn else []
    entries += _mark_entries(marked)
    if singles:
        entries.append(marks.note_entry(f"Small symbols: n < {groups.FEWEST}, shown one by one"))
    marks.legend_of_page(grid.page, entries, below=True)
    return grid.page


def chosen_analytes(study: Study, analytes: Sequence[str] | None) -> list[str]:
    """Analytes that a page shows: those asked for, or every CAR-T assay, B cells and the markers of OVERLAID."""
    if analytes is None:
        return [key for key in study.analytes if known_analyte(key).role in _SHOWN_ROLES or key in OVERLAID]
    if isinstance(analytes, str):
        raise RulesError(f"analytes must be a list of analytes; write [{analytes!r}] for one.")
    return [one_of("analyte", key, study.analytes) for key in analytes]


def _times(drawn: Mapping[str, pd.DataFrame]) -> list[float]:
    return [float(time) for points in drawn.values() for time in points["time"]]


def _draw_profile(ax: Axes, points: pd.DataFrame, look: Look) -> None:
    placed = points[points["level"].notna()]
    ax.plot(placed["time"], placed["level"], color=look.color, linewidth=0.9, zorder=2, label="_profile")
    marks.draw_marks(ax, points, look)


def _draw_medians(ax: Axes, table: pd.DataFrame, few: pd.DataFrame, looks: Mapping[str, Look]) -> None:
    for cohort, look in looks.items():
        line = table[table["cohort"] == cohort]
        if len(line):
            # a quartile below a limit not given has no place: the band then begins at the bottom of the axis
            low, high = line["low"].fillna(1e-12), line["high"].fillna(line["level"])
            ax.fill_between(line["time"], low, high, color=look.color, alpha=0.18, linewidth=0, zorder=1)
            _draw_profile(ax, line, look)
        marks.draw_marks(ax, few[few["cohort"] == cohort], look, size=2.5)


def _shown_one_by_one(points: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the samples of cohorts and times that have no median."""
    met = points.merge(table[["cohort", "time"]], how="left", on=["cohort", "time"], indicator="met")
    return met[met["met"] == "left_only"]


def _mark_entries(drawn: Sequence[pd.DataFrame]) -> list[Entry]:
    return marks.mark_entries(pd.concat(drawn), _PLAIN) if drawn else []


def _title(study: Study, subject: str) -> str:
    cohort = study.subjects.set_index("subject")["cohort"][subject]
    return f"Subject {subject}, {cohort}" if cohort else f"Subject {subject}"


def _remarks(
    found: Mapping[str, Profiles], drawn: Mapping[str, pd.DataFrame], undated: Sequence[str], cut: Sequence[str]
) -> list[str]:
    absent = [known_analyte(key).label for key in found if key not in drawn]
    untimed = sum(shown.untimed for shown in found.values())
    return [
        *([f"No levels: {', '.join(absent)}"] if absent else []),
        *([f"No day given, not drawn: {', '.join(undated)}"] if undated else []),
        *([f"{untimed} levels without a time: not drawn"] if untimed else []),
        *([f"Events in full: {'; '.join(cut)}"] if cut else []),
    ]


def _group_remarks(met: Mapping[str, Met]) -> list[str]:
    after, unplanned = (sum(getattr(one, name) for one in met.values()) for name in ("after_course", "unplanned"))
    return [f"Levels: {note}" for note in Met(pd.DataFrame(), after, unplanned).notes()]
