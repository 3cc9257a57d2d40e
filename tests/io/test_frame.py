import time

import numpy as np
import pandas as pd
import pytest

from carpk.errors import DataError
from carpk.io.mapping import Mapping
from carpk.io.study import study_from_frame

COLUMNS = "subject,day,analyte,value,unit,lloq,sex\n"
ROWS = "A,0,IL-6,<1.5,pg/mL,1.5,F\nA,7,IL-6,3,pg/mL,1.5,F\nA,0,CRP,,mg/dL,,F\nB,0,IL-6,0.1,pg/mL,,M\n"


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"subject": ["A", "A"], "time": [0.0, 7.0], "value": [0.0, 62000.0], "unit": "copies/ug"} | columns
    )


def test_a_table_and_a_file_of_the_same_content_give_the_same_study(read, tmp_path):
    study = read(COLUMNS + ROWS)
    table = study_from_frame(pd.read_csv(tmp_path / "trial.csv", dtype={"value": str}))
    pd.testing.assert_frame_equal(study.samples.drop(columns="row"), table.samples.drop(columns="row"))
    pd.testing.assert_frame_equal(study.subjects, table.subjects)


def test_the_samples_of_a_study_give_the_same_samples_again(read):
    samples = read(COLUMNS + ROWS).samples
    pd.testing.assert_frame_equal(study_from_frame(samples).samples, samples)


def test_numbers_and_text_may_stand_in_one_column():
    study = study_from_frame(frame(value=["<50", 62000]))
    assert study.samples["status"].tolist() == ["blq", "quantified"]
    assert study.samples["lloq"].tolist()[0] == 50.0


def test_missing_numbers_are_missing_levels():
    assert study_from_frame(frame(value=[np.nan, 1.0])).samples["status"].tolist() == ["missing", "quantified"]


def test_ids_that_are_numbers_become_their_text():
    assert study_from_frame(frame(subject=[1.0, 2.0])).subjects["subject"].tolist() == ["1", "2"]


def test_large_whole_ids_keep_every_digit():
    ids = [12345678901234567, 12345678901234568]
    assert study_from_frame(frame(subject=ids)).subjects["subject"].tolist() == [str(each) for each in ids]


def test_times_are_in_the_unit_named():
    assert study_from_frame(frame(), time_unit="h").time_unit == "h"


def test_dates_of_pandas_are_read():
    table = frame(infusion_date=pd.Timestamp("2024-01-01"), date=pd.to_datetime(["2024-01-01", "2024-01-08"]))
    assert study_from_frame(table.drop(columns="time")).samples["time"].tolist() == [0.0, 7.0]


def test_flags_may_be_true_and_false():
    assert study_from_frame(frame(blq=[True, False])).samples["status"].tolist() == ["blq", "quantified"]


def test_statuses_of_the_table_are_kept():
    table = frame(value=[np.nan, 5.0], status=["not_detected", "excluded"], exclusion=["", "hemolyzed"])
    assert study_from_frame(table).samples["status"].tolist() == ["not_detected", "excluded"]


def test_a_quantified_sample_needs_a_level():
    with pytest.raises(DataError) as caught:
        study_from_frame(frame(value=[np.nan, 5.0], status=["quantified", "quantified"]))
    assert [(each.code, each.row) for each in caught.value.findings if each.severity == "error"] == [
        ("STATUS_CONFLICT", 0)
    ]


def test_an_infinite_level_is_refused_with_its_position():
    with pytest.raises(DataError) as caught:
        study_from_frame(frame(value=[1.0, np.inf]))
    (found,) = caught.value.findings
    assert (found.code, found.row, found.column) == ("VALUE_INFINITE", 1, "value")


def test_a_table_without_units_is_refused():
    with pytest.raises(DataError, match="unit of the levels is not given"):
        study_from_frame(frame().drop(columns="unit"))


def test_an_empty_table_is_refused():
    with pytest.raises(DataError, match="no rows"):
        study_from_frame(frame().iloc[:0])


def test_the_table_given_is_not_written_into():
    table = frame(value=["<50", 62000])
    before = table.copy(deep=True)
    study_from_frame(table)
    pd.testing.assert_frame_equal(table, before)


def test_a_large_table_of_numbers_is_read_quickly():
    subjects, visits = 5_000, 20
    table = pd.DataFrame(
        {
            "subject": np.repeat([f"S{number}" for number in range(subjects)], visits),
            "time": np.tile(np.arange(visits) * 4.0, subjects),
            "value": np.linspace(0.0, 1e5, subjects * visits),
            "unit": "copies/ug",
            "lloq": 50.0,
        }
    )
    began = time.perf_counter()
    study = study_from_frame(table)
    assert len(study.samples) == subjects * visits
    assert time.perf_counter() - began < 5.0


def test_two_columns_of_one_name_are_refused():
    table = pd.DataFrame([["A", 0.0, 5.0, 6.0]], columns=["subject", "day", "CRP (mg/L)", "CRP (mg/L)"])
    with pytest.raises(DataError, match="Two columns are called") as caught:
        study_from_frame(table)
    assert [found.code for found in caught.value.findings] == ["COLUMN_TWICE"]


def test_a_number_said_to_be_missing_is_missing_among_levels_only():
    table = pd.DataFrame({"subject": ["A", "A"], "day": [0.0, 1.0], "CRP (mg/L)": [0.0, 3.0]})
    samples = study_from_frame(table, settings=Mapping(values={"0": "missing"})).samples
    assert samples["status"].tolist() == ["missing", "quantified"]
    assert samples["time"].tolist() == [0.0, 1.0]
