import numpy as np
import pytest

from carpk.profiles import Profiles, rise_by_profile


def profiles(time, value, offsets):
    return Profiles(np.array(time, float), np.array(value, float), np.full(len(time), 50.0), np.array(offsets))


@pytest.mark.parametrize(
    ("time", "value", "offsets", "message"),
    [
        ([0, 7], [1, 2], [0, 1], "offsets must rise"),
        ([0, 7], [1, 2], [0, 3, 2], "offsets must rise"),
        ([7, 0], [1, 2], [0, 2], "times must rise"),
        ([7, 7], [1, 2], [0, 2], "times must rise"),
        ([-1, 7], [1, 2], [0, 2], "not before the infusion"),
        ([0, np.nan], [1, 2], [0, 2], "times must be finite"),
        ([0, 7], [1, np.inf], [0, 2], "positive and finite"),
        ([0, 7], [1, -2], [0, 2], "positive and finite"),
        ([0, 7], [1, 0], [0, 2], "positive and finite"),
    ],
)
def test_arrays_that_are_no_profiles_are_refused(time, value, offsets, message):
    with pytest.raises(ValueError, match=message):
        profiles(time, value, offsets)


def test_arrays_of_unlike_length_are_refused():
    with pytest.raises(ValueError, match="one length"):
        Profiles(np.zeros(2), np.ones(3), np.ones(2), np.array([0, 2]))


def test_times_may_fall_from_one_profile_to_the_next():
    assert len(profiles([0, 7, 0, 7], [1, 2, 3, 4], [0, 2, 2, 4])) == 3


def test_blocks_hold_every_profile_once_with_its_own_samples():
    lengths = [0, 3, 90, 1, 3, 0, 40]
    offsets = np.cumsum([0, *lengths])
    time = np.concatenate([np.arange(length) for length in lengths]).astype(float)
    value = np.arange(offsets[-1]) + 1.0
    seen = {}
    for block in Profiles(time, value, np.full(len(time), 50.0), offsets).blocks():
        for row, levels, present in zip(block.rows, block.value, block.present, strict=True):
            assert int(row) not in seen
            seen[int(row)] = list(levels[present])
    assert seen == {row: list(value[offsets[row] : offsets[row + 1]]) for row in range(len(lengths))}


def test_a_long_profile_does_not_widen_the_blocks_of_short_ones():
    lengths = [3] * 50 + [1000]
    time = np.concatenate([np.arange(length) for length in lengths]).astype(float)
    value = np.ones(len(time))
    widths = [block.time.shape[1] for block in Profiles(time, value, value, np.cumsum([0, *lengths])).blocks()]
    assert widths == [4, 1001]


@pytest.mark.parametrize(
    ("profile", "time", "rise"),
    [
        ([0, 0, 1, 1], [0, 7, 0, 7], True),
        ([0, 0, 2], [0, 7, 0], True),
        ([0, 0, 1], [0, 0, 1], False),
        ([0, 1, 0], [0, 0, 7], False),
        ([0, 0], [7, 0], False),
        ([0, 0], [0, np.nan], False),
        ([], [], True),
    ],
)
def test_samples_rise_where_each_follows_in_its_profile_or_starts_a_later_one(profile, time, rise):
    assert rise_by_profile(np.array(profile, np.int64), np.array(time, float)) is rise
