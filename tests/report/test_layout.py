import pytest

from carpk.report.fonts import text_width
from carpk.report.layout import INSET, SIDEWAYS, TEXT_SIZE, UPRIGHT, lay_out, marks_of, marks_text
from carpk.report.parts import Cell, Column, Heading, Table


def _table(columns, cell="1,234,567", key="S1"):
    heads = (Column("Subject", align="left"), *(Column(f"AUC{i}", "day\u00b7copies/\u00b5g") for i in range(columns)))
    return Table("Areas", heads, ((Cell(key), *(Cell(cell) for _ in range(columns))),))


def test_a_table_that_fits_stands_upright_in_one_part():
    (part,) = lay_out(_table(5))
    assert not part.sideways
    assert part.columns == tuple(range(6))


def test_a_table_too_wide_for_the_page_is_turned():
    (part,) = lay_out(_table(10))
    assert part.sideways


def test_a_table_too_wide_for_a_turned_page_is_split_with_its_key_in_every_part():
    parts = lay_out(_table(30))
    assert len(parts) > 1
    assert all(part.columns[0] == 0 for part in parts)
    assert sorted(column for part in parts for column in part.columns[1:]) == list(range(1, 31))


@pytest.mark.parametrize("columns", [1, 5, 10, 30])
@pytest.mark.parametrize("key", ["S1", "SITE-0001-" + "0" * 200])
def test_no_part_is_wider_than_its_page(columns, key):
    for part in lay_out(_table(columns, key=key)):
        assert sum(part.widths) <= (SIDEWAYS if part.sideways else UPRIGHT) + 1e-9


def test_a_column_of_numbers_is_never_narrower_than_its_widest_number():
    number = "123,456,789,012,345"
    (part,) = lay_out(_table(3, cell=number))
    assert part.widths[1] >= text_width(number, TEXT_SIZE) + 2 * INSET


def test_columns_under_one_head_stay_in_one_part():
    groups = [f"window {i}" for i in range(10)]
    columns = [Column("Subject", align="left"), *(Column(name, group=group) for group in groups for name in ("a", "b"))]
    table = Table("Windows", tuple(columns), ((Cell("S1"), *(Cell("123,456,789") for _ in range(20))),))
    for part in lay_out(table):
        names = [columns[position].group for position in part.columns[1:]]
        assert all(names.count(name) == 2 for name in names)


def test_marks_are_letters_in_order_of_appearance():
    rows = (Heading("low"), (Cell("1", ("TIES",)), Cell("2", ("SHORT_SPAN", "TIES"))))
    table = Table("", (Column("a"), Column("b")), rows)
    assert marks_of(table) == {"TIES": "a", "SHORT_SPAN": "b"}


def test_the_27th_mark_is_aa():
    cells = tuple(Cell("1", (f"CODE_{number}",)) for number in range(27))
    marks = marks_of(Table("", tuple(Column(str(i)) for i in range(27)), (cells,)))
    assert marks["CODE_25"] == "z"
    assert marks["CODE_26"] == "aa"


def test_the_marks_of_a_cell_are_in_order():
    assert marks_text(Cell("1", ("B", "A")), {"A": "a", "B": "c"}) == "a,c"


def test_a_column_of_text_is_never_narrower_than_a_word_that_may_not_break():
    word = "ABCDEFGHIJKLMNOP"
    columns = (Column("Subject", align="left"), *(Column("What was done", align="left") for _ in range(6)))
    table = Table("", columns, ((Cell(word), *(Cell("some words " * 40) for _ in range(6))),))
    (part,) = lay_out(table)
    assert part.widths[0] >= text_width(word, TEXT_SIZE) + 2 * INSET
