"""Units that CAR-T assays report, and conversion at the door.

Inside carpk a unit is its ASCII name (``copies/ug``, ``cells/uL``, ``day*copies/ug``); `label` gives what people read
(copies/µg). Only units of one dimension meet: copies never become cells here, because that takes assumptions
(DNA per cell, vector copies per cell) which a conversion must name.
"""

import re
import unicodedata
from dataclasses import dataclass

from carpk.errors import UnitError, did_you_mean

PG_DNA_PER_CELL = 6.6
"""Genomic DNA of one diploid human cell [pg], the textbook figure; an argument wherever it is used."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and how many base units of its dimension it is.

    Attributes
    ----------
    name : str
        ASCII, as kept in every table.
    dimension : str
        Units of one dimension convert into each other, others never meet.
    factor : float
        Base units of the dimension in one of this unit.
    spellings : tuple of str
        Other ways laboratories write it, already in the form that `parse_unit` reduces text to.
    zero : float
        What this unit shows where the base unit shows 0; other than 0 for degrees Fahrenheit only.
    """

    name: str
    dimension: str
    factor: float
    spellings: tuple[str, ...] = ()
    zero: float = 0.0


_PER_UG = (
    "copy/ug", "vgc/ug", "copynumber/ug", "copies/microgram", "copies/mcg", "copy/mcg", "cp/ug", "cps/ug", "cp/mcg",
    "vectorcopies/ug", "vectorcopy/ug", "transgenecopies/ug", "\u62f7\u8d1d/ug", "\u62f7\u8d1d\u6570/ug",
)  # fmt: skip
_PER_UL = ("cell/ul", "/ul", "cells/mm3", "cells/mm^3", "/mm3", "/mm^3", "\u4e2a/ul", "\u7ec6\u80de/ul")
_UNITS = (
    Unit("copies/ug", "copies per mass of DNA", 1.0, _PER_UG),
    Unit("copies/ng", "copies per mass of DNA", 1e3),
    Unit("copies/cell", "copies per cell", 1.0, ("copy/cell", "vcn", "vcn/cell", "transgenecopies/cell")),
    Unit("copies/mL", "copies per volume", 1.0, ("copy/ml",)),
    Unit("copies/uL", "copies per volume", 1e3, ("copy/ul",)),
    Unit("cells/mL", "cells per volume", 1.0, ("cell/ml", "/ml")),
    Unit("cells/uL", "cells per volume", 1e3, _PER_UL),
    Unit(
        "10^3/uL",
        "cells per volume",
        1e6,
        (
            "k/ul",
            "thou/ul",
            "thousand/ul",
            "k/mm3",
            "10^3/mm3",
            "x10^3/mm3",
            "x10^3/ul",
            "10e3/ul",
            "1e3/ul",
            "10^3cells/ul",
            "x10^3cells/ul",
        ),
    ),
    Unit("10^6/L", "cells per volume", 1e3, ("10e6/l", "x10^6/l", "x10e6/l", "1e6/l", "10^6cells/l")),
    Unit(
        "10^9/L", "cells per volume", 1e6, ("giga/l", "gpt/l", "10e9/l", "x10^9/l", "x10e9/l", "1e9/l", "10^9cells/l")
    ),
    Unit("%", "share", 1.0, ("percent", "pct")),
    Unit("fraction", "share", 100.0),
    Unit("pg/mL", "mass per volume", 1.0, ("ng/l",)),
    Unit("ng/mL", "mass per volume", 1e3),
    Unit("ug/L", "mass per volume", 1e3, ("mcg/l",)),
    Unit("ug/mL", "mass per volume", 1e6, ("mcg/ml",)),
    Unit("mg/L", "mass per volume", 1e6),
    Unit("ng/dL", "mass per volume", 10.0),
    Unit("mg/dL", "mass per volume", 1e7),
    Unit("g/L", "mass per volume", 1e9, ("mg/ml",)),
    Unit("g/dL", "mass per volume", 1e10),
    Unit("IU/mL", "activity per volume", 1.0, ("ku/l", "kiu/l")),
    Unit("U/L", "arbitrary activity per volume", 1.0, ("iu/l",)),
    Unit("U/mL", "arbitrary activity per volume", 1e3),
    Unit("cells/kg", "cells per body weight", 1.0, ("cell/kg", "/kg", "car+cells/kg", "car-tcells/kg", "cart/kg")),
    Unit(
        "10^5 cells/kg",
        "cells per body weight",
        1e5,
        ("10^5/kg", "x10^5/kg", "x10^5cells/kg", "1e5/kg", "1e5cells/kg"),
    ),
    Unit(
        "10^6 cells/kg",
        "cells per body weight",
        1e6,
        ("10^6/kg", "x10^6/kg", "x10^6cells/kg", "1e6/kg", "1e6cells/kg"),
    ),
    Unit("cells", "cells", 1.0, ("cell", "car+cells", "car-tcells")),
    Unit("10^6 cells", "cells", 1e6, ("10^6", "x10^6", "x10^6cells", "1e6cells")),
    Unit("mg/g", "mass per mass", 1.0, ("ug/mg", "mcg/mg", "mg/gcreatinine", "mg/gcr")),
    Unit("g/g", "mass per mass", 1e3, ("mg/mg", "g/gcreatinine", "g/gcr")),
    Unit("mg/mmol", "mass per amount", 1.0, ("g/mol",)),
    Unit("umol/L", "amount per volume", 1.0),
    Unit("mmol/L", "amount per volume", 1e3),
    Unit("mg/day", "mass per time", 1.0, ("mg/d", "mg/24h", "mg/24hr", "mg/24hours", "mg/\u5929", "mg/\u65e5")),
    Unit("g/day", "mass per time", 1e3, ("g/d", "g/24h", "g/24hr", "g/24hours", "g/\u5929", "g/\u65e5")),
    Unit("mL/min/1.73m^2", "flow per body surface", 1.0, ("ml/min/1.73m2", "ml/min/1.73", "ml/(min*1.73m2)")),
    Unit("mg", "mass", 1.0),
    Unit("g", "mass", 1e3),
    Unit("kg", "mass", 1e6),
    Unit("mg/kg", "mass per body weight", 1.0),
    Unit("min", "time", 1.0, ("minute", "minutes", "mins")),
    Unit("h", "time", 60.0, ("hr", "hrs", "hour", "hours", "小时")),
    Unit("day", "time", 1440.0, ("d", "days", "dy", "天")),
    Unit("week", "time", 10080.0, ("wk", "wks", "weeks", "w", "周")),
    Unit("degC", "temperature", 1.0, ("c", "celsius", "\u00b0c", "degreescelsius", "degreec", "degreesc")),
    Unit(
        "degF",
        "temperature",
        5 / 9,
        ("f", "fahrenheit", "\u00b0f", "degreesfahrenheit", "degreef", "degreesf"),
        zero=32.0,
    ),
    Unit("1", "ratio", 1.0, ("ratio", "unitless")),
)

_BY_NAME = {unit.name: unit for unit in _UNITS}
_DIGITS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"  # superscript 0 to 9
_SUPERSCRIPTS = str.maketrans({raised: f"^{digit}" for digit, raised in enumerate(_DIGITS)})


def _reduce(text: str) -> str:
    """Bring a spelling to one form: no blanks, lower case, u for micro, / for per, no mention of the DNA weighed."""
    text = unicodedata.normalize("NFKC", text.translate(_SUPERSCRIPTS)).replace("\u03bc", "u").strip().lower()
    text = text.replace("\u00d7", "x").replace("10*", "10^").replace("*10", "x10").replace("\u00b7", "*")
    text = re.sub(r"[\s_]+per[\s_]+", "/", text)
    text = re.sub(r"[\s_]*(of[\s_]+)?(genomic[\s_]*|g)?dna$", "", text)
    return re.sub(r"\s+", "", text)


def _spellings() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for unit in _UNITS:
        for spelling in (_reduce(unit.name), *unit.spellings):
            table.setdefault(spelling, unit)
    return table


_BY_SPELLING = _spellings()


def find_unit(text: str) -> Unit | None:
    """Return the unit that a laboratory's spelling means, or None.

    ``copies/μg gDNA``, ``copies_per_ug_DNA``, ``x10⁹/L`` and ``mg_L`` are understood.
    """
    reduced = _reduce(text)
    for candidate in (reduced, reduced.replace("_", ""), reduced.replace("_", "/")):
        if candidate in _BY_SPELLING:
            return _BY_SPELLING[candidate]
    return None


def parse_unit(text: str) -> Unit:
    """Return the unit that a laboratory's spelling means.

    Raises
    ------
    UnitError
        The text is no unit that carpk knows.
    """
    unit = find_unit(text)
    if unit is None:
        raise UnitError(f"{text!r} is not a unit that carpk knows.{did_you_mean(text, _BY_NAME)}")
    return unit


def conversion(source: str, target: str) -> tuple[float, float]:
    """Return the zero and the factor of a conversion: a level in `target` is (level in `source` - zero) * factor.

    Raises
    ------
    UnitError
        Either unit is unknown, or they measure different things.

    Examples
    --------
    >>> zero, factor = conversion("degF", "degC")
    >>> (98.6 - zero) * factor
    37.0
    """
    have, want = parse_unit(source), parse_unit(target)
    if have.dimension != want.dimension:
        raise UnitError(
            f"{have.name!r} measures {have.dimension}, {want.name!r} measures {want.dimension}: no conversion."
        )
    return have.zero - want.zero * want.factor / have.factor, have.factor / want.factor


def conversion_factor(source: str, target: str) -> float:
    """How many `target` are in one `source`.

    Raises
    ------
    UnitError
        Either is unknown, they measure different things, or their zeros differ, so that no factor converts them.
    """
    zero, factor = conversion(source, target)
    if zero:
        raise UnitError(f"No factor converts {source!r} into {target!r}, whose zeros differ; use `conversion`.")
    return factor


def copies_per_ug(copies_per_cell: float, *, pg_per_cell: float = PG_DNA_PER_CELL) -> float:
    """Express copies per cell as copies per microgram of genomic DNA.

    One microgram of DNA is that of 1e6 / `pg_per_cell` cells.
    """
    return copies_per_cell * 1e6 / pg_per_cell


def area_unit(unit: str, time_unit: str) -> str:
    """Name the unit of an area under a curve, CDISC style: time first."""
    return f"{time_unit}*{unit}"


def label(unit: str) -> str:
    """Write a unit as people read it: µ for u, a raised dot for *, superscript powers.

    Examples
    --------
    >>> label("day*copies/ug")
    'day·copies/µg'
    >>> label("10^9/L")
    '10⁹/L'
    """
    text = (
        re.sub(r"\bu(?=[gLm])", "\u00b5", unit)
        .replace("*", "\u00b7")
        .replace("degC", "\u00b0C")
        .replace("degF", "\u00b0F")
    )
    return re.sub(r"\^(\d)", lambda match: _DIGITS[int(match[1])], text) if text != "1" else ""
