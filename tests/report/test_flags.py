from carpk.reasons import sentence
from carpk.report.flags import tell_common_flags
from carpk.report.parts import Cell, Column, Table


def _table(*cells):
    rows = tuple((Cell(f"S{number}"), cell) for number, cell in enumerate(cells))
    return Table("", (Column("Subject", align="left"), Column("Cmax")), rows)


def test_a_flag_on_every_number_becomes_one_note():
    told = tell_common_flags(_table(*[Cell("1", ("NOMINAL_USED",))] * 3))
    assert told.footnotes == (f"All values: {sentence('NOMINAL_USED')}",)
    assert all(row[1].codes == () for row in told.rows)


def test_a_flag_on_some_numbers_stays_a_mark():
    told = tell_common_flags(_table(Cell("1", ("TIES",)), Cell("2"), Cell("3", ("TIES",))))
    assert told.footnotes == ()
    assert [row[1].codes for row in told.rows] == [("TIES",), (), ("TIES",)]


def test_a_missing_number_does_not_keep_the_flag_of_all_others_from_being_common():
    numbers = [Cell("1", ("NOMINAL_USED",))] * 3
    told = tell_common_flags(_table(*numbers, Cell("\u2014", ("TOO_FEW_POINTS",))))
    assert len(told.footnotes) == 1
    assert told.rows[3][1].codes == ("TOO_FEW_POINTS",)


def test_a_reason_is_never_moved_away_from_its_cell():
    told = tell_common_flags(_table(*[Cell("\u2014", ("NO_QUANTIFIED",))] * 4))
    assert told.footnotes == ()


def test_two_numbers_are_too_few_for_a_common_note():
    told = tell_common_flags(_table(*[Cell("1", ("NOMINAL_USED",))] * 2))
    assert told.footnotes == ()


def test_names_beside_the_numbers_do_not_keep_a_flag_from_being_common():
    pair = (Cell("Cmax"), Cell("1", ("NOMINAL_USED",)))
    table = Table("", (Column("Parameter", align="left"), Column("Value", align="right")) * 2, (pair * 2, pair * 2))
    assert tell_common_flags(table, by_column=False).footnotes == (f"All values: {sentence('NOMINAL_USED')}",)
