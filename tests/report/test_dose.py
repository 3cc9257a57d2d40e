import pandas as pd

from carpk.nca.table import run_nca
from carpk.report.dose import dose_section
from carpk.report.parts import Table, Text
from carpk.schema import Study
from carpk.summary import dose_proportionality


def with_doses(study, doses, unit="cells/kg"):
    return Study(study.subjects.assign(dose=doses, dose_unit=unit), study.samples, study.events, title=study.title)


def rows_of(section):
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    return {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}


def words_of(section):
    return " ".join(words for block in section.blocks if isinstance(block, Text) for words in block.paragraphs)


def test_the_table_of_slopes_has_the_numbers_of_the_fit(study):
    changed = with_doses(study, [1e5, 2e5, 3e5, 1e5, 2e5, 3e5])
    nca = run_nca(changed)
    (section,) = dose_section(changed, nca)
    fit = dose_proportionality(nca.parameters, parameter="cmax", study=changed)
    expected = [f"{value:z.2f}".replace("-", "\u2212") for value in (fit.slope, fit.low, fit.high, fit.residual_sd)]
    assert rows_of(section)["Cmax"][4:] == expected


def test_every_subject_is_counted_once_in_each_row(study, nca):
    (section,) = dose_section(study, nca)
    assert {name: sum(map(int, row[:4])) for name, row in rows_of(section).items()} == dict.fromkeys(
        rows_of(section), len(study.subjects)
    )


def test_the_caution_for_few_values_is_printed(study, nca):
    (section,) = dose_section(study, nca)
    assert "Fewer than 10 values" in words_of(section)
    assert "neither proportionality nor its absence is concluded" in words_of(section)


def test_a_study_of_one_dose_has_no_section(study):
    changed = with_doses(study, 1e5)
    assert dose_section(changed, run_nca(changed)) == []


def test_doses_in_two_units_are_told_in_place_of_a_line(study):
    changed = with_doses(study, [1e5, 2e5, 3e5, 5e7, 5e7, 5e7], ["cells/kg"] * 3 + ["cells"] * 3)
    (section,) = dose_section(changed, run_nca(changed))
    assert "No line was fitted: dose_proportionality: doses in ['cells', 'cells/kg']" in words_of(section)


def test_a_slope_that_cannot_be_fitted_is_a_dash_with_its_reason(study):
    samples = study.samples[study.samples["subject"].isin(["S1", "A$\\frac$B"])]
    few = Study(study.subjects, pd.DataFrame(samples), study.events)
    (section,) = dose_section(few, run_nca(few))
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert rows_of(section)["Cmax"][4:] == ["\u2014"] * 4
    assert any("a line needs 3" in note for note in table.footnotes)
