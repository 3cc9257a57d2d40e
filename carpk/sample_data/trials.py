"""The four sample trials. All are synthetic: no number in them was measured in a person.

Kinetics follow the curve of Stein 2019 (doi 10.1002/psp4.12388) with its typical growth and fast decline. The rest is
moderated on purpose. The typical peak is 11,000 to 16,000 copies/ug instead of 24,000. The share of cells that persist
is about half and declines about twice as fast, so that most patients lose their CAR-T cells in two to six months. The
spread between patients is much below the random effects that Stein prints, of which the one on the fold expansion
(2.4) alone spans orders of magnitude, and so is the residual error (0.30 instead of 0.56 on ln C). Cmax depends weakly
on the dose (exponent 0.2 to 0.3).
"""

from dataclasses import replace

from carpk.models.simulate import Variability
from carpk.models.stein import TYPICAL
from carpk.sample_data import plans
from carpk.sample_data.description import Assay, DoseGroup, Quirks, Trial

_MICRO = "\u00b5"
_BASELINE = -7
_LUPUS_VARIABILITY = Variability(
    fold_expansion=0.5, tmax=0.13, cmax=0.75, alpha=0.28, persistent_fraction=0.7, beta=0.4
)


def _assays(
    kinetic_days: tuple[int, ...], marker_days: tuple[int, ...], b_cell_days: tuple[int, ...], *, blq_text: str = ""
) -> tuple[Assay, ...]:
    """Return the six assays that all trials share; flow cytometry leaves out the predose sample and the late visits."""
    flow_days = tuple(day for day in kinetic_days if 0 < day <= 180)
    per_volume = f"cells/{_MICRO}L"
    return (
        Assay(
            "car_t_qpcr",
            "CAR transgene (qPCR)",
            "blood",
            f"copies/{_MICRO}g gDNA",
            50.0,
            kinetic_days,
            0.30,
            blq_text=blq_text,
        ),
        Assay("car_t_flow", "CAR-T cells (flow)", "blood", per_volume, 1.0, flow_days, 0.30, blq_text=blq_text),
        Assay("b_cells", "B cells", "blood", per_volume, 1.0, b_cell_days, 0.25),
        Assay("il6", "IL-6", "serum", "pg/mL", 1.5, marker_days, 0.30, uloq=5000.0),
        Assay("crp", "CRP", "serum", "mg/L", 0.5, marker_days, 0.25),
        Assay("ferritin", "Ferritin", "serum", f"{_MICRO}g/L", 5.0, marker_days, 0.15, uloq=40_000.0),
    )


ULTRAFAST_CD19_SLE = Trial(
    name="ultrafast_cd19_sle",
    title="SYNTHETIC trial A: ultra-fast CD19 CAR-T in refractory systemic lupus erythematosus",
    seed=20_250_147,
    layout="long with days",
    subject_id="{:03d}",
    groups=(
        DoseGroup("1.5e5 cells/kg", 1.5e5, 6),
        DoseGroup("5e5 cells/kg", 5e5, 6),
        DoseGroup("10e5 cells/kg", 10e5, 6),
    ),
    assays=_assays(
        kinetic_days=(0, 4, 7, 9, 11, 14, 21, 28, 60, 90, 180, 270, 360),
        marker_days=(_BASELINE, 0, 2, 4, 7, 9, 11, 14, 21, 28, 60, 90),
        b_cell_days=(_BASELINE, 0, 7, 14, 28, 60, 90, 180, 270, 360),
    ),
    typical=replace(TYPICAL, cmax=14_000.0, persistent_fraction=0.004, beta=0.006),
    variability=_LUPUS_VARIABILITY,
    reference_dose=5e5,
    dose_exponent=0.25,
    age=(19, 58),
    crs_grades=(5, 9, 3, 1),
    sledai=(8, 22),
    b_cell_return=125.0,
    lymphodepletion_day=-5,
    first_infusion="2023-03-14",
    enrollment=240,
    cutoff=480,
    assessments=plans.ULTRAFAST,
    day_decimals=1,
    quirks=Quirks(
        never_expanders=(4,),
        missed_visits=((8, 21), (15, 60)),
        lost_samples=((17, 14),),
        moved_visits=((2, 28, 26.9), (13, 28, 27.1)),
        embedded_blq=((11, 90),),
        drop_outs=((10, 75), (13, 40)),
        second_infusions=((5, 172),),
        partial_responders=((3, 0.42),),
        flares=((5, 140, 172), (14, 215, 258)),
        rescues=((14, 258),),
        not_done=(
            (7, 90, "pga"),
            (9, 180, "sledai_2k"),
            (9, 180, "sledai_clinical"),
            (11, 180, "c3"),
            (16, 60, "bilag_renal"),
        ),
    ),
)

CD19_CHILDHOOD_SLE = Trial(
    name="cd19_childhood_sle",
    title="SYNTHETIC trial B: CD19 CAR-T in childhood-onset systemic lupus erythematosus",
    seed=20_250_123,
    layout="workbook, wide",
    subject_id="P-{:02d}",
    groups=(
        DoseGroup("1e5 cells/kg", 1e5, 6),
        DoseGroup("3e5 cells/kg", 3e5, 7),
        DoseGroup("5e5 cells/kg", 5e5, 6),
    ),
    assays=tuple(
        replace(
            assay, name={"car_t_qpcr": "CAR transgene", "car_t_flow": "CAR-T cells flow"}.get(assay.key, assay.name)
        )
        for assay in _assays(
            kinetic_days=(0, 3, 7, 10, 14, 21, 28, 60, 90, 180),
            marker_days=(_BASELINE, 0, 3, 5, 7, 10, 14, 21, 28, 60, 90),
            b_cell_days=(_BASELINE, 0, 7, 14, 28, 60, 90, 180),
        )
    ),
    typical=replace(TYPICAL, cmax=11_000.0, tmax=10.0, persistent_fraction=0.003, beta=0.006),
    variability=_LUPUS_VARIABILITY,
    reference_dose=3e5,
    dose_exponent=0.2,
    age=(5, 18),
    crs_grades=(5, 10, 3, 1),
    sledai=(10, 26),
    b_cell_return=115.0,
    lymphodepletion_day=-5,
    first_infusion="2023-09-05",
    enrollment=260,
    cutoff=470,
    assessments=plans.CHILDHOOD,
    quirks=Quirks(
        never_expanders=(3,),
        missed_visits=((5, 14), (16, 90)),
        embedded_blq=((2, 90),),
        drop_outs=((12, 62),),
        partial_responders=((9, 0.35),),
        not_done=((10, 60, "prednisolone_dose"), (6, 90, "pga"), (2, 180, "creatinine")),
    ),
    heights_given=True,
)

CD19_ACTIVE_SLE = Trial(
    name="cd19_active_sle",
    title="SYNTHETIC trial C: CD19 CAR-T in active systemic lupus erythematosus, two-year follow-up",
    seed=20_250_112,
    layout="long with dates",
    subject_id="S01-{:03d}",
    groups=(DoseGroup("5e5 cells/kg", 5e5, 15),),
    assays=_assays(
        kinetic_days=(0, 3, 7, 10, 14, 21, 28, 60, 90, 180, 270, 360, 450, 540, 630, 720),
        marker_days=(_BASELINE, -1, 0, 1, 3, 5, 7, 10, 14, 21, 28, 60, 90),
        b_cell_days=(_BASELINE, 0, 7, 14, 28, 60, 90, 180, 270, 360, 540, 720),
        blq_text="BLQ",
    ),
    typical=replace(TYPICAL, cmax=16_000.0, persistent_fraction=0.005, beta=0.005),
    variability=_LUPUS_VARIABILITY,
    reference_dose=5e5,
    dose_exponent=0.25,
    age=(18, 61),
    crs_grades=(3, 9, 3, 0),
    sledai=(6, 20),
    b_cell_return=130.0,
    lymphodepletion_day=-5,
    first_infusion="2022-02-21",
    enrollment=330,
    cutoff=760,
    assessments=plans.ACTIVE,
    quirks=Quirks(
        missed_visits=((3, 10), (9, 180), (12, 28)),
        moved_visits=((5, 28, 27.0), (14, 28, 27.0)),
        embedded_blq=((3, 90),),
        drop_outs=((7, 84), (14, 33)),
        second_infusions=((11, 258),),
        partial_responders=((6, 0.4),),
        flares=((11, 150, 258),),
        not_done=((12, -7, "pga"), (8, 360, "pga"), (4, 90, "prednisone_dose")),
    ),
)

CD19_BCMA_LUPUS_NEPHRITIS = Trial(
    name="cd19_bcma_lupus_nephritis",
    title="SYNTHETIC trial D: CD19/BCMA CAR-T in lupus nephritis class III-V",
    seed=20_250_147,
    layout="folder",
    subject_id="LN-{:02d}",
    groups=(
        DoseGroup("1e5 cells/kg", 1e5, 3),
        DoseGroup("2e5 cells/kg", 2e5, 3),
        DoseGroup("3e5 cells/kg", 3e5, 3),
    ),
    assays=tuple(
        replace(assay, unit="mg/dL", lloq=0.05, per_base_unit=0.1)
        if assay.key == "crp"
        else replace(assay, unit="ng/mL")
        if assay.key == "ferritin"
        else assay
        for assay in _assays(
            kinetic_days=(0, 4, 7, 10, 14, 21, 28, 60, 90, 180, 270, 360),
            marker_days=(_BASELINE, 0, 2, 4, 7, 10, 14, 21, 28, 60, 90),
            b_cell_days=(_BASELINE, 0, 7, 14, 28, 60, 90, 180, 270, 360),
        )
    ),
    typical=replace(TYPICAL, cmax=12_000.0, tmax=10.5, persistent_fraction=0.004, beta=0.006),
    variability=_LUPUS_VARIABILITY,
    reference_dose=2e5,
    dose_exponent=0.3,
    age=(20, 52),
    crs_grades=(2, 6, 1, 0),
    sledai=(12, 24),
    b_cell_return=150.0,
    lymphodepletion_day=-5,
    first_infusion="2023-11-08",
    enrollment=200,
    cutoff=520,
    assessments=plans.NEPHRITIS,
    quirks=Quirks(
        missed_visits=((6, 60),),
        moved_visits=((4, 28, 27.0),),
        embedded_blq=((8, 60),),
        drop_outs=((2, 70),),
        partial_responders=((3, 0.4),),
        flares=((5, 240, 300),),
        rescues=((5, 300),),
        not_done=((4, 90, "sledai_arthritis"), (7, 180, "upcr"), (8, 60, "bilag_renal"), (9, 28, "prednisolone_dose")),
    ),
    biopsy_classes=("III", "IV", "V", "III+V", "IV+V"),
)

TRIALS = (ULTRAFAST_CD19_SLE, CD19_CHILDHOOD_SLE, CD19_ACTIVE_SLE, CD19_BCMA_LUPUS_NEPHRITIS)
