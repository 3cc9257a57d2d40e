"""Flags that all numbers share are told once, under the table, rather than as a mark on every number."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from carpk.reasons import FLAGS, sentence
from carpk.report.layout import cells_of
from carpk.report.parts import Cell, Heading, Table

_FEWEST = 3


def tell_common_flags(table: Table, *, by_column: bool = True) -> Table:
    """Move flags that every number of a table, or of one column, has from its cells into the footnotes.

    Parameters
    ----------
    table : Table
    by_column : bool
        Whether a column says one thing, so that flags of all its numbers may be told for the column.
    """
    columns = [at for at, column in enumerate(table.columns) if column.align != "left"]
    valued = {at: [cell for cell in cells_of(table, at).values() if cell.codes or cell.text] for at in columns}
    numbers = {at: [cell for cell in cells if not _is_missing(cell)] for at, cells in valued.items()}
    everywhere = [at for at, cells in numbers.items() if cells]
    common: dict[int, set[str]] = {at: set() for at in columns}
    notes = []
    for code in FLAGS:
        flagged = [at for at in everywhere if all(code in cell.codes for cell in numbers[at])]
        enough = sum(len(numbers[at]) for at in flagged) >= _FEWEST
        if flagged and flagged == everywhere and enough:
            notes.append(f"All values: {sentence(code)}")
        elif by_column and (flagged := [at for at in flagged if len(numbers[at]) >= _FEWEST]):
            heads = ", ".join(dict.fromkeys(table.columns[at].head for at in flagged))
            notes.append(f"All values of {heads}: {sentence(code)}")
        else:
            continue
        for at in flagged:
            common[at].add(code)
    rows = tuple(row if isinstance(row, Heading) else _without(row, common) for row in table.rows)
    return replace(table, rows=rows, footnotes=(*table.footnotes, *notes))


def _is_missing(cell: Cell) -> bool:
    """Tell a cell whose codes say why there is no number."""
    return any(code not in FLAGS for code in cell.codes)


def _without(row: tuple[Cell, ...], common: Mapping[int, Collection[str]]) -> tuple[Cell, ...]:
    cells, start = [], 0
    for cell in row:
        told = common.get(start, ()) if cell.span == 1 else ()
        cells.append(replace(cell, codes=tuple(code for code in cell.codes if code not in told)))
        start += cell.span
    return tuple(cells)
