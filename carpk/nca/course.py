"""The courses of a block of profiles: what their parameters are computed from, each part once, when asked for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from carpk.nca.peak import Peak, find_peak
from carpk.nca.quantification import Curve, upper_bound
from carpk.nca.rows import behind
from carpk.nca.rules import NcaRules
from carpk.nca.segments import Segments, shape_segments
from carpk.nca.terminal import Marks, TerminalSlope, terminal_slope
from carpk.profiles import Block, Booleans, Floats, Integers

_INFUSION_PEAK_DAYS = 3.0  # a peak up to this day may be infused cells


@dataclass(frozen=True, slots=True, eq=False)
class Infusion:
    """What was infused, one entry a profile.

    Attributes
    ----------
    dose : (n,) float
        As parameters are divided by it; NaN where unknown.
    level : (n,) float
        Level that the dose makes in the blood, in the profiles' unit; NaN where unknown.
    """

    dose: Floats
    level: Floats

    def of(self, rows: Integers) -> "Infusion":
        """Take some profiles."""
        return Infusion(self.dose[rows], self.level[rows])


@dataclass(frozen=True, eq=False)
class Course:
    """The courses of a block of profiles.

    Attributes
    ----------
    block : Block of n profiles
        As sampled.
    curve : Curve
        As the rules resolve levels below the limit.
    rules : NcaRules
    end : (n,) float
        When a second infusion, transplant or other CAR-T ended the course; infinite where none did.
    day : float
        One day in the time unit of the curve.
    infusion : Infusion or None
    marks : (n, m) int or None
        Points chosen for, or left out of, the terminal slope by hand.
    """

    block: Block
    curve: Curve
    rules: NcaRules
    end: Floats
    day: float
    infusion: Infusion | None = None
    marks: Marks | None = None

    @cached_property
    def peak(self) -> Peak:
        """Largest quantified level up to the horizon."""
        horizon = self.rules.peak_horizon * self.day
        return find_peak(self.curve, horizon=horizon, infusion_peak=_INFUSION_PEAK_DAYS * self.day)

    @cached_property
    def segments(self) -> Segments:
        """Shape of the curve."""
        curve, rules = self.curve, self.rules
        turn = find_peak(curve, horizon=np.inf, infusion_peak=0.0).time if rules.auc_method == "linear-log" else None
        segments = shape_segments(curve.time, curve.level, method=rules.auc_method, peak=turn)
        return segments.without(self.after_last) if rules.blq_tail in ("zero", "lambda_z") else segments

    @cached_property
    def after_last(self) -> Booleans:
        """Segments after the last quantified level, where there is one, (n, s)."""
        curve = self.curve
        return behind(curve.last - 1, curve.level.shape[1] - 1) & (curve.amount > 0)[:, None]

    @cached_property
    def pairs(self) -> Booleans:
        """Segments between neighboring quantified samples, (n, s)."""
        return self.curve.quantified[:, :-1] & self.curve.quantified[:, 1:]

    @cached_property
    def highest(self) -> Segments:
        """Straight lines with every level below the limit at its limit."""
        return shape_segments(*upper_bound(self.block, self.curve), method="linear")

    @cached_property
    def held(self) -> Floats:
        """Times of the samples below the limit, NaN elsewhere, (n, m)."""
        return np.where(self.curve.below, self.block.time, np.nan)

    @cached_property
    def slope(self) -> TerminalSlope:
        """Terminal slope, estimated once per course."""
        rules = self.rules
        return terminal_slope(
            self.curve,
            min_points=rules.min_points,
            selection=rules.slope_selection,
            weights=rules.slope_weights,
            include_peak=rules.slope_includes_peak,
            earliest=rules.slope_from * self.day,
            marks=self.marks,
        )
