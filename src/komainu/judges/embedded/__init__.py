"""The embedded judge: a small local model that reads the policy on a CPU."""

from komainu.judges.embedded.judge import EmbeddedJudge

__all__ = ["EmbeddedJudge"]
