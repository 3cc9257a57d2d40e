"""One contract for every plot: results and a keyword-only ax in, the ax (or a page) out, and nothing else changed."""

import inspect
from collections.abc import Callable
from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from carpk import plot
from carpk.endpoints.table import run_endpoints
from carpk.exposure.table import ExposureResponse, exposure_response
from carpk.io.study import study_from_frame
from carpk.models.design_table import schedule_bias
from carpk.models.population_rules import Effort
from carpk.models.population_table import PopulationFit, fit_population
from carpk.models.predictive_table import PredictiveCheck, check_predictions
from carpk.models.table import FitResult, fit_models
from carpk.nca.compare import compare_rules
from carpk.nca.table import run_nca
from carpk.plot import style
from carpk.response.assay_table import compare_assays
from carpk.response.persistence_table import run_persistence
from carpk.response.table import run_response
from carpk.schema import Study


def exposed(study: Study) -> ExposureResponse:
    nca = run_nca(study)
    return exposure_response(nca, run_response(study, nca=nca).parameters)


def fitted(study: Study) -> FitResult:
    return fit_models(study, ["stein", "contraction_only"], analytes=["car_t_qpcr"])


def populated(study: Study) -> PopulationFit:
    return fit_population(study, effort=QUICK)


def checked(study: Study) -> PredictiveCheck:
    return check_predictions(populated(study), rng=np.random.default_rng(1), replicates=100)


QUICK = Effort(exploring=5, smoothing=5, chains=9, settling=1, newton=1, points=64, batches=2)
STUDY_AXES = {"levels", "geometric_means", "proteinuria_waterfall", "sampling", "trajectories"}
PARAMETER_AXES = {"by_cohort", "by_dose"}
RESULT_AXES = {
    "assay_agreement": lambda study: compare_assays(study),
    "bland_altman": lambda study: compare_assays(study),
    "exposure_pairs": exposed,
    "correlations": populated,
    "model_parameters": fitted,
    "schedule_bias": lambda _: schedule_bias({"weekly": [0, 7, 14, 21, 28], "dense": [0, 3, 7, 9, 10, 14, 21, 28]}),
    "observed_predicted": fitted,
    "population_typical": populated,
    "prediction_errors": checked,
    "shrinkage": populated,
    "marker_spider": lambda study: study,
    "marker_waterfall": lambda study: run_response(study),
    "peak_lags": lambda study: run_response(study),
    "peaks_by_grade": lambda study: run_response(study),
    "persistence": lambda study: run_persistence(run_nca(study)),
    "recovery_and_loss": exposed,
    "responses_by_visit": lambda study: run_endpoints(study),
    "rule_comparison": lambda study: compare_rules(study),
}
STUDY_PAGES = {"levels_by_cohort", "overlay", "overlay_medians", "serology", "swimmer"}
RESULT_PAGES = {"convergence": populated, "predictive_check": checked}
FITTED = {"fitted_curve", "fitted_curves"}  # that take a study beside its fits
PAGES = STUDY_PAGES | set(RESULT_PAGES) | {"fitted_curves"}
AXES = STUDY_AXES | PARAMETER_AXES | set(RESULT_AXES) | {"fitted_curve"}
OF_ENDPOINTS = {"proteinuria_waterfall", "serology", "trajectories"}
ARGUMENTS = {
    "by_cohort": {"parameter": "cmax"},
    "by_dose": {"parameter": "cmax", "dose_unit": "cells/kg"},
    "fitted_curve": {"subject": "S02"},
    "model_parameters": {"parameter": "model_cmax"},
    "exposure_pairs": {"analyte": "il6", "parameter": "peak"},
    "marker_spider": {"analyte": "il6"},
    "marker_waterfall": {"analyte": "il6"},
    "overlay": {"subject": "S02"},
    "rule_comparison": {"parameter": "auc_0_28d"},
    "trajectories": {"endpoint": "upcr"},
}
LABELS = {
    "fitted_curve": ("Time since infusion (day)", "CAR transgene (qPCR, copies/µg)"),
    "model_parameters": ("Cmax, model (copies/µg)", "Patient"),
    "observed_predicted": (
        "Predicted by the own curve (copies/µg)",
        "Level observed (copies/µg)",
    ),
    "population_typical": ("Typical value / published value", "Parameter"),
    "prediction_errors": ("Time since infusion (day)", "Prediction error (npde)"),
    "shrinkage": ("Shrinkage (%)", "Parameter"),
    "correlations": ("Parameter (patients: 9)", "Parameter"),
    "schedule_bias": ("Bias (% of the truth)", "Schedule of visits"),
    "levels": ("Time since infusion (day)", "CAR transgene (qPCR, copies/µg)"),
    "geometric_means": ("Time since infusion (day)", "CAR transgene (qPCR, copies/µg)"),
    "by_cohort": ("Cohort", "Cmax (copies/µg)"),
    "by_dose": ("Dose (cells/kg)", "Cmax (copies/µg)"),
    "assay_agreement": ("CAR transgene (qPCR, copies/µg)", "CAR-T cells (flow, cells/µL)"),
    "bland_altman": ("Geometric mean of both (√(copies/µg · cells/µL))", "Ratio (copies/µg per cells/µL)"),
    "exposure_pairs": (
        "CAR transgene (qPCR): Cmax (copies/µg)",
        "IL-6: Peak (pg/mL)",
    ),
    "marker_spider": ("Time since infusion (day)", "IL-6 (multiple of baseline)"),
    "marker_waterfall": ("Patient", "IL-6: Peak (multiple of baseline)"),
    "peak_lags": ("Marker", "Time from CAR-T peak to peak (day)"),
    "peaks_by_grade": ("Highest grade of CRS", "IL-6: Peak (pg/mL)"),
    "persistence": ("Time since infusion (day)", "CAR transgene (qPCR, % of patients still quantified)"),
    "recovery_and_loss": (
        "Loss of CAR transgene (qPCR): time since infusion (day)",
        "B cells back: time since infusion (day)",
    ),
    "proteinuria_waterfall": ("Patient", "UPCR, last visit (% change from baseline)"),
    "responses_by_visit": ("Planned time since infusion (day)", "SRI-4 (% of patients)"),
    "trajectories": ("Time since infusion (day)", "UPCR (g/g)"),
    "sampling": ("CAR transgene (qPCR): planned time since infusion (day)", "Patient"),
    "rule_comparison": (
        "AUC0\u201328d, ratio to carpk",
        "Patient, AUC0\u201328d under carpk (day·copies/µg)",
    ),
}

TEXTS = {
    "correlations": "patients:",
    "schedule_bias": "Bias (% of the truth)",
    "marker_spider": "multiple of baseline",
    "marker_waterfall": "multiple of baseline",
    "peak_lags": "After the CAR-T peak",
    "peaks_by_grade": "pg/mL",
    "persistence": "% of patients still quantified",
    "proteinuria_waterfall": "change from baseline",
    "responses_by_visit": "% of patients",
    "serology": "Anti-dsDNA",
    "trajectories": "g/g",
    "recovery_and_loss": "time since infusion",
    "sampling": "planned time since infusion",
    "prediction_errors": "Prediction error (npde)",
    "shrinkage": "Shrinkage (%)",
    "swimmer": "Second CAR-T infusion",
}

axes_plots = pytest.mark.parametrize("name", sorted(AXES))
pages = pytest.mark.parametrize("name", sorted(PAGES))
every_plot = pytest.mark.parametrize("name", plot.__all__)


def draw(name: str, study: Study, parameters: pd.DataFrame) -> tuple[Axes | Figure, Axes | None]:
    function: Callable[..., Axes | Figure] = getattr(plot, name)
    arguments = ARGUMENTS.get(name, {})
    given = (fitted(study), study) if name in FITTED else (RESULT_PAGES.get(name, lambda one: one)(study),)
    if name in PAGES:
        return function(*given, **arguments), None
    ax = Figure(figsize=(6.7, 3.4), layout="constrained").subplots()
    if name in FITTED:
        return function(*given, ax=ax, **arguments), ax
    if name in RESULT_AXES:
        return function(RESULT_AXES[name](study), ax=ax, **arguments), ax
    return function(parameters if name in PARAMETER_AXES else study, ax=ax, **arguments), ax


def svg(figure: Figure) -> bytes:
    buffer = BytesIO()
    style.save_svg(figure, buffer)
    return buffer.getvalue()


def figure_of(drawn: Axes | Figure) -> Figure:
    return drawn if isinstance(drawn, Figure) else drawn.figure


def test_every_public_plot_is_under_this_contract():
    assert set(plot.__all__) == AXES | PAGES


@axes_plots
def test_a_plot_returns_the_axes_it_was_given(name, study, parameters):
    drawn, ax = draw(name, study, parameters)
    assert drawn is ax


@axes_plots
def test_a_plot_takes_its_axes_by_keyword_only_and_needs_them(name):
    parameter = inspect.signature(getattr(plot, name)).parameters["ax"]
    assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert parameter.default is inspect.Parameter.empty


@pages
def test_a_page_returns_a_figure_of_its_own(name, study, parameters):
    assert isinstance(draw(name, study, parameters)[0], Figure)


@every_plot
def test_every_plot_documents_each_of_its_arguments(name):
    function = getattr(plot, name)
    assert all(f"{argument} : " in function.__doc__ for argument in inspect.signature(function).parameters)


@axes_plots
def test_both_axes_are_labeled_with_units(name, study, parameters):
    _, ax = draw(name, study, parameters)
    assert (ax.get_xlabel().split("\n")[0], ax.get_ylabel().replace("\n", " ")) == LABELS[name]


@pytest.mark.parametrize("name", sorted(PAGES - set(RESULT_PAGES)))
def test_the_panels_of_a_page_are_labeled_with_units(name, study, parameters):
    page, _ = draw(name, study, parameters)
    across = {ax.get_xlabel() for ax in page.axes} - {""}
    up = {ax.get_ylabel().replace("\n", " ") for ax in page.axes} - {""}
    assert across == {"Time since infusion (day)"}
    what = {"serology": "C3 (g/L)", "swimmer": ""}.get(name, "CAR transgene (qPCR, copies/µg)")  # rows of patients
    assert what in up or not what
    assert all(label.endswith(")") for label in up)


@every_plot
def test_no_plot_writes_into_its_input(name, study, parameters):
    names = ("subjects", "samples", "events", "assessments")
    frames = {"parameters": parameters, **{name: getattr(study, name) for name in names}}
    before = {key: frame.copy(deep=True) for key, frame in frames.items()}
    draw(name, study, parameters)
    for key, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[key])


@every_plot
def test_no_plot_leaves_a_figure_open_or_a_setting_changed(name, study, parameters):
    settings = dict(mpl.rcParams)
    draw(name, study, parameters)
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == settings


@every_plot
def test_the_same_data_give_the_same_bytes(name, study, parameters):
    first, second = (svg(figure_of(draw(name, study, parameters)[0])) for _ in range(2))
    assert first == second


@pages
def test_a_page_saved_twice_is_the_same_page(name, study, parameters):
    page, _ = draw(name, study, parameters)
    assert svg(page) == svg(page)


@pages
def test_the_users_own_settings_do_not_change_a_page(name, study, parameters):
    ours = svg(draw(name, study, parameters)[0])
    with mpl.rc_context({"font.size": 20, "font.family": ["serif"], "axes.grid": True, "lines.linewidth": 5}):
        assert svg(draw(name, study, parameters)[0]) == ours


@every_plot
def test_the_order_of_rows_changes_nothing(name, study, parameters):
    turned = Study(
        study.subjects,
        study.samples[::-1],
        study.events[::-1],
        assessments=study.assessments[::-1],
        title=study.title,
    )
    kept = svg(figure_of(draw(name, study, parameters)[0]))
    assert svg(figure_of(draw(name, turned, parameters[::-1])[0])) == kept


@pages
def test_a_page_shows_itself_in_a_notebook(name, study, parameters):
    page, _ = draw(name, study, parameters)
    assert page._repr_png_().startswith(b"\x89PNG")


@every_plot
def test_text_in_a_picture_stays_text(name, study, parameters):
    text = TEXTS.get(name, "copies/µg")
    assert text.encode() in svg(figure_of(draw(name, study, parameters)[0]))


@pytest.mark.parametrize("name", sorted(STUDY_AXES | STUDY_PAGES))
def test_a_plain_table_is_drawn_like_the_study_it_holds(name: str) -> None:
    table = pd.DataFrame(
        {
            "subject": ["S02"] * 3,
            "cohort": "1e5 cells/kg",
            "analyte": "car_t_qpcr",
            "time": [0.0, 7.0, 14.0],
            "value": ["<50", "900", "120"],
            "unit": "copies/ug",
        }
    )
    if name in OF_ENDPOINTS:
        table = pd.DataFrame(
            {
                "subject": ["S02"] * 6,
                "cohort": "1e5 cells/kg",
                "assessment": ["UPCR", "C3"] * 3,
                "time": [0.0, 0.0, 28.0, 28.0, 84.0, 84.0],
                "value": ["2.5", "0.6", "1.2", "0.8", "0.4", "1.1"],
                "unit": ["g/g", "g/L"] * 3,
            }
        )
    drawn, _ = draw(name, table, pd.DataFrame())
    expected, _ = draw(name, study_from_frame(table), pd.DataFrame())
    assert svg(figure_of(drawn)) == svg(figure_of(expected))
