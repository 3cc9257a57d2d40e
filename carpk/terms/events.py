"""What can happen to a subject."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

EventKind = Literal["course", "treatment", "syndrome", "adverse event"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a subject on a day.

    Attributes
    ----------
    key : str
        The word in the `event` column.
    label : str
        As pictures and tables print it.
    kind : {"course", "treatment", "syndrome", "adverse event"}
        What it is to a safety table: part of the subject's course, a treatment, CRS or ICANS, or, under every word that
        carpk does not know, an adverse event.
    ends_course : bool
        True where the kinetics of the first infusion end with it.
    """

    key: str
    label: str
    kind: EventKind
    ends_course: bool = False


_EVENTS = (
    Event("infusion", "CAR-T infusion", "course"),
    Event("second_infusion", "Second CAR-T infusion", "course", ends_course=True),
    Event("transplant", "Transplant", "course", ends_course=True),
    Event("other_car_t", "Other CAR-T", "course", ends_course=True),
    Event("lymphodepletion", "Lymphodepletion", "treatment"),
    Event("tocilizumab", "Tocilizumab", "treatment"),
    Event("corticosteroid", "Corticosteroid", "treatment"),
    Event("anakinra", "Anakinra", "treatment"),
    Event("crs", "CRS", "syndrome"),
    Event("crs_end", "End of CRS", "course"),
    Event("icans", "ICANS", "syndrome"),
    Event("icans_end", "End of ICANS", "course"),
    Event("rescue_medication", "Rescue medication", "treatment"),
    Event("drop_out", "Drop-out", "course"),
    Event("death", "Death", "course"),
)

EVENTS = MappingProxyType({event.key: event for event in _EVENTS})


def event(key: str) -> Event:
    """Return the event of a key; one that carpk does not know keeps its own name."""
    return EVENTS.get(key) or Event(key, key, "adverse event")
