"""The Stein 2019 curve against its closed form, the paper's derived values and a reference computed elsewhere."""

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carpk.models.stein import STEIN, STEIN_COMEDICATION, TYPICAL, SteinParameters, area, level

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "stein_model"


def reference_rows(name: str) -> list[dict[str, str]]:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(
            f"{name}: the reference data are not part of the repository and lie beside it only where it is built"
        )
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def two_patients() -> SteinParameters:
    return replace(TYPICAL, cmax=np.array([24_000.0, 6_000.0]), tmax=np.array([9.3, 12.0]))


def test_the_level_at_the_infusion_is_cmax_over_fold_expansion():
    assert level(TYPICAL, [0.0])[0] == pytest.approx(24_000 / 3_900, rel=1e-12)  # 6.1538


def test_the_level_at_tmax_is_cmax():
    assert level(TYPICAL, [9.3])[0] == pytest.approx(24_000, rel=1e-12)


def test_there_is_nothing_before_the_infusion():
    assert level(TYPICAL, [-7.0, -0.001]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("day", "copies"), [(14, 11_411.53), (28, 1_373.559), (90, 146.508)])
def test_typical_levels_after_the_peak_are_those_worked_out_from_the_published_parameters(day, copies):
    decline = (1 - 0.0079) * math.exp(-0.16 * (day - 9.3)) + 0.0079 * math.exp(-0.0032 * (day - 9.3))
    assert level(TYPICAL, [day])[0] == pytest.approx(24_000 * decline, rel=1e-12)
    assert level(TYPICAL, [day])[0] == pytest.approx(copies, abs=0.006)


def test_cells_double_in_0_78_days_as_published():
    assert TYPICAL.doubling_time == pytest.approx(0.78, abs=0.005)


def test_half_lives_are_4_3_and_220_days_as_published():
    fast, slow = TYPICAL.half_lives
    assert fast == pytest.approx(4.3, abs=0.05)
    assert slow == pytest.approx(220, abs=5)


def test_the_level_doubles_within_a_doubling_time_while_it_grows():
    early, later = level(TYPICAL, [3.0, 3.0 + float(TYPICAL.doubling_time)])
    assert later / early == pytest.approx(2.0, rel=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "copies_days"), [(0, 28, 171_774.285), (28, 90, 17_511.400), (0, 90, 189_285.685)]
)
def test_typical_areas_are_those_worked_out_from_the_published_parameters(start, end, copies_days):
    assert area(TYPICAL, start, end)[0] == pytest.approx(copies_days, abs=0.0006)


def test_the_area_is_that_under_a_densely_sampled_curve():
    days = np.linspace(0.0, 28.0, 280_001)
    assert area(TYPICAL, 0, 28)[0] == pytest.approx(np.trapezoid(level(TYPICAL, days), days), rel=1e-8)


def test_areas_of_adjacent_windows_add_up():
    parts = area(TYPICAL, [0.0, 5.0, 28.0], [5.0, 28.0, 90.0])
    assert parts.sum() == pytest.approx(area(TYPICAL, 0, 90)[0], rel=1e-12)


def test_time_before_the_infusion_adds_no_area():
    assert area(TYPICAL, -7, 28)[0] == area(TYPICAL, 0, 28)[0]


def test_several_patients_at_common_times_give_a_row_each():
    levels = level(two_patients(), [0.0, 7.0, 9.3, 12.0])
    assert levels.shape == (2, 4)
    assert levels[0, 2] == pytest.approx(24_000, rel=1e-12)
    assert levels[1, 3] == pytest.approx(6_000, rel=1e-12)


def test_several_patients_may_have_times_of_their_own():
    levels = level(two_patients(), [[9.3, 28.0], [12.0, 30.0]])
    assert levels[:, 0] == pytest.approx([24_000, 6_000], rel=1e-12)


def test_times_long_past_the_peak_neither_overflow_nor_vanish_to_nan():
    assert level(TYPICAL, [1e6])[0] == 0.0


def test_the_curve_agrees_with_the_reference_at_every_tabulated_day():
    rows = reference_rows("golden_stein_typical.csv")
    days = [float(row["day"]) for row in rows]
    expected = [float(row["copies_per_ug"]) for row in rows]
    assert len(rows) > 20
    assert level(TYPICAL, days) == pytest.approx(expected, rel=1e-12)


def test_the_curve_seen_through_sampling_schedules_gives_the_reference_peaks_and_linear_areas():
    rows = [row for row in reference_rows("golden_stein_schedules.csv") if row["method"] == "lin"]
    assert len(rows) == 4
    for row in rows:
        days = np.array([float(day) for day in row["days"].split()])
        levels = np.where(days > 0, level(TYPICAL, days), 0.0)  # the day-0 sample is taken before the infusion
        early = days <= 28
        assert levels.max() == pytest.approx(float(row["cmax"]), rel=1e-12)
        assert np.trapezoid(levels[early], days[early]) == pytest.approx(float(row["auc0_28"]), rel=1e-12)


def test_the_curve_on_the_logarithm_is_that_of_the_levels():
    days = np.array([0.0, 3.0, 9.3, 14.0, 90.0, 360.0])
    on_logarithm = STEIN.log_level(STEIN.published[np.newaxis], days)
    assert on_logarithm[0] == pytest.approx(np.log(level(TYPICAL, days)), rel=1e-12)


def test_parameters_of_the_model_are_the_published_ones():
    published = [parameter.published for parameter in STEIN.parameters]
    assert published == [getattr(TYPICAL, parameter.name) for parameter in STEIN.parameters]


def test_tocilizumab_speeds_growth_from_its_first_dose_to_the_peak():
    treated = np.array([[5.0, np.nan]])
    phi = STEIN_COMEDICATION.published[np.newaxis]
    days = np.array([4.0, 7.0, 9.3, 30.0])
    gain = (STEIN_COMEDICATION.log_level(phi, days, treated) - STEIN.log_level(phi[:, :6], days))[0]
    rate = math.log(3900) / 9.3
    assert gain == pytest.approx([0.0, 0.2 * rate * 2.0, 0.2 * rate * 4.3, 0.2 * rate * 4.3], abs=1e-12)


def test_tocilizumab_after_the_peak_changes_nothing():
    days, phi = np.array([4.0, 9.3, 30.0]), STEIN_COMEDICATION.published[np.newaxis]
    late = STEIN_COMEDICATION.log_level(phi, days, np.array([[12.0, np.nan]]))
    assert late == pytest.approx(STEIN.log_level(phi[:, :6], days), abs=1e-12)


def test_both_drugs_together_multiply_their_factors():
    phi = np.append(STEIN.published, np.log([1.2, 1.5]))[np.newaxis]
    days = np.array([6.0])
    gain = STEIN_COMEDICATION.log_level(phi, days, np.array([[2.0, 4.0]])) - STEIN.log_level(phi[:, :6], days)
    rate = math.log(3900) / 9.3
    assert gain[0, 0] == pytest.approx(rate * (2 * 0.2 + 2 * (1.2 * 1.5 - 1)), rel=1e-12)


def test_without_dose_days_the_treated_model_says_what_it_needs():
    with pytest.raises(ValueError, match="first days of tocilizumab"):
        STEIN_COMEDICATION.log_level(STEIN_COMEDICATION.published[np.newaxis], np.array([1.0]))
