"""Numbers of the kinetic models."""

from carpk.terms.term import Term

MODELS = (
    Term(
        "model_cmax",
        "Cmax, model",
        "Level at the peak of the fitted curve; of the untreated one, where the model knows of treatment.",
        "level",
    ),
    Term("model_tmax", "Tmax, model", "Time of the peak of the fitted curve.", "time", "median"),
    Term(
        "model_fold_expansion",
        "Fold expansion, model",
        "Level at the peak of the fitted curve over that at the infusion.",
        "ratio",
        formula="Cmax / R0",
    ),
    Term(
        "model_initial_level", "R0, model", "Level of the fitted curve at the infusion.", "level", formula="Cmax / fold"
    ),
    Term(
        "model_growth_rate",
        "Growth rate, model",
        "Rate of the exponential growth of the fitted curve.",
        "rate",
        formula="ln(fold expansion) / Tmax",
    ),
    Term(
        "model_doubling_time",
        "Doubling time, model",
        "Time in which the fitted curve doubles while it grows.",
        "time",
        "half_life",
        formula="ln 2 / growth rate",
    ),
    Term("model_alpha", "\u03b1, model", "Rate of the fast decline of the fitted curve after its peak.", "rate"),
    Term(
        "model_persistent_fraction",
        "Persistent fraction, model",
        "Share of the peak of the fitted curve that declines slowly.",
        "ratio",
    ),
    Term("model_beta", "\u03b2, model", "Rate of the slow decline of the fitted curve.", "rate"),
    Term("model_lag", "Lag, model", "Time until the fitted curve begins to grow.", "time", "median"),
    Term(
        "model_distribution_rate",
        "Distribution rate, model",
        "Rate at which the fitted curve falls after the infusion, before it grows.",
        "rate",
    ),
    Term(
        "model_distribution_end",
        "Distribution until, model",
        "Time at which the fitted curve turns from distribution to growth.",
        "time",
        "median",
    ),
    Term(
        "model_contraction_end",
        "Contraction until, model",
        "Time at which the fitted curve turns from contraction to persistence.",
        "time",
        "median",
    ),
    Term(
        "model_alpha_half_life",
        "Contraction half-life, model",
        "Half-life of the fast decline of the fitted curve.",
        "time",
        "half_life",
        formula="ln 2 / \u03b1",
    ),
    Term(
        "model_beta_half_life",
        "Persistence half-life, model",
        "Half-life of the slow decline of the fitted curve.",
        "time",
        "half_life",
        formula="ln 2 / \u03b2",
    ),
    Term(
        "model_tocilizumab_effect",
        "Tocilizumab effect, model",
        "Factor on the growth rate of the fitted curve from the first tocilizumab on.",
        "ratio",
    ),
    Term(
        "model_corticosteroid_effect",
        "Corticosteroid effect, model",
        "Factor on the growth rate of the fitted curve from the first corticosteroid on.",
        "ratio",
    ),
)
