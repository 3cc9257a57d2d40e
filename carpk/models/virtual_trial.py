"""Virtual trials from a design: patients, actual days, what is missed, what is measured. Whole arrays.

Chance has streams of its own for kinetics, reactions, visits, errors and markers: adding markers to a design, or
missing visits, leaves the patients as they were.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from carpk.errors import RulesError, did_you_mean
from carpk.models.design import Markers, TrialDesign
from carpk.models.markers import MARKER_ASSAYS, Reactions, simulate_markers
from carpk.models.model import Model
from carpk.models.simulate import Measurements, add_residual_error, censor, move_visits
from carpk.profiles import Booleans, Floats, Integers

_DAY_DECIMALS = 2  # a quarter of an hour
_SEVERITY_SD = 0.6  # of the severity of a reaction on ln Cmax, beside Cmax itself; made up


@dataclass(frozen=True, slots=True, eq=False)
class VirtualPatients:
    """n patients of a model.

    Attributes
    ----------
    model : Model
    phi : (n, p) float
        Parameters on the transformed scale.
    log_factor : (n,) float
        What the dose adds to ln C.
    cohort : (n,) int
        Place of each patient's cohort in the design.
    covariates : (n, k) float
        As the model wants them.
    severity : (n,) float
        Rank of the reaction among all patients of the model at the reference dose, 0 to 1.
    tocilizumab : (n,) float
        Day; NaN where there is none.
    """

    model: Model
    phi: Floats
    log_factor: Floats
    cohort: Integers
    covariates: Floats
    severity: Floats
    tocilizumab: Floats

    def __len__(self) -> int:
        return len(self.phi)

    def levels(self, days: Floats) -> Floats:
        """Return levels without error at days (m,) or (n, m), zero up to day 0: (n, m). [copies/ug]."""
        log_level = self.model.log_level(self.phi, np.maximum(days, 0.0), self.covariates)
        return np.where(days <= 0.0, 0.0, np.exp(log_level + self.log_factor[:, np.newaxis]))


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """One analyte of n patients at m planned visits of its own.

    Attributes
    ----------
    columns : (m,) int
        Place of its visits among the trial's planned days.
    measured : Measurements, (n, m)
    """

    columns: Integers
    measured: Measurements


@dataclass(frozen=True, slots=True, eq=False)
class VirtualTrial:
    """A trial, or many of one design one after the other, as it went.

    Attributes
    ----------
    design : TrialDesign
    patients : VirtualPatients
    planned : (d,) float
        Planned days.
    days : (n, d) float
        Actual days.
    due : (n, d) bool
        The visit lies before the drop-out.
    held : (n, d) bool
        The visit is due and was not missed.
    drop_out : (n,) float
        Day; infinite where a patient stayed to the last planned day.
    crs_grade, crs : (n,) float
        Grade of CRS, and its day, NaN where there is none; both NaN where no marker is measured.
    sampled : dict of Sampled
        By analyte.
    """

    design: TrialDesign
    patients: VirtualPatients
    planned: Floats
    days: Floats
    due: Booleans
    held: Booleans
    drop_out: Floats
    crs_grade: Floats
    crs: Floats
    sampled: dict[str, Sampled]


def run_virtual_trial(
    design: TrialDesign, model: Model, *, trials: int = 1, subjects: int | None = None, rng: np.random.Generator
) -> VirtualTrial:
    """Run trials of a design, one after the other in the arrays.

    Parameters
    ----------
    design : TrialDesign
    model : Model
    trials : int
    subjects : int, optional
        Patients in each cohort, in place of the design's numbers.
    rng : numpy.random.Generator

    Raises
    ------
    RulesError
        The model cannot be simulated by this design.
    """
    for_patients, for_visits, for_errors, for_markers = rng.spawn(4)
    patients = draw_from_design(design, model, trials=trials, subjects=subjects, rng=for_patients)
    planned = np.array(design.planned_days)
    days = _actual_days(design, planned, len(patients), for_visits)
    drop_out = _drop_out(design, planned, days[:, 0], for_visits)
    due = days <= drop_out[:, np.newaxis]
    held = due & (for_visits.random(days.shape) >= design.missing_share)
    columns = np.flatnonzero(np.isin(planned, design.visits))
    levels = add_residual_error(patients.levels(days[:, columns]), design.residual_sd, rng=for_errors)
    sampled = {"car_t_qpcr": Sampled(columns, censor(levels, lloq=design.lloq))}
    crs_grade = crs = np.full(len(patients), np.nan)
    if design.markers is not None:
        crs_grade, crs = _crs(design.markers, patients, for_markers)
        reactions = _reactions(design, patients, crs_grade, crs)
        columns = np.flatnonzero(np.isin(planned, design.marker_visits))
        sampled |= _measure_markers(design.markers, reactions, days[:, columns], columns, for_markers)
    return VirtualTrial(design, patients, planned, days, due, held, drop_out, crs_grade, crs, sampled)


def draw_from_design(
    design: TrialDesign, model: Model, *, trials: int = 1, subjects: int | None = None, rng: np.random.Generator
) -> VirtualPatients:
    """Draw the patients of trials of a design, cohort by cohort; see `run_virtual_trial`.

    Raises
    ------
    RulesError
        The model cannot be simulated by this design.
    """
    if subjects is not None and subjects < 1:
        raise RulesError(f"simulate: subjects must be a whole number of at least 1; got {subjects!r}.")
    typical, spread = typical_and_spread(design, model)
    counts = [subjects or cohort.subjects for cohort in design.cohorts]
    cohort = np.tile(np.repeat(np.arange(len(counts)), counts), trials)
    for_phi, for_severity = rng.spawn(2)
    phi = typical + spread * for_phi.standard_normal((len(cohort), len(typical)))
    dose = np.array([cohort.dose for cohort in design.cohorts])[cohort]
    log_factor = design.dose_exponent * np.log(dose / (design.reference_dose or 1.0))
    place = model.index("cmax")
    above = phi[:, place] - typical[place] + log_factor + _SEVERITY_SD * for_severity.standard_normal(len(cohort))
    severity = ndtr(above / np.hypot(spread[place], _SEVERITY_SD))
    given = design.tocilizumab
    treated = np.zeros(len(cohort), np.bool_) if given is None else severity > 1.0 - given.share
    tocilizumab = np.where(treated, np.nan if given is None else given.day, np.nan)
    days = {"tocilizumab": tocilizumab}
    columns = [days.get(name, np.full(len(cohort), np.nan)) for name in model.covariates]
    covariates = np.stack(columns, axis=1) if columns else np.empty((len(cohort), 0))
    return VirtualPatients(model, phi, log_factor, cohort, covariates, severity, tocilizumab)


def typical_and_spread(design: TrialDesign, model: Model) -> tuple[Floats, Floats]:
    """Return typical values and standard deviations between patients on the transformed scale, (p,) each.

    Raises
    ------
    RulesError
        The design names a parameter that the model has not, a value out of bounds, or leaves one open that the
        publication does not give either; or the model cannot be simulated.
    """
    _check_model(design, model)
    named = {parameter.name: parameter for parameter in model.parameters}
    for choice, given in (("typical", design.typical), ("spread", design.spread)):
        for name, value in given.items():
            if name not in named:
                hint = did_you_mean(name, named)
                raise RulesError(
                    f"TrialDesign: {choice}: {model.name!r} has no parameter {name!r}; it has {list(named)}.{hint}"
                )
            least, most = (named[name].lower, named[name].upper) if choice == "typical" else (0.0, float("inf"))
            if not least <= value <= most:
                raise RulesError(f"TrialDesign: {choice}: {name} must lie from {least:g} to {most:g}; got {value!r}.")
    published_spread = np.array([0.0 if entry.fixed else entry.random_effect for entry in model.parameters])
    if design.random_effects == "variance":
        published_spread = np.sqrt(published_spread)
    typical = np.array([design.typical.get(entry.name, entry.published) for entry in model.parameters])
    spread = np.array(
        [design.spread.get(name, known) for name, known in zip(named, published_spread.tolist(), strict=True)]
    )
    for choice, values in (("typical", typical), ("spread", spread)):
        open_ones = [name for name, value in zip(named, values, strict=True) if np.isnan(value)]
        if open_ones:
            raise RulesError(
                f"TrialDesign: {choice}: the publication of {model.name!r} gives no value of {open_ones}; name them."
            )
    return model.to_phi(typical), spread


def _check_model(design: TrialDesign, model: Model) -> None:
    if model.after_peak:
        raise RulesError(f"simulate: {model.name!r} describes the decline only; name a model of the whole course.")
    if design.tocilizumab is not None and "tocilizumab" not in model.covariates:
        raise RulesError(
            f"simulate: {model.name!r} knows no effect of tocilizumab, which the design has; stein_comedication does."
        )


def _actual_days(design: TrialDesign, planned: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Days within the design's jitter; a visit stays on its side of the infusion."""
    since = np.array([-np.inf, *design.jitter])
    reach = np.array([0.0, *design.jitter.values()])[np.searchsorted(since, planned, side="right") - 1]
    return move_visits(planned, np.minimum(reach, 0.49 * np.abs(planned)), count, decimals=_DAY_DECIMALS, rng=rng)


def _drop_out(design: TrialDesign, planned: Floats, first: Floats, rng: np.random.Generator) -> Floats:
    """Draw the days on which patients leave, at a constant rate from the infusion on, but after their first visit."""
    waiting = rng.exponential(size=len(first))
    if design.drop_out_share == 0.0:
        return np.full(len(first), np.inf)
    left = np.round(np.maximum(waiting * planned[-1] / -np.log1p(-design.drop_out_share), first), _DAY_DECIMALS)
    return np.where(left < planned[-1], left, np.inf)


def _crs(markers: Markers, patients: VirtualPatients, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Grade of CRS by the severity of the reaction, and its day, one and a half to four days before the peak."""
    shares = np.cumsum(markers.crs_shares)[:-1]
    grade = np.searchsorted(shares, patients.severity, side="right").astype(np.float64)
    tmax = np.exp(patients.phi[:, patients.model.index("tmax")])
    lead = 1.5 + 2.5 * rng.random(len(patients))
    return grade, np.where(grade > 0, np.maximum(np.round(tmax - lead), 1.0), np.nan)


def _reactions(design: TrialDesign, patients: VirtualPatients, crs_grade: Floats, crs: Floats) -> Reactions:
    """Collect what the markers follow from; the courses are those of lupus patients, see `carpk.models.markers`."""
    model, markers = patients.model, design.markers or Markers()
    cmax, typical = model.index("cmax"), typical_and_spread(design, model)[0]
    return Reactions(
        transgene=patients.levels,
        cmax=np.exp(patients.phi[:, cmax] + patients.log_factor),
        tmax=np.exp(patients.phi[:, model.index("tmax")]),
        typical_cmax=float(np.exp(typical[cmax])),
        crs_grade=crs_grade,
        crs=crs,
        tocilizumab=patients.tocilizumab,
        second_infusion=np.full(len(patients), np.inf),
        b_cell_return=markers.b_cell_return,
        lymphodepletion_day=markers.lymphodepletion_day,
    )


def _measure_markers(
    markers: Markers, reactions: Reactions, days: Floats, columns: Integers, rng: np.random.Generator
) -> dict[str, Sampled]:
    for_courses, *for_errors = rng.spawn(1 + len(MARKER_ASSAYS))
    levels = simulate_markers(reactions, days, for_courses)
    sampled = {}
    for (key, assay), stream in zip(MARKER_ASSAYS.items(), for_errors, strict=True):
        if key in markers.analytes:
            uloq = np.inf if np.isnan(assay.uloq) else assay.uloq
            measured = add_residual_error(levels[key], assay.residual_sd, rng=stream)
            sampled[key] = Sampled(columns, censor(measured, lloq=assay.lloq, uloq=uloq))
    return sampled
