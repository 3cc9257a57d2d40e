"""The vocabulary: one Term per number that carpk can report, one Analyte per thing that it can measure.

Labels, units, definitions, CDISC codes and ways of summarizing come from here and from nowhere else.
CDISC terms: controlled terminology of PKPARMCD/PKPARM (codelists C85839 and C85493).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from carpk.errors import RulesError, did_you_mean
from carpk.units import area_unit

Kind = Literal["level", "time", "rate", "area", "count", "ratio", "percent", "level per dose", "area per dose"]
Summary = Literal["geometric", "median", "half_life"]


@dataclass(frozen=True, slots=True)
class Term:
    """One number that carpk can report.

    Attributes
    ----------
    key : str
        The word in the `parameter` column.
    label : str
        As tables and axes print it.
    definition : str
        What it is, in a sentence.
    kind : str
        What it measures; with the units of levels and times this gives its unit.
    summary : {"geometric", "median", "half_life"}
        How a group is summarized: geometric mean and CV; median and range; both.
    formula : str
        How it is computed, where a formula says more than the definition.
    cdisc_code, cdisc_name : str
        PKPARMCD and PKPARM, empty where CDISC has no term.
    observed : bool
        True for a value as measured, which keeps the precision of the input; False for a derived one.
    """

    key: str
    label: str
    definition: str
    kind: Kind
    summary: Summary = "geometric"
    formula: str = ""
    cdisc_code: str = ""
    cdisc_name: str = ""
    observed: bool = False

    def unit(self, level_unit: str, time_unit: str, dose_unit: str = "dose") -> str:
        """Name the unit of this number for levels, times and doses in these units."""
        return {
            "level": level_unit,
            "time": time_unit,
            "rate": f"1/{time_unit}",
            "area": area_unit(level_unit, time_unit),
            "count": "1",
            "ratio": "1",
            "percent": "%",
            "level per dose": f"{level_unit}/({dose_unit})",
            "area per dose": f"{area_unit(level_unit, time_unit)}/({dose_unit})",
        }[self.kind]


_TERMS = (
    Term(
        "cmax",
        "Cmax",
        "Largest quantified level after the infusion, within the peak horizon.",
        "level",
        cdisc_code="CMAX",
        cdisc_name="Max Conc",
        observed=True,
    ),
    Term(
        "tmax",
        "Tmax",
        "Actual time of Cmax; the first, where the peak level occurs more than once.",
        "time",
        "median",
        cdisc_code="TMAX",
        cdisc_name="Time of CMAX",
        observed=True,
    ),
    Term("tfirst", "Tfirst", "Time of the first quantified level.", "time", "median", observed=True),
    Term(
        "tlast",
        "Tlast",
        "Time of the last quantified level.",
        "time",
        "median",
        cdisc_code="TLST",
        cdisc_name="Time of Last Nonzero Conc",
        observed=True,
    ),
    Term(
        "clast",
        "Clast",
        "Last quantified level.",
        "level",
        cdisc_code="CLST",
        cdisc_name="Last Nonzero Conc",
        observed=True,
    ),
    Term(
        "tbql",
        "Tbql",
        "Time of the first level below the limit after Tlast, with nothing quantified later.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "auc_last",
        "AUClast",
        "Area under the level-time curve from day 0 to Tlast.",
        "area",
        formula="sum of the segments up to Tlast",
        cdisc_code="AUCLST",
        cdisc_name="AUC to Last Nonzero Conc",
    ),
    Term(
        "auc_all",
        "AUCall",
        "AUClast and the triangle to the first level below the limit after it.",
        "area",
        formula="AUClast + (Tbql - Tlast) Clast / 2",
        cdisc_code="AUCALL",
        cdisc_name="AUC All",
    ),
    Term(
        "lambda_z",
        "\u03bbz",
        "Rate of the log-linear decline that ends the profile.",
        "rate",
        formula="minus the slope of ln C on time over the points of best adjusted R\u00b2",
        cdisc_code="LAMZ",
        cdisc_name="Lambda z",
    ),
    Term(
        "half_life",
        "Terminal half-life",
        "Half-life of the log-linear decline that ends the profile.",
        "time",
        "half_life",
        formula="ln 2 / \u03bbz",
        cdisc_code="LAMZHL",
        cdisc_name="Half-Life Lambda z",
    ),
    Term(
        "lambda_z_points",
        "\u03bbz points",
        "Number of levels in the terminal slope.",
        "count",
        "median",
        cdisc_code="LAMZNPT",
        cdisc_name="Number of Points for Lambda z",
        observed=True,
    ),
    Term(
        "lambda_z_first",
        "\u03bbz from",
        "Time of the first level in the terminal slope.",
        "time",
        "median",
        cdisc_code="LAMZLL",
        cdisc_name="Lambda z Lower Limit",
        observed=True,
    ),
    Term(
        "lambda_z_last",
        "\u03bbz to",
        "Time of the last level in the terminal slope.",
        "time",
        "median",
        cdisc_code="LAMZUL",
        cdisc_name="Lambda z Upper Limit",
        observed=True,
    ),
    Term(
        "r_squared",
        "R\u00b2",
        "Coefficient of determination of the terminal slope.",
        "ratio",
        "median",
        cdisc_code="R2",
        cdisc_name="R Squared",
    ),
    Term(
        "adjusted_r_squared",
        "Adjusted R\u00b2",
        "R\u00b2 of the terminal slope adjusted for the number of points.",
        "ratio",
        "median",
        formula="1 - (1 - R\u00b2)(n - 1)/(n - 2)",
        cdisc_code="R2ADJ",
        cdisc_name="R Squared Adjusted",
    ),
    Term(
        "span_ratio",
        "Span",
        "Half-lives that the points of the terminal slope span.",
        "ratio",
        "median",
        formula="(last - first time) / half-life",
    ),
    Term(
        "clast_predicted",
        "Clast, predicted",
        "Level at Tlast on the terminal line.",
        "level",
        formula="exp(b0 - \u03bbz Tlast)",
    ),
    Term(
        "expansion_rate",
        "Expansion rate",
        "Rate of the log-linear rise from the end of the wash-out to the peak.",
        "rate",
        formula="slope of ln C on time, from the lowest quantified level before the peak to the peak",
    ),
    Term(
        "doubling_time",
        "Doubling time",
        "Time in which the level doubles during expansion.",
        "time",
        "half_life",
        formula="ln 2 / expansion rate",
    ),
    Term(
        "fold_expansion",
        "Fold expansion",
        "Cmax over the level that the rules name: the first quantified one, the nadir, or what the dose makes.",
        "ratio",
        formula="Cmax / C(first quantified), Cmax / C(nadir), or Cmax V(blood) / dose",
    ),
    Term(
        "contraction_half_life",
        "Contraction half-life",
        "Half-life of the log-linear decline after the peak, to day 35 unless the rules say otherwise.",
        "time",
        "half_life",
        formula="ln 2 / minus the slope of ln C on time, peak excluded",
    ),
    Term(
        "auc_inf_obs",
        "AUCinf, observed",
        "AUClast and the area under the terminal line from the last observed level on.",
        "area",
        formula="AUClast + Clast / \u03bbz",
        cdisc_code="AUCIFO",
        cdisc_name="AUC Infinity Obs",
    ),
    Term(
        "auc_inf_pred",
        "AUCinf, predicted",
        "AUClast and the area under the terminal line from its own level at Tlast on.",
        "area",
        formula="AUClast + Clast, predicted / \u03bbz",
        cdisc_code="AUCIFP",
        cdisc_name="AUC Infinity Pred",
    ),
    Term(
        "extrapolated_percent",
        "AUC extrapolated",
        "Share of AUCinf, observed that lies after Tlast.",
        "percent",
        "median",
        formula="100 (AUCinf - AUClast) / AUCinf",
        cdisc_code="AUCPEO",
        cdisc_name="AUC %Extrapolation Obs",
    ),
    Term("baseline", "Baseline", "Last level before treatment, as the rules say before what.", "level", observed=True),
    Term("baseline_time", "Baseline day", "Time of the baseline level.", "time", "median", observed=True),
    Term(
        "peak", "Peak", "Largest level from the infusion to the last day that the rules name.", "level", observed=True
    ),
    Term(
        "peak_time",
        "Day of peak",
        "Time of the peak; the first, where it occurs more than once.",
        "time",
        "median",
        observed=True,
    ),
    Term("peak_change", "Peak change", "Peak minus baseline.", "level", "median"),
    Term("peak_fold", "Peak fold", "Peak over baseline.", "ratio"),
    Term(
        "peak_lag",
        "Lag of peak",
        "Time of the marker's peak minus Tmax of the CAR-T cells; negative where it leads.",
        "time",
        "median",
    ),
    Term("nadir", "Nadir", "Smallest level after the infusion.", "level", "median", observed=True),
    Term(
        "nadir_time",
        "Day of nadir",
        "Time of the nadir; the first, where it occurs more than once.",
        "time",
        "median",
        observed=True,
    ),
    Term("nadir_change", "Nadir change", "Nadir minus baseline.", "level", "median"),
    Term(
        "nadir_percent_change",
        "Nadir change",
        "Nadir minus baseline, as a share of baseline.",
        "percent",
        "median",
        formula="100 (nadir - baseline) / baseline",
    ),
    Term(
        "return_time",
        "Return",
        "First sample after the peak below the multiple of baseline that the rules name.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "depletion_time",
        "Time to depletion",
        "First sample from the infusion on below the threshold.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "complete_depletion_time",
        "Time to complete depletion",
        "First sample from the infusion on at or below the assay's lower limit.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "recovery_time",
        "Time to recovery",
        "First of as many visits in a row as the rules ask for at or above the threshold, after depletion.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "aplasia_duration",
        "Duration of aplasia",
        "Time from depletion to recovery.",
        "time",
        "median",
        formula="recovery time - depletion time",
    ),
    Term(
        "naive_share",
        "Naive share at recovery",
        "Share of naive (IgD+CD27-) among B cells at the first such sample from recovery on.",
        "percent",
        "median",
        observed=True,
    ),
    Term(
        "low_igg_time",
        "Time to low IgG",
        "First sample from the infusion on at or below the threshold of hypogammaglobulinemia.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "low_igg_days",
        "Time with low IgG",
        "Time below the threshold of hypogammaglobulinemia up to the last sample, by straight lines.",
        "time",
        "median",
    ),
    Term(
        "grade_max",
        "Highest grade",
        "Highest grade; 0 where the event did not occur.",
        "count",
        "median",
        observed=True,
    ),
    Term("onset_time", "Onset", "First day of the event.", "time", "median", observed=True),
    Term("duration", "Duration", "Time from onset to resolution, first and last day counted.", "time", "median"),
    Term("first_time", "First given", "Time of the first dose.", "time", "median", observed=True),
    Term("doses", "Doses", "Number of doses recorded.", "count", "median", observed=True),
    Term(
        "time_to_attainment",
        "Time to first attainment",
        "Time of the first visit after baseline at which an endpoint was met.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "time_to_sustained_attainment",
        "Time to sustained attainment",
        "Time of the first of the visits in a row at which an endpoint was met.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "visits_attained",
        "Visits with attainment",
        "Number of visits after baseline at which an endpoint was met.",
        "count",
        "median",
        observed=True,
    ),
    Term(
        "model_cmax",
        "Cmax, model",
        "Level at the peak of the fitted curve; of the untreated one, where the model knows of treatment.",
        "level",
    ),
    Term("model_tmax", "Tmax, model", "Time of the peak of the fitted curve.", "time", "median"),
    Term(
        "model_fold_expansion",
        "Fold expansion, model",
        "Level at the peak of the fitted curve over that at the infusion.",
        "ratio",
        formula="Cmax / R0",
    ),
    Term(
        "model_initial_level", "R0, model", "Level of the fitted curve at the infusion.", "level", formula="Cmax / fold"
    ),
    Term(
        "model_growth_rate",
        "Growth rate, model",
        "Rate of the exponential growth of the fitted curve.",
        "rate",
        formula="ln(fold expansion) / Tmax",
    ),
    Term(
        "model_doubling_time",
        "Doubling time, model",
        "Time in which the fitted curve doubles while it grows.",
        "time",
        "half_life",
        formula="ln 2 / growth rate",
    ),
    Term("model_alpha", "\u03b1, model", "Rate of the fast decline of the fitted curve after its peak.", "rate"),
    Term(
        "model_persistent_fraction",
        "Persistent fraction, model",
        "Share of the peak of the fitted curve that declines slowly.",
        "ratio",
    ),
    Term("model_beta", "\u03b2, model", "Rate of the slow decline of the fitted curve.", "rate"),
    Term("model_lag", "Lag, model", "Time until the fitted curve begins to grow.", "time", "median"),
    Term(
        "model_distribution_rate",
        "Distribution rate, model",
        "Rate at which the fitted curve falls after the infusion, before it grows.",
        "rate",
    ),
    Term(
        "model_distribution_end",
        "Distribution until, model",
        "Time at which the fitted curve turns from distribution to growth.",
        "time",
        "median",
    ),
    Term(
        "model_contraction_end",
        "Contraction until, model",
        "Time at which the fitted curve turns from contraction to persistence.",
        "time",
        "median",
    ),
    Term(
        "model_alpha_half_life",
        "Contraction half-life, model",
        "Half-life of the fast decline of the fitted curve.",
        "time",
        "half_life",
        formula="ln 2 / \u03b1",
    ),
    Term(
        "model_beta_half_life",
        "Persistence half-life, model",
        "Half-life of the slow decline of the fitted curve.",
        "time",
        "half_life",
        formula="ln 2 / \u03b2",
    ),
    Term(
        "model_tocilizumab_effect",
        "Tocilizumab effect, model",
        "Factor on the growth rate of the fitted curve from the first tocilizumab on.",
        "ratio",
    ),
    Term(
        "model_corticosteroid_effect",
        "Corticosteroid effect, model",
        "Factor on the growth rate of the fitted curve from the first corticosteroid on.",
        "ratio",
    ),
)

TERMS = MappingProxyType({term.key: term for term in _TERMS})
"""Every term with a fixed key; `term` also knows the windows, whose keys carry their days."""

_WINDOW = re.compile(r"([a-z_]+)_(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)d")
_PER_DOSE = "_per_dose"


def window_key(start: float, end: float) -> str:
    """Key of the area over a window of days.

    Examples
    --------
    >>> window_key(0, 28)
    'auc_0_28d'
    """
    return f"auc_{start:.12g}_{end:.12g}d"


def mean_key(key: str) -> str:
    """Key of the mean level over the window of an area's key.

    Examples
    --------
    >>> mean_key("auc_0_28d")
    'cavg_0_28d'
    """
    return key.replace("auc", "cavg", 1)


def term(key: str) -> Term:
    """Return the term of a key, windows and parameters per dose included.

    Raises
    ------
    RulesError
        carpk reports no such number.
    """
    if key in TERMS:
        return TERMS[key]
    if key.endswith(_PER_DOSE):
        return _per_dose(term(key.removesuffix(_PER_DOSE)))
    window = _WINDOW.fullmatch(key)
    if window is None or window[1] not in _WINDOW_TERMS:
        raise RulesError(f"{key!r} is not a parameter that carpk reports.{did_you_mean(key, TERMS)}")
    what, start, end = window.groups()
    template = _WINDOW_TERMS[what]
    return replace(
        template,
        key=key,
        label=template.label.format(start=start, end=end),
        definition=template.definition.format(start=start, end=end),
    )


_WINDOW_TERMS = MappingProxyType(
    {
        entry.key: entry
        for entry in (
            Term(
                "auc",
                "AUC{start}\u2013{end}d",
                "Area under the level-time curve from day {start} to day {end}.",
                "area",
                formula="sum of the segments' overlap with the window",
                cdisc_code="AUCINT",
                cdisc_name="AUC from T1 to T2",
            ),
            Term(
                "cavg",
                "Cavg{start}\u2013{end}d",
                "Mean level from day {start} to day {end}.",
                "level",
                formula="area over the window / its length",
                cdisc_code="CAVG",
                cdisc_name="Average Concentration",
            ),
            Term(
                "model_auc",
                "AUC{start}\u2013{end}d, model",
                "Area under the fitted curve from day {start} to day {end}.",
                "area",
                formula="integral of the fitted curve over the window",
            ),
            Term(
                "auc_above_baseline",
                "AUC above baseline {start}\u2013{end}d",
                "Area between the level and its baseline where it is above, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "auc_below_baseline",
                "AUC below baseline {start}\u2013{end}d",
                "Area between the level and its baseline where it is below, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "auc_above_limit",
                "AUC above the limit {start}\u2013{end}d",
                "Area between the level and the limit of the rules where it is above, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "auc_below_limit",
                "AUC below the limit {start}\u2013{end}d",
                "Area between the level and the limit of the rules where it is below, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "time_in_range",
                "Time in range {start}\u2013{end}d",
                "Time within the levels of the rules from day {start} to day {end}, by straight lines.",
                "time",
                "median",
            ),
            Term(
                "time_above_limit",
                "Time above the limit {start}\u2013{end}d",
                "Time above the limit of the rules from day {start} to day {end}, by straight lines.",
                "time",
                "median",
            ),
            Term(
                "time_below_limit",
                "Time below the limit {start}\u2013{end}d",
                "Time below the limit of the rules from day {start} to day {end}, by straight lines.",
                "time",
                "median",
            ),
        )
    }
)
"""Terms of windows by the beginning of their keys; the days of the window stand in braces."""


_CDISC_PER_DOSE = MappingProxyType(
    {"CMAX": ("CMAXD", "Max Conc Norm by Dose"), "AUCINT": ("AUCINTD", "AUC from T1 to T2 Norm by Dose")}
)


def _per_dose(entry: Term) -> Term:
    if entry.kind not in ("level", "area"):
        raise RulesError(f"{entry.key!r} is not reported per dose.")
    code, name = _CDISC_PER_DOSE.get(entry.cdisc_code, ("", ""))
    return Term(
        f"{entry.key}{_PER_DOSE}",
        f"{entry.label}/dose",
        f"{entry.label} divided by the dose; exploratory, for expansion is not proportional to the dose.",
        "level per dose" if entry.kind == "level" else "area per dose",
        formula=f"{entry.label} / dose",
        cdisc_code=code,
        cdisc_name=name,
    )


@dataclass(frozen=True, slots=True)
class Analyte:
    """Something that a laboratory measures.

    Attributes
    ----------
    key : str
        The word in the `analyte` column.
    label : str
        As tables and axes print it.
    unit : str
        The unit that levels are converted to at the door; empty: kept as given.
    role : {"car_t", "b_cells", "b_cell_subset", "marker", "other"}
        CAR-T levels and analytes unknown to carpk get noncompartmental parameters; B cells and markers get those of
        `carpk.run_response`.
    """

    key: str
    label: str
    unit: str
    role: Literal["car_t", "b_cells", "b_cell_subset", "marker", "other"]


_ANALYTES = (
    Analyte("car_t_qpcr", "CAR transgene (qPCR)", "copies/ug", "car_t"),
    Analyte("car_t_ddpcr", "CAR transgene (ddPCR)", "copies/ug", "car_t"),
    Analyte("car_t_flow", "CAR-T cells (flow)", "cells/uL", "car_t"),
    Analyte("car_t_percent", "CAR-T cells (% of T cells)", "%", "car_t"),
    Analyte("b_cells", "B cells", "cells/uL", "b_cells"),
    Analyte("b_cells_percent", "B cells (% of lymphocytes)", "%", "b_cells"),
    Analyte("il6", "IL-6", "pg/mL", "marker"),
    Analyte("crp", "CRP", "mg/L", "marker"),
    Analyte("b_cells_naive", "Naive B cells (% of B cells)", "%", "b_cell_subset"),
    Analyte("ferritin", "Ferritin", "ug/L", "marker"),
    Analyte("temperature", "Temperature", "degC", "marker"),
    Analyte("il2", "IL-2", "pg/mL", "marker"),
    Analyte("il8", "IL-8", "pg/mL", "marker"),
    Analyte("il10", "IL-10", "pg/mL", "marker"),
    Analyte("il15", "IL-15", "pg/mL", "marker"),
    Analyte("ifn_gamma", "IFN-\u03b3", "pg/mL", "marker"),
    Analyte("tnf_alpha", "TNF-\u03b1", "pg/mL", "marker"),
    Analyte("gm_csf", "GM-CSF", "pg/mL", "marker"),
    Analyte("igg", "IgG", "g/L", "marker"),
    Analyte("iga", "IgA", "g/L", "marker"),
    Analyte("igm", "IgM", "g/L", "marker"),
    Analyte("neutrophils", "Neutrophils", "cells/uL", "marker"),
    Analyte("lymphocytes", "Lymphocytes", "cells/uL", "marker"),
    Analyte("neutrophils_percent", "Neutrophils (% of leukocytes)", "%", "marker"),
    Analyte("lymphocytes_percent", "Lymphocytes (% of leukocytes)", "%", "marker"),
)

ANALYTES = MappingProxyType({analyte.key: analyte for analyte in _ANALYTES})


def analyte(key: str) -> Analyte:
    """Return the analyte of a key; one that carpk does not know keeps its own name and unit."""
    return ANALYTES.get(key) or Analyte(key, key, "", "other")


BODY_TEMPERATURE = (25.0, 45.0)
"""Temperatures that a patient may have [degC], wide enough for any; in degrees Fahrenheit all lie above."""


def in_order(keys: Iterable[str]) -> list[str]:
    """Sort analyte keys as carpk shows them: its own first, in the order above, then others by name."""
    order = {key: position for position, key in enumerate(ANALYTES)}
    return sorted(set(keys), key=lambda key: (order.get(key, len(order)), key))


EventKind = Literal["course", "treatment", "syndrome", "adverse event"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a subject on a day.

    Attributes
    ----------
    key : str
        The word in the `event` column.
    label : str
        As pictures and tables print it.
    kind : {"course", "treatment", "syndrome", "adverse event"}
        What it is to a safety table: part of the subject's course, a treatment, CRS or ICANS, or, under every word that
        carpk does not know, an adverse event.
    ends_course : bool
        True where the kinetics of the first infusion end with it.
    """

    key: str
    label: str
    kind: EventKind
    ends_course: bool = False


_EVENTS = (
    Event("infusion", "CAR-T infusion", "course"),
    Event("second_infusion", "Second CAR-T infusion", "course", ends_course=True),
    Event("transplant", "Transplant", "course", ends_course=True),
    Event("other_car_t", "Other CAR-T", "course", ends_course=True),
    Event("lymphodepletion", "Lymphodepletion", "treatment"),
    Event("tocilizumab", "Tocilizumab", "treatment"),
    Event("corticosteroid", "Corticosteroid", "treatment"),
    Event("anakinra", "Anakinra", "treatment"),
    Event("crs", "CRS", "syndrome"),
    Event("crs_end", "End of CRS", "course"),
    Event("icans", "ICANS", "syndrome"),
    Event("icans_end", "End of ICANS", "course"),
    Event("rescue_medication", "Rescue medication", "treatment"),
    Event("drop_out", "Drop-out", "course"),
    Event("death", "Death", "course"),
)

EVENTS = MappingProxyType({event.key: event for event in _EVENTS})


def event(key: str) -> Event:
    """Return the event of a key; one that carpk does not know keeps its own name."""
    return EVENTS.get(key) or Event(key, key, "adverse event")
