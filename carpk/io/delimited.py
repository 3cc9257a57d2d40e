"""Text files of columns: CSV, TSV and the like, in UTF-8, UTF-16 or a declared encoding."""

import codecs
import csv
import io
import re

from carpk.io.checks import Findings, Place
from carpk.io.mapping import Mapping
from carpk.io.sheet import Sheet

DELIMITERS = (",", ";", "\t", "|")
_LOOKED_AT = 20
_LARGEST_CELL = 1_000_000
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEPARATOR_LINE = re.compile(r"sep=([,;|\t])\r?\n", re.IGNORECASE)  # Excel hides this line and counts rows behind it


def read_delimited(content: bytes, place: Place, mapping: Mapping, findings: Findings) -> Sheet | None:
    """Take a text file apart into rows of cells.

    Parameters
    ----------
    content : bytes
        The whole file.
    place : Place
        Its name, for messages.
    mapping : Mapping
        Says encoding and delimiter where the file does not show them.
    findings : Findings
        Gets whatever is wrong.

    Returns
    -------
    Sheet or None
        None where the file cannot be taken apart; the findings say why.
    """
    text = _decoded(content, place, mapping.encoding, findings)
    if text is None or not _is_clean(text, place, findings):
        return None
    if not text.strip():
        findings.error("FILE_EMPTY", "The file is empty.", place)
        return None
    said = _SEPARATOR_LINE.match(text)
    text = text[said.end() :] if said else text
    delimiter = said[1] if said and not mapping.delimiter else _delimiter(text, place, mapping, findings)
    return _rows(text, delimiter, place, findings) if delimiter else None


def _decoded(content: bytes, place: Place, declared: str, findings: Findings) -> str | None:
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    encoding = next((name for mark, name in marks if content.startswith(mark)), declared or "utf-8")
    try:
        return content.decode(encoding)
    except LookupError:
        findings.error("ENCODING", f"There is no encoding {encoding!r}; use e.g. 'gb18030' or 'cp1252'.", place)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        findings.error(
            "ENCODING",
            f"Byte {error.start + 1} (0x{content[error.start]:02X}) is not {encoding}. Save the file as UTF-8, or name "
            'its encoding under [study] in the settings, e.g. encoding = "gb18030" or "cp1252".',
            place,
            row=row,
        )
    return None


def _is_clean(text: str, place: Place, findings: Findings) -> bool:
    """Refuse NUL characters and lone carriage returns, which split rows differently in different programs."""
    for character, name in (("\0", "a NUL character"), ("\r", "a carriage return without a line feed")):
        at = text.replace("\r\n", "\n\n").find(character)
        if at >= 0:
            row = text[:at].count("\n") + 1
            findings.error("CHARACTER_FORBIDDEN", f"There is {name}; save the file again as CSV.", place, row=row)
            return False
    return True


def _delimiter(text: str, place: Place, mapping: Mapping, findings: Findings) -> str:
    if mapping.delimiter:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(mapping.delimiter, mapping.delimiter)
        if len(delimiter) == 1:
            return delimiter
        findings.error("DELIMITER_UNCLEAR", f"A delimiter is one character; got {mapping.delimiter!r}.", place)
        return ""
    lines = [line.rstrip("\r") for line in text.split("\n", _LOOKED_AT) if line.strip()][:_LOOKED_AT]
    header = lines[0]
    by_line = {each: [_outside_quotes(line).count(each) for line in lines] for each in DELIMITERS}
    counts = {each: found[0] for each, found in by_line.items()}
    steady = {each: found[0] for each, found in by_line.items() if found[0] and len(set(found)) == 1}
    most = max((steady or counts).values())
    likely = [each for each, count in (steady or counts).items() if count == most]
    if not most:
        findings.error(
            "DELIMITER_UNCLEAR",
            f"The first row, {header[:80]!r}, shows no comma, semicolon, tab or bar between columns. It must hold the "
            "names of the columns; another separator can be named under [study] in the settings: delimiter = ...",
            place,
            row=1,
        )
        return ""
    if len(likely) > 1:
        names = " and ".join(_NAMES[each] for each in likely)
        findings.error(
            "DELIMITER_UNCLEAR",
            f'The header has as many of {names}; name the one that separates columns under [study]: delimiter = ";".',
            place,
            row=1,
        )
        return ""
    return likely[0]


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _rows(text: str, delimiter: str, place: Place, findings: Findings) -> Sheet | None:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    number = 0
    csv.field_size_limit(_LARGEST_CELL)
    try:
        for number, row in enumerate(reader, start=1):
            if any(cell.strip() for cell in row):
                rows.append(row)
                numbers.append(number)
    except csv.Error as error:
        findings.error(
            "QUOTE_OPEN",
            f"The row cannot be taken apart: {error}. Look for a quotation mark that is not closed or not doubled.",
            place,
            row=number + 1,
        )
        return None
    if not rows:
        findings.error("FILE_EMPTY", "The file holds separators and no text.", place)
        return None
    if numbers[0] != 1:
        findings.error("COLUMN_MISSING", "The first row is empty; it must hold the names of the columns.", place, row=1)
        return None
    width = len(rows[0])
    ragged = [position for position, row in enumerate(rows) if len(row) != width]
    for position in ragged:
        _refuse_ragged(rows[position], numbers[position], width, delimiter, place, findings)
    return None if ragged else Sheet(place, rows, numbers)


def _refuse_ragged(row: list[str], number: int, width: int, delimiter: str, place: Place, findings: Findings) -> None:
    hint = ""
    if len(row) > width and delimiter == ",":
        hint = " A number with a decimal comma must stand in quotation marks, or the columns be separated by ';'."
    elif len(row) < width:
        hint = " Is a cell missing, or is this a line of remarks?"
    findings.error("ROW_RAGGED", f"The row has {len(row)} cells, the header has {width}.{hint}", place, row=number)
