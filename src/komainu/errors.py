"""Every error that Komainu raises on purpose.

KomainuError
├── UsageError            the caller asked for something that cannot be done as asked
│   └── MissingExtraError an optional dependency is not installed
├── SettingsError         the configuration file is wrong
├── PolicyError           a policy file is wrong; names file, line and column
├── InputError            content or labels that came in cannot be read
├── JudgeError            a judge cannot be loaded or used
│   └── NotJudgedError    a judge did not answer, so that a decision stays as it was
└── StoreError            the record cannot be kept or read
    ├── SuccessionError   a decision cannot stand in place of another (any more)
    ├── OvertakenError    somebody else claimed, ruled on or appealed against a decision meanwhile
    ├── StoreBusyError    another process holds the database
    ├── StoreReadOnlyError
    ├── StoreFullError    the disk is full
    └── StoreSchemaError  the database was written by another version of Komainu
"""

from unicodedata import east_asian_width


class KomainuError(Exception):
    """Says what was expected, what came, and what to do."""


class UsageError(KomainuError):
    """The caller asked for something that cannot be done as asked."""


class MissingExtraError(UsageError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f'{what} needs an optional part of Komainu: pip install "komainu[{extra}]"')


class SettingsError(KomainuError):
    """The configuration file is wrong."""


class PolicyError(KomainuError):
    """A policy file is wrong; names file, line and column, and shows the line with a caret."""

    def __init__(self, problem: str, *, path: str, line: int = 0, column: int = 0, source: str = "") -> None:
        self.problem, self.path, self.line, self.column, self.source = problem, path, line, column, source
        super().__init__(self._shown())

    def _shown(self) -> str:
        if not self.line:
            return f"{self.path}: {self.problem}"
        place = f"{self.path}:{self.line}:{self.column}: {self.problem}"
        if not self.source:
            return place
        before = "".join("\u3000" if east_asian_width(each) in "WF" else " " for each in self.source[: self.column - 1])
        return f"{place}\n    {self.source}\n    {before}^"


class InputError(KomainuError):
    """Content or labels that came in cannot be read."""


class JudgeError(KomainuError):
    """A judge cannot be loaded or used."""


class NotJudgedError(JudgeError):
    """A judge did not answer, so that a decision stays as it was."""


class StoreError(KomainuError):
    """The record cannot be kept or read."""


class SuccessionError(StoreError):
    """A decision cannot stand in place of another (any more)."""


class OvertakenError(StoreError):
    """Somebody else claimed, ruled on or appealed against a decision meanwhile."""


class StoreBusyError(StoreError):
    """Another process holds the database."""


class StoreReadOnlyError(StoreError):
    """The database cannot be written."""


class StoreFullError(StoreError):
    """The disk is full."""


class StoreSchemaError(StoreError):
    """The database was written by another version of Komainu."""
