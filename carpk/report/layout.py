"""How wide the columns of a table are, and what becomes of a table too wide for the page.

Widths are worked out here, from the glyphs' own widths, so that no cell is ever clipped: numbers never break, text
wraps, and a table that fits neither upright nor on its side is split, with its key columns in every part.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from carpk.report.fonts import text_width
from carpk.report.numbers import decimal_padding
from carpk.report.parts import Cell, Column, Heading, Table

TEXT_SIZE = 8.0
MARK_SIZE = 5.6
INSET = 3.5
GROUP_GAP = 8.0
UPRIGHT = 481.0
SIDEWAYS = 728.0
LONGEST_WORD = 16
"""Words with more letters than this may break anywhere, as long subject ids must."""

_NARROWEST_TEXT = 62.0
_WIDEST_GROUP = 64.0
_SLACK = 1.03


@dataclass(frozen=True, slots=True)
class LaidTable:
    """Part of a table that fits a page's width.

    Attributes
    ----------
    columns : tuple of int
        Which columns of the table stand in it.
    widths : tuple of float
        Of these columns [pt].
    sideways : bool
        True where the page must be turned.
    """

    columns: tuple[int, ...]
    widths: tuple[float, ...]
    sideways: bool


def marks_of(table: Table) -> dict[str, str]:
    """Give every reason and flag of a table a letter, in order of appearance, row by row."""
    codes = dict.fromkeys(
        code for row in table.rows if not isinstance(row, Heading) for cell in row for code in cell.codes
    )
    return {code: _letter(position) for position, code in enumerate(codes)}


def marks_text(cell: Cell, marks: dict[str, str]) -> str:
    """Write the footnote marks of a cell."""
    return ",".join(sorted((marks[code] for code in cell.codes), key=lambda mark: (len(mark), mark)))


def head_lines(column: Column) -> list[str]:
    """Words of a column head that are never broken: those of its name, then its unit after each raised dot."""
    unit = re.sub(r"\u00b7", "\u00b7 ", f"({column.unit})") if column.unit else ""
    return [*column.head.split(), *unit.split()]


def lay_out(table: Table) -> list[LaidTable]:
    """Find widths for the columns of a table, and split it where it fits no page."""
    narrow, natural = _extents(table)
    everything = tuple(range(len(table.columns)))
    for width, sideways in ((UPRIGHT, False), (SIDEWAYS, True)):
        if sum(narrow) <= width:
            return [LaidTable(everything, _share(narrow, natural, width), sideways)]
    return [
        LaidTable(part, _share([narrow[i] for i in part], [natural[i] for i in part], SIDEWAYS), True)
        for part in _split(table, narrow)
    ]


def _split(table: Table, narrow: Sequence[float]) -> list[tuple[int, ...]]:
    keys = tuple(range(table.keys))
    parts: list[tuple[int, ...]] = [keys]
    for group in _groups(table):
        if len(parts[-1]) > len(keys) and sum(narrow[i] for i in (*parts[-1], *group)) > SIDEWAYS:
            parts.append(keys)
        parts[-1] = (*parts[-1], *group)
    return parts


def _groups(table: Table) -> list[tuple[int, ...]]:
    """Columns that stay together: those under one common head."""
    groups: list[tuple[int, ...]] = []
    for position, column in enumerate(table.columns[table.keys :], start=table.keys):
        if groups and column.group and table.columns[position - 1].group == column.group:
            groups[-1] = (*groups[-1], position)
        else:
            groups.append((position,))
    return groups


def _extents(table: Table) -> tuple[list[float], list[float]]:
    """Least and natural width of each column [pt]."""
    marks = marks_of(table)
    narrow, natural = [], []
    for position, column in enumerate(table.columns):
        head = max((text_width(word, TEXT_SIZE, bold=True) for word in head_lines(column)), default=0.0)
        body = _body_width(table, position, marks)
        least = max(head, min(body, _longest_word(table, position)) if column.align == "left" else body)
        edge = 2 * INSET + (GROUP_GAP if begins_group(table.columns, position) else 0.0)
        narrow.append(least * _SLACK + edge)
        natural.append(max(head, body) * _SLACK + edge)
    _widen_for_groups(table.columns, narrow, natural)
    _widen_for_headings(table, natural)
    return narrow, natural


def begins_group(columns: Sequence[Column], position: int) -> bool:
    """Tell the first column under a common head, which stands apart from the column before it."""
    return bool(position and columns[position].group and columns[position - 1].group != columns[position].group)


def cells_of(table: Table, column: int) -> dict[int, Cell]:
    """Cells that stand in a column alone, by row; a wider one that covers it is left out."""
    found = {}
    for number, row in enumerate(table.rows):
        start = 0
        for cell in () if isinstance(row, Heading) else row:
            if start == column and cell.span == 1:
                found[number] = cell
            start += cell.span
    return found


def unseen_decimals(table: Table, column: int) -> dict[int, str]:
    """Say what must stand, unseen, behind the numbers of a column to align their decimal points, by row."""
    cells = cells_of(table, column)
    if table.columns[column].align != "decimal":
        return dict.fromkeys(cells, "")
    heading, under = 0, {}
    for number, row in enumerate(table.rows):
        heading += table.mixed and isinstance(row, Heading)
        under[number] = heading
    unseen: dict[int, str] = {}
    for place in sorted(set(under.values())):
        rows = [number for number in cells if under[number] == place]
        unseen |= dict(zip(rows, decimal_padding([cells[number].text for number in rows]), strict=True))
    return unseen


def _body_width(table: Table, column: int, marks: dict[str, str]) -> float:
    cells, unseen = cells_of(table, column), unseen_decimals(table, column)
    lines = [text_width(cell.text + unseen[number], TEXT_SIZE) for number, cell in cells.items()]
    return max(lines, default=0.0) + marks_width(cells.values(), marks)


def _longest_word(table: Table, column: int) -> float:
    """Width that the text of a column needs at least: that of its widest word that may not break [pt]."""
    words = {word for cell in cells_of(table, column).values() for word in cell.text.split()}
    widths = [text_width(word, TEXT_SIZE) for word in words if len(word) <= LONGEST_WORD]
    return max([_NARROWEST_TEXT, *widths])


def marks_width(cells: Iterable[Cell], marks: dict[str, str]) -> float:
    """Width of the widest footnote marks among cells [pt]; room for them is kept in every cell of the column."""
    widest = max((text_width(marks_text(cell, marks), MARK_SIZE) for cell in cells), default=0.0)
    return widest * _SLACK + 1.0 if widest else 0.0


def _widen_for_groups(columns: Sequence[Column], narrow: list[float], natural: list[float]) -> None:
    """Make room for the words of a common head."""
    for name in dict.fromkeys(column.group for column in columns if column.group):
        members = [position for position, column in enumerate(columns) if column.group == name]
        words = max(text_width(word, TEXT_SIZE, bold=True) for word in name.split())
        whole = max(words, min(text_width(name, TEXT_SIZE, bold=True), _WIDEST_GROUP))
        for widths, need in ((narrow, words), (natural, whole)):
            short = need * _SLACK + 2 * INSET + GROUP_GAP - sum(widths[position] for position in members)
            for position in members:
                widths[position] += max(short, 0.0) / len(members)


def _widen_for_headings(table: Table, natural: list[float]) -> None:
    """Let the first column of text grow where a heading is longer than its table is wide."""
    headings = [text_width(row.text, TEXT_SIZE, bold=True) for row in table.rows if isinstance(row, Heading)]
    short = max(headings, default=0.0) * _SLACK + 2 * INSET - sum(natural)
    if short > 0 and table.columns[0].align == "left":
        natural[0] += short


def _share(narrow: Sequence[float], natural: Sequence[float], width: float) -> tuple[float, ...]:
    """Give every column its natural width where there is room, else share the room that the least widths leave."""
    spare = width - sum(narrow)
    wishes = [want - least for want, least in zip(natural, narrow, strict=True)]
    if sum(wishes) <= spare:
        return tuple(natural)
    # Fill the smallest wishes first, so that a short column is never narrowed for the sake of a long one.
    granted = [0.0] * len(wishes)
    open_wishes = sorted((wish, position) for position, wish in enumerate(wishes) if wish > 0)
    for left, (wish, position) in zip(range(len(open_wishes), 0, -1), open_wishes, strict=True):
        granted[position] = min(wish, spare / left)
        spare -= granted[position]
    return tuple(least + grant for least, grant in zip(narrow, granted, strict=True))


def _letter(position: int) -> str:
    """Count in letters: a to z, then aa, ab and so on."""
    text = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        text = chr(ord("a") + letter) + text
    return text
