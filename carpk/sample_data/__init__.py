"""Four synthetic trials to try carpk on, remade byte for byte by ``python -m carpk.sample_data [FOLDER]``.

`trials` describes them, `course` simulates one from its description and seed, `files` writes it down.
"""

from pathlib import Path

from carpk.sample_data.course import simulate
from carpk.sample_data.files import write_trial
from carpk.sample_data.trials import TRIALS

__all__ = ["TRIALS", "write_sample_data"]


def write_sample_data(folder: str | Path) -> None:
    """Make every sample trial and write its file, or folder of files, into `folder`, which is made where missing."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for trial in TRIALS:
        write_trial(simulate(trial), target)
