from pathlib import Path

import pytest

from carpk.errors import DataError
from carpk.io.mapping import Mapping, Reading
from carpk.io.study import read_study

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data do not lie beside the repository")


def test_fourteen_patients_in_one_column_of_copies():
    study = read_study(REFERENCE / "cd19_qpcr_14_patients" / "blood_prepared_for_nca.csv")
    assert (len(study.subjects), len(study.samples), study.analytes) == (14, 222, ["car_t_qpcr"])
    assert (study.samples["status"] == "blq").sum() == (study.samples["value"] == 0).sum() == 47


def test_theophylline_stays_in_hours_and_milligrams():
    study = read_study(REFERENCE / "winnonlin_theoph_indometh" / "theoph_concentrations.csv")
    assert (study.time_unit, study.analytes, set(study.samples["unit"])) == ("h", ["concentration"], {"mg/L"})
    assert study.subjects.loc[0, ["dose", "dose_unit", "weight"]].tolist() == [4.02, "mg/kg", 79.6]


def test_a_thousand_profiles_with_a_flag_for_below_the_limit():
    settings = Mapping(columns={"CONC": Reading("car_t_qpcr", "copies/ug")})
    study = read_study(REFERENCE / "synthetic_1000" / "profiles.csv", settings=settings)
    assert (len(study.subjects), len(study.samples), study.time_unit) == (1000, 13577, "day")
    assert (study.samples["status"] == "blq").sum() == 3390


@pytest.mark.parametrize("name", ["input1.csv", "input1.dat", "input1.xlsx"])
def test_one_table_in_three_formats_reads_the_same(name: str):
    settings = Mapping(columns={"conc": "ignore", "conc_obs": Reading("concentration", "mg/L")})
    study = read_study(REFERENCE / "loader_files" / "plain_formats" / name, settings=settings)
    assert study.samples["status"].value_counts().to_dict() == {"quantified": 7, "blq": 5}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("input1.xls", "old Excel"), ("input1.xpt", "SAS transport"), ("input1.sas7bdat", "SAS data set")],
)
def test_other_formats_are_refused_by_name(name: str, kind: str):
    with pytest.raises(DataError, match=kind):
        read_study(REFERENCE / "loader_files" / "plain_formats" / name)


@pytest.mark.parametrize("name", ["aucalltest.csv", "lloqpk.csv", "missingpk.csv", "multtime.csv"])
def test_tabs_and_semicolons_are_found(name: str):
    settings = Mapping(
        analytes={"concentration": Reading(unit="ng/mL", lloq=1.0)}, values={"LLOQ": "blq", "NaN": "missing"}
    )
    assert len(read_study(REFERENCE / "loader_files" / "delimiters_and_ties" / name, settings=settings).subjects) == 1


def test_samples_after_the_infusion_on_day_zero_are_left_out():
    study = read_study(REFERENCE / "cd19_qpcr_14_patients" / "all_matrices.csv")
    assert (study.samples["exclusion"] == "DAY0_POST").sum() == (study.log["code"] == "DAY0_POST").sum() == 6
