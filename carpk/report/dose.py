"""Exposure against dose: slope of the power model with its interval, and the cautions that it calls for."""

from carpk.errors import UnitError
from carpk.nca.table import NcaResult
from carpk.report import numbers
from carpk.report.parts import Block, Cell, Column, Section, Table, Text
from carpk.report.rows import MISSING, Profile, profile_name, profiles_of
from carpk.schema import Study
from carpk.summary import DoseProportionality, dose_proportionality
from carpk.terms import term
from carpk.units import label

_COLUMNS = (
    Column("Parameter", align="left"),
    Column("n", align="right"),
    Column("Zero", align="right"),
    Column("No dose", align="right"),
    Column("Miss.", align="right"),
    Column("Slope"),
    Column("Low", group="90 % interval"),
    Column("High", group="90 % interval"),
    Column("Residual SD"),
)
_NOTE = (
    "Power model ln(parameter) = a + b ln(dose), ordinary least squares over subjects with a value above zero and a"
    " dose (n). Slope: b, with its t interval; 1 is proportional to dose, 0 independent of it. Residual SD: of"
    " ln(parameter). Left out are values of zero (Zero), which have no logarithm, subjects without a dose (No dose) and"
    " without a value (Miss.); the individual listing has them by name."
)
_CAUTION = (
    "CAR-T cells multiply in the patient, so exposure need not follow the dose. The slopes describe these subjects;"
    " neither proportionality nor its absence is concluded."
)


def dose_section(study: Study, nca: NcaResult) -> list[Section]:
    """Fit Cmax and the areas on dose where there is more than one; else no section."""
    if study.subjects.loc[study.subjects["dose"] > 0, "dose"].nunique() < 2 or nca.parameters.empty:
        return []
    units = sorted(study.subjects.loc[study.subjects["dose"] > 0, "dose_unit"].unique())
    try:
        fitted = [(profile, _fits(study, nca, profile)) for profile in profiles_of(nca)]
    except UnitError as error:
        return [Section("Exposure against dose", (Text((f"No line was fitted: {error}",), caution=True),))]
    fits = [fit for _, of_profile in fitted for fit in of_profile]
    said = [_CAUTION, *dict.fromkeys(fit.caution for fit in fits if fit.caution)]
    tables: list[Block] = [_table(nca, profile, of_profile, str(units[0])) for profile, of_profile in fitted]
    return [Section("Exposure against dose", (Text(tuple(said), caution=True), *tables))]


def _fits(study: Study, nca: NcaResult, profile: Profile) -> list[DoseProportionality]:
    return [
        dose_proportionality(nca.parameters, parameter=key, analyte=profile[0], matrix=profile[1], study=study)
        for key in ("cmax", *nca.rules.window_keys)
    ]


def _table(nca: NcaResult, profile: Profile, fits: list[DoseProportionality], dose_unit: str) -> Table:
    rows = tuple(_row(fit) for fit in fits)
    unit = f" ({label(dose_unit)})" if dose_unit else ""
    notes = dict.fromkeys(f"{MISSING}: {fit.reason}" for fit in fits if fit.reason)
    return Table(f"{profile_name(nca, profile)}: slope on dose{unit}", _COLUMNS, rows, (_NOTE, *notes))


def _row(fit: DoseProportionality) -> tuple[Cell, ...]:
    counts = (fit.n, len(fit.zeros), len(fit.undosed), len(fit.missing))
    figures = (fit.slope, fit.low, fit.high, fit.residual_sd)
    shown = [MISSING if fit.reason else f"{figure:z.2f}".replace("-", "\u2212") for figure in figures]
    return (
        Cell(term(fit.parameter).label),
        *(Cell(numbers.count(count)) for count in counts),
        *(Cell(text) for text in shown),
    )
