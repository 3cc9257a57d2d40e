"""The choices of fits in sentences, as a report prints them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carpk.models.population_rules import PopulationRules
    from carpk.models.rules import FitRules

_BLQ = {
    "censor": "A level below the limit of quantification counts with the chance to lie below it (method M3), one above"
    " the upper limit with its mirror.",
    "drop": "Levels below the limit of quantification were left out, which biases the growth.",
    "half_lloq": "Levels below the limit of quantification were taken for half the limit, which biases the growth.",
}
_TIME_ZERO = {
    "leave_out": "Samples at time 0 were left out, as taken before the infusion.",
    "use": "Samples at time 0 were used.",
}
_RANDOM_EFFECTS = {"variance": "as variances", "sd": "as standard deviations"}


def fit_sentences(rules: "FitRules") -> list[str]:
    """Tell how each subject was fitted."""
    aim = "Each subject was fitted alone by maximum likelihood, on the logarithm of the level, with the best start in"
    aim += " every segment between visits."
    if rules.prior == "published":
        printed = _RANDOM_EFFECTS[rules.random_effects]
        aim += f" The most probable parameters given the published ones were taken (MAP), their spread read {printed}."
    return [
        aim,
        _residual_error(rules.residual_error),
        f"{_BLQ[rules.blq]} {_TIME_ZERO[rules.time_zero]}",
        f"Intervals are {100 * rules.confidence:g} % intervals from "
        + ("the profile of the likelihood." if rules.intervals == "profile" else "standard errors."),
        "A number is printed only where the fit came to rest, two starts agree on it, it lies at no bound, its"
        " standard error is below 100 % and its interval is closed.",
        *_held(dict(rules.fixed)),
    ]


def population_sentences(rules: "PopulationRules") -> list[str]:
    """Tell how a population was fitted."""
    together = "together" if rules.omega == "full" else "each on its own"
    printed = _RANDOM_EFFECTS[rules.random_effects]
    never = "left out" if rules.never_quantified == "leave_out" else "fitted with what their limits say"
    sentences = [
        "All subjects were fitted at once by maximum likelihood: SAEM, then EM and Newton's steps on importance"
        f" samples; seed {rules.seed}.",
        f"Parameters vary between subjects {together}, normally on the logarithm (shares: on the logit).",
        f"{_BLQ[rules.blq]} {_TIME_ZERO[rules.time_zero]} Subjects without a quantified level were {never}.",
        f"Published spreads between subjects are read {printed}.",
        *_held(dict(rules.fixed)),
    ]
    if rules.priors:
        sentences.append(f"Priors were given for {', '.join(rules.priors)}.")
    return sentences


def _residual_error(given: str | float) -> str:
    if given == "pooled":
        return "The standard deviation of the residual error on ln C is one for all subjects of an analyte."
    if given == "own":
        return "The standard deviation of the residual error on ln C is each subject's own."
    return f"The standard deviation of the residual error on ln C was given as {given:g}."


def _held(fixed: dict[str, float]) -> list[str]:
    values = ", ".join(f"{name} at {value:g}" for name, value in fixed.items())
    return [f"Not fitted but held: {values}."] if fixed else []
