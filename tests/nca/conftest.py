import numpy as np
import pytest

from carpk.nca.parameters import compute_parameters
from carpk.nca.rules import NcaRules
from carpk.profiles import Profiles
from carpk.reasons import REASON_CODES, flag_cell, split_flags


class Computed:
    """Parameters of profiles given as {"name": "day:level,..."}; a level of 0 is below the limit."""

    def __init__(self, texts, *, lloq=50.0, ends=None, day=1.0, infusion=None, **rules):
        self.names = list(texts)
        samples = [[tuple(map(float, pair.split(":"))) for pair in text.split(",") if pair] for text in texts.values()]
        flat = [pair for profile in samples for pair in profile]
        level = np.array([value for _, value in flat])
        profiles = Profiles(
            time=np.array([time for time, _ in flat], dtype=float),
            value=np.where(level > 0, level, np.nan) if len(flat) else np.array([]),
            lloq=np.full(len(flat), lloq),
            offsets=np.cumsum([0] + [len(profile) for profile in samples]),
        )
        self.arrays = compute_parameters(profiles, NcaRules(**rules), course_end=ends, infusion=infusion, day=day)

    def _answer(self, name, key):
        return self.arrays.answers[key], self.names.index(name)

    def value(self, name, key):
        answer, row = self._answer(name, key)
        return None if answer.reason[row] else float(answer.value[row])

    def reason(self, name, key):
        answer, row = self._answer(name, key)
        return REASON_CODES[answer.reason[row]]

    def flags(self, name, key):
        answer, row = self._answer(name, key)
        return split_flags(flag_cell(int(answer.flags[row])))

    def bounds(self, name, key):
        answer, row = self._answer(name, key)
        return float(answer.low[row]), float(answer.high[row])

    def extent(self, name, key, part):
        answer, row = self._answer(name, key)
        return float(answer.extent[part][row])


@pytest.fixture
def compute():
    def one_or_many(profiles, **rules):
        return Computed({"it": profiles} if isinstance(profiles, str) else profiles, **rules)

    return one_or_many
