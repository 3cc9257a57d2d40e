"""What a report is made of, as plain data: text, tables, figures, sections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

Alignment = Literal["left", "right", "decimal"]


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs of running text.

    Attributes
    ----------
    paragraphs : tuple of str
    caution : bool
        Set apart from the rest, as something that a reader must not miss.
    """

    paragraphs: tuple[str, ...]
    caution: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
    codes : tuple of str
        Reasons and flags; they become footnote marks, explained under the table.
    span : int
        How many columns the cell takes.
    """

    text: str = ""
    codes: tuple[str, ...] = ()
    span: int = 1


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of a table that names the rows below it; it is repeated where they go on over a page."""

    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    head : str
    unit : str
        As people read it; printed below the head in parentheses.
    align : {"left", "right", "decimal"}
        "decimal" sets numbers with their decimal points above each other.
    group : str
        A head above this one and its neighbors of the same group.
    """

    head: str
    unit: str = ""
    align: Alignment = "decimal"
    group: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption and notes.

    Attributes
    ----------
    caption : str
    columns : tuple of Column
    rows : tuple of Heading or tuple of Cell
    footnotes : tuple of str
        Printed under the table, before the explanation of the marks.
    keys : int
        Leading columns that say what a row is; they stand in every part of a table too wide for a page.
    mixed : bool
        The rows under one heading are of another kind than those under the next, so decimal points are aligned within
        each heading only.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Heading | tuple[Cell, ...], ...]
    footnotes: tuple[str, ...] = ()
    keys: int = 1
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its caption.

    Attributes
    ----------
    caption : str
    alternative : str
        What it shows, for those who cannot see it.
    draw : callable
        Makes the matplotlib figure when its turn comes.
    fill : bool
        Take what the rest of the page leaves, rather than the size of the drawing.
    """

    caption: str
    alternative: str
    draw: "Callable[[], Drawing]"
    fill: bool = False


Block = Text | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it.

    Attributes
    ----------
    title : str
    blocks : tuple of Text, Table or Figure
    level : int
        1 for a chapter, 2 for a part of one.
    new_page : bool
        Start on a new page.
    chapter : str
        Heading of the chapter that begins on the page of this part.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    level: int = 1
    new_page: bool = False
    chapter: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a fact on the title page; a checksum is set in letters of one width."""

    text: str
    monospaced: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says.

    Attributes
    ----------
    title : str
        Name of the study.
    banner : str
        Stands at the head of every page; empty for real data.
    facts : tuple of (str, tuple of Line)
        What the title page says about the analysis: a name and its lines.
    cautions : tuple of str
        What a reader must know before the first number.
    sections : tuple of Section
    footer : str
        Stands at the foot of every page, beside its number.
    """

    title: str
    banner: str
    facts: tuple[tuple[str, tuple[Line, ...]], ...]
    cautions: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: str
