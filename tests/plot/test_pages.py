"""One patient's page, and the same page for cohorts."""

import math

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from carpk import plot
from carpk.errors import RulesError
from carpk.plot import style
from carpk.schema import Study


def panels(page: Figure) -> dict[str, Axes]:
    """The left panel of each analyte, by its label without the unit."""
    labeled = [ax for ax in page.axes if ax.get_ylabel()]
    return {ax.get_ylabel().replace("\n", " ").rsplit(" (", 1)[0]: ax for ax in labeled}


def lines(ax: Axes, label: str) -> list[tuple[float, float]]:
    found = [line.get_xydata() for line in ax.lines if line.get_label() == label]
    return sorted((float(x), float(y)) for x, y in np.concatenate(found)) if found else []


def strip_names(page: Figure) -> list[str]:
    return [
        text.get_text() for ax in page.axes for text in ax.texts if not text.get_text().startswith(("LLOQ", "ULOQ"))
    ]


def title(page: Figure) -> list[str]:
    return page.get_suptitle().split("\n")


def with_events(study: Study, *events: tuple[str, float, str]) -> Study:
    rows = pd.DataFrame(events, columns=["event", "time", "detail"]).assign(subject="S01")
    return Study(study.subjects, study.samples, rows)


def test_panels_stand_in_the_order_of_the_analytes_with_car_t_on_top(study):
    assert list(panels(plot.overlay(study, subject="S01"))) == [
        "CAR transgene",
        "CAR-T cells",
        "B cells",
        "IL-6",
        "CRP",
        "Ferritin",
    ]


def test_all_panels_share_one_time_axis(study):
    left, right = {ax.get_xlim() for ax in plot.overlay(study, subject="S01").axes}
    assert left != right


def test_a_short_follow_up_needs_no_second_column(study):
    page = plot.overlay(study, subject="S01", until=28)
    assert len({ax.get_xlim() for ax in page.axes}) == 1


def test_an_analyte_without_a_level_is_left_out_and_named(study):
    samples = study.samples.copy()
    samples.loc[(samples["subject"] == "S01") & (samples["analyte"] == "crp"), ["value", "status"]] = [
        math.nan,
        "missing",
    ]
    page = plot.overlay(Study(study.subjects, samples), subject="S01")
    assert "CRP" not in panels(page)
    assert title(page)[1] == "No levels: CRP"


def test_a_patient_without_any_sample_still_has_a_page(study):
    alone = Study(study.subjects, study.samples[study.samples["subject"] != "S01"], study.events)
    page = plot.overlay(alone, subject="S01")
    assert title(page)[0] == "Subject S01, 1.5e5 cells/kg"
    assert strip_names(page) == ["CAR-T infusion", "CRS grade 1"]


def test_events_are_named_with_their_details(study):
    page = plot.overlay(study, subject="S02")
    assert strip_names(page) == [
        "CAR-T infusion",
        "CRS grade 2",
        "Tocilizumab 8 mg/kg",
        "Corticosteroid",
        "Second CAR-T infusion",
    ]


def test_the_line_of_an_event_runs_through_every_panel_on_its_day(study):
    page = plot.overlay(study, subject="S02")
    assert all({x for x, _ in lines(ax, "_line_tocilizumab")} == {6.0, 7.0} for ax in page.axes)


def test_the_infusion_is_at_day_0_where_no_event_says_so(study):
    page = plot.overlay(with_events(study, ("tocilizumab", 6.0, "")), subject="S01")
    assert strip_names(page) == ["CAR-T infusion", "Tocilizumab"]


def test_an_event_without_a_day_is_named_under_the_title(study):
    page = plot.overlay(with_events(study, ("crs", math.nan, "grade 2")), subject="S01")
    assert title(page)[1] == "No day given, not drawn: CRS grade 2"


def test_an_event_that_carpk_does_not_know_keeps_its_name(study):
    page = plot.overlay(with_events(study, ("plasmapheresis", 3.0, "")), subject="S01")
    assert "plasmapheresis" in strip_names(page)


def test_as_many_points_are_drawn_as_the_patient_has_samples(study):
    page = plot.overlay(study, subject="S03")
    own = study.samples[study.samples["subject"] == "S03"]
    for key, ax in zip(study.analytes, panels(page).values(), strict=True):
        drawn = sum(len(lines(ax, label)) for label in ("_quantified", "_below", "_above"))
        assert drawn == (own["analyte"] == key).sum()


def test_an_analyte_has_one_color_on_every_page(study):
    pages = [plot.overlay(study, subject="S01"), plot.overlay_medians(study, cohort=study.cohorts[1])]
    for page in pages:
        for key, ax in zip(study.analytes, panels(page).values(), strict=True):
            colors = {line.get_color() for line in ax.lines if line.get_label() in ("_quantified", "_profile")}
            assert colors == {style.analyte_look(key).color}


def test_a_cohort_has_one_color_in_every_picture(study, parameters):
    looks = style.cohort_looks(study.cohorts)
    expected = {look.color for look in looks.values()}
    single = [Figure().subplots() for _ in range(3)]
    plot.levels(study, ax=single[0])
    plot.geometric_means(study, ax=single[1])
    plot.by_cohort(parameters, parameter="cmax", ax=single[2])
    medians = panels(plot.overlay_medians(study))["CAR transgene"]
    shown = [("_quantified", single[0]), ("_mean", single[1]), ("_value", single[2]), ("_profile", medians)]
    assert all({line.get_color() for line in ax.lines if line.get_label() == label} == expected for label, ax in shown)


@pytest.mark.parametrize("name", [r"A$\frac$B", "_S001", "S$001$", "ID$_$01", "<b>&amp;"])
def test_a_subject_id_is_shown_as_it_is(study, name):
    tables = [table.assign(subject=table["subject"].replace("S01", name)) for table in (study.subjects, study.samples)]
    page = plot.overlay(Study(*tables), subject=name)
    page.draw_without_rendering()
    assert title(page)[0] == f"Subject {name}, 1.5e5 cells/kg"


def test_a_chosen_analyte_is_drawn_alone(study):
    assert list(panels(plot.overlay(study, subject="S01", analytes=["ferritin"]))) == ["Ferritin"]


def test_one_analyte_not_in_a_list_is_refused_with_what_to_write(study):
    with pytest.raises(RulesError, match=r"write \['crp'\] for one"):
        plot.overlay(study, subject="S01", analytes="crp")


def test_an_unknown_subject_is_refused_with_the_nearest(study):
    with pytest.raises(RulesError, match=r"got 'S1'\. Did you mean 'S01'\?"):
        plot.overlay(study, subject="S1")


def test_a_page_is_as_high_as_asked(study):
    assert plot.overlay(study, subject="S01", height=5.0).get_size_inches()[1] == 5.0


def test_medians_count_the_patients_who_had_an_event(study):
    names = strip_names(plot.overlay_medians(study))
    assert "CRS (9 of 9)" in names
    assert "Tocilizumab (3 of 9)" in names


def test_medians_leave_out_levels_after_a_second_infusion_and_say_so(study):
    # three patients, second infusion on day 200: days 360 and 720 of six analytes
    assert title(plot.overlay_medians(study))[1] == "Levels: 36 after a second infusion left out"


def test_a_long_event_is_cut_to_the_page_with_an_ellipsis(study):
    page = plot.overlay(with_events(study, ("tocilizumab", 6.0, "8 mg/kg " * 20)), subject="S01")
    (name,) = [text for ax in page.axes for text in ax.texts if text.get_text().startswith("Tocilizumab")]
    page.draw_without_rendering()
    box, width = name.get_window_extent(), page.get_window_extent().width
    assert name.get_text().endswith("\u2026")
    assert (box.x0 > 0, box.x1 < width) == (True, True)


def test_an_event_that_was_cut_is_named_in_full_under_the_title(study):
    page = plot.overlay(with_events(study, ("tocilizumab", 6.0, "8 mg/kg " * 10)), subject="S01")
    assert " ".join(title(page)[1:]) == f"Events in full: Tocilizumab {'8 mg/kg ' * 10}".strip()


def test_no_text_of_a_page_is_clipped_by_its_edge(study):
    for page in (plot.overlay(study, subject="S02"), plot.overlay_medians(study), plot.levels_by_cohort(study)):
        page.draw_without_rendering()
        frame = page.get_window_extent()
        ticks = {label for ax in page.axes for label in (*ax.get_xticklabels(), *ax.get_yticklabels())}
        texts = [text for text in page.findobj(Text) if text.get_text() and text not in ticks]
        boxes = [text.get_window_extent() for text in texts]
        assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
        assert all(frame.y0 <= box.y0 and box.y1 <= frame.y1 for box in boxes)


def with_temperature(study: Study) -> Study:
    crp = study.samples[study.samples["analyte"] == "crp"]
    fever = crp.assign(analyte="temperature", unit="degC", value=36.8, status="quantified", lloq=math.nan)
    return Study(study.subjects, pd.concat([study.samples, fever]), study.events)


def test_temperature_stands_on_a_plain_axis_since_its_unit_has_no_true_zero(study):
    page = plot.overlay(with_temperature(study), subject="S01", analytes=["crp", "temperature"])
    assert {name: ax.get_yscale() for name, ax in panels(page).items()} == {"CRP": "log", "Temperature": "linear"}


def test_crs_is_a_bar_from_its_onset_to_its_end(study):
    page = plot.overlay(with_events(study, ("crs", 4.0, "grade 2"), ("crs_end", 9.0, "")), subject="S01")
    assert lines(page.axes[0], "_bar") == [(4.0, 1.0), (9.0, 1.0)]
    assert strip_names(page) == ["CAR-T infusion", "CRS grade 2"]


def test_crs_without_an_end_is_a_symbol_alone(study):
    page = plot.overlay(with_events(study, ("crs", 4.0, "grade 2")), subject="S01")
    assert (lines(page.axes[0], "_bar"), lines(page.axes[0], "_crs")) == ([], [(4.0, 1.0)])


def test_an_end_of_crs_before_any_onset_keeps_its_own_line(study):
    page = plot.overlay(with_events(study, ("crs", 4.0, ""), ("crs_end", 2.0, "")), subject="S01")
    assert strip_names(page) == ["CAR-T infusion", "End of CRS", "CRS"]


def test_two_bouts_of_crs_end_each_at_their_own_end(study):
    given = (("crs", 4.0, ""), ("crs_end", 9.0, ""), ("crs", 20.0, ""), ("crs_end", 22.0, ""))
    page = plot.overlay(with_events(study, *given), subject="S01")
    assert lines(page.axes[0], "_bar") == [(4.0, 1.0), (9.0, 1.0), (20.0, 1.0), (22.0, 1.0)]
