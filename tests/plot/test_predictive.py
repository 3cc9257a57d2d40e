"""The pictures of a predictive check: what was observed over what the model makes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from models.test_population_table import samples

import carpk
from carpk import plot
from carpk.models.population_rules import Effort
from carpk.models.predictive_table import PredictiveCheck


@pytest.fixture(scope="module")
def check() -> PredictiveCheck:
    effort = Effort(exploring=40, smoothing=20, settling=2, newton=1, points=64, batches=2)
    fit = carpk.fit_population(samples(), effort=effort)
    return carpk.check_predictions(fit, rng=np.random.default_rng(1), replicates=100)


def drawn(ax, label):
    return [line.get_xydata() for line in ax.lines if line.get_label() == label]


def test_the_lower_panel_shows_the_share_below_the_limit_in_percent(check):
    below = plot.predictive_check(check).axes[-1]
    (line,) = drawn(below, "_observed")
    table = check.errors
    # The first bin holds the first visits, the last the last ones; overall shares are means weighted by levels.
    weights = check.bins.query("measure == 'below'")["levels"]
    assert np.average(line[:, 1], weights=weights) == pytest.approx(100 * (table["status"] == "blq").mean())


def test_a_quantile_below_the_limit_is_not_drawn(check):
    above = plot.predictive_check(check).axes[0]
    lowest = drawn(above, "_observed")[0]
    hidden = check.bins.query("measure == '10 %'")["reason"] == "BELOW_LIMIT"
    assert np.isnan(lowest[:, 1]).tolist() == hidden.tolist()


def test_errors_of_censored_levels_are_open(check):
    ax = plot.prediction_errors(check, ax=Figure().subplots())
    open_marks = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    assert sum(len(line.get_xdata()) for line in open_marks) == (check.errors["status"] == "blq").sum()
    assert pd.Series(open_marks[0].get_ydata()).notna().all()
