"""Numbers over a window of days; the days stand in braces, and in the keys."""

from types import MappingProxyType

from carpk.terms.term import Term

WINDOWS = MappingProxyType(
    {
        entry.key: entry
        for entry in (
            Term(
                "auc",
                "AUC{start}\u2013{end}d",
                "Area under the level-time curve from day {start} to day {end}.",
                "area",
                formula="sum of the segments' overlap with the window",
                cdisc_code="AUCINT",
                cdisc_name="AUC from T1 to T2",
            ),
            Term(
                "cavg",
                "Cavg{start}\u2013{end}d",
                "Mean level from day {start} to day {end}.",
                "level",
                formula="area over the window / its length",
                cdisc_code="CAVG",
                cdisc_name="Average Concentration",
            ),
            Term(
                "model_auc",
                "AUC{start}\u2013{end}d, model",
                "Area under the fitted curve from day {start} to day {end}.",
                "area",
                formula="integral of the fitted curve over the window",
            ),
            Term(
                "auc_above_baseline",
                "AUC above baseline {start}\u2013{end}d",
                "Area between the level and its baseline where it is above, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "auc_below_baseline",
                "AUC below baseline {start}\u2013{end}d",
                "Area between the level and its baseline where it is below, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "auc_above_limit",
                "AUC above the limit {start}\u2013{end}d",
                "Area between the level and the limit of the rules where it is above, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "auc_below_limit",
                "AUC below the limit {start}\u2013{end}d",
                "Area between the level and the limit of the rules where it is below, from day {start} to day {end}.",
                "area",
                "median",
            ),
            Term(
                "time_in_range",
                "Time in range {start}\u2013{end}d",
                "Time within the levels of the rules from day {start} to day {end}, by straight lines.",
                "time",
                "median",
            ),
            Term(
                "time_above_limit",
                "Time above the limit {start}\u2013{end}d",
                "Time above the limit of the rules from day {start} to day {end}, by straight lines.",
                "time",
                "median",
            ),
            Term(
                "time_below_limit",
                "Time below the limit {start}\u2013{end}d",
                "Time below the limit of the rules from day {start} to day {end}, by straight lines.",
                "time",
                "median",
            ),
        )
    }
)
"""Terms of windows by the beginning of their keys; the days of the window stand in braces."""
