"""Every parameter of every subject: a missing value shows why, a doubtful one its flags."""

from collections.abc import Sequence

import pandas as pd

from carpk.nca.table import NcaResult
from carpk.report.flags import tell_common_flags
from carpk.report.parts import Block, Column, Section, Table, Text
from carpk.report.rows import Profile, by_subject, listed, profile_name, profiles_of, rows_of, value_cell
from carpk.report.windows import window_tables
from carpk.schema import Study
from carpk.terms import term
from carpk.units import label

_PEAK = ("cmax", "tmax", "tfirst", "tlast", "clast", "tbql")
_TERMINAL = (
    "lambda_z", "half_life", "lambda_z_points", "lambda_z_first", "lambda_z_last", "r_squared", "adjusted_r_squared",
    "span_ratio", "clast_predicted",
)  # fmt: skip
_EXPANSION = ("expansion_rate", "doubling_time", "fold_expansion", "contraction_half_life")
_MOST_COLUMNS = 9


def listing_section(study: Study, nca: NcaResult) -> list[Section]:
    """List every parameter by cohort and subject, one part for each analyte and matrix."""
    profiles = profiles_of(nca)
    if not profiles:
        nothing = "The data hold no CAR-T levels, so there are no kinetic parameters."
        return [Section("Individual parameters", (Text((nothing,)),), new_page=True)]
    parts = [
        Section(
            profile_name(nca, profile), (*_tables(study, nca, profile), *window_tables(study, nca, profile)), level=2
        )
        for profile in profiles
    ]
    return [Section("Individual parameters", new_page=True), *parts]


def _tables(study: Study, nca: NcaResult, profile: Profile) -> list[Block]:
    rows = rows_of(nca, profile)
    keys = list(dict.fromkeys(rows["parameter"]))
    areas = [key for key in keys if term(key).kind == "area"]
    means = [key for key in keys if key.startswith("cavg") or key.endswith("_per_dose")]
    others = [key for key in keys if key not in (*_PEAK, *areas, *_TERMINAL, *_EXPANSION, *means)]
    name = profile_name(nca, profile)
    topics = {
        "peak and persistence": [key for key in _PEAK if key in keys],
        "areas under the curve": areas,
        "terminal slope": [key for key in _TERMINAL if key in keys],
        "expansion and contraction": [key for key in _EXPANSION if key in keys],
        "mean levels, and values per dose": means,
        "further parameters": others,
    }
    return [
        listing_table(study, rows, chosen[start : start + _MOST_COLUMNS], f"{name}: {topic}")
        for topic, chosen in topics.items()
        for start in range(0, len(chosen), _MOST_COLUMNS)
    ]


def _methods(rows: pd.DataFrame, keys: Sequence[str]) -> tuple[str, ...]:
    """Name the rule behind the numbers of a table, on that table."""
    methods: dict[str, list[str]] = {}
    for key in keys:
        for method in rows.loc[rows["parameter"] == key, "method"].unique():
            methods.setdefault(method, []).append(term(key).label)
    return tuple(f"{', '.join(labels)}: {label(method)}." for method, labels in methods.items() if method)


def listing_table(study: Study, rows: pd.DataFrame, keys: Sequence[str], caption: str) -> Table:
    """List some parameters of every subject, by cohort."""
    found = by_subject(rows)
    columns = [Column("Subject", align="left")]
    for key in keys:
        unit = str(rows.loc[rows["parameter"] == key, "unit"].iloc[0])
        columns.append(Column(term(key).label, label(unit), "right" if term(key).kind == "count" else "decimal"))
    body = listed(study, lambda subject: (value_cell(found.get((subject, key))) for key in keys))
    return tell_common_flags(Table(caption, tuple(columns), body, _methods(rows, keys)))
