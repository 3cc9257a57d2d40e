import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from carpk.errors import ReportError
from carpk.report import fonts
from carpk.report.fonts import choose_fonts, text_width


@pytest.fixture
def no_installed_fonts(monkeypatch):
    monkeypatch.setattr("carpk.report.fonts.font_manager.findSystemFonts", list)


def _font(path, family, characters):
    """Write a font that has a square for each character."""
    names = {ord(character): f"glyph{number}" for number, character in enumerate(characters)}
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 800))
    pen.lineTo((800, 800))
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys([".notdef", *names.values()], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWeightClass=400)
    builder.setupPost()
    builder.save(path)


@pytest.mark.usefixtures("no_installed_fonts")
def test_dejavu_sans_alone_is_enough_for_western_names():
    assert choose_fonts("Nguy\u1ec5n \u00c5ngstr\u00f6m \u0141\u00f3d\u017a \u00b5\u03bb\u2070\u2014").families == (
        "DejaVu Sans",
    )


@pytest.mark.usefixtures("no_installed_fonts")
def test_characters_that_no_font_has_are_named_with_what_to_do():
    with pytest.raises(ReportError, match=r"No font has \u5f20 \(U\+5F20\).*--font-dir"):
        choose_fonts("S1 \u5f20")


@pytest.mark.usefixtures("no_installed_fonts")
def test_a_font_in_a_folder_named_by_the_user_is_taken(tmp_path):
    _font(tmp_path / "some.ttf", "Some Hei", "\u5f20\u4f1f")
    chosen = choose_fonts("\u5f20\u4f1f", [tmp_path])
    assert chosen.families == ("DejaVu Sans", "Some Hei")
    assert chosen.files[-1] == tmp_path / "some.ttf"


@pytest.mark.usefixtures("no_installed_fonts")
def test_a_font_that_nothing_needs_is_not_taken(tmp_path):
    _font(tmp_path / "some.ttf", "Some Hei", "\u5f20\u4f1f")
    assert choose_fonts("S1", [tmp_path]).families == ("DejaVu Sans",)


@pytest.mark.usefixtures("no_installed_fonts")
def test_one_font_with_all_characters_is_preferred_to_two_with_some(tmp_path):
    _font(tmp_path / "a.ttf", "A Hei", "\u5f20")
    _font(tmp_path / "b.ttf", "B Hei", "\u5f20\u4f1f")
    assert choose_fonts("\u5f20\u4f1f", [tmp_path]).families == ("DejaVu Sans", "B Hei")


@pytest.mark.usefixtures("no_installed_fonts")
def test_several_fonts_are_taken_where_no_single_one_has_all(tmp_path):
    _font(tmp_path / "a.ttf", "A Hei", "\u5f20")
    _font(tmp_path / "b.ttf", "B Hei", "\u4f1f")
    chosen = choose_fonts("\u5f20\u4f1f", [tmp_path])
    assert set(chosen.families) == {"DejaVu Sans", "A Hei", "B Hei"}


@pytest.mark.usefixtures("no_installed_fonts")
def test_a_font_of_boxes_for_every_character_does_not_count(tmp_path):
    _font(tmp_path / "boxes.ttf", "Last Resort", "\u5f20")
    with pytest.raises(ReportError, match="No font has"):
        choose_fonts("\u5f20", [tmp_path])


@pytest.mark.usefixtures("no_installed_fonts")
def test_a_damaged_font_file_is_passed_over(tmp_path):
    (tmp_path / "a.ttf").write_bytes(b"not a font")
    _font(tmp_path / "b.ttf", "B Hei", "\u5f20")
    assert choose_fonts("\u5f20", [tmp_path]).families == ("DejaVu Sans", "B Hei")


def test_a_font_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ReportError, match="no font folder"):
        choose_fonts("S1", [tmp_path / "nowhere"])


def test_the_fonts_that_come_with_matplotlib_are_there():
    assert all(file.is_file() for file in fonts.base_files())


def test_all_digits_are_equally_wide_so_that_numbers_align():
    assert len({text_width(digit, 8.0) for digit in "0123456789"}) == 1
