"""The study's name: from the settings, a sheet called study, or a column that says it in every row."""

from carpk.io.checks import Findings
from carpk.io.mapping import Mapping
from carpk.io.sheet import Sheet, Table, Words
from carpk.io.spellings import ROLES, compact


def study_title(tables: list[Table], sheet: Sheet | None, mapping: Mapping, findings: Findings) -> str:
    """Return the study's name, empty where none is given; the settings win over the file."""
    if mapping.title:
        return mapping.title
    if sheet is not None:
        return _from_sheet(sheet)
    for table in tables:
        column = table.one("title")
        if column is None:
            continue
        words = sorted({word.strip() for word in Words.of(column.cells).words} - {""})
        if len(words) > 1:
            findings.warn(
                "COLUMN_IGNORED",
                f"The column names several studies ({words[0]!r}, {words[1]!r}, ...); none was taken as the title.",
                table.place, column=column.name,
            )  # fmt: skip
        elif words:
            return words[0]
    return ""


def _from_sheet(sheet: Sheet) -> str:
    """Find the cell called title (or study); the name stands below or right of it."""
    for line, row in enumerate(sheet.rows):
        for position, cell in enumerate(row):
            if ROLES.get(compact(cell)) == "title" or compact(cell) == "title":
                right = row[position + 1].strip() if position + 1 < len(row) else ""
                below = sheet.rows[line + 1][position].strip() if line == 0 and line + 1 < len(sheet.rows) else ""
                return below or right if line == 0 and len(sheet.rows[0]) != 2 else right or below
    return ""
