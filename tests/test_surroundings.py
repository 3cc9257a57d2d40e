"""The machine, the user's own settings and the place of work change not a byte of what is written."""

import os
import subprocess
import sys

import pytest

TRIAL = "subject,cohort,time (day),analyte,value,unit,lloq\n" + "".join(
    f"{subject},Kohorte \u03b1,{day},car_t_qpcr,{level},copies/\u00b5g,50\n"
    for subject in ("007", "Zo\u00eb")
    for day, level in ((0, "<50"), (7, 30000), (14, 20000), (21, 6000), (28, 900), (60, "<50"), (90, "<50"))
)
STYLE_OF_THE_USER = (
    "font.size: 31\nfont.family: serif\nlines.linewidth: 9\nsavefig.dpi: 17\n"
    "axes.grid: True\nfigure.facecolor: red\ntext.usetex: True\n"
)
ELSEWHERE = {
    "LC_ALL": "C",
    "LANG": "de_DE.UTF-8",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "TZ": "Asia/Kolkata",
    "PYTHONHASHSEED": "20261",
    "COLUMNS": "41",
}
HERE = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "1"}
OUTPUTS = {"nca": "table.csv", "report": "report.pdf"}


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Folders with the same study, analyzed in unlike surroundings."""
    return [run_in(tmp_path_factory.mktemp(name), changes) for name, changes in (("a", HERE), ("b", ELSEWHERE))]


def run_in(folder, changes):
    (folder / "trial.csv").write_text(TRIAL, encoding="utf-8")
    own = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "MPL"))}
    place = folder
    if changes is ELSEWHERE:
        place = folder / "another folder \u00e9"
        place.mkdir()
        (place / "matplotlibrc").write_text(STYLE_OF_THE_USER, encoding="utf-8")
    for command, name in OUTPUTS.items():
        done = subprocess.run(
            [sys.executable, "-m", "carpk", command, folder / "trial.csv", "-o", folder / name],
            cwd=place,
            env=own | changes,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
    return folder


@pytest.mark.parametrize("name", OUTPUTS.values())
def test_language_clock_folder_and_style_of_the_user_change_not_a_byte(two_runs, name):
    here, elsewhere = ((folder / name).read_bytes() for folder in two_runs)
    assert here == elsewhere
