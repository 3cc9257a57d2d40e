import random
import re
from pathlib import Path

import pytest

from carpk.errors import CarpkError, DataError
from carpk.io.checks import FINDINGS, Findings, rows_in_words
from carpk.io.study import read_study

SEEDS = {
    "long.csv": b"subject,day,visit,analyte,value,unit,lloq\nS1,0,Day 0 pre,IL-6,<1,pg/mL,1\nS1,7,Day 7,CRP,3,mg/L,\n",
    "wide.csv": b",CAR-T (copies/ug; LLOQ 50),,IL-6 (pg/mL),\nsubject,Day 0,Day 7,Day 0,Day 7\nS1,<50,100,2,3\n",
    "dates.csv": b"subject;sample date;infusion date;CRP (mg/L);toci day\nS1;2024-01-02T12:00;2024-01-01 06:00;3;5\n",
}
PIECES = [*b',|;|"|<|BLQ|1e309|nan|(|Day |status'.split(b"|"), b"\n", b"\r", b"\0", b"\xff", b"\xe2\x88\x92"]


def spoil(content: bytes, chance: random.Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 4])):
        place = chance.randrange(len(spoiled) + 1)
        kind = chance.random()
        if kind < 0.4:
            spoiled[place:place] = chance.choice(PIECES)
        elif kind < 0.7:
            del spoiled[place : place + chance.randrange(1, 12)]
        else:
            spoiled[place : place + 1] = bytes([chance.randrange(256)])
    return bytes(spoiled)


@pytest.mark.parametrize("name", SEEDS)
def test_a_spoiled_file_is_read_or_refused_and_never_crashes(tmp_path: Path, name: str):
    chance = random.Random(20240301)  # noqa: S311 - a fixed series of faults
    path = tmp_path / name
    refused = 0
    for _ in range(120):
        path.write_bytes(spoil(SEEDS[name], chance))
        try:
            study = read_study(path)
        except CarpkError:
            refused += 1
        else:
            assert not study.samples.empty
    assert 0 < refused <= 120


def test_every_code_used_in_the_loader_is_listed_with_its_sentence():
    folder = Path(__file__).parents[2] / "carpk" / "io"
    used = {
        code
        for file in folder.glob("*.py")
        for code in re.findall(
            r'(?:error|warn|note|CellError|Finding|_unreadable|_count)\(\s*(?:\w+, )*"([A-Z0-9_]+)"', file.read_text()
        )
    }
    assert len(used) > 40
    assert used <= set(FINDINGS)


def test_an_unlisted_code_cannot_be_used():
    with pytest.raises(KeyError):
        Findings().error("NO_SUCH_CODE", "x")


def test_many_faults_are_counted_and_fifty_shown(read):
    rows = "".join(f"S1,{day},bad\n" for day in range(80))
    with pytest.raises(DataError) as caught:
        read("subject,day,CRP (mg/L)\n" + rows)
    assert len(caught.value.findings) == 80
    assert str(caught.value).splitlines()[50:] == ["... and 30 more."]


def test_nothing_is_read_from_a_file_with_one_fault(read):
    with pytest.raises(DataError, match="row 3"):
        read("subject,day,CRP (mg/L)\nS1,0,1\nS1,1,bad\nS1,2,3\n")


def test_a_row_that_holds_several_faults_is_named_once_and_in_its_place():
    assert rows_in_words([9, 2, 5, 2]) == "rows 2, 5 and 9"


def test_rows_are_written_as_people_write_them():
    assert [rows_in_words(rows) for rows in ([2], [2, 3], [2, 3, 4, 5, 6, 7])] == [
        "row 2",
        "rows 2 and 3",
        "rows 2, 3, 4, 5, 6 and 1 more",
    ]
