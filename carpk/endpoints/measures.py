"""What endpoints there are: numbers with their change from baseline, and what is met or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from carpk.endpoints.inputs import Inputs
from carpk.endpoints.outcome import Outcome
from carpk.endpoints.serology import change, percent_change
from carpk.profiles import Booleans, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A number at every visit, with its change from baseline.

    Attributes
    ----------
    value, baseline : (n,) float
        NaN where not known.
    incomplete : (n,) bool
        Where something is known, but not enough for the number.
    changes : tuple of str
        Which changes are of use: "change", "percent_change".
    """

    value: Floats
    baseline: Floats
    incomplete: Booleans
    changes: tuple[str, ...] = ("change",)

    def changed(self, how: str) -> Floats:
        """Difference to baseline, or that in percent of baseline."""
        return (change if how == "change" else percent_change)(self.value, self.baseline)


@dataclass(slots=True, eq=False)
class Measures:
    """What could be computed from a study, and what could not.

    Attributes
    ----------
    inputs : Inputs
    numbers : dict of str to Measure
        Scores, levels and doses.
    outcomes : dict of str to Outcome
        What is met or not.
    no_baseline : dict of str to (n,) bool
        For criteria that look at baseline, where it is missing.
    absent : dict of str to str
        Endpoints that the study has no data for, and what is lacking.
    needs : dict of str to tuple of tuple of str
        What each endpoint rests on: of every group of assessments one must be done.
    """

    inputs: Inputs
    numbers: dict[str, Measure] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    no_baseline: dict[str, Booleans] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    needs: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def add_number(
        self, key: str, value: Floats, rests_on: tuple[str, ...], partly_known: Booleans | None = None, *,
        percent: bool = False,
    ) -> None:  # fmt: skip
        """Add a number, its baseline and its changes, where the study has any of the assessments it rests on."""
        if not self.inputs.has(*rests_on):
            return
        missing = np.isnan(value)
        incomplete = missing & (np.zeros(len(value), bool) if partly_known is None else partly_known)
        changes = ("change", "percent_change") if percent else ("change",)
        self.numbers[key] = Measure(value, self.inputs.visits.baseline(value), incomplete, changes)
        self.needs[key] = (rests_on,)

    def add_outcome(self, key: str, outcome: Outcome, *rests_on: tuple[str, ...]) -> None:
        """Add what is met or not."""
        self.outcomes[key] = outcome
        self.needs[key] = rests_on

    def allows(self, endpoint: str, needs: Mapping[str, tuple[str, ...]]) -> bool:
        """Say whether the study has what an endpoint needs; remember what is lacking where it has but a part.

        Parameters
        ----------
        endpoint : str
        needs : mapping of str to tuple of str
            What is needed in words, and the assessments of which one must be there.
        """
        lacking = [words for words, keys in needs.items() if not self.inputs.has(*keys)]
        if lacking and len(lacking) < len(needs):
            self.absent[endpoint] = " and ".join(lacking)
        self.needs[endpoint] = tuple(needs.values())
        return not lacking
