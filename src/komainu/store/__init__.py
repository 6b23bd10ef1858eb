"""The record: a tamper-evident ledger on SQLite or PostgreSQL."""

from komainu.store.open import open_store
from komainu.store.protocol import Checkpoint, LedgerFault, Store, Verification
from komainu.store.traces import TraceKeeper

__all__ = ["Checkpoint", "LedgerFault", "Store", "TraceKeeper", "Verification", "open_store"]
