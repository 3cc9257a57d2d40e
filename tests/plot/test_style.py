"""Color, marker and number format: the one place, and what it promises."""

from itertools import pairwise

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb

from carpk.plot import style
from carpk.plot.timeline import OVERLAID
from carpk.terms import ANALYTES


def lightness(color: str) -> float:
    red, green, blue = to_rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_every_analyte_of_an_overlay_has_a_color_and_a_marker_of_its_own():
    drawn = [key for key, analyte in ANALYTES.items() if analyte.role in ("car_t", "b_cells") or key in OVERLAID]
    looks = [style.analyte_look(key) for key in drawn]
    assert len({look.color for look in looks}) == len({look.marker for look in looks}) == len(drawn)


def test_cohorts_are_told_apart_in_gray():
    grays = sorted(lightness(look.color) for look in style.cohort_looks(["low", "middle", "high"]).values())
    assert min(later - earlier for earlier, later in pairwise(grays)) > 0.2


def test_eight_cohorts_have_eight_different_markers():
    assert len({look.marker for look in style.cohort_looks([str(dose) for dose in range(8)]).values()}) == 8


def test_no_cohort_has_the_marker_of_a_level_above_the_limit():
    assert "^" not in {look.marker for look in style.cohort_looks([str(dose) for dose in range(20)]).values()}


def test_a_cohort_keeps_its_color_when_cohorts_are_added_after_it():
    assert style.cohort_looks(["low"])["low"] == style.cohort_looks(["low", "high"])["low"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0005, "5×10⁻⁴"),
        (0.05, "0.05"),
        (1, "1"),
        (1.5, "1.5"),
        (100, "100"),
        (1000, "1,000"),
        (100000, "100,000"),
        (1e6, "10⁶"),
        (2.5e7, "2.5×10⁷"),
        (0, "0"),
        (-7, "-7"),
    ],
)
def test_numbers_are_plain_text(value, text):
    assert style.number(value) == text


def test_a_dose_is_written_with_its_power_of_ten():
    assert [style.scientific(dose) for dose in (1.5e5, 5e5, 1e6)] == ["1.5×10⁵", "5×10⁵", "10⁶"]


def test_settings_are_put_back_where_drawing_fails():
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), style.context():
        1 / 0  # noqa: B018
    assert dict(mpl.rcParams) == before


def test_text_is_never_read_as_markup():
    with style.context():
        assert (mpl.rcParams["text.usetex"], mpl.rcParams["text.parse_math"]) == (False, False)


def test_the_backend_of_the_user_is_left_alone():
    assert not {"backend", "interactive", "toolbar"} & set(style._settings())
