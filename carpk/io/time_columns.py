"""Columns of times, visits, events and ids whose name alone does not settle them: their cells or their twins do.

A column that may say when a sample was taken, or when a second infusion was, and is not understood is refused.
"""

import re

import numpy as np

from carpk.io.cells import CellError, read_number
from carpk.io.checks import Findings, Place
from carpk.io.columns import Meaning
from carpk.io.dates import read_moment
from carpk.io.event_words import event_of, may_be_a_course, names_a_course, plain_words
from carpk.io.header import Column
from carpk.io.mapping import Mapping
from carpk.io.sheet import Field
from carpk.io.spellings import COVARIATES, compact
from carpk.io.visits import read_visit
from carpk.terms import event

_PREFERRED = {
    "subject": "usubjid subjid",
    "cohort": "cohort cohortname 队列 trt01a trt01p dosecohort dosegroup doselevel 剂量组 treatmentarm arm",
    "visit": "avisit visit visitname",
    "timepoint": "atpt pctpt pcttpt",
    "date": "adtm adt pcdtc",
    "infusion_date": "trtsdtm trtsdt rfxstdtc",
    "nominal_time": "nfrlt visitdy",
    "event": "aedecod preferredterm aept event aeterm adverseeventterm adverseevent",
    "grade": "aetoxgr ctcaegrade toxicitygrade aegrade grade aesev aeseverity severity",
}
"""Names of one role that stand side by side in one table, the more specific first; the others become covariates."""

_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s*[ap]m)?", re.IGNORECASE)
_OF_SAMPLING = re.compile(r"\b(?:sampl\w*|collect\w*|draw\w*|actual|elapsed|relative)\b|采样|采血|采集|抽血|取样")
_OF_TIME = re.compile(r"\b(?:days?|dates?|times?|hours?)\b|天|日|时")
_OF_LABORATORY = re.compile(
    r"\b(?:recei\w*|analy\w*|test\w*|assay\w*|ship\w*|process\w*|runs?|report\w*|freez\w*|stor\w*|thaw\w*|id|number)\b"
    r"|接收|检测|分析|编号|收到"
)
_REFERENCE = ("rfstdtc", "rfstdt", "trtstdtc", "trtstdt", "trtsdt")
_TIME_WORDS = re.compile(
    r"^(?:dpi|tad|tpd|ady|pcdy|dy|actual|elapsed|t)(?: (?:d|days?|h|hours?))?$"
    r"|\b(?:real|true) days?\b|\bdays? on study\b|\b(?:sampled|drawn|infused|dosed) on\b"
    r"|\bblood draw\b|\bt0 date\b|\bdate of dosing\b|\b(?:treatment|dosing) date\b"
)
_AT_INFUSION = re.compile(
    r"\b(?:at|before|prior to|pre) (?:the )?(?:cart )?(?:cells? )?infusion\b|回输[时前]|输注[时前]"
    r"|\binfusion (?:volume|rate|duration|site|viability|lot|bag)\b"
    r"|\b(?:volume|rate|duration|viability)\b.*\binfusion\b"
)


def settle_columns(
    columns: list[Column], meanings: list[Meaning], kind: str, place: Place, mapping: Mapping, findings: Findings
) -> list[Meaning]:
    """Give columns the meaning that their cells, or a more specific column beside them, show.

    Parameters
    ----------
    columns, meanings : list
        The columns, and what their names say.
    kind : {"samples", "subjects", "events"}
        What the table is about.
    place, mapping, findings
        As everywhere; columns of the settings stay as they are.
    """
    settled = _of_pairs(columns, meanings, mapping, place, findings)
    if kind != "samples":
        return settled
    roles = [meaning.role for meaning in settled]
    for position, column in enumerate(columns):
        if column.name in mapping.columns or settled[position].visit:
            continue
        role = roles[position]
        if role == "time" and _holds_visits(column) and ("visit" not in roles or "timepoint" not in roles):
            role = "timepoint" if "visit" in roles else "visit"
            settled[position] = Meaning(role)
            _tell(f"{column.name!r} holds visits; their labels say the times.", findings)
        elif role == "clock" and "date" not in roles:
            settled[position] = _clock(column, settled[position], "time" in roles, place, findings)
        elif role == "infusion_clock" and "infusion_date" not in roles and _holds_dates(column):
            settled[position] = Meaning("infusion_date")
        elif role == "event":
            settled[position] = _event(column, place, findings)
        roles[position] = settled[position].role
    return settled


def _tell(words: str, findings: Findings) -> None:
    findings.note("COLUMN_READ", words)


def _of_pairs(
    columns: list[Column], meanings: list[Meaning], mapping: Mapping, place: Place, findings: Findings
) -> list[Meaning]:
    """Keep the most specific of several columns of one role, and make the others covariates."""
    settled = list(meanings)
    for role, listed in _PREFERRED.items():
        order = listed.split()
        mine = [position for position, meaning in enumerate(meanings) if meaning.role == role and not meaning.visit]
        names = [compact(columns[position].name) for position in mine]
        known = all(name in order for name in names) and not any(columns[at].name in mapping.columns for at in mine)
        if len(mine) < 2 or not known or len(set(names)) < len(names):
            continue
        chosen = min(mine, key=lambda at: order.index(compact(columns[at].name)))
        for position in mine:
            if position != chosen:
                name = columns[position].name
                settled[position] = Meaning("covariate", name=name.strip())
                _tell(
                    f"{place.file}: column {columns[chosen].name!r} says the {role.replace('_', ' ')}; {name!r} beside "
                    "it was kept as a covariate.",
                    findings,
                )
    return settled


def _texts(column: Column) -> list[str]:
    return [] if column.cells.dtype == np.float64 else [text for cell in set(column.cells) if (text := cell.strip())]


def _holds_dates(column: Column) -> bool:
    texts = _texts(column)
    return bool(texts) and all(_is_date(text) for text in texts)


def _is_number(text: str) -> bool:
    try:
        read_number(text)
    except CellError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        read_moment(text)
    except CellError:
        return False
    return True


def _holds_visits(column: Column) -> bool:
    """Whether cells under a name such as Day read ``D7`` or ``第7天``, and none is a number."""
    texts = _texts(column)
    return any(read_visit(text) for text in texts) and not any(_is_number(text) for text in texts)


def _clock(column: Column, said: Meaning, has_time: bool, place: Place, findings: Findings) -> Meaning:
    """Settle a column such as Sampling time without a date beside it: date-times, clock times or something unclear."""
    if _holds_dates(column):
        return Meaning("date")
    is_clock = column.cells.dtype == object and all(_CLOCK.fullmatch(text) for text in _texts(column))
    if not is_clock and not has_time:
        _refuse(
            column.name, f'"{column.name}" = "time", "date" or "covariate"',
            "holds neither clock times nor dates; say what its numbers are", place, findings,
        )  # fmt: skip
    return said


def _event(column: Column, place: Place, findings: Findings) -> Meaning:
    """Refuse a column of events among the samples where one could end the kinetics; keep others as a covariate."""
    for text in _texts(column):
        if event(event_of(text)).ends_course or (may_be_a_course(text) and event_of(text) != "infusion"):
            findings.error(
                "EVENT_UNCLEAR",
                f"{text!r} may end the kinetics, and events among the samples have no time of their own. Put events "
                "into a table of their own (a sheet or file called events with subject, event and day), or into a "
                f'column such as second_infusion_day; or say under [columns]: "{column.name}" = "covariate".',
                place, row=1, column=column.name, value=text,
            )  # fmt: skip
    findings.warn(
        "COLUMN_IGNORED",
        "A column of events among the samples is kept as it is and not read as events; put them into a table of their "
        "own to see them in the pictures.",
        place, column=column.name,
    )  # fmt: skip
    return Meaning("covariate", name=column.name.strip())


def refuse_unclear_times(fields: list[Field], kind: str, place: Place, mapping: Mapping, findings: Findings) -> None:
    """Refuse columns that may hold times of samples, or of an infusion or transplant, and are not understood."""
    is_timed = kind != "samples" or any(each.meaning.role == "time" for each in fields)
    for each in fields:
        if each.meaning.role != "covariate" or each.name in mapping.columns or compact(each.name) in COVARIATES:
            continue
        words = plain_words(each.name)
        harmless = _AT_INFUSION.search(words) and not _OF_TIME.search(_AT_INFUSION.sub(" ", words))
        if names_a_course(each.name) and not harmless:
            _refuse(
                each.name,
                f'"{each.name}" = "second_infusion_day", "transplant_day", "infusion_date", "time" or "covariate"',
                "may say when an infusion or a transplant was, or how long after it", place, findings,
            )  # fmt: skip
        elif is_timed or _OF_LABORATORY.search(words):
            continue
        elif (
            compact(each.name) in _REFERENCE
            or _TIME_WORDS.search(words)
            or (_OF_SAMPLING.search(words) and _OF_TIME.search(words))
        ):
            _refuse(
                each.name, f'"{each.name}" = "time", "date", "infusion_date" or "covariate"',
                "may say when samples were taken or what times count from", place, findings,
            )  # fmt: skip


def _refuse(name: str, remedy: str, what: str, place: Place, findings: Findings) -> None:
    findings.error(
        "TIME_COLUMN_UNCLEAR", f"The column {what}, and carpk does not understand it. Say under [columns] in the "
        f"settings: {remedy}.", place, row=1, column=name,
    )  # fmt: skip
