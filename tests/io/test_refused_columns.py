"""Columns that carpk does not know and that could change a number are refused, never covariates in silence."""

import pytest

import carpk
from carpk.errors import DataError


def read(tmp_path, header, *rows):
    path = tmp_path / "trial.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return carpk.read_study(path)


@pytest.mark.parametrize("sign", ["<", ">", "\u2264"])
def test_a_sign_apart_from_its_level_is_refused_with_its_row(tmp_path, sign):
    rows = ("S1,CAR-T,7,,30000,copies/ug", f"S1,CAR-T,60,{sign},50,copies/ug")
    with pytest.raises(DataError, match=r"row 3, column 'qualifier': .*Write both in one cell, such as <50"):
        read(tmp_path, "subject,analyte,day,qualifier,value,unit", *rows)


@pytest.mark.parametrize(
    "name", ["Exclude from NCA", "NCAXFL", "PKEXCL", "Omit", "Outlier", "Include", "QC", "\u662f\u5426\u5254\u9664"]
)
def test_a_column_that_may_leave_samples_out_is_refused(tmp_path, name):
    header = f"subject,analyte,day,value,unit,lloq,{name}"
    with pytest.raises(DataError, match="whether it leaves samples out"):
        read(tmp_path, header, "S1,CAR-T,7,30000,copies/ug,50,Y", "S1,CAR-T,14,200,copies/ug,50,N")


@pytest.mark.parametrize("name", ["Course", "Cycle", "Period", "Dose 2 day", "DLI day", "\u7597\u7a0b"])
def test_a_column_that_may_tell_courses_apart_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="tells courses or later doses apart"):
        read(tmp_path, f"subject,day,CAR-T (copies/ug),{name}", "S1,7,30000,1", "S1,14,200,2")


@pytest.mark.parametrize("name", ["Reporting limit", "MDL", "QL", "Cutoff", "Sensitivity", "\u68c0\u51fa\u9650"])
def test_a_column_that_may_be_a_limit_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="which limit it is"):
        read(tmp_path, f"subject,day,CAR-T (copies/ug),{name}", "S1,7,30000,500", "S1,14,200,500")


@pytest.mark.parametrize("name", ["CAR-T fold change (copies/ug)", "CAR-T BM (copies/ug)", "Mean CAR-T (copies/ug)"])
def test_levels_that_speak_of_car_t_in_unknown_words_are_refused(tmp_path, name):
    with pytest.raises(DataError, match="is no name of CAR-T levels that carpk knows"):
        read(tmp_path, f"subject,day,{name}", "S1,7,30000", "S1,14,200")


@pytest.mark.parametrize(
    "name", ["DPI", "TAD (d)", "ADY", "PCDY", "Real day", "Days on study", "Sampled on", "Blood draw", "TRTSTDTC"]
)
def test_a_column_that_may_be_the_actual_time_is_refused_beside_visits(tmp_path, name):
    with pytest.raises(DataError, match="may say when samples were taken"):
        read(tmp_path, f"subject,visit,CAR-T (copies/ug),{name}", "S1,Day 0,<50,3", "S1,Day 7,30000,10")


@pytest.mark.parametrize("name", ["LTFU", "Peak"])
def test_a_visit_without_a_day_among_visits_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=f"'{name}' is no visit whose day carpk can read"):
        read(tmp_path, f"subject,unit,D0,D7,D14,{name}", "S1,copies/ug,<50,30000,20000,50000")


def test_a_row_that_sums_others_up_is_warned_of(tmp_path):
    study = read(tmp_path, "subject,day,CAR-T (copies/ug)", "S1,7,100", "Mean,7,100")
    assert list(study.log.query("code == 'SUBJECT_STATISTIC'")["detail"]) == [
        "trial.csv: 'Mean' is read as a subject. If the row sums others up, delete it."
    ]
