"""What can go wrong, as one tree.

::

    CarpkError
    +-- DataError       what a file or table holds cannot be used; `.findings` lists every place at once
    +-- UnitError       a unit is unknown, or two units measure different things
    +-- RulesError      a choice has no such value
    +-- ReportError     a page cannot be set, e.g. no font has a character of a name
    +-- WriteError      a result cannot be put where it was asked for
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

_SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd about the data, and where the user finds it.

    Attributes
    ----------
    code : str
        Stable name, e.g. ``VALUE_NOT_UNDERSTOOD``.
    severity : {"error", "warning", "note"}
        An error stops the reading; a warning or note is carried into the study's log.
    message : str
        What is wrong and what would mend it, as sentences.
    file, sheet, column, value : str
        Where it stands, in the user's own words; empty where it does not apply.
    row : int or None
        Row as a spreadsheet shows it: the first row is 1, header rows counted.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""

    @property
    def place(self) -> str:
        """File, sheet, row and column, as one phrase."""
        parts = [
            self.file,
            f"sheet {self.sheet!r}" if self.sheet else "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column!r}" if self.column else "",
        ]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class CarpkError(Exception):
    """Anything carpk refuses to do."""


class DataError(CarpkError):
    """What a file or table holds cannot be used; every reason is listed.

    Parameters
    ----------
    findings : sequence of Finding
        At least one of severity ``error``.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> Iterable[str]:
        errors = [finding for finding in self.findings if finding.severity == "error"]
        yield from (str(finding) for finding in errors[:_SHOWN_AT_MOST])
        if len(errors) > _SHOWN_AT_MOST:
            yield f"... and {len(errors) - _SHOWN_AT_MOST} more."


class UnitError(CarpkError):
    """A unit is unknown, or two units measure different things."""


class RulesError(CarpkError):
    """A choice has no such value."""


class ReportError(CarpkError):
    """A page of the report cannot be set."""


class WriteError(CarpkError):
    """A result cannot be put where it was asked for."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word.

    Returns
    -------
    str
        `` Did you mean 'x'?`` with a leading space, or an empty string.
    """
    lowered = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean {lowered[close[0]]!r}?" if close else ""


def refuse_unknown_choices(rules: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Refuse a choice that some rules do not have.

    Raises
    ------
    RulesError
        Naming the first such choice, all that there are, and the nearest.
    """
    for name in given:
        if name not in known:
            raise RulesError(f"{rules} has no choice {name!r}; one of {list(known)}.{did_you_mean(str(name), known)}")
