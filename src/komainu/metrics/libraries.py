"""scikit-learn and SciPy, which are optional: loaded when the first figure is taken."""

from importlib import import_module
from types import ModuleType

from komainu.errors import MissingExtraError


def library(name: str) -> ModuleType:
    """The module of this name; MissingExtraError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError("the figures", "evals") from None


def expect_libraries() -> None:
    """MissingExtraError where one is missing: to hear of it before hours of judging, not after."""
    library("sklearn")
    library("scipy")
