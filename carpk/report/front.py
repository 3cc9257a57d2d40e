"""The title page: what was analyzed, from which files, by which rules, and who was refused."""

import carpk
from carpk.nca.table import NcaResult
from carpk.report.data import cohort_name
from carpk.report.methods import rule_in_a_sentence
from carpk.report.parts import Line
from carpk.report.rows import profile_name, profiles_of
from carpk.schema import Study
from carpk.terms import analyte

BANNER = "SYNTHETIC"


def title_of(study: Study) -> str:
    """Name of the study; where it has none, of its first file."""
    if study.title:
        return study.title
    return study.origins[0].name if study.origins else "CAR-T cellular kinetics"


def banner_of(study: Study) -> str:
    """Words at the head of every page where the data are not of patients."""
    return f"{BANNER} DATA \u2013 NOT FROM PATIENTS" if study.title.upper().startswith(BANNER) else ""


def facts_of(study: Study, nca: NcaResult) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Say on the title page what was analyzed, from what and how."""
    return (
        ("Data", _files(study)),
        ("Subjects", (Line(_subjects(study)),)),
        ("Measured", (Line(", ".join(analyte(key).label for key in study.analytes) or "nothing"),)),
        ("Analyzed", (Line(", ".join(profile_name(nca, profile) for profile in profiles_of(nca)) or "nothing"),)),
        ("Rules", (Line(rule_in_a_sentence(nca)),)),
        ("Software", (Line(f"carpk {carpk.__version__}"),)),
    )


def refusals(nca: NcaResult) -> tuple[str, ...]:
    """Name every profile for which nothing was computed."""
    lines = tuple(
        f"Refused: subject {line.subject}, {analyte(str(line.analyte)).label}. {line.detail}"
        for line in nca.refused.itertuples()
    )
    if not lines:
        return ()
    return ("No parameters were computed for the following profiles; their rows stand in every table.", *lines)


def _files(study: Study) -> tuple[Line, ...]:
    sheets: dict[tuple[str, str], list[str]] = {}
    for origin in study.origins:
        sheets.setdefault((origin.name, origin.sha256), []).append(origin.sheet)
    lines = []
    for (name, digest), read in sheets.items():
        named = [sheet for sheet in read if sheet]
        where = f", {'sheet' if len(named) == 1 else 'sheets'} {', '.join(named)}" if named else ""
        lines.append(Line(f"{name}{where}"))
        if digest:
            lines.append(Line(f"sha256 {digest}", monospaced=True))
    return tuple(lines) or (Line("A table in memory; no file."),)


def _subjects(study: Study) -> str:
    sizes = study.subjects["cohort"].value_counts()
    cohorts = ", ".join(f"{cohort_name(cohort)} ({sizes[cohort]})" for cohort in study.cohorts)
    count = len(study.subjects)
    return f"{count} {'subject' if count == 1 else 'subjects'}: {cohorts}"
