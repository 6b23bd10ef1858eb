"""Verify the record: every entry is as it was written, none is missing, and all that stands beside it agrees."""

from collections.abc import Iterator

from sqlalchemy import Connection, Row, func, select

from komainu.store.bodies.text import digest_of_text, unpack
from komainu.store.certificates import certificate_problems
from komainu.store.entries import MALFORMED, START, Entry, is_canonical, read_entry
from komainu.store.protocol import Checkpoint, LedgerFault, Verification
from komainu.store.rows import Rows, rows_of, stored_rows
from komainu.store.succession import succession_problems
from komainu.store.tables import DECISIONS, HEAD, LEDGER, SEARCHED, WORDS
from komainu.store.texts import TextCheck

_PAGE = 500  # entries in memory at a time
_BEFORE_ALL = -(2**63)

_Stored = Row[int, str, str, str, str]


class Verifier:
    """Walks the ledger page by page: call `step` until it is False, then `finish`.

    After a fault it goes on from the hash on record, so that one change gives one or two faults.
    """

    def __init__(self, connection: Connection, expected: Checkpoint | None) -> None:
        self.done = 0  # entries walked
        self.total = 0  # entries in all; 0 before the first step
        self._connection, self._expected = connection, expected
        self._end = Checkpoint(entries=0, hash=START)
        self._astray = False  # the last entry belongs elsewhere, so the next one need not continue it
        self._read_to = _BEFORE_ALL
        self._rows: dict[int, Rows] = {}
        self._texts = TextCheck(connection)
        self._faults: list[LedgerFault] = []

    def step(self) -> bool:
        """Walk one page; False where there was none left."""
        query = select(LEDGER).where(LEDGER.c.seq > self._read_to).order_by(LEDGER.c.seq).limit(_PAGE)
        page = self._connection.execute(query).all()
        if not page:
            return False
        self.total = self.total or self._connection.execute(select(func.max(LEDGER.c.seq))).scalar_one()
        self._rows = stored_rows(self._connection, self._read_to, page[-1].seq)
        self._texts.load(self._read_to, page[-1].seq)
        for stored in page:
            self._walk(stored)
        self._read_to = page[-1].seq
        self.done += len(page)
        return True

    def finish(self) -> Verification:
        """All that was found."""
        self._faults += [*self._texts.missing(), *self._head_faults(), *self._checkpoint_faults(self._end.entries)]
        return Verification(head=self._end, faults=tuple(sorted(self._faults, key=lambda fault: fault.entry)))

    def _walk(self, stored: _Stored) -> None:
        expected_seq = self._end.entries + 1
        if stored.seq > expected_seq:
            self._faults.append(self._gap(expected_seq, stored.seq - 1))
        for problem in self._problems(stored, follows=stored.seq == expected_seq and not self._astray):
            self._faults.append(LedgerFault(entry=stored.seq, problem=problem, id=unpack(str(stored.id))))
        if stored.seq >= expected_seq:
            self._end = Checkpoint(entries=stored.seq, hash=stored.hash)

    def _gap(self, first: int, last: int) -> LedgerFault:
        rows = self._rows.get(first, {}).get(DECISIONS, [])
        problem = "the entry is missing" if first == last else f"entries {first} to {last} are missing"
        return LedgerFault(entry=first, problem=problem, id=unpack(str(rows[0]["id"])) if rows else "")

    def _problems(self, stored: _Stored, *, follows: bool) -> Iterator[str]:
        """What is wrong with one entry; what stands beside it is compared only with an entry that is whole."""
        self._astray = False
        rows = self._rows.get(stored.seq, {})
        expected = self._expected
        if expected is not None and expected.entries == stored.seq and expected.hash != stored.hash:
            yield "the entry is another one than the checkpoint names"
        try:
            if digest_of_text(stored.entry) != stored.hash:
                yield "the entry was edited: its text does not have its hash"
                return
            entry = read_entry(stored.entry)
            self._astray = (entry.seq, entry.kind, entry.id) != (stored.seq, stored.kind, stored.id)
            fault = self._entry_fault(entry, stored, follows=follows)
            yield from [fault] if fault else self._beside(entry, rows)
        except MALFORMED:
            yield "the entry cannot be read: it is not what Komainu writes"

    def _entry_fault(self, entry: Entry, stored: _Stored, *, follows: bool) -> str:
        if self._astray:
            return f"the entry stands in the wrong place: it calls itself {entry.kind} {entry.id}, entry {entry.seq}"
        if stored.seq < 1:
            return "the entry has no place in the ledger, which begins with entry 1"
        if follows and entry.previous != self._end.hash:
            return "the entry does not continue the one before it: one of the two was replaced"
        if not is_canonical(entry, stored.entry):
            return "the entry is not canonical JSON"
        return ""

    def _beside(self, entry: Entry, rows: Rows) -> Iterator[str]:
        due = rows_of(entry.kind, entry.seq, entry.id, entry.body)
        for table in SEARCHED:
            if due.get(table, []) != rows.get(table, []):
                yield f"table {table.name} does not say what the entry says"
        yield from self._texts.problems(entry)
        yield from succession_problems(self._connection, entry)
        yield from filter(None, [certificate_problems(self._connection, entry)])

    def _head_faults(self) -> Iterator[LedgerFault]:
        head = self._connection.execute(select(HEAD.c.entries, HEAD.c.hash)).one_or_none()
        end = self._end
        if head is None:
            yield LedgerFault(entry=end.entries, problem="the head of the ledger (table ledger_head) is missing")
        elif isinstance(head.entries, int) and head.entries > end.entries:
            self._rows = stored_rows(self._connection, end.entries, head.entries)
            yield self._gap(end.entries + 1, head.entries)
            end = Checkpoint(entries=head.entries, hash=head.hash)
        elif (head.entries, head.hash) != (end.entries, end.hash):
            problem = f"the head of the ledger names another end: entry {head.entries}, hash {head.hash}"
            yield LedgerFault(entry=end.entries, problem=problem)
        yield from self._strangers(end.entries)

    def _strangers(self, end: int) -> Iterator[LedgerFault]:
        """Rows beside the ledger that belong to no entry, now or before the newest ones were removed."""
        for table in (*SEARCHED, WORDS):
            behind = (table.c.seq > end) | (table.c.seq < 1)
            for seq in self._connection.execute(select(table.c.seq).where(behind).distinct()).scalars():
                yield LedgerFault(entry=seq, problem=f"table {table.name} has a row of an entry that is not there")

    def _checkpoint_faults(self, end: int) -> Iterator[LedgerFault]:
        expected = self._expected
        if expected is None:
            return
        if expected.entries > end:
            problem = f"the checkpoint names entry {expected.entries}, but the ledger ends at entry {end}"
            yield LedgerFault(entry=expected.entries, problem=problem)
        elif expected.entries < 1 and expected != Checkpoint(entries=0, hash=START):
            yield LedgerFault(entry=0, problem=f"no ledger has the checkpoint {expected}")
