"""How people write events: the infusion, a second one, a transplant, in words that no list could hold in full.

What names an infusion or a transplant and is not understood must never be passed over: a second course of CAR-T cells
ends the kinetics of the first.
"""

import re
import unicodedata

from carpk.io.spellings import EVENTS, compact

_COURSE = re.compile(
    r"infusion|infused again|transplant|\bhsct\b|\bsct\b|\bhct\b|\basct\b|\bbmt\b|\bre ?(?:treatment|dos(?:e|ing))\b"
    r"|\b(?:second|2nd|third|3rd|repeat(?:ed)?|other|another)\b.*\b(?:cart|dose)\b|回输|输注|移植"
)
_CAR_T = re.compile(r"\b(?:anti )?(?:(?:cd\d+|bcma) ?)*car ?t\b")
_TRANSPLANT = re.compile(
    r"(?:(?:allo(?:geneic)?|auto(?:logous)?|haplo(?:identical)?|h(?:a)?ematopoietic|peripheral|blood|bone|marrow|stem"
    r"|cells?|progenitor|of) ?)*(?:transplant(?:ation)?|a?hsct|sct|hct|asct|bmt)"
    r"|(?:异基因|自体|造血|干细胞|骨髓)*移植"
)
_AGAIN = re.compile(
    r"\b(?:second|2nd|third|3rd|fourth|4th|repeat(?:ed)?|again)\b|(?<=infusion )[2-9]\b|[二三四再]次|第[2-9]次|再"
)
_FIRST = re.compile(r"\b(?:first|1st)\b|(?<=infusion )1\b|第[一1]次|首次")
_FILLING = re.compile(r"\b(?:of|the|a|cells?|products?|study|date|on|therapy|start|begin)\b|细胞|第")
_OTHER = re.compile(r"\b(?:other|another|different|commercial)\b")
_INFUSION = re.compile(r"\binfusion\b|回输|输注")
_GRAFT = re.compile(r"transplant|\ba?hsct\b|\bsct\b|\bhct\b|\basct\b|\bbmt\b|移植")
_PAST = re.compile(r"\b(?:prior|previous|history)\b|既往|曾")
_HARMLESS = re.compile(
    r"\b(?:reactions?|related|end|stop|toci\w*|\w*steroids?|\w+mab|ivig|immuno ?globulins?|platelets?"
    r"|albumin|plasma|blood|red|erythrocytes?)\b|反应"
)


def plain_words(text: str) -> str:
    """Bring words to one form: lower case, one blank between them, CAR-T as one word.

    Examples
    --------
    >>> plain_words("2nd CAR-T_re-infusion")
    '2nd cart again infusion'
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[\s_\-./()\[\],:;#]+", " ", text).strip()
    text = re.sub(r"\bre ?infus(?:ions?|ed)\b", "again infusion", re.sub(r"\binfusions\b", "infusion", text))
    text = re.sub(r"(?<=[a-z])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[a-z])", " ", text)
    return " ".join(_CAR_T.sub("cart", text).split())


def event_of(text: str) -> str:
    """Return the key of the event that a text names, or an empty text.

    Examples
    --------
    >>> event_of("Second infusion of CAR-T"), event_of("allo-HSCT"), event_of("Fever")
    ('second_infusion', 'transplant', '')
    """
    known = EVENTS.get(compact(text))
    if known is not None:
        return known
    words = plain_words(text)
    if _TRANSPLANT.fullmatch(words):
        return "transplant"
    again, first = bool(_AGAIN.search(words)), bool(_FIRST.search(words))
    other, infusion, car_t = bool(_OTHER.search(words)), bool(_INFUSION.search(words)), "cart" in words.split()
    rest = words
    for known_words in (_AGAIN, _FIRST, _OTHER, _INFUSION, _FILLING):
        rest = known_words.sub(" ", rest)
    if rest.replace("cart", "").strip() or not (infusion or car_t):
        bare = _INFUSION.sub(" ", words)
        return EVENTS.get(compact(bare), "") if infusion and not (again or car_t) else ""
    if other:
        return "other_car_t" if car_t and not (again or first) else ""
    if again:
        return "" if first else "second_infusion"
    return (
        "infusion" if infusion or first or words in ("cart", "cart cells", "cart therapy", "cart cell therapy") else ""
    )


def names_a_course(text: str) -> bool:
    """Whether a text is about an infusion or a transplant that may begin or end a course of CAR-T cells.

    Examples
    --------
    >>> names_a_course("CAR-T top-up infusion"), names_a_course("Infusion related reaction")
    (True, False)
    """
    words = plain_words(text)
    if _PAST.search(words) or not _COURSE.search(words):
        return False
    return bool(_GRAFT.search(words)) or not _HARMLESS.search(words)


_AROUND = re.compile(
    r"\b(?:post|after|during|following|before|pre|prior to|at|since) (?:the |first )*(?:cart )?(?:cells? )?infusion\b"
    r"|(?:cart )?(?:细胞)?(?:回输|输注)[前后时]"
)


def may_be_a_course(text: str) -> bool:
    """Whether an event may be an infusion or a transplant, rather than something before or after the infusion.

    Examples
    --------
    >>> may_be_a_course("Boost infusion"), may_be_a_course("Fever after infusion")
    (True, False)
    """
    return names_a_course(_AROUND.sub(" ", plain_words(text)))


_COLUMN = re.compile(
    r"^(?P<front>(?:study )?days? of|date of|(?:study )?days?(?= )|)\s*(?P<event>.+?)"
    r"(?P<onset> (?:onset|start))?(?P<behind>\s*(?:(?:study )?days?|dates?|dt|time|天数|日期|时间|天|日))?$"
)
_NUMBERED_BEHIND = re.compile(r"^(?P<front>.+ (?:day|date|time)) (?P<number>\d)$")


def event_column(name: str, unit: str) -> tuple[str, str]:
    """Say which event's day or date a column's name means.

    Parameters
    ----------
    name : str
        The name without its brackets.
    unit : str
        Unit in its brackets, empty where there is none.

    Returns
    -------
    event : str
        Key, empty where the name is of no event.
    what : {"date", "day", "time", ""}
        What the column holds; empty where the name does not say.
    """
    words = plain_words(name)
    number = _NUMBERED_BEHIND.match(words)
    if number and number["number"] != "1":
        words = f"second {number['front']}" if "infusion" in words else number["front"]
    match = _COLUMN.match(words)
    if match is None:
        return "", ""
    key = event_of(match["event"]) or event_of(re.sub(r" (?:first|\d)$", "", match["event"]))
    said = f"{match['front']} {match['behind'] or ''}"
    if "date" in said or "日期" in said or said.strip() == "dt":
        return key, "date"
    if "day" in said or "天" in said or "日" in said or unit or match["onset"]:
        return key, "day"
    return key, "time" if "time" in said or "时间" in said else ""


_SINCE = re.compile(
    r"(?:actual |relative |study |sampling )?(?P<unit>days?|hours?|weeks?|time) "
    r"(?:after|post|since|from|relative to|following) (?:the )?(?:first )?"
    r"(?:(?:cart )?(?:cells? )?(?:infusion|dosing|dose)|cart)"
    r"|(?:距)?(?:cart )?(?:细胞)?(?:首次)?(?:回输|输注)后?的?(?P<unit_zh>天数|小时数|小时|周数|时间)"
)
_SINCE_UNITS = {"day": "day", "hour": "h", "week": "week", "time": "", "天数": "day", "小时数": "h", "小时": "h"}


def time_since_infusion(name: str) -> str | None:
    """Return the unit of a column such as ``Days after CAR-T infusion``; None where its name is no such time.

    Examples
    --------
    >>> time_since_infusion("Days from infusion"), time_since_infusion("Days of fever")
    ('day', None)
    """
    match = _SINCE.fullmatch(plain_words(name))
    if match is None or (match["unit_zh"] == "时间" and "后" not in name):
        return None
    word = match["unit_zh"] or match["unit"].rstrip("s")
    return {**_SINCE_UNITS, "周数": "week", "时间": ""}[word]
