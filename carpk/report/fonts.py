"""Which fonts a report needs: every character must have a glyph, or the report is refused."""

import os
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from fontTools.ttLib import TTCollection, TTFont, TTLibError
from matplotlib import font_manager

from carpk.errors import ReportError

FAMILY = "DejaVu Sans"
MONOSPACED = "DejaVu Sans Mono"
_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
_FAVORITES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Heiti SC", "SimHei", "SimSun",
    "Arial Unicode MS",
)  # fmt: skip
_NO_GLYPH_NEEDED = {"Cc", "Cf", "Zl", "Zp", "Zs"}
# "Last Resort" fonts claim every character and draw a box for each.
_NO_REAL_GLYPHS = ("LastResort", "Last Resort", "Adobe Blank")


@dataclass(frozen=True, slots=True)
class Face:
    """One typeface in a file, which may hold several."""

    family: str
    path: Path
    index: int


@dataclass(frozen=True, slots=True)
class FontChoice:
    """The fonts of one report.

    Attributes
    ----------
    families : tuple of str
        In the order in which a glyph is sought.
    files : tuple of Path
        Where they are.
    """

    families: tuple[str, ...]
    files: tuple[Path, ...]


def base_files() -> tuple[Path, ...]:
    """Files of the fonts that come with matplotlib and are therefore always there."""
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    names = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono")
    return tuple(folder / f"{name}.ttf" for name in names)


def choose_fonts(characters: Iterable[str], font_dirs: Sequence[str | os.PathLike[str]] = ()) -> FontChoice:
    """Find fonts that have every character, the fewest and always the same ones.

    DejaVu Sans comes first. What it lacks is sought in `font_dirs`, then among the installed fonts: the first family
    that has all of it, well-known ones before others; else families are added, the one that helps most first.

    Raises
    ------
    ReportError
        No font has some of the characters; they are named. Or a font folder does not exist.
    """
    folders = [_existing(folder) for folder in font_dirs]
    missing = frozenset(character for character in characters if _needs_glyph(character)) - _base_characters()
    added: list[Face] = []
    for search in (_faces_in, _installed_faces):
        while missing and (best := _best_face(search(folders), missing)) is not None:
            added.append(best)
            missing -= _characters(best)
    if missing:
        raise ReportError(_no_font(sorted(missing)))
    families = tuple(dict.fromkeys([FAMILY, *(face.family for face in added)]))
    return FontChoice(families, (*base_files(), *dict.fromkeys(face.path for face in added)))


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text [pt]; a character that DejaVu Sans lacks counts as a full square."""
    advances, units = _advances(bold)
    return sum(advances.get(character, units) for character in text) * size / units


def _no_font(missing: Sequence[str]) -> str:
    shown = ", ".join(f"{character} (U+{ord(character):04X})" for character in missing[:20])
    more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
    return (
        f"No font has {shown}{more}. Install a font that does, e.g. Noto Sans CJK for Chinese"
        " (Debian and Ubuntu: apt install fonts-noto-cjk), or name a folder with one: --font-dir FOLDER"
        " (in Python font_dirs=[FOLDER]). Nothing was written."
    )


def _existing(folder: str | os.PathLike[str]) -> Path:
    if not Path(folder).is_dir():
        raise ReportError(f"There is no font folder {str(folder)!r}.")
    return Path(folder)


def _needs_glyph(character: str) -> bool:
    return unicodedata.category(character) not in _NO_GLYPH_NEEDED


def _best_face(faces: Sequence[Face], missing: frozenset[str]) -> Face | None:
    best, gain = None, 0
    for face in faces:
        helps = len(missing & _characters(face))
        if helps == len(missing):
            return face
        if helps > gain:
            best, gain = face, helps
    return best


def _faces_in(folders: Sequence[Path]) -> tuple[Face, ...]:
    return _faces(tuple(path for folder in folders for path in sorted(folder.rglob("*"))))


def _installed_faces(_folders: Sequence[Path]) -> tuple[Face, ...]:
    return _faces(tuple(sorted(Path(path) for path in font_manager.findSystemFonts())))


@lru_cache(maxsize=32)
def _faces(paths: tuple[Path, ...]) -> tuple[Face, ...]:
    """List the typefaces of some files, well-known families first, then regular ones by name."""
    faces = [face for path in paths if path.suffix.lower() in _SUFFIXES for face in _faces_of(path)]
    rank = {family: position for position, family in enumerate(_FAVORITES)}
    return tuple(sorted(faces, key=lambda face: (rank.get(face.family, len(rank)), face.family, face.path, face.index)))


def _faces_of(path: Path) -> list[Face]:
    try:
        with path.open("rb") as file:
            if path.suffix.lower() in {".ttc", ".otc"}:
                fonts = TTCollection(file, lazy=True).fonts
            else:
                fonts = [TTFont(file, lazy=True)]
            return [Face(_family(font), path, index) for index, font in enumerate(fonts) if _is_regular(font)]
    except (TTLibError, OSError, KeyError, AssertionError, struct.error):
        return []  # a damaged font file is no reason to stop: another may do


def _family(font: TTFont) -> str:
    return str(font["name"].getBestFamilyName() or "")


def _is_regular(font: TTFont) -> bool:
    """Tell upright text faces of normal weight, with real glyphs, from others."""
    if any(name in _family(font) for name in _NO_REAL_GLYPHS) or "cmap" not in font or "OS/2" not in font:
        return False
    return 300 <= font["OS/2"].usWeightClass <= 500 and not font["OS/2"].fsSelection & 1


@lru_cache(maxsize=64)
def _characters(face: Face) -> frozenset[str]:
    with TTFont(face.path, lazy=True, fontNumber=face.index) as font:
        return frozenset(chr(code) for code in (font.getBestCmap() or {}))


@lru_cache(maxsize=1)
def _base_characters() -> frozenset[str]:
    # Headings are bold, so a character counts only where the bold face has it too.
    regular, bold = base_files()[:2]
    return _characters(Face(FAMILY, regular, 0)) & _characters(Face(FAMILY, bold, 0))


@lru_cache(maxsize=2)
def _advances(bold: bool) -> tuple[dict[str, int], int]:
    with TTFont(base_files()[bold]) as font:
        widths = font["hmtx"].metrics
        return {chr(code): widths[name][0] for code, name in font.getBestCmap().items()}, font["head"].unitsPerEm
