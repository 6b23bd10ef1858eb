"""What was decided before any figure was taken, in one place."""

from komainu.learning.public import LEFT_OUT

SEED = 20261125
RESAMPLES = 300

# A violation is a calibrated probability from one half on: what such a probability says, and nothing fitted to a set.
# For openai_moderation it is held against the highest probability of the categories.
THRESHOLD = 0.5

SHUFFLES = 3  # wordings from other sets that a public set is judged under; the control is their mean
NOTHING = "."  # the words of a clause that says nothing

# Labels whose clauses were left out of training on purpose, (dataset, label); docs/design/embedded.md says why.
HELD_OUT_CLAUSES: frozenset[tuple[str, str]] = frozenset(LEFT_OUT)

# Domains of clinc150 that training never saw: all their clauses are left out.
HELD_OUT_DOMAINS = tuple(
    sorted(label.removeprefix("domain_").replace("_", " ") for name, label in LEFT_OUT if name == "clinc150")
)
