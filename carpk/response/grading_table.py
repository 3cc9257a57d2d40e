"""grade_records: a study in, the grade of CRS and ICANS on every day with components out."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from carpk.profiles import Floats
from carpk.reasons import REASON_CODES
from carpk.response.assessment import Assessment
from carpk.response.crs import grade_crs, has_fever
from carpk.response.icans import grade_icans, ice_of_total
from carpk.response.subject_numbers import subject_numbers
from carpk.response.treatments import waive_fever
from carpk.schema import GRADES, Study, conform
from carpk.units import conversion_factor

METHOD = "ASTCT 2019 from components"

_OF_CRS = ("crs_fever", "crs_hypotension", "crs_hypoxia", "crs_death")
_OF_ICANS = ("ice_score", "icans_consciousness", "icans_seizure", "icans_weakness", "icans_edema", "icans_death")
_TREATMENTS = ("tocilizumab", "corticosteroid")


def grade_records(study: Study) -> pd.DataFrame:
    """Grade CRS and ICANS on every day from the infusion on with any of their components.

    Of several records on a day the worst counts. A day has fever as it was ticked, or else by its highest temperature
    among the samples; where a study has components of CRS, days with a temperature alone are graded too. Fever is
    waived from the first tocilizumab or corticosteroid on that the events record on or after a day with fever. A
    death of the syndrome that is not recorded did not happen where the study records none at all, and on days after
    which the subject was sampled or assessed; any other component that is not recorded is not known, and the grade has
    bounds.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        Columns as in carpk.schema.GRADES; no row for a subject without components.

    Raises
    ------
    RulesError
        A temperature is not one of a patient in degrees Celsius.

    References
    ----------
    Lee 2019, doi:10.1016/j.bbmt.2018.12.758.
    """
    return pd.concat([_crs(study), _icans(study)], ignore_index=True)


def _crs(study: Study) -> pd.DataFrame:
    given = _components(study, _OF_CRS)
    days = _worst_of_days(given, _OF_CRS)
    if days.empty:
        return conform(days, GRADES)
    days = days.join(_highest_temperatures(study), how="outer").reset_index()
    ticked = days["crs_fever"].to_numpy(np.float64)
    fever = np.where(np.isnan(ticked), has_fever(days["temperature"].to_numpy(np.float64)), ticked)
    components = {
        "fever": fever,
        "hypotension": days["crs_hypotension"].to_numpy(np.float64),
        "hypoxia": days["crs_hypoxia"].to_numpy(np.float64),
        "fever_waived": _waived(study, days, fever),
        "died": _died(study, days, "crs_death"),
    }
    return _graded(study, "crs", days, grade_crs(**components), components)


def _icans(study: Study) -> pd.DataFrame:
    given = _components(study, _OF_ICANS)
    # The lower an ICE score, the worse.
    given["value"] = given["value"].where(given["assessment"] != "ice_score", -given["value"])
    days = _worst_of_days(given, _OF_ICANS)
    if days.empty:
        return conform(days, GRADES)
    days = days.reset_index()
    score = -days["ice_score"].to_numpy(np.float64)
    components = {
        name: days[f"icans_{name}"].to_numpy(np.float64) for name in ("consciousness", "seizure", "weakness", "edema")
    } | {"died": _died(study, days, "icans_death")}
    grades = grade_icans(ice=ice_of_total(score), **components)
    return _graded(study, "icans", days, grades, {"ice_score": score, **components})


def _components(study: Study, keys: Sequence[str]) -> pd.DataFrame:
    """List what was recorded of some components from the infusion on: number of the subject, day, key, value."""
    given = study.assessments[study.assessments["assessment"].isin(keys)]
    time = given["time"].fillna(given["nominal_time"])
    given = given.assign(number=subject_numbers(study, given["subject"]), day=_day(study, time))
    return given.loc[given["value"].notna() & (given["day"] >= 0), ["number", "day", "assessment", "value"]]


def _day(study: Study, time: "pd.Series[float]") -> "pd.Series[float]":
    return time * conversion_factor(study.time_unit, "day") // 1


def _worst_of_days(given: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Lay components out: one row per number of a subject and day, one column per key."""
    worst = given.pivot_table(index=["number", "day"], columns="assessment", values="value", aggfunc="max")
    return worst.reindex(columns=list(keys))


def _highest_temperatures(study: Study) -> "pd.Series[float]":
    samples = study.samples
    measured = samples[(samples["analyte"] == "temperature") & (samples["status"] == "quantified")]
    measured = measured.assign(
        number=subject_numbers(study, measured["subject"]),
        day=_day(study, measured["time"]),
    )
    return measured[measured["day"] >= 0].groupby(["number", "day"])["value"].max().rename("temperature")


def _waived(study: Study, days: pd.DataFrame, fever: Floats) -> Floats:
    doses = study.events[study.events["event"].isin(_TREATMENTS)]
    return waive_fever(
        subject=days["number"].to_numpy(np.int64),
        day=days["day"].to_numpy(np.float64),
        fever=fever,
        treated=subject_numbers(study, doses["subject"]),
        treated_day=np.asarray(_day(study, doses["time"]), np.float64),
        subjects=len(study.subjects),
    )


def _died(study: Study, days: pd.DataFrame, key: str) -> Floats:
    """Take a death as recorded; one that is not did not happen where none is, or where the subject was seen later."""
    recorded = days[key].to_numpy(np.float64)
    taken = study.samples.loc[study.samples["status"] != "missing", ["subject", "time"]]
    seen = pd.concat([taken, study.assessments[["subject", "time"]]]).groupby("subject")["time"].max()
    last = _day(study, study.subjects["subject"].map(seen)).to_numpy(np.float64)[days["number"]]
    alive = (days["day"].to_numpy(np.float64) < last) | np.isnan(recorded).all()
    return np.where(np.isnan(recorded) & alive, 0.0, recorded)


def _graded(
    study: Study, key: str, days: pd.DataFrame, grades: Assessment, components: Mapping[str, Floats]
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "subject": study.subjects["subject"].to_numpy()[days["number"]],
            "analyte": key,
            "time": days["day"],
            "grade": grades.value,
            "least": grades.least,
            "greatest": grades.greatest,
            "reason": np.array(REASON_CODES, dtype=object)[grades.reason],
            "method": METHOD,
            **components,
        }
    )
    return conform(frame, GRADES)
