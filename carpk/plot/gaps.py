"""What a picture does not show, counted with its reasons."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from carpk.plot import axes
from carpk.plot.individual import cohort_name


def missing_lines(ax: Axes, missing: pd.DataFrame, cohorts: Sequence[str]) -> list[str]:
    """Say for each cohort how many values are missing and why, in lines as wide as the axes.

    Parameters
    ----------
    ax : Axes
    missing : DataFrame
        cohort and reason of each.
    cohorts : sequence of str
        In the order of the lines; a single one is not named.
    """
    lines = []
    for cohort in cohorts:
        reasons = Counter(missing.loc[missing["cohort"] == cohort, "reason"])
        if not reasons:
            continue
        told = f"{reasons.total()} missing: {told_reasons(reasons)}"
        lines.append(f"{cohort_name(cohort)}: {told}" if len(cohorts) > 1 else told)
    width = axes.size_in_points(ax)[0]
    return [axes.wrap(line, width) for line in lines]


def told_reasons(reasons: "Counter[str]") -> str:
    """Name reasons in words, with their counts where there is more than one.

    Examples
    --------
    >>> told_reasons(Counter(["NO_BASELINE", "ABOVE_ULOQ", "NO_BASELINE"]))
    'above uloq (1), no baseline (2)'
    """
    words = {reason: reason.lower().replace("_", " ") for reason in sorted(reasons)}
    if len(reasons) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{told} ({reasons[reason]})" for reason, told in words.items())
