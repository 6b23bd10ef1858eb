"""Komainu: policies in Markdown, reasoned decisions on record, and nothing fails open."""

from importlib.metadata import version as _version

__version__ = _version("komainu")
