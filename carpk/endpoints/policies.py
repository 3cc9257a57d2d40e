"""What becomes of a visit at which an endpoint is not decided: imputed as not met, or left undecided."""

from dataclasses import dataclass

import numpy as np

from carpk.endpoints.logic import NO, UNKNOWN, Truth
from carpk.profiles import Booleans

POLICIES = ("non_responder", "as_observed")


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """An endpoint after the policies.

    Attributes
    ----------
    met : Truth
        As observed, or no where imputed.
    imputed_missing, imputed_drop_out : (n,) bool
        Where no was put in place of unknown: an input is missing; the subject had left.
    """

    met: Truth
    imputed_missing: Booleans
    imputed_drop_out: Booleans


def settle(observed: Truth, left: Booleans, planned: Booleans, *, missing: str, drop_out: str) -> Settled:
    """Apply the policies for missing inputs and for subjects who left, at planned visits.

    Parameters
    ----------
    observed : Truth
        Unknown where missing inputs could change it.
    left : (n,) bool
        Visits after a subject dropped out or died.
    planned : (n,) bool
        Visits that were planned; nothing is put in place at others.
    missing, drop_out : {"non_responder", "as_observed"}
        What becomes of an undecided visit before and after that.
    """
    open_ = (observed == UNKNOWN) & planned
    by_missing = open_ & ~left & (missing == "non_responder")
    by_drop_out = open_ & left & (drop_out == "non_responder")
    return Settled(np.where(by_missing | by_drop_out, NO, observed).astype(np.int8), by_missing, by_drop_out)
