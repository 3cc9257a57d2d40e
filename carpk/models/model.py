"""What a kinetic model is: a curve on ln C, its parameters with bounds, first guesses and derived quantities.

A fit works on `phi`, the parameters on their transformed scale (ln, or logit for a fraction), where they are unbounded.
Every function of a model is whole-array: `phi` is (..., n, p), for n patients and, before them, as many chains or
starts as wanted; times are (n, m) or (m,); what comes out is (..., n, m).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from carpk.models.landmarks import Landmarks
from carpk.profiles import Floats
from carpk.terms import Term, term

Scale = Literal["log", "logit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One parameter of a model.

    Attributes
    ----------
    name : str
        As formulas call it; `key` is the word under which results report it.
    lower, upper : float
        Bounds of a fit, on the natural scale.
    scale : {"log", "logit"}
        Transformation on which it is fitted and varies between patients.
    published : float
        Typical value of the publication; NaN where it gives none.
    random_effect : float
        Spread between patients on the transformed scale as the publication prints it, whether a standard deviation or a
        variance; NaN where it gives none.
    fixed : bool
        Kept at its published value unless a fit is told to estimate it.
    """

    name: str
    lower: float
    upper: float
    scale: Scale = "log"
    published: float = float("nan")
    random_effect: float = float("nan")
    fixed: bool = False

    @property
    def key(self) -> str:
        """Key of its term in carpk.terms."""
        return f"model_{self.name}"

    @property
    def term(self) -> Term:
        """Label, definition and unit."""
        return term(self.key)


class Curve(Protocol):
    """A function of parameters and times."""

    def __call__(self, phi: Floats, times: Floats, covariates: Floats | None = None) -> Floats:
        """Return an array of (..., n, m), or of (..., n, m, p) for a Jacobian.

        Parameters
        ----------
        phi : (..., n, p) float
            Parameters on the transformed scale.
        times : (m,) or (n, m) float
            Time since the infusion, zero or later. [day]
        covariates : (n, k) float, optional
            In the order of the model's `covariates`.
        """


Derived = Callable[[Floats], Floats]


def _as_is(phi: Floats) -> Floats:
    return phi


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A kinetic model that can be fitted.

    Attributes
    ----------
    name, label : str
        The word in the `source` column; as tables and figures print it.
    citation, doi : str
        Where it was published.
    parameters : tuple of p Parameter
    log_level : Curve
        ln of the level, (..., n, m).
    jacobian : Curve
        Its derivative with respect to phi, (..., n, m, p).
    starts : function of Landmarks of n patients
        First guesses on the transformed scale, (s, n, p); the first of the s is the one that the samples suggest.
    breakpoints : tuple of str
        Parameters that are times at which the curve has a kink, in the order in which they come. Between two visits the
        likelihood is smooth in them; at a visit it is not.
    peak : str
        The parameter that is the time of the peak; empty where the model has none.
    canonical : function of phi
        Return phi, (..., p), in the model's fixed order where several phi give one curve.
    derived : mapping of functions
        What follows from the parameters on their natural scale, (..., p) to (...,), by name; reported as
        ``model_NAME``.
    covariates : tuple of str
        What the curve needs to know of a patient beside the times: ``tocilizumab`` or ``corticosteroid``, the day of
        the first dose, NaN where there was none; ``peak_time``, the day of the highest level.
    after_peak : bool
        Only the samples from the highest level on are fitted.
    """

    name: str
    label: str
    citation: str
    doi: str
    parameters: tuple[Parameter, ...]
    log_level: Curve
    jacobian: Curve
    starts: Callable[[Landmarks], Floats]
    breakpoints: tuple[str, ...] = ()
    peak: str = ""
    canonical: Callable[[Floats], Floats] = _as_is
    derived: Mapping[str, Derived] = field(default_factory=lambda: MappingProxyType({}))
    covariates: tuple[str, ...] = ()
    after_peak: bool = False

    def index(self, name: str) -> int:
        """Return the place of a parameter.

        Raises
        ------
        ValueError
            The model has no such parameter.
        """
        return [parameter.name for parameter in self.parameters].index(name)

    @property
    def lower(self) -> Floats:
        """Lower bounds on the transformed scale, (p,)."""
        return self.to_phi(np.array([parameter.lower for parameter in self.parameters]))

    @property
    def upper(self) -> Floats:
        """Upper bounds on the transformed scale, (p,)."""
        return self.to_phi(np.array([parameter.upper for parameter in self.parameters]))

    @property
    def published(self) -> Floats:
        """Published typical values on the transformed scale, (p,); NaN where there is none."""
        return self.to_phi(np.array([parameter.published for parameter in self.parameters]))

    def to_phi(self, natural: Floats) -> Floats:
        """Transform parameters from their natural scale, (..., p)."""
        columns = [
            np.log(column) - np.log1p(-column) if parameter.scale == "logit" else np.log(column)
            for parameter, column in zip(self.parameters, np.moveaxis(natural, -1, 0), strict=True)
        ]
        return np.stack(columns, axis=-1)

    def to_natural(self, phi: Floats) -> Floats:
        """Transform parameters back to their natural scale, (..., p)."""
        columns = [
            1.0 / (1.0 + np.exp(-column)) if parameter.scale == "logit" else np.exp(column)
            for parameter, column in zip(self.parameters, np.moveaxis(phi, -1, 0), strict=True)
        ]
        return np.stack(columns, axis=-1)
