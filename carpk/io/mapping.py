"""The reading part of a user's settings: what a file's own words mean."""

import tomllib
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carpk.errors import DataError, Finding, RulesError, did_you_mean
from carpk.units import PG_DNA_PER_CELL, find_unit

VALUE_MEANINGS = ("blq", "not_detected", "missing", "above_uloq")

_OTHER_STAGES = ("nca", "response", "endpoints", "fit", "population", "report")
_STUDY_TEXTS = ("title", "time_unit", "date_format", "sheet", "delimiter", "decimal", "encoding", "matrix")


def _nothing() -> AnyMapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reading:
    """How one analyte, or one column of its levels, is to be read.

    Attributes
    ----------
    analyte : str
        Key of the analyte, or the user's own word for one that carpk does not know.
    unit : str
        Unit of the levels and limits where the file gives none.
    lloq, uloq : float or None
        Limits of quantification where the file gives none, in `unit`.
    """

    analyte: str = ""
    unit: str = ""
    lloq: float | None = None
    uloq: float | None = None


@dataclass(frozen=True)
class Mapping:
    """What a file's columns, words and conventions mean, as far as the file does not say so itself.

    Attributes
    ----------
    title : str
        Name of the study.
    time_unit : str
        Unit of times whose column does not say one; ``day`` if empty.
    date_format : str
        Order of ambiguous dates, as ``dd/mm/yyyy`` or in strptime's codes.
    sheet : str
        Worksheet that holds the samples.
    delimiter, encoding : str
        Of text files; found from the file if empty.
    decimal : str
        Decimal mark of numbers written as text.
    pg_per_cell : float
        Genomic DNA per cell [pg], for levels given as copies per cell.
    matrix : str
        Matrix of samples whose file does not say one.
    columns : mapping of str to str or Reading
        The file's column name to carpk's name, ``ignore``, ``covariate``, or how to read its levels.
    analytes : mapping of str to Reading
        Defaults for the rows of one analyte.
    values : mapping of str to str
        A word in a cell of levels to one of `VALUE_MEANINGS`.
    visits : mapping of str to float
        A visit's label to its planned time, in the study's time unit.
    """

    title: str = ""
    time_unit: str = ""
    date_format: str = ""
    sheet: str = ""
    delimiter: str = ""
    decimal: str = "."
    encoding: str = ""
    pg_per_cell: float = PG_DNA_PER_CELL
    matrix: str = ""
    columns: AnyMapping[str, str | Reading] = field(default_factory=_nothing)
    analytes: AnyMapping[str, Reading] = field(default_factory=_nothing)
    values: AnyMapping[str, str] = field(default_factory=_nothing)
    visits: AnyMapping[str, float] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        if self.decimal not in (".", ","):
            raise RulesError(f"[study] decimal must be '.' or ','; got {self.decimal!r}.")
        if not 0 < self.pg_per_cell < 1000:
            raise RulesError(f"[study] pg_per_cell must be a mass of DNA in pg, such as 6.6; got {self.pg_per_cell!r}.")
        if self.time_unit:
            unit = find_unit(self.time_unit)
            if unit is None or unit.dimension != "time":
                raise RulesError(f"[study] time_unit must be 'min', 'h', 'day' or 'week'; got {self.time_unit!r}.")
            object.__setattr__(self, "time_unit", unit.name)
        for word, meaning in self.values.items():
            if meaning not in VALUE_MEANINGS:
                raise RulesError(
                    f"[values] {word!r} must be one of {list(VALUE_MEANINGS)}; got {meaning!r}."
                    f"{did_you_mean(str(meaning), VALUE_MEANINGS)}"
                )
        for table in ("columns", "analytes", "values", "visits"):
            object.__setattr__(self, table, MappingProxyType(dict(getattr(self, table))))

    @classmethod
    def from_toml(cls, path: str | Path) -> "Mapping":
        """Read the tables of a settings file that concern reading.

        They are ``[study]``, ``[columns]``, ``[analytes.X]``, ``[values]`` and ``[visits]``.
        The tables of later stages, such as ``[nca]`` and ``[response]``, are passed over.

        Raises
        ------
        DataError
            The file is missing or is not TOML.
        RulesError
            It holds a table, key or value that carpk does not know.
        """
        path = Path(path)
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise _unreadable("FILE_MISSING", "There is no such settings file.", path) from None
        except OSError as error:
            raise _unreadable(
                "FILE_UNREADABLE", f"The settings file cannot be opened: {error.strerror}.", path
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _unreadable("SETTINGS_UNKNOWN", f"The settings are not TOML: {error}.", path) from None
        return cls.from_settings(settings)

    @classmethod
    def from_settings(cls, settings: AnyMapping[str, Any]) -> "Mapping":
        """Take the reading part from settings that were already parsed.

        Raises
        ------
        RulesError
            They hold a table, key or value that carpk does not know.
        """
        tables = ("study", "columns", "analytes", "values", "visits")
        _only(settings, (*tables, *_OTHER_STAGES), "settings")
        for name in tables:
            if not isinstance(settings.get(name, {}), dict):
                raise RulesError(f"{name!r} in the settings must be a table, [{name}].")
        study = dict(settings.get("study", {}))
        _only(study, (*_STUDY_TEXTS, "pg_per_cell"), "[study]")
        for key in _STUDY_TEXTS:
            if not isinstance(study.get(key, ""), str):
                raise RulesError(f"[study] {key} must be text; got {study[key]!r}.")
        if "pg_per_cell" in study:
            study["pg_per_cell"] = _number(study["pg_per_cell"], "[study] pg_per_cell")
        return cls(
            **study,
            columns={name: _column(name, meant) for name, meant in settings.get("columns", {}).items()},
            analytes={key: _analyte(key, given) for key, given in settings.get("analytes", {}).items()},
            values={word: str(meaning) for word, meaning in settings.get("values", {}).items()},
            visits={label: _number(time, f"[visits] {label!r}") for label, time in settings.get("visits", {}).items()},
        )


def _unreadable(code: str, message: str, path: Path) -> DataError:
    return DataError([Finding(code, "error", message, file=path.name)])


def _only(given: AnyMapping[str, Any], known: tuple[str, ...], table: str) -> None:
    for key in given:
        if key not in known:
            raise RulesError(f"{table} has no {key!r}; it takes {list(known)}.{did_you_mean(key, known)}")


def _number(given: object, place: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise RulesError(f"{place} must be a number; got {given!r}.")
    return float(given)


def _column(name: str, meant: object) -> str | Reading:
    if isinstance(meant, str):
        return meant
    if not isinstance(meant, dict):
        raise RulesError(
            f"[columns] {name!r} must be carpk's name of the column, 'ignore', or a table such as "
            '{ analyte = "crp", unit = "mg/L" }.'
        )
    _only(meant, ("analyte", "unit", "lloq", "uloq"), f"[columns] {name!r}")
    if "analyte" not in meant:
        raise RulesError(f'[columns] {name!r} must name its analyte, as in {{ analyte = "crp", unit = "mg/L" }}.')
    return _reading(str(meant["analyte"]), meant, f"[columns] {name!r}")


def _analyte(key: str, given: object) -> Reading:
    if not isinstance(given, dict):
        raise RulesError(f"[analytes] {key!r} must be a table, [analytes.{key}].")
    _only(given, ("unit", "lloq", "uloq"), f"[analytes.{key}]")
    return _reading(key, given, f"[analytes.{key}]")


def _reading(analyte: str, given: AnyMapping[str, Any], place: str) -> Reading:
    unit = given.get("unit", "")
    if unit:
        known = find_unit(str(unit))
        if known is None:
            raise RulesError(f"{place}: {unit!r} is not a unit that carpk knows.")
        unit = known.name
    lloq, uloq = (_number(given[limit], f"{place} {limit}") if limit in given else None for limit in ("lloq", "uloq"))
    if any(limit is not None and not 0 < limit < float("inf") for limit in (lloq, uloq)):
        raise RulesError(f"{place}: a limit of quantification must be positive.")
    return Reading(analyte, unit, lloq, uloq)
