"""run_response: a study in, what B cells, markers and events of every subject did out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carpk.io.study import as_study
from carpk.nca.table import NcaResult, run_nca
from carpk.profiles import Floats
from carpk.reasons import REASON_CODES, flag_bit, flag_cell, sentence
from carpk.response.answers import Answer
from carpk.response.event_table import event_rows
from carpk.response.marker_courses import (
    AnalyteCourses,
    courses_by_analyte,
    lymphodepletion_times,
    response_analytes,
)
from carpk.response.markers import find_baseline
from carpk.response.parameters import (
    Setting,
    b_cell_parameters,
    depletion_states,
    low_igg_parameters,
    marker_parameters,
    share_at_recovery,
    threshold_of,
)
from carpk.response.rules import BELOW_LIMIT, ResponseRules
from carpk.schema import LOG, PARAMETERS, Origin, Study, conform
from carpk.terms import analyte, term
from carpk.units import conversion_factor, parse_unit

_WITHOUT_BASELINE = ("peak", "peak_time", "peak_lag", "nadir", "nadir_time")
_VISITS = ("subject", "cohort", "analyte", "matrix", "time", "nominal_time", "visit", "value", "status", "unit")


@dataclass(frozen=True, eq=False)
class ResponseResult:
    """What B cells, markers and events of a study's subjects did, and how that came about.

    Attributes
    ----------
    parameters : DataFrame
        One row per subject, analyte, matrix and parameter; columns as in carpk.schema.PARAMETERS, with `source`
        "response". Of events (CRS, tocilizumab) the key of the event stands as analyte. A number that the data bound
        but do not give, such as a peak above the upper limit or a recovery not yet seen, is missing with its reason,
        and `low` and `high` hold its bounds.
    visits : DataFrame
        One row per sample of B cells after the infusion: subject, cohort, analyte, matrix, time, nominal_time, visit,
        value, status, unit, `percent_of_baseline` with `percent_low` and `percent_high`, `state` ("depleted", "not
        depleted" or "not known") and `complete` (at or below the assay's limit).
    log : DataFrame
        What was assumed and left out; columns as in carpk.schema.LOG.
    rules : ResponseRules
    origins : tuple of Origin
    time_unit, title : str
        As in the study.
    """

    parameters: pd.DataFrame
    visits: pd.DataFrame
    log: pd.DataFrame
    rules: ResponseRules
    origins: tuple[Origin, ...]
    time_unit: str
    title: str

    @property
    def refused(self) -> pd.DataFrame:
        """Courses for which nothing was computed: subject, analyte, matrix, detail."""
        lines = self.log[self.log["code"] == "PROFILE_REFUSED"]
        return lines[["subject", "analyte", "matrix", "detail"]].reset_index(drop=True)

    def __repr__(self) -> str:
        missing = int((self.parameters["reason"] != "").sum())
        analytes = list(dict.fromkeys(self.parameters["analyte"]))
        subjects = self.parameters["subject"].nunique()
        return f"ResponseResult({subjects} subjects, {analytes}, {len(self.parameters)} parameters, {missing} missing)"


def run_response(
    data: Study | pd.DataFrame,
    rules: ResponseRules | None = None,
    *,
    nca: NcaResult | None = None,
    analytes: Sequence[str] | None = None,
    time_unit: str = "day",
) -> ResponseResult:
    """Compute what B cells, markers, CRS and treatments of every subject did.

    Parameters
    ----------
    data : Study or DataFrame
        A DataFrame as `carpk.run_nca` takes it.
    rules : ResponseRules, optional
        The defaults, if not given.
    nca : NcaResult, optional
        Of the same study, for the lag of the markers' peaks to Tmax; computed with its own defaults, if not given.
    analytes : sequence of str, optional
        Keys of the analytes to analyze; by default B cells and the markers that carpk knows.
    time_unit : str
        Unit of the times of a DataFrame; a Study knows its own.

    Returns
    -------
    ResponseResult
        Every subject is in it; a value is missing exactly where a reason is given.

    Raises
    ------
    DataError
        The data cannot be understood.
    RulesError
        An analyte asked for is not in the data.
    """
    study, rules = as_study(data, time_unit=time_unit), rules or ResponseRules()
    tmax = _tmax(study, nca, rules)
    day = conversion_factor("day", study.time_unit)
    tables, visits, log = [], [], []
    found = {(each.analyte, each.matrix): each for each in _courses(study, analytes, rules)}
    for mine in found.values():
        start, assumed = lymphodepletion_times(study, mine.profiles, rules)
        peak = mine.profiles["subject"].map(tmax).to_numpy(np.float64)
        setting = Setting(start, mine.course_end, np.asarray(peak, np.float64), day)
        role = analyte(mine.analyte).role
        if role == "b_cell_subset":
            continue
        if role == "b_cells":
            answers, own_visits = _b_cells(mine, setting, rules)
            naive = found.get(("b_cells_naive", mine.matrix))
            if naive is not None:
                answers["naive_share"] = share_at_recovery(naive.courses, answers["recovery_time"])
            visits.append(own_visits)
        else:
            answers = _marker(mine, setting, rules)
        kind = rules.b_cell_baseline if role == "b_cells" else rules.marker_baseline
        assumed &= (kind == "before_lymphodepletion") & ~np.isnan(start)
        tables.append(_rows(mine, answers, assumed, study.time_unit, rules))
        log.append(_log(mine, assumed, rules))
    tables.append(_event_table(study))
    return ResponseResult(
        parameters=conform(pd.concat(tables, ignore_index=True), PARAMETERS),
        visits=pd.concat(visits, ignore_index=True) if visits else pd.DataFrame(columns=[*_VISITS, *_STATE_COLUMNS]),
        log=conform(pd.concat([conform(pd.DataFrame({"stage": []}), LOG), *log], ignore_index=True), LOG),
        rules=rules,
        origins=study.origins,
        time_unit=study.time_unit,
        title=study.title,
    )


_STATE_COLUMNS = ("percent_of_baseline", "percent_low", "percent_high", "state", "complete")


def _courses(study: Study, analytes: Sequence[str] | None, rules: ResponseRules) -> list[AnalyteCourses]:
    return list(courses_by_analyte(study, response_analytes(study, analytes), rules))


def _tmax(study: Study, nca: NcaResult | None, rules: ResponseRules) -> "pd.Series[float]":
    """Tmax of the CAR-T analyte that the rules name, by subject; empty where none was measured."""
    of_car_t = [key for key in study.analytes if analyte(key).role == "car_t"]
    if rules.kinetics or of_car_t:
        key = rules.kinetics or of_car_t[0]
        nca = nca or run_nca(study, analytes=[key])
        table = nca.parameters
        mine = table[(table["parameter"] == "tmax") & (table["analyte"] == key)]
        return mine.drop_duplicates("subject").set_index("subject")["value"]
    return pd.Series(dtype=np.float64)


def _marker(mine: AnalyteCourses, setting: Setting, rules: ResponseRules) -> dict[str, Answer]:
    answers = marker_parameters(
        mine.courses,
        setting,
        rules,
        limit=rules.limits.get(mine.analyte),
        within_levels=rules.ranges.get(mine.analyte),
        has_zero=mine.unit != "degC",
    )
    if mine.analyte == "igg":
        answers |= low_igg_parameters(mine.courses, rules.igg_threshold * conversion_factor("g/L", mine.unit))
    return answers


def _b_cells(mine: AnalyteCourses, setting: Setting, rules: ResponseRules) -> tuple[dict[str, Answer], pd.DataFrame]:
    same = parse_unit(rules.b_cell_unit).dimension == parse_unit(mine.unit).dimension
    factor = conversion_factor(rules.b_cell_unit, mine.unit) if same else None
    limit = mine.samples["lloq"].to_numpy(np.float64)
    answers = b_cell_parameters(mine.courses, setting, rules, limit=limit, factor=factor)
    return answers, _visits(mine, setting, rules, threshold_of(rules, limit, factor))


def _visits(mine: AnalyteCourses, setting: Setting, rules: ResponseRules, threshold: Floats) -> pd.DataFrame:
    """Tell how far B cells are depleted at each sample after the infusion."""
    courses = mine.courses
    baseline = find_baseline(courses, setting.until(rules.b_cell_baseline)).level
    low, high = baseline.low[courses.course], baseline.high[courses.course]
    depleted, undecided = depletion_states(courses, threshold)
    with np.errstate(divide="ignore", invalid="ignore"):
        least, most = 100 * courses.low / high, np.where(low > 0, 100 * courses.high / low, np.nan)
    samples = mine.samples
    cohort = mine.profiles["cohort"].to_numpy()[courses.course]
    table = samples.assign(
        cohort=cohort,
        percent_of_baseline=np.where(least == most, least, np.nan),
        percent_low=least,
        percent_high=most,
        state=np.select([depleted, undecided], ["depleted", "not known"], "not depleted"),
        complete=(courses.high <= samples["lloq"].to_numpy(np.float64)) | (courses.high == 0),
    )
    return table.loc[courses.time >= 0, [*_VISITS, *_STATE_COLUMNS]]


def _rows(
    mine: AnalyteCourses, answers: Mapping[str, Answer], assumed: np.ndarray, time_unit: str, rules: ResponseRules
) -> pd.DataFrame:
    """Lay the answers of one analyte out, subject by subject."""
    keys, count = list(answers), len(mine.profiles)
    given = (np.stack([answers[key].reason for key in keys], axis=1) * 0 + mine.refused[:, None]) == 0
    reason = np.where(given, np.stack([answers[key].reason for key in keys], axis=1), mine.refused[:, None])
    common = np.where(mine.censored, flag_bit("CENSORED_AT"), 0) | np.where(mine.nominal, flag_bit("NOMINAL_USED"), 0)
    flags = np.stack([answers[key].flags for key in keys], axis=1) | common[:, None]
    resting = np.array([key not in _WITHOUT_BASELINE for key in keys])
    flags |= np.where(assumed[:, None] & resting, flag_bit("LYMPHODEPLETION_ASSUMED"), 0)
    cells, place = np.unique(np.where(given, flags, 0).ravel(), return_inverse=True)
    people = mine.profiles.loc[mine.profiles.index.repeat(len(keys)), ["subject", "cohort", "dose"]]

    def column(part: str) -> Floats:
        values = np.stack([getattr(answers[key], part) for key in keys], axis=1)
        return np.where(given, values, np.nan).ravel()

    return people.reset_index(drop=True).assign(
        analyte=mine.analyte,
        matrix=mine.matrix,
        source="response",
        parameter=np.tile(np.array(keys, dtype=object), count),
        value=column("value"),
        low=column("low"),
        high=column("high"),
        unit=np.tile(np.array([term(key).unit(mine.unit, time_unit) for key in keys], dtype=object), count),
        method=np.tile(np.array([_method(key, mine.analyte, rules) for key in keys], dtype=object), count),
        reason=np.array(REASON_CODES, dtype=object)[reason.ravel()],
        flags=np.array([flag_cell(int(bits)) for bits in cells], dtype=object)[place],
    )


def _method(key: str, of: str, rules: ResponseRules) -> str:
    """Name in short the rule behind a parameter; the methods sentences say it in full."""
    b_cells = analyte(of).role == "b_cells"
    baseline = (rules.b_cell_baseline if b_cells else rules.marker_baseline).replace("_", " ")
    threshold = rules.b_cell_threshold
    cells = "LLOQ" if isinstance(threshold, str) else f"{threshold:g} {rules.b_cell_unit}"
    if key.startswith(("auc", "time_")):
        ends = f"; baseline {baseline}" if "baseline" in key else ""
        limit = f"; limit {rules.limits[of]:g}" if "_limit_" in key else ""
        limit += "; from {:g} to {:g}".format(*rules.ranges[of]) if "_range_" in key else ""
        return f"linear; for a level below the limit {BELOW_LIMIT[rules.below_limit]}{ends}{limit}"
    if key in ("recovery_time", "aplasia_duration", "naive_share"):
        return f"at or above {cells}, {rules.recovery_visits} in a row"
    simple = {
        "depletion_time": f"below {cells}",
        "complete_depletion_time": "at or below the limit",
        "return_time": f"below {rules.return_fold:g} x baseline {baseline}",
        "peak_lag": f"to Tmax of {rules.kinetics or 'the first CAR-T analyte'}",
        "low_igg_time": f"at or below {rules.igg_threshold:g} g/L",
        "low_igg_days": f"at or below {rules.igg_threshold:g} g/L, linear",
        "nadir": "observed",
        "nadir_time": "observed",
    }
    if key in simple:
        return simple[key]
    if key in ("peak", "peak_time"):
        return f"observed, to day {rules.marker_days:g}"
    return f"baseline {baseline}"


def _event_table(study: Study) -> pd.DataFrame:
    rows = event_rows(study)
    if rows.empty:
        return rows
    unit = [term(key).unit("", study.time_unit) for key in rows["parameter"]]
    return rows.assign(source="response", method="as recorded", unit=unit)


def _log(mine: AnalyteCourses, assumed: np.ndarray, rules: ResponseRules) -> pd.DataFrame:
    """Say for whom a day of lymphodepletion was assumed, who was refused, and whose course was cut."""
    day = f"{sentence('LYMPHODEPLETION_ASSUMED')} Day {rules.lymphodepletion_day} was taken."
    told = (
        ("LYMPHODEPLETION_ASSUMED", dict.fromkeys(np.flatnonzero(assumed), day)),
        ("CENSORED_AT", dict.fromkeys(np.flatnonzero(mine.censored), sentence("CENSORED_AT"))),
        ("PROFILE_REFUSED", {row: f"{sentence('PROFILE_REFUSED')} {why}" for row, why in mine.refusals.items()}),
    )
    subject = mine.profiles["subject"].to_numpy()
    lines = [(subject[row], code, detail) for code, details in told for row, detail in details.items()]
    table = pd.DataFrame(lines, columns=["subject", "code", "detail"])
    return table.assign(stage="response", analyte=mine.analyte, matrix=mine.matrix)
