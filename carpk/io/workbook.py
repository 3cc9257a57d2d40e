"""Excel workbooks written so that the same content gives the same bytes."""

import datetime
import io
import os
import re
import zipfile
from xml.etree import ElementTree

from openpyxl import Workbook

from carpk.io.files import write_atomically

_WRITTEN = datetime.datetime(2000, 1, 1)
_ZIP_TIME = (2000, 1, 1, 0, 0, 0)
_PROGRAM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>carpk</Application></Properties>"
)


def save_workbook(workbook: Workbook, path: str | os.PathLike[str], *, compressed: bool = True) -> None:
    """Write a workbook whose bytes depend on its content alone, whole or not at all.

    Text stays text: a cell such as ``=1+1`` or ``#N/A`` is written as the characters it holds, never as a formula or
    an error. The file takes the place of an older one only once it is complete.

    Parameters
    ----------
    workbook : openpyxl.Workbook
        Its cells and properties are brought to the form described above.
    path : path
    compressed : bool
        False stores the parts as they are, so that not even the version of the compression library tells.

    Raises
    ------
    WriteError
        The folder is missing, or the disk refuses.
    """
    _keep_text_as_text(workbook)
    workbook.properties.creator = "carpk"
    workbook.properties.created = _WRITTEN
    packed = io.BytesIO()
    workbook.save(packed)
    write_atomically(path, _repacked(packed, compressed=compressed))


def _keep_text_as_text(workbook: Workbook) -> None:
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.data_type != "s":
                    cell.data_type = "s"


def _repacked(packed: io.BytesIO, *, compressed: bool) -> bytes:
    """Pack the parts again, in the same order, without clock times and without the name of the writing program."""
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    repacked = io.BytesIO()
    with zipfile.ZipFile(packed) as parts, zipfile.ZipFile(repacked, "w", method) as target:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = method
            entry.create_system = 3  # else the member says on which system it was written
            entry.external_attr = 0o600 << 16
            target.writestr(entry, _normal(name, parts.read(name)))
    return repacked.getvalue()


def _normal(name: str, content: bytes) -> bytes:
    """Bring a part to one form, whichever XML library openpyxl found to write it with."""
    if name == "docProps/app.xml":
        return _PROGRAM.encode()
    if name == "docProps/core.xml":  # openpyxl stamps the moment of saving
        stamp = f"{_WRITTEN.isoformat()}Z".encode()
        content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
    return ElementTree.canonicalize(content.decode()).encode()
