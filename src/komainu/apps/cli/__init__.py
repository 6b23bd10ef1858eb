"""The command line: one file per noun."""

from komainu.apps.cli.app import main

__all__ = ["main"]
