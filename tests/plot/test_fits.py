"""Fitted curves, observed against predicted levels, forests and what a population fit looks like."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import carpk
from carpk import plot
from carpk.errors import RulesError
from carpk.models.population_rules import Effort
from carpk.models.population_table import PopulationFit
from carpk.models.stein import TYPICAL, level
from carpk.models.table import FitResult
from carpk.schema import Study

DAYS = np.array([1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90, 180, 270, 360.0])
LLOQ = 50.0
QUICK = Effort(exploring=20, smoothing=10, settling=2, newton=1, points=64, batches=2)


def course(subject: str, days: np.ndarray, factor: float) -> pd.DataFrame:
    """Levels on the typical curve of Stein 2019, up and down by 10 % in turn."""
    levels = factor * level(TYPICAL, days) * np.where(np.arange(len(days)) % 2, 1.1, 0.9)
    text = [repr(float(one)) if one >= LLOQ else f"<{LLOQ}" for one in levels]
    return pd.DataFrame({"subject": subject, "time": days, "value": text, "unit": "copies/ug", "lloq": LLOQ})


@pytest.fixture(scope="module")
def study() -> Study:
    factors = {"A": 1.0, "B": 0.5, "C": 2.0, "D": 0.8, "E": 1.3, "F": 0.7, "G": 1.5, "H": 0.4}
    tables = [course(subject, DAYS, factor) for subject, factor in factors.items()]
    return carpk.io.study.as_study(pd.concat([*tables, course("Z", DAYS[:3], 0.3)], ignore_index=True))


@pytest.fixture(scope="module")
def fits(study: Study) -> FitResult:
    return carpk.fit_models(study, ["stein", "contraction_only"])


@pytest.fixture(scope="module")
def population(study: Study) -> PopulationFit:
    return carpk.fit_population(study, effort=QUICK)


def axes() -> Axes:
    return Figure(figsize=(6.7, 3.4), layout="constrained").subplots()


def lines(ax: Axes, label: str) -> list[np.ndarray]:
    return [line.get_xydata() for line in ax.lines if line.get_label() == label]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def legend(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.get_legend().get_texts()} - {""}


def test_every_fitted_level_stands_beside_its_prediction(fits):
    own = fits.predictions.query("source == 'stein' and subject == 'A'")
    assert own["time"].tolist() == DAYS.tolist()
    quantified = own[own["status"] == "quantified"]
    # Made 10 % above and below a curve of the model, no level lies far from the fitted one.
    assert np.abs(np.log(quantified["observed"] / quantified["predicted"])).max() < 0.25


def test_a_censored_level_stands_at_its_limit_in_the_predictions(fits):
    censored = fits.predictions.query("status == 'blq'")
    assert len(censored)
    assert set(censored["observed"].round(9)) == {LLOQ}


def test_a_curve_goes_on_where_its_band_is_too_wide_to_draw(fits):
    assert fits.curves["value"].notna().all()


def test_a_level_below_the_limit_is_an_open_marker_with_an_arrow_down(fits, study):
    ax = plot.fitted_curve(fits, study, subject="B", ax=axes())
    (below,), (arrow,) = lines(ax, "_below"), lines(ax, "_arrow")
    assert below.tolist() == arrow.tolist()
    assert set(below[:, 1]) == {LLOQ}


def test_the_curve_of_each_model_is_drawn_with_its_band(fits, study):
    ax = plot.fitted_curve(fits, study, subject="A", ax=axes())
    assert [len(curve) > 100 for curve in lines(ax, "_curve")] == [True, True]
    assert [band.get_label() for band in ax.collections].count("_band") == 2
    assert {"Stein 2019", "Contraction only"} <= legend(ax)


def test_a_model_without_a_fit_is_named_with_its_reason(fits, study):
    ax = plot.fitted_curve(fits, study, subject="Z", models=["stein"], ax=axes())
    assert any(text.startswith("No fit: ") for text in legend(ax))


def test_a_model_that_was_not_fitted_is_refused(fits, study):
    with pytest.raises(RulesError, match=r"model must be one of .*got 'steim'\. Did you mean 'stein'\?"):
        plot.fitted_curve(fits, study, subject="A", models=["steim"], ax=axes())


def test_a_page_of_curves_has_a_panel_for_each_patient_in_the_order_asked_for(fits, study):
    page = plot.fitted_curves(fits, study, subjects=["C", "Z", "A", "B"])
    assert [ax.get_title(loc="left") for ax in page.axes if ax.axison] == ["C", "Z", "A", "B"]


def test_a_page_of_curves_refuses_a_patient_who_is_not_there(fits, study):
    with pytest.raises(RulesError, match=r"subject must be one of .*got 'Y'"):
        plot.fitted_curves(fits, study, subjects=["Y"])


def test_observed_against_predicted_shows_every_fitted_level(fits):
    ax = plot.observed_predicted(fits, ax=axes())
    drawn = [len(xy) for mark in ("_quantified", "_below") for xy in lines(ax, mark)]
    assert sum(drawn) == (fits.predictions["source"] == "stein").sum()


def test_a_fit_of_each_patient_alone_has_no_typical_curve(fits):
    with pytest.raises(RulesError, match=r"prediction must be one of \['individual'\]; got 'population'"):
        plot.observed_predicted(fits, prediction="population", ax=axes())


def test_the_typical_curve_is_the_same_for_all_patients_without_covariates(population):
    assert (population.predictions.groupby("time")["typical"].nunique() == 1).all()
    assert population.predictions.groupby("time")["predicted"].nunique().max() > 1


def test_a_forest_has_a_row_for_each_patient_and_the_published_value_as_a_line(fits):
    ax = plot.model_parameters(fits, parameter="model_tmax", ax=axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == list("ABCDEFGHZ")
    assert lines(ax, "_published")[0][:, 0].tolist() == [9.3, 9.3]  # Stein 2019, doi 10.1002/psp4.12388


def test_a_number_that_is_withheld_is_named_in_its_row(fits):
    ax = plot.model_parameters(fits, parameter="model_tmax", ax=axes())
    named = {text.xy[1]: text.get_text() for text in ax.texts}
    assert named[8] in ("too few levels", "not identifiable")  # Z has three samples


def test_published_levels_have_no_line_beside_another_unit(study):
    counted = study.samples.assign(analyte="car_t_flow", unit="cells/uL", matrix="blood")
    fits = carpk.fit_models(Study(study.subjects, counted))
    assert lines(plot.model_parameters(fits, parameter="model_cmax", ax=axes()), "_published") == []


def test_typical_values_are_multiples_of_the_published_ones(population):
    ax = plot.population_typical(population, ax=axes())
    row = population.typical.set_index("parameter").loc["model_cmax"]
    (dots,) = lines(ax, "_estimate")
    assert dots[2, 0] == pytest.approx(row["estimate"] / 24_000.0)  # Stein 2019
    assert any(text.endswith("; published 24,000") for text in texts(ax))


def test_a_withheld_typical_value_keeps_its_row(population):
    typical = population.typical.copy()
    typical.loc[5, ["estimate", "low", "high"]] = np.nan
    typical.loc[5, "reason"] = "FOLLOW_UP_SHORT"
    ax = plot.population_typical(dataclasses.replace(population, typical=typical), ax=axes())
    assert "follow up short; published 0.0032" in texts(ax)


def test_each_number_of_the_trace_has_its_panel(population):
    page = plot.convergence(population)
    drawn = [lines(ax, "_trace")[0] for ax in page.axes if ax.axison]
    assert len(drawn) == population.trace.shape[1] - 2
    assert drawn[-1][:, 1].tolist() == population.trace["residual_sd"].tolist()


def test_bars_of_high_shrinkage_are_open(population):
    table = pd.DataFrame({"parameter": ["model_tmax", "model_beta"], "shrinkage_percent": [3.0, 35.0]})
    ax = plot.shrinkage(dataclasses.replace(population, shrinkage=table), ax=axes())
    assert [bar.get_width() for bar in ax.patches] == [3.0, 35.0]
    assert [bar.get_facecolor() == (1, 1, 1, 1) for bar in ax.patches] == [False, True]
