"""What the terminal prints: the vocabulary, and what moves between rules, in at most 100 columns."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from carpk.assessments import ASSESSMENTS, Assessment, staged
from carpk.reasons import ACTIONS, FLAGS, REASONS
from carpk.report.numbers import parameter as number
from carpk.terms import TERMS, Term, analyte, term
from carpk.units import label

if TYPE_CHECKING:
    import pandas as pd

    from carpk.nca.compare import RuleComparison

WIDTH = 100
"""Widest line [characters]."""

EXAMPLES = ("auc_0_28d", "cavg_0_28d", "cmax_per_dose", "auc_0_28d_per_dose")
"""Parameters whose keys follow a pattern: any window of days, and levels and areas per dose."""

VOCABULARY_COLUMNS = ("group", "key", "label", "kind", "definition", "formula", "cdisc_code", "cdisc_name")

_ROWS_SHOWN = 25
_WIDEST_CELL = 22
_LAST_COLUMN = 20  # least width
_UNTOLD = ("cavg_", "_per_dose")


def vocabulary_rows() -> list[tuple[str, ...]]:
    """List every parameter, assessment, reason, flag and action; columns as in VOCABULARY_COLUMNS."""
    entries = [*TERMS.values(), *map(term, EXAMPLES)]
    rows: list[tuple[str, ...]] = [
        ("parameter", each.key, each.label, each.kind, each.definition, each.formula, each.cdisc_code, each.cdisc_name)
        for each in entries
    ]
    rows += [("assessment", each.key, each.label, each.kind, _scale(each), "", "", "") for each in ASSESSMENTS.values()]
    for group, sentences in (("reason", REASONS), ("flag", FLAGS), ("action", ACTIONS)):
        rows += [(group, code, "", "", told, "", "", "") for code, told in sentences.items()]
    return rows


def vocabulary() -> str:
    """Write out every parameter with its definition, assessments, then reasons, flags and actions with sentences."""
    parts = ["PARAMETERS", *[_told(each) for each in TERMS.values()]]
    parts += [
        _paragraph(
            "By pattern: auc_A_Bd and cavg_A_Bd for the window from day A to day B; KEY_per_dose for a level or an"
            " area over the dose. For example:",
            "",
        ),
        *[_told(term(key)) for key in EXAMPLES],
    ]
    parts += ["", "ASSESSMENTS that lupus endpoints and grades of CRS and ICANS are made of"]
    parts += [_assessed(each) for each in ASSESSMENTS.values()]
    for title, sentences in (
        ("REASONS why a number is missing", REASONS),
        ("FLAGS on a number that stands", FLAGS),
        ("ACTIONS in the log", ACTIONS),
    ):
        parts += ["", title, *[f"{code}\n{_paragraph(told, '    ')}" for code, told in sentences.items()]]
    return "\n".join(parts) + "\n"


def _assessed(entry: Assessment) -> str:
    if entry.kind == "stage":
        return f"{entry.key}  -  {entry.label}  (stage)\n{_paragraph(_scale(entry), '    ')}"
    return f"{entry.key}  -  {entry.label}  ({_scale(entry)})"


def _scale(entry: Assessment) -> str:
    if entry.kind == "score":
        return f"score from 0 to {entry.highest:g}"
    if entry.kind == "tick":
        return f"yes or no; weight {entry.weight}" if entry.weight else "yes or no"
    if entry.kind == "grade":
        return "grade A to E"
    if entry.kind == "stage":
        return staged(entry)
    return f"{entry.kind}, {label(entry.unit)}" if entry.unit else f"{entry.kind}, in any unit"


def _told(entry: Term) -> str:
    cdisc = f"CDISC {entry.cdisc_code}, {entry.cdisc_name}" if entry.cdisc_code else "no CDISC term"
    lines = [f"{entry.key}  -  {entry.label}  ({entry.kind}; {cdisc})", _paragraph(entry.definition, "    ")]
    if entry.formula:
        lines.append(_paragraph(f"= {entry.formula}", "    "))
    return "\n".join(lines)


def _paragraph(text: str, indent: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def rule_moves(comparison: "RuleComparison") -> str:
    """Say what moves between rules: by parameter first, then the largest moves of single patients."""
    names = list(comparison.rules)
    title = _paragraph(
        f"Compared with {names[0]}: {', '.join(names[1:])}. Counted as moved: by more than"
        f" {100 * comparison.share:g} %, or missing under some rules only.",
        "",
    )
    moved = comparison.moved[comparison.moved["parameter"].map(_is_told)]
    if moved.empty:
        return f"{title}\n\nNothing moves.\n"
    by_parameter = _columns([_PARAMETER_HEADER, *_by_parameter(comparison, moved)])
    largest = moved.sort_values("spread", ascending=False, kind="stable", na_position="first")
    by_patient = _columns(
        [_PATIENT_HEADER, *[_patient_line(line) for line in largest.head(_ROWS_SHOWN).to_dict("records")]]
    )
    rest = len(moved) - _ROWS_SHOWN
    parts = [title, "", *by_parameter, "", "The largest moves", *by_patient]
    if rest > 0:
        parts.append(f"... and {rest} more; -o FILE writes them all.")
    if len(moved) < len(comparison.moved):
        parts += ["", _paragraph("Mean levels and values per dose move as the numbers they are made from.", "")]
    return "\n".join(parts) + "\n"


_PARAMETER_HEADER = ("analyte", "parameter", "moved", "missing", "median", "largest", "why")
_PATIENT_HEADER = ("subject", "analyte", "parameter", "lowest", "highest", "spread", "missing", "why")


def _is_told(key: str) -> bool:
    return not key.startswith(_UNTOLD[0]) and not key.endswith(_UNTOLD[1])


def _by_parameter(comparison: "RuleComparison", moved: "pd.DataFrame") -> list[tuple[str, ...]]:
    counts = comparison.values.groupby(["analyte", "parameter"], sort=False).size().to_dict()
    lines: list[tuple[str, ...]] = []
    for pair, rows in moved.groupby(["analyte", "parameter"], sort=False):
        key, parameter = str(pair[0]), str(pair[1])
        spread = rows["spread"].dropna()
        causes = rows["why"].str.split("; ").explode().value_counts(sort=True)
        lines.append(
            (
                analyte(key).label,
                parameter,
                f"{len(rows)} of {counts[pair]}",
                str(int((rows["missing"] != "").sum())),
                _percent(float(spread.median())) if len(spread) else "-",
                _percent(float(spread.max())) if len(spread) else "-",
                ", ".join(f"{cause} ({count})" for cause, count in causes.items()),
            )
        )
    return lines


def _patient_line(line: Mapping[Any, Any]) -> tuple[str, ...]:
    entry = term(str(line["parameter"]))
    missing = [told.split(" ")[0] for told in str(line["missing"]).split("; ") if told]
    return (
        str(line["subject"]),
        analyte(str(line["analyte"])).label,
        entry.key,
        number(entry, float(line["lowest"])),
        number(entry, float(line["highest"])),
        _percent(float(line["spread"])),
        ", ".join(missing),
        str(line["why"]),
    )


def _percent(share: float) -> str:
    return "-" if share != share else f"{100 * share:,.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Set rows in columns; the last is broken into lines where it does not fit."""
    for widest in range(_WIDEST_CELL, 3, -1):
        cells = [[*[_cut(cell, widest) for cell in row[:-1]], row[-1]] for row in rows]
        widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]) - 1)]
        before = sum(widths) + 2 * len(widths)
        if before <= WIDTH - _LAST_COLUMN:
            break
    lines = []
    for row in cells:
        head = "  ".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)) + "  "
        last = textwrap.wrap(row[-1], max(_LAST_COLUMN, WIDTH - before)) or [""]
        lines += [(head + last[0]).rstrip(), *[" " * before + more for more in last[1:]]]
    return lines


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."
