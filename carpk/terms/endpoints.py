"""Numbers of the efficacy endpoints, by subject."""

from carpk.terms.term import Term

ENDPOINTS = (
    Term(
        "time_to_attainment",
        "Time to first attainment",
        "Time of the first visit after baseline at which an endpoint was met.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "time_to_sustained_attainment",
        "Time to sustained attainment",
        "Time of the first of the visits in a row at which an endpoint was met.",
        "time",
        "median",
        observed=True,
    ),
    Term(
        "visits_attained",
        "Visits with attainment",
        "Number of visits after baseline at which an endpoint was met.",
        "count",
        "median",
        observed=True,
    ),
)
