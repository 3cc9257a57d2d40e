"""The report's chapters on kinetic models: every subject, every withheld number with its reason, the population."""

from pathlib import Path

import numpy as np
import pytest

import carpk
from carpk.models.population_rules import Effort
from carpk.report.models import model_sections
from carpk.report.parts import Figure, Heading, Table, Text
from carpk.report.population import population_sections
from carpk.report.sections import build_report

TRIAL = Path(__file__).parents[2] / "sample_data" / "cd19_active_sle.csv"


@pytest.fixture(scope="module")
def study():
    return carpk.read_study(TRIAL)


@pytest.fixture(scope="module")
def fits(study):
    return carpk.fit_models(study, ["stein"], analytes=["car_t_qpcr"])


@pytest.fixture(scope="module")
def population(study):
    return carpk.fit_population(study, effort=Effort(exploring=20, smoothing=10, settling=2, points=64, batches=2))


@pytest.fixture(scope="module")
def sections(study, fits):
    return model_sections(study, fits)


def blocks(sections, kind):
    return [block for section in sections for block in section.blocks if isinstance(block, kind)]


def lines(table):
    return {row[0].text: row[1:] for row in table.rows if not isinstance(row, Heading)}


def test_without_a_fit_nothing_is_said_of_models(study):
    assert model_sections(study, None) == []
    assert population_sections(None) == []


def test_the_model_stands_with_its_source_and_the_rules(sections, fits):
    (text, *_) = blocks(sections, Text)
    assert "doi 10.1002/psp4.12388" in text.paragraphs[0]
    assert list(text.paragraphs[1:]) == fits.rules.sentences()


def test_every_subject_has_a_line_in_every_table_of_a_model(study, sections):
    tables = blocks(sections, Table)
    assert len(tables) > 3
    assert all(sorted(lines(table)) == sorted(study.subjects["subject"]) for table in tables)


def test_a_withheld_number_is_a_dash_with_its_reason(fits, sections):
    (table,) = [one for one in blocks(sections, Table) if one.caption.endswith("Fold expansion, Tmax, Cmax")]
    withheld = fits.parameters.query("parameter == 'model_fold_expansion' and reason != ''")
    assert len(withheld)
    for subject, reason in zip(withheld["subject"], withheld["reason"], strict=True):
        assert (lines(table)[subject][0].text, lines(table)[subject][0].codes) == ("\u2014", (reason,))


def test_an_interval_with_one_end_is_told_as_a_bound(fits, sections):
    (table,) = [one for one in blocks(sections, Table) if one.caption.endswith("Fold expansion, Tmax, Cmax")]
    rows = fits.parameters.query("parameter == 'model_fold_expansion'")
    open_above = rows[np.isfinite(rows["low"]) & ~np.isfinite(rows["high"])]
    assert len(open_above)
    assert all(lines(table)[subject][1].text.startswith("> ") for subject in open_above["subject"])


def test_pages_of_curves_hold_every_subject_that_was_fitted(fits, sections):
    drawn = [block.draw() for block in blocks(sections, Figure) if "fitted curves" in block.caption]
    panels = [ax.get_title(loc="left") for page in drawn for ax in page.axes if ax.axison]
    assert sorted(panels) == sorted(fits.comparison.query("reason == ''")["subject"])


def test_the_population_stands_beside_the_published_values(population):
    (section,) = population_sections(population)
    typical = lines(blocks([section], Table)[0])
    assert typical["Tmax"][-1].text == "9.30"  # Stein 2019, doi 10.1002/psp4.12388


def test_what_to_know_of_a_population_is_a_caution(population):
    (section,) = population_sections(population)
    (caution,) = [block for block in blocks([section], Text) if block.caution]
    assert len(caution.paragraphs) == len(population.checks)


def test_the_report_has_both_chapters_before_the_response(study, fits, population):
    report = build_report(study, carpk.run_nca(study), fits=fits, population=population)
    titles = [section.title for section in report.sections]
    assert titles.index("Kinetic models") < titles.index("Population: Stein 2019, CAR transgene (qPCR)")
    assert titles.index("Figures") < titles.index("Kinetic models") < titles.index("Methods")


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"blq": "half_lloq"}, "half the limit"),
        ({"prior": "published"}, "(MAP)"),
        ({"residual_error": "own"}, "each subject's own"),
        ({"residual_error": 0.3}, "given as 0.3"),
        ({"intervals": "wald"}, "from standard errors"),
        ({"fixed": {"beta": 0.01}}, "held: beta at 0.01"),
        ({"time_zero": "use"}, "Samples at time 0 were used"),
    ],
)
def test_every_choice_of_a_fit_is_told(choice, told):
    assert any(told in sentence for sentence in carpk.FitRules(**choice).sentences())


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"omega": "full"}, "together"),
        ({"never_quantified": "censor"}, "fitted with what their limits say"),
        ({"random_effects": "sd"}, "as standard deviations"),
        ({"priors": {"beta": carpk.Prior(0.003, 0.5)}}, "Priors were given for beta"),
    ],
)
def test_every_choice_of_a_population_is_told(choice, told):
    assert any(told in sentence for sentence in carpk.PopulationRules(**choice).sentences())
