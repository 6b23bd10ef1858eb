"""Which models a server has."""

import httpx2

_TIMEOUT_SECONDS = 10.0


def served_models(url: str, *, api_key: str = "") -> tuple[str, ...]:
    """The names under which an OpenAI-compatible server offers models; none where it cannot be asked."""
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        with httpx2.Client(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
            found = client.get(f"{url.rstrip('/')}/models", headers=headers).raise_for_status().json()
        return tuple(str(model["id"]) for model in found["data"])
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, KeyError):
        return ()
