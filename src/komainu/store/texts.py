"""Verify what stands apart from the ledger because it can be forgotten: contents, and words about them."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from komainu.store.bodies.text import digest_of_text, pack, read_content, unpack
from komainu.store.entries import MALFORMED, Entry
from komainu.store.protocol import LedgerFault
from komainu.store.tables import CONTENTS, DECISIONS, WORDS

_AT_ONCE = 50  # bodies in memory at a time; each can be large


class TextCheck:
    """Compares texts with their entries, in the order of the ledger.

    Texts that are gone are in order only where a later entry says that their content was forgotten.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._words: dict[int, tuple[str, str]] = {}  # by entry: digest of the content, hash of the words
        self._whole: dict[str, bool] = {}  # by digest of the content: whether that is still its digest
        # What is gone, by digest of the content and by entry (number, id): faults, unless it turns out to be forgotten.
        self._gone: dict[str, dict[tuple[int, str], list[str]]] = {}

    def load(self, low: int, high: int) -> None:
        """Look at the texts of the entries behind `low` up to `high`."""
        words = select(WORDS).where(WORDS.c.seq > low, WORDS.c.seq <= high).execution_options(yield_per=_AT_ONCE)
        self._words = {row.seq: (row.content, digest_of_text(str(row.body))) for row in self._connection.execute(words)}
        digests = select(DECISIONS.c.content).where(DECISIONS.c.seq > low, DECISIONS.c.seq <= high)
        contents = select(CONTENTS).where(CONTENTS.c.digest.in_(digests)).execution_options(yield_per=_AT_ONCE)
        self._whole = {row.digest: _is_whole(row.body, row.digest) for row in self._connection.execute(contents)}

    def problems(self, entry: Entry) -> Iterator[str]:
        """What is wrong with the texts of an entry that is whole."""
        words = self._words.get(entry.seq)
        due = entry.body.get("words")
        if entry.kind == "forgotten":
            self._gone.pop(entry.body["content"], None)
        elif due and words is None:
            self._miss(entry, "words")
        elif due and words != (entry.body["content"], due):
            yield "its words (rationales, details or note) were edited"
        elif not due and words is not None:
            yield "it has words that were not recorded with it"
        if entry.kind == "decision":
            yield from self._content_problems(entry)

    def missing(self) -> Iterator[LedgerFault]:
        """Faults for what is gone although it was never forgotten; after the last entry."""
        for entries in self._gone.values():
            for (seq, entry_id), what in entries.items():
                problem = f"what it was recorded with is missing and was not forgotten: {' and '.join(what)}"
                yield LedgerFault(entry=seq, problem=problem, id=unpack(entry_id))

    def _content_problems(self, entry: Entry) -> Iterator[str]:
        digest = entry.body["content"]
        whole = self._whole[digest] if digest in self._whole else self._look_up(digest)
        if whole is None:
            self._miss(entry, "content")
        elif not whole:
            yield "its content was edited"

    def _look_up(self, digest: str) -> bool | None:
        """For contents that `load` did not come by, because they are gone or the decision is not in its table."""
        body = self._connection.execute(select(CONTENTS.c.body).where(CONTENTS.c.digest == digest)).scalar_one_or_none()
        return None if body is None else _is_whole(body, digest)

    def _miss(self, entry: Entry, what: str) -> None:
        self._gone.setdefault(entry.body["content"], {}).setdefault((entry.seq, entry.id), []).append(what)


def _is_whole(body: str, digest: str) -> bool:
    try:
        return pack(read_content(body).digest) == digest
    except MALFORMED:
        return False
