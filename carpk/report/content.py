"""A report as the template reads it: plain dictionaries, lists, texts and numbers."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from carpk.reasons import sentence
from carpk.report.fonts import text_width
from carpk.report.layout import (
    GROUP_GAP,
    INSET,
    LONGEST_WORD,
    TEXT_SIZE,
    LaidTable,
    begins_group,
    cells_of,
    lay_out,
    marks_of,
    marks_text,
    marks_width,
    unseen_decimals,
)
from carpk.report.parts import Block, Column, Figure, Heading, Report, Section, Table

Content = dict[str, Any]

_LONGEST_RUNNING_TITLE = 90


def content_of(report: Report, pictures: Sequence[str]) -> Content:
    """Write a report as the template reads it.

    Parameters
    ----------
    report : Report
    pictures : sequence of str
        File names of its figures, in their order.
    """
    names = iter(pictures)
    return {
        "title": shown(report.title),
        "short_title": shown(_shortened(report.title)),
        "banner": report.banner,
        "footer": report.footer,
        "longest_word": LONGEST_WORD,
        "facts": [
            {"name": name, "lines": [{"text": shown(line.text), "mono": line.monospaced} for line in lines]}
            for name, lines in report.facts
        ],
        "cautions": [shown(words) for words in report.cautions],
        "sections": [_section(section, names) for section in report.sections],
    }


def texts_of(content: Any) -> Iterator[str]:
    """Find every text of a report's content."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from texts_of(part)


def shown(text: str) -> str:
    r"""Replace control characters by a visible form: a tab in an id becomes \t, which a reader can see."""
    return "".join(
        repr(character)[1:-1] if unicodedata.category(character) in ("Cc", "Cs") else character for character in text
    )


def _shortened(title: str) -> str:
    return title if len(title) <= _LONGEST_RUNNING_TITLE else f"{title[: _LONGEST_RUNNING_TITLE - 1].rstrip()}\u2026"


def _section(section: Section, names: Iterator[str]) -> Content:
    return {
        "title": shown(section.title),
        "level": section.level,
        "chapter": section.chapter,
        "new_page": section.new_page,
        "fill": any(isinstance(part, Figure) and part.fill for part in section.blocks),
        "blocks": [_block(part, names) for part in section.blocks],
    }


def _block(part: Block, names: Iterator[str]) -> Content:
    if isinstance(part, Table):
        parts = lay_out(part)
        return {"type": "table", "parts": [_part(part, laid, number, len(parts)) for number, laid in enumerate(parts)]}
    if isinstance(part, Figure):
        return {
            "type": "figure",
            "file": next(names),
            "caption": shown(part.caption),
            "alternative": shown(part.alternative),
            "fill": part.fill,
        }
    return {"type": "text", "caution": part.caution, "paragraphs": [shown(words) for words in part.paragraphs]}


def _part(whole: Table, laid: LaidTable, number: int, parts: int) -> Content:
    """Write a table, or one part of it, with the marks that appear there."""
    marks = marks_of(whole)
    rows = _rows(whole, laid.columns, marks)
    used = {mark for row in rows for cell in row["cells"] for mark in cell["marks"].split(",")}
    return {
        "caption": shown(whole.caption) + (f" (part {number + 1} of {parts})" if parts > 1 else ""),
        "sideways": laid.sideways,
        "columns": [
            {
                "width": width,
                "align": whole.columns[position].align,
                "head": _head(whole.columns[position], width, _gap(whole, position)),
                "gap": _gap(whole, position),
            }
            for position, width in zip(laid.columns, laid.widths, strict=True)
        ],
        "together": whole.mixed,
        "airy": _wraps(whole, laid),
        "groups": _groups([whole.columns[position] for position in laid.columns]),
        "rows": rows,
        "notes": [shown(note) for note in whole.footnotes],
        "marks": [[mark, sentence(code)] for code, mark in marks.items() if mark in used],
    }


def _gap(table: Table, position: int) -> float:
    return GROUP_GAP if begins_group(table.columns, position) else 0.0


def _wraps(table: Table, laid: LaidTable) -> bool:
    """Tell whether the text of some cell takes more than one line; then rows need more room between them."""
    return any(
        text_width(cell.text, TEXT_SIZE) > width - 2 * INSET
        for position, width in zip(laid.columns, laid.widths, strict=True)
        if table.columns[position].align == "left"
        for cell in cells_of(table, position).values()
    )


def _rows(table: Table, columns: Sequence[int], marks: dict[str, str]) -> list[Content]:
    unseen = {position: unseen_decimals(table, position) for position in columns}
    room = {position: marks_width(cells_of(table, position).values(), marks) for position in columns}
    rows: list[Content] = []
    for number, row in enumerate(table.rows):
        if isinstance(row, Heading):
            rows.append({"heading": shown(row.text), "cells": []})
            continue
        cells, start = [], 0
        for cell in row:
            covered = [position for position in columns if start <= position < start + cell.span]
            start += cell.span
            if covered:
                first = covered[0]
                alone = cell.span == 1
                cells.append(
                    {
                        "text": shown(cell.text),
                        "tail": text_width(unseen[first].get(number, ""), TEXT_SIZE) + (room[first] if alone else 0.0),
                        "marks": marks_text(cell, marks),
                        "align": table.columns[first].align if alone else "left",
                        "span": len(covered),
                    }
                )
        rows.append({"heading": None, "cells": cells})
    return rows


def _head(column: Column, width: float, gap: float) -> list[str]:
    """Break a column's head, then its unit, into lines that fit its width."""
    room = width - 2 * INSET - gap
    words = [f"{word} " for word in column.head.split()]
    unit = [piece for piece in re.split(r"(?<=\u00b7)", f"({column.unit})") if piece] if column.unit else []
    return [*_filled(words, room), *_filled(unit, room)]


def _filled(pieces: Sequence[str], room: float) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and text_width((lines[-1] + piece).rstrip(), TEXT_SIZE, bold=True) <= room:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [shown(line.rstrip()) for line in lines]


def _groups(columns: Sequence[Column]) -> list[Content]:
    """Find common heads, with the number of columns below each; none where no column has one."""
    groups: list[Content] = []
    for column in columns:
        if groups and column.group and groups[-1]["text"] == shown(column.group):
            groups[-1]["span"] += 1
        else:
            groups.append({"text": shown(column.group), "span": 1})
    return groups if any(group["text"] for group in groups) else []
