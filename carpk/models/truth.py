"""What the parameters of a virtual patient truly are: from the curve itself, without visits or errors. Whole arrays."""

from collections.abc import Sequence

import numpy as np

from carpk.errors import RulesError, did_you_mean
from carpk.models.areas import area
from carpk.models.virtual_trial import VirtualPatients
from carpk.nca.rules import NcaRules
from carpk.profiles import Floats

_HALF_LIFE = "beta_half_life"
_PATIENTS_PER_BLOCK = 1 << 12


def known_truths(rules: NcaRules) -> tuple[str, ...]:
    """List the parameters whose truth a curve tells: Cmax, Tmax, the areas over the rules' windows, the half-life."""
    return ("cmax", "tmax", *rules.window_keys, "half_life")


def true_parameters(patients: VirtualPatients, parameters: Sequence[str], rules: NcaRules) -> dict[str, Floats]:
    """Compute what a noncompartmental analysis of dense samples without error would come to.

    Parameters
    ----------
    patients : VirtualPatients of n patients
    parameters : sequence of str
        Keys, some of `known_truths`.
    rules : NcaRules
        Whose windows and peak horizon hold.

    Returns
    -------
    dict of (n,) float
        By key. The half-life is that of the slow decline, which samples of a few months rarely reach.

    Raises
    ------
    RulesError
        A parameter is none of `known_truths`.
    """
    known = known_truths(rules)
    for key in parameters:
        if key not in known:
            hint = did_you_mean(str(key), known)
            raise RulesError(f"parameters: the truth is known of {list(known)}; got {key!r}.{hint}")
    truths = {}
    for key in parameters:
        if key in ("cmax", "tmax"):
            peak_time, peak = _peak(patients, rules.peak_horizon)
            truths[key] = peak if key == "cmax" else peak_time
        elif key == "half_life":
            truths[key] = _half_life(patients)
        else:
            truths[key] = _area(patients, *rules.window_keys[key])
    return truths


def _area(patients: VirtualPatients, start: float, end: float) -> Floats:
    """Area under the curve of each patient, block by block of patients: each takes hundreds of points."""
    blocks = (slice(first, first + _PATIENTS_PER_BLOCK) for first in range(0, len(patients), _PATIENTS_PER_BLOCK))
    at_reference_dose = np.concatenate(
        [area(patients.model, patients.phi[rows], start, end, patients.covariates[rows]) for rows in blocks]
    )
    at_dose: Floats = at_reference_dose * np.exp(patients.log_factor)
    return at_dose


def _peak(patients: VirtualPatients, horizon: float) -> tuple[Floats, Floats]:
    """Time and level of the peak up to the horizon: between its kinks a curve rises or falls throughout."""
    model = patients.model
    kinks = np.exp(patients.phi[:, [model.index(name) for name in model.breakpoints]])
    days = np.minimum(kinks, horizon)
    levels = patients.levels(days)
    highest = levels.argmax(axis=1)[:, np.newaxis]
    return np.take_along_axis(days, highest, axis=1)[:, 0], np.take_along_axis(levels, highest, axis=1)[:, 0]


def _half_life(patients: VirtualPatients) -> Floats:
    model, natural = patients.model, patients.model.to_natural(patients.phi)
    if _HALF_LIFE in model.derived:
        return model.derived[_HALF_LIFE](natural)
    half_life: Floats = natural[:, model.index(_HALF_LIFE)]
    return half_life
