"""What an analysis did to the data, line by line: the rules log."""

import numpy as np
import pandas as pd

from carpk.nca.choices import Exclusion, SlopePoints
from carpk.nca.parameters import NcaArrays
from carpk.nca.rules import NcaRules
from carpk.nca.selection import Selection
from carpk.profiles import Booleans, Floats, Integers
from carpk.reasons import REASON_CODES, sentence
from carpk.schema import LOG, conform
from carpk.terms import term
from carpk.units import conversion_factor, label

_KEYS = ["subject", "analyte", "matrix"]


def log_lines(
    samples: pd.DataFrame,
    number: Integers,
    chosen: Selection,
    profiles: pd.DataFrame,
    numbers: NcaArrays,
    windows: pd.DataFrame,
    course_end: Floats,
    rules: NcaRules,
    time_unit: str,
) -> pd.DataFrame:
    """List every insertion, drop, imputation, extrapolation and refusal.

    Parameters
    ----------
    samples : DataFrame of schema.SAMPLES with `used`
        Sorted by profile and time.
    number : (samples,) int
        The profile of each sample.
    chosen, numbers, course_end
        As computed for the profiles.
    profiles, windows : DataFrame
        One line per profile, and per profile and window.
    rules : NcaRules
    time_unit : str

    Returns
    -------
    DataFrame
        Columns as in carpk.schema.LOG, by profile.
    """
    parts = [
        _refused(samples, number, chosen, profiles, time_unit),
        _at_time_zero(profiles, numbers.inserted, "T0_INSERTED"),
        _at_time_zero(profiles, chosen.from_baseline, "T0_BASELINE"),
        _samples_left_out(samples, number, chosen, rules),
        _taken_as(samples, number, "zero", "BLQ_AS_ZERO", time_unit),
        _taken_as(samples, number, "imputed", "BLQ_IMPUTED", time_unit),
        _by_hand(profiles, rules),
        _after_course(samples, number, course_end, time_unit),
        _extrapolated(windows, profiles, rules, time_unit),
    ]
    filled = [part for part in parts if len(part)]
    if not filled:
        return conform(pd.DataFrame({"stage": []}), LOG)
    lines = pd.concat(filled, ignore_index=True).sort_values("profile", kind="stable")
    return conform(lines.drop(columns="profile").assign(stage="nca"), LOG)


def _level(value: float, status: str, lloq: float, unit: str) -> str:
    if status == "quantified":
        return f"{value:g} {label(unit)}"
    if status == "above_uloq":
        return "above the upper limit"
    return "below an unknown limit" if np.isnan(lloq) else f"below {lloq:g} {label(unit)}"


def _told(line: pd.Series) -> str:
    level = _level(line["value"], line["status"], line["lloq"], line["unit"])
    return f"{level} (row {line['row']})" if line["row"] else level


def _refused(
    samples: pd.DataFrame, number: Integers, chosen: Selection, profiles: pd.DataFrame, time_unit: str
) -> pd.DataFrame:
    lines = []
    for profile in np.flatnonzero(chosen.refused):
        code = REASON_CODES[chosen.refused[profile]]
        own = samples[number == profile]
        culprit = {
            "DUPLICATE_TIMES": chosen.differing[number == profile],
            "NEGATIVE_LEVEL": (own["value"] < 0).to_numpy(),
            "ABOVE_ULOQ": (own["status"] == "above_uloq").to_numpy(),
            "BLQ_NOT_ALLOWED": own["status"].isin(["blq", "not_detected"]).to_numpy(),
        }[code] & (own["used"] == "refused").to_numpy()
        seen = "; ".join(f"{time_unit} {line['time']:g}: {_told(line)}" for _, line in own[culprit].iterrows())
        lines.append({"profile": profile, "code": "PROFILE_REFUSED", "detail": f"{sentence(code)} {seen}."})
    if not lines:
        return profiles.iloc[:0]
    table = pd.DataFrame(lines)
    return table.join(profiles[_KEYS], on="profile")


def _at_time_zero(profiles: pd.DataFrame, where: Booleans, code: str) -> pd.DataFrame:
    rows = np.flatnonzero(where)
    return profiles[_KEYS].iloc[rows].assign(profile=rows, time=0.0, code=code, detail=sentence(code))


def _by_hand(profiles: pd.DataFrame, rules: NcaRules) -> pd.DataFrame:
    """One line per profile and choice that concerns its terminal slope."""
    lines = []
    choices: list[tuple[SlopePoints | Exclusion, str]] = [(entry, "SLOPE_CHOSEN") for entry in rules.slope_points]
    choices += [(entry, "SLOPE_POINT_EXCLUDED") for entry in rules.exclusions if entry.slope_only]
    for entry, code in choices:
        own = (profiles["subject"] == entry.subject).to_numpy()
        for name in ("analyte", "matrix"):
            own = own & ((profiles[name] == getattr(entry, name)).to_numpy() | (getattr(entry, name) == ""))
        lines += [{"profile": row, "code": code, "detail": f"{sentence(code)} {entry}"} for row in np.flatnonzero(own)]
    if not lines:
        return profiles.iloc[:0]
    return pd.DataFrame(lines).join(profiles[_KEYS], on="profile")


def _samples_left_out(samples: pd.DataFrame, number: Integers, chosen: Selection, rules: NcaRules) -> pd.DataFrame:
    codes = {"dropped": "EMBEDDED_BLQ", "duplicate": "DUPLICATE_DROPPED", "missing": "MISSING_LEVEL"}
    code = samples["used"].map(codes).fillna("").to_numpy(dtype=object)
    code[(samples["used"].to_numpy() == "duplicate") & chosen.differing] = "DUPLICATE_RESOLVED"
    excluded = samples["used"].to_numpy() == "excluded"
    posted = samples["exclusion"].to_numpy() == "DAY0_POST"
    code[excluded] = np.where(posted[excluded], "DAY0_POST", "SAMPLE_EXCLUDED")
    rows = np.flatnonzero(code != "")
    out = samples.iloc[rows]
    details = [_left_out(line, name, rules) for (_, line), name in zip(out.iterrows(), code[rows], strict=True)]
    return out[[*_KEYS, "time"]].assign(profile=number[rows], code=code[rows], detail=details)


def _left_out(line: pd.Series, code: str, rules: NcaRules) -> str:
    if code == "DUPLICATE_RESOLVED":
        return f"{sentence(code)} Rule: {rules.duplicates}. Left out: {_told(line)}."
    if code == "SAMPLE_EXCLUDED":
        return f"{sentence(code)} {line['exclusion']}: {_told(line)}."
    if code in ("EMBEDDED_BLQ", "DUPLICATE_DROPPED"):
        return f"{sentence(code)} It was {_told(line)}."
    return sentence(code)


def _taken_as(samples: pd.DataFrame, number: Integers, use: str, code: str, time_unit: str) -> pd.DataFrame:
    rows = np.flatnonzero(samples["used"].to_numpy() == use)
    if not len(rows):
        return samples.iloc[:0]
    profile = number[rows]
    starts = np.flatnonzero(np.append(True, profile[1:] != profile[:-1]))
    times = [f"{time:g}" for time in samples["time"].to_numpy()[rows]]
    said = sentence(code)
    details = [
        f"{said} At {time_unit} {', '.join(times[start:end])}."
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)
    ]
    return samples[_KEYS].iloc[rows[starts]].assign(profile=profile[starts], code=code, detail=details)


def _after_course(samples: pd.DataFrame, number: Integers, course_end: Floats, time_unit: str) -> pd.DataFrame:
    after: Booleans = samples["used"].to_numpy() == "after_course"
    left = samples[after].assign(profile=number[after])
    counts = left["profile"].value_counts()
    lines = left.drop_duplicates("profile")[[*_KEYS, "profile"]]
    details = [
        f"{sentence('CENSORED_AT')} It ended at {time_unit} {course_end[profile]:g};"
        f" samples left out: {counts[profile]}."
        for profile in lines["profile"]
    ]
    ends = course_end[lines["profile"].to_numpy(np.int64)]
    return lines.assign(time=ends, code="CENSORED_AT", detail=details)


def _extrapolated(windows: pd.DataFrame, profiles: pd.DataFrame, rules: NcaRules, time_unit: str) -> pd.DataFrame:
    lines = windows[windows["extrapolated_percent"] > 0]
    order = profiles[_KEYS].assign(profile=np.arange(len(profiles)))
    lines = lines.merge(order, on=_KEYS, how="left")
    day = conversion_factor("day", time_unit)
    ends = lines["parameter"].map({key: end * day for key, (_, end) in rules.window_keys.items()})
    details = [
        f"{term(str(line.parameter)).label}: extrapolated from {time_unit} {line.last_time:g} to {end:g},"
        f" {line.extrapolated_percent:.3g} % of the area."
        for line, end in zip(lines.itertuples(), ends, strict=True)
    ]
    return lines[[*_KEYS, "profile"]].assign(time=lines["last_time"], code="EDGE_EXTRAPOLATED", detail=details)
