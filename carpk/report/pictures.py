"""The figures of a report: levels by cohort, means, medians of all markers, and exposure by cohort and dose."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from carpk import plot
from carpk.nca.table import NcaResult
from carpk.plot import style
from carpk.plot.individual import FIRST_DAYS
from carpk.report.parts import Block, Figure, Section, Text
from carpk.report.rows import Profile, profile_name, profiles_of, rows_of
from carpk.schema import Study
from carpk.terms import term
from carpk.units import conversion_factor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_MEAN_HEIGHT = 3.4  # inch
_LONG = 60.0  # days of follow-up beyond which the first weeks get a panel of their own
_PANEL_HEIGHT = 2.15
_EXPOSURE = ("cmax",)


def pictures_section(study: Study, nca: NcaResult) -> list[Section]:
    """Draw the study: one part for each analyte analyzed, one for all that was measured."""
    sections = [Section("Figures", (), new_page=True)]
    for profile in profiles_of(nca):
        blocks = [_levels(study, nca, profile), _means(study, nca, profile), *_exposure(study, nca, profile)]
        sections.append(Section(profile_name(nca, profile), tuple(blocks), level=2))
    if len(study.analytes) > 1 or (study.analytes and not profiles_of(nca)):
        sections.append(Section("All that was measured", tuple(_medians(study)), level=2))
    if len(sections) == 1:
        sections = [Section("Figures", (Text(("Nothing to draw.",)),), new_page=True)]
    return sections


def _levels(study: Study, nca: NcaResult, profile: Profile) -> Figure:
    name, matrix = profile
    return Figure(
        f"{profile_name(nca, profile)}: levels of every subject, by cohort",
        f"Levels of {profile_name(nca, profile)} over time on a logarithmic axis, one line for each subject, one row of"
        " panels for each cohort, with the lower limit of quantification.",
        lambda: plot.levels_by_cohort(study, analyte=name, matrix=matrix or None),
    )


def _means(study: Study, nca: NcaResult, profile: Profile) -> Figure:
    name, matrix = profile
    return Figure(
        f"{profile_name(nca, profile)}: geometric mean and geometric standard deviation by cohort",
        f"Geometric mean levels of {profile_name(nca, profile)} at each planned time, by cohort, on a log axis.",
        lambda: _mean_panels(study, name, matrix or None),
    )


def _mean_panels(study: Study, name: str, matrix: str | None) -> "Drawing":
    """Draw the means twice where the follow-up is long: the first weeks, in which most happens, and all of it."""
    days = conversion_factor(study.time_unit, "day")
    is_long = study.samples.loc[study.samples["analyte"] == name, "time"].max() * days > _LONG
    page = style.Page(figsize=(style.PAGE_WIDTH, _MEAN_HEIGHT * (2 if is_long else 1)), layout="constrained")
    grid = page.subplots(2 if is_long else 1, squeeze=False)[:, 0]
    for ax, until in zip(grid, (FIRST_DAYS, None) if is_long else (None,), strict=True):
        plot.geometric_means(study, analyte=name, matrix=matrix, until=until, ax=ax)
    return page


def _exposure(study: Study, nca: NcaResult, profile: Profile) -> list[Block]:
    rows = rows_of(nca, profile)
    every = [*_EXPOSURE, *nca.rules.window_keys]
    keys = [key for key in every if rows.loc[rows["parameter"] == key, "value"].notna().any()]
    name = profile_name(nca, profile)
    if not keys:
        return [Text((f"{name}: no subject has a value of {_labels(every)}, so there is nothing to draw.",))]
    labels = _labels(keys)
    if len(keys) < len(every):
        labels += f" (no subject has a value of {_labels([key for key in every if key not in keys])})"
    figures: list[Block] = [
        Figure(
            f"{name}: {labels} by cohort",
            f"{labels} of every subject by cohort, with the geometric mean of each cohort, on logarithmic axes.",
            lambda: _panels(nca, profile, keys, plot.by_cohort, cohorts=study.cohorts),
        )
    ]
    if study.subjects["dose"].nunique() > 1:
        figures.append(
            Figure(
                f"{name}: {labels} against dose",
                f"{labels} of every subject against dose, on logarithmic axes.",
                lambda: _panels(nca, profile, keys, plot.by_dose, cohorts=study.cohorts, dose_unit=_dose_unit(study)),
            )
        )
    return figures


def _labels(keys: list[str]) -> str:
    return ", ".join(term(key).label for key in keys)


def _dose_unit(study: Study) -> str:
    """Name the unit of all doses; empty where they differ."""
    named = study.subjects.loc[study.subjects["dose"] > 0, "dose_unit"].unique()
    return str(named[0]) if len(named) == 1 else ""


def _panels(
    nca: NcaResult, profile: Profile, keys: list[str], draw: "Callable[..., Axes]", **choices: object
) -> "Drawing":
    rows = rows_of(nca, profile)
    count = (len(keys) + 1) // 2
    page = style.Page(figsize=(style.PAGE_WIDTH, _PANEL_HEIGHT * count), layout="constrained")
    grid = page.subplots(count, 2, squeeze=False).ravel()
    for ax, key in zip(grid, keys, strict=False):
        draw(rows, parameter=key, analyte=profile[0], ax=ax, **choices)
    for ax in grid[len(keys) :]:
        ax.remove()
    return page


def _medians(study: Study) -> list[Block]:
    return [
        Figure(
            "Medians by cohort of all that was measured, over one day axis",
            "Median levels of each analyte over time, one panel for each analyte, one line for each cohort.",
            lambda: plot.overlay_medians(study),
        )
    ]
