"""What was assessed at every visit, as arrays: the input of all endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carpk.assessments import BILAG_SYSTEMS, GLUCOCORTICOIDS, GRADES, SLEDAI_ITEMS
from carpk.endpoints.bilag import NOT_GIVEN
from carpk.endpoints.glucocorticoids import prednisolone_equivalent
from carpk.endpoints.visits import Visits
from carpk.profiles import Booleans, Floats, Integers

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Assessments of n visits.

    Attributes
    ----------
    visits : Visits
        When, and whose.
    columns : mapping of str to int
        Column of each assessment that the study has.
    values, lln, uln : (n, k) float
        Numbers and limits of normal; NaN where not given.
    texts : (n, k) object
        Grades and qualifiers; "" where not given.
    rescued : (n,) bool
        Visits at or after the time of rescue medication.
    age, female, height : (n,) float
        Of the subject; 1 female, 0 male. [year], [cm]
    """

    visits: Visits
    columns: Mapping[str, int]
    values: Floats
    texts: Texts
    lln: Floats
    uln: Floats
    rescued: Booleans
    age: Floats
    female: Floats
    height: Floats

    def has(self, *keys: str) -> bool:
        """Say whether the study has any of these assessments."""
        return any(key in self.columns for key in keys)

    def given(self, *keys: str) -> Booleans:
        """Say at which visits any of these assessments was done."""
        columns = [self.columns[key] for key in keys if key in self.columns]
        return np.asarray((~np.isnan(self.values[:, columns]) | (self.texts[:, columns] != "")).any(axis=1))

    def number(self, key: str) -> Floats:
        """Return an assessment at every visit, NaN where not given."""
        return self._column(self.values, key)

    def text(self, key: str) -> Texts:
        """Return the grade or qualifier of an assessment at every visit."""
        if key in self.columns:
            return self.texts[:, self.columns[key]]
        return np.full(len(self.texts), "", object)

    def limits(self, key: str) -> tuple[Floats, Floats]:
        """Return the lower and the upper limit of normal of an assessment at every visit."""
        return self._column(self.lln, key), self._column(self.uln, key)

    def _column(self, table: Floats, key: str) -> Floats:
        if key in self.columns:
            return table[:, self.columns[key]]
        return np.full(len(table), np.nan)

    def sledai_items(self) -> Floats:
        """Return the 24 items of SLEDAI-2K at every visit."""
        return np.stack([self.number(key) for key in SLEDAI_ITEMS], axis=1)

    def bilag_grades(self) -> Integers:
        """Return the grades of the nine systems at every visit, 0 to 4 for A to E."""
        given = np.stack([self.text(key) for key in BILAG_SYSTEMS], axis=1)
        grades = np.full(given.shape, NOT_GIVEN, np.int64)
        for number, grade in enumerate(GRADES):
            grades[given == grade] = number
        return grades

    def prednisolone(self, equals: Mapping[str, float]) -> Floats:
        """Return the glucocorticoid dose at every visit, in prednisolone equivalents [mg/day]."""
        doses = np.stack([self.number(key) for key in GLUCOCORTICOIDS], axis=1)
        return prednisolone_equivalent(doses, equals)
