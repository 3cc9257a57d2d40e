"""What keeps a reader from making too much of exposure against response, and where each caution applies."""

from collections.abc import Iterator
from types import MappingProxyType

import pandas as pd

from carpk.exposure.pairs import OUTCOME
from carpk.reasons import split_flags
from carpk.summary import FEW, SMALL
from carpk.terms import analyte

COLUMNS = ("code", "sentence", "applies_to")

CAUTIONS = MappingProxyType(
    {
        "FEW_IN_GROUP": f"Groups with fewer than {FEW} values show individual values only.",
        "SMALL_CORRELATION": f"A correlation of fewer than {SMALL} subjects describes these subjects and decides"
        " nothing; none is given a p-value.",
        "LIMITS_IN_CORRELATION": "Some outcomes are known only as a limit. Kendall's tau counts pairs of unknown order"
        " as ties; the least and the greatest tau say what their order could change.",
        "NO_MULTIPLICITY": "Nothing is adjusted for the number of comparisons.",
        "POST_BASELINE_GROUPS": "Groups by response, grade or treatment come about after the infusion: they differ in"
        " more than exposure, and no comparison between them is one of cause and effect.",
        "AUC_TRUNCATED": "The area is missing or cut off in subjects whose sampling or course ended early, as it does"
        " in those who progress or die: those left are a selection.",
        "SHARED_CAUSES": "Exposure and CRS with its markers share causes, such as the number of target cells: that they"
        " go together does not make one the cause of the other.",
        "CONFOUNDED_BY_INDICATION": "Tocilizumab and corticosteroids are given because of the course: those who got"
        " them differ from those who did not before the first dose (confounding by indication).",
        "IMMORTAL_TIME": "Time to the event is counted from the landmark, by which exposure is complete; whoever had"
        " the event or left before is not in it. Counted from the infusion, high exposure would be favored by the time"
        " needed to reach it (immortal time).",
    }
)
"""Every caution by code, as a report prints it."""

_EARLY_END = ("WINDOW_NOT_COVERED", "COURSE_CENSORED")


def cautions(
    pairs: pd.DataFrame,
    associations: pd.DataFrame,
    by_outcome: pd.DataFrame,
    time_to_event: pd.DataFrame,
) -> pd.DataFrame:
    """Tell which cautions apply, and to what.

    Parameters
    ----------
    pairs, associations, by_outcome, time_to_event : DataFrame
        The tables of an `ExposureResponse`.

    Returns
    -------
    DataFrame
        Columns COLUMNS; one row per caution that applies, in the order of CAUTIONS.
    """
    found = {
        "FEW_IN_GROUP": _few(by_outcome),
        "SMALL_CORRELATION": _words(associations[(associations["n"] < SMALL) & (associations["reason"] == "")]),
        "LIMITS_IN_CORRELATION": _words(associations[(associations[["n_censored", "undetermined"]] > 0).any(axis=1)]),
        "NO_MULTIPLICITY": _comparisons(pairs),
        "POST_BASELINE_GROUPS": _words(by_outcome),
        "AUC_TRUNCATED": _truncated(pairs),
        "SHARED_CAUSES": _words(pairs[pairs["outcome_analyte"].map(_is_of_crs)]),
        "CONFOUNDED_BY_INDICATION": _words(pairs[pairs["kind"] == "treatment"]),
        "IMMORTAL_TIME": _words(time_to_event),
    }
    lines = [(code, CAUTIONS[code], words) for code, words in found.items() if words]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _words(rows: pd.DataFrame) -> str:
    """Name the outcomes of a table, each once."""
    return ", ".join(f"{key} {outcome}" for key, outcome in rows[OUTCOME].drop_duplicates().to_numpy())


def _is_of_crs(key: str) -> bool:
    return key == "crs" or analyte(key).role == "marker"


def _few(by_outcome: pd.DataFrame) -> str:
    few = by_outcome[by_outcome["n"].between(1, FEW - 1)].drop_duplicates([*OUTCOME, "group"])
    return ", ".join(f"{key} {outcome}: {group}" for key, outcome, group in few[[*OUTCOME, "group"]].to_numpy())


def _comparisons(pairs: pd.DataFrame) -> str:
    exposures = len(pairs[["analyte", "matrix", "exposure"]].drop_duplicates())
    outcomes = len(pairs[OUTCOME].drop_duplicates())
    return f"{exposures} x {outcomes} exposures and outcomes" if exposures * outcomes > 1 else ""


def _truncated(pairs: pd.DataFrame) -> str:
    areas = pairs[pairs["exposure"].str.startswith(("auc", "cavg"))]
    cut = areas["exposure_flags"].map(lambda cell: "WINDOW_TRUNCATED" in split_flags(cell)).astype(bool)
    return ", ".join(_by_area(areas[cut | areas["exposure_reason"].isin(_EARLY_END)]))


def _by_area(rows: pd.DataFrame) -> Iterator[str]:
    for (key, area), of_area in rows.groupby(["analyte", "exposure"], sort=False):
        subjects = of_area["subject"].drop_duplicates()
        yield f"{key} {area}: {len(subjects)} of the subjects ({', '.join(subjects)})"
