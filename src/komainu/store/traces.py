"""Traces, sealed: who can read the database reads none of them without the key."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from komainu.domain import Trace
from komainu.errors import MissingExtraError, StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Traces of one decision as they are kept."""

    text: str
    expires_at: datetime  # aware, UTC


class TraceKeeper:
    """Seals traces with a key (Fernet: encrypted and signed), and opens them with it.

    `keys` are separated by commas: the first one seals, each opens what was sealed with it, so that a key can be
    changed. With `days` 0 nothing is kept. StoreError where a key is none; MissingExtraError without the extra
    `reasoner`.
    """

    def __init__(self, keys: str, *, days: float, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._days, self._clock = days, clock
        fernet = _fernet()
        try:
            self._box = fernet.MultiFernet([fernet.Fernet(key.strip()) for key in keys.split(",")])
        except ValueError as error:
            raise StoreError(
                "expected KOMAINU_TRACE_KEY to be a key as `komainu decisions trace-key` makes it, or several by comma"
            ) from error

    def sealed(self, decision_id: str, traces: Sequence[Trace]) -> Sealed | None:
        """The traces of a decision; None where none are kept."""
        if not traces or self._days <= 0:
            return None
        said = json.dumps([decision_id, [asdict(trace) for trace in traces]])
        expires_at = self._clock() + timedelta(days=self._days)
        return Sealed(text=self._box.encrypt(said.encode("ascii")).decode("ascii"), expires_at=expires_at)

    def opened(self, decision_id: str, sealed: str) -> tuple[Trace, ...]:
        """The traces; StoreError where the key is another, or they were changed or moved."""
        try:
            name, traces = json.loads(self._box.decrypt(sealed.encode("ascii", "replace")))
        except _fernet().InvalidToken:
            raise StoreError(
                f"the traces of decision {decision_id} do not open: they were sealed with another key, or changed"
            ) from None
        if name != decision_id:
            raise StoreError(f"the traces of decision {decision_id} are those of decision {name}: they were moved")
        return tuple(Trace(**trace) for trace in traces)


def new_key() -> str:
    """A key to seal traces with."""
    return str(_fernet().Fernet.generate_key().decode("ascii"))


def _fernet() -> Any:
    try:
        return import_module("cryptography.fernet")
    except ImportError:
        raise MissingExtraError("sealed traces", "reasoner") from None
