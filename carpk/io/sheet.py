"""A table before and after its columns are understood: cells as they stand, and columns with a meaning."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carpk.io.cells import number_text
from carpk.io.checks import Place
from carpk.io.columns import Meaning

Cells = NDArray[Any]
"""The cells of one column: text (object), or float64 where a DataFrame already holds numbers."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet or text file as it stands, every cell as text.

    Attributes
    ----------
    place : Place
        Where it is.
    rows : list of list of str
        Rectangular: every row has as many cells as the widest.
    numbers : list of int
        Row of each as a spreadsheet shows it.
    merged : tuple of (first row, first column, last row, last column)
        Merged cells, as a spreadsheet counts.
    doubtful_ids : frozenset of (row, column)
        Cells, by row number and column position from 0, whose number is shown with more digits than it has.
    """

    place: Place
    rows: list[list[str]]
    numbers: list[int]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    doubtful_ids: frozenset[tuple[int, int]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name in the file, what it is, and its cells."""

    name: str
    meaning: Meaning
    cells: Cells


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose columns are understood.

    Attributes
    ----------
    place : Place
        Where it is.
    fields : tuple of Field
        In the file's order, without those left aside.
    rows : ndarray of int
        Row of each as a spreadsheet shows it.
    names : tuple of str
        Every column's name, also of those left aside.
    """

    place: Place
    fields: tuple[Field, ...]
    rows: NDArray[np.int64]
    names: tuple[str, ...] = ()

    def all(self, role: str) -> list[Field]:
        """Return the columns of one role."""
        return [each for each in self.fields if each.meaning.role == role]

    def one(self, role: str) -> Field | None:
        """Return the column of a role that only one column can have, outside a wide layout's visits."""
        return next((each for each in self.all(role) if not each.meaning.visit), None)

    def take(self, chosen: NDArray[np.bool_]) -> "Table":
        """Return the table with some of its rows."""
        fields = tuple(replace(each, cells=each.cells[chosen]) for each in self.fields)
        return replace(self, fields=fields, rows=self.rows[chosen])

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Words:
    """A column of text with few different words: each once, and which one every row has.

    Attributes
    ----------
    codes : ndarray of int
        Position in `words` for every row.
    words : list of str
        The different texts.
    """

    codes: NDArray[np.intp]
    words: list[str]

    @classmethod
    def constant(cls, word: str, rows: int) -> "Words":
        """Return one word for every row."""
        return cls(np.zeros(rows, np.intp), [word])

    @classmethod
    def of(cls, cells: Cells) -> "Words":
        """Take the cells of a column apart; numbers become their text."""
        codes, different = pd.factorize(cells, use_na_sentinel=False)
        if cells.dtype == np.float64:
            return cls(codes, [number_text(float(number)) for number in different])
        return cls(codes, [str(word) for word in different])

    def take(self, chosen: NDArray[np.bool_]) -> "Words":
        """Return the words of some of the rows."""
        return Words(self.codes[chosen], self.words)

    @classmethod
    def spread(cls, words: Iterable[str], positions: NDArray[np.intp]) -> "Words":
        """Give every row the word at its position in a list that may repeat words."""
        listed = list(words)
        different = list(dict.fromkeys(listed))
        places = {word: code for code, word in enumerate(different)}
        return cls(np.array([places[word] for word in listed], np.intp)[positions], different)

    def text(self) -> Cells:
        """Return the text of every row."""
        return np.array(self.words, dtype=object)[self.codes] if self.words else np.empty(0, object)

    def renamed(self, words: list[str]) -> "Words":
        """Put one word for each of the different ones; several may become the same."""
        different = list(dict.fromkeys(words))
        places = {word: code for code, word in enumerate(different)}
        return Words(np.array([places[word] for word in words], np.intp)[self.codes], different)

    def repeated(self, times: int) -> "Words":
        """Give every row its word this many times over, row by row."""
        return Words(np.repeat(self.codes, times), self.words)
