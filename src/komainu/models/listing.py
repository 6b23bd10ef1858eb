"""Which models a server has."""

import openai
from httpx2 import Client

_TIMEOUT_SECONDS = 10.0


def served_models(url: str, *, api_key: str = "") -> tuple[str, ...]:
    """The names under which an OpenAI-compatible server offers models; none where it cannot be asked."""
    with Client(trust_env=False, timeout=_TIMEOUT_SECONDS) as transport:
        client = openai.OpenAI(base_url=url, api_key=api_key or "none", max_retries=0, http_client=transport)
        try:
            return tuple(model.id for model in client.models.list())
        except (openai.OpenAIError, ValueError, TypeError, AttributeError):
            return ()
