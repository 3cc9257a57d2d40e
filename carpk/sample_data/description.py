"""What a sample trial is: everything that its files follow from, as frozen records."""

from dataclasses import dataclass, field
from typing import Literal

from carpk.models.simulate import Variability
from carpk.models.stein import SteinParameters

Layout = Literal["long with days", "long with dates", "workbook, wide", "folder"]


@dataclass(frozen=True, slots=True)
class DoseGroup:
    """Patients who get one dose.

    Attributes
    ----------
    label : str
        As the `cohort` column has it.
    cells_per_kg : float
        CAR-positive T cells per kg of body weight.
    count : int
        Number of patients.
    """

    label: str
    cells_per_kg: float
    count: int


@dataclass(frozen=True, slots=True)
class Assay:
    """How the laboratory of a trial measures one analyte, and when.

    Attributes
    ----------
    key : str
        Key of carpk.terms.ANALYTES.
    name, matrix, unit : str
        As the files have them.
    lloq : float
        Lower limit of quantification. [unit]
    days : tuple of int
        Planned days.
    residual_sd : float
        Error of the assay and of the sampling, on the natural logarithm.
    uloq : float or None
        Upper limit of quantification. [unit]
    per_base_unit : float
        How many `unit` are one unit of the simulation (copies/ug, cells/uL, pg/mL for IL-6, mg/L for CRP, ug/L for
        ferritin).
    blq_text : str
        What the laboratory writes below the limit; empty: ``<`` and the limit.
    """

    key: str
    name: str
    matrix: str
    unit: str
    lloq: float
    days: tuple[int, ...]
    residual_sd: float
    uloq: float | None = None
    per_base_unit: float = 1.0
    blq_text: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """How a trial writes down one clinical assessment.

    Attributes
    ----------
    key : str
        Key of carpk.assessments.ASSESSMENTS.
    name, matrix, unit : str
        As the files have them.
    per_kept_unit : float
        How many `unit` are one of the unit that carpk keeps.
    decimals : int
        Of a number in `unit`.
    lower, upper : float or None
        Limits of normal. [unit]
    nephritis_only : bool
        Whether it is assessed in everybody at baseline, and later only in patients with proteinuria at baseline.
    """

    key: str
    name: str
    matrix: str = ""
    unit: str = ""
    per_kept_unit: float = 1.0
    decimals: int = 0
    lower: float | None = None
    upper: float | None = None
    nephritis_only: bool = False


@dataclass(frozen=True, slots=True)
class AssessmentPlan:
    """What a trial assesses of lupus, and when.

    Attributes
    ----------
    seed : int
        Everything drawn for the assessments follows from it; nothing else does.
    days : tuple of int
        Planned days.
    written : tuple of Written
        In the order of the files.
    """

    seed: int
    days: tuple[int, ...]
    written: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Quirks:
    """What goes otherwise than planned; subjects by number, counted from 1.

    Attributes
    ----------
    never_expanders : tuple of int
        Subjects whose CAR-T cells never reach the limit of quantification.
    missed_visits : tuple of (subject, planned day)
        No sample was taken; the file has no row (no value in the wide layout).
    lost_samples : tuple of (subject, planned day)
        Drawn, but CAR-T levels could not be measured: the rows stand with an empty value.
    moved_visits : tuple of (subject, planned day, actual day)
        Took place on a day that is settled here rather than drawn.
    embedded_blq : tuple of (subject, planned day)
        CAR-T transgene below the limit although earlier and later samples are above it.
    drop_outs : tuple of (subject, day)
        Left the trial: nothing was taken from then on.
    second_infusions : tuple of (subject, day)
        Got the same dose again.
    partial_responders : tuple of (subject, share)
        That share of the disease activity stays.
    flares : tuple of (subject, day, day)
        Lupus comes back from the first day on, and is treated on the second.
    rescues : tuple of (subject, day)
        Got rescue medication.
    not_done : tuple of (subject, planned day, assessment key)
        Not assessed at a visit that took place: the row stands with an empty value.
    """

    never_expanders: tuple[int, ...] = ()
    missed_visits: tuple[tuple[int, int], ...] = ()
    lost_samples: tuple[tuple[int, int], ...] = ()
    moved_visits: tuple[tuple[int, int, float], ...] = ()
    embedded_blq: tuple[tuple[int, int], ...] = ()
    drop_outs: tuple[tuple[int, int], ...] = ()
    second_infusions: tuple[tuple[int, int], ...] = ()
    partial_responders: tuple[tuple[int, float], ...] = ()
    flares: tuple[tuple[int, int, int], ...] = ()
    rescues: tuple[tuple[int, int], ...] = ()
    not_done: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One synthetic trial.

    Attributes
    ----------
    name : str
        File or folder name without ending.
    title : str
        Begins with SYNTHETIC.
    seed : int
        Everything drawn for the trial follows from it.
    layout : str
        How its data lie in the file or folder.
    subject_id : str
        Format of the ids, filled with the subject's number.
    groups : tuple of DoseGroup
    assays : tuple of Assay
    typical, variability : SteinParameters, Variability
        Kinetics at `reference_dose` and their spread between patients.
    reference_dose, dose_exponent : float
        Cmax goes with (dose / reference dose) to the power of the exponent. [cells/kg], [1]
    age : tuple of (int, int)
        Youngest and oldest. [year]
    crs_grades : tuple of four int
        Number of patients with CRS of grade 0, 1, 2 and 3; higher grades go to higher peaks, not without exception.
    sledai : tuple of (int, int)
        Least and largest SLEDAI-2K score at baseline.
    b_cell_return : float
        Typical day on which B cells are halfway back. [day]
    lymphodepletion_day : int
        First day of fludarabine and cyclophosphamide. [day]
    first_infusion : str
        ISO date of the first patient's infusion.
    enrollment, cutoff : int
        Days from the first to the last infusion, and to the data cutoff.
    assessments : AssessmentPlan
    day_decimals : int
        Decimals of the actual days: 0 where only the date was recorded.
    quirks : Quirks
    biopsy_classes : tuple of str
        Lupus nephritis classes to draw from; none outside nephritis trials.
    heights_given : bool
        Whether the patients' heights stand in the files.
    """

    name: str
    title: str
    seed: int
    layout: Layout
    subject_id: str
    groups: tuple[DoseGroup, ...]
    assays: tuple[Assay, ...]
    typical: SteinParameters
    variability: Variability
    reference_dose: float
    dose_exponent: float
    age: tuple[int, int]
    crs_grades: tuple[int, int, int, int]
    sledai: tuple[int, int]
    b_cell_return: float
    lymphodepletion_day: int
    first_infusion: str
    enrollment: int
    cutoff: int
    assessments: AssessmentPlan
    day_decimals: int = 0
    quirks: Quirks = field(default_factory=Quirks)
    biopsy_classes: tuple[str, ...] = ()
    heights_given: bool = False

    @property
    def count(self) -> int:
        """Number of patients."""
        return sum(group.count for group in self.groups)

    @property
    def planned_days(self) -> tuple[int, ...]:
        """Every day on which something is measured."""
        return tuple(sorted({day for assay in self.assays for day in assay.days}))
