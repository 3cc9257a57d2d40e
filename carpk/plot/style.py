"""The one place for color, marker, number format and the look of every picture.

Colors are those of Okabe and Ito for analytes and of Paul Tol's high- and medium-contrast sets for cohorts: told apart
by people with any color vision, and in gray by their lightness; a marker of its own goes with each.
Text is data (subject ids, cohort names), so none of it is read as markup, and the user's own settings do not leak in.
"""

import functools
import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import IO, Any, Literal, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure

FONT_SIZE = 8.0
"""Every axis label, tick label, legend and title [pt], at the size the picture is printed."""

NOTE_SIZE = 7.0
"""Limits and notes beside the axes [pt]."""

PAGE_WIDTH = 6.7
"""Width of a page of panels [inch]: A4 with margins of 20 mm, so that nothing is scaled in the report."""

_PLACES = 6  # digits of a place, as a share of the figure

INK = "#222222"
GRAY = "#6E6E6E"
PALE = "#C8C8C8"

_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


Dashes = Literal["-"] | tuple[float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """How one analyte or cohort is drawn, wherever it is drawn."""

    color: str
    marker: str
    dashes: Dashes = "-"


_ANALYTE_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "car_t_qpcr": Look("#0072B2", "o"),
        "car_t_ddpcr": Look("#332288", "*"),
        "car_t_flow": Look("#56B4E9", "s"),
        "car_t_percent": Look("#44AA99", "h"),
        "b_cells": Look("#009E73", "D"),
        "b_cells_percent": Look("#117733", "d"),
        "il6": Look("#D55E00", "p"),
        "crp": Look("#CC79A7", "P"),
        "ferritin": Look("#E69F00", "X"),
        "temperature": Look("#882255", "v"),
    }
)
_OTHER_ANALYTE = Look("#555555", "8")

_MODEL_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "stein": Look("#0072B2", "o"),
        "stein_comedication": Look("#882255", "D", (0, (5, 1, 1, 1))),
        "lagged": Look("#D55E00", "s", (0, (5, 1.5))),
        "four_phase": Look("#009E73", "P", (0, (3, 1, 1, 1, 1, 1))),
        "contraction_only": Look("#CC79A7", "X", (0, (1, 1))),
    }
)

_COHORT_COLORS = ("#004488", "#BB5566", "#DDAA33", "#222222", "#6699CC", "#997700", "#EE99AA")
_COHORT_MARKERS = ("o", "s", "D", "P", "X", "p", "h", "*")
_COHORT_DASHES: tuple[Dashes, ...] = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))

_CHINESE_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Heiti SC",
    "SimHei",
    "WenQuanYi Zen Hei",
)

_NOT_LOOKS = (
    "_internal",
    "backend",
    "date.epoch",
    "docstring",
    "figure.max_open",
    "figure.raise",
    "interactive",
    "keymap",
    "macosx",
    "savefig.directory",
    "timezone",
    "tk.",
    "toolbar",
    "webagg",
)

_LOOKS = MappingProxyType(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.labelsize": FONT_SIZE,
        "axes.linewidth": 0.6,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": FONT_SIZE,
        "axes.unicode_minus": True,
        "figure.constrained_layout.h_pad": 0.03,
        "figure.constrained_layout.w_pad": 0.03,
        "figure.dpi": 150.0,
        "figure.titlesize": FONT_SIZE + 1,
        "font.size": FONT_SIZE,
        "legend.fontsize": FONT_SIZE,
        "legend.frameon": False,
        "lines.linewidth": 0.9,
        "lines.markersize": 4.0,
        "savefig.dpi": 150.0,
        "svg.fonttype": "none",
        "svg.hashsalt": "carpk",
        "text.color": INK,
        "text.parse_math": False,
        "text.usetex": False,
        "xtick.color": INK,
        "xtick.labelsize": FONT_SIZE,
        "ytick.color": INK,
        "ytick.labelsize": FONT_SIZE,
    }
)

Arguments = ParamSpec("Arguments")
Drawn = TypeVar("Drawn")


class Page(Figure):
    """A page of panels: a figure that pyplot knows nothing of and that a notebook shows by itself.

    It and its axes are made within `context`, for the user's own settings would reach them.
    """

    def __init__(self, *args: Any, **choices: Any) -> None:
        with context():
            super().__init__(*args, **choices)

    def add_subplot(self, *args: Any, **choices: Any) -> Axes:
        """Add axes to the page."""
        with context():
            ax: Axes = super().add_subplot(*args, **choices)
        return ax

    def draw(self, renderer: RendererBase) -> None:
        """Draw within `context`: ticks are made as late as this."""
        with context():
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        with context():
            self.savefig(buffer, format="png")
        return buffer.getvalue()


def context() -> AbstractContextManager[None]:
    """Give every setting of matplotlib that changes a picture its carpk value until the block ends."""
    return mpl.rc_context(_settings())


def in_style(draw: Callable[Arguments, Drawn]) -> Callable[Arguments, Drawn]:
    """Make a plot draw within `context`, whatever the user's own settings are."""

    @functools.wraps(draw)
    def drawn_in_style(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Drawn:
        with context():
            return draw(*args, **kwargs)

    return drawn_in_style


@functools.cache
def families() -> tuple[str, ...]:
    """Font families in the order they are tried: DejaVu Sans, then the first with Chinese that is installed."""
    installed = set(font_manager.get_font_names())
    return ("DejaVu Sans", *[name for name in _CHINESE_FAMILIES if name in installed][:1])


@functools.cache
def _settings() -> dict[Any, Any]:
    given: dict[Any, Any] = dict(mpl.rcParamsDefault)
    defaults = {key: value for key, value in given.items() if not key.startswith(_NOT_LOOKS)}
    return {**defaults, **_LOOKS, "font.family": list(families())}


def analyte_look(key: str) -> Look:
    """Color and marker of an analyte, the same in every picture; all that carpk does not know are gray."""
    return _ANALYTE_LOOKS.get(key, _OTHER_ANALYTE)


def model_look(name: str) -> Look:
    """Color, marker and dashes of a kinetic model, the same in every picture."""
    return _MODEL_LOOKS[name]


def cohort_looks(cohorts: Sequence[str]) -> dict[str, Look]:
    """Color, marker and dashes of each cohort, by its place among all cohorts of the study."""
    return {
        name: Look(
            _COHORT_COLORS[place % len(_COHORT_COLORS)],
            _COHORT_MARKERS[place % len(_COHORT_MARKERS)],
            _COHORT_DASHES[place % len(_COHORT_DASHES)],
        )
        for place, name in enumerate(cohorts)
    }


def number(value: float) -> str:
    """Write a number as axes and notes print it.

    Examples
    --------
    >>> [number(value) for value in (0.05, 50, 12500, 3e6)]
    ['0.05', '50', '12,500', '3\u00d710\u2076']
    """
    size = abs(value)
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    if not 1e-3 <= size < 1e6:
        return scientific(value)
    decimals = max(0, 3 - math.floor(math.log10(size)))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scientific(value: float) -> str:
    """Write a number as mantissa and power of ten, in plain characters.

    Examples
    --------
    >>> scientific(1.5e5), scientific(1e-4)
    ('1.5\u00d710\u2075', '10\u207b\u2074')
    """
    mantissa, power = f"{value:.3e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    raised = f"10{str(int(power)).translate(_SUPERSCRIPTS)}"
    return raised if mantissa == "1" else f"{mantissa}\u00d7{raised}"


def save_svg(figure: Figure, target: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write a figure as SVG: the same bytes for the same figure, its text as text.

    Whoever sets the SVG draws its characters, so a character that matplotlib's own fonts lack is no fault here.
    """
    with context(), warnings.catch_warnings(), _settled(figure):
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})


@contextmanager
def _settled(figure: Figure) -> Iterator[None]:
    """Hold the layout at rounded places: the solver behind it does not always agree with itself in the last digits."""
    engine = figure.get_layout_engine()
    places = [ax.get_position(original=True) for ax in figure.axes]
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
        for ax in figure.axes:
            left, bottom, width, height = (
                round(float(edge), _PLACES) for edge in ax.get_position(original=True).bounds
            )
            ax.set_position((left, bottom, width, height))
            ax.set_in_layout(True)  # set_position takes it out
        for text in figure.texts:
            x, y = text.get_position()
            text.set_position((round(float(x), _PLACES), round(float(y), _PLACES)))
    yield
    if engine is not None:
        figure.set_layout_engine(engine)
        for ax, place in zip(figure.axes, places, strict=True):  # the next layout starts where this one did
            ax.set_position(place)
            ax.set_in_layout(True)
