"""Which files and sheets make up a study: one file, a workbook of several sheets, or a folder."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from carpk.errors import did_you_mean
from carpk.io.checks import Findings, Place
from carpk.io.delimited import read_delimited
from carpk.io.mapping import Mapping
from carpk.io.sheet import Sheet
from carpk.io.spellings import NOT_DATA_SHEETS, compact
from carpk.io.spreadsheet import read_workbook
from carpk.schema import Origin

TABLES = ("samples", "subjects", "events", "assessments", "study")
TEXT_FILES = (".csv", ".tsv", ".txt", ".dat")
_TABLE_NAMES = {
    "event": "events",
    "subject": "subjects",
    "assessment": "assessments",
    "\u4e8b\u4ef6": "events",
    "\u8bc4\u4f30": "assessments",
    "\u7597\u6548\u8bc4\u4f30": "assessments",
}
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel workbook (or another zip archive)"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook (.xls) or a password-protected one; save it as .xlsx without a password",
    ),
    (b"%PDF", "a PDF"),
    (b"HEADER RECORD*******LIB", "a SAS transport file (.xpt); save it as CSV"),
    (b"\0" * 12 + b"\xc2\xea\x81\x60", "a SAS data set (.sas7bdat); save it as CSV"),
    (b"PAR1", "a Parquet file; save it as CSV"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


@dataclass(frozen=True)
class Source:
    """The sheets of one study, and the files they came from."""

    sheets: dict[str, Sheet]
    origins: tuple[Origin, ...]


def open_source(path: str | Path, mapping: Mapping, findings: Findings) -> Source | None:
    """Find and open the tables of a study.

    Parameters
    ----------
    path : str or Path
        A .csv, .tsv, .txt, .dat or .xlsx file, or a folder with such files called samples, subjects, events and
        assessments.
    mapping : Mapping
        Names sheet, encoding and delimiter where needed.
    findings : Findings
        Gets whatever is wrong.

    Returns
    -------
    Source or None
        None where nothing could be opened; the findings say why.
    """
    path = Path(path)
    if path.is_dir():
        return _open_folder(path, mapping, findings)
    opened = _open_file(path, mapping, findings)
    if not opened:
        return None
    chosen = _choose_sheets(opened[0], mapping, findings)
    return Source(chosen, tuple(Origin(path.name, opened[1], sheet.place.sheet) for sheet in chosen.values()))


def _table_of(name: str) -> str:
    """Return the table that a file's or a sheet's name means; the name itself where it means none."""
    word = name.strip().lower()
    return _TABLE_NAMES.get(word, word)


def _part_of(name: str) -> str:
    return next((table for table in TABLES[:-1] if compact(name).startswith(table)), _table_of(name))


def _is_part_of_table(name: str) -> bool:
    """Whether a name such as ``samples2`` or ``Samples (day 90)`` seems to be a further part of a table."""
    return _table_of(name) not in TABLES and compact(name).startswith(TABLES[:-1])


def _open_folder(folder: Path, mapping: Mapping, findings: Findings) -> Source | None:
    place = Place(folder.name)
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith(("~$", ".")))
    except OSError as error:
        findings.error("FILE_UNREADABLE", f"The folder cannot be opened: {error.strerror}.", place)
        return None
    known = [file for file in files if file.suffix.lower() in (*TEXT_FILES, ".xlsx")]
    sheets: dict[str, Sheet] = {}
    origins = []
    for file in known:
        table = _table_of(file.stem)
        if _is_part_of_table(file.stem):
            findings.error(
                "FILE_IGNORED",
                f"Is {file.name} a part of {_part_of(file.stem)}? carpk reads one file of each; join them, or take "
                f"{file.name} out of the folder.",
                place,
            )
            continue
        if table not in TABLES:
            findings.warn(
                "FILE_IGNORED",
                f"A folder's files are samples, subjects, events and assessments; {file.name} was left aside.",
                place,
            )
            continue
        if table in sheets:
            findings.error("LAYOUT_UNCLEAR", f"The folder has two files called {table}; keep one.", place)
            continue
        opened = _open_file(file, mapping, findings)
        if opened:
            chosen = (
                opened[0][0] if len(opened[0]) == 1 else _choose_sheets(opened[0], mapping, findings).get("samples")
            )
            if chosen is not None:
                sheets[table] = chosen
                origins.append(Origin(file.name, opened[1], chosen.place.sheet))
    if "samples" not in [file.stem.lower() for file in known]:
        hint = did_you_mean("samples", [file.stem for file in files])
        findings.error("FILE_MISSING", f"The folder has no file samples.csv, samples.tsv or samples.xlsx.{hint}", place)
    return Source(sheets, tuple(origins)) if "samples" in sheets else None


def _open_file(path: Path, mapping: Mapping, findings: Findings) -> tuple[list[Sheet], str] | None:
    """Read one file's bytes, settle what they are, and take them apart into sheets."""
    place = Place(path.name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        findings.error("FILE_MISSING", f"There is no such file or folder.{did_you_mean(path.name, siblings)}", place)
        return None
    except OSError as error:
        findings.error("FILE_UNREADABLE", f"The file cannot be opened: {error.strerror}.", place)
        return None
    if not _is_readable_kind(path, content, findings):
        return None
    if path.suffix.lower() == ".xlsx":
        sheets = read_workbook(content, path.name, mapping, findings)
        if not sheets and not findings.has_errors:
            findings.error("FILE_EMPTY", "No sheet of the workbook holds data.", place)
    else:
        sheet = read_delimited(content, place, mapping, findings)
        sheets = [sheet] if sheet is not None else []
    return (sheets, hashlib.sha256(content).hexdigest()) if sheets else None


def _is_readable_kind(path: Path, content: bytes, findings: Findings) -> bool:
    """Refuse a file whose bytes, or name, say that it is not a table carpk reads."""
    place, suffix = Place(path.name), path.suffix.lower()
    if not content:
        findings.error("FILE_EMPTY", "The file is empty (0 bytes).", place)
        return False
    really = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), "")
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")):
        really = "a web page or XML; open it in Excel and save it as .xlsx or CSV"
    if suffix == ".xlsx" and not content.startswith(b"PK"):
        findings.error("FILE_TYPE", f"The file is called .xlsx but is {really or 'a text file; call it .csv'}.", place)
        return False
    if suffix != ".xlsx" and suffix in TEXT_FILES and really:
        findings.error("FILE_TYPE", f"The file is called {suffix} but is {really}.", place)
        return False
    if suffix not in (*TEXT_FILES, ".xlsx"):
        is_what = f" This one is {really}." if really else ""
        findings.error("FILE_TYPE", f"carpk reads .xlsx, .csv, .tsv, .txt and .dat files.{is_what}", place)
        return False
    return True


def _choose_sheets(sheets: list[Sheet], mapping: Mapping, findings: Findings) -> dict[str, Sheet]:
    """Say which sheet of a workbook is which table; the one without such a name holds the samples."""
    place = Place(sheets[0].place.file)
    if not sheets[0].place.sheet:
        return {"samples": sheets[0]}
    chosen = {name: sheet for sheet in sheets for name in TABLES if _table_of(sheet.place.sheet) == name}
    others = [sheet for sheet in sheets if sheet not in chosen.values()]
    if mapping.sheet:
        named = [sheet for sheet in sheets if sheet.place.sheet == mapping.sheet]
        if not named:
            names = [sheet.place.sheet for sheet in sheets]
            hint = did_you_mean(mapping.sheet, names)
            findings.error(
                "SHEET_MISSING", f"There is no sheet {mapping.sheet!r} with data; there are {names}.{hint}", place
            )
            return {}
        chosen["samples"] = named[0]
        others = [sheet for sheet in others if sheet is not named[0]]
    if "samples" not in chosen:
        data = [sheet for sheet in others if compact(sheet.place.sheet) not in NOT_DATA_SHEETS] or others
        if len(data) != 1:
            names = [sheet.place.sheet for sheet in data]
            findings.error(
                "SHEET_UNCLEAR",
                f"Which of the sheets {names} holds the samples? Call it 'samples', or name it under [study] in the "
                'settings: sheet = "...".',
                place,
            )
            return {}
        chosen["samples"] = data[0]
        others = [sheet for sheet in others if sheet is not data[0]]
    for sheet in others:
        name = sheet.place.sheet
        if not mapping.sheet and (_is_part_of_table(name) or _table_of(name) in chosen):
            findings.error(
                "SHEET_UNCLEAR",
                f"Is sheet {name!r} a part of {_part_of(name)}? carpk reads one sheet of each; join them, or, to leave "
                f'it aside, say under [study] in the settings: sheet = "{chosen["samples"].place.sheet}".',
                place,
            )
            continue
        findings.warn("FILE_IGNORED", f"Sheet {name!r} ({max(0, len(sheet.rows) - 1)} rows) was left aside.", place)
    return {name: chosen[name] for name in TABLES if name in chosen}
