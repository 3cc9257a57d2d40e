from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from carpk.errors import DataError, Finding
from carpk.io.mapping import Mapping
from carpk.io.study import read_study
from carpk.schema import Study

Read = Callable[..., Study]
Refused = Callable[..., list[Finding]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a text file and read it as a study."""

    def read_text(
        text: str | bytes, settings: Mapping | None = None, name: str = "trial.csv", encoding: str = "utf-8"
    ) -> Study:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_study(path, settings=settings)

    return read_text


@pytest.fixture
def refused(read: Read) -> Refused:
    """Write a text file, read it, and return everything that was found wrong."""

    def refusals(*arguments: object, **options: object) -> list[Finding]:
        with pytest.raises(DataError) as caught:
            read(*arguments, **options)
        return [finding for finding in caught.value.findings if finding.severity == "error"]

    return refusals


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Write a workbook of sheets given as rows; a function may touch it up before it is saved."""

    def write(touch: Callable[[openpyxl.Workbook], None] | None = None, **sheets: list[list[object]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        if touch is not None:
            touch(book)
        path = tmp_path / "trial.xlsx"
        book.save(path)
        return path

    return write
