"""Drawing a report: the one file that knows typst and PDF."""

import datetime
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

import pandas as pd
import typst

from carpk.endpoints.table import EndpointResult
from carpk.errors import ReportError
from carpk.io.files import write_atomically
from carpk.io.study import as_study
from carpk.models.population_table import PopulationFit
from carpk.models.table import FitResult
from carpk.nca.table import NcaResult
from carpk.plot import style
from carpk.report.content import content_of, texts_of
from carpk.report.fonts import MONOSPACED, FontChoice, choose_fonts
from carpk.report.parts import Figure, Report
from carpk.report.sections import build_report
from carpk.response.table import ResponseResult
from carpk.schema import Study

Progress = Callable[[str, int, int], None]

# A clock time would make every run another file; PDF/A asks for some date.
_DATED = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def write_report(
    path: str | os.PathLike[str],
    *,
    study: Study | pd.DataFrame,
    nca: NcaResult,
    response: ResponseResult | None = None,
    endpoints: EndpointResult | None = None,
    fits: FitResult | None = None,
    population: PopulationFit | None = None,
    font_dirs: Sequence[str | os.PathLike[str]] = (),
    progress: Progress | None = None,
) -> None:
    """Write the report of a study as PDF/A; the same input gives the same bytes.

    Parameters
    ----------
    path : path
        An existing file is replaced, in one step, once the whole report is made.
    study : Study or DataFrame
    nca : NcaResult
        The noncompartmental analysis of that study.
    response : ResponseResult, optional
        What B cells, markers and events of that study did, as `carpk.run_response` gives it.
    endpoints : EndpointResult, optional
        Efficacy endpoints of that study, as `carpk.run_endpoints` gives them.
    fits : FitResult, optional
        Kinetic models of each subject of that study, as `carpk.fit_models` gives them.
    population : PopulationFit, optional
        A kinetic model of all its subjects, as `carpk.fit_population` gives it.
    font_dirs : sequence of paths
        Folders with fonts for characters that DejaVu Sans lacks; installed fonts are sought too.
    progress : callable, optional
        Called with what is being done, how many steps are done, and how many there are.

    Raises
    ------
    ReportError
        No font has a character of the study, or a page cannot be set; nothing is written.
    WriteError
        The file cannot be put where it was asked for.
    """
    report = build_report(as_study(study), nca, response, endpoints, fits, population)
    write_atomically(path, report_bytes(report, font_dirs=font_dirs, progress=progress))


def report_bytes(
    report: Report, *, font_dirs: Sequence[str | os.PathLike[str]] = (), progress: Progress | None = None
) -> bytes:
    """Draw a report as PDF/A-2a.

    Raises
    ------
    ReportError
        No font has a character of it, or a page cannot be set.
    """
    tell = progress or (lambda _what, _done, _total: None)
    figures = [part for section in report.sections for part in section.blocks if isinstance(part, Figure)]
    content = content_of(report, [_picture_name(number) for number in range(len(figures))])
    characters = set().union(*texts_of(content))
    choose_fonts(characters, font_dirs)  # a missing character is told before the slow part
    pictures = []
    for done, figure in enumerate(figures):
        tell(figure.caption, done, len(figures) + 1)
        pictures.append(_picture(figure))
    tell("Setting the pages", len(figures), len(figures) + 1)
    fonts = choose_fonts(characters.union(*(_text_of(picture) for picture in pictures)), font_dirs)
    content |= {"families": list(fonts.families), "monospaced": MONOSPACED}
    pdf = _compiled(content, [_with_families(picture, fonts) for picture in pictures], fonts)
    tell("Done", len(figures) + 1, len(figures) + 1)
    return pdf


def _picture(figure: Figure) -> bytes:
    buffer = BytesIO()
    style.save_svg(figure.draw(), buffer)
    return buffer.getvalue()


def _text_of(picture: bytes) -> str:
    return "".join(ElementTree.fromstring(picture).itertext())  # noqa: S314 - written by matplotlib just now


def _with_families(picture: bytes, fonts: FontChoice) -> bytes:
    """Name the report's own fonts in a picture, so that it is drawn with them on every machine."""
    families = ", ".join(f"'{family}'" for family in fonts.families)
    root = ElementTree.fromstring(picture)  # noqa: S314 - written by matplotlib just now
    for element in root.iter():
        look = element.get("style", "")
        if "font-family" in look:
            element.set("style", re.sub(r"font-family:[^;]*", f"font-family: {families}", look))
    return ElementTree.tostring(root)


def _compiled(content: dict[str, Any], pictures: Sequence[bytes], fonts: FontChoice) -> bytes:
    with tempfile.TemporaryDirectory(prefix="carpk-") as name:
        folder = Path(name)
        (folder / "report.json").write_text(json.dumps(content), encoding="utf-8")
        template = resources.files("carpk.report").joinpath("template.typ").read_bytes()
        (folder / "report.typ").write_bytes(template)
        for number, picture in enumerate(pictures):
            (folder / _picture_name(number)).write_bytes(picture)
        (folder / "fonts").mkdir()
        for number, file in enumerate(fonts.files):  # one by one: their own folders hold fonts that draw only boxes
            shutil.copyfile(file, folder / "fonts" / f"{number}{file.suffix}")
        return _typeset(folder)


def _typeset(folder: Path) -> bytes:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder / "fonts")])
    try:
        compiler = typst.Compiler(str(folder / "report.typ"), root=str(folder), font_paths=fonts)
        pdf, warnings = compiler.compile_with_warnings(format="pdf", pdf_standards=["a-2a"], timestamp=_DATED)
    except typst.TypstError as problem:
        raise ReportError(f"The pages could not be set: {problem}") from problem
    if warnings:
        raise ReportError("The pages could not be set: " + "; ".join(str(warning) for warning in warnings))
    return cast("bytes", pdf)


def _picture_name(number: int) -> str:
    return f"figure-{number + 1}.svg"
