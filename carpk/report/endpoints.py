"""Efficacy endpoints: definitions, shares by visit, changes from baseline, and when each subject attained them."""

from collections.abc import Sequence

from carpk.endpoints.names import endpoint_label
from carpk.endpoints.table import EndpointResult
from carpk.nca.table import NcaResult
from carpk.report.cohorts import SMALL
from carpk.report.data import cohort_name
from carpk.report.endpoint_pictures import change_figures, response_figures, state_figures
from carpk.report.endpoint_tables import attainment_table, change_tables, components_table, shares_table
from carpk.report.parts import Block, Section, Table, Text
from carpk.response.table import ResponseResult
from carpk.schema import Study

_TOPICS = {
    "Response and disease state": ("sri", "bicla", "lldas", "doris"),
    "Renal response": ("kdigo_complete", "kdigo_partial", "bliss_ln_perr", "bliss_ln_crr", "aurora_crr"),
    "Serology: conversion and normalization": (
        "anti_dsdna_seroconverted", "ana_seroconverted", "c3_normalized", "c4_normalized",
    ),
    "Glucocorticoids and other drugs": ("steroid_free", "drug_free"),
}  # fmt: skip
_CHANGES = (
    "sledai_2k", "pga", "c3", "c4", "anti_dsdna", "upcr", "proteinuria_24h", "egfr", "prednisolone",
)  # fmt: skip
_MANY = (
    "Many endpoints are shown at many visits: some are met at some visit by chance alone. No hypothesis is tested and"
    " nothing is adjusted for multiplicity."
)
_NO_CONTROL = (
    "Nothing here is compared with a control, so it does not say what would have happened without these cells:"
    " lymphodepletion, other drugs and regression to the mean act too. SLEDAI-2K, PGA and BILAG are judged by people,"
    " who know the treatment in an open-label trial."
)


def endpoints_sections(
    study: Study, nca: NcaResult, response: ResponseResult | None, result: EndpointResult | None
) -> list[Section]:
    """Tell of disease activity, response and remission; nothing where that was not asked for."""
    if result is None or result.visits.empty:
        return []
    definitions = Text((_computed(result), *result.absent, *result.rules.sentences()))
    chapter = Section(
        "Efficacy endpoints", (Text(tuple(cautions(study, result)), caution=True), definitions), new_page=True
    )
    present = list(dict.fromkeys(result.parameters["analyte"]))
    topics = {title: [key for key in present if _is_of(key, names)] for title, names in _TOPICS.items()}
    parts = [Section(title, _responses(study, result, keys, title), level=2) for title, keys in topics.items() if keys]
    changes = [key for key in _CHANGES if (result.visits["endpoint"] == key).any()]
    if changes:
        tables = [block for key in changes for block in _or_words(change_tables(result, key), key)]
        figures = change_figures(study, result, changes)
        parts.append(Section("Change from baseline", (*tables, *figures), level=2))
    states = state_figures(study, nca, response, result)
    if states:
        parts.append(Section("Disease state beside B cells and CAR-T cells", tuple(states), level=2))
    return [chapter, *parts]


def _is_of(key: str, names: Sequence[str]) -> bool:
    """Say whether an endpoint is one of these; SRI-4 and its kin are of "sri"."""
    return key in names or ("sri" in names and key.startswith("sri_"))


def _computed(result: EndpointResult) -> str:
    names = ", ".join(endpoint_label(str(key)) for key in result.visits["endpoint"].drop_duplicates())
    return f"Computed from these data: {names}."


def _responses(study: Study, result: EndpointResult, keys: list[str], title: str) -> tuple[Block, ...]:
    """Give shares and criteria of each endpoint, then the pictures, then each subject."""
    blocks: list[Block] = []
    for key in keys:
        blocks += _or_words([*shares_table(result, key), *components_table(result, key)], key)
    attainment = attainment_table(study, result, keys, f"{title}: attainment by subject")
    return (*blocks, *response_figures(result, keys), attainment)


def _or_words(tables: list[Table], key: str) -> Sequence[Block]:
    """Say why there is no table, where there is none."""
    nothing = f"{endpoint_label(key)}: no planned times are given, so nothing is summarized by visit."
    return tables or [Text((nothing,))]


def cautions(study: Study, result: EndpointResult) -> list[str]:
    """Say what keeps a reader from making too much of the endpoints."""
    sizes = study.subjects["cohort"].value_counts()
    small = [cohort_name(cohort) for cohort in study.cohorts if sizes[cohort] < SMALL]
    few = [f"Cohorts with fewer than {SMALL} subjects: {', '.join(small)}. The intervals are wide; read them."]
    return [_NO_CONTROL, *(few if small else []), _MANY, *_imputations(result)]


def _imputations(result: EndpointResult) -> list[str]:
    """Count what was imputed, and what was left undecided, among all that was to be decided."""
    visits = result.visits
    outcomes = visits[(visits["component"] == "") & visits["endpoint"].isin(set(result.parameters["analyte"]))]
    outcomes = outcomes[outcomes["nominal_time"].notna() & (outcomes["reason"] != "NOT_APPLICABLE")]
    by_missing = int((outcomes["flags"] == "IMPUTED_MISSING").sum())
    by_exit = int((outcomes["flags"] == "IMPUTED_LEFT_STUDY").sum())
    undecided = int((outcomes["reason"] != "").sum())
    said = []
    if by_missing or by_exit:
        said.append(
            f"Non-responder imputation: {by_missing + by_exit} of {len(outcomes)} outcomes at planned visits count"
            f" as not met, {by_missing} because an assessment that could change them was missing and {by_exit} because"
            " the subject had dropped out or died. The column \u201cImputed\u201d says where."
        )
    if undecided:
        said.append(
            f"{undecided} of {len(outcomes)} outcomes at planned visits are not decided and are in no share. Where"
            " being assessed has to do with doing well, the shares are too high or too low."
        )
    return said
