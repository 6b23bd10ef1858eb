"""A reasoning model as a judge: it reads the policy, decides and gives reasons, and its reasons are checked."""

from komainu.errors import MissingExtraError

try:
    from komainu.judges.safeguard.judge import SafeguardJudge
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] in {"openai", "httpx2", "stamina", "rapidfuzz", "cachetools"}:
        raise MissingExtraError("the safeguard reasoner", "reasoner") from error
    raise

__all__ = ["SafeguardJudge"]
